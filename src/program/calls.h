/* Memory system calls at the kernel's boundary: a seccomp filter stops a traced process at mmap,
 * munmap, mremap, madvise, mprotect and brk only. It needs no root, follows fork and exec, and sees
 * what interposers miss. Never used in a timed run.
 * Read next: tracer.h and src/run/counters.c (the users). */
#ifndef HB_PROGRAM_CALLS_H
#define HB_PROGRAM_CALLS_H

#include "result/model.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The filter, to be loaded with seccomp_load in the process that is to be counted and released with
 * seccomp_release; NULL when there is none. Whoever traces must be there and have
 * PTRACE_O_TRACESECCOMP set before the first such call, or it fails with ENOSYS. */
scmp_filter_ctx hb_calls_filter(void);

/* At a stop of PTRACE_EVENT_SECCOMP: which call it is, and how many bytes it is about: what is
 * mapped, unmapped, resized to, advised or protected; for brk how far the break moves, for which
 * *last_break (0 at first) is kept for each process. False: none of ours. */
bool hb_calls_read(pid_t pid, enum hb_syscall *which, uint64_t *bytes, uint64_t *last_break);

/* Where a process's program break was before anything moved it; 0 when that is not known. */
uint64_t hb_calls_first_break(pid_t pid);

#endif
