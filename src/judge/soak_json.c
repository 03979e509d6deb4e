/* What was judged of a soak, as the section "soak_summary" of a result: for readers of the file;
 * our own readers compute it anew. See soak_judge.h. */
#include "judge/soak_judge.h"

#include "result/jsontext.h"

#include <math.h>

/* cJSON's Add functions return NULL without memory; one failure anywhere fails the whole. */
struct writer {
    bool failed;
};

static cJSON *object_in(struct writer *writer, cJSON *parent, const char *key)
{
    cJSON *object = cJSON_AddObjectToObject(parent, key);
    writer->failed |= !object;
    return object;
}

static cJSON *array_in(struct writer *writer, cJSON *parent, const char *key)
{
    cJSON *array = cJSON_AddArrayToObject(parent, key);
    writer->failed |= !array;
    return array;
}

/* A new object at the end of an array; NULL without memory. */
static cJSON *object_at_end(struct writer *writer, cJSON *array)
{
    cJSON *object = cJSON_CreateObject();
    if (object && cJSON_AddItemToArray(array, object))
        return object;
    cJSON_Delete(object);
    writer->failed = true;
    return NULL;
}

static void number(struct writer *writer, cJSON *parent, const char *key, double value)
{
    cJSON *item = hb_json_new_double(value);
    if (!item || !cJSON_AddItemToObject(parent, key, item)) {
        cJSON_Delete(item);
        writer->failed = true;
    }
}

static void text(struct writer *writer, cJSON *parent, const char *key, const char *value)
{
    writer->failed |= !cJSON_AddStringToObject(parent, key, value);
}

static void boolean(struct writer *writer, cJSON *parent, const char *key, bool value)
{
    writer->failed |= !cJSON_AddBoolToObject(parent, key, value);
}

static void drift(struct writer *writer, cJSON *parent, const char *key,
                  const struct hb_soak_drift *d)
{
    cJSON *object = object_in(writer, parent, key);
    if (!object)
        return;
    number(writer, object, "n", (double)d->n);
    number(writer, object, "percent", d->percent);
    number(writer, object, "ci95_lo", d->lo);
    number(writer, object, "ci95_hi", d->hi);
    number(writer, object, "first_to_last_percent", d->first_to_last_percent);
    number(writer, object, "kendall_tau", d->tau);
    number(writer, object, "mann_kendall_p", d->p);
    number(writer, object, "mann_kendall_p_uncorrected", d->p_plain);
    number(writer, object, "last_quarter_percent", d->last_quarter_percent);
    number(writer, object, "last_quarter_p", d->last_quarter_p);
    text(writer, object, "word", hb_soak_word(d->word));
}

static void speed(struct writer *writer, cJSON *parent, const struct hb_soak_judged *judged)
{
    const struct hb_summary *s = &judged->throughput;
    cJSON *object = object_in(writer, parent, "throughput_ops_per_s");
    if (!object)
        return;
    number(writer, object, "n", (double)s->n);
    number(writer, object, "mean", s->mean);
    number(writer, object, "median", s->median);
    number(writer, object, "min", s->min);
    number(writer, object, "max", s->max);
    number(writer, object, "sd", s->sd);
    number(writer, object, "mean_ci95_lo", s->ci_mean_lo);
    number(writer, object, "mean_ci95_hi", s->ci_mean_hi);
    number(writer, object, "median_ci95_lo", s->ci_median_lo);
    number(writer, object, "median_ci95_hi", s->ci_median_hi);
    number(writer, object, "cv_percent", judged->cv_percent);
    number(writer, object, "cv_against_control_percent", judged->cv_control_percent);
    drift(writer, object, "drift", &judged->speed);
    drift(writer, object, "drift_against_control", &judged->speed_to_control);
}

static void changes(struct writer *writer, cJSON *parent, const struct hb_soak_judged *judged)
{
    cJSON *array = array_in(writer, parent, "change_points");
    for (size_t i = 0; array && i < judged->change_count; i++) {
        cJSON *object = object_at_end(writer, array);
        if (!object)
            return;
        number(writer, object, "at_s", judged->changes[i].at_s);
        number(writer, object, "percent", judged->changes[i].percent);
    }
}

static void restarts(struct writer *writer, cJSON *parent, const struct hb_soak_judged *judged)
{
    cJSON *array = array_in(writer, parent, "restarts");
    for (size_t i = 0; array && i < judged->restart_count; i++) {
        cJSON *object = object_at_end(writer, array);
        if (!object)
            return;
        number(writer, object, "at_s", judged->restarts[i].at_s);
        number(writer, object, "gap_s", judged->restarts[i].gap_s);
        number(writer, object, "process", judged->restarts[i].process);
    }
}

static void latency(struct writer *writer, cJSON *parent, const struct hb_soak_latency *l)
{
    cJSON *object = object_in(writer, parent, "latency_ns");
    if (!object)
        return;
    boolean(writer, object, "merged", l->merged);
    number(writer, object, "samples", l->samples);
    number(writer, object, "p50", l->p50);
    number(writer, object, "p90", l->p90);
    number(writer, object, "p99", l->p99);
    number(writer, object, "p999", l->p999);
    number(writer, object, "p9999", l->p9999);
    number(writer, object, "max", l->max);
    drift(writer, object, "p999_drift", &l->p999_drift);
}

static void memory(struct writer *writer, cJSON *parent, const struct hb_soak_memory *m)
{
    cJSON *object = object_in(writer, parent, "memory");
    if (!object)
        return;
    number(writer, object, "rss_first_bytes", m->first);
    number(writer, object, "rss_last_bytes", m->last);
    number(writer, object, "rss_peak_bytes", m->peak);
    number(writer, object, "live_bytes", m->live);
    number(writer, object, "heap_to_live", m->fragmentation);
    number(writer, object, "rss_drained_100ms_bytes", m->drained_100ms);
    number(writer, object, "rss_drained_1s_bytes", m->drained_1s);
    number(writer, object, "rss_drained_5s_bytes", m->drained_5s);
    drift(writer, object, "rss_drift", &m->rss);
    drift(writer, object, "live_drift", &m->live_drift);
    drift(writer, object, "rss_to_live_drift", &m->rss_to_live);
}

static void counts(struct writer *writer, cJSON *parent, const char *key, const uint64_t *values)
{
    cJSON *object = object_in(writer, parent, key);
    for (size_t c = 0; object && c < HB_SYSCALL_COUNT; c++)
        number(writer, object, hb_syscall_names[c], (double)values[c]);
}

static void calls(struct writer *writer, cJSON *parent, const struct hb_soak_judged *judged)
{
    cJSON *object = object_in(writer, parent, "memory_syscalls");
    if (!object)
        return;
    number(writer, object, "per_op", judged->syscalls_per_op);
    boolean(writer, object, "of_counting_pass", judged->syscalls_counted_pass);
    cJSON *array = array_in(writer, object, "phases");
    for (size_t i = 0; array && i < judged->calls_count; i++) {
        const struct hb_soak_calls *row = &judged->calls[i];
        cJSON *phase = object_at_end(writer, array);
        if (!phase)
            return;
        text(writer, phase, "phase", row->phase);
        number(writer, phase, "epochs", row->epochs);
        number(writer, phase, "operations", row->operations);
        counts(writer, phase, "calls", row->calls.count);
        if (row->bytes_known)
            counts(writer, phase, "bytes", row->calls.bytes);
        if (row->own_known) {
            counts(writer, phase, "own_calls", row->own.count);
            boolean(writer, phase, "agree", row->agree);
        }
    }
}

static void allocator(struct writer *writer, cJSON *parent, const struct hb_soak_judgement *all,
                      size_t index)
{
    const struct hb_soak_judged *judged = &all->allocators[index];
    cJSON *object = object_in(writer, parent, all->session->allocators[index].label);
    if (!object)
        return;
    number(writer, object, "epochs", judged->epochs);
    number(writer, object, "epochs_judged", judged->counted);
    number(writer, object, "epochs_warmup", judged->warmup);
    number(writer, object, "epochs_drain", judged->drains);
    number(writer, object, "epochs_invalid", judged->invalid);
    number(writer, object, "epochs_failed", judged->failed);
    speed(writer, object, judged);
    changes(writer, object, judged);
    restarts(writer, object, judged);
    latency(writer, object, &judged->latency);
    memory(writer, object, &judged->memory);
    calls(writer, object, judged);
}

static void budgets(struct writer *writer, cJSON *parent, const struct hb_soak_judgement *all)
{
    static const char *const words[] = {"pass", "fail", "unknown"};
    cJSON *array = array_in(writer, parent, "budgets");
    for (size_t i = 0; array && i < all->budget_count; i++) {
        const struct hb_soak_budget *budget = &all->budgets[i];
        cJSON *object = object_at_end(writer, array);
        if (!object)
            return;
        text(writer, object, "allocator", budget->label);
        text(writer, object, "key", budget->key);
        number(writer, object, "min", budget->min);
        number(writer, object, "max", budget->max);
        number(writer, object, "value", budget->value);
        number(writer, object, "ci95_lo", budget->lo);
        number(writer, object, "ci95_hi", budget->hi);
        text(writer, object, "outcome", words[budget->outcome]);
        text(writer, object, "why", budget->why);
    }
}

int hb_soak_json(const struct hb_soak_judgement *judgement, cJSON *root)
{
    struct writer writer = {false};
    cJSON *section = object_in(&writer, root, "soak_summary");
    if (!section)
        return -1;
    number(&writer, section, "duration_s", judgement->duration_s);
    number(&writer, section, "drift_scale_s", judgement->scale_s);
    number(&writer, section, "flat_within_percent", judgement->margin_percent);
    if (judgement->control >= 0)
        text(&writer, section, "control", judgement->session->allocators[judgement->control].label);
    cJSON *allocators = object_in(&writer, section, "allocators");
    for (size_t i = 0; allocators && i < judgement->session->allocator_count; i++)
        allocator(&writer, allocators, judgement, i);
    budgets(&writer, section, judgement);
    return writer.failed ? -1 : 0;
}
