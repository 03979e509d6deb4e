/* Traces made of traces: a window of one, and one that tells less of its program.
 * Read next: reader.h, writer.h. */
#ifndef HB_TRACE_REWRITE_H
#define HB_TRACE_REWRITE_H

#include "trace/reader.h"
#include "trace/writer.h"

/* From the first event that is not before `from` to the last that is before `to`; counted by events
 * (from 1) or in ns. What is live where it begins stands first, at time 0, in the order in which it
 * was made; times are counted from `from` on. */
struct hb_trace_window {
    bool by_events;
    uint64_t from, to; /* to: UINT64_MAX: to the end */
};

struct hb_trace_output {
    int fd;           /* the caller's to sync and close; after a failure it has part of a trace */
    const char *name; /* for messages */
};

/* Writes the window of a trace that was just opened. HB_ERR_USAGE when no event is in it. */
int hb_trace_cut(struct hb_trace_reader *reader, const struct hb_trace_window *window,
                 const struct hb_trace_output *output, struct hb_err *err);

/* Writes the same events without what tells of the program: sizes become those of classes (the next
 * of eight steps between two powers of 2, at least the next multiple of 16), times, command, date
 * and process are left out. Threads, order and blocks stay: they are what a replay needs. */
int hb_trace_anonymise(struct hb_trace_reader *reader, const struct hb_trace_output *output,
                       struct hb_err *err);

#endif
