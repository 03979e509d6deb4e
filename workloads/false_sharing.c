/* Does an allocator put blocks of two threads into one cache line? Each thread allocates a small
 * block, writes it `writes` times, frees it and takes the next. "passive": first of all thread 0
 * allocates a block for each, side by side, which that one frees. One operation is a malloc with
 * its writes, or a free. Live bytes are exact. The floor's blocks are whole lines. */
#include "kit.h"

#include <stdatomic.h>

enum { KIND = HB_KIT_OWN, WRITES };
enum kind { ACTIVE, PASSIVE };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(200000, 2, 1, 64),
    HB_KIT_COUNT("blocks", 1, 1, 1000000, "blocks", "blocks that each thread holds at a time"),
    HB_KIT_SIZE_ROWS(8, 8, HB_TOUCH_FIRST),
    [KIND] = HB_KIT_CHOICE("kind", ACTIVE, "who brings threads together: allocator or program",
                           "active", "passive"),
    [WRITES] = HB_KIT_COUNT("writes", 1000, 0, 1000000000, "writes", "to a block's first byte"),
    {0},
};

struct state {
    struct hb_kit kit;
    uint64_t at;
};

HB_KIT_SETUP(struct state, 0)
HB_KIT_SETUP_SHARED(context->reserve(context->thread_count * sizeof(_Atomic uintptr_t)))

static int prepare(void *opaque)
{
    struct hb_kit *kit = opaque;
    const struct hb_workload_context *context = kit->context;
    _Atomic uintptr_t *gifts = context->shared;
    uintptr_t gift = 1;
    if (kit->values[KIND] == ACTIVE)
        return 0;
    for (uint32_t i = 0; gift && context->thread_index == 0 && i < context->thread_count; i++)
        gifts[i] = gift = (uintptr_t)kit->functions->malloc(hb_kit_size(kit));
    for (uint32_t turn = 0; gift && !gifts[context->thread_index];)
        if (!context->wait(turn++))
            return -1;
    kit->functions->free((void *)gifts[context->thread_index]);
    return gift ? 0 : -1;
}

/* The oldest goes before a new one comes, but for the first ones. */
static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    struct hb_kit *kit = &state->kit;
    const uint64_t writes = kit->values[WRITES];
    for (uint64_t done = 0; done < operations; done++) {
        if (kit->slots[state->at]) {
            hb_kit_free(kit, state->at);
            continue;
        }
        if (!hb_kit_malloc(kit, state->at, hb_kit_size(kit)))
            return done;
        for (uint64_t i = 0; i < writes; i++)
            hb_loop_touch(kit->slots[state->at], i);
        state->at = (state->at + 1) % kit->slot_count;
    }
    return operations;
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "false_sharing",
    .summary = "small blocks of several threads, each written often: do two share a cache line?",
    .stands_for = "counters, locks and nodes of threads: a line that two write to goes to and fro",
    .cannot_show = "how fast allocating is: writes are the time; on one CPU, nothing at all",
    .source = "Berger, McKinley, Blumofe, Wilson 2000 (Hoard): cache-thrash and cache-scratch",
    .parameters = parameters,
    .check = hb_kit_check,
    .setup_shared = setup_shared,
    .setup = setup,
    .prepare = prepare,
    .step = step,
};
