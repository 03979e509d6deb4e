/* A program at rest after a spike: what does it still hold? Each thread allocates `blocks` blocks,
 * frees all but every keep_every-th, oldest first, and then does little for light_seconds: bursts
 * of a random-mixed loop on a handful of slots, with a sleep after each. The spike is what the
 * workload prepares; one operation is one malloc or free of the light use.
 * The figure to look at is the resident set after the last operation. So the blocks themselves hold
 * the list of blocks: an array of pointers would be resident as well.
 * Read next: workload.h (prepare, is_paced), docs/method.md, "What is measured". */
#include "loop.h"

#include <time.h>

enum { BLOCKS = HB_PARAMETER_OWN, KEEP_EVERY, LIGHT_SECONDS, MIN_SIZE, MAX_SIZE };

#define LIGHT_SLOTS      64u
#define BURST_OPERATIONS 100u
#define NS_PER_S         UINT64_C(1000000000)

struct link {
    struct link *next;
};

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(30000, 1, 1, 64),
    [BLOCKS] = {.name = "blocks",
                .type = HB_PARAMETER_COUNT,
                .default_value = 1000000,
                .min = 1,
                .max = UINT64_C(1000000000),
                .unit = "blocks",
                .help = "blocks of each thread's spike"},
    [KEEP_EVERY] = {.name = "keep_every",
                    .type = HB_PARAMETER_COUNT,
                    .default_value = 0,
                    .min = 0,
                    .max = UINT64_C(1000000000),
                    .unit = "blocks",
                    .help = "of so many blocks one is kept to the end; 0: all are freed"},
    [LIGHT_SECONDS] = {.name = "light_seconds",
                       .type = HB_PARAMETER_COUNT,
                       .default_value = 3,
                       .min = 0,
                       .max = 86400,
                       .unit = "s",
                       .help = "the operations are spread over so long; watchdog_s must be longer"},
    [MIN_SIZE] = HB_LOOP_MIN_SIZE(16, sizeof(struct link)),
    [MAX_SIZE] = HB_LOOP_MAX_SIZE(1039, sizeof(struct link)),
    {0},
};

struct state {
    const struct hb_allocator_functions *functions;
    uint64_t random;
    uint64_t size_min, size_range;
    uint64_t blocks, keep_every;
    struct link *kept;
    uint64_t burst_left;   /* operations before the next sleep */
    struct timespec pause; /* after each burst */
    void *slots[LIGHT_SLOTS];
};

static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    if (hb_loop_check("blocks", values[BLOCKS], values[MIN_SIZE], values[MAX_SIZE],
                      values[HB_PARAMETER_THREADS], message, message_bytes) != 0)
        return -1;
    hint->size_max = values[MAX_SIZE];
    hint->blocks_max = values[BLOCKS] + LIGHT_SLOTS;
    return 0;
}

static int setup(const struct hb_workload_context *context, void **out, char *message,
                 size_t message_bytes)
{
    const uint64_t *values = context->values;
    const uint64_t operations = values[HB_PARAMETER_OPERATIONS] / context->thread_count;
    const uint64_t bursts = operations > BURST_OPERATIONS ? operations / BURST_OPERATIONS : 1;
    const uint64_t pause_ns = values[LIGHT_SECONDS] * NS_PER_S / bursts;
    struct state *state = context->reserve(sizeof *state);
    if (!state)
        return hb_loop_refuse(message, message_bytes, "no memory for %u threads",
                              context->thread_count);
    *state = (struct state){
        .functions = context->functions,
        .random = hb_loop_seed(context->seed),
        .size_min = values[MIN_SIZE],
        .size_range = values[MAX_SIZE] - values[MIN_SIZE] + 1,
        .blocks = values[BLOCKS],
        .keep_every = values[KEEP_EVERY],
        .burst_left = BURST_OPERATIONS,
        .pause = {.tv_sec = (time_t)(pause_ns / NS_PER_S), .tv_nsec = (long)(pause_ns % NS_PER_S)},
    };
    *out = state;
    return 0;
}

/* --- the spike ---------------------------------------------------------------------------------
 */

static void *allocate(struct state *state)
{
    state->random = hb_loop_next(state->random);
    return state->functions->malloc(
        hb_loop_size(state->random, state->size_min, state->size_range));
}

/* A list of all blocks, oldest first; shorter than wanted when malloc returned NULL. */
static struct link *rise(struct state *state, uint64_t *count)
{
    struct link *first = NULL, **last = &first;
    for (*count = 0; *count < state->blocks; ++*count) {
        struct link *block = allocate(state);
        if (!block)
            break;
        block->next = NULL;
        *last = block;
        last = &block->next;
    }
    return first;
}

static void fall(struct state *state, struct link *first)
{
    struct link *next;
    uint64_t number = 1;
    for (struct link *block = first; block; block = next, number++) {
        next = block->next;
        if (state->keep_every == 0 || number % state->keep_every != 0) {
            state->functions->free(block);
            continue;
        }
        block->next = state->kept;
        state->kept = block;
    }
}

static int prepare(void *opaque)
{
    struct state *state = opaque;
    uint64_t count;
    struct link *first = rise(state, &count);
    if (count < state->blocks)
        return -1;
    fall(state, first);
    return 0;
}

/* --- the light use -----------------------------------------------------------------------------
 */

static uint64_t burst(struct state *state, uint64_t operations)
{
    uint64_t done = 0;
    for (; done < operations; done++) {
        state->random = hb_loop_next(state->random);
        void **slot = &state->slots[hb_loop_slot(state->random, LIGHT_SLOTS)];
        if (*slot) {
            state->functions->free(*slot);
            *slot = NULL;
            continue;
        }
        void *block = allocate(state);
        if (!block)
            break;
        hb_loop_touch(block, state->random);
        *slot = block;
    }
    return done;
}

static void rest(struct state *state)
{
    state->burst_left = BURST_OPERATIONS;
    if (state->pause.tv_sec || state->pause.tv_nsec)
        (void)nanosleep(&state->pause, NULL);
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    uint64_t done = 0;
    while (done < operations) {
        const uint64_t left = operations - done;
        const uint64_t wanted = left < state->burst_left ? left : state->burst_left;
        const uint64_t did = burst(state, wanted);
        done += did;
        state->burst_left -= did;
        if (did < wanted)
            break;
        if (state->burst_left == 0)
            rest(state);
    }
    return done;
}

/* An expectation: blocks times the mean of their sizes, which are not kept. */
static uint64_t live_bytes(const void *opaque)
{
    const struct state *state = opaque;
    const uint64_t kept = state->keep_every ? state->blocks / state->keep_every : 0;
    const uint64_t blocks = kept + hb_loop_count(state->slots, LIGHT_SLOTS);
    return hb_loop_mean_bytes(blocks, state->size_min, state->size_range);
}

static void finish(void *opaque)
{
    struct state *state = opaque;
    for (struct link *next; state->kept; state->kept = next) {
        next = state->kept->next;
        state->functions->free(state->kept);
    }
    hb_loop_release(state->functions, state->slots, LIGHT_SLOTS);
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    .abi_version = HB_WORKLOAD_ABI,
    .struct_bytes = sizeof(struct hb_workload),
    .name = "spike",
    .summary = "many blocks, nearly all freed, then little use: what stays resident? (paced)",
    .stands_for = "a program after its peak: a report, an import or a parse that is over",
    .cannot_show = "speed: it sleeps, so its times are not the allocator's",
    .source = "our own; the question of Maas et al. 2020 (Llama): what a few survivors hold",
    .parameters = parameters,
    .check = check,
    .setup = setup,
    .prepare = prepare,
    .step = step,
    .is_paced = true,
    .live_bytes = live_bytes,
    .finish = finish,
};
