/* What is in a trace: calls, sizes, lifetimes, threads and live bytes over time, counted in one
 * walk over its events. Memory grows with what is live, and with at most 65,536 sizes that differ.
 * Of a sampled trace each block stands for 1 / (1 - exp(-size / N)) blocks (Horvitz and Thompson
 * 1952: one over the chance of being drawn); estimates are of all blocks, counts of those drawn.
 * Read next: reader.h; src/report/trace_report.c (shows it). */
#ifndef HB_TRACE_TALLY_H
#define HB_TRACE_TALLY_H

#include "base/json/json.h"
#include "trace/reader.h"

#define HB_TALLY_SLOTS   120u /* of the course over time */
#define HB_TALLY_BUCKETS 64u  /* bucket b: 2^(b - 1) < size <= 2^b; 0: 0 and 1 byte */
#define HB_TALLY_LIVES   12u  /* bucket d: below 10^d ns; the last: all longer ones */
#define HB_TALLY_HOT     12u

struct hb_tally {
    struct hb_trace_reader *reader;
    const struct hb_trace_header *header; /* the reader's */
    struct hb_trace_totals totals;
    struct {
        uint64_t count, failed, bytes; /* bytes: asked for; of frees 0 */
    } calls[HB_CALLS];
    uint64_t frees, frees_of_null, cross_frees; /* of blocks; cross: made by another thread */
    double estimated_blocks, estimated_bytes;   /* made; the counts themselves without a sample */
    double estimated_peak;                      /* live bytes */

    struct {
        uint64_t blocks;
        double estimated_blocks, estimated_bytes;
    } sizes[HB_TALLY_BUCKETS];
    struct {
        uint64_t blocks, bytes; /* that were freed after so long */
    } lives[HB_TALLY_LIVES];
    uint64_t life_ns_sum;

    struct hb_tally_hot {
        uint64_t size, blocks;
    } hot[HB_TALLY_HOT]; /* the sizes of most blocks, most first */
    size_t hot_count;
    size_t distinct_sizes;
    bool sizes_overflow; /* there were more: those that came last are not among them */

    uint64_t chains, chain_links, chain_longest; /* blocks that were reallocated, how often */

    struct hb_tally_slot {
        uint64_t events, live_most; /* live bytes: the most that the slot saw */
        double estimated_most;
    } slots[HB_TALLY_SLOTS]; /* of slot_ns each; of a trace without times of as many events */
    uint64_t slot_ns, slot_events;
    size_t slot_count;
};

/* Reads a trace to its end. The caller's, freed by hb_tally_free; NULL: what *err says. */
struct hb_tally *hb_tally_of_file(const char *path, struct hb_err *err);
void hb_tally_free(struct hb_tally *tally);

/* Adds it to *out as JSON, schema hakbench.trace-info/1. */
int hb_tally_json(const struct hb_tally *tally, struct hb_buf *out, struct hb_err *err);

#endif
