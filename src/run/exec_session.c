/* Walks an exec's plan: see exec_session.h. */
#include "run/exec_session.h"

#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "host/cgroup.h"
#include "host/identity.h"
#include "result/file.h"
#include "run/exec_run.h"
#include "run/interrupt.h"
#include "run/repeats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What does not change from run to run. */
struct walk {
    const struct hb_exec_measuring *measuring;
    struct hb_session *session;
    struct hb_exec_plan plan;
    struct hb_repeats repeats;
    struct hb_exec_place place;
    struct prepared {
        bool is_done;
        char why[HB_REASON_MAX]; /* it failed, or "" */
    } * prepared;                /* [programs]; owned */
    struct shell {
        struct hb_program_cost cost;
        bool is_known;
    } * shells; /* [programs * allocators]; owned */
};

/* How often it was tried. A try that did not have its CPU is none, unless there is no other. */
static uint32_t tries_so_far(const struct hb_session *session,
                             const struct hb_exec_planned *planned, bool *is_done)
{
    uint32_t tries = 0;
    *is_done = false;
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *run = &session->runs[i];
        if (run->kind != planned->kind || run->block != planned->block ||
            run->program != planned->program || run->allocator != planned->allocator)
            continue;
        tries++;
        *is_done = run->status != HB_STATUS_INVALID;
    }
    return tries;
}

/* It would not be different the next time, or would cost the time-out's patience each time. A
 * counting pass that was refused, or too slow under its tracer, says nothing of a timed run. */
static bool gave_up(const struct hb_session *session, const struct hb_exec_planned *planned)
{
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *run = &session->runs[i];
        if (run->program == planned->program && run->allocator == planned->allocator &&
            run->kind == HB_EXEC_KIND_TIMED && planned->kind == HB_EXEC_KIND_TIMED &&
            (run->status == HB_STATUS_REFUSED || run->status == HB_STATUS_HUNG))
            return true;
    }
    return false;
}

static int store(const struct walk *walk, struct hb_exec_run *run, struct hb_err *err)
{
    const struct hb_exec_measuring *measuring = walk->measuring;
    struct hb_session *session = walk->session;
    if (hb_session_append_run(session, run) != 0) {
        hb_exec_run_free(run);
        return hb_err_memory(err, NULL);
    }
    const struct hb_exec_run *kept = &session->runs[session->run_count - 1];
    if (measuring->journal && hb_journal_append_run(measuring->journal, session, kept, err) != 0) {
        hb_exec_run_free(&session->runs[--session->run_count]); /* nobody shall count on it */
        return -1;
    }
    if (measuring->csv && hb_csv_run_row(measuring->csv, session, kept, err) != 0)
        return -1;
    if (measuring->observer.finished)
        measuring->observer.finished(measuring->observer.self, session, kept);
    return 0;
}

/* What a program needs once: its inputs, and what its shell costs under this allocator. */
static int make_ready(struct walk *walk, const struct hb_exec_planned *planned,
                      struct hb_program_cost *cost, struct hb_err *err)
{
    struct hb_session *session = walk->session;
    struct prepared *prepared = &walk->prepared[planned->program];
    struct shell *shell =
        &walk->shells[planned->program * session->allocator_count + planned->allocator];
    *cost = (struct hb_program_cost){0};
    if (planned->kind == HB_EXEC_KIND_LOADING)
        return 0;
    if (!prepared->is_done &&
        hb_exec_prepare(&walk->place, session, planned->program, prepared->why, err) < 0)
        return -1;
    prepared->is_done = true;
    if (planned->kind != HB_EXEC_KIND_TIMED || prepared->why[0])
        return 0;
    if (!shell->is_known && hb_exec_shell_cost(&walk->place, session, planned->program,
                                               planned->allocator, &shell->cost, err) != 0)
        return -1;
    shell->is_known = true;
    *cost = shell->cost;
    return 0;
}

/* Without its inputs a program is not run: each allocator has one row that says why. */
static int run_once(struct walk *walk, const struct hb_program_cost *cost, struct hb_exec_run *run,
                    struct hb_err *err)
{
    const char *why = walk->prepared[run->program].why;
    if (run->kind == HB_EXEC_KIND_LOADING || !why[0])
        return hb_exec_run_once(&walk->place, walk->session, cost, run, err);
    run->status = HB_STATUS_REFUSED;
    HB_COPY(run->reason, why);
    hb_clock_wall_text(run->started_at);
    return 0;
}

static int run_try(struct walk *walk, const struct hb_exec_planned *planned, uint32_t attempt,
                   struct hb_err *err)
{
    struct hb_session *session = walk->session;
    struct hb_program_cost cost;
    struct hb_exec_run run;
    hb_exec_run_init(&run);
    run.attempt = attempt;
    run.index = (uint32_t)session->run_count;
    run.block = planned->block;
    run.program = planned->program;
    run.allocator = planned->allocator;
    run.kind = planned->kind;
    if (hb_interrupt_check(err) != 0 || make_ready(walk, planned, &cost, err) != 0)
        return -1;
    const uint64_t started_ns = hb_clock_monotonic_ns();
    if (run_once(walk, &cost, &run, err) != 0) {
        hb_exec_run_free(&run); /* interrupted half-way: not a sample */
        return -1;
    }
    session->workers_s += (double)(hb_clock_monotonic_ns() - started_ns) / 1e9;
    if (run.status == HB_STATUS_INVALID && strstr(run.reason, HB_REASON_SHARE))
        run.status = hb_repeats_settle(&walk->repeats, attempt);
    HB_LOG("run", 2, "run %u %s %s block %u: %s %s", run.index, session->programs[run.program].name,
           session->allocators[run.allocator].label, run.block, hb_job_status_names[run.status],
           run.reason);
    return store(walk, &run, err);
}

static int run_planned(struct walk *walk, size_t number, struct hb_err *err)
{
    const struct hb_exec_planned *planned = &walk->plan.runs[number];
    const struct hb_exec_observer *observer = &walk->measuring->observer;
    struct hb_session *session = walk->session;
    bool is_done;
    uint32_t tries = tries_so_far(session, planned, &is_done);
    if (is_done || gave_up(session, planned))
        return 0;
    if (observer->started)
        observer->started(observer->self, session, planned, number, walk->plan.count);
    for (; !is_done && tries < HB_ATTEMPTS_MAX; tries++) {
        if (run_try(walk, planned, tries, err) != 0)
            return -1;
        is_done = session->runs[session->run_count - 1].status != HB_STATUS_INVALID;
    }
    return 0;
}

/* Only what is timed is repeated. */
static size_t timed_runs(const struct hb_exec_plan *plan)
{
    size_t timed = 0;
    for (size_t i = 0; i < plan->count; i++)
        timed += plan->runs[i].kind == HB_EXEC_KIND_TIMED;
    return timed;
}

static int walk_open(struct walk *walk, const struct hb_exec_measuring *measuring,
                     struct hb_session *session, struct hb_err *err)
{
    *walk = (struct walk){.measuring = measuring, .session = session};
    if (hb_exec_plan_build(session, &walk->plan, err) != 0 ||
        hb_exec_place_open(measuring->places, &walk->place, err) != 0)
        return -1;
    walk->place.looks_once = measuring->looks_once;
    size_t repeated = 0;
    for (size_t i = 0; i < session->run_count; i++)
        repeated += session->runs[i].status == HB_STATUS_INVALID;
    hb_repeats_open(&walk->repeats, timed_runs(&walk->plan), repeated, measuring->share_machine);
    walk->prepared = calloc(session->program_count + 1, sizeof *walk->prepared);
    walk->shells =
        calloc(session->program_count * session->allocator_count + 1, sizeof *walk->shells);
    return walk->prepared && walk->shells ? 0 : hb_err_memory(err, NULL);
}

static void walk_close(struct walk *walk)
{
    hb_exec_plan_free(&walk->plan);
    hb_exec_place_close(&walk->place);
    free(walk->prepared);
    free(walk->shells);
}

int hb_exec_measure(const struct hb_exec_measuring *measuring, struct hb_session *session,
                    struct hb_err *err)
{
    const uint64_t started_ns = hb_clock_monotonic_ns(), throttled_ns = hb_cgroup_throttled_ns("");
    const double before_s = session->workers_s;
    struct walk walk;
    int status = walk_open(&walk, measuring, session, err);
    session->jobs_planned = (uint32_t)walk.plan.count;
    bool is_up = false;
    for (size_t i = 0; status == 0 && !is_up && i < walk.plan.count; i++) {
        status = run_planned(&walk, i, err);
        is_up = i + 1 < walk.plan.count && measuring->observer.is_time_up &&
                measuring->observer.is_time_up(measuring->observer.self);
    }
    walk_close(&walk);
    session->partial = status != 0 || is_up;
    session->harness_s +=
        (double)(hb_clock_monotonic_ns() - started_ns) / 1e9 - (session->workers_s - before_s);
    hb_host_end(&session->host, throttled_ns);
    hb_clock_wall_text(session->ended_at);
    return status;
}

double hb_exec_seconds_left(const struct hb_session *session, size_t done, size_t total)
{
    return session->run_count
               ? session->workers_s / (double)session->run_count * (double)(total - done)
               : (double)NAN;
}
