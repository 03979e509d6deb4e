/* `hakbench trace cut` and `trace anonymise`: a part of a trace, and one that may be published.
 * Wires rooms together: session -> trace. */
#include "base/log.h"
#include "base/quote.h"
#include "base/unit.h"
#include "commands/trace_parts.h"
#include "result/file.h"
#include "session/output.h"
#include "trace/rewrite.h"

#include <stddef.h>
#include <string.h>

struct options {
    struct hb_files files;
    const char *output;
    struct hb_trace_window window;
    bool by_time, by_events, force;
};

/* "FROM:TO", either of which may be left out. */
static int read_window(const char *option, const char *argument,
                       int (*parse)(const char *text, uint64_t *value, struct hb_err *err),
                       struct hb_trace_window *window, struct hb_err *err)
{
    char from[64];
    const char *colon = strchr(argument, ':');
    const size_t length = colon ? (size_t)(colon - argument) : 0;
    *window = (struct hb_trace_window){.to = UINT64_MAX};
    if (colon && argument[1] && length < sizeof from) {
        memcpy(from, argument, length);
        from[length] = '\0';
        if ((!length || parse(from, &window->from, NULL) == 0) &&
            (!colon[1] || parse(colon + 1, &window->to, NULL) == 0) && window->from < window->to)
            return 0;
    }
    return hb_err_set(err, HB_ERR_USAGE, "--%s %s: expected FROM:TO, or one of them and the colon",
                      option, hb_quote(argument).text);
}

static int read_time(void *field, const char *argument, struct hb_err *err)
{
    struct options *options = field;
    options->by_time = true;
    return read_window("time", argument, hb_unit_parse_duration, &options->window, err);
}

static int read_events(void *field, const char *argument, struct hb_err *err)
{
    struct options *options = field;
    options->by_events = true;
    const int status = read_window("events", argument, hb_unit_parse_count, &options->window, err);
    options->window.by_events = true;
    return status;
}

/* The readers need more than one field: they get the whole. */
#define WHOLE(read_) .kind = HB_OPTION_OTHER, .field = 0, .argument = "FROM:TO", .read = (read_)
static const struct hb_option cut_options[] = {
    {"time", WHOLE(read_time), .group = 1, .help = "This part of its time: 10s:1m30s"},
    {"events", WHOLE(read_events), .group = 1, .help = "These events, the first is 1: 1:10M"},
    {0},
};

static const struct hb_option output_options[] = {
    {"output", HB_AS_TEXT(struct options, output, "FILE"), .letter = 'o', .group = 2,
     .help = "The new trace (needed)"},
    {"force", HB_AS_FLAG(struct options, force), .group = 2, .help = HB_OUTPUT_FORCE_HELP},
    {0},
};

const struct hb_usage hb_trace_cut_usage = {
    .groups = {{cut_options, 0}, {output_options, 0}},
    .which = "which trace? FILE",
    .files = offsetof(struct options, files),
    .args_doc = "FILE",
    .doc =
        "Makes a trace of a part of one. What is live where the part begins stands first, so that "
        "it can be replayed by itself. TO itself is not part of it.\v"
        "Examples:\n"
        "  hakbench trace cut --time 10s:20s app.hbt -o part.hbt\n"
        "  hakbench trace cut --events 1M: app.hbt -o later.hbt\n\n"
        "Exit status: 0 done, 2 wrong usage, no trace, or nothing in the window, 3 it could not "
        "be written.",
};

const struct hb_usage hb_trace_anonymise_usage = {
    .groups = {{output_options, 0}},
    .which = "which trace? FILE",
    .files = offsetof(struct options, files),
    .args_doc = "FILE",
    .doc = "Makes a trace that tells less of its program: sizes are rounded up to classes (by an "
           "eighth at most, from 128 bytes on), and times, command, date and process are left out. "
           "Threads, the order of calls and who frees what stay: a replay needs them.\v"
           "Examples:\n"
           "  hakbench trace anonymise app.hbt -o published.hbt\n\n"
           "Exit status: 0 done, 2 wrong usage or no trace, 3 it could not be written.",
};

/* Opens the one trace that is named, once the output may be written. */
static int begin(const struct hb_usage *usage, int argc, char **argv, struct options *options,
                 struct hb_trace_reader **reader, struct hb_err *err)
{
    if (hb_options_parse(usage, argc, argv, options, err) != 0)
        return -1;
    const struct hb_output_rule rule = {.force = options->force,
                                        .others = (const char *const *)options->files.names,
                                        .other_count = options->files.count};
    if (options->files.count != 1)
        return hb_err_set(err, HB_ERR_USAGE, "one trace at a time, and there are %zu",
                          options->files.count);
    if (!options->output || hb_output_is_stdout(options->output))
        return hb_err_set(err, HB_ERR_USAGE, "which file? -o FILE.hbt");
    return hb_output_check(options->output, &rule, err) == 0
               ? hb_trace_open(options->files.names[0], reader, err)
               : -1;
}

static int cut(const struct options *options, struct hb_trace_reader *reader,
               const struct hb_trace_output *output, struct hb_err *err)
{
    return hb_trace_cut(reader, &options->window, output, err);
}

static int anonymise(const struct options *options, struct hb_trace_reader *reader,
                     const struct hb_trace_output *output, struct hb_err *err)
{
    (void)options;
    return hb_trace_anonymise(reader, output, err);
}

/* The new trace takes the output's place when it is whole. */
static int rewrite(const struct options *options, struct hb_trace_reader *reader,
                   int (*write)(const struct options *options, struct hb_trace_reader *reader,
                                const struct hb_trace_output *output, struct hb_err *err),
                   struct hb_err *err)
{
    struct hb_file_making making;
    if (hb_file_begin(options->output, &making, err) != 0)
        return -1;
    const struct hb_trace_output output = {.fd = making.fd, .name = options->output};
    return hb_file_end(&making, write(options, reader, &output, err), err);
}

int hb_trace_cut_run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.force = false};
    struct hb_trace_reader *reader = NULL;
    int status = begin(&hb_trace_cut_usage, argc, argv, &options, &reader, err);
    if (status == 0 && options.by_time == options.by_events)
        status = hb_err_set(err, HB_ERR_USAGE, "which part? --time FROM:TO or --events FROM:TO");
    if (status == 0)
        status = rewrite(&options, reader, cut, err);
    hb_trace_close(reader);
    return status;
}

int hb_trace_anonymise_run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.force = false};
    struct hb_trace_reader *reader = NULL;
    int status = begin(&hb_trace_anonymise_usage, argc, argv, &options, &reader, err);
    if (status == 0)
        status = rewrite(&options, reader, anonymise, err);
    hb_trace_close(reader);
    return status;
}
