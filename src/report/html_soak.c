/* The sections of a soak on a page: see html_item.h. */
#include "base/unit.h"
#include "report/charts.h"
#include "report/html_item.h"
#include "report/soak_report.h"
#include "report/soak_section.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CV_WARN_PERCENT 5.0

static size_t count_of(const struct hb_soak_judgement *judgement)
{
    return judgement->session->allocator_count;
}

static const char *label_of(const struct hb_soak_judgement *judgement, size_t i)
{
    return judgement->session->allocators[i].label;
}

/* ---- cells ---- */

static void text_cell(struct hb_table *table, double value, struct hb_text text)
{
    hb_table_add(table, HB_STYLE_PLAIN, "%s", isnan(value) ? "" : text.text);
}

static void cv_cell(struct hb_table *table, double percent)
{
    const bool warned = percent > CV_WARN_PERCENT;
    if (isnan(percent))
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    else
        hb_table_add(table, warned ? HB_STYLE_BAD : HB_STYLE_PLAIN, "%s%s",
                     warned ? "\xe2\x9a\xa0 " : "", hb_format_percent(percent).text);
}

static int digits_of(double percent)
{
    return fabs(percent) < 99.95 ? 2 : 0;
}

static void drift_cell(struct hb_table *table, const struct hb_soak_drift *drift)
{
    if (isnan(drift->percent))
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%+.*f %% [%+.*f, %+.*f]", digits_of(drift->percent),
                     drift->percent, digits_of(drift->lo), drift->lo, digits_of(drift->hi),
                     drift->hi);
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
    const enum hb_soak_word word = drift->word;
    enum hb_style style = HB_STYLE_DIM;
    if (word == HB_SOAK_FLAT)
        style = HB_STYLE_GOOD;
    else if (word != HB_SOAK_UNCLEAR && (word == HB_SOAK_RISING) != rising_is_good)
        style = HB_STYLE_BAD;
    if (isnan(drift->percent))
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    else
        hb_table_add(table, style, "%s %s", signs[word], hb_soak_word(word));
}

/* ---- speed ---- */

static void speed_row(struct hb_table *table, const struct hb_soak_judgement *judgement, size_t i)
{
    const struct hb_soak_judged *judged = &judgement->allocators[i];
    const bool to_control = judged->speed_to_control.n >= HB_TREND_N_MIN;
    hb_table_add(table, HB_STYLE_STRONG, "%s%s", label_of(judgement, i),
                 (int)i == judgement->control ? " (control)" : "");
    word_cell(table, to_control ? &judged->speed_to_control : &judged->speed, true);
    drift_cell(table, &judged->speed_to_control);
    drift_cell(table, &judged->speed);
    text_cell(table, judged->throughput.median, hb_format_rate(judged->throughput.median));
    text_cell(table, judged->throughput.mean, hb_format_rate(judged->throughput.mean));
    cv_cell(table, judged->cv_percent);
    hb_table_add(table, HB_STYLE_PLAIN, "%zu", judged->throughput.n);
}

static void speed(struct hb_html *page, const struct hb_soak_judgement *judgement)
{
    static const char *const headings[] = {
        "allocator", "word", "drift to control", "drift", "median", "mean", "CV", "epochs"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_LEFT,  HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT};
    struct hb_chart chart;
    struct hb_table table;
    hb_html_section(page, "speed", "Throughput over the soak");
    hb_html_says(page,
                 "Each point is an epoch. A dip that all lines share is the machine; the drift is "
                 "the slope over %s with its 95 %% interval%s.",
                 hb_format_duration(judgement->scale_s).text,
                 judgement->control >= 0 ? ", and against the control without the machine's" : "");
    const int built = hb_chart_soak_speed(judgement, &page->palette, &chart, page->err);
    hb_html_figure(page, &chart, built);
    hb_table_init(&table, headings, aligns, 8);
    for (size_t i = 0; i < count_of(judgement); i++)
        speed_row(&table, judgement, i);
    hb_html_table(page, &table, "Throughput after warm-up, and its drift");
    hb_html_section_end(page);
}

/* ---- latency ---- */

static void latency_row(struct hb_table *table, const struct hb_soak_judgement *judgement, size_t i)
{
    const struct hb_soak_latency *l = &judgement->allocators[i].latency;
    hb_table_add(table, HB_STYLE_STRONG, "%s", label_of(judgement, i));
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

static void latency(struct hb_html *page, const struct hb_soak_judgement *judgement)
{
    static const char *const headings[] = {"allocator", "samples", "p50", "p90",         "p99",
                                           "p99.9",     "p99.99",  "max", "p99.9 drift", "word"};
    static const enum hb_align aligns[] = {
        HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
        HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    struct hb_chart chart;
    struct hb_table table;
    bool is_known = false;
    for (size_t i = 0; i < count_of(judgement); i++)
        is_known |= !isnan(judgement->allocators[i].latency.p50);
    if (!is_known)
        return;
    hb_html_section(page, "latency", "Latency of one operation");
    hb_html_says(page,
                 "How slow the slowest operations are: at 99.9 %% one in a thousand took "
                 "longer than the curve shows. Lower is better; reading the clock (%s) is in "
                 "every value.",
                 hb_format_ns(judgement->session->soak.timer_ns).text);
    const int built = hb_chart_soak_latency(judgement, &page->palette, &chart, page->err);
    hb_html_figure(page, &chart, built);
    hb_table_init(&table, headings, aligns, 10);
    for (size_t i = 0; i < count_of(judgement); i++)
        latency_row(&table, judgement, i);
    hb_html_table(page, &table, "Percentiles and their drift");
    hb_html_section_end(page);
}

/* ---- memory ---- */

static void memory_row(struct hb_table *table, const struct hb_soak_judgement *judgement, size_t i)
{
    const struct hb_soak_memory *m = &judgement->allocators[i].memory;
    hb_table_add(table, HB_STYLE_STRONG, "%s", label_of(judgement, i));
    word_cell(table, &m->rss, false);
    drift_cell(table, &m->rss);
    text_cell(table, m->first, hb_format_bytes(m->first));
    text_cell(table, m->last, hb_format_bytes(m->last));
    text_cell(table, m->peak, hb_format_bytes(m->peak));
    text_cell(table, m->live, hb_format_bytes(m->live));
    text_cell(table, m->fragmentation, hb_format_tiny(m->fragmentation));
    text_cell(table, m->drained_100ms, hb_format_bytes(m->drained_100ms));
    text_cell(table, m->drained_1s, hb_format_bytes(m->drained_1s));
    text_cell(table, m->drained_5s, hb_format_bytes(m->drained_5s));
}

static void memory(struct hb_html *page, const struct hb_soak_judgement *judgement)
{
    static const char *const headings[] = {"allocator",     "word", "drift", "first",
                                           "last",          "peak", "live",  "heap/live",
                                           "drained 0.1 s", "1 s",  "5 s"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_LEFT,  HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT};
    struct hb_chart chart;
    struct hb_table table;
    hb_html_section(page, "memory", "Resident memory over the soak");
    hb_html_says(page, "A flat line holds; one that keeps rising while the workload does not is a "
                       "leak or growing fragmentation.");
    const int over = hb_chart_soak_resident(judgement, &page->palette, &chart, page->err);
    hb_html_figure(page, &chart, over);
    const int bars = hb_chart_soak_memory(judgement, &page->palette, &chart, page->err);
    hb_html_figure(page, &chart, bars);
    hb_table_init(&table, headings, aligns, 11);
    for (size_t i = 0; i < count_of(judgement); i++)
        memory_row(&table, judgement, i);
    hb_html_table(page, &table, "Resident memory, and its drift");
    hb_html_section_end(page);
}

/* ---- system calls ---- */

static uint64_t sum_of(const uint64_t *values)
{
    uint64_t sum = 0;
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        sum += values[c];
    return sum;
}

static void calls_row(struct hb_table *table, const char *label, const struct hb_soak_calls *row)
{
    const double calls = (double)sum_of(row->calls.count);
    hb_table_add(table, HB_STYLE_STRONG, "%s", label);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", row->phase);
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        hb_table_add(table, row->calls.count[c] ? HB_STYLE_PLAIN : HB_STYLE_DIM, "%s",
                     hb_format_count((double)row->calls.count[c]).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%s",
                 row->bytes_known ? hb_format_bytes((double)sum_of(row->calls.bytes)).text : "");
    hb_table_add(table, HB_STYLE_PLAIN, "%s",
                 row->operations > 0 ? hb_format_tiny(calls / row->operations).text : "");
    if (!row->own_known)
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    else
        hb_table_add(table, row->agree ? HB_STYLE_GOOD : HB_STYLE_BAD, "%s",
                     row->agree ? "\xe2\x9c\x93 agrees" : "\xe2\x9c\x97 differs");
}

static void system_calls(struct hb_html *page, const struct hb_soak_judgement *judgement)
{
#define NAME(name) #name,
    static const char *const headings[] = {"allocator", "phase", HB_SYSCALLS(NAME) "bytes",
                                           "per operation", "own count"};
#undef NAME
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_LEFT,  HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    struct hb_table table;
    hb_html_section(page, "calls", "Memory system calls");
    hb_html_says(page, "Counted at the kernel's boundary, by phase and call. After the warm-up a "
                       "good allocator hardly ever asks.");
    hb_table_init(&table, headings, aligns, 5 + HB_SYSCALL_COUNT);
    for (size_t i = 0; i < count_of(judgement); i++) {
        const struct hb_soak_judged *judged = &judgement->allocators[i];
        for (size_t r = 0; r < judged->calls_count; r++)
            calls_row(&table, label_of(judgement, i), &judged->calls[r]);
    }
    if (table.cell_count)
        hb_html_table(page, &table, "Memory system calls by phase");
    else
        hb_html_says(page, "They were not counted in this soak.");
    hb_table_free(&table);
    hb_html_section_end(page);
}

/* ---- budgets ---- */

/* By the unit at the key's end. */
static struct hb_text value_text(const char *key, double value)
{
    if (strstr(key, "percent"))
        return hb_format_percent(value);
    if (strstr(key, "bytes"))
        return hb_format_bytes(value);
    return hb_format_tiny(value);
}

static void limit_cell(struct hb_table *table, const struct hb_soak_budget *budget)
{
    const bool has_min = !isnan(budget->min), has_max = !isnan(budget->max);
    hb_table_add(table, HB_STYLE_PLAIN, "%s%s%s%s%s", has_min ? "\xe2\x89\xa5 " : "",
                 has_min ? value_text(budget->key, budget->min).text : "",
                 has_min && has_max ? ", " : "", has_max ? "\xe2\x89\xa4 " : "",
                 has_max ? value_text(budget->key, budget->max).text : "");
}

static void budget_row(struct hb_table *table, const struct hb_soak_budget *budget)
{
    static const char *const words[] = {"\xe2\x9c\x93 pass", "\xe2\x9c\x97 FAIL", "? not known"};
    static const enum hb_style styles[] = {HB_STYLE_GOOD, HB_STYLE_BAD, HB_STYLE_DIM};
    hb_table_add(table, HB_STYLE_STRONG, "%s", budget->label);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", budget->key);
    hb_table_add(table, styles[budget->outcome], "%s", words[budget->outcome]);
    if (isnan(budget->lo) || isnan(budget->hi))
        hb_table_add(table, HB_STYLE_PLAIN, "%s", value_text(budget->key, budget->value).text);
    else
        hb_table_add(
            table, HB_STYLE_PLAIN, "%s [%s, %s]", value_text(budget->key, budget->value).text,
            value_text(budget->key, budget->lo).text, value_text(budget->key, budget->hi).text);
    limit_cell(table, budget);
}

/* Why those that did not pass did not. */
static void reasons(struct hb_html *page, const struct hb_soak_judgement *judgement)
{
    bool is_open = false;
    for (size_t i = 0; i < judgement->budget_count; i++) {
        const struct hb_soak_budget *budget = &judgement->budgets[i];
        if (budget->outcome == HB_BUDGET_PASS)
            continue;
        hb_buf_text(page->out, is_open ? "" : "<ul class=\"notes\">\n");
        is_open = true;
        hb_html_element(page->out, "li", NULL, "%s, %s: %s", budget->label, budget->key,
                        budget->why);
        hb_buf_char(page->out, '\n');
    }
    if (is_open)
        hb_buf_text(page->out, "</ul>\n");
}

static void budgets(struct hb_html *page, const struct hb_soak_judgement *judgement)
{
    static const char *const headings[] = {"allocator", "budget", "verdict", "value", "limit"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT, HB_ALIGN_LEFT, HB_ALIGN_LEFT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT};
    struct hb_table table;
    hb_html_section(page, "budgets", "Budgets");
    if (judgement->budget_count == 0) {
        hb_html_says(page, "The profile sets no limits.");
        hb_html_section_end(page);
        return;
    }
    hb_html_says(page, "What the profile demands of each allocator, and whether it holds. What is "
                       "not known has not passed.");
    hb_table_init(&table, headings, aligns, 5);
    for (size_t i = 0; i < judgement->budget_count; i++)
        budget_row(&table, &judgement->budgets[i]);
    hb_html_table(page, &table, "Budgets: verdict, value, limit");
    reasons(page, judgement);
    hb_html_section_end(page);
}

/* ---- notes ---- */

static void notes(struct hb_html *page, const struct hb_soak_judgement *judgement)
{
    const struct hb_soak_view view = {.judgement = judgement, .markdown = true};
    struct hb_buf text = {0};
    const struct hb_section section = {&text, false, true};
    hb_soak_section_notes(&view, &section);
    page->out->failed |= text.failed;
    if (text.size) {
        hb_html_section(page, "notes", "Notes");
        hb_html_says(page, "What to be careful about.");
        hb_html_list_of_markdown(page, hb_buf_string(&text));
        hb_html_section_end(page);
    }
    hb_buf_free(&text);
}

void hb_html_soak(struct hb_html *page, const struct hb_soak_judgement *judgement)
{
    speed(page, judgement);
    memory(page, judgement);
    latency(page, judgement);
    system_calls(page, judgement);
    budgets(page, judgement);
    notes(page, judgement);
}
