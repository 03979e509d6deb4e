/* A rebase as a report, and which report a session has: see session_report.h. */
#include "report/session_report.h"

#include "report/cells.h"
#include "report/charts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CV_UNSTABLE_PERCENT 10.0

static const struct hb_allocator_entry *entry_of(const struct hb_assessment *assessed, size_t i)
{
    return &assessed->judgement.session->allocators[i];
}

static const struct hb_judged *judged(const struct hb_assessment *assessed, size_t i)
{
    return &assessed->judgement.allocators[i];
}

/* ---- headline ---- */

/* When, how many runs, and by what seed; of an import who measured it. */
static void headline_session(const struct hb_session *session, struct hb_doc *doc)
{
    const char *partial = session->partial ? " (partial)" : "";
    const char *comma = session->started_at[0] ? ", " : "";
    const char *plural = session->blocks == 1 ? "" : "s";
    if (session->imported_from[0])
        hb_doc_add(doc, HB_BLOCK_HEAD, session->profile_name, "%s%s%u run%s, imported: %s%s",
                   session->started_at, comma, session->blocks, plural, session->imported_from,
                   partial);
    else if (!session->seed && !session->profile) /* a CSV of runs does not say how */
        hb_doc_add(doc, HB_BLOCK_HEAD, session->profile_name, "%s%s%u run%s%s", session->started_at,
                   comma, session->blocks, plural, partial);
    else
        hb_doc_add(doc, HB_BLOCK_HEAD, session->profile_name,
                   "%s%s%u run%s in shuffled blocks, seed %llu%s", session->started_at, comma,
                   session->blocks, plural, (unsigned long long)session->seed, partial);
}

/* Fewer runs than of another allocator are no failure: a list of runs may be so. */
static bool has_failures(const struct hb_judgement *judgement)
{
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        if (judgement->allocators[i].failure)
            return true;
    }
    return !judgement->session->imported_from[0] && !hb_judgement_complete(judgement);
}

static void report_headline(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const struct hb_judgement *judgement = &assessed->judgement;
    struct hb_buf verdict = {0};
    char doubt[256];
    hb_verdict_of_session(assessed, &verdict);
    hb_section_lede(doc, judgement->session, !has_failures(judgement), &verdict);
    if (hb_judgement_doubt(judgement, doubt, sizeof doubt))
        hb_doc_add(doc, HB_BLOCK_CAUTION, NULL, "%s", doubt);
    headline_session(judgement->session, doc);
    hb_fact_measured(doc, judgement->session);
}

/* ---- speed ---- */

static void add_ratio(const struct hb_assessment *assessed, const struct hb_judged *allocator,
                      struct hb_table *table)
{
    const struct hb_ratio *ratio = &allocator->to_reference;
    const enum hb_role role = entry_of(assessed, allocator->entry)->role;
    if (assessed->judgement.reference < 0) { /* nothing to be a ratio to */
        hb_table_text(table, "");
        hb_table_text(table, "");
        return;
    }
    if (role == HB_ROLE_REFERENCE) {
        hb_table_add(table, HB_STYLE_DIM, "1");
        hb_table_add(table, HB_STYLE_DIM, "reference");
        return;
    }
    hb_cell_ratio(table, ratio->estimate, ratio->lo, ratio->hi);
    if (role == HB_ROLE_FLOOR)
        hb_table_add(table, HB_STYLE_DIM, "the loop itself");
    else
        hb_cell_verdict_of(table, &ratio->verdict, "faster", "slower");
}

static void add_failed_speed(const struct hb_assessment *assessed, size_t i, struct hb_table *table)
{
    const struct hb_job *failure = judged(assessed, i)->failure;
    hb_table_add(table, HB_STYLE_BAD, "%s", entry_of(assessed, i)->label);
    for (size_t column = 1; column < 9; column++)
        hb_table_add(table, HB_STYLE_DIM, "-");
    hb_table_sign(table, HB_STYLE_BAD, HB_SIGN_BAD, "%s",
                  failure ? hb_job_status_names[failure->status] : "not run");
}

static void add_speed(const struct hb_assessment *assessed, size_t i, struct hb_table *table)
{
    const struct hb_judged *allocator = judged(assessed, i);
    const bool is_floor = (int)i == assessed->judgement.floor;
    const bool is_times = hb_session_is_of_times(assessed->judgement.session);
    const struct hb_summary *speed = is_times ? &allocator->ns_per_op : &allocator->throughput;
    struct hb_text (*text)(double) = is_times ? hb_format_ns : hb_format_rate;
    hb_cell_label(table, entry_of(assessed, i)->label);
    hb_table_number(table, HB_STYLE_PLAIN, text(speed->mean).text);
    hb_table_number(table, HB_STYLE_PLAIN, text(speed->median).text);
    hb_table_number(table, HB_STYLE_DIM, text(speed->min).text);
    hb_table_number(table, HB_STYLE_DIM, text(speed->max).text);
    hb_cell_cv(table, 100 * speed->cv, "-");
    if (is_times)
        hb_table_text(table, "");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%.2f", allocator->ns_per_op.median);
    if (is_times ||
        (assessed->judgement.floor < 0 && assessed->judgement.session->imported_from[0]))
        hb_table_text(table, "");
    else if (is_floor || isnan(allocator->above_floor_ns))
        hb_table_add(table, HB_STYLE_DIM, "-");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%+.2f", allocator->above_floor_ns);
    add_ratio(assessed, allocator, table);
}

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

/* Fastest first, then what could not be measured. */
static void speed_table(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"),
        HB_RIGHT("mean", .unit = "operations a second", .late = 4),
        HB_RIGHT("median", .unit = "operations a second", .late = 1),
        HB_RIGHT("min", .unit = "operations a second", .late = 6),
        HB_RIGHT("max", .unit = "operations a second", .late = 5),
        HB_RIGHT("CV", .unit = "of the mean", .late = 2),
        HB_RIGHT("ns/op", .late = 7),
        HB_RIGHT("above floor, ns", .unit = "an operation", .late = 3),
        HB_LEFT("ratio", .unit = "to the reference, with 95 % interval", .leads = true),
        HB_LEFT("verdict", .leads = true)};
    const struct hb_judgement *judgement = &assessed->judgement;
    struct hb_table *table = hb_doc_table(doc, "Speed", columns, 10);
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        if (judged(assessed, judgement->ranking[i])->runs_ok)
            add_speed(assessed, judgement->ranking[i], table);
    }
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        if (judged(assessed, i)->runs_ok == 0)
            add_failed_speed(assessed, i, table);
    }
}

void hb_report_speed(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const struct hb_judgement *judgement = &assessed->judgement;
    const char *reference =
        judgement->reference >= 0 ? entry_of(assessed, (size_t)judgement->reference)->label : NULL;
    const char *reason = no_speed_reason(judgement);
    if (reason) {
        hb_doc_section(doc, "speed", "Speed", "%s", "");
        hb_doc_line(doc, "%s", reason);
        return;
    }
    if (reference)
        hb_doc_section(doc, "speed", "Speed",
                       "operations a second; ratio to %s with 95 %% interval", reference);
    else
        hb_doc_section(doc, "speed", "Speed", "%s",
                       hb_session_is_of_times(judgement->session) ? "time of a run"
                                                                  : "operations a second");
    if (reference)
        hb_doc_guide(doc,
                     "Right of 1 is faster than %s. An allocator is called faster or slower only "
                     "when its whole interval lies outside the shaded margin, the same only when "
                     "wholly inside.",
                     reference);
    else
        hb_doc_guide(doc, "Fastest first; the bars are 95 %% intervals of the median.");
    hb_chart_ranking(judgement, doc);
    speed_table(assessed, doc);
}

/* ---- every run, and the course of one ---- */

static void report_course(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    if (no_speed_reason(&assessed->judgement))
        return;
    hb_doc_section(doc, "runs", "Every run", "%s", "");
    hb_doc_guide(doc, "A mark is one fresh process, the line across is the median. Tight rows are "
                      "steady; two clumps in a row mean that something changed between the runs. "
                      "Outliers are ringed and kept.");
    hb_chart_runs(&assessed->judgement, doc);
    hb_doc_section(doc, "slices", "Over the time of a run", "%s", "");
    hb_doc_guide(doc, "The median run of each allocator, cut into slices of equal work; higher is "
                      "slower, against its own median slice. A dashed line ends a warm-up. The "
                      "words count all runs.");
    hb_chart_slices(&assessed->judgement, doc);
}

/* ---- memory and system calls ---- */

/* One that no allocator has has no column in an import, which says what it knows. */
static void add_metric(struct hb_table *table, const struct hb_judgement *judgement,
                       const struct hb_judged *allocator, enum hb_metric_id metric)
{
    bool is_known = !judgement->session->imported_from[0];
    for (size_t i = 0; i < judgement->session->allocator_count; i++)
        is_known |= judgement->allocators[i].metric[metric].n > 0;
    const struct hb_summary *summary = &allocator->metric[metric];
    if (summary->n == 0)
        hb_table_add(table, HB_STYLE_DIM, "%s", is_known ? "null" : "");
    else
        hb_table_number(table, HB_STYLE_PLAIN,
                        hb_metric_text(hb_metrics[metric].format, summary->median).text);
}

static void add_agreement(struct hb_table *table, const struct hb_judged *allocator)
{
    hb_cell_agreement(table, allocator->counted && allocator->counted->own_counters_known,
                      allocator->counters_agree, "agrees", "differs");
}

/* A list of throughputs says nothing of memory; a session that lost its figures says null. */
static bool has_memory(const struct hb_judgement *judgement)
{
    bool has = !judgement->session->imported_from[0];
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        for (size_t m = HB_METRIC_RSS_START; m < HB_METRIC_COUNT; m++)
            has |= judgement->allocators[i].metric[m].n > 0;
    }
    return has;
}

void hb_report_memory(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    static const enum hb_metric_id metrics[] = {
        HB_METRIC_RSS_START,        HB_METRIC_RSS_PEAK,        HB_METRIC_RSS_END,
        HB_METRIC_RSS_DRAINED,      HB_METRIC_FAULTS_MINOR,    HB_METRIC_FAULTS_MEASURED,
        HB_METRIC_SYSCALLS_STARTUP, HB_METRIC_SYSCALLS_WARMUP, HB_METRIC_SYSCALLS_MEASURED,
        HB_METRIC_SYSCALLS_PER_OP,
    };
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"),
        HB_RIGHT("start", .unit = "resident set", .late = 5),
        HB_RIGHT("peak", .unit = "resident set"),
        HB_RIGHT("end", .unit = "resident set", .late = 1),
        HB_RIGHT("drained", .unit = "resident set", .late = 1),
        HB_RIGHT("faults", .unit = "page faults", .late = 2),
        HB_RIGHT("of them measured", .unit = "page faults", .late = 7),
        HB_RIGHT("start-up calls", .unit = "memory system calls", .late = 6),
        HB_RIGHT("warm-up calls", .unit = "memory system calls", .late = 6),
        HB_RIGHT("calls", .unit = "memory system calls of the measured phase"),
        HB_RIGHT("calls/op", .unit = "memory system calls", .late = 3),
        HB_LEFT("own count", .late = 4)};
    const struct hb_judgement *judgement = &assessed->judgement;
    if (!has_memory(judgement))
        return;
    hb_doc_section(doc, "memory", "Memory", "resident set, page faults, memory system calls");
    hb_doc_guide(doc, "Resident set of the whole process, medians of the runs; shorter is less. "
                      "What stays when drained is what an allocator does not give back.");
    hb_chart_memory(judgement, doc);
    struct hb_table *table = hb_doc_table(doc, "Memory", columns, 12);
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        if (judged(assessed, index)->runs_ok == 0 || (int)index == judgement->twin)
            continue;
        hb_cell_label(table, entry_of(assessed, index)->label);
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++)
            add_metric(table, judgement, judged(assessed, index), metrics[m]);
        add_agreement(table, judged(assessed, index));
    }
}

static void add_calls(struct hb_table *table, const struct hb_judgement *judgement,
                      const struct hb_judged *allocator, const char *label, size_t phase)
{
    const uint64_t *counts = allocator->counted->syscalls.count[phase];
    hb_cell_label(table, label);
    hb_table_text(table, hb_count_phase_names[phase]);
    hb_cells_calls(table, counts);
    hb_table_text(table, hb_format_count((double)hb_calls_sum(counts)).text);
    if (phase == HB_COUNT_MEASURED)
        add_metric(table, judgement, allocator, HB_METRIC_SYSCALLS_PER_OP);
    else
        hb_table_text(table, "");
    if (phase == HB_COUNT_WARMUP || phase == HB_COUNT_MEASURED)
        add_agreement(table, allocator);
    else
        hb_table_text(table, "");
}

/* On a page: a terminal has their sums in the table of memory. */
static void report_calls(const struct hb_assessment *assessed, struct hb_doc *doc)
{
#define COLUMN(name) HB_RIGHT(#name, .unit = "calls"),
    static const struct hb_column columns[] = {HB_LEFT("allocator"), HB_LEFT("phase"),
                                               HB_SYSCALLS(COLUMN) HB_RIGHT("all", .unit = "calls"),
                                               HB_RIGHT("per operation"), HB_LEFT("own count")};
#undef COLUMN
    const struct hb_judgement *judgement = &assessed->judgement;
    doc->where = HB_DOC_PAGE;
    hb_doc_section(doc, "calls", "Memory system calls", "%s", "");
    hb_doc_guide(doc, "Counted at the kernel's boundary in a pass of its own, by phase and call. A "
                      "call in the measured phase costs every user; one at start-up costs each "
                      "process once.");
    struct hb_table *table =
        hb_doc_table(doc, "Memory system calls by phase", columns, 5 + HB_SYSCALL_COUNT);
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const struct hb_judged *allocator = judged(assessed, judgement->ranking[i]);
        const bool is_known = allocator->counted && allocator->counted->syscalls_known;
        for (size_t phase = 0; is_known && phase < HB_COUNT_PHASES; phase++)
            add_calls(table, judgement, allocator, entry_of(assessed, allocator->entry)->label,
                      phase);
    }
    if (table->cell_count == 0 && !judgement->session->imported_from[0])
        hb_doc_line(doc, "they were not counted in this session");
    doc->where = HB_DOC_ALL;
}

/* ---- counts ---- */

static void add_above_floor(const struct hb_judged *allocator, enum hb_metric_id metric,
                            struct hb_table *table)
{
    const double above = allocator->counts_above_floor[metric];
    if (isnan(above))
        hb_table_add(table, HB_STYLE_DIM, "-");
    else
        hb_table_number(table, HB_STYLE_PLAIN, hb_format_each(above).text);
}

static void counts_table(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"),
        HB_RIGHT("instr/op"),
        HB_RIGHT("above floor", .unit = "instructions of an operation"),
        HB_RIGHT("branches/op", .late = 1),
        HB_RIGHT("L1 misses/op", .late = 2),
        HB_RIGHT("LL misses/op", .late = 3),
    };
    static const enum hb_metric_id metrics[] = {
        HB_METRIC_BRANCHES_PER_OP, HB_METRIC_L1_MISSES_PER_OP, HB_METRIC_LL_MISSES_PER_OP};
    const struct hb_judgement *judgement = &assessed->judgement;
    struct hb_table *table = hb_doc_table(doc, "Instructions", columns, 6);
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_judged *allocator = judged(assessed, i);
        if (!allocator->tallied || allocator->tallied->status != HB_STATUS_OK)
            continue;
        hb_cell_label(table, entry_of(assessed, i)->label);
        add_metric(table, judgement, allocator, HB_METRIC_INSTRUCTIONS_PER_OP);
        add_above_floor(allocator, HB_METRIC_INSTRUCTIONS_PER_OP, table);
        for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++)
            add_metric(table, judgement, allocator, metrics[m]);
    }
}

static void report_counts(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const struct hb_session *session = assessed->session;
    if (!session->count_source[0])
        return;
    hb_doc_section(doc, "instructions", "Instructions", "of an operation; counted by %s",
                   session->count_source);
    hb_doc_guide(doc, "Counted in a pass of its own, so that no noise touches it: the same binary "
                      "and the same requests give the same figure on a busy machine.");
    counts_table(assessed, doc);
    hb_note_count_source(doc, session->count_source);
    for (size_t i = 0; i < session->allocator_count; i++) {
        const struct hb_job *job = judged(assessed, i)->tallied;
        if (job && job->status != HB_STATUS_OK)
            hb_doc_line(doc, "%s: not counted: %s: %s", entry_of(assessed, i)->label,
                        hb_job_status_names[job->status], job->reason);
    }
}

/* ---- ranking and milestones ---- */

void hb_report_ranking(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const struct hb_judgement *judgement = &assessed->judgement;
    double best = 0, before = 0;
    unsigned place = 0;
    if (no_speed_reason(judgement))
        return;
    hb_doc_section(doc, "ranking", "Ranking",
                   "by median; gap to the one before, share of the best");
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        const double median = judged(assessed, index)->throughput.median;
        const struct hb_text rate = hb_speed_text(judgement->session, median);
        const char *label = entry_of(assessed, index)->label;
        if (!hb_role_competes(entry_of(assessed, index)->role))
            continue;
        if (place == 0)
            hb_doc_line(doc, "%u. %-16s %10s", ++place, label, rate.text);
        else
            hb_doc_line(doc, "%u. %-16s %10s  %7s  %s of the best", ++place, label, rate.text,
                        hb_format_percent(100 * (median / before - 1)).text,
                        hb_format_percent(100 * median / best).text);
        best = best > 0 ? best : median;
        before = median;
    }
}

static void milestone_line(const struct hb_assessment *assessed, size_t i, const double *percent,
                           size_t count, struct hb_doc *doc)
{
    const double ratio = hb_ratio_percent(&assessed->judgement, judged(assessed, i));
    char text[400];
    int used = snprintf(text, sizeof text, "%-16s %8s  ", entry_of(assessed, i)->label,
                        hb_format_percent(ratio).text);
    for (size_t m = 0; m < count && used > 0 && (size_t)used + 24 < sizeof text; m++)
        used += snprintf(text + used, sizeof text - (size_t)used, " %s%.4g",
                         ratio >= percent[m] ? "[x] " : "[ ] ", percent[m]);
    hb_doc_line(doc, "%s", text);
}

void hb_report_milestones(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const struct hb_judgement *judgement = &assessed->judgement;
    const struct hb_profile *profile = hb_session_profile(judgement->session);
    if (judgement->reference < 0 || profile->milestone_count == 0 || no_speed_reason(judgement))
        return;
    hb_doc_section(doc, "milestones", "Milestones", "percent of the reference");
    for (size_t i = 0; i < judgement->ranked_count; i++) {
        const size_t index = judgement->ranking[i];
        if (entry_of(assessed, index)->role == HB_ROLE_SUBJECT)
            milestone_line(assessed, index, profile->milestones_percent, profile->milestone_count,
                           doc);
    }
}

/* ---- budgets and drift ---- */

static struct hb_text budget_text(const char *key, double value)
{
    (void)key;
    return hb_format_tiny(value);
}

void hb_report_budgets(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"), HB_LEFT("budget"),
                                               HB_RIGHT("limit", .late = 1), HB_RIGHT("value"),
                                               HB_LEFT("outcome")};
    hb_section_budgets(doc, assessed->budget_count > 0);
    struct hb_table *table = hb_doc_table(doc, "Budgets", columns, 5);
    for (size_t i = 0; i < assessed->budget_count; i++) {
        const struct hb_budget_result *result = &assessed->budgets[i];
        hb_table_text(table, result->label);
        hb_table_text(table, result->key);
        hb_cell_limit(table, result->min, result->max, result->key, budget_text);
        hb_table_text(table, hb_format_tiny(result->value).text);
        hb_cell_outcome(table, result->outcome);
    }
}

static void drift_table(const struct hb_drift_judgement *drift, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_RIGHT("then", .late = 3),
                                               HB_RIGHT("now", .late = 2),
                                               HB_LEFT("change"),
                                               HB_LEFT("without the machine's", .late = 1),
                                               HB_LEFT("word", .breaks = true)};
    struct hb_table *table = hb_doc_table(doc, "Drift against the baseline", columns, 6);
    for (size_t i = 0; i < drift->count; i++) {
        const struct hb_drift_row *row = &drift->rows[i];
        hb_table_text(table, row->label);
        hb_table_number(table, HB_STYLE_PLAIN, hb_format_rate(row->median_then).text);
        hb_table_number(table, HB_STYLE_PLAIN, hb_format_rate(row->median_now).text);
        hb_cell_ratio(table, row->ratio, row->lo, row->hi);
        hb_table_add(table, HB_STYLE_PLAIN, "%.3f", row->residual_ratio);
        hb_table_sign(table, row->is_own_change ? HB_STYLE_BAD : HB_STYLE_PLAIN,
                      row->is_own_change ? HB_SIGN_WARN : HB_SIGN_DOT, "%s", row->word);
    }
}

static void report_drift(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const struct hb_drift_judgement *drift = assessed->has_drift ? &assessed->drift : NULL;
    if (!drift && assessed->judgement.session->imported_from[0])
        return;
    hb_doc_section(doc, "drift", "Environment drift", "against the last baseline");
    if (!drift) {
        hb_doc_line(doc, "%s",
                    assessed->drift_reason[0] ? assessed->drift_reason : "no baseline yet");
        return;
    }
    if (drift->count == 0) {
        hb_doc_line(doc, "no allocator has a speed in both: nothing to compare");
        return;
    }
    hb_doc_guide(doc, "What all allocators share is the machine; what is left is an allocator's "
                      "own.");
    const char *name = drift->baseline_name;
    hb_doc_line(doc, "baseline %s%s%sof %s; the machine as a whole: %+.2f %%, %s",
                name[0] ? "\"" : "", name, name[0] ? "\" " : "", drift->baseline_started_at,
                100 * (drift->common_ratio - 1), drift->machine_word);
    drift_table(drift, doc);
}

/* ---- notes ---- */

static void note_failures(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    for (size_t i = 0; i < assessed->judgement.session->allocator_count; i++) {
        const struct hb_judged *allocator = judged(assessed, i);
        if (!allocator->failure)
            continue;
        hb_doc_line(doc, "%s: %s, %u of %u runs ok: %s", entry_of(assessed, i)->label,
                    hb_job_status_names[allocator->failure->status], allocator->runs_ok,
                    assessed->judgement.session->blocks, allocator->failure->reason);
    }
}

static void note_stability(const struct hb_assessment *assessed, size_t i, struct hb_doc *doc)
{
    const struct hb_judged *allocator = judged(assessed, i);
    const char *label = entry_of(assessed, i)->label;
    if (100 * allocator->throughput.cv > HB_CV_WARN_PERCENT) {
        hb_doc_line(
            doc, "%s: CV %s, %s", label, hb_format_percent(100 * allocator->throughput.cv).text,
            100 * allocator->throughput.cv > CV_UNSTABLE_PERCENT ? "unstable: do not trust it"
                                                                 : "high: look at the runs");
    }
    if (allocator->outliers) {
        hb_doc_line(doc, "%s: %u of %u runs lie far out (modified z > 3.5); kept", label,
                    allocator->outliers, allocator->runs_ok);
    }
    const uint32_t not_flat = allocator->runs_ok - allocator->steady[HB_STEADY_FLAT];
    if (not_flat) {
        hb_doc_line(doc,
                    "%s: over its slices %u of %u runs were flat, %u warmed up, %u slowed down, "
                    "%u had no steady state",
                    label, allocator->steady[HB_STEADY_FLAT], allocator->runs_ok,
                    allocator->steady[HB_STEADY_WARMUP], allocator->steady[HB_STEADY_SLOWDOWN],
                    allocator->steady[HB_STEADY_NONE]);
    }
}

/* "no faults, hardware figures: not reported", for the first of those groups. */
static void note_reason(const char *const *reasons, int group, struct hb_doc *doc)
{
    char names[160] = "";
    for (int other = 0; reasons[group] && other < HB_GROUP_COUNT; other++) {
        if (!reasons[other] || strcmp(reasons[other], reasons[group]) != 0)
            continue;
        if (other < group)
            return;
        const size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                       hb_metric_group_names[other]);
    }
    if (reasons[group])
        hb_doc_line(doc, "no %s figures: %s", names, reasons[group]);
}

/* A reason that all allocators share is said once, and so is one that groups share. */
static void note_nulls(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const struct hb_session *session = assessed->judgement.session;
    const char *reasons[HB_GROUP_COUNT] = {0};
    for (int group = 0; group < HB_GROUP_COUNT; group++) {
        for (size_t i = 0; i < session->job_count && !reasons[group]; i++) {
            const struct hb_job *job = &session->jobs[i];
            /* Times of a counting pass, counts of a timed run: not known by design. */
            const bool other_pass = hb_metric_pass((enum hb_metric_group)group) != job->kind;
            if (job->status == HB_STATUS_OK && !other_pass && job->null_reason[group][0])
                reasons[group] = job->null_reason[group];
        }
    }
    if (no_speed_reason(&assessed->judgement) || hb_session_is_of_times(session))
        reasons[HB_GROUP_TIME] = NULL; /* its own section says it, or has the times */
    for (int group = 0; group < HB_GROUP_COUNT; group++)
        note_reason(reasons, group, doc);
}

static void fact_margin(const struct hb_judgement *judgement, struct hb_doc *doc)
{
    const struct hb_text margin = hb_format_percent(100 * judgement->margin);
    if (isnan(judgement->aa_noise))
        hb_doc_fact(doc, "Margin", "A/A noise floor not measured: no verdict below a margin of %s",
                    margin.text);
    else
        hb_doc_fact(doc, "Margin", "A/A noise floor %s, so a difference counts from %s on",
                    hb_format_percent(100 * judgement->aa_noise).text, margin.text);
}

void hb_report_notes(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const struct hb_judgement *judgement = &assessed->judgement;
    char text[200];
    hb_section_belief(doc, judgement->session);
    fact_margin(judgement, doc);
    hb_notes_machine(doc, judgement->session);
    note_failures(assessed, doc);
    for (size_t i = 0; i < judgement->ranked_count; i++)
        note_stability(assessed, judgement->ranking[i], doc);
    note_nulls(assessed, doc);
    if (hb_judgement_too_few(judgement, text, sizeof text))
        hb_doc_line(doc, "%s", text);
    else if (judgement->session->blocks < 6)
        hb_doc_line(doc, "fewer than 6 runs cannot carry a 95 %% interval: no verdicts");
    if (judgement->session->harness_s + judgement->session->workers_s > 0) {
        const double whole = judgement->session->harness_s + judgement->session->workers_s;
        hb_doc_line(doc, "took %s, of which the harness itself %s", hb_format_duration(whole).text,
                    hb_format_percent(100 * judgement->session->harness_s / whole).text);
    }
}

void hb_rebase_report(const struct hb_assessment *assessed, bool with_ranking, struct hb_doc *doc)
{
    if (assessed->curves.session) {
        hb_sweep_report(&assessed->curves, doc);
        return;
    }
    report_headline(assessed, doc);
    hb_report_speed(assessed, doc);
    report_course(assessed, doc);
    hb_report_memory(assessed, doc);
    report_calls(assessed, doc);
    report_counts(assessed, doc);
    if (with_ranking)
        hb_report_ranking(assessed, doc);
    hb_report_milestones(assessed, doc);
    hb_report_budgets(assessed, doc);
    report_drift(assessed, doc);
    hb_report_notes(assessed, doc);
}

/* ---- of any kind ---- */

void hb_session_report(const struct hb_assessment *assessed, struct hb_doc *doc)
{
    const enum hb_session_kind kind = assessed->session->kind;
    if (kind == HB_KIND_SOAK)
        hb_soak_report(&assessed->soak, doc);
    else if (kind == HB_KIND_EXEC)
        hb_exec_report(assessed, doc);
    else if (kind == HB_KIND_CHECK)
        hb_check_report(assessed->session, true, doc);
    else
        hb_rebase_report(assessed, true, doc);
}
