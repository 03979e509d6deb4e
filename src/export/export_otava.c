/* A CSV for Apache Otava (once Hunter): a row a session by date, a column an allocator and figure,
 * the commit as an attribute. Sessions of one profile: a column is one series, without gaps. Read
 * next: export.h, docs/exports.md. */
#include "export/export.h"

#include "result/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_date(const void *a, const void *b)
{
    const struct hb_export_input *const *x = a, *const *y = b;
    return strcmp((*x)->session->started_at, (*y)->session->started_at);
}

static const struct hb_export_series *series_of(const struct hb_export_input *input,
                                                const char *label)
{
    for (size_t i = 0; i < input->session->allocator_count; i++) {
        const struct hb_export_series *series = &input->series[i];
        if (series->count > 0 && strcmp(series->allocator->label, label) == 0)
            return series;
    }
    return NULL;
}

/* A median, NaN where it is not known: of time seconds of an operation. */
static double figure_of(const struct hb_export_series *series, size_t figure)
{
    if (figure == 0)
        return series->time.median;
    return series->judged ? series->judged->metric[HB_METRIC_RSS_PEAK].median : (double)NAN;
}

static const char *const figures[] = {"seconds_per_op", "rss_peak_bytes"};
#define FIGURES (sizeof figures / sizeof *figures)

/* Otava knows no gaps: a column is there when all sessions have it. */
static bool is_column(const struct hb_export_input *const *inputs, size_t count, const char *label,
                      size_t figure)
{
    for (size_t i = 0; i < count; i++) {
        const struct hb_export_series *series = series_of(inputs[i], label);
        if (!series || !isfinite(figure_of(series, figure)))
            return false;
    }
    return true;
}

static void add_row(const struct hb_export_input *const *inputs, size_t count, size_t row,
                    bool is_heading, struct hb_buf *out)
{
    const struct hb_session *first = inputs[0]->session, *session = inputs[row]->session;
    struct hb_buf line = {0};
    hb_csv_add_text(&line, is_heading ? "time" : session->started_at);
    hb_csv_add_text(&line, is_heading ? "commit" : session->tool_commit);
    for (size_t a = 0; a < first->allocator_count; a++) {
        const char *label = first->allocators[a].label;
        for (size_t f = 0; f < FIGURES; f++) {
            if (!is_column(inputs, count, label, f))
                continue;
            if (is_heading)
                hb_csv_add_text(&line, hb_export_line("%s.%s", label, figures[f]).text);
            else
                hb_csv_add_double(&line, figure_of(series_of(inputs[row], label), f));
        }
    }
    hb_buf_printf(out, "%s\n", hb_buf_string(&line));
    out->failed |= line.failed;
    hb_buf_free(&line);
}

static const char *name_of(const struct hb_session *session)
{
    return session->profile_name[0] ? session->profile_name : session->workload;
}

static bool is_alike(const struct hb_session *a, const struct hb_session *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(name_of(a), name_of(b)) == 0;
}

int hb_export_otava(const struct hb_export_input *inputs, size_t count, struct hb_buf *out,
                    struct hb_err *err)
{
    const struct hb_export_input **sorted = calloc(count + 1, sizeof *sorted);
    if (!sorted)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &inputs[i];
        if (is_alike(inputs[i].session, inputs[0].session))
            continue;
        free(sorted);
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s is of %s, %s of %s: otava takes sessions of one profile",
                          inputs[0].label, name_of(inputs[0].session), inputs[i].label,
                          name_of(inputs[i].session));
    }
    qsort(sorted, count, sizeof *sorted, by_date);
    add_row(sorted, count, 0, true, out);
    for (size_t i = 0; i < count; i++)
        add_row(sorted, count, i, false, out);
    free(sorted);
    return hb_buf_check(out, err);
}
