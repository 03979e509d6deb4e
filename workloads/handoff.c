/* n threads allocate, m others free: each producer deals its blocks to the consumers in turn. All
 * are asked for as many operations: of a share of K each producer does K * threads / (2 n) mallocs,
 * and the consumers free what these make; within 2 n calls the count is true. Live bytes are exact:
 * none between shares, as no block is under way then. */
#include "kit.h"
#include "ring.h"

enum { PRODUCERS = HB_KIT_OWN };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(10000000, 4, 2, 64),
    HB_KIT_COUNT("queue", 256, 1, 65536, "blocks", "under way from a producer to a consumer"),
    HB_KIT_SIZE_ROWS(16, 1039, HB_TOUCH_FIRST),
    [PRODUCERS] = HB_KIT_COUNT("producers", 1, 1, 63, "threads", "that allocate; the others free"),
    {0},
};

struct state {
    struct hb_kit kit;
    struct hb_ring_web web;
    uint64_t operations; /* asked for so far, as of every thread */
    uint64_t block;      /* number of the next one of each producer */
};

static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    const uint64_t threads = values[HB_PARAMETER_THREADS], producers = values[PRODUCERS];
    const uint64_t under_way = values[HB_KIT_BLOCKS] * producers * (threads - producers);
    if (producers < threads)
        return hb_kit_check_more(values, under_way, hint, message, message_bytes);
    return hb_loop_refuse(message, message_bytes, "%llu producers of %llu threads: who frees?",
                          (unsigned long long)producers, (unsigned long long)threads);
}

HB_KIT_SETUP_SHARED(hb_ring_web_make(context, values[PRODUCERS], values[HB_KIT_BLOCKS]))
HB_KIT_SETUP_AND(struct state, 0,
                 hb_ring_web_open(&state->web, context, values[PRODUCERS], values[HB_KIT_BLOCKS]))

static bool produce(struct state *state)
{
    struct hb_kit *kit = &state->kit;
    const size_t size = hb_kit_size(kit);
    void *block = kit->functions->malloc(size);
    if (__builtin_expect(!block, 0))
        return false;
    hb_loop_touch_block(block, size, (unsigned char)kit->random, kit->touch);
    return hb_ring_web_deal(&state->web, state->block, block);
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    const uint64_t threads = state->web.producers + state->web.consumers;
    state->operations += operations;
    for (; state->block < state->operations * threads / (2 * state->web.producers); state->block++)
        if (!(state->web.produces
                  ? produce(state)
                  : hb_ring_web_collect(&state->web, state->block, state->kit.functions->free)))
            return 0;
    hb_ring_web_publish(&state->web);
    return operations;
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    HB_KIT_WORKLOAD,
    .name = "handoff",
    .summary = "n threads allocate and deal their blocks to m others, which free them",
    .stands_for = "one reader and many workers, or many writers and one that collects",
    .cannot_show = "blocks that are freed where they were allocated; the rings cost time as well",
    .source = "our own; the asymmetric case of Hoard's producer and consumer (Berger et al. 2000)",
    .parameters = parameters,
    .check = check,
    .setup_shared = setup_shared,
    .setup = setup,
    .step = step,
};
