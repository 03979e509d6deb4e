/* The table of a suite: see standings.h. */
#include "compare/standings.h"

#include "base/copy.h"
#include "compare/compare.h"
#include "stats/order.h"
#include "stats/paired.h"
#include "stats/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_SEED 1u /* the same sessions give the same places for ever */

const char *const hb_kind_group_names[HB_GROUPS] = {"loops", "sweeps", "programs", "traces", "all"};

/* One kind on its way: of each allocator of its session what each block had. */
struct raw {
    const struct hb_session *session;
    size_t blocks;
    double *logs[HB_STANDING_FIGURES]; /* [allocators][blocks] above is better; NaN: none; owned */
    double *bytes;                     /* [allocators] medians; owned */
    char (*why)[96];                   /* [allocators]; owned */
    double margin;
    bool is_doubtful;
};

struct making {
    const struct hb_standing_options *options;
    struct hb_standings *out;
    size_t capacity;
};

static void free_raw(struct raw *raw)
{
    free(raw->logs[HB_STANDING_SPEED]);
    free(raw->logs[HB_STANDING_MEMORY]);
    free(raw->bytes);
    free(raw->why);
}

static int open_raw(const struct hb_session *session, struct raw *raw)
{
    const size_t n = session->allocator_count, cells = n * (session->blocks + 1u) + 1;
    *raw = (struct raw){.session = session, .blocks = session->blocks};
    raw->logs[HB_STANDING_SPEED] = calloc(cells, sizeof(double));
    raw->logs[HB_STANDING_MEMORY] = calloc(cells, sizeof(double));
    raw->bytes = calloc(n + 1, sizeof *raw->bytes);
    raw->why = calloc(n + 1, sizeof *raw->why);
    return raw->logs[0] && raw->logs[1] && raw->bytes && raw->why ? 0 : -1;
}

static double *block_of(struct raw *raw, enum hb_standing_figure figure, size_t allocator,
                        size_t block)
{
    return &raw->logs[figure][allocator * raw->blocks + block];
}

static double log_of(double value)
{
    return value > 0 ? log(value) : (double)NAN;
}

/* ---- a loop, or a point of a sweep ---- */

/* Of a workload that sleeps what it keeps at its end says more than its peak, which all have. */
static enum hb_metric_id memory_metric(const struct hb_judged *judged)
{
    return judged->throughput.n ? HB_METRIC_RSS_PEAK : HB_METRIC_RSS_END;
}

static int add_memory(const struct hb_judgement *judgement, size_t allocator, double share,
                      struct raw *raw)
{
    const struct hb_session *session = judgement->session;
    const enum hb_metric_id metric = memory_metric(&judgement->allocators[allocator]);
    double *values = malloc((raw->blocks + 1) * sizeof *values);
    if (!values)
        return -1;
    for (size_t b = 0; b < raw->blocks; b++)
        values[b] = (double)NAN;
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->kind == HB_JOB_TIMED && job->status == HB_STATUS_OK &&
            job->allocator == allocator && job->block < raw->blocks)
            values[job->block] = job->metric[metric];
    }
    for (size_t b = 0; b < raw->blocks; b++)
        *block_of(raw, HB_STANDING_MEMORY, allocator, b) -= share * log_of(values[b]);
    raw->bytes[allocator] += share * judgement->allocators[allocator].metric[metric].median;
    free(values);
    return 0;
}

static void say_failure(const struct hb_allocator_entry *entry, const struct hb_judged *judged,
                        char why[96])
{
    if (entry->missing_reason[0])
        (void)snprintf(why, 96, "missing");
    else if (judged->failure && judged->runs_failed)
        (void)snprintf(why, 96, "%s", hb_job_status_names[judged->failure->status]);
}

/* share: of one point among those of a sweep, whose mean is the kind's. */
static int add_judged(const struct hb_judgement *judgement, double share, struct raw *raw)
{
    const struct hb_session *session = judgement->session;
    raw->is_doubtful |= judgement->is_doubtful;
    raw->margin = fmax(raw->margin, judgement->margin);
    for (size_t a = 0; a < session->allocator_count; a++) {
        const struct hb_judged *judged = &judgement->allocators[a];
        for (size_t b = 0; b < raw->blocks; b++)
            *block_of(raw, HB_STANDING_SPEED, a, b) += share * log_of(judged->by_block[b]);
        if (add_memory(judgement, a, share, raw) != 0)
            return -1;
        say_failure(&session->allocators[a], judged, raw->why[a]);
    }
    return 0;
}

static int add_rebase(const struct hb_assessment *assessed, struct raw *raw)
{
    const struct hb_curves *curves = &assessed->curves;
    if (!curves->session)
        return add_judged(&assessed->judgement, 1, raw);
    for (size_t k = 0; k < curves->session->point_count; k++) {
        if (add_judged(&curves->points[k], 1.0 / (double)curves->session->point_count, raw) != 0)
            return -1;
    }
    return 0;
}

/* ---- a program ---- */

static void say_unsound(const struct hb_allocator_entry *entry, const struct hb_exec_row *row,
                        char why[96])
{
    if (entry->missing_reason[0])
        (void)snprintf(why, 96, "missing");
    else if (row->failure)
        (void)snprintf(why, 96, "%s", hb_job_status_names[row->failure->status]);
    else if (row->other_outputs || row->other_status >= 0)
        (void)snprintf(why, 96, "does something else");
    else if (row->is_not_in_effect)
        (void)snprintf(why, 96, "not in effect");
    else if (!row->is_sound)
        (void)snprintf(why, 96, "failed");
}

static void add_program(const struct hb_exec_target *target, struct raw *raw)
{
    const struct hb_exec_family *family = &target->families[HB_EXEC_FIGURE_TIME];
    raw->is_doubtful = family->is_withheld;
    raw->margin = family->margin;
    for (size_t a = 0; a < raw->session->allocator_count; a++) {
        const struct hb_exec_row *row = &target->rows[a];
        const struct hb_exec_figure *time = &row->figures[HB_EXEC_FIGURE_TIME];
        const struct hb_exec_figure *memory = &row->figures[HB_EXEC_FIGURE_MEMORY];
        for (size_t b = 0; b < raw->blocks; b++) {
            *block_of(raw, HB_STANDING_SPEED, a, b) = -log_of(time->by_block[b]);
            *block_of(raw, HB_STANDING_MEMORY, a, b) = -log_of(memory->by_block[b]);
        }
        raw->bytes[a] = memory->summary.median;
        say_unsound(&raw->session->allocators[a], row, raw->why[a]);
    }
}

/* ---- who takes part, in which blocks ---- */

static int entry_of(const struct making *making, const struct hb_session *session, size_t c)
{
    const int index = hb_session_find(session, making->out->labels[c]);
    return index >= 0 && session->allocators[index].role != HB_ROLE_TWIN &&
                   session->allocators[index].role != HB_ROLE_FLOOR
               ? index
               : -1;
}

static size_t known_blocks(struct raw *raw, enum hb_standing_figure figure, size_t allocator)
{
    size_t count = 0;
    for (size_t b = 0; b < raw->blocks; b++)
        count += isfinite(*block_of(raw, figure, allocator, b)) ? 1 : 0;
    return count;
}

/* entries[c]: its allocator of the session, -1 where it takes no part. One of which half of the
 * others' blocks are not known would cost them theirs. */
static void choose_entries(const struct making *making, struct raw *raw, struct hb_kind *kind,
                           enum hb_standing_figure figure, int *entries)
{
    size_t most = 0;
    for (size_t c = 0; c < making->out->competitors; c++) {
        struct hb_standing_cell *cell = &kind->cells[c];
        entries[c] = entry_of(making, raw->session, c);
        if (entries[c] < 0)
            (void)snprintf(cell->why, sizeof cell->why, "not measured");
        else if (raw->why[entries[c]][0])
            HB_COPY(cell->why, raw->why[entries[c]]);
        if (cell->why[0])
            entries[c] = -1;
        if (entries[c] < 0)
            continue;
        const size_t known = known_blocks(raw, figure, (size_t)entries[c]);
        most = known > most ? known : most;
    }
    for (size_t c = 0; c < making->out->competitors; c++) {
        if (entries[c] >= 0 &&
            2 * known_blocks(raw, figure, (size_t)entries[c]) < (most ? most : 1))
            entries[c] = -1;
    }
}

static bool is_common(const struct making *making, struct raw *raw, const int *entries,
                      enum hb_standing_figure figure, size_t block)
{
    for (size_t c = 0; c < making->out->competitors; c++) {
        if (entries[c] >= 0 && !isfinite(*block_of(raw, figure, (size_t)entries[c], block)))
            return false;
    }
    return true;
}

/* Log-ratios to the reference in the blocks that all have; of one that takes no part 0. */
static int fill_figure(const struct making *making, struct raw *raw, struct hb_kind *kind,
                       enum hb_standing_figure figure, int *entries)
{
    const struct hb_standings *out = making->out;
    choose_entries(making, raw, kind, figure, entries);
    const int reference = entries[out->reference];
    double *logs = calloc(out->competitors * raw->blocks + 1, sizeof *logs);
    size_t n = 0;
    kind->logs[figure] = logs;
    if (!logs)
        return -1;
    for (size_t b = 0; reference >= 0 && b < raw->blocks; b++)
        n += is_common(making, raw, entries, figure, b);
    kind->blocks[figure] = n;
    for (size_t b = 0, at = 0; n && b < raw->blocks; b++) {
        if (!is_common(making, raw, entries, figure, b))
            continue;
        for (size_t c = 0; c < out->competitors; c++) {
            if (entries[c] >= 0)
                logs[c * n + at] = *block_of(raw, figure, (size_t)entries[c], b) -
                                   *block_of(raw, figure, (size_t)reference, b);
        }
        at++;
    }
    return 0;
}

static struct hb_located nowhere(void)
{
    return (struct hb_located){(double)NAN, {(double)NAN, (double)NAN}};
}

/* Wilcoxon's interval takes six blocks; of two to five it is Student's, as of a mean over kinds. */
static struct hb_located located(const double *logs, size_t n, double *scratch)
{
    const struct hb_standing_row row = {logs, n};
    return n < HB_SUMMARY_N_MIN ? hb_stats_row_mean(&row, 1, 0, scratch)
                                : hb_stats_located_pairs(logs, n, scratch);
}

static void locate(const struct hb_standings *out, struct hb_kind *kind,
                   enum hb_standing_figure figure, const int *entries, double *scratch)
{
    const size_t n = kind->blocks[figure];
    for (size_t c = 0; c < out->competitors; c++)
        kind->cells[c].log[figure] =
            n && entries[c] >= 0 ? located(kind->logs[figure] + c * n, n, scratch) : nowhere();
}

/* ---- who is first ---- */

/* Holm over all that are compared with the fastest. */
static void find_first(const struct hb_standings *out, struct hb_kind *kind, double *scratch)
{
    const size_t n = kind->blocks[HB_STANDING_SPEED], count = out->competitors;
    const double *logs = kind->logs[HB_STANDING_SPEED];
    double *p = scratch, *room = p + count, *d = room + count, *rest = d + n + 1;
    kind->best = -1;
    for (size_t c = 0; c < count; c++) {
        const double own = kind->cells[c].log[HB_STANDING_SPEED].estimate;
        if (isfinite(own) &&
            (kind->best < 0 || own > kind->cells[kind->best].log[HB_STANDING_SPEED].estimate))
            kind->best = (int)c;
    }
    for (int pass = 0; kind->best >= 0 && pass < 2; pass++) {
        for (size_t c = 0; c < count; c++) {
            const bool is_in = isfinite(kind->cells[c].log[HB_STANDING_SPEED].estimate);
            for (size_t b = 0; b < n; b++)
                d[b] = logs[(size_t)kind->best * n + b] - logs[c * n + b];
            if (pass == 0) {
                p[c] = is_in && (int)c != kind->best ? hb_stats_wilcoxon(d, n, rest) : (double)NAN;
                continue;
            }
            const struct hb_located lead = hb_stats_located_pairs(d, n, rest);
            kind->is_first[c] =
                is_in &&
                hb_verdict_judge(n, lead.estimate, lead.interval, p[c], kind->margin).kind !=
                    HB_VERDICT_FASTER;
        }
        if (pass == 0)
            hb_stats_holm(p, count, room);
    }
}

/* ---- one kind ---- */

static int settle_kind(const struct making *making, struct raw *raw, struct hb_kind *kind)
{
    struct hb_standings *out = making->out;
    const size_t n = out->competitors;
    int *entries = calloc(n + 1, sizeof *entries);
    double *scratch = calloc(2 * n + 2 + raw->blocks + HB_WALSH_SCRATCH(raw->blocks) +
                                 HB_WILCOXON_SCRATCH(raw->blocks),
                             sizeof *scratch);
    kind->cells = calloc(n + 1, sizeof *kind->cells);
    kind->is_first = calloc(n + 1, sizeof *kind->is_first);
    kind->margin = raw->margin;
    int status = entries && scratch && kind->cells && kind->is_first ? 0 : -1;
    for (int f = 0; status == 0 && f < HB_STANDING_FIGURES; f++) {
        status = fill_figure(making, raw, kind, (enum hb_standing_figure)f, entries);
        if (status == 0)
            locate(out, kind, (enum hb_standing_figure)f, entries, scratch);
    }
    for (size_t c = 0; status == 0 && c < n; c++) {
        const int entry = entry_of(making, raw->session, c);
        kind->cells[c].bytes =
            entry >= 0 && raw->bytes[entry] > 0 ? raw->bytes[entry] : (double)NAN;
    }
    if (status == 0)
        find_first(out, kind, scratch);
    if (raw->is_doubtful)
        (void)snprintf(kind->left_out, sizeof kind->left_out, "not to be believed: %s",
                       "its reference differs from itself");
    else if (status == 0 && !kind->blocks[HB_STANDING_SPEED] && !kind->blocks[HB_STANDING_MEMORY])
        (void)snprintf(kind->left_out, sizeof kind->left_out, "%s has no figure in it",
                       out->labels[out->reference]);
    free(entries);
    free(scratch);
    return status;
}

/* The newest session of a kind takes the place of an older one. NULL: this one is older. */
static struct hb_kind *place_of(struct making *making, const struct hb_kind *like)
{
    struct hb_standings *out = making->out;
    for (size_t i = 0; i < out->kind_count; i++) {
        struct hb_kind *kind = &out->kinds[i];
        if (kind->group != like->group || strcmp(kind->name, like->name) != 0)
            continue;
        out->older++;
        return strcmp(like->source->session->started_at, kind->source->session->started_at) < 0
                   ? NULL
                   : kind;
    }
    struct hb_kind *kinds =
        hb_array_grown(out->kinds, out->kind_count, &making->capacity, sizeof *kinds);
    if (!kinds)
        return NULL;
    out->kinds = kinds;
    kinds[out->kind_count] = (struct hb_kind){0};
    return &kinds[out->kind_count++];
}

static void free_kind(struct hb_kind *kind)
{
    free(kind->logs[HB_STANDING_SPEED]);
    free(kind->logs[HB_STANDING_MEMORY]);
    free(kind->cells);
    free(kind->is_first);
    *kind = (struct hb_kind){0};
}

static int add_kind(struct making *making, const struct hb_kind *like, struct raw *raw)
{
    const size_t before = making->out->older;
    struct hb_kind *kind = place_of(making, like);
    if (!kind)
        return making->out->older > before ? 0 : -1;
    free_kind(kind);
    *kind = *like;
    return settle_kind(making, raw, kind);
}

/* A trace is called by its file and the number of its contents: "redis-0a1b2c3d4e5f6". */
static int trace_name_length(const char *text)
{
    const char *number = strrchr(text, '-');
    return (int)(number && number > text ? (size_t)(number - text) : strlen(text));
}

enum hb_kind_group hb_kind_of_loop(const struct hb_session *session, char name[HB_NAME_MAX])
{
    const char *profile = session->profile_name[0] ? session->profile_name : session->workload;
    const struct hb_parameter_value *trace = strcmp(session->workload, "replay") == 0
                                                 ? hb_session_find_parameter(session, "trace")
                                                 : NULL;
    if (session->point_count) {
        (void)snprintf(name, HB_NAME_MAX, "%.30s by %.28s", profile, session->points[0].name);
        return HB_GROUP_SWEEPS;
    }
    if (trace) {
        (void)snprintf(name, HB_NAME_MAX, "%.*s", trace_name_length(trace->text), trace->text);
        return HB_GROUP_TRACES;
    }
    hb_copy_text(name, HB_NAME_MAX, profile);
    return HB_GROUP_LOOPS;
}

static int add_loop(struct making *making, const struct hb_assessment *assessed)
{
    const struct hb_session *session = assessed->session;
    struct hb_kind kind = {.source = assessed};
    struct raw raw;
    kind.group = hb_kind_of_loop(session, kind.name);
    int status = open_raw(session, &raw);
    if (status == 0)
        status = add_rebase(assessed, &raw);
    if (status == 0)
        status = add_kind(making, &kind, &raw);
    free_raw(&raw);
    return status;
}

/* Of a sweep of programs each program is there at every point: its session is no kind here. */
static int add_programs(struct making *making, const struct hb_assessment *assessed)
{
    const struct hb_session *session = assessed->session;
    int status = 0;
    for (size_t t = 0; status == 0 && t < assessed->exec.count && !session->point_count; t++) {
        const struct hb_exec_target *target = &assessed->exec.targets[t];
        struct hb_kind kind = {.source = assessed, .group = HB_GROUP_PROGRAMS};
        struct raw raw;
        if (!target->program || target->program->missing_reason[0])
            continue;
        HB_COPY(kind.name, target->program->name);
        status = open_raw(session, &raw);
        if (status == 0) {
            add_program(target, &raw);
            status = add_kind(making, &kind, &raw);
        }
        free_raw(&raw);
    }
    return status;
}

/* ---- groups ---- */

static bool counts(const struct hb_kind *kind, size_t group, enum hb_standing_figure figure)
{
    return (group == HB_GROUP_ALL || kind->group == group) && !kind->left_out[0] &&
           kind->blocks[figure] > 0;
}

/* Rows of the group, without those in which a competitor of those asked for takes no part. */
static size_t gather_rows(const struct hb_standings *out, size_t group,
                          enum hb_standing_figure figure, struct hb_standing_row *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < out->kind_count; i++) {
        if (counts(&out->kinds[i], group, figure))
            rows[count++] =
                (struct hb_standing_row){out->kinds[i].logs[figure], out->kinds[i].blocks[figure]};
    }
    return count;
}

/* In every kind of the group: a mean over fewer would be of other work. */
static bool is_whole(const struct hb_standings *out, size_t group, enum hb_standing_figure figure,
                     size_t c)
{
    for (size_t i = 0; i < out->kind_count; i++) {
        if (counts(&out->kinds[i], group, figure) &&
            isnan(out->kinds[i].cells[c].log[figure].estimate))
            return false;
    }
    return true;
}

/* Places of those that are in every kind: the others' logs are left out. */
static int find_places(const struct making *making, size_t group, struct hb_standing_row *rows,
                       size_t count, size_t most_blocks)
{
    struct hb_standings *out = making->out;
    const size_t n = out->competitors;
    struct hb_place *places = calloc(n + 1, sizeof *places);
    size_t *who = calloc(n + 1, sizeof *who), in = 0;
    double *scratch = calloc(HB_PLACES_SCRATCH(n, count, most_blocks) + 1, sizeof *scratch);
    double *packed = calloc(n * most_blocks * count + 1, sizeof *packed), *at = packed;
    const bool ok = places && who && scratch && packed;
    for (size_t c = 0; ok && c < n; c++) {
        if (is_whole(out, group, HB_STANDING_SPEED, c))
            who[in++] = c;
    }
    for (size_t r = 0; ok && r < count; r++) {
        const double *logs = rows[r].logs;
        rows[r].logs = at;
        for (size_t k = 0; k < in; k++, at += rows[r].blocks)
            memcpy(at, logs + who[k] * rows[r].blocks, rows[r].blocks * sizeof *at);
    }
    if (ok && in && count)
        hb_stats_places(rows, count, in, making->options->resamples, PLACES_SEED, places, scratch);
    for (size_t k = 0; ok && count && k < in; k++)
        out->groups[group][who[k]].place = places[k];
    free(places);
    free(who);
    free(scratch);
    free(packed);
    return ok ? 0 : -1;
}

static int settle_group(const struct making *making, size_t group)
{
    struct hb_standings *out = making->out;
    struct hb_standing_row *rows = calloc(out->kind_count + 1, sizeof *rows);
    size_t most = 1;
    for (size_t i = 0; i < out->kind_count; i++)
        most = (size_t)fmax((double)most, (double)out->kinds[i].source->session->blocks);
    double *scratch = calloc(most * (most + 1) / 2 + 1, sizeof *scratch);
    out->groups[group] = calloc(out->competitors + 1, sizeof *out->groups[group]);
    int status = rows && scratch && out->groups[group] ? 0 : -1;
    for (int f = 0; status == 0 && f < HB_STANDING_FIGURES; f++) {
        const enum hb_standing_figure figure = (enum hb_standing_figure)f;
        const size_t count = gather_rows(out, group, figure, rows);
        for (size_t c = 0; c < out->competitors; c++) {
            struct hb_standing_cell *cell = &out->groups[group][c];
            cell->bytes = (double)NAN;
            cell->log[f] = count && is_whole(out, group, figure, c)
                               ? hb_stats_row_mean(rows, count, c, scratch)
                               : nowhere();
        }
        if (figure == HB_STANDING_SPEED)
            out->group_kinds[group] = count;
    }
    if (status == 0)
        status = find_places(making, group, rows, gather_rows(out, group, HB_STANDING_SPEED, rows),
                             most);
    free(rows);
    free(scratch);
    return status;
}

/* ---- all of them ---- */

static bool has_kinds(const struct hb_session *session)
{
    return session->kind == HB_KIND_REBASE || session->kind == HB_KIND_EXEC;
}

static int add_label(struct making *making, const char *label, size_t *capacity)
{
    struct hb_standings *out = making->out;
    for (size_t c = 0; c < out->competitors; c++) {
        if (strcmp(out->labels[c], label) == 0)
            return 0;
    }
    void *labels = hb_array_grown(out->labels, out->competitors, capacity, sizeof *out->labels);
    if (!labels)
        return -1;
    out->labels = labels;
    HB_COPY(out->labels[out->competitors], label);
    out->competitors++;
    return 0;
}

struct made_of {
    const struct hb_assessment *const *assessed;
    size_t count;
};

static bool is_in_any(const void *inputs, const char *label)
{
    const struct made_of *of = inputs;
    for (size_t i = 0; i < of->count; i++) {
        if (hb_session_find(of->assessed[i]->session, label) >= 0)
            return true;
    }
    return false;
}

static int find_labels(struct making *making, const struct hb_assessment *const *assessed,
                       size_t count, const char *reference)
{
    size_t capacity = 0;
    for (size_t i = 0; i < count; i++) {
        const struct hb_session *session = assessed[i]->session;
        for (size_t a = 0; has_kinds(session) && a < session->allocator_count; a++) {
            const struct hb_allocator_entry *entry = &session->allocators[a];
            const bool is_wanted = hb_compare_is_listed(making->options->allocators, entry->label);
            if (hb_role_competes(entry->role) &&
                (is_wanted || strcmp(entry->label, reference) == 0) &&
                add_label(making, entry->label, &capacity) != 0)
                return -1;
        }
    }
    for (size_t c = 0; c < making->out->competitors; c++) {
        if (strcmp(making->out->labels[c], reference) == 0)
            making->out->reference = c;
    }
    return 0;
}

static bool is_in_all(const struct hb_assessment *const *assessed, size_t count, const char *label)
{
    for (size_t i = 0; i < count; i++) {
        if (has_kinds(assessed[i]->session) && hb_session_find(assessed[i]->session, label) < 0)
            return false;
    }
    return true;
}

/* The one that was asked for; the first session's own; any that all have. */
static const char *choose_reference(const struct hb_assessment *const *assessed, size_t count,
                                    const char *wanted)
{
    const struct hb_session *first = NULL;
    for (size_t i = 0; i < count && !first; i++)
        first = has_kinds(assessed[i]->session) ? assessed[i]->session : NULL;
    if (!first || wanted) {
        const int at = first ? hb_session_find(first, wanted) : -1;
        return at >= 0 && hb_role_competes(first->allocators[at].role) &&
                       is_in_all(assessed, count, wanted)
                   ? wanted
                   : NULL;
    }
    const int own = hb_session_find_role(first, HB_ROLE_REFERENCE);
    if (own >= 0 && is_in_all(assessed, count, first->allocators[own].label))
        return first->allocators[own].label;
    for (size_t a = 0; a < first->allocator_count; a++) {
        const struct hb_allocator_entry *entry = &first->allocators[a];
        if (entry->role == HB_ROLE_SUBJECT && is_in_all(assessed, count, entry->label))
            return entry->label;
    }
    return NULL;
}

static int check_hosts(const struct hb_assessment *const *assessed, size_t count,
                       struct hb_err *err)
{
    const struct hb_session *first = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct hb_session *session = assessed[i]->session;
        if (!has_kinds(session))
            continue;
        if (first && strcmp(first->host.class_key, session->host.class_key) != 0)
            return hb_err_set(err, HB_ERR_INCOMPARABLE,
                              "%s was measured on %s, %s on %s: a table is of one class of machine",
                              first->profile_name, first->host.cpu_model, session->profile_name,
                              session->host.cpu_model);
        first = session;
    }
    return first ? 0 : hb_err_set(err, HB_ERR_USAGE, "no loop and no program among these files");
}

int hb_standings_make(const struct hb_assessment *const *assessed, size_t count,
                      const struct hb_standing_options *options, struct hb_standings *standings,
                      struct hb_err *err)
{
    struct making making = {.options = options, .out = standings};
    *standings = (struct hb_standings){0};
    if (check_hosts(assessed, count, err) != 0)
        return -1;
    const char *reference = choose_reference(assessed, count, options->reference);
    if (!reference)
        return hb_err_set(err, HB_ERR_USAGE, "%s is not in all of these files; --reference NAME",
                          options->reference ? options->reference : "no allocator");
    const struct made_of of = {assessed, count};
    if (hb_compare_check_known(options->allocators, is_in_any, &of, err) != 0)
        return -1;
    int status = find_labels(&making, assessed, count, reference);
    for (size_t i = 0; status == 0 && i < count; i++) {
        if (assessed[i]->session->kind == HB_KIND_REBASE)
            status = add_loop(&making, assessed[i]);
        else if (assessed[i]->session->kind == HB_KIND_EXEC)
            status = add_programs(&making, assessed[i]);
    }
    for (size_t g = 0; status == 0 && g < HB_GROUPS; g++)
        status = settle_group(&making, g);
    return status == 0 ? 0 : hb_err_memory(err, NULL);
}

void hb_standings_free(struct hb_standings *standings)
{
    for (size_t i = 0; i < standings->kind_count; i++)
        free_kind(&standings->kinds[i]);
    for (size_t g = 0; g < HB_GROUPS; g++)
        free(standings->groups[g]);
    free(standings->kinds);
    free(standings->labels);
    *standings = (struct hb_standings){0};
}

double hb_kind_half_width(const struct hb_standings *standings, const struct hb_kind *kind,
                          double *sd)
{
    const enum hb_standing_figure figure =
        kind->blocks[HB_STANDING_SPEED] ? HB_STANDING_SPEED : HB_STANDING_MEMORY;
    const size_t n = kind->blocks[figure];
    *sd = 0;
    for (size_t c = 0; n > 1 && c < standings->competitors; c++)
        *sd = fmax(*sd, hb_stats_sd(kind->logs[figure] + c * n, n));
    return n ? hb_stats_half_width(*sd, n) : 0;
}
