/* Soaks of known truth: epochs made from a course of throughput and memory, so that what the judge
 * says can be held against what was put in.
 * Read next: test_soak_judge.c. */
#ifndef HB_TESTS_UNIT_SOAK_MADE_H
#define HB_TESTS_UNIT_SOAK_MADE_H

#include "unit/cmocka.h"

#include "base/rng.h"
#include "judge/soak_judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MADE_SPEED 50e6
#define MADE_RSS   (64.0 * 1048576)

/* What one allocator does in an epoch: t in seconds, noise uniform in -1..1. Fills the epoch. */
typedef void (*made_course)(struct hb_epoch *epoch, double t, double noise);

static inline void made_allocator(struct hb_session *session, size_t i, const char *label,
                                  enum hb_role role)
{
    (void)snprintf(session->allocators[i].label, HB_NAME_MAX, "%s", label);
    session->allocators[i].role = role;
}

/* "subject" alone, or with the control "floor". */
static inline void made_open(struct hb_session *session, bool with_control)
{
    *session = (struct hb_session){.seed = 7, .allocator_count = with_control ? 2 : 1};
    session->allocators = calloc(2, sizeof *session->allocators);
    made_allocator(session, 0, "subject", HB_ROLE_SUBJECT);
    made_allocator(session, 1, "floor", HB_ROLE_FLOOR);
    session->kind = HB_KIND_SOAK;
    (void)snprintf(session->profile_name, sizeof session->profile_name, "made");
    session->soak.warmup_epochs = 3;
    session->soak.epoch_s = 1;
    session->soak.duration_s = 300;
    if (with_control)
        (void)snprintf(session->soak.control, sizeof session->soak.control, "floor");
}

static inline double made_noise(struct hb_rng *rng)
{
    return 2 * ((double)(hb_rng_next(rng) >> 11) / 9007199254740992.0) - 1;
}

/* One more epoch of the allocator; the caller may change it at session->epochs[return]. */
static inline size_t made_epoch(struct hb_session *session, uint32_t allocator, uint32_t round,
                                double t, double noise, made_course course)
{
    struct hb_epoch epoch;
    hb_epoch_init(&epoch);
    epoch.index = (uint32_t)session->epoch_count;
    epoch.round = round;
    epoch.allocator = allocator;
    epoch.started_s = t;
    (void)snprintf(epoch.phase, sizeof epoch.phase, "steady");
    epoch.metric[HB_EPOCH_OPERATIONS] = MADE_SPEED;
    epoch.metric[HB_EPOCH_ELAPSED] = 0.9e9;
    epoch.metric[HB_EPOCH_THROUGHPUT] = MADE_SPEED;
    epoch.metric[HB_EPOCH_RSS] = MADE_RSS;
    course(&epoch, t, noise);
    assert_int_equal(hb_session_append_epoch(session, &epoch), 0);
    return session->epoch_count - 1;
}

/* n rounds, one a second; control NULL: the subject alone. */
static inline void made_rounds(struct hb_session *session, uint32_t n, uint64_t seed,
                               made_course subject, made_course control)
{
    struct hb_rng rng;
    hb_rng_seed(&rng, seed);
    for (uint32_t round = 0; round < n; round++) {
        (void)made_epoch(session, 0, round, round, made_noise(&rng), subject);
        if (control)
            (void)made_epoch(session, 1, round, round + 0.5, made_noise(&rng), control);
    }
}

/* The limits: resident +-5 %, throughput -5 %, CV 2 %, p99.9 25 %, 1e-8 calls, 8 MiB. */
static inline void made_profile(struct hb_profile *profile)
{
    static const struct {
        const char *key;
        double min, max;
    } limits[] = {
        {"rss_drift_percent", -5, 5},
        {"throughput_drift_percent", -5, NAN},
        {"cv_percent", NAN, 2},
        {"latency_p999_drift_percent", NAN, 25},
        {"memory_syscalls_per_op", NAN, 1e-8},
        {"rss_drained_bytes", NAN, 8388608},
    };
    const size_t count = sizeof limits / sizeof *limits;
    *profile = (struct hb_profile){.margin_percent = 2};
    profile->soak.budgets = calloc(count, sizeof *profile->soak.budgets);
    profile->soak.budget_count = count;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(profile->soak.budgets[i].key, HB_NAME_MAX, "%s", limits[i].key);
        profile->soak.budgets[i].min = limits[i].min;
        profile->soak.budgets[i].max = limits[i].max;
    }
}

static inline void made_judge(const struct hb_session *session, struct hb_soak_judgement *judgement)
{
    struct hb_profile profile;
    made_profile(&profile);
    assert_int_equal(hb_soak_judge(HB_DEPTH_FULL, session, &profile, judgement, NULL), 0);
    free(profile.soak.budgets);
}

static inline const struct hb_budget_result *made_budget(const struct hb_soak_judgement *judgement,
                                                         const char *key)
{
    for (size_t i = 0; i < judgement->budget_count; i++) {
        if (strcmp(judgement->budgets[i].key, key) == 0)
            return &judgement->budgets[i];
    }
    fail_msg("no budget %s", key);
    return NULL;
}

#endif
