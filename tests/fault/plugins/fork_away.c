/* Leaves an orphan in the measured phase that is in no group and no session of the worker's, runs
 * another program, and has an empty environment. The worker itself goes on and measures well. */
#include "broken.h"

#include <stdio.h>
#include <unistd.h>

static void leave_stranger(void)
{
    static int has_forked;
    char name[1024];
    if (has_forked++)
        return;
    const ssize_t length = readlink("/proc/self/exe", name, sizeof name - 16);
    if (length <= 0 || fork() != 0)
        return;
    (void)setsid();
    if (fork() > 0)
        _exit(0);
    (void)snprintf(name + length, 16, " --workload"); /* as tests know a worker */
    char *words[] = {name, "600", NULL}, *none[] = {NULL};
    (void)execve("/bin/sleep", words, none);
    _exit(1);
}

BROKEN_MALLOC(fork_away, leave_stranger)

BROKEN_PLUGIN("fork_away", "an orphan that hides in the measured phase", open_fork_away);
