/* The random-mixed loop: pick a slot; free it when full, else allocate into it. Half of the
 * slots are full on average, and one operation is one malloc or one free.
 * Each combination of size form and touch policy is a loop of its own: no parameter is tested
 * inside. docs/disassembly.md shows the machine code. */
#include "workload.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { WORKING_SET = HB_PARAMETER_OWN, MIN_SIZE, MAX_SIZE, TOUCH };
enum touch { TOUCH_FIRST, TOUCH_NONE, TOUCH_PAGE, TOUCH_ALL };

#define SLOTS_LIMIT 100000000ull /* 800 MB of slots; the index must stay below 32 bits */
#define SIZE_LIMIT  (1ull << 30)
#define LIVE_LIMIT  (1ull << 46) /* half of an x86-64 process's addresses */

static const struct hb_parameter parameters[] = {
    HB_COMMON_PARAMETERS(20000000, 1, 1, 64),
    [WORKING_SET] = {.name = "working_set",
                     .type = HB_PARAMETER_COUNT,
                     .default_value = 400,
                     .min = 1,
                     .max = SLOTS_LIMIT,
                     .unit = "slots",
                     .help = "slots of each thread; half of them hold a block on average"},
    [MIN_SIZE] = {.name = "min_size",
                  .type = HB_PARAMETER_BYTES,
                  .default_value = 16,
                  .min = 1,
                  .max = SIZE_LIMIT,
                  .unit = "B",
                  .help = "smallest block"},
    [MAX_SIZE] = {.name = "max_size",
                  .type = HB_PARAMETER_BYTES,
                  .default_value = 1039,
                  .min = 1,
                  .max = SIZE_LIMIT,
                  .unit = "B",
                  .help = "largest block; every size from min_size on is equally likely"},
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

__attribute__((format(printf, 3, 4))) static int refuse(char *message, size_t message_bytes,
                                                        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, message_bytes, format, arguments);
    va_end(arguments);
    return -1;
}

static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                 size_t message_bytes)
{
    const unsigned long long slots = values[WORKING_SET], threads = values[HB_PARAMETER_THREADS];
    const unsigned long long size_min = values[MIN_SIZE], size_max = values[MAX_SIZE];
    if (size_min == 0)
        return refuse(message, message_bytes, "min_size 0: a block has at least 1 byte");
    if (size_max < size_min)
        return refuse(message, message_bytes, "max_size %llu is below min_size %llu", size_max,
                      size_min);
    if (size_max > SIZE_LIMIT)
        return refuse(message, message_bytes, "max_size %llu is above 1 GiB", size_max);
    if (slots == 0 || slots > SLOTS_LIMIT)
        return refuse(message, message_bytes, "working_set %llu is not in 1 to %llu", slots,
                      SLOTS_LIMIT);
    if (slots > LIVE_LIMIT / size_max / threads)
        return refuse(message, message_bytes,
                      "working_set %llu x max_size %llu x threads %llu is above 64 TiB", slots,
                      size_max, threads);
    hint->size_max = size_max;
    hint->blocks_max = slots;
    hint->threads = (uint32_t)threads;
    return 0;
}

/* Marsaglia 2003, with the triple 13, 7, 17. */
static inline uint64_t next(uint64_t random)
{
    random ^= random << 13;
    random ^= random >> 7;
    return random ^ random << 17;
}

/* Volatile, so that no compiler may think the write useless because a free follows. */
static inline __attribute__((always_inline)) void touch_block(unsigned char *block, size_t size,
                                                              unsigned char byte, enum touch touch)
{
    if (touch == TOUCH_FIRST)
        *(volatile unsigned char *)block = byte;
    for (size_t i = 0; touch == TOUCH_PAGE && i < size; i += 4096)
        ((volatile unsigned char *)block)[i] = byte;
    if (touch == TOUCH_ALL) {
        memset(block, byte, size);
        __asm__ volatile("" : : "r"(block) : "memory");
    }
}

/* The slot comes from the upper half of the random number, the size from the lower one. Both by
 * multiplying and taking the high word, but for a power of two, where a mask will do. */
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
        random = next(random);
        void **slot = &slots[(random >> 32) * working_set >> 32];
        if (*slot) {
            release(*slot);
            *slot = NULL;
            continue;
        }
        const uint64_t bits = (uint32_t)random;
        const size_t size =
            size_min + (is_power_of_two ? bits & (size_range - 1) : bits * size_range >> 32);
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
        return refuse(message, message_bytes, "no memory for %llu slots on each of %u threads",
                      (unsigned long long)values[WORKING_SET], context->thread_count);
    const uint64_t range = values[MAX_SIZE] - values[MIN_SIZE] + 1;
    *state = (struct state){
        .functions = context->functions,
        .loop = choose_loop(values[TOUCH], (range & (range - 1)) == 0),
        .slots = slots,
        .random = context->seed ? context->seed : 1,
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

static void finish(void *opaque)
{
    struct state *state = opaque;
    for (uint64_t i = 0; i < state->working_set; i++)
        if (state->slots[i]) {
            state->functions->free(state->slots[i]);
            state->slots[i] = NULL;
        }
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
    .finish = finish,
};
