/* Where a trace stands after so many events: which blocks are live, which threads there are, and
 * the sums. Reader and writer both walk one, so that neither lets pass what the other would not.
 * Read next: disk.h. */
#ifndef HB_TRACE_COURSE_H
#define HB_TRACE_COURSE_H

#include "base/err.h"
#include "trace/blocks.h"
#include "trace/event.h"
#include "trace/header.h"

#define HB_TRACE_SIZE_MAX ((uint64_t)INT64_MAX) /* of a block that was made */

/* Zeroed stands before the first event, and is valid to free. */
struct hb_course {
    struct hb_trace_totals totals;
    struct hb_blocks blocks;
    uint64_t *ended; /* [ended_words], a bit a thread */
    size_t ended_words;
};

/* Takes the event, whose blocks have the names of course->blocks; a block that it makes is kept
 * with this value. *old is the entry of the block that it was handed, zeroed without one.
 * -1 and nothing changed: HB_ERR_USAGE saying what was expected ("a free of a live block, ..."), or
 * HB_ERR_SYSTEM without memory. */
int hb_course_take(struct hb_course *course, const struct hb_trace_event *event, uint64_t value,
                   struct hb_block_entry *old, struct hb_err *err);

void hb_course_free(struct hb_course *course);

#endif
