/* What every reader of a foreign format hands its calls to: addresses become blocks, thread ids
 * threads, and the calls events of a trace that is being written. What no trace may have is refused
 * with the position in the file; what the format's own tools live with is counted, unless strict.
 * Read next: formats.h, src/trace/writer.h. */
#ifndef HB_TRACEIO_INTAKE_H
#define HB_TRACEIO_INTAKE_H

#include "trace/writer.h"
#include "traceio/numbers.h"
#include "traceio/source.h"

#include <stdbool.h>
#include <stdint.h>

/* More threads at a time than any machine has room for: a broken file. */
#define HB_INTAKE_THREADS_MAX 65536u

/* One call as a foreign file has it. */
struct hb_foreign_call {
    uint64_t thread;      /* the file's id */
    uint64_t address;     /* of the block that was made or freed; 0: NULL */
    uint64_t old_address; /* of the block that a realloc was handed; 0: NULL */
    uint64_t size;
    uint8_t function; /* enum hb_trace_function */
    uint8_t align_log2;
};

/* What was met on the way. */
struct hb_intake_counts {
    uint64_t unknown;  /* frees and reallocations of blocks that were not seen made: left out, but
                          the block that such a reallocation makes is there */
    uint64_t shared;   /* blocks made where one was live: of several the oldest is freed first */
    uint64_t backward; /* times before that of the call before, which they were given */
    uint64_t others;   /* lines of other processes, left out */
    uint64_t queries;  /* lines that are no call of malloc's family, left out */
};

struct hb_intake {
    struct hb_source source;
    int fd; /* of the trace */
    const char *output;
    bool strict;
    bool takes_unknown, takes_shared; /* as the format's own tools do */
    uint64_t process;                 /* whose calls are taken; 0: those of the first */
    struct hb_trace_header header;    /* what the file tells before the first call; then written */
    struct hb_trace_writer *writer;   /* made by the first call */
    struct hb_numbers blocks;         /* address -> the name that the writer knows */
    struct hb_numbers threads;        /* id -> number + 1 */
    uint64_t made;
    uint32_t threads_begun;
    uint64_t now_ns; /* of the next call */
    struct hb_intake_counts counts;
};

/* One call: an event. -1 with the file's position: a block that is not there, or is already; sizes
 * that no block can have. */
int hb_intake_take(struct hb_intake *intake, const struct hb_foreign_call *call,
                   struct hb_err *err);

/* From here on calls were made at this time, since the recording's start. Going back is counted. */
int hb_intake_clock(struct hb_intake *intake, uint64_t ns, struct hb_err *err);

/* The same of a time that is before all others. */
int hb_intake_backward(struct hb_intake *intake, struct hb_err *err);

#endif
