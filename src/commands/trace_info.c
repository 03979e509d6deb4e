/* `hakbench trace info`: what is in a trace. */
#include "base/unit.h"
#include "commands/trace_parts.h"
#include "report/write_text.h"
#include "session/options.h"
#include "trace/reader.h"

#include <stdio.h>

struct options {
    struct hb_files files;
};

static const struct hb_usage usage = {
    .which = "which trace? FILE",
    .files = offsetof(struct options, files),
    .args_doc = "FILE",
    .doc = "Says what is in a trace.\v"
           "Examples:\n"
           "  hakbench trace info app.hbt\n\n"
           "Exit status: 0 told, 2 wrong usage or no trace.",
};

static int read_all(struct hb_trace_reader *reader, struct hb_err *err)
{
    struct hb_trace_event event;
    int status;
    do
        status = hb_trace_next(reader, &event, err);
    while (status > 0);
    return status;
}

int hb_trace_info_run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.files = {.count = 0}};
    struct hb_trace_reader *reader = NULL;
    if (hb_options_parse(&usage, argc, argv, &options, err) != 0 ||
        hb_trace_open(options.files.names[0], &reader, err) != 0)
        return -1;
    const int status = read_all(reader, err);
    const struct hb_trace_totals *totals = hb_trace_so_far(reader);
    if (status == 0)
        (void)printf("%s events, %s blocks, %s threads, a peak of %s live bytes\n",
                     hb_format_count((double)totals->events).text,
                     hb_format_count((double)totals->made).text,
                     hb_format_count((double)totals->threads).text,
                     hb_format_count((double)totals->peak_live_bytes).text);
    hb_trace_close(reader);
    return status;
}
