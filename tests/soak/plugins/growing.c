/* Grows by 4 MiB every HB_PLANT_OPERATIONS operations (1,000,000), for a memory limit to meet. */
#include "planted.h"

static void planted(void)
{
    static double owed, every;
    if (every == 0)
        every = setting("HB_PLANT_OPERATIONS", 1e6);
    owed += OPS_A_CHECK / every;
    while (owed >= 1) {
        owed--;
        void *lost = system_malloc((size_t)4 << 20);
        if (lost)
            memset(lost, 1, (size_t)4 << 20);
    }
}

PLANTED_PLUGIN("growing", "grows without bound");
