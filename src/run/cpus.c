/* CPU placement: see cpus.h. */
#include "run/cpus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void write_list(const cpu_set_t *cpus, char *list, size_t list_bytes)
{
    size_t used = 0;
    list[0] = '\0';
    for (size_t cpu = 0; cpu < CPU_SETSIZE && used + 8 < list_bytes; cpu++) {
        if (CPU_ISSET(cpu, cpus))
            used += (size_t)snprintf(list + used, list_bytes - used, "%s%zu", used ? "," : "", cpu);
    }
}

int hb_cpus_choose(uint32_t threads, cpu_set_t *cpus, char *list, size_t list_bytes,
                   struct hb_err *err)
{
    cpu_set_t allowed;
    CPU_ZERO(cpus);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot read which CPUs may be used");
    for (size_t cpu = CPU_SETSIZE; cpu > 0 && threads > 0; cpu--) {
        if (CPU_ISSET(cpu - 1, &allowed)) {
            CPU_SET(cpu - 1, cpus);
            threads--;
        }
    }
    write_list(cpus, list, list_bytes);
    return 0;
}

int hb_cpus_parse(const char *list, cpu_set_t *cpus)
{
    CPU_ZERO(cpus);
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
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    CPU_ZERO(&rest);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && !CPU_ISSET(cpu, workers))
            CPU_SET(cpu, &rest);
    }
    if (CPU_COUNT(&rest) > 0)
        (void)sched_setaffinity(0, sizeof rest, &rest);
}
