/* The control group's limits: see cgroup.h. */
#include "host/cgroup.h"

#include "host/hostfile.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER_BYTES 1024

/* What version 1 writes for "no limit" is the greatest multiple of a page. */
#define V1_UNLIMITED 0x7fff000000000000

double hb_cgroup_parse_cpu_max(const char *text)
{
    char *end;
    const double quota = strtod(text, &end);
    if (end == text || !isfinite(quota) || quota <= 0)
        return (double)INFINITY;
    const double period = strtod(end, NULL);
    return period > 0 ? quota / period : (double)INFINITY;
}

static bool names(const char *list, size_t list_length, const char *controller)
{
    const size_t length = strlen(controller);
    while (list_length >= length) {
        const char *comma = memchr(list, ',', list_length);
        const size_t this_length = comma ? (size_t)(comma - list) : list_length;
        if (this_length == length && memcmp(list, controller, length) == 0)
            return true;
        if (!comma)
            return false;
        list = comma + 1;
        list_length -= this_length + 1;
    }
    return false;
}

/* Lines are "number:controller,controller:folder". */
void hb_cgroup_parse_folder(const char *text, const char *controller, char *folder,
                            size_t folder_bytes)
{
    folder[0] = '\0';
    while (*text) {
        const size_t length = strcspn(text, "\n");
        const char *list = memchr(text, ':', length);
        const char *path = list ? memchr(list + 1, ':', length - (size_t)(list + 1 - text)) : NULL;
        if (path && names(list + 1, (size_t)(path - list - 1), controller)) {
            (void)snprintf(folder, folder_bytes, "%.*s", (int)(text + length - path - 1), path + 1);
            return;
        }
        text += length + (text[length] == '\n');
    }
}

/* One step up: "/a/b" -> "/a" -> "" -> false. */
static bool parent(char *folder)
{
    char *slash = strrchr(folder, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

/* The number in mount + folder + "/" + file; infinity when there is none, or the word "max". */
static double limit_at(const char *root, const char *mount, const char *folder, const char *file)
{
    char path[FOLDER_BYTES + 128];
    int64_t value;
    (void)snprintf(path, sizeof path, "%s%s/%s", mount, folder, file);
    return hb_host_number(root, path, &value) && value > 0 && value < V1_UNLIMITED
               ? (double)value
               : (double)INFINITY;
}

static double cpus_v2(const char *root, const char *folder)
{
    char path[FOLDER_BYTES + 128], text[64];
    (void)snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", folder);
    return hb_host_line(root, path, text, sizeof text) ? hb_cgroup_parse_cpu_max(text)
                                                       : (double)INFINITY;
}

static double cpus_v1(const char *root, const char *folder)
{
    const double quota = limit_at(root, "/sys/fs/cgroup/cpu", folder, "cpu.cfs_quota_us");
    const double period = limit_at(root, "/sys/fs/cgroup/cpu", folder, "cpu.cfs_period_us");
    return isfinite(quota) && isfinite(period) ? quota / period : (double)INFINITY;
}

static double memory_v2(const char *root, const char *folder)
{
    return limit_at(root, "/sys/fs/cgroup", folder, "memory.max");
}

static double memory_v1(const char *root, const char *folder)
{
    return limit_at(root, "/sys/fs/cgroup/memory", folder, "memory.limit_in_bytes");
}

static void group_folder(const char *memberships, const char *controller, char *folder,
                         size_t folder_bytes)
{
    hb_cgroup_parse_folder(memberships, controller, folder, folder_bytes);
    if (strcmp(folder, "/") == 0)
        folder[0] = '\0';
}

/* The tightest from the group up to the root: each holds for all below it. */
static double tightest(const char *root, const char *memberships, const char *controller,
                       double (*limit)(const char *root, const char *folder))
{
    char folder[FOLDER_BYTES];
    double least = (double)INFINITY;
    group_folder(memberships, controller, folder, sizeof folder);
    do
        least = fmin(least, limit(root, folder));
    while (parent(folder));
    return least;
}

/* The number of the line "key number"; 0 when there is none. */
static uint64_t stat_number(const char *text, const char *key)
{
    const size_t length = strlen(key);
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        if (strncmp(text, key, length) == 0 && text[length] == ' ')
            return strtoull(text + length, NULL, 10);
    }
    return 0;
}

uint64_t hb_cgroup_parse_throttled(const char *text)
{
    return stat_number(text, "throttled_usec") * 1000 + stat_number(text, "throttled_time");
}

static uint64_t throttled_of(const char *root, const char *memberships, const char *mount,
                             const char *controller)
{
    char folder[FOLDER_BYTES], path[FOLDER_BYTES + 128], text[1024];
    uint64_t sum_ns = 0;
    group_folder(memberships, controller, folder, sizeof folder);
    do {
        (void)snprintf(path, sizeof path, "%s%s/cpu.stat", mount, folder);
        if (hb_host_text(root, path, text, sizeof text))
            sum_ns += hb_cgroup_parse_throttled(text);
    } while (parent(folder));
    return sum_ns;
}

uint64_t hb_cgroup_throttled_ns(const char *root)
{
    char text[8192];
    (void)hb_host_text(root, "/proc/self/cgroup", text, sizeof text);
    return throttled_of(root, text, "/sys/fs/cgroup", "") +
           throttled_of(root, text, "/sys/fs/cgroup/cpu", "cpu");
}

void hb_cgroup_read_limits(const char *root, struct hb_cgroup_limits *limits)
{
    char text[8192];
    (void)hb_host_text(root, "/proc/self/cgroup", text, sizeof text);
    limits->cpus = fmin(tightest(root, text, "", cpus_v2), tightest(root, text, "cpu", cpus_v1));
    limits->memory_bytes =
        fmin(tightest(root, text, "", memory_v2), tightest(root, text, "memory", memory_v1));
}
