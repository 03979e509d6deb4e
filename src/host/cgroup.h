/* The control group's limits on this process, version 1 and 2: the tightest on the way up.
 * Reads only. No limit and not known are the same: infinity.
 * Read next: noise_system.c, noise_cpu.c (the users). */
#ifndef HB_HOST_CGROUP_H
#define HB_HOST_CGROUP_H

#include <stddef.h>
#include <stdint.h>

struct hb_cgroup_limits {
    double cpus;         /* CPU time per wall time that the quota grants */
    double memory_bytes; /* beyond this the kernel kills */
};

/* Files are read under root ("" is this machine). */
void hb_cgroup_read_limits(const char *root, struct hb_cgroup_limits *limits);

/* How long the groups on the way up were stopped for their CPU quota so far, in nanoseconds, all
 * CPUs together: only growth means anything. 0 when it is not known. */
uint64_t hb_cgroup_throttled_ns(const char *root);

/* Pure. The same from a cpu.stat of version 1 (throttled_time) or 2 (throttled_usec); 0 for
 * anything else. */
uint64_t hb_cgroup_parse_throttled(const char *text);

/* Pure. The quota in CPUs of a cpu.max ("200000 100000": 2; "max 100000": infinity); infinity for
 * anything else. */
double hb_cgroup_parse_cpu_max(const char *text);

/* Pure. The folder of the line of /proc/PID/cgroup that names this controller, or of the line of
 * version 2 ("0::/path") where controller is "". "" when there is none. */
void hb_cgroup_parse_folder(const char *text, const char *controller, char *folder,
                            size_t folder_bytes);

#endif
