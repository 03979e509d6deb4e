/* The random-mixed loop: pick a slot; free it when full, else allocate into it. Half of the
 * slots are full on average, and one operation is one malloc or one free.
 * Each combination of size form and touch policy is a loop of its own: no parameter is tested
 * inside. docs/disassembly.md shows the machine code. */
#include "kit.h"

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(20000000, 1, 1, 64),
    HB_KIT_COUNT("working_set", 400, 1, HB_LOOP_SLOTS_LIMIT, "slots",
                 "slots of each thread; half of them hold a block on average"),
    HB_KIT_SIZE_ROWS(16, 1039, HB_TOUCH_FIRST),
    {0},
};

struct state;
typedef uint64_t loop_function(struct state *state, uint64_t operations);

struct state {
    const struct hb_allocator_functions *functions;
    loop_function *loop;
    void **slots;
    uint64_t random; /* never 0 */
    uint64_t working_set;
    uint64_t size_min, size_range; /* sizes are size_min + [0, size_range) */
    struct hb_kit *kit;            /* of a size profile: the slots are its own */
};

/* Slot and size by multiplying and taking the high word, but for sizes of a power of two in number,
 * where a mask will do. */
static inline __attribute__((always_inline)) uint64_t
loop(struct state *state, uint64_t operations, bool is_power_of_two, enum hb_loop_touch touch)
{
    void *(*const allocate)(size_t) = state->functions->malloc;
    void (*const release)(void *) = state->functions->free;
    void **const slots = state->slots;
    const uint64_t working_set = state->working_set;
    const uint64_t size_min = state->size_min, size_range = state->size_range;
    uint64_t random = state->random, done = 0;
    for (; done < operations; done++) {
        random = hb_loop_next(random);
        void **slot = &slots[hb_loop_slot(random, working_set)];
        if (*slot) {
            release(*slot);
            *slot = NULL;
            continue;
        }
        const size_t size = is_power_of_two ? size_min + ((uint32_t)random & (size_range - 1))
                                            : hb_loop_size(random, size_min, size_range);
        unsigned char *block = allocate(size);
        if (__builtin_expect(!block, 0))
            break;
        hb_loop_touch_block(block, size, (unsigned char)random, touch);
        *slot = block;
    }
    state->random = random;
    return done;
}

/* Each a function of its own, so that none takes registers from another. */
#define LOOP(name, is_power_of_two, touch)                                                         \
    static uint64_t name(struct state *state, uint64_t operations)                                 \
    {                                                                                              \
        return loop(state, operations, is_power_of_two, touch);                                    \
    }
LOOP(loop_first, false, HB_TOUCH_FIRST)
LOOP(loop_first_mask, true, HB_TOUCH_FIRST)
LOOP(loop_none, false, HB_TOUCH_NONE)
LOOP(loop_none_mask, true, HB_TOUCH_NONE)
LOOP(loop_page, false, HB_TOUCH_PAGE)
LOOP(loop_page_mask, true, HB_TOUCH_PAGE)
LOOP(loop_all, false, HB_TOUCH_ALL)
LOOP(loop_all_mask, true, HB_TOUCH_ALL)

/* Of a size profile: rows by their rates, and slots of their lifetimes. */
static uint64_t loop_profile(struct state *state, uint64_t operations)
{
    return hb_kit_mix(state->kit, operations, hb_kit_malloc);
}

static loop_function *choose_loop(uint64_t touch, bool is_power_of_two)
{
    static loop_function *const loops[][2] = {
        [HB_TOUCH_FIRST] = {loop_first, loop_first_mask},
        [HB_TOUCH_NONE] = {loop_none, loop_none_mask},
        [HB_TOUCH_PAGE] = {loop_page, loop_page_mask},
        [HB_TOUCH_ALL] = {loop_all, loop_all_mask},
    };
    return loops[touch][is_power_of_two];
}

static int setup_profile(const struct hb_workload_context *context, struct state *state,
                         char *message, size_t message_bytes)
{
    void *kit = NULL;
    state->loop = loop_profile;
    if (hb_kit_make(context, sizeof *state->kit, 0, &kit, message, message_bytes) != 0)
        return -1;
    state->kit = kit;
    return 0;
}

static int setup(const struct hb_workload_context *context, void **out, char *message,
                 size_t message_bytes)
{
    const uint64_t *values = context->values;
    const bool has_profile = values[HB_KIT_SIZES] != 0;
    const uint64_t slot_count = has_profile ? 0 : values[HB_KIT_BLOCKS];
    struct state *state = context->reserve(sizeof *state);
    void **slots = context->reserve(slot_count * sizeof *slots);
    if (!state || !slots)
        return hb_loop_refuse(message, message_bytes,
                              "no memory for %llu slots on each of %u threads",
                              (unsigned long long)slot_count, context->thread_count);
    const uint64_t range = values[HB_KIT_MAX_SIZE] - values[HB_KIT_MIN_SIZE] + 1;
    *state = (struct state){
        .functions = context->functions,
        .loop = choose_loop(values[HB_KIT_TOUCH], (range & (range - 1)) == 0),
        .slots = slots,
        .random = hb_loop_seed(context->seed),
        .working_set = slot_count,
        .size_min = values[HB_KIT_MIN_SIZE],
        .size_range = range,
    };
    *out = state;
    return has_profile ? setup_profile(context, state, message, message_bytes) : 0;
}

static int prepare(void *opaque)
{
    struct state *state = opaque;
    return state->kit ? hb_kit_prepare(state->kit) : 0;
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    return state->loop(state, operations);
}

/* Of a size profile exact. Else an expectation: blocks times the mean of their sizes, which the
 * loop does not keep. At 400 slots it is right within 4 % (one standard deviation), at more within
 * less. */
static uint64_t live_bytes(const void *opaque)
{
    const struct state *state = opaque;
    if (state->kit)
        return hb_kit_live(state->kit);
    const uint64_t blocks = hb_loop_count(state->slots, state->working_set);
    return hb_loop_mean_bytes(blocks, state->size_min, state->size_range);
}

static void finish(void *opaque)
{
    struct state *state = opaque;
    hb_loop_release(state->functions, state->slots, state->working_set);
    if (state->kit)
        hb_kit_finish(state->kit);
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    .abi_version = HB_WORKLOAD_ABI,
    .struct_bytes = sizeof(struct hb_workload),
    .name = "random_mixed",
    .summary = "a random slot at a time: full is freed, empty is allocated",
    .stands_for =
        "programs with many small blocks of unlike lifetimes; the allocator is all there is",
    .cannot_show =
        "phases, locality but the allocator's own, threads that meet, a heap with a past",
    .source =
        "our own; the random-replacement loop of many allocator papers, one malloc or free a turn",
    .parameters = parameters,
    .check = hb_kit_check,
    .setup = setup,
    .prepare = prepare,
    .step = step,
    .live_bytes = live_bytes,
    .finish = finish,
};
