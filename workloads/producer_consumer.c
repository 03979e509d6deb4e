/* Producers allocate, consumers free: every free is remote. Threads come in pairs, joined by a
 * bounded ring; one operation is one malloc on the producer or one free on the consumer.
 * Both do the same number of operations in the warm-up and in every slice, so that each wait is for
 * something the other has still to do in the same share, and the ring is empty at the end of it.
 * Read next: workload.h (wait), loop.h. */
#include "loop.h"

#include <stdatomic.h>

enum { QUEUE = HB_PARAMETER_OWN, MIN_SIZE, MAX_SIZE };

#define QUEUE_LIMIT (1u << 24)

/* An index is published to the other side at every 16th slot, before every wait and at the end of
 * every share: each store takes the line away from whoever looks at it. */
#define TELL_EACH 16u

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

/* One slot more than blocks: an equal index means empty, so it cannot also mean full. The indexes
 * lie on lines of their own (and not on neighbouring ones, which are fetched in pairs). */
struct ring {
    void **slots;
    _Atomic uint64_t produced __attribute__((aligned(128))); /* slot the producer fills next */
    _Atomic uint64_t consumed __attribute__((aligned(128))); /* slot the consumer empties next */
} __attribute__((aligned(128)));

struct state;
typedef uint64_t loop_function(struct state *state, uint64_t operations);

struct state {
    const struct hb_allocator_functions *functions;
    bool (*wait)(uint32_t turn);
    loop_function *loop;
    void **slots;
    uint64_t slot_count;
    uint64_t index;                 /* own: the slot to go on with */
    uint64_t other;                 /* the other side's, as it was when last looked at */
    _Atomic uint64_t *own;          /* where this side publishes its index */
    const _Atomic uint64_t *others; /* where the other publishes its own */
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

static inline uint64_t slot_after(const struct state *state, uint64_t index)
{
    return index + 1 == state->slot_count ? 0 : index + 1;
}

static inline void publish(struct state *state, uint64_t index)
{
    atomic_store_explicit(state->own, index, memory_order_release);
}

/* Until the other side's index is another than `blocking`. What this side has done is published
 * first: the other may be waiting for that. False when the run is over. */
__attribute__((noinline)) static bool wait_past(struct state *state, uint64_t index,
                                                uint64_t blocking)
{
    uint32_t turn = 0;
    publish(state, index);
    while ((state->other = atomic_load_explicit(state->others, memory_order_acquire)) == blocking)
        if (!state->wait(turn++))
            return false;
    return true;
}

static inline uint64_t end_share(struct state *state, uint64_t index, uint64_t done)
{
    state->index = index;
    publish(state, index);
    return done;
}

static uint64_t produce(struct state *state, uint64_t operations)
{
    void *(*const allocate)(size_t) = state->functions->malloc;
    void **const slots = state->slots;
    const uint64_t size_min = state->size_min, size_range = state->size_range;
    uint64_t random = state->random, index = state->index, done = 0;
    for (; done < operations; done++) {
        const uint64_t after = slot_after(state, index);
        if (after == state->other && !wait_past(state, index, after))
            break;
        random = hb_loop_next(random);
        void *block = allocate(hb_loop_size(random, size_min, size_range));
        if (__builtin_expect(!block, 0))
            break;
        hb_loop_touch(block, random);
        slots[index] = block;
        index = after;
        if (index % TELL_EACH == 0)
            publish(state, index);
    }
    state->random = random;
    return end_share(state, index, done);
}

static uint64_t consume(struct state *state, uint64_t operations)
{
    void (*const release)(void *) = state->functions->free;
    void **const slots = state->slots;
    uint64_t index = state->index, done = 0;
    for (; done < operations; done++) {
        if (index == state->other && !wait_past(state, index, index))
            break;
        release(slots[index]);
        index = slot_after(state, index);
        if (index % TELL_EACH == 0)
            publish(state, index);
    }
    return end_share(state, index, done);
}

/* --- life --------------------------------------------------------------------------------------
 */

static int setup_shared(const struct hb_workload_context *context, void **out, char *message,
                        size_t message_bytes)
{
    const uint32_t pairs = context->thread_count / 2;
    const uint64_t slot_count = context->values[QUEUE] + 1;
    struct ring *rings = context->reserve(pairs * sizeof *rings);
    for (uint32_t i = 0; rings && i < pairs; i++) {
        rings[i].slots = context->reserve(slot_count * sizeof *rings[i].slots);
        if (!rings[i].slots)
            rings = NULL;
    }
    if (!rings)
        return hb_loop_refuse(message, message_bytes, "no memory for %u queues of %llu slots",
                              pairs, (unsigned long long)context->values[QUEUE]);
    *out = rings;
    return 0;
}

/* Even threads produce for the odd one after them. */
static int setup(const struct hb_workload_context *context, void **out, char *message,
                 size_t message_bytes)
{
    const uint64_t *values = context->values;
    struct ring *ring = (struct ring *)context->shared + context->thread_index / 2;
    const bool produces = context->thread_index % 2 == 0;
    struct state *state = context->reserve(sizeof *state);
    if (!state)
        return hb_loop_refuse(message, message_bytes, "no memory for %u threads",
                              context->thread_count);
    *state = (struct state){
        .functions = context->functions,
        .wait = context->wait,
        .loop = produces ? produce : consume,
        .slots = ring->slots,
        .slot_count = values[QUEUE] + 1,
        .own = produces ? &ring->produced : &ring->consumed,
        .others = produces ? &ring->consumed : &ring->produced,
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
    .parameters = parameters,
    .check = check,
    .setup_shared = setup_shared,
    .setup = setup,
    .step = step,
    .live_bytes = live_bytes,
    .finish = finish,
};
