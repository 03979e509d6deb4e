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
    struct hb_proc_switches switches;
    struct hb_err faults = {0}, scheduling = {0};
    uint64_t busy_ns, steal_ns;
    const bool have_faults = hb_proc_read_stat(sampler->pid, &stat, &faults) == 0;
    const bool have_scheduling =
        hb_proc_read_switches(sampler->pid, &switches, &scheduling) == 0 &&
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
        .voluntary = (double)switches.voluntary,
        .involuntary = (double)switches.involuntary,
        .steal_ns = (double)steal_ns,
        .delay_ns = switches.delay_known ? (double)switches.delay_ns : (double)NAN,
        .busy_ns = (double)busy_ns,
        .throttled_ns = (double)hb_cgroup_throttled_ns(""),
    };
    return true;
}

static void take_differences(struct hb_sampler *sampler, struct hb_job *job)
{
    const struct hb_reading *before = &sampler->ready;
    if (!hb_sampler_totals(sampler, &sampler->done, job))
        return;
    const struct hb_reading now = sampler->done;
    sampler->known = true;
    job->metric[HB_METRIC_RUN_DELAY] = now.delay_ns - before->delay_ns;
    job->metric[HB_METRIC_FAULTS_MINOR] = now.faults_minor;
    job->metric[HB_METRIC_FAULTS_MAJOR] = now.faults_major;
    job->metric[HB_METRIC_FAULTS_MEASURED] = now.faults_minor - before->faults_minor;
    /* One voluntary switch is the wait of the handshake itself. */
    const double voluntary = now.voluntary - before->voluntary;
    job->metric[HB_METRIC_SWITCHES_VOLUNTARY] = voluntary > 0 ? voluntary - 1 : 0;
    job->metric[HB_METRIC_SWITCHES_INVOLUNTARY] = now.involuntary - before->involuntary;
    job->metric[HB_METRIC_STEAL] = now.steal_ns - before->steal_ns;
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
