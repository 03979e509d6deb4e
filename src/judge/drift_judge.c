/* A session against its baseline: see drift_judge.h. */
#include "judge/drift_judge.h"

#include "base/copy.h"
#include "stats/twosample.h"
#include "stats/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int check_alike(const struct hb_session *now, const struct hb_session *then,
                       struct hb_err *err)
{
    if (strcmp(now->host.class_key, then->host.class_key) != 0)
        return hb_err_set(err, HB_ERR_INCOMPARABLE,
                          "the baseline is of another class of host (%s, %u CPUs)",
                          then->host.cpu_model, then->host.cpu_count);
    if (strcmp(now->workload, then->workload) != 0)
        return hb_err_set(err, HB_ERR_INCOMPARABLE, "the baseline is of another workload (%s)",
                          then->workload);
    for (size_t i = 0; i < now->parameter_count; i++) {
        const struct hb_parameter_value *parameter = &now->parameters[i];
        const struct hb_parameter_value *before = hb_session_find_parameter(then, parameter->name);
        if (before && strcmp(parameter->name, "seed") != 0 && parameter->value != before->value)
            return hb_err_set(err, HB_ERR_INCOMPARABLE,
                              "the baseline was measured with %s %s, this with %s", parameter->name,
                              before->text, parameter->text);
    }
    if (hb_session_profile(now)->memory_limit_bytes != hb_session_profile(then)->memory_limit_bytes)
        return hb_err_set(err, HB_ERR_INCOMPARABLE,
                          "the baseline was measured with another memory limit");
    return 0;
}

/* The same label is the same thing only if it came in the same way with the same environment. */
static int find_alike(const struct hb_session *then, const struct hb_allocator_entry *entry)
{
    const int index = hb_session_find(then, entry->label);
    if (index < 0 || strcmp(then->allocators[index].via, entry->via) != 0 ||
        strcmp(then->allocators[index].environment, entry->environment) != 0)
        return -1;
    return index;
}

struct comparison {
    double *log_now, *log_then, *scratch;
    struct hb_drift_item *items;
};

static void take_logs(const struct hb_judged *judged, double *logs)
{
    for (size_t i = 0; i < judged->throughput.n; i++)
        logs[i] = log(judged->samples[i]);
}

static void compare(struct comparison *c, const struct hb_judged *now, const struct hb_judged *then,
                    struct hb_drift_item *item, struct hb_drift_row *row)
{
    const size_t n = now->throughput.n, m = then->throughput.n;
    take_logs(now, c->log_now);
    take_logs(then, c->log_then);
    const struct hb_located located = hb_stats_located_shift(
        c->log_now, n, c->log_then, m, hb_stats_shift_rank(n, m, c->scratch), c->scratch);
    item->shift = located.estimate;
    item->interval = located.interval;
    row->median_now = now->throughput.median;
    row->median_then = then->throughput.median;
    row->ratio = exp(item->shift);
    row->lo = exp(item->interval.lo);
    row->hi = exp(item->interval.hi);
}

static void add_rows(const struct hb_judgement *now, const struct hb_judgement *then,
                     struct comparison *c, struct hb_drift_judgement *drift)
{
    for (size_t i = 0; i < now->session->allocator_count; i++) {
        const struct hb_allocator_entry *entry = &now->session->allocators[i];
        const int other = find_alike(then->session, entry);
        if (entry->role == HB_ROLE_TWIN || other < 0 || now->allocators[i].throughput.n < 2 ||
            then->allocators[other].throughput.n < 2)
            continue;
        struct hb_drift_row *row = &drift->rows[drift->count];
        HB_COPY(row->label, entry->label);
        compare(c, &now->allocators[i], &then->allocators[other], &c->items[drift->count++], row);
    }
}

static const char *machine_word(double common, double margin)
{
    if (isnan(common))
        return "too few allocators to tell machine from allocator";
    return fabs(common) > log1p(margin) ? "a drift of the whole machine" : "within noise";
}

static void finish(struct comparison *c, double margin, struct hb_drift_judgement *drift)
{
    const double common = hb_stats_drift(c->items, drift->count, margin, c->scratch);
    drift->common_ratio = exp(common);
    drift->machine_word = machine_word(common, margin);
    for (size_t i = 0; i < drift->count; i++) {
        drift->rows[i].residual_ratio = exp(c->items[i].residual);
        drift->rows[i].word = hb_drift_text(c->items[i].word);
        drift->rows[i].is_own_change = c->items[i].word == HB_DRIFT_ALLOCATOR;
    }
}

int hb_drift_judge(const struct hb_judgement *now, const struct hb_judgement *baseline,
                   struct hb_drift_judgement *drift, struct hb_err *err)
{
    const size_t n = now->session->blocks, m = baseline->session->blocks;
    const size_t allocators = now->session->allocator_count;
    *drift = (struct hb_drift_judgement){0};
    if (check_alike(now->session, baseline->session, err) != 0)
        return -1;
    HB_COPY(drift->baseline_started_at, baseline->session->started_at);
    HB_COPY(drift->baseline_name, baseline->session->name);
    struct comparison c = {
        .log_now = calloc(n + 1, sizeof(double)),
        .log_then = calloc(m + 1, sizeof(double)),
        .scratch = calloc(HB_MANN_WHITNEY_SCRATCH(n, m) + n * m + allocators, sizeof(double)),
        .items = calloc(allocators + 1, sizeof *c.items),
    };
    drift->rows = calloc(allocators + 1, sizeof *drift->rows);
    const bool there = c.log_now && c.log_then && c.scratch && c.items && drift->rows;
    if (there) {
        add_rows(now, baseline, &c, drift);
        finish(&c, fmax(now->margin, baseline->margin), drift);
    }
    free(c.log_now);
    free(c.log_then);
    free(c.scratch);
    free(c.items);
    return there ? 0 : hb_err_set(err, HB_ERR_SYSTEM, "no memory to judge the drift");
}

void hb_drift_judgement_free(struct hb_drift_judgement *drift)
{
    free(drift->rows);
    *drift = (struct hb_drift_judgement){0};
}
