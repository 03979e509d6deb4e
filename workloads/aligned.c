/* The loop of random_mixed on aligned_alloc: every power of two from min_alignment to max_alignment
 * is as likely, and a size is rounded up to a multiple of it, as C wants. One operation is one
 * aligned_alloc or one free. Live bytes are exact: as asked for, rounded. */
#include "kit.h"

enum { MIN_ALIGNMENT = HB_KIT_OWN, MAX_ALIGNMENT };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(10000000, 1, 1, 64),
    HB_KIT_COUNT("working_set", 400, 1, HB_LOOP_SLOTS_LIMIT, "slots",
                 "slots of each thread; half of them hold a block on average"),
    HB_KIT_SIZE_ROWS(16, 4111, HB_TOUCH_FIRST),
    [MIN_ALIGNMENT] = HB_KIT_BYTES("min_alignment", 16, 8, 1 << 21, "a power of two"),
    [MAX_ALIGNMENT] = HB_KIT_BYTES("max_alignment", 4096, 8, 1 << 21, "a power of two"),
    {0},
};

static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    const uint64_t low = values[MIN_ALIGNMENT], high = values[MAX_ALIGNMENT];
    if ((low & (low - 1)) != 0 || (high & (high - 1)) != 0 || low > high)
        return hb_loop_refuse(message, message_bytes,
                              "min_alignment %llu and max_alignment %llu are not powers of two in "
                              "this order",
                              (unsigned long long)low, (unsigned long long)high);
    if (hb_kit_check(values, hint, message, message_bytes) != 0)
        return -1;
    hint->size_max += high;
    hint->alignment_max = high;
    return 0;
}

HB_KIT_SETUP(struct hb_kit, 0)

static bool fill(struct hb_kit *kit, uint64_t slot, size_t size)
{
    const uint64_t low = kit->values[MIN_ALIGNMENT], high = kit->values[MAX_ALIGNMENT];
    const uint64_t powers = 1u + (unsigned)(__builtin_ctzll(high) - __builtin_ctzll(low));
    const size_t alignment = low << hb_loop_slot(hb_kit_random(kit), powers);
    const size_t rounded = (size + alignment - 1) & ~(alignment - 1);
    return hb_kit_put(kit, slot, kit->functions->aligned_alloc(alignment, rounded), rounded);
}

static uint64_t step(void *opaque, uint64_t operations)
{
    return hb_kit_mix(opaque, operations, fill);
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "aligned",
    .summary = "a random slot at a time: full is freed, empty gets a block of an alignment",
    .stands_for = "vectors for SIMD, buffers for direct I/O, structs kept to cache lines",
    .cannot_show = "one alignment alone (set both to it), or programs where few blocks are aligned",
    .source = "gperftools, benchmark/malloc_bench.cc (bench_fastpath_memalign)",
    .parameters = parameters,
    .check = check,
    .setup = setup,
    .prepare = hb_kit_prepare,
    .step = step,
};
