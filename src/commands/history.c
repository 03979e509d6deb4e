/* `hakbench history`: all sessions of a folder by date: what they are called, on which machine, how
 * noisy it was; where levels changed, and between which commits.
 * Wires rooms together: result -> compare -> report; computes nothing itself.
 * Read next: src/compare/timeline.h, docs/suite.md. */
#include "base/copy.h"
#include "commands/command.h"
#include "report/history_report.h"
#include "report/write_page.h"
#include "report/write_text.h"
#include "session/output.h"
#include "version.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FORMAT_TABLE = 0, FORMAT_MARKDOWN, FORMAT_HTML };
static const char *const formats[] = {"table", "markdown", "html", NULL};

struct options {
    const char *since;
    int format; /* index into formats */
    bool brief;
    struct hb_output_options io;
};

static const struct hb_option own_options[] = {
    {"since", HB_AS_TEXT(struct options, since, "TIME|DATE"), .group = 1,
     .help = "List only what is no older (7d, 2026-11-20); levels come from all sessions"},
    {"format", HB_AS_WORD(struct options, format, "table|markdown|html", formats), .group = 2,
     .help = "Format of the output (default: table)"},
    {"brief", HB_AS_FLAG(struct options, brief), .group = 2,
     .help = "At most 20 lines; as Markdown the rest is folded under them"},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0}, {hb_options_output, offsetof(struct options, io)}},
    .files = offsetof(struct options, io.files),
    .which = "which results? A folder, such as results, or files",
    .args_doc = "FOLDER|FILE...",
    .doc = "Lists sessions by date with their names, notes, classes of machine and noise floors. "
           "Says where the level of an allocator changed, between which commits of this tool's "
           "tree, and which times were only noisy. Subfolders (suites) are read as well.\v"
           "Examples:\n"
           "  hakbench history results\n"
           "  hakbench history --since 7d --format markdown --brief results\n"
           "  hakbench history --format html -o history.html results\n\n"
           "Exit status: 0 done, 2 wrong usage or an unreadable file.",
};

/* ---- folders of folders ---- */

static bool has_result(const char *folder)
{
    struct dirent **entries = NULL;
    bool has = false;
    const int count = scandir(folder, &entries, NULL, NULL);
    for (int i = 0; i < count; i++) {
        has |= entries[i]->d_name[0] != '.' && hb_path_stem(entries[i]->d_name, ".json");
        free(entries[i]);
    }
    free(entries);
    return has;
}

/* A folder's own results, and those of the folders in it: suites, earlier baselines. */
static int add_folder(const char *path, struct hb_words *words, struct hb_err *err)
{
    struct dirent **entries = NULL;
    int status = has_result(path) && hb_words_add(words, path) != 0 ? hb_err_memory(err, NULL) : 0;
    const int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char inner[HB_PATH_MAX];
        struct stat st;
        if (status == 0 && entries[i]->d_name[0] != '.' &&
            hb_copy_path(inner, err, "%s/%s", path, entries[i]->d_name) == 0 &&
            stat(inner, &st) == 0 && S_ISDIR(st.st_mode) && has_result(inner) &&
            hb_words_add(words, inner) != 0)
            status = hb_err_memory(err, NULL);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int expand(const struct hb_files *files, struct hb_words *words, struct hb_err *err)
{
    for (size_t i = 0; i < files->count; i++) {
        struct stat st;
        const bool is_folder = stat(files->names[i], &st) == 0 && S_ISDIR(st.st_mode);
        const size_t before = words->count;
        if (is_folder && add_folder(files->names[i], words, err) != 0)
            return -1;
        if (words->count == before && hb_words_add(words, files->names[i]) != 0)
            return hb_err_memory(err, NULL);
    }
    return 0;
}

/* ---- reading ---- */

struct work {
    const struct options *options;
    struct hb_inputs inputs;
    struct hb_digest *digests; /* [count] */
    size_t count;
    struct hb_timelines timelines;
    char since[32];
};

static int read_all(struct work *work, struct hb_err *err)
{
    struct hb_words words = {0};
    struct hb_err too_few = {0};
    struct hb_compare_options compare = {.margin_percent = (double)NAN};
    const struct hb_output_rule rule = {.force = work->options->io.force, .inputs = &work->inputs};
    int status = expand(&work->options->io.files, &words, err);
    if (status == 0)
        status = hb_inputs_find(words.items, words.count, work->options->io.keep_going,
                                &work->inputs, err);
    if (status == 0)
        status = hb_output_check(work->options->io.output, &rule, err);
    if (status == 0)
        status = hb_digests_read(&work->inputs, &work->digests, &work->count, err);
    hb_words_free(&words);
    if (status != 0)
        return -1;
    compare.figures[HB_METRIC_THROUGHPUT] = compare.figures[HB_METRIC_RSS_PEAK] = true;
    if (hb_timelines_make(work->digests, work->count, &compare, &work->timelines, &too_few) != 0 &&
        too_few.kind != HB_ERR_USAGE)
        return hb_err_set(err, too_few.kind, "%s", too_few.message);
    HB_COPY(work->timelines.since, work->since);
    return 0;
}

/* ---- writing ---- */

static int write_history(const struct work *work, struct hb_err *err)
{
    const struct options *options = work->options;
    const struct hb_history_view view = {work->digests, work->count, &work->timelines};
    const struct hb_page_options page = {
        .title = "History of sessions", .tool = "hakbench " HB_VERSION, .charts = true};
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    struct hb_screen screen =
        hb_output_screen(options->io.output, options->format == FORMAT_MARKDOWN);
    screen.brief = options->brief;
    hb_history_report(&view, &doc);
    int status = options->format == FORMAT_HTML ? hb_doc_write_page(&doc, &page, &out, err)
                                                : hb_doc_write(&doc, &screen, &out, err);
    if (status == 0)
        status = hb_output_write(options->io.output, &out, err);
    hb_doc_free(&doc);
    hb_buf_free(&out);
    return status;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {0};
    if (hb_options_parse(&usage, argc, argv, &options, err) != 0)
        return -1;
    struct work work = {.options = &options};
    int status = options.since ? hb_inputs_since(options.since, work.since, err) : 0;
    if (status == 0)
        status = read_all(&work, err);
    if (status == 0)
        status = write_history(&work, err);
    if (status == 0)
        status = work.inputs.refused ? HB_EXIT_USAGE : HB_EXIT_OK;
    hb_timelines_free(&work.timelines);
    hb_digests_free(work.digests, work.count);
    hb_inputs_free(&work.inputs);
    return status;
}

HB_COMMAND_RUN(history, "sessions by date: what changed, when, and how noisy it was");
