/* The loop of random_mixed on large blocks: each doubling from min_size to max_size is as likely,
 * and each size within it. By default a byte in every page is written, so that its memory must be
 * there. One operation is one malloc or one free. Live bytes are exact. */
#include "kit.h"

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(1000, 1, 1, 64),
    HB_KIT_COUNT("working_set", 8, 1, HB_LOOP_SLOTS_LIMIT, "slots",
                 "slots of each thread; half of them hold a block on average"),
    HB_KIT_SIZE_ROWS(64 << 10, 64 << 20, HB_TOUCH_PAGE),
    {0},
};

HB_KIT_SETUP(struct hb_kit, 0)

static uint64_t step(void *opaque, uint64_t operations)
{
    struct hb_kit *kit = opaque;
    const uint64_t bands = hb_kit_bands(kit);
    for (uint64_t done = 0; done < operations; done++) {
        size_t size;
        const uint64_t slot = hb_kit_pick(kit, &size);
        if (kit->slots[slot]) {
            hb_kit_free(kit, slot);
            continue;
        }
        if (!kit->table)
            size = hb_kit_size_in(kit, hb_loop_slot(hb_kit_random(kit), bands));
        if (!hb_kit_malloc(kit, slot, size))
            return done;
    }
    return operations;
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "large",
    .summary = "a random slot at a time, 64 KiB to 64 MiB, every doubling as likely",
    .stands_for =
        "images, columns, buffers and arrays: page runs, mappings and what is kept of them",
    .cannot_show = "small blocks; where pages are written the kernel's faults are most of the time",
    .source = "our own: sizes at which allocators leave their classes for page runs and mappings",
    .parameters = parameters,
    .check = hb_kit_check,
    .setup = setup,
    .prepare = hb_kit_prepare,
    .step = step,
};
