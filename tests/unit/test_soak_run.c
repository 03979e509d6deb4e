/* The rotation of a soak, with a stage on which nobody is alive. */
#include "run/soak.h"

#include "plan/plan.h"
#include "result/file.h"
#include "result/session_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmocka.h"
#include "unit/made_profile.h"
#include "unit/temp_folder.h"

#define TURNS_MAX 4096

struct hb_live {
    uint32_t allocator;
};

/* What the stage was asked for, and how it answers. */
struct fake {
    enum hb_job_status start[3]; /* of each allocator; ok: it comes up */
    unsigned dies_at[3];         /* counted turn, from 1; 0: never */
    unsigned disturbed_at[3];
    unsigned stop_after; /* turns; 0: never */
    bool stop_in_drain;
    bool dies_early[3]; /* over its calibration */
    bool is_paced;      /* sleeps, and so has no throughput */
    bool is_deaf;       /* takes a microsecond, however much it is asked for */
    long turn_us;       /* what a counted turn really takes */
    double ns_per_op[3];
    unsigned starts, ends, turns[3], turn_count, drains, calibrations;
    unsigned beside; /* drains that began while one that was drained still lived */
    uint32_t order[TURNS_MAX];
    uint64_t numbers[TURNS_MAX], operations[TURNS_MAX];
    uint64_t seeds[64];
    int looks;
    double patience_s, drain_patience_s;
};

static uint32_t allocator_of(const struct hb_request *request)
{
    return (uint32_t)(strstr(request->allocator_path, "/a")[2] - '0');
}

static int fake_start(void *self, const struct hb_request *request, struct hb_live **live,
                      struct hb_job *job, struct hb_loaded *loaded, struct hb_err *err)
{
    struct fake *fake = self;
    const uint32_t allocator = allocator_of(request);
    (void)loaded;
    (void)err;
    *live = NULL;
    fake->seeds[fake->starts++ % 64] = request->seed;
    job->status = fake->start[allocator];
    if (job->status != HB_STATUS_OK) {
        (void)snprintf(job->reason, sizeof job->reason, "pretended");
        return 0;
    }
    *live = calloc(1, sizeof **live);
    (*live)->allocator = allocator;
    return 0;
}

static int fake_turn(void *self, struct hb_live *live, const struct hb_turn *turn,
                     struct hb_epoch *epoch, struct hb_err *err)
{
    struct fake *fake = self;
    const uint32_t a = live->allocator;
    fake->patience_s = turn->patience_s;
    if (turn->number != HB_TURN_UNCOUNTED) {
        if (fake->stop_after && fake->turn_count == fake->stop_after)
            return hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted");
        fake->order[fake->turn_count % TURNS_MAX] = a;
        fake->numbers[fake->turn_count % TURNS_MAX] = turn->number;
        fake->operations[fake->turn_count++ % TURNS_MAX] = turn->operations;
        fake->turns[a]++;
        (void)nanosleep(&(struct timespec){.tv_nsec = fake->turn_us * 1000}, NULL);
        if (fake->dies_at[a] && fake->turns[a] == fake->dies_at[a])
            epoch->status = HB_STATUS_CRASHED;
        if (fake->disturbed_at[a] && fake->turns[a] == fake->disturbed_at[a])
            epoch->status = HB_STATUS_INVALID;
    } else if (fake->calibrations++, fake->dies_early[a]) {
        epoch->status = HB_STATUS_KILLED;
        return 0;
    }
    (void)snprintf(epoch->phase, sizeof epoch->phase, "steady");
    epoch->metric[HB_EPOCH_OPERATIONS] = (double)turn->operations;
    epoch->metric[HB_EPOCH_ELAPSED] = (double)turn->operations * fake->ns_per_op[a];
    epoch->metric[HB_EPOCH_THROUGHPUT] = 1e9 / fake->ns_per_op[a];
    if (fake->is_paced)
        epoch->metric[HB_EPOCH_THROUGHPUT] = (double)NAN;
    if (fake->is_deaf)
        epoch->metric[HB_EPOCH_ELAPSED] = 1000;
    return 0;
}

static int fake_drain(void *self, struct hb_live *live, const struct hb_turn *turn,
                      struct hb_epoch *epoch, struct hb_err *err)
{
    struct fake *fake = self;
    (void)live;
    if (fake->stop_in_drain)
        return hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted");
    fake->beside += fake->ends != fake->drains++;
    fake->looks = turn->drain_looks;
    fake->drain_patience_s = turn->patience_s;
    (void)snprintf(epoch->phase, sizeof epoch->phase, "drain");
    return 0;
}

static void fake_end(void *self, struct hb_live *live)
{
    struct fake *fake = self;
    fake->ends += live != NULL;
    free(live);
}

/* ---- a session ---- */

static struct hb_places places = {.worker = "/nowhere/worker",
                                  .allocators = "/nowhere/a",
                                  .workloads = "/nowhere/w",
                                  .profiles = "/nowhere/p"};

static void make_session(struct hb_session *session, double duration_s)
{
    *session = (struct hb_session){.seed = 11, .allocator_count = 3};
    session->kind = HB_KIND_SOAK;
    session->profile = made_profile();
    session->parameters = calloc(1, sizeof *session->parameters);
    session->parameter_count = 1;
    session->parameters[0].value = 5000;
    session->allocators = calloc(3, sizeof *session->allocators);
    (void)snprintf(session->host.cpus_used, sizeof session->host.cpus_used, "0");
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(session->allocators[i].label, HB_NAME_MAX, "a%zu", i);
        (void)snprintf(session->allocators[i].plugin_path, HB_PATH_MAX, "/nowhere/a%zu.so", i);
        (void)snprintf(session->allocators[i].via, 16, "dlopen");
    }
    session->soak.duration_s = duration_s;
    session->soak.epoch_s = 0.001;
}

static struct fake well(void)
{
    return (struct fake){.ns_per_op = {10, 20, 30}};
}

static struct hb_soak_run run_of(struct fake *fake)
{
    return (struct hb_soak_run){.places = &places,
                                .stage = {fake_start, fake_turn, fake_drain, fake_end, fake},
                                .counting = HB_COUNTING_NEVER};
}

static int rotate(struct hb_session *session, struct fake *fake, const char *gap)
{
    struct hb_soak_run run = run_of(fake);
    struct hb_err err = {0};
    run.gap = gap;
    return hb_soak_measure(&run, session, &err);
}

/* Time for some hundred turns of half a millisecond, besides the 0.4 s of each drain. */
static void make_live(struct hb_session *session, struct fake *fake)
{
    make_session(session, 1.4);
    *fake = well();
    fake->turn_us = 500;
}

static bool is_drain(const struct hb_epoch *epoch)
{
    return strcmp(epoch->phase, "drain") == 0;
}

/* As many rounds as a soak of fresh processes has; its time does not end it. */
static void make_fresh(struct hb_session *session, uint32_t rounds)
{
    make_session(session, 1);
    session->soak.fresh = true;
    session->soak.rounds = rounds;
}

static unsigned epochs_of(const struct hb_session *session, uint32_t allocator)
{
    unsigned count = 0;
    for (size_t i = 0; i < session->epoch_count; i++)
        count += session->epochs[i].allocator == allocator;
    return count;
}

/* ---- the promises ---- */

static void every_round_has_one_turn_of_each_in_the_plans_order(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    make_fresh(&session, 5);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(session.epoch_count, 15);
    for (uint32_t round = 0; round < 5; round++) {
        size_t order[3];
        uint64_t seed;
        hb_plan_round(&session, round, order, &seed);
        for (size_t i = 0; i < 3; i++) {
            const struct hb_epoch *epoch = &session.epochs[3 * round + i];
            assert_int_equal(epoch->index, 3 * round + i);
            assert_int_equal(epoch->round, round);
            assert_int_equal(epoch->allocator, order[i]);
            assert_int_equal(epoch->process, round);
            assert_int_equal(fake.numbers[3 * round + i], round);
        }
    }
    hb_session_free(&session);
}

static void an_epoch_is_as_long_as_asked_in_the_mean_and_the_same_work_for_all(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    make_fresh(&session, 2);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(session.soak.epoch_operations,
                     50000); /* 1 ms / 20 ns, the mean of 10, 20, 30 */
    for (unsigned i = 0; i < fake.turn_count; i++)
        assert_int_equal(fake.operations[i], 50000);
    hb_session_free(&session);
}

static void live_processes_are_started_once_drained_and_ended(void **state)
{
    struct hb_session session;
    struct fake fake;
    (void)state;
    make_live(&session, &fake);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(fake.starts, 3);
    assert_int_equal(fake.ends, 3);
    assert_int_equal(fake.drains, 3);
    assert_int_equal(fake.beside, 0);
    assert_int_equal(fake.looks, 1); /* three drains of 5.3 s or 1.3 s are above a quarter of it */
    assert_true(fake.turn_count >= 3);
    assert_string_equal(session.epochs[session.epoch_count - 1].phase, "drain");
    hb_session_free(&session);
}

static void the_profiles_watchdog_waits_for_an_epoch_and_longer_for_a_long_one(void **state)
{
    struct hb_session session;
    struct fake fake;
    (void)state;
    make_live(&session, &fake);
    session.profile->watchdog_s = 7;
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_true(fabs(fake.patience_s - 7) < 1e-9);
    assert_true(fabs(fake.drain_patience_s - 7.1) < 1e-9); /* its one look comes after 0.1 s */
    hb_session_free(&session);
    make_fresh(&session, 1);
    session.profile->watchdog_s = 7;
    session.soak.epoch_s = 0.5;
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_true(fabs(fake.patience_s - 10) < 1e-9); /* 20 epochs */
    hb_session_free(&session);
}

static void one_that_does_not_start_has_an_epoch_that_says_so(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    fake.start[1] = HB_STATUS_REFUSED;
    make_fresh(&session, 3);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(epochs_of(&session, 1), 1);
    for (size_t i = 0; i < session.epoch_count; i++) {
        const struct hb_epoch *epoch = &session.epochs[i];
        assert_int_equal(epoch->status, epoch->allocator == 1 ? HB_STATUS_REFUSED : HB_STATUS_OK);
        assert_string_equal(epoch->reason, epoch->allocator == 1 ? "pretended" : "");
    }
    assert_int_equal(epochs_of(&session, 0), 3);
    hb_session_free(&session);
}

static void one_that_is_missing_is_not_started(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    make_fresh(&session, 2);
    (void)snprintf(session.allocators[2].missing_reason, HB_REASON_MAX, "no library");
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(epochs_of(&session, 2), 1);
    assert_int_equal(fake.turns[2], 0);
    hb_session_free(&session);
}

static void one_that_dies_has_no_further_turn_and_the_others_go_on(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    fake.dies_at[0] = 2;
    make_fresh(&session, 6);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(epochs_of(&session, 0), 2);
    assert_int_equal(epochs_of(&session, 1), 6);
    assert_int_equal(fake.starts, fake.ends);
    hb_session_free(&session);
}

static void a_disturbed_epoch_is_kept_and_followed(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    fake.disturbed_at[2] = 1;
    make_fresh(&session, 3);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(epochs_of(&session, 2), 3);
    hb_session_free(&session);
}

static void an_interrupted_epoch_is_no_epoch(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    fake.stop_after = 4;
    make_fresh(&session, 6);
    assert_int_equal(rotate(&session, &fake, NULL), -1);
    assert_int_equal(session.epoch_count, 4);
    assert_true(session.partial);
    assert_int_equal(fake.starts, fake.ends);
    hb_session_free(&session);
}

static void a_resumed_soak_has_no_turn_twice(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    fake.stop_after = 7; /* in the middle of a round */
    make_fresh(&session, 6);
    assert_int_equal(rotate(&session, &fake, NULL), -1);
    fake.stop_after = 0;
    assert_int_equal(rotate(&session, &fake, "a gap"), 0);
    assert_int_equal(session.epoch_count, 18);
    for (size_t i = 0; i < 18; i++) {
        assert_int_equal(session.epochs[i].index, i);
        assert_string_equal(session.epochs[i].reason, ""); /* fresh processes know no gap */
        for (size_t j = 0; j < i; j++)
            assert_false(session.epochs[i].round == session.epochs[j].round &&
                         session.epochs[i].allocator == session.epochs[j].allocator);
    }
    hb_session_free(&session);
}

static void the_first_epoch_of_a_restarted_process_names_the_gap(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    make_session(&session, 3600);
    fake.stop_after = 4;
    assert_int_equal(rotate(&session, &fake, NULL), -1);
    const size_t before = session.epoch_count;
    fake.stop_after = 40;
    assert_int_equal(rotate(&session, &fake, "after a gap"), -1);
    unsigned named = 0;
    for (size_t i = before; i < session.epoch_count; i++) {
        assert_int_equal(session.epochs[i].process, 1);
        named += strcmp(session.epochs[i].reason, "after a gap") == 0;
    }
    assert_int_equal(named, 3);
    assert_int_equal(session.soak.epoch_operations, fake.operations[10]);
    const size_t second = session.epoch_count;
    fake.stop_after = 80;
    assert_int_equal(rotate(&session, &fake, "after a gap"), -1);
    for (size_t i = second; i < session.epoch_count; i++)
        assert_int_equal(session.epochs[i].process, 2);
    hb_session_free(&session);
}

static void live_turns_are_in_the_plans_order_until_the_time_is_up(void **state)
{
    struct hb_session session;
    struct fake fake;
    (void)state;
    make_live(&session, &fake);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    const size_t turns = session.epoch_count - 3;
    assert_true(turns > 6);
    for (size_t i = 0; i < session.epoch_count; i++) {
        const struct hb_epoch *epoch = &session.epochs[i];
        size_t order[3];
        uint64_t seed;
        assert_int_equal(epoch->index, i);
        assert_int_equal(epoch->process, 0);
        assert_string_equal(epoch->reason, "");
        assert_int_equal(is_drain(epoch), i >= turns);
        if (is_drain(epoch)) {
            assert_int_equal(epoch->allocator, i - turns);
            continue;
        }
        hb_plan_round(&session, (uint32_t)i / 3, order, &seed);
        assert_int_equal(epoch->round, i / 3);
        assert_int_equal(epoch->allocator, order[i % 3]);
        assert_true(epoch->started_s + 0.0005 < session.soak.duration_s - 1.2);
    }
    assert_false(session.partial);
    hb_session_free(&session);
}

/* 10 s, less 3 drains of 0.4 s, over 3 allocators with 3 epochs of warm-up, 24 more, and a tenth of
 * one for calibration: 0.1082 s. A longer soak has epochs of the length that was asked for. */
static void epochs_follow_a_short_soak(void **state)
{
    static const struct {
        double duration_s, lo_s, hi_s;
        bool follows;
    } cases[] = {{10, 0.1, 0.1083, true}, {10, 5, 5, false}, {1000, 5, 5, true}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_session session;
        struct hb_err err = {0};
        struct fake fake = well();
        struct hb_soak_run run = run_of(&fake);
        run.epoch_follows = cases[i].follows;
        fake.stop_after = 3;
        make_session(&session, cases[i].duration_s);
        session.soak.epoch_s = 5;
        session.soak.warmup_epochs = 3;
        assert_int_equal(hb_soak_measure(&run, &session, &err), -1);
        assert_true(session.soak.epoch_s >= cases[i].lo_s && session.soak.epoch_s <= cases[i].hi_s);
        hb_session_free(&session);
    }
}

/* The passes before took all of the time: a soak that says nothing would have been for nothing.
 * Epochs that follow are enough for a drift; of a length that was asked for there is one. */
static void a_soak_whose_time_is_over_has_epochs(void **state)
{
    static const struct {
        double epoch_s;
        unsigned rounds;
        bool follows;
    } cases[] = {{HB_SOAK_EPOCH_SHORTEST_S, 3 + 8, true}, {5, 1, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_session session;
        struct hb_err err = {0};
        struct fake fake = well();
        struct hb_soak_run run = run_of(&fake);
        run.epoch_follows = cases[i].follows;
        run.spent_s = 20;
        make_session(&session, 10);
        session.soak.epoch_s = 5;
        session.soak.warmup_epochs = 3;
        assert_int_equal(hb_soak_measure(&run, &session, &err), 0);
        assert_true(session.soak.epoch_s == cases[i].epoch_s);
        assert_int_equal(fake.turn_count, 3 * cases[i].rounds);
        assert_int_equal(fake.drains, 3);
        hb_session_free(&session);
    }
}

static void who_dies_alive_is_not_drained_and_the_others_are(void **state)
{
    struct hb_session session;
    struct fake fake;
    (void)state;
    make_live(&session, &fake);
    fake.dies_at[1] = 3;
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(epochs_of(&session, 1), 3);
    assert_true(fake.turns[0] > 3 && fake.turns[2] > 3);
    assert_int_equal(fake.drains, 2);
    assert_int_equal(fake.starts, 3);
    assert_int_equal(fake.ends, 3);
    hb_session_free(&session);
}

static void all_dead_ends_the_soak_at_once(void **state)
{
    struct hb_session session;
    struct fake fake;
    (void)state;
    make_live(&session, &fake);
    session.soak.duration_s = 3600;
    for (size_t i = 0; i < 3; i++)
        fake.dies_at[i] = 2;
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(session.epoch_count, 6);
    assert_int_equal(fake.drains, 0);
    hb_session_free(&session);
}

static void who_does_not_start_has_no_say_in_an_epochs_length(void **state)
{
    struct hb_session session;
    struct fake fake;
    (void)state;
    make_live(&session, &fake);
    fake.start[0] = HB_STATUS_HUNG;
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(session.soak.epoch_operations, 40000); /* 1 ms / 25 ns, of 20 and 30 */
    assert_int_equal(epochs_of(&session, 0), 1);
    assert_int_equal(session.epochs[0].allocator, 0);
    assert_int_equal(session.epochs[0].status, HB_STATUS_HUNG);
    assert_string_equal(session.epochs[0].reason, "pretended");
    assert_int_equal(fake.drains, 2);
    hb_session_free(&session);
}

static void who_dies_over_calibration_has_an_epoch_and_no_turn(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    fake.dies_early[1] = true;
    make_fresh(&session, 2);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(epochs_of(&session, 1), 1);
    assert_int_equal(session.epochs[0].status, HB_STATUS_KILLED);
    assert_int_equal(fake.turns[1], 0);
    assert_int_equal(session.soak.epoch_operations, 50000); /* 1 ms / 20 ns, of 10 and 30 */
    assert_int_equal(session.epoch_count, 5);
    assert_int_equal(fake.starts, fake.ends);
    hb_session_free(&session);
}

static void a_workload_that_sleeps_has_its_own_number_of_operations(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    fake.is_paced = true;
    make_fresh(&session, 1);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(session.soak.epoch_operations, 5000);
    hb_session_free(&session);
}

static void calibration_ends_though_no_number_takes_longer(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    fake.is_deaf = true;
    make_fresh(&session, 1);
    assert_int_equal(rotate(&session, &fake, NULL), 0);
    assert_int_equal(session.epoch_count, 3);
    assert_true(session.soak.epoch_operations > 1000);
    assert_int_equal(fake.calibrations, 3 * 6); /* 10^5 to 10^15 operations, a hundredfold each */
    hb_session_free(&session);
}

static void who_died_before_a_gap_stays_out(void **state)
{
    struct hb_session session;
    struct fake fake = well();
    (void)state;
    fake.dies_at[0] = 1;
    fake.stop_after = 7;
    make_fresh(&session, 6);
    assert_int_equal(rotate(&session, &fake, NULL), -1);
    fake.stop_after = 0;
    const unsigned starts = fake.starts;
    assert_int_equal(rotate(&session, &fake, "a gap"), 0);
    assert_int_equal(epochs_of(&session, 0), 1);
    assert_int_equal(epochs_of(&session, 1) + epochs_of(&session, 2), 12);
    assert_int_equal(fake.starts - starts, 13 - 7);
    hb_session_free(&session);
}

/* What a process without a turn drains to would pass for what an hour left behind. */
static void a_process_that_had_no_turn_is_not_drained(void **state)
{
    struct hb_session session;
    struct fake fake;
    (void)state;
    make_live(&session, &fake);
    fake.stop_in_drain = true;
    assert_int_equal(rotate(&session, &fake, NULL), -1);
    const size_t before = session.epoch_count;
    fake.stop_in_drain = false;
    session.soak.duration_s = 0.1; /* is over */
    assert_int_equal(rotate(&session, &fake, "a gap"), 0);
    assert_int_equal(session.epoch_count, before);
    assert_int_equal(fake.drains, 0);
    assert_int_equal(fake.starts, 6);
    assert_int_equal(fake.ends, 6);
    hb_session_free(&session);
}

/* ---- the observer, the journal ---- */

struct watcher {
    unsigned starting, calibrating, draining, finished, snapshots, fails_at;
};

static void see_preparing(void *self, const struct hb_session *session, uint32_t allocator,
                          const char *what)
{
    struct watcher *watcher = self;
    assert_true(allocator < session->allocator_count);
    watcher->starting += strcmp(what, "starting") == 0;
    watcher->calibrating += strcmp(what, "calibrating") == 0;
    watcher->draining += strcmp(what, "draining") == 0;
}

static void see_finished(void *self, const struct hb_session *session, const struct hb_epoch *epoch)
{
    struct watcher *watcher = self;
    (void)session;
    assert_int_equal(epoch->index, watcher->finished);
    watcher->finished++;
}

static int see_snapshot(void *self, const struct hb_session *session, struct hb_err *err)
{
    struct watcher *watcher = self;
    (void)session;
    static const unsigned due[] = {10, 21, 33, 47}; /* 10 and an eighth of them later */
    if (watcher->snapshots < 4)
        assert_int_equal(watcher->finished, due[watcher->snapshots]);
    watcher->snapshots++;
    return watcher->snapshots == watcher->fails_at ? hb_err_set(err, HB_ERR_SYSTEM, "no room") : 0;
}

static void an_observer_is_told_and_may_end_it(void **state)
{
    struct hb_session session;
    struct watcher watcher = {0};
    struct fake fake = well();
    struct hb_soak_run run = run_of(&fake);
    struct hb_err err = {0};
    (void)state;
    run.observer = (struct hb_soak_observer){see_preparing, see_finished, see_snapshot, &watcher};
    make_fresh(&session, 8);
    assert_int_equal(hb_soak_measure(&run, &session, &err), 0);
    assert_int_equal(watcher.finished, 24);
    assert_int_equal(watcher.snapshots, 2);
    assert_int_equal(watcher.calibrating, 3);
    assert_int_equal(watcher.starting, 3 + 24);
    assert_int_equal(watcher.draining, 0);
    hb_session_free(&session);

    watcher = (struct watcher){.fails_at = 1};
    make_fresh(&session, 8);
    assert_int_equal(hb_soak_measure(&run, &session, &err), -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    assert_int_equal(watcher.finished, 10);
    assert_int_equal(fake.starts, fake.ends);
    hb_session_free(&session);

    watcher = (struct watcher){0};
    make_live(&session, &fake);
    assert_int_equal(hb_soak_measure(&run, &session, &err), 0);
    assert_int_equal(watcher.draining, 3);
    hb_session_free(&session);
}

static void assert_all_turns(const struct hb_session *session, unsigned rounds)
{
    assert_int_equal(session->epoch_count, 3 * rounds);
    for (size_t i = 0; i < session->epoch_count; i++) {
        assert_int_equal(session->epochs[i].index, i);
        assert_int_equal(session->epochs[i].round, i / 3);
    }
}

static void with_a_journal_the_epochs_are_there_alone(void **state)
{
    struct hb_session session, found;
    struct temp_folder tmp;
    struct fake fake = well();
    struct hb_soak_run run = run_of(&fake);
    struct hb_err err = {0};
    (void)state;
    temp_make(&tmp);
    (void)temp_path(&tmp, "soak.jsonl");
    make_fresh(&session, 4);
    fake.stop_after = 5;
    assert_int_equal(hb_journal_create(&run.journal, tmp.file, &session, &err), 0);
    assert_int_equal(hb_soak_measure(&run, &session, &err), -1);
    assert_int_equal(session.epoch_count, 0);
    hb_session_free(&session);
    assert_int_equal(hb_journal_close(run.journal, &err), 0);

    if (hb_journal_reopen(&run.journal, tmp.file, &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(session.epoch_count, 5);
    assert_int_equal(session.soak.epoch_operations, 50000);
    fake.stop_after = 0;
    run.gap = "a gap";
    assert_int_equal(hb_soak_measure(&run, &session, &err), 0);
    assert_int_equal(session.epoch_count, 0);
    hb_session_free(&session);
    assert_int_equal(hb_journal_close(run.journal, &err), 0);

    if (hb_session_read(tmp.file, &found, &err) != 0)
        fail_msg("%s", err.message);
    assert_all_turns(&found, 4);
    hb_session_free(&found);
    temp_remove(&tmp);
}

/* ---- the order ---- */

static void orders_differ_from_round_to_round_and_are_the_same_again(void **state)
{
    struct hb_session session;
    bool differ = false;
    (void)state;
    make_session(&session, 1);
    for (uint32_t round = 0; round < 20; round++) {
        size_t first[3], again[3], next[3];
        uint64_t seed, seed_again, other;
        hb_plan_round(&session, round, first, &seed);
        hb_plan_round(&session, round, again, &seed_again);
        hb_plan_round(&session, round + 1, next, &other);
        assert_memory_equal(first, again, sizeof first);
        assert_int_equal(first[0] + first[1] + first[2], 3);
        assert_int_not_equal(first[0], first[1]);
        assert_true(seed == seed_again && seed != other);
        differ |= memcmp(first, next, sizeof first) != 0;
    }
    assert_true(differ);
    hb_session_free(&session);
}

static void without_blocks_there_is_the_counting_pass_alone(void **state)
{
    struct hb_session session;
    struct hb_plan plan;
    struct hb_err err = {0};
    (void)state;
    make_session(&session, 1);
    assert_int_equal(hb_plan_build(&session, &plan, &err), 0);
    assert_int_equal(plan.job_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(plan.jobs[i].kind, HB_JOB_COUNTED);
    hb_plan_free(&plan);
    hb_session_free(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_round_has_one_turn_of_each_in_the_plans_order),
        cmocka_unit_test(an_epoch_is_as_long_as_asked_in_the_mean_and_the_same_work_for_all),
        cmocka_unit_test(live_processes_are_started_once_drained_and_ended),
        cmocka_unit_test(the_profiles_watchdog_waits_for_an_epoch_and_longer_for_a_long_one),
        cmocka_unit_test(one_that_does_not_start_has_an_epoch_that_says_so),
        cmocka_unit_test(one_that_is_missing_is_not_started),
        cmocka_unit_test(one_that_dies_has_no_further_turn_and_the_others_go_on),
        cmocka_unit_test(a_disturbed_epoch_is_kept_and_followed),
        cmocka_unit_test(an_interrupted_epoch_is_no_epoch),
        cmocka_unit_test(a_resumed_soak_has_no_turn_twice),
        cmocka_unit_test(the_first_epoch_of_a_restarted_process_names_the_gap),
        cmocka_unit_test(live_turns_are_in_the_plans_order_until_the_time_is_up),
        cmocka_unit_test(epochs_follow_a_short_soak),
        cmocka_unit_test(a_soak_whose_time_is_over_has_epochs),
        cmocka_unit_test(who_dies_alive_is_not_drained_and_the_others_are),
        cmocka_unit_test(all_dead_ends_the_soak_at_once),
        cmocka_unit_test(who_does_not_start_has_no_say_in_an_epochs_length),
        cmocka_unit_test(who_dies_over_calibration_has_an_epoch_and_no_turn),
        cmocka_unit_test(a_workload_that_sleeps_has_its_own_number_of_operations),
        cmocka_unit_test(calibration_ends_though_no_number_takes_longer),
        cmocka_unit_test(who_died_before_a_gap_stays_out),
        cmocka_unit_test(a_process_that_had_no_turn_is_not_drained),
        cmocka_unit_test(an_observer_is_told_and_may_end_it),
        cmocka_unit_test(with_a_journal_the_epochs_are_there_alone),
        cmocka_unit_test(orders_differ_from_round_to_round_and_are_the_same_again),
        cmocka_unit_test(without_blocks_there_is_the_counting_pass_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
