/* `hakbench table`: result files as one table, allocator by kind: ratios with intervals, memory,
 * places, who wins where. For a terminal, a README, a spreadsheet, or as a page.
 * Wires rooms together: result -> judge -> compare -> report; computes nothing itself.
 * Read next: src/compare/standings.h, docs/suite.md. */
#include "commands/command.h"
#include "report/standings_report.h"
#include "report/write_text.h"
#include "session/output.h"
#include "suite/standing_files.h"
#include "version.h"

#include <stdio.h>

enum { FORMAT_TABLE = 0, FORMAT_MARKDOWN, FORMAT_CSV, FORMAT_HTML };
static const char *const formats[] = {"table", "markdown", "csv", "html", NULL};

struct options {
    const char *reference, *allocators;
    int format; /* index into formats */
    bool worst_first, brief;
    uint64_t resamples;
    struct hb_output_options io;
};

#define RESAMPLES 2000

static const struct hb_option own_options[] = {
    {"reference", HB_AS_TEXT(struct options, reference, "NAME"), .group = 1,
     .help = "Allocator that ratios are to (default: the one that the sessions have)"},
    {"allocators", HB_AS_TEXT(struct options, allocators, "A,B"), .group = 1,
     .help = "Only these, and the reference"},
    {"worst-first", HB_AS_FLAG(struct options, worst_first), .group = 1,
     .help = "Put first the kinds in which the first allocator does worst"},
    {"resamples", HB_AS_COUNT(struct options, resamples, "N", 0, 1000000), .group = 1,
     .help = "Resamples for the ranges of places (default: 2000)"},
    {"format", HB_AS_WORD(struct options, format, "table|markdown|csv|html", formats), .group = 2,
     .help = "Format of the output (default: table)"},
    {"brief", HB_AS_FLAG(struct options, brief), .group = 2,
     .help = "At most 20 lines; as Markdown the rest is folded under them"},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0}, {hb_options_output, offsetof(struct options, io)}},
    .which = "which results? The folder of a suite, or files",
    .files = offsetof(struct options, io.files),
    .args_doc = "FILE|FOLDER...",
    .doc = "Makes one table of many sessions: each allocator over every loop, sweep, program and "
           "trace, as "
           "a ratio to one reference with its 95 % interval; memory; geometric means over groups; "
           "places, and how often an allocator is first in resamples. Of several sessions of one "
           "kind the newest counts.\v"
           "Examples:\n"
           "  hakbench table results/2026-11-27T21-20-00Z-suite\n"
           "  hakbench table --format markdown results/*-suite >table.md\n"
           "  hakbench table --allocators mine --worst-first SUITE\n"
           "  hakbench table --format html -o table.html SUITE\n\n"
           "Exit status: 0 done, 2 wrong usage or an unreadable file, 5 files of several classes "
           "of machine.",
};

static int write_table(const struct options *options, const struct hb_standing_files *files,
                       struct hb_err *err)
{
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    struct hb_screen screen =
        hb_output_screen(options->io.output, options->format == FORMAT_MARKDOWN);
    screen.brief = options->brief;
    int status = 0;
    if (options->format == FORMAT_CSV)
        hb_standings_csv(&files->standings, &out);
    else
        status = hb_standing_files_report(files, options->worst_first, &doc, err);
    if (status == 0 && options->format == FORMAT_HTML)
        status = hb_standing_files_page(files, &doc, "hakbench " HB_VERSION, &out, err);
    else if (status == 0 && options->format != FORMAT_CSV)
        status = hb_doc_write(&doc, &screen, &out, err);
    if (status == 0)
        status = hb_buf_check(&out, err);
    if (status == 0)
        status = hb_output_write(options->io.output, &out, err);
    hb_doc_free(&doc);
    hb_buf_free(&out);
    return status;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.resamples = RESAMPLES};
    struct hb_inputs inputs = {0};
    struct hb_standing_files files = {0};
    if (hb_options_parse(&usage, argc, argv, &options, err) != 0)
        return -1;
    if (options.brief && options.format != FORMAT_TABLE && options.format != FORMAT_MARKDOWN)
        return hb_err_set(err, HB_ERR_USAGE, "--brief is of --format table and markdown");
    const struct hb_standing_options by = {options.reference, options.allocators,
                                           (size_t)options.resamples};
    int status = hb_output_find_inputs(&options.io, &inputs, err);
    if (status == 0)
        status = hb_standing_files_read(&inputs, &by, &files, err);
    if (status == 0)
        status = write_table(&options, &files, err);
    if (status == 0)
        status = inputs.refused ? HB_EXIT_USAGE : HB_EXIT_OK;
    hb_standing_files_free(&files);
    hb_inputs_free(&inputs);
    return status;
}

HB_COMMAND_RUN(table, "many sessions as one table: who wins where");
