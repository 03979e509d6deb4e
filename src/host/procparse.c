/* Parsers of /proc: the hb_proc_parse functions of proc.h. Pure: text in, numbers out.
 * sscanf is not used: it measures the whole text at each call and is undefined on overflow. */
#include "host/proc.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
    return field(text, "voluntary_ctxt_switches", &status->voluntary) &&
                   field(text, "nonvoluntary_ctxt_switches", &status->involuntary)
               ? 0
               : -1;
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

/* "cpu7 user nice system idle iowait irq softirq steal ..."; the line "cpu " is the sum of all. */
static bool cpu_line(const char *line, const cpu_set_t *cpus, struct hb_proc_cpus *sum)
{
    enum { IDLE = 3, WAITING = 4, STEAL = 7, FIELDS = 8 };
    uint64_t cpu, ticks[FIELDS], total_ticks = 0;
    if (strncmp(line, "cpu", 3) != 0 || !isdigit((unsigned char)line[3]))
        return false;
    line += 3;
    if (!number(&line, &cpu) || cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, cpus))
        return false;
    for (int i = 0; i < FIELDS; i++) {
        if (!number(&line, &ticks[i]))
            return false;
        total_ticks += ticks[i];
    }
    sum->total_ticks += total_ticks;
    sum->busy_ticks += total_ticks - ticks[IDLE] - ticks[WAITING] - ticks[STEAL];
    sum->steal_ticks += ticks[STEAL];
    return true;
}

int hb_proc_parse_cpus(const char *text, const cpu_set_t *cpus, struct hb_proc_cpus *sum)
{
    *sum = (struct hb_proc_cpus){0};
    for (const char *line = text; line; line = next_line(line))
        sum->count += cpu_line(line, cpus, sum);
    return sum->count > 0 ? 0 : -1;
}

static uint64_t ticks_to_ns(uint64_t ticks, long ticks_per_s)
{
    const uint64_t tick_ns = 1000000000u / (uint64_t)(ticks_per_s > 0 ? ticks_per_s : 100);
    return ticks > UINT64_MAX / tick_ns ? UINT64_MAX : ticks * tick_ns;
}

int hb_proc_parse_cpu_times(const char *text, const cpu_set_t *cpus, long ticks_per_s,
                            uint64_t *busy_ns, uint64_t *steal_ns)
{
    struct hb_proc_cpus sum;
    const int status = hb_proc_parse_cpus(text, cpus, &sum);
    *busy_ns = ticks_to_ns(sum.busy_ticks, ticks_per_s);
    *steal_ns = ticks_to_ns(sum.steal_ticks, ticks_per_s);
    return status;
}

int hb_proc_parse_delay(const char *text, uint64_t *delay_ns)
{
    uint64_t ran_ns;
    return number(&text, &ran_ns) && number(&text, delay_ns) ? 0 : -1;
}
