/* Many machines as one comparison: see fleet_report.h. */
#include "report/fleet_report.h"

#include "base/unit.h"
#include "report/cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- words ---- */

/* "A", "B": a CPU's name is too long for a row. */
static struct hb_text class_text(const struct hb_fleet *fleet, size_t class)
{
    struct hb_text text;
    if (class == HB_FLEET_ALL)
        (void)snprintf(text.text, sizeof text.text, "all");
    else if (fleet->class_count > 26)
        (void)snprintf(text.text, sizeof text.text, "%zu", class + 1);
    else
        (void)snprintf(text.text, sizeof text.text, "%c", (char)('A' + (int)class));
    return text;
}

static bool is_over_all(const struct hb_fleet *fleet, const struct hb_fleet_row *row)
{
    return row->class == HB_FLEET_ALL && row->figure == HB_METRIC_THROUGHPUT &&
           (row->workload == HB_FLEET_ALL || (fleet->workload_count == 1 && row->workload == 0));
}

/* The fastest by the estimates. */
static const struct hb_fleet_row *best_row(const struct hb_fleet *fleet)
{
    const struct hb_fleet_row *best = NULL;
    for (size_t i = 0; i < fleet->row_count; i++) {
        const struct hb_fleet_row *row = &fleet->rows[i];
        if (is_over_all(fleet, row) && isfinite(row->effect.estimate) &&
            (!best || row->effect.estimate > best->effect.estimate))
            best = row;
    }
    return best;
}

static void say_best(const struct hb_fleet *fleet, const struct hb_fleet_row *row,
                     struct hb_buf *out)
{
    const struct hb_effect *effect = &row->effect;
    hb_buf_printf(out, " %s has the highest estimate: %.3f", row->label, exp(effect->estimate));
    if (isfinite(effect->interval.lo))
        hb_buf_printf(out, " [%.3f, %.3f]", exp(effect->interval.lo), exp(effect->interval.hi));
    hb_buf_printf(out, " times %s", fleet->reference);
    if (isnan(effect->interval.lo))
        hb_buf_text(out, "; of other machines one says nothing, so there is no interval.");
    else
        hb_buf_printf(out, ", and machines differ by %s.",
                      hb_format_percent(100 * expm1(effect->spread)).text);
}

void hb_verdict_of_fleet(const struct hb_fleet *fleet, struct hb_buf *out)
{
    const struct hb_fleet_row *best = best_row(fleet);
    size_t not_whole = 0;
    for (size_t m = 0; m < fleet->machine_count; m++)
        not_whole += fleet->machines[m].cut_off || fleet->machines[m].lacks;
    hb_buf_printf(out, "%zu machine%s of %zu class%s, %zu workload%s.", fleet->machine_count,
                  fleet->machine_count == 1 ? "" : "s", fleet->class_count,
                  fleet->class_count == 1 ? "" : "es", fleet->workload_count,
                  fleet->workload_count == 1 ? "" : "s");
    if (best)
        say_best(fleet, best, out);
    if (not_whole)
        hb_buf_printf(out, " %zu of the machines did not measure everything.", not_whole);
}

/* ---- tables ---- */

static void add_machines(const struct hb_fleet *fleet, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("machine"),
                                               HB_LEFT("class"),
                                               HB_LEFT("CPU", .late = 1, .breaks = true),
                                               HB_RIGHT("CPUs"),
                                               HB_RIGHT("sessions"),
                                               HB_RIGHT("cut off"),
                                               HB_RIGHT("lacks", .unit = "of the workloads")};
    hb_doc_section(doc, "machines", "Machines", "%zu", fleet->machine_count);
    struct hb_table *table = hb_doc_table(doc, "Machines", columns, 7);
    for (size_t m = 0; m < fleet->machine_count; m++) {
        const struct hb_fleet_machine *machine = &fleet->machines[m];
        hb_cell_label(table, machine->name);
        hb_table_text(table, class_text(fleet, machine->class).text);
        hb_table_text(table, machine->host->cpu_model[0] ? machine->host->cpu_model : "unknown");
        hb_table_add(table, HB_STYLE_PLAIN, "%u", machine->host->cpu_count);
        hb_table_add(table, HB_STYLE_PLAIN, "%zu", machine->sessions);
        hb_table_add(table, machine->cut_off ? HB_STYLE_BAD : HB_STYLE_DIM, "%zu",
                     machine->cut_off);
        hb_table_add(table, machine->lacks ? HB_STYLE_BAD : HB_STYLE_DIM, "%zu", machine->lacks);
    }
}

static void add_change(struct hb_table *table, const struct hb_fleet_row *row)
{
    static const enum hb_look looks[HB_CHANGE_KINDS] = {
        [HB_CHANGE_BETTER] = HB_LOOK_BETTER,
        [HB_CHANGE_WORSE] = HB_LOOK_WORSE,
        [HB_CHANGE_SAME] = HB_LOOK_SAME,
        [HB_CHANGE_INCONCLUSIVE] = HB_LOOK_OPEN,
    };
    const char *word = row->change == HB_CHANGE_NONE ? (row->effect.n ? "one machine" : "-")
                                                     : hb_change_word(row->figure, row->change);
    hb_cell_verdict(table, looks[row->change], false, word, 0);
}

static void add_row(const struct hb_fleet *fleet, struct hb_table *table,
                    const struct hb_fleet_row *row)
{
    const struct hb_effect *effect = &row->effect;
    hb_cell_label(table, row->label);
    hb_table_text(table, hb_figure(row->figure)->heading);
    hb_table_text(table, fleet->class_count > 1 ? class_text(fleet, row->class).text : "");
    hb_table_add(table, HB_STYLE_PLAIN, "%zu", effect->n);
    hb_cell_ratio(table, exp(effect->estimate), exp(effect->interval.lo), exp(effect->interval.hi));
    if (isnan(effect->spread))
        hb_table_add(table, HB_STYLE_DIM, "-");
    else
        hb_table_text(table, hb_format_percent(100 * expm1(effect->spread)).text);
    if (effect->n)
        hb_table_add(table, HB_STYLE_DIM, "%.3f to %.3f", row->lowest, row->highest);
    else
        hb_table_text(table, "");
    add_change(table, row);
}

/* Rows of one workload, which follow each other figure by figure. */
static void add_table(const struct hb_fleet *fleet, size_t workload, struct hb_doc *doc)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_LEFT("metric"),
                                               HB_LEFT("class"),
                                               HB_RIGHT("machines", .late = 2),
                                               HB_RIGHT("ratio", .leads = true),
                                               HB_RIGHT("spread", .late = 1),
                                               HB_RIGHT("each", .late = 3),
                                               HB_LEFT("verdict", .leads = true)};
    struct hb_table *table =
        hb_doc_table(doc, "Ratios to the reference, with 95 % intervals over machines", columns, 8);
    for (size_t i = 0; i < fleet->row_count; i++) {
        if (fleet->rows[i].workload == workload)
            add_row(fleet, table, &fleet->rows[i]);
    }
}

void hb_fleet_report(const struct hb_fleet *fleet, struct hb_doc *doc)
{
    add_machines(fleet, doc);
    if (fleet->common_count > 1) {
        hb_doc_section(doc, "over-all", "Over all workloads",
                       "geometric means of %zu, ratios to %s", fleet->common_count,
                       fleet->reference);
        add_table(fleet, HB_FLEET_ALL, doc);
        hb_doc_line(doc, "An interval says what other machines of these kinds would show; spread: "
                         "how far machines lie apart, beyond their own noise.");
    }
    for (size_t w = 0; w < fleet->workload_count; w++) {
        const struct hb_fleet_workload *workload = &fleet->workloads[w];
        hb_doc_section(doc, NULL, workload->name, "%.380s", workload->digest->parameters);
        add_table(fleet, w, doc);
    }
}
