/* Traces that others recorded become traces of ours, and ours Android's text.
 * Read next: formats.h, docs/trace-import.md; src/commands/trace_import.c (the user). */
#ifndef HB_TRACEIO_FOREIGN_H
#define HB_TRACEIO_FOREIGN_H

#include "trace/reader.h"
#include "traceio/formats.h"

#include <stdbool.h>
#include <stdio.h>

/* Ended by a NULL; in the order in which a file is tried. */
extern const struct hb_foreign_format *const hb_foreign_formats[];

struct hb_foreign_request {
    const char *input;                      /* a path */
    const char *output;                     /* its name in messages; */
    int fd;                                 /* the caller's to sync and close */
    const struct hb_foreign_format *format; /* NULL: by content */
    uint64_t process; /* of a file with several: whose calls; 0: the first one's */
    bool strict;      /* what the format's own tools live with is refused as well */
};

struct hb_foreign_outcome {
    const struct hb_foreign_format *format;
    uint64_t read; /* lines or records */
    bool has_records;
    uint64_t process; /* whose calls they are, where the file says it; 0 */
    struct hb_intake_counts counts;
    struct hb_trace_header header; /* as it was written, with its totals */
};

/* Writes the trace. On failure it is part of one: HB_ERR_USAGE with the position in the input and
 * what was expected there, or the forms of all formats when it is of none; HB_ERR_SYSTEM when the
 * output cannot be written. */
int hb_foreign_import(const struct hb_foreign_request *request, struct hb_foreign_outcome *outcome,
                      struct hb_err *err);

/* What Android's text cannot hold. */
struct hb_replay_losses {
    uint64_t failed;    /* calls that made no block: left out, for its readers would make one */
    uint64_t functions; /* calls written as malloc, memalign, realloc or free, and were others */
    uint64_t sizes;     /* frees that said a size */
};

/* Writes every event as memory_replay text: block n has the address 16 n, thread n the id n + 1,
 * and a time its nanoseconds and one more (0 is no time there); none where the whole trace has
 * none, or `no_times`. 0; -1 with the reader's error, or HB_ERR_SYSTEM when it cannot be written.
 */
int hb_replay_export(struct hb_trace_reader *reader, bool no_times, FILE *to,
                     struct hb_replay_losses *losses, struct hb_err *err);

#endif
