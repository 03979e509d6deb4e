/* A program whose work changes: its working set grows and shrinks, its blocks get larger, a burst
 * comes and goes, it frees everything and idles, and comes back. So fragmentation, giving back and
 * growing anew can be seen. Within a phase the loop is that of random_mixed, on as many slots and
 * with such sizes as the phase has. Every size is kept, so that live bytes are exact.
 * Which phase an epoch belongs to follows from its number alone; outside a soak all is "steady".
 * Read next: workload.h (begin_epoch), random_mixed.c, docs/plugins.md, "Phases". */
#include "loop.h"

#include <time.h>

enum {
    EPOCHS_PER_PHASE = HB_PARAMETER_OWN,
    WORKING_SET,
    GROW_FACTOR,
    MIN_SIZE,
    MAX_SIZE,
    LARGE_MIN,
    LARGE_MAX,
    SPIKE_BLOCKS,
    IDLE_SECONDS
};

enum phase { STEADY, GROW, SHRINK, SIZES, SPIKE, IDLE, REGROW, PHASES };

static const char *const phase_names[] = {
    [STEADY] = "steady", [GROW] = "grow", [SHRINK] = "shrink", [SIZES] = "sizes",
    [SPIKE] = "spike",   [IDLE] = "idle", [REGROW] = "regrow", [PHASES] = NULL,
};

#define LIGHT_SLOTS      64u
#define BURST_OPERATIONS 100u
#define BURSTS_PER_S     100u
#define PAUSE_NS         (1000000000L / (long)BURSTS_PER_S)
#define GROW_MAX         1000u

struct link {
    struct link *next;
    uint64_t bytes;
};

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(20000000, 1, 1, 64),
    [EPOCHS_PER_PHASE] = {.name = "epochs_per_phase",
                          .type = HB_PARAMETER_COUNT,
                          .default_value = 2,
                          .min = 1,
                          .max = 1000000,
                          .unit = "epochs",
                          .help = "epochs of a soak before the next phase"},
    [WORKING_SET] = {.name = "working_set",
                     .type = HB_PARAMETER_COUNT,
                     .default_value = 10000,
                     .min = LIGHT_SLOTS,
                     .max = HB_LOOP_SLOTS_LIMIT,
                     .unit = "slots",
                     .help = "slots of each thread; half of them hold a block on average"},
    [GROW_FACTOR] = {.name = "grow_factor",
                     .type = HB_PARAMETER_COUNT,
                     .default_value = 8,
                     .min = 1,
                     .max = GROW_MAX,
                     .unit = "times",
                     .help = "working sets that there are in \"grow\" and \"regrow\""},
    [MIN_SIZE] = HB_LOOP_MIN_SIZE(16, sizeof(struct link)),
    [MAX_SIZE] = HB_LOOP_MAX_SIZE(1039, sizeof(struct link)),
    [LARGE_MIN] = {.name = "large_min",
                   .type = HB_PARAMETER_BYTES,
                   .default_value = 1024,
                   .min = sizeof(struct link),
                   .max = HB_LOOP_SIZE_LIMIT,
                   .unit = "B",
                   .help = "smallest block of \"sizes\""},
    [LARGE_MAX] = {.name = "large_max",
                   .type = HB_PARAMETER_BYTES,
                   .default_value = 16384,
                   .min = sizeof(struct link),
                   .max = HB_LOOP_SIZE_LIMIT,
                   .unit = "B",
                   .help = "largest block of \"sizes\""},
    [SPIKE_BLOCKS] = {.name = "spike_blocks",
                      .type = HB_PARAMETER_COUNT,
                      .default_value = 200000,
                      .min = 0,
                      .max = HB_LOOP_SLOTS_LIMIT,
                      .unit = "blocks",
                      .help = "blocks of each burst of \"spike\", all freed again"},
    [IDLE_SECONDS] = {.name = "idle_seconds",
                      .type = HB_PARAMETER_COUNT,
                      .default_value = 6,
                      .min = 1,
                      .max = 30, /* a soak takes an epoch of a minute for a hang */
                      .unit = "s",
                      .help = "length of an epoch of \"idle\"; above 5 it shows what is resident "
                              "5 s after"},
    {0},
};

/* Invariant: slots[i] is NULL or a block of sizes[i] bytes; slots from `active` on are empty; live
 * is the sum over the slots and the burst. */
struct state {
    const struct hb_allocator_functions *functions;
    const uint64_t *values;
    void **slots;
    uint32_t *sizes;
    uint64_t capacity, active;
    uint64_t random;
    uint64_t size_min, size_range;
    uint64_t live;
    uint64_t rise_left;  /* blocks of a burst that are still to come */
    struct link *burst;  /* those that are there */
    uint64_t burst_left; /* of idle: operations before the next sleep */
    bool idle;
};

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t most_slots(const uint64_t *values)
{
    return values[WORKING_SET] * values[GROW_FACTOR];
}

/* Each phase has either grown slots or a burst beside the usual ones; of sizes the largest that any
 * of them has, as "spike" begins with blocks of "sizes". */
static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    const uint64_t threads = values[HB_PARAMETER_THREADS], slots = most_slots(values);
    const uint64_t blocks = larger(slots, values[WORKING_SET] + values[SPIKE_BLOCKS]);
    if (slots > HB_LOOP_SLOTS_LIMIT)
        return hb_loop_refuse(
            message, message_bytes, "working_set %llu x grow_factor %llu is above %llu slots",
            (unsigned long long)values[WORKING_SET], (unsigned long long)values[GROW_FACTOR],
            (unsigned long long)HB_LOOP_SLOTS_LIMIT);
    if (hb_loop_check("the most blocks at a time,", blocks, values[MIN_SIZE], values[MAX_SIZE],
                      threads, message, message_bytes) != 0)
        return -1;
    if (values[LARGE_MAX] < values[LARGE_MIN])
        return hb_loop_refuse(message, message_bytes, "large_max %llu is below large_min %llu",
                              (unsigned long long)values[LARGE_MAX],
                              (unsigned long long)values[LARGE_MIN]);
    if (values[WORKING_SET] > HB_LOOP_LIVE_LIMIT / values[LARGE_MAX] / threads)
        return hb_loop_refuse(message, message_bytes,
                              "working_set %llu x large_max %llu x threads %llu is above 64 TiB",
                              (unsigned long long)values[WORKING_SET],
                              (unsigned long long)values[LARGE_MAX], (unsigned long long)threads);
    hint->size_max = larger(values[MAX_SIZE], values[LARGE_MAX]);
    hint->blocks_max = blocks;
    return 0;
}

static void use_sizes(struct state *state, int min_row, int max_row)
{
    state->size_min = state->values[min_row];
    state->size_range = state->values[max_row] - state->values[min_row] + 1;
}

static int setup(const struct hb_workload_context *context, void **out, char *message,
                 size_t message_bytes)
{
    const uint64_t *values = context->values;
    const uint64_t capacity = most_slots(values);
    struct state *state = context->reserve(sizeof *state);
    void **slots = context->reserve(capacity * sizeof *slots);
    uint32_t *sizes = context->reserve(capacity * sizeof *sizes);
    if (!state || !slots || !sizes)
        return hb_loop_refuse(message, message_bytes,
                              "no memory for %llu slots on each of %u threads",
                              (unsigned long long)capacity, context->thread_count);
    *state = (struct state){
        .functions = context->functions,
        .values = values,
        .slots = slots,
        .sizes = sizes,
        .capacity = capacity,
        .active = values[WORKING_SET],
        .random = hb_loop_seed(context->seed),
        .burst_left = BURST_OPERATIONS,
    };
    use_sizes(state, MIN_SIZE, MAX_SIZE);
    *out = state;
    return 0;
}

/* --- the loop --------------------------------------------------------------------------------- */

static uint64_t mix(struct state *state, uint64_t operations)
{
    void *(*const allocate)(size_t) = state->functions->malloc;
    void (*const release)(void *) = state->functions->free;
    void **const slots = state->slots;
    uint32_t *const sizes = state->sizes;
    const uint64_t active = state->active;
    const uint64_t size_min = state->size_min, size_range = state->size_range;
    uint64_t random = state->random, live = state->live, done = 0;
    for (; done < operations; done++) {
        random = hb_loop_next(random);
        const uint64_t slot = hb_loop_slot(random, active);
        if (slots[slot]) {
            release(slots[slot]);
            slots[slot] = NULL;
            live -= sizes[slot];
            continue;
        }
        const size_t size = hb_loop_size(random, size_min, size_range);
        void *block = allocate(size);
        if (__builtin_expect(!block, 0))
            break;
        hb_loop_touch(block, random);
        slots[slot] = block;
        sizes[slot] = (uint32_t)size;
        live += size;
    }
    state->random = random;
    state->live = live;
    return done;
}

/* --- the burst -------------------------------------------------------------------------------- */

/* The blocks themselves hold the list, and how large they are. */
static uint64_t rise(struct state *state, uint64_t operations)
{
    uint64_t done = 0;
    for (; done < operations && state->rise_left > 0; done++, state->rise_left--) {
        state->random = hb_loop_next(state->random);
        const size_t size = hb_loop_size(state->random, state->size_min, state->size_range);
        struct link *block = state->functions->malloc(size);
        if (!block)
            break;
        *block = (struct link){.next = state->burst, .bytes = size};
        state->burst = block;
        state->live += size;
    }
    return done;
}

static uint64_t fall(struct state *state, uint64_t operations)
{
    uint64_t done = 0;
    for (struct link *next; done < operations && state->burst; done++, state->burst = next) {
        next = state->burst->next;
        state->live -= state->burst->bytes;
        state->functions->free(state->burst);
    }
    return done;
}

/* --- steps ------------------------------------------------------------------------------------ */

static uint64_t idle(struct state *state, uint64_t operations)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    uint64_t done = 0;
    while (done < operations) {
        const uint64_t left = operations - done;
        const uint64_t wanted = left < state->burst_left ? left : state->burst_left;
        const uint64_t did = mix(state, wanted);
        done += did;
        state->burst_left -= did;
        if (did < wanted)
            break;
        if (state->burst_left == 0) {
            state->burst_left = BURST_OPERATIONS;
            (void)nanosleep(&pause, NULL);
        }
    }
    return done;
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    uint64_t done = 0;
    if (__builtin_expect(state->idle, 0))
        return idle(state, operations);
    if (__builtin_expect(state->rise_left > 0, 0)) {
        const uint64_t wanted = operations < state->rise_left ? operations : state->rise_left;
        done = rise(state, operations);
        if (done < wanted)
            return done;
    }
    if (__builtin_expect(state->burst && state->rise_left == 0, 0))
        done += fall(state, operations - done);
    return done + mix(state, operations - done);
}

/* --- epochs ----------------------------------------------------------------------------------- */

/* Frees what lies in the slots from `from` on: blocks of every age, scattered over the heap. */
static void release_from(struct state *state, uint64_t from)
{
    for (uint64_t i = from; i < state->capacity; i++)
        if (state->slots[i]) {
            state->functions->free(state->slots[i]);
            state->slots[i] = NULL;
            state->live -= state->sizes[i];
        }
}

/* What "idle" does is a count of its own: the bursts of so many seconds. */
static int begin_epoch(void *opaque, uint64_t epoch, uint64_t *operations, bool *paced)
{
    struct state *state = opaque;
    const uint64_t *values = state->values;
    const enum phase phase = (enum phase)(epoch / values[EPOCHS_PER_PHASE] % PHASES);
    const bool is_grown = phase == GROW || phase == REGROW;
    state->rise_left = phase == SPIKE ? values[SPIKE_BLOCKS] : 0;
    (void)fall(state, UINT64_MAX); /* of an epoch that was too short for its burst */
    state->idle = phase == IDLE;
    state->active = state->idle ? LIGHT_SLOTS : is_grown ? state->capacity : values[WORKING_SET];
    use_sizes(state, phase == SIZES ? LARGE_MIN : MIN_SIZE, phase == SIZES ? LARGE_MAX : MAX_SIZE);
    release_from(state, state->idle ? 0 : state->active);
    *paced = state->idle;
    if (state->idle)
        *operations = values[IDLE_SECONDS] * BURSTS_PER_S * BURST_OPERATIONS;
    return (int)phase;
}

static uint64_t live_bytes(const void *opaque)
{
    const struct state *state = opaque;
    return state->live;
}

static void finish(void *opaque)
{
    struct state *state = opaque;
    (void)fall(state, UINT64_MAX);
    release_from(state, 0);
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    .abi_version = HB_WORKLOAD_ABI,
    .struct_bytes = sizeof(struct hb_workload),
    .name = "phases",
    .summary = "a working set that grows, shrinks, changes its sizes, bursts, idles and comes back",
    .stands_for = "a program whose work changes: it grows, shrinks, bursts, idles and comes back",
    .cannot_show = "one figure for all: look at memory, phase by phase, in a soak",
    .source = "our own; Wilson, Johnstone, Neely, Boles 1995 on ramps, peaks and plateaus",
    .parameters = parameters,
    .check = check,
    .setup = setup,
    .step = step,
    .phases = phase_names,
    .begin_epoch = begin_epoch,
    .live_bytes = live_bytes,
    .finish = finish,
};
