/* Runs of programs in, figures and verdicts out: see exec_judge.h. */
#include "judge/exec_judge.h"

#include "judge/family.h"
#include "result/exec_jobs.h"
#include "stats/lowrank.h"
#include "stats/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct judge {
    const struct hb_session *session;
    struct hb_exec_judgement *out;
    struct hb_looks_level look; /* what this one may be wrong by */
    double *values, *scratch;
};

/* ---- names ---- */

static const struct {
    const char *name;
    enum hb_exec_metric_id metric;
} plain[HB_EXEC_FIGURES] = {
    [HB_EXEC_FIGURE_TIME] = {"time", HB_EXEC_WALL},
    [HB_EXEC_FIGURE_CPU] = {"cpu", HB_EXEC_CPU},
    [HB_EXEC_FIGURE_USER] = {"user", HB_EXEC_USER},
    [HB_EXEC_FIGURE_SYSTEM] = {"system", HB_EXEC_SYSTEM},
    [HB_EXEC_FIGURE_MEMORY] = {"memory", HB_EXEC_PEAK_CGROUP},
};

const char *hb_exec_figure_name(const struct hb_exec_target *target, size_t figure)
{
    return figure < HB_EXEC_FIGURES ? plain[figure].name
                                    : target->described->metrics[figure - HB_EXEC_FIGURES].name;
}

bool hb_exec_figure_is_higher_better(const struct hb_exec_target *target, size_t figure)
{
    return figure >= HB_EXEC_FIGURES &&
           target->described->metrics[figure - HB_EXEC_FIGURES].is_higher_better;
}

struct hb_ratio hb_exec_shown(const struct hb_exec_target *target, size_t figure,
                              const struct hb_ratio *better)
{
    struct hb_ratio shown = *better;
    if (hb_exec_figure_is_higher_better(target, figure))
        return shown;
    shown.estimate = 1 / better->estimate;
    shown.lo = 1 / better->hi;
    shown.hi = 1 / better->lo;
    return shown;
}

struct hb_looks hb_exec_looks(const struct hb_session *session)
{
    const struct hb_profile *profile = hb_session_profile(session);
    return profile->max_runs > profile->runs ? hb_looks_of(profile->runs, profile->max_runs)
                                             : hb_looks_of(session->blocks, 0);
}

const struct hb_exec_target *hb_exec_whole(const struct hb_exec_judgement *judgement)
{
    return &judgement->targets[judgement->count - 1];
}

/* ---- one program under one allocator ---- */

static bool is_of(const struct hb_exec_run *run, size_t program, size_t allocator)
{
    return run->kind != HB_EXEC_KIND_LOADING && run->kind != HB_EXEC_KIND_INSTRUCTIONS &&
           run->program == program && run->allocator == allocator;
}

static bool is_sample(const struct hb_exec_run *run)
{
    return run->kind == HB_EXEC_KIND_TIMED && run->status == HB_STATUS_OK;
}

static double figure_of(const struct hb_exec_target *target, const struct hb_exec_run *run,
                        size_t figure)
{
    if (figure == HB_EXEC_FIGURE_MEMORY)
        return run->metric[target->peak];
    return figure < HB_EXEC_FIGURES ? run->metric[plain[figure].metric]
                                    : run->own[figure - HB_EXEC_FIGURES];
}

/* A counting pass that ran through knows every process, any other run those that it met. */
static void note_run(const struct hb_session *session, struct hb_exec_row *row,
                     const struct hb_exec_run *run)
{
    const bool ok = run->status == HB_STATUS_OK;
    if (run->kind == HB_EXEC_KIND_TIMED) {
        row->runs_ok += ok;
        row->runs_failed += !ok;
    } else if (ok) {
        row->counted = run;
    } else {
        row->failed_count = run;
    }
    if (!ok && !row->failure && !hb_exec_is_only_note(session, run))
        row->failure = run;
    if (run->left[0] && !row->left)
        row->left = run;
    if (!(run->metric[HB_EXEC_PROCESSES] > 0))
        return;
    if (!row->covered || row->counted == run ||
        (row->covered != row->counted &&
         run->metric[HB_EXEC_PROCESSES] > row->covered->metric[HB_EXEC_PROCESSES]))
        row->covered = run;
}

static void collect(struct judge *judge, struct hb_exec_target *target, size_t program,
                    size_t allocator)
{
    const struct hb_session *session = judge->session;
    struct hb_exec_row *row = &target->rows[allocator];
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *run = &session->runs[i];
        if (run->kind == HB_EXEC_KIND_INSTRUCTIONS && run->program == program &&
            run->allocator == allocator)
            row->tallied = run;
        if (!is_of(run, program, allocator) || run->status == HB_STATUS_INVALID) /* made again */
            continue;
        note_run(session, row, run);
        for (size_t f = 0;
             is_sample(run) && run->block < session->blocks && f < target->figure_count; f++)
            row->figures[f].by_block[run->block] = figure_of(target, run, f);
    }
}

static void summarise(struct judge *judge, size_t n, struct hb_summary *summary)
{
    hb_stats_summary(judge->values, n, 0, judge->session->seed, judge->scratch, summary);
}

static void summarise_metrics(struct judge *judge, struct hb_exec_target *target, size_t program,
                              size_t allocator)
{
    const struct hb_session *session = judge->session;
    for (size_t m = 0; m < HB_EXEC_METRIC_COUNT; m++) {
        const bool is_counted = m == HB_EXEC_SYSCALLS;
        size_t n = 0;
        for (size_t i = 0; i < session->run_count; i++) {
            const struct hb_exec_run *run = &session->runs[i];
            if (is_of(run, program, allocator) && run->status == HB_STATUS_OK &&
                (run->kind == HB_EXEC_KIND_COUNTED) == is_counted && !isnan(run->metric[m]))
                judge->values[n++] = run->metric[m];
        }
        summarise(judge, n, &target->rows[allocator].metric[m]);
    }
}

static int open_rows(struct judge *judge, struct hb_exec_target *target, struct hb_err *err)
{
    const struct hb_session *session = judge->session;
    target->rows = calloc(session->allocator_count + 1, sizeof *target->rows);
    if (!target->rows)
        return hb_err_memory(err, NULL);
    for (size_t a = 0; a < session->allocator_count; a++) {
        struct hb_exec_row *row = &target->rows[a];
        row->other_status = -1;
        for (size_t f = 0; f < target->figure_count; f++) {
            row->figures[f].by_block = calloc(session->blocks + 1u, sizeof(double));
            if (!row->figures[f].by_block)
                return hb_err_memory(err, NULL);
            for (uint32_t b = 0; b < session->blocks; b++)
                row->figures[f].by_block[b] = (double)NAN;
            hb_ratio_unknown(&row->figures[f].better);
        }
    }
    return 0;
}

/* ---- as on the C library's malloc? ---- */

/* On the C library's malloc: on system, or where it was not measured on the reference. Where that
 * is the reference, its twin is the same and prints the same. */
static bool is_usual(const struct hb_exec_judgement *judgement, const struct hb_exec_run *run,
                     size_t program)
{
    const int base = judgement->system >= 0 ? judgement->system : judgement->reference;
    const int twin = base == judgement->reference ? judgement->twin : -1;
    return run->status == HB_STATUS_OK && run->kind != HB_EXEC_KIND_LOADING &&
           run->kind != HB_EXEC_KIND_INSTRUCTIONS && run->program == program && base >= 0 &&
           ((int)run->allocator == base || (int)run->allocator == twin);
}

/* What it prints and ends with there: NULL where it never ran through. */
static const struct hb_exec_run *usual_run(const struct hb_exec_judgement *judgement,
                                           size_t program, bool *is_unstable)
{
    const struct hb_session *session = judgement->session;
    const struct hb_exec_run *usual = NULL;
    *is_unstable = false;
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *run = &session->runs[i];
        if (!is_usual(judgement, run, program))
            continue;
        if (usual)
            *is_unstable |= strcmp(usual->output_digest, run->output_digest) != 0;
        else
            usual = run;
    }
    return usual;
}

static void compare_output(const struct hb_session *session, struct hb_exec_target *target,
                           size_t program, size_t allocator, const struct hb_exec_run *usual)
{
    struct hb_exec_row *row = &target->rows[allocator];
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *run = &session->runs[i];
        if (!is_of(run, program, allocator) || run->status != HB_STATUS_OK)
            continue;
        if (run->exit_status != usual->exit_status && row->other_status < 0)
            row->other_status = run->exit_status;
        row->other_outputs += !target->is_unstable && !target->described->ignore_output &&
                              strcmp(run->output_digest, usual->output_digest) != 0;
    }
}

/* The twin has no counting pass: it is the reference's allocator. */
static void cover_twin(const struct hb_exec_judgement *judgement, struct hb_exec_target *target)
{
    if (judgement->twin >= 0 && judgement->reference >= 0 &&
        target->rows[judgement->reference].counted)
        target->rows[judgement->twin].covered = target->rows[judgement->reference].covered;
}

bool hb_exec_is_coverage_sure(const struct hb_exec_row *row)
{
    return row->covered && row->covered->kind == HB_EXEC_KIND_COUNTED &&
           row->covered->status == HB_STATUS_OK && row->covered->metric[HB_EXEC_EFFECT_UNKNOWN] < 1;
}

/* In none of its processes, whatever was preloaded: what was measured is the C library's malloc. */
static bool is_not_in_effect(const struct hb_allocator_entry *entry, const struct hb_exec_row *row)
{
    return entry->preload_path[0] && hb_exec_is_coverage_sure(row) &&
           row->covered->metric[HB_EXEC_IN_EFFECT] < 1;
}

static void check_rows(struct judge *judge, struct hb_exec_target *target, size_t program)
{
    const struct hb_session *session = judge->session;
    const struct hb_exec_run *usual = usual_run(judge->out, program, &target->is_unstable);
    cover_twin(judge->out, target);
    for (size_t a = 0; a < session->allocator_count; a++) {
        struct hb_exec_row *row = &target->rows[a];
        if (usual)
            compare_output(session, target, program, a, usual);
        row->is_not_in_effect = is_not_in_effect(&session->allocators[a], row);
        row->is_sound = row->runs_ok > 0 && !row->failure && row->other_status < 0 &&
                        !row->other_outputs && !row->is_not_in_effect;
    }
}

/* ---- ratios ---- */

/* Log of the figure in this block, or of one by it where more is better; NaN where it is not known,
 * or is none. */
static double log_cost(const struct hb_exec_target *target, size_t allocator, size_t figure,
                       uint32_t block)
{
    const double value = target->rows[allocator].figures[figure].by_block[block];
    if (!(value > 0))
        return (double)NAN;
    return hb_exec_figure_is_higher_better(target, figure) ? -log(value) : log(value);
}

/* In every run that has a time. */
static bool is_known(const struct hb_session *session, const struct hb_exec_row *row, size_t figure)
{
    for (uint32_t b = 0; b < session->blocks; b++) {
        if (!isnan(row->figures[HB_EXEC_FIGURE_TIME].by_block[b]) &&
            isnan(row->figures[figure].by_block[b]))
            return false;
    }
    return true;
}

bool hb_exec_has_figure(const struct hb_exec_judgement *judgement,
                        const struct hb_exec_target *target, size_t figure)
{
    if (!hb_exec_is_in_suite(judgement, target))
        return false;
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        if (target->rows[a].is_sound && !is_known(judgement->session, &target->rows[a], figure))
            return false;
    }
    return true;
}

bool hb_exec_is_in_suite(const struct hb_exec_judgement *judgement,
                         const struct hb_exec_target *target)
{
    return !target->program->missing_reason[0] && judgement->reference >= 0 &&
           target->rows[judgement->reference].is_sound;
}

/* Of a suite: the mean over the programs that `over` and the reference ran through and of which it
 * is known, all of them in this block. */
static double log_cost_of_suite(const struct judge *judge, size_t over, size_t allocator,
                                size_t figure, uint32_t block)
{
    double sum = 0;
    size_t count = 0;
    for (size_t t = 0; t + 1 < judge->out->count; t++) {
        const struct hb_exec_target *target = &judge->out->targets[t];
        if (!hb_exec_has_figure(judge->out, target, figure) || !target->rows[over].is_sound)
            continue;
        sum += log_cost(target, allocator, figure, block);
        count++;
    }
    return count ? sum / (double)count : (double)NAN;
}

/* Those of an allocator that are known, in the order of blocks; of a suite over the programs of
 * `over`. Returns how many. */
static size_t costs_of(const struct judge *judge, const struct hb_exec_target *target, size_t over,
                       size_t allocator, size_t figure, double *costs)
{
    size_t n = 0;
    for (uint32_t b = 0; b < judge->session->blocks; b++) {
        const double cost = target->program ? log_cost(target, allocator, figure, b)
                                            : log_cost_of_suite(judge, over, allocator, figure, b);
        if (!isnan(cost))
            costs[n++] = cost;
    }
    return n;
}

/* The reference runs twice, and the twin is the same allocator: another is held against all runs of
 * both, each of the two against the other. */
static struct hb_located locate(struct judge *judge, struct hb_exec_target *target,
                                size_t allocator, size_t figure)
{
    struct hb_ratio *ratio = &target->rows[allocator].figures[figure].better;
    const int reference = judge->out->reference, twin = judge->out->twin;
    double *own = judge->values;
    const size_t n = costs_of(judge, target, allocator, allocator, figure, own);
    if ((int)allocator == reference) {
        for (size_t i = 0; i < n; i++)
            own[i] = 0;
        return hb_ratio_of_pairs(own, n, judge->scratch, ratio);
    }
    double *others = own + n;
    size_t m = costs_of(judge, target, allocator, (size_t)reference, figure, others);
    if (twin >= 0 && (int)allocator != twin)
        m += costs_of(judge, target, allocator, (size_t)twin, figure, others + m);
    return hb_ratio_of_samples(others, m, own, n, judge->look.tail, judge->scratch, ratio);
}

/* How much of the reference's time a shell took beside the program, at most: what is smaller may be
 * the shell's. Of a suite the mean, as its ratios are. */
static double share_of_shell(const struct judge *judge, const struct hb_exec_target *target,
                             size_t figure)
{
    double sum = 0;
    size_t count = 0;
    if (figure >= HB_EXEC_FIGURE_MEMORY || judge->out->reference < 0)
        return 0;
    if (target->program) {
        const double taken =
            figure == HB_EXEC_FIGURE_TIME ? target->shell_wall_ns : target->shell_cpu_ns;
        const double left = target->rows[judge->out->reference].figures[figure].summary.median;
        return taken > 0 ? taken / left : 0;
    }
    for (size_t t = 0; t + 1 < judge->out->count; t++) {
        if (!hb_exec_has_figure(judge->out, &judge->out->targets[t], figure))
            continue;
        sum += share_of_shell(judge, &judge->out->targets[t], figure);
        count++;
    }
    return count ? sum / (double)count : 0;
}

static int judge_figure(struct judge *judge, struct hb_exec_target *target, size_t figure,
                        struct hb_err *err)
{
    const struct hb_session *session = judge->session;
    const struct hb_profile *profile = hb_session_profile(session);
    struct hb_family family = {.session = session,
                               .twin = judge->out->twin,
                               .least = profile->margin_percent / 100,
                               .is_margin_of_sure = true,
                               .share = judge->look.share,
                               .unresolved = share_of_shell(judge, target, figure),
                               .noise_limit = profile->noise_floor_limit_percent / 100};
    if (hb_family_open(&family, err) != 0) {
        hb_family_close(&family);
        return -1;
    }
    for (size_t a = 0; a < session->allocator_count; a++)
        family.ratios[a] = &target->rows[a].figures[figure].better;
    for (size_t a = 0; judge->out->reference >= 0 && a < session->allocator_count; a++)
        family.logs[a] = locate(judge, target, a, figure);
    if (judge->out->reference >= 0)
        hb_family_judge(&family, judge->scratch);
    target->families[figure] = (struct hb_exec_family){
        .aa_noise = family.aa_noise,
        .margin = family.margin,
        .is_doubtful = family.is_doubtful,
        .is_withheld = family.is_withheld,
        .comparisons = family.comparisons,
        .pairs = family.pairs,
        .pairs_least = family.pairs_least,
    };
    hb_family_close(&family);
    return 0;
}

static int judge_figures(struct judge *judge, struct hb_exec_target *target, struct hb_err *err)
{
    for (size_t f = 0; f < target->figure_count; f++) {
        if (judge_figure(judge, target, f, err) != 0)
            return -1;
    }
    hb_exec_choose(judge->out, target);
    return 0;
}

/* ---- targets ---- */

static int judge_program(struct judge *judge, size_t program, struct hb_err *err)
{
    const struct hb_session *session = judge->session;
    struct hb_exec_target *target = &judge->out->targets[program];
    target->program = &session->programs[program];
    target->described = hb_exec_described(session, program);
    target->figure_count = HB_EXEC_FIGURES + target->described->metric_count;
    target->peak = hb_exec_peak(session, program);
    if (open_rows(judge, target, err) != 0 || !target->rows)
        return -1;
    for (size_t a = 0; a < session->allocator_count; a++) {
        const struct hb_summary *metric = target->rows[a].metric;
        collect(judge, target, program, a);
        summarise_metrics(judge, target, program, a);
        target->shell_wall_ns = fmax(target->shell_wall_ns, metric[HB_EXEC_SHELL_WALL].median);
        target->shell_cpu_ns = fmax(target->shell_cpu_ns, metric[HB_EXEC_SHELL_CPU].median);
        for (size_t f = 0; f < target->figure_count; f++) {
            const size_t n =
                hb_stats_known(target->rows[a].figures[f].by_block, session->blocks, judge->values);
            summarise(judge, n, &target->rows[a].figures[f].summary);
        }
    }
    check_rows(judge, target, program);
    return judge_figures(judge, target, err);
}

/* All programs together: an allocator that failed in one is judged by the others, and is not sound.
 */
static int judge_suite(struct judge *judge, struct hb_err *err)
{
    struct hb_exec_target *suite = &judge->out->targets[judge->out->count - 1];
    suite->figure_count = HB_EXEC_FIGURES;
    if (open_rows(judge, suite, err) != 0)
        return -1;
    for (size_t a = 0; a < judge->session->allocator_count; a++) {
        struct hb_exec_row *row = &suite->rows[a];
        row->is_sound = true;
        for (size_t t = 0; t + 1 < judge->out->count; t++) {
            const struct hb_exec_target *target = &judge->out->targets[t];
            const struct hb_exec_row *part = &target->rows[a];
            if (!hb_exec_is_in_suite(judge->out, target))
                continue;
            row->runs_ok += part->runs_ok;
            row->runs_failed += part->runs_failed;
            row->is_sound &= part->is_sound;
            row->failure = row->failure ? row->failure : part->failure;
        }
        row->is_sound &= row->runs_ok > 0;
    }
    return judge_figures(judge, suite, err);
}

static void judge_loading(struct judge *judge)
{
    const struct hb_session *session = judge->session;
    for (size_t a = 0; a < session->allocator_count; a++) {
        size_t n = 0;
        for (size_t i = 0; i < session->run_count; i++) {
            const struct hb_exec_run *run = &session->runs[i];
            if (run->kind == HB_EXEC_KIND_LOADING && run->allocator == a &&
                run->status == HB_STATUS_OK && !isnan(run->metric[HB_EXEC_WALL]))
                judge->values[n++] = run->metric[HB_EXEC_WALL];
        }
        summarise(judge, n, &judge->out->loading[a]);
    }
}

static int judge_open(struct judge *judge, struct hb_err *err)
{
    const struct hb_session *session = judge->session;
    struct hb_exec_judgement *out = judge->out;
    const size_t blocks = session->blocks, allocators = session->allocator_count;
    const size_t n = session->run_count + 3 * blocks + allocators + 1;
    const size_t scratch = HB_SUMMARY_SCRATCH(n, 0) + HB_WALSH_SCRATCH(blocks) +
                           HB_WILCOXON_SCRATCH(blocks) + HB_LOW_RANK_SCRATCH(2 * blocks, blocks) +
                           2 * allocators;
    out->count = session->program_count + (session->program_count > 1);
    out->targets = calloc(out->count + 1, sizeof *out->targets);
    out->loading = calloc(allocators + 1, sizeof *out->loading);
    judge->values = calloc(n, sizeof *judge->values);
    judge->scratch = calloc(scratch, sizeof *judge->scratch);
    if (out->targets && out->loading && judge->values && judge->scratch)
        return 0;
    out->count = out->targets ? out->count : 0;
    return hb_err_memory(err, NULL);
}

/* At what is there now. */
static void note_looks(struct judge *judge)
{
    const struct hb_session *session = judge->session;
    const uint32_t begun = hb_session_blocks_begun(session);
    judge->out->looks = hb_exec_looks(session);
    judge->out->looked_at = begun < session->blocks ? begun : session->blocks;
    judge->look = hb_looks_at(&judge->out->looks, judge->out->looked_at);
}

int hb_exec_judge(const struct hb_session *session, struct hb_exec_judgement *judgement,
                  struct hb_err *err)
{
    struct judge judge = {.session = session, .out = judgement};
    *judgement = (struct hb_exec_judgement){.session = session};
    judgement->reference = hb_session_find_role(session, HB_ROLE_REFERENCE);
    judgement->twin = hb_session_find_role(session, HB_ROLE_TWIN);
    judgement->system = hb_session_find(session, "system");
    note_looks(&judge);
    int status = judge_open(&judge, err);
    if (status == 0)
        judge_loading(&judge);
    for (size_t p = 0; status == 0 && p < session->program_count; p++)
        status = judge_program(&judge, p, err);
    if (status == 0 && session->program_count > 1)
        status = judge_suite(&judge, err);
    free(judge.values);
    free(judge.scratch);
    return status;
}

void hb_exec_judgement_free(struct hb_exec_judgement *judgement)
{
    for (size_t t = 0; t < judgement->count; t++) {
        struct hb_exec_target *target = &judgement->targets[t];
        for (size_t a = 0; target->rows && a < judgement->session->allocator_count; a++) {
            for (size_t f = 0; f < HB_EXEC_FIGURES_MAX; f++)
                free(target->rows[a].figures[f].by_block);
        }
        free(target->rows);
    }
    free(judgement->targets);
    free(judgement->loading);
    *judgement = (struct hb_exec_judgement){0};
}

bool hb_exec_is_unmatched(const struct hb_exec_judgement *judgement,
                          const struct hb_exec_target *target, size_t figure)
{
    size_t runs = 0;
    for (size_t a = 0; a < judgement->session->allocator_count; a++) {
        runs += target->rows[a].runs_ok;
        if (target->rows[a].figures[figure].summary.n)
            return false;
    }
    return figure >= HB_EXEC_FIGURES && runs > 0;
}

bool hb_exec_complete(const struct hb_exec_judgement *judgement)
{
    const struct hb_session *session = judgement->session;
    for (size_t t = 0; t < session->program_count; t++) {
        const struct hb_exec_target *target = &judgement->targets[t];
        for (size_t f = HB_EXEC_FIGURES; f < target->figure_count; f++) {
            if (hb_exec_is_unmatched(judgement, target, f))
                return false;
        }
        for (size_t a = 0; a < session->allocator_count; a++) {
            if (!target->program->missing_reason[0] && !session->allocators[a].missing_reason[0] &&
                (!target->rows[a].is_sound || target->rows[a].runs_ok < session->blocks ||
                 (target->rows[a].tallied && target->rows[a].tallied->status != HB_STATUS_OK)))
                return false;
        }
    }
    return !session->partial;
}
