/* Samples in, summaries and verdicts out: see judge.h. */
#include "judge/judge.h"

#include "judge/runspeed.h"
#include "stats/order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Scratch for one judgement: large enough for any statistic of `blocks` samples. */
struct judge {
    const struct hb_session *session;
    struct hb_judgement *out;
    size_t resamples; /* for intervals of means; 0: none */
    bool is_glance;   /* HB_DEPTH_GLANCE */
    double *scratch, *values;
    size_t *ends; /* of change points */
    uint64_t seed;
};

/* ---- one run ---- */

static bool is_sample(const struct hb_job *job)
{
    return job->kind == HB_JOB_TIMED && job->status == HB_STATUS_OK;
}

static double run_throughput(struct judge *judge, const struct hb_job *job,
                             struct hb_judged *judged)
{
    const struct hb_runspeed_scratch scratch = {judge->values, judge->scratch, judge->ends};
    enum hb_steady_class class;
    if (judge->is_glance)
        return hb_run_claimed_throughput(job, &scratch);
    const double throughput = hb_run_throughput(job, &scratch, &class);
    judged->steady[class]++;
    return throughput;
}

/* ---- one allocator ---- */

static void note_job(const struct hb_session *session, struct hb_judged *judged,
                     const struct hb_job *job)
{
    const bool ok = job->status == HB_STATUS_OK;
    const bool passed_over =
        job->status == HB_STATUS_INVALID && hb_session_was_repeated(session, job);
    if (job->kind == HB_JOB_COUNTED && ok)
        judged->counted = job;
    if (job->kind == HB_JOB_INSTRUCTIONS) { /* it fails by itself: what was timed stands */
        judged->tallied = job;
        return;
    }
    if (job->kind == HB_JOB_TIMED) {
        judged->runs_ok += ok;
        judged->runs_failed += !ok && !passed_over;
    }
    if (!ok && !passed_over && !judged->failure)
        judged->failure = job;
}

static void collect_runs(struct judge *judge, struct hb_judged *judged)
{
    const struct hb_session *session = judge->session;
    for (uint32_t b = 0; b < session->blocks; b++)
        judged->by_block[b] = (double)NAN;
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->allocator != judged->entry)
            continue;
        note_job(session, judged, job);
        if (is_sample(job) && job->block < session->blocks)
            judged->by_block[job->block] = run_throughput(judge, job, judged);
    }
}

static void summarise(struct judge *judge, const double *x, size_t n, struct hb_summary *summary)
{
    hb_stats_summary(x, n, judge->resamples, judge->seed, judge->scratch, summary);
}

/* A metric's values over the runs; those of a counting pass for what only it knows. */
static void summarise_metric(struct judge *judge, struct hb_judged *judged, size_t metric)
{
    const struct hb_session *session = judge->session;
    const enum hb_job_kind pass = hb_metric_pass(hb_metrics[metric].group);
    size_t n = 0;
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        const bool wanted =
            job->allocator == judged->entry && job->status == HB_STATUS_OK && job->kind == pass;
        if (wanted && !isnan(job->metric[metric]))
            judge->values[n++] = job->metric[metric];
    }
    summarise(judge, judge->values, n, &judged->metric[metric]);
}

static void summarise_speed(struct judge *judge, struct hb_judged *judged)
{
    const double threads = hb_run_threads(judge->session);
    const size_t n = hb_stats_known(judged->by_block, judge->session->blocks, judged->samples);
    summarise(judge, judged->samples, n, &judged->throughput);
    judged->outliers = (uint32_t)hb_stats_outliers(judged->samples, n, NULL, judge->scratch);
    for (size_t i = 0; i < n; i++)
        judge->values[i] = threads * 1e9 / judged->samples[i];
    summarise(judge, judge->values, n, &judged->ns_per_op);
}

/* Start-up and teardown are the process's as much as the allocator's: only what lies between is
 * compared. */
static bool counters_agree(const struct hb_job *counted)
{
    static const enum hb_count_phase phases[] = {HB_COUNT_WARMUP, HB_COUNT_MEASURED};
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        for (size_t call = 0; call < HB_SYSCALL_COUNT; call++) {
            if (counted->syscalls.count[phases[i]][call] !=
                counted->own_counters.count[phases[i]][call])
                return false;
        }
    }
    return true;
}

static int judge_allocator(struct judge *judge, size_t index, struct hb_err *err)
{
    struct hb_judged *judged = &judge->out->allocators[index];
    const size_t blocks = judge->session->blocks;
    judged->entry = index;
    judged->above_floor_ns = (double)NAN;
    judged->by_block = calloc(blocks ? blocks : 1, sizeof *judged->by_block);
    judged->samples = calloc(blocks ? blocks : 1, sizeof *judged->samples);
    if (!judged->by_block || !judged->samples)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory to judge %zu runs", blocks);
    collect_runs(judge, judged);
    summarise_speed(judge, judged);
    for (size_t m = 0; m < HB_METRIC_COUNT; m++)
        summarise_metric(judge, judged, m);
    if (judged->counted && judged->counted->syscalls_known && judged->counted->own_counters_known)
        judged->counters_agree = counters_agree(judged->counted);
    return 0;
}

/* ---- ratios ---- */

static struct hb_located ratio_to_reference(struct judge *judge, struct hb_judged *judged)
{
    const struct hb_judged *reference = &judge->out->allocators[judge->out->reference];
    double *d = judge->values;
    size_t n = 0;
    for (uint32_t b = 0; b < judge->session->blocks; b++) {
        const double a = judged->by_block[b], r = reference->by_block[b];
        if (!isnan(a) && !isnan(r))
            d[n++] = log(a / r);
    }
    return hb_ratio_of_pairs(d, n, judge->scratch, &judged->to_reference);
}

static int judge_ratios(struct judge *judge, struct hb_err *err)
{
    struct hb_judgement *out = judge->out;
    const size_t n = judge->session->allocator_count;
    struct hb_family family = {
        .session = judge->session,
        .twin = out->twin,
        .least = out->margin_percent_profile / 100,
        .noise_limit = hb_session_profile(judge->session)->noise_floor_limit_percent / 100,
    };
    if (hb_family_open(&family, err) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        family.ratios[i] = &out->allocators[i].to_reference;
        hb_ratio_unknown(family.ratios[i]);
    }
    for (size_t i = 0; out->reference >= 0 && i < n; i++)
        family.logs[i] = ratio_to_reference(judge, &out->allocators[i]);
    if (out->reference >= 0)
        hb_family_judge(&family, judge->scratch);
    out->aa_noise = family.aa_noise;
    out->margin = family.margin;
    out->is_doubtful = family.is_doubtful;
    out->comparisons = family.comparisons;
    out->pairs = family.pairs;
    out->pairs_least = family.pairs_least;
    hb_family_close(&family);
    return 0;
}

void hb_judge_say_doubt(const char *reference, const struct hb_ratio *twin, char *text,
                        size_t text_bytes)
{
    (void)snprintf(text, text_bytes,
                   "NOT TO BE BELIEVED: %s was judged %s than itself (%.3f [%.3f, %.3f]); verdicts "
                   "on speed are withheld",
                   reference, hb_verdict_word(twin->verdict.kind), twin->estimate, twin->lo,
                   twin->hi);
}

bool hb_judgement_doubt(const struct hb_judgement *judgement, char *text, size_t text_bytes)
{
    if (judgement->is_doubtful)
        hb_judge_say_doubt(judgement->session->allocators[judgement->reference].label,
                           &judgement->allocators[judgement->twin].to_reference, text, text_bytes);
    return judgement->is_doubtful;
}

bool hb_judgement_too_few(const struct hb_judgement *judgement, char *text, size_t text_bytes)
{
    if (judgement->comparisons == 0 || judgement->pairs >= judgement->pairs_least)
        return false;
    hb_verdict_say_too_few(judgement->pairs, judgement->comparisons, judgement->pairs_least, text,
                           text_bytes);
    return true;
}

/* ---- a difference of known size ---- */

enum hb_known hb_judge_known(const struct hb_ratio *ratio, double slower)
{
    const double known = 1 / (1 + slower);
    const double least = 1 / (1 + slower + HB_KNOWN_TOLERANCE);
    const double most = 1 / (1 + slower - HB_KNOWN_TOLERANCE);
    if (isnan(ratio->lo) || isnan(ratio->hi) || ratio->verdict.kind == HB_VERDICT_NONE)
        return HB_KNOWN_OPEN;
    if (ratio->hi < least || ratio->lo > most)
        return HB_KNOWN_WRONG;
    const bool has_it = ratio->lo <= known && known <= ratio->hi;
    const bool is_within = ratio->lo >= least && ratio->hi <= most;
    return ratio->verdict.kind == HB_VERDICT_SLOWER && (has_it || is_within) ? HB_KNOWN_FOUND
                                                                             : HB_KNOWN_OPEN;
}

/* ---- the whole ---- */

/* Of the same requests on both sides: exact as the counts themselves. */
static void set_counts_above_floor(struct hb_judgement *out)
{
    for (size_t i = 0; i < out->session->allocator_count; i++) {
        struct hb_judged *judged = &out->allocators[i];
        for (size_t m = 0; m < HB_METRIC_COUNT; m++) {
            const bool is_known = hb_metrics[m].group == HB_GROUP_COUNTS && out->floor >= 0 &&
                                  (int)i != out->floor && judged->metric[m].n > 0 &&
                                  out->allocators[out->floor].metric[m].n > 0;
            judged->counts_above_floor[m] =
                is_known ? judged->metric[m].median - out->allocators[out->floor].metric[m].median
                         : (double)NAN;
        }
    }
}

static void set_above_floor(struct hb_judgement *out)
{
    if (out->floor < 0 || out->allocators[out->floor].runs_ok == 0)
        return;
    const double floor_ns = out->allocators[out->floor].ns_per_op.median;
    for (size_t i = 0; i < out->session->allocator_count; i++)
        out->allocators[i].above_floor_ns = out->allocators[i].ns_per_op.median - floor_ns;
}

static void rank(struct hb_judgement *out)
{
    for (size_t i = 0; i < out->session->allocator_count; i++) {
        if (out->allocators[i].runs_ok == 0)
            continue;
        const double median = out->allocators[i].throughput.median;
        size_t place = out->ranked_count++;
        for (; place > 0 && out->allocators[out->ranking[place - 1]].throughput.median < median;
             place--)
            out->ranking[place] = out->ranking[place - 1];
        out->ranking[place] = i;
    }
}

static int judge_open(struct judge *judge, struct hb_err *err)
{
    const struct hb_session *session = judge->session;
    const size_t slices = hb_run_slices_max(session), allocators = session->allocator_count;
    size_t n = session->blocks > session->job_count ? session->blocks : session->job_count;
    n = n > allocators ? n : allocators;
    const size_t paired =
        HB_WALSH_SCRATCH((size_t)session->blocks) + HB_WILCOXON_SCRATCH((size_t)session->blocks);
    const size_t scratch =
        HB_SUMMARY_SCRATCH(n, HB_RESAMPLES) + paired + slices + HB_CHANGEPOINT_SCRATCH(slices);
    judge->scratch = calloc(scratch, sizeof *judge->scratch);
    judge->values = calloc(n + slices + 1, sizeof *judge->values);
    judge->ends = calloc(slices + 1, sizeof *judge->ends);
    judge->out->allocators = calloc(allocators ? allocators : 1, sizeof *judge->out->allocators);
    judge->out->ranking = calloc(allocators ? allocators : 1, sizeof *judge->out->ranking);
    if (!judge->scratch || !judge->values || !judge->ends || !judge->out->allocators ||
        !judge->out->ranking)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory to judge a session");
    return 0;
}

int hb_judge_to(enum hb_depth depth, const struct hb_session *session,
                struct hb_judgement *judgement, struct hb_err *err)
{
    struct judge judge = {.session = session,
                          .out = judgement,
                          .resamples = depth == HB_DEPTH_FULL ? HB_RESAMPLES : 0,
                          .is_glance = depth == HB_DEPTH_GLANCE,
                          .seed = session->seed};
    *judgement = (struct hb_judgement){
        .session = session, .margin_percent_profile = hb_session_profile(session)->margin_percent};
    judgement->reference = hb_session_find_role(session, HB_ROLE_REFERENCE);
    judgement->twin = hb_session_find_role(session, HB_ROLE_TWIN);
    judgement->floor = hb_session_find_role(session, HB_ROLE_FLOOR);
    int status = judge_open(&judge, err);
    for (size_t i = 0; status == 0 && i < session->allocator_count; i++)
        status = judge_allocator(&judge, i, err);
    if (status == 0)
        status = judge_ratios(&judge, err);
    if (status == 0) {
        set_above_floor(judgement);
        set_counts_above_floor(judgement);
        rank(judgement);
    }
    free(judge.scratch);
    free(judge.values);
    free(judge.ends);
    return status;
}

int hb_judge(const struct hb_session *session, struct hb_judgement *judgement, struct hb_err *err)
{
    return hb_judge_to(HB_DEPTH_FULL, session, judgement, err);
}

void hb_judgement_free(struct hb_judgement *judgement)
{
    for (size_t i = 0; judgement->allocators && i < judgement->session->allocator_count; i++) {
        free(judgement->allocators[i].by_block);
        free(judgement->allocators[i].samples);
    }
    free(judgement->allocators);
    free(judgement->ranking);
    *judgement = (struct hb_judgement){0};
}

bool hb_judgement_complete(const struct hb_judgement *judgement)
{
    for (size_t i = 0; i < judgement->session->allocator_count; i++) {
        const struct hb_judged *judged = &judgement->allocators[i];
        const bool is_untallied = judged->tallied && judged->tallied->status != HB_STATUS_OK;
        if (judged->failure || is_untallied || judged->runs_ok < judgement->session->blocks)
            return false;
    }
    return !judgement->session->partial;
}

/* ---- runs without their CPUs ---- */

#define CAUSES_MAX 8u

/* A cause is what a reason says before its first ": ". */
struct causes {
    struct {
        const char *text;
        size_t length;
        uint32_t count;
    } cause[CAUSES_MAX];
    size_t count;
};

static void count_cause(struct causes *causes, const char *reason)
{
    const char *colon = strstr(reason, ": ");
    const size_t length = colon ? (size_t)(colon - reason) : strlen(reason);
    size_t i = 0;
    while (i < causes->count && (causes->cause[i].length != length ||
                                 strncmp(causes->cause[i].text, reason, length) != 0))
        i++;
    if (i == CAUSES_MAX)
        return;
    causes->cause[i].text = reason;
    causes->cause[i].length = length;
    causes->cause[i].count++;
    if (i == causes->count)
        causes->count++;
}

static void write_causes(const struct causes *causes, char *text, size_t text_bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < causes->count && used + 1 < text_bytes; i++) {
        const int more =
            snprintf(text + used, text_bytes - used, "%s%.*s %u", i ? ", " : "",
                     (int)(causes->cause[i].length < 60 ? causes->cause[i].length : 60),
                     causes->cause[i].text, causes->cause[i].count);
        used += more > 0 ? (size_t)more : 0;
    }
}

static void note(enum hb_job_status status, const char *reason, bool is_epoch,
                 struct hb_disturbed *disturbed, struct causes *causes)
{
    const bool counts = status == HB_STATUS_OK && strstr(reason, HB_REASON_SHARE) != NULL;
    const bool again = status == HB_STATUS_INVALID && !is_epoch; /* epochs are listed one by one */
    disturbed->samples += status == HB_STATUS_OK;
    disturbed->counted += counts;
    disturbed->repeated += again;
    if (counts || again)
        count_cause(causes, reason);
}

void hb_judge_disturbed(const struct hb_session *session, struct hb_disturbed *disturbed)
{
    struct causes causes = {.count = 0};
    *disturbed = (struct hb_disturbed){0};
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->kind == HB_JOB_TIMED)
            note(job->status, job->reason, false, disturbed, &causes);
    }
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *run = &session->runs[i];
        if (run->kind == HB_EXEC_KIND_TIMED)
            note(run->status, run->reason, false, disturbed, &causes);
    }
    for (size_t i = 0; i < session->epoch_count; i++)
        note(session->epochs[i].status, session->epochs[i].reason, true, disturbed, &causes);
    write_causes(&causes, disturbed->causes, sizeof disturbed->causes);
}
