/* A soak as a report: see soak_report.h. */
#include "report/soak_report.h"

#include "report/cells.h"
#include "report/charts.h"
#include "report/sparkline.h"
#include "report/verdict_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SPARK_WIDTH 28
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
    hb_doc_add(doc, HB_BLOCK_LEDE, NULL, "%s", hb_buf_string(&verdict));
    doc->failed |= verdict.failed;
    hb_buf_free(&verdict);
    hb_caution_cut_off(doc, judgement->session, hb_soak_complete(judgement));
    headline_session(judgement, doc);
    hb_facts_measured(doc, judgement->session);
    hb_doc_fact(doc, "Drift", "drifts are over %s, with 95 %% intervals; flat: wholly within %s",
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
        hb_table_text(table, "");
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
        hb_table_text(table, "");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%s %%", signed_percent(percent, value, sizeof value));
}

static void text_cell(struct hb_table *table, double value, struct hb_text text)
{
    hb_table_text(table, isnan(value) ? "" : text.text);
}

static void word_cell(struct hb_table *table, const struct hb_soak_drift *drift,
                      bool rising_is_good)
{
    static const char *const signs[HB_SOAK_WORDS] = {
        [HB_SOAK_UNCLEAR] = "?",
        [HB_SOAK_FLAT] = "\xe2\x86\x92",
        [HB_SOAK_FALLING] = "\xe2\x86\x98",
        [HB_SOAK_RISING] = "\xe2\x86\x97",
    };
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
    text_cell(table, judged->throughput.mean, hb_format_rate(judged->throughput.mean));
    text_cell(table, judged->throughput.median, hb_format_rate(judged->throughput.median));
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
                                               HB_RIGHT("epochs"),
                                               HB_RIGHT("mean"),
                                               HB_RIGHT("median"),
                                               HB_RIGHT("CV"),
                                               HB_RIGHT("CV to control"),
                                               HB_LEFT("drift"),
                                               HB_LEFT("against control", .leads = true),
                                               HB_RIGHT("first to last"),
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

static void spark_cell(struct hb_table *table, const double *values, size_t n)
{
    struct hb_buf text = {0};
    hb_sparkline(values, n, SPARK_WIDTH, SPARK_LEAST, &text);
    table->failed |= text.failed;
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_buf_string(&text));
    hb_buf_free(&text);
}

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
    spark_cell(table, judged->ratio, judged->counted);
    spark_cell(table, rss, judged->counted);
    free(rss);
}

/* What a page has as pictures. */
static void course(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"), HB_LEFT("throughput"),
                                               HB_LEFT("resident")};
    doc->where = HB_DOC_TEXT;
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
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"),   HB_RIGHT("samples"),
        HB_RIGHT("p50"),        HB_RIGHT("p90"),
        HB_RIGHT("p99"),        HB_RIGHT("p99.9"),
        HB_RIGHT("p99.99"),     HB_RIGHT("max"),
        HB_LEFT("p99.9 drift"), HB_LEFT("word", .leads = true)};
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
        hb_cell_label(table, label_of(judgement, i));
        text_cell(table, l->samples, hb_format_count(l->samples));
        text_cell(table, l->p50, hb_format_ns(l->p50));
        text_cell(table, l->p90, hb_format_ns(l->p90));
        text_cell(table, l->p99, hb_format_ns(l->p99));
        text_cell(table, l->p999, hb_format_ns(l->p999));
        text_cell(table, l->p9999, hb_format_ns(l->p9999));
        text_cell(table, l->max, hb_format_ns(l->max));
        drift_cell(table, &l->p999_drift);
        word_cell(table, &l->p999_drift, false);
    }
}

/* ---- memory ---- */

static void memory(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_RIGHT("first"),
                                               HB_RIGHT("last"),
                                               HB_RIGHT("peak"),
                                               HB_RIGHT("live"),
                                               HB_RIGHT("heap/live"),
                                               HB_LEFT("drift"),
                                               HB_LEFT("word", .leads = true),
                                               HB_RIGHT("drained 0.1 s"),
                                               HB_RIGHT("1 s"),
                                               HB_RIGHT("5 s")};
    hb_doc_section(doc, "memory", "Resident memory", "%s", "");
    hb_doc_guide(doc, "A flat line holds; one that keeps rising while the workload does not is a "
                      "leak or growing fragmentation.");
    hb_chart_soak_resident(judgement, doc);
    hb_chart_soak_memory(judgement, doc);
    struct hb_table *table = hb_doc_table(doc, "Resident memory, and its drift", columns, 11);
    for (size_t i = 0; i < count_of(judgement); i++) {
        const struct hb_soak_memory *m = &judgement->allocators[i].memory;
        hb_cell_label(table, label_of(judgement, i));
        text_cell(table, m->first, hb_format_bytes(m->first));
        text_cell(table, m->last, hb_format_bytes(m->last));
        text_cell(table, m->peak, hb_format_bytes(m->peak));
        text_cell(table, m->live, hb_format_bytes(m->live));
        text_cell(table, m->fragmentation, hb_format_tiny(m->fragmentation));
        drift_cell(table, &m->rss);
        word_cell(table, &m->rss, false);
        text_cell(table, m->drained_100ms, hb_format_bytes(m->drained_100ms));
        text_cell(table, m->drained_1s, hb_format_bytes(m->drained_1s));
        text_cell(table, m->drained_5s, hb_format_bytes(m->drained_5s));
    }
}

void hb_soak_report(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    headline(judgement, doc);
    speed(judgement, doc);
    course(judgement, doc);
    latency(judgement, doc);
    memory(judgement, doc);
    hb_soak_calls(judgement, doc);
    hb_soak_budgets(judgement, doc);
    hb_soak_notes(judgement, doc);
}
