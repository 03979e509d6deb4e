/* Asks every allocator of a session of kind check for every promise: one small program each, under
 * LD_PRELOAD, with a time limit, several at a time. One that hangs or crashes stops no other.
 * Never judges and never prints; an observer is called.
 * Read next: src/result/promise_list.h, src/program/program.h, docs/check.md. */
#ifndef HB_RUN_CHECK_RUN_H
#define HB_RUN_CHECK_RUN_H

#include "program/program.h"
#include "result/model.h"
#include "run/catalog.h"

struct hb_checking {
    const struct hb_places *places;
    uint32_t jobs;    /* programs at a time, 1 at least */
    double timeout_s; /* of each program; 0: its own limit */
    uint32_t repeat;  /* runs of each promise, until one breaks it; 0: as many as it says itself */
    /* Before each program; done of total answers are there. May be NULL. */
    void (*started)(void *self, const struct hb_session *session, size_t promise, size_t allocator,
                    size_t done, size_t total);
    void *self;
};

/* Fills session->answers, for which there is room. An allocator that cannot be preloaded gets a
 * missing_reason; one that ends a program that does nothing has that for every answer. With several
 * jobs a promise that was not kept, or not to be tried, is asked once more, alone, and that answer
 * counts: but for what has several runs, of which one loss is enough. -1 with the answers so far
 * kept: HB_ERR_INTERRUPTED, or the machine refused a process while none of them ran. */
int hb_check_ask(const struct hb_checking *checking, struct hb_session *session,
                 struct hb_err *err);

/* What a program's end says of its promise. Sets verdict and reason. */
void hb_check_take_end(const struct hb_program_result *result, struct hb_answer *answer);

#endif
