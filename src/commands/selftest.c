/* `hakbench selftest`: proves the tool before anyone believes it. The statistics must agree with
 * stored oracle values, an allocator must come out the same as itself, and one that is slowed by a
 * known 3 % must come out slower by as much. */
#include "base/unit.h"
#include "commands/command.h"
#include "judge/judge.h"
#include "report/charts.h"
#include "report/write_text.h"
#include "run/interrupt.h"
#include "run/session.h"
#include "session/measuring.h"
#include "session/results_folder.h"
#include "stats/selfcheck.h"

#include <stdio.h>
#include <unistd.h>

/* When the first round leaves a question open, a second one of its own decides. Both are judged
 * by themselves: runs are never added until something shows. */
#define FIRST_RUNS       20
#define SECOND_RUNS      60
#define KNOWN_DIFFERENCE 0.03 /* of slow3 */

struct options {
    const char *seed;
    uint64_t runs; /* 0: a first round, and a second where that leaves a question open */
    bool quiet, statistics_only, share_machine;
};

static const struct hb_option own_options[] = {
    {"runs", HB_AS_COUNT(struct options, runs, "N", 6, 1000),
     .help = "Runs of each allocator, in one round (default: 20, then 60)"},
    {"seed", HB_AS_TEXT(struct options, seed, "N"), .help = "Seed (default: drawn)"},
    {"statistics", HB_AS_FLAG(struct options, statistics_only), .help = "Only the statistics"},
    {"share-machine", HB_AS_FLAG(struct options, share_machine),
     .help = "Measure although others do"},
    {"quiet", HB_AS_FLAG(struct options, quiet), .letter = 'q', .help = "No progress"},
    {0},
};

static const struct hb_usage usage = {
    .groups = {{own_options, 0}},
    .doc =
        "Checks the statistics against stored values of other programs, then measures: the "
        "same allocator twice must come out \"same\", and one slowed by a known 3 % must come "
        "out \"slower\", by 2 to 4 %.\v"
        "Example:\n  hakbench selftest\n\n"
        "Exit status: 0 the tool works, 1 it does not, 3 a job failed, 4 the machine is too noisy "
        "now.",
};

/* ---- statistics ---- */

struct checks {
    unsigned count;
    struct hb_doc *found;
};

#define found_line(doc, ...) hb_doc_add(doc, HB_BLOCK_TEXT, NULL, __VA_ARGS__)

static void on_check(void *self, const char *name, double expected, double got, bool ok)
{
    struct checks *checks = self;
    checks->count++;
    if (!ok)
        found_line(checks->found, "  FAIL  %s: expected %.17g, got %.17g", name, expected, got);
}

static bool statistics_agree(struct hb_doc *found)
{
    struct checks checks = {.found = found};
    const int failed = hb_stats_selfcheck(on_check, &checks);
    found_line(found, "%s  statistics: %u stored values of other programs, %d differ",
               failed ? "FAIL" : "ok  ", checks.count, failed);
    return failed == 0;
}

/* ---- measurements ---- */

struct selftest {
    struct options options;
    struct hb_places places;
    uint64_t seed;
    struct hb_doc found; /* printed under what it comes to */
};

/* The profile "mixed" with system as reference: its twin and slow3 are what is judged. */
static int make_session(struct selftest *selftest, uint32_t runs, struct hb_session *session,
                        struct hb_err *err)
{
    const char *const folders[] = {selftest->places.profiles};
    struct hb_profile profile;
    if (hb_profile_load("mixed", folders, 1, &profile, err) != 0)
        return -1;
    profile.runs = runs;
    profile.budget_count = 0;
    (void)snprintf(profile.reference, sizeof profile.reference, "system");
    int status = hb_profile_set_allocators(&profile, "slow3", err);
    if (status == 0)
        status = hb_setup_session(&selftest->places, &profile, NULL, 0, selftest->seed,
                                  HB_KIND_REBASE, session, err);
    hb_profile_free(&profile);
    return status;
}

static int measure(const struct selftest *selftest, struct hb_session *session, struct hb_err *err)
{
    const struct hb_session_run run = {
        .places = &selftest->places,
        .launcher = hb_launcher_real(),
        .share_machine = hb_machine_is_shared(selftest->options.share_machine),
    };
    return hb_measure_jobs(run, selftest->options.quiet, session, err);
}

static int say(struct hb_doc *found, const struct hb_ratio *ratio, enum hb_known known,
               const char *claim)
{
    static const struct {
        const char *word;
        int code;
    } rows[] = {[HB_KNOWN_FOUND] = {"ok  ", HB_EXIT_OK},
                [HB_KNOWN_OPEN] = {"open", HB_EXIT_INCONCLUSIVE},
                [HB_KNOWN_WRONG] = {"FAIL", HB_EXIT_GATE}};
    found_line(found, "%s  %s: ratio %.4f [%.4f, %.4f] over %zu pairs: %s", rows[known].word, claim,
               ratio->estimate, ratio->lo, ratio->hi, ratio->pairs,
               hb_verdict_word(ratio->verdict.kind));
    return rows[known].code;
}

/* 0 as it must be, 1 wrong, 4 open. */
static int judge_same(const struct hb_judgement *judgement, int index, struct hb_doc *found)
{
    const struct hb_ratio *ratio = &judgement->allocators[index].to_reference;
    const enum hb_verdict_kind got = ratio->verdict.kind;
    const bool open = got == HB_VERDICT_INCONCLUSIVE || got == HB_VERDICT_NONE;
    return say(found, ratio,
               got == HB_VERDICT_SAME ? HB_KNOWN_FOUND
               : open                 ? HB_KNOWN_OPEN
                                      : HB_KNOWN_WRONG,
               "system against itself is the same");
}

static int judge_slower(const struct hb_judgement *judgement, int index, struct hb_doc *found)
{
    const struct hb_ratio *ratio = &judgement->allocators[index].to_reference;
    return say(found, ratio, hb_judge_known(ratio, KNOWN_DIFFERENCE),
               "system slowed by 3 % is slower by 2 to 4 %");
}

static int judge(const struct hb_session *session, struct hb_doc *found, struct hb_err *err)
{
    struct hb_judgement judgement;
    int code = -1;
    if (hb_judge(session, &judgement, err) == 0) {
        if (!hb_judgement_complete(&judgement)) {
            found_line(found, "FAIL  some job failed");
            code = HB_EXIT_INCOMPLETE;
        } else {
            const int same = judge_same(&judgement, judgement.twin, found);
            const int slower = judge_slower(&judgement, hb_session_find(session, "slow3"), found);
            code = same == HB_EXIT_GATE || slower == HB_EXIT_GATE ? HB_EXIT_GATE : same | slower;
        }
        found_line(found, "      noise floor %s, a difference counts from %s on",
                   hb_format_percent(100 * judgement.aa_noise).text,
                   hb_format_percent(100 * judgement.margin).text);
        hb_chart_runs(&judgement, found);
    }
    hb_judgement_free(&judgement);
    return code;
}

static int round_of(struct selftest *selftest, uint32_t runs, struct hb_err *err)
{
    struct hb_session session = {0};
    int code = -1;
    found_line(&selftest->found, "%u runs of each", runs);
    if (make_session(selftest, runs, &session, err) == 0 && measure(selftest, &session, err) == 0)
        code = judge(&session, &selftest->found, err);
    hb_session_free(&session);
    return code;
}

static int measurements(struct selftest *selftest, struct hb_err *err)
{
    const uint64_t runs = selftest->options.runs ? selftest->options.runs : FIRST_RUNS;
    hb_interrupt_install();
    int code = round_of(selftest, (uint32_t)runs, err);
    if (code == HB_EXIT_INCONCLUSIVE && !selftest->options.runs) {
        selftest->seed = (selftest->seed + 1) & HB_SEED_MAX;
        code = round_of(selftest, SECOND_RUNS, err);
    }
    return code;
}

static int measure_alone(struct selftest *selftest, struct hb_err *err)
{
    int lock;
    if (hb_machine_lock(hb_machine_is_shared(selftest->options.share_machine), &lock, err) != 0)
        return -1;
    const int code = measurements(selftest, err);
    if (lock >= 0)
        (void)close(lock);
    return code;
}

/* What it comes to, then what was found. */
static int print(struct selftest *selftest, int code, struct hb_err *err)
{
    struct hb_doc answer = {0};
    found_line(&answer, "%s\n",
               code == HB_EXIT_INCONCLUSIVE ? "The machine is too noisy now: see `hakbench doctor`."
               : code != HB_EXIT_OK         ? "NOT as it must be: do not believe its numbers here."
               : selftest->options.statistics_only
                   ? "The statistics agree with other programs."
                   : "The tool can be believed on this machine now.");
    int status = hb_doc_print(&answer, false, stdout, err);
    if (status == 0)
        status = hb_doc_print(&selftest->found, false, stdout, err);
    hb_doc_free(&answer);
    return status == 0 ? code : -1;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct selftest selftest;
    if (hb_options_parse(&usage, argc, argv, &selftest.options, err) != 0)
        return -1;
    if (hb_places_find(&selftest.places, err) != 0 ||
        hb_measure_seed(selftest.options.seed, &selftest.seed, err) != 0)
        return -1;
    const bool agree = statistics_agree(&selftest.found);
    int code = agree ? HB_EXIT_OK : HB_EXIT_GATE;
    if (agree && !selftest.options.statistics_only)
        code = measure_alone(&selftest, err);
    if (code >= 0)
        code = print(&selftest, code, err);
    hb_doc_free(&selftest.found);
    return code;
}

HB_COMMAND_RUN(selftest, "prove the tool: A/A is the same, a known 3 % is found");
