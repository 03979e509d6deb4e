/* The rotation of a soak: see soak.h. */
#include "run/soak.h"

#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "host/cgroup.h"
#include "host/identity.h"
#include "host/probe.h"
#include "plan/plan.h"
#include "run/cpus.h"
#include "run/interrupt.h"
#include "run/request.h"
#include "run/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALIBRATION_OPERATIONS 100000u
#define CALIBRATION_MOST       1e15 /* operations; who takes no longer for more is believed then */
#define CALIBRATION_SHARE      0.1  /* of an epoch: long enough to say how long an epoch will be */
#define CALIBRATION_MAX_S      0.5
#define SNAPSHOT_SHARE         8u   /* one after so many epochs, of those that are there */
#define PATIENCE_EPOCHS        20.0 /* an epoch that takes so many times as long hangs */
#define DRAIN_OVER_S           0.3  /* beyond the last look at memory after a drain */
#define DRAIN_SHARE            0.25 /* of a soak is the most that its drains may take */

/* One allocator's part in the rotation. */
struct seat {
    struct hb_live *live;
    struct hb_job job;  /* how the last start went */
    uint32_t processes; /* started so far, in earlier runs of this session too */
    uint32_t rounds;    /* rounds it has had its turn in, all up to this number */
    bool is_out;        /* missing, refused or died: no further turn */
    bool is_traced;
    bool after_gap;
    bool has_run; /* the process at hand had an epoch: else a drain would show nothing */
};

struct soak {
    const struct hb_soak_run *run;
    struct hb_session *session;
    struct hb_request_maker maker;
    struct seat *seats;     /* [allocator_count] */
    size_t *order;          /* [allocator_count] */
    uint32_t epochs;        /* so far, in earlier runs of this session too */
    uint32_t next_snapshot; /* after so many */
    uint64_t began_ns;      /* boot time at which the soak's own clock stood at 0 */
    int looks;              /* at memory after each drain: the same for all */
    double longest_s;       /* the longest undisturbed epoch: does another one fit? */
    bool counts_possible;   /* the kernel lets system calls be counted */
};

static double elapsed_s(const struct soak *soak)
{
    return (double)(hb_clock_boottime_ns() - soak->began_ns) / 1e9;
}

static void note(const struct soak *soak, uint32_t allocator, const char *what)
{
    const struct hb_soak_observer *observer = &soak->run->observer;
    if (observer->preparing)
        observer->preparing(observer->self, soak->session, allocator, what);
}

/* ---- epochs to disk ---- */

/* With a journal the epochs are there, and not in this process: it must not grow with the hours. */
static int keep(struct soak *soak, struct hb_epoch *epoch, struct hb_err *err)
{
    const struct hb_soak_run *run = soak->run;
    if (run->journal)
        return hb_journal_append_epoch(run->journal, soak->session, epoch, err);
    struct hb_epoch copy = *epoch; /* without its times: who keeps no file counts calls */
    copy.latency = NULL;
    copy.latency_count = 0;
    return hb_session_append_epoch(soak->session, &copy) == 0 ? 0 : hb_err_memory(err, NULL);
}

static int report_epoch(struct soak *soak, const struct hb_epoch *epoch, struct hb_err *err)
{
    const struct hb_soak_run *run = soak->run;
    HB_LOG("run", 2, "epoch %u %s round %u: %s %s", epoch->index,
           soak->session->allocators[epoch->allocator].label, epoch->round,
           hb_job_status_names[epoch->status], epoch->reason);
    if (run->csv && hb_csv_epoch_row(run->csv, soak->session, epoch, err) != 0)
        return -1;
    if (run->observer.finished)
        run->observer.finished(run->observer.self, soak->session, epoch);
    soak->epochs++;
    if (run->observer.snapshot && soak->epochs >= soak->next_snapshot) {
        soak->next_snapshot = soak->epochs + HB_SNAPSHOT_EPOCHS + soak->epochs / SNAPSHOT_SHARE;
        return run->observer.snapshot(run->observer.self, soak->session, err);
    }
    return 0;
}

/* On disk, reported, and done with. */
static int store(struct soak *soak, struct hb_epoch *epoch, struct hb_err *err)
{
    const int status = keep(soak, epoch, err) != 0 || report_epoch(soak, epoch, err) != 0 ? -1 : 0;
    hb_epoch_free(epoch);
    return status;
}

static void new_epoch(const struct soak *soak, uint32_t allocator, uint32_t round,
                      struct hb_epoch *epoch)
{
    const struct seat *seat = &soak->seats[allocator];
    hb_epoch_init(epoch);
    epoch->index = soak->epochs;
    epoch->round = round;
    epoch->allocator = allocator;
    epoch->process = seat->processes ? seat->processes - 1 : 0;
    epoch->started_s = elapsed_s(soak);
}

/* An epoch that says why there is none. */
static int store_absence(struct soak *soak, uint32_t allocator, uint32_t round,
                         enum hb_job_status status, const char *reason, struct hb_err *err)
{
    struct hb_epoch epoch;
    new_epoch(soak, allocator, round, &epoch);
    epoch.status = status;
    HB_COPY(epoch.reason, reason);
    soak->seats[allocator].is_out = true;
    return store(soak, &epoch, err);
}

/* ---- processes ---- */

static const struct hb_job *counting_pass(const struct hb_session *session, uint32_t allocator)
{
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->allocator == allocator && job->kind == HB_JOB_COUNTED &&
            job->status == HB_STATUS_OK)
            return job;
    }
    return NULL;
}

/* What the pass before the soak has refused, a liar among others, has no turn. */
static const struct hb_job *refused_pass(const struct hb_session *session, uint32_t allocator)
{
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->allocator == allocator && job->status == HB_STATUS_REFUSED)
            return job;
    }
    return NULL;
}

static bool should_trace(const struct soak *soak, uint32_t allocator)
{
    const struct hb_job *pass = counting_pass(soak->session, allocator);
    if (!soak->counts_possible || soak->run->counting == HB_COUNTING_NEVER)
        return false;
    return soak->run->counting == HB_COUNTING_ALWAYS ||
           (pass && pass->metric[HB_METRIC_SYSCALLS_PER_OP] <= HB_COUNTING_CALLS_PER_OP_MAX);
}

static void end(struct soak *soak, uint32_t allocator)
{
    struct seat *seat = &soak->seats[allocator];
    soak->run->stage.end(soak->run->stage.self, seat->live);
    seat->live = NULL;
}

/* 0 also when the process did not come so far: then the seat is out and an epoch says why. */
static int start(struct soak *soak, uint32_t allocator, uint32_t round, uint64_t seed,
                 struct hb_err *err)
{
    struct hb_session *session = soak->session;
    struct hb_allocator_entry *entry = &session->allocators[allocator];
    struct seat *seat = &soak->seats[allocator];
    struct hb_loaded loaded = {0};
    struct hb_request request;
    if (entry->missing_reason[0])
        return store_absence(soak, allocator, round, HB_STATUS_MISSING, entry->missing_reason, err);
    const char *refusal = hb_request_refusal(session, entry);
    const struct hb_job *refused = refused_pass(session, allocator);
    if (refusal || refused)
        return store_absence(soak, allocator, round, HB_STATUS_REFUSED,
                             refusal ? refusal : refused->reason, err);
    note(soak, allocator, "starting");
    if (hb_request_maker_refresh(&soak->maker, session, soak->run->journal, err) != 0)
        return -1;
    hb_request_make(&soak->maker, allocator, 0, seed, seat->is_traced, &request);
    hb_job_init(&seat->job);
    if (soak->run->stage.start(soak->run->stage.self, &request, &seat->live, &seat->job, &loaded,
                               err) != 0)
        return -1;
    if (!seat->live && seat->job.machine_refused)
        return hb_session_refused(seat->job.reason, err);
    seat->processes++;
    seat->has_run = false;
    if (!seat->live)
        return store_absence(soak, allocator, round, seat->job.status, seat->job.reason, err);
    if (!isnan(seat->job.metric[HB_METRIC_TIMER]))
        session->soak.timer_ns = seat->job.metric[HB_METRIC_TIMER];
    struct hb_err problem = {0};
    const int noted = hb_request_note_library(entry, &loaded, soak->run->journal, &problem);
    if (noted < 0)
        *err = problem;
    if (noted <= 0)
        return noted;
    end(soak, allocator);
    return store_absence(soak, allocator, round, HB_STATUS_FAILED, problem.message, err);
}

/* The profile's, but no epoch hangs that is long because epochs are, or waits to be looked at. */
static double patience_s(const struct soak *soak)
{
    const double epochs_s = PATIENCE_EPOCHS * soak->session->soak.epoch_s;
    const double watchdog_s = hb_session_profile(soak->session)->watchdog_s;
    const double looks_s = soak->looks > 0 ? hb_drain_look_s[soak->looks - 1] : 0;
    return (epochs_s > watchdog_s ? epochs_s : watchdog_s) + looks_s;
}

/* ---- the time that is left ---- */

static size_t alive(const struct soak *soak)
{
    size_t count = 0;
    for (size_t i = 0; i < soak->session->allocator_count; i++)
        count += soak->seats[i].live != NULL;
    return count;
}

static double drain_s(const struct soak *soak, int looks)
{
    return (hb_drain_look_s[looks - 1] + DRAIN_OVER_S) * (double)alive(soak);
}

/* The drains belong to the time that was asked for: a short soak looks less long. */
static int drain_looks(const struct soak *soak)
{
    int looks = HB_DRAIN_LOOKS;
    while (looks > 1 && drain_s(soak, looks) > DRAIN_SHARE * soak->session->soak.duration_s)
        looks--;
    return looks;
}

/* ---- calibration ---- */

/* Nanoseconds of one operation, from turns that grow until one is long enough; NaN when the
 * process died over it, 0 when the workload sleeps. */
static int time_operations(struct soak *soak, uint32_t allocator, double *ns, struct hb_err *err)
{
    struct seat *seat = &soak->seats[allocator];
    const double share_s = CALIBRATION_SHARE * soak->session->soak.epoch_s;
    const double wanted_ns = 1e9 * (share_s < CALIBRATION_MAX_S ? share_s : CALIBRATION_MAX_S);
    struct hb_turn turn = {.number = HB_TURN_UNCOUNTED,
                           .operations = CALIBRATION_OPERATIONS,
                           .patience_s = patience_s(soak)};
    for (;;) {
        struct hb_epoch epoch;
        new_epoch(soak, allocator, 0, &epoch);
        if (soak->run->stage.turn(soak->run->stage.self, seat->live, &turn, &epoch, err) != 0) {
            hb_epoch_free(&epoch);
            return -1;
        }
        if (epoch.status != HB_STATUS_OK && epoch.status != HB_STATUS_INVALID) {
            seat->is_out = true;
            *ns = (double)NAN;
            return store(soak, &epoch, err);
        }
        const double elapsed_ns = epoch.metric[HB_EPOCH_ELAPSED];
        const bool is_paced = isnan(epoch.metric[HB_EPOCH_THROUGHPUT]);
        *ns = is_paced ? 0 : elapsed_ns / epoch.metric[HB_EPOCH_OPERATIONS];
        hb_epoch_free(&epoch);
        if (is_paced || elapsed_ns >= wanted_ns || (double)turn.operations >= CALIBRATION_MOST)
            return 0;
        const double factor = elapsed_ns > 0 ? 1.5 * wanted_ns / elapsed_ns : 100;
        turn.operations = (uint64_t)((double)turn.operations * (factor < 100 ? factor : 100)) + 1;
    }
}

/* So many that an epoch takes as long as asked for in the mean of all allocators; in thousands, so
 * that threads have equal shares. A workload that sleeps has its own number. */
static uint64_t epoch_operations(const struct soak *soak, double sum_ns, size_t count)
{
    const struct hb_session *session = soak->session;
    if (count == 0 || sum_ns == 0)
        return session->parameters[HB_PARAMETER_OPERATIONS].value;
    const double operations = session->soak.epoch_s * 1e9 / (sum_ns / (double)count);
    return operations < 1000 ? 1000 : (uint64_t)(operations / 1000) * 1000;
}

/* What counting passes, starts and drains leave is shared among the epochs. */
static void fit_epoch(struct soak *soak)
{
    struct hb_soak *settings = &soak->session->soak;
    const double turns =
        (double)alive(soak) * (settings->warmup_epochs + HB_SOAK_EPOCHS_WANTED + CALIBRATION_SHARE);
    const double left_s = settings->duration_s - elapsed_s(soak) - drain_s(soak, drain_looks(soak));
    double epoch_s = left_s / turns;
    if (!soak->run->epoch_follows || settings->fresh || !(epoch_s < settings->epoch_s))
        return;
    if (epoch_s < HB_SOAK_EPOCH_SHORTEST_S)
        epoch_s = HB_SOAK_EPOCH_SHORTEST_S;
    settings->epoch_s = soak->longest_s = epoch_s;
}

static int calibrate(struct soak *soak, struct hb_err *err)
{
    struct hb_session *session = soak->session;
    double sum_ns = 0;
    size_t count = 0;
    fit_epoch(soak);
    for (uint32_t i = 0; i < session->allocator_count; i++) {
        double ns;
        if (!soak->seats[i].live)
            continue;
        note(soak, i, "calibrating");
        if (time_operations(soak, i, &ns, err) != 0)
            return -1;
        if (soak->seats[i].is_out)
            end(soak, i);
        else if (!isnan(ns)) {
            sum_ns += ns;
            count++;
        }
    }
    session->soak.epoch_operations = epoch_operations(soak, sum_ns, count);
    return soak->run->journal ? hb_journal_update_soak(soak->run->journal, &session->soak, err) : 0;
}

/* ---- turns ---- */

static void mark_gap(const struct soak *soak, struct seat *seat, struct hb_epoch *epoch)
{
    if (!seat->after_gap || epoch->status != HB_STATUS_OK)
        return;
    HB_COPY(epoch->reason, soak->run->gap);
    seat->after_gap = false;
}

static int take_turn(struct soak *soak, uint32_t allocator, uint32_t round, bool is_drain,
                     struct hb_err *err)
{
    struct hb_session *session = soak->session;
    struct seat *seat = &soak->seats[allocator];
    const struct hb_stage *stage = &soak->run->stage;
    const struct hb_turn turn = {.number = round,
                                 .operations = session->soak.epoch_operations,
                                 .patience_s = patience_s(soak),
                                 .drain_looks = soak->looks};
    struct hb_epoch epoch;
    new_epoch(soak, allocator, round, &epoch);
    if ((is_drain ? stage->drain : stage->turn)(stage->self, seat->live, &turn, &epoch, err) != 0) {
        hb_epoch_free(&epoch); /* cut off half-way: not a sample */
        return -1;
    }
    const double took_s = elapsed_s(soak) - epoch.started_s;
    seat->rounds = round + 1;
    seat->has_run |= !is_drain;
    if (!is_drain && epoch.status == HB_STATUS_OK && took_s > soak->longest_s)
        soak->longest_s = took_s;
    seat->is_out |= epoch.status != HB_STATUS_OK && epoch.status != HB_STATUS_INVALID;
    mark_gap(soak, seat, &epoch);
    if (store(soak, &epoch, err) != 0)
        return -1;
    if (seat->is_out)
        end(soak, allocator);
    return 0;
}

static bool anyone_left(const struct soak *soak)
{
    for (size_t i = 0; i < soak->session->allocator_count; i++) {
        if (!soak->seats[i].is_out)
            return true;
    }
    return false;
}

/* The first epoch may outlast the time, and as many as a drift needs where they follow it: on a
 * busy machine the passes before have taken it all, and a soak without them says nothing. */
static bool another_fits(const struct soak *soak, uint32_t round)
{
    const uint32_t enough =
        soak->run->epoch_follows ? soak->session->soak.warmup_epochs + HB_SOAK_EPOCHS_NEEDED : 1;
    return round < enough || elapsed_s(soak) + soak->longest_s + drain_s(soak, drain_looks(soak)) <=
                                 soak->session->soak.duration_s;
}

static int take_fresh_turn(struct soak *soak, uint32_t allocator, uint32_t round, uint64_t seed,
                           struct hb_err *err)
{
    struct seat *seat = &soak->seats[allocator];
    if (start(soak, allocator, round, seed, err) != 0)
        return -1;
    if (seat->live && take_turn(soak, allocator, round, false, err) != 0)
        return -1;
    end(soak, allocator);
    return 0;
}

/* A turn of each. Over when no further one fits; of fresh processes the rounds are counted instead.
 */
static int rotate(struct soak *soak, uint32_t round, bool *over, struct hb_err *err)
{
    const struct hb_session *session = soak->session;
    const bool fresh = session->soak.fresh;
    uint64_t seed;
    hb_plan_round(session, round, soak->order, &seed);
    for (size_t i = 0; i < session->allocator_count; i++) {
        const uint32_t allocator = (uint32_t)soak->order[i];
        if (soak->seats[allocator].is_out || soak->seats[allocator].rounds > round)
            continue;
        if (hb_interrupt_check(err) != 0)
            return -1;
        *over = !fresh && !another_fits(soak, round);
        if (*over)
            return 0;
        if ((fresh ? take_fresh_turn(soak, allocator, round, seed, err)
                   : take_turn(soak, allocator, round, false, err)) != 0)
            return -1;
    }
    return 0;
}

static int rotate_live(struct soak *soak, uint32_t round, struct hb_err *err)
{
    const struct hb_session *session = soak->session;
    bool over = false;
    for (; !over && anyone_left(soak); round++) {
        if (rotate(soak, round, &over, err) != 0)
            return -1;
    }
    soak->looks = drain_looks(soak);
    for (uint32_t i = 0; i < session->allocator_count; i++) {
        if (!soak->seats[i].live || !soak->seats[i].has_run)
            continue;
        note(soak, i, "draining");
        if (take_turn(soak, i, round ? round - 1 : 0, true, err) != 0)
            return -1;
        if (!soak->seats[i].is_out)
            end(soak, i);
    }
    return 0;
}

static int rotate_fresh(struct soak *soak, uint32_t round, struct hb_err *err)
{
    bool over = false;
    for (; round < soak->session->soak.rounds && anyone_left(soak); round++) {
        if (rotate(soak, round, &over, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- the whole ---- */

/* Seats as an earlier run left them: who died stays out, others have had processes. */
static void take_seats_up(struct soak *soak)
{
    const struct hb_session *session = soak->session;
    for (size_t i = 0; i < session->epoch_count; i++) {
        const struct hb_epoch *epoch = &session->epochs[i];
        struct seat *seat = &soak->seats[epoch->allocator];
        seat->is_out |= epoch->status != HB_STATUS_OK && epoch->status != HB_STATUS_INVALID;
        if (epoch->process + 1 > seat->processes)
            seat->processes = epoch->process + 1;
        if (epoch->round + 1 > seat->rounds)
            seat->rounds = epoch->round + 1;
        seat->after_gap = soak->run->gap && !session->soak.fresh;
    }
    for (uint32_t i = 0; i < session->allocator_count; i++)
        soak->seats[i].is_traced = should_trace(soak, i);
    for (size_t i = 0; i < session->epoch_count; i++) { /* counted as before, or not, to its end */
        const struct hb_epoch *epoch = &session->epochs[i];
        if (epoch->status == HB_STATUS_OK)
            soak->seats[epoch->allocator].is_traced = epoch->calls_known && soak->counts_possible;
    }
}

static int start_all(struct soak *soak, uint32_t round, struct hb_err *err)
{
    uint64_t seed;
    hb_plan_round(soak->session, 0, soak->order, &seed);
    for (uint32_t i = 0; i < soak->session->allocator_count; i++) {
        if (soak->seats[i].is_out)
            continue;
        if (hb_interrupt_check(err) != 0 || start(soak, i, round, seed, err) != 0)
            return -1;
    }
    return 0;
}

static void end_all(struct soak *soak)
{
    for (uint32_t i = 0; i < soak->session->allocator_count; i++)
        end(soak, i);
}

/* Where the soak's own clock and its rounds go on. */
static uint32_t go_on(struct soak *soak)
{
    const struct hb_session *session = soak->session;
    double until_s = soak->run->spent_s;
    uint32_t round = 0;
    for (size_t i = 0; i < session->epoch_count; i++) {
        const struct hb_epoch *epoch = &session->epochs[i];
        const double end_s = hb_epoch_end_s(epoch);
        until_s = end_s > until_s ? end_s : until_s;
        round = epoch->round > round ? epoch->round : round;
    }
    soak->began_ns = hb_clock_boottime_ns() - (uint64_t)(until_s * 1e9);
    soak->epochs = session->epoch_count ? session->epochs[session->epoch_count - 1].index + 1 : 0;
    return round;
}

static int soak_open(struct soak *soak, const struct hb_soak_run *run, struct hb_session *session,
                     struct hb_err *err)
{
    char refused[HB_PROBE_REASON];
    const size_t count = session->allocator_count ? session->allocator_count : 1;
    *soak = (struct soak){.run = run,
                          .session = session,
                          .longest_s = session->soak.epoch_s,
                          .next_snapshot = HB_SNAPSHOT_EPOCHS};
    soak->counts_possible = hb_probe_seccomp(refused);
    soak->seats = calloc(count, sizeof *soak->seats);
    soak->order = calloc(count, sizeof *soak->order);
    if (!soak->seats || !soak->order)
        return hb_err_memory(err, NULL);
    return hb_request_maker_open(&soak->maker, run->places, session, err);
}

static int run_all(struct soak *soak, struct hb_err *err)
{
    struct hb_session *session = soak->session;
    const uint32_t round = go_on(soak);
    take_seats_up(soak);
    if (soak->run->journal)
        hb_session_drop_epochs(session);
    hb_cpus_keep_off(&soak->maker.cpus);
    const bool is_new = session->soak.epoch_operations == 0;
    if ((is_new || !session->soak.fresh) && start_all(soak, round, err) != 0)
        return -1;
    if (is_new && calibrate(soak, err) != 0)
        return -1;
    if (!session->soak.fresh)
        return rotate_live(soak, round, err);
    if (is_new) { /* those were for calibration alone */
        end_all(soak);
        for (size_t i = 0; i < session->allocator_count; i++)
            soak->seats[i].processes = 0;
    }
    return rotate_fresh(soak, round, err);
}

int hb_soak_measure(const struct hb_soak_run *run, struct hb_session *session, struct hb_err *err)
{
    const uint64_t started_ns = hb_clock_monotonic_ns(), throttled_ns = hb_cgroup_throttled_ns("");
    struct soak soak;
    int status = soak_open(&soak, run, session, err);
    if (status == 0)
        status = run_all(&soak, err);
    if (soak.seats)
        end_all(&soak);
    free(soak.seats);
    free(soak.order);
    hb_request_maker_free(&soak.maker);
    session->partial = status != 0;
    session->workers_s += (double)(hb_clock_monotonic_ns() - started_ns) / 1e9;
    hb_host_end(&session->host, throttled_ns);
    hb_clock_wall_text(session->ended_at);
    return status;
}
