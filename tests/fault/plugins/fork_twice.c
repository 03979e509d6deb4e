/* Forks twice in the measured phase: a child and its child, which outlives it as an orphan.
 * Both sleep until they are killed; the worker itself goes on and measures well. */
#include "broken.h"

#include <unistd.h>

static void leave_orphans(void)
{
    static int has_forked;
    if (has_forked++)
        return;
    if (fork() == 0) {
        if (fork() > 0)
            _exit(0);
        for (;;)
            (void)pause();
    }
    if (fork() == 0)
        for (;;)
            (void)pause();
}

BROKEN_MALLOC(fork_twice, leave_orphans)

BROKEN_PLUGIN("fork_twice", "orphans made in the measured phase", open_fork_twice);
