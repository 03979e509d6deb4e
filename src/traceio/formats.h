/* The formats that are read: one file each, a row here. Each is written from its own tools'
 * sources; what they do with odd lines is done here.
 * Read next: intake.h, docs/trace-import.md. */
#ifndef HB_TRACEIO_FORMATS_H
#define HB_TRACEIO_FORMATS_H

#include "traceio/intake.h"

struct hb_foreign_format {
    const char *name;                                 /* of --from */
    const char *form;                                 /* what its file looks like, for messages */
    const char *lacks;                                /* what a trace has and it has not */
    bool takes_unknown, takes_shared;                 /* intake.h */
    bool (*recognise)(const char *head, size_t size); /* by the first 64 KiB */
    /* Hands every call to the intake, whose source is open at its beginning. */
    int (*read)(struct hb_intake *intake, struct hb_err *err);
};

extern const struct hb_foreign_format hb_format_memory_replay, hb_format_logalloc,
    hb_format_heaptrack, hb_format_ops;

#endif
