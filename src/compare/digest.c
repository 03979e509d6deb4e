/* A session reduced to what is compared of it: see digest.h. */
#include "compare/digest.h"

#include "base/copy.h"
#include "base/unit.h"
#include "judge/judge.h"
#include "judge/runspeed.h"
#include "stats/order.h"
#include "stats/paired.h"
#include "stats/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work {
    const struct hb_session *session;
    struct hb_digest *digest;
    struct hb_runspeed_scratch speed;
    double *scratch; /* for any statistic of the values of one series */
    double threads;
};

static int no_memory(struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_SYSTEM, "no memory to compare a session");
}

/* ---- what it is ---- */

/* What two sessions must have in common: a CSV has no parameters, its profile's name stands in. */
static int describe(const struct hb_session *session, struct hb_digest *digest, struct hb_err *err)
{
    struct hb_buf key = {0}, text = {0};
    hb_buf_printf(&key, "%s %s%s",
                  session->soak.fresh ? "fresh" : hb_session_kind_names[session->kind],
                  session->workload, session->parameter_count ? "" : session->profile_name);
    for (size_t i = 0; i < session->parameter_count; i++) {
        const struct hb_parameter_value *parameter = &session->parameters[i];
        if (strcmp(parameter->name, "seed") == 0)
            continue;
        hb_buf_printf(&key, " %s=%" PRIu64, parameter->name, parameter->value);
        hb_buf_printf(&text, "%s%s %s", text.size ? ", " : "", parameter->name, parameter->text);
    }
    const uint64_t limit = hb_session_profile(session)->memory_limit_bytes;
    if (limit) {
        hb_buf_printf(&key, " memory_limit=%" PRIu64, limit);
        hb_buf_printf(&text, "%smemory limit %s", text.size ? ", " : "",
                      hb_format_bytes((double)limit).text);
    }
    hb_buf_text(&key, "");
    hb_buf_text(&text, "");
    digest->key = hb_buf_take(&key);
    digest->parameters = hb_buf_take(&text);
    return digest->key && digest->parameters ? 0 : no_memory(err);
}

static void find_roles(struct hb_digest *digest)
{
    digest->reference = digest->twin = digest->floor = -1;
    for (size_t i = 0; i < digest->count; i++) {
        const enum hb_role role = digest->entries[i].role;
        if (role == HB_ROLE_REFERENCE)
            digest->reference = (int)i;
        else if (role == HB_ROLE_TWIN)
            digest->twin = (int)i;
        else if (role == HB_ROLE_FLOOR)
            digest->floor = (int)i;
    }
}

/* As many as jobs were made, whatever the file says was planned. */
static size_t blocks_of(const struct hb_session *session)
{
    size_t blocks = 0;
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->block < session->blocks && job->block >= blocks)
            blocks = (size_t)job->block + 1;
    }
    return blocks;
}

static int take_header(const struct hb_session *session, const char *label, const char *path,
                       struct hb_digest *digest, struct hb_err *err)
{
    HB_COPY(digest->label, label);
    HB_COPY(digest->name, session->name);
    HB_COPY(digest->kind, hb_session_kind_names[session->kind]);
    HB_COPY(digest->started_at, session->started_at);
    HB_COPY(digest->tool_version, session->tool_version);
    HB_COPY(digest->tool_commit, session->tool_commit);
    HB_COPY(digest->profile_name, session->profile_name);
    HB_COPY(digest->workload, session->workload);
    (void)snprintf(digest->count_source, sizeof digest->count_source, "%.*s",
                   (int)strcspn(session->count_source, " "), session->count_source);
    digest->seed = session->seed;
    digest->partial = session->partial;
    digest->is_soak = session->kind == HB_KIND_SOAK;
    digest->is_of_times = hb_session_is_of_times(session);
    digest->paired =
        !digest->is_soak && !session->imported_from[0]; /* lists of runs are no pairs */
    digest->blocks = blocks_of(session);
    digest->margin = hb_session_profile(session)->margin_percent / 100;
    digest->timer_ns = session->soak.timer_ns;
    digest->host = session->host;
    digest->path = strdup(path);
    digest->note = session->note ? strdup(session->note) : NULL;
    digest->entries = calloc(session->allocator_count + 1, sizeof *digest->entries);
    digest->count = digest->entries ? session->allocator_count : 0;
    if (session->note && !digest->note)
        return no_memory(err);
    return digest->path && digest->entries ? describe(session, digest, err) : no_memory(err);
}

static int take_entry(const struct hb_allocator_entry *from, struct hb_digest_entry *entry,
                      struct hb_err *err)
{
    HB_COPY(entry->label, from->label);
    HB_COPY(entry->via, from->via);
    HB_COPY(entry->library_version, from->library_version);
    HB_COPY(entry->library_sha256, from->library_sha256);
    HB_COPY(entry->plugin_sha256, from->plugin_sha256);
    entry->role = from->role;
    entry->counted_operations = (double)NAN;
    entry->environment = strdup(from->environment);
    for (size_t f = 0; f < HB_FIGURE_COUNT; f++) {
        entry->series[f].value = (double)NAN;
        entry->series[f].interval = (struct hb_interval){(double)NAN, (double)NAN};
    }
    if (from->missing_reason[0])
        (void)snprintf(entry->failure, sizeof entry->failure, "missing: %.110s",
                       from->missing_reason);
    return entry->environment ? 0 : no_memory(err);
}

/* ---- values of runs ---- */

/* One allocation for all values of an allocator. */
static int make_store(struct hb_digest *digest, struct hb_digest_entry *entry, struct hb_err *err)
{
    const size_t count = digest->blocks * HB_FIGURE_COUNT;
    entry->store = malloc((count + 1) * sizeof *entry->store);
    if (!entry->store)
        return no_memory(err);
    for (size_t i = 0; i < count; i++)
        entry->store[i] = (double)NAN;
    return 0;
}

static void set(const struct hb_digest *digest, struct hb_digest_entry *entry, size_t figure,
                size_t block, double value)
{
    struct hb_series *series = &entry->series[figure];
    if (isnan(value) || block >= digest->blocks)
        return;
    series->values = entry->store + figure * digest->blocks;
    series->n += isnan(series->values[block]) ? 1 : 0;
    series->values[block] = value;
}

static void take_failure(const struct hb_session *session, struct hb_digest_entry *entry,
                         const struct hb_job *job)
{
    if (job->status == HB_STATUS_INVALID && hb_session_was_repeated(session, job))
        return;
    entry->runs_failed += job->kind == HB_JOB_TIMED;
    if (!entry->failure[0])
        (void)snprintf(entry->failure, sizeof entry->failure, "%s: %.110s",
                       hb_job_status_names[job->status], job->reason);
}

static void take_job(struct work *work, const struct hb_job *job)
{
    struct hb_digest *digest = work->digest;
    struct hb_digest_entry *entry = &digest->entries[job->allocator];
    if (job->status != HB_STATUS_OK) {
        take_failure(work->session, entry, job);
        return;
    }
    const bool timed = job->kind == HB_JOB_TIMED;
    for (size_t m = 0; m < HB_METRIC_COUNT; m++) {
        if (hb_metric_pass(hb_metrics[m].group) == job->kind)
            set(digest, entry, m, job->block, job->metric[m]);
    }
    if (job->kind == HB_JOB_COUNTED)
        entry->counted_operations = job->metric[HB_METRIC_OPERATIONS];
    if (!timed)
        return;
    entry->runs_ok++;
    const double speed = hb_run_claimed_throughput(job, &work->speed);
    if (isnan(speed))
        return;
    set(digest, entry, HB_METRIC_THROUGHPUT, job->block, speed);
    set(digest, entry, HB_METRIC_NS_PER_OP, job->block, work->threads * 1e9 / speed);
}

/* A metric less the floor's of the same block. */
static void take_above_floor(struct hb_digest *digest, size_t metric, size_t figure)
{
    if (digest->floor < 0)
        return;
    const double *floor = digest->entries[digest->floor].series[metric].values;
    for (size_t i = 0; floor && i < digest->count; i++) {
        struct hb_digest_entry *entry = &digest->entries[i];
        const double *own = entry->series[metric].values;
        for (size_t b = 0; own && (int)i != digest->floor && b < digest->blocks; b++)
            set(digest, entry, figure, b, own[b] - floor[b]);
    }
}

/* ---- values of epochs ---- */

static const struct {
    size_t figure;
    enum hb_epoch_metric_id metric;
} of_epochs[] = {
    {HB_METRIC_THROUGHPUT, HB_EPOCH_THROUGHPUT}, {HB_FIGURE_P50, HB_EPOCH_LATENCY_P50},
    {HB_FIGURE_P99, HB_EPOCH_LATENCY_P99},       {HB_FIGURE_P999, HB_EPOCH_LATENCY_P999},
    {HB_FIGURE_RSS_SOAK, HB_EPOCH_RSS},
};

static int take_epochs(const struct hb_soak_judged *judged, struct hb_digest_entry *entry,
                       struct hb_err *err)
{
    const size_t figures = sizeof of_epochs / sizeof *of_epochs;
    entry->store = malloc((judged->counted * figures + 1) * sizeof *entry->store);
    if (!entry->store)
        return no_memory(err);
    for (size_t f = 0; f < figures; f++) {
        struct hb_series *series = &entry->series[of_epochs[f].figure];
        series->values = entry->store + f * judged->counted;
        for (size_t i = 0; i < judged->counted; i++) {
            const double value = judged->series[i]->metric[of_epochs[f].metric];
            if (!isnan(value))
                series->values[series->n++] = value;
        }
    }
    return 0;
}

static void take_drift(struct hb_series *series, const struct hb_soak_drift *drift)
{
    series->value = drift->percent;
    series->interval = (struct hb_interval){drift->lo, drift->hi};
    series->n = drift->n;
}

static int take_soak(const struct hb_soak_judgement *soak, struct hb_digest *digest,
                     struct hb_err *err)
{
    for (size_t i = 0; i < digest->count; i++) {
        const struct hb_soak_judged *judged = &soak->allocators[i];
        struct hb_digest_entry *entry = &digest->entries[i];
        entry->runs_ok = judged->counted;
        entry->runs_failed = judged->failed;
        if (judged->failure)
            (void)snprintf(entry->failure, sizeof entry->failure, "%s: %.110s",
                           hb_job_status_names[judged->failure->status], judged->failure->reason);
        if (take_epochs(judged, entry, err) != 0)
            return -1;
        entry->series[HB_FIGURE_P50].value = judged->latency.p50;
        entry->series[HB_FIGURE_P99].value = judged->latency.p99;
        entry->series[HB_FIGURE_P999].value = judged->latency.p999;
        take_drift(&entry->series[HB_FIGURE_SPEED_DRIFT], &judged->speed);
        take_drift(&entry->series[HB_FIGURE_RSS_DRIFT], &judged->memory.rss);
        entry->series[HB_METRIC_SYSCALLS_PER_OP].value = judged->syscalls_per_op;
        entry->counted_operations = judged->calls_judged.operations;
    }
    return 0;
}

/* ---- what the values say ---- */

/* Known values of a series, in order, into to. */
static size_t known(const struct hb_digest *digest, const struct hb_series *series, double *to)
{
    const size_t length = digest->is_soak ? series->n : digest->blocks;
    return series->values ? hb_stats_known(series->values, length, to) : 0;
}

static void measure_speed(struct work *work, struct hb_digest_entry *entry)
{
    struct hb_series *spread = &entry->series[HB_FIGURE_CV];
    double *x = work->scratch, sum = 0, squares = 0;
    const size_t n = known(work->digest, &entry->series[HB_METRIC_THROUGHPUT], x);
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    entry->mean = n ? sum / (double)n : (double)NAN;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - entry->mean) * (x[i] - entry->mean);
    entry->cv = n > 1 ? sqrt(squares / ((double)n - 1)) / entry->mean : (double)NAN;
    spread->value = 100 * entry->cv;
    spread->n = n;
    entry->rho = hb_stats_lag1(x, n, x + n);
}

static void summarise(struct work *work)
{
    struct hb_digest *digest = work->digest;
    size_t measured = 0;
    for (size_t i = 0; i < digest->count; i++) {
        struct hb_digest_entry *entry = &digest->entries[i];
        for (size_t f = 0; f < HB_FIGURE_COUNT; f++) {
            struct hb_series *series = &entry->series[f];
            const size_t n = known(digest, series, work->scratch);
            if (n && isnan(series->value))
                series->value = hb_stats_median_in_place(work->scratch, n);
        }
        measure_speed(work, entry);
        if (entry->series[HB_METRIC_THROUGHPUT].n > 0) {
            digest->rho += entry->rho;
            measured++;
        }
    }
    if (measured)
        digest->rho /= (double)measured;
}

/* The reference against itself, run twice in every block. */
static void measure_noise(struct work *work)
{
    struct hb_digest *digest = work->digest;
    double *d = work->scratch;
    size_t n = 0;
    digest->aa_noise = (double)NAN;
    if (digest->reference < 0 || digest->twin < 0 || !digest->paired)
        return;
    const double *a = digest->entries[digest->twin].series[HB_METRIC_THROUGHPUT].values;
    const double *b = digest->entries[digest->reference].series[HB_METRIC_THROUGHPUT].values;
    for (size_t i = 0; a && b && i < digest->blocks; i++) {
        if (!isnan(a[i]) && !isnan(b[i]))
            d[n++] = log(a[i] / b[i]);
    }
    struct hb_ratio twin;
    const struct hb_located located = hb_ratio_of_pairs(d, n, d + n, &twin);
    digest->aa_noise = hb_verdict_noise(located.estimate, located.interval);
    twin.verdict = hb_verdict_judge(n, located.estimate, located.interval, twin.p, digest->margin);
    if (hb_verdict_is_difference(twin.verdict.kind))
        hb_judge_say_doubt(digest->entries[digest->reference].label, &twin, digest->doubt,
                           sizeof digest->doubt);
}

/* ---- the whole ---- */

static size_t scratch_size(const struct hb_session *session)
{
    const size_t blocks = blocks_of(session);
    const size_t n = session->epoch_count > blocks ? session->epoch_count : blocks;
    return 4 * n + blocks + HB_WALSH_SCRATCH(blocks) + HB_WILCOXON_SCRATCH(blocks) + 16;
}

static int open_work(struct work *work, struct hb_err *err)
{
    const size_t slices = hb_run_slices_max(work->session);
    work->scratch = malloc(scratch_size(work->session) * sizeof *work->scratch);
    work->speed.values = malloc((slices + 1) * sizeof(double));
    work->speed.work = malloc((slices + HB_CHANGEPOINT_SCRATCH(slices)) * sizeof(double));
    work->speed.ends = malloc((slices + 1) * sizeof(size_t));
    work->threads = hb_run_threads(work->session);
    if (!work->scratch || !work->speed.values || !work->speed.work || !work->speed.ends)
        return no_memory(err);
    return 0;
}

static void close_work(struct work *work)
{
    free(work->scratch);
    free(work->speed.values);
    free(work->speed.work);
    free(work->speed.ends);
}

static void take_jobs(struct work *work)
{
    for (size_t i = 0; i < work->session->job_count; i++)
        take_job(work, &work->session->jobs[i]);
    take_above_floor(work->digest, HB_METRIC_NS_PER_OP, HB_FIGURE_ABOVE_FLOOR);
    take_above_floor(work->digest, HB_METRIC_INSTRUCTIONS_PER_OP,
                     HB_FIGURE_INSTRUCTIONS_ABOVE_FLOOR);
}

int hb_digest_take(const struct hb_session *session, const struct hb_soak_judgement *soak,
                   const char *label, const char *path, struct hb_digest *digest,
                   struct hb_err *err)
{
    struct work work = {.session = session, .digest = digest};
    *digest = (struct hb_digest){0};
    int status = take_header(session, label, path, digest, err);
    for (size_t i = 0; status == 0 && i < digest->count; i++)
        status = take_entry(&session->allocators[i], &digest->entries[i], err);
    if (status == 0)
        status = open_work(&work, err);
    for (size_t i = 0; status == 0 && !soak && i < digest->count; i++)
        status = make_store(digest, &digest->entries[i], err);
    find_roles(digest);
    if (status == 0 && soak)
        status = take_soak(soak, digest, err);
    else if (status == 0)
        take_jobs(&work);
    if (status == 0) {
        summarise(&work);
        measure_noise(&work);
    }
    close_work(&work);
    return status;
}

void hb_digest_free(struct hb_digest *digest)
{
    for (size_t i = 0; i < digest->count; i++) {
        free(digest->entries[i].environment);
        free(digest->entries[i].store);
    }
    free(digest->entries);
    free(digest->path);
    free(digest->note);
    free(digest->key);
    free(digest->parameters);
    *digest = (struct hb_digest){0};
}

double hb_digest_one(const struct hb_digest_entry *entry, size_t figure)
{
    if (hb_figure_is_tally(figure))
        return HB_COUNT_REPEATS * fabs(entry->series[figure].value);
    if (figure != HB_METRIC_SYSCALLS_PER_OP)
        return 1;
    return entry->counted_operations > 0 ? 1 / entry->counted_operations : 0;
}

static bool is_same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool is_same_entry(const struct hb_digest *digest, const struct hb_digest_entry *a,
                          const struct hb_digest_entry *b)
{
    if (strcmp(a->label, b->label) != 0 || strcmp(a->library_sha256, b->library_sha256) != 0 ||
        strcmp(a->plugin_sha256, b->plugin_sha256) != 0 || a->runs_ok != b->runs_ok ||
        a->runs_failed != b->runs_failed)
        return false;
    for (size_t f = 0; f < HB_FIGURE_COUNT; f++) {
        const struct hb_series *x = &a->series[f], *y = &b->series[f];
        const size_t length = digest->is_soak ? x->n : digest->blocks;
        if (x->n != y->n || !x->values != !y->values || !is_same_number(x->value, y->value))
            return false;
        for (size_t i = 0; x->values && i < length; i++) {
            if (!is_same_number(x->values[i], y->values[i]))
                return false;
        }
    }
    return true;
}

bool hb_digest_is_same(const struct hb_digest *a, const struct hb_digest *b)
{
    if (strcmp(a->started_at, b->started_at) != 0 || a->seed != b->seed ||
        strcmp(a->key, b->key) != 0 || a->count != b->count || a->blocks != b->blocks)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!is_same_entry(a, &a->entries[i], &b->entries[i]))
            return false;
    }
    return true;
}

bool hb_digest_is_copy(const struct hb_digest *digests, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (hb_digest_is_same(&digests[i], &digests[index]))
            return true;
    }
    return false;
}

int hb_digest_find(const struct hb_digest *digest, const char *label)
{
    for (size_t i = 0; i < digest->count; i++) {
        if (strcmp(digest->entries[i].label, label) == 0)
            return (int)i;
    }
    return -1;
}
