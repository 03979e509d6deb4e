/* What the fuzzers of foreign traces share: any bytes become a trace that its reader takes from end
 * to end, or are refused with one line; and the trace as text becomes the same events.
 * Read next: fuzz_memory_replay.c, src/traceio/foreign.h. */
#ifndef HB_TESTS_FUZZ_FOREIGN_H
#define HB_TESTS_FUZZ_FOREIGN_H

#include "fuzz.h"

#include "traceio/foreign.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file in memory, and its path. */
struct memory_file {
    int fd;
    char path[32];
};

static inline struct memory_file memory_file_of(const void *bytes, size_t size)
{
    struct memory_file file = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};
    HOLDS(file.fd >= 0);
    (void)snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
    HOLDS(write(file.fd, bytes, size) == (ssize_t)size);
    return file;
}

/* Reads both to the end: the second has the events of the first that did not fail, as far as a
 * text can tell. NULL: nothing to compare with. */
static inline void check_events(const char *path, const char *other,
                                const struct hb_trace_totals *totals)
{
    struct hb_trace_reader *reader = NULL, *second = NULL;
    struct hb_trace_event event, same;
    struct hb_err err = {0};
    uint64_t events = 0;
    int status;
    HOLDS(hb_trace_open(path, &reader, &err) == 0);
    HOLDS(!other || hb_trace_open(other, &second, &err) == 0);
    while ((status = hb_trace_next(reader, &event, &err)) > 0) {
        events++;
        if (!other || event.failed)
            continue;
        HOLDS(hb_trace_next(second, &same, &err) == 1);
        HOLDS(same.id == event.id && same.old_id == event.old_id);
        HOLDS(same.size == event.size && hb_trace_kind_of(&same) == hb_trace_kind_of(&event));
    }
    HOLDS(status == 0 && events == totals->events);
    HOLDS(!other || hb_trace_next(second, &same, &err) == 0);
    hb_trace_close(reader);
    hb_trace_close(second);
}

/* As text and back. A trace whose calls all failed has no text. */
static inline void check_text(const char *path, const struct hb_trace_totals *totals)
{
    struct memory_file text = memory_file_of("", 0), again = memory_file_of("", 0);
    struct hb_trace_reader *reader;
    struct hb_replay_losses losses;
    struct hb_foreign_outcome outcome;
    struct hb_err err = {0};
    FILE *to = fopen(text.path, "we");
    HOLDS(to && hb_trace_open(path, &reader, &err) == 0);
    HOLDS(hb_replay_export(reader, false, to, &losses, &err) == 0);
    hb_trace_close(reader);
    HOLDS(fclose(to) == 0);
    if (losses.failed < totals->events) {
        const struct hb_foreign_request request = {.input = text.path,
                                                   .output = again.path,
                                                   .fd = again.fd,
                                                   .format = &hb_format_memory_replay,
                                                   .strict = true};
        HOLDS(hb_foreign_import(&request, &outcome, &err) == 0);
        check_events(path, again.path, totals);
    }
    (void)close(text.fd);
    (void)close(again.fd);
}

static inline void try_foreign(const struct hb_foreign_format *format, bool strict,
                               const void *bytes, size_t size)
{
    const struct memory_file in = memory_file_of(bytes, size), out = memory_file_of("", 0);
    const struct hb_foreign_request request = {
        .input = in.path, .output = out.path, .fd = out.fd, .format = format, .strict = strict};
    struct hb_foreign_outcome outcome;
    struct hb_err err = {0};
    if (hb_foreign_import(&request, &outcome, &err) == 0) {
        check_events(out.path, NULL, &outcome.header.totals);
        check_text(out.path, &outcome.header.totals);
    } else {
        check_refusal(&err);
    }
    (void)close(in.fd);
    (void)close(out.fd);
}

#endif
