/* What was judged, as JSON: see judge_json.h, soak_judge.h. Puts refuse a NULL parent, so that only
 * the end of a section asks whether there was memory. */
#include "judge/judge_json.h"

#include "base/json/json_writer.h"
#include "judge/soak_judge.h"

#include <math.h>

/* ---- summaries ---- */

static void numbers(struct hb_json_writer *writer, cJSON *parent, const char *key,
                    const double *values, size_t count)
{
    cJSON *array = hb_json_put_array(writer, parent, key);
    for (size_t i = 0; i < count; i++)
        hb_json_put_at_end(writer, array, hb_json_new_double(values[i]));
}

static void put_summary(struct hb_json_writer *writer, cJSON *object, const struct hb_summary *s)
{
    hb_json_put_number(writer, object, "n", (double)s->n);
    hb_json_put_number(writer, object, "mean", s->mean);
    hb_json_put_number(writer, object, "median", s->median);
    hb_json_put_number(writer, object, "min", s->min);
    hb_json_put_number(writer, object, "max", s->max);
    hb_json_put_number(writer, object, "sd", s->sd);
}

static void put_intervals(struct hb_json_writer *writer, cJSON *object, const struct hb_summary *s)
{
    hb_json_put_number(writer, object, "mean_ci95_lo", s->ci_mean_lo);
    hb_json_put_number(writer, object, "mean_ci95_hi", s->ci_mean_hi);
    hb_json_put_number(writer, object, "median_ci95_lo", s->ci_median_lo);
    hb_json_put_number(writer, object, "median_ci95_hi", s->ci_median_hi);
}

/* ---- a session ---- */

static void summary(struct hb_json_writer *writer, cJSON *parent, const char *key,
                    const struct hb_summary *s, const double *samples)
{
    cJSON *object = hb_json_put_object(writer, parent, key);
    put_summary(writer, object, s);
    hb_json_put_number(writer, object, "cv", s->cv);
    hb_json_put_number(writer, object, "robust_cv", s->robust_cv);
    put_intervals(writer, object, s);
    if (samples)
        numbers(writer, object, "samples", samples, s->n);
}

static void ratio(struct hb_json_writer *writer, cJSON *parent, const struct hb_ratio *r)
{
    cJSON *object = hb_json_put_object(writer, parent, "ratio_to_reference");
    hb_json_put_number(writer, object, "pairs", (double)r->pairs);
    hb_json_put_number(writer, object, "estimate", r->estimate);
    hb_json_put_number(writer, object, "ci95_lo", r->lo);
    hb_json_put_number(writer, object, "ci95_hi", r->hi);
    hb_json_put_number(writer, object, "wilcoxon_p", r->p);
    hb_json_put_number(writer, object, "holm_p", r->p_holm);
    hb_json_put_text(writer, object, "verdict", hb_verdict_word(r->verdict.kind));
    hb_json_put_number(writer, object, "runs_needed",
                       r->verdict.runs_needed ? (double)r->verdict.runs_needed : (double)NAN);
}

static void steady(struct hb_json_writer *writer, cJSON *parent, const struct hb_judged *judged)
{
    static const char *const keys[HB_STEADY_CLASSES] = {
        [HB_STEADY_FLAT] = "flat",
        [HB_STEADY_WARMUP] = "warm_up",
        [HB_STEADY_SLOWDOWN] = "slowdown",
        [HB_STEADY_NONE] = "no_steady_state",
    };
    cJSON *object = hb_json_put_object(writer, parent, "steady_state_runs");
    for (size_t i = 0; i < HB_STEADY_CLASSES; i++)
        hb_json_put_number(writer, object, keys[i], judged->steady[i]);
}

static void allocator(struct hb_json_writer *writer, cJSON *summaries,
                      const struct hb_judgement *judgement, size_t index)
{
    const struct hb_judged *judged = &judgement->allocators[index];
    cJSON *object =
        hb_json_put_object(writer, summaries, judgement->session->allocators[index].label);
    hb_json_put_number(writer, object, "runs_ok", judged->runs_ok);
    hb_json_put_number(writer, object, "runs_failed", judged->runs_failed);
    hb_json_put_number(writer, object, "outliers", judged->outliers);
    steady(writer, object, judged);
    summary(writer, object, "throughput_ops_per_s", &judged->throughput, judged->samples);
    summary(writer, object, "ns_per_op", &judged->ns_per_op, NULL);
    hb_json_put_number(writer, object, "above_floor_ns", judged->above_floor_ns);
    ratio(writer, object, &judged->to_reference);
    for (size_t m = 0; m < HB_METRIC_COUNT; m++) {
        if (m != HB_METRIC_THROUGHPUT && m != HB_METRIC_NS_PER_OP && judged->metric[m].n)
            summary(writer, object, hb_metrics[m].key, &judged->metric[m], NULL);
    }
}

static void put_budget(struct hb_json_writer *writer, cJSON *object, const char *label,
                       const char *key, double min, double max, double value)
{
    hb_json_put_text(writer, object, "allocator", label);
    hb_json_put_text(writer, object, "key", key);
    hb_json_put_number(writer, object, "min", min);
    hb_json_put_number(writer, object, "max", max);
    hb_json_put_number(writer, object, "value", value);
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
    hb_json_put_number(&writer, comparisons, "count", (double)judgement->comparisons);
    hb_json_put_number(&writer, comparisons, "pairs", (double)judgement->pairs);
    hb_json_put_number(&writer, comparisons, "pairs_least", (double)judgement->pairs_least);
    hb_json_put_text_or_null(&writer, comparisons, "too_few", too_few);
    cJSON *summaries = hb_json_put_object(&writer, root, "summaries");
    for (size_t i = 0; i < judgement->session->allocator_count; i++)
        allocator(&writer, summaries, judgement, i);
    return writer.failed ? -1 : 0;
}

int hb_budgets_json(const struct hb_budget_result *results, size_t count, cJSON *root)
{
    struct hb_json_writer writer = {false};
    cJSON *array = hb_json_put_array(&writer, root, "budgets");
    for (size_t i = 0; i < count; i++) {
        cJSON *object = hb_json_put_object_at_end(&writer, array);
        put_budget(&writer, object, results[i].label, results[i].key, results[i].min,
                   results[i].max, results[i].value);
        hb_json_put_text(&writer, object, "outcome", hb_budget_words[results[i].outcome]);
    }
    return writer.failed ? -1 : 0;
}

int hb_drift_json(const struct hb_drift_judgement *drift, cJSON *root)
{
    struct hb_json_writer writer = {false};
    cJSON *section = hb_json_put_object(&writer, root, "drift");
    hb_json_put_text(&writer, section, "baseline_started_at", drift->baseline_started_at);
    hb_json_put_number(&writer, section, "machine_ratio", drift->common_ratio);
    hb_json_put_text(&writer, section, "machine", drift->machine_word);
    cJSON *allocators = hb_json_put_object(&writer, section, "allocators");
    for (size_t i = 0; i < drift->count; i++) {
        const struct hb_drift_row *row = &drift->rows[i];
        cJSON *object = hb_json_put_object(&writer, allocators, row->label);
        hb_json_put_number(&writer, object, "median_then", row->median_then);
        hb_json_put_number(&writer, object, "median_now", row->median_now);
        hb_json_put_number(&writer, object, "ratio", row->ratio);
        hb_json_put_number(&writer, object, "ci95_lo", row->lo);
        hb_json_put_number(&writer, object, "ci95_hi", row->hi);
        hb_json_put_number(&writer, object, "ratio_without_machine", row->residual_ratio);
        hb_json_put_text(&writer, object, "word", row->word);
    }
    return writer.failed ? -1 : 0;
}

/* ---- a soak ---- */

static void drift(struct hb_json_writer *writer, cJSON *parent, const char *key,
                  const struct hb_soak_drift *d)
{
    cJSON *object = hb_json_put_object(writer, parent, key);
    hb_json_put_number(writer, object, "n", (double)d->n);
    hb_json_put_number(writer, object, "percent", d->percent);
    hb_json_put_number(writer, object, "ci95_lo", d->lo);
    hb_json_put_number(writer, object, "ci95_hi", d->hi);
    hb_json_put_number(writer, object, "first_to_last_percent", d->first_to_last_percent);
    hb_json_put_number(writer, object, "kendall_tau", d->tau);
    hb_json_put_number(writer, object, "mann_kendall_p", d->p);
    hb_json_put_number(writer, object, "mann_kendall_p_uncorrected", d->p_plain);
    hb_json_put_number(writer, object, "last_quarter_percent", d->last_quarter_percent);
    hb_json_put_number(writer, object, "last_quarter_p", d->last_quarter_p);
    hb_json_put_text(writer, object, "word", hb_soak_word(d->word));
}

static void speed(struct hb_json_writer *writer, cJSON *parent, const struct hb_soak_judged *judged)
{
    const struct hb_summary *s = &judged->throughput;
    cJSON *object = hb_json_put_object(writer, parent, "throughput_ops_per_s");
    put_summary(writer, object, s);
    put_intervals(writer, object, s);
    hb_json_put_number(writer, object, "cv_percent", judged->cv_percent);
    hb_json_put_number(writer, object, "cv_against_control_percent", judged->cv_control_percent);
    drift(writer, object, "drift", &judged->speed);
    drift(writer, object, "drift_against_control", &judged->speed_to_control);
}

static void changes(struct hb_json_writer *writer, cJSON *parent,
                    const struct hb_soak_judged *judged)
{
    cJSON *array = hb_json_put_array(writer, parent, "change_points");
    for (size_t i = 0; i < judged->change_count; i++) {
        cJSON *object = hb_json_put_object_at_end(writer, array);
        hb_json_put_number(writer, object, "at_s", judged->changes[i].at_s);
        hb_json_put_number(writer, object, "percent", judged->changes[i].percent);
    }
}

static void restarts(struct hb_json_writer *writer, cJSON *parent,
                     const struct hb_soak_judged *judged)
{
    cJSON *array = hb_json_put_array(writer, parent, "restarts");
    for (size_t i = 0; i < judged->restart_count; i++) {
        cJSON *object = hb_json_put_object_at_end(writer, array);
        hb_json_put_number(writer, object, "at_s", judged->restarts[i].at_s);
        hb_json_put_number(writer, object, "gap_s", judged->restarts[i].gap_s);
        hb_json_put_number(writer, object, "process", judged->restarts[i].process);
    }
}

static void latency(struct hb_json_writer *writer, cJSON *parent, const struct hb_soak_latency *l)
{
    cJSON *object = hb_json_put_object(writer, parent, "latency_ns");
    hb_json_put_boolean(writer, object, "merged", l->merged);
    hb_json_put_number(writer, object, "samples", l->samples);
    hb_json_put_number(writer, object, "p50", l->p50);
    hb_json_put_number(writer, object, "p90", l->p90);
    hb_json_put_number(writer, object, "p99", l->p99);
    hb_json_put_number(writer, object, "p999", l->p999);
    hb_json_put_number(writer, object, "p9999", l->p9999);
    hb_json_put_number(writer, object, "max", l->max);
    drift(writer, object, "p999_drift", &l->p999_drift);
}

static void memory(struct hb_json_writer *writer, cJSON *parent, const struct hb_soak_memory *m)
{
    cJSON *object = hb_json_put_object(writer, parent, "memory");
    hb_json_put_number(writer, object, "rss_first_bytes", m->first);
    hb_json_put_number(writer, object, "rss_last_bytes", m->last);
    hb_json_put_number(writer, object, "rss_peak_bytes", m->peak);
    hb_json_put_number(writer, object, "live_bytes", m->live);
    hb_json_put_number(writer, object, "heap_to_live", m->fragmentation);
    hb_json_put_number(writer, object, "rss_drained_100ms_bytes", m->drained_100ms);
    hb_json_put_number(writer, object, "rss_drained_1s_bytes", m->drained_1s);
    hb_json_put_number(writer, object, "rss_drained_5s_bytes", m->drained_5s);
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
        hb_json_put_text(writer, phase, "phase", row->phase);
        hb_json_put_number(writer, phase, "epochs", row->epochs);
        hb_json_put_number(writer, phase, "operations", row->operations);
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
    hb_json_put_number(writer, object, "epochs", judged->epochs);
    hb_json_put_number(writer, object, "epochs_judged", judged->counted);
    hb_json_put_number(writer, object, "epochs_warmup", judged->warmup);
    hb_json_put_number(writer, object, "epochs_drain", judged->drains);
    hb_json_put_number(writer, object, "epochs_invalid", judged->invalid);
    hb_json_put_number(writer, object, "epochs_failed", judged->failed);
    speed(writer, object, judged);
    changes(writer, object, judged);
    restarts(writer, object, judged);
    latency(writer, object, &judged->latency);
    memory(writer, object, &judged->memory);
    calls(writer, object, judged);
}

static void budgets(struct hb_json_writer *writer, cJSON *parent,
                    const struct hb_soak_judgement *all)
{
    cJSON *array = hb_json_put_array(writer, parent, "budgets");
    for (size_t i = 0; i < all->budget_count; i++) {
        const struct hb_soak_budget *budget = &all->budgets[i];
        cJSON *object = hb_json_put_object_at_end(writer, array);
        put_budget(writer, object, budget->label, budget->key, budget->min, budget->max,
                   budget->value);
        hb_json_put_number(writer, object, "ci95_lo", budget->lo);
        hb_json_put_number(writer, object, "ci95_hi", budget->hi);
        hb_json_put_text(writer, object, "outcome", hb_budget_words[budget->outcome]);
        hb_json_put_text(writer, object, "why", budget->why);
    }
}

int hb_soak_json(const struct hb_soak_judgement *judgement, cJSON *root)
{
    struct hb_json_writer writer = {false};
    cJSON *section = hb_json_put_object(&writer, root, "soak_summary");
    hb_json_put_number(&writer, section, "duration_s", judgement->duration_s);
    hb_json_put_number(&writer, section, "drift_scale_s", judgement->scale_s);
    hb_json_put_number(&writer, section, "flat_within_percent", judgement->margin_percent);
    if (judgement->control >= 0)
        hb_json_put_text(&writer, section, "control",
                         judgement->session->allocators[judgement->control].label);
    cJSON *allocators = hb_json_put_object(&writer, section, "allocators");
    for (size_t i = 0; i < judgement->session->allocator_count; i++)
        soak_allocator(&writer, allocators, judgement, i);
    budgets(&writer, section, judgement);
    return writer.failed ? -1 : 0;
}
