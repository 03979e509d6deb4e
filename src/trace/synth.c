/* From events to a size profile: see synth.h. */
#include "trace/synth.h"

#include "base/quote.h"
#include "base/unit.h"
#include "trace/event.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS       16u                 /* of a doubling */
#define SIZE_MOST   (UINT64_C(1) << 30) /* a size profile's */
#define REMOTE_MOST 0.25 /* of frees: what random_mixed, which has none, still stands for */
#define ENDED_MOST  0.5  /* of calls by threads that end */

struct counts {
    uint64_t made, freed, calls;
    bool has_ended;
};

/* ---- rows ---- */

static size_t row_of(uint64_t size)
{
    if (size <= HB_SYNTH_EXACT)
        return size;
    if (size > SIZE_MOST)
        size = SIZE_MOST;
    const unsigned power = 63 - (unsigned)__builtin_clzll(size - 1); /* 10 to 29 */
    const uint64_t step = (size - 1) >> (power - 4);                 /* 16 to 31 */
    return HB_SYNTH_EXACT + 1 + (power - 10) * STEPS + (step - STEPS);
}

uint64_t hb_synth_size(size_t row)
{
    if (row <= HB_SYNTH_EXACT)
        return row ? row : 1;
    const size_t above = row - HB_SYNTH_EXACT - 1;
    return (STEPS + above % STEPS + 1) << (above / STEPS + 10 - 4);
}

/* ---- reading ---- */

static void note_end(struct hb_synth *synth, uint64_t size, uint64_t age)
{
    synth->lives[row_of(size)] += (double)age;
}

static void take(struct hb_synth *synth, struct counts *counts, const struct hb_trace_event *event)
{
    const uint64_t ended = hb_trace_ended(event), made = hb_trace_made(event);
    struct counts *mine = &counts[event->thread];
    if (hb_trace_kind_of(event) == HB_TRACE_THREAD_END) {
        mine->has_ended = true;
        return;
    }
    mine->calls++;
    synth->events++;
    if (ended) {
        note_end(synth, event->old.size, synth->blocks - ended);
        synth->frees++;
        synth->remote_frees += event->old.thread != event->thread;
        mine->freed++;
    }
    if (made) {
        synth->made[row_of(event->size)]++;
        synth->blocks = made;
        mine->made++;
    }
}

static int note_left(void *self, uint64_t id, const struct hb_trace_birth *birth)
{
    struct hb_synth *synth = self;
    note_end(synth, birth->size, synth->blocks - id);
    return 0;
}

static void sum_threads(struct hb_synth *synth, const struct counts *counts)
{
    for (uint32_t i = 0; i < synth->threads; i++) {
        synth->makers += counts[i].made > 2 * counts[i].freed;
        if (!counts[i].has_ended)
            continue;
        synth->ended++;
        synth->ended_events += counts[i].calls;
    }
}

static int read_events(struct hb_trace_reader *reader, struct hb_synth *synth,
                       struct counts *counts, struct hb_err *err)
{
    struct hb_trace_event event;
    uint32_t alive = 0, seen = 0;
    int status;
    while ((status = hb_trace_next(reader, &event, err)) > 0) {
        for (; seen <= event.thread; seen++)
            alive++;
        if (alive > synth->together)
            synth->together = alive;
        take(synth, counts, &event);
        alive -= hb_trace_kind_of(&event) == HB_TRACE_THREAD_END;
        const uint64_t live = hb_trace_so_far(reader)->live_blocks;
        synth->live_max = live > synth->live_max ? live : synth->live_max;
    }
    return status;
}

int hb_synth_read(struct hb_trace_reader *reader, const char *name, struct hb_synth *synth,
                  struct hb_err *err)
{
    const uint32_t threads = hb_trace_header_of(reader)->totals.threads;
    struct counts *counts = calloc(threads + 1, sizeof *counts);
    *synth = (struct hb_synth){.threads = threads};
    if (!counts)
        return hb_err_memory(err, name);
    int status = hb_trace_rewind(reader, err);
    if (status == 0)
        status = read_events(reader, synth, counts, err);
    if (status == 0) {
        (void)hb_trace_each_live(reader, note_left, synth);
        sum_threads(synth, counts);
    }
    free(counts);
    if (status != 0)
        return -1;
    if (synth->blocks == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: no block is made in it", name);
    for (size_t i = 0; i < HB_SYNTH_ROWS; i++)
        synth->live_mean += synth->lives[i];
    synth->live_mean /= (double)synth->blocks;
    return 0;
}

/* ---- writing ---- */

/* Of the size 0, whose row is the one of 1 as well. A block that is freed before another is made
 * has half of one's time. */
static void add_row(const struct hb_synth *synth, size_t row, struct hb_buf *csv)
{
    const size_t next = row == 0 ? 1 : row;
    const uint64_t made = synth->made[row] + (next != row ? synth->made[next] : 0);
    const double lives = synth->lives[row] + (next != row ? synth->lives[next] : 0);
    if (made > 0)
        hb_buf_printf(csv, "%llu,%llu,%s\n", (unsigned long long)hb_synth_size(row),
                      (unsigned long long)made,
                      hb_format_double(fmax(round(10 * lives / (double)made) / 10, 0.5)).text);
}

void hb_synth_sizes(const struct hb_synth *synth, struct hb_buf *csv)
{
    hb_buf_printf(csv, "size,rate,lifetime\n");
    add_row(synth, 0, csv);
    for (size_t row = 2; row < HB_SYNTH_ROWS; row++)
        add_row(synth, row, csv);
}

static uint64_t at_least(double value, uint64_t least)
{
    return value > (double)least ? (uint64_t)(value + 0.5) : least;
}

static void add_json_string(struct hb_buf *json, const char *text)
{
    hb_buf_printf(json, "\"");
    for (; *text; text++)
        if ((unsigned char)*text >= ' ')
            hb_buf_printf(json, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    hb_buf_printf(json, "\"");
}

/* The loop whose threads are most like these, and its own parameters. */
static const char *choose_loop(const struct hb_synth *synth, uint32_t threads, struct hb_buf *own)
{
    const double set = 2 * synth->live_mean / threads; /* half of the slots are full */
    const double remote = synth->frees ? (double)synth->remote_frees / (double)synth->frees : 0;
    if (synth->threads > 2 * synth->together &&
        (double)synth->ended_events > ENDED_MOST * (double)synth->events) {
        hb_buf_printf(own, ",\n    \"working_set\": \"%llu\",\n    \"life\": \"%llu\"",
                      (unsigned long long)at_least(set, 1),
                      (unsigned long long)at_least((double)synth->ended_events / synth->ended, 1));
        return "thread_churn";
    }
    if (threads > 1 && remote > REMOTE_MOST) {
        const uint32_t most = threads - 1;
        const uint32_t producers = synth->makers < 1      ? 1
                                   : synth->makers > most ? most
                                                          : synth->makers;
        const double queue = synth->live_mean / producers / (threads - producers);
        hb_buf_printf(own, ",\n    \"queue\": \"%llu\",\n    \"producers\": \"%u\"",
                      (unsigned long long)at_least(fmin(queue, 65536), 1), producers);
        return "handoff";
    }
    hb_buf_printf(own, ",\n    \"working_set\": \"%llu\"", (unsigned long long)at_least(set, 1));
    return "random_mixed";
}

void hb_synth_profile(const struct hb_synth *synth, const char *sizes, const char *source,
                      struct hb_buf *json)
{
    const uint32_t threads = synth->together > 64 ? 64 : synth->together > 0 ? synth->together : 1;
    struct hb_buf own = {0};
    const char *loop = choose_loop(synth, threads, &own);
    hb_buf_printf(json, "{\n  \"schema\": \"hakbench.profile/1\",\n  \"summary\": ");
    add_json_string(json, source);
    hb_buf_printf(json, ",\n  \"workload\": \"%s\",\n  \"parameters\": {\n    \"threads\": \"%u\"",
                  loop, threads);
    hb_buf_printf(json, "%s,\n    \"sizes\": ", hb_buf_string(&own));
    add_json_string(json, sizes);
    hb_buf_printf(json, "\n  }\n}\n");
    hb_buf_free(&own);
}
