/* The loop of random_mixed on a heap that has a past: `litter` blocks of the same sizes are
 * allocated, and all but the share `occupancy` of them are freed in random order before the loop
 * begins. Set litter to 0 for the same loop on a clean heap. One operation is one malloc or one
 * free; those of the past are none. Live bytes are exact, with the litter. */
#include "kit.h"

enum { LITTER = HB_KIT_OWN, OCCUPANCY };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(20000000, 1, 1, 64),
    HB_KIT_COUNT("working_set", 400, 1, HB_LOOP_SLOTS_LIMIT, "slots",
                 "slots of each thread; half of them hold a block on average"),
    HB_KIT_SIZE_ROWS(16, 1039, HB_TOUCH_FIRST),
    [LITTER] = HB_KIT_COUNT("litter", 100000, 0, HB_LOOP_SLOTS_LIMIT, "blocks",
                            "blocks of each thread that are allocated before the loop begins"),
    [OCCUPANCY] = HB_KIT_SHARE("occupancy", 950000, 1000000, "share of the litter that stays"),
    {0},
};

HB_KIT_CHECK(values[LITTER])
HB_KIT_SETUP(struct hb_kit, values[LITTER])

/* The litter lies in the slots behind. Who goes is drawn without putting back: the last of those
 * that are left takes its slot. */
static int prepare(void *opaque)
{
    struct hb_kit *kit = opaque;
    const uint64_t litter = kit->values[LITTER];
    const uint64_t kept = litter * kit->values[OCCUPANCY] / 1000000;
    for (uint64_t slot = kit->slot_count; slot < kit->capacity; slot++)
        if (!hb_kit_malloc(kit, slot, hb_kit_size(kit)))
            return -1;
    for (uint64_t left = litter; left > kept; left--) {
        const uint64_t last = kit->slot_count + left - 1;
        const uint64_t slot = kit->slot_count + hb_loop_slot(hb_kit_random(kit), left);
        hb_kit_free(kit, slot);
        kit->slots[slot] = slot == last ? NULL : kit->slots[last];
        kit->sizes[slot] = kit->sizes[last];
        kit->slots[last] = NULL;
    }
    return hb_kit_prepare(kit);
}

static uint64_t step(void *opaque, uint64_t operations)
{
    return hb_kit_mix(opaque, operations, hb_kit_malloc);
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "littered",
    .summary = "the loop of random_mixed on a heap that was littered with blocks and holes before",
    .stands_for = "a program that has run for long: free blocks lie far apart, among live ones",
    .cannot_show = "how a program's own past litters: here each block is as likely to have gone",
    .source = "van Kempen, Berger 2026, arXiv 2605.17119 (littering; their occupancy)",
    .parameters = parameters,
    .check = check,
    .setup = setup,
    .prepare = prepare,
    .step = step,
};
