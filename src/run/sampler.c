/* Readings of a standing worker: see sampler.h. */
#include "run/sampler.h"

#include "host/proc.h"

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
    if (hb_proc_smaps(pid, &smaps, &err) != 0) {
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
    if (hb_proc_status(pid, &status, &err) != 0) {
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
    uint64_t steal_ns;
    const bool have_faults = hb_proc_stat(sampler->pid, &stat, &faults) == 0;
    const bool have_scheduling = hb_proc_switches(sampler->pid, &switches, &scheduling) == 0 &&
                                 hb_proc_steal_ns(&sampler->cpus, &steal_ns, &scheduling) == 0;
    if (!have_faults)
        unknown(job, HB_GROUP_FAULTS, &faults);
    if (!have_scheduling)
        unknown(job, HB_GROUP_SCHEDULING, &scheduling);
    if (!have_faults || !have_scheduling)
        return false;
    *reading = (struct hb_reading){(double)stat.minor_faults, (double)stat.major_faults,
                                   (double)switches.voluntary, (double)switches.involuntary,
                                   (double)steal_ns};
    return true;
}

static void take_differences(const struct hb_sampler *sampler, struct hb_job *job)
{
    const struct hb_reading *before = &sampler->ready;
    struct hb_reading now;
    if (!hb_sampler_totals(sampler, &now, job))
        return;
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

static void own_phase(uint64_t *to, const struct hb_shm_counters *now,
                      const struct hb_shm_counters *before)
{
    const struct hb_shm_counters zero = {0};
    const struct hb_shm_counters *since = before ? before : &zero;
#define HB_OWN(name) to[HB_SYSCALL_##name] = now->name - since->name;
    HB_SYSCALLS(HB_OWN)
#undef HB_OWN
}

static void take_own_counters(const struct hb_shm *shm, struct hb_job *job)
{
    if (!shm->counters_known)
        return;
    job->own_counters_known = true;
    own_phase(job->own_counters.count[HB_COUNT_STARTUP], &shm->counters_loaded, NULL);
    own_phase(job->own_counters.count[HB_COUNT_WARMUP], &shm->counters_ready,
              &shm->counters_loaded);
    own_phase(job->own_counters.count[HB_COUNT_MEASURED], &shm->counters_done,
              &shm->counters_ready);
}

static int take_slices(const struct hb_shm *shm, struct hb_job *job)
{
    const uint32_t threads = shm->threads, slices = shm->slices;
    uint64_t first_ns = UINT64_MAX;
    job->slice_ns = calloc((size_t)threads * slices, sizeof *job->slice_ns);
    job->start_ns = calloc(threads, sizeof *job->start_ns);
    if (!job->slice_ns || !job->start_ns)
        return -1;
    for (uint32_t t = 0; t < threads; t++)
        first_ns = shm->thread[t].start_ns < first_ns ? shm->thread[t].start_ns : first_ns;
    job->threads = threads;
    job->slices = slices;
    for (uint32_t t = 0; t < threads; t++) {
        uint64_t before = shm->thread[t].start_ns;
        job->start_ns[t] = before - first_ns;
        for (uint32_t s = 0; s < slices; s++) {
            job->slice_ns[(size_t)t * slices + s] = shm->thread[t].slice_end_ns[s] - before;
            before = shm->thread[t].slice_end_ns[s];
        }
    }
    return 0;
}

static void take_throughput(const struct hb_shm *shm, struct hb_job *job)
{
    uint64_t operations = 0, first_ns = UINT64_MAX, last_ns = 0;
    for (uint32_t t = 0; t < shm->threads; t++) {
        const struct hb_shm_thread *thread = &shm->thread[t];
        const uint64_t end_ns = thread->slice_end_ns[shm->slices - 1];
        operations += thread->operations;
        first_ns = thread->start_ns < first_ns ? thread->start_ns : first_ns;
        last_ns = end_ns > last_ns ? end_ns : last_ns;
    }
    if (operations == 0 || last_ns <= first_ns)
        return;
    const double elapsed_ns = (double)(last_ns - first_ns);
    job->metric[HB_METRIC_OPERATIONS] = (double)operations;
    job->metric[HB_METRIC_ELAPSED] = elapsed_ns;
    job->metric[HB_METRIC_TIMER] = (double)shm->timer_ns;
    if (shm->is_paced) {
        (void)snprintf(job->null_reason[HB_GROUP_TIME], sizeof job->null_reason[HB_GROUP_TIME],
                       "the workload is paced: it sleeps, so its speed is not the allocator's");
        return;
    }
    job->metric[HB_METRIC_THROUGHPUT] = (double)operations * 1e9 / elapsed_ns;
    job->metric[HB_METRIC_NS_PER_OP] = elapsed_ns * shm->threads / (double)operations;
}

int hb_sampler_times(const struct hb_shm *shm, struct hb_job *job)
{
    if (shm->threads == 0 || shm->threads > HB_THREADS_MAX || shm->slices < HB_SLICES_MIN ||
        shm->slices > HB_SLICES_MAX)
        return 0;
    take_own_counters(shm, job);
    if (take_slices(shm, job) != 0)
        return -1;
    take_throughput(shm, job);
    job->slice_operations = shm->thread[0].operations / shm->slices;
    return 0;
}
