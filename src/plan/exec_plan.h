/* The runs of an exec in their order: a counting pass of every program under every allocator, one
 * for instructions where that is asked for, then blocks. In a block a program that does nothing
 * runs once under each allocator, then each program does: programs in shuffled order, the
 * allocators of one next to each other, so that its pairs are close in time. Pure: everything
 * follows from the session's header. Read next: src/run/exec_session.h (who walks it). */
#ifndef HB_PLAN_EXEC_PLAN_H
#define HB_PLAN_EXEC_PLAN_H

#include "base/err.h"
#include "result/model.h"

struct hb_exec_planned {
    uint32_t block, program, allocator; /* block 0 for counting passes, program 0 for loading */
    enum hb_exec_kind kind;
};

struct hb_exec_plan {
    struct hb_exec_planned *runs; /* owned */
    size_t count;
};

/* Programs and allocators with a missing_reason have no runs. -1 when there is no memory. */
int hb_exec_plan_build(const struct hb_session *session, struct hb_exec_plan *plan,
                       struct hb_err *err);
void hb_exec_plan_free(struct hb_exec_plan *plan);

#endif
