/* Gates: see gate.h. */
#include "compare/gate.h"

#include "base/quote.h"
#include "base/unit.h"
#include "compare/shift.h"
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

static int ambiguous(const struct hb_gate *gate, const char *why, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_USAGE, "gate \"%.60s\": %s", gate->text, why);
}

/* A plain number to its end, or -1. */
static int number(const char *text, double *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && isfinite(*value) ? 0 : -1;
}

/* What a value must carry, so that no forgotten sign or % makes a limit that nothing reaches. NULL:
 * a plain number is all there is. */
static const char *unit_of(enum hb_metric_format format)
{
    switch (format) {
    case HB_FORMAT_BYTES:
        return "64MiB";
    case HB_FORMAT_NS:
        return "10ns";
    case HB_FORMAT_RATE:
        return "90M";
    case HB_FORMAT_PERCENT:
        return "2%";
    case HB_FORMAT_COUNT:
    case HB_FORMAT_TINY:
    case HB_FORMAT_EACH:
        break;
    }
    return NULL;
}

/* A value with its unit: "64MiB", "10ns", "120M", "1e-8". */
static int read_value(struct hb_gate *gate, const char *text, struct hb_err *err)
{
    struct hb_err own = {0};
    uint64_t whole = 0;
    const enum hb_metric_format format = hb_figure(gate->figure)->format;
    const char *unit = unit_of(format);
    const bool is_plain = number(text, &gate->limit) == 0;
    int status;
    if (text[0] == '+' || text[0] == '-')
        return ambiguous(gate, "a sign makes it a change, and a change needs its %", err);
    if (is_plain && unit)
        return hb_err_set(err, HB_ERR_USAGE,
                          "gate \"%.60s\": a change needs sign and %% (+5%%), a value its unit "
                          "(%s); this is neither",
                          gate->text, unit);
    if (is_plain)
        return 0;
    if (format == HB_FORMAT_BYTES)
        status = hb_unit_parse_bytes(text, &whole, &own);
    else if (format == HB_FORMAT_NS)
        status = hb_unit_parse_duration(text, &whole, &own);
    else if (format == HB_FORMAT_PERCENT)
        status = -1; /* its % was taken off before */
    else
        status = hb_unit_parse_count(text, &whole, &own);
    gate->limit = (double)whole;
    return status == 0 ? 0 : bad(gate->text, "the limit is no number", err);
}

/* A sign makes a change of it, but of a metric in percent a value without one is the metric's. */
static int read_limit(struct hb_gate *gate, const char *text, struct hb_err *err)
{
    char digits[32];
    const size_t length = strlen(text);
    const bool is_signed = text[0] == '+' || text[0] == '-';
    const bool is_percent = length > 1 && text[length - 1] == '%';
    const bool own_percent = hb_figure(gate->figure)->format == HB_FORMAT_PERCENT;
    if (length == 0 || length >= sizeof digits)
        return bad(gate->text, "the limit is no number", err);
    if (!is_percent)
        return read_value(gate, text, err);
    (void)snprintf(digits, sizeof digits, "%.*s", (int)length - 1, text);
    gate->is_change = is_signed || !own_percent;
    if (own_percent && gate->figure != HB_FIGURE_CV)
        gate->is_change = false; /* a drift is a change already */
    if (number(digits, &gate->limit) != 0)
        return bad(gate->text, "the limit is no number", err);
    if (gate->is_change && gate->is_below && !is_signed)
        return ambiguous(gate, "below +N% or below -N%? A change below needs its sign", err);
    return 0;
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
    return read_limit(gate, limit, err);
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

/* A change from 0 has no percent: more than what counts is beyond every limit. */
static double from_zero(const struct hb_difference *d, double difference)
{
    if (isnan(difference) || fabs(difference) <= d->least)
        return isnan(difference) ? difference : 0;
    return copysign(INFINITY, difference);
}

static void take_change(const struct hb_difference *d, struct hb_gate_result *result)
{
    const double base = fabs(d->base_value);
    if (d->is_ratio) {
        result->value = 100 * (d->estimate - 1);
        result->interval = percent_of(d->interval);
    } else if (hb_figure(d->figure)->kind == HB_FIGURE_EXACT && d->change == HB_CHANGE_SAME) {
        result->value = result->interval.lo = result->interval.hi = 0; /* one call at most */
    } else if (base > 0) {
        result->value = 100 * d->estimate / base;
        result->interval =
            (struct hb_interval){100 * d->interval.lo / base, 100 * d->interval.hi / base};
    } else {
        result->value = from_zero(d, d->estimate);
        result->interval =
            (struct hb_interval){from_zero(d, d->interval.lo), from_zero(d, d->interval.hi)};
        result->is_from_zero = isinf(result->value);
    }
}

/* The new side's own value, with the interval of its median or of its CV. */
static int take_value(const struct hb_difference *d, struct hb_gate_result *result)
{
    const struct hb_figure_info *figure = hb_figure(d->figure);
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
    if (isnan(beyond) || isnan(nearest))
        return HB_GATE_UNKNOWN;
    if (beyond <= 0)
        return HB_GATE_PASS;
    return nearest > 0 ? HB_GATE_FAIL : HB_GATE_INCONCLUSIVE;
}

/* One gate and one side: a session against the base, or the allocators of one session. */
struct holding {
    const struct hb_gate *gate;
    const struct hb_comparison *comparison;
    const struct hb_group *group;
    const struct hb_digest *other;
    const struct hb_digest_entry *skipped; /* of either side, what the others are compared
                                              with; NULL: none */
    struct hb_gate_result *results;
    size_t *count;
    bool found; /* the metric was compared at all */
};

static bool speaks_of(const struct holding *h, const struct hb_digest_entry *entry)
{
    const char *named = h->gate->allocator;
    if (entry->role == HB_ROLE_FLOOR || entry->role == HB_ROLE_TWIN)
        return false;
    if (h->skipped && strcmp(entry->label, h->skipped->label) == 0)
        return false;
    return hb_compare_is_listed(h->comparison->options->allocators, entry->label) &&
           (!named[0] || strcmp(named, entry->label) == 0);
}

static struct hb_gate_result *add_result(struct holding *h, const char *allocator,
                                         enum hb_gate_outcome outcome, const char *why)
{
    const double nan = (double)NAN;
    struct hb_gate_result *result = &h->results[(*h->count)++];
    *result = (struct hb_gate_result){.gate = h->gate,
                                      .side = h->other,
                                      .allocator = allocator,
                                      .is_across = !h->group->is_within,
                                      .value = nan,
                                      .interval = {nan, nan},
                                      .outcome = outcome,
                                      .why = why};
    return result;
}

static const struct hb_difference *find_difference(const struct holding *h,
                                                   const struct hb_digest_entry *other)
{
    for (size_t i = 0; i < h->group->count; i++) {
        const struct hb_difference *d = &h->comparison->differences[h->group->first + i];
        if (d->other_entry == other && d->figure == h->gate->figure)
            return d;
    }
    return NULL;
}

/* What the same bytes show is the machine, unless the user asked for just them. */
static bool is_passed_over(const struct holding *h, const struct hb_digest_entry *entry)
{
    const struct hb_digest *base = h->group->base;
    const int match = hb_compare_match(base, entry);
    return !h->group->is_within && match >= 0 &&
           hb_shift_is_control(&base->entries[match], entry) && !h->gate->allocator[0] &&
           !h->comparison->options->allocators;
}

static int hold_one(struct holding *h, const struct hb_difference *d)
{
    struct hb_gate_result *result =
        add_result(h, d->other_entry->label, HB_GATE_UNKNOWN,
                   d->is_control ? "the same bytes: what differs is the machine or the seed" : "");
    if (h->gate->is_change)
        take_change(d, result);
    else if (take_value(d, result) != 0)
        return -1;
    result->outcome = outcome_of(h->gate, result);
    if (d->change == HB_CHANGE_WITHHELD && result->outcome != HB_GATE_UNKNOWN)
        result->outcome = HB_GATE_INCONCLUSIVE;
    if (result->outcome == HB_GATE_UNKNOWN)
        result->why = isnan(result->value) ? "no value" : "too few runs for an interval";
    return 0;
}

/* Every allocator of the new side, then those that it no longer has. */
static int hold_side(struct holding *h)
{
    const struct hb_digest *base = h->group->base;
    const size_t before = *h->count;
    bool passed_over = false;
    for (size_t i = 0; i < h->other->count; i++) {
        const struct hb_digest_entry *entry = &h->other->entries[i];
        const struct hb_difference *d = find_difference(h, entry);
        if (!speaks_of(h, entry))
            continue;
        h->found = h->found || d;
        if (is_passed_over(h, entry))
            passed_over = true;
        else if (d && hold_one(h, d) != 0)
            return -1;
        else if (!d)
            add_result(h, entry->label, HB_GATE_UNKNOWN,
                       hb_compare_match(base, entry) < 0 ? "not in the base" : "no value");
    }
    for (size_t i = 0; i < base->count; i++) {
        if (speaks_of(h, &base->entries[i]) && hb_compare_match(h->other, &base->entries[i]) < 0)
            add_result(h, base->entries[i].label, HB_GATE_UNKNOWN, "in the base only");
    }
    if (passed_over && *h->count == before)
        add_result(h, "", HB_GATE_UNCHANGED,
                   "no library changed: name the allocator to hold it all the same");
    return 0;
}

/* A gate between two sessions must not turn into one between the allocators of each. */
static int check_partners(const struct hb_gate *gate, const struct hb_comparison *comparison,
                          const struct hb_group *group, struct hb_err *err)
{
    if (!group->is_within || comparison->digest_count == 1 || comparison->options->base_allocator)
        return 0;
    return hb_err_set(err, HB_ERR_INCOMPARABLE,
                      "gate \"%s\": no other session has the workload and parameters of %s (%s); "
                      "--base-allocator NAME holds the allocators of each against this one",
                      gate->text, group->base->path, group->base->workload);
}

static int hold_group(struct holding *h, struct hb_err *err)
{
    const struct hb_comparison *comparison = h->comparison;
    const size_t g = (size_t)(h->group - comparison->groups);
    int status = check_partners(h->gate, comparison, h->group, err);
    if (status == 0 && h->group->is_within && h->group->count) {
        h->other = h->group->base;
        h->skipped = comparison->differences[h->group->first].base_entry;
        status = hold_side(h);
    }
    for (size_t i = 0; status == 0 && i < comparison->machine_count; i++) {
        if (comparison->machines[i].group != g)
            continue;
        h->other = comparison->machines[i].other;
        h->skipped = comparison->machines[i].reference;
        status = hold_side(h);
    }
    return status == 0 || err->kind ? status
                                    : hb_err_set(err, HB_ERR_SYSTEM, "no memory to hold a gate");
}

static int hold(const struct hb_gate *gate, const struct hb_comparison *comparison,
                struct hb_gate_result *results, size_t *count, struct hb_err *err)
{
    struct holding h = {.gate = gate, .comparison = comparison, .results = results, .count = count};
    for (size_t g = 0; g < comparison->group_count; g++) {
        h.group = &comparison->groups[g];
        if (hold_group(&h, err) != 0)
            return -1;
    }
    if (!h.found)
        return hb_err_set(err, HB_ERR_USAGE,
                          "gate \"%s\": nothing that is compared has this metric%s%s", gate->text,
                          gate->allocator[0] ? " for " : "", gate->allocator);
    return 0;
}

/* For each gate every allocator of every side, with those of its base. */
static size_t results_most(const struct hb_comparison *comparison)
{
    size_t most = 1;
    for (size_t i = 0; i < comparison->machine_count; i++)
        most += comparison->machines[i].base->count + comparison->machines[i].other->count + 1;
    for (size_t g = 0; g < comparison->group_count; g++)
        most += comparison->groups[g].base->count + 1;
    return most;
}

int hb_gates_hold(const struct hb_gate *gates, size_t count, const struct hb_comparison *comparison,
                  struct hb_gate_result **results, size_t *result_count, struct hb_err *err)
{
    *result_count = 0;
    *results = calloc(count * results_most(comparison) + 1, sizeof **results);
    if (!*results)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory to hold %zu gates", count);
    for (size_t i = 0; i < count; i++) {
        if (hold(&gates[i], comparison, *results, result_count, err) != 0) {
            free(*results);
            *results = NULL;
            *result_count = 0;
            return -1;
        }
    }
    return 0;
}

bool hb_gate_is_open(enum hb_gate_outcome outcome)
{
    return outcome != HB_GATE_PASS && outcome != HB_GATE_FAIL;
}

const char *hb_gate_word(enum hb_gate_outcome outcome)
{
    static const char *const words[HB_GATE_OUTCOMES] = {[HB_GATE_PASS] = "pass",
                                                        [HB_GATE_FAIL] = "fail",
                                                        [HB_GATE_INCONCLUSIVE] = "inconclusive",
                                                        [HB_GATE_UNKNOWN] = "unknown",
                                                        [HB_GATE_UNCHANGED] = "unchanged"};
    return words[outcome];
}
