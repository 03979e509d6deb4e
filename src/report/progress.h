/* The progress line of long work: on a terminal only, on stderr, rewritten in place.
 * Read next: src/run/session.h (the observer it serves). */
#ifndef HB_REPORT_PROGRESS_H
#define HB_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct hb_progress {
    bool shown;   /* false: every call does nothing */
    size_t width; /* characters of the last line, to be wiped */
};

/* quiet, or stderr no terminal: nothing will be shown. */
void hb_progress_init(struct hb_progress *progress, bool quiet);

/* "[ 12/88] mimalloc, run 2 of 10, 1m 05s left". seconds_left NaN: not said. */
void hb_progress_show(struct hb_progress *progress, size_t done, size_t total, const char *what,
                      double seconds_left);

/* Wipes the line; before anything else is printed. */
void hb_progress_clear(struct hb_progress *progress);

#endif
