/* A running soak: on a terminal two lines rewritten in place (elapsed and left, last throughput,
 * CV so far, resident memory, a sparkline), otherwise one line an epoch; on stderr.
 * Read next: src/run/soak.h (the observer it serves). */
#ifndef HB_REPORT_SOAK_LIVE_H
#define HB_REPORT_SOAK_LIVE_H

#include "result/model.h"

#include <stdbool.h>

#define HB_SOAK_LIVE_BARS 32u

struct hb_soak_live {
    bool shown, in_place, utf8;
    size_t lines;                  /* on the screen now, to be wiped */
    struct hb_soak_so_far *so_far; /* one for each allocator; owned */
};

/* quiet: nothing will be shown. */
void hb_soak_live_init(struct hb_soak_live *live, const struct hb_session *session, bool quiet);

/* What is done before, between and after the epochs: "hakmem: calibrating". */
void hb_soak_live_note(struct hb_soak_live *live, const struct hb_session *session,
                       uint32_t allocator, const char *what);

/* One more epoch. A failed one is told in a line of its own, also when quiet. */
void hb_soak_live_epoch(struct hb_soak_live *live, const struct hb_session *session,
                        const struct hb_epoch *epoch);

/* Wipes what is rewritten in place and frees what init made. */
void hb_soak_live_close(struct hb_soak_live *live);

#endif
