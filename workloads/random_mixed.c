/* The random-mixed loop: pick a slot; free it when full, else allocate into it. Half of the
 * slots are full on average, and one operation is one malloc or one free.
 * Each combination of size form and touch policy is a loop of its own: no parameter is tested
 * inside. docs/disassembly.md shows the machine code. */
#include "loop.h"

#include <string.h>

enum { WORKING_SET = HB_PARAMETER_OWN, MIN_SIZE, MAX_SIZE, TOUCH };
enum touch { TOUCH_FIRST, TOUCH_NONE, TOUCH_PAGE, TOUCH_ALL };

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(20000000, 1, 1, 64),
    [WORKING_SET] = {.name = "working_set",
                     .type = HB_PARAMETER_COUNT,
                     .default_value = 400,
                     .min = 1,
                     .max = HB_LOOP_SLOTS_LIMIT,
                     .unit = "slots",
                     .help = "slots of each thread; half of them hold a block on average"},
    [MIN_SIZE] = HB_LOOP_MIN_SIZE(16, 1),
    [MAX_SIZE] = HB_LOOP_MAX_SIZE(1039, 1),
    [TOUCH] = {.name = "touch",
               .type = HB_PARAMETER_CHOICE,
               .default_value = TOUCH_FIRST,
               .min = TOUCH_FIRST,
               .max = TOUCH_ALL,
               .unit = "",
               .help = "bytes of a new block that are written: the first, none, one a page, all",
               .choices = (const char *const[]){"first", "none", "page", "all", NULL}},
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
};

static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    if (hb_loop_check("working_set", values[WORKING_SET], values[MIN_SIZE], values[MAX_SIZE],
                      values[HB_PARAMETER_THREADS], message, message_bytes) != 0)
        return -1;
    hint->size_max = values[MAX_SIZE];
    hint->blocks_max = values[WORKING_SET];
    return 0;
}

/* Volatile: see hb_loop_touch. */
static inline __attribute__((always_inline)) void touch_block(unsigned char *block, size_t size,
                                                              unsigned char byte, enum touch touch)
{
    if (touch == TOUCH_FIRST)
        hb_loop_touch(block, byte);
    for (size_t i = 0; touch == TOUCH_PAGE && i < size; i += 4096)
        ((volatile unsigned char *)block)[i] = byte;
    if (touch == TOUCH_ALL) {
        memset(block, byte, size);
        __asm__ volatile("" : : "r"(block) : "memory");
    }
}

/* Slot and size by multiplying and taking the high word, but for sizes of a power of two in number,
 * where a mask will do. */
static inline __attribute__((always_inline)) uint64_t loop(struct state *state, uint64_t operations,
                                                           bool is_power_of_two, enum touch touch)
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
        touch_block(block, size, (unsigned char)random, touch);
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
LOOP(loop_first, false, TOUCH_FIRST)
LOOP(loop_first_mask, true, TOUCH_FIRST)
LOOP(loop_none, false, TOUCH_NONE)
LOOP(loop_none_mask, true, TOUCH_NONE)
LOOP(loop_page, false, TOUCH_PAGE)
LOOP(loop_page_mask, true, TOUCH_PAGE)
LOOP(loop_all, false, TOUCH_ALL)
LOOP(loop_all_mask, true, TOUCH_ALL)

static loop_function *choose_loop(uint64_t touch, bool is_power_of_two)
{
    static loop_function *const loops[][2] = {
        [TOUCH_FIRST] = {loop_first, loop_first_mask},
        [TOUCH_NONE] = {loop_none, loop_none_mask},
        [TOUCH_PAGE] = {loop_page, loop_page_mask},
        [TOUCH_ALL] = {loop_all, loop_all_mask},
    };
    return loops[touch][is_power_of_two];
}

static int setup(const struct hb_workload_context *context, void **out, char *message,
                 size_t message_bytes)
{
    const uint64_t *values = context->values;
    struct state *state = context->reserve(sizeof *state);
    void **slots = context->reserve(values[WORKING_SET] * sizeof *slots);
    if (!state || !slots)
        return hb_loop_refuse(message, message_bytes,
                              "no memory for %llu slots on each of %u threads",
                              (unsigned long long)values[WORKING_SET], context->thread_count);
    const uint64_t range = values[MAX_SIZE] - values[MIN_SIZE] + 1;
    *state = (struct state){
        .functions = context->functions,
        .loop = choose_loop(values[TOUCH], (range & (range - 1)) == 0),
        .slots = slots,
        .random = hb_loop_seed(context->seed),
        .working_set = values[WORKING_SET],
        .size_min = values[MIN_SIZE],
        .size_range = range,
    };
    *out = state;
    return 0;
}

static uint64_t step(void *opaque, uint64_t operations)
{
    struct state *state = opaque;
    return state->loop(state, operations);
}

/* An expectation: blocks times the mean of their sizes, which the loop does not keep. At 400 slots
 * it is right within 4 % (one standard deviation), at more within less. */
static uint64_t live_bytes(const void *opaque)
{
    const struct state *state = opaque;
    const uint64_t blocks = hb_loop_count(state->slots, state->working_set);
    return hb_loop_mean_bytes(blocks, state->size_min, state->size_range);
}

static void finish(void *opaque)
{
    struct state *state = opaque;
    hb_loop_release(state->functions, state->slots, state->working_set);
}

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    .abi_version = HB_WORKLOAD_ABI,
    .struct_bytes = sizeof(struct hb_workload),
    .name = "random_mixed",
    .summary = "a random slot at a time: full is freed, empty is allocated",
    .parameters = parameters,
    .check = check,
    .setup = setup,
    .step = step,
    .live_bytes = live_bytes,
    .finish = finish,
};
