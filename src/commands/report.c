/* `hakbench report`: results as one self-contained page for people, or as Markdown for a pull
 * request. Wires rooms together: result -> judge -> report; computes nothing itself.
 * Read next: src/report/sessions_page.h, docs/report.md. */
#include "base/copy.h"
#include "base/log.h"
#include "commands/command.h"
#include "report/picture.h"
#include "report/progress.h"
#include "report/sessions_page.h"
#include "report/trace_report.h"
#include "report/write_page.h"
#include "report/write_text.h"
#include "session/inputs.h"
#include "session/output.h"
#include "session/results_folder.h"
#include "trace/reader.h"
#include "version.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *title, *png, *since;
    int format; /* index into formats */
    bool no_charts, brief;
    uint64_t details; /* sessions of each profile that are there in full */
    struct hb_output_options io;
};

enum { FORMAT_HTML = 0, FORMAT_MARKDOWN };
static const char *const formats[] = {"html", "markdown", NULL};

/* One file, from its samples to what is said of it. */
struct loaded {
    char label[HB_NAME_MAX + 256];
    size_t input; /* index */
    struct hb_session session;
    bool is_named;    /* on the command line, and no copy among many */
    bool is_detailed; /* in full, and judged against the session before */
    struct hb_assessment assessment;
};

struct work {
    const struct options *options;
    struct hb_inputs inputs;
    struct loaded **items;      /* [count] */
    struct hb_page_item *views; /* [view_count] of those that are no older than since */
    size_t count, view_count;
    char since[32];            /* "": all */
    struct hb_digest *digests; /* [digest_count], of the rebases */
    size_t digest_count;
    struct hb_timelines timelines;
    struct hb_doc doc;      /* what is written, in one of three voices */
    struct hb_files traces; /* behind the sessions */
    struct hb_progress progress;
};

#define DETAILS_AUTO UINT64_MAX /* --details was not given */
#define FEW          4u         /* so many sessions are there in full */

static const struct hb_option own_options[] = {
    {"format", HB_AS_WORD(struct options, format, "html|markdown", formats), .group = 1,
     .help = "Format of the output (default: html)"},
    {"title", HB_AS_TEXT(struct options, title, "TEXT"), .group = 1,
     .help = "Title of the page (default: made from the results)"},
    {"png", HB_AS_TEXT(struct options, png, "FOLDER"), .group = 2,
     .help = "Draw every chart as a PNG file as well"},
    {"brief", HB_AS_FLAG(struct options, brief), .group = 1,
     .help = "Markdown of at most 20 lines: what came out; the rest is folded under them"},
    {"details", HB_AS_COUNT(struct options, details, "N", 0, UINT32_MAX), .group = 2,
     .help =
         "Show the newest N sessions of each profile in full (default: up to 4 sessions all, of "
         "more only the newest)"},
    {"since", HB_AS_TEXT(struct options, since, "TIME|DATE"), .group = 2,
     .help =
         "Show only sessions that are no older (7d, 2026-11-20); changes come from all of them"},
    {"no-charts", HB_AS_FLAG(struct options, no_charts), .group = 2, .help = "Leave pictures out"},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0}, {hb_options_output, offsetof(struct options, io)}},
    .which = "which results? FILE, LABEL=FILE or a folder",
    .files = offsetof(struct options, io.files),
    .args_doc = "FILE|LABEL=FILE|FOLDER...",
    .doc =
        "Writes one self-contained HTML page of any results: ranking with intervals, every run, "
        "slices, memory, system calls, a soak's course and latencies, budgets, a check's promises, "
        "several sessions over their dates, the environment and how to do it again. "
        "No request leaves the page.\v"
        "Examples:\n"
        "  hakbench report results/2026-11-24T09-03-08Z-mixed.json -o report.html\n"
        "  hakbench report before=old.json after=new.json -o both.html --png pictures\n"
        "  hakbench report results -o all.html --keep-going --title 'Since October'\n"
        "  hakbench report --format markdown results/baseline.json >comment.md\n\n"
        "Exit status: 0 done, 2 wrong usage or an unreadable file, 3 --png and "
        "rsvg-convert is not there or failed.",
};

/* ---- reading ---- */

static struct hb_output_rule rule_of(const struct work *work)
{
    return (struct hb_output_rule){.force = work->options->io.force, .inputs = &work->inputs};
}

/* Several sessions may have one name, and those of a folder its: then the file's is said as well.
 */
static void set_label(const struct hb_inputs *inputs, struct loaded *item)
{
    const struct hb_input *input = &inputs->items[item->input];
    const char *slash = strrchr(input->path, '/');
    bool is_shared = false;
    for (size_t i = 0; i < inputs->count; i++)
        is_shared |= i != item->input && strcmp(inputs->items[i].label, input->label) == 0;
    if (is_shared)
        (void)snprintf(item->label, sizeof item->label, "%s: %.250s", input->label,
                       slash ? slash + 1 : input->path);
    else
        HB_COPY(item->label, input->label);
}

static void free_item(struct loaded *item)
{
    if (item) {
        hb_assessment_free(&item->assessment);
        hb_session_free(&item->session);
        free(item);
    }
}

/* 0, 1 when the file was left out, -1. */
static int read_item(struct work *work, size_t index, struct hb_err *err)
{
    struct loaded *item = calloc(1, sizeof *item);
    if (!item)
        return hb_err_memory(err, NULL);
    const int status = hb_inputs_read(&work->inputs, index, &item->session, err);
    if (status != 0) {
        free_item(item);
        return status;
    }
    item->input = index;
    item->is_named = work->inputs.items[index].is_named;
    work->items[work->count++] = item;
    return 0;
}

static void drop_item(struct work *work, size_t index)
{
    free_item(work->items[index]);
    work->count--;
    memmove(&work->items[index], &work->items[index + 1],
            (work->count - index) * sizeof *work->items);
}

static bool is_same_session(const struct hb_session *a, const struct hb_session *b)
{
    return a->started_at[0] && strcmp(a->started_at, b->started_at) == 0 && a->seed == b->seed &&
           a->kind == b->kind && strcmp(a->profile_name, b->profile_name) == 0;
}

/* A pinned baseline is the session that it is a copy of. Both are there when the user named both.
 */
static void leave_copies_out(struct work *work)
{
    size_t copies = 0;
    for (size_t i = work->count; i-- > 0;) {
        bool is_copy = false;
        for (size_t j = 0; j < work->count && !is_copy; j++) {
            const bool yields = work->items[j]->is_named > work->items[i]->is_named ||
                                (work->items[j]->is_named == work->items[i]->is_named && j > i);
            is_copy = j != i && !work->items[i]->is_named && yields &&
                      is_same_session(&work->items[i]->session, &work->items[j]->session);
        }
        if (is_copy)
            drop_item(work, i);
        copies += is_copy;
    }
    if (copies)
        hb_say("%zu %s left out", copies,
               copies == 1 ? "copy of a session is" : "copies of sessions are");
}

static int read_all(struct work *work, struct hb_err *err)
{
    if (hb_output_find_inputs(&work->options->io, &work->inputs, err) != 0)
        return -1;
    work->count = 0;
    work->items = calloc(work->inputs.count + 1, sizeof *work->items);
    work->views = calloc(work->inputs.count + 1, sizeof *work->views);
    if (!work->items || !work->views)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < work->inputs.count; i++) {
        hb_progress_show(&work->progress, i + 1, work->inputs.count, "read", (double)NAN);
        if (read_item(work, i, err) < 0)
            return -1;
    }
    hb_progress_clear(&work->progress);
    for (size_t i = 0; i < work->count; i++)
        set_label(&work->inputs, work->items[i]);
    leave_copies_out(work);
    if (work->count == 0)
        (void)hb_err_set(err, HB_ERR_USAGE, "none of the files could be read");
    return work->count ? 0 : -1;
}

/* ---- judging ---- */

/* The session of the same profile before this one, or NULL. */
static const struct hb_session *session_before(const struct work *work, const struct loaded *item)
{
    const struct hb_session *latest = NULL, *mine = &item->session;
    for (size_t i = 0; i < work->count; i++) {
        const struct hb_session *other = &work->items[i]->session;
        if (other->kind != HB_KIND_REBASE || other->point_count ||
            strcmp(other->workload, mine->workload) != 0 ||
            strcmp(other->profile_name, mine->profile_name) != 0 ||
            strcmp(other->started_at, mine->started_at) >= 0)
            continue;
        if (!latest || strcmp(other->started_at, latest->started_at) > 0)
            latest = other;
    }
    return latest;
}

static int judge_item(const struct work *work, struct loaded *item, struct hb_err *err)
{
    const struct hb_assess_by by = {
        .baseline = item->is_detailed ? session_before(work, item) : NULL,
        .depth = item->is_detailed ? HB_DEPTH_BRIEF : HB_DEPTH_GLANCE,
    };
    bool is_default = false;
    if (hb_assess_read(&item->session, by, &item->assessment, &is_default, err) != 0)
        return -1;
    if (is_default)
        hb_say("%s carries no profile: judged by the budgets of %s", item->label,
               HB_SOAK_PROFILE_DEFAULT);
    return 0;
}

/* A profile that cannot be read is found only here: as a file that cannot be. */
static int leave_out(struct work *work, size_t index, struct hb_err *own, struct hb_err *err)
{
    const char *label = work->items[index]->label;
    if (!work->options->io.keep_going || own->kind != HB_ERR_USAGE)
        return hb_err_set(err, own->kind, "%.200s: %.800s", label, own->message);
    hb_say("left out: %s: %s", label, own->message);
    drop_item(work, index);
    work->inputs.refused++;
    return 0;
}

/* The newest of each profile; of few sessions all. */
static void choose_details(struct work *work)
{
    const uint64_t most = work->options->details != DETAILS_AUTO ? work->options->details
                          : work->count <= FEW                   ? work->count
                                                                 : 1;
    for (size_t i = 0; i < work->count; i++) {
        const struct hb_session *mine = &work->items[i]->session;
        uint64_t newer = 0;
        for (size_t j = 0; j < work->count; j++) {
            const struct hb_session *other = &work->items[j]->session;
            const int order = strcmp(other->started_at, mine->started_at);
            newer += other->kind == mine->kind &&
                     strcmp(other->profile_name, mine->profile_name) == 0 &&
                     (order > 0 || (order == 0 && j > i));
        }
        work->items[i]->is_detailed = newer < most;
    }
}

static int judge_all(struct work *work, struct hb_err *err)
{
    const size_t all = work->count;
    choose_details(work);
    for (size_t i = 0; i < work->count;) {
        struct hb_err own = {0};
        hb_progress_show(&work->progress, i + 1, all, work->items[i]->label, (double)NAN);
        if (judge_item(work, work->items[i], &own) == 0)
            i++;
        else if (leave_out(work, i, &own, err) != 0)
            return -1;
    }
    hb_progress_clear(&work->progress);
    for (size_t i = 0; i < work->count; i++) {
        struct loaded *item = work->items[i];
        if (strcmp(item->session.started_at, work->since) >= 0)
            work->views[work->view_count++] =
                (struct hb_page_item){item->label, item->is_detailed, &item->assessment};
    }
    if (work->count && work->view_count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "--since %s: of %zu sessions none is so new",
                          work->options->since, work->count);
    if (work->count == 0)
        (void)hb_err_set(err, HB_ERR_USAGE, "none of the files could be read");
    return work->count ? 0 : -1;
}

/* Where levels changed, when there are sessions enough of one workload. */
static int find_steps(struct work *work, struct hb_err *err)
{
    struct hb_compare_options options = {.margin_percent = (double)NAN};
    struct hb_err too_few = {0};
    options.figures[HB_METRIC_THROUGHPUT] = options.figures[HB_METRIC_RSS_PEAK] = true;
    work->digests = calloc(work->count + 1, sizeof *work->digests);
    if (!work->digests)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < work->count; i++) {
        const struct loaded *item = work->items[i];
        hb_progress_show(&work->progress, i + 1, work->count, "over time", (double)NAN);
        if (item->session.kind == HB_KIND_REBASE && !item->session.point_count &&
            hb_digest_take(&item->session, NULL, item->label, item->label,
                           &work->digests[work->digest_count++], err) != 0)
            return -1;
    }
    struct hb_timelines timelines;
    const int status =
        hb_timelines_make(work->digests, work->digest_count, &options, &timelines, &too_few);
    work->timelines = timelines;
    HB_COPY(work->timelines.since, work->since);
    hb_progress_clear(&work->progress);
    if (status == 0 || too_few.kind == HB_ERR_USAGE)
        return 0;
    (void)hb_err_set(err, too_few.kind, "%s", too_few.message);
    return -1;
}

/* ---- writing ---- */

static struct hb_page_sessions sessions_of(const struct work *work)
{
    return (struct hb_page_sessions){.items = work->views,
                                     .count = work->view_count,
                                     .timelines = work->timelines.count ? &work->timelines : NULL};
}

static int build(struct work *work, struct hb_err *err)
{
    const struct hb_page_sessions sessions = sessions_of(work);
    const bool several = work->count + work->traces.count > 1;
    if (work->options->title)
        hb_doc_add(&work->doc, HB_BLOCK_TITLE, NULL, "%s", work->options->title);
    int status = work->count ? hb_page_document(&sessions, &work->doc, err) : 0;
    for (size_t i = 0; i < work->traces.count && status == 0; i++)
        status = hb_report_trace(work->traces.names[i], several, &work->doc, err);
    return status;
}

static int add_page(const struct work *work, struct hb_buf *out, struct hb_err *err)
{
    const struct hb_page_sessions sessions = sessions_of(work);
    char title[256] = "Allocations of programs";
    if (work->count)
        hb_page_title(&sessions, title, sizeof title);
    const struct hb_page_options options = {
        .title = work->options->title ? work->options->title : title,
        .tool =
            HB_COMMIT[0] ? "hakbench " HB_VERSION ", commit " HB_COMMIT : "hakbench " HB_VERSION,
        .charts = !work->options->no_charts,
    };
    return hb_doc_write_page(&work->doc, &options, out, err);
}

static int draw(const struct work *work, struct hb_err *err)
{
    if (!work->options->png)
        return 0;
    if (hb_output_folder_other(work->options->png, err) != 0)
        return -1;
    struct hb_output_album album = {work->options->png, rule_of(work)};
    const struct hb_picture_taker taker = hb_output_taker(&album);
    const int drawn = hb_doc_pictures(&work->doc, &taker, err);
    if (drawn < 0)
        return -1;
    hb_say("%d pictures in %s", drawn, work->options->png);
    return 0;
}

static int write_out(const struct work *work, struct hb_err *err)
{
    struct hb_buf out = {0};
    struct hb_screen screen = hb_screen_markdown();
    screen.brief = work->options->brief;
    int status = (work->options->format == FORMAT_MARKDOWN)
                     ? hb_doc_write(&work->doc, &screen, &out, err)
                     : add_page(work, &out, err);
    if (status == 0)
        status = hb_output_write(work->options->io.output, &out, err);
    hb_buf_free(&out);
    return status;
}

static int check_options(const struct options *options, struct hb_err *err)
{
    if (options->io.output || options->format == FORMAT_MARKDOWN || isatty(STDOUT_FILENO) != 1)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE,
                      "a page is not for a terminal: -o FILE says where it goes");
}

/* Traces are read when their turn comes; sessions stay in front, in their order. */
static int part_traces(struct options *options, struct hb_files *traces, struct hb_err *err)
{
    char **names = options->io.files.names;
    const size_t count = options->io.files.count;
    size_t sessions = 0;
    for (size_t i = 0; i < count; i++) {
        if (hb_trace_is_one(names[i]))
            continue;
        char *session = names[i];
        memmove(&names[sessions + 1], &names[sessions], (i - sessions) * sizeof *names);
        names[sessions++] = session;
    }
    *traces = (struct hb_files){names + sessions, count - sessions};
    options->io.files.count = sessions;
    const struct hb_output_rule rule = {.force = options->io.force,
                                        .others = (const char *const *)traces->names,
                                        .other_count = traces->count};
    return hb_output_check(options->io.output, &rule, err);
}

static void close_work(struct work *work)
{
    for (size_t i = 0; i < work->count; i++)
        free_item(work->items[i]);
    free(work->items);
    free(work->views);
    hb_doc_free(&work->doc);
    hb_progress_clear(&work->progress);
    hb_timelines_free(&work->timelines);
    hb_digests_free(work->digests, work->digest_count);
    hb_inputs_free(&work->inputs);
}

static int run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.details = DETAILS_AUTO};
    if (hb_options_parse(&usage, argc, argv, &options, err) != 0 ||
        check_options(&options, err) != 0)
        return -1;
    struct work work = {.options = &options};
    hb_progress_init(&work.progress, false);
    int status = part_traces(&options, &work.traces, err);
    const bool has_sessions = options.io.files.count || !work.traces.count;
    if (status == 0 && options.since)
        status = hb_inputs_since(options.since, work.since, err);
    if (status == 0 && has_sessions)
        status = read_all(&work, err);
    if (status == 0 && has_sessions)
        status = judge_all(&work, err);
    if (status == 0)
        status = find_steps(&work, err);
    if (status == 0)
        status = build(&work, err);
    if (status == 0)
        status = write_out(&work, err);
    if (status == 0)
        status = draw(&work, err);
    const size_t refused = work.inputs.refused;
    close_work(&work);
    if (status != 0)
        return -1;
    return refused ? hb_err_exit_code(HB_ERR_USAGE) : HB_EXIT_OK;
}

HB_COMMAND_RUN(report, "results as one self-contained page with charts, or as Markdown");
