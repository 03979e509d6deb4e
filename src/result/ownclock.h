/* The physical check: no figure above what the clock of its own run allows. Whatever comes into a
 * session, from a worker or from anybody's file, passes it; what fails is invalid, with the reason,
 * so that nobody who reads the session prints, ranks or compares it.
 * Read next: model.h (hb_session_append, the caller); docs/method.md, "One run". */
#ifndef HB_RESULT_OWNCLOCK_H
#define HB_RESULT_OWNCLOCK_H

#include "result/model.h"

#include <stdbool.h>

/* True when nothing contradicts it: the throughput is at most operations over elapsed time, the
 * slices make up that time, and that time is within the process's life. What is not known
 * contradicts nothing. Otherwise an ok job becomes an invalid one, and *job says why. */
bool hb_ownclock_check_job(struct hb_job *job);

/* The same of an epoch's throughput. */
bool hb_ownclock_check_epoch(struct hb_epoch *epoch);

#endif
