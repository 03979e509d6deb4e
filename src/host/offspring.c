/* Whose a child is: see offspring.h. */
#include "host/offspring.h"

#include "host/hostfile.h"
#include "host/proc.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROW "Max file locks"
#define BASE                                                                                       \
    0x40000000u /* above it, nobody sets such a limit; below it fits any pid, and 31 bits */

static rlim_t mark_of(pid_t harness)
{
    return BASE + (rlim_t)harness;
}

void hb_offspring_mark(pid_t pid, pid_t harness)
{
    struct rlimit limit;
    if (prlimit(pid, RLIMIT_LOCKS, NULL, &limit) != 0)
        return;
    limit.rlim_cur = mark_of(harness);
    (void)prlimit(pid, RLIMIT_LOCKS, &limit, NULL);
}

static bool is_marked(pid_t pid)
{
    char path[64], text[4096];
    unsigned long long soft = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
    const char *row = hb_host_text("", path, text, sizeof text) ? strstr(text, ROW) : NULL;
    return row && sscanf(row, ROW " %llu", &soft) == 1 && soft == mark_of(getpid());
}

unsigned hb_offspring_kill(unsigned *gone)
{
    static pid_t children[1 << 12]; /* a strange one keeps its place: they would hide ours */
    unsigned ours = 0;
    *gone = 0;
    const int count = hb_proc_children(getpid(), children, sizeof children / sizeof children[0]);
    for (int i = 0; i < count; i++) {
        if (is_marked(children[i])) {
            (void)kill(children[i], SIGKILL);
            *gone += waitpid(children[i], NULL, WNOHANG | __WALL) > 0;
            ours++;
        }
    }
    return ours;
}
