/* The survey's part about everybody else: load, who uses the CPUs now, what the hypervisor takes.
 * See noise.h. */
#include "host/survey.h"

#include "base/clock.h"
#include "host/hostfile.h"
#include "host/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MAX  4096u
#define STOLEN_PERCENT 1.0 /* from here on it spreads the numbers */

struct process {
    pid_t pid;
    uint64_t ticks; /* CPU time used so far; later: in the sample */
    char name[64];
};

/* Two looks at the machine, some time apart. */
struct sample {
    struct hb_proc_cpus before, after;
    struct process *processes;
    size_t process_count;
    bool known;
};

static bool read_cpus(const char *root, struct hb_proc_cpus *sum)
{
    struct hb_cpuset all;
    memset(&all, 0xff, sizeof all);
    *sum = (struct hb_proc_cpus){0};
    char *text = malloc(HB_PROC_STAT_BYTES);
    const bool known = text && hb_host_text(root, "/proc/stat", text, HB_PROC_STAT_BYTES) &&
                       hb_proc_parse_cpus(text, &all, sum) == 0;
    free(text);
    return known;
}

static bool read_process(const char *root, pid_t pid, struct process *process)
{
    char path[64], text[1024];
    struct hb_proc_stat stat;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (!hb_host_text(root, path, text, sizeof text) || hb_proc_parse_stat(text, &stat) != 0)
        return false;
    process->pid = pid;
    process->ticks = stat.user_ticks + stat.system_ticks;
    memcpy(process->name, stat.name, sizeof process->name);
    return true;
}

static void list_processes(const char *root, struct sample *sample)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/proc", root);
    sample->processes = calloc(PROCESSES_MAX, sizeof sample->processes[0]);
    DIR *directory = sample->processes ? opendir(path) : NULL;
    const struct dirent *entry;
    while (directory && sample->process_count < PROCESSES_MAX && (entry = readdir(directory))) {
        const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (isdigit((unsigned char)entry->d_name[0]) && pid != getpid() &&
            read_process(root, pid, &sample->processes[sample->process_count]))
            sample->process_count++;
    }
    if (directory)
        (void)closedir(directory);
}

/* From here on process.ticks is what each used between the looks; one that has ended used none. */
static void look_again(const char *root, struct sample *sample)
{
    for (size_t i = 0; i < sample->process_count; i++) {
        struct process *process = &sample->processes[i], now;
        const bool there = read_process(root, process->pid, &now) && now.ticks >= process->ticks;
        process->ticks = there ? now.ticks - process->ticks : 0;
    }
}

static void take(const struct hb_noise_options *options, struct sample *sample)
{
    const struct timespec wait = {.tv_sec = options->sample_ms / 1000,
                                  .tv_nsec = (long)(options->sample_ms % 1000) * 1000000};
    *sample = (struct sample){0};
    list_processes(options->root, sample); /* outside the two looks: it takes CPU time itself */
    sample->known = read_cpus(options->root, &sample->before);
    (void)nanosleep(&wait, NULL);
    sample->known = read_cpus(options->root, &sample->after) && sample->known;
    look_again(options->root, sample);
}

/* What `after` has more than `before`; counters may be set back when a CPU comes and goes. */
static double grown(uint64_t before, uint64_t after)
{
    return after > before ? (double)(after - before) : 0;
}

/* How many CPUs' worth of these ticks there was. */
static double in_cpus(const struct sample *sample, double ticks)
{
    const double total = grown(sample->before.total_ticks, sample->after.total_ticks);
    return total > 0 ? ticks / total * sample->after.count : 0;
}

static const struct process *busiest(const struct sample *sample)
{
    const struct process *most = NULL;
    for (size_t i = 0; i < sample->process_count; i++) {
        const struct process *process = &sample->processes[i];
        if (process->ticks > 0 && (!most || process->ticks > most->ticks))
            most = process;
    }
    return most;
}

/* One tick of one CPU in 200 ms is 0.05 CPUs: less than two are anybody's housekeeping. Beyond all
 * CPUs but one, somebody must share with the worker. */
static enum hb_finding_level busy_level(double busy, unsigned cpus)
{
    if (busy < 0.1)
        return HB_FINDING_OK;
    return busy > cpus - 1.5 ? HB_FINDING_BAD : HB_FINDING_WARN;
}

static void others(struct hb_survey *survey, const struct sample *sample)
{
    static const char meaning[] = "Whatever runs beside a measurement takes CPU time, cache and "
                                  "memory bandwidth from it.";
    const struct process *most = busiest(sample);
    const double busy = in_cpus(sample, grown(sample->before.busy_ticks, sample->after.busy_ticks));
    char who[128] = "", remedy[64] = "";
    if (!sample->known) {
        hb_survey_add(survey, "other_processes", HB_FINDING_NOTE, meaning, "", "unknown");
        return;
    }
    const enum hb_finding_level level = busy_level(busy, sample->after.count);
    if (most && level != HB_FINDING_OK) {
        (void)snprintf(who, sizeof who, "; most by %s, process %d, with %.2f", most->name,
                       (int)most->pid, in_cpus(sample, (double)most->ticks));
        (void)snprintf(remedy, sizeof remedy, "ps -o pid,user,etime,pcpu,args -p %d",
                       (int)most->pid);
    }
    hb_survey_add(survey, "other_processes", level, meaning, remedy, "%.2f of %u CPUs busy%s", busy,
                  sample->after.count, who);
}

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

static void steal(struct hb_survey *survey, const struct sample *sample)
{
    static const char meaning[] = "Stolen time is time in which the worker wanted to run and the "
                                  "hypervisor ran somebody else.";
    const double now = percent(grown(sample->before.steal_ticks, sample->after.steal_ticks),
                               grown(sample->before.total_ticks, sample->after.total_ticks));
    const double ever =
        percent((double)sample->after.steal_ticks, (double)sample->after.total_ticks);
    if (!sample->known)
        hb_survey_add(survey, "steal", HB_FINDING_NOTE, meaning, "", "unknown");
    else
        hb_survey_add(survey, "steal",
                      now >= 10                            ? HB_FINDING_BAD
                      : now >= STOLEN_PERCENT || ever >= 1 ? HB_FINDING_WARN
                      : now > 0 || ever >= 0.1             ? HB_FINDING_NOTE
                                                           : HB_FINDING_OK,
                      meaning, "", "%.1f %% now, %.2f %% since the start", now, ever);
}

/* The average of the last minute remembers the build that has just ended: a hint, no proof. */
static enum hb_finding_level load_level(double load, unsigned cpus)
{
    if (load < 0.3)
        return HB_FINDING_OK;
    return cpus > 0 && load >= cpus ? HB_FINDING_WARN : HB_FINDING_NOTE;
}

static void load(struct hb_survey *survey)
{
    static const char meaning[] = "The load of the last minute shows whether the machine has come "
                                  "to rest.";
    const double load1 = survey->host.load1_start;
    if (isnan(load1))
        hb_survey_add(survey, "load", HB_FINDING_NOTE, meaning, "", "unknown");
    else
        hb_survey_add(survey, "load", load_level(load1, survey->cpu_count), meaning, "", "%.2f",
                      load1);
}

void hb_survey_others(struct hb_survey *survey)
{
    struct sample sample;
    load(survey);
    take(&survey->options, &sample);
    others(survey, &sample);
    steal(survey, &sample);
    free(sample.processes);
}

/* ---- now ---- */

#define NAMED_MOST  3
#define WORK_NS     50000000u
#define SHARE_LEAST 0.95

/* The share of a CPU that this thread gets when it wants it all. */
static double share_of_work(void)
{
    const uint64_t start_ns = hb_clock_monotonic_ns();
    struct timespec from, to;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from) != 0)
        return 1;
    while (hb_clock_monotonic_ns() - start_ns < WORK_NS)
        continue;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to) != 0)
        return 1;
    const double used_ns =
        (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
    return used_ns / (double)(hb_clock_monotonic_ns() - start_ns);
}

__attribute__((format(printf, 2, 3))) static void add_cause(struct hb_noise_now *now,
                                                            const char *format, ...)
{
    const size_t used = strlen(now->text);
    va_list args;
    va_start(args, format);
    if (used + 2 < sizeof now->text) {
        const int blank =
            snprintf(now->text + used, sizeof now->text - used, used ? "; " : "%s", "");
        (void)vsnprintf(now->text + used + blank, sizeof now->text - used - (size_t)blank, format,
                        args);
    }
    va_end(args);
}

/* " (cc1 0.80, ld 0.41)": the busiest; those of other containers cannot be seen. */
static void name_busiest(struct sample *sample, char *names, size_t names_bytes)
{
    size_t used = 0;
    names[0] = '\0';
    for (int n = 0; n < NAMED_MOST && used + 80 < names_bytes; n++) {
        const struct process *most = busiest(sample);
        if (!most)
            break;
        used += (size_t)snprintf(names + used, names_bytes - used, "%s%.24s %.2f", n ? ", " : " (",
                                 most->name, in_cpus(sample, (double)most->ticks));
        sample->processes[most - sample->processes].ticks = 0;
    }
    (void)snprintf(names + used, names_bytes - used, "%s", used ? ")" : " (by nobody seen here)");
}

static void look_at_cpus(struct sample *sample, struct hb_noise_now *now)
{
    const double busy = in_cpus(sample, grown(sample->before.busy_ticks, sample->after.busy_ticks));
    const double stolen = percent(grown(sample->before.steal_ticks, sample->after.steal_ticks),
                                  grown(sample->before.total_ticks, sample->after.total_ticks));
    char names[160];
    if (busy_level(busy, sample->after.count) != HB_FINDING_OK) {
        name_busiest(sample, names, sizeof names);
        add_cause(now, "%.2f of %u CPUs busy%s", busy, sample->after.count, names);
    }
    if (stolen >= STOLEN_PERCENT)
        add_cause(now, "%.1f %% stolen by the hypervisor", stolen);
}

void hb_noise_look(const char *root, uint32_t sample_ms, struct hb_noise_now *now)
{
    const struct hb_noise_options options = {.root = root ? root : "", .sample_ms = sample_ms};
    const uint64_t throttled_ns = hb_cgroup_throttled_ns(options.root);
    struct sample sample;
    double loads[3];
    char text[128];
    *now = (struct hb_noise_now){0};
    take(&options, &sample);
    if (sample.known) {
        look_at_cpus(&sample, now);
    } else {
        const double share = share_of_work();
        if (share < SHARE_LEAST)
            add_cause(now, "a CPU gives %.0f %% of its time", 100 * share);
    }
    if (hb_cgroup_throttled_ns(options.root) > throttled_ns)
        add_cause(now, "stopped for the control group's quota");
    now->is_quiet = !now->text[0];
    if (!now->is_quiet && hb_host_text(options.root, "/proc/loadavg", text, sizeof text) &&
        hb_proc_parse_loadavg(text, loads) == 0)
        add_cause(now, "load %.2f", loads[0]);
    free(sample.processes);
}

void hb_noise_others(uint32_t sample_ms, char *text, size_t text_bytes)
{
    struct hb_findings *findings = calloc(1, sizeof *findings);
    struct hb_survey survey = {.options = {.root = "", .sample_ms = sample_ms},
                               .findings = findings};
    struct sample sample;
    if (text_bytes)
        text[0] = '\0';
    if (!findings)
        return;
    take(&survey.options, &sample);
    others(&survey, &sample);
    free(sample.processes);
    (void)snprintf(text, text_bytes, "%.150s", findings->finding[0].value);
    free(findings);
}
