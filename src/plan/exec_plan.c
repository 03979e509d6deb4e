/* The runs of an exec in their order: see exec_plan.h. */
#include "plan/exec_plan.h"

#include "base/rng.h"

#include <stdlib.h>

struct building {
    const struct hb_session *session;
    struct hb_exec_plan *plan;
    struct hb_rng rng;
    size_t *order; /* [the larger of programs and allocators] */
};

static void add(struct building *b, uint32_t block, size_t program, size_t allocator,
                enum hb_exec_kind kind)
{
    if (b->session->allocators[allocator].missing_reason[0] ||
        (kind != HB_EXEC_KIND_LOADING && b->session->programs[program].missing_reason[0]))
        return;
    b->plan->runs[b->plan->count++] = (struct hb_exec_planned){.block = block,
                                                               .program = (uint32_t)program,
                                                               .allocator = (uint32_t)allocator,
                                                               .kind = kind};
}

static void shuffle(struct building *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        b->order[i] = i;
    hb_rng_shuffle(&b->rng, b->order, count);
}

static void add_allocators(struct building *b, uint32_t block, size_t program,
                           enum hb_exec_kind kind)
{
    const size_t count = b->session->allocator_count;
    shuffle(b, count);
    for (size_t i = 0; i < count; i++)
        add(b, block, program, b->order[i], kind);
}

/* Of programs, not of servers: how much those do is their clients' time. */
static void add_instructions_pass(struct building *b)
{
    const struct hb_session *session = b->session;
    for (size_t program = 0; session->count_source[0] && program < session->program_count;
         program++) {
        for (size_t i = 0; i < session->allocator_count; i++) {
            if (session->allocators[i].role != HB_ROLE_TWIN &&
                hb_exec_described(session, program)->server.count == 0)
                add(b, 0, program, i, HB_EXEC_KIND_INSTRUCTIONS);
        }
    }
}

/* The reference first: what it prints is what all others are held against. */
static void add_counting_pass(struct building *b)
{
    const struct hb_session *session = b->session;
    for (size_t program = 0; program < session->program_count; program++) {
        for (int pass = 0; pass < 2; pass++) {
            for (size_t i = 0; i < session->allocator_count; i++) {
                const enum hb_role role = session->allocators[i].role;
                if (role != HB_ROLE_TWIN && (role == HB_ROLE_REFERENCE) == (pass == 0))
                    add(b, 0, program, i, HB_EXEC_KIND_COUNTED);
            }
        }
    }
}

static void add_block(struct building *b, uint32_t block, size_t *programs)
{
    const size_t count = b->session->program_count;
    add_allocators(b, block, 0, HB_EXEC_KIND_LOADING);
    shuffle(b, count);
    for (size_t i = 0; i < count; i++)
        programs[i] = b->order[i];
    for (size_t i = 0; i < count; i++)
        add_allocators(b, block, programs[i], HB_EXEC_KIND_TIMED);
}

int hb_exec_plan_build(const struct hb_session *session, struct hb_exec_plan *plan,
                       struct hb_err *err)
{
    struct building b = {.session = session, .plan = plan};
    const size_t programs = session->program_count, allocators = session->allocator_count;
    const size_t most = programs > allocators ? programs : allocators;
    *plan = (struct hb_exec_plan){0};
    plan->runs =
        calloc((session->blocks + 2u) * (programs + 1) * (allocators + 1), sizeof *plan->runs);
    b.order = calloc(2 * (most + 1), sizeof *b.order);
    if (!plan->runs || !b.order) {
        free(b.order);
        hb_exec_plan_free(plan);
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for a plan of %u runs", session->blocks);
    }
    hb_rng_seed(&b.rng, session->seed);
    add_counting_pass(&b);
    add_instructions_pass(&b);
    for (uint32_t block = 0; block < session->blocks; block++)
        add_block(&b, block, b.order + most + 1);
    free(b.order);
    return 0;
}

void hb_exec_plan_free(struct hb_exec_plan *plan)
{
    free(plan->runs);
    *plan = (struct hb_exec_plan){0};
}
