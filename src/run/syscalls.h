/* Counting memory system calls at the kernel's boundary: a seccomp filter stops the traced worker
 * at mmap, munmap, mremap, madvise, mprotect and brk only, and each stop is booked to a phase.
 * It needs no root and sees what interposers miss. Never used in a timed run.
 * Read next: conduct.c (who waits for the stops). */
#ifndef HB_RUN_SYSCALLS_H
#define HB_RUN_SYSCALLS_H

#include "base/err.h"
#include "result/model.h"

#include <sys/types.h>

/* In the child, before exec: asks to be traced and installs the filter. 0, or -1. */
int hb_syscalls_install_filter(void);

/* What one stop of a tracee was. */
enum hb_stop {
    HB_STOP_NOTHING, /* not ours to act on; already resumed */
    HB_STOP_COUNTED, /* a memory system call; booked and resumed */
    HB_STOP_GROUP,   /* stopped by somebody's signal: the job is disturbed; resumed */
};

/* Acts on a stop status waitpid gave for pid, the worker itself or a thread or child of it: books
 * it under phase (enum hb_phase), passes real signals on, and lets the tracee go on. first: true
 * until the worker's own first stop was set up; updated. */
enum hb_stop hb_syscalls_on_stop(pid_t pid, bool is_worker, int wait_status, unsigned phase,
                                 bool *first, struct hb_syscall_counts *counts);

/* The phase of the counts that a worker's phase belongs to. */
enum hb_count_phase hb_syscalls_phase(unsigned worker_phase);

#endif
