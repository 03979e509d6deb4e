/* What was judged, as JSON: see judge_json.h. */
#include "judge/judge_json.h"

#include "base/json/json_writer.h"
#include "judge/summary_json.h"

#include "base/json/json.h"

#include <math.h>

static void numbers(struct hb_json_writer *writer, cJSON *parent, const char *key,
                    const double *values, size_t count)
{
    cJSON *array = cJSON_AddArrayToObject(parent, key);
    writer->failed |= !array;
    for (size_t i = 0; array && i < count; i++) {
        cJSON *item = hb_json_new_double(values[i]);
        if (!item || !cJSON_AddItemToArray(array, item)) {
            cJSON_Delete(item);
            writer->failed = true;
        }
    }
}

static void summary(struct hb_json_writer *writer, cJSON *parent, const char *key,
                    const struct hb_summary *s, const double *samples)
{
    cJSON *object = hb_json_put_object(writer, parent, key);
    if (!object)
        return;
    hb_summary_put(writer, object, s);
    hb_json_put_number(writer, object, "cv", s->cv);
    hb_json_put_number(writer, object, "robust_cv", s->robust_cv);
    hb_summary_put_intervals(writer, object, s);
    if (samples)
        numbers(writer, object, "samples", samples, s->n);
}

static void ratio(struct hb_json_writer *writer, cJSON *parent, const struct hb_ratio *r)
{
    cJSON *object = hb_json_put_object(writer, parent, "ratio_to_reference");
    if (!object)
        return;
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
    for (size_t i = 0; object && i < HB_STEADY_CLASSES; i++)
        hb_json_put_number(writer, object, keys[i], judged->steady[i]);
}

static void allocator(struct hb_json_writer *writer, cJSON *summaries,
                      const struct hb_judgement *judgement, size_t index)
{
    const struct hb_judged *judged = &judgement->allocators[index];
    cJSON *object =
        hb_json_put_object(writer, summaries, judgement->session->allocators[index].label);
    if (!object)
        return;
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

static void reason(struct hb_json_writer *writer, cJSON *object, const char *key, bool is_there,
                   const char *text)
{
    if (is_there)
        hb_json_put_text(writer, object, key, text);
    else
        hb_json_put_number(writer, object, key, (double)NAN); /* null */
}

int hb_judge_json(const struct hb_judgement *judgement, cJSON *root)
{
    struct hb_json_writer writer = {false};
    char text[256];
    cJSON *noise = hb_json_put_object(&writer, root, "aa_noise");
    if (noise) {
        hb_json_put_number(&writer, noise, "fraction", judgement->aa_noise);
        hb_json_put_number(&writer, noise, "margin", judgement->margin);
        hb_json_put_boolean(&writer, noise, "believed", !judgement->is_doubtful);
        reason(&writer, noise, "doubt", hb_judgement_doubt(judgement, text, sizeof text), text);
    }
    cJSON *comparisons = hb_json_put_object(&writer, root, "comparisons");
    if (comparisons) {
        hb_json_put_number(&writer, comparisons, "count", (double)judgement->comparisons);
        hb_json_put_number(&writer, comparisons, "pairs", (double)judgement->pairs);
        hb_json_put_number(&writer, comparisons, "pairs_least", (double)judgement->pairs_least);
        reason(&writer, comparisons, "too_few", hb_judgement_too_few(judgement, text, sizeof text),
               text);
    }
    cJSON *summaries = hb_json_put_object(&writer, root, "summaries");
    for (size_t i = 0; summaries && i < judgement->session->allocator_count; i++)
        allocator(&writer, summaries, judgement, i);
    return writer.failed ? -1 : 0;
}

int hb_budgets_json(const struct hb_budget_result *results, size_t count, cJSON *root)
{
    struct hb_json_writer writer = {false};
    cJSON *array = cJSON_AddArrayToObject(root, "budgets");
    for (size_t i = 0; array && i < count; i++) {
        cJSON *object = cJSON_CreateObject();
        if (!object || !cJSON_AddItemToArray(array, object)) {
            cJSON_Delete(object);
            return -1;
        }
        hb_json_put_text(&writer, object, "allocator", results[i].label);
        hb_json_put_text(&writer, object, "key", results[i].key);
        hb_json_put_number(&writer, object, "min", results[i].min);
        hb_json_put_number(&writer, object, "max", results[i].max);
        hb_json_put_number(&writer, object, "value", results[i].value);
        hb_json_put_text(&writer, object, "outcome", hb_budget_words[results[i].outcome]);
    }
    return array && !writer.failed ? 0 : -1;
}

int hb_drift_json(const struct hb_drift_judgement *drift, cJSON *root)
{
    struct hb_json_writer writer = {false};
    cJSON *section = hb_json_put_object(&writer, root, "drift");
    if (!section)
        return -1;
    hb_json_put_text(&writer, section, "baseline_started_at", drift->baseline_started_at);
    hb_json_put_number(&writer, section, "machine_ratio", drift->common_ratio);
    hb_json_put_text(&writer, section, "machine", drift->machine_word);
    cJSON *allocators = hb_json_put_object(&writer, section, "allocators");
    for (size_t i = 0; allocators && i < drift->count; i++) {
        const struct hb_drift_row *row = &drift->rows[i];
        cJSON *object = hb_json_put_object(&writer, allocators, row->label);
        if (!object)
            break;
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
