/* A comparison as CSV: see export_compare.h. */
#include "export/export_compare.h"

#include "result/csv.h"

#include <math.h>

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

static void difference(const struct hb_difference *d, struct hb_buf *row)
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
        difference(&comparison->differences[i], &row);
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

int hb_compare_csv(const struct hb_compare_view *view, struct hb_buf *out, struct hb_err *err)
{
    static const char *const columns[] = {"workload", "parameters", "allocator",
                                          "metric",   "started_at", "path",
                                          "value",    "level",      "is_step"};
    if (view->comparison)
        differences(view->comparison, out);
    if (view->timelines && !view->comparison) {
        heading(out, columns, sizeof columns / sizeof *columns);
        for (size_t i = 0; i < view->timelines->count; i++)
            points(&view->timelines->lines[i], out);
    }
    return hb_buf_check(out, err);
}
