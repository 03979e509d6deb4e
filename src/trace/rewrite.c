/* Traces made of traces: see rewrite.h. */
#include "trace/rewrite.h"

#include "base/buf.h"
#include "base/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a window ---- */

struct live_block {
    uint64_t id;
    struct hb_trace_birth birth;
};

struct live_list {
    struct live_block *items;
    size_t count, capacity;
};

static int add_live(void *self, uint64_t id, const struct hb_trace_birth *birth)
{
    struct live_list *list = self;
    struct live_block *grown =
        hb_array_grown(list->items, list->count, &list->capacity, sizeof *list->items);
    if (!grown)
        return -1;
    list->items = grown;
    list->items[list->count++] = (struct live_block){.id = id, .birth = *birth};
    return 0;
}

static int by_id(const void *a, const void *b)
{
    const struct live_block *left = a, *right = b;
    return left->id < right->id ? -1 : left->id > right->id;
}

struct cut {
    struct hb_trace_writer *writer;
    uint32_t *threads; /* [thread_count] numbers of the new trace; UINT32_MAX: none yet */
    size_t thread_count;
    uint64_t from_ns;
};

/* Threads are in order of their first events in the new trace as well. */
static uint32_t thread_of(struct cut *cut, uint32_t thread)
{
    if (cut->threads[thread] == UINT32_MAX)
        cut->threads[thread] = hb_trace_written(cut->writer)->threads;
    return cut->threads[thread];
}

static int put(struct cut *cut, struct hb_trace_event *event, struct hb_err *err)
{
    /* A thread that has done nothing in the window has no end there either. */
    if (event->function == HB_CALL_THREAD_END && cut->threads[event->thread] == UINT32_MAX)
        return 0;
    event->thread = thread_of(cut, event->thread);
    return hb_trace_put(cut->writer, event, err);
}

static int put_live(struct cut *cut, const struct live_list *list, struct hb_err *err)
{
    int status = 0;
    for (size_t i = 0; i < list->count && status == 0; i++) {
        const struct hb_trace_birth *birth = &list->items[i].birth;
        struct hb_trace_event event = {.id = list->items[i].id,
                                       .size = birth->size,
                                       .thread = birth->thread,
                                       .function = birth->function,
                                       .align_log2 = birth->align_log2};
        if (hb_trace_kind_of(&event) == HB_TRACE_REALLOCATE)
            event.function = HB_CALL_MALLOC;
        status = put(cut, &event, err);
    }
    return status;
}

static bool is_before(const struct hb_trace_window *window, uint64_t number, uint64_t time_ns,
                      uint64_t limit)
{
    return (window->by_events ? number : time_ns) < limit;
}

/* The first event of the window, and what is live before it. 1, or 0: there is none. */
static int find_start(struct hb_trace_reader *reader, const struct hb_trace_window *window,
                      struct hb_trace_event *event, struct hb_err *err)
{
    int status;
    while ((status = hb_trace_next(reader, event, err)) == 1) {
        if (!is_before(window, hb_trace_so_far(reader)->events, event->time_ns, window->from))
            break;
    }
    if (status == 1 &&
        !is_before(window, hb_trace_so_far(reader)->events, event->time_ns, window->to))
        status = 0;
    return status;
}

/* The reader has taken the first event already: what it ended was live before, what it made not. */
static int list_live(const struct hb_trace_reader *reader, const struct hb_trace_event *first,
                     struct live_list *list, struct hb_err *err)
{
    const uint64_t made = hb_trace_made(first), ended = hb_trace_ended(first);
    if (hb_trace_each_live(reader, add_live, list) != 0 ||
        (ended && add_live(list, ended, &first->old) != 0))
        return hb_err_memory(err, "live blocks of a trace");
    for (size_t i = 0; made && i < list->count; i++) {
        if (list->items[i].id == made)
            list->items[i] = list->items[--list->count];
    }
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_id);
    return 0;
}

static int put_window(struct cut *cut, struct hb_trace_reader *reader,
                      const struct hb_trace_window *window, struct hb_trace_event *event,
                      struct hb_err *err)
{
    int status = 1;
    while (status == 1 &&
           is_before(window, hb_trace_so_far(reader)->events, event->time_ns, window->to)) {
        event->time_ns -= cut->from_ns;
        if (put(cut, event, err) != 0)
            return -1;
        status = hb_trace_next(reader, event, err);
    }
    return status < 0 ? -1 : 0;
}

static int begin_cut(struct cut *cut, const struct hb_trace_reader *reader,
                     const struct live_list *list, const struct hb_trace_output *output,
                     struct hb_err *err)
{
    const size_t threads = (size_t)hb_trace_header_of(reader)->totals.threads + 1;
    struct hb_trace_header header = *hb_trace_header_of(reader);
    header.before = list->count;
    cut->threads = malloc(threads * sizeof *cut->threads);
    if (!cut->threads)
        return hb_err_memory(err, "threads of a trace");
    memset(cut->threads, 0xff, threads * sizeof *cut->threads);
    return hb_trace_create_fd(output->fd, output->name, &header, &cut->writer, err);
}

int hb_trace_cut(struct hb_trace_reader *reader, const struct hb_trace_window *window,
                 const struct hb_trace_output *output, struct hb_err *err)
{
    struct hb_trace_event event;
    struct live_list list = {0};
    struct cut cut = {0};
    char note[128];
    int status = find_start(reader, window, &event, err);
    if (status == 0)
        return hb_err_set(
            err, HB_ERR_USAGE, "no event lies in the window; the trace has %llu in %s",
            (unsigned long long)hb_trace_header_of(reader)->totals.events,
            hb_format_duration((double)hb_trace_header_of(reader)->totals.time_ns * 1e-9).text);
    if (status < 0)
        return -1;
    cut.from_ns = window->by_events ? event.time_ns : window->from;
    (void)snprintf(note, sizeof note, "a window of a trace of %llu events, from its event %llu on",
                   (unsigned long long)hb_trace_header_of(reader)->totals.events,
                   (unsigned long long)hb_trace_so_far(reader)->events);
    status = list_live(reader, &event, &list, err);
    if (status == 0)
        status = begin_cut(&cut, reader, &list, output, err);
    if (status == 0 &&
        (put_live(&cut, &list, err) != 0 || put_window(&cut, reader, window, &event, err) != 0)) {
        hb_trace_abandon(cut.writer);
        status = -1;
    } else if (status == 0) {
        status = hb_trace_end(cut.writer, 0, note, err);
    }
    free(cut.threads);
    free(list.items);
    return status;
}

/* ---- less of its program ---- */

/* >= size, at most an eighth more from 128 bytes on. */
static uint64_t class_size(uint64_t size)
{
    if (size <= 128)
        return (size + 15) & ~UINT64_C(15);
    const unsigned shift =
        63 - (unsigned)__builtin_clzll(size - 1) - 3; /* an eighth of its power */
    const uint64_t step = UINT64_C(1) << shift;
    return size > INT64_MAX ? size : (size + step - 1) & ~(step - 1);
}

int hb_trace_anonymise(struct hb_trace_reader *reader, const struct hb_trace_output *output,
                       struct hb_err *err)
{
    struct hb_trace_header header = *hb_trace_header_of(reader);
    struct hb_trace_writer *writer;
    struct hb_trace_event event;
    int status;
    header.start[0] = header.command[0] = '\0';
    header.pid = 0;
    if (hb_trace_create_fd(output->fd, output->name, &header, &writer, err) != 0)
        return -1;
    while ((status = hb_trace_next(reader, &event, err)) == 1) {
        event.time_ns = 0;
        event.size = class_size(event.size);
        if (event.size > INT64_MAX && !event.failed)
            event.size = INT64_MAX;
        if (hb_trace_put(writer, &event, err) != 0) {
            status = -1;
            break;
        }
    }
    if (status < 0) {
        hb_trace_abandon(writer);
        return -1;
    }
    return hb_trace_end(writer, header.unseen, "sizes are rounded to classes, times are left out",
                        err);
}
