/* Curves of a sweep: see curve.h. */
#include "judge/curve.h"

#include "base/json/json_fields.h"
#include "stats/order.h"
#include "stats/paired.h"
#include "stats/summary.h"
#include "stats/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- places ---- */

static size_t place(const struct hb_curves *curves, size_t point, size_t allocator)
{
    return point * curves->session->allocator_count + allocator;
}

/* [blocks] of an allocator at a point. */
static double *values_of(const struct hb_curves *curves, const struct hb_curve *curve, size_t point,
                         size_t allocator)
{
    return curve->values + place(curves, point, allocator) * (curves->session->blocks + 1u);
}

const struct hb_curve_cell *hb_curve_cell_at(const struct hb_curves *curves,
                                             const struct hb_curve *curve, size_t point,
                                             size_t allocator)
{
    return &curve->cells[place(curves, point, allocator)];
}

static bool competes(const struct hb_session *session, size_t allocator)
{
    return hb_role_competes(session->allocators[allocator].role);
}

/* In the figure's own unit, above 0: a is better; NaN where that is not known. */
static double lead_of(const struct hb_curve *curve, double a, double b)
{
    return curve->is_higher_better ? a - b : b - a;
}

/* A count may be 0, which is no ratio to anything. */
static bool is_by_difference(const struct hb_curve *curve)
{
    return curve->is_exact || curve->format == HB_FORMAT_COUNT;
}

/* The lead of a, or the log of how many times better it is; NaN where that is not known. */
static double better_by(const struct hb_curve *curve, double a, double b)
{
    if (is_by_difference(curve))
        return lead_of(curve, a, b);
    if (!(a > 0) || !(b > 0))
        return (double)NAN;
    return curve->is_higher_better ? log(a / b) : log(b / a);
}

int hb_curve_best(const struct hb_curves *curves, const struct hb_curve *curve, size_t point)
{
    int best = -1;
    for (size_t a = 0; a < curves->session->allocator_count; a++) {
        const double own = hb_curve_cell_at(curves, curve, point, a)->value;
        if (!competes(curves->session, a) || isnan(own))
            continue;
        if (best < 0 ||
            lead_of(curve, own, hb_curve_cell_at(curves, curve, point, (size_t)best)->value) > 0)
            best = (int)a;
    }
    return best;
}

bool hb_curve_is_best(const struct hb_curves *curves, const struct hb_curve *curve, size_t point,
                      size_t allocator)
{
    const int best = hb_curve_best(curves, curve, point);
    return best >= 0 && competes(curves->session, allocator) &&
           hb_curve_cell_at(curves, curve, point, allocator)->value ==
               hb_curve_cell_at(curves, curve, point, (size_t)best)->value;
}

/* ---- cells ---- */

static void fill_cell(const struct hb_curves *curves, struct hb_curve *curve, size_t point,
                      size_t allocator, double *scratch)
{
    struct hb_curve_cell *cell = &curve->cells[place(curves, point, allocator)];
    const size_t n = hb_stats_known(values_of(curves, curve, point, allocator),
                                    curves->session->blocks, scratch);
    *cell = (struct hb_curve_cell){n, (double)NAN, (double)NAN, (double)NAN};
    if (n == 0)
        return;
    const size_t rank = hb_stats_median_interval_rank(n);
    cell->value = hb_stats_median_in_place(scratch, n);
    hb_stats_sort(scratch, n);
    if (rank) {
        cell->lo = scratch[rank - 1];
        cell->hi = scratch[n - rank];
    }
}

/* ---- who is better where ---- */

/* Pairs of allocators at all points: the one against the other. */
struct pairs {
    struct pair {
        size_t point, a, b;
        struct hb_located located; /* of what better_by finds: above 0 a is better */
        size_t n;
        double lead; /* of the medians; NaN: not known */
        int sign;    /* 1: a is better, -1: b is, 0: not decided */
    } * items;       /* [count]; by a, b, point; owned */
    size_t count;
    double *p, *scratch; /* owned */
};

static void measure_pair(const struct hb_curves *curves, const struct hb_curve *curve,
                         struct pair *pair, double *p, double *scratch)
{
    const size_t blocks = curves->session->blocks;
    const double *a = values_of(curves, curve, pair->point, pair->a);
    const double *b = values_of(curves, curve, pair->point, pair->b);
    struct hb_ratio ratio;
    double *differences = scratch;
    for (size_t i = 0; i < blocks; i++) {
        const double d = better_by(curve, a[i], b[i]);
        if (!isnan(d))
            differences[pair->n++] = d;
    }
    pair->located = hb_ratio_of_pairs(differences, pair->n, scratch + pair->n, &ratio);
    pair->lead = lead_of(curve, hb_curve_cell_at(curves, curve, pair->point, pair->a)->value,
                         hb_curve_cell_at(curves, curve, pair->point, pair->b)->value);
    *p = pair->n ? ratio.p : (double)NAN;
}

/* What two counts differ by at least: of one that is not exact, one more or less is nothing. */
static double least_of(const struct hb_curves *curves, const struct hb_curve *curve,
                       const struct pair *pair)
{
    const double a = hb_curve_cell_at(curves, curve, pair->point, pair->a)->value;
    const double b = hb_curve_cell_at(curves, curve, pair->point, pair->b)->value;
    const double margin = curve->margins[pair->point];
    return curve->is_exact ? fmax(margin, HB_COUNT_REPEATS * fmax(a, b))
                           : fmax(margin * fmin(a, b), 1);
}

/* The same requests make the same counts: what lies beyond their own repeatability is decided. */
static void decide_exact(const struct hb_curves *curves, const struct hb_curve *curve,
                         struct pair *pair)
{
    const double least = least_of(curves, curve, pair);
    pair->sign = pair->lead > least ? 1 : pair->lead < -least ? -1 : 0;
}

/* By logs, or by differences. */
static struct hb_verdict verdict_of(const struct hb_curves *curves, const struct hb_curve *curve,
                                    const struct pair *pair, double p)
{
    const struct hb_located *d = &pair->located;
    const double delta = is_by_difference(curve) ? least_of(curves, curve, pair)
                                                 : log1p(curve->margins[pair->point]);
    return hb_verdict_judge_within(pair->n, d->estimate, d->interval, p, delta);
}

static void decide(const struct hb_curves *curves, const struct hb_curve *curve,
                   struct pairs *pairs)
{
    if (!curve->is_exact)
        hb_stats_holm(pairs->p, pairs->count, pairs->scratch);
    for (size_t i = 0; i < pairs->count; i++) {
        struct pair *pair = &pairs->items[i];
        if (curve->is_exact) {
            decide_exact(curves, curve, pair);
            continue;
        }
        if (isnan(curve->margins[pair->point]) || pair->n == 0)
            continue;
        const struct hb_verdict verdict = verdict_of(curves, curve, pair, pairs->p[i]);
        pair->sign = verdict.kind == HB_VERDICT_FASTER   ? 1
                     : verdict.kind == HB_VERDICT_SLOWER ? -1
                                                         : 0;
    }
}

static void count_comparisons(struct hb_curve *curve, const struct pairs *pairs)
{
    for (size_t i = 0; !curve->is_exact && i < pairs->count; i++) {
        if (isnan(pairs->p[i]))
            continue;
        curve->comparisons++;
        curve->pairs = pairs->items[i].n > curve->pairs ? pairs->items[i].n : curve->pairs;
    }
    curve->pairs_least = hb_verdict_pairs_least(curve->comparisons);
}

/* ---- turns ---- */

static void add_turn(struct hb_curve *curve, const struct pair *from, const struct pair *to,
                     bool is_decided)
{
    const bool a_first = is_decided ? from->sign > 0 : from->lead > 0;
    struct hb_crossing turn = {.before = a_first ? from->a : from->b,
                               .after = a_first ? from->b : from->a,
                               .from = from->point,
                               .to = to->point,
                               .is_decided = is_decided};
    size_t at = curve->turn_count++;
    if (is_decided) { /* before those that are not */
        for (; at > curve->decided_count; at--)
            curve->turns[at] = curve->turns[at - 1];
        curve->decided_count++;
    }
    curve->turns[at] = turn;
}

/* Of one pair of allocators at points [from, to): all decided as the first of them. */
static bool are_alike(const struct pair *pair, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (pair[i].sign != pair[from].sign)
            return false;
    }
    return pair[from].sign != 0;
}

/* Of one pair of allocators: its points in their order. */
static void find_turns(struct hb_curve *curve, const struct pair *pair, size_t points)
{
    const struct pair *decided = NULL, *known = NULL;
    size_t found = 0;
    for (size_t i = 0; i < points; i++) {
        const struct pair *here = &pair[i];
        if (here->sign && decided && decided->sign != here->sign) {
            add_turn(curve, decided, here, true);
            found++;
            struct hb_crossing *turn = &curve->turns[curve->decided_count - 1];
            turn->is_decided_before = are_alike(pair, 0, turn->from + 1);
            turn->is_decided_after = are_alike(pair, turn->to, points);
        }
        decided = here->sign ? here : decided;
    }
    for (size_t i = 0; found == 0 && i < points; i++) {
        const struct pair *here = &pair[i];
        if (known && here->lead * known->lead < 0)
            add_turn(curve, known, here, false);
        known = here->lead > 0 || here->lead < 0 ? here : known;
    }
}

static int open_pairs(const struct hb_curves *curves, struct pairs *pairs, struct hb_err *err)
{
    const size_t n = curves->session->allocator_count, blocks = curves->session->blocks;
    const size_t points = curves->session->point_count, most = n * n * points + 1;
    pairs->items = calloc(most, sizeof *pairs->items);
    pairs->p = calloc(most, sizeof *pairs->p);
    pairs->scratch = calloc(most + blocks + HB_WALSH_SCRATCH(blocks) + HB_WILCOXON_SCRATCH(blocks),
                            sizeof(double));
    if (!pairs->items || !pairs->p || !pairs->scratch)
        return hb_err_memory(err, NULL);
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a + 1; b < n; b++) {
            for (size_t k = 0;
                 competes(curves->session, a) && competes(curves->session, b) && k < points; k++)
                pairs->items[pairs->count++] = (struct pair){.point = k, .a = a, .b = b};
        }
    }
    return 0;
}

static int judge_curve(struct hb_curves *curves, struct hb_curve *curve, struct hb_err *err)
{
    const size_t n = curves->session->allocator_count, points = curves->session->point_count;
    struct pairs pairs = {.count = 0};
    int status = open_pairs(curves, &pairs, err);
    curve->cells = calloc(n * points + 1, sizeof *curve->cells);
    curve->turns = calloc(pairs.count + 1, sizeof *curve->turns);
    if (status == 0 && (!curve->cells || !curve->turns))
        status = hb_err_memory(err, NULL);
    for (size_t i = 0; status == 0 && i < n * points; i++)
        fill_cell(curves, curve, i / n, i % n, pairs.scratch);
    for (size_t i = 0; status == 0 && i < pairs.count; i++)
        measure_pair(curves, curve, &pairs.items[i], &pairs.p[i], pairs.scratch);
    if (status == 0) {
        count_comparisons(curve, &pairs);
        decide(curves, curve, &pairs);
    }
    for (size_t i = 0; status == 0 && i < pairs.count; i += points)
        find_turns(curve, &pairs.items[i], points);
    free(pairs.items);
    free(pairs.p);
    free(pairs.scratch);
    return status;
}

/* ---- values ---- */

#define LEAST_EACH 0.005 /* of an operation: of misses that rare, every one is a coincidence */
#define ONE_CALL   1.5   /* of a whole run is nothing; a half for rounding, as it was divided */

/* A new curve without values. NULL without memory. */
static struct hb_curve *add_curve(struct hb_curves *curves, const struct hb_curve *like)
{
    const struct hb_session *session = curves->session;
    const size_t count =
        session->allocator_count * session->point_count * (session->blocks + 1u) + 1;
    struct hb_curve *curve = &curves->curves[curves->count];
    *curve = *like;
    curve->values = malloc(count * sizeof *curve->values);
    curve->margins = calloc(session->point_count + 1, sizeof *curve->margins);
    curves->count++;
    for (size_t i = 0; curve->values && i < count; i++)
        curve->values[i] = (double)NAN;
    for (size_t i = 0; curve->margins && i < session->point_count; i++)
        curve->margins[i] = !curve->is_exact ? hb_session_profile(session)->margin_percent / 100
                            : curve->format == HB_FORMAT_EACH ? LEAST_EACH
                                                              : 0;
    return curve->values && curve->margins ? curve : NULL;
}

/* A figure that no allocator has is no curve. */
static void drop_empty(struct hb_curves *curves)
{
    struct hb_curve *last = &curves->curves[curves->count - 1];
    const struct hb_session *session = curves->session;
    bool is_known = false;
    for (size_t i = 0; i < session->allocator_count * session->point_count; i++)
        is_known |= last->cells[i].n > 0;
    if (is_known)
        return;
    free(last->values);
    free(last->margins);
    free(last->cells);
    free(last->turns);
    curves->count--;
}

static void take_speed(const struct hb_curves *curves, struct hb_curve *curve)
{
    const struct hb_session *session = curves->session;
    for (size_t k = 0; k < session->point_count; k++) {
        const struct hb_judgement *judgement = &curves->points[k];
        curve->margins[k] = judgement->is_doubtful ? (double)NAN : judgement->margin;
        for (size_t a = 0; a < session->allocator_count; a++)
            memcpy(values_of(curves, curve, k, a), judgement->allocators[a].by_block,
                   session->blocks * sizeof(double));
    }
}

static void take_metric(const struct hb_curves *curves, struct hb_curve *curve,
                        enum hb_metric_id metric)
{
    const struct hb_session *session = curves->session;
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        double *least = &curve->margins[job->point];
        if (job->kind != hb_metric_pass(hb_metrics[metric].group) || job->status != HB_STATUS_OK ||
            job->block >= session->blocks)
            continue;
        values_of(curves, curve, job->point, job->allocator)[job->block] = job->metric[metric];
        if (metric == HB_METRIC_SYSCALLS_PER_OP)
            *least = fmax(*least, ONE_CALL / job->metric[HB_METRIC_OPERATIONS]);
    }
}

static int add_metric(struct hb_curves *curves, enum hb_metric_id metric, struct hb_err *err)
{
    const struct hb_metric *m = &hb_metrics[metric];
    const struct hb_curve like = {.name = m->key,
                                  .heading = m->heading,
                                  .format = m->format,
                                  .is_higher_better = m->good == HB_GOOD_HIGHER,
                                  .is_main = metric == HB_METRIC_THROUGHPUT ||
                                             metric == HB_METRIC_RSS_PEAK ||
                                             metric == HB_METRIC_INSTRUCTIONS_PER_OP,
                                  .is_exact = m->deterministic};
    struct hb_curve *curve = add_curve(curves, &like);
    if (!curve)
        return hb_err_memory(err, NULL);
    if (metric == HB_METRIC_THROUGHPUT)
        take_speed(curves, curve);
    else
        take_metric(curves, curve, metric);
    if (judge_curve(curves, curve, err) != 0)
        return -1;
    drop_empty(curves);
    return 0;
}

static int judge_points(struct hb_curves *curves, struct hb_err *err)
{
    const struct hb_session *session = curves->session;
    curves->views = calloc(session->point_count, sizeof *curves->views);
    curves->points = calloc(session->point_count, sizeof *curves->points);
    if (!curves->views || !curves->points)
        return hb_err_memory(err, NULL);
    for (size_t k = 0; k < session->point_count; k++) {
        if (hb_session_view(session, k, &curves->views[k]) != 0)
            return hb_err_memory(err, NULL);
        if (hb_judge_to(HB_DEPTH_BRIEF, &curves->views[k], &curves->points[k], err) != 0)
            return -1;
    }
    return 0;
}

int hb_curves_of_rebase(const struct hb_session *session, struct hb_curves *curves,
                        struct hb_err *err)
{
    static const enum hb_metric_id metrics[] = {
        HB_METRIC_THROUGHPUT,       HB_METRIC_RSS_PEAK,        HB_METRIC_RSS_DRAINED,
        HB_METRIC_FAULTS_MEASURED,  HB_METRIC_SYSCALLS_PER_OP, HB_METRIC_INSTRUCTIONS_PER_OP,
        HB_METRIC_L1_MISSES_PER_OP, HB_METRIC_LL_MISSES_PER_OP};
    const size_t count = sizeof metrics / sizeof *metrics;
    *curves = (struct hb_curves){.session = session};
    curves->curves = calloc(count, sizeof *curves->curves);
    if (!curves->curves)
        return hb_err_memory(err, NULL);
    if (judge_points(curves, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (add_metric(curves, metrics[i], err) != 0)
            return -1;
    }
    return 0;
}

/* ---- programs ---- */

static int add_figure(struct hb_curves *curves, const struct hb_exec_judgement *judgement,
                      size_t first, size_t figure, struct hb_err *err)
{
    const struct hb_session *session = judgement->session;
    const struct hb_exec_target *target = &judgement->targets[first];
    const enum hb_metric_format format = figure == HB_EXEC_FIGURE_MEMORY ? HB_FORMAT_BYTES
                                         : figure < HB_EXEC_FIGURES      ? HB_FORMAT_NS
                                                                         : HB_FORMAT_TINY;
    const char *name = hb_exec_figure_name(target, figure);
    const struct hb_curve like = {.program = target->program,
                                  .name = name,
                                  .heading = name,
                                  .is_main = figure != HB_EXEC_FIGURE_CPU,
                                  .format = format,
                                  .is_higher_better =
                                      hb_exec_figure_is_higher_better(target, figure)};
    struct hb_curve *curve = add_curve(curves, &like);
    if (!curve)
        return hb_err_memory(err, NULL);
    for (size_t k = 0; k < session->point_count; k++) {
        const struct hb_exec_target *point = &judgement->targets[first + k];
        const struct hb_exec_family *family = &point->families[figure];
        curve->margins[k] = family->is_withheld ? (double)NAN : family->margin;
        for (size_t a = 0; a < session->allocator_count; a++)
            memcpy(values_of(curves, curve, k, a), point->rows[a].figures[figure].by_block,
                   session->blocks * sizeof(double));
    }
    if (judge_curve(curves, curve, err) != 0)
        return -1;
    drop_empty(curves);
    return 0;
}

/* Counted in a pass of their own: one each. */
static int add_instructions(struct hb_curves *curves, const struct hb_exec_judgement *judgement,
                            size_t first, struct hb_err *err)
{
    const struct hb_session *session = judgement->session;
    const struct hb_metric *m = &hb_exec_metrics[HB_EXEC_INSTRUCTIONS];
    const struct hb_curve like = {.program = judgement->targets[first].program,
                                  .name = m->key,
                                  .heading = m->heading,
                                  .format = m->format,
                                  .is_main = true,
                                  .is_exact = true};
    struct hb_curve *curve = add_curve(curves, &like);
    if (!curve)
        return hb_err_memory(err, NULL);
    for (size_t k = 0; k < session->point_count; k++) {
        for (size_t a = 0; a < session->allocator_count; a++) {
            const struct hb_exec_run *run = judgement->targets[first + k].rows[a].tallied;
            if (run && run->status == HB_STATUS_OK)
                values_of(curves, curve, k, a)[0] = run->metric[HB_EXEC_INSTRUCTIONS];
        }
    }
    if (judge_curve(curves, curve, err) != 0)
        return -1;
    drop_empty(curves);
    return 0;
}

int hb_curves_of_exec(const struct hb_exec_judgement *judgement, struct hb_curves *curves,
                      struct hb_err *err)
{
    const struct hb_session *session = judgement->session;
    *curves = (struct hb_curves){.session = session};
    curves->curves =
        calloc(session->program_count * (HB_EXEC_FIGURES_MAX + 1) + 1, sizeof *curves->curves);
    if (!curves->curves)
        return hb_err_memory(err, NULL);
    for (size_t p = 0; p + session->point_count <= session->program_count;
         p += session->point_count) {
        for (size_t f = 0; f < judgement->targets[p].figure_count; f++) {
            if (f != HB_EXEC_FIGURE_USER && f != HB_EXEC_FIGURE_SYSTEM &&
                add_figure(curves, judgement, p, f, err) != 0)
                return -1;
        }
        if (add_instructions(curves, judgement, p, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- the whole ---- */

void hb_curves_free(struct hb_curves *curves)
{
    for (size_t i = 0; i < curves->count; i++) {
        free(curves->curves[i].values);
        free(curves->curves[i].margins);
        free(curves->curves[i].cells);
        free(curves->curves[i].turns);
    }
    for (size_t k = 0; curves->views && curves->points && k < curves->session->point_count; k++) {
        if (curves->points[k].session)
            hb_judgement_free(&curves->points[k]);
        hb_session_view_free(&curves->views[k]);
    }
    free(curves->views);
    free(curves->points);
    free(curves->curves);
    *curves = (struct hb_curves){.session = NULL};
}

bool hb_curves_complete(const struct hb_curves *curves)
{
    for (size_t k = 0; curves->points && k < curves->session->point_count; k++) {
        if (!hb_judgement_complete(&curves->points[k]))
            return false;
    }
    return !curves->session->partial;
}

/* ---- for programs ---- */

static void put_cells(struct hb_json_writer *writer, cJSON *object, const struct hb_curves *curves,
                      const struct hb_curve *curve)
{
    const struct hb_session *session = curves->session;
    cJSON *allocators = hb_json_put_object(writer, object, "allocators");
    for (size_t a = 0; a < session->allocator_count; a++) {
        cJSON *array = hb_json_put_array(writer, allocators, session->allocators[a].label);
        for (size_t k = 0; k < session->point_count; k++) {
            const struct hb_curve_cell *cell = hb_curve_cell_at(curves, curve, k, a);
            cJSON *point = hb_json_put_object_at_end(writer, array);
            hb_json_put_text(writer, point, "at", session->points[k].text);
            hb_json_put_number(writer, point, "n", (double)cell->n);
            hb_json_put_number(writer, point, "median", cell->value);
            hb_json_put_number(writer, point, "median_ci95_lo", cell->lo);
            hb_json_put_number(writer, point, "median_ci95_hi", cell->hi);
        }
    }
}

static void put_turns(struct hb_json_writer *writer, cJSON *object, const struct hb_curves *curves,
                      const struct hb_curve *curve)
{
    const struct hb_session *session = curves->session;
    cJSON *array = hb_json_put_array(writer, object, "turns");
    for (size_t i = 0; i < curve->turn_count; i++) {
        const struct hb_crossing *turn = &curve->turns[i];
        cJSON *item = hb_json_put_object_at_end(writer, array);
        hb_json_put_text(writer, item, "better_before", session->allocators[turn->before].label);
        hb_json_put_text(writer, item, "better_after", session->allocators[turn->after].label);
        hb_json_put_text(writer, item, "last_before", session->points[turn->from].text);
        hb_json_put_text(writer, item, "first_after", session->points[turn->to].text);
        hb_json_put_boolean(writer, item, "decided", turn->is_decided);
    }
}

int hb_curves_json(const struct hb_curves *curves, cJSON *root)
{
    struct hb_json_writer writer = {false};
    const struct hb_session *session = curves->session;
    cJSON *section = hb_json_put_object(&writer, root, "sweep_summary");
    cJSON *array = hb_json_put_array(&writer, section, "curves");
    for (size_t i = 0; i < curves->count; i++) {
        const struct hb_curve *curve = &curves->curves[i];
        cJSON *object = hb_json_put_object_at_end(&writer, array);
        hb_json_put_text(&writer, object, "figure", curve->name);
        if (curve->program)
            hb_json_put_text(&writer, object, "program", curve->program->name);
        put_cells(&writer, object, curves, curve);
        put_turns(&writer, object, curves, curve);
    }
    array = hb_json_put_array(&writer, section, "points");
    for (size_t k = 0; curves->points && k < session->point_count; k++) {
        cJSON *point = hb_json_put_object_at_end(&writer, array);
        hb_json_put_text(&writer, point, "at", session->points[k].text);
        writer.failed |= hb_judge_json(&curves->points[k], point) != 0;
    }
    return writer.failed ? -1 : 0;
}
