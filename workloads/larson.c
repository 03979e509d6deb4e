/* Larson's server (Larson & Krishnan 1998): each thread replaces random blocks of its working set;
 * after a round it hands the set over and goes on with another thread's, so that blocks die on
 * other threads than those they were born on. One operation is one free or one malloc: a
 * replacement is two. The original starts a thread for every round; here the threads stay, and the
 * sets go round: there is one more of them than threads, and who ends a round leaves its own in
 * the place where the spare one lay, so that nobody ever waits.
 * Read next: workload.h (prepare), loop.h. */
#include "loop.h"

#include <stdatomic.h>

enum { WORKING_SET = HB_PARAMETER_OWN, ROUND, MIN_SIZE, MAX_SIZE };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(20000000, 2, 1, 64),
    [WORKING_SET] = {.name = "working_set",
                     .type = HB_PARAMETER_COUNT,
                     .default_value = 1000,
                     .min = 1,
                     .max = HB_LOOP_SLOTS_LIMIT,
                     .unit = "blocks",
                     .help = "blocks that each thread holds; there is one set more than threads"},
    [ROUND] = {.name = "round",
               .type = HB_PARAMETER_COUNT,
               .default_value = 100000,
               .min = 2,
               .max = UINT64_C(1000000000000),
               .unit = "operations",
               .help = "operations of a thread before it hands its set over; an even number"},
    [MIN_SIZE] = HB_LOOP_MIN_SIZE(16, 1),
    [MAX_SIZE] = HB_LOOP_MAX_SIZE(1039, 1),
    {0},
};

struct shared {
    void **first_spare; /* thread 0 fills it */
    _Atomic(void **) spare;
};

struct state {
    const struct hb_allocator_functions *functions;
    struct shared *shared;
    void **blocks;
    void **emptied; /* the slot whose malloc is the next operation, or NULL */
    uint64_t random;
    uint64_t working_set;
    uint64_t size_min, size_range;
    uint64_t round, left; /* operations of a round, and of this one */
    bool is_first;
};

/* With one set more than threads, a thread may own twice its share of the blocks. */
static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    if (values[ROUND] % 2 != 0)
        return hb_loop_refuse(message, message_bytes,
                              "round %llu is odd: a free and its malloc belong together",
                              (unsigned long long)values[ROUND]);
    if (hb_loop_check("working_set", values[WORKING_SET], values[MIN_SIZE], values[MAX_SIZE],
                      values[HB_PARAMETER_THREADS], message, message_bytes) != 0)
        return -1;
    hint->size_max = values[MAX_SIZE];
    hint->blocks_max = 2 * values[WORKING_SET];
    return 0;
}

/* --- the loop ----------------------------------------------------------------------------------
 */

static uint64_t replace(struct state *state, uint64_t operations)
{
    void *(*const allocate)(size_t) = state->functions->malloc;
    void (*const release)(void *) = state->functions->free;
    void **const blocks = state->blocks;
    const uint64_t working_set = state->working_set;
    const uint64_t size_min = state->size_min, size_range = state->size_range;
    uint64_t random = state->random, done = 0;
    void **emptied = state->emptied;
    for (; done < operations; done++) {
        if (!emptied) {
            random = hb_loop_next(random);
            emptied = &blocks[hb_loop_slot(random, working_set)];
            release(*emptied);
            *emptied = NULL;
            continue;
        }
        void *block = allocate(hb_loop_size(random, size_min, size_range));
        if (__builtin_expect(!block, 0))
            break;
        hb_loop_touch(block, random);
        *emptied = block;
        emptied = NULL;
    }
    state->random = random;
    state->emptied = emptied;
    return done;
}

/* Acquire and release: what the other thread wrote into the set is seen with it. */
static void hand_over(struct state *state)
{
    state->blocks =
        atomic_exchange_explicit(&state->shared->spare, state->blocks, memory_order_acq_rel);
    state->left = state->round;
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    uint64_t done = 0;
    while (done < operations) {
        const uint64_t rest = operations - done;
        const uint64_t wanted = rest < state->left ? rest : state->left;
        const uint64_t did = replace(state, wanted);
        done += did;
        state->left -= did;
        if (did < wanted)
            break;
        if (state->left == 0)
            hand_over(state);
    }
    return done;
}

/* --- life --------------------------------------------------------------------------------------
 */

static int setup_shared(const struct hb_workload_context *context, void **out, char *message,
                        size_t message_bytes)
{
    struct shared *shared = context->reserve(sizeof *shared);
    void **spare = context->reserve(context->values[WORKING_SET] * sizeof *spare);
    if (!shared || !spare)
        return hb_loop_refuse(message, message_bytes, "no memory for a working set of %llu",
                              (unsigned long long)context->values[WORKING_SET]);
    shared->first_spare = spare;
    atomic_init(&shared->spare, spare);
    *out = shared;
    return 0;
}

static int setup(const struct hb_workload_context *context, void **out, char *message,
                 size_t message_bytes)
{
    const uint64_t *values = context->values;
    struct state *state = context->reserve(sizeof *state);
    void **blocks = context->reserve(values[WORKING_SET] * sizeof *blocks);
    if (!state || !blocks)
        return hb_loop_refuse(message, message_bytes,
                              "no memory for working sets of %llu on each of %u threads",
                              (unsigned long long)values[WORKING_SET], context->thread_count);
    *state = (struct state){
        .functions = context->functions,
        .shared = context->shared,
        .blocks = blocks,
        .random = hb_loop_seed(context->seed),
        .working_set = values[WORKING_SET],
        .size_min = values[MIN_SIZE],
        .size_range = values[MAX_SIZE] - values[MIN_SIZE] + 1,
        .round = values[ROUND],
        .left = values[ROUND],
        .is_first = context->thread_index == 0,
    };
    *out = state;
    return 0;
}

static int fill(struct state *state, void **blocks)
{
    for (uint64_t i = 0; i < state->working_set; i++) {
        state->random = hb_loop_next(state->random);
        blocks[i] = state->functions->malloc(
            hb_loop_size(state->random, state->size_min, state->size_range));
        if (!blocks[i])
            return -1;
        hb_loop_touch(blocks[i], state->random);
    }
    return 0;
}

static int prepare(void *opaque)
{
    struct state *state = opaque;
    if (state->is_first && fill(state, state->shared->first_spare) != 0)
        return -1;
    return fill(state, state->blocks);
}

/* An expectation: blocks times the mean of their sizes. The blocks are not looked at, as another
 * thread may just take the set over: a set is full when it is handed over, so all are but for the
 * slot that is emptied here. The spare set counts on the first thread. */
static uint64_t live_bytes(const void *opaque)
{
    const struct state *state = opaque;
    const uint64_t sets = state->is_first ? 2 : 1;
    const uint64_t blocks = sets * state->working_set - (state->emptied ? 1 : 0);
    return hb_loop_mean_bytes(blocks, state->size_min, state->size_range);
}

/* A slot is empty where the last operation was a free. */
static void finish(void *opaque)
{
    struct state *state = opaque;
    hb_loop_release(state->functions, state->blocks, state->working_set);
    if (state->is_first)
        hb_loop_release(state->functions,
                        atomic_load_explicit(&state->shared->spare, memory_order_acquire),
                        state->working_set);
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    .abi_version = HB_WORKLOAD_ABI,
    .struct_bytes = sizeof(struct hb_workload),
    .name = "larson",
    .summary = "random blocks are replaced; after a round threads hand their working sets on",
    .stands_for = "servers that hand connections on: blocks die on other threads than those they "
                  "were born on",
    .cannot_show =
        "threads that start and end (thread_churn), or one that only allocates (producer_consumer)",
    .source = "Larson, Krishnan 1998, Memory allocation for long-running server applications",
    .parameters = parameters,
    .check = check,
    .setup_shared = setup_shared,
    .setup = setup,
    .prepare = prepare,
    .step = step,
    .live_bytes = live_bytes,
    .finish = finish,
};
