/* What is in a trace, as a report: see trace_report.h. */
#include "report/trace_report.h"

#include "base/copy.h"
#include "report/charts.h"
#include "report/sparkline.h"
#include "trace/tally.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static struct hb_text count_text(uint64_t count)
{
    return hb_format_count((double)count);
}

/* ---- what it is ---- */

static void add_head(const struct hb_tally *tally, const char *label, struct hb_doc *doc)
{
    const struct hb_trace_header *header = tally->header;
    const struct hb_trace_totals *totals = &tally->totals;
    hb_doc_add(doc, HB_BLOCK_HEAD, label, "%s events, %s thread%s, %s",
               count_text(totals->events).text, count_text(totals->threads).text,
               totals->threads == 1 ? "" : "s",
               hb_format_duration((double)totals->time_ns * 1e-9).text);
    hb_doc_add(doc, HB_BLOCK_LEDE, NULL,
               "%s blocks were made, %s of memory in all; the most that was live at a time is %s.",
               hb_format_count(round(tally->estimated_blocks)).text,
               hb_format_bytes(tally->estimated_bytes).text,
               hb_format_bytes(header->sample_bytes ? tally->estimated_peak
                                                    : (double)totals->peak_live_bytes)
                   .text);
    if (header->sample_bytes)
        hb_doc_add(
            doc, HB_BLOCK_CAUTION, "A sample.",
            "One byte of %s was drawn, and %s blocks are here for them. Blocks and bytes are "
            "estimates; counts of calls and threads are those of the sample.",
            hb_format_bytes_exact(header->sample_bytes).text, count_text(totals->made).text);
    if (header->end_note[0])
        hb_doc_add(doc, HB_BLOCK_CAUTION, header->is_complete ? "Its end:" : "Not whole:", "%s",
                   header->end_note);
    if (header->unseen)
        hb_doc_add(doc, HB_BLOCK_CAUTION, NULL,
                   "%s frees and reallocations were of blocks that were not seen made: they are "
                   "left out.",
                   count_text(header->unseen).text);
}

static void add_facts(const struct hb_tally *tally, struct hb_doc *doc)
{
    const struct hb_trace_header *header = tally->header;
    hb_doc_section(doc, "trace", "The trace", "%s", "");
    hb_doc_fact(doc, "command", header->command[0] ? "of %s" : "%s", header->command);
    hb_doc_fact(doc, "recorded", "recorded by %s%s%s%s%s", header->maker,
                header->start[0] ? ", " : "", header->start, header->allocator[0] ? ", under " : "",
                header->allocator);
    if (header->before)
        hb_doc_fact(doc, "before", "%s blocks were live before it begins",
                    count_text(header->before).text);
    hb_doc_fact(doc, "peak", "%s bytes live at the peak, %s in %s blocks at the end",
                count_text(tally->totals.peak_live_bytes).text,
                count_text(tally->totals.live_bytes).text,
                count_text(tally->totals.live_blocks).text);
    hb_doc_fact(doc, "cross-thread frees", "%s of %s frees (%s) are of another thread's block",
                count_text(tally->cross_frees).text, count_text(tally->frees).text,
                hb_format_percent(100 * share(tally->cross_frees, tally->frees)).text);
    hb_doc_fact(doc, "reallocations",
                "%s reallocations of %s blocks (chains), the longest chain has %s",
                count_text(tally->chain_links).text, count_text(tally->chains).text,
                count_text(tally->chain_longest).text);
}

/* ---- over time ---- */

static void add_course(const struct hb_tally *tally, struct hb_doc *doc)
{
    double most[HB_TALLY_SLOTS];
    struct hb_buf bars = {0};
    const bool is_sample = tally->header->sample_bytes != 0;
    for (size_t i = 0; i < tally->slot_count; i++)
        most[i] = is_sample ? tally->slots[i].estimated_most : (double)tally->slots[i].live_most;
    if (tally->slot_count < 2)
        return;
    hb_doc_section(doc, "course", "Live bytes over time", "%s",
                   tally->slot_ns ? "" : "in the order of events: it has no times");
    hb_sparkline(most, tally->slot_count, 60, 0, &bars);
    doc->where = HB_DOC_TEXT;
    hb_doc_line(doc, "%s", hb_buf_string(&bars));
    doc->where = HB_DOC_ALL;
    hb_buf_free(&bars);
    struct hb_chart *chart = hb_doc_chart(doc, HB_CHART_OVER, "live-bytes");
    hb_chart_words(chart, "Live bytes", "The most bytes asked for that were live at a time.");
    struct hb_chart_line *line = hb_chart_add_line(chart, "live bytes", 0);
    for (size_t i = 0; i < tally->slot_count; i++) {
        const double at =
            tally->slot_ns ? (double)(i * tally->slot_ns) * 1e-9 : (double)(i * tally->slot_events);
        (void)hb_chart_add_point(chart, line, at, most[i], (uint32_t)i + 1);
    }
    (void)snprintf(chart->x.title, sizeof chart->x.title, "%s",
                   tally->slot_ns ? "seconds since the start" : "events");
    (void)snprintf(chart->key_heading, sizeof chart->key_heading, "part");
    chart->x.text = tally->slot_ns ? hb_format_duration : hb_format_count;
    chart->x.from = 0;
    hb_chart_bytes_axis(&chart->y, hb_chart_most(chart));
}

/* ---- tables ---- */

static void add_calls(const struct hb_tally *tally, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("function"), HB_RIGHT("calls"),
                                               HB_RIGHT("failed"), HB_RIGHT("memory"),
                                               HB_RIGHT("bytes a call", .late = 1)};
    hb_doc_section(doc, "calls", "Calls", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "Calls by function", columns, 5);
    for (size_t i = 0; i < HB_CALLS; i++) {
        const uint64_t count = tally->calls[i].count, bytes = tally->calls[i].bytes;
        if (!count)
            continue;
        hb_table_text(table, hb_trace_functions[i].name);
        hb_table_text(table, count_text(count).text);
        hb_table_text(table, tally->calls[i].failed ? count_text(tally->calls[i].failed).text : "");
        hb_table_text(table, bytes ? hb_format_bytes((double)bytes).text : "");
        hb_table_text(table, bytes ? hb_format_bytes((double)bytes / (double)count).text : "");
    }
    if (tally->frees_of_null)
        hb_doc_line(doc, "%s of the frees were of NULL", count_text(tally->frees_of_null).text);
}

/* Blocks as bars in text: "####", of the largest. */
static void add_bar(struct hb_table *table, double value, double most)
{
    char bar[21] = "";
    const int length = most > 0 ? (int)ceil(20 * value / most) : 0;
    memset(bar, '#', (size_t)(length > 20 ? 20 : length));
    hb_table_text(table, bar);
}

static void add_sizes(const struct hb_tally *tally, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("size"), HB_RIGHT("blocks"),
                                               HB_RIGHT("share"), HB_RIGHT("memory"),
                                               HB_LEFT("blocks of this size", .late = 1)};
    double most = 0;
    for (size_t i = 0; i < HB_TALLY_BUCKETS; i++)
        most = fmax(most, tally->sizes[i].estimated_blocks);
    if (most <= 0)
        return;
    hb_doc_section(doc, "sizes", "Sizes", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "Sizes asked for", columns, 5);
    for (size_t i = 0; i < HB_TALLY_BUCKETS; i++) {
        const double blocks = tally->sizes[i].estimated_blocks;
        if (blocks <= 0)
            continue;
        hb_table_add(table, HB_STYLE_PLAIN, "up to %s%s",
                     hb_format_bytes_exact(UINT64_C(1) << i).text, i < 10 ? " B" : "");
        hb_table_text(table, hb_format_count(round(blocks)).text);
        hb_table_text(table, hb_format_percent(100 * blocks / tally->estimated_blocks).text);
        hb_table_text(table, hb_format_bytes(tally->sizes[i].estimated_bytes).text);
        add_bar(table, blocks, most);
    }
}

static void add_hot(const struct hb_tally *tally, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("bytes"), HB_RIGHT("blocks"),
                                               HB_RIGHT("share")};
    if (!tally->hot_count)
        return;
    hb_doc_section(doc, "hottest", "Hottest sizes", "of %s%s that differ",
                   count_text(tally->distinct_sizes).text, tally->sizes_overflow ? " or more" : "");
    struct hb_table *table = hb_doc_table(doc, "Sizes of most blocks", columns, 3);
    for (size_t i = 0; i < tally->hot_count; i++) {
        hb_table_text(table, count_text(tally->hot[i].size).text);
        hb_table_text(table, count_text(tally->hot[i].blocks).text);
        hb_table_text(
            table, hb_format_percent(100 * share(tally->hot[i].blocks, tally->totals.made)).text);
    }
}

static void add_lives(const struct hb_tally *tally, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("lived"), HB_RIGHT("blocks"),
                                               HB_RIGHT("share"), HB_RIGHT("memory"),
                                               HB_LEFT("blocks that lived so long", .late = 1)};
    double limit_ns = 1, most = (double)tally->totals.live_blocks;
    for (size_t i = 0; i < HB_TALLY_LIVES; i++)
        most = fmax(most, (double)tally->lives[i].blocks);
    if (!tally->slot_ns || !tally->totals.made)
        return;
    hb_doc_section(doc, "lifetimes", "Lifetimes", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "How long blocks lived", columns, 5);
    for (size_t i = 0; i <= HB_TALLY_LIVES; i++, limit_ns *= 10) {
        const bool stays = i == HB_TALLY_LIVES, is_last = i + 1 == HB_TALLY_LIVES;
        const uint64_t blocks = stays ? tally->totals.live_blocks : tally->lives[i].blocks;
        const uint64_t bytes = stays ? tally->totals.live_bytes : tally->lives[i].bytes;
        if (!blocks)
            continue;
        if (stays)
            hb_table_text(table, "to the end");
        else
            hb_table_add(table, HB_STYLE_PLAIN, "%s %s", is_last ? "from" : "below",
                         hb_format_ns(is_last ? limit_ns / 10 : limit_ns).text);
        hb_table_text(table, count_text(blocks).text);
        hb_table_text(table, hb_format_percent(100 * share(blocks, tally->totals.made)).text);
        hb_table_text(table, hb_format_bytes((double)bytes).text);
        add_bar(table, (double)blocks, most);
    }
}

static void add_all(const struct hb_tally *tally, const char *label, struct hb_doc *doc)
{
    add_head(tally, label, doc);
    add_facts(tally, doc);
    add_course(tally, doc);
    add_calls(tally, doc);
    add_sizes(tally, doc);
    add_hot(tally, doc);
    add_lives(tally, doc);
}

int hb_report_trace(const char *path, bool is_part, struct hb_doc *doc, struct hb_err *err)
{
    struct hb_tally *tally = hb_tally_of_file(path, err);
    if (!tally)
        return -1;
    if (is_part)
        hb_doc_part(doc, hb_path_name(path), hb_path_name(path), hb_path_name(path));
    add_all(tally, hb_path_name(path), doc);
    hb_tally_free(tally);
    return 0;
}
