/* What comes to this process from those that it starts to be measured, told from all other children
 * that it has: who execs hakbench may have children of its own, a database that a container's
 * entrypoint starts, and process 1 of a container adopts every orphan in it.
 * The mark is the soft limit of file locks, which no kernel since 2.4.25 enforces: it follows fork,
 * exec, setsid and an emptied environment, and /proc shows it of every process. */
#ifndef HB_HOST_OFFSPRING_H
#define HB_HOST_OFFSPRING_H

#include <sys/types.h>

/* The process (0: this one) and whatever it starts from now on are of `harness`, the pid of the one
 * that will ask. A child says so before its exec; its parent as well, or one that is ended at once
 * has no mark yet. Async-signal-safe. */
void hb_offspring_mark(pid_t pid, pid_t harness);

/* SIGKILL to every child of this process that has its mark, and waits for those that are dead: how
 * many there were, *gone of them no longer. */
unsigned hb_offspring_kill(unsigned *gone);

#endif
