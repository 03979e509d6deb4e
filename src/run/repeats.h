/* How many runs may be made again because they did not have their CPU: a quarter of the plan, or a
 * machine that is always busy would never be done.
 * Read next: session.c, exec_session.c (who ask). */
#ifndef HB_RUN_REPEATS_H
#define HB_RUN_REPEATS_H

#include "result/model.h"

#define HB_ATTEMPTS_MAX 3u /* of one planned run, whatever disturbed it */

struct hb_repeats {
    uint32_t left;
};

/* Of so many planned runs; so many were made again before the session was cut off, or its plan
 * grew. is_shared: others run here, as the user knows: none is made again. */
void hb_repeats_open(struct hb_repeats *repeats, size_t planned, size_t made, bool is_shared);

/* What a whole run that did not have its CPU is, at this attempt (from 0): INVALID, and one repeat
 * less is left; or OK where there is none: then it counts, with the reason in it. */
enum hb_job_status hb_repeats_settle(struct hb_repeats *repeats, uint32_t attempt);

#endif
