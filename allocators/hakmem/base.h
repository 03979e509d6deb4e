/* Words everybody uses: hints, alignment, bits. Depends on nothing but config.h.
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

/* Checks of debug builds (-DHK_DEBUG). What must hold in every build uses hk_fatal. */
#ifdef HK_DEBUG
#define hk_assert(x) ((x) ? (void)0 : __builtin_trap())
#else
#define hk_assert(x) ((void)0)
#endif

static inline bool hk_is_power_of_two(size_t x)
{
    return x != 0 && (x & (x - 1)) == 0;
}

/* Up to the next multiple of a power of two. The caller has made sure that it does not wrap. */
static inline size_t hk_round_up(size_t x, size_t alignment)
{
    return (x + alignment - 1) & ~(alignment - 1);
}

static inline unsigned hk_lowest_bit(uint64_t x)
{
    return (unsigned)__builtin_ctzll(x);
}

/* The lowest `count` bits set; count 1..64. */
static inline uint64_t hk_bits(unsigned count)
{
    return ~UINT64_C(0) >> (64 - count);
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
