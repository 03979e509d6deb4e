/* A session for people to read: see rebase_report.h. */
#include "report/rebase_report.h"

#include "report/machine_notes.h"

#include "base/quote.h"
#include "base/unit.h"
#include "report/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CV_GOOD     0.02 /* house: up to 2 % good, over 5 % warned, 10 % unstable */
#define CV_WARN     0.05
#define CV_UNSTABLE 0.10

static const struct hb_allocator_entry *entry_of(const struct hb_report_view *view, size_t i)
{
    return &view->judgement->session->allocators[i];
}

static const struct hb_judged *judged(const struct hb_report_view *view, size_t i)
{
    return &view->judgement->allocators[i];
}

static void heading(const struct hb_report_view *view, struct hb_buf *out, const char *text)
{
    if (view->markdown) {
        hb_buf_printf(out, "\n### %s\n\n", text);
        return;
    }
    hb_buf_char(out, '\n');
    hb_style_text(out, view->colour, HB_STYLE_STRONG, text);
    hb_buf_char(out, '\n');
}

/* A paragraph's line: a bullet in Markdown. */
static void line(const struct hb_report_view *view, struct hb_buf *out, const char *text)
{
    const size_t start = out->size;
    hb_buf_printf(out, "%s%s", view->markdown ? "- " : "  ", text);
    hb_hide_controls_from(out, start);
    hb_buf_char(out, '\n');
}

static void write_table(const struct hb_report_view *view, struct hb_table *table,
                        struct hb_buf *out)
{
    const int status = view->markdown ? hb_table_write_markdown(table, out)
                                      : hb_table_write(table, view->colour, out);
    if (status != 0)
        out->failed = true;
    hb_table_free(table);
}

/* A section of lines; none when there is nothing to say. Frees the lines. */
static void write_section(const struct hb_report_view *view, const char *title,
                          struct hb_buf *lines, struct hb_buf *out)
{
    if (lines->size) {
        heading(view, out, title);
        hb_buf_add(out, lines->bytes, lines->size);
    }
    out->failed |= lines->failed;
    hb_buf_free(lines);
}

/* ---- headline ---- */

static void parameters_text(const struct hb_session *session, char *text, size_t text_bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < session->parameter_count && used + 2 * HB_NAME_MAX < text_bytes; i++) {
        const struct hb_parameter_value *parameter = &session->parameters[i];
        if (strcmp(parameter->name, "seed") != 0)
            used += (size_t)snprintf(text + used, text_bytes - used, "%s%s %s", used ? ", " : "",
                                     parameter->name, parameter->text);
    }
}

/* When, how many runs, and by what seed; of an import who measured it. */
static void headline_session(const struct hb_report_view *view, struct hb_buf *out)
{
    const struct hb_session *session = view->judgement->session;
    const char *partial = session->partial ? " (partial)" : "";
    if (!view->markdown) {
        hb_style_text(out, view->colour, HB_STYLE_STRONG, session->profile_name);
        hb_buf_text(out, session->profile_name[0] ? "  " : "");
    }
    if (session->started_at[0])
        hb_buf_printf(out, "%s, ", session->started_at);
    if (session->imported_from[0])
        hb_buf_printf(out, "%u runs, from a %s%s\n", session->blocks, session->imported_from,
                      partial);
    else
        hb_buf_printf(out, "%u runs in shuffled blocks, seed %llu%s\n", session->blocks,
                      (unsigned long long)session->seed, partial);
    if (view->markdown)
        hb_buf_char(out, '\n');
}

void hb_report_headline(const struct hb_report_view *view, struct hb_buf *out)
{
    const struct hb_session *session = view->judgement->session;
    const struct hb_host_info *host = &session->host;
    char text[768], all[1024];
    parameters_text(session, text, sizeof text);
    headline_session(view, out);
    (void)snprintf(all, sizeof all, "%s%s%s", session->workload, text[0] ? ": " : "", text);
    line(view, out, all);
    (void)snprintf(all, sizeof all, "%s, %u CPUs (worker on %s), %s, Linux %s, %s", host->cpu_model,
                   host->cpu_count, host->cpus_used[0] ? host->cpus_used : "any",
                   hb_format_bytes((double)host->memory_bytes).text, host->kernel, host->libc);
    if (host->cpu_count) /* an import or a CSV does not know its host */
        line(view, out, all);
    if (isnan(view->judgement->aa_noise))
        (void)snprintf(text, sizeof text,
                       "A/A noise floor not measured: no verdict below a margin of %s",
                       hb_format_percent(100 * view->judgement->margin).text);
    else
        (void)snprintf(text, sizeof text, "A/A noise floor %s, so a difference counts from %s on",
                       hb_format_percent(100 * view->judgement->aa_noise).text,
                       hb_format_percent(100 * view->judgement->margin).text);
    line(view, out, text);
    if (hb_judgement_doubt(view->judgement, text, sizeof text))
        line(view, out, text);
}

/* ---- speed ---- */

static enum hb_style cv_style(double cv)
{
    if (isnan(cv))
        return HB_STYLE_DIM;
    return cv > CV_WARN ? HB_STYLE_BAD : cv <= CV_GOOD ? HB_STYLE_GOOD : HB_STYLE_PLAIN;
}

static void add_ratio(const struct hb_report_view *view, const struct hb_judged *allocator,
                      struct hb_table *table)
{
    const struct hb_ratio *ratio = &allocator->to_reference;
    const enum hb_role role = entry_of(view, allocator->entry)->role;
    if (view->judgement->reference < 0) { /* nothing to be a ratio to */
        hb_table_add(table, HB_STYLE_DIM, "-");
        hb_table_add(table, HB_STYLE_DIM, "%s", "");
        return;
    }
    if (role == HB_ROLE_REFERENCE) {
        hb_table_add(table, HB_STYLE_DIM, "1");
        hb_table_add(table, HB_STYLE_DIM, "reference");
        return;
    }
    if (isnan(ratio->estimate))
        hb_table_add(table, HB_STYLE_DIM, "-");
    else if (isnan(ratio->lo))
        hb_table_add(table, HB_STYLE_PLAIN, "%.3f [-]", ratio->estimate);
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%.3f [%.3f, %.3f]", ratio->estimate, ratio->lo,
                     ratio->hi);
    if (role == HB_ROLE_FLOOR) {
        hb_table_add(table, HB_STYLE_DIM, "the loop itself");
        return;
    }
    const enum hb_verdict_kind kind = ratio->verdict.kind;
    const enum hb_style style = kind == HB_VERDICT_FASTER   ? HB_STYLE_GOOD
                                : kind == HB_VERDICT_SLOWER ? HB_STYLE_BAD
                                : kind == HB_VERDICT_SAME   ? HB_STYLE_PLAIN
                                                            : HB_STYLE_DIM;
    if (kind == HB_VERDICT_INCONCLUSIVE && ratio->verdict.runs_needed)
        hb_table_add(table, style, "%s (%zu runs?)", hb_verdict_word(kind),
                     ratio->verdict.runs_needed);
    else
        hb_table_add(table, style, "%s", hb_verdict_word(kind));
}

static void add_failed_speed(const struct hb_report_view *view, size_t i, struct hb_table *table)
{
    const struct hb_job *failure = judged(view, i)->failure;
    hb_table_add(table, HB_STYLE_BAD, "%s", entry_of(view, i)->label);
    hb_table_add(table, HB_STYLE_BAD, "%s",
                 failure ? hb_job_status_names[failure->status] : "not run");
    for (size_t column = 2; column < 10; column++)
        hb_table_add(table, HB_STYLE_DIM, "-");
}

static void add_speed(const struct hb_report_view *view, size_t i, struct hb_table *table)
{
    const struct hb_judged *allocator = judged(view, i);
    const struct hb_summary *throughput = &allocator->throughput;
    const bool is_floor = (int)i == view->judgement->floor;
    if (allocator->runs_ok == 0) {
        add_failed_speed(view, i, table);
        return;
    }
    hb_table_add(table, HB_STYLE_STRONG, "%s", entry_of(view, i)->label);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_rate(throughput->mean).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_rate(throughput->median).text);
    hb_table_add(table, HB_STYLE_DIM, "%s", hb_format_rate(throughput->min).text);
    hb_table_add(table, HB_STYLE_DIM, "%s", hb_format_rate(throughput->max).text);
    hb_table_add(table, cv_style(throughput->cv), "%s",
                 hb_format_percent(100 * throughput->cv).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%.2f", allocator->ns_per_op.median);
    if (is_floor || isnan(allocator->above_floor_ns))
        hb_table_add(table, HB_STYLE_DIM, "-");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%+.2f", allocator->above_floor_ns);
    add_ratio(view, allocator, table);
}

/* Fastest first, then what could not be measured. */
static size_t display_order(const struct hb_judgement *judgement, size_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < judgement->ranked_count; i++)
        order[count++] = judgement->ranking[i];
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        if (judgement->allocators[i].runs_ok == 0)
            order[count++] = i;
    }
    return count;
}

#define ORDER_MAX 512

/* Why runs that went well have no speed (a paced workload's); NULL when they have, or none did. */
static const char *no_speed_reason(const struct hb_judgement *judgement)
{
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        if (judgement->allocators[judgement->ranking[i]].throughput.n > 0)
            return NULL;
    }
    for (size_t i = 0; i < judgement->session->job_count; i++) {
        const struct hb_job *job = &judgement->session->jobs[i];
        if (job->kind == HB_JOB_TIMED && job->status == HB_STATUS_OK)
            return job->null_reason[HB_GROUP_TIME];
    }
    return NULL;
}

void hb_report_speed(const struct hb_report_view *view, struct hb_buf *out)
{
    static const char *const headings[] = {"allocator", "mean",  "median",      "min",   "max",
                                           "CV",        "ns/op", "above floor", "ratio", "verdict"};
    static const enum hb_align aligns[] = {
        HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
        HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_LEFT,  HB_ALIGN_LEFT};
    const struct hb_judgement *judgement = view->judgement;
    char title[128];
    if (no_speed_reason(judgement)) {
        heading(view, out, "Speed");
        line(view, out, no_speed_reason(judgement));
        return;
    }
    (void)snprintf(title, sizeof title,
                   "Speed (operations a second; ratio to %s with 95 %% interval)",
                   judgement->reference >= 0 ? entry_of(view, (size_t)judgement->reference)->label
                                             : "no reference");
    heading(view, out, title);
    struct hb_table table;
    size_t order[ORDER_MAX];
    hb_table_init(&table, headings, aligns, 10);
    const size_t count =
        judgement->session->allocator_count <= ORDER_MAX ? display_order(judgement, order) : 0;
    for (size_t i = 0; i < count; i++)
        add_speed(view, order[i], &table);
    write_table(view, &table, out);
}

/* ---- memory ---- */

static void add_metric(struct hb_table *table, const struct hb_judged *allocator,
                       enum hb_metric_id metric)
{
    const struct hb_summary *summary = &allocator->metric[metric];
    if (summary->n == 0) {
        hb_table_add(table, HB_STYLE_DIM, "null");
        return;
    }
    hb_table_add(table, HB_STYLE_PLAIN, "%s",
                 hb_metric_text(hb_metrics[metric].format, summary->median).text);
}

static void add_agreement(const struct hb_judged *allocator, struct hb_table *table)
{
    if (!allocator->counted || !allocator->counted->own_counters_known)
        hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    else if (allocator->counters_agree)
        hb_table_add(table, HB_STYLE_GOOD, "agrees");
    else
        hb_table_add(table, HB_STYLE_BAD, "differs");
}

static const enum hb_metric_id memory_metrics[] = {
    HB_METRIC_RSS_START,        HB_METRIC_RSS_PEAK,        HB_METRIC_RSS_END,
    HB_METRIC_RSS_DRAINED,      HB_METRIC_FAULTS_MINOR,    HB_METRIC_FAULTS_MEASURED,
    HB_METRIC_SYSCALLS_STARTUP, HB_METRIC_SYSCALLS_WARMUP, HB_METRIC_SYSCALLS_MEASURED,
    HB_METRIC_SYSCALLS_PER_OP,
};
#define MEMORY_METRICS (sizeof memory_metrics / sizeof memory_metrics[0])

void hb_report_memory(const struct hb_report_view *view, struct hb_buf *out)
{
    static const char *const headings[] = {"allocator", "start",    "peak",     "end",
                                           "drained",   "faults",   "measured", "calls: start-up",
                                           "warm-up",   "measured", "per op",   "own count"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    const struct hb_judgement *judgement = view->judgement;
    struct hb_table table;
    size_t order[ORDER_MAX];
    hb_table_init(&table, headings, aligns, MEMORY_METRICS + 2);
    const size_t count =
        judgement->session->allocator_count <= ORDER_MAX ? display_order(judgement, order) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct hb_judged *allocator = judged(view, order[i]);
        if (allocator->runs_ok == 0 || (int)order[i] == judgement->twin)
            continue;
        hb_table_add(&table, HB_STYLE_STRONG, "%s", entry_of(view, order[i])->label);
        for (size_t m = 0; m < MEMORY_METRICS; m++)
            add_metric(&table, allocator, memory_metrics[m]);
        add_agreement(allocator, &table);
    }
    if (table.cell_count == 0) {
        hb_table_free(&table);
        return;
    }
    heading(view, out, "Memory (resident set, page faults, memory system calls)");
    write_table(view, &table, out);
}

/* ---- ranking and milestones ---- */

static bool competes(const struct hb_report_view *view, size_t i)
{
    const enum hb_role role = entry_of(view, i)->role;
    return role == HB_ROLE_SUBJECT || role == HB_ROLE_REFERENCE;
}

void hb_report_ranking(const struct hb_report_view *view, struct hb_buf *out)
{
    const struct hb_judgement *judgement = view->judgement;
    double best = 0, before = 0;
    unsigned place = 0;
    struct hb_buf lines = {0};
    if (no_speed_reason(judgement))
        return;
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        const double median = judged(view, index)->throughput.median;
        char text[256];
        if (!competes(view, index))
            continue;
        if (place == 0)
            (void)snprintf(text, sizeof text, "%u. %-16s %10s", ++place,
                           entry_of(view, index)->label, hb_format_rate(median).text);
        else
            (void)snprintf(text, sizeof text, "%u. %-16s %10s  %7s  %s of the best", ++place,
                           entry_of(view, index)->label, hb_format_rate(median).text,
                           hb_format_percent(100 * (median / before - 1)).text,
                           hb_format_percent(100 * median / best).text);
        line(view, &lines, text);
        best = best > 0 ? best : median;
        before = median;
    }
    write_section(view, "Ranking (by median; gap to the one before, share of the best)", &lines,
                  out);
}

static void milestone_line(const struct hb_report_view *view, size_t i, const double *percent,
                           size_t count, struct hb_buf *out)
{
    const double ratio = hb_ratio_percent(view->judgement, judged(view, i));
    char text[400];
    int used = snprintf(text, sizeof text, "%-16s %8s  ", entry_of(view, i)->label,
                        hb_format_percent(ratio).text);
    for (size_t m = 0; m < count && used > 0 && (size_t)used + 24 < sizeof text; m++)
        used += snprintf(text + used, sizeof text - (size_t)used, " %s%.4g",
                         ratio >= percent[m] ? "[x] " : "[ ] ", percent[m]);
    line(view, out, text);
}

void hb_report_milestones(const struct hb_report_view *view, struct hb_buf *out)
{
    const struct hb_judgement *judgement = view->judgement;
    const struct hb_profile *profile = hb_session_profile(judgement->session);
    if (judgement->reference < 0 || profile->milestone_count == 0 || no_speed_reason(judgement))
        return;
    struct hb_buf lines = {0};
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        if (entry_of(view, index)->role == HB_ROLE_SUBJECT)
            milestone_line(view, index, profile->milestones_percent, profile->milestone_count,
                           &lines);
    }
    write_section(view, "Milestones (percent of the reference)", &lines, out);
}

/* ---- budgets and drift ---- */

static void limit_text(const struct hb_budget_result *result, char *text, size_t text_bytes)
{
    char low[48] = "", high[48] = "";
    if (!isnan(result->min))
        (void)snprintf(low, sizeof low, ">= %s", hb_format_tiny(result->min).text);
    if (!isnan(result->max))
        (void)snprintf(high, sizeof high, "%s<= %s", low[0] ? ", " : "",
                       hb_format_tiny(result->max).text);
    (void)snprintf(text, text_bytes, "%s%s", low, high);
}

void hb_report_budgets(const struct hb_report_view *view, struct hb_buf *out)
{
    static const char *const headings[] = {"allocator", "budget", "limit", "value", "outcome"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT, HB_ALIGN_LEFT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    static const char *const words[] = {"pass", "FAIL", "not known"};
    static const enum hb_style styles[] = {HB_STYLE_GOOD, HB_STYLE_BAD, HB_STYLE_DIM};
    struct hb_table table;
    if (view->budget_count == 0)
        return;
    heading(view, out, "Budgets");
    hb_table_init(&table, headings, aligns, 5);
    for (size_t i = 0; i < view->budget_count; i++) {
        const struct hb_budget_result *result = &view->budgets[i];
        char limit[96];
        limit_text(result, limit, sizeof limit);
        hb_table_add(&table, HB_STYLE_PLAIN, "%s", result->label);
        hb_table_add(&table, HB_STYLE_PLAIN, "%s", result->key);
        hb_table_add(&table, HB_STYLE_PLAIN, "%s", limit);
        hb_table_add(&table, HB_STYLE_PLAIN, "%s", hb_format_tiny(result->value).text);
        hb_table_add(&table, styles[result->outcome], "%s", words[result->outcome]);
    }
    write_table(view, &table, out);
}

void hb_report_drift(const struct hb_report_view *view, struct hb_buf *out)
{
    static const char *const headings[] = {
        "allocator", "then", "now", "change", "without the machine's", "word"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_LEFT, HB_ALIGN_LEFT,  HB_ALIGN_LEFT};
    const struct hb_drift_judgement *drift = view->drift;
    struct hb_table table;
    char text[256];
    heading(view, out, "Environment drift (against the last baseline)");
    if (!drift) {
        line(view, out, view->drift_reason ? view->drift_reason : "no baseline yet");
        return;
    }
    if (drift->count == 0) {
        line(view, out, "no allocator has speeds in both: nothing to compare");
        return;
    }
    (void)snprintf(text, sizeof text, "baseline of %s; the machine as a whole: %+.2f %%, %s",
                   drift->baseline_started_at, 100 * (drift->common_ratio - 1),
                   drift->machine_word);
    line(view, out, text);
    if (view->markdown)
        hb_buf_char(out, '\n');
    hb_table_init(&table, headings, aligns, 6);
    for (size_t i = 0; i < drift->count; i++) {
        const struct hb_drift_row *row = &drift->rows[i];
        hb_table_add(&table, HB_STYLE_PLAIN, "%s", row->label);
        hb_table_add(&table, HB_STYLE_PLAIN, "%s", hb_format_rate(row->median_then).text);
        hb_table_add(&table, HB_STYLE_PLAIN, "%s", hb_format_rate(row->median_now).text);
        hb_table_add(&table, HB_STYLE_PLAIN, "%.3f [%.3f, %.3f]", row->ratio, row->lo, row->hi);
        hb_table_add(&table, HB_STYLE_PLAIN, "%.3f", row->residual_ratio);
        hb_table_add(&table, row->is_own_change ? HB_STYLE_BAD : HB_STYLE_PLAIN, "%s", row->word);
    }
    write_table(view, &table, out);
}

/* ---- notes ---- */

static void note_failures(const struct hb_report_view *view, struct hb_buf *notes)
{
    for (size_t i = 0; i < view->judgement->session->allocator_count; i++) {
        const struct hb_judged *allocator = judged(view, i);
        char text[800];
        if (!allocator->failure)
            continue;
        (void)snprintf(text, sizeof text, "%s: %s, %u of %u runs ok: %s", entry_of(view, i)->label,
                       hb_job_status_names[allocator->failure->status], allocator->runs_ok,
                       view->judgement->session->blocks, allocator->failure->reason);
        line(view, notes, text);
    }
}

static void note_stability(const struct hb_report_view *view, size_t i, struct hb_buf *notes)
{
    const struct hb_judged *allocator = judged(view, i);
    const char *label = entry_of(view, i)->label;
    char text[256];
    if (allocator->throughput.cv > CV_WARN) {
        (void)snprintf(text, sizeof text, "%s: CV %s, %s", label,
                       hb_format_percent(100 * allocator->throughput.cv).text,
                       allocator->throughput.cv > CV_UNSTABLE ? "unstable: do not trust it"
                                                              : "high: look at the runs");
        line(view, notes, text);
    }
    if (allocator->outliers) {
        (void)snprintf(text, sizeof text, "%s: %u of %u runs lie far out (modified z > 3.5); kept",
                       label, allocator->outliers, allocator->runs_ok);
        line(view, notes, text);
    }
    const uint32_t not_flat = allocator->runs_ok - allocator->steady[HB_STEADY_FLAT];
    if (not_flat) {
        (void)snprintf(text, sizeof text,
                       "%s: over its slices %u of %u runs were flat, %u warmed up, %u slowed down, "
                       "%u had no steady state",
                       label, allocator->steady[HB_STEADY_FLAT], allocator->runs_ok,
                       allocator->steady[HB_STEADY_WARMUP], allocator->steady[HB_STEADY_SLOWDOWN],
                       allocator->steady[HB_STEADY_NONE]);
        line(view, notes, text);
    }
}

/* A reason that all allocators share is told once. */
static void note_nulls(const struct hb_report_view *view, struct hb_buf *notes)
{
    const struct hb_session *session = view->judgement->session;
    for (int group = 0; group < HB_GROUP_COUNT; group++) {
        for (size_t i = 0; i < session->job_count; i++) {
            const struct hb_job *job = &session->jobs[i];
            /* Times of a counting pass, counts of a timed run: not known by design. */
            const bool own_pass = (job->kind == HB_JOB_TIMED) == (group == HB_GROUP_SYSCALLS);
            char text[256];
            if (job->status != HB_STATUS_OK || own_pass || !job->null_reason[group][0])
                continue;
            if (group == HB_GROUP_TIME && no_speed_reason(view->judgement))
                break; /* told in its place */
            (void)snprintf(text, sizeof text, "no %s figures: %s", hb_metric_group_names[group],
                           job->null_reason[group]);
            line(view, notes, text);
            break;
        }
    }
}

void hb_report_notes(const struct hb_report_view *view, struct hb_buf *out)
{
    const struct hb_judgement *judgement = view->judgement;
    struct hb_buf notes = {0};
    char text[200];
    const struct hb_section section = {&notes, view->colour, view->markdown};
    hb_machine_notes(&section, judgement->session);
    note_failures(view, &notes);
    for (size_t i = 0; i < judgement->ranked_count; i++)
        note_stability(view, judgement->ranking[i], &notes);
    note_nulls(view, &notes);
    if (hb_judgement_too_few(judgement, text, sizeof text))
        line(view, &notes, text);
    else if (judgement->session->blocks < 6)
        line(view, &notes, "fewer than 6 runs cannot carry a 95 % interval: no verdicts");
    if (judgement->session->harness_s + judgement->session->workers_s > 0) {
        const double whole = judgement->session->harness_s + judgement->session->workers_s;
        (void)snprintf(text, sizeof text, "took %s, of which the harness itself %s",
                       hb_format_duration(whole).text,
                       hb_format_percent(100 * judgement->session->harness_s / whole).text);
        line(view, &notes, text);
    }
    write_section(view, "Notes", &notes, out);
}

int hb_rebase_report(const struct hb_report_view *view, struct hb_buf *out, struct hb_err *err)
{
    hb_report_headline(view, out);
    hb_report_speed(view, out);
    hb_report_memory(view, out);
    hb_report_ranking(view, out);
    hb_report_milestones(view, out);
    hb_report_budgets(view, out);
    hb_report_drift(view, out);
    hb_report_notes(view, out);
    return hb_buf_check(out, err);
}
