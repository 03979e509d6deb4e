/* The survey's CPU part: speed, cores, quotas, clocks. See noise.h. */
#include "host/survey.h"

#include "base/clock.h"
#include "host/hostfile.h"

#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPU            "/sys/devices/system/cpu/"
#define CPUS_MAX       4096u
#define IS(a, b)       (strcmp((a), (b)) == 0)
#define SYSTEM_CALL_NS 200.0 /* a reading through the vDSO costs 15 to 60 */

/* The file CPU "cpuN/" + name. */
static bool cpu_line(const struct hb_survey *survey, unsigned cpu, const char *name, char *text,
                     size_t text_bytes)
{
    char path[128];
    (void)snprintf(path, sizeof path, CPU "cpu%u/%s", cpu, name);
    return hb_host_line(survey->options.root, path, text, text_bytes);
}

static void governor(struct hb_survey *survey)
{
    char text[64], slow[64] = "";
    unsigned known = 0, slow_count = 0;
    for (unsigned cpu = 0; cpu < survey->host.cpu_count && cpu < CPUS_MAX; cpu++) {
        if (!cpu_line(survey, cpu, "cpufreq/scaling_governor", text, sizeof text))
            continue;
        known++;
        if (IS(text, "performance"))
            continue;
        slow_count++;
        memcpy(slow, text, sizeof slow);
    }
    static const char meaning[] = "A governor that changes the clock speed with the load makes the "
                                  "first part of each run slower than the rest.";
    if (known == 0)
        hb_survey_add(survey, "cpu_governor", HB_FINDING_NOTE, meaning, "",
                      "unknown (usual in a virtual machine)");
    else if (slow_count == 0)
        hb_survey_add(survey, "cpu_governor", HB_FINDING_OK, meaning, "", "performance");
    else
        hb_survey_add(survey, "cpu_governor", HB_FINDING_WARN, meaning,
                      "echo performance | sudo tee " CPU "cpu*/cpufreq/scaling_governor",
                      "%s on %u of %u CPUs", slow, slow_count, known);
}

static void turbo(struct hb_survey *survey)
{
    const char *value = survey->host.turbo;
    int64_t boost;
    const bool has_boost = hb_host_number(survey->options.root, CPU "cpufreq/boost", &boost);
    const bool on = IS(value, "on");
    hb_survey_add(survey, "cpu_turbo", on ? HB_FINDING_NOTE : HB_FINDING_OK,
                  "Turbo speed depends on temperature and on what other cores do, so long runs "
                  "drift and neighbours are felt.",
                  !on         ? ""
                  : has_boost ? "echo 0 | sudo tee " CPU "cpufreq/boost"
                              : "echo 1 | sudo tee " CPU "intel_pstate/no_turbo",
                  "%s", value);
}

/* A core is counted at the first of its siblings. */
static unsigned core_count(const struct hb_survey *survey)
{
    unsigned cores = 0;
    for (unsigned cpu = 0; cpu < survey->host.cpu_count && cpu < CPUS_MAX; cpu++) {
        char list[64];
        if (cpu_line(survey, cpu, "topology/thread_siblings_list", list, sizeof list))
            cores += strtoul(list, NULL, 10) == cpu;
    }
    return cores;
}

static void smt(struct hb_survey *survey)
{
    static const char meaning[] = "Two CPUs of one core share its caches and execution units: what "
                                  "runs beside the worker slows it down.";
    const unsigned cpus = survey->host.cpu_count, cores = core_count(survey);
    if (cores == 0)
        hb_survey_add(survey, "cpu_smt", HB_FINDING_NOTE, meaning, "", "unknown");
    else if (cores >= cpus)
        hb_survey_add(survey, "cpu_smt", HB_FINDING_OK, meaning, "", "off: %u CPUs on %u cores",
                      cpus, cores);
    else
        hb_survey_add(survey, "cpu_smt", cores < 2 ? HB_FINDING_WARN : HB_FINDING_NOTE, meaning,
                      "echo off | sudo tee " CPU "smt/control", "on: %u CPUs on %u core%s", cpus,
                      cores, cores == 1 ? "" : "s");
}

static void count(struct hb_survey *survey)
{
    static const char meaning[] = "With fewer than two CPUs the worker shares its only one with "
                                  "the harness that watches it.";
    const unsigned usable = survey->cpu_count, online = survey->host.cpu_count;
    if (usable == 0)
        hb_survey_add(survey, "cpu_count", HB_FINDING_NOTE, meaning, "", "unknown");
    else if (usable == 1)
        hb_survey_add(survey, "cpu_count", HB_FINDING_WARN, meaning,
                      online > 1 ? "start hakbench without taskset or a CPU set" : "",
                      "1 of %u usable", online);
    else
        hb_survey_add(survey, "cpu_count", HB_FINDING_OK, meaning, "", "%u of %u usable", usable,
                      online);
}

/* Below two CPUs the harness's own work can make the worker wait for the next period. */
static void quota(struct hb_survey *survey)
{
    static const char meaning[] = "When a group has used up its quota the kernel stops it until "
                                  "the next period, in the midst of a measurement.";
    const double cpus = survey->limits.cpus;
    if (isinf(cpus) || (survey->cpu_count > 0 && cpus >= survey->cpu_count))
        hb_survey_add(survey, "cpu_quota", HB_FINDING_OK, meaning, "", "none");
    else
        hb_survey_add(survey, "cpu_quota", cpus < 2 ? HB_FINDING_BAD : HB_FINDING_WARN, meaning,
                      "start the container without a CPU limit (docker: no --cpus)",
                      "%.2f CPUs' time (control group)", cpus);
}

static void numa(struct hb_survey *survey)
{
    static const char meaning[] = "Memory of another node is slower, and where a page comes from "
                                  "differs from run to run.";
    char list[64];
    const bool known =
        hb_host_line(survey->options.root, "/sys/devices/system/node/online", list, sizeof list);
    const unsigned nodes = known ? hb_host_list_count(list) : 0;
    if (nodes == 0)
        hb_survey_add(survey, "numa", HB_FINDING_OK, meaning, "", "unknown");
    else if (nodes == 1)
        hb_survey_add(survey, "numa", HB_FINDING_OK, meaning, "", "1 node");
    else
        hb_survey_add(survey, "numa", HB_FINDING_NOTE, meaning,
                      "numactl --cpunodebind=0 --membind=0 hakbench ...", "%u nodes", nodes);
}

static void throttling(struct hb_survey *survey)
{
    int64_t times = -1;
    for (unsigned cpu = 0; cpu < survey->host.cpu_count && cpu < CPUS_MAX; cpu++) {
        char text[64];
        if (!cpu_line(survey, cpu, "thermal_throttle/core_throttle_count", text, sizeof text))
            continue;
        times = (times < 0 ? 0 : times) + (strtoll(text, NULL, 10) & INT_MAX);
    }
    static const char meaning[] = "A CPU that grew too hot lowers its clock speed by itself.";
    if (times < 0)
        hb_survey_add(survey, "cpu_throttling", HB_FINDING_OK, meaning, "", "not known here");
    else
        hb_survey_add(survey, "cpu_throttling", times > 0 ? HB_FINDING_NOTE : HB_FINDING_OK,
                      meaning, "", "%lld times since the start", (long long)times);
}

/* True when this supply is a battery that is being used up. */
static bool discharging(const struct hb_survey *survey, const char *name)
{
    char path[384], type[32], status[32];
    (void)snprintf(path, sizeof path, "/sys/class/power_supply/%.255s/type", name);
    if (!hb_host_line(survey->options.root, path, type, sizeof type) || !IS(type, "Battery"))
        return false;
    (void)snprintf(path, sizeof path, "/sys/class/power_supply/%.255s/status", name);
    return hb_host_line(survey->options.root, path, status, sizeof status) &&
           IS(status, "Discharging");
}

static void power(struct hb_survey *survey)
{
    char path[PATH_MAX];
    bool on_battery = false;
    (void)snprintf(path, sizeof path, "%s/sys/class/power_supply", survey->options.root);
    DIR *directory = opendir(path);
    for (const struct dirent *entry; directory && (entry = readdir(directory));)
        on_battery = on_battery || (entry->d_name[0] != '.' && discharging(survey, entry->d_name));
    if (directory)
        (void)closedir(directory);
    hb_survey_add(survey, "power", on_battery ? HB_FINDING_WARN : HB_FINDING_OK,
                  "On battery the firmware lowers clock speeds as it sees fit.",
                  on_battery ? "plug the machine in" : "", on_battery ? "on battery" : "mains");
}

static void hypervisor(struct hb_survey *survey)
{
    const char *name = survey->host.hypervisor;
    const bool none = IS(name, "none"), unknown = IS(name, "unknown");
    hb_survey_add(survey, "hypervisor", none ? HB_FINDING_OK : HB_FINDING_NOTE,
                  "In a virtual machine neighbours take CPU time and cache, and page faults cost "
                  "more than on the bare machine.",
                  "", "%s",
                  !none && !unknown && IS(name, "yes") ? "yes (which one is not known)" : name);
}

static void clock_source(struct hb_survey *survey)
{
    static const char *const fast[] = {"tsc", "kvm-clock", "arch_sys_counter",
                                       "hyperv_clocksource_tsc_page", "riscv_clocksource"};
    const char *name = survey->host.clocksource;
    enum hb_finding_level level = IS(name, "unknown") ? HB_FINDING_NOTE : HB_FINDING_WARN;
    for (size_t i = 0; i < sizeof fast / sizeof fast[0]; i++)
        level = IS(name, fast[i]) ? HB_FINDING_OK : level;
    hb_survey_add(survey, "clocksource", level,
                  "A clock that user mode cannot read makes every time stamp a system call.",
                  level == HB_FINDING_WARN ? "echo tsc | sudo tee /sys/devices/system/clocksource/"
                                             "clocksource0/current_clocksource"
                                           : "",
                  "%s", name);
}

static void clock_cost(struct hb_survey *survey)
{
    if (survey->options.files_only)
        return;
    const double cost_ns = hb_clock_cost_ns();
    const bool slow = cost_ns > SYSTEM_CALL_NS;
    hb_survey_add(survey, "clock_cost", slow ? HB_FINDING_WARN : HB_FINDING_OK,
                  "The cost of reading the clock is part of every latency sample.", "", "%.0f ns%s",
                  cost_ns, slow ? ": a system call" : "");
}

void hb_survey_cpu(struct hb_survey *survey)
{
    governor(survey);
    turbo(survey);
    smt(survey);
    count(survey);
    quota(survey);
    numa(survey);
    throttling(survey);
    power(survey);
    hypervisor(survey);
    clock_source(survey);
    clock_cost(survey);
}
