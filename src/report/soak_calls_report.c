/* Memory system calls of a soak, in short and in full: see session_report.h. */
#include "base/unit.h"
#include "report/cells.h"
#include "report/session_report.h"

#include <math.h>

static void bytes_cell(struct hb_table *table, bool is_known, uint64_t bytes)
{
    hb_table_number(table, HB_STYLE_PLAIN, is_known ? hb_format_bytes((double)bytes).text : "");
}

/* ---- in short, and by phase on a page ---- */

#define COLUMN(name) HB_RIGHT(#name, .unit = "calls", .late = 3),

static void short_row(const struct hb_soak_judgement *judgement, size_t i, struct hb_table *table)
{
    const struct hb_soak_judged *judged = &judgement->allocators[i];
    const struct hb_soak_calls *row = &judged->calls_judged;
    const bool known = !isnan(row->operations);
    hb_cell_label(table, judgement->session->allocators[i].label);
    hb_table_text(table, isnan(judged->syscalls_per_op)
                             ? "not counted"
                             : hb_format_tiny(judged->syscalls_per_op).text);
    if (known)
        hb_cells_calls(table, row->calls.count);
    for (size_t c = 0; !known && c < HB_SYSCALL_COUNT; c++)
        hb_table_text(table, "");
    bytes_cell(table, known && row->bytes_known, hb_calls_sum(row->calls.bytes));
    hb_cell_agreement(table, row->own_known, row->agree, "agree", "DIFFER");
}

static void short_table(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"), HB_RIGHT("calls/op"),
                                               HB_SYSCALLS(COLUMN) HB_RIGHT("bytes", .late = 2),
                                               HB_LEFT("own counters", .late = 1)};
    struct hb_table *table =
        hb_doc_table(doc, "Memory system calls after warm-up", columns, 4 + HB_SYSCALL_COUNT);
    for (size_t i = 0; i < judgement->session->allocator_count; i++)
        short_row(judgement, i, table);
}

static void phase_row(struct hb_table *table, const char *label, const struct hb_soak_calls *row)
{
    const double calls = (double)hb_calls_sum(row->calls.count);
    hb_cell_label(table, label);
    hb_table_text(table, row->phase);
    hb_cells_calls(table, row->calls.count);
    bytes_cell(table, row->bytes_known, hb_calls_sum(row->calls.bytes));
    hb_table_text(table, row->operations > 0 ? hb_format_tiny(calls / row->operations).text : "");
    hb_cell_agreement(table, row->own_known, row->agree, "agree", "DIFFER");
}

static void phase_table(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {
        HB_LEFT("allocator"), HB_LEFT("phase"), HB_SYSCALLS(COLUMN) HB_RIGHT("bytes"),
        HB_RIGHT("per operation", .unit = "calls"), HB_LEFT("own counters")};
    doc->where = HB_DOC_PAGE;
    struct hb_table *table =
        hb_doc_table(doc, "Memory system calls by phase", columns, 5 + HB_SYSCALL_COUNT);
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_soak_judged *judged = &judgement->allocators[i];
        for (size_t r = 0; r < judged->calls_count; r++)
            phase_row(table, judgement->session->allocators[i].label, &judged->calls[r]);
    }
    doc->where = HB_DOC_ALL;
}

void hb_soak_report_calls(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    hb_doc_section(doc, "calls", "Memory system calls after warm-up", "%s", "");
    hb_doc_guide(doc, "Counted at the kernel's boundary. After the warm-up a good allocator hardly "
                      "ever asks.");
    short_table(judgement, doc);
    phase_table(judgement, doc);
}

/* ---- in full ---- */

static const char *per_million(uint64_t count, double operations, struct hb_text *text)
{
    if (!(operations > 0))
        return "";
    *text = hb_format_tiny(1e6 * (double)count / operations);
    return text->text;
}

static void full_row(struct hb_table *table, const struct hb_soak_calls *row, const char *call,
                     uint64_t count, uint64_t bytes, uint64_t own)
{
    struct hb_text text;
    hb_table_text(table, row->phase);
    hb_table_text(table, isnan(row->operations) ? "" : hb_format_count(row->operations).text);
    hb_table_add(table, HB_STYLE_STRONG, "%s", call);
    hb_table_text(table, hb_format_count((double)count).text);
    hb_table_text(table, per_million(count, row->operations, &text));
    bytes_cell(table, row->bytes_known, bytes);
    hb_table_text(table, row->own_known ? hb_format_count((double)own).text : "");
    hb_cell_agreement(table, row->own_known, own == count, "agree", "DIFFER");
}

/* Calls that neither the kernel nor the allocator has seen are left out. */
static void full_phase(struct hb_table *table, const struct hb_soak_calls *row)
{
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++) {
        if (row->calls.count[c] || (row->own_known && row->own.count[c]))
            full_row(table, row, hb_syscall_names[c], row->calls.count[c], row->calls.bytes[c],
                     row->own.count[c]);
    }
    full_row(table, row, "all", hb_calls_sum(row->calls.count), hb_calls_sum(row->calls.bytes),
             hb_calls_sum(row->own.count));
}

static void full_allocator(const struct hb_soak_judgement *judgement, size_t i, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("phase"),
                                               HB_RIGHT("operations", .late = 3),
                                               HB_LEFT("call"),
                                               HB_RIGHT("calls"),
                                               HB_RIGHT("per million op", .late = 1),
                                               HB_RIGHT("bytes", .late = 2),
                                               HB_RIGHT("own count", .late = 4),
                                               HB_LEFT("own counters", .late = 1)};
    const struct hb_soak_judged *judged = &judgement->allocators[i];
    const char *label = judgement->session->allocators[i].label;
    const bool of_pass = judged->calls_count && judged->calls[0].epochs == 0;
    hb_doc_section(doc, NULL, label, "%s", of_pass ? "from the counting pass" : "");
    if (judged->calls_count == 0) {
        hb_doc_line(doc, "its memory system calls were not counted");
        return;
    }
    struct hb_table *table = hb_doc_table(doc, label, columns, 8);
    for (size_t r = 0; r < judged->calls_count; r++)
        full_phase(table, &judged->calls[r]);
}

void hb_soak_syscalls_report(const struct hb_soak_judgement *judgement, struct hb_doc *doc)
{
    struct hb_buf verdict = {0};
    hb_verdict_of_calls(judgement, &verdict);
    hb_doc_lede(doc, &verdict);
    for (size_t i = 0; i < judgement->session->allocator_count; i++)
        full_allocator(judgement, i, doc);
    hb_section_belief(doc, judgement->session);
    hb_fact_measured(doc, judgement->session);
    hb_notes_machine(doc, judgement->session);
}
