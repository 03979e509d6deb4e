/* `hakbench check`: what malloc promises, asked of every allocator: pass, fail, crash, hang or
 * unsupported, and what it means for a user.
 * Wires rooms together: run -> judge -> report; computes nothing itself.
 * Read next: src/run/check_run.h, src/report/session_report.h, docs/check.md. */
#include "base/clock.h"
#include "base/log.h"
#include "base/quote.h"
#include "commands/command.h"
#include "judge/check_judge.h"
#include "report/progress.h"
#include "report/session_report.h"
#include "report/write_text.h"
#include "result/promise_list.h"
#include "result/session_json.h"
#include "run/check_run.h"
#include "run/interrupt.h"
#include "session/conclusion.h"
#include "session/measuring.h"
#include "session/output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MOST  64
#define JOBS_USUAL 4 /* at most, unasked: some take 1 GiB, some 2,000 threads */

struct check {
    struct hb_measure_options options;
    struct hb_words only, skip; /* groups and promises */
    const char *expect;
    uint64_t jobs, repeat; /* 0: not given */
    double timeout_s;      /* 0: not given */
    bool list, why, markdown;
    struct hb_places places;
    struct hb_profile profile;
    struct hb_session session, expected;
    struct hb_progress progress;
};

/* ---- options ---- */

static const struct hb_option own_options[] = {
    {"only", HB_AS_READ(struct check, only, "GROUP|PROMISE,...", hb_words_option), .group = 1,
     .help = "Test only these; may be repeated"},
    {"skip", HB_AS_READ(struct check, skip, "GROUP|PROMISE,...", hb_words_option), .group = 1,
     .help = "Test all but these; may be repeated"},
    {"list", HB_AS_FLAG(struct check, list), .group = 1,
     .help = "Print the promises by group, test nothing"},
    {"jobs", HB_AS_COUNT(struct check, jobs, "N", 1, JOBS_MOST), .letter = 'j', .group = 1,
     .help = "Programs at a time (default: one a CPU, 4 at most); what is not kept is asked again "
             "alone"},
    {"timeout", HB_AS_NUMBER(struct check, timeout_s, "SECONDS", 0.1, 86400), .group = 1,
     .help = "Longest that one program may take (default: its own limit)"},
    {"repeat", HB_AS_COUNT(struct check, repeat, "N", 1, 1000), .group = 1,
     .help = "Runs of each promise, until one breaks it (default: 1, more for races)"},
    {"why", HB_AS_FLAG(struct check, why), .group = 2,
     .help = "Say for each broken promise what happened; with --list what it means"},
    {"markdown", HB_AS_FLAG(struct check, markdown), .group = 2, .help = "Print Markdown"},
    {"json", HB_AS_TEXT(struct check, options.json, "FILE|-"), .group = 2,
     .help = "Write the answers there, for `report` and --expect; - is standard output"},
    {"quiet", HB_AS_FLAG(struct check, options.quiet), .letter = 'q', .group = 2,
     .help = "No progress"},
    {"strict", HB_AS_FLAG(struct check, options.strict), .group = 3,
     .help = "Exit with 1 when any promise is not kept"},
    {"expect", HB_AS_TEXT(struct check, expect, "FILE"), .group = 3,
     .help = "Exit with 1 when a promise is broken that was kept in this earlier --json"},
    {"force", HB_AS_FLAG(struct check, options.force), .group = 3, .help = HB_OUTPUT_FORCE_HELP},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0},
               {hb_options_choice, offsetof(struct check, options)},
               {hb_options_naming, offsetof(struct check, options.naming)}},
    .doc = "Tests whether every allocator keeps what malloc promises: each promise is a small "
           "program, run by LD_PRELOAD with a time limit. The answer is pass, fail, crash, hang or "
           "unsupported, and a line says what a broken promise means for a user.\v"
           "Groups: sizes, align, cxx, misuse, threads, limits, memory, loader.\n\n"
           "Examples:\n"
           "  hakbench check\n"
           "  hakbench check --allocator mine=/opt/lib/libmine.so --allocators mine --why\n"
           "  hakbench check --only threads,every_block_is_16_aligned --repeat 20\n"
           "  hakbench check --json check.json && hakbench report check.json -o check.html\n"
           "  hakbench check --allocators hakmem --skip misuse --strict\n\n"
           "Exit status: 0 tested, 1 --strict or --expect and a promise is not kept, 2 wrong "
           "usage, 3 what was named or is expected could not be tested, 130 interrupted.",
};

/* ---- which promises ---- */

static bool is_named(const struct hb_promise *promise, const struct hb_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], promise->name) == 0 ||
            strcmp(words->items[i], hb_promise_group_names[promise->group]) == 0)
            return true;
    }
    return false;
}

static int refuse_word(const struct hb_session *session, const char *option, const char *word,
                       struct hb_err *err)
{
    const size_t most = session->promise_count + HB_PROMISE_GROUPS;
    const char **known = malloc(most * sizeof *known);
    char near[HB_NAME_MAX + 32] = "";
    if (!known)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < most; i++)
        known[i] = i < HB_PROMISE_GROUPS ? hb_promise_group_names[i]
                                         : session->promises[i - HB_PROMISE_GROUPS].name;
    (void)hb_suggest_text(word, known, most, near, sizeof near);
    free(known);
    return hb_err_set(err, HB_ERR_USAGE, "%s %s: no group and no promise%s; --list prints them",
                      option, word, near);
}

static int check_words(const struct hb_session *session, const char *option,
                       const struct hb_words *words, struct hb_err *err)
{
    for (size_t i = 0; i < words->count; i++) {
        const struct hb_words one = {.items = &words->items[i], .count = 1};
        bool is_known = false;
        for (size_t p = 0; p < session->promise_count && !is_known; p++)
            is_known = is_named(&session->promises[p], &one);
        if (!is_known)
            return refuse_word(session, option, words->items[i], err);
    }
    return 0;
}

static int choose_promises(struct check *check, struct hb_err *err)
{
    struct hb_session *session = &check->session;
    size_t kept = 0;
    if (hb_promises_read(check->places.promises, session, err) != 0 ||
        check_words(session, "--only", &check->only, err) != 0 ||
        check_words(session, "--skip", &check->skip, err) != 0)
        return -1;
    for (size_t p = 0; p < session->promise_count; p++) {
        const struct hb_promise *promise = &session->promises[p];
        if ((check->only.count == 0 || is_named(promise, &check->only)) &&
            !is_named(promise, &check->skip))
            session->promises[kept++] = *promise;
    }
    session->promise_count = kept;
    return kept ? 0 : hb_err_set(err, HB_ERR_USAGE, "--only and --skip leave no promise");
}

/* ---- the session ---- */

static int read_expected(struct check *check, struct hb_err *err)
{
    if (!check->expect)
        return 0;
    if (hb_session_read(check->expect, &check->expected, err) != 0)
        return -1;
    return check->expected.kind == HB_KIND_CHECK
               ? 0
               : hb_err_set(err, HB_ERR_USAGE, "--expect %s: it is a \"%s\", not a check",
                            check->expect, hb_session_kind_names[check->expected.kind]);
}

/* The profile of a program has served when its allocators are found. */
static int prepare(struct check *check, int argc, char **argv, struct hb_err *err)
{
    struct hb_measure_options *options = &check->options;
    struct hb_session *session = &check->session;
    const struct hb_output_rule rule = {
        .force = options->force, .others = &check->expect, .other_count = 1};
    if (read_expected(check, err) != 0 || hb_output_check(options->json, &rule, err) != 0 ||
        hb_measure_check_output(options, NULL, options->json, options->force, err) != 0 ||
        hb_profile_of_program(&check->profile, "check", err) != 0 ||
        hb_measure_flags(options, &check->profile, err) != 0 ||
        hb_measure_session(options, &check->places, &check->profile, HB_KIND_CHECK, argc, argv,
                           session, err) != 0)
        return -1;
    hb_profile_free(session->profile);
    free(session->profile);
    session->profile = NULL;
    session->blocks = 0;
    session->seed = 0;
    HB_COPY(session->workload, "promises");
    return hb_answers_make(session, err);
}

static void on_started(void *self, const struct hb_session *session, size_t promise,
                       size_t allocator, size_t done, size_t total)
{
    char what[2 * HB_NAME_MAX + 4];
    (void)snprintf(what, sizeof what, "%s, %s", session->allocators[allocator].label,
                   session->promises[promise].name);
    hb_progress_show(self, done, total, what, (double)NAN);
}

/* ---- what comes out ---- */

static int print(const struct check *check, struct hb_err *err)
{
    FILE *stream = hb_output_is_stdout(check->options.json) ? stderr : stdout;
    struct hb_doc doc = {0};
    if (check->list)
        hb_check_list(&check->session, check->why, &doc);
    else
        hb_check_report(&check->session, check->why, &doc);
    const int status = hb_doc_print(&doc, check->markdown, stream, err);
    hb_doc_free(&doc);
    return status;
}

/* Says what was kept before and is not any more, or the other way round. An exit status: of what is
 * lost, and of what could not be tried where it was kept, as a leak ends in the want of memory. */
static int compare_expected(const struct check *check)
{
    const struct hb_session *session = &check->session;
    bool is_lost = false, is_untried = false;
    for (size_t i = 0; check->expect && i < session->promise_count * session->allocator_count;
         i++) {
        const struct hb_answer *now = &session->answers[i];
        const char *name = session->promises[i / session->allocator_count].name;
        const char *label = session->allocators[i % session->allocator_count].label;
        const struct hb_answer *then = hb_check_find(&check->expected, name, label);
        if (!then || then->verdict == now->verdict)
            continue;
        hb_say("%s, %s: was %s, is %s%s%s", label, name, hb_answer_names[then->verdict],
               hb_answer_names[now->verdict], now->reason[0] ? ": " : "", now->reason);
        is_lost |= then->verdict == HB_ANSWER_PASS && hb_answer_is_broken(now);
        is_untried |= then->verdict == HB_ANSWER_PASS && now->verdict == HB_ANSWER_UNSUPPORTED;
    }
    return is_lost ? HB_EXIT_GATE : is_untried ? HB_EXIT_INCOMPLETE : HB_EXIT_OK;
}

static int exit_code(const struct check *check, const struct hb_assessment *assessment)
{
    const struct hb_session *session = &check->session;
    const int expected = compare_expected(check);
    const int code = hb_conclusion_exit_code(assessment, check->options.strict);
    bool is_unasked = expected == HB_EXIT_INCOMPLETE;
    for (size_t a = 0; a < session->allocator_count; a++)
        is_unasked |= session->allocators[a].missing_reason[0] &&
                      (check->options.allocators || check->options.externals.count);
    return expected == HB_EXIT_GATE           ? HB_EXIT_GATE
           : code == HB_EXIT_OK && is_unasked ? HB_EXIT_INCOMPLETE
                                              : code;
}

/* Also of a check that was cut off: its answers so far. */
static int finish(struct check *check, bool whole, struct hb_err *err)
{
    const struct hb_assess_by by = {0};
    struct hb_assessment assessment;
    check->session.partial = !whole;
    hb_clock_wall_text(check->session.ended_at);
    if (hb_assess(&check->session, &by, &assessment, err) != 0)
        return -1;
    int code = print(check, err);
    if (code == 0 && check->options.json)
        code = hb_conclusion_json(&assessment, check->options.json, err);
    if (code == 0)
        code = exit_code(check, &assessment);
    hb_assessment_free(&assessment);
    return code;
}

static int ask(struct check *check, struct hb_err *err)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const struct hb_checking checking = {
        .places = &check->places,
        .jobs = check->jobs          ? (uint32_t)check->jobs
                : cpus < 1           ? 1
                : cpus <= JOBS_USUAL ? (uint32_t)cpus
                                     : JOBS_USUAL,
        .timeout_s = check->timeout_s,
        .repeat = (uint32_t)check->repeat,
        .started = on_started,
        .self = &check->progress,
    };
    struct hb_err ignored = {0};
    hb_interrupt_install();
    hb_progress_init(&check->progress, check->options.quiet);
    const int status = hb_check_ask(&checking, &check->session, err);
    hb_progress_clear(&check->progress);
    if (status == 0)
        return finish(check, true, err);
    (void)finish(check, false, &ignored);
    return -1;
}

static int run_check(struct check *check, int argc, char **argv, struct hb_err *err)
{
    if (hb_places_find(&check->places, err) != 0)
        return -1;
    if (choose_promises(check, err) != 0)
        return -1;
    if (check->list)
        return print(check, err);
    return prepare(check, argc, argv, err) == 0 ? ask(check, err) : -1;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct check check = {/* too large for a small stack */
                                 .options = {HB_MEASURE_DEFAULTS(NULL)}};
    const int parsed = hb_options_parse(&usage, argc, argv, &check, err);
    const int code = parsed == 0 ? run_check(&check, argc, argv, err) : -1;
    hb_session_free(&check.session);
    hb_session_free(&check.expected);
    hb_profile_free(&check.profile);
    hb_words_free(&check.only);
    hb_words_free(&check.skip);
    return code;
}

HB_COMMAND_RUN(check, "does each allocator keep what malloc promises?");
