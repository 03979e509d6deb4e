/* Makes a large trace: trace_maker EVENTS THREADS LIVE OUT.hbt
 * Blocks of 16 bytes to 64 KiB, half of them at most 64; up to LIVE of them live at a time, and of
 * these one at random is freed, or reallocated once in 16. Threads take turns of 1 to 64 events.
 * All of it follows from the arguments. */
#include "base/rng.h"
#include "trace/writer.h"

#include <stdio.h>
#include <stdlib.h>

struct maker {
    struct hb_rng rng;
    struct hb_trace_writer *writer;
    uint64_t *live; /* names */
    uint64_t count, most, made, time_ns, turn;
    uint32_t thread, threads, begun;
};

static uint64_t size_of(struct hb_rng *rng)
{
    const uint64_t bits = hb_rng_next(rng);
    const unsigned log2 = bits & 1 ? 4 + (bits >> 1) % 2 : 4 + (bits >> 1) % 12;
    return (UINT64_C(1) << log2) + (bits >> 32) % (UINT64_C(1) << log2);
}

/* A thread's number is the next one where it is its first event. */
static uint32_t thread_of(struct maker *m)
{
    if (m->turn == 0) {
        m->turn = 1 + hb_rng_below(&m->rng, 64);
        m->thread = (uint32_t)hb_rng_below(&m->rng, m->threads);
        if (m->thread > m->begun)
            m->thread = m->begun;
        m->begun += m->thread == m->begun;
    }
    m->turn--;
    return m->thread;
}

static int make_event(struct maker *m, struct hb_err *err)
{
    struct hb_trace_event event = {.thread = thread_of(m)};
    const uint64_t chance = hb_rng_next(&m->rng);
    uint64_t *chosen = m->count ? &m->live[(chance >> 8) % m->count] : NULL;
    m->time_ns += 20 + chance % 64;
    event.time_ns = m->time_ns;
    if (!chosen || (m->count < m->most && chance % 4)) {
        event.function = chance % 32 ? HB_CALL_MALLOC : HB_CALL_CALLOC;
        event.id = ++m->made;
        event.size = size_of(&m->rng);
        m->live[m->count++] = event.id;
    } else if (chance % 16 == 5) {
        event.function = HB_CALL_REALLOC;
        event.old_id = *chosen;
        event.id = *chosen = ++m->made;
        event.size = size_of(&m->rng);
    } else {
        event.function = HB_CALL_FREE;
        event.id = *chosen;
        *chosen = m->live[--m->count];
    }
    return hb_trace_put(m->writer, &event, err);
}

int main(int argc, char **argv)
{
    const struct hb_trace_header header = {.maker = "trace_maker"};
    struct hb_err err = {0};
    struct maker m = {0};
    if (argc != 5) {
        (void)fprintf(stderr, "usage: %s EVENTS THREADS LIVE OUT.hbt\n", argv[0]);
        return 2;
    }
    const uint64_t events = strtoull(argv[1], NULL, 10);
    m.threads = (uint32_t)strtoul(argv[2], NULL, 10);
    m.most = strtoull(argv[3], NULL, 10);
    m.live = calloc(m.most + 1, sizeof *m.live);
    hb_rng_seed(&m.rng, 20);
    int status = m.live ? hb_trace_create(argv[4], &header, &m.writer, &err) : -1;
    for (uint64_t i = 0; i < events && status == 0; i++)
        status = make_event(&m, &err);
    if (status == 0)
        status = hb_trace_end(m.writer, 0, NULL, &err);
    else
        hb_trace_abandon(m.writer);
    if (status != 0)
        (void)fprintf(stderr, "%s\n", err.message);
    free(m.live);
    return status == 0 ? 0 : 1;
}
