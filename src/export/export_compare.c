/* A comparison for programs, as CSV and JSON: see export_compare.h. Everything in it was computed
 * by `compare`. */
#include "export/export_compare.h"

#include "base/json/json.h"
#include "base/json/json_fields.h"
#include "compare/environment.h"
#include "result/csv.h"

#include <math.h>
#include <stdlib.h>

/* Adds the row and frees it. */
static void add_row(struct hb_buf *out, struct hb_buf *row)
{
    hb_buf_printf(out, "%s\n", hb_buf_string(row));
    out->failed |= row->failed;
    hb_buf_free(row);
}

static void heading(struct hb_buf *out, const char *const *columns, size_t count)
{
    struct hb_buf row = {0};
    for (size_t i = 0; i < count; i++)
        hb_csv_add_text(&row, columns[i]);
    add_row(out, &row);
}

static void difference_cells(const struct hb_difference *d, struct hb_buf *row)
{
    hb_csv_add_text(row, d->other->workload);
    hb_csv_add_text(row, d->other->parameters);
    hb_csv_add_text(row, d->base->label);
    hb_csv_add_text(row, d->other->label);
    hb_csv_add_text(row, d->base_entry->label);
    hb_csv_add_text(row, d->other_entry->label);
    hb_csv_add_text(row, hb_figure(d->figure)->key);
    hb_csv_add_double(row, d->base_value);
    hb_csv_add_double(row, d->other_value);
    hb_csv_add_text(row, d->is_ratio ? "ratio" : "difference");
    hb_csv_add_double(row, d->estimate);
    hb_csv_add_double(row, d->interval.lo);
    hb_csv_add_double(row, d->interval.hi);
    hb_csv_add_double(row, d->machine);
    hb_csv_add_double(row, d->p);
    hb_csv_add_double(row, d->p_holm);
    hb_csv_add_double(row, d->a12);
    hb_csv_add_double(row, d->margin);
    hb_csv_add_text(row, hb_change_key(d->change));
    hb_csv_add_double(row, d->runs_needed ? (double)d->runs_needed : (double)NAN);
    hb_csv_add_double(row, (double)d->base_n);
    hb_csv_add_double(row, (double)d->other_n);
    hb_csv_add_text(row, d->is_control ? "unchanged" : hb_role_names[d->other_entry->role]);
}

static void differences(const struct hb_comparison *comparison, struct hb_buf *out)
{
    static const char *const columns[] = {
        "workload",  "parameters", "base",       "side",    "base_allocator",
        "allocator", "metric",     "base_value", "value",   "kind",
        "estimate",  "lo",         "hi",         "machine", "p",
        "p_holm",    "a12",        "margin",     "verdict", "runs_needed",
        "base_runs", "runs",       "role",
    };
    heading(out, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < comparison->count; i++) {
        struct hb_buf row = {0};
        difference_cells(&comparison->differences[i], &row);
        add_row(out, &row);
    }
}

/* Whether a level begins at this point. */
static bool is_step(const struct hb_timeline *line, size_t point)
{
    for (size_t i = 0; i < line->step_count; i++) {
        if (line->steps[i].at == point)
            return true;
    }
    return false;
}

static void points(const struct hb_timeline *line, struct hb_buf *out)
{
    for (size_t i = 0; i < line->count; i++) {
        const struct hb_timepoint *point = &line->points[i];
        struct hb_buf row = {0};
        hb_csv_add_text(&row, point->digest->workload);
        hb_csv_add_text(&row, point->digest->parameters);
        hb_csv_add_text(&row, line->label);
        hb_csv_add_text(&row, hb_figure(line->figure)->key);
        hb_csv_add_text(&row, point->digest->started_at);
        hb_csv_add_text(&row, point->digest->path);
        hb_csv_add_double(&row, point->value);
        hb_csv_add_double(&row, point->level);
        hb_csv_add_double(&row, is_step(line, i));
        add_row(out, &row);
    }
}

/* "" stands for the mean over workloads, and for every class. */
static void fleet_cells(const struct hb_fleet *fleet, const struct hb_fleet_row *row,
                        struct hb_buf *out)
{
    const bool is_mean = row->workload == HB_FLEET_ALL, is_all = row->class == HB_FLEET_ALL;
    const struct hb_digest *digest = is_mean ? NULL : fleet->workloads[row->workload].digest;
    hb_csv_add_text(out, is_mean ? "" : fleet->workloads[row->workload].name);
    hb_csv_add_text(out, is_mean ? "" : digest->parameters);
    hb_csv_add_text(out, is_all ? "" : fleet->classes[row->class].host->cpu_model);
    hb_csv_add_text(out, row->label);
    hb_csv_add_text(out, hb_figure(row->figure)->key);
    hb_csv_add_double(out, (double)row->effect.n);
    hb_csv_add_double(out, exp(row->effect.estimate));
    hb_csv_add_double(out, exp(row->effect.interval.lo));
    hb_csv_add_double(out, exp(row->effect.interval.hi));
    hb_csv_add_double(out, row->effect.spread);
    hb_csv_add_double(out, row->lowest);
    hb_csv_add_double(out, row->highest);
    hb_csv_add_double(out, row->p_holm);
    hb_csv_add_double(out, row->margin);
    hb_csv_add_text(out, hb_change_key(row->change));
}

static void fleet_rows(const struct hb_fleet *fleet, struct hb_buf *out)
{
    static const char *const columns[] = {
        "profile", "parameters", "class", "allocator", "metric", "machines", "ratio",  "lo",
        "hi",      "spread_log", "least", "most",      "p_holm", "margin",   "verdict"};
    heading(out, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < fleet->row_count; i++) {
        struct hb_buf row = {0};
        fleet_cells(fleet, &fleet->rows[i], &row);
        add_row(out, &row);
    }
}

int hb_compare_csv(const struct hb_compare_view *view, struct hb_buf *out, struct hb_err *err)
{
    static const char *const columns[] = {"workload", "parameters", "allocator",
                                          "metric",   "started_at", "path",
                                          "value",    "level",      "is_step"};
    if (view->comparison)
        differences(view->comparison, out);
    if (view->fleet)
        fleet_rows(view->fleet, out);
    if (view->timelines && !view->comparison) {
        heading(out, columns, sizeof columns / sizeof *columns);
        for (size_t i = 0; i < view->timelines->count; i++)
            points(&view->timelines->lines[i], out);
    }
    return hb_buf_check(out, err);
}

/* ---- JSON ---- */

#define SCHEMA "hakbench.compare/1"

static void interval(struct hb_json_writer *writer, cJSON *object, struct hb_interval i)
{
    hb_json_put_number(writer, object, "ci95_lo", i.lo);
    hb_json_put_number(writer, object, "ci95_hi", i.hi);
}

static void difference(struct hb_json_writer *writer, cJSON *array, const struct hb_difference *d)
{
    cJSON *object = hb_json_put_object_at_end(writer, array);
    hb_json_put_text(writer, object, "base", d->base->label);
    hb_json_put_text(writer, object, "side", d->other->label);
    hb_json_put_text(writer, object, "base_allocator", d->base_entry->label);
    hb_json_put_text(writer, object, "allocator", d->other_entry->label);
    hb_json_put_text(writer, object, "metric", hb_figure(d->figure)->key);
    hb_json_put_number(writer, object, "base_value", d->base_value);
    hb_json_put_number(writer, object, "value", d->other_value);
    hb_json_put_boolean(writer, object, "relative", d->is_relative);
    hb_json_put_text(writer, object, "kind", d->is_ratio ? "ratio" : "difference");
    hb_json_put_number(writer, object, "estimate", d->estimate);
    interval(writer, object, d->interval);
    hb_json_put_number(writer, object, "machine", d->machine);
    hb_json_put_number(writer, object, "p", d->p);
    hb_json_put_number(writer, object, "holm_p", d->p_holm);
    hb_json_put_number(writer, object, "a12", d->a12);
    hb_json_put_number(writer, object, "margin", d->margin);
    hb_json_put_text(writer, object, "verdict", hb_change_key(d->change));
    hb_json_put_text(writer, object, "word", hb_change_word(d->figure, d->change));
    hb_json_put_number(writer, object, "runs_needed",
                       d->runs_needed ? (double)d->runs_needed : (double)NAN);
    hb_json_put_number(writer, object, "base_runs", (double)d->base_n);
    hb_json_put_number(writer, object, "runs", (double)d->other_n);
    hb_json_put_boolean(writer, object, "paired", d->is_paired);
    hb_json_put_boolean(writer, object, "unchanged", d->is_control);
}

/* Mean and CV of each allocator's throughput, with the mean over the base allocator's. */
static void speeds(struct hb_json_writer *writer, cJSON *parent, const struct hb_digest *digest,
                   double base_mean)
{
    cJSON *array = hb_json_put_array(writer, parent, "throughputs");
    for (size_t i = 0; i < digest->count; i++) {
        const struct hb_digest_entry *entry = &digest->entries[i];
        cJSON *object = hb_json_put_object_at_end(writer, array);
        hb_json_put_text(writer, object, "allocator", entry->label);
        hb_json_put_number(writer, object, "runs", (double)entry->series[HB_METRIC_THROUGHPUT].n);
        hb_json_put_number(writer, object, "mean", entry->mean);
        hb_json_put_number(writer, object, "median", entry->series[HB_METRIC_THROUGHPUT].value);
        hb_json_put_number(writer, object, "cv_percent", 100 * entry->cv);
        hb_json_put_number(writer, object, "mean_of_base_percent", 100 * entry->mean / base_mean);
    }
}

static void machine(struct hb_json_writer *writer, cJSON *array, const struct hb_machine *m)
{
    struct hb_environment_change *changes = NULL;
    size_t count = 0;
    cJSON *object = hb_json_put_object_at_end(writer, array);
    hb_json_put_text(writer, object, "side", m->other->label);
    hb_json_put_number(writer, object, "controls", (double)m->controls);
    hb_json_put_number(writer, object, "ratio", m->ratio);
    interval(writer, object, m->interval);
    hb_json_put_number(writer, object, "spread", m->spread);
    writer->failed |= hb_environment_changes(m->base, m->other, &changes, &count) != 0;
    cJSON *list = hb_json_put_array(writer, object, "environment");
    for (size_t i = 0; i < count; i++) {
        cJSON *change = hb_json_put_object_at_end(writer, list);
        hb_json_put_text(writer, change, "what", changes[i].what);
        hb_json_put_text(writer, change, "base", changes[i].base);
        hb_json_put_text(writer, change, "side", changes[i].other);
    }
    free(changes);
}

static void group(struct hb_json_writer *writer, cJSON *array,
                  const struct hb_comparison *comparison, size_t g)
{
    const struct hb_group *own = &comparison->groups[g];
    cJSON *object = hb_json_put_object_at_end(writer, array);
    hb_json_put_text(writer, object, "workload", own->base->workload);
    hb_json_put_text(writer, object, "parameters", own->base->parameters);
    hb_json_put_text(writer, object, "base", own->base->label);
    hb_json_put_text(writer, object, "base_path", own->base->path);
    hb_json_put_boolean(writer, object, "within_one_session", own->is_within);
    if (own->is_within && own->count)
        speeds(writer, object, own->base, comparison->differences[own->first].base_entry->mean);
    cJSON *sides = hb_json_put_array(writer, object, "sides");
    for (size_t i = 0; i < comparison->machine_count; i++) {
        if (comparison->machines[i].group == g)
            machine(writer, sides, &comparison->machines[i]);
    }
    cJSON *rows = hb_json_put_array(writer, object, "differences");
    for (size_t i = 0; i < own->count; i++)
        difference(writer, rows, &comparison->differences[own->first + i]);
}

static void means(struct hb_json_writer *writer, cJSON *root,
                  const struct hb_comparison *comparison)
{
    cJSON *array = hb_json_put_array(writer, root, "geometric_means");
    for (size_t i = 0; i < comparison->mean_count; i++) {
        cJSON *object = hb_json_put_object_at_end(writer, array);
        hb_json_put_text(writer, object, "side", comparison->means[i].side);
        hb_json_put_text(writer, object, "allocator", comparison->means[i].allocator);
        hb_json_put_number(writer, object, "ratio", comparison->means[i].ratio);
        hb_json_put_number(writer, object, "workloads", (double)comparison->means[i].workloads);
    }
}

static void gates(struct hb_json_writer *writer, cJSON *root, const struct hb_compare_view *view)
{
    cJSON *array = hb_json_put_array(writer, root, "gates");
    for (size_t i = 0; i < view->gate_count; i++) {
        const struct hb_gate_result *result = &view->gates[i];
        cJSON *object = hb_json_put_object_at_end(writer, array);
        hb_json_put_text(writer, object, "gate", result->gate->text);
        hb_json_put_text(writer, object, "workload", result->side->workload);
        hb_json_put_text(writer, object, "side", result->side->label);
        hb_json_put_text(writer, object, "allocator", result->allocator);
        hb_json_put_text(writer, object, "of",
                         result->gate->is_change ? "change_percent" : "value");
        hb_json_put_number(writer, object, "value", result->value);
        interval(writer, object, result->interval);
        hb_json_put_boolean(writer, object, "from_zero", result->is_from_zero);
        hb_json_put_text(writer, object, "outcome", hb_gate_word(result->outcome));
        hb_json_put_text(writer, object, "why", result->why);
    }
}

static void timeline(struct hb_json_writer *writer, cJSON *array, const struct hb_timeline *line)
{
    cJSON *object = hb_json_put_object_at_end(writer, array);
    hb_json_put_text(writer, object, "workload", line->points[0].digest->workload);
    hb_json_put_text(writer, object, "profile", line->points[0].digest->profile_name);
    hb_json_put_text(writer, object, "parameters", line->points[0].digest->parameters);
    hb_json_put_text(writer, object, "allocator", line->label);
    hb_json_put_text(writer, object, "metric", hb_figure(line->figure)->key);
    hb_json_put_boolean(writer, object, "adjusted", line->is_adjusted);
    hb_json_put_number(writer, object, "noise", line->noise);
    cJSON *points = hb_json_put_array(writer, object, "points");
    for (size_t i = 0; i < line->count; i++) {
        cJSON *point = hb_json_put_object_at_end(writer, points);
        hb_json_put_text(writer, point, "started_at", line->points[i].digest->started_at);
        hb_json_put_text(writer, point, "path", line->points[i].digest->path);
        hb_json_put_text(writer, point, "name", line->points[i].digest->name);
        hb_json_put_number(writer, point, "value", line->points[i].value);
        hb_json_put_number(writer, point, "level", line->points[i].level);
        hb_json_put_boolean(writer, point, "doubtful", line->points[i].digest->doubt[0] != '\0');
    }
    cJSON *steps = hb_json_put_array(writer, object, "steps");
    for (size_t i = 0; i < line->step_count; i++) {
        cJSON *step = hb_json_put_object_at_end(writer, steps);
        hb_json_put_number(writer, step, "at", (double)line->steps[i].at);
        hb_json_put_number(writer, step, "before", line->steps[i].before);
        hb_json_put_number(writer, step, "after", line->steps[i].after);
        hb_json_put_boolean(writer, step, "better", line->steps[i].is_better);
    }
}

static void fleet_machines(struct hb_json_writer *writer, cJSON *object,
                           const struct hb_fleet *fleet)
{
    cJSON *array = hb_json_put_array(writer, object, "machines");
    for (size_t i = 0; i < fleet->machine_count; i++) {
        const struct hb_fleet_machine *machine = &fleet->machines[i];
        cJSON *own = hb_json_put_object_at_end(writer, array);
        hb_json_put_text(writer, own, "machine", machine->name);
        hb_json_put_text(writer, own, "class", machine->host->class_key);
        hb_json_put_text(writer, own, "cpu_model", machine->host->cpu_model);
        hb_json_put_number(writer, own, "cpus", machine->host->cpu_count);
        hb_json_put_number(writer, own, "sessions", (double)machine->sessions);
        hb_json_put_number(writer, own, "cut_off", (double)machine->cut_off);
        hb_json_put_number(writer, own, "lacks", (double)machine->lacks);
    }
}

static void fleet_row(struct hb_json_writer *writer, cJSON *array, const struct hb_fleet *fleet,
                      const struct hb_fleet_row *row)
{
    cJSON *object = hb_json_put_object_at_end(writer, array);
    if (row->workload != HB_FLEET_ALL) {
        hb_json_put_text(writer, object, "profile", fleet->workloads[row->workload].name);
        hb_json_put_text(writer, object, "parameters",
                         fleet->workloads[row->workload].digest->parameters);
    }
    if (row->class != HB_FLEET_ALL)
        hb_json_put_text(writer, object, "class", fleet->classes[row->class].host->class_key);
    hb_json_put_text(writer, object, "allocator", row->label);
    hb_json_put_text(writer, object, "metric", hb_figure(row->figure)->key);
    hb_json_put_number(writer, object, "machines", (double)row->effect.n);
    hb_json_put_number(writer, object, "ratio", exp(row->effect.estimate));
    interval(writer, object,
             (struct hb_interval){exp(row->effect.interval.lo), exp(row->effect.interval.hi)});
    hb_json_put_number(writer, object, "spread_log", row->effect.spread);
    hb_json_put_number(writer, object, "least", row->lowest);
    hb_json_put_number(writer, object, "most", row->highest);
    hb_json_put_number(writer, object, "holm_p", row->p_holm);
    hb_json_put_number(writer, object, "margin", row->margin);
    hb_json_put_text(writer, object, "verdict", hb_change_key(row->change));
}

static void put_fleet(struct hb_json_writer *writer, cJSON *root, const struct hb_fleet *fleet)
{
    cJSON *object = hb_json_put_object(writer, root, "fleet");
    hb_json_put_text(writer, object, "reference", fleet->reference);
    fleet_machines(writer, object, fleet);
    cJSON *rows = hb_json_put_array(writer, object, "ratios");
    for (size_t i = 0; i < fleet->row_count; i++)
        fleet_row(writer, rows, fleet, &fleet->rows[i]);
    hb_json_put_text(writer, root, "notes", hb_buf_string(&fleet->notes));
}

int hb_compare_json(const struct hb_compare_view *view, struct hb_buf *out, struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    hb_json_put_text(&writer, root, "schema", SCHEMA);
    hb_json_put_number(&writer, root, "refused_files", (double)view->refused);
    hb_json_put_text(&writer, root, "refusals", view->refusals ? view->refusals : "");
    if (view->comparison) {
        cJSON *groups = hb_json_put_array(&writer, root, "groups");
        for (size_t g = 0; g < view->comparison->group_count; g++)
            group(&writer, groups, view->comparison, g);
        means(&writer, root, view->comparison);
        hb_json_put_text(&writer, root, "notes", hb_buf_string(&view->comparison->notes));
    }
    if (view->fleet)
        put_fleet(&writer, root, view->fleet);
    if (view->timelines) {
        cJSON *lines = hb_json_put_array(&writer, root, "timelines");
        for (size_t i = 0; i < view->timelines->count; i++)
            timeline(&writer, lines, &view->timelines->lines[i]);
    }
    gates(&writer, root, view);
    return hb_json_finish(root, writer.failed, out, err);
}
