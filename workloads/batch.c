/* Allocates `batch` blocks of one size, frees them in the order they came, and begins again with
 * another size. One operation is one malloc or one free. Live bytes are exact. */
#include "kit.h"

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(20000000, 1, 1, 64),
    HB_KIT_COUNT("batch", 64, 1, HB_LOOP_SLOTS_LIMIT, "blocks",
                 "blocks that are allocated before the first of them is freed"),
    HB_KIT_SIZE_ROWS(16, 1039, HB_TOUCH_FIRST),
    {0},
};

struct state {
    struct hb_kit kit;
    uint64_t at; /* the slot that comes next */
    size_t size; /* of this batch */
    bool frees;
};

HB_KIT_SETUP(struct state, 0)

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    struct hb_kit *kit = &state->kit;
    for (uint64_t done = 0; done < operations; done++) {
        if (state->at == 0 && !state->frees)
            state->size = hb_kit_size(kit);
        if (state->frees)
            hb_kit_free(kit, state->at);
        else if (!hb_kit_malloc(kit, state->at, state->size))
            return done;
        if (++state->at == kit->slot_count) {
            state->at = 0;
            state->frees = !state->frees;
        }
    }
    return operations;
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "batch",
    .summary = "n blocks of one size are allocated, then these n are freed, oldest first",
    .stands_for = "a request or a parse: nodes of a kind are made together and go together",
    .cannot_show =
        "sizes side by side, or memory: next to nothing is live, and it fits every cache",
    .source = "gperftools, benchmark/malloc_bench.cc (bench_fastpath_stack, in the other order)",
    .parameters = parameters,
    .check = hb_kit_check,
    .setup = setup,
    .step = step,
};
