/* Readers of /proc: see proc.h. */
#include "host/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES 12288

/* Files of /proc are made anew by each read from the start: one read call sees one moment. */
static int read_text(const char *path, char *text, size_t text_bytes, struct hb_err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    ssize_t got = -1;
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot open %s", path);
    while (used + 1 < text_bytes && (got = read(fd, text + used, text_bytes - 1 - used)) > 0)
        used += (size_t)got;
    const int failed = got < 0 ? errno : 0;
    (void)close(fd);
    text[used] = '\0';
    return failed ? hb_err_errno(err, HB_ERR_SYSTEM, failed, "cannot read %s", path) : 0;
}

static int unexpected(const char *path, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_SYSTEM, "%s is not of the form expected", path);
}

int hb_proc_read_smaps(pid_t pid, struct hb_proc_smaps *smaps, struct hb_err *err)
{
    char path[64], text[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    if (read_text(path, text, sizeof text, err) != 0)
        return -1;
    return hb_proc_parse_smaps(text, smaps) == 0 ? 0 : unexpected(path, err);
}

static int read_status(const char *path, struct hb_proc_status *status, struct hb_err *err)
{
    char text[TEXT_BYTES];
    if (read_text(path, text, sizeof text, err) != 0)
        return -1;
    return hb_proc_parse_status(text, status) == 0 ? 0 : unexpected(path, err);
}

int hb_proc_read_status(pid_t pid, struct hb_proc_status *status, struct hb_err *err)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    return read_status(path, status, err);
}

int hb_proc_read_stat(pid_t pid, struct hb_proc_stat *stat, struct hb_err *err)
{
    char path[64], text[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_text(path, text, sizeof text, err) != 0)
        return -1;
    return hb_proc_parse_stat(text, stat) == 0 ? 0 : unexpected(path, err);
}

static void add_delay(const char *path, struct hb_proc_switches *switches)
{
    char text[128];
    uint64_t delay_ns;
    if (read_text(path, text, sizeof text, NULL) != 0 || hb_proc_parse_delay(text, &delay_ns) != 0)
        return;
    switches->delay_ns += delay_ns;
    switches->delay_known = true;
}

int hb_proc_read_switches(pid_t pid, struct hb_proc_switches *switches, struct hb_err *err)
{
    char path[320];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *directory = opendir(path);
    *switches = (struct hb_proc_switches){0};
    if (!directory)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot open %s", path);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        struct hb_proc_status status;
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "/proc/%d/task/%.255s/status", (int)pid, entry->d_name);
        if (read_status(path, &status, NULL) != 0)
            continue; /* that thread has just ended */
        switches->voluntary += status.voluntary;
        switches->involuntary += status.involuntary;
        (void)snprintf(path, sizeof path, "/proc/%d/task/%.255s/schedstat", (int)pid,
                       entry->d_name);
        add_delay(path, switches);
    }
    (void)closedir(directory);
    return 0;
}

int hb_proc_cpu_times(const cpu_set_t *cpus, uint64_t *busy_ns, uint64_t *steal_ns,
                      struct hb_err *err)
{
    /* The lines of the CPUs come first, each of at most 120 characters. What follows may be long
     * (one number for every interrupt) and is not needed. */
    char *text = malloc(CPU_SETSIZE * 128);
    if (!text)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory to read /proc/stat");
    int status = read_text("/proc/stat", text, CPU_SETSIZE * 128, err);
    if (status == 0 &&
        hb_proc_parse_cpu_times(text, cpus, sysconf(_SC_CLK_TCK), busy_ns, steal_ns) != 0)
        status = unexpected("/proc/stat", err);
    free(text);
    return status;
}

/* The numbers of text, added to children[*count..most). */
static void add_numbers(const char *text, pid_t *children, int *count, int most)
{
    while (*count < most) {
        char *end;
        const long child = strtol(text, &end, 10);
        if (end == text)
            return;
        children[(*count)++] = (pid_t)child;
        text = end;
    }
}

/* True when the kernel keeps the list (CONFIG_PROC_CHILDREN): one for every thread, as a child
 * belongs to the thread that started or adopted it. */
static bool children_listed(pid_t pid, pid_t *children, int *count, int most)
{
    char path[352], text[TEXT_BYTES];
    bool listed = false;
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *directory = opendir(path);
    for (const struct dirent *entry; directory && (entry = readdir(directory));) {
        (void)snprintf(path, sizeof path, "/proc/%d/task/%.255s/children", (int)pid, entry->d_name);
        if (!isdigit((unsigned char)entry->d_name[0]) ||
            read_text(path, text, sizeof text, NULL) != 0)
            continue;
        listed = true;
        add_numbers(text, children, count, most);
    }
    if (directory)
        (void)closedir(directory);
    return listed;
}

/* The slow way: everybody is asked for its parent. */
static void children_searched(pid_t pid, pid_t *children, int *count, int most)
{
    DIR *directory = opendir("/proc");
    for (const struct dirent *entry; directory && *count < most && (entry = readdir(directory));) {
        struct hb_proc_stat stat;
        const long child = strtol(entry->d_name, NULL, 10);
        if (child > 0 && hb_proc_read_stat((pid_t)child, &stat, NULL) == 0 && stat.parent == pid)
            children[(*count)++] = (pid_t)child;
    }
    if (directory)
        (void)closedir(directory);
}

int hb_proc_children(pid_t pid, pid_t *children, int most)
{
    int count = 0;
    if (!children_listed(pid, children, &count, most))
        children_searched(pid, children, &count, most);
    return count;
}
