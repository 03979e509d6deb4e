/* Gets slower by HB_PLANT_PERCENT (1) of its first speed a minute. */
#include "slowed.h"

static void planted(void)
{
    static uint64_t born_ns;
    static double per_minute;
    if (born_ns == 0) {
        born_ns = clock_ns(CLOCK_MONOTONIC);
        per_minute = setting("HB_PLANT_PERCENT", 1) / 100;
    }
    const double slower = per_minute * (double)(clock_ns(CLOCK_MONOTONIC) - born_ns) / 60e9;
    slow_down(slower / (1 - slower)); /* throughput x (1 - slower) is time / (1 - slower) */
}

PLANTED_PLUGIN("slowing", "1 % slower every minute");
