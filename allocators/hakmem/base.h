/* Words everybody uses: hints, alignment, bits, checks of debug builds. Depends on nothing but
 * config.h.
 * Read next: os.h. */
#ifndef HK_BASE_H
#define HK_BASE_H

#include "config.h"

#include <stdbool.h>
#include <stdint.h>

#define hk_likely(x)   __builtin_expect(!!(x), 1)
#define hk_unlikely(x) __builtin_expect(!!(x), 0)
#define HK_HIDDEN      __attribute__((visibility("hidden"))) /* no detour by the GOT */
#define HK_SLOW        __attribute__((noinline, cold))
/* Tables of zeros, used in part: placed behind all small variables, so that these share a page. Of
 * the first one the beginning is in that page too. */
#define HK_TABLE       __attribute__((section(".bss.table")))
#define HK_FIRST_TABLE __attribute__((section(".bss.first_table")))

/* Debug builds (-DHK_DEBUG; debug.h). hk_assert: what always holds. What must be checked in every
 * build uses hk_fatal. HK_STEP stands before each store to what other threads, or a forked child,
 * will see: there a test can stop the thread, fork, or have the next system call refused. */
#ifdef HK_DEBUG
void hk_assert_failed(const char *what, const char *file, int line) __attribute__((noreturn));
void hk_step(const char *file, int line);
#define hk_assert(x) ((x) ? (void)0 : hk_assert_failed(#x, __FILE__, __LINE__))
#define HK_STEP()    hk_step(__FILE__, __LINE__)
void hk_poison(void *block, size_t bytes); /* a free block */
void hk_did(size_t work); /* blocks moved, links walked, slabs looked at: a test adds up a call's */
bool hk_whole_is_due(size_t bytes); /* so that checks of all of a large heap stay a share of time */
#else
#define hk_assert(x)            ((void)sizeof(!(x)))
#define HK_STEP()               ((void)0)
#define hk_poison(block, bytes) ((void)0)
#define hk_did(work)            ((void)sizeof(work))
#define hk_whole_is_due(bytes)  ((void)sizeof(bytes), false)
#endif

static inline bool hk_is_power_of_two(size_t x)
{
    return x != 0 && (x & (x - 1)) == 0;
}

/* What a is more than b. */
static inline size_t hk_beyond(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

/* Up to the next multiple of a power of two. The caller has made sure that it does not wrap. */
static inline size_t hk_round_up(size_t x, size_t alignment)
{
    return (x + alignment - 1) & ~(alignment - 1);
}

static inline unsigned hk_lowest_bit(uint64_t x)
{
    hk_assert(x != 0);
    return (unsigned)__builtin_ctzll(x);
}

/* The lowest `count` bits set; count 1..64. */
static inline uint64_t hk_bits(unsigned count)
{
    hk_assert(count >= 1 && count <= 64);
    return ~UINT64_C(0) >> (64 - count);
}

static inline unsigned hk_count_bits(uint64_t x)
{
    return (unsigned)__builtin_popcountll(x);
}

static inline void hk_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
