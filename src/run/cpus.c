/* CPU placement: see cpus.h. */
#include "run/cpus.h"

#include "host/hostfile.h"
#include "host/noise.h"
#include "host/proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_MS    100u
#define TICKS_SPARE 1u /* of the ten in that time: anybody's housekeeping */
#define STAT_BYTES  ((size_t)CPU_SETSIZE * 128)

/* What this process may use: the mask it was started with, of which a control group may take some
 * away and give some back. Its own mask is smaller, once it keeps off the worker's. */
static int read_allowed(cpu_set_t *allowed)
{
    static cpu_set_t at_start;
    static bool is_known;
    cpu_set_t own;
    if (sched_getaffinity(0, sizeof own, &own) != 0)
        return -1;
    if (!is_known)
        at_start = own;
    is_known = true;
    *allowed = own;
    if (sched_setaffinity(0, sizeof at_start, &at_start) != 0)
        return 0;
    if (sched_getaffinity(0, sizeof *allowed, allowed) != 0)
        *allowed = own;
    (void)sched_setaffinity(0, sizeof own, &own);
    return 0;
}

static bool pinning_refused(void)
{
    cpu_set_t own;
    return sched_getaffinity(0, sizeof own, &own) == 0 &&
           sched_setaffinity(0, sizeof own, &own) != 0 && errno != EINVAL;
}

static void write_list(const cpu_set_t *cpus, char *list, size_t list_bytes)
{
    size_t used = 0;
    list[0] = '\0';
    for (size_t cpu = 0; cpu < CPU_SETSIZE && used + 8 < list_bytes; cpu++) {
        if (CPU_ISSET(cpu, cpus))
            used += (size_t)snprintf(list + used, list_bytes - used, "%s%zu", used ? "," : "", cpu);
    }
}

/* How many ticks each CPU has been busy so far; 0 where that is not known. */
static void read_busy(const cpu_set_t *cpus, uint64_t busy[CPU_SETSIZE])
{
    char *text = malloc(STAT_BYTES);
    memset(busy, 0, CPU_SETSIZE * sizeof *busy);
    if (text && hb_host_text("", "/proc/stat", text, STAT_BYTES)) {
        for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
            struct hb_proc_cpus sum;
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            if (CPU_ISSET(cpu, cpus) && hb_proc_parse_cpus(text, &one, &sum) == 0)
                busy[cpu] = sum.busy_ticks;
        }
    }
    free(text);
}

/* The CPU of the set that was least busy; of equals the last. */
static size_t least_busy(const cpu_set_t *cpus, const uint64_t *before, const uint64_t *after)
{
    size_t least = CPU_SETSIZE;
    uint64_t least_ticks = 0;
    for (size_t cpu = CPU_SETSIZE; cpu-- > 0;) {
        const uint64_t grown = after[cpu] > before[cpu] ? after[cpu] - before[cpu] : 0;
        const uint64_t ticks = grown > TICKS_SPARE ? grown : 0;
        if (CPU_ISSET(cpu, cpus) && (least == CPU_SETSIZE || ticks < least_ticks)) {
            least = cpu;
            least_ticks = ticks;
        }
    }
    return least;
}

int hb_cpus_choose(uint32_t threads, struct hb_host_info *host, struct hb_err *err)
{
    static uint64_t before[CPU_SETSIZE], after[CPU_SETSIZE];
    cpu_set_t allowed, cpus;
    CPU_ZERO(&cpus);
    if (read_allowed(&allowed) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot read which CPUs may be used");
    read_busy(&allowed, before);
    hb_noise_others(WATCH_MS, host->others, sizeof host->others);
    read_busy(&allowed, after);
    if (!pinning_refused()) {
        for (; threads > 0 && CPU_COUNT(&allowed) > 0; threads--) {
            const size_t cpu = least_busy(&allowed, before, after);
            CPU_CLR(cpu, &allowed);
            CPU_SET(cpu, &cpus);
        }
    }
    write_list(&cpus, host->cpus_used, sizeof host->cpus_used);
    return 0;
}

void hb_cpus_note_allowed(struct hb_host_info *host)
{
    cpu_set_t allowed, written;
    host->cpus_used[0] = '\0';
    if (read_allowed(&allowed) != 0 || (uint32_t)CPU_COUNT(&allowed) >= host->cpu_count)
        return;
    write_list(&allowed, host->cpus_used, sizeof host->cpus_used);
    if (hb_cpus_parse(host->cpus_used, &written) != 0 || !CPU_EQUAL(&written, &allowed))
        host->cpus_used[0] = '\0';
}

bool hb_cpus_usable(const char *list)
{
    cpu_set_t cpus, allowed, both;
    if (hb_cpus_parse(list, &cpus) != 0 || read_allowed(&allowed) != 0)
        return false;
    if (!list[0] || pinning_refused())
        return !list[0] && pinning_refused();
    CPU_AND(&both, &cpus, &allowed);
    return CPU_EQUAL(&both, &cpus);
}

int hb_cpus_parse(const char *list, cpu_set_t *cpus)
{
    CPU_ZERO(cpus);
    if (!list[0])
        return read_allowed(cpus);
    while (*list) {
        char *end;
        const unsigned long cpu = strtoul(list, &end, 10);
        if (end == list || cpu >= CPU_SETSIZE || (*end != ',' && *end != '\0'))
            return -1;
        CPU_SET(cpu, cpus);
        list = end + (*end == ',');
    }
    return CPU_COUNT(cpus) > 0 ? 0 : -1;
}

void hb_cpus_keep_off(const cpu_set_t *workers)
{
    cpu_set_t allowed, rest;
    if (read_allowed(&allowed) != 0)
        return;
    CPU_ZERO(&rest);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && !CPU_ISSET(cpu, workers))
            CPU_SET(cpu, &rest);
    }
    if (CPU_COUNT(&rest) > 0)
        (void)sched_setaffinity(0, sizeof rest, &rest);
}

void hb_cpus_use_all(void)
{
    cpu_set_t none;
    CPU_ZERO(&none);
    hb_cpus_keep_off(&none);
}
