/* Producers allocate, consumers free: every free is remote. Threads come in pairs, joined by a
 * bounded ring; one operation is one malloc on the producer or one free on the consumer.
 * Both do the same number of operations in the warm-up and in every slice, so that each wait is for
 * something the other has still to do in the same share, and the ring is empty at the end of it.
 * Read next: ring.h, loop.h. */
#include "loop.h"
#include "ring.h"

enum { QUEUE = HB_PARAMETER_OWN, MIN_SIZE, MAX_SIZE };

#define QUEUE_LIMIT (1u << 24)

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(10000000, 2, 2, 64),
    [QUEUE] = {.name = "queue",
               .type = HB_PARAMETER_COUNT,
               .default_value = 1024,
               .min = 1,
               .max = QUEUE_LIMIT,
               .unit = "slots",
               .help = "blocks that may be under way between a producer and its consumer"},
    [MIN_SIZE] = HB_LOOP_MIN_SIZE(16, 1),
    [MAX_SIZE] = HB_LOOP_MAX_SIZE(1039, 1),
    {0},
};

struct state;
typedef uint64_t loop_function(struct state *state, uint64_t operations);

struct state {
    const struct hb_allocator_functions *functions;
    bool (*wait)(uint32_t turn);
    loop_function *loop;
    struct hb_ring_end end;
    uint64_t random;
    uint64_t size_min, size_range;
};

static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    const uint64_t threads = values[HB_PARAMETER_THREADS];
    if (threads % 2 != 0)
        return hb_loop_refuse(message, message_bytes,
                              "threads %llu is odd: every producer needs a consumer",
                              (unsigned long long)threads);
    if (hb_loop_check("queue", values[QUEUE], values[MIN_SIZE], values[MAX_SIZE], threads, message,
                      message_bytes) != 0)
        return -1;
    hint->size_max = values[MAX_SIZE];
    hint->blocks_max = values[QUEUE] + 1; /* the one that the consumer has in hand */
    return 0;
}

/* --- the two loops -----------------------------------------------------------------------------
 */

static inline uint64_t end_share(struct state *state, uint64_t index, uint64_t done)
{
    state->end.index = index;
    hb_ring_publish(&state->end, index);
    return done;
}

static uint64_t produce(struct state *state, uint64_t operations)
{
    void *(*const allocate)(size_t) = state->functions->malloc;
    struct hb_ring_end *const end = &state->end;
    void **const slots = end->slots;
    const uint64_t size_min = state->size_min, size_range = state->size_range;
    uint64_t random = state->random, index = end->index, done = 0;
    for (; done < operations; done++) {
        const uint64_t after = hb_ring_after(end, index);
        if (after == end->other && !hb_ring_wait_past(end, state->wait, index, after))
            break;
        random = hb_loop_next(random);
        void *block = allocate(hb_loop_size(random, size_min, size_range));
        if (__builtin_expect(!block, 0))
            break;
        hb_loop_touch(block, random);
        slots[index] = block;
        index = after;
        if (index % HB_RING_TELL_EACH == 0)
            hb_ring_publish(end, index);
    }
    state->random = random;
    return end_share(state, index, done);
}

static uint64_t consume(struct state *state, uint64_t operations)
{
    void (*const release)(void *) = state->functions->free;
    struct hb_ring_end *const end = &state->end;
    void **const slots = end->slots;
    uint64_t index = end->index, done = 0;
    for (; done < operations; done++) {
        if (index == end->other && !hb_ring_wait_past(end, state->wait, index, index))
            break;
        release(slots[index]);
        index = hb_ring_after(end, index);
        if (index % HB_RING_TELL_EACH == 0)
            hb_ring_publish(end, index);
    }
    return end_share(state, index, done);
}

/* --- life --------------------------------------------------------------------------------------
 */

static int setup_shared(const struct hb_workload_context *context, void **out, char *message,
                        size_t message_bytes)
{
    const uint32_t pairs = context->thread_count / 2;
    *out = hb_ring_make(context, pairs, context->values[QUEUE]);
    return *out ? 0
                : hb_loop_refuse(message, message_bytes, "no memory for %u queues of %llu slots",
                                 pairs, (unsigned long long)context->values[QUEUE]);
}

/* Even threads produce for the odd one after them. */
static int setup(const struct hb_workload_context *context, void **out, char *message,
                 size_t message_bytes)
{
    const uint64_t *values = context->values;
    struct hb_ring *ring = (struct hb_ring *)context->shared + context->thread_index / 2;
    const bool produces = context->thread_index % 2 == 0;
    struct state *state = context->reserve(sizeof *state);
    if (!state)
        return hb_loop_refuse(message, message_bytes, "no memory for %u threads",
                              context->thread_count);
    *state = (struct state){
        .functions = context->functions,
        .wait = context->wait,
        .loop = produces ? produce : consume,
        .end = hb_ring_end_of(ring, values[QUEUE], produces),
        .random = hb_loop_seed(context->seed),
        .size_min = values[MIN_SIZE],
        .size_range = values[MAX_SIZE] - values[MIN_SIZE] + 1,
    };
    *out = state;
    return 0;
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    return state->loop(state, operations);
}

/* Exact: equal shares leave the ring empty when both have done them. So there is no resident over
 * live, and what is resident between epochs is what the allocator keeps. */
static uint64_t live_bytes(const void *opaque)
{
    (void)opaque;
    return 0;
}

/* Equal shares have left the ring empty. */
static void finish(void *opaque)
{
    (void)opaque;
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    .abi_version = HB_WORKLOAD_ABI,
    .struct_bytes = sizeof(struct hb_workload),
    .name = "producer_consumer",
    .summary = "half of the threads allocate, the others free what they are handed: all remote",
    .stands_for =
        "pipelines of two stages: one thread makes messages, another consumes and frees them",
    .cannot_show =
        "blocks that are freed where they were allocated; unequal numbers of threads (handoff)",
    .source = "Berger, McKinley, Blumofe, Wilson 2000 (Hoard): a consumer frees what a producer "
              "allocated",
    .parameters = parameters,
    .check = check,
    .setup_shared = setup_shared,
    .setup = setup,
    .step = step,
    .live_bytes = live_bytes,
    .finish = finish,
};
