/* `hakbench analyze`: reads a soak that is finished, half finished or of another tool, and says
 * what it says: every verdict and percentile is computed anew from the epochs.
 * Wires rooms together: result -> judge -> report; computes nothing itself. */
#include "base/log.h"
#include "commands/command.h"
#include "report/charts.h"
#include "report/picture.h"
#include "report/session_report.h"
#include "report/write_text.h"
#include "result/session_json.h"
#include "session/conclusion.h"
#include "session/output.h"
#include "session/results_folder.h"

#include <stdio.h>
#include <stdlib.h>

#define WARMUP_OF_SOAK UINT64_MAX /* --warmup-epochs was not given */

struct options {
    const char *profile, *json, *plot;
    uint64_t warmup;
    bool syscalls, markdown, strict, force;
    struct hb_files files;
};

/* One file, from its bytes to what is said of it. */
struct analysis {
    struct hb_session session;
    struct hb_profile profile; /* of --profile, or the default for a CSV */
    struct hb_assessment assessment;
};

static const struct hb_option own_options[] = {
    {"profile", HB_AS_TEXT(struct options, profile, "NAME|FILE"), .letter = 'p', .group = 1,
     .help = "Judge by the budgets of this profile (default: the soak's own)"},
    {"warmup-epochs", HB_AS_COUNT(struct options, warmup, "N", 0, UINT32_MAX), .group = 1,
     .help = "Leave out the first N epochs of each process (default: the soak's own)"},
    {"strict", HB_AS_FLAG(struct options, strict), .group = 1, .help = HB_STRICT_HELP},
    {"syscalls", HB_AS_FLAG(struct options, syscalls), .group = 2,
     .help = "Show the memory system calls instead: by phase and call, bytes, per million "
             "operations"},
    {"markdown", HB_AS_FLAG(struct options, markdown), .group = 2, .help = "Print Markdown"},
    {"json", HB_AS_TEXT(struct options, json, "FILE|-"), .group = 2,
     .help = "Write the session with what was computed"},
    {"plot", HB_AS_TEXT(struct options, plot, "FOLDER"), .group = 2,
     .help = "Draw throughput, memory and latency over time as PNG files (needs rsvg-convert)"},
    {"force", HB_AS_FLAG(struct options, force), .group = 2, .help = HB_OUTPUT_FORCE_HELP},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0}},
    .which = "which soak? Its .json, .jsonl or .csv",
    .files = offsetof(struct options, files),
    .args_doc = "FILE...",
    .doc =
        "Computes every verdict and percentile of a soak anew, from its result (.json), from the "
        "journal of one that was cut off (.jsonl), or from a CSV: one of this tool's, or any with "
        "the columns epoch,throughput,rss.\v"
        "Examples:\n"
        "  hakbench analyze results/2026-11-24T10-00-00Z-mixed.json\n"
        "  hakbench analyze --syscalls --profile strict.json soak.jsonl\n"
        "  hakbench analyze --warmup-epochs 10 --plot pictures epochs.csv\n\n"
        "Exit status: 0 within budget, 1 a budget failed, 2 wrong usage or an unreadable file, 3 "
        "the soak is incomplete, 4 no budget is known, or (--strict) not each of them. Of "
        "several files the worst counts: 3, 1, 4, 0.",
};

/* ---- reading ---- */

static int read_session(const struct options *options, const char *path, struct hb_session *session,
                        struct hb_err *err)
{
    if (hb_session_read(path, session, err) != 0)
        return -1;
    if (session->kind != HB_KIND_SOAK)
        return hb_err_set(err, HB_ERR_USAGE, "%s has no epochs: it is a \"%s\", not a soak", path,
                          hb_session_kind_names[session->kind]);
    if (hb_soak_is_count(session) && !options->syscalls)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s has no epochs: it is a count of system calls; analyze --syscalls "
                          "prints it",
                          path);
    return 0;
}

/* By --profile, else by the soak's own, else by the default one. */
static int read_and_judge(const struct options *options, const char *path,
                          struct analysis *analysis, struct hb_err *err)
{
    struct hb_assess_by by = {.depth = options->json ? HB_DEPTH_FULL : HB_DEPTH_BRIEF};
    struct hb_session *session = &analysis->session;
    if (read_session(options, path, session, err) != 0)
        return -1;
    if (!options->profile && !session->profile)
        hb_say("%s carries no profile: judged by the budgets of %s", path, HB_SOAK_PROFILE_DEFAULT);
    if (hb_soak_profile(options->profile, session, &analysis->profile, &by.profile, err) != 0)
        return -1;
    if (options->warmup != WARMUP_OF_SOAK)
        session->soak.warmup_epochs = (uint32_t)options->warmup;
    return hb_assess(session, &by, &analysis->assessment, err);
}

/* ---- what comes out ---- */

static int print_report(const struct options *options, const char *path,
                        const struct analysis *analysis, struct hb_err *err)
{
    const bool json_on_stdout = hb_output_is_stdout(options->json);
    FILE *to = json_on_stdout ? stderr : stdout;
    struct hb_doc doc = {0};
    if (options->files.count > 1)
        hb_doc_add(&doc, HB_BLOCK_TEXT, NULL, "%s%s", path == options->files.names[0] ? "" : "\n",
                   path);
    if (options->syscalls)
        hb_soak_syscalls_report(&analysis->assessment.soak, &doc);
    else
        hb_soak_report(&analysis->assessment.soak, &doc);
    const int status = hb_doc_print(&doc, options->markdown, to, err);
    hb_doc_free(&doc);
    return status;
}

static int draw(const struct options *options, const char *path, const struct analysis *analysis,
                struct hb_err *err)
{
    const char *folder = options->plot;
    const char *const read[] = {path, options->profile};
    struct hb_output_album album = {folder,
                                    {.force = options->force, .others = read, .other_count = 2}};
    const struct hb_picture_taker taker = hb_output_taker(&album);
    if (hb_output_folder_other(folder, err) != 0)
        return -1;
    struct hb_doc doc = {0};
    hb_charts_soak_course(&analysis->assessment.soak, &doc);
    const int drawn = hb_doc_pictures(&doc, &taker, err);
    hb_doc_free(&doc);
    if (drawn < 0)
        return -1;
    hb_say("%d pictures in %s", drawn, folder);
    return 0;
}

static int print_all(const struct options *options, const char *path,
                     const struct analysis *analysis, struct hb_err *err)
{
    if (print_report(options, path, analysis, err) != 0)
        return -1;
    if (options->json && hb_conclusion_json(&analysis->assessment, options->json, err) != 0)
        return -1;
    if (options->plot && draw(options, path, analysis, err) != 0)
        return -1;
    return hb_conclusion_exit_code(&analysis->assessment, options->strict);
}

static int analyze(const struct options *options, const char *path, struct hb_err *err)
{
    struct analysis *analysis = calloc(1, sizeof *analysis);
    if (!analysis)
        return hb_err_memory(err, NULL);
    const char *const read[] = {path, options->profile};
    const struct hb_output_rule rule = {.force = options->force, .others = read, .other_count = 2};
    int code = options->json ? hb_output_check(options->json, &rule, err) : 0;
    if (code == 0)
        code = read_and_judge(options, path, analysis, err);
    if (code == 0)
        code = print_all(options, path, analysis, err);
    hb_assessment_free(&analysis->assessment);
    hb_profile_free(&analysis->profile);
    hb_session_free(&analysis->session);
    free(analysis);
    return code;
}

/* Of several files the worst counts: an incomplete soak, a failed budget, one not known. */
static int worse_of(int a, int b)
{
    static const int rank[] = {
        [HB_EXIT_OK] = 0, [HB_EXIT_INCONCLUSIVE] = 1, [HB_EXIT_GATE] = 2, [HB_EXIT_INCOMPLETE] = 3};
    return rank[a] > rank[b] ? a : b;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {.warmup = WARMUP_OF_SOAK};
    int worst = HB_EXIT_OK;
    if (hb_options_parse(&usage, argc, argv, &options, err) != 0)
        return -1;
    if (options.files.count > 1 && (options.json || options.plot))
        return hb_err_set(err, HB_ERR_USAGE, "--json and --plot are for one file at a time");
    for (size_t i = 0; i < options.files.count; i++) {
        const int code = analyze(&options, options.files.names[i], err);
        if (code < 0)
            return -1;
        worst = worse_of(code, worst);
    }
    return worst;
}

HB_COMMAND_RUN(analyze, "verdicts and percentiles of a soak, computed anew from its file");
