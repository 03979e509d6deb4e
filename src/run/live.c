/* Live workers of a soak: see live.h. What an epoch knows of memory and of the kernel is read while
 * the worker stands still; what it knows of time comes from the shared mapping. */
#include "run/live.h"

#include "base/clock.h"
#include "base/copy.h"
#include "host/proc.h"
#include "run/conduct.h"
#include "run/interrupt.h"
#include "run/page.h"
#include "run/sampler.h"
#include "stats/hist.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define GOODBYE_S 10.0     /* exit handlers of a plugin may take a while */
#define TICK_NS   50000000 /* how exactly memory is seen after a drain */

const double hb_drain_look_s[HB_DRAIN_LOOKS] = {0.1, 1, 5};
static const enum hb_epoch_metric_id drain_metric[HB_DRAIN_LOOKS] = {
    HB_EPOCH_DRAINED_100MS, HB_EPOCH_DRAINED_1S, HB_EPOCH_DRAINED_5S};

/* Running totals between two turns. */
struct totals {
    struct hb_reading kernel;
    bool kernel_known;
    struct hb_epoch_calls calls;
};

struct hb_live {
    struct hb_live *next; /* on the stage */
    struct hb_request request;
    struct hb_worker_process process;
    struct hb_conduct conduct;
    struct hb_job job; /* samples of the phases; the reason of its end */
    uint32_t threads;  /* as asked for; what the page says of it was looked at once */
    struct totals before;
    double heap_before_bytes; /* NaN at first */

    /* Of the turn at hand. */
    const struct hb_turn *turn;
    struct hb_epoch *epoch;
    int looks;   /* at the memory after a drain: how many were had */
    bool leaves; /* ends by itself once the looks are had */
};

struct stage {
    struct hb_live *lives;
};

static struct stage the_stage;

/* ---- what happens meanwhile ---- */

/* A sleeping worker may end, and its allocator's own threads work on: each stop of one that is
 * traced is its own, whoever's turn it is. A thread is in its process's group, and so are children;
 * of a worker that has just ended the kernel has no group to tell. */
static struct hb_conduct *on_owner(void *self, pid_t pid)
{
    const pid_t group = getpgid(pid);
    (void)self;
    for (struct hb_live *live = the_stage.lives; live; live = live->next) {
        if (live->process.pid == pid || live->process.pid == group)
            return &live->conduct;
    }
    return NULL;
}

/* True when every look at the memory after a drain was had. */
static bool look_drained(struct hb_live *live)
{
    const uint64_t drained_ns =
        atomic_load_explicit(&live->process.shm->drained_ns, memory_order_acquire);
    if (drained_ns == 0)
        return false;
    const double since_s = (double)(hb_clock_monotonic_ns() - drained_ns) / 1e9;
    while (live->looks < HB_DRAIN_LOOKS && since_s >= hb_drain_look_s[live->looks]) {
        struct hb_proc_smaps smaps;
        struct hb_err ignored = {0};
        if (hb_proc_read_smaps(live->process.pid, &smaps, &ignored) == 0)
            live->epoch->metric[drain_metric[live->looks]] = (double)smaps.rss_bytes;
        live->looks++;
    }
    return live->looks >= live->turn->drain_looks;
}

static bool on_tick(void *self)
{
    struct hb_live *live = self;
    if (!live->turn || live->conduct.reaped)
        return false;
    return look_drained(live) && live->leaves && !live->conduct.reaped;
}

/* ---- reading a standing worker ---- */

/* Of epochs and of the drain. While it sleeps a worker is in the phase before, and what its
 * allocator's threads call then is in none. */
static void add_calls(struct hb_epoch_calls *sum, const struct hb_syscall_counts *counts)
{
    for (int phase = HB_COUNT_MEASURED; phase < HB_COUNT_PHASES; phase++)
        for (int i = 0; i < HB_SYSCALL_COUNT; i++) {
            sum->count[i] += counts->count[phase][i];
            sum->bytes[i] += counts->bytes[phase][i];
        }
}

static void read_totals(struct hb_live *live, struct totals *totals)
{
    *totals = (struct totals){0};
    totals->kernel_known = hb_sampler_totals(&live->conduct.sampler, &totals->kernel, &live->job);
    add_calls(&totals->calls, &live->conduct.counts);
}

static void subtract(struct hb_epoch_calls *to, const struct hb_epoch_calls *now,
                     const struct hb_epoch_calls *before)
{
    for (int i = 0; i < HB_SYSCALL_COUNT; i++) {
        to->count[i] = now->count[i] - before->count[i];
        to->bytes[i] = now->bytes[i] - before->bytes[i];
    }
}

static void fill_kernel(struct hb_live *live, const struct totals *now, struct hb_epoch *epoch)
{
    const struct hb_reading *after = &now->kernel, *before = &live->before.kernel;
    if (!now->kernel_known || !live->before.kernel_known)
        return;
    const struct hb_usage usage = hb_sampler_usage(live->process.shm);
    epoch->metric[HB_EPOCH_FAULTS_MINOR] =
        hb_sampler_grown(before->faults_minor, after->faults_minor);
    epoch->metric[HB_EPOCH_FAULTS_MAJOR] =
        hb_sampler_grown(before->faults_major, after->faults_major);
    epoch->metric[HB_EPOCH_SWITCHES_VOLUNTARY] = usage.voluntary;
    epoch->metric[HB_EPOCH_SWITCHES_INVOLUNTARY] = usage.involuntary;
    epoch->metric[HB_EPOCH_STEAL] = hb_sampler_grown(before->steal_ns, after->steal_ns);
}

static void fill_own(const struct hb_shm *shm, struct hb_epoch *epoch)
{
    const struct hb_shm_counters now = shm->counters_epoch, before = shm->counters_turn;
    epoch->own_calls_known = shm->counters_known;
    if (!epoch->own_calls_known)
        return;
#define HB_OWN(name) epoch->own_calls.count[HB_SYSCALL_##name] = now.name - before.name;
    HB_SYSCALLS(HB_OWN)
#undef HB_OWN
}

static void fill_calls(struct hb_live *live, const struct totals *now, struct hb_epoch *epoch)
{
    double calls = 0, bytes = 0;
    fill_own(live->process.shm, epoch);
    epoch->calls_known = live->request.count_syscalls;
    if (!epoch->calls_known)
        return;
    subtract(&epoch->calls, &now->calls, &live->before.calls);
    for (int i = 0; i < HB_SYSCALL_COUNT; i++) {
        calls += (double)epoch->calls.count[i];
        bytes += (double)epoch->calls.bytes[i];
    }
    epoch->metric[HB_EPOCH_SYSCALLS] = calls;
    epoch->metric[HB_EPOCH_SYSCALL_BYTES] = bytes;
}

static void fill_memory(struct hb_live *live, struct hb_epoch *epoch)
{
    struct hb_proc_smaps smaps;
    struct hb_err ignored = {0};
    if (hb_proc_read_smaps(live->process.pid, &smaps, &ignored) != 0)
        return;
    epoch->metric[HB_EPOCH_RSS] = (double)smaps.rss_bytes;
    epoch->metric[HB_EPOCH_PSS] = (double)smaps.pss_bytes;
    epoch->metric[HB_EPOCH_HEAP] = (double)smaps.anonymous_bytes;
    epoch->metric[HB_EPOCH_HEAP_GROWTH] = (double)smaps.anonymous_bytes - live->heap_before_bytes;
    epoch->metric[HB_EPOCH_ANON_HUGE] = (double)smaps.anon_huge_bytes;
    live->heap_before_bytes = (double)smaps.anonymous_bytes;
}

/* An epoch that was paused is no sample. One that had a neighbour, or met the quota, stays in with
 * its reason: an hour is not done over, and the control met the same machine. With more threads
 * than CPUs whoever traces them runs beside them, and is no neighbour. */
static void note_share(const struct hb_live *live, const struct totals *before,
                       const struct hb_share_of *of, struct hb_epoch *epoch)
{
    const struct totals *now = &live->before;
    struct hb_share share;
    if (epoch->status != HB_STATUS_OK || !now->kernel_known || !before->kernel_known ||
        live->process.shm->epoch_is_paced ||
        (live->request.count_syscalls && of->threads > of->cpu_count))
        return;
    hb_share_between(of, &before->kernel, &now->kernel, &share);
    const enum hb_share_cause cause = hb_share_find_cause(&share);
    if (cause == HB_SHARE_PAUSED)
        epoch->status = HB_STATUS_INVALID;
    hb_share_text(&share, cause, epoch->reason, sizeof epoch->reason);
}

/* Everything the kernel knows of the turn that has just ended. */
static void fill_outside(struct hb_live *live, struct hb_epoch *epoch)
{
    struct totals now;
    read_totals(live, &now);
    fill_kernel(live, &now, epoch);
    fill_calls(live, &now, epoch);
    fill_memory(live, epoch);
    live->before = now;
}

/* ---- what the worker wrote ---- */

/* The sum of a bucket over the threads that were asked for. */
static uint64_t bucket_sum(const struct hb_live *live, uint32_t bucket)
{
    uint64_t sum = 0;
    for (uint32_t t = 0; t < live->threads; t++)
        sum += live->process.shm->latency[t].count[bucket];
    return sum;
}

/* Counted and copied in one go: the page may change meanwhile. */
static int take_latency(const struct hb_live *live, struct hb_epoch *epoch, struct hb_err *err)
{
    struct hb_loglinear_count *counts = calloc(HB_LOGLINEAR_BUCKETS, sizeof *counts);
    if (!counts)
        return hb_err_memory(err, NULL);
    for (uint32_t bucket = 0; bucket < HB_LOGLINEAR_BUCKETS; bucket++) {
        const uint64_t sum = bucket_sum(live, bucket);
        if (sum)
            counts[epoch->latency_count++] = (struct hb_loglinear_count){bucket, sum};
    }
    epoch->latency =
        epoch->latency_count ? realloc(counts, epoch->latency_count * sizeof *counts) : NULL;
    if (!epoch->latency_count)
        free(counts);
    else if (!epoch->latency) /* a shrink that failed leaves what was there */
        epoch->latency = counts;
    return 0;
}

static int fill_latency(const struct hb_live *live, struct hb_epoch *epoch, struct hb_err *err)
{
    static const struct {
        enum hb_epoch_metric_id metric;
        double quantile;
    } rows[] = {
        {HB_EPOCH_LATENCY_P50, 0.5},      {HB_EPOCH_LATENCY_P90, 0.9},
        {HB_EPOCH_LATENCY_P99, 0.99},     {HB_EPOCH_LATENCY_P999, 0.999},
        {HB_EPOCH_LATENCY_P9999, 0.9999},
    };
    uint64_t max_ns = 0;
    if (take_latency(live, epoch, err) != 0)
        return -1;
    if (epoch->latency_count == 0)
        return 0;
    for (uint32_t t = 0; t < live->threads; t++) {
        const uint64_t thread_ns = live->process.shm->latency[t].max_ns;
        max_ns = thread_ns > max_ns ? thread_ns : max_ns;
    }
    epoch->metric[HB_EPOCH_LATENCY_SAMPLES] =
        (double)hb_stats_hist_total(epoch->latency, epoch->latency_count);
    epoch->metric[HB_EPOCH_LATENCY_MAX] = (double)max_ns;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        epoch->metric[rows[i].metric] =
            hb_stats_hist_quantile(epoch->latency, epoch->latency_count, rows[i].quantile);
    return 0;
}

/* *problem: what makes the page unbelievable, or NULL. *of: the threads' part of it. */
static int fill_inside(const struct hb_live *live, uint64_t since_ns, struct hb_epoch *epoch,
                       struct hb_share_of *of, const char **problem, struct hb_err *err)
{
    const struct hb_shm *shm = live->process.shm;
    uint64_t operations = 0, first_ns = UINT64_MAX, last_ns = 0, held = 0;
    for (uint32_t t = 0; t < live->threads; t++) {
        struct hb_shm_thread thread;
        *problem = hb_page_epoch(shm, t, since_ns, &thread);
        if (*problem)
            return 0;
        operations += thread.operations;
        held += thread.live_bytes;
        of->spans[t].start_ns = thread.start_ns;
        of->spans[t].end_ns = thread.slice_end_ns[0];
        of->cpu_ns += (double)thread.cpu_ns;
        first_ns = thread.start_ns < first_ns ? thread.start_ns : first_ns;
        last_ns = thread.slice_end_ns[0] > last_ns ? thread.slice_end_ns[0] : last_ns;
    }
    const double elapsed_ns = last_ns > first_ns ? (double)(last_ns - first_ns) : (double)NAN;
    hb_page_text(epoch->phase, sizeof epoch->phase, shm->epoch_phase, sizeof shm->epoch_phase);
    epoch->metric[HB_EPOCH_OPERATIONS] = (double)operations;
    epoch->metric[HB_EPOCH_ELAPSED] = elapsed_ns;
    if (shm->live_known)
        epoch->metric[HB_EPOCH_LIVE] = (double)held;
    if (shm->epoch_is_paced)
        return 0;
    epoch->metric[HB_EPOCH_THROUGHPUT] = (double)operations * 1e9 / elapsed_ns;
    return fill_latency(live, epoch, err);
}

/* ---- turns ---- */

static void clear_latency(const struct hb_live *live)
{
    for (uint32_t t = 0; t < live->threads; t++)
        memset(&live->process.shm->latency[t], 0, sizeof live->process.shm->latency[t]);
}

/* The process is gone: what is known of that becomes the epoch's status. */
static void epoch_of_end(struct hb_live *live, struct hb_epoch *epoch)
{
    struct hb_loaded ignored;
    hb_conduct_conclude(&live->conduct, &ignored);
    if (live->job.status == HB_STATUS_OK) {
        live->job.status = HB_STATUS_EXITED;
        (void)snprintf(live->job.reason, sizeof live->job.reason, "exited by itself");
    }
    epoch->status = live->job.status;
    HB_COPY(epoch->reason, live->job.reason);
}

static void epoch_of_disturbance(struct hb_live *live, struct hb_epoch *epoch)
{
    const char *disturbance = hb_conduct_disturbance(&live->conduct);
    epoch->status = disturbance ? HB_STATUS_INVALID : HB_STATUS_OK;
    HB_COPY(epoch->reason, disturbance ? disturbance : "");
}

static enum hb_conduct_stop watch(struct hb_live *live)
{
    hb_interrupt_guard(live->process.pid);
    const enum hb_conduct_stop stop = hb_conduct_watch(&live->conduct);
    hb_interrupt_guard(0);
    return stop;
}

static int interrupted(struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted");
}

static void begin_turn(struct hb_live *live, const struct hb_turn *turn, struct hb_epoch *epoch,
                       enum hb_shm_order order)
{
    struct hb_shm *shm = live->process.shm;
    live->turn = turn;
    live->epoch = epoch;
    live->looks = 0;
    live->leaves = order == HB_ORDER_DRAIN;
    shm->epoch = turn->number;
    shm->epoch_operations = turn->operations;
    atomic_store(&shm->drained_ns, 0);
    atomic_store(&shm->order, order);
    clear_latency(live);
    /* While it slept the others ran on its CPUs, and its allocator's threads may have worked. */
    read_totals(live, &live->before);
    hb_conduct_calm(&live->conduct);
    hb_conduct_patience(&live->conduct, turn->patience_s);
    if (live->conduct.parked)
        hb_conduct_resume(&live->conduct);
}

static void end_turn(struct hb_live *live)
{
    live->turn = NULL;
    live->epoch = NULL;
}

static int real_turn(void *self, struct hb_live *live, const struct hb_turn *turn,
                     struct hb_epoch *epoch, struct hb_err *err)
{
    const uint64_t since_ns = hb_clock_monotonic_ns();
    struct hb_share_of of = hb_share_asked(&live->request, live->threads);
    const char *problem = NULL;
    (void)self;
    begin_turn(live, turn, epoch, HB_ORDER_EPOCH);
    const struct totals before = live->before;
    const enum hb_conduct_stop stop = watch(live);
    end_turn(live);
    if (stop == HB_CONDUCT_INTERRUPTED)
        return interrupted(err);
    if (stop == HB_CONDUCT_ENDED) {
        epoch_of_end(live, epoch);
        return 0;
    }
    epoch_of_disturbance(live, epoch);
    fill_outside(live, epoch);
    if (fill_inside(live, since_ns, epoch, &of, &problem, err) != 0)
        return -1;
    if (!problem) {
        of.usage = hb_sampler_usage(live->process.shm);
        note_share(live, &before, &of, epoch);
        return 0;
    }
    epoch->status = HB_STATUS_FAILED;
    (void)snprintf(epoch->reason, sizeof epoch->reason,
                   "what it wrote into the page it shares with hakbench cannot be: %s", problem);
    return 0;
}

static int real_drain(void *self, struct hb_live *live, const struct hb_turn *turn,
                      struct hb_epoch *epoch, struct hb_err *err)
{
    (void)self;
    HB_COPY(epoch->phase, HB_PHASE_DRAIN);
    begin_turn(live, turn, epoch, HB_ORDER_DRAIN);
    const enum hb_conduct_stop stop = watch(live);
    if (stop == HB_CONDUCT_TICKED) {
        epoch_of_disturbance(live, epoch);
        fill_outside(live, epoch);
        epoch->own_calls_known = false; /* the allocator was not asked again */
    } else if (stop == HB_CONDUCT_ENDED) {
        epoch_of_end(live, epoch);
    }
    end_turn(live);
    return stop == HB_CONDUCT_INTERRUPTED ? interrupted(err) : 0;
}

/* ---- start and end ---- */

static void unlist(struct hb_live *live)
{
    for (struct hb_live **at = &the_stage.lives; *at; at = &(*at)->next) {
        if (*at == live) {
            *at = live->next;
            return;
        }
    }
}

/* Told to leave, it runs its exit handlers; if it does not, it is killed. */
static void say_goodbye(struct hb_live *live)
{
    if (live->conduct.reaped)
        return;
    atomic_store(&live->process.shm->order, HB_ORDER_EXIT);
    hb_conduct_patience(&live->conduct, GOODBYE_S);
    if (live->conduct.parked)
        hb_conduct_resume(&live->conduct);
    if (hb_interrupt_signal() || watch(live) != HB_CONDUCT_ENDED)
        hb_conduct_end(&live->conduct, "asked to leave");
}

static void real_end(void *self, struct hb_live *live)
{
    (void)self;
    if (!live)
        return;
    live->turn = NULL;
    say_goodbye(live);
    unlist(live);
    hb_worker_kill_group(&live->process);
    hb_worker_close(&live->process);
    hb_job_free(&live->job);
    free(live);
}

/* The worker stands before its first epoch, or has ended before it came so far. */
static void after_start(struct hb_live *live, enum hb_conduct_stop stop, struct hb_job *job,
                        struct hb_loaded *loaded)
{
    struct hb_loaded found = {0};
    const bool parked = stop == HB_CONDUCT_PARKED && live->threads >= 1 &&
                        live->process.shm->threads == live->threads;
    if (!parked && !live->conduct.reaped)
        hb_conduct_end(&live->conduct, "runs another number of threads than it was asked for");
    hb_conduct_conclude(&live->conduct, &found);
    *loaded = found;
    job->status = parked ? HB_STATUS_OK : live->job.status;
    job->machine_refused = !parked && live->job.machine_refused;
    HB_COPY(job->reason, parked ? "" : live->job.reason);
    job->wall_s = (double)(hb_clock_monotonic_ns() - live->process.started_ns) / 1e9;
    job->metric[HB_METRIC_RSS_BASE] = live->job.metric[HB_METRIC_RSS_BASE];
    job->metric[HB_METRIC_RSS_START] = live->job.metric[HB_METRIC_RSS_START];
    job->metric[HB_METRIC_TIMER] = (double)live->process.shm->timer_ns;
    if (parked)
        read_totals(live, &live->before);
}

static int real_start(void *self, const struct hb_request *request, struct hb_live **live,
                      struct hb_job *job, struct hb_loaded *loaded, struct hb_err *err)
{
    struct hb_live *made = calloc(1, sizeof *made);
    *live = NULL;
    if (!made)
        return hb_err_memory(err, NULL);
    made->request = *request;
    made->request.is_soak = true;
    made->threads = (uint32_t)hb_page_parameter(request, "threads");
    if (made->threads > HB_THREADS_MAX)
        made->threads = 0;
    made->heap_before_bytes = (double)NAN;
    hb_job_init(&made->job);
    if (hb_worker_start(&made->request, &made->process, err) != 0) {
        free(made);
        return -1;
    }
    hb_conduct_begin(&made->conduct, &made->request, &made->process, &made->job);
    made->conduct.tick = on_tick;
    made->conduct.owner = on_owner;
    made->conduct.self = made;
    made->conduct.tick_ns = TICK_NS;
    made->next = the_stage.lives;
    the_stage.lives = made;
    const enum hb_conduct_stop stop = watch(made);
    if (stop != HB_CONDUCT_INTERRUPTED)
        after_start(made, stop, job, loaded);
    if (stop == HB_CONDUCT_PARKED && job->status == HB_STATUS_OK)
        *live = made;
    else
        real_end(self, made);
    return stop == HB_CONDUCT_INTERRUPTED ? interrupted(err) : 0;
}

struct hb_stage hb_stage_real(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    return (struct hb_stage){.start = real_start,
                             .turn = real_turn,
                             .drain = real_drain,
                             .end = real_end,
                             .self = &the_stage};
}

void hb_stage_close(struct hb_stage *stage)
{
    while (the_stage.lives)
        stage->end(stage->self, the_stage.lives);
    hb_worker_reap_children();
}
