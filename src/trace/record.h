/* Records a command: starts it with the recording library, and writes what it and its children push
 * until the last of them is gone, and on until all of that is in order. One process, one file.
 * Read next: record_stream.h, src/preload/hbtrace.c. */
#ifndef HB_TRACE_RECORD_H
#define HB_TRACE_RECORD_H

#include "trace/record_stream.h"

struct hb_record {
    const char *output;            /* of the command itself: "app.hbt"; others get "app.PID.hbt" */
    const char *library;           /* libhbtrace.so */
    const char *preload;           /* the allocator's library, or "" */
    char *const *environment;      /* "NAME=value" words for the command, ended by NULL; or NULL */
    char *const *command;          /* ended by NULL */
    struct hb_trace_header header; /* maker, allocator and sample_bytes */
    bool quiet;                    /* says nothing while it writes on after the command's end */
};

struct hb_recording {
    struct hb_recorded *items; /* [count], as they ended; owned */
    size_t count, capacity;
    uint32_t refused;  /* processes that could not be recorded, */
    int refused_errno; /* the last one for this */
    int status;        /* of the command, as a shell tells it: 128 and the signal's number */
};

/* Runs it. SIGTERM and SIGHUP are handed on to the command; SIGINT and SIGQUIT are its own; once it
 * has ended, any of them ends the recording of children that go on. -1 when it cannot be started.
 * *recording is to be freed in any case. */
int hb_record_run(const struct hb_record *record, struct hb_recording *recording,
                  struct hb_err *err);

void hb_recording_free(struct hb_recording *recording);

#endif
