/* `hakbench rebase`: measures every allocator afresh under the same conditions, says what came
 * out, and pins it as the baseline.
 * Wires rooms together: plan -> run -> judge -> report; computes nothing itself. */
#include "base/log.h"
#include "commands/command.h"
#include "run/session.h"
#include "session/baseline.h"
#include "session/conclusion.h"
#include "session/measuring.h"
#include "session/plan_report.h"
#include "session/results_folder.h"
#include "session/session_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One rebase, from options to files. */
struct rebase {
    struct hb_measure_options options;
    bool no_pin, is_changed; /* is not what its profile says */
    struct hb_places places;
    struct hb_profile profile;
    struct hb_session session;
    struct hb_session_files files;
};

static const struct hb_option own_options[] = {
    HB_PROFILE_OPTION(struct rebase, "mixed"),
    {"quick", HB_AS_FLAG(struct rebase, options.quick), .group = 1,
     .help = "A tenth of the operations, and no more runs than a verdict needs: a first look"},
    {"reference", HB_AS_TEXT(struct rebase, options.reference, "NAME"), .group = 1,
     .help = "Allocator that the others are compared with (default: mimalloc)"},
    {"rigorous", HB_AS_FLAG(struct rebase, options.rigorous), .group = 1, .help = "20 runs"},
    {"no-pin", HB_AS_FLAG(struct rebase, no_pin), .group = 3,
     .help = "Only measure: keep baseline and scorecard as they are"},
    {"force", HB_AS_FLAG(struct rebase, options.force), .group = 3,
     .help = "Pin even a session that is too noisy, partial or not the profile itself; overwrite "
             "the files of --json and --csv"},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0},
               {hb_options_profile, offsetof(struct rebase, options)},
               {hb_options_measure, offsetof(struct rebase, options)},
               {hb_options_choice, offsetof(struct rebase, options)},
               {hb_options_runs, offsetof(struct rebase, options)},
               {hb_options_count, offsetof(struct rebase, options)},
               {hb_options_sweep, offsetof(struct rebase, options)},
               {hb_options_kept, offsetof(struct rebase, options)},
               {hb_options_naming, offsetof(struct rebase, options.naming)}},
    .doc = "Measures every allocator afresh under the same conditions: interleaved blocks in "
           "shuffled order, a fresh process each, the harness's own cost beside them. Prints "
           "speed, memory and system calls, and pins the result as the new baseline.\v"
           "Examples:\n"
           "  hakbench rebase --runs 10\n"
           "  hakbench rebase --profile mixed-10k --allocators hakmem,mimalloc\n"
           "  hakbench rebase --allocator mine=/opt/lib/libmine.so --no-pin\n"
           "  hakbench rebase --quick --set working_set=2000\n\n"
           "Exit status: 0 done and within budget, 1 a budget failed, 2 wrong usage, 3 some job "
           "failed or the session is incomplete, 4 no budget is known, or (--strict) not each of "
           "them, 130 interrupted.",
};

/* ---- the session ---- */

/* Everything that can be refused is refused here, before the first job. */
static int prepare(struct rebase *rebase, int argc, char **argv, struct hb_err *err)
{
    rebase->is_changed = hb_measure_changes_profile(&rebase->options);
    if (hb_measure_profile(&rebase->options, &rebase->places, &rebase->profile, err) != 0)
        return -1;
    return hb_measure_session(&rebase->options, &rebase->places, &rebase->profile, HB_KIND_REBASE,
                              argc, argv, &rebase->session, err);
}

/* Whether the flags of the session that was cut off changed what its profile says. The number of
 * runs may differ; a profile that is no longer there counts as changed. */
static bool was_changed(const struct rebase *rebase)
{
    const struct hb_session *session = &rebase->session;
    const char *const folders[] = {rebase->places.profiles};
    struct hb_profile profile = {0};
    struct hb_err ignored = {0};
    if (hb_profile_load(session->profile_name, folders, 1, &profile, &ignored) != 0)
        return true;
    profile.runs = session->blocks;
    bool changed = !session->profile || !hb_profile_is_same(&profile, session->profile);
    for (size_t i = 0; i < session->allocator_count; i++) { /* --allocator NAME=PATH */
        const struct hb_allocator_entry *entry = &session->allocators[i];
        bool listed = entry->role != HB_ROLE_SUBJECT;
        for (size_t j = 0; j < profile.allocator_count && !listed; j++)
            listed = strcmp(entry->label, profile.allocators[j]) == 0;
        changed |= !listed;
    }
    hb_profile_free(&profile);
    return changed;
}

/* The speed of a workload that sleeps is not compared. */
static bool has_speed(const struct rebase *rebase)
{
    struct hb_err ignored = {0};
    struct hb_workload_info *info = calloc(1, sizeof *info);
    const bool is_paced =
        info &&
        hb_catalog_workload(&rebase->places, rebase->session.workload, info, &ignored) == 0 &&
        info->is_paced;
    free(info);
    return !is_paced;
}

/* What cannot be decided by so many runs is said before they are made. */
static void say_too_few(const struct rebase *rebase)
{
    const struct hb_session *session = &rebase->session;
    char text[128];
    size_t comparisons = 0;
    for (size_t i = 0; i < session->allocator_count; i++)
        comparisons += session->allocators[i].role == HB_ROLE_SUBJECT &&
                       !session->allocators[i].missing_reason[0];
    if (session->point_count) /* every two at every point */
        comparisons = comparisons * (comparisons + 1) / 2 * session->point_count;
    const size_t least = hb_verdict_pairs_least(comparisons);
    if (comparisons == 0 || session->blocks >= least || !has_speed(rebase))
        return;
    hb_verdict_say_too_few(session->blocks, comparisons, least, text, sizeof text);
    (void)fprintf(stderr, "hakbench: %s\n", text);
}

/* ---- what comes out ---- */

static int pin(const struct rebase *rebase, const struct hb_assessment *assessment,
               const struct hb_buf *json, struct hb_err *err)
{
    const struct hb_session *session = &rebase->session;
    const char *folder = rebase->options.results;
    char text[256], path[HB_PATH_MAX];
    const char *objection = hb_baseline_objection(
        &assessment->judgement, hb_session_profile(session)->noise_floor_limit_percent,
        rebase->is_changed, hb_machine_is_shared(rebase->options.share_machine), text, sizeof text);
    if (hb_baseline_path(folder, session->profile_name, path, err) != 0)
        return -1;
    if (objection && (!rebase->options.force || session->point_count)) {
        hb_say("not pinned: %s%s", objection,
               session->point_count ? "" : "; --force pins it anyway");
        return 0;
    }
    if (hb_baseline_pin(folder, session->profile_name, json, err) != 0 ||
        hb_scorecard_write(folder, err) != 0)
        return -1;
    hb_say("pinned %s; scorecard %s/SCORECARD.md", path, folder);
    return 0;
}

static int finish(struct rebase *rebase, bool whole, struct hb_err *err)
{
    struct hb_session baseline = {0};
    struct hb_assessment assessment;
    struct hb_buf json = {0};
    struct hb_err unreadable = {0};
    const int found = hb_baseline_read(rebase->options.results, rebase->session.profile_name,
                                       &baseline, &unreadable);
    const struct hb_assess_by by = {.baseline = found == 1 ? &baseline : NULL};
    int code = hb_assess(&rebase->session, &by, &assessment, err);
    if (code == 0 && found < 0) { /* worth a warning, not the session that was just measured */
        hb_say("the baseline is left out: %s", unreadable.message);
        hb_assessment_say_unreadable(&assessment, &unreadable);
    }
    if (code == 0)
        code = hb_conclusion_write(&rebase->files, &assessment, whole, &json, err);
    if (whole && code == 0 && !rebase->no_pin)
        code = pin(rebase, &assessment, &json, err);
    if (code == 0)
        code = hb_conclusion_exit_code(&assessment, rebase->options.strict);
    hb_buf_free(&json);
    hb_assessment_free(&assessment);
    hb_session_free(&baseline);
    return code;
}

/* The jobs so far are in the journal; what they say is shown. */
static int cut_off(struct rebase *rebase, struct hb_err *err)
{
    struct hb_err ignored = {0};
    if (rebase->session.job_count)
        (void)finish(rebase, false, &ignored);
    hb_session_files_say_kept(&rebase->files, &rebase->session);
    return err->kind ? -1 : HB_EXIT_INCOMPLETE;
}

static int measure(struct rebase *rebase, struct hb_err *err)
{
    const struct hb_session_run run = {
        .places = &rebase->places,
        .launcher = hb_launcher_real(),
        .journal = rebase->files.journal,
        .csv = rebase->files.csv,
        .share_machine = hb_machine_is_shared(rebase->options.share_machine),
    };
    if (hb_measure_jobs(run, rebase->options.quiet, &rebase->session, err) != 0 ||
        hb_session_files_close_csv(&rebase->files, err) != 0)
        return cut_off(rebase, err);
    return finish(rebase, true, err);
}

static int run_rebase(struct rebase *rebase, int argc, char **argv, struct hb_err *err)
{
    const bool is_new = !rebase->options.resume;
    if (hb_places_find(&rebase->places, err) != 0 ||
        (is_new && prepare(rebase, argc, argv, err) != 0))
        return -1;
    if (is_new)
        say_too_few(rebase);
    if (is_new && rebase->options.dry_run && hb_session_files_check(&rebase->options, err) != 0)
        return -1;
    if (is_new && rebase->options.dry_run)
        return hb_plan_report(&rebase->session, rebase->options.results, "", err);
    const int status = hb_session_files_open(&rebase->files, &rebase->options, &rebase->places,
                                             &rebase->session, err);
    if (status == 0 && !is_new) {
        rebase->options.results = rebase->files.folder;
        rebase->is_changed = was_changed(rebase);
    }
    return status ? status : measure(rebase, err);
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct rebase rebase = {/* too large for a small stack */
                                   .options = {HB_MEASURE_DEFAULTS("mixed")},
                                   .files = {HB_SESSION_FILES(HB_KIND_REBASE)}};
    if (hb_options_parse(&usage, argc, argv, &rebase, err) != 0)
        return -1;
    const int code = run_rebase(&rebase, argc, argv, err);
    hb_session_files_free(&rebase.files);
    hb_session_free(&rebase.session);
    hb_profile_free(&rebase.profile);
    return code;
}

HB_COMMAND_RUN(rebase, "measure all allocators afresh and pin the baseline");
