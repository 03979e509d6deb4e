/* What was judged, as JSON: see judge.h, budget.h, drift_judge.h, soak_judge.h. Puts refuse a NULL
 * parent, so that only the end of a section asks whether there was memory. */
#include "judge/judge.h"

#include "base/json/json_fields.h"
#include "judge/budget.h"
#include "judge/drift_judge.h"
#include "judge/exec_judge.h"
#include "judge/soak_judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- tables ---- */

#define PUT(writer, object, table, from)                                                           \
    hb_json_put_fields(writer, object, table, HB_TABLE_COUNT(table), from)

#define SUMMARY(field, key) HB_FIELD_AS(DOUBLE, struct hb_summary, field, key)
static const struct hb_json_field summary_fields[] = {
    HB_FIELD(SIZE, struct hb_summary, n),
    SUMMARY(mean, "mean"),
    SUMMARY(median, "median"),
    SUMMARY(min, "min"),
    SUMMARY(max, "max"),
    SUMMARY(sd, "sd"),
};
static const struct hb_json_field spread_fields[] = {
    SUMMARY(cv, "cv"),
    SUMMARY(robust_cv, "robust_cv"),
};
static const struct hb_json_field interval_fields[] = {
    SUMMARY(ci_mean_lo, "mean_ci95_lo"),
    SUMMARY(ci_mean_hi, "mean_ci95_hi"),
    SUMMARY(ci_median_lo, "median_ci95_lo"),
    SUMMARY(ci_median_hi, "median_ci95_hi"),
};

#define RATIO(field, key) HB_FIELD_AS(DOUBLE, struct hb_ratio, field, key)
static const struct hb_json_field ratio_fields[] = {
    HB_FIELD(SIZE, struct hb_ratio, pairs),
    RATIO(estimate, "estimate"),
    RATIO(lo, "ci95_lo"),
    RATIO(hi, "ci95_hi"),
    RATIO(p, "wilcoxon_p"),
    RATIO(p_holm, "holm_p"),
};

static const struct hb_json_field judged_fields[] = {
    HB_FIELD(U32, struct hb_judged, runs_ok),
    HB_FIELD(U32, struct hb_judged, runs_failed),
    HB_FIELD(U32, struct hb_judged, outliers),
};

static const struct hb_json_field comparison_fields[] = {
    HB_FIELD_AS(SIZE, struct hb_judgement, comparisons, "count"),
    HB_FIELD(SIZE, struct hb_judgement, pairs),
    HB_FIELD(SIZE, struct hb_judgement, pairs_least),
};

#define BUDGET(kind, field) HB_FIELD(kind, struct hb_budget_result, field)
static const struct hb_json_field budget_fields[] = {
    HB_FIELD_AS(TEXT, struct hb_budget_result, label, "allocator"),
    BUDGET(TEXT, key),
    BUDGET(DOUBLE, min),
    BUDGET(DOUBLE, max),
    BUDGET(DOUBLE, value),
};
static const struct hb_json_field budget_interval_fields[] = {
    HB_FIELD_AS(DOUBLE, struct hb_budget_result, lo, "ci95_lo"),
    HB_FIELD_AS(DOUBLE, struct hb_budget_result, hi, "ci95_hi"),
};

static const struct hb_json_field drift_fields[] = {
    HB_FIELD(TEXT, struct hb_drift_judgement, baseline_started_at),
    HB_FIELD(TEXT_OR_NULL, struct hb_drift_judgement, baseline_name),
    HB_FIELD_AS(DOUBLE, struct hb_drift_judgement, common_ratio, "machine_ratio"),
    HB_FIELD_AS(OWNED_TEXT, struct hb_drift_judgement, machine_word, "machine"),
};
#define DRIFT_ROW(field, key) HB_FIELD_AS(DOUBLE, struct hb_drift_row, field, key)
static const struct hb_json_field drift_row_fields[] = {
    DRIFT_ROW(median_then, "median_then"),
    DRIFT_ROW(median_now, "median_now"),
    DRIFT_ROW(ratio, "ratio"),
    DRIFT_ROW(lo, "ci95_lo"),
    DRIFT_ROW(hi, "ci95_hi"),
    DRIFT_ROW(residual_ratio, "ratio_without_machine"),
    HB_FIELD(OWNED_TEXT, struct hb_drift_row, word),
};

#define SOAK_DRIFT(field, key) HB_FIELD_AS(DOUBLE, struct hb_soak_drift, field, key)
static const struct hb_json_field soak_drift_fields[] = {
    HB_FIELD(SIZE, struct hb_soak_drift, n),
    SOAK_DRIFT(percent, "percent"),
    SOAK_DRIFT(lo, "ci95_lo"),
    SOAK_DRIFT(hi, "ci95_hi"),
    SOAK_DRIFT(first_to_last_percent, "first_to_last_percent"),
    SOAK_DRIFT(tau, "kendall_tau"),
    SOAK_DRIFT(p, "mann_kendall_p"),
    SOAK_DRIFT(p_plain, "mann_kendall_p_uncorrected"),
    SOAK_DRIFT(last_quarter_percent, "last_quarter_percent"),
    SOAK_DRIFT(last_quarter_p, "last_quarter_p"),
};

static const struct hb_json_field change_fields[] = {
    HB_FIELD(DOUBLE, struct hb_soak_change, at_s),
    HB_FIELD(DOUBLE, struct hb_soak_change, percent),
};
static const struct hb_json_field restart_fields[] = {
    HB_FIELD(DOUBLE, struct hb_soak_restart, at_s),
    HB_FIELD(DOUBLE, struct hb_soak_restart, gap_s),
    HB_FIELD(U32, struct hb_soak_restart, process),
};

#define LATENCY(kind, field) HB_FIELD(kind, struct hb_soak_latency, field)
static const struct hb_json_field latency_fields[] = {
    LATENCY(BOOL, merged), LATENCY(DOUBLE, samples), LATENCY(DOUBLE, p50),   LATENCY(DOUBLE, p90),
    LATENCY(DOUBLE, p99),  LATENCY(DOUBLE, p999),    LATENCY(DOUBLE, p9999), LATENCY(DOUBLE, max),
};

#define MEMORY(field, key) HB_FIELD_AS(DOUBLE, struct hb_soak_memory, field, key)
static const struct hb_json_field memory_fields[] = {
    MEMORY(first, "rss_first_bytes"),
    MEMORY(last, "rss_last_bytes"),
    MEMORY(peak, "rss_peak_bytes"),
    MEMORY(live, "live_bytes"),
    MEMORY(fragmentation, "heap_to_live"),
    MEMORY(drained_100ms, "rss_drained_100ms_bytes"),
    MEMORY(drained_1s, "rss_drained_1s_bytes"),
    MEMORY(drained_5s, "rss_drained_5s_bytes"),
};

static const struct hb_json_field calls_fields[] = {
    HB_FIELD(TEXT, struct hb_soak_calls, phase),
    HB_FIELD(U32, struct hb_soak_calls, epochs),
    HB_FIELD(DOUBLE, struct hb_soak_calls, operations),
};

#define EPOCHS(field, key) HB_FIELD_AS(U32, struct hb_soak_judged, field, key)
static const struct hb_json_field soak_judged_fields[] = {
    EPOCHS(epochs, "epochs"),          EPOCHS(counted, "epochs_judged"),
    EPOCHS(warmup, "epochs_warmup"),   EPOCHS(drains, "epochs_drain"),
    EPOCHS(invalid, "epochs_invalid"), EPOCHS(failed, "epochs_failed"),
};

static const struct hb_json_field soak_fields[] = {
    HB_FIELD(DOUBLE, struct hb_soak_judgement, duration_s),
    HB_FIELD_AS(DOUBLE, struct hb_soak_judgement, scale_s, "drift_scale_s"),
    HB_FIELD_AS(DOUBLE, struct hb_soak_judgement, margin_percent, "flat_within_percent"),
};

/* ---- a session ---- */

static void summary(struct hb_json_writer *writer, cJSON *parent, const char *key,
                    const struct hb_summary *s, const double *samples)
{
    cJSON *object = hb_json_put_object(writer, parent, key);
    PUT(writer, object, summary_fields, s);
    PUT(writer, object, spread_fields, s);
    PUT(writer, object, interval_fields, s);
    if (samples)
        hb_json_put_numbers(writer, object, "samples", samples, s->n);
}

static void ratio(struct hb_json_writer *writer, cJSON *parent, const struct hb_ratio *r)
{
    cJSON *object = hb_json_put_object(writer, parent, "ratio_to_reference");
    PUT(writer, object, ratio_fields, r);
    hb_json_put_text(writer, object, "verdict", hb_verdict_word(r->verdict.kind));
    hb_json_put_number(writer, object, "runs_needed",
                       r->verdict.runs_needed ? (double)r->verdict.runs_needed : (double)NAN);
}

static void steady(struct hb_json_writer *writer, cJSON *parent, const struct hb_judged *judged)
{
    static const char *const keys[HB_STEADY_CLASSES] = {[HB_STEADY_FLAT] = "flat",
                                                        [HB_STEADY_WARMUP] = "warm_up",
                                                        [HB_STEADY_SLOWDOWN] = "slowdown",
                                                        [HB_STEADY_NONE] = "no_steady_state"};
    cJSON *object = hb_json_put_object(writer, parent, "steady_state_runs");
    for (size_t i = 0; i < HB_STEADY_CLASSES; i++)
        hb_json_put_number(writer, object, keys[i], judged->steady[i]);
}

/* "instructions_per_op" -> "instructions_above_floor". */
static void counts_above_floor(struct hb_json_writer *writer, cJSON *object,
                               const struct hb_judged *judged, size_t metric)
{
    const char *key = hb_metrics[metric].key;
    char own[64];
    if (isnan(judged->counts_above_floor[metric]))
        return;
    (void)snprintf(own, sizeof own, "%.*s_above_floor", (int)(strlen(key) - strlen("_per_op")),
                   key);
    hb_json_put_number(writer, object, own, judged->counts_above_floor[metric]);
}

static void allocator(struct hb_json_writer *writer, cJSON *summaries,
                      const struct hb_judgement *judgement, size_t index)
{
    const struct hb_judged *judged = &judgement->allocators[index];
    cJSON *object =
        hb_json_put_object(writer, summaries, judgement->session->allocators[index].label);
    PUT(writer, object, judged_fields, judged);
    steady(writer, object, judged);
    summary(writer, object, "throughput_ops_per_s", &judged->throughput, judged->samples);
    summary(writer, object, "ns_per_op", &judged->ns_per_op, NULL);
    hb_json_put_number(writer, object, "above_floor_ns", judged->above_floor_ns);
    ratio(writer, object, &judged->to_reference);
    for (size_t m = 0; m < HB_METRIC_COUNT; m++) {
        if (m != HB_METRIC_THROUGHPUT && m != HB_METRIC_NS_PER_OP && judged->metric[m].n)
            summary(writer, object, hb_metrics[m].key, &judged->metric[m], NULL);
        counts_above_floor(writer, object, judged, m);
    }
}

int hb_judge_json(const struct hb_judgement *judgement, cJSON *root)
{
    struct hb_json_writer writer = {false};
    char doubt[256] = "", too_few[256] = "";
    (void)hb_judgement_doubt(judgement, doubt, sizeof doubt);
    (void)hb_judgement_too_few(judgement, too_few, sizeof too_few);
    cJSON *noise = hb_json_put_object(&writer, root, "aa_noise");
    hb_json_put_number(&writer, noise, "fraction", judgement->aa_noise);
    hb_json_put_number(&writer, noise, "margin", judgement->margin);
    hb_json_put_boolean(&writer, noise, "believed", !judgement->is_doubtful);
    hb_json_put_text_or_null(&writer, noise, "doubt", doubt);
    cJSON *comparisons = hb_json_put_object(&writer, root, "comparisons");
    PUT(&writer, comparisons, comparison_fields, judgement);
    hb_json_put_text_or_null(&writer, comparisons, "too_few", too_few);
    cJSON *summaries = hb_json_put_object(&writer, root, "summaries");
    for (size_t i = 0; i < judgement->session->allocator_count; i++)
        allocator(&writer, summaries, judgement, i);
    return writer.failed ? -1 : 0;
}

/* Those of a soak have an interval and a reason. */
static void budgets(struct hb_json_writer *writer, cJSON *parent,
                    const struct hb_budget_result *results, size_t count, bool of_soak)
{
    cJSON *array = hb_json_put_array(writer, parent, "budgets");
    for (size_t i = 0; i < count; i++) {
        cJSON *object = hb_json_put_object_at_end(writer, array);
        PUT(writer, object, budget_fields, &results[i]);
        if (of_soak)
            PUT(writer, object, budget_interval_fields, &results[i]);
        hb_json_put_text(writer, object, "outcome", hb_budget_words[results[i].outcome]);
        if (of_soak)
            hb_json_put_text(writer, object, "why", results[i].why);
    }
}

int hb_budgets_json(const struct hb_budget_result *results, size_t count, cJSON *root)
{
    struct hb_json_writer writer = {false};
    budgets(&writer, root, results, count, false);
    return writer.failed ? -1 : 0;
}

int hb_drift_json(const struct hb_drift_judgement *drift, cJSON *root)
{
    struct hb_json_writer writer = {false};
    cJSON *section = hb_json_put_object(&writer, root, "drift");
    PUT(&writer, section, drift_fields, drift);
    cJSON *allocators = hb_json_put_object(&writer, section, "allocators");
    for (size_t i = 0; i < drift->count; i++)
        PUT(&writer, hb_json_put_object(&writer, allocators, drift->rows[i].label),
            drift_row_fields, &drift->rows[i]);
    return writer.failed ? -1 : 0;
}

/* ---- a soak ---- */

static void drift(struct hb_json_writer *writer, cJSON *parent, const char *key,
                  const struct hb_soak_drift *d)
{
    cJSON *object = hb_json_put_object(writer, parent, key);
    PUT(writer, object, soak_drift_fields, d);
    hb_json_put_text(writer, object, "word", hb_soak_word(d->word));
}

static void speed(struct hb_json_writer *writer, cJSON *parent, const struct hb_soak_judged *judged)
{
    cJSON *object = hb_json_put_object(writer, parent, "throughput_ops_per_s");
    PUT(writer, object, summary_fields, &judged->throughput);
    PUT(writer, object, interval_fields, &judged->throughput);
    hb_json_put_number(writer, object, "cv_percent", judged->cv_percent);
    hb_json_put_number(writer, object, "cv_against_control_percent", judged->cv_control_percent);
    drift(writer, object, "drift", &judged->speed);
    drift(writer, object, "drift_against_control", &judged->speed_to_control);
}

static void latency(struct hb_json_writer *writer, cJSON *parent, const struct hb_soak_latency *l)
{
    cJSON *object = hb_json_put_object(writer, parent, "latency_ns");
    PUT(writer, object, latency_fields, l);
    drift(writer, object, "p999_drift", &l->p999_drift);
}

static void memory(struct hb_json_writer *writer, cJSON *parent, const struct hb_soak_memory *m)
{
    cJSON *object = hb_json_put_object(writer, parent, "memory");
    PUT(writer, object, memory_fields, m);
    drift(writer, object, "rss_drift", &m->rss);
    drift(writer, object, "live_drift", &m->live_drift);
    drift(writer, object, "rss_to_live_drift", &m->rss_to_live);
}

static void counts(struct hb_json_writer *writer, cJSON *parent, const char *key,
                   const uint64_t *values)
{
    cJSON *object = hb_json_put_object(writer, parent, key);
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        hb_json_put_number(writer, object, hb_syscall_names[c], (double)values[c]);
}

static void calls(struct hb_json_writer *writer, cJSON *parent, const struct hb_soak_judged *judged)
{
    cJSON *object = hb_json_put_object(writer, parent, "memory_syscalls");
    hb_json_put_number(writer, object, "per_op", judged->syscalls_per_op);
    hb_json_put_boolean(writer, object, "of_counting_pass", judged->syscalls_counted_pass);
    cJSON *array = hb_json_put_array(writer, object, "phases");
    for (size_t i = 0; i < judged->calls_count; i++) {
        const struct hb_soak_calls *row = &judged->calls[i];
        cJSON *phase = hb_json_put_object_at_end(writer, array);
        PUT(writer, phase, calls_fields, row);
        counts(writer, phase, "calls", row->calls.count);
        if (row->bytes_known)
            counts(writer, phase, "bytes", row->calls.bytes);
        if (row->own_known) {
            counts(writer, phase, "own_calls", row->own.count);
            hb_json_put_boolean(writer, phase, "agree", row->agree);
        }
    }
}

static void soak_allocator(struct hb_json_writer *writer, cJSON *parent,
                           const struct hb_soak_judgement *all, size_t index)
{
    const struct hb_soak_judged *judged = &all->allocators[index];
    cJSON *object = hb_json_put_object(writer, parent, all->session->allocators[index].label);
    PUT(writer, object, soak_judged_fields, judged);
    speed(writer, object, judged);
    cJSON *array = hb_json_put_array(writer, object, "change_points");
    for (size_t i = 0; i < judged->change_count; i++)
        PUT(writer, hb_json_put_object_at_end(writer, array), change_fields, &judged->changes[i]);
    array = hb_json_put_array(writer, object, "restarts");
    for (size_t i = 0; i < judged->restart_count; i++)
        PUT(writer, hb_json_put_object_at_end(writer, array), restart_fields, &judged->restarts[i]);
    latency(writer, object, &judged->latency);
    memory(writer, object, &judged->memory);
    calls(writer, object, judged);
}

int hb_soak_json(const struct hb_soak_judgement *judgement, cJSON *root)
{
    struct hb_json_writer writer = {false};
    cJSON *section = hb_json_put_object(&writer, root, "soak_summary");
    PUT(&writer, section, soak_fields, judgement);
    if (judgement->control >= 0)
        hb_json_put_text(&writer, section, "control",
                         judgement->session->allocators[judgement->control].label);
    cJSON *allocators = hb_json_put_object(&writer, section, "allocators");
    for (size_t i = 0; i < judgement->session->allocator_count; i++)
        soak_allocator(&writer, allocators, judgement, i);
    budgets(&writer, section, judgement->budgets, judgement->budget_count, true);
    return writer.failed ? -1 : 0;
}

/* ---- programs ---- */

static const struct hb_json_field exec_row_fields[] = {
    HB_FIELD(U32, struct hb_exec_row, runs_ok),
    HB_FIELD(U32, struct hb_exec_row, runs_failed),
    HB_FIELD(U32, struct hb_exec_row, other_outputs),
    HB_FIELD(INT_OR_NULL, struct hb_exec_row, other_status),
    HB_FIELD(BOOL, struct hb_exec_row, is_sound),
};
static const struct hb_json_field exec_family_fields[] = {
    HB_FIELD(DOUBLE, struct hb_exec_family, aa_noise),
    HB_FIELD(DOUBLE, struct hb_exec_family, margin),
    HB_FIELD_AS(BOOL, struct hb_exec_family, is_doubtful, "doubtful"),
    HB_FIELD(SIZE, struct hb_exec_family, comparisons),
    HB_FIELD(SIZE, struct hb_exec_family, pairs),
    HB_FIELD(SIZE, struct hb_exec_family, pairs_least),
};

static void exec_row(struct hb_json_writer *writer, cJSON *parent,
                     const struct hb_exec_judgement *judgement, const struct hb_exec_target *target,
                     size_t allocator)
{
    const struct hb_exec_row *row = &target->rows[allocator];
    cJSON *object =
        hb_json_put_object(writer, parent, judgement->session->allocators[allocator].label);
    PUT(writer, object, exec_row_fields, row);
    cJSON *figures = hb_json_put_object(writer, object, "figures");
    for (size_t f = 0; f < target->figure_count; f++) {
        const struct hb_ratio shown = hb_exec_shown(target, f, &row->figures[f].better);
        cJSON *figure = hb_json_put_object(writer, figures, hb_exec_figure_name(target, f));
        if (target->program)
            summary(writer, figure, "value", &row->figures[f].summary, NULL);
        if ((int)allocator != judgement->reference)
            ratio(writer, figure, &shown);
    }
}

static void exec_target(struct hb_json_writer *writer, cJSON *object,
                        const struct hb_exec_judgement *judgement,
                        const struct hb_exec_target *target)
{
    const struct hb_session *session = judgement->session;
    const int best = target->answer.best;
    hb_json_put_text_or_null(writer, object, "program",
                             target->program ? target->program->name : "");
    hb_json_put_text_or_null(writer, object, "use",
                             best >= 0 ? session->allocators[best].label : "");
    if (target->program)
        hb_json_put_text(writer, object, "memory_is", hb_exec_metrics[target->peak].key);
    cJSON *families = hb_json_put_object(writer, object, "comparisons");
    for (size_t f = 0; f < target->figure_count; f++)
        PUT(writer, hb_json_put_object(writer, families, hb_exec_figure_name(target, f)),
            exec_family_fields, &target->families[f]);
    cJSON *rows = hb_json_put_object(writer, object, "allocators");
    for (size_t a = 0; a < session->allocator_count; a++)
        exec_row(writer, rows, judgement, target, a);
}

/* Of one that goes on until it knows. */
static void exec_looks(struct hb_json_writer *writer, cJSON *section,
                       const struct hb_exec_judgement *judgement)
{
    const struct hb_looks *looks = &judgement->looks;
    const size_t open = hb_exec_open(judgement), at = judgement->looked_at;
    if (looks->first == looks->most)
        return;
    cJSON *object = hb_json_put_object(writer, section, "looks");
    cJSON *runs = hb_json_put_array(writer, object, "at");
    for (size_t look = looks->first, i = hb_looks_number(looks, at); i > 0;
         look = hb_looks_next(looks, look), i--)
        hb_json_put_at_end(writer, runs, cJSON_CreateNumber((double)look));
    hb_json_put_number(writer, object, "runs", (double)at);
    hb_json_put_number(writer, object, "runs_most", (double)looks->most);
    hb_json_put_number(writer, object, "open", (double)open);
    hb_json_put_text(writer, object, "ended",
                     judgement->session->partial                ? "cut off"
                     : open                                     ? "runs"
                     : hb_exec_whole(judgement)->answer.decided ? "decided"
                                                                : "undecidable");
}

int hb_exec_judge_json(const struct hb_exec_judgement *judgement, cJSON *root)
{
    struct hb_json_writer writer = {0};
    const struct hb_session *session = judgement->session;
    cJSON *section = hb_json_put_object(&writer, root, "exec_summary");
    cJSON *loading = hb_json_put_object(&writer, section, "loading_ns");
    for (size_t a = 0; a < session->allocator_count; a++)
        hb_json_put_number(&writer, loading, session->allocators[a].label,
                           judgement->loading[a].median);
    exec_looks(&writer, section, judgement);
    cJSON *targets = hb_json_put_array(&writer, section, "programs");
    for (size_t t = 0; t < judgement->count; t++)
        exec_target(&writer, hb_json_put_object_at_end(&writer, targets), judgement,
                    &judgement->targets[t]);
    return writer.failed ? -1 : 0;
}
