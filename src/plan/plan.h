/* The jobs of a session in the order they run: a pass that counts system calls, then blocks in
 * which every allocator runs once, in an order shuffled by the session's seed.
 * Pure: everything follows from the session's header, so that a resumed session finds the same.
 * Read next: src/run/session.h (who walks it). */
#ifndef HB_PLAN_PLAN_H
#define HB_PLAN_PLAN_H

#include "base/err.h"
#include "result/model.h"

struct hb_plan_job {
    uint32_t block;     /* 0 for counting passes */
    uint32_t allocator; /* index into the session's allocators */
    enum hb_job_kind kind;
    uint64_t seed; /* the same for every allocator of a block: they meet the same requests */
};

struct hb_plan {
    struct hb_plan_job *jobs; /* owned */
    size_t job_count;
};

/* Lists the jobs of a session with its allocators, blocks and seed set. Allocators with a
 * missing_reason get the counting job alone, which records why.
 * The counting pass has the seed of block 0; a session without blocks (a soak) has it alone. -1
 * when there is no memory. */
int hb_plan_build(const struct hb_session *session, struct hb_plan *plan, struct hb_err *err);

/* One rotation of a soak: the order of its turns, order[0..session->allocator_count) as indices of
 * allocators, and the seed of processes that are started fresh in it. */
void hb_plan_round(const struct hb_session *session, uint32_t round, size_t *order, uint64_t *seed);

/* Frees the jobs and zeroes the plan. */
void hb_plan_free(struct hb_plan *plan);

#endif
