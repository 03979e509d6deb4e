/* `hakbench trace info`: what is in a trace, as text, Markdown, JSON or a page.
 * Wires rooms together: trace -> report. */
#include "commands/trace_parts.h"
#include "report/trace_report.h"
#include "report/write_page.h"
#include "report/write_text.h"
#include "session/output.h"
#include "trace/tally.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_TEXT = 0, FORMAT_MARKDOWN, FORMAT_HTML, FORMAT_JSON };
static const char *const formats[] = {"text", "markdown", "html", "json", NULL};

struct options {
    struct hb_files files;
    const char *output;
    int format;
    bool force;
};

static const struct hb_option own_options[] = {
    {"format", HB_AS_WORD(struct options, format, "text|markdown|html|json", formats), .group = 1,
     .help = "Format of the output (default: text)"},
    {"output", HB_AS_TEXT(struct options, output, "FILE"), .letter = 'o', .group = 1,
     .help = "Write to this file (default: standard output)"},
    {"force", HB_AS_FLAG(struct options, force), .group = 1, .help = HB_OUTPUT_FORCE_HELP},
    {0},
};

const struct hb_usage hb_trace_info_usage = {
    .groups = {{own_options, 0}},
    .which = "which trace? FILE",
    .files = offsetof(struct options, files),
    .args_doc = "FILE...",
    .doc = "Says what is in a trace: calls, sizes and lifetimes as histograms, the hottest sizes, "
           "live bytes over time and their peak, frees by other threads, chains of reallocations.\v"
           "Examples:\n"
           "  hakbench trace info app.hbt\n"
           "  hakbench trace info --format html app.hbt app.4711.hbt -o app.html\n"
           "  hakbench trace info --format json app.hbt | jq .peak_live_bytes\n\n"
           "Exit status: 0 told, 2 wrong usage, or a file that is no trace or is damaged.",
};

static int tell_json(const char *path, struct hb_buf *json, struct hb_err *err)
{
    struct hb_tally *tally = hb_tally_of_file(path, err);
    if (!tally)
        return -1;
    const int status = hb_tally_json(tally, json, err);
    hb_tally_free(tally);
    return status;
}

static int write_document(const struct options *options, struct hb_doc *doc, struct hb_buf *out,
                          struct hb_err *err)
{
    const struct hb_page_options page = {
        .title = "Allocations of a program",
        .tool =
            HB_COMMIT[0] ? "hakbench " HB_VERSION ", commit " HB_COMMIT : "hakbench " HB_VERSION,
        .charts = true,
    };
    if (options->format == FORMAT_HTML)
        return hb_doc_write_page(doc, &page, out, err);
    const struct hb_screen screen =
        hb_output_screen(options->output, options->format == FORMAT_MARKDOWN);
    return hb_doc_write(doc, &screen, out, err);
}

static int info(const struct options *options, struct hb_err *err)
{
    static struct hb_doc doc; /* too large for a small stack */
    const struct hb_output_rule rule = {.force = options->force,
                                        .others = (const char *const *)options->files.names,
                                        .other_count = options->files.count};
    struct hb_buf out = {0};
    int status = hb_output_check(options->output, &rule, err);
    if (status == 0 && options->format == FORMAT_JSON && options->files.count > 1)
        status = hb_err_set(err, HB_ERR_USAGE, "JSON is of one trace, and there are %zu",
                            options->files.count);
    for (size_t i = 0; i < options->files.count && status == 0; i++)
        status =
            options->format == FORMAT_JSON
                ? tell_json(options->files.names[i], &out, err)
                : hb_report_trace(options->files.names[i], options->files.count > 1, &doc, err);
    if (status == 0 && options->format != FORMAT_JSON)
        status = write_document(options, &doc, &out, err);
    if (status == 0)
        status = hb_output_write(options->output, &out, err);
    hb_buf_free(&out);
    hb_doc_free(&doc);
    return status;
}

int hb_trace_info_run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.format = FORMAT_TEXT};
    return hb_options_parse(&hb_trace_info_usage, argc, argv, &options, err) == 0
               ? info(&options, err)
               : -1;
}
