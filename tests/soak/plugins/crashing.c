/* Dies of SIGSEGV after HB_PLANT_OPERATIONS operations (20,000,000), or in its first turn that is
 * HB_PLANT_AFTER_S seconds after its first one. */
#include "planted.h"

#include <signal.h>

static void planted(void)
{
    static double done, most, after_s;
    static uint64_t born_ns;
    if (most == 0) {
        after_s = setting("HB_PLANT_AFTER_S", 0);
        most = setting("HB_PLANT_OPERATIONS", after_s > 0 ? 1e18 : 20e6);
        born_ns = clock_ns(CLOCK_MONOTONIC);
    }
    done += OPS_A_CHECK;
    if (done >= most ||
        (after_s > 0 && (double)(clock_ns(CLOCK_MONOTONIC) - born_ns) > after_s * 1e9))
        (void)raise(SIGSEGV);
}

PLANTED_PLUGIN("crashing", "dies in the middle of a soak");
