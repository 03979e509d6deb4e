/* A control group for one run: see group.h. */
#include "program/group.h"

#include "base/clock.h"
#include "host/cgroup.h"
#include "host/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NO_LIMIT  (UINT64_C(1) << 62)
#define REMOVE_NS UINT64_C(1000000000) /* the kernel lets go of the last process a little later */

static const struct {
    const char *mount, *controller, *peak_file;
} versions[] = {
    {"/sys/fs/cgroup", "", "memory.peak"},
    {"/sys/fs/cgroup/unified", "", "memory.peak"},
    {"/sys/fs/cgroup/memory", "memory", "memory.max_usage_in_bytes"},
};

static bool has_file(const char *folder, const char *file)
{
    char path[HB_PATH_MAX + 64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    return access(path, F_OK) == 0;
}

static int open_procs(const char *folder)
{
    char path[HB_PATH_MAX + 64];
    (void)snprintf(path, sizeof path, "%s/cgroup.procs", folder);
    return open(path, O_WRONLY | O_CLOEXEC);
}

/* A group of this name below `above`, if it keeps a peak and takes processes. */
static bool try_one(const char *above, const char *name, const char *peak_file,
                    struct hb_group *group)
{
    if (hb_copy_path(group->folder, NULL, "%s/%s", above, name) != 0 ||
        mkdir(group->folder, 0755) != 0) {
        group->folder[0] = '\0';
        return false;
    }
    const int procs = open_procs(group->folder);
    const bool works = procs >= 0 && has_file(group->folder, peak_file);
    if (procs >= 0)
        (void)close(procs);
    if (works) {
        group->peak_file = peak_file;
        return true;
    }
    (void)rmdir(group->folder);
    group->folder[0] = '\0';
    return false;
}

/* What a group holds its processes to: a number, or a list of CPUs. "max", nothing, and what
 * version 1 has for "max" (2^63 less a page) are none. pids.max is not asked: systemd gives every
 * service one. */
static bool is_limited(const char *folder)
{
    static const char *const files[] = {
        "/memory.max",  "/memory.high", "/memory.swap.max",       "/cpu.max",
        "/cpuset.cpus", "/cpuset.mems", "/memory.limit_in_bytes", "/io.max"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char line[256];
        if (hb_host_line(folder, files[i], line, sizeof line) &&
            strncmp(line, "max", strlen("max")) != 0 && strtoull(line, NULL, 10) < NO_LIMIT)
            return true;
    }
    return false;
}

/* From the harness's own group upward: a group of version 2 that has processes gives none to groups
 * below it, but its neighbour may have a peak. Never out of a group that holds the harness to
 * something: the run would not be held to it. */
static bool try_upward(const char *root, const char *mount, char *own, const char *name,
                       const char *peak_file, struct hb_group *group)
{
    for (;;) {
        char above[HB_PATH_MAX];
        if (hb_copy_path(above, NULL, "%s%s%s", root, mount, strcmp(own, "/") == 0 ? "" : own) ==
                0 &&
            try_one(above, name, peak_file, group))
            return true;
        if (is_limited(above))
            return false;
        char *slash = strrchr(own, '/');
        if (!slash || !own[1])
            return false;
        slash[slash == own] = '\0';
    }
}

void hb_group_make(const char *root, const char *name, struct hb_group *group)
{
    char memberships[8192], own[HB_PATH_MAX];
    bool is_there = false;
    *group = (struct hb_group){.folder = ""};
    (void)hb_host_text(root, "/proc/self/cgroup", memberships, sizeof memberships);
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        hb_cgroup_parse_folder(memberships, versions[i].controller, own, sizeof own);
        if (own[0] && try_upward(root, versions[i].mount, own, name, versions[i].peak_file, group))
            return;
        is_there |= own[0] != '\0';
    }
    HB_COPY(group->why_none, is_there ? "no control group with memory.peak can be made here"
                                      : "no control groups here");
}

int hb_group_open(const struct hb_group *group)
{
    return group->folder[0] ? open_procs(group->folder) : -1;
}

double hb_group_peak(const struct hb_group *group)
{
    int64_t bytes;
    char path[HB_PATH_MAX + 64];
    (void)snprintf(path, sizeof path, "%s/%s", group->folder,
                   group->peak_file ? group->peak_file : "");
    return group->folder[0] && hb_host_number("", path, &bytes) && bytes > 0 ? (double)bytes
                                                                             : (double)NAN;
}

void hb_group_remove(struct hb_group *group)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    const uint64_t until_ns = hb_clock_monotonic_ns() + REMOVE_NS;
    while (group->folder[0] && rmdir(group->folder) != 0 && errno == EBUSY &&
           hb_clock_monotonic_ns() < until_ns)
        (void)nanosleep(&pause, NULL);
    group->folder[0] = '\0';
}
