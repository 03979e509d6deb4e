/* Many machines, one comparison: see fleet.h. */
#include "compare/fleet.h"

#include "base/copy.h"
#include "stats/order.h"
#include "stats/paired.h"
#include "stats/standing.h"
#include "stats/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 5

/* What is known of one machine: its log-ratio to the reference, and the square of its error. */
struct known {
    double y, v;
};

struct making {
    const struct hb_compare_options *options;
    struct hb_fleet *out;
    const struct hb_digest **digests; /* [machines][workloads], NULL: it has none */
    const char **labels;              /* [label_count] competitors */
    size_t label_count;
    size_t figures[HB_FIGURE_COUNT], figure_count;
    struct known *cells; /* [figures][workloads][labels][machines] */
    double *scratch;     /* for any statistic of a session's blocks, or of the machines */
    size_t row_capacity;
    struct hb_err *err;
};

static int no_memory(struct making *making)
{
    return hb_err_memory(making->err, NULL);
}

/* ---- who is a machine ---- */

static const char *machine_name(const struct hb_digest *digest)
{
    return digest->is_labelled || !digest->host.hostname[0] ? digest->label : digest->host.hostname;
}

bool hb_fleet_is_one(const struct hb_digest *digests, size_t n)
{
    bool is_twice = false;
    for (size_t i = 1; i < n; i++) {
        if (strcmp(digests[i].host.hostname, digests[0].host.hostname) != 0 ||
            strcmp(digests[i].host.class_key, digests[0].host.class_key) != 0)
            return true;
        for (size_t j = 0; j < i; j++)
            is_twice |= strcmp(digests[i].key, digests[j].key) == 0;
    }
    return n > 0 && !is_twice;
}

static size_t add_class(struct hb_fleet *out, const struct hb_host_info *host)
{
    size_t c = 0;
    while (c < out->class_count && strcmp(out->classes[c].key, host->class_key) != 0)
        c++;
    if (c == out->class_count) {
        struct hb_fleet_class *class = &out->classes[out->class_count++];
        *class = (struct hb_fleet_class){.host = host};
        HB_COPY(class->key, host->class_key);
    }
    return c;
}

/* A label may stand for machines of two classes: these are two. */
static size_t add_machine(struct hb_fleet *out, const struct hb_digest *digest)
{
    const char *name = machine_name(digest);
    const size_t class = add_class(out, &digest->host);
    size_t m = 0;
    while (m < out->machine_count &&
           (strcmp(out->machines[m].name, name) != 0 || out->machines[m].class != class))
        m++;
    if (m < out->machine_count)
        return m;
    struct hb_fleet_machine *machine = &out->machines[out->machine_count++];
    *machine = (struct hb_fleet_machine){.host = &digest->host, .class = class};
    HB_COPY(machine->name, name);
    HB_COPY(machine->id, digest->host.machine_id_hash);
    out->classes[class].machines++;
    return m;
}

static size_t add_workload(struct hb_fleet *out, const struct hb_digest *digest)
{
    for (size_t w = 0; w < out->workload_count; w++) {
        const struct hb_digest *own = out->workloads[w].digest;
        if (own && strcmp(own->key, digest->key) == 0)
            return w;
    }
    struct hb_fleet_workload *workload = &out->workloads[out->workload_count];
    *workload = (struct hb_fleet_workload){.digest = digest};
    HB_COPY(workload->name, digest->profile_name[0] ? digest->profile_name : digest->workload);
    return out->workload_count++;
}

static const struct hb_digest **digest_at(const struct making *making, size_t machine, size_t w)
{
    return &making->digests[machine * making->out->workload_count + w];
}

/* ---- words ---- */

__attribute__((format(printf, 2, 3))) static void note(struct making *making, const char *format,
                                                       ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    hb_buf_printf(&making->out->notes, "%s\n", text);
}

static void add_name(struct hb_buf *names, size_t *count, const char *name)
{
    if (++*count <= NAMES_SHOWN)
        hb_buf_printf(names, "%s%s", *count > 1 ? ", " : "", name);
}

static void end_names(struct hb_buf *names, size_t count)
{
    if (count > NAMES_SHOWN)
        hb_buf_printf(names, " and %zu more", count - NAMES_SHOWN);
}

/* ---- which session stands where ---- */

static void place(struct making *making, const struct hb_digest *digest, size_t *older)
{
    struct hb_fleet *out = making->out;
    const size_t m = add_machine(out, digest), w = add_workload(out, digest);
    const struct hb_digest **at = digest_at(making, m, w);
    *older += *at != NULL;
    if (!*at || strcmp((*at)->started_at, digest->started_at) < 0)
        *at = digest;
}

/* Two passes: how many workloads there are says where a machine's begin. */
static int place_all(struct making *making, const struct hb_digest *digests, size_t n)
{
    struct hb_fleet *out = making->out;
    size_t older = 0, copies = 0;
    for (size_t i = 0; i < n; i++) {
        (void)add_machine(out, &digests[i]);
        (void)add_workload(out, &digests[i]);
    }
    making->digests = calloc(out->machine_count * out->workload_count + 1, sizeof *making->digests);
    if (!making->digests)
        return no_memory(making);
    for (size_t i = 0; i < n; i++) {
        if (hb_digest_is_copy(digests, i))
            copies++;
        else
            place(making, &digests[i], &older);
    }
    if (copies)
        note(making, "%zu sessions are there twice: counted once", copies);
    if (older)
        note(making, "%zu older sessions gave way to a newer one of their machine", older);
    return 0;
}

/* ---- the reference and who is compared with it ---- */

static int choose_reference(struct making *making, const struct hb_digest *digests, size_t n)
{
    const char *wanted = making->options->relative_to;
    const struct hb_digest *first = &digests[0];
    int at = first->reference >= 0 ? first->reference : first->floor;
    if (wanted && strcmp(wanted, "floor") == 0)
        at = first->floor;
    else if (wanted && strcmp(wanted, "reference") != 0)
        at = hb_digest_find(first, wanted);
    if (at < 0)
        return hb_err_set(making->err, HB_ERR_USAGE, "%s has no %s to take ratios to", first->path,
                          wanted ? wanted : "reference and no floor");
    HB_COPY(making->out->reference, first->entries[at].label);
    for (size_t i = 0; i < n; i++) {
        if (hb_digest_find(&digests[i], making->out->reference) < 0)
            note(making, "%s has no %s and is left out: ratios are to it (--relative-to)",
                 digests[i].path, making->out->reference);
    }
    return 0;
}

static bool has_label(const struct making *making, const char *label)
{
    for (size_t l = 0; l < making->label_count; l++) {
        if (strcmp(making->labels[l], label) == 0)
            return true;
    }
    return false;
}

static bool competes(const struct making *making, const struct hb_digest_entry *entry)
{
    return entry->role != HB_ROLE_TWIN && entry->role != HB_ROLE_FLOOR &&
           strcmp(entry->label, making->out->reference) != 0 &&
           hb_compare_is_listed(making->options->allocators, entry->label);
}

static int find_labels(struct making *making, const struct hb_digest *digests, size_t n)
{
    size_t capacity = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t e = 0; e < digests[i].count; e++) {
            const struct hb_digest_entry *entry = &digests[i].entries[e];
            if (!competes(making, entry) || has_label(making, entry->label))
                continue;
            const char **labels =
                hb_array_grown(making->labels, making->label_count, &capacity, sizeof *labels);
            if (!labels)
                return no_memory(making);
            making->labels = labels;
            labels[making->label_count++] = entry->label;
        }
    }
    return 0;
}

/* ---- what one machine says ---- */

/* Logs of the blocks in which both have it. */
static size_t take_pairs(const struct hb_digest *digest, const struct hb_series *own,
                         const struct hb_series *reference, double *to)
{
    size_t n = 0;
    for (size_t b = 0; own->values && reference->values && b < digest->blocks; b++) {
        if (own->values[b] > 0 && reference->values[b] > 0 && isfinite(own->values[b]) &&
            isfinite(reference->values[b]))
            to[n++] = log(own->values[b] / reference->values[b]);
    }
    return n;
}

/* A soak is one process each: what is known of its scatter says nothing of another start, and only
 * the machines' spread is left. */
static struct known know(const struct making *making, const struct hb_digest *digest,
                         const char *label, size_t figure)
{
    const struct known nothing = {(double)NAN, (double)NAN};
    const int at = hb_digest_find(digest, label);
    const int by = hb_digest_find(digest, making->out->reference);
    if (at < 0 || by < 0 || (digest->doubt[0] && hb_figure_is_time(figure)))
        return nothing;
    const struct hb_series *own = &digest->entries[at].series[figure];
    const struct hb_series *reference = &digest->entries[by].series[figure];
    if (!digest->paired)
        return own->value > 0 && reference->value > 0
                   ? (struct known){log(own->value / reference->value), 0}
                   : nothing;
    double *d = making->scratch;
    const size_t n = take_pairs(digest, own, reference, d);
    if (n == 0)
        return nothing;
    const double sd = hb_stats_sd(d, n);
    return (struct known){hb_stats_hodges_lehmann(d, n, d + n), sd * sd / (double)n};
}

static struct known *cell_at(const struct making *making, size_t f, size_t w, size_t l)
{
    const struct hb_fleet *out = making->out;
    return &making->cells[((f * out->workload_count + w) * making->label_count + l) *
                          out->machine_count];
}

static int fill_cells(struct making *making)
{
    const struct hb_fleet *out = making->out;
    const size_t count = making->figure_count * out->workload_count * making->label_count;
    making->cells = calloc(count * out->machine_count + 1, sizeof *making->cells);
    if (!making->cells)
        return no_memory(making);
    for (size_t f = 0; f < making->figure_count; f++) {
        for (size_t w = 0; w < out->workload_count; w++) {
            for (size_t l = 0; l < making->label_count; l++) {
                for (size_t m = 0; m < out->machine_count; m++) {
                    const struct hb_digest *digest = *digest_at(making, m, w);
                    cell_at(making, f, w, l)[m] =
                        digest ? know(making, digest, making->labels[l], making->figures[f])
                               : (struct known){(double)NAN, (double)NAN};
                }
            }
        }
    }
    return 0;
}

/* ---- which workloads the means are over ---- */

static bool has_values(const struct making *making, const struct hb_digest *digest)
{
    const int by = digest ? hb_digest_find(digest, making->out->reference) : -1;
    return by >= 0 && digest->entries[by].runs_ok > 0;
}

static void count_sessions(struct making *making)
{
    struct hb_fleet *out = making->out;
    for (size_t m = 0; m < out->machine_count; m++) {
        for (size_t w = 0; w < out->workload_count; w++) {
            const struct hb_digest *digest = *digest_at(making, m, w);
            out->machines[m].sessions += digest != NULL;
            out->machines[m].cut_off += digest && digest->partial;
            out->workloads[w].machines += has_values(making, digest);
        }
    }
}

/* One that was cut off early would leave hardly any workload, and one workload that is on a single
 * machine hardly a machine: what more than half have is in the means, and who has all of that. */
static void find_common(struct making *making)
{
    struct hb_fleet *out = making->out;
    struct hb_buf names = {0};
    size_t count = 0;
    for (size_t w = 0; w < out->workload_count; w++) {
        struct hb_fleet_workload *workload = &out->workloads[w];
        workload->is_common = 2 * workload->machines > out->machine_count;
        out->common_count += workload->is_common;
        if (!workload->is_common)
            add_name(&names, &count, workload->name);
    }
    end_names(&names, count);
    if (count)
        note(making, "on half of the machines or fewer, and so in no mean: %s",
             hb_buf_string(&names));
    hb_buf_free(&names);
    for (size_t m = 0; m < out->machine_count; m++) {
        for (size_t w = 0; w < out->workload_count; w++)
            out->machines[m].lacks +=
                out->workloads[w].is_common && !has_values(making, *digest_at(making, m, w));
    }
}

/* ---- rows ---- */

static struct known mean_of(const struct making *making, size_t f, size_t l, size_t m)
{
    const struct hb_fleet *out = making->out;
    const double count = (double)out->common_count;
    struct known mean = {0, 0};
    for (size_t w = 0; w < out->workload_count; w++) {
        const struct known *own = &cell_at(making, f, w, l)[m];
        if (!out->workloads[w].is_common)
            continue;
        mean.y += own->y / count;
        mean.v += own->v / (count * count);
    }
    return mean;
}

static double margin_of(const struct making *making, size_t w)
{
    const struct hb_fleet *out = making->out;
    double margin =
        isnan(making->options->margin_percent) ? 0 : making->options->margin_percent / 100;
    for (size_t i = 0; isnan(making->options->margin_percent) && i < out->workload_count; i++) {
        if (w == HB_FLEET_ALL || w == i)
            margin = fmax(margin, out->workloads[i].digest->margin);
    }
    return margin;
}

static int add_row(struct making *making, size_t f, size_t w, size_t class, size_t l)
{
    struct hb_fleet *out = making->out;
    double *y = making->scratch, *v = y + out->machine_count, *room = v + out->machine_count;
    struct hb_fleet_row row = {.workload = w,
                               .class = class,
                               .figure = making->figures[f],
                               .label = making->labels[l],
                               .lowest = (double)NAN,
                               .highest = (double)NAN,
                               .margin = margin_of(making, w)};
    size_t n = 0;
    for (size_t m = 0; m < out->machine_count; m++) {
        if (class != HB_FLEET_ALL && out->machines[m].class != class)
            continue;
        const struct known own =
            w == HB_FLEET_ALL ? mean_of(making, f, l, m) : cell_at(making, f, w, l)[m];
        y[n] = own.y;
        v[n++] = own.v;
        row.lowest = fmin(row.lowest, exp(own.y)); /* of a number and NaN the number */
        row.highest = fmax(row.highest, exp(own.y));
    }
    row.effect = hb_stats_random_effects(y, v, n, room);
    row.p_holm = row.effect.p;
    struct hb_fleet_row *rows =
        hb_array_grown(out->rows, out->row_count, &making->row_capacity, sizeof *rows);
    if (!rows)
        return no_memory(making);
    out->rows = rows;
    rows[out->row_count++] = row;
    return 0;
}

static void judge_row(struct hb_fleet_row *row)
{
    const bool more_is_better = hb_figure(row->figure)->good == HB_GOOD_HIGHER;
    const double delta = log1p(row->margin), lo = row->effect.interval.lo,
                 hi = row->effect.interval.hi;
    if (isnan(lo))
        row->change = HB_CHANGE_NONE;
    else if (lo >= -delta && hi <= delta)
        row->change = HB_CHANGE_SAME;
    else if ((lo > delta || hi < -delta) && row->p_holm < HB_VERDICT_ALPHA)
        row->change = (lo > delta) == more_is_better ? HB_CHANGE_BETTER : HB_CHANGE_WORSE;
    else
        row->change = HB_CHANGE_INCONCLUSIVE;
}

/* All allocators in one workload and class: one family of comparisons. */
static int add_family(struct making *making, size_t f, size_t w, size_t class)
{
    struct hb_fleet *out = making->out;
    double *p = making->scratch, *room = p + making->label_count;
    const size_t first = out->row_count;
    for (size_t l = 0; l < making->label_count; l++) {
        if (add_row(making, f, w, class, l) != 0)
            return -1;
    }
    for (size_t l = 0; l < making->label_count; l++)
        p[l] = out->rows[first + l].effect.p;
    hb_stats_holm(p, making->label_count, room);
    for (size_t l = 0; l < making->label_count; l++) {
        out->rows[first + l].p_holm = p[l];
        judge_row(&out->rows[first + l]);
    }
    return 0;
}

static int add_classes(struct making *making, size_t f, size_t w)
{
    const size_t classes = making->out->class_count;
    int status = add_family(making, f, w, HB_FLEET_ALL);
    for (size_t c = 0; status == 0 && classes > 1 && c < classes; c++)
        status = add_family(making, f, w, c);
    return status;
}

static int add_rows(struct making *making)
{
    const struct hb_fleet *out = making->out;
    int status = 0;
    for (size_t f = 0; f < making->figure_count; f++) {
        if (status == 0 && out->common_count > 1)
            status = add_classes(making, f, HB_FLEET_ALL);
        for (size_t w = 0; status == 0 && w < out->workload_count; w++)
            status = add_classes(making, f, w);
    }
    return status;
}

/* ---- what is told ---- */

static void tell_machine(struct making *making, size_t m)
{
    const struct hb_fleet *out = making->out;
    const struct hb_fleet_machine *machine = &out->machines[m];
    struct hb_buf lacks = {0};
    size_t count = 0;
    for (size_t w = 0; w < out->workload_count; w++) {
        if (out->workloads[w].is_common && !has_values(making, *digest_at(making, m, w)))
            add_name(&lacks, &count, out->workloads[w].name);
    }
    end_names(&lacks, count);
    if (machine->cut_off)
        note(making, "%s was cut off: %zu of its %zu sessions are not whole", machine->name,
             machine->cut_off, machine->sessions);
    if (count)
        note(making, "%s has nothing of %s: it is in no mean over workloads", machine->name,
             hb_buf_string(&lacks));
    hb_buf_free(&lacks);
}

static void tell_failures(struct making *making, const char *machine,
                          const struct hb_digest *digest)
{
    if (digest->doubt[0])
        note(making, "%s, %s: its times are left out: %s", machine, digest->profile_name,
             digest->doubt);
    for (size_t e = 0; e < digest->count; e++) {
        const struct hb_digest_entry *entry = &digest->entries[e];
        if (entry->failure[0] && competes(making, entry))
            note(making, "%s, %s, %s: %u runs failed, %u did not; the first: %s", machine,
                 digest->profile_name, entry->label, entry->runs_failed, entry->runs_ok,
                 entry->failure);
    }
}

/* Clones of an image, containers, or one machine under several names: its days are no machines. */
static void tell_twins(struct making *making)
{
    const struct hb_fleet *out = making->out;
    struct hb_buf names = {0};
    size_t count = 0;
    for (size_t m = 0; m < out->machine_count; m++) {
        bool is_twin = false;
        for (size_t o = 0; o < out->machine_count; o++)
            is_twin |= o != m && strlen(out->machines[m].id) == 16 &&
                       strcmp(out->machines[m].id, out->machines[o].id) == 0;
        if (is_twin)
            add_name(&names, &count, out->machines[m].name);
    }
    end_names(&names, count);
    if (count)
        note(
            making,
            "%s have the machine-id of another: if they are one machine, the spread is that of its "
            "days, not of machines",
            hb_buf_string(&names));
    hb_buf_free(&names);
}

/* Of one name, other bytes: it may be the library that differs, not the machines. */
static void tell_libraries(struct making *making, const struct hb_digest *digests, size_t n)
{
    for (size_t l = 0; l < making->label_count; l++) {
        const struct hb_digest_entry *first = NULL;
        bool differs = false;
        for (size_t i = 0; i < n; i++) {
            const int at = hb_digest_find(&digests[i], making->labels[l]);
            const struct hb_digest_entry *own = at < 0 ? NULL : &digests[i].entries[at];
            if (!own || !own->library_sha256[0])
                continue;
            first = first ? first : own;
            differs |= strcmp(first->library_sha256, own->library_sha256) != 0;
        }
        if (differs)
            note(making,
                 "%s is not the same library everywhere: its spread is in part that of "
                 "builds",
                 making->labels[l]);
    }
}

static void tell(struct making *making, const struct hb_digest *digests, size_t n)
{
    const struct hb_fleet *out = making->out;
    for (size_t m = 0; m < out->machine_count; m++) {
        tell_machine(making, m);
        for (size_t w = 0; w < out->workload_count; w++) {
            const struct hb_digest *digest = *digest_at(making, m, w);
            if (digest)
                tell_failures(making, out->machines[m].name, digest);
        }
    }
    tell_twins(making);
    tell_libraries(making, digests, n);
    if (out->machine_count == 1)
        note(making, "one machine: an interval over machines takes two at least");
}

/* ---- the whole ---- */

static size_t most_blocks(const struct hb_digest *digests, size_t n)
{
    size_t most = 1;
    for (size_t i = 0; i < n; i++)
        most = digests[i].blocks > most ? digests[i].blocks : most;
    return most;
}

static int open_all(struct making *making, const struct hb_digest *digests, size_t n)
{
    struct hb_fleet *out = making->out;
    const size_t blocks = most_blocks(digests, n);
    out->machines = calloc(n + 1, sizeof *out->machines);
    out->classes = calloc(n + 1, sizeof *out->classes);
    out->workloads = calloc(n + 1, sizeof *out->workloads);
    if (!out->machines || !out->classes || !out->workloads || place_all(making, digests, n) != 0)
        return no_memory(making);
    if (choose_reference(making, digests, n) != 0 || find_labels(making, digests, n) != 0)
        return -1;
    for (size_t f = 0; f < HB_FIGURE_COUNT; f++) {
        if (making->options->figures[f] && hb_figure(f)->kind == HB_FIGURE_RATIO)
            making->figures[making->figure_count++] = f;
    }
    making->scratch = calloc(blocks + HB_WALSH_SCRATCH(blocks) + 4 * out->machine_count +
                                 2 * making->label_count + 1,
                             sizeof *making->scratch);
    return making->scratch ? 0 : no_memory(making);
}

int hb_fleet_make(const struct hb_digest *digests, size_t n,
                  const struct hb_compare_options *options, struct hb_fleet *fleet,
                  struct hb_err *err)
{
    struct making making = {.options = options, .out = fleet, .err = err};
    *fleet = (struct hb_fleet){0};
    int status = hb_compare_check_named(digests, n, err);
    if (status == 0)
        status = hb_compare_check_listed(digests, n, options->allocators, err);
    if (status == 0)
        status = open_all(&making, digests, n);
    if (status == 0)
        status = fill_cells(&making);
    if (status == 0) {
        count_sessions(&making);
        find_common(&making);
        tell(&making, digests, n);
        status = add_rows(&making);
    }
    if (status == 0)
        status = hb_buf_check(&fleet->notes, err);
    free(making.digests);
    free(making.labels);
    free(making.cells);
    free(making.scratch);
    return status;
}

void hb_fleet_free(struct hb_fleet *fleet)
{
    free(fleet->machines);
    free(fleet->classes);
    free(fleet->workloads);
    free(fleet->rows);
    hb_buf_free(&fleet->notes);
    *fleet = (struct hb_fleet){0};
}
