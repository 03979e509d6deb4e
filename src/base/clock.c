/* Clocks: see clock.h. */
#include "base/clock.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SUSPEND_TRIES 8
#define COST_ROUNDS   31
#define COST_READINGS 256

static uint64_t read_ns(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t hb_clock_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t hb_clock_boottime_ns(void)
{
    return read_ns(CLOCK_BOOTTIME);
}

/* One clock lies between two readings of the other; of some tries the tightest, so that losing the
 * CPU between two readings does not look like a suspend. */
static uint64_t measure_suspended_ns(void)
{
    uint64_t tightest_ns = UINT64_MAX, suspended_ns = 0;
    for (int i = 0; i < SUSPEND_TRIES; i++) {
        const uint64_t before_ns = read_ns(CLOCK_MONOTONIC);
        const uint64_t boot_ns = read_ns(CLOCK_BOOTTIME);
        const uint64_t width_ns = read_ns(CLOCK_MONOTONIC) - before_ns;
        if (width_ns >= tightest_ns)
            continue;
        tightest_ns = width_ns;
        suspended_ns = boot_ns > before_ns + width_ns / 2 ? boot_ns - before_ns - width_ns / 2 : 0;
    }
    return suspended_ns;
}

uint64_t hb_clock_suspended_ns(void)
{
    static _Atomic uint64_t last; /* 1 + the last answer; jitter must not go through */
    const uint64_t now_ns = measure_suspended_ns() + 1;
    uint64_t before_ns = atomic_load(&last);
    while (before_ns == 0 || now_ns > before_ns + HB_CLOCK_SUSPEND_NS) {
        if (atomic_compare_exchange_weak(&last, &before_ns, now_ns))
            return now_ns - 1;
    }
    return before_ns - 1;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double hb_clock_cost_ns(void)
{
    double cost_ns[COST_ROUNDS];
    for (int i = 0; i < COST_ROUNDS; i++) {
        const uint64_t start_ns = read_ns(CLOCK_MONOTONIC);
        for (int reading = 1; reading < COST_READINGS; reading++)
            (void)read_ns(CLOCK_MONOTONIC);
        cost_ns[i] = (double)(read_ns(CLOCK_MONOTONIC) - start_ns) / COST_READINGS;
    }
    qsort(cost_ns, COST_ROUNDS, sizeof cost_ns[0], by_value);
    return cost_ns[COST_ROUNDS / 2];
}

void hb_clock_wall_text(char text[HB_CLOCK_TEXT])
{
    const time_t now = time(NULL);
    struct tm utc;
    if (!gmtime_r(&now, &utc) || !strftime(text, HB_CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &utc))
        (void)snprintf(text, HB_CLOCK_TEXT, "1970-01-01T00:00:00Z");
}

double hb_clock_wall_s(const char *text)
{
    struct tm parts = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return end && !*end ? (double)timegm(&parts) : (double)NAN;
}
