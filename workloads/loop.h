/* What several loops share: the generator, sizes, the first touch, and checks of what was asked
 * for. All inline, so that a workload stays one file in one .so: nothing here is linked twice or
 * moves. No state, no system call. Read next: workload.h, random_mixed.c. */
#ifndef HB_WORKLOADS_LOOP_H
#define HB_WORKLOADS_LOOP_H

#include "workload.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HB_LOOP_SIZE_LIMIT  (UINT64_C(1) << 30)
#define HB_LOOP_SLOTS_LIMIT UINT64_C(100000000) /* 800 MB of pointers; an index has 32 bits */
#define HB_LOOP_LIVE_LIMIT  (UINT64_C(1) << 46) /* half of an x86-64 process's addresses */

/* The rows of a workload whose blocks have any size of a range. */
#define HB_LOOP_MIN_SIZE(default_bytes, least_bytes)                                               \
    {                                                                                              \
        .name = "min_size", .type = HB_PARAMETER_BYTES, .default_value = (default_bytes),          \
        .min = (least_bytes), .max = HB_LOOP_SIZE_LIMIT, .unit = "B", .help = "smallest block"     \
    }
#define HB_LOOP_MAX_SIZE(default_bytes, least_bytes)                                               \
    {                                                                                              \
        .name = "max_size", .type = HB_PARAMETER_BYTES, .default_value = (default_bytes),          \
        .min = (least_bytes), .max = HB_LOOP_SIZE_LIMIT, .unit = "B",                              \
        .help = "largest block; every size from min_size on is equally likely"                     \
    }

/* The row of a size profile, which takes the place of min_size and max_size. */
#define HB_LOOP_SIZES                                                                              \
    {                                                                                              \
        .name = "sizes", .type = HB_PARAMETER_SIZES, .unit = "",                                   \
        .help = "size profile: a CSV of size, rate and lifetime or live count"                     \
    }

/* How much of a new block is written. */
enum hb_loop_touch { HB_TOUCH_FIRST, HB_TOUCH_NONE, HB_TOUCH_PAGE, HB_TOUCH_ALL };
#define HB_LOOP_TOUCH(default_touch)                                                               \
    {                                                                                              \
        .name = "touch", .type = HB_PARAMETER_CHOICE, .default_value = (default_touch),            \
        .min = HB_TOUCH_FIRST, .max = HB_TOUCH_ALL, .unit = "",                                    \
        .help = "bytes of a new block that are written: the first, none, one a page, all",         \
        .choices = (const char *const[])                                                           \
        {                                                                                          \
            "first", "none", "page", "all", NULL                                                   \
        }                                                                                          \
    }

/* Writes the message and returns -1, so that callers can `return` it. */
__attribute__((format(printf, 3, 4))) static inline int
hb_loop_refuse(char *message, size_t message_bytes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, message_bytes, format, arguments);
    va_end(arguments);
    return -1;
}

/* 0, or -1 with a message: sizes in the wrong order, or more live bytes than addresses. `what` is
 * the parameter that says how many blocks each thread holds. */
static inline int hb_loop_check(const char *what, uint64_t blocks, uint64_t size_min,
                                uint64_t size_max, uint64_t threads, char *message,
                                size_t message_bytes)
{
    if (size_max < size_min)
        return hb_loop_refuse(message, message_bytes, "max_size %llu is below min_size %llu",
                              (unsigned long long)size_max, (unsigned long long)size_min);
    if (blocks > HB_LOOP_LIVE_LIMIT / size_max / threads)
        return hb_loop_refuse(
            message, message_bytes, "%s %llu x max_size %llu x threads %llu is above 64 TiB", what,
            (unsigned long long)blocks, (unsigned long long)size_max, (unsigned long long)threads);
    return 0;
}

/* A generator's first state: it must not be 0. */
static inline uint64_t hb_loop_seed(uint64_t seed)
{
    return seed ? seed : 1;
}

/* Marsaglia 2003, with the triple 13, 7, 17. */
static inline uint64_t hb_loop_next(uint64_t random)
{
    random ^= random << 13;
    random ^= random >> 7;
    return random ^ random << 17;
}

/* [0, slots): from the upper half of a random number, by multiplying and taking the high word. */
static inline uint64_t hb_loop_slot(uint64_t random, uint64_t slots)
{
    return (random >> 32) * slots >> 32;
}

/* A row of a size profile, by both halves: see struct hb_size_row. */
static inline uint32_t hb_loop_row(uint64_t random, const struct hb_size_table *table)
{
    const uint64_t row = hb_loop_slot(random, table->count);
    return (uint32_t)random < table->rows[row].limit ? (uint32_t)row : table->rows[row].other;
}

/* size_min + [0, size_range): from the lower half, in the same way. */
static inline size_t hb_loop_size(uint64_t random, uint64_t size_min, uint64_t size_range)
{
    return size_min + ((uint64_t)(uint32_t)random * size_range >> 32);
}

/* Volatile, so that no compiler may think the write useless because a free follows. */
static inline void hb_loop_touch(void *block, uint64_t random)
{
    *(volatile unsigned char *)block = (unsigned char)random;
}

/* Volatile: see hb_loop_touch. */
static inline __attribute__((always_inline)) void
hb_loop_touch_block(unsigned char *block, size_t size, unsigned char byte, enum hb_loop_touch touch)
{
    if (touch == HB_TOUCH_FIRST)
        hb_loop_touch(block, byte);
    for (size_t i = 0; touch == HB_TOUCH_PAGE && i < size; i += 4096)
        ((volatile unsigned char *)block)[i] = byte;
    if (touch == HB_TOUCH_ALL) {
        memset(block, byte, size);
        __asm__ volatile("" : : "r"(block) : "memory");
    }
}

/* How many of slots[0..count) hold a block. */
static inline uint64_t hb_loop_count(void *const *slots, uint64_t count)
{
    uint64_t blocks = 0;
    for (uint64_t i = 0; i < count; i++)
        blocks += slots[i] != NULL;
    return blocks;
}

/* What so many blocks are expected to hold: all sizes of the range are equally likely. */
static inline uint64_t hb_loop_mean_bytes(uint64_t blocks, uint64_t size_min, uint64_t size_range)
{
    return blocks * (2 * size_min + size_range - 1) / 2;
}

/* Frees what slots[0..count) hold; they are empty then. */
static inline void hb_loop_release(const struct hb_allocator_functions *functions, void **slots,
                                   uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (slots[i]) {
            functions->free(slots[i]);
            slots[i] = NULL;
        }
}

#endif
