/* A soak as a report: see session_report.h. */
#include "report/session_report.h"

#include "report/cells.h"
#include "report/charts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SPARK_LEAST 0.05 /* less than 5 % between lowest and highest does not fill the height */

static const char *label_of(const struct hb_soak_judgement *judgement, size_t i)
{
    return judgement->session->allocators[i].label;
}

static size_t count_of(const struct hb_soak_judgement *judgement)
{
    return judgement->session->allocator_count;
}

/* ---- headline ---- */

static void headline_session(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    const struct hb_session *session = judgement->session;
    char each[80] = "", seed[40] = "";
    if (session->soak.epoch_s > 0)
        (void)snprintf(each, sizeof each, " in %s of about %s",
                       session->soak.fresh ? "fresh processes" : "epochs",
                       hb_format_duration(session->soak.epoch_s).text);
    if (session->seed)
        (void)snprintf(seed, sizeof seed, ", seed %llu", (unsigned long long)session->seed);
    hb_doc_add(doc, HB_BLOCK_HEAD, session->profile_name[0] ? session->profile_name : "soak",
               "%s%ssoak of %s%s%s%s", session->started_at, session->started_at[0] ? ", " : "",
               hb_format_duration(judgement->duration_s).text, each, seed,
               session->partial ? "  (partial)" : "");
}

static void headline(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    struct hb_buf verdict = {0};
    hb_verdict_of_soak(judgement, &verdict);
    hb_section_lede(doc, judgement->session, hb_soak_complete(judgement), &verdict);
    headline_session(judgement, doc);
    hb_fact_measured(doc, judgement->session);
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
    char value[48], lo[48], hi[48], text[160] = "";
    if (hb_soak_is_too_short(drift->lo, drift->hi)) {
        hb_table_text(table, "too short to say");
        return;
    }
    if (!isnan(drift->percent))
        (void)snprintf(text, sizeof text, "%s [%s, %s] %%",
                       signed_percent(drift->percent, value, sizeof value),
                       signed_percent(drift->lo, lo, sizeof lo),
                       signed_percent(drift->hi, hi, sizeof hi));
    hb_table_number(table, HB_STYLE_PLAIN, text);
}

static void change_cell(struct hb_table *table, double percent)
{
    char value[48], text[56] = "";
    if (!isnan(percent))
        (void)snprintf(text, sizeof text, "%s %%", signed_percent(percent, value, sizeof value));
    hb_table_number(table, HB_STYLE_PLAIN, text);
}

/* Nothing where a value is not known. */
static void value_cell(struct hb_table *table, double value, struct hb_text (*text)(double))
{
    hb_table_number(table, HB_STYLE_PLAIN, isnan(value) ? "" : text(value).text);
}

static void value_cells(struct hb_table *table, const double *values, size_t count,
                        struct hb_text (*text)(double))
{
    for (size_t i = 0; i < count; i++)
        value_cell(table, values[i], text);
}

static void word_cell(struct hb_table *table, const struct hb_soak_drift *drift,
                      bool rising_is_good)
{
    static const char *const signs[HB_SOAK_WORDS] = {[HB_SOAK_UNCLEAR] = "?",
                                                     [HB_SOAK_FLAT] = "\xe2\x86\x92",
                                                     [HB_SOAK_FALLING] = "\xe2\x86\x98",
                                                     [HB_SOAK_RISING] = "\xe2\x86\x97"};
    const enum hb_soak_course word = drift->word;
    enum hb_style style = HB_STYLE_DIM;
    if (word == HB_SOAK_FLAT)
        style = HB_STYLE_GOOD;
    else if (word != HB_SOAK_UNCLEAR)
        style = (word == HB_SOAK_RISING) == rising_is_good ? HB_STYLE_PLAIN : HB_STYLE_BAD;
    if (isnan(drift->percent))
        hb_table_text(table, "");
    else
        hb_table_sign(table, style, signs[word], "%s", hb_soak_word(word));
}

/* ---- speed ---- */

static void speed_row(const struct hb_soak_judgement *judgement, size_t i, struct hb_table *table)
{
    const struct hb_soak_judged *judged = &judgement->allocators[i];
    const struct hb_soak_drift *drift =
        judged->speed_to_control.n >= HB_TREND_N_MIN ? &judged->speed_to_control : &judged->speed;
    hb_cell_label(table, label_of(judgement, i));
    hb_table_add(table, HB_STYLE_PLAIN, "%zu", judged->throughput.n);
    value_cell(table, judged->throughput.mean, hb_format_rate);
    value_cell(table, judged->throughput.median, hb_format_rate);
    hb_cell_cv(table, judged->cv_percent, "");
    hb_cell_cv(table, judged->cv_control_percent, "");
    drift_cell(table, &judged->speed);
    drift_cell(table, &judged->speed_to_control);
    change_cell(table, judged->speed.first_to_last_percent);
    if ((int)i == judgement->control)
        hb_table_add(table, HB_STYLE_DIM, "the machine: %s", hb_soak_word(judged->speed.word));
    else
        word_cell(table, drift, true);
}

static void speed(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_RIGHT("epochs", .late = 5),
                                               HB_RIGHT("mean", .late = 6),
                                               HB_RIGHT("median", .late = 2),
                                               HB_RIGHT("CV", .late = 3),
                                               HB_RIGHT("CV to control", .late = 8),
                                               HB_LEFT("drift", .late = 4),
                                               HB_LEFT("against control", .leads = true, .late = 1),
                                               HB_RIGHT("first to last", .late = 7),
                                               HB_LEFT("word", .leads = true)};
    hb_doc_section(doc, "speed", "Speed", "operations a second, after warm-up");
    hb_doc_guide(doc,
                 "Each point is an epoch. A dip that all lines share is the machine; the drift is "
                 "the slope over %s with its 95 %% interval%s.",
                 hb_format_duration(judgement->scale_s).text,
                 judgement->control >= 0 ? ", and against the control without the machine's" : "");
    hb_chart_soak_speed(judgement, doc);
    struct hb_table *table =
        hb_doc_table(doc, "Throughput after warm-up, and its drift", columns, 10);
    for (size_t i = 0; i < count_of(judgement); i++)
        speed_row(judgement, i, table);
}

/* ---- the course of it ---- */

static void course_row(const struct hb_soak_judgement *judgement, size_t i, struct hb_table *table)
{
    const struct hb_soak_judged *judged = &judgement->allocators[i];
    double *rss = calloc(judged->counted + 1, sizeof *rss);
    if (!rss) {
        table->failed = true;
        return;
    }
    for (size_t e = 0; e < judged->counted; e++)
        rss[e] = judged->series[e]->metric[HB_EPOCH_RSS];
    hb_cell_label(table, label_of(judgement, i));
    hb_cell_spark(table, judged->ratio, judged->counted, SPARK_LEAST);
    hb_cell_spark(table, rss, judged->counted, SPARK_LEAST);
    free(rss);
}

/* What a page has as pictures. */
static void course(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"), HB_LEFT("throughput"),
                                               HB_LEFT("resident", .late = 1)};
    doc->where = HB_DOC_TEXT;
    hb_doc_section(doc, "epochs", "Every epoch", "%s", "after warm-up");
    hb_chart_soak_epochs(judgement, doc);
    hb_doc_section(doc, "course", "Course", "lowest to highest, at least 5 %% of the level");
    struct hb_table *table = hb_doc_table(doc, "Course", columns, 3);
    for (size_t i = 0; i < count_of(judgement); i++)
        course_row(judgement, i, table);
    doc->where = HB_DOC_ALL;
}

/* ---- latency ---- */

static bool has_latency(const struct hb_soak_judgement *judgement)
{
    for (size_t i = 0; i < count_of(judgement); i++) {
        if (!isnan(judgement->allocators[i].latency.p50))
            return true;
    }
    return false;
}

static void latency(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_RIGHT("samples", .late = 7),
                                               HB_RIGHT("p50", .late = 3),
                                               HB_RIGHT("p90", .late = 6),
                                               HB_RIGHT("p99", .late = 2),
                                               HB_RIGHT("p99.9"),
                                               HB_RIGHT("p99.99", .late = 4),
                                               HB_RIGHT("max", .late = 1),
                                               HB_LEFT("p99.9 drift", .late = 5),
                                               HB_LEFT("word", .leads = true)};
    if (!has_latency(judgement))
        return;
    hb_doc_section(doc, "latency", "Latency of one operation", "one in about 1,024 timed");
    hb_doc_guide(doc,
                 "How slow the slowest operations are: at 99.9 %% one in a thousand took longer "
                 "than the curve shows. Lower is better; reading the clock (%s) is in every value.",
                 hb_format_ns(judgement->session->soak.timer_ns).text);
    hb_chart_soak_latency(judgement, doc);
    struct hb_table *table = hb_doc_table(doc, "Percentiles and their drift", columns, 10);
    for (size_t i = 0; i < count_of(judgement); i++) {
        const struct hb_soak_latency *l = &judgement->allocators[i].latency;
        const double times[] = {l->p50, l->p90, l->p99, l->p999, l->p9999, l->max};
        hb_cell_label(table, label_of(judgement, i));
        value_cell(table, l->samples, hb_format_count);
        value_cells(table, times, sizeof times / sizeof *times, hb_format_ns);
        drift_cell(table, &l->p999_drift);
        word_cell(table, &l->p999_drift, false);
    }
}

/* ---- memory ---- */

static void memory(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_RIGHT("first", .late = 5),
                                               HB_RIGHT("last"),
                                               HB_RIGHT("peak", .late = 2),
                                               HB_RIGHT("live", .late = 7),
                                               HB_RIGHT("heap/live", .late = 4),
                                               HB_LEFT("drift", .late = 1),
                                               HB_LEFT("word", .leads = true),
                                               HB_RIGHT("drained 0.1 s", .late = 9),
                                               HB_RIGHT("drained 1 s", .late = 8),
                                               HB_RIGHT("drained 5 s", .late = 3)};
    hb_doc_section(doc, "memory", "Resident memory", "%s", "");
    hb_doc_guide(doc, "A flat line holds; one that keeps rising while the workload does not is a "
                      "leak or growing fragmentation.");
    hb_chart_soak_resident(judgement, doc);
    hb_chart_soak_memory(judgement, doc);
    struct hb_table *table = hb_doc_table(doc, "Resident memory, and its drift", columns, 11);
    for (size_t i = 0; i < count_of(judgement); i++) {
        const struct hb_soak_memory *m = &judgement->allocators[i].memory;
        const double held[] = {m->first, m->last, m->peak, m->live};
        const double drained[] = {m->drained_100ms, m->drained_1s, m->drained_5s};
        hb_cell_label(table, label_of(judgement, i));
        value_cells(table, held, sizeof held / sizeof *held, hb_format_bytes);
        value_cell(table, m->fragmentation, hb_format_tiny);
        drift_cell(table, &m->rss);
        word_cell(table, &m->rss, false);
        value_cells(table, drained, sizeof drained / sizeof *drained, hb_format_bytes);
    }
}

void hb_soak_report(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    headline(judgement, doc);
    speed(judgement, doc);
    course(judgement, doc);
    latency(judgement, doc);
    memory(judgement, doc);
    hb_soak_report_calls(judgement, doc);
    hb_soak_budgets(judgement, doc);
    hb_soak_notes(judgement, doc);
}
