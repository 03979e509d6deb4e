/* The loop of random_mixed on calloc: a random slot is freed where it is full, and else gets zeroed
 * memory. One operation is one calloc or one free. Live bytes are exact. */
#include "kit.h"

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(10000000, 1, 1, 64),
    HB_KIT_COUNT("working_set", 400, 1, HB_LOOP_SLOTS_LIMIT, "slots",
                 "slots of each thread; half of them hold a block on average"),
    HB_KIT_SIZE_ROWS(16, 4111, HB_TOUCH_FIRST),
    {0},
};

static bool fill(struct hb_kit *kit, uint64_t slot, size_t size)
{
    return hb_kit_put(kit, slot, kit->functions->calloc(1, size), size);
}

HB_KIT_SETUP(struct hb_kit, 0)

static uint64_t step(void *opaque, uint64_t operations)
{
    return hb_kit_mix(opaque, operations, fill);
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "calloc",
    .summary = "a random slot at a time: full is freed, empty gets zeroed memory",
    .stands_for =
        "programs that zero what they allocate: interpreters, tables, most C with structs",
    .cannot_show =
        "pages that are zero because they are new: in a warm loop most blocks are used ones",
    .source = "our own: the loop of random_mixed with calloc in malloc's place",
    .parameters = parameters,
    .check = hb_kit_check,
    .setup = setup,
    .prepare = hb_kit_prepare,
    .step = step,
};
