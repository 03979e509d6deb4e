/* What a run of a program came to, from what `program` measured: its end, its figures, where the
 * allocator was in effect. Fills facts; judges nothing.
 * Read next: exec_run.c (who asks), src/program/program.h. */
#ifndef HB_RUN_EXEC_OUTCOME_H
#define HB_RUN_EXEC_OUTCOME_H

#include "program/program.h"
#include "result/model.h"

/* Status, reason and exit status. */
void hb_exec_take_end(const struct hb_program_result *result, bool ignore_failure,
                      struct hb_exec_run *run);

/* A run that was paused for a part of its time that counts, or whose machine was suspended (since
 * the clock's hb_clock_suspended_ns was this), shows nothing else: invalid, unless what is kept of
 * it is no time. */
void hb_exec_take_pause(const struct hb_program_result *result, uint64_t suspended_before_ns,
                        struct hb_exec_run *run);

/* Everything that was measured. -1 without memory. */
int hb_exec_take(const struct hb_program_result *result, struct hb_exec_run *run,
                 struct hb_err *err);

/* The program's own figures, from what it printed; adds why there is none to the run's .unknown. */
void hb_exec_take_figures(const struct hb_profile_program *described,
                          const struct hb_program_result *result, struct hb_exec_run *run);

/* The last line that it printed among its errors, or else at all; "" where there is none. */
void hb_exec_last_line(const struct hb_program_result *result, char *text, size_t text_bytes);

/* Adds to what was not known of the run, and why: "a; b". Nothing where why is "". */
void hb_exec_add_unknown(struct hb_exec_run *run, const char *why);

#endif
