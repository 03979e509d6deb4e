/* `hakbench trace import`: what others recorded becomes a trace.
 * Wires rooms together: traceio -> what is said of it. */
#include "base/buf.h"
#include "base/quote.h"
#include "base/unit.h"
#include "commands/trace_parts.h"
#include "report/write_text.h"
#include "result/file.h"
#include "session/options.h"
#include "session/output.h"
#include "traceio/foreign.h"

#include <stdio.h>
#include <string.h>

struct options {
    struct hb_files files;
    const char *output;
    const struct hb_foreign_format *format; /* NULL: by content */
    uint64_t process;
    bool force, strict;
};

static int read_format(void *field, const char *argument, struct hb_err *err)
{
    const char *names[8] = {"auto"};
    size_t count = 1;
    char near[96];
    for (const struct hb_foreign_format *const *f = hb_foreign_formats; *f; f++) {
        names[count++] = (*f)->name;
        if (strcmp(argument, (*f)->name) == 0) {
            *(const struct hb_foreign_format **)field = *f;
            return 0;
        }
    }
    if (strcmp(argument, "auto") == 0)
        return 0;
    return hb_err_set(
        err, HB_ERR_USAGE, "--from: no format %s%s; expected one of those that --help lists",
        hb_quote(argument).text, hb_suggest_text(argument, names, count, near, sizeof near));
}

static const struct hb_option own_options[] = {
    {"from", HB_AS_READ(struct options, format, "FORMAT", read_format), .group = 1,
     .help = "One of those below (default: auto, by what is in the file)"},
    {"process", HB_AS_COUNT(struct options, process, "ID", 1, 4294967295.0), .group = 1,
     .help = "Of a log with several processes this one (default: the first)"},
    {"strict", HB_AS_FLAG(struct options, strict), .group = 1,
     .help = "Refuse what the format's own tools tolerate"},
    {"output", HB_AS_TEXT(struct options, output, "FILE"), .letter = 'o', .group = 2,
     .help = "Write the trace to it"},
    {"force", HB_AS_FLAG(struct options, force), .group = 2, .help = HB_OUTPUT_FORCE_HELP},
    {0},
};

static void append_formats(struct hb_buf *help)
{
    (void)hb_buf_text(help, "Formats:\n");
    for (const struct hb_foreign_format *const *f = hb_foreign_formats; *f; f++)
        hb_options_row(help, 14, (*f)->name, (*f)->form);
}

const struct hb_usage hb_trace_import_usage = {
    .groups = {{own_options, 0}},
    .which = "which file? a recording of another tool's",
    .files = offsetof(struct options, files),
    .args_doc = "FILE",
    .doc = "Makes a trace of what another tool recorded. The file may be packed by gzip, zstd or "
           "zip.\v"
           "Examples:\n"
           "  hakbench trace import systemui.zip -o systemui.hbt\n"
           "  hakbench trace import --from heaptrack heaptrack.app.1234.zst -o app.hbt\n\n"
           "Exit status: 0 done, 2 wrong usage, or a file that is broken or of no such format.",
    .append = append_formats,
};

/* ---- what is said ---- */

static void say_number(struct hb_doc *doc, const char *what, uint64_t number)
{
    hb_doc_line(doc, "%-18s %s", what, hb_format_count((double)number).text);
}

static void say_counts(struct hb_doc *doc, const struct hb_intake_counts *counts)
{
    const struct {
        uint64_t count;
        const char *what;
    } lines[] = {
        {counts->unknown, "of blocks that nobody saw made: frees and reallocations, left out"},
        {counts->shared, "blocks where another one was live: of these the oldest is freed first"},
        {counts->backward, "times before that of the call before, which they were given"},
        {counts->others, "lines of other processes, left out; --process takes another"},
        {counts->queries, "lines that ask and allocate nothing, left out"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (lines[i].count)
            hb_doc_line(doc, "%s: %s", lines[i].what, hb_format_count((double)lines[i].count).text);
    }
}

static int say(const struct hb_foreign_outcome *outcome, const char *output, struct hb_err *err)
{
    struct hb_doc doc = {0};
    const struct hb_trace_totals *totals = &outcome->header.totals;
    hb_doc_add(&doc, HB_BLOCK_TEXT, NULL, "%s: %s", output, outcome->header.maker);
    say_number(&doc, outcome->has_records ? "records" : "lines", outcome->read);
    say_number(&doc, "events", totals->events);
    say_number(&doc, "threads", totals->threads);
    say_number(&doc, "blocks made", totals->made);
    say_number(&doc, "live at the end", totals->live_blocks);
    hb_doc_line(&doc, "%-18s %s", "peak of live bytes",
                hb_format_bytes((double)totals->peak_live_bytes).text);
    hb_doc_line(&doc, "not in this format: %s", outcome->format->lacks);
    say_counts(&doc, &outcome->counts);
    const int status = hb_doc_print(&doc, false, stdout, err);
    hb_doc_free(&doc);
    return status;
}

/* ---- the command ---- */

static int check(const struct options *options, struct hb_err *err)
{
    const char *const inputs[] = {options->files.names[0]};
    const struct hb_output_rule rule = {
        .force = options->force, .others = inputs, .other_count = 1};
    if (options->files.count != 1)
        return hb_err_set(err, HB_ERR_USAGE, "trace import: expected one file, found %zu",
                          options->files.count);
    if (!options->output || hb_output_is_stdout(options->output))
        return hb_err_set(err, HB_ERR_USAGE, "trace import: where to? -o FILE.hbt");
    return hb_output_check(options->output, &rule, err);
}

int hb_trace_import_run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.format = NULL};
    struct hb_foreign_outcome outcome;
    struct hb_file_making making;
    if (hb_options_parse(&hb_trace_import_usage, argc, argv, &options, err) != 0 ||
        check(&options, err) != 0 || hb_file_begin(options.output, &making, err) != 0)
        return -1;
    const struct hb_foreign_request request = {.input = options.files.names[0],
                                               .output = options.output,
                                               .fd = making.fd,
                                               .format = options.format,
                                               .process = options.process,
                                               .strict = options.strict};
    if (hb_file_end(&making, hb_foreign_import(&request, &outcome, err), err) != 0)
        return -1; /* part of a trace is no trace */
    return say(&outcome, options.output, err) == 0 ? HB_EXIT_OK : -1;
}
