/* Fills `blocks` slots with blocks of mixed sizes and then frees all of them: newest first, oldest
 * first, or in an order drawn anew for each process. One operation is one malloc or one free. Live
 * bytes are exact. The order is a table made before the loop: each order is read in the same way.
 */
#include "kit.h"

enum { ORDER = HB_KIT_OWN };
enum order { LIFO, FIFO, RANDOM };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(20000000, 1, 1, 64),
    HB_KIT_COUNT("blocks", 10000, 1, HB_LOOP_SLOTS_LIMIT, "blocks",
                 "blocks that are allocated before the first of them is freed"),
    HB_KIT_SIZE_ROWS(16, 1039, HB_TOUCH_FIRST),
    [ORDER] = HB_KIT_CHOICE("order", RANDOM, "what is freed first: the newest, the oldest, or any",
                            "lifo", "fifo", "random"),
    {0},
};

struct state {
    struct hb_kit kit;
    uint32_t *order; /* of the slots, when they are freed */
    uint64_t at;     /* so many of this half have been done */
    bool frees;
};

static int setup(const struct hb_workload_context *context, void **out, char *message,
                 size_t message_bytes)
{
    const uint64_t blocks = context->values[HB_KIT_BLOCKS];
    struct state *state;
    if (hb_kit_make(context, sizeof *state, 0, out, message, message_bytes) != 0)
        return -1;
    state = *out;
    state->order = context->reserve(blocks * sizeof *state->order);
    if (!state->order)
        return hb_loop_refuse(message, message_bytes, "no memory for the order of %llu blocks",
                              (unsigned long long)blocks);
    for (uint64_t i = 0; i < blocks; i++)
        state->order[i] = (uint32_t)(context->values[ORDER] == LIFO ? blocks - 1 - i : i);
    for (uint64_t i = blocks - 1; i > 0 && context->values[ORDER] == RANDOM; i--) {
        const uint64_t other = hb_loop_slot(hb_kit_random(&state->kit), i + 1);
        const uint32_t kept = state->order[i];
        state->order[i] = state->order[other];
        state->order[other] = kept;
    }
    return 0;
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    for (uint64_t done = 0; done < operations; done++) {
        if (state->frees)
            hb_kit_free(&state->kit, state->order[state->at]);
        else if (!hb_kit_malloc(&state->kit, state->at, hb_kit_size(&state->kit)))
            return done;
        state->at++;
        state->frees ^= state->at == state->kit.slot_count;
        state->at %= state->kit.slot_count;
    }
    return operations;
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "drain",
    .summary = "many blocks are allocated, then all are freed: lifo, fifo or in random order",
    .stands_for = "a document, a cache or a phase of a compiler that is built up and torn down",
    .cannot_show = "a heap that never empties; how memory is given back is seen at a soak's end",
    .source = "Wilson, Johnstone, Neely, Boles 1995 (ramps and peaks)",
    .parameters = parameters,
    .check = hb_kit_check,
    .setup = setup,
    .step = step,
};
