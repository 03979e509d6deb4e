/* `hakbench ab A B`: is B faster than A? Pairs of runs until that is decided.
 * Wires rooms together: plan -> run -> judge -> compare -> report; computes nothing itself. */
#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/unit.h"
#include "commands/command.h"
#include "compare/compare.h"
#include "report/ab_report.h"
#include "report/progress.h"
#include "report/write_text.h"
#include "result/session_json.h"
#include "run/session.h"
#include "session/measuring.h"
#include "session/output.h"
#include "session/plan_report.h"
#include "session/results_folder.h"
#include "session/session_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_UNTESTED  125 /* what `git bisect run` takes for a commit to skip */
#define MARGIN_PERCENT 1.0
#define MINUTES        10.0
#define MINUTES_MOST   (7 * 24 * 60.0)

/* One of the two: a library, or an allocator that hakbench knows. */
struct side {
    const char *text; /* as the user wrote it */
    bool is_library;  /* then external has name, path and environment */
    struct hb_external external;
    char label[HB_NAME_MAX]; /* "mimalloc", "hakmem:lean", "mine", "A" */
};

struct ab {
    struct hb_measure_options options;
    const char *named[2]; /* the arguments */
    size_t named_count;
    double margin_percent; /* 0: not given */
    double minutes;
    bool bisect;
    struct side sides[2];
    char both[2 * HB_NAME_MAX + 2]; /* their labels, as a list */
    struct hb_places places;
    struct hb_profile profile;
    struct hb_session session;
    struct hb_session_files files;
    struct hb_ab judge;
    struct hb_progress progress;
    uint64_t started_ns;
    double before_s; /* of a session that is gone on with: its time, and its blocks */
    uint32_t before;
    struct hb_err error; /* while it is measured */
};

static int read_side(void *options, const char *argument, struct hb_err *err)
{
    struct ab *ab = options;
    if (ab->named_count == 2)
        return hb_err_set(err, HB_ERR_USAGE, "%s: ab compares two, and these are three", argument);
    ab->named[ab->named_count++] = argument;
    return 0;
}

static const struct hb_option own_options[] = {
    HB_PROFILE_OPTION(struct ab, "mixed"),
    {"margin", HB_AS_NUMBER(struct ab, margin_percent, "PERCENT", 0.1, 50), .group = 1,
     .help = "Two within this are the same (default: 1)"},
    {"max-minutes", HB_AS_NUMBER(struct ab, minutes, "N", 0.01, MINUTES_MOST), .group = 1,
     .help = "Give up after so many (default: 10)"},
    {"max-runs", HB_AS_COUNT(struct ab, options.runs, "N", HB_SEQUENTIAL_FIRST, HB_SEQUENTIAL_MOST),
     .group = 1, .help = "Give up after so many runs of each (default: 1,000)"},
    {"bisect", HB_AS_FLAG(struct ab, bisect), .group = 3,
     .help = "Exit for `git bisect run`: 0 same or faster, 1 slower, 125 not decided or an error"},
    {"force", HB_AS_FLAG(struct ab, options.force), .group = 3, .help = HB_OUTPUT_FORCE_HELP},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0},
               {hb_options_profile, offsetof(struct ab, options)},
               {hb_options_measure, offsetof(struct ab, options)},
               {hb_options_count, offsetof(struct ab, options)},
               {hb_options_kept, offsetof(struct ab, options)},
               {hb_options_naming, offsetof(struct ab, options.naming)}},
    .args_doc = "A B",
    .read_argument = read_side,
    .doc =
        "Is B faster than A? Runs both in pairs, in an order drawn by a coin, until it is known: "
        "faster, slower, or the same within the margin. However often it looks, it is wrong in "
        "5 % of comparisons at most. A and B are malloc libraries ([NAME=]PATH[;VARIABLE=VALUE "
        "...]), or allocators that `hakbench list` shows, with :VARIANT. A run is a tenth of the "
        "profile's operations.\v"
        "Examples:\n"
        "  hakbench ab before/libmine.so after/libmine.so\n"
        "  hakbench ab hakmem hakmem:lean --profile mixed-10k\n"
        "  hakbench ab ./libmine.so './libmine.so;MINE_ARENAS=1' --margin 0.5\n"
        "  hakbench ab mimalloc ./libmine.so --set threads=2 --max-minutes 2\n\n"
        "Exit status: 0 B is faster, or the same within the margin, 1 B is slower, 2 wrong "
        "usage, 3 A or B failed, 4 not decided, 130 interrupted.",
};

/* ---- who ---- */

/* "old/libmine.so.2" -> "mine": what people call a library. */
static void name_of_file(const char *path, char name[HB_NAME_MAX])
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    base += strncmp(base, "lib", 3) == 0 && base[3] && base[3] != '.' ? 3 : 0;
    const char *ending = strstr(base, ".so");
    const size_t length = ending ? (size_t)(ending - base) : strlen(base);
    (void)snprintf(name, HB_NAME_MAX, "%.*s", (int)length, base);
    for (char *c = name; *c; c++) {
        if (strchr(":, ;=", *c))
            *c = '_';
    }
    if (!name[0])
        hb_copy_text(name, HB_NAME_MAX, "library");
}

/* "./a.so", "a.so;X=1", "b=a.so" are libraries; "hakmem:lean" is a name. */
static bool names_library(const char *text)
{
    const size_t length = strcspn(text, ";");
    const char *so = strstr(text, ".so");
    return memchr(text, '/', length) || memchr(text, '=', length) ||
           (so && so < text + length && (so[3] == '\0' || so[3] == '.' || so[3] == ';'));
}

/* "NAME=LIB;ENV", with a name made from the file's where there is none. */
static int set_library(struct side *side, struct hb_err *err)
{
    const char *text = side->text;
    const char *equals = strchr(text, '=');
    char own[HB_NAME_MAX], file[HB_PATH_MAX], whole[HB_PATH_MAX + HB_NAME_MAX + HB_REASON_MAX];
    const size_t before = equals ? (size_t)(equals - text) : 0;
    const bool has_name = equals && !memchr(text, '/', before) && !memchr(text, ';', before);
    const char *library = has_name ? equals + 1 : text;
    const size_t length = access(library, F_OK) == 0 ? strlen(library) : strcspn(library, ";");
    if (strlen(library) >= sizeof whole - HB_NAME_MAX || length >= sizeof file)
        return hb_err_set(err, HB_ERR_USAGE, "%.200s: too long", text);
    (void)snprintf(file, sizeof file, "%.*s", (int)length, library);
    if (access(file, F_OK) != 0)
        return hb_err_set(err, HB_ERR_USAGE, "there is no file %s", file);
    name_of_file(file, own);
    (void)snprintf(whole, sizeof whole, "%s=%s", own, library);
    if (hb_setup_external(has_name ? text : whole, &side->external, err) != 0)
        return -1;
    side->is_library = true;
    HB_COPY(side->label, side->external.name);
    return 0;
}

static int set_side(struct side *side, const char *text, struct hb_err *err)
{
    *side = (struct side){.text = text};
    if (names_library(text))
        return set_library(side, err);
    if (!hb_copy_text(side->label, sizeof side->label, text))
        return hb_err_set(err, HB_ERR_USAGE, "%.200s: too long for an allocator's name", text);
    return 0;
}

/* What a variant sets, or "". */
static const char *environment_of(const struct hb_allocator_info *info, const char *variant)
{
    for (size_t i = 0; i < info->variant_count; i++) {
        if (strcmp(info->variants[i].name, variant) == 0)
            return info->variants[i].environment;
    }
    return "";
}

/* One allocator named twice, or two libraries of one name, are A and B; a known one is then its
 * plugin's file, in its variant's environment. */
static void rename_side(const struct hb_places *places, struct side *side, const char *name)
{
    if (!side->is_library) {
        static struct hb_allocator_info info;
        char path[HB_PATH_MAX];
        const char *colon = strchr(side->label, ':');
        const int length = (int)strcspn(side->label, ":");
        if (hb_copy_path(path, NULL, "%s/%.*s.so", places->allocators, length, side->label) != 0 ||
            access(path, R_OK) != 0)
            return; /* an error that the set-up has the words for */
        hb_catalog_allocator(places, path, true, &info);
        if (colon && !environment_of(&info, colon + 1)[0])
            return;
        HB_COPY(side->external.path, path);
        HB_COPY(side->external.environment, colon ? environment_of(&info, colon + 1) : "");
        side->is_library = true;
    }
    HB_COPY(side->external.name, name);
    HB_COPY(side->label, name);
}

static bool are_alike(const struct side *a, const struct side *b)
{
    const size_t size = strcspn(a->label, ":");
    if (!a->is_library && !b->is_library)
        return strcmp(a->label, b->label) == 0;
    return size == strcspn(b->label, ":") && strncmp(a->label, b->label, size) == 0;
}

static int set_sides(struct ab *ab, struct hb_err *err)
{
    struct side *a = &ab->sides[0], *b = &ab->sides[1];
    if (ab->named_count != 2)
        return hb_err_set(err, HB_ERR_USAGE,
                          "which two? hakbench ab A B, each a library's path or an allocator");
    if (set_side(a, ab->named[0], err) != 0 || set_side(b, ab->named[1], err) != 0)
        return -1;
    if (are_alike(a, b)) {
        rename_side(&ab->places, a, "A");
        rename_side(&ab->places, b, "B");
    }
    for (size_t i = 0; i < 2; i++) {
        if (ab->sides[i].is_library)
            ab->options.externals.items[ab->options.externals.count++] = ab->sides[i].external;
    }
    return 0;
}

/* ---- the session ---- */

/* No floor, no budgets: nothing but the two. */
static void strip(struct hb_profile *profile, double margin_percent)
{
    profile->floor[0] = '\0';
    profile->margin_percent = margin_percent;
    profile->milestone_count = 0;
    hb_profile_budgets_free(profile->budgets, profile->budget_count);
    profile->budgets = NULL;
    profile->budget_count = 0;
}

static int prepare(struct ab *ab, int argc, char **argv, struct hb_err *err)
{
    struct hb_measure_options *options = &ab->options;
    if (set_sides(ab, err) != 0)
        return -1;
    (void)snprintf(ab->both, sizeof ab->both, "%s,%s", ab->sides[0].label, ab->sides[1].label);
    options->allocators = ab->both;
    options->reference = ab->sides[0].label;
    options->quick = true;
    options->runs = options->runs ? options->runs : HB_SEQUENTIAL_MOST;
    if (hb_measure_profile(options, &ab->places, &ab->profile, err) != 0)
        return -1;
    strip(&ab->profile, ab->margin_percent > 0 ? ab->margin_percent : MARGIN_PERCENT);
    if (hb_measure_session(options, &ab->places, &ab->profile, HB_KIND_REBASE, argc, argv,
                           &ab->session, err) != 0)
        return -1;
    return hb_setup_drop_twin(&ab->places, &ab->session, err);
}

/* The pairs that are there already, of a session that is gone on with. */
static int take_up(struct ab *ab, struct hb_err *err)
{
    if (ab->session.blocks < HB_SEQUENTIAL_FIRST || ab->session.blocks > HB_SEQUENTIAL_MOST)
        return hb_err_set(err, HB_ERR_USAGE, "%s has %u blocks, which ab does not make",
                          ab->files.journal_path, ab->session.blocks);
    for (size_t i = 0; i < ab->session.job_count; i++) {
        ab->before_s += ab->session.jobs[i].wall_s;
        ab->before = ab->session.jobs[i].block + 1;
    }
    return 0;
}

/* ---- while it runs ---- */

static void clock_seconds(struct ab *ab)
{
    ab->judge.seconds = ab->before_s + (double)(hb_clock_monotonic_ns() - ab->started_ns) / 1e9;
}

static void on_started(void *self, const struct hb_session *session, const struct hb_plan_job *job,
                       size_t done, size_t total)
{
    struct ab *ab = self;
    char what[96];
    (void)done, (void)total;
    if (!ab->progress.shown)
        return;
    clock_seconds(ab);
    if (job->kind != HB_JOB_TIMED)
        (void)snprintf(what, sizeof what, "%.40s, counting %s",
                       session->allocators[job->allocator].label,
                       job->kind == HB_JOB_COUNTED ? "system calls" : "instructions");
    else
        hb_ab_so_far(&ab->judge, what, sizeof what);
    const struct hb_sequential *test = &ab->judge.test;
    const size_t planned = test->pairs ? test->planned : HB_SEQUENTIAL_FIRST;
    hb_progress_show(&ab->progress, ab->judge.pairs,
                     planned > ab->judge.pairs ? planned : ab->judge.pairs, what,
                     hb_ab_seconds_left(&ab->judge, 60 * ab->minutes));
}

static void on_finished(void *self, const struct hb_session *session, const struct hb_job *job)
{
    struct ab *ab = self;
    if (job->status == HB_STATUS_OK)
        return;
    hb_progress_clear(&ab->progress);
    hb_measure_say_job(session, job);
}

static bool is_enough(void *self, const struct hb_session *session, uint32_t block)
{
    struct ab *ab = self;
    clock_seconds(ab);
    /* What is there already is looked at as it was. */
    const bool is_over = block + 1 >= ab->before && ab->judge.seconds >= 60 * ab->minutes;
    return hb_ab_take(&ab->judge, session, block, is_over, &ab->error) != 0 ||
           ab->judge.reason != HB_AB_GOES_ON;
}

/* ---- what comes out ---- */

/* B with A in all but speed, as `compare` does it. */
static int compare_rest(const struct ab *ab, struct hb_digest *digest,
                        struct hb_compare_options *options, struct hb_comparison *comparison,
                        struct hb_err *err)
{
    static const size_t figures[] = {HB_METRIC_RSS_PEAK,        HB_METRIC_RSS_DRAINED,
                                     HB_METRIC_FAULTS_MEASURED, HB_METRIC_SYSCALLS_MEASURED,
                                     HB_METRIC_INSTRUCTIONS,    HB_METRIC_INSTRUCTIONS_PER_OP};
    *options = (struct hb_compare_options){.margin_percent = (double)NAN};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        options->figures[figures[i]] = true;
    if (hb_digest_take(&ab->session, NULL, "ab", ab->files.json_path, digest, err) != 0)
        return -1;
    return hb_compare(digest, 1, options, comparison, err);
}

static int print_report(const struct ab *ab, bool is_interrupted, struct hb_err *err)
{
    struct hb_digest digest = {0};
    struct hb_compare_options options;
    struct hb_comparison comparison = {0};
    struct hb_doc doc = {0};
    int status = compare_rest(ab, &digest, &options, &comparison, err);
    if (status == 0) {
        const struct hb_ab_view view = {&ab->judge, &ab->session, &comparison, is_interrupted};
        hb_ab_report(&view, &doc);
        status = hb_session_files_print(&ab->files, &doc, err);
    }
    hb_comparison_free(&comparison);
    hb_digest_free(&digest);
    return status;
}

/* The session as any rebase's, with the section "ab". */
static int make_json(const struct ab *ab, struct hb_buf *json, struct hb_err *err)
{
    struct hb_judgement judgement;
    int status = hb_judge(&ab->session, &judgement, err);
    if (status == 0) {
        cJSON *root = hb_session_to_json(&ab->session, err);
        const bool failed = root && (hb_judge_json(&judgement, root) != 0 ||
                                     hb_ab_json(&ab->judge, &ab->session, root) != 0);
        status = hb_json_finish(root, failed, json, err);
    }
    hb_judgement_free(&judgement);
    return status;
}

static int exit_code(const struct ab *ab)
{
    static const int codes[] = {
        [HB_SEQUENTIAL_OPEN] = HB_EXIT_INCONCLUSIVE,
        [HB_SEQUENTIAL_SAME] = HB_EXIT_OK,
        [HB_SEQUENTIAL_FASTER] = HB_EXIT_OK,
        [HB_SEQUENTIAL_SLOWER] = HB_EXIT_GATE,
    };
    if (ab->judge.reason == HB_AB_FAILED)
        return HB_EXIT_INCOMPLETE;
    return codes[ab->judge.test.end];
}

static int finish(struct ab *ab, struct hb_err *err)
{
    struct hb_buf json = {0};
    ab->session.profile->runs = ab->session.blocks; /* as used: it was open */
    int status = print_report(ab, false, err);
    if (status == 0)
        status = make_json(ab, &json, err);
    if (status == 0)
        status = hb_session_files_result(&ab->files, &json, HB_RESULT_WHOLE, err);
    if (status == 0)
        hb_session_files_say(&ab->files);
    else if (ab->files.journal)
        hb_session_files_say_kept(&ab->files, &ab->session);
    hb_buf_free(&json);
    return status == 0 ? exit_code(ab) : -1;
}

/* The jobs so far are in the journal; what they say is shown. */
static int cut_off(struct ab *ab, struct hb_err *err)
{
    struct hb_err ignored = {0};
    clock_seconds(ab);
    if (ab->session.job_count)
        (void)print_report(ab, true, &ignored);
    hb_session_files_say_kept(&ab->files, &ab->session);
    return err->kind ? -1 : HB_EXIT_INCOMPLETE;
}

static int measure(struct ab *ab, struct hb_err *err)
{
    const struct hb_session_run run = {
        .places = &ab->places,
        .launcher = hb_launcher_real(),
        .observer = {.started = on_started,
                     .finished = on_finished,
                     .is_enough = is_enough,
                     .self = ab},
        .journal = ab->files.journal,
        .csv = ab->files.csv,
        .share_machine = hb_machine_is_shared(ab->options.share_machine),
    };
    const double margin_percent = ab->session.profile->margin_percent;
    if (hb_ab_open(&ab->judge, margin_percent, ab->session.blocks, err) != 0)
        return -1;
    hb_progress_init(&ab->progress, ab->options.quiet);
    ab->started_ns = hb_clock_monotonic_ns();
    int status = hb_session_measure(&run, &ab->session, err);
    hb_progress_clear(&ab->progress);
    if (status == 0 && ab->error.kind)
        status = hb_err_set(err, ab->error.kind, "%s", ab->error.message);
    if (status != 0 || hb_session_files_close_csv(&ab->files, err) != 0)
        return cut_off(ab, err);
    return finish(ab, err);
}

static int print_plan(struct ab *ab, struct hb_err *err)
{
    char more[128];
    (void)snprintf(more, sizeof more,
                   "pairs until decided, at most %u or %g minutes; the first look at %u",
                   ab->session.blocks, ab->minutes, HB_SEQUENTIAL_FIRST);
    ab->session.blocks = HB_SEQUENTIAL_FIRST;
    return hb_plan_report(&ab->session, ab->options.results, more, err);
}

static int run_ab(struct ab *ab, int argc, char **argv, struct hb_err *err)
{
    const bool is_new = !ab->options.resume;
    if (!is_new && (ab->named_count || ab->margin_percent > 0))
        return hb_err_set(err, HB_ERR_USAGE, HB_RESUME_CHANGES_NOTHING);
    if (hb_places_find(&ab->places, err) != 0 || (is_new && prepare(ab, argc, argv, err) != 0))
        return -1;
    if (is_new && ab->options.dry_run && hb_session_files_check(&ab->options, err) != 0)
        return -1;
    if (is_new && ab->options.dry_run)
        return print_plan(ab, err);
    int status = hb_session_files_open(&ab->files, &ab->options, &ab->places, &ab->session, err);
    if (status == 0 && !is_new)
        status = take_up(ab, err);
    return status ? status : measure(ab, err);
}

/* A bisection must not take an error for a bad commit: 125, with the message. An interruption ends
 * it. */
static int bisect_code(int code, struct hb_err *err)
{
    if (code < 0 && err->kind == HB_ERR_INTERRUPTED)
        return code;
    if (code < 0)
        hb_say("%s", err->message);
    return code == HB_EXIT_OK || code == HB_EXIT_GATE ? code : EXIT_UNTESTED;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct ab ab = {/* too large for a small stack */
                           .options = {HB_MEASURE_DEFAULTS("mixed")},
                           .minutes = MINUTES,
                           .files = {HB_SESSION_FILES(HB_KIND_REBASE), .is_ab = true}};
    if (hb_options_parse(&usage, argc, argv, &ab, err) != 0)
        return ab.bisect ? bisect_code(-1, err) : -1;
    const int code = run_ab(&ab, argc, argv, err);
    hb_ab_free(&ab.judge);
    hb_session_files_free(&ab.files);
    hb_session_free(&ab.session);
    hb_profile_free(&ab.profile);
    return ab.bisect ? bisect_code(code, err) : code;
}

HB_COMMAND_RUN(ab, "is B faster than A? pairs of runs until that is known");
