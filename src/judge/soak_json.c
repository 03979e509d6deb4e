/* What was judged of a soak, as the section "soak_summary" of a result: for readers of the file;
 * our own readers compute it anew. See soak_judge.h. */
#include "base/json/json_writer.h"
#include "judge/soak_judge.h"
#include "judge/summary_json.h"

#include "base/json/json.h"

#include <math.h>

static void drift(struct hb_json_writer *writer, cJSON *parent, const char *key,
                  const struct hb_soak_drift *d)
{
    cJSON *object = hb_json_put_object(writer, parent, key);
    if (!object)
        return;
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
    if (!object)
        return;
    hb_summary_put(writer, object, s);
    hb_summary_put_intervals(writer, object, s);
    hb_json_put_number(writer, object, "cv_percent", judged->cv_percent);
    hb_json_put_number(writer, object, "cv_against_control_percent", judged->cv_control_percent);
    drift(writer, object, "drift", &judged->speed);
    drift(writer, object, "drift_against_control", &judged->speed_to_control);
}

static void changes(struct hb_json_writer *writer, cJSON *parent,
                    const struct hb_soak_judged *judged)
{
    cJSON *array = hb_json_put_array(writer, parent, "change_points");
    for (size_t i = 0; array && i < judged->change_count; i++) {
        cJSON *object = hb_json_put_object_at_end(writer, array);
        if (!object)
            return;
        hb_json_put_number(writer, object, "at_s", judged->changes[i].at_s);
        hb_json_put_number(writer, object, "percent", judged->changes[i].percent);
    }
}

static void restarts(struct hb_json_writer *writer, cJSON *parent,
                     const struct hb_soak_judged *judged)
{
    cJSON *array = hb_json_put_array(writer, parent, "restarts");
    for (size_t i = 0; array && i < judged->restart_count; i++) {
        cJSON *object = hb_json_put_object_at_end(writer, array);
        if (!object)
            return;
        hb_json_put_number(writer, object, "at_s", judged->restarts[i].at_s);
        hb_json_put_number(writer, object, "gap_s", judged->restarts[i].gap_s);
        hb_json_put_number(writer, object, "process", judged->restarts[i].process);
    }
}

static void latency(struct hb_json_writer *writer, cJSON *parent, const struct hb_soak_latency *l)
{
    cJSON *object = hb_json_put_object(writer, parent, "latency_ns");
    if (!object)
        return;
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
    if (!object)
        return;
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
    for (size_t c = 0; object && c < HB_SYSCALL_COUNT; c++)
        hb_json_put_number(writer, object, hb_syscall_names[c], (double)values[c]);
}

static void calls(struct hb_json_writer *writer, cJSON *parent, const struct hb_soak_judged *judged)
{
    cJSON *object = hb_json_put_object(writer, parent, "memory_syscalls");
    if (!object)
        return;
    hb_json_put_number(writer, object, "per_op", judged->syscalls_per_op);
    hb_json_put_boolean(writer, object, "of_counting_pass", judged->syscalls_counted_pass);
    cJSON *array = hb_json_put_array(writer, object, "phases");
    for (size_t i = 0; array && i < judged->calls_count; i++) {
        const struct hb_soak_calls *row = &judged->calls[i];
        cJSON *phase = hb_json_put_object_at_end(writer, array);
        if (!phase)
            return;
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

static void allocator(struct hb_json_writer *writer, cJSON *parent,
                      const struct hb_soak_judgement *all, size_t index)
{
    const struct hb_soak_judged *judged = &all->allocators[index];
    cJSON *object = hb_json_put_object(writer, parent, all->session->allocators[index].label);
    if (!object)
        return;
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
    for (size_t i = 0; array && i < all->budget_count; i++) {
        const struct hb_soak_budget *budget = &all->budgets[i];
        cJSON *object = hb_json_put_object_at_end(writer, array);
        if (!object)
            return;
        hb_json_put_text(writer, object, "allocator", budget->label);
        hb_json_put_text(writer, object, "key", budget->key);
        hb_json_put_number(writer, object, "min", budget->min);
        hb_json_put_number(writer, object, "max", budget->max);
        hb_json_put_number(writer, object, "value", budget->value);
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
    if (!section)
        return -1;
    hb_json_put_number(&writer, section, "duration_s", judgement->duration_s);
    hb_json_put_number(&writer, section, "drift_scale_s", judgement->scale_s);
    hb_json_put_number(&writer, section, "flat_within_percent", judgement->margin_percent);
    if (judgement->control >= 0)
        hb_json_put_text(&writer, section, "control",
                         judgement->session->allocators[judgement->control].label);
    cJSON *allocators = hb_json_put_object(&writer, section, "allocators");
    for (size_t i = 0; allocators && i < judgement->session->allocator_count; i++)
        allocator(&writer, allocators, judgement, i);
    budgets(&writer, section, judgement);
    return writer.failed ? -1 : 0;
}
