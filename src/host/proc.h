/* What /proc says of a process and of the CPUs. Reads only; nothing is kept.
 * Every reader: 0, or -1 with a message naming the file. Parsers are separate, for tests.
 * Read next: src/run/sampler.c (its main user). */
#ifndef HB_HOST_PROC_H
#define HB_HOST_PROC_H

#include "base/cpuset.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct hb_proc_smaps { /* smaps_rollup */
    uint64_t rss_bytes, pss_bytes, anonymous_bytes, anon_huge_bytes;
};
struct hb_proc_status { /* status */
    uint64_t vm_hwm_bytes, vm_rss_bytes;
};
struct hb_proc_stat { /* stat; times in clock ticks */
    uint64_t minor_faults, major_faults, user_ticks, system_ticks;
    char name[64]; /* as the process calls itself, control characters as '?' */
    pid_t parent;
};
struct hb_proc_delay { /* over all threads that live */
    unsigned threads;
    uint64_t delay_ns; /* time in which they were ready to run and did not */
    bool is_known;     /* this kernel keeps it (CONFIG_SCHED_INFO) */
};
struct hb_proc_cpus { /* /proc/stat over a set of CPUs, since the machine started; clock ticks */
    uint64_t busy_ticks, steal_ticks, total_ticks; /* total counts busy, idle, waiting and steal */
    unsigned count;                                /* how many of the set there are */
};

int hb_proc_read_smaps(pid_t pid, struct hb_proc_smaps *smaps, struct hb_err *err);
int hb_proc_read_status(pid_t pid, struct hb_proc_status *status, struct hb_err *err);
int hb_proc_read_stat(pid_t pid, struct hb_proc_stat *stat, struct hb_err *err);
int hb_proc_read_delay(pid_t pid, struct hb_proc_delay *delay, struct hb_err *err);

/* Of a process's first thread, also of one that has ended and was not waited for: how long it ran,
 * and how long it was ready to run and did not. -1 where the kernel does not say. */
struct hb_proc_scheduled {
    uint64_t ran_ns, delay_ns;
};
int hb_proc_read_scheduled(pid_t pid, struct hb_proc_scheduled *scheduled);

/* Since the machine started, over these CPUs: time in which they ran anybody, and time the
 * hypervisor gave to others while they wanted to run. */
int hb_proc_cpu_times(const struct hb_cpuset *cpus, uint64_t *busy_ns, uint64_t *steal_ns,
                      struct hb_err *err);

/* How many ticks each CPU has been busy since the machine started; 0 where that is not known. */
void hb_proc_busy_ticks(uint64_t busy[HB_CPUSET_MAX]);

/* Room for the lines of /proc/stat that are of CPUs, which come first, each of at most 120
 * characters. What follows may be long (one number for every interrupt) and is not needed. */
#define HB_PROC_STAT_BYTES ((size_t)HB_CPUSET_MAX * 128)

/* The process's direct children; their number, at most `most`; 0 when they cannot be read. */
int hb_proc_children(pid_t pid, pid_t *children, int most);

/* The parsers. -1 when text is not of that kind; a missing optional line leaves 0. Never read
 * beyond the NUL of text; a number too large for its type is its greatest value. */
int hb_proc_parse_smaps(const char *text, struct hb_proc_smaps *smaps);
int hb_proc_parse_status(const char *text, struct hb_proc_status *status);
int hb_proc_parse_stat(const char *text, struct hb_proc_stat *stat);
int hb_proc_parse_loadavg(const char *text, double load[3]);
int hb_proc_parse_cpus(const char *text, const struct hb_cpuset *cpus, struct hb_proc_cpus *sum);
int hb_proc_parse_cpu_times(const char *text, const struct hb_cpuset *cpus, long ticks_per_s,
                            uint64_t *busy_ns, uint64_t *steal_ns);

#endif
