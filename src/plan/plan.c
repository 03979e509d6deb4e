/* The jobs of a session: see plan.h. */
#include "plan/plan.h"

#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

#define SEED_MASK ((UINT64_C(1) << 53) - 1) /* every JSON reader holds it exactly */

static void add(struct hb_plan *plan, uint32_t block, size_t allocator, enum hb_job_kind kind,
                uint64_t seed)
{
    plan->jobs[plan->job_count++] = (struct hb_plan_job){
        .block = block, .allocator = (uint32_t)allocator, .kind = kind, .seed = seed};
}

static void add_block(struct hb_plan *plan, const struct hb_session *session, uint32_t block,
                      const size_t *order, uint64_t seed)
{
    for (size_t i = 0; i < session->allocator_count; i++) {
        if (!session->allocators[order[i]].missing_reason[0])
            add(plan, block, order[i], HB_JOB_TIMED, seed);
    }
}

/* The twin is the reference itself: counting it again would add nothing. */
static void add_counting_pass(struct hb_plan *plan, const struct hb_session *session, uint64_t seed)
{
    for (size_t i = 0; i < session->allocator_count; i++) {
        if (session->allocators[i].role != HB_ROLE_TWIN)
            add(plan, 0, i, HB_JOB_COUNTED, seed);
    }
}

int hb_plan_build(const struct hb_session *session, struct hb_plan *plan, struct hb_err *err)
{
    const size_t n = session->allocator_count;
    *plan = (struct hb_plan){0};
    plan->jobs = calloc((session->blocks + 1u) * (n ? n : 1), sizeof *plan->jobs);
    size_t *order = calloc(n ? n : 1, sizeof *order);
    if (!plan->jobs || !order) {
        free(order);
        hb_plan_free(plan);
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for a plan of %u runs", session->blocks);
    }
    struct hb_rng rng;
    hb_rng_seed(&rng, session->seed);
    for (uint32_t block = 0; block < session->blocks; block++) {
        const uint64_t seed = hb_rng_next(&rng) & SEED_MASK;
        for (size_t i = 0; i < n; i++)
            order[i] = i;
        hb_rng_shuffle(&rng, order, n);
        if (block == 0)
            add_counting_pass(plan, session, seed);
        add_block(plan, session, block, order, seed);
    }
    if (session->blocks == 0)
        add_counting_pass(plan, session, hb_rng_next(&rng) & SEED_MASK);
    free(order);
    return 0;
}

void hb_plan_round(const struct hb_session *session, uint32_t round, size_t *order, uint64_t *seed)
{
    struct hb_rng rng;
    hb_rng_seed(&rng, session->seed ^ ((uint64_t)round + 1) << 32);
    *seed = hb_rng_next(&rng) & SEED_MASK;
    for (size_t i = 0; i < session->allocator_count; i++)
        order[i] = i;
    hb_rng_shuffle(&rng, order, session->allocator_count);
}

void hb_plan_free(struct hb_plan *plan)
{
    free(plan->jobs);
    *plan = (struct hb_plan){0};
}
