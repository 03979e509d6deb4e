/* Loses 1 KiB every HB_PLANT_OPERATIONS operations (10,000), touched, so that it is resident. */
#include "planted.h"

static void planted(void)
{
    static double owed, every;
    if (every == 0)
        every = setting("HB_PLANT_OPERATIONS", 10000);
    owed += OPS_A_CHECK / every;
    while (owed >= 1) {
        owed--;
        void *lost = system_malloc(1024);
        if (lost)
            memset(lost, 1, 1024);
    }
}

PLANTED_PLUGIN("leaky", "loses 1 KiB every 10,000 operations");
