/* Ends the process with status 0 inside malloc: a worker that merely looks successful. */
#include "broken.h"

#include <unistd.h>

static void leave(void)
{
    _exit(0);
}

BROKEN_MALLOC(exit_zero, leave)

BROKEN_PLUGIN("exit_zero", "an early exit with status 0", open_exit_zero);
