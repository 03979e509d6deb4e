/* Memory system calls of a soak, in short and in full: see soak_report.h. */
#include "base/unit.h"
#include "report/soak_report.h"
#include "report/soak_section.h"

#include <math.h>
#include <stdio.h>

static uint64_t sum_of(const uint64_t *values)
{
    uint64_t sum = 0;
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        sum += values[c];
    return sum;
}

static const char *agreement(const struct hb_soak_calls *row)
{
    if (!row->own_known)
        return "";
    return row->agree ? "agree" : "DIFFER";
}

/* ---- in short ---- */

static void short_row(const struct hb_soak_view *view, size_t i, struct hb_table *table)
{
    const struct hb_soak_judged *judged = &view->judgement->allocators[i];
    const struct hb_soak_calls *row = &judged->calls_judged;
    const bool known = !isnan(row->operations);
    hb_table_add(table, HB_STYLE_STRONG, "%s", view->judgement->session->allocators[i].label);
    hb_table_add(table, HB_STYLE_PLAIN, "%s",
                 isnan(judged->syscalls_per_op) ? "not counted"
                                                : hb_format_tiny(judged->syscalls_per_op).text);
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++)
        hb_table_add(table, HB_STYLE_PLAIN, "%s",
                     known ? hb_format_count((double)row->calls.count[c]).text : "");
    hb_table_add(table, HB_STYLE_PLAIN, "%s",
                 known && row->bytes_known ? hb_format_bytes((double)sum_of(row->calls.bytes)).text
                                           : "");
    hb_table_add(table, row->own_known && !row->agree ? HB_STYLE_BAD : HB_STYLE_PLAIN, "%s",
                 agreement(row));
}

void hb_soak_section_calls(const struct hb_soak_view *view, const struct hb_section *section)
{
#define NAME(name) #name,
    static const char *const headings[] = {"allocator", "per operation", HB_SYSCALLS(NAME) "bytes",
                                           "own counters"};
#undef NAME
    static const enum hb_align aligns[] = {
        HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
        HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    struct hb_table table;
    hb_section_heading(section, "Memory system calls after warm-up");
    hb_table_init(&table, headings, aligns, 4 + HB_SYSCALL_COUNT);
    for (size_t i = 0; i < view->judgement->session->allocator_count; i++)
        short_row(view, i, &table);
    hb_section_table(section, &table);
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
    const bool differs = row->own_known && own != count;
    hb_table_add(table, HB_STYLE_PLAIN, "%s", row->phase);
    hb_table_add(table, HB_STYLE_PLAIN, "%s",
                 isnan(row->operations) ? "" : hb_format_count(row->operations).text);
    hb_table_add(table, HB_STYLE_STRONG, "%s", call);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", hb_format_count((double)count).text);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", per_million(count, row->operations, &text));
    hb_table_add(table, HB_STYLE_PLAIN, "%s",
                 row->bytes_known ? hb_format_bytes((double)bytes).text : "");
    hb_table_add(table, HB_STYLE_PLAIN, "%s",
                 row->own_known ? hb_format_count((double)own).text : "");
    hb_table_add(table, differs ? HB_STYLE_BAD : HB_STYLE_PLAIN, "%s",
                 !row->own_known ? ""
                 : differs       ? "DIFFER"
                                 : "agree");
}

/* Calls that neither the kernel nor the allocator has seen are left out. */
static void full_phase(struct hb_table *table, const struct hb_soak_calls *row)
{
    for (size_t c = 0; c < HB_SYSCALL_COUNT; c++) {
        if (row->calls.count[c] || (row->own_known && row->own.count[c]))
            full_row(table, row, hb_syscall_names[c], row->calls.count[c], row->calls.bytes[c],
                     row->own.count[c]);
    }
    full_row(table, row, "all", sum_of(row->calls.count), sum_of(row->calls.bytes),
             sum_of(row->own.count));
}

static void full_allocator(const struct hb_soak_view *view, const struct hb_section *section,
                           size_t i)
{
    static const char *const headings[] = {"phase",     "operations",  "call",
                                           "calls",     "per million", "bytes",
                                           "own count", "own counters"};
    static const enum hb_align aligns[] = {HB_ALIGN_LEFT,  HB_ALIGN_RIGHT, HB_ALIGN_LEFT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_RIGHT, HB_ALIGN_RIGHT,
                                           HB_ALIGN_RIGHT, HB_ALIGN_LEFT};
    const struct hb_soak_judged *judged = &view->judgement->allocators[i];
    struct hb_table table;
    char title[HB_NAME_MAX + 64];
    const bool of_pass = judged->calls_count && judged->calls[0].epochs == 0;
    (void)snprintf(title, sizeof title, "%s%s", view->judgement->session->allocators[i].label,
                   of_pass ? " (from the counting pass)" : "");
    hb_section_heading(section, title);
    if (judged->calls_count == 0) {
        hb_section_line(section, "its memory system calls were not counted");
        return;
    }
    hb_table_init(&table, headings, aligns, 8);
    for (size_t r = 0; r < judged->calls_count; r++)
        full_phase(&table, &judged->calls[r]);
    hb_section_table(section, &table);
}

int hb_soak_syscalls_report(const struct hb_soak_view *view, struct hb_buf *out, struct hb_err *err)
{
    const struct hb_section section = {out, view->colour, view->markdown};
    for (size_t i = 0; i < view->judgement->session->allocator_count; i++)
        full_allocator(view, &section, i);
    return hb_buf_check(out, err);
}
