/* Tries, in a child that ends at once, whether the machine grants what some passes need.
 * Leaves nothing behind in the caller: no filter, no tracer, no file, no zombie.
 * Read next: src/run/counters.c and src/run/counters.c (who needs them), noise_system.c. */
#ifndef HB_HOST_PROBE_H
#define HB_HOST_PROBE_H

#include <stdbool.h>

#define HB_PROBE_REASON 256

/* Each: true when it works; else false, with one sentence in reason that says what was refused and
 * by which setting, where that is known. reason is "" when it works. Takes some milliseconds, at
 * most 3 seconds on a machine that neither grants nor refuses. The caller may see a SIGCHLD. */

/* A child traced from its start (PTRACE_TRACEME) that stops and goes on. */
bool hb_probe_ptrace(char reason[HB_PROBE_REASON]);

/* A seccomp filter of the child's own that stops it for its tracer at one system call: the way
 * memory system calls are counted. Needs ptrace. */
bool hb_probe_seccomp(char reason[HB_PROBE_REASON]);

/* A hardware counter of user-mode cycles that counts. */
bool hb_probe_perf(char reason[HB_PROBE_REASON]);

#endif
