/* The survey's part about what the kernel does and grants. See noise.h. */
#include "host/survey.h"

#include "host/hostfile.h"
#include "host/probe.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

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
