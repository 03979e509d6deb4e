/* What a trace says of itself: who was recorded, how, and what is in it altogether.
 * Read next: reader.h, docs/trace-format.md ("The header", "The trailer"). */
#ifndef HB_TRACE_HEADER_H
#define HB_TRACE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#define HB_TRACE_VERSION    1u
#define HB_TRACE_TEXT_BYTES 1024u

/* Sums over all events. */
struct hb_trace_totals {
    uint64_t events;
    uint64_t made; /* blocks; the last one's id */
    uint32_t threads;
    uint64_t live_blocks, live_bytes; /* at the end */
    uint64_t peak_live_bytes;         /* the most bytes asked for that were live after an event */
    uint64_t time_ns;                 /* of the last event */
};

struct hb_trace_header {
    uint32_t version; /* HB_TRACE_VERSION; set by the writer */
    char maker[64];   /* "hakbench 0.1.0", "heaptrack": who recorded it */
    char start[32];   /* wall clock at time 0, as hb_clock_wall_text has it; "": not known */
    char command[HB_TRACE_TEXT_BYTES]; /* what was recorded; cut to fit; "": not known */
    char allocator[256];               /* under which it ran; "": not known */
    uint32_t pid;                      /* 0: not known */
    uint64_t sample_bytes; /* 0: every call is here. Else one byte of so many was drawn, at random,
                              and the blocks whose bytes were drawn are here, with their frees */
    uint64_t before; /* so many ALLOCATEs at time 0 stand first for blocks that were live already */

    /* ---- known of a whole file, and of one that was cut off up to its last whole block ---- */
    struct hb_trace_totals totals;
    uint64_t unseen;    /* frees and reallocations of blocks that the recorder had not seen made:
                           they are not among the events */
    bool is_complete;   /* the file has its end; */
    char end_note[512]; /* why it ends where it does; "": the program ended */
};

#endif
