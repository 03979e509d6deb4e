/* Dies of SIGSEGV after HB_PLANT_OPERATIONS operations (20,000,000). */
#include "planted.h"

#include <signal.h>

static void planted(void)
{
    static double done, most;
    if (most == 0)
        most = setting("HB_PLANT_OPERATIONS", 20e6);
    done += OPS_A_CHECK;
    if (done >= most)
        (void)raise(SIGSEGV);
}

PLANTED_PLUGIN("crashing", "dies in the middle of a soak");
