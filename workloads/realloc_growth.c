/* Vectors that grow: one at random gets a first block, is grown by realloc until it has the size
 * that was drawn for it, and is then freed. What a realloc adds is touched, as an append would. One
 * operation is one malloc, realloc or free. Live bytes are exact. */
#include "kit.h"

enum { FIRST = HB_KIT_OWN, GROWTH };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(5000000, 1, 1, 64),
    HB_KIT_COUNT("vectors", 64, 1, HB_LOOP_SLOTS_LIMIT, "blocks", "vectors that grow in turns"),
    HB_KIT_SIZE_ROWS(16, 65536, HB_TOUCH_PAGE),
    [FIRST] = HB_KIT_BYTES("first", 16, 1, HB_LOOP_SIZE_LIMIT, "bytes that a vector begins with"),
    [GROWTH] = HB_KIT_SHARE("growth", 1000000, 100000000, "of its size that a vector grows by"),
    {0},
};

/* The sizes that vectors end with lie in those of the slots behind, which hold no block. */
HB_KIT_SETUP(struct hb_kit, values[HB_KIT_BLOCKS])

static bool grow(struct hb_kit *kit, uint64_t slot, uint64_t wanted)
{
    const uint64_t old = kit->sizes[slot];
    const uint64_t more = old + old * kit->values[GROWTH] / 1000000 + 1;
    const uint64_t size = more < wanted ? more : wanted;
    unsigned char *block = kit->functions->realloc(kit->slots[slot], size);
    if (__builtin_expect(!block, 0))
        return false;
    hb_loop_touch_block(block + old, size - old, (unsigned char)kit->random, kit->touch);
    kit->slots[slot] = block;
    kit->sizes[slot] = (uint32_t)size;
    kit->live += size - old;
    return true;
}

static bool begin(struct hb_kit *kit, uint64_t slot, uint32_t *wanted)
{
    const uint64_t first = kit->values[FIRST];
    *wanted = (uint32_t)hb_kit_size(kit);
    return hb_kit_malloc(kit, slot, first < *wanted ? first : *wanted);
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct hb_kit *kit = opaque;
    for (uint64_t done = 0; done < operations; done++) {
        const uint64_t slot = hb_loop_slot(hb_kit_random(kit), kit->slot_count);
        uint32_t *wanted = &kit->sizes[kit->slot_count + slot];
        if (kit->slots[slot] && kit->sizes[slot] == *wanted)
            hb_kit_free(kit, slot);
        else if (!(kit->slots[slot] ? grow(kit, slot, *wanted) : begin(kit, slot, wanted)))
            return done;
    }
    return operations;
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "realloc_growth",
    .summary = "vectors that grow by realloc to a size of their own, and are then freed",
    .stands_for = "strings, buffers and lists that are appended to: is growing in place or a copy?",
    .cannot_show = "C++ vectors, which never call realloc; set growth to 0.125 for CPython's lists",
    .source = "our own; growth by a half or by doubling as in folly FBVector and libstdc++",
    .parameters = parameters,
    .check = hb_kit_check,
    .setup = setup,
    .step = step,
};
