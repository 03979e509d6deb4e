/* Never returns from malloc, in the measured phase; asleep, so that other tests go on. */
#include "broken.h"

#include <unistd.h>

static void hang(void)
{
    for (;;)
        (void)pause();
}

BROKEN_MALLOC(hang_run, hang)

BROKEN_PLUGIN("hang_run", "a hang in the measured phase", open_hang_run);
