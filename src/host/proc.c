/* /proc, read and parsed: see proc.h. */
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

/* ---- parsers ---- */

/* A decimal number at *cursor, after spaces but on the same line; *cursor moves behind it. */
static bool number(const char **cursor, uint64_t *value)
{
    const char *start = *cursor + strspn(*cursor, " \t");
    char *end;
    if (!isdigit((unsigned char)*start))
        return false;
    *value = strtoull(start, &end, 10);
    *cursor = end;
    return true;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : NULL;
}

/* The number of the line "key: number", in the file's own unit; false when there is none. */
static bool field(const char *text, const char *key, uint64_t *value)
{
    const size_t length = strlen(key);
    for (const char *line = text; line; line = next_line(line)) {
        if (strncmp(line, key, length) != 0 || line[length] != ':')
            continue;
        const char *cursor = line + length + 1;
        return number(&cursor, value);
    }
    return false;
}

static bool field_kib(const char *text, const char *key, uint64_t *bytes)
{
    if (!field(text, key, bytes))
        return false;
    *bytes = *bytes > UINT64_MAX / 1024 ? UINT64_MAX : *bytes * 1024;
    return true;
}

int hb_proc_parse_smaps(const char *text, struct hb_proc_smaps *smaps)
{
    *smaps = (struct hb_proc_smaps){0};
    (void)field_kib(text, "Pss", &smaps->pss_bytes);
    (void)field_kib(text, "Anonymous", &smaps->anonymous_bytes);
    (void)field_kib(text, "AnonHugePages", &smaps->anon_huge_bytes);
    return field_kib(text, "Rss", &smaps->rss_bytes) ? 0 : -1;
}

int hb_proc_parse_status(const char *text, struct hb_proc_status *status)
{
    *status = (struct hb_proc_status){0};
    (void)field_kib(text, "VmHWM", &status->vm_hwm_bytes); /* a zombie has none */
    (void)field_kib(text, "VmRSS", &status->vm_rss_bytes);
    return strstr(text, "\nState:") ? 0 : -1;
}

static void copy_name(const char *from, const char *to, char *name, size_t name_bytes)
{
    size_t length = (size_t)(to - from);
    if (length >= name_bytes)
        length = name_bytes - 1;
    for (size_t i = 0; i < length; i++)
        name[i] = iscntrl((unsigned char)from[i]) ? '?' : from[i];
    name[length] = '\0';
}

/* Fields from the fourth on, by their numbers in proc(5); some are negative. */
static bool read_fields(const char *cursor, struct hb_proc_stat *stat)
{
    enum { PARENT = 4, MINOR = 10, MAJOR = 12, USER = 14, SYSTEM = 15 };
    uint64_t value[SYSTEM + 1];
    for (int i = PARENT; i <= SYSTEM; i++) {
        cursor += strspn(cursor, " ");
        cursor += *cursor == '-';
        if (!number(&cursor, &value[i]))
            return false;
    }
    stat->parent = (pid_t)value[PARENT];
    stat->minor_faults = value[MINOR];
    stat->major_faults = value[MAJOR];
    stat->user_ticks = value[USER];
    stat->system_ticks = value[SYSTEM];
    return true;
}

/* The name in parentheses may hold spaces and parentheses: fields count from the last one. */
int hb_proc_parse_stat(const char *text, struct hb_proc_stat *stat)
{
    const char *before_name = strchr(text, '('), *after_name = strrchr(text, ')');
    *stat = (struct hb_proc_stat){0};
    if (!before_name || !after_name || after_name < before_name)
        return -1;
    copy_name(before_name + 1, after_name, stat->name, sizeof stat->name);
    const char *state = after_name + 1 + strspn(after_name + 1, " ");
    return isalpha((unsigned char)*state) && read_fields(state + 1, stat) ? 0 : -1;
}

int hb_proc_parse_loadavg(const char *text, double load[3])
{
    for (int i = 0; i < 3; i++) {
        uint64_t whole, hundredths;
        if (!number(&text, &whole) || *text++ != '.' || !number(&text, &hundredths))
            return -1;
        load[i] = (double)whole + (double)hundredths / 100; /* always two digits; no locale */
    }
    return 0;
}

/* "cpu7 user nice system idle iowait irq softirq steal ..."; the line "cpu " is the sum of all.
 * False where it is neither of a CPU nor whole. */
static bool cpu_line(const char *line, uint64_t *cpu, struct hb_proc_cpus *ticks)
{
    enum { IDLE = 3, WAITING = 4, STEAL = 7, FIELDS = 8 };
    uint64_t field[FIELDS];
    if (strncmp(line, "cpu", 3) != 0 || !isdigit((unsigned char)line[3]))
        return false;
    line += 3;
    *ticks = (struct hb_proc_cpus){.count = 1};
    if (!number(&line, cpu))
        return false;
    for (int i = 0; i < FIELDS; i++) {
        if (!number(&line, &field[i]))
            return false;
        ticks->total_ticks += field[i];
    }
    ticks->busy_ticks = ticks->total_ticks - field[IDLE] - field[WAITING] - field[STEAL];
    ticks->steal_ticks = field[STEAL];
    return true;
}

int hb_proc_parse_cpus(const char *text, const struct hb_cpuset *cpus, struct hb_proc_cpus *sum)
{
    *sum = (struct hb_proc_cpus){0};
    for (const char *line = text; line; line = next_line(line)) {
        struct hb_proc_cpus ticks;
        uint64_t cpu;
        if (!cpu_line(line, &cpu, &ticks) || !hb_cpuset_has(cpus, cpu))
            continue;
        sum->count += ticks.count;
        sum->total_ticks += ticks.total_ticks;
        sum->busy_ticks += ticks.busy_ticks;
        sum->steal_ticks += ticks.steal_ticks;
    }
    return sum->count > 0 ? 0 : -1;
}

static uint64_t ticks_to_ns(uint64_t ticks, long ticks_per_s)
{
    const uint64_t tick_ns = 1000000000u / (uint64_t)(ticks_per_s > 0 ? ticks_per_s : 100);
    return ticks > UINT64_MAX / tick_ns ? UINT64_MAX : ticks * tick_ns;
}

int hb_proc_parse_cpu_times(const char *text, const struct hb_cpuset *cpus, long ticks_per_s,
                            uint64_t *busy_ns, uint64_t *steal_ns)
{
    struct hb_proc_cpus sum;
    const int status = hb_proc_parse_cpus(text, cpus, &sum);
    *busy_ns = ticks_to_ns(sum.busy_ticks, ticks_per_s);
    *steal_ns = ticks_to_ns(sum.steal_ticks, ticks_per_s);
    return status;
}

/* ---- readers ---- */

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

static int read_schedstat(const char *path, struct hb_proc_scheduled *scheduled)
{
    char text[128];
    const char *at = text;
    if (read_text(path, text, sizeof text, NULL) != 0)
        return -1;
    return number(&at, &scheduled->ran_ns) && number(&at, &scheduled->delay_ns) ? 0 : -1;
}

int hb_proc_read_scheduled(pid_t pid, struct hb_proc_scheduled *scheduled)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    return read_schedstat(path, scheduled);
}

int hb_proc_read_delay(pid_t pid, struct hb_proc_delay *delay, struct hb_err *err)
{
    char path[320];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *directory = opendir(path);
    *delay = (struct hb_proc_delay){0};
    if (!directory)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot open %s", path);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        struct hb_proc_scheduled scheduled;
        if (entry->d_name[0] == '.')
            continue;
        delay->threads++;
        (void)snprintf(path, sizeof path, "/proc/%d/task/%.255s/schedstat", (int)pid,
                       entry->d_name);
        if (read_schedstat(path, &scheduled) != 0)
            continue; /* that thread has just ended */
        delay->delay_ns += scheduled.delay_ns;
        delay->is_known = true;
    }
    (void)closedir(directory);
    return 0;
}

static char *read_machine(struct hb_err *err)
{
    char *text = malloc(HB_PROC_STAT_BYTES);
    if (!text)
        (void)hb_err_set(err, HB_ERR_SYSTEM, "no memory to read /proc/stat");
    else if (read_text("/proc/stat", text, HB_PROC_STAT_BYTES, err) == 0)
        return text;
    free(text);
    return NULL;
}

int hb_proc_cpu_times(const struct hb_cpuset *cpus, uint64_t *busy_ns, uint64_t *steal_ns,
                      struct hb_err *err)
{
    char *text = read_machine(err);
    if (!text)
        return -1;
    const int status = hb_proc_parse_cpu_times(text, cpus, sysconf(_SC_CLK_TCK), busy_ns, steal_ns);
    free(text);
    return status == 0 ? 0 : unexpected("/proc/stat", err);
}

void hb_proc_busy_ticks(uint64_t busy[HB_CPUSET_MAX])
{
    char *text = read_machine(NULL);
    memset(busy, 0, HB_CPUSET_MAX * sizeof *busy);
    for (const char *line = text; line; line = next_line(line)) {
        struct hb_proc_cpus ticks;
        uint64_t cpu;
        if (cpu_line(line, &cpu, &ticks) && cpu < HB_CPUSET_MAX)
            busy[cpu] = ticks.busy_ticks;
    }
    free(text);
}

/* The numbers of a file, added to children[*count..most). */
static bool add_numbers(const char *path, pid_t *children, int *count, int most)
{
    FILE *file = fopen(path, "re");
    long child;
    while (file && *count < most && fscanf(file, "%ld", &child) == 1)
        children[(*count)++] = (pid_t)child;
    if (file)
        (void)fclose(file);
    return file != NULL;
}

/* True when the kernel keeps the list (CONFIG_PROC_CHILDREN): one for every thread, as a child
 * belongs to the thread that started or adopted it. A process that is gone has none. */
static bool children_listed(pid_t pid, pid_t *children, int *count, int most)
{
    char path[352];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *directory = opendir(path);
    bool listed = !directory && errno == ENOENT;
    for (const struct dirent *entry; directory && (entry = readdir(directory));) {
        (void)snprintf(path, sizeof path, "/proc/%d/task/%.255s/children", (int)pid, entry->d_name);
        listed |=
            isdigit((unsigned char)entry->d_name[0]) && add_numbers(path, children, count, most);
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
