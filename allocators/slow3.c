/* The C library's malloc made slower by a known 3 %, which `hakbench selftest` must find out.
 * 3 % is added to the time of an operation. malloc is the C library's own; free counts, and each
 * 1,024th call waits for 3 % of the time that passed since the last one: of this machine's own
 * time, so that nothing needs calibrating by hand. Counting costs 0.25 to 0.30 ns a free (1.3 to
 * 1.6 % of the default workload on an EPYC at 2.6 GHz); that is measured at open() and taken off.
 * Result there, 400 interleaved runs against system: +2.9 % (standard error 0.4), while system
 * against itself came to -0.03 %. A workload that seldom frees is not slowed. */
#include "resolve.h"

#include <gnu/libc-version.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define SLOWER_PERCENT 3u
#define FREES_PER_CHECK                                                                            \
    1024u       /* 20 us of the default workload: a wait of 600 ns, 30 clock reads                 \
                 */
#define LEAP 8u /* intervals that grow by more hold a pause that is not malloc's */

static void (*system_free)(void *block);
static uint64_t counting_ticks; /* cost of counting FREES_PER_CHECK frees */

static _Thread_local struct {
    uint32_t frees_left;
    uint64_t since; /* ticks() at the end of the last check; 0 before the first */
    uint64_t usual; /* last interval between checks */
} here __attribute__((tls_model("initial-exec"))) = {.frees_left = FREES_PER_CHECK};

static inline uint64_t ticks(void)
{
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    uint64_t value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#else
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
#endif
}

/* The time since the last check, without what a sleep or another program took of it. */
static uint64_t own_time(uint64_t now)
{
    const uint64_t elapsed = here.since ? now - here.since : 0;
    const uint64_t most = LEAP * here.usual;
    return here.usual && elapsed > most ? most : elapsed;
}

/* elapsed = system + counting; system * 3 % is owed, and counting has paid a part already. */
__attribute__((noinline, cold)) static void wait_for_share(void)
{
    const uint64_t start = ticks(), elapsed = own_time(start);
    const uint64_t system = elapsed > counting_ticks ? elapsed - counting_ticks : 0;
    const uint64_t owed = system * SLOWER_PERCENT / 100;
    while (owed > counting_ticks && ticks() - start < owed - counting_ticks)
        ;
    here.frees_left = FREES_PER_CHECK;
    here.usual = elapsed;
    here.since = ticks();
}

static void slow3_free(void *block)
{
    if (__builtin_expect(--here.frees_left == 0, 0))
        wait_for_share();
    system_free(block);
}

static void nothing(void *block)
{
    (void)block;
}

/* The fastest of many rounds: what disturbs a round only ever adds. */
static uint64_t time_calls(void (*volatile release)(void *block))
{
    uint64_t best = UINT64_MAX;
    for (int round = 0; round < 64; round++) {
        here.frees_left = FREES_PER_CHECK;
        const uint64_t start = ticks();
        for (unsigned i = 1; i < FREES_PER_CHECK; i++)
            release(NULL);
        const uint64_t elapsed = ticks() - start;
        best = elapsed < best ? elapsed : best;
    }
    here.frees_left = FREES_PER_CHECK;
    return best;
}

static uint64_t time_counting(void)
{
    system_free = nothing;
    const uint64_t counted = time_calls(slow3_free), direct = time_calls(nothing);
    return counted > direct ? counted - direct : 0;
}

static int open_slow3(void *library, const struct hb_allocator_hint *hint,
                      struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    static const struct hb_resolve_names names = HB_RESOLVE_PLAIN;
    (void)hint;
    if (hb_resolve(library, &names, functions, message, message_bytes) != 0)
        return -1;
    counting_ticks = time_counting();
    system_free = functions->free;
    functions->free = slow3_free;
    return 0;
}

static int version(void *library, char *text, size_t text_bytes)
{
    (void)library;
    (void)snprintf(text, text_bytes, "%s", gnu_get_libc_version());
    return 0;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "slow3",
    .summary = "the C library's malloc made slower by 3 %: selftest must find it out",
    .licence = "MIT",
    .library_names = (const char *const[]){"libc.so.6", NULL},
    .open = open_slow3,
    .version = version,
};
