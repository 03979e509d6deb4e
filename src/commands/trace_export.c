/* `hakbench trace export`: a trace as a text that others replay.
 * Wires rooms together: trace -> traceio -> a file. */
#include "base/log.h"
#include "base/unit.h"
#include "commands/trace_parts.h"
#include "result/file.h"
#include "session/options.h"
#include "session/output.h"
#include "traceio/foreign.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct options {
    struct hb_files files;
    const char *output;
    bool force, no_times;
};

static const struct hb_option own_options[] = {
    {"no-times", HB_AS_FLAG(struct options, no_times), .group = 1,
     .help = "Without times, for readers from before 2022"},
    {"output", HB_AS_TEXT(struct options, output, "FILE|-"), .letter = 'o', .group = 2,
     .help = "Write to it (default: -, standard output)"},
    {"force", HB_AS_FLAG(struct options, force), .group = 2, .help = HB_OUTPUT_FORCE_HELP},
    {0},
};

const struct hb_usage hb_trace_export_usage = {
    .groups = {{own_options, 0}},
    .which = "which trace? FILE.hbt",
    .files = offsetof(struct options, files),
    .args_doc = "FILE",
    .doc = "Writes a trace as Android's memory_replay text, a line an event.\v"
           "Examples:\n"
           "  hakbench trace export app.hbt -o app.txt\n\n"
           "Exit status: 0 done, 2 wrong usage or no trace, 3 it could not be written.",
};

/* To standard error: the text may go to standard output. */
static void say_losses(const struct hb_replay_losses *losses, const struct hb_trace_totals *totals)
{
    const struct {
        uint64_t count;
        const char *what;
    } lines[] = {
        {losses->failed, "calls that failed are left out: readers of the text would make a block"},
        {losses->functions, "calls have the name of the nearest function that the text knows"},
        {losses->sizes, "sizes that frees said are lost"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (lines[i].count)
            hb_say("%s %s", hb_format_count((double)lines[i].count).text, lines[i].what);
    }
    if (totals->threads > 512)
        hb_say("%u threads: memory_replay wants to be told that there are more than 512",
               totals->threads);
}

static int check(const struct options *options, struct hb_err *err)
{
    const char *const inputs[] = {options->files.names[0]};
    const struct hb_output_rule rule = {
        .force = options->force, .others = inputs, .other_count = 1};
    if (options->files.count != 1)
        return hb_err_set(err, HB_ERR_USAGE, "trace export: expected one trace, found %zu",
                          options->files.count);
    return hb_output_check(options->output, &rule, err);
}

static int write_text(const struct options *options, struct hb_trace_reader *reader, FILE *to,
                      struct hb_err *err)
{
    struct hb_replay_losses losses;
    if (hb_replay_export(reader, options->no_times, to, &losses, err) != 0)
        return -1;
    say_losses(&losses, &hb_trace_header_of(reader)->totals);
    return 0;
}

static int write_file(const struct options *options, struct hb_trace_reader *reader,
                      struct hb_err *err)
{
    struct hb_file_making making;
    if (hb_file_begin(options->output, &making, err) != 0)
        return -1;
    const int fd = dup(making.fd); /* fclose closes it: what it says of the disk is not lost */
    FILE *to = fd >= 0 ? fdopen(fd, "w") : NULL;
    int status = to ? write_text(options, reader, to, err) : hb_err_memory(err, options->output);
    if (to && fclose(to) != 0 && status == 0)
        status = hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot write %s", options->output);
    if (!to && fd >= 0)
        (void)close(fd);
    return hb_file_end(&making, status, err);
}

int hb_trace_export_run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.output = NULL};
    struct hb_trace_reader *reader = NULL;
    if (hb_options_parse(&hb_trace_export_usage, argc, argv, &options, err) != 0 ||
        check(&options, err) != 0 || hb_trace_open(options.files.names[0], &reader, err) != 0)
        return -1;
    const bool is_stdout = !options.output || hb_output_is_stdout(options.output);
    const int status =
        is_stdout ? write_text(&options, reader, stdout, err) : write_file(&options, reader, err);
    hb_trace_close(reader);
    return status;
}
