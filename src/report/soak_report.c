/* A soak for people to read: see soak_report.h. */
#include "report/soak_report.h"

#include "base/unit.h"
#include "report/section.h"
#include "report/soak_section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPARK_WIDTH 28   /* of 3 bytes each: a cell's text holds 95 */
#define SPARK_LEAST 0.05 /* less than 5 % between lowest and highest does not fill the height */

/* House: up to 2 % good, over 5 % warned. */
#define CV_GOOD_PERCENT 2.0
#define CV_WARN_PERCENT 5.0

static const struct hb_soak_judged *judged_of(const struct hb_soak_view *view, size_t i)
{
    return &view->judgement->allocators[i];
}

static const char *label_of(const struct hb_soak_view *view, size_t i)
{
    return view->judgement->session->allocators[i].label;
}

static size_t count_of(const struct hb_soak_view *view)
{
    return view->judgement->session->allocator_count;
}

/* ---- headline ---- */

static void parameters_line(const struct hb_soak_view *view, const struct hb_section *section)
{
    const struct hb_session *session = view->judgement->session;
    char text[768] = "";
    size_t used = 0;
    for (size_t i = 0; i < session->parameter_count && used + 2 * HB_NAME_MAX < sizeof text; i++) {
        const struct hb_parameter_value *parameter = &session->parameters[i];
        if (strcmp(parameter->name, "seed") != 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s", used ? ", " : "",
                                     parameter->name, parameter->text);
    }
    if (session->workload[0])
        hb_section_line(section, "%s%s%s", session->workload, used ? ": " : "", text);
}

static void host_line(const struct hb_soak_view *view, const struct hb_section *section)
{
    const struct hb_host_info *host = &view->judgement->session->host;
    if (host->cpu_model[0])
        hb_section_line(section, "%s, %u CPUs (worker on %s), %s, Linux %s, %s", host->cpu_model,
                        host->cpu_count, host->cpus_used[0] ? host->cpus_used : "any",
                        hb_format_bytes((double)host->memory_bytes).text, host->kernel, host->libc);
}

static void headline(const struct hb_soak_view *view, const struct hb_section *section)
{
    const struct hb_soak_judgement *judgement = view->judgement;
    const struct hb_session *session = judgement->session;
    if (!view->markdown)
        hb_style_text(section->out, view->colour, HB_STYLE_STRONG,
                      session->profile_name[0] ? session->profile_name : "soak");
    hb_buf_printf(section->out, "%s%s%ssoak of %s", view->markdown ? "" : "  ", session->started_at,
                  session->started_at[0] ? ", " : "",
                  hb_format_duration(judgement->duration_s).text);
    if (session->soak.epoch_s > 0)
        hb_buf_printf(section->out, " in %s of about %s",
                      session->soak.fresh ? "fresh processes" : "epochs",
                      hb_format_duration(session->soak.epoch_s).text);
    if (session->seed)
        hb_buf_printf(section->out, ", seed %llu", (unsigned long long)session->seed);
    hb_buf_printf(section->out, "%s\n%s", session->partial ? "  (partial)" : "",
                  view->markdown ? "\n" : "");
    parameters_line(view, section);
    host_line(view, section);
    hb_section_line(section, "drifts are over %s, with 95 %% intervals; flat: wholly within %s",
                    hb_format_duration(judgement->scale_s).text,
                    hb_format_percent(judgement->margin_percent).text);
}

/* ---- cells ---- */

static const char *signed_percent(double percent, char *text, size_t text_bytes)
{
    (void)snprintf(text, text_bytes, fabs(percent) < 1e5 ? "%+.*f" : "%+.*e",
                   fabs(percent) < 99.95 ? 2
                   : fabs(percent) < 1e5 ? 0
                                         : 1,
                   percent);
    return text;
}

static void drift_cell(struct hb_table *table, const struct hb_soak_drift *drift)
{
    char value[48], lo[48], hi[48];
    if (isnan(drift->percent))
        hb_table_add(table, HB_STYLE_DIM, "%s", "");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%s %% [%s, %s]",
                     signed_percent(drift->percent, value, sizeof value),
                     signed_percent(drift->lo, lo, sizeof lo),
                     signed_percent(drift->hi, hi, sizeof hi));
}

static void change_cell(struct hb_table *table, double percent)
{
    char value[48];
    if (isnan(percent))
        hb_table_add(table, HB_STYLE_DIM, "%s", "");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%s %%", signed_percent(percent, value, sizeof value));
}

static void text_cell(struct hb_table *table, double value, struct hb_text text)
{
    hb_table_add(table, HB_STYLE_PLAIN, "%s", isnan(value) ? "" : text.text);
}

static void cv_cell(struct hb_table *table, double percent)
{
    const enum hb_style style = percent > CV_WARN_PERCENT    ? HB_STYLE_BAD
                                : percent <= CV_GOOD_PERCENT ? HB_STYLE_GOOD
                                                             : HB_STYLE_PLAIN;
    hb_table_add(table, style, "%s", isnan(percent) ? "" : hb_format_percent(percent).text);
}

static void word_cell(struct hb_table *table, const struct hb_soak_drift *drift,
                      bool rising_is_good)
{
    const enum hb_soak_word word = drift->word;
    enum hb_style style = HB_STYLE_DIM;
    if (word == HB_SOAK_FLAT)
        style = HB_STYLE_GOOD;
    else if (word != HB_SOAK_UNCLEAR)
        style = (word == HB_SOAK_RISING) == rising_is_good ? HB_STYLE_PLAIN : HB_STYLE_BAD;
    hb_table_add(table, style, "%s", isnan(drift->percent) ? "" : hb_soak_word(word));
}

/* ---- speed ---- */

static void speed_row(const struct hb_soak_view *view, size_t i, struct hb_table *table)
{
    const struct hb_soak_judged *judged = judged_of(view, i);
    const struct hb_soak_drift *drift =
        judged->speed_to_control.n >= HB_TREND_N_MIN ? &judged->speed_to_control : &judged->speed;
    hb_table_add(table, HB_STYLE_STRONG, "%s", label_of(view, i));
    hb_table_add(table, HB_STYLE_PLAIN, "%zu", judged->throughput.n);
    text_cell(table, judged->throughput.mean, hb_format_rate(judged->throughput.mean));
    text_cell(table, judged->throughput.median, hb_format_rate(judged->throughput.median));
    cv_cell(table, judged->cv_percent);
    cv_cell(table, judged->cv_control_percent);
    drift_cell(table, &judged->speed);
    drift_cell(table, &judged->speed_to_control);
    change_cell(table, judged->speed.first_to_last_percent);
    if ((int)i == view->judgement->control)
        hb_table_add(table, HB_STYLE_DIM, "the machine: %s", hb_soak_word(judged->speed.word));
    else
        word_cell(table, drift, true);
}

static void speed(const struct hb_soak_view *view, const struct hb_section *section)
{
    static const char *const headings[] = {
        "allocator", "epochs",          "mean",          "median", "CV", "CV to control",
        "drift",     "against control", "first to last", "word"};
    static const enum hb_align aligns[] = {
        HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
        HB_ALIGN_RIGHT, HB_ALIGN_LEFT,  HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    struct hb_table table;
    hb_section_heading(section, "Speed (operations a second, after warm-up)");
    hb_table_init(&table, headings, aligns, 10);
    for (size_t i = 0; i < count_of(view); i++)
        speed_row(view, i, &table);
    hb_section_table(section, &table);
}

/* ---- the course of it ---- */

static void spark_cell(struct hb_table *table, const double *values, size_t n)
{
    struct hb_buf text = {0};
    hb_sparkline(values, n, SPARK_WIDTH, SPARK_LEAST, &text);
    table->failed |= text.failed;
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_buf_string(&text));
    hb_buf_free(&text);
}

static void course_row(const struct hb_soak_view *view, size_t i, struct hb_table *table)
{
    const struct hb_soak_judged *judged = judged_of(view, i);
    double *rss = calloc(judged->counted + 1, sizeof *rss);
    if (!rss) {
        table->failed = true;
        return;
    }
    for (size_t e = 0; e < judged->counted; e++)
        rss[e] = judged->series[e]->metric[HB_EPOCH_RSS];
    hb_table_add(table, HB_STYLE_STRONG, "%s", label_of(view, i));
    spark_cell(table, judged->ratio, judged->counted);
    spark_cell(table, rss, judged->counted);
    free(rss);
}

static void course(const struct hb_soak_view *view, const struct hb_section *section)
{
    static const char *const headings[] = {"allocator", "throughput", "resident"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT, HB_ALIGN_LEFT, HB_ALIGN_LEFT};
    struct hb_table table;
    hb_section_heading(section, "Course (lowest to highest, at least 5 % of the level)");
    hb_table_init(&table, headings, aligns, 3);
    for (size_t i = 0; i < count_of(view); i++)
        course_row(view, i, &table);
    hb_section_table(section, &table);
}

/* ---- latency ---- */

static bool has_latency(const struct hb_soak_view *view)
{
    for (size_t i = 0; i < count_of(view); i++) {
        if (!isnan(judged_of(view, i)->latency.p50))
            return true;
    }
    return false;
}

static void latency(const struct hb_soak_view *view, const struct hb_section *section)
{
    static const char *const headings[] = {"allocator", "samples", "p50", "p90",         "p99",
                                           "p99.9",     "p99.99",  "max", "p99.9 drift", "word"};
    static const enum hb_align aligns[] = {
        HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
        HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_LEFT,  HB_ALIGN_LEFT};
    struct hb_table table;
    if (!has_latency(view))
        return;
    hb_section_heading(section, "Latency of one operation (one in about 1,024 timed)");
    hb_table_init(&table, headings, aligns, 10);
    for (size_t i = 0; i < count_of(view); i++) {
        const struct hb_soak_latency *l = &judged_of(view, i)->latency;
        hb_table_add(&table, HB_STYLE_STRONG, "%s", label_of(view, i));
        text_cell(&table, l->samples, hb_format_count(l->samples));
        text_cell(&table, l->p50, hb_format_ns(l->p50));
        text_cell(&table, l->p90, hb_format_ns(l->p90));
        text_cell(&table, l->p99, hb_format_ns(l->p99));
        text_cell(&table, l->p999, hb_format_ns(l->p999));
        text_cell(&table, l->p9999, hb_format_ns(l->p9999));
        text_cell(&table, l->max, hb_format_ns(l->max));
        drift_cell(&table, &l->p999_drift);
        word_cell(&table, &l->p999_drift, false);
    }
    hb_section_table(section, &table);
}

/* ---- memory ---- */

static void memory(const struct hb_soak_view *view, const struct hb_section *section)
{
    static const char *const headings[] = {"allocator",     "first",     "last",  "peak",
                                           "live",          "heap/live", "drift", "word",
                                           "drained 0.1 s", "1 s",       "5 s"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_LEFT,  HB_ALIGN_LEFT,  HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT};
    struct hb_table table;
    hb_section_heading(section, "Resident memory");
    hb_table_init(&table, headings, aligns, 11);
    for (size_t i = 0; i < count_of(view); i++) {
        const struct hb_soak_memory *m = &judged_of(view, i)->memory;
        hb_table_add(&table, HB_STYLE_STRONG, "%s", label_of(view, i));
        text_cell(&table, m->first, hb_format_bytes(m->first));
        text_cell(&table, m->last, hb_format_bytes(m->last));
        text_cell(&table, m->peak, hb_format_bytes(m->peak));
        text_cell(&table, m->live, hb_format_bytes(m->live));
        text_cell(&table, m->fragmentation, hb_format_tiny(m->fragmentation));
        drift_cell(&table, &m->rss);
        word_cell(&table, &m->rss, false);
        text_cell(&table, m->drained_100ms, hb_format_bytes(m->drained_100ms));
        text_cell(&table, m->drained_1s, hb_format_bytes(m->drained_1s));
        text_cell(&table, m->drained_5s, hb_format_bytes(m->drained_5s));
    }
    hb_section_table(section, &table);
}

int hb_soak_report(const struct hb_soak_view *view, struct hb_buf *out, struct hb_err *err)
{
    const struct hb_section section = {out, view->colour, view->markdown};
    headline(view, &section);
    speed(view, &section);
    course(view, &section);
    latency(view, &section);
    memory(view, &section);
    hb_soak_section_calls(view, &section);
    hb_soak_section_budgets(view, &section);
    hb_soak_section_notes(view, &section);
    return hb_buf_check(out, err);
}
