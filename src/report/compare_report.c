/* A comparison as a report: see compare_report.h. */
#include "report/compare_report.h"

#include "compare/change.h"
#include "compare/environment.h"
#include "report/cells.h"
#include "report/charts.h"
#include "report/fleet_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

static bool is_time_of_run(const struct hb_difference *d)
{
    return d->base->is_of_times && d->figure == HB_METRIC_THROUGHPUT;
}

static struct hb_text value_text(const struct hb_difference *d, double value)
{
    struct hb_text text;
    if (!d->is_relative && is_time_of_run(d))
        return hb_format_ns(1e9 / value);
    if (!d->is_relative)
        return hb_figure_text(d->figure, value);
    if (isnan(value))
        (void)snprintf(text.text, sizeof text.text, "-");
    else
        (void)snprintf(text.text, sizeof text.text, "%.3f x", value);
    return text;
}

/* "+0.12 ns", "-3 %": a difference with its sign. */
static struct hb_text signed_text(size_t figure, double value)
{
    struct hb_text text, own = hb_figure_text(figure, fabs(value));
    if (isnan(value))
        (void)snprintf(text.text, sizeof text.text, "-");
    else
        (void)snprintf(text.text, sizeof text.text, "%s%.38s",
                       value < 0   ? "-"
                       : value > 0 ? "+"
                                   : "",
                       own.text);
    return text;
}

static void add_estimate(struct hb_table *table, const struct hb_difference *d)
{
    if (d->is_ratio || isnan(d->estimate))
        hb_cell_ratio(table, d->estimate, d->interval.lo, d->interval.hi);
    else if (hb_figure(d->figure)->kind == HB_FIGURE_EXACT || isnan(d->interval.lo))
        hb_table_text(table, signed_text(d->figure, d->estimate).text);
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%s [%s, %s]", signed_text(d->figure, d->estimate).text,
                     signed_text(d->figure, d->interval.lo).text,
                     signed_text(d->figure, d->interval.hi).text);
}

static void add_verdict(struct hb_table *table, const struct hb_difference *d)
{
    static const enum hb_look looks[HB_CHANGE_KINDS] = {
        [HB_CHANGE_NONE] = HB_LOOK_NONE,         [HB_CHANGE_BETTER] = HB_LOOK_BETTER,
        [HB_CHANGE_WORSE] = HB_LOOK_WORSE,       [HB_CHANGE_SAME] = HB_LOOK_SAME,
        [HB_CHANGE_INCONCLUSIVE] = HB_LOOK_OPEN, [HB_CHANGE_MACHINE] = HB_LOOK_NONE,
        [HB_CHANGE_WITHHELD] = HB_LOOK_WITHHELD,
    };
    hb_cell_verdict(table, looks[d->change], d->is_control, hb_change_word(d->figure, d->change),
                    d->runs_needed);
}

static void add_value(struct hb_table *table, const struct hb_difference *d, double value)
{
    const struct hb_text text = value_text(d, value);
    if (d->is_relative)
        hb_table_text(table, text.text); /* a ratio has no unit */
    else
        hb_table_number(table, HB_STYLE_PLAIN, text.text);
}

void hb_compare_cells(struct hb_table *table, const struct hb_difference *d)
{
    add_value(table, d, d->base_value);
    add_value(table, d, d->other_value);
    add_estimate(table, d);
    add_verdict(table, d);
}

/* ---- which rows ---- */

/* A library that did not change and shows no change says nothing: the machine's line has it. */
static bool is_shown(const struct hb_compare_view *view, const struct hb_difference *d)
{
    if (view->all || !d->is_control)
        return true;
    return d->change == HB_CHANGE_BETTER || d->change == HB_CHANGE_WORSE ||
           d->change == HB_CHANGE_MACHINE;
}

static const char *role_note(const struct hb_difference *d)
{
    if (d->is_control)
        return "unchanged";
    switch (d->other_entry->role) {
    case HB_ROLE_FLOOR:
        return "the loop itself";
    case HB_ROLE_TWIN:
        return "A/A";
    default:
        return "";
    }
}

static void add_row(struct hb_table *table, const struct hb_difference *d, bool several)
{
    hb_cell_label(table, d->other_entry->label);
    hb_table_text(table, is_time_of_run(d) ? "time of a run" : hb_figure(d->figure)->heading);
    hb_table_add(table, HB_STYLE_DIM, "%s", several ? d->other->label : "");
    hb_compare_cells(table, d);
    hb_table_add(table, HB_STYLE_DIM, "%s", hb_difference_effect(d));
    hb_table_add(table, HB_STYLE_DIM, "%s", role_note(d));
}

static const struct hb_difference *rows_of(const struct hb_compare_view *view,
                                           const struct hb_group *group)
{
    return view->comparison->differences + group->first;
}

static void differences(const struct hb_compare_view *view, const struct hb_group *group,
                        struct hb_doc *doc)
{
    const struct hb_difference *rows = rows_of(view, group);
    const bool several = group->digest_count > 2;
    struct hb_column columns[] = {HB_LEFT("allocator"),
                                  HB_LEFT("metric"),
                                  HB_LEFT("in", .breaks = true),
                                  HB_RIGHT("base", .late = 2),
                                  HB_RIGHT("now", .late = 1),
                                  HB_RIGHT("change", .leads = true),
                                  HB_LEFT("verdict", .leads = true),
                                  HB_LEFT("effect", .late = 4),
                                  HB_LEFT("", .late = 3)};
    size_t hidden = 0;
    if (group->is_within && group->count)
        columns[3].heading = rows[0].base_entry->label;
    else if (!group->is_within)
        columns[3].heading = group->base->label;
    if (!several && !group->is_within && group->count)
        columns[4].heading = rows[0].other->label;
    struct hb_table *table = hb_doc_table(doc, "Differences", columns, 9);
    for (size_t i = 0; i < group->count; i++) {
        if (is_shown(view, &rows[i]))
            add_row(table, &rows[i], several);
        else
            hidden++;
    }
    if (hidden)
        hb_doc_line(doc,
                    "%zu more figures of unchanged libraries show no change (--all shows them)",
                    hidden);
}

/* ---- every run ---- */

#define STRIP_ROWS_MOST 24 /* what is seen at a glance */

static void add_runs(struct hb_chart *chart, const char *indent, const char *label,
                     const struct hb_digest *digest, const struct hb_digest_entry *entry)
{
    const struct hb_series *series = &entry->series[HB_METRIC_THROUGHPUT];
    const size_t length = digest->is_soak ? series->n : digest->blocks;
    char row[HB_NAME_MAX + 4];
    (void)snprintf(row, sizeof row, "%s%s", indent, label);
    struct hb_chart_line *line = hb_chart_add_line(chart, row, 0);
    if (!line || !series->values)
        return;
    line->middle = series->value;
    for (size_t i = 0; i < length; i++)
        (void)hb_chart_add_point(chart, line, series->values[i], 0, (uint32_t)i);
}

static bool has_strip(const struct hb_compare_view *view, const struct hb_difference *d)
{
    return d->figure == HB_METRIC_THROUGHPUT && is_shown(view, d) && !is_time_of_run(d);
}

/* Those that are compared with what rows[first] is compared with, unless an earlier one was. */
static void add_side_by_side(const struct hb_compare_view *view, const struct hb_group *group,
                             size_t first, struct hb_chart *chart)
{
    const struct hb_difference *rows = rows_of(view, group);
    const struct hb_digest_entry *base = rows[first].base_entry;
    for (size_t i = 0; i < first; i++) {
        if (rows[i].base_entry == base && has_strip(view, &rows[i]))
            return;
    }
    add_runs(chart, "", base->label, rows[first].base, base);
    for (size_t i = first; i < group->count; i++) {
        const struct hb_difference *d = &rows[i];
        if (d->base_entry == base && has_strip(view, d))
            add_runs(chart, group->is_within ? "" : "  ",
                     group->is_within ? d->other_entry->label : d->other->label, d->other,
                     d->other_entry);
    }
}

/* The runs behind each speed in the table, on one axis: under an allocator each other session. */
static void strip(const struct hb_compare_view *view, const struct hb_group *group,
                  struct hb_doc *doc)
{
    const struct hb_difference *rows = rows_of(view, group);
    const size_t start = doc->count;
    double most = 0;
    hb_doc_section(doc, NULL, "Every run", "%s", group->is_within ? "" : "as measured");
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_DOTS, "runs");
    for (size_t i = 0; i < group->count; i++) {
        if (!has_strip(view, &rows[i]))
            continue;
        add_side_by_side(view, group, i, chart);
        most = fmax(most, fmax(rows[i].base_entry->mean, rows[i].other_entry->mean));
    }
    hb_chart_rate_axis(&chart->x, most);
    if (chart->line_count > STRIP_ROWS_MOST)
        hb_doc_drop(doc, start);
}

/* ---- throughput of each allocator, as a list of runs is usually given ---- */

/* In two decimals, as lists of runs have it. */
static void number(struct hb_table *table, const char *format, double value)
{
    char text[64] = "-";
    if (!isnan(value))
        (void)snprintf(text, sizeof text, format, value);
    hb_table_number(table, isnan(value) ? HB_STYLE_DIM : HB_STYLE_PLAIN, text);
}

static void rate(struct hb_table *table, bool is_of_times, double per_s)
{
    if (is_of_times)
        hb_table_number(table, HB_STYLE_PLAIN, hb_format_ns(1e9 / per_s).text);
    else if (per_s < 1e5)
        hb_table_number(table, HB_STYLE_PLAIN, hb_format_rate(per_s).text);
    else
        number(table, "%.2f M/s", per_s / 1e6);
}

static void add_speed(struct hb_table *table, const struct hb_digest_entry *entry, double base_mean,
                      bool is_of_times)
{
    const struct hb_series *throughput = &entry->series[HB_METRIC_THROUGHPUT];
    hb_cell_label(table, entry->label);
    hb_table_add(table, HB_STYLE_PLAIN, "%zu", throughput->n);
    rate(table, is_of_times, entry->mean);
    rate(table, is_of_times, throughput->value);
    number(table, "%.2f %%", 100 * entry->cv);
    number(table, "%.2f %%", 100 * entry->mean / base_mean);
}

static void speeds(const struct hb_compare_view *view, const struct hb_group *group,
                   struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"), HB_RIGHT("runs"),
                                               HB_RIGHT("mean"),     HB_RIGHT("median"),
                                               HB_RIGHT("CV"),       HB_RIGHT("of base's mean")};
    if (!group->count)
        return;
    const double base_mean = rows_of(view, group)[0].base_entry->mean;
    struct hb_table *table = hb_doc_table(doc, "Throughput", columns, 6);
    for (size_t i = 0; i < group->base->count; i++) {
        if (group->base->entries[i].series[HB_METRIC_THROUGHPUT].n)
            add_speed(table, &group->base->entries[i], base_mean, group->base->is_of_times);
    }
}

/* ---- environment and machine ---- */

static void environment(const struct hb_compare_view *view, size_t group, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("", .breaks = true), HB_LEFT("base", .breaks = true),
        HB_LEFT("now", .breaks = true), HB_LEFT("in", .breaks = true)};
    const struct hb_comparison *comparison = view->comparison;
    const size_t before = doc->count;
    hb_doc_line(doc, "what else differs:");
    struct hb_table *table = hb_doc_table(doc, "What else differs", columns, 4);
    for (size_t i = 0; i < comparison->machine_count; i++) {
        const struct hb_machine *machine = &comparison->machines[i];
        struct hb_environment_change *changes = NULL;
        size_t count = 0;
        if (machine->group != group)
            continue;
        doc->failed |= hb_environment_changes(machine->base, machine->other, &changes, &count) != 0;
        for (size_t c = 0; c < count; c++) {
            hb_cell_label(table, changes[c].what);
            hb_table_add(table, HB_STYLE_PLAIN, "%.90s", changes[c].base);
            hb_table_add(table, HB_STYLE_PLAIN, "%.90s", changes[c].other);
            hb_table_add(table, HB_STYLE_DIM, "%s",
                         comparison->groups[group].digest_count > 2 ? machine->other->label : "");
        }
        free(changes);
    }
    if (table->cell_count)
        return;
    hb_doc_drop(doc, before);
    hb_doc_line(doc, "environment: the files show no difference");
}

static bool is_adjusted(const struct hb_compare_view *view, const struct hb_machine *machine)
{
    const struct hb_comparison *comparison = view->comparison;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct hb_difference *d = &comparison->differences[i];
        if (d->other == machine->other && d->group == machine->group && d->machine != 1)
            return true;
    }
    return false;
}

static void machines(const struct hb_compare_view *view, size_t group, struct hb_doc *doc)
{
    const struct hb_comparison *comparison = view->comparison;
    for (size_t i = 0; i < comparison->machine_count; i++) {
        const struct hb_machine *machine = &comparison->machines[i];
        if (machine->group != group || isnan(machine->ratio))
            continue;
        hb_doc_line(doc,
                    "the machine itself%s%s: %+.2f %% [%+.2f, %+.2f] by %zu unchanged "
                    "allocators, which lie %.2f %% apart%s",
                    comparison->groups[group].digest_count > 2 ? " in " : "",
                    comparison->groups[group].digest_count > 2 ? machine->other->label : "",
                    100 * (machine->ratio - 1), 100 * (machine->interval.lo - 1),
                    100 * (machine->interval.hi - 1), machine->controls, 100 * machine->spread,
                    is_adjusted(view, machine) ? "; taken out of times below" : "");
    }
}

/* ---- groups ---- */

static void note_of(const struct hb_digest *digest, struct hb_doc *doc)
{
    if (digest->note)
        hb_doc_line(doc, "%s: %s", digest->label, digest->note);
}

static void notes_of_sessions(const struct hb_comparison *comparison, size_t group,
                              struct hb_doc *doc)
{
    note_of(comparison->groups[group].base, doc);
    for (size_t i = 0; i < comparison->machine_count; i++) {
        if (comparison->machines[i].group == group)
            note_of(comparison->machines[i].other, doc);
    }
}

static void write_group(const struct hb_compare_view *view, size_t g, struct hb_doc *doc)
{
    const struct hb_group *group = &view->comparison->groups[g];
    const struct hb_digest *base = group->base;
    char heading[HB_NAME_MAX + 32];
    (void)snprintf(heading, sizeof heading, "%s%s", base->workload[0] ? base->workload : "runs",
                   base->is_soak ? ", soak" : "");
    hb_doc_section(doc, NULL, heading, "%.380s", base->parameters);
    notes_of_sessions(view->comparison, g, doc);
    if (group->is_within) {
        hb_doc_line(doc, "%s%s%s: allocators of one session%s", base->name,
                    base->name[0] ? ", " : "", base->path, base->paired ? ", block by block" : "");
        speeds(view, group, doc);
    } else {
        environment(view, g, doc);
        machines(view, g, doc);
    }
    differences(view, group, doc);
    strip(view, group, doc);
}

static void summary(const struct hb_comparison *comparison, struct hb_doc *doc)
{
    size_t count[HB_CHANGE_KINDS], all = 0;
    for (int change = 0; change < HB_CHANGE_KINDS; change++)
        all += count[change] = hb_change_count(comparison, (enum hb_change)change);
    char withheld[40] = "";
    if (count[HB_CHANGE_WITHHELD])
        (void)snprintf(withheld, sizeof withheld, ", %zu withheld", count[HB_CHANGE_WITHHELD]);
    hb_doc_line(doc,
                "%zu comparison%s: %zu better, %zu worse, %zu the same, %zu inconclusive, %zu "
                "with too few runs%s",
                all, all == 1 ? "" : "s", count[HB_CHANGE_BETTER], count[HB_CHANGE_WORSE],
                count[HB_CHANGE_SAME], count[HB_CHANGE_INCONCLUSIVE], count[HB_CHANGE_NONE],
                withheld);
}

/* ---- the rest ---- */

static void means(const struct hb_comparison *comparison, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"), HB_LEFT("in"),
                                               HB_RIGHT("throughput", .unit = "now over base"),
                                               HB_RIGHT("workloads")};
    hb_doc_section(doc, "means", "Geometric mean over workloads", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "Geometric means", columns, 4);
    for (size_t i = 0; i < comparison->mean_count; i++) {
        const struct hb_mean_ratio *mean = &comparison->means[i];
        hb_cell_label(table, mean->allocator);
        hb_table_add(table, HB_STYLE_DIM, "%s", mean->side);
        hb_table_add(table, HB_STYLE_PLAIN, "%.3f", mean->ratio);
        hb_table_add(table, HB_STYLE_PLAIN, "%zu", mean->workloads);
    }
}

static void add_gate(struct hb_table *table, const struct hb_gate_result *result)
{
    static const enum hb_style styles[] = {
        [HB_GATE_PASS] = HB_STYLE_GOOD,        [HB_GATE_FAIL] = HB_STYLE_BAD,
        [HB_GATE_INCONCLUSIVE] = HB_STYLE_DIM, [HB_GATE_UNKNOWN] = HB_STYLE_DIM,
        [HB_GATE_UNCHANGED] = HB_STYLE_DIM,
    };
    const size_t figure = result->gate->figure;
    hb_table_add(table, HB_STYLE_STRONG, "%s", result->gate->text);
    hb_table_text(table, result->allocator);
    hb_table_add(table, HB_STYLE_DIM, "%s", result->side->workload);
    hb_table_add(table, HB_STYLE_DIM, "%s", result->is_across ? result->side->label : "");
    if (isnan(result->value))
        hb_table_add(table, HB_STYLE_DIM, "-");
    else if (result->is_from_zero)
        hb_table_add(table, HB_STYLE_PLAIN, "%s",
                     result->value > 0 ? "more, from 0" : "less, from 0");
    else if (isnan(result->interval.lo))
        hb_table_add(table, HB_STYLE_PLAIN, result->gate->is_change ? "%+.2f %%" : "%.6g",
                     result->value);
    else if (result->gate->is_change)
        hb_table_add(table, HB_STYLE_PLAIN, "%+.2f %% [%+.2f, %+.2f]", result->value,
                     result->interval.lo, result->interval.hi);
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%s [%s, %s]",
                     hb_figure_text(figure, result->value).text,
                     hb_figure_text(figure, result->interval.lo).text,
                     hb_figure_text(figure, result->interval.hi).text);
    hb_table_add(table, styles[result->outcome], "%s", hb_gate_word(result->outcome));
    hb_table_add(table, HB_STYLE_DIM, "%s", result->why);
}

static void gates(const struct hb_compare_view *view, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("gate"),
                                               HB_LEFT("allocator"),
                                               HB_LEFT("workload", .late = 2),
                                               HB_LEFT("in", .late = 1, .breaks = true),
                                               HB_RIGHT("value"),
                                               HB_LEFT("outcome"),
                                               HB_LEFT("why", .breaks = true)};
    hb_doc_section(doc, "gates", "Gates", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "Gates", columns, 7);
    for (size_t i = 0; i < view->gate_count; i++)
        add_gate(table, &view->gates[i]);
}

static void add_lines(const char *text, struct hb_doc *doc)
{
    while (*text) {
        const size_t length = strcspn(text, "\n");
        hb_doc_line(doc, "%.*s", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void notes(const struct hb_compare_view *view, struct hb_doc *doc)
{
    hb_section_belief(doc, NULL);
    if (view->comparison)
        summary(view->comparison, doc);
    if (view->refused) {
        hb_doc_line(doc, "%zu files could not be read and are left out:", view->refused);
        add_lines(view->refusals, doc);
    }
    if (view->comparison)
        add_lines(hb_buf_string(&view->comparison->notes), doc);
    if (view->fleet)
        add_lines(hb_buf_string(&view->fleet->notes), doc);
}

void hb_compare_report(const struct hb_compare_view *view, struct hb_doc *doc)
{
    const struct hb_comparison *comparison = view->comparison;
    struct hb_buf verdict = {0};
    hb_verdict_of_compare(view, &verdict);
    hb_doc_lede(doc, &verdict);
    for (size_t g = 0; comparison && g < comparison->group_count; g++)
        write_group(view, g, doc);
    if (comparison)
        means(comparison, doc);
    if (view->timelines)
        hb_compare_trend(view->timelines, doc);
    if (view->fleet)
        hb_fleet_report(view->fleet, doc);
    gates(view, doc);
    notes(view, doc);
}
