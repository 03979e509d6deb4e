/* The table of a suite as a document: see standings_report.h. */
#include "report/standings_report.h"

#include "base/unit.h"
#include "report/cells.h"
#include "result/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SURE 0.975 /* of the resamples: said without a doubt */
#define EVEN 0.1   /* of a ratio: an interval so narrow is about as wide to both sides */

struct building {
    const struct hb_standings *standings;
    struct hb_doc *doc;
    size_t *shown; /* [shown_count] competitors with a figure anywhere; owned */
    size_t shown_count;
    size_t *order; /* [kind_count] kinds as they are listed; owned */
    size_t least;  /* blocks: with fewer nobody is told apart, whatever they show */
};

/* ---- words ---- */

static bool is_known(const struct hb_located *log)
{
    return isfinite(log->estimate);
}

static const struct hb_standing_cell *over_all(const struct hb_standings *standings, size_t c)
{
    return &standings->groups[HB_GROUP_ALL][c];
}

static double speed_of(const struct hb_standing_cell *cell)
{
    return cell->log[HB_STANDING_SPEED].estimate;
}

/* By rank, 1 is the first; competitors when there is none. */
static size_t at_rank(const struct hb_standings *standings, size_t rank)
{
    for (size_t c = 0; c < standings->competitors; c++) {
        if (over_all(standings, c)->place.rank == rank)
            return c;
    }
    return standings->competitors;
}

/* Near 1 the third decimal counts; of 45 times nobody asks for it. */
static int decimals_of(double ratio)
{
    return ratio < 1.9995 ? 3 : ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0;
}

/* "1.183 [1.159, 1.189]"; without an interval "1.183"; of the reference "1". */
static void add_ratio(const struct hb_located *log, struct hb_buf *out)
{
    const double ratio = exp(log->estimate), lo = exp(log->interval.lo), hi = exp(log->interval.hi);
    if (log->estimate == 0 && !(log->interval.hi > log->interval.lo))
        hb_buf_char(out, '1');
    else if (isnan(lo))
        hb_buf_printf(out, "%.*f", decimals_of(ratio), ratio);
    else
        hb_buf_printf(out, "%.*f [%.*f, %.*f]", decimals_of(ratio), ratio, decimals_of(lo), lo,
                      decimals_of(hi), hi);
}

/* "1.183 ±0.024", its wider side: eight columns of ends are wider than a page. An interval that is
 * far from even has its ends. */
static void add_short_ratio(const struct hb_located *log, struct hb_buf *out)
{
    const double ratio = exp(log->estimate);
    const double half = fmax(exp(log->interval.hi) - ratio, ratio - exp(log->interval.lo));
    if (half >= 0 && half <= EVEN * ratio && log->estimate != 0)
        hb_buf_printf(out, "%.*f \xc2\xb1%.*f", decimals_of(ratio), ratio, decimals_of(ratio),
                      half);
    else
        add_ratio(log, out);
}

static void add_verdict(const struct hb_standings *standings, struct hb_buf *out)
{
    const size_t first = at_rank(standings, 1), kinds = standings->group_kinds[HB_GROUP_ALL];
    if (standings->competitors == 1) {
        hb_buf_printf(out, "Nobody is compared with %s here.", standings->labels[0]);
        return;
    }
    if (first == standings->competitors) {
        hb_buf_text(out, "No allocator is in every kind: there is no place over all.");
        return;
    }
    const struct hb_standing_cell *cell = over_all(standings, first);
    hb_buf_printf(out, "Over %zu kind%s %s is %s: ", kinds, kinds == 1 ? "" : "s",
                  standings->labels[first],
                  cell->place.first >= SURE ? "fastest" : "fastest by the estimates");
    add_ratio(&cell->log[HB_STANDING_SPEED], out);
    hb_buf_printf(out, " times %s", standings->labels[standings->reference]);
    if (isnan(cell->place.first)) {
        hb_buf_text(out, ". How sure that is takes two blocks of each kind, and resamples.");
        return;
    }
    hb_buf_printf(out, ", first in %.0f %% of resamples.", 100 * cell->place.first);
    for (size_t c = 0; c < standings->competitors; c++) {
        const struct hb_place *place = &over_all(standings, c)->place;
        if (c != first && place->rank && place->best == 1)
            hb_buf_printf(out, " %s may be as well (%.0f %%).", standings->labels[c],
                          100 * place->first);
    }
}

/* "mixed and larson"; "8 kinds (mixed, larson, batch, drain, calloc and 3 more)". */
static void add_names(const struct building *building, const size_t *kinds, size_t count,
                      struct hb_buf *out)
{
    const size_t most = count > 6 ? 5 : count;
    if (count > most)
        hb_buf_printf(out, "%zu kinds (", count);
    for (size_t i = 0; i < most; i++)
        hb_buf_printf(out, "%s%s",
                      i == 0           ? ""
                      : i + 1 == count ? " and "
                                       : ", ",
                      building->standings->kinds[kinds[i]].name);
    if (count > most)
        hb_buf_printf(out, " and %zu more)", count - most);
}

static bool is_slowest(const struct building *building, const struct hb_kind *kind, size_t c)
{
    const double own = speed_of(&kind->cells[c]);
    size_t others = 0;
    for (size_t i = 0; i < building->shown_count; i++) {
        const size_t o = building->shown[i];
        others += o != c && is_known(&kind->cells[o].log[HB_STANDING_SPEED]);
        if (o != c && speed_of(&kind->cells[o]) <= own)
            return false;
    }
    return isfinite(own) && others > 0;
}

static size_t count_first(const struct hb_standings *standings, const struct hb_kind *kind)
{
    size_t count = 0;
    for (size_t c = 0; c < standings->competitors; c++)
        count += kind->is_first[c];
    return count;
}

static bool tells_apart(const struct building *building, const struct hb_kind *kind)
{
    return kind->blocks[HB_STANDING_SPEED] >= building->least && !kind->left_out[0];
}

enum { ALONE = 0, SHARED, LAST, TAKES_NO_PART, PLACES };

/* Where an allocator stands in each kind. lists: [PLACES][kinds]. */
static void sort_kinds(const struct building *building, size_t c, size_t *lists,
                       size_t counts[PLACES])
{
    const struct hb_standings *standings = building->standings;
    for (size_t i = 0; i < standings->kind_count; i++) {
        const size_t k = building->order[i];
        const struct hb_kind *kind = &standings->kinds[k];
        int place = PLACES;
        if (kind->left_out[0] || kind->best < 0)
            continue;
        if (!is_known(&kind->cells[c].log[HB_STANDING_SPEED]))
            place = TAKES_NO_PART;
        else if (!tells_apart(building, kind))
            continue;
        else if (kind->is_first[c])
            place = count_first(standings, kind) == 1 ? ALONE : SHARED;
        else if (is_slowest(building, kind, c))
            place = LAST;
        if (place < PLACES)
            lists[(size_t)place * standings->kind_count + counts[place]++] = k;
    }
}

/* Kinds of which a speed is believed, and how many of them have too few blocks to tell anybody
 * apart. */
static size_t count_few(const struct building *building, size_t *all)
{
    const struct hb_standings *standings = building->standings;
    size_t few = 0;
    *all = 0;
    for (size_t i = 0; i < standings->kind_count; i++) {
        const struct hb_kind *kind = &standings->kinds[i];
        const bool counts = kind->blocks[HB_STANDING_SPEED] > 0 && !kind->left_out[0];
        *all += counts;
        few += counts && !tells_apart(building, kind);
    }
    return few;
}

static void say_where(const struct building *building, size_t c, size_t *lists)
{
    static const char *const words[PLACES] = {"wins ", "is not told from the fastest in ",
                                              "is slowest in ", "takes no part in "};
    struct hb_buf text = {0};
    size_t counts[PLACES] = {0};
    sort_kinds(building, c, lists, counts);
    for (size_t p = 0; p < PLACES; p++) {
        if (counts[p] == 0)
            continue;
        hb_buf_printf(&text, "%s%s", text.size ? "; it " : "", words[p]);
        add_names(building, lists + p * building->standings->kind_count, counts[p], &text);
        hb_buf_text(&text, p == TAKES_NO_PART ? ", and so has no place over all" : "");
    }
    size_t all;
    const size_t few = count_few(building, &all);
    if (text.size)
        hb_doc_line(building->doc, "%s %s.", building->standings->labels[c], hb_buf_string(&text));
    else if (few < all)
        hb_doc_line(building->doc, "%s is neither first nor last %s.",
                    building->standings->labels[c], few ? "in the others" : "anywhere");
    building->doc->failed |= text.failed;
    hb_buf_free(&text);
}

/* ---- tables ---- */

static void ratio_cell(struct hb_table *table, const struct hb_standing_cell *cell,
                       enum hb_standing_figure figure, bool is_first)
{
    struct hb_buf text = {0};
    if (!is_known(&cell->log[figure])) {
        hb_table_add(table, HB_STYLE_DIM, "%s", cell->why[0] ? cell->why : "-");
        return;
    }
    add_short_ratio(&cell->log[figure], &text);
    hb_table_add(table, is_first ? HB_STYLE_GOOD : HB_STYLE_PLAIN, "%s%s", hb_buf_string(&text),
                 is_first ? "*" : "");
    table->failed |= text.failed;
    hb_buf_free(&text);
}

/* The ratio alone has room for eight allocators on a screen. */
static void short_cell(struct hb_table *table, const struct hb_standing_cell *cell,
                       enum hb_standing_figure figure, bool is_first)
{
    const struct hb_located *log = &cell->log[figure];
    if (!is_known(log)) {
        hb_table_add(table, HB_STYLE_DIM, "%s", cell->why[0] ? cell->why : "-");
        return;
    }
    hb_table_add(table, is_first ? HB_STYLE_GOOD : HB_STYLE_PLAIN, "%.2f%s", exp(log->estimate),
                 is_first ? "*" : "");
}

static void place_cells(struct hb_table *table, const struct hb_place *place)
{
    if (!place->rank) {
        hb_table_add(table, HB_STYLE_DIM, "-");
        hb_table_add(table, HB_STYLE_DIM, "-");
        return;
    }
    if (place->best == place->worst || isnan(place->first))
        hb_table_add(table, HB_STYLE_PLAIN, "%zu", place->rank);
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%zu (%zu to %zu)", place->rank, place->best,
                     place->worst);
    if (isnan(place->first))
        hb_table_add(table, HB_STYLE_DIM, "-");
    else
        hb_table_add(table, HB_STYLE_PLAIN, "%.0f %%", 100 * place->first);
}

/* The first is best over all; those without a place stand last. */
static size_t by_place(const struct building *building, size_t i)
{
    size_t seen = 0;
    for (size_t rank = 1; rank <= building->standings->competitors; rank++) {
        for (size_t k = 0; k < building->shown_count; k++) {
            const size_t c = building->shown[k];
            if (over_all(building->standings, c)->place.rank == rank && seen++ == i)
                return c;
        }
    }
    for (size_t k = 0; k < building->shown_count; k++) {
        const size_t c = building->shown[k];
        if (!over_all(building->standings, c)->place.rank && seen++ == i)
            return c;
    }
    return building->shown[0];
}

/* "hakmem 0.1.0, jemalloc 5.3.0": as some session has them. */
static void add_versions(const struct building *building, struct hb_buf *out)
{
    const struct hb_standings *standings = building->standings;
    for (size_t k = 0; k < building->shown_count; k++) {
        const char *label = standings->labels[by_place(building, k)], *version = "";
        for (size_t i = 0; i < standings->kind_count && !version[0]; i++) {
            const struct hb_session *session = standings->kinds[i].source->session;
            const int index = hb_session_find(session, label);
            version = index >= 0 ? session->allocators[index].library_version : "";
        }
        hb_buf_printf(out, "%s%s%s%s", k ? ", " : "", label, version[0] ? " " : "", version);
    }
}

/* A table without its machine, day and versions is nobody's. */
static void add_machine(const struct building *building)
{
    const struct hb_standings *standings = building->standings;
    const struct hb_session *first = NULL;
    struct hb_buf versions = {0}, blocks_of_each = {0};
    size_t least = SIZE_MAX, most = 0;
    for (size_t i = 0; i < standings->kind_count; i++) {
        const struct hb_kind *kind = &standings->kinds[i];
        const size_t blocks =
            kind->blocks[kind->blocks[HB_STANDING_SPEED] ? HB_STANDING_SPEED : HB_STANDING_MEMORY];
        const struct hb_session *session = kind->source->session;
        if (!first || strcmp(session->started_at, first->started_at) < 0)
            first = session;
        least = blocks < least ? blocks : least;
        most = blocks > most ? blocks : most;
    }
    if (!first || !first->host.cpu_count)
        return;
    add_versions(building, &versions);
    hb_buf_printf(&blocks_of_each, "%zu", least);
    if (most > least)
        hb_buf_printf(&blocks_of_each, " to %zu", most);
    hb_doc_line(building->doc,
                "Measured on %.10s on %s with %u CPU%s, Linux %s, %s: %s; %s block%s of each kind, "
                "every allocator once in a block.",
                first->started_at, first->host.cpu_model, first->host.cpu_count,
                first->host.cpu_count == 1 ? "" : "s", first->host.kernel, first->host.libc,
                hb_buf_string(&versions), hb_buf_string(&blocks_of_each), most == 1 ? "" : "s");
    building->doc->failed |= versions.failed || blocks_of_each.failed;
    hb_buf_free(&versions);
    hb_buf_free(&blocks_of_each);
}

static void add_whole(const struct building *building)
{
    static const struct hb_column columns[] = {HB_LEFT("allocator"),
                                               HB_RIGHT("speed", .leads = true),
                                               HB_RIGHT("place"),
                                               HB_RIGHT("first"),
                                               HB_RIGHT("memory"),
                                               HB_RIGHT("loops", .late = 3),
                                               HB_RIGHT("sweeps", .late = 4),
                                               HB_RIGHT("programs", .late = 2),
                                               HB_RIGHT("traces", .late = 5)};
    const struct hb_standings *standings = building->standings;
    const size_t kinds = standings->group_kinds[HB_GROUP_ALL];
    hb_doc_section(building->doc, "over-all", "Over all",
                   "%zu kind%s, ratios to %s: above 1 is better", kinds, kinds == 1 ? "" : "s",
                   standings->labels[standings->reference]);
    struct hb_table *table = hb_doc_table(building->doc, "Geometric means with 95 % intervals",
                                          columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < building->shown_count; i++) {
        const size_t c = by_place(building, i);
        hb_cell_label(table, standings->labels[c]);
        ratio_cell(table, over_all(standings, c), HB_STANDING_SPEED, false);
        place_cells(table, &over_all(standings, c)->place);
        ratio_cell(table, over_all(standings, c), HB_STANDING_MEMORY, false);
        for (size_t g = 0; g < HB_GROUP_ALL; g++) {
            if (standings->group_kinds[g])
                ratio_cell(table, &standings->groups[g][c], HB_STANDING_SPEED, false);
            else
                hb_table_text(table, "");
        }
    }
    building->doc->in_brief = true;
    hb_doc_line(
        building->doc,
        "Ratios to %s, geometric means over the kinds with 95 %% intervals: above 1 is faster, "
        "or takes less memory. Other kinds would give other means. place: in brackets "
        "where it may be; first: how often it is, when the blocks are drawn anew.",
        standings->labels[standings->reference]);
    add_machine(building);
    building->doc->in_brief = false;
}

static struct hb_table *kinds_table(const struct building *building, const char *caption)
{
    const size_t count = building->shown_count + 2;
    struct hb_column *columns = calloc(count, sizeof *columns);
    building->doc->failed |= !columns;
    if (!columns)
        return NULL;
    columns[0] = (struct hb_column)HB_LEFT("kind");
    for (size_t i = 0; i < building->shown_count; i++)
        columns[i + 1] = (struct hb_column)HB_RIGHT(
            building->standings->labels[building->shown[i]],
            .late = building->shown[i] == building->standings->reference ? 99 : (unsigned)i + 1);
    columns[count - 1] = (struct hb_column)HB_RIGHT("blocks", .late = 90);
    struct hb_table *table = hb_doc_table(building->doc, caption, columns, count);
    free(columns);
    return table;
}

/* where: a terminal has room for the ratios alone. */
static void add_kinds(const struct building *building, enum hb_standing_figure figure,
                      const char *caption, enum hb_doc_where where)
{
    const struct hb_standings *standings = building->standings;
    building->doc->where = where;
    struct hb_table *table = kinds_table(building, caption);
    for (size_t i = 0; table && i < standings->kind_count; i++) {
        const struct hb_kind *kind = &standings->kinds[building->order[i]];
        if (!kind->blocks[figure])
            continue;
        hb_table_add(table, HB_STYLE_STRONG, "%s%s", kind->name, kind->left_out[0] ? " (!)" : "");
        for (size_t k = 0; k < building->shown_count; k++) {
            const struct hb_standing_cell *cell = &kind->cells[building->shown[k]];
            const bool is_first = figure == HB_STANDING_SPEED && tells_apart(building, kind) &&
                                  kind->is_first[building->shown[k]];
            if (where == HB_DOC_SCREEN)
                short_cell(table, cell, figure, is_first);
            else
                ratio_cell(table, cell, figure, is_first);
        }
        hb_table_add(table, HB_STYLE_DIM, "%zu", kind->blocks[figure]);
    }
    building->doc->where = HB_DOC_ALL;
}

static void add_bytes(const struct building *building)
{
    const struct hb_standings *standings = building->standings;
    building->doc->where = HB_DOC_WIDE;
    hb_doc_section(building->doc, "bytes", "Memory in bytes", "%s",
                   "at its peak; of what sleeps at its end");
    struct hb_table *table = kinds_table(building, "Memory in bytes");
    for (size_t i = 0; table && i < standings->kind_count; i++) {
        const struct hb_kind *kind = &standings->kinds[building->order[i]];
        hb_table_add(table, HB_STYLE_STRONG, "%s", kind->name);
        for (size_t k = 0; k < building->shown_count; k++) {
            const double bytes = kind->cells[building->shown[k]].bytes;
            hb_table_text(table, isfinite(bytes) ? hb_format_bytes(bytes).text : "-");
        }
        hb_table_add(table, HB_STYLE_DIM, "%zu", kind->blocks[HB_STANDING_MEMORY]);
    }
    building->doc->where = HB_DOC_ALL;
}

/* Once, and not in each allocator's sentence. */
static void note_too_few(const struct building *building)
{
    size_t all;
    const size_t few = count_few(building, &all);
    if (few && building->shown_count > 1)
        hb_doc_line(building->doc,
                    "%zu of %zu kinds have fewer than %zu blocks: too few to tell %zu "
                    "allocators apart in %s.",
                    few, all, building->least, building->shown_count,
                    few == all ? "any of them" : "them");
}

static void add_notes(const struct building *building)
{
    const struct hb_standings *standings = building->standings;
    for (size_t i = 0; i < standings->kind_count; i++) {
        const struct hb_kind *kind = &standings->kinds[i];
        if (kind->left_out[0])
            hb_doc_line(building->doc, "%s is in no mean: %s", kind->name, kind->left_out);
    }
    if (standings->older)
        hb_doc_line(building->doc, "%zu older sessions of kinds that a newer one has are left out",
                    standings->older);
}

/* ---- all of it ---- */

static double focus_of(const struct building *building, size_t kind)
{
    const struct hb_standings *standings = building->standings;
    for (size_t i = 0; i < building->shown_count; i++) {
        const struct hb_standing_cell *cell = &standings->kinds[kind].cells[building->shown[i]];
        if (building->shown[i] != standings->reference)
            return isfinite(speed_of(cell)) ? speed_of(cell) : HUGE_VAL;
    }
    return 0;
}

static bool is_before(const struct building *building, bool worst_first, size_t a, size_t b)
{
    const struct hb_kind *kinds = building->standings->kinds;
    if (worst_first)
        return focus_of(building, a) < focus_of(building, b);
    return kinds[a].group < kinds[b].group;
}

/* Loops, sweeps, programs, traces, each as the files come; or the worst first. */
static void order_kinds(struct building *building, bool worst_first)
{
    for (size_t i = 0; i < building->standings->kind_count; i++) {
        size_t at = i;
        for (; at > 0 && is_before(building, worst_first, i, building->order[at - 1]); at--)
            building->order[at] = building->order[at - 1];
        building->order[at] = i;
    }
}

static void find_shown(struct building *building)
{
    const struct hb_standings *standings = building->standings;
    for (size_t c = 0; c < standings->competitors; c++) {
        bool has = false;
        for (size_t i = 0; i < standings->kind_count && !has; i++)
            has = is_known(&standings->kinds[i].cells[c].log[HB_STANDING_SPEED]) ||
                  is_known(&standings->kinds[i].cells[c].log[HB_STANDING_MEMORY]);
        if (has)
            building->shown[building->shown_count++] = c;
    }
}

static void add_wins(const struct building *building)
{
    size_t *lists = calloc(PLACES * building->standings->kind_count + 1, sizeof *lists);
    building->doc->failed |= !lists;
    hb_doc_section(building->doc, "wins", "Who wins where", "%s", "");
    building->doc->in_brief = true;
    note_too_few(building);
    for (size_t i = 0; lists && i < building->shown_count; i++)
        say_where(building, by_place(building, i), lists);
    building->doc->in_brief = false;
    free(lists);
}

static void add_sections(const struct building *building)
{
    struct hb_doc *doc = building->doc;
    struct hb_buf lede = {0};
    add_verdict(building->standings, &lede);
    hb_doc_lede(doc, &lede);
    add_whole(building);
    add_wins(building);
    hb_doc_section(doc, "speed", "Speed by kind", "%s", "times the reference's");
    add_kinds(building, HB_STANDING_SPEED, "Speed by kind", HB_DOC_SCREEN);
    add_kinds(building, HB_STANDING_SPEED, "Speed by kind, with 95 % intervals", HB_DOC_WIDE);
    hb_doc_line(doc, "A star: the fastest, and who is not told from it.");
    doc->where = HB_DOC_SCREEN;
    hb_doc_line(doc, "Intervals are in Markdown, CSV and on the page.");
    doc->where = HB_DOC_ALL;
    hb_doc_section(doc, "memory", "Memory by kind", "%s", "times less than the reference");
    add_kinds(building, HB_STANDING_MEMORY, "Memory by kind", HB_DOC_SCREEN);
    add_kinds(building, HB_STANDING_MEMORY, "Memory by kind, with 95 % intervals", HB_DOC_WIDE);
    add_bytes(building);
    add_notes(building);
}

int hb_standings_report(const struct hb_standings_view *view, struct hb_doc *doc,
                        struct hb_err *err)
{
    struct building building = {.standings = view->standings, .doc = doc};
    building.shown = calloc(view->standings->competitors + 1, sizeof *building.shown);
    building.order = calloc(view->standings->kind_count + 1, sizeof *building.order);
    const bool ok = building.shown && building.order;
    if (ok)
        find_shown(&building);
    building.least =
        hb_verdict_pairs_least(building.shown_count > 1 ? building.shown_count - 1 : 1);
    if (ok && building.shown_count) {
        order_kinds(&building, view->worst_first);
        add_sections(&building);
    } else if (ok) {
        hb_doc_line(doc, "no allocator has a figure in these files");
    }
    free(building.shown);
    free(building.order);
    return ok ? hb_doc_check(doc, err) : hb_err_memory(err, NULL);
}

/* ---- CSV ---- */

static void csv_row(const char *kind, const char *group, const char *label, const size_t *blocks,
                    const struct hb_standing_cell *cell, struct hb_buf *out)
{
    struct hb_buf row = {0};
    hb_csv_add_text(&row, kind);
    hb_csv_add_text(&row, group);
    hb_csv_add_text(&row, label);
    for (int f = 0; f < HB_STANDING_FIGURES; f++) {
        const struct hb_located *log = &cell->log[f];
        hb_csv_add_double(&row, blocks ? (double)blocks[f] : (double)NAN);
        hb_csv_add_double(&row, exp(log->estimate));
        hb_csv_add_double(&row, exp(log->interval.lo));
        hb_csv_add_double(&row, exp(log->interval.hi));
    }
    const bool has_place = cell->place.rank > 0;
    hb_csv_add_double(&row, cell->bytes);
    hb_csv_add_double(&row, has_place ? (double)cell->place.rank : (double)NAN);
    hb_csv_add_double(&row, has_place ? (double)cell->place.best : (double)NAN);
    hb_csv_add_double(&row, has_place ? (double)cell->place.worst : (double)NAN);
    hb_csv_add_double(&row, has_place ? cell->place.first : (double)NAN);
    hb_csv_add_text(&row, cell->why);
    hb_buf_printf(out, "%s\n", hb_buf_string(&row));
    out->failed |= row.failed;
    hb_buf_free(&row);
}

void hb_standings_csv(const struct hb_standings *standings, struct hb_buf *out)
{
    hb_buf_text(out, "kind,group,allocator,speed_blocks,speed,speed_lo,speed_hi,memory_blocks,"
                     "memory,memory_lo,memory_hi,memory_bytes,rank,rank_best,rank_worst,"
                     "first_share,why\n");
    for (size_t i = 0; i < standings->kind_count; i++) {
        const struct hb_kind *kind = &standings->kinds[i];
        for (size_t c = 0; c < standings->competitors; c++)
            csv_row(kind->name, hb_kind_group_names[kind->group], standings->labels[c],
                    kind->blocks, &kind->cells[c], out);
    }
    for (size_t g = 0; g < HB_GROUPS; g++) {
        for (size_t c = 0; standings->group_kinds[g] && c < standings->competitors; c++)
            csv_row("", hb_kind_group_names[g], standings->labels[c], NULL,
                    &standings->groups[g][c], out);
    }
}
