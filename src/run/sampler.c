/* Readings of a standing worker: see sampler.h. */
#include "run/sampler.h"

#include "host/cgroup.h"
#include "host/proc.h"
#include "run/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void unknown(struct hb_job *job, enum hb_metric_group group, const struct hb_err *err)
{
    if (!job->null_reason[group][0])
        (void)snprintf(job->null_reason[group], sizeof job->null_reason[group], "%.120s",
                       err->message);
}

static void take_resident(pid_t pid, enum hb_metric_id metric, struct hb_job *job)
{
    struct hb_proc_smaps smaps;
    struct hb_err err = {0};
    if (hb_proc_read_smaps(pid, &smaps, &err) != 0) {
        unknown(job, HB_GROUP_MEMORY, &err);
        return;
    }
    job->metric[metric] = (double)smaps.rss_bytes;
    if (metric == HB_METRIC_RSS_END)
        job->metric[HB_METRIC_HUGE_END] = (double)smaps.anon_huge_bytes;
}

/* VmHWM is kept by the kernel from per-CPU counters and can lag behind the page tables by some
 * pages: what was seen itself is a lower bound. */
static void take_peak(pid_t pid, struct hb_job *job)
{
    struct hb_proc_status status;
    struct hb_err err = {0};
    if (hb_proc_read_status(pid, &status, &err) != 0) {
        unknown(job, HB_GROUP_MEMORY, &err);
        return;
    }
    double peak = (double)status.vm_hwm_bytes;
    const double seen[] = {job->metric[HB_METRIC_RSS_START], job->metric[HB_METRIC_RSS_END]};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        peak = seen[i] > peak ? seen[i] : peak;
    job->metric[HB_METRIC_RSS_PEAK] = peak;
}

bool hb_sampler_totals(const struct hb_sampler *sampler, struct hb_reading *reading,
                       struct hb_job *job)
{
    struct hb_proc_stat stat;
    struct hb_proc_delay delay;
    struct hb_err faults = {0}, scheduling = {0};
    uint64_t busy_ns, steal_ns;
    const bool have_faults = hb_proc_read_stat(sampler->pid, &stat, &faults) == 0;
    const bool have_scheduling =
        hb_proc_read_delay(sampler->pid, &delay, &scheduling) == 0 &&
        hb_proc_cpu_times(&sampler->cpus, &busy_ns, &steal_ns, &scheduling) == 0;
    if (!have_faults)
        unknown(job, HB_GROUP_FAULTS, &faults);
    if (!have_scheduling)
        unknown(job, HB_GROUP_SCHEDULING, &scheduling);
    if (!have_faults || !have_scheduling)
        return false;
    *reading = (struct hb_reading){
        .faults_minor = (double)stat.minor_faults,
        .faults_major = (double)stat.major_faults,
        .steal_ns = (double)steal_ns,
        .delay_ns = delay.is_known ? (double)delay.delay_ns : (double)NAN,
        .busy_ns = (double)busy_ns,
        .throttled_ns = (double)hb_cgroup_throttled_ns(""),
    };
    return true;
}

double hb_sampler_grown(double before, double after)
{
    return after >= before ? after - before : (double)NAN;
}

struct hb_usage hb_sampler_usage(const struct hb_shm *shm)
{
    const struct hb_shm_usage begin = shm->usage_begin, end = shm->usage_end;
    return (struct hb_usage){
        .voluntary = hb_sampler_grown((double)begin.voluntary, (double)end.voluntary),
        .involuntary = hb_sampler_grown((double)begin.involuntary, (double)end.involuntary),
        .is_whole = begin.ended == end.ended,
    };
}

/* A thread's delay is told as long as it lives. */
static double delay_between(const struct hb_usage *usage, const struct hb_reading *before,
                            const struct hb_reading *after)
{
    return usage->is_whole ? hb_sampler_grown(before->delay_ns, after->delay_ns) : (double)NAN;
}

static void take_differences(struct hb_sampler *sampler, struct hb_job *job)
{
    const struct hb_reading *before = &sampler->ready;
    if (!hb_sampler_totals(sampler, &sampler->done, job))
        return;
    const struct hb_reading now = sampler->done;
    sampler->known = true;
    const struct hb_usage usage = hb_sampler_usage(sampler->shm);
    job->metric[HB_METRIC_RUN_DELAY] = delay_between(&usage, before, &now);
    if (!usage.is_whole && !job->null_reason[HB_GROUP_SCHEDULING][0])
        (void)snprintf(job->null_reason[HB_GROUP_SCHEDULING],
                       sizeof job->null_reason[HB_GROUP_SCHEDULING],
                       "run delay: a thread's ends with it, and threads ended");
    job->metric[HB_METRIC_FAULTS_MINOR] = now.faults_minor;
    job->metric[HB_METRIC_FAULTS_MAJOR] = now.faults_major;
    job->metric[HB_METRIC_FAULTS_MEASURED] =
        hb_sampler_grown(before->faults_minor, now.faults_minor);
    job->metric[HB_METRIC_SWITCHES_VOLUNTARY] = usage.voluntary;
    job->metric[HB_METRIC_SWITCHES_INVOLUNTARY] = usage.involuntary;
    job->metric[HB_METRIC_STEAL] = hb_sampler_grown(before->steal_ns, now.steal_ns);
}

void hb_sampler_mark(struct hb_sampler *sampler, enum hb_phase phase, struct hb_job *job)
{
    switch (phase) {
    case HB_PHASE_BASE:
        take_resident(sampler->pid, HB_METRIC_RSS_BASE, job);
        break;
    case HB_PHASE_READY:
        take_resident(sampler->pid, HB_METRIC_RSS_START, job);
        (void)hb_sampler_totals(sampler, &sampler->ready, job);
        break;
    case HB_PHASE_DONE:
        take_differences(sampler, job);
        take_resident(sampler->pid, HB_METRIC_RSS_END, job);
        take_peak(sampler->pid, job);
        break;
    case HB_PHASE_DRAINED:
        take_resident(sampler->pid, HB_METRIC_RSS_DRAINED, job);
        break;
    default:
        break;
    }
}

#define TIMER_NS_MOST 1000000u /* the slowest clock there is takes some microseconds */

/* False when the later of two running totals is less than the earlier. */
static bool own_phase(uint64_t *to, const struct hb_shm_counters *now,
                      const struct hb_shm_counters *before)
{
    bool grows = true;
#define HB_OWN(name)                                                                               \
    grows &= now->name >= before->name;                                                            \
    to[HB_SYSCALL_##name] = now->name - before->name;
    HB_SYSCALLS(HB_OWN)
#undef HB_OWN
    return grows;
}

static void take_own_counters(const struct hb_shm *shm, struct hb_job *job)
{
    const struct hb_shm_counters zero = {0}, loaded = shm->counters_loaded,
                                 ready = shm->counters_ready, done = shm->counters_done;
    if (!shm->counters_known)
        return;
    job->own_counters_known = own_phase(job->own_counters.count[HB_COUNT_STARTUP], &loaded, &zero);
    job->own_counters_known &=
        own_phase(job->own_counters.count[HB_COUNT_WARMUP], &ready, &loaded) &&
        own_phase(job->own_counters.count[HB_COUNT_MEASURED], &done, &ready);
}

/* What all threads did, from copies. */
struct run {
    uint64_t operations, first_ns, last_ns, cpu_ns;
};

static void take_thread(const struct hb_shm_thread *copy, uint32_t thread, struct hb_job *job,
                        struct run *run)
{
    uint64_t before = copy->start_ns;
    job->start_ns[thread] = before;
    for (uint32_t s = 0; s < job->slices; s++) {
        job->slice_ns[(size_t)thread * job->slices + s] = copy->slice_end_ns[s] - before;
        before = copy->slice_end_ns[s];
    }
    run->operations += copy->operations;
    run->cpu_ns += copy->cpu_ns;
    run->first_ns = copy->start_ns < run->first_ns ? copy->start_ns : run->first_ns;
    run->last_ns = before > run->last_ns ? before : run->last_ns;
    if (thread == 0)
        job->slice_operations = copy->operations / job->slices;
}

static void take_throughput(const struct run *run, const struct hb_shm *shm, struct hb_job *job)
{
    if (run->operations == 0 || run->last_ns <= run->first_ns)
        return;
    const double elapsed_ns = (double)(run->last_ns - run->first_ns);
    job->metric[HB_METRIC_OPERATIONS] = (double)run->operations;
    job->metric[HB_METRIC_ELAPSED] = elapsed_ns;
    job->metric[HB_METRIC_CPU_TIME] = (double)run->cpu_ns;
    if (shm->is_paced) {
        (void)snprintf(job->null_reason[HB_GROUP_TIME], sizeof job->null_reason[HB_GROUP_TIME],
                       "the workload is paced: it sleeps, so its speed is not the allocator's");
        return;
    }
    job->metric[HB_METRIC_THROUGHPUT] = (double)run->operations * 1e9 / elapsed_ns;
    job->metric[HB_METRIC_NS_PER_OP] = elapsed_ns * job->threads / (double)run->operations;
}

static void drop_slices(struct hb_job *job)
{
    free(job->slice_ns);
    free(job->start_ns);
    job->slice_ns = job->start_ns = NULL;
    job->threads = job->slices = 0;
    job->slice_operations = 0;
}

int hb_sampler_times(const struct hb_shm *shm, const struct hb_request *request, uint64_t since_ns,
                     struct hb_job *job, const char **problem)
{
    const uint64_t threads = hb_page_parameter(request, "threads"), timer_ns = shm->timer_ns;
    struct run run = {.first_ns = UINT64_MAX};
    *problem = shm->threads != threads || threads == 0 || threads > HB_THREADS_MAX
                   ? "another number of threads than was asked for"
               : timer_ns > TIMER_NS_MOST ? "a clock that takes a millisecond to read"
                                          : NULL;
    if (*problem)
        return 0;
    job->threads = (uint32_t)threads;
    job->slices = request->slices;
    job->slice_ns = calloc((size_t)threads * job->slices, sizeof *job->slice_ns);
    job->start_ns = calloc(threads, sizeof *job->start_ns);
    if (!job->slice_ns || !job->start_ns)
        return -1;
    for (uint32_t t = 0; t < threads && !*problem; t++) {
        struct hb_shm_thread copy;
        *problem = hb_page_run(shm, request, t, since_ns, &copy);
        if (!*problem)
            take_thread(&copy, t, job, &run);
    }
    if (*problem) {
        drop_slices(job);
        return 0;
    }
    for (uint32_t t = 0; t < threads; t++)
        job->start_ns[t] -= run.first_ns;
    take_own_counters(shm, job);
    job->metric[HB_METRIC_TIMER] = (double)timer_ns;
    take_throughput(&run, shm, job);
    return 0;
}

/* ---- how much of its CPUs a worker had ---- */

#define MISSING_NS_MIN 1e6  /* less is what one interrupt may take */
#define SLEEP_NS_MAX   20e6 /* nobody waits so long for a lock that others work under */

/* Threads are pinned in turn: a CPU is wanted from the first operation of the threads on it to the
 * last. On CPUs of nobody's own, all threads' times, as far as there are CPUs for them. */
static double wanted_on(const struct hb_share_of *of, uint32_t first_thread, uint32_t step)
{
    uint64_t start_ns = UINT64_MAX, end_ns = 0;
    for (uint32_t t = first_thread; t < of->threads; t += step) {
        start_ns = of->spans[t].start_ns < start_ns ? of->spans[t].start_ns : start_ns;
        end_ns = of->spans[t].end_ns > end_ns ? of->spans[t].end_ns : end_ns;
    }
    return end_ns > start_ns ? (double)(end_ns - start_ns) : 0;
}

struct hb_share_of hb_share_asked(const struct hb_request *request, uint32_t threads)
{
    return (struct hb_share_of){.threads = threads,
                                .cpu_count = hb_cpuset_count(&request->cpus),
                                .is_pinned = request->cpu_list[0] != '\0'};
}

void hb_share_between(const struct hb_share_of *of, const struct hb_reading *before,
                      const struct hb_reading *after, struct hb_share *share)
{
    double threads_ns = 0;
    *share = (struct hb_share){.is_crowded = of->threads > of->cpu_count, .cpu_ns = of->cpu_ns};
    for (uint32_t t = 0; t < of->threads; t++)
        threads_ns += wanted_on(of, t, of->threads);
    for (uint32_t cpu = 0; of->is_pinned && cpu < of->cpu_count && cpu < of->threads; cpu++)
        share->wanted_ns += wanted_on(of, cpu, of->cpu_count);
    if (!of->is_pinned)
        share->wanted_ns = fmin(threads_ns, wanted_on(of, 0, 1) * of->cpu_count);
    share->delay_ns = delay_between(&of->usage, before, after);
    share->others_ns = after->busy_ns - before->busy_ns - of->cpu_ns;
    share->steal_ns = after->steal_ns - before->steal_ns;
    share->throttled_ns = after->throttled_ns - before->throttled_ns;
    share->sleeps = of->usage.voluntary;
}

/* A crowded worker's threads wait for each other: there only what others did on its CPUs counts. */
static bool had_neighbour(const struct hb_share *share, double missing_ns)
{
    const bool others_ran = share->others_ns >= missing_ns / 2;
    const bool waited = share->delay_ns >= missing_ns / 2;
    return share->is_crowded || isnan(share->delay_ns) ? others_ran : waited;
}

enum hb_share_cause hb_share_find_cause(const struct hb_share *share)
{
    const double missing_ns = share->wanted_ns - share->cpu_ns;
    if (!(missing_ns >= MISSING_NS_MIN && missing_ns >= HB_SHARE_MISSING_MIN * share->wanted_ns))
        return HB_SHARE_WHOLE;
    if (share->throttled_ns >= missing_ns / 4)
        return HB_SHARE_QUOTA;
    if (share->steal_ns >= missing_ns / 2)
        return HB_SHARE_HYPERVISOR;
    if (had_neighbour(share, missing_ns))
        return HB_SHARE_NEIGHBOUR;
    if (missing_ns / fmax(share->sleeps, 1) >= SLEEP_NS_MAX)
        return HB_SHARE_PAUSED;
    return HB_SHARE_WHOLE;
}

void hb_share_text(const struct hb_share *share, enum hb_share_cause cause, char *text,
                   size_t text_bytes)
{
    static const char *const words[] = {
        [HB_SHARE_NEIGHBOUR] = "a neighbour on its CPU",
        [HB_SHARE_QUOTA] = "the CPU quota",
        [HB_SHARE_HYPERVISOR] = "another machine on its CPU",
        [HB_SHARE_PAUSED] = "paused",
    };
    text[0] = '\0';
    if (cause != HB_SHARE_WHOLE)
        (void)snprintf(text, text_bytes, "%s: it had %.0f %% " HB_REASON_SHARE, words[cause],
                       floor(100 * share->cpu_ns / share->wanted_ns));
}
