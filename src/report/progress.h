/* Progress of long work, on stderr: a line rewritten in place on a terminal; of a running soak two
 * (elapsed and left, last throughput, CV so far, resident memory, a sparkline), or one an epoch.
 * Read next: src/run/session.h, src/run/soak.h (the observers it serves). */
#ifndef HB_REPORT_PROGRESS_H
#define HB_REPORT_PROGRESS_H

#include "result/model.h"

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

/* ---- a running soak ---- */

#define HB_SOAK_LIVE_BARS 32u

struct hb_soak_live {
    bool shown, in_place;
    size_t lines;                  /* on the screen now, to be wiped */
    struct hb_soak_so_far *so_far; /* one for each allocator; owned */
};

/* quiet: nothing will be shown. */
void hb_soak_live_init(struct hb_soak_live *live, const struct hb_session *session, bool quiet);

/* What is done before, between and after the epochs: "hakmem: calibrating". */
void hb_soak_live_note(struct hb_soak_live *live, const struct hb_session *session,
                       uint32_t allocator, const char *what);

/* One more epoch. A failed one has a line of its own, also when quiet. */
void hb_soak_live_epoch(struct hb_soak_live *live, const struct hb_session *session,
                        const struct hb_epoch *epoch);

/* Wipes what is rewritten in place and frees what init made. */
void hb_soak_live_close(struct hb_soak_live *live);

#endif
