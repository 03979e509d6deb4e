/* Cells and words that several reports have: see cells.h. */
#include "report/cells.h"

#include "judge/judge.h"
#include "report/sparkline.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CV_GOOD_PERCENT 2.0
#define SPARK_WIDTH     28u

void hb_cell_label(struct hb_table *table, const char *label)
{
    hb_table_add(table, HB_STYLE_STRONG, "%s", label);
}

void hb_cell_cv(struct hb_table *table, double percent, const char *unknown)
{
    const struct hb_text text = hb_format_percent(percent);
    if (isnan(percent)) {
        hb_table_add(table, HB_STYLE_DIM, "%s", unknown);
        return;
    }
    hb_table_number(table,
                    percent > HB_CV_WARN_PERCENT ? HB_STYLE_BAD
                    : percent <= CV_GOOD_PERCENT ? HB_STYLE_GOOD
                                                 : HB_STYLE_PLAIN,
                    text.text);
    hb_table_set_sign(table, percent > HB_CV_WARN_PERCENT ? HB_SIGN_WARN : NULL);
}

void hb_cell_limit(struct hb_table *table, double min, double max, const char *key,
                   struct hb_text (*text)(const char *key, double value))
{
    const bool has_min = !isnan(min), has_max = !isnan(max);
    hb_table_add(table, HB_STYLE_PLAIN, "%s%s%s%s%s", has_min ? ">= " : "",
                 has_min ? text(key, min).text : "", has_min && has_max ? ", " : "",
                 has_max ? "<= " : "", has_max ? text(key, max).text : "");
}

void hb_cell_outcome(struct hb_table *table, enum hb_budget_outcome outcome)
{
    static const struct {
        enum hb_style style;
        const char *sign, *word;
    } looks[HB_BUDGET_OUTCOMES] = {
        [HB_BUDGET_PASS] = {HB_STYLE_GOOD, HB_SIGN_GOOD, "pass"},
        [HB_BUDGET_FAIL] = {HB_STYLE_BAD, HB_SIGN_BAD, "FAIL"},
        [HB_BUDGET_UNKNOWN] = {HB_STYLE_DIM, "?", "not known"},
    };
    hb_table_sign(table, looks[outcome].style, looks[outcome].sign, "%s", looks[outcome].word);
}

void hb_cell_verdict(struct hb_table *table, enum hb_look look, bool is_dim, const char *word,
                     size_t runs_needed)
{
    static const struct {
        enum hb_style style;
        const char *sign;
    } looks[HB_LOOKS] = {
        [HB_LOOK_NONE] = {HB_STYLE_DIM, HB_SIGN_DOT},
        [HB_LOOK_BETTER] = {HB_STYLE_GOOD, HB_SIGN_UP},
        [HB_LOOK_WORSE] = {HB_STYLE_BAD, HB_SIGN_DOWN},
        [HB_LOOK_SAME] = {HB_STYLE_PLAIN, "="},
        [HB_LOOK_OPEN] = {HB_STYLE_DIM, "?"},
        [HB_LOOK_WITHHELD] = {HB_STYLE_DIM, HB_SIGN_NONE},
    };
    char runs[40] = "";
    if (look == HB_LOOK_OPEN && runs_needed)
        (void)snprintf(runs, sizeof runs, " (%zu runs?)", runs_needed);
    hb_table_sign(table, is_dim ? HB_STYLE_DIM : looks[look].style, looks[look].sign, "%s", word);
    hb_table_aside(table, runs);
}

void hb_cell_verdict_of(struct hb_table *table, const struct hb_verdict *verdict,
                        const char *better, const char *worse)
{
    static const enum hb_look looks[] = {
        [HB_VERDICT_FASTER] = HB_LOOK_BETTER,     [HB_VERDICT_SLOWER] = HB_LOOK_WORSE,
        [HB_VERDICT_SAME] = HB_LOOK_SAME,         [HB_VERDICT_INCONCLUSIVE] = HB_LOOK_OPEN,
        [HB_VERDICT_WITHHELD] = HB_LOOK_WITHHELD, [HB_VERDICT_NONE] = HB_LOOK_NONE,
    };
    hb_cell_verdict(table, looks[verdict->kind], false,
                    verdict->kind == HB_VERDICT_FASTER   ? better
                    : verdict->kind == HB_VERDICT_SLOWER ? worse
                                                         : hb_verdict_word(verdict->kind),
                    verdict->runs_needed);
}

void hb_cell_ratio(struct hb_table *table, double estimate, double lo, double hi)
{
    if (isnan(estimate))
        hb_table_add(table, HB_STYLE_DIM, "-");
    else if (isnan(lo))
        hb_table_add(table, HB_STYLE_PLAIN, "%.3f [-]", estimate);
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%.3f [%.3f, %.3f]", estimate, lo, hi);
}

void hb_cell_spark(struct hb_table *table, const double *values, size_t n, double least)
{
    struct hb_buf text = {0};
    hb_sparkline(values, n, SPARK_WIDTH, least, &text);
    table->failed |= text.failed;
    hb_table_text(table, hb_buf_string(&text));
    hb_buf_free(&text);
}

void hb_cell_agreement(struct hb_table *table, bool is_known, bool agrees, const char *yes,
                       const char *no)
{
    if (!is_known)
        hb_table_text(table, "");
    else
        hb_table_sign(table, agrees ? HB_STYLE_GOOD : HB_STYLE_BAD,
                      agrees ? HB_SIGN_GOOD : HB_SIGN_BAD, "%s", agrees ? yes : no);
}

void hb_cells_calls(struct hb_table *table, const uint64_t counts[HB_SYSCALL_COUNT])
{
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        hb_table_text(table, hb_format_count((double)counts[c]).text);
}

uint64_t hb_calls_sum(const uint64_t counts[HB_SYSCALL_COUNT])
{
    uint64_t sum = 0;
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        sum += counts[c];
    return sum;
}

/* ---- what was measured, and on what ---- */

struct hb_text hb_speed_text(const struct hb_session *session, double per_s)
{
    return hb_session_is_of_times(session) && per_s > 0 ? hb_format_ns(1e9 / per_s)
                                                        : hb_format_rate(per_s);
}

/* "operations 20M, threads 1", without the seed. */
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
    const uint64_t limit = hb_session_profile(session)->memory_limit_bytes;
    if (limit)
        (void)snprintf(text + used, text_bytes - used, "%smemory limit %s", used ? ", " : "",
                       hb_format_bytes((double)limit).text);
}

/* What the user calls it, and notes on it. */
static void fact_named(struct hb_doc *doc, const struct hb_session *session)
{
    const char *note = session->note ? session->note : "";
    if (session->name[0])
        hb_doc_fact(doc, "Session", "\"%s\"%s%s", session->name, note[0] ? ": " : "", note);
    else
        hb_doc_fact(doc, "Note", "%s", note);
}

void hb_fact_measured(struct hb_doc *doc, const struct hb_session *session)
{
    char parameters[768];
    fact_named(doc, session);
    parameters_text(session, parameters, sizeof parameters);
    hb_doc_fact(doc, "Measured", "%s%s%s", session->workload, parameters[0] ? ": " : "",
                parameters);
}

void hb_section_lede(struct hb_doc *doc, const struct hb_session *session, bool is_complete,
                     struct hb_buf *verdict)
{
    hb_doc_lede(doc, verdict);
    doc->where = HB_DOC_PAGE;
    if (session->partial)
        hb_doc_add(doc, HB_BLOCK_CAUTION, "Partial:",
                   "the session was interrupted or cut off; the figures cover what was measured.");
    else if (!is_complete)
        hb_doc_add(doc, HB_BLOCK_CAUTION, "Incomplete:",
                   "some runs failed or lack a figure; the notes say which and why.");
    doc->where = HB_DOC_ALL;
}

/* ---- heads of sections ---- */

void hb_section_budgets(struct hb_doc *doc, bool has_limits)
{
    hb_doc_section(doc, "budgets", "Budgets", "%s", "");
    hb_doc_guide(doc, "What the profile demands of each allocator, and whether it holds. A budget "
                      "that is not known has not passed.");
    doc->where = HB_DOC_PAGE;
    if (!has_limits)
        hb_doc_line(doc, "the profile sets no limits");
    doc->where = HB_DOC_ALL;
}

void hb_section_belief(struct hb_doc *doc, const struct hb_session *session)
{
    const struct hb_host_info *host = session ? &session->host : NULL;
    hb_doc_add(doc, HB_BLOCK_RULE, NULL, "%s", "");
    hb_doc_section(doc, "notes", "How far to believe it", "%s", "");
    if (host && host->cpu_count) /* an import or a CSV does not know its host */
        hb_doc_fact(doc, "Machine", "%s, %u CPUs (%s on %s), %s, Linux %s, %s", host->cpu_model,
                    host->cpu_count, session->kind == HB_KIND_EXEC ? "programs" : "worker",
                    host->cpus_used[0] ? host->cpus_used : "any",
                    hb_format_bytes((double)host->memory_bytes).text, host->kernel, host->libc);
}

/* ---- notes on the machine ---- */

static void note_disturbed(struct hb_doc *doc, const struct hb_session *session)
{
    const char *unit = session->epoch_count ? "epochs" : "runs";
    struct hb_disturbed disturbed;
    hb_judge_disturbed(session, &disturbed);
    if (disturbed.counted)
        hb_doc_line(doc,
                    "disturbed: %u of %u %s in the figures did not have their CPU to themselves, "
                    "and %u were repeated (%s): their times include the machine's",
                    disturbed.counted, disturbed.samples, unit, disturbed.repeated,
                    disturbed.causes);
    else if (disturbed.repeated)
        hb_doc_line(doc, "disturbed: %u runs, left out and repeated (%s)", disturbed.repeated,
                    disturbed.causes);
}

static void note_limits(struct hb_doc *doc, const struct hb_host_info *host)
{
    if (host->cpu_quota > 0)
        hb_doc_line(doc, "the control group grants %.2f CPUs' time; it was stopped for %s",
                    host->cpu_quota, hb_format_duration((double)host->throttled_ns / 1e9).text);
    if (host->memory_limit_bytes)
        hb_doc_line(doc, "the control group grants %s of memory",
                    hb_format_bytes((double)host->memory_limit_bytes).text);
}

static unsigned cpus_in(const char *list)
{
    struct hb_cpuset cpus;
    return hb_cpuset_parse(list, &cpus) == 0 ? hb_cpuset_count(&cpus) : 0;
}

double hb_host_cpus(const struct hb_host_info *host)
{
    const unsigned used = cpus_in(host->cpus_used);
    const double cpus = used ? used : host->cpu_count;
    return host->cpu_quota > 0 ? fmin(cpus, host->cpu_quota) : cpus;
}

/* Threads that outnumber their CPUs take turns: the kernel's scheduler is measured with them. */
static void note_cpus(struct hb_doc *doc, const struct hb_session *session)
{
    const struct hb_host_info *host = &session->host;
    const unsigned cpus = cpus_in(host->cpus_used);
    const uint32_t threads = hb_session_threads_most(session);
    if (cpus && threads > cpus)
        hb_doc_line(doc, "%u threads on %u CPU%s: they take turns", threads, cpus,
                    cpus == 1 ? "" : "s");
    if (host->cpus_before[0])
        hb_doc_line(doc, "the worker's CPUs were taken away on the way: %s, then %s",
                    host->cpus_before, host->cpus_used);
}

void hb_notes_machine(struct hb_doc *doc, const struct hb_session *session)
{
    const struct hb_host_info *host = &session->host;
    note_disturbed(doc, session);
    note_limits(doc, host);
    note_cpus(doc, session);
    if (host->refused[0])
        hb_doc_line(doc, "this machine refuses %s: measured without", host->refused);
}

void hb_note_count_source(struct hb_doc *doc, const char *source)
{
    if (strcmp(source, "hardware") == 0)
        hb_doc_line(doc,
                    "by the CPU's own counters, user mode: time in the kernel is not in them; "
                    "the misses are of this machine's data caches, and no two runs' are alike");
    else
        hb_doc_line(doc, "simulated caches: " HB_COUNT_CACHES "; not in these figures: time in the "
                         "kernel, this machine's own caches, prefetching, and waiting for memory "
                         "or for each other");
}
