/* Gates: see gate.h. */
#include "compare/gate.h"

#include "base/suggest.h"
#include "base/unit.h"
#include "stats/order.h"
#include "stats/scale.h"
#include "stats/summary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static int bad(const char *text, const char *why, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_USAGE,
                      "gate \"%.60s\": %s; expected METRIC<LIMIT or METRIC>LIMIT, such as "
                      "throughput<-3%% or rss_peak>64MiB",
                      text, why);
}

/* A plain number to its end, or -1. */
static int number(const char *text, double *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && isfinite(*value) ? 0 : -1;
}

/* A value with its unit: "64MiB", "10ns", "120M", "1e-8". */
static int read_value(const struct hb_gate *gate, const char *text, double *value)
{
    struct hb_err own = {0};
    uint64_t whole = 0;
    int status;
    if (number(text, value) == 0)
        return 0;
    switch (hb_figure(gate->figure)->format) {
    case HB_FORMAT_BYTES:
        status = hb_unit_parse_bytes(text, &whole, &own);
        break;
    case HB_FORMAT_NS:
        status = hb_unit_parse_duration(text, &whole, &own);
        break;
    default:
        status = hb_unit_parse_count(text, &whole, &own);
        break;
    }
    *value = (double)whole;
    return status;
}

/* A sign makes a change of it, but of a metric in percent a value without one is the metric's. */
static int read_limit(struct hb_gate *gate, const char *text)
{
    char digits[32];
    const size_t length = strlen(text);
    const bool is_signed = text[0] == '+' || text[0] == '-';
    const bool is_percent = length > 1 && text[length - 1] == '%';
    const bool own_percent = hb_figure(gate->figure)->format == HB_FORMAT_PERCENT;
    if (length == 0 || length >= sizeof digits)
        return -1;
    if (!is_percent)
        return read_value(gate, text, &gate->limit);
    (void)snprintf(digits, sizeof digits, "%.*s", (int)length - 1, text);
    gate->is_change = is_signed || !own_percent;
    if (own_percent && gate->figure != HB_FIGURE_CV)
        gate->is_change = false; /* a drift is a change already */
    return number(digits, &gate->limit);
}

static int read_figure(struct hb_gate *gate, const char *name, struct hb_err *err)
{
    const char *names[HB_FIGURE_COUNT];
    char near[128];
    gate->figure = hb_figure_find(name);
    if (gate->figure != HB_FIGURE_COUNT)
        return 0;
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++)
        names[i] = hb_figure(i)->name;
    return hb_err_set(err, HB_ERR_USAGE, "gate \"%.60s\": no metric \"%.40s\"%s", gate->text, name,
                      hb_suggest_text(name, names, HB_FIGURE_COUNT, near, sizeof near));
}

/* "ALLOCATOR:METRIC"; labels may have colons of their own ("hakmem:lean"). */
static int read_subject(struct hb_gate *gate, char *subject, struct hb_err *err)
{
    char *colon = strrchr(subject, ':');
    if (!colon)
        return read_figure(gate, subject, err);
    *colon = '\0';
    if (strlen(subject) >= sizeof gate->allocator || subject[0] == '\0')
        return bad(gate->text, "no such allocator", err);
    (void)snprintf(gate->allocator, sizeof gate->allocator, "%.*s", (int)sizeof gate->allocator - 1,
                   subject);
    return read_figure(gate, colon + 1, err);
}

static int read_gate(const char *text, size_t length, struct hb_gate *gate, struct hb_err *err)
{
    char subject[sizeof gate->text];
    *gate = (struct hb_gate){0};
    while (length && text[0] == ' ') {
        text++;
        length--;
    }
    while (length && text[length - 1] == ' ')
        length--;
    if (length == 0 || length >= sizeof gate->text)
        return bad(text, "too short or too long", err);
    (void)snprintf(gate->text, sizeof gate->text, "%.*s", (int)length, text);
    const size_t at = strcspn(gate->text, "<>");
    if (at == 0 || gate->text[at] == '\0')
        return bad(gate->text, "no < or >", err);
    gate->is_below = gate->text[at] == '<';
    (void)snprintf(subject, sizeof subject, "%.*s", (int)at, gate->text);
    const char *limit = gate->text + at + 1;
    limit += *limit == '=';
    if (read_subject(gate, subject, err) != 0)
        return -1;
    return read_limit(gate, limit) == 0 ? 0 : bad(gate->text, "the limit is no number", err);
}

int hb_gates_parse(const char *text, struct hb_gate **gates, size_t *count, struct hb_err *err)
{
    size_t room = 1;
    for (const char *c = text; *c; c++)
        room += *c == ',';
    *count = 0;
    *gates = calloc(room, sizeof **gates);
    if (!*gates)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for %zu gates", room);
    for (const char *at = text;; at++) {
        const size_t length = strcspn(at, ",");
        if (read_gate(at, length, &(*gates)[*count], err) != 0) {
            free(*gates);
            *gates = NULL;
            return -1;
        }
        (*count)++;
        at += length;
        if (*at == '\0')
            return 0;
    }
}

/* ---- holding ---- */

static struct hb_interval percent_of(struct hb_interval ratio)
{
    return (struct hb_interval){100 * (ratio.lo - 1), 100 * (ratio.hi - 1)};
}

static void take_change(const struct hb_difference *d, struct hb_gate_result *result)
{
    if (d->is_ratio) {
        result->value = 100 * (d->estimate - 1);
        result->interval = percent_of(d->interval);
        return;
    }
    const double base = fabs(d->base_value);
    if (base > 0) {
        result->value = 100 * d->estimate / base;
        result->interval =
            (struct hb_interval){100 * d->interval.lo / base, 100 * d->interval.hi / base};
    }
}

/* The new side's own value, with the interval of its median or of its CV. */
static int take_value(const struct hb_difference *d, struct hb_gate_result *result)
{
    const struct hb_figure *figure = hb_figure(d->figure);
    const struct hb_series *series = &d->other_entry->series[d->figure];
    const struct hb_series *samples =
        figure->kind == HB_FIGURE_SPREAD ? &d->other_entry->series[HB_METRIC_THROUGHPUT] : series;
    const size_t length = d->other->is_soak ? samples->n : d->other->blocks;
    size_t n = 0;
    result->value = series->value;
    result->interval = series->interval;
    if (figure->kind == HB_FIGURE_EXACT)
        result->interval = (struct hb_interval){series->value, series->value};
    if (figure->kind == HB_FIGURE_EXACT || !samples->values)
        return 0;
    double *x = malloc((2 * length + 1) * sizeof *x);
    if (!x)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (!isnan(samples->values[i]))
            x[n++] = samples->values[i];
    }
    if (figure->kind == HB_FIGURE_SPREAD) {
        const struct hb_interval cv = hb_stats_located_cv(x, n, x + n).interval;
        result->interval = (struct hb_interval){100 * cv.lo, 100 * cv.hi};
    } else {
        const size_t rank = hb_stats_median_interval_rank(n);
        hb_stats_sort(x, n);
        if (rank)
            result->interval = (struct hb_interval){x[rank - 1], x[n - rank]};
    }
    free(x);
    return 0;
}

static enum hb_gate_outcome outcome_of(const struct hb_gate *gate,
                                       const struct hb_gate_result *result)
{
    const double sign = gate->is_below ? -1 : 1;
    const double beyond = sign * (result->value - gate->limit);
    const double nearest =
        sign * ((gate->is_below ? result->interval.hi : result->interval.lo) - gate->limit);
    if (isnan(result->value))
        return HB_GATE_UNKNOWN;
    if (result->difference->change == HB_CHANGE_WITHHELD)
        return HB_GATE_INCONCLUSIVE;
    if (beyond <= 0)
        return HB_GATE_PASS;
    if (isnan(nearest))
        return HB_GATE_UNKNOWN;
    return nearest > 0 ? HB_GATE_FAIL : HB_GATE_INCONCLUSIVE;
}

static bool speaks_of(const struct hb_gate *gate, const struct hb_difference *d)
{
    if (gate->figure != d->figure || d->other_entry->role == HB_ROLE_FLOOR ||
        d->other_entry->role == HB_ROLE_TWIN)
        return false;
    return !gate->allocator[0] || strcmp(gate->allocator, d->other_entry->label) == 0;
}

/* What the same bytes show is the machine, unless the user asked for just them. */
static bool is_passed_over(const struct hb_gate *gate, const struct hb_comparison *comparison,
                           const struct hb_difference *d)
{
    return d->is_control && !gate->allocator[0] && !comparison->is_filtered;
}

static int hold(const struct hb_gate *gate, const struct hb_comparison *comparison,
                struct hb_gate_result *results, size_t *count, struct hb_err *err)
{
    bool found = false;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct hb_difference *d = &comparison->differences[i];
        const double nan = (double)NAN;
        struct hb_gate_result result = {gate, d, nan, {nan, nan}, HB_GATE_UNKNOWN};
        if (!speaks_of(gate, d))
            continue;
        found = true;
        if (is_passed_over(gate, comparison, d))
            continue;
        if (gate->is_change)
            take_change(d, &result);
        else if (take_value(d, &result) != 0)
            return hb_err_set(err, HB_ERR_SYSTEM, "no memory to hold a gate");
        result.outcome = outcome_of(gate, &result);
        results[(*count)++] = result;
    }
    if (!found)
        return hb_err_set(err, HB_ERR_USAGE,
                          "gate \"%s\": nothing that is compared has this metric%s%s", gate->text,
                          gate->allocator[0] ? " for " : "", gate->allocator);
    return 0;
}

int hb_gates_hold(const struct hb_gate *gates, size_t count, const struct hb_comparison *comparison,
                  struct hb_gate_result **results, size_t *result_count, struct hb_err *err)
{
    *result_count = 0;
    *results = calloc(count * comparison->count + 1, sizeof **results);
    if (!*results)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory to hold %zu gates", count);
    for (size_t i = 0; i < count; i++) {
        if (hold(&gates[i], comparison, *results, result_count, err) != 0) {
            free(*results);
            *results = NULL;
            return -1;
        }
    }
    return 0;
}

const char *hb_gate_word(enum hb_gate_outcome outcome)
{
    static const char *const words[] = {
        [HB_GATE_PASS] = "pass",
        [HB_GATE_FAIL] = "fail",
        [HB_GATE_INCONCLUSIVE] = "inconclusive",
        [HB_GATE_UNKNOWN] = "unknown",
    };
    return words[outcome];
}
