/* The survey's part about memory, disk and the kernel: see noise.h. */
#include "base/copy.h"
#include "base/unit.h"
#include "host/hostfile.h"
#include "host/probe.h"
#include "host/survey.h"

#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define IS(a, b) (strcmp((a), (b)) == 0)
#define MIB      (1024.0 * 1024.0)
#define GIB      (1024.0 * MIB)

/* Bytes of a line of /proc/meminfo; NaN when there is none. */
static double meminfo(const char *text, const char *key)
{
    char value[32];
    return hb_host_field(text, key, ':', value, sizeof value)
               ? (double)strtoull(value, NULL, 10) * 1024
               : (double)NAN;
}

static void huge_pages(struct hb_survey *survey)
{
    const char *enabled = survey->host.thp_enabled;
    const bool always = IS(enabled, "always"), unknown = IS(enabled, "unknown");
    hb_survey_add(survey, "huge_pages", always || unknown ? HB_FINDING_NOTE : HB_FINDING_OK,
                  "Transparent huge pages given without being asked for raise resident memory in "
                  "steps of 2 MiB and lower page faults, depending on where blocks happen to lie.",
                  always ? "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"
                         : "",
                  "%s (defrag %s)", enabled, survey->host.thp_defrag);
}

/* The large profiles hold some hundred MiB live; beyond the reserve the kernel starts to swap. */
static void available(struct hb_survey *survey, const char *text)
{
    static const char meaning[] = "When memory runs short the kernel swaps, reclaims caches or "
                                  "kills the worker.";
    const double bytes = meminfo(text, "MemAvailable");
    if (isnan(bytes))
        hb_survey_add(survey, "memory_available", HB_FINDING_NOTE, meaning, "", "unknown");
    else
        hb_survey_add(survey, "memory_available",
                      bytes < 256 * MIB ? HB_FINDING_BAD
                      : bytes < GIB     ? HB_FINDING_WARN
                                        : HB_FINDING_OK,
                      meaning, "", "%s", hb_format_bytes(bytes).text);
}

static void limit(struct hb_survey *survey)
{
    static const char meaning[] = "Beyond the control group's limit the kernel kills the worker, "
                                  "however much memory the machine has.";
    const double bytes = survey->limits.memory_bytes;
    const bool none = isinf(bytes) ||
                      (survey->host.memory_bytes > 0 && bytes >= (double)survey->host.memory_bytes);
    if (none)
        hb_survey_add(survey, "memory_limit", HB_FINDING_OK, meaning, "", "none");
    else
        hb_survey_add(survey, "memory_limit",
                      bytes < 512 * MIB ? HB_FINDING_BAD
                      : bytes < 2 * GIB ? HB_FINDING_WARN
                                        : HB_FINDING_NOTE,
                      meaning, "start the container with more memory (docker: --memory)", "%s",
                      hb_format_bytes(bytes).text);
}

static void swap(struct hb_survey *survey, const char *text)
{
    static const char meaning[] = "Pages that were swapped out come back at a cost that has "
                                  "nothing to do with the allocator.";
    const double total = meminfo(text, "SwapTotal"), used = total - meminfo(text, "SwapFree");
    if (isnan(used))
        hb_survey_add(survey, "swap", HB_FINDING_NOTE, meaning, "", "unknown");
    else if (total <= 0)
        hb_survey_add(survey, "swap", HB_FINDING_OK, meaning, "", "none");
    else
        hb_survey_add(survey, "swap",
                      used > total / 4 ? HB_FINDING_WARN
                      : used > 0       ? HB_FINDING_NOTE
                                       : HB_FINDING_OK,
                      meaning, used > 0 ? "sudo swapoff -a && sudo swapon -a" : "", "%s of %s used",
                      hb_format_bytes(used).text, hb_format_bytes(total).text);
}

static void overcommit(struct hb_survey *survey)
{
    static const char *const names[] = {"0: heuristic", "1: always", "2: never"};
    const int mode = survey->host.overcommit;
    hb_survey_add(survey, "overcommit",
                  mode == 2  ? HB_FINDING_WARN
                  : mode < 0 ? HB_FINDING_NOTE
                             : HB_FINDING_OK,
                  "Without overcommit, allocators that reserve address space in advance fail or "
                  "fall back to other ways.",
                  mode == 2 ? "sudo sysctl -w vm.overcommit_memory=0" : "", "%s",
                  mode >= 0 && mode <= 2 ? names[mode] : "unknown");
}

/* The nearest folder that exists, upwards from path. */
static bool space_at(const char *path, double *bytes)
{
    char folder[PATH_MAX];
    struct statvfs space;
    HB_COPY(folder, path);
    while (statvfs(folder, &space) != 0) {
        char *slash = strrchr(folder, '/');
        if (IS(folder, ".") || IS(folder, "/"))
            return false;
        if (slash)
            slash[slash == folder] = '\0';
        else
            (void)snprintf(folder, sizeof folder, ".");
    }
    *bytes = (double)space.f_bavail * (double)space.f_frsize;
    return true;
}

/* A session with every slice of every job is some ten MiB; a soak writes for hours. */
static void disk(struct hb_survey *survey)
{
    static const char meaning[] = "Results are written after every job; a full disk ends the run.";
    const char *path = survey->options.results_path;
    double bytes;
    if (!path)
        return;
    if (!space_at(path, &bytes))
        hb_survey_add(survey, "disk_space", HB_FINDING_NOTE, meaning, "", "unknown for %s", path);
    else
        hb_survey_add(survey, "disk_space",
                      bytes < 16 * MIB    ? HB_FINDING_BAD
                      : bytes < 512 * MIB ? HB_FINDING_WARN
                                          : HB_FINDING_OK,
                      meaning, "", "%s free for %s", hb_format_bytes(bytes).text, path);
}

void hb_survey_memory(struct hb_survey *survey)
{
    char text[8192];
    (void)hb_host_text(survey->options.root, "/proc/meminfo", text, sizeof text);
    huge_pages(survey);
    available(survey, text);
    limit(survey);
    swap(survey, text);
    overcommit(survey);
    disk(survey);
}

/* ---- the kernel ---- */

#define VULNERABILITIES "/sys/devices/system/cpu/vulnerabilities"

static void aslr(struct hb_survey *survey)
{
    static const char *const names[] = {"0: off", "1: without the heap", "2: full"};
    const int mode = survey->host.aslr;
    const bool off = mode == 0;
    hb_survey_add(survey, "aslr", mode == 2 || mode == 1 ? HB_FINDING_OK : HB_FINDING_NOTE,
                  "Without random addresses every run repeats one layout, and the luck of that "
                  "layout passes for the allocator's speed.",
                  off ? "sudo sysctl -w kernel.randomize_va_space=2" : "", "%s",
                  mode >= 0 && mode <= 2 ? names[mode] : "unknown");
}

struct mitigations {
    unsigned mitigated, vulnerable, listed;
};

static void count_mitigation(const char *root, const char *name, struct mitigations *sum)
{
    char path[384], text[128];
    (void)snprintf(path, sizeof path, VULNERABILITIES "/%.255s", name);
    if (name[0] == '.' || !hb_host_line(root, path, text, sizeof text))
        return;
    sum->listed++;
    sum->mitigated += strstr(text, "Mitigation:") != NULL;
    sum->vulnerable += strncmp(text, "Vulnerable", 10) == 0;
}

static void mitigations(struct hb_survey *survey)
{
    char path[PATH_MAX];
    struct mitigations sum = {0};
    (void)snprintf(path, sizeof path, "%s" VULNERABILITIES, survey->options.root);
    DIR *directory = opendir(path);
    for (const struct dirent *entry; directory && (entry = readdir(directory));)
        count_mitigation(survey->options.root, entry->d_name, &sum);
    if (directory)
        (void)closedir(directory);
    static const char meaning[] = "Mitigations make system calls and page faults dearer, so "
                                  "machines with different ones rank allocators differently.";
    if (sum.listed == 0)
        hb_survey_add(survey, "mitigations", HB_FINDING_OK, meaning, "", "not known here");
    else
        hb_survey_add(survey, "mitigations", sum.mitigated ? HB_FINDING_NOTE : HB_FINDING_OK,
                      meaning, "", "%u in force, %u left open, of %u", sum.mitigated,
                      sum.vulnerable, sum.listed);
}

static void core_pattern(struct hb_survey *survey)
{
    char text[192];
    (void)hb_host_line(survey->options.root, "/proc/sys/kernel/core_pattern", text, sizeof text);
    const bool piped = text[0] == '|';
    hb_survey_add(survey, "core_pattern", piped ? HB_FINDING_NOTE : HB_FINDING_OK,
                  "When an allocator crashes, a program that takes the core runs beside the jobs "
                  "that follow.",
                  piped ? "sudo sysctl -w kernel.core_pattern=core" : "", "%s", text);
}

static void yama(struct hb_survey *survey)
{
    static const char meaning[] = "From 2 on, only root may trace, and from 3 on nobody: system "
                                  "calls are then not counted.";
    int64_t scope;
    if (!hb_host_number(survey->options.root, "/proc/sys/kernel/yama/ptrace_scope", &scope))
        hb_survey_add(survey, "yama_ptrace_scope", HB_FINDING_OK, meaning, "", "not there");
    else
        hb_survey_add(survey, "yama_ptrace_scope",
                      scope >= 3   ? HB_FINDING_WARN
                      : scope == 2 ? HB_FINDING_NOTE
                                   : HB_FINDING_OK,
                      meaning, scope == 2 ? "sudo sysctl -w kernel.yama.ptrace_scope=1" : "",
                      "%lld", (long long)scope);
}

/* What was tried: the remedy helps where the reason contains curable. */
static void tried(struct hb_survey *survey, const char *key, enum hb_finding_level level,
                  const char *meaning, const char *curable, const char *remedy,
                  bool (*probe)(char reason[HB_PROBE_REASON]))
{
    char reason[HB_PROBE_REASON];
    if (probe(reason))
        hb_survey_add(survey, key, HB_FINDING_OK, meaning, "", "works");
    else
        hb_survey_add(survey, key, level, meaning, strstr(reason, curable) ? remedy : "", "%s",
                      reason);
}

static void probes(struct hb_survey *survey)
{
    tried(survey, "ptrace", HB_FINDING_WARN,
          "System calls are counted by tracing the worker; without it those columns stay empty.",
          "container", "docker run --cap-add SYS_PTRACE ...", hb_probe_ptrace);
    tried(survey, "seccomp", HB_FINDING_WARN,
          "A seccomp filter stops the worker at memory system calls only; without it they are not "
          "counted.",
          "filter is refused", "docker run --security-opt seccomp=unconfined ...",
          hb_probe_seccomp);
    tried(survey, "hardware_counters", HB_FINDING_NOTE,
          "Cycles, instructions and cache misses say why one allocator is faster.",
          "perf_event_paranoid", "sudo sysctl -w kernel.perf_event_paranoid=2", hb_probe_perf);
}

void hb_survey_kernel(struct hb_survey *survey)
{
    aslr(survey);
    mitigations(survey);
    core_pattern(survey);
    yama(survey);
    if (!survey->options.files_only)
        probes(survey);
}
