/* A trace as text, a line an event. */
#ifndef HB_TESTS_UNIT_TRACE_TEXT_H
#define HB_TESTS_UNIT_TRACE_TEXT_H

#include "unit/cmocka.h"

#include "base/buf.h"
#include "trace/reader.h"

#include <inttypes.h>

/* "0 realloc 2<1 32": thread, function, block made < block handed in, size; "!" failed; "^4" an
 * alignment of 2^4; "@5" ns, where it is not that of the event before. */
static inline void add_event(struct hb_buf *text, const struct hb_trace_event *event,
                             uint64_t last_ns)
{
    const char *name = hb_trace_functions[event->function].name;
    (void)hb_buf_printf(text, "%" PRIu32 " %s", event->thread, name);
    switch (hb_trace_kind_of(event)) {
    case HB_TRACE_FREE:
        (void)hb_buf_printf(text, " %" PRIu64, event->id);
        break;
    case HB_TRACE_REALLOCATE:
        (void)hb_buf_printf(text, " %" PRIu64 "<%" PRIu64, event->id, event->old_id);
        break;
    case HB_TRACE_ALLOCATE:
        (void)hb_buf_printf(text, " %" PRIu64, event->id);
        break;
    default:
        break;
    }
    if (hb_trace_kind_of(event) <= HB_TRACE_REALLOCATE)
        (void)hb_buf_printf(text, " %" PRIu64, event->size);
    if (event->align_log2)
        (void)hb_buf_printf(text, " ^%u", event->align_log2);
    if (event->failed)
        (void)hb_buf_text(text, " !");
    if (event->time_ns != last_ns)
        (void)hb_buf_printf(text, " @%" PRIu64, event->time_ns);
    (void)hb_buf_char(text, '\n');
}

static inline void read_events(const char *path, struct hb_buf *text)
{
    struct hb_trace_reader *reader;
    struct hb_trace_event event;
    struct hb_err err = {0};
    uint64_t last_ns = 0;
    int status;
    if (hb_trace_open(path, &reader, &err) != 0)
        fail_msg("%s", err.message);
    while ((status = hb_trace_next(reader, &event, &err)) > 0) {
        add_event(text, &event, last_ns);
        last_ns = event.time_ns;
    }
    if (status < 0)
        fail_msg("%s", err.message);
    hb_trace_close(reader);
}

#endif
