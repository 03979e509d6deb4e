/* What a loop needs to be like a recorded program: how often each size is asked for, how long such
 * blocks live, and how threads share the work. Pure but for reading the trace.
 * Read next: docs/traces.md ("A small file in place of a trace"), plan/sizes.h (the CSV's reader).
 */
#ifndef HB_TRACE_SYNTH_H
#define HB_TRACE_SYNTH_H

#include "base/buf.h"
#include "base/err.h"
#include "trace/reader.h"

/* Up to 1 KiB each size has a row, above 16 rows a doubling, and the size is rounded up. */
#define HB_SYNTH_EXACT 1024u
#define HB_SYNTH_ROWS  (HB_SYNTH_EXACT + 1 + 20 * 16)

struct hb_synth {
    uint64_t made[HB_SYNTH_ROWS]; /* blocks of the row */
    double lives[HB_SYNTH_ROWS];  /* sum of their lifetimes, in blocks made */
    uint64_t blocks, frees, remote_frees;
    double live_mean; /* blocks, over the making of blocks */
    uint64_t live_max;
    uint32_t threads, together;    /* all, and most at a time */
    uint32_t makers;               /* threads that make two thirds of what they make and free */
    uint32_t ended;                /* threads that end before the trace does */
    uint64_t ended_events, events; /* calls of those, and of all */
};

/* Reads the whole trace, from its first event. -1 as hb_trace_next; HB_ERR_USAGE when it makes no
 * block. */
int hb_synth_read(struct hb_trace_reader *reader, const char *name, struct hb_synth *synth,
                  struct hb_err *err);

/* Largest size of a row: what a block of it is taken for. */
uint64_t hb_synth_size(size_t row);

/* Adds the size profile: a CSV of size, rate and lifetime. */
void hb_synth_sizes(const struct hb_synth *synth, struct hb_buf *csv);

/* Adds a profile for rebase: a loop with those threads, and `sizes` as its size profile's file.
 * source: for its summary. */
void hb_synth_profile(const struct hb_synth *synth, const char *sizes, const char *source,
                      struct hb_buf *json);

#endif
