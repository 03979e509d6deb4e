/* Walks a session's plan: see session.h. */
#include "run/session.h"

#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "host/cgroup.h"
#include "host/identity.h"
#include "host/probe.h"
#include "result/file.h"
#include "run/cpus.h"
#include "run/interrupt.h"
#include "run/repeats.h"
#include "run/request.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_job(const struct hb_job *job, const struct hb_plan_job *planned)
{
    return job->kind == planned->kind && job->block == planned->block &&
           job->allocator == planned->allocator && job->point == planned->point;
}

/* How often the job was tried, and whether its last try settled it. */
static uint32_t attempts_so_far(const struct hb_session *session, const struct hb_plan_job *planned,
                                bool *settled)
{
    uint32_t attempts = 0;
    *settled = false;
    for (size_t i = 0; i < session->job_count; i++) {
        if (same_job(&session->jobs[i], planned)) {
            attempts++;
            *settled = session->jobs[i].status != HB_STATUS_INVALID;
        }
    }
    return attempts;
}

/* The reference's twin is the reference: nobody checked it under its other name. */
static bool is_same_allocator(const struct hb_session *session, uint32_t left, uint32_t right)
{
    const enum hb_role roles[] = {session->allocators[left].role, session->allocators[right].role};
    return left == right || (roles[0] == HB_ROLE_TWIN && roles[1] == HB_ROLE_REFERENCE) ||
           (roles[0] == HB_ROLE_REFERENCE && roles[1] == HB_ROLE_TWIN);
}

/* These will not be different the next time, or would cost the watchdog's patience each time. What
 * hangs at one point of a sweep may not at another; what callgrind did not bear may do without. */
static bool gave_up(const struct hb_session *session, const struct hb_plan_job *planned)
{
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        const bool is_refused =
            job->status == HB_STATUS_MISSING || job->status == HB_STATUS_REFUSED;
        const bool is_hung = job->status == HB_STATUS_HUNG && job->point == planned->point;
        if (is_same_allocator(session, job->allocator, planned->allocator) &&
            (job->kind != HB_JOB_INSTRUCTIONS || planned->kind == HB_JOB_INSTRUCTIONS) &&
            (is_refused || is_hung))
            return true;
    }
    return false;
}

/* What does not change from job to job. */
struct walk {
    struct hb_repeats repeats;
    const struct hb_session_run *run;
    struct hb_session *session;
    struct hb_plan plan;
    struct hb_request_maker maker;
    char count_refused[HB_PROBE_REASON]; /* why system calls cannot be counted here, or "" */
};

static void record_missing(const struct hb_allocator_entry *entry, struct hb_job *job)
{
    job->status = HB_STATUS_MISSING;
    HB_COPY(job->reason, entry->missing_reason);
}

/* Not 0: nobody has counted. */
static void record_uncounted(const struct walk *walk, struct hb_job *job)
{
    (void)snprintf(job->null_reason[HB_GROUP_SYSCALLS], sizeof job->null_reason[HB_GROUP_SYSCALLS],
                   "%.120s", walk->count_refused);
}

static int store(const struct walk *walk, struct hb_job *job, struct hb_err *err)
{
    const struct hb_session_run *run = walk->run;
    struct hb_session *session = walk->session;
    if (hb_session_append(session, job) != 0) {
        hb_job_free(job);
        return hb_err_memory(err, NULL);
    }
    const struct hb_job *kept = &session->jobs[session->job_count - 1];
    if (run->journal && hb_journal_append(run->journal, session, kept, err) != 0) {
        hb_job_free(&session->jobs[--session->job_count]); /* not kept: nobody shall count on it */
        return -1;
    }
    if (run->csv && hb_csv_row(run->csv, session, kept, err) != 0)
        return -1;
    if (run->observer.finished)
        run->observer.finished(run->observer.self, session, kept);
    return 0;
}

/* What a disturbed or refused job counts as: see hb_session_run. */
static void settle_disturbed(struct walk *walk, uint32_t attempt, struct hb_job *job)
{
    if (job->machine_refused)
        job->status = HB_STATUS_INVALID;
    if (job->status == HB_STATUS_INVALID && job->is_whole)
        job->status = hb_repeats_settle(&walk->repeats, attempt);
}

/* A counting job checks every block first, and where nobody may count that is all of it. */
static void request_of(struct walk *walk, const struct hb_plan_job *planned,
                       struct hb_request *request)
{
    const bool is_untimed = planned->kind == HB_JOB_COUNTED;
    hb_request_make(&walk->maker, planned->allocator, planned->point, planned->seed,
                    planned->kind != HB_JOB_TIMED, request);
    if (planned->kind == HB_JOB_INSTRUCTIONS)
        hb_request_tally(&walk->maker, hb_tally_of(walk->session->count_source), request);
    request->check = is_untimed;
    request->count_syscalls = is_untimed && !walk->count_refused[0];
}

/* After the worker's end: what it says of its library, and what nobody counted. */
static int settle_library(const struct walk *walk, const struct hb_plan_job *planned,
                          struct hb_allocator_entry *entry, const struct hb_loaded *loaded,
                          struct hb_job *job, struct hb_err *err)
{
    struct hb_err problem = {0};
    if (job->status != HB_STATUS_OK)
        return 0;
    if (planned->kind == HB_JOB_COUNTED && walk->count_refused[0])
        record_uncounted(walk, job);
    const int status = hb_request_note_library(entry, loaded, walk->run->journal, &problem);
    if (status < 0)
        *err = problem;
    if (status > 0) {
        job->status = HB_STATUS_FAILED;
        (void)snprintf(job->reason, sizeof job->reason, "%.400s", problem.message);
    }
    return status < 0 ? -1 : 0;
}

static int run_attempt(struct walk *walk, const struct hb_plan_job *planned, uint32_t attempt,
                       struct hb_err *err)
{
    struct hb_session *session = walk->session;
    struct hb_allocator_entry *entry = &session->allocators[planned->allocator];
    struct hb_loaded loaded = {0};
    struct hb_request request;
    struct hb_job job;
    hb_job_init(&job);
    job.index = (uint32_t)session->job_count;
    job.block = planned->block;
    job.allocator = planned->allocator;
    job.point = planned->point;
    job.kind = planned->kind;
    job.seed = planned->seed;
    job.attempt = attempt;
    hb_clock_wall_text(job.started_at);
    if (entry->missing_reason[0]) {
        record_missing(entry, &job);
        return store(walk, &job, err);
    }
    const char *refusal = hb_request_refusal(session, entry);
    if (refusal) {
        job.status = HB_STATUS_REFUSED;
        HB_COPY(job.reason, refusal);
        return store(walk, &job, err);
    }
    if (hb_request_maker_refresh(&walk->maker, session, walk->run->journal, err) != 0)
        return -1;
    request_of(walk, planned, &request);
    if (walk->run->launcher.run(walk->run->launcher.self, &request, &job, &loaded, err) != 0) {
        hb_job_free(&job); /* interrupted half-way: not a sample */
        return -1;
    }
    session->workers_s += job.wall_s;
    settle_disturbed(walk, attempt, &job);
    HB_LOG("run", 2, "job %u %s block %u: %s %s", job.index, entry->label, job.block,
           hb_job_status_names[job.status], job.reason);
    if (settle_library(walk, planned, entry, &loaded, &job, err) != 0) {
        hb_job_free(&job);
        return -1;
    }
    return store(walk, &job, err);
}

int hb_session_refused(const char *reason, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_SYSTEM,
                      "this machine refuses what a worker needs, whatever it measures: %.300s",
                      reason);
}

/* The last attempt failed for what no other allocator would meet otherwise. */
static int check_machine(const struct walk *walk, struct hb_err *err)
{
    const struct hb_job *last = &walk->session->jobs[walk->session->job_count - 1];
    if (!last->machine_refused)
        return 0;
    return hb_session_refused(last->reason, err);
}

static int run_planned(struct walk *walk, size_t number, struct hb_err *err)
{
    const struct hb_plan_job *planned = &walk->plan.jobs[number];
    const struct hb_session_run *run = walk->run;
    bool settled;
    uint32_t attempt = attempts_so_far(walk->session, planned, &settled);
    if (settled || gave_up(walk->session, planned))
        return 0;
    if (run->observer.started)
        run->observer.started(run->observer.self, walk->session, planned, number,
                              walk->plan.job_count);
    for (; !settled && attempt < HB_ATTEMPTS_MAX; attempt++) {
        if (hb_interrupt_check(err) != 0 || run_attempt(walk, planned, attempt, err) != 0)
            return -1;
        (void)attempts_so_far(walk->session, planned, &settled);
    }
    return settled ? 0 : check_machine(walk, err);
}

/* Whether job `number` ends its block, and the observer wants no more of them: the plan ends there.
 */
static void ask_enough(struct walk *walk, size_t number)
{
    const struct hb_observer *observer = &walk->run->observer;
    const struct hb_plan_job *job = &walk->plan.jobs[number];
    const bool is_last = number + 1 == walk->plan.job_count || job[1].block != job->block;
    if (!observer->is_enough || job->kind != HB_JOB_TIMED || !is_last ||
        !observer->is_enough(observer->self, walk->session, job->block))
        return;
    walk->plan.job_count = number + 1;
    walk->session->blocks = job->block + 1;
    walk->session->jobs_planned = (uint32_t)walk->plan.job_count;
}

static int walk_open(struct walk *walk, const struct hb_session_run *run,
                     struct hb_session *session, struct hb_err *err)
{
    *walk = (struct walk){.run = run, .session = session};
    if (hb_request_maker_open(&walk->maker, run->places, session, err) != 0)
        return -1;
    (void)hb_probe_seccomp(walk->count_refused);
    if (hb_plan_build(session, &walk->plan, err) != 0)
        return -1;
    size_t repeated = 0;
    for (size_t i = 0; i < session->job_count; i++)
        repeated += session->jobs[i].status == HB_STATUS_INVALID;
    hb_repeats_open(&walk->repeats, walk->plan.job_count, repeated, run->share_machine);
    return 0;
}

int hb_session_measure(const struct hb_session_run *run, struct hb_session *session,
                       struct hb_err *err)
{
    const uint64_t started_ns = hb_clock_monotonic_ns(), throttled_ns = hb_cgroup_throttled_ns("");
    struct walk walk;
    session->workers_s = 0;
    for (size_t i = 0; i < session->job_count; i++) /* of a resumed session */
        session->workers_s += session->jobs[i].wall_s;
    const double workers_before_s = session->workers_s;
    int status = walk_open(&walk, run, session, err);
    session->jobs_planned = (uint32_t)walk.plan.job_count;
    if (status == 0)
        hb_cpus_keep_off(&walk.maker.cpus);
    bool is_up = false;
    for (size_t i = 0; status == 0 && !is_up && i < walk.plan.job_count; i++) {
        status = run_planned(&walk, i, err);
        if (status == 0)
            ask_enough(&walk, i);
        is_up = i + 1 < walk.plan.job_count && run->observer.is_time_up &&
                run->observer.is_time_up(run->observer.self);
    }
    hb_plan_free(&walk.plan);
    hb_request_maker_free(&walk.maker);
    session->partial = status != 0 || is_up;
    session->harness_s += (double)(hb_clock_monotonic_ns() - started_ns) / 1e9 -
                          (session->workers_s - workers_before_s);
    hb_host_end(&session->host, throttled_ns);
    hb_clock_wall_text(session->ended_at);
    return status;
}

double hb_session_seconds_left(const struct hb_session *session, size_t done, size_t total)
{
    double seconds = 0;
    size_t count = 0;
    for (size_t i = 0; i < session->job_count; i++) {
        if (session->jobs[i].status == HB_STATUS_OK) {
            seconds += session->jobs[i].wall_s;
            count++;
        }
    }
    return count ? seconds / (double)count * (double)(total - done) : (double)NAN;
}
