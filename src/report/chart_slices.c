/* The course of a run: see charts.h. The run shown is the one whose throughput is nearest to the
 * median; its warm-up, where there is one, is marked. */
#include "report/charts.h"

#include "judge/runspeed.h"
#include "stats/order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REACH_LEAST 5.0  /* percent: noise does not look like mountains */
#define REACH_MOST  60.0 /* one slice in a hundred may stand out of the picture */

/* The slices of one run in percent of their median, and room to compute. */
struct course {
    size_t n;
    double *percent, *sorted, *scratch;
    size_t *ends;
    struct hb_steady steady;
};

static void close_course(struct course *course)
{
    free(course->percent);
    free(course->sorted);
    free(course->scratch);
    free(course->ends);
    *course = (struct course){0};
}

static const struct hb_job *median_run(const struct hb_judgement *judgement, size_t allocator)
{
    const struct hb_judged *judged = &judgement->allocators[allocator];
    const struct hb_session *session = judgement->session;
    const struct hb_job *nearest = NULL;
    double least = (double)INFINITY;
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->allocator != allocator || job->kind != HB_JOB_TIMED ||
            job->status != HB_STATUS_OK || !hb_runcourse_is_known(job) || job->slices < 2 ||
            job->block >= session->blocks)
            continue;
        const double off = fabs(judged->by_block[job->block] - judged->throughput.median);
        if (off < least) {
            least = off;
            nearest = job;
        }
    }
    return nearest;
}

/* 1, 0 when there is no such run, -1 without memory. */
static int open_course(const struct hb_job *job, struct course *course)
{
    *course = (struct course){0};
    if (!job)
        return 0;
    const size_t n = job->slices;
    course->n = n;
    course->percent = calloc(n, sizeof(double));
    course->sorted = calloc(n, sizeof(double));
    course->scratch = calloc(n + HB_CHANGEPOINT_SCRATCH(n), sizeof(double));
    course->ends = calloc(n / HB_CHANGEPOINT_SEGMENT_MIN + 1, sizeof(size_t));
    if (!course->percent || !course->sorted || !course->scratch || !course->ends)
        return -1;
    course->steady = hb_run_steady(
        job, &(struct hb_runspeed_scratch){course->percent, course->scratch, course->ends});
    const double median = hb_stats_median(course->percent, n, course->scratch);
    for (size_t s = 0; s < n; s++)
        course->percent[s] = median > 0 ? 100 * (course->percent[s] / median - 1) : 0;
    memcpy(course->sorted, course->percent, n * sizeof(double));
    hb_stats_sort(course->sorted, n);
    return 1;
}

/* The same range for every allocator, so that they can be compared at a glance. */
static int common_range(const struct hb_judgement *judgement, struct hb_chart_axis *axis)
{
    axis->from = -REACH_LEAST;
    axis->to = REACH_LEAST;
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        struct course course;
        const int status = open_course(median_run(judgement, i), &course);
        if (status > 0) {
            const double low = hb_stats_quantile_sorted(course.sorted, course.n, 0.01);
            const double high = hb_stats_quantile_sorted(course.sorted, course.n, 0.99);
            axis->from = fmax(fmin(axis->from, low), -REACH_MOST);
            axis->to = fmin(fmax(axis->to, high), REACH_MOST);
        }
        close_course(&course);
        if (status < 0)
            return -1;
    }
    axis->from *= 1.08;
    axis->to *= 1.08;
    return 0;
}

static struct hb_text slice_text(double percent)
{
    struct hb_text text;
    (void)snprintf(text.text, sizeof text.text, "%.1f %% of the run", percent);
    return text;
}

static struct hb_text percent_text(double percent)
{
    struct hb_text text;
    (void)snprintf(text.text, sizeof text.text, "%+.1f %%", percent);
    return text;
}

/* "11 flat, 1 warming up": all runs. */
static void class_words(const struct hb_judged *judged, char *text, size_t text_bytes)
{
    static const char *const words[HB_STEADY_CLASSES] = {[HB_STEADY_FLAT] = "flat",
                                                         [HB_STEADY_WARMUP] = "warming up",
                                                         [HB_STEADY_SLOWDOWN] = "slowing down",
                                                         [HB_STEADY_NONE] = "never steady"};
    size_t used = 0;
    for (size_t c = 0; c < HB_STEADY_CLASSES; c++) {
        if (judged->steady[c])
            used += (size_t)snprintf(text + used, text_bytes - used, "%s%u %s", used ? ", " : "",
                                     judged->steady[c], words[c]);
    }
}

static void set_words(struct hb_chart *chart)
{
    hb_chart_words(chart, "Slices of the median runs, against their median",
                   "Time of each slice of one run against their median, start to end; higher is "
                   "slower.");
    (void)snprintf(chart->key_heading, sizeof chart->key_heading, "slice at");
    (void)snprintf(chart->x.title, sizeof chart->x.title, "start to end of the run");
    (void)snprintf(chart->y.title, sizeof chart->y.title, "time against the median slice");
    hb_chart_add_tic(&chart->x, 0, "start");
    hb_chart_add_tic(&chart->x, 50, "half");
    hb_chart_add_tic(&chart->x, 100, "end");
    chart->x.from = 0;
    chart->x.to = 100;
    chart->x.text = slice_text;
    chart->y.suffix = "%";
    chart->y.text = percent_text;
}

static int add_course(const struct hb_judgement *judgement, size_t allocator, struct hb_doc *doc,
                      struct hb_chart *chart)
{
    struct course course;
    const int status = open_course(median_run(judgement, allocator), &course);
    struct hb_chart_line *line =
        status > 0
            ? hb_chart_add_entry(chart, &doc->palette, &judgement->session->allocators[allocator])
            : NULL;
    const double n = (double)course.n;
    for (size_t s = 0; line && s < course.n; s++)
        (void)hb_chart_add_point(chart, line, 100 * ((double)s + 0.5) / n, course.percent[s],
                                 (uint32_t)s + 1);
    if (line)
        class_words(&judgement->allocators[allocator], line->words, sizeof line->words);
    if (line && course.steady.class == HB_STEADY_WARMUP)
        line->at = 100 * (double)course.steady.start / n;
    close_course(&course);
    return status;
}

void hb_chart_slices(const struct hb_judgement *judgement, struct hb_doc *doc)
{
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_OVER, "slices");
    chart->is_apart = true;
    set_words(chart);
    chart->failed |= common_range(judgement, &chart->y) != 0;
    for (size_t i = 0; i < judgement->ranked_count; i++)
        chart->failed |= add_course(judgement, judgement->ranking[i], doc, chart) < 0;
}
