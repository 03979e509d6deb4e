/* A control group made for one run, so that the kernel keeps the peak of all its processes: version
 * 2 (memory.peak), or 1 (memory.max_usage_in_bytes). Made below the harness's own group or the
 * nearest one above in which that works, within all that has a limit; removed after the run. Never
 * an error: where none can be made there is none, and it says why. Read next: host/cgroup.h. */
#ifndef HB_PROGRAM_GROUP_H
#define HB_PROGRAM_GROUP_H

#include "base/copy.h"

#include <stdbool.h>
#include <sys/types.h>

struct hb_group {
    char folder[HB_PATH_MAX]; /* "": none */
    const char *peak_file;
    char why_none[128];
};

/* root: "" is this machine. name: of the new folder, unique on the machine. */
void hb_group_make(const char *root, const char *name, struct hb_group *group);

/* cgroup.procs, open for writing; -1 when there is no group. */
int hb_group_open(const struct hb_group *group);

/* The peak so far in bytes; NaN when it is not known. */
double hb_group_peak(const struct hb_group *group);

/* When no process is in it any more. */
void hb_group_remove(struct hb_group *group);

#endif
