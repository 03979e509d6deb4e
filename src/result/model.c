/* Lifetime of sessions and jobs, the names of their enumerations, the physical check, and latencies
 * as text: see model.h. */
#include "result/model.h"

#include "base/buf.h"
#include "base/unit.h"
#include "result/profile.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const hb_syscall_names[HB_SYSCALL_COUNT] = {
#define HB_SYSCALL_NAME(name) [HB_SYSCALL_##name] = #name,
    HB_SYSCALLS(HB_SYSCALL_NAME)
#undef HB_SYSCALL_NAME
};

const char *const hb_session_kind_names[HB_KIND_COUNT] = {
    [HB_KIND_REBASE] = "rebase",
    [HB_KIND_SOAK] = "soak",
    [HB_KIND_EXEC] = "exec",
    [HB_KIND_CHECK] = "check",
};

const char *const hb_promise_group_names[HB_PROMISE_GROUPS] = {
    [HB_PROMISE_SIZES] = "sizes",     [HB_PROMISE_ALIGN] = "align",
    [HB_PROMISE_CXX] = "cxx",         [HB_PROMISE_MISUSE] = "misuse",
    [HB_PROMISE_THREADS] = "threads", [HB_PROMISE_LIMITS] = "limits",
    [HB_PROMISE_MEMORY] = "memory",   [HB_PROMISE_LOADER] = "loader",
};

const char *const hb_answer_names[HB_ANSWER_VERDICTS] = {
    [HB_ANSWER_NONE] = "not asked", [HB_ANSWER_PASS] = "pass",
    [HB_ANSWER_FAIL] = "fail",      [HB_ANSWER_CRASH] = "crash",
    [HB_ANSWER_HANG] = "hang",      [HB_ANSWER_UNSUPPORTED] = "unsupported",
};

const char *const hb_exec_kind_names[HB_EXEC_KIND_COUNT] = {
    [HB_EXEC_KIND_TIMED] = "timed",
    [HB_EXEC_KIND_COUNTED] = "counted",
    [HB_EXEC_KIND_LOADING] = "loading",
    [HB_EXEC_KIND_INSTRUCTIONS] = "instructions",
};

const char *const hb_count_phase_names[HB_COUNT_PHASES] = {
    [HB_COUNT_STARTUP] = "startup",
    [HB_COUNT_WARMUP] = "warmup",
    [HB_COUNT_MEASURED] = "measured",
    [HB_COUNT_TEARDOWN] = "teardown",
};

const char *const hb_role_names[HB_ROLE_COUNT] = {
    [HB_ROLE_SUBJECT] = "subject",
    [HB_ROLE_REFERENCE] = "reference",
    [HB_ROLE_TWIN] = "twin",
    [HB_ROLE_FLOOR] = "floor",
};

const char *const hb_job_status_names[HB_STATUS_COUNT] = {
    [HB_STATUS_OK] = "ok",           [HB_STATUS_MISSING] = "missing",
    [HB_STATUS_REFUSED] = "refused", [HB_STATUS_CRASHED] = "crashed",
    [HB_STATUS_KILLED] = "killed",   [HB_STATUS_HUNG] = "hung",
    [HB_STATUS_EXITED] = "exited",   [HB_STATUS_FAILED] = "failed",
    [HB_STATUS_INVALID] = "invalid",
};

const struct hb_profile *hb_session_profile(const struct hb_session *session)
{
    return session->profile ? session->profile : &hb_profile_default;
}

const struct hb_parameter_value *hb_session_find_parameter(const struct hb_session *session,
                                                           const char *name)
{
    for (size_t i = 0; i < session->parameter_count; i++) {
        if (strcmp(session->parameters[i].name, name) == 0)
            return &session->parameters[i];
    }
    return NULL;
}

void hb_exec_run_free(struct hb_exec_run *run)
{
    free(run->memory);
    *run = (struct hb_exec_run){0};
}

void hb_session_free(struct hb_session *session)
{
    for (size_t i = 0; i < session->job_count; i++)
        hb_job_free(&session->jobs[i]);
    free(session->jobs);
    hb_session_drop_epochs(session);
    for (size_t i = 0; i < session->run_count; i++)
        hb_exec_run_free(&session->runs[i]);
    free(session->runs);
    free(session->programs);
    free(session->promises);
    free(session->answers);
    free(session->allocators);
    free(session->parameters);
    free(session->points);
    free(session->command_line);
    free(session->note);
    if (session->profile)
        hb_profile_free(session->profile);
    free(session->profile);
    *session = (struct hb_session){0};
}

void hb_job_init(struct hb_job *job)
{
    *job = (struct hb_job){0};
    for (size_t i = 0; i < HB_METRIC_COUNT; i++)
        job->metric[i] = NAN;
    job->claimed_ops_per_s = NAN;
}

void hb_job_drop_slices(struct hb_job *job)
{
    free(job->slice_ns);
    free(job->start_ns);
    job->slice_ns = job->start_ns = NULL;
}

void hb_job_free(struct hb_job *job)
{
    hb_job_drop_slices(job);
    *job = (struct hb_job){0};
}

/* ---- the physical check ---- */

/* Figures of a CSV are rounded in the last of 15 digits or so; nobody gains by a millionth. */
#define ROUNDING 1e-6

static bool is_above(double value, double limit)
{
    return value > limit * (1 + ROUNDING); /* false where one is NaN */
}

static bool is_within_clock(double operations, double elapsed_ns, double throughput, char *reason,
                            size_t reason_bytes)
{
    const double most = operations * 1e9 / elapsed_ns;
    if (!is_above(throughput, most))
        return true;
    (void)snprintf(reason, reason_bytes,
                   "%s is above what its own clock allows: %s operations in %s are %s",
                   hb_format_rate(throughput).text, hb_format_count(operations).text,
                   hb_format_duration(elapsed_ns / 1e9).text, hb_format_rate(most).text);
    return false;
}

/* From the first thread's start to the last one's end, as the slices have it; NaN without any. */
static double span_of_slices(const struct hb_job *job)
{
    double span_ns = (double)NAN;
    for (uint32_t t = 0; job->slice_ns && t < job->threads; t++) {
        double end_ns = job->start_ns ? (double)job->start_ns[t] : 0;
        for (size_t s = 0; s < job->slices; s++)
            end_ns += (double)job->slice_ns[(size_t)t * job->slices + s];
        span_ns = fmax(span_ns, end_ns);
    }
    return span_ns;
}

/* They make up the run; where several threads have no starts, they only lie within it. */
static bool do_slices_fit(struct hb_job *job, double span_ns)
{
    const double elapsed_ns = job->metric[HB_METRIC_ELAPSED];
    const bool must_fill = job->threads == 1 || job->start_ns;
    if (!is_above(span_ns, elapsed_ns) && !(must_fill && is_above(elapsed_ns, span_ns)))
        return true;
    (void)snprintf(
        job->reason, sizeof job->reason, "its slices take %s, the run's own clock says %s",
        hb_format_duration(span_ns / 1e9).text, hb_format_duration(elapsed_ns / 1e9).text);
    return false;
}

/* A file that knows no wall time has 0 or NaN there. */
static bool is_within_life(struct hb_job *job)
{
    const double elapsed_s = job->metric[HB_METRIC_ELAPSED] / 1e9;
    if (!(job->wall_s > 0) || !is_above(elapsed_s, job->wall_s))
        return true;
    (void)snprintf(job->reason, sizeof job->reason,
                   "the measured phase took %s by its own clock, the whole process lived %s",
                   hb_format_duration(elapsed_s).text, hb_format_duration(job->wall_s).text);
    return false;
}

bool hb_ownclock_check_job(struct hb_job *job)
{
    if (job->kind != HB_JOB_TIMED || job->status != HB_STATUS_OK)
        return true;
    const double *metric = job->metric, span_ns = span_of_slices(job);
    const double clock_ns = isnan(metric[HB_METRIC_ELAPSED]) ? span_ns : metric[HB_METRIC_ELAPSED];
    if (is_within_clock(metric[HB_METRIC_OPERATIONS], clock_ns, metric[HB_METRIC_THROUGHPUT],
                        job->reason, sizeof job->reason) &&
        do_slices_fit(job, span_ns) && is_within_life(job))
        return true;
    job->status = HB_STATUS_INVALID;
    return false;
}

/* The same of an epoch's throughput. */
static bool check_epoch(struct hb_epoch *epoch)
{
    const double *metric = epoch->metric;
    if (epoch->status != HB_STATUS_OK ||
        is_within_clock(metric[HB_EPOCH_OPERATIONS], metric[HB_EPOCH_ELAPSED],
                        metric[HB_EPOCH_THROUGHPUT], epoch->reason, sizeof epoch->reason))
        return true;
    epoch->status = HB_STATUS_INVALID;
    return false;
}

/* ---- sessions ---- */

int hb_session_append(struct hb_session *session, struct hb_job *job)
{
    struct hb_job *jobs =
        hb_array_grown(session->jobs, session->job_count, &session->job_capacity, sizeof *jobs);
    if (!jobs)
        return -1;
    session->jobs = jobs;
    (void)hb_ownclock_check_job(job);
    session->jobs[session->job_count++] = *job;
    *job = (struct hb_job){0};
    return 0;
}

void hb_epoch_init(struct hb_epoch *epoch)
{
    *epoch = (struct hb_epoch){0};
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT; i++)
        epoch->metric[i] = NAN;
}

void hb_epoch_free(struct hb_epoch *epoch)
{
    free(epoch->latency);
    *epoch = (struct hb_epoch){0};
}

bool hb_epoch_is_drain(const struct hb_epoch *epoch)
{
    return strcmp(epoch->phase, HB_PHASE_DRAIN) == 0;
}

double hb_epoch_end_s(const struct hb_epoch *epoch)
{
    const double elapsed_ns = epoch->metric[HB_EPOCH_ELAPSED];
    return epoch->started_s + (elapsed_ns > 0 ? elapsed_ns / 1e9 : 0);
}

void hb_session_drop_epochs(struct hb_session *session)
{
    for (size_t i = 0; i < session->epoch_count; i++)
        hb_epoch_free(&session->epochs[i]);
    free(session->epochs);
    session->epochs = NULL;
    session->epoch_count = session->epoch_capacity = 0;
}

int hb_session_append_epoch(struct hb_session *session, struct hb_epoch *epoch)
{
    struct hb_epoch *epochs = hb_array_grown(session->epochs, session->epoch_count,
                                             &session->epoch_capacity, sizeof *epochs);
    if (!epochs)
        return -1;
    session->epochs = epochs;
    (void)check_epoch(epoch);
    session->epochs[session->epoch_count++] = *epoch;
    *epoch = (struct hb_epoch){0};
    return 0;
}

void hb_exec_run_init(struct hb_exec_run *run)
{
    *run = (struct hb_exec_run){.exit_status = -1};
    for (size_t i = 0; i < HB_EXEC_METRIC_COUNT; i++)
        run->metric[i] = (double)NAN;
    for (size_t i = 0; i < HB_PROGRAM_METRICS_MAX; i++)
        run->own[i] = (double)NAN;
}

int hb_session_append_run(struct hb_session *session, struct hb_exec_run *run)
{
    struct hb_exec_run *grown =
        hb_array_grown(session->runs, session->run_count, &session->run_capacity, sizeof *grown);
    if (!grown)
        return -1;
    session->runs = grown;
    grown[session->run_count++] = *run;
    *run = (struct hb_exec_run){0};
    return 0;
}

const struct hb_profile_program *hb_exec_described(const struct hb_session *session, size_t program)
{
    return &session->profile->exec.programs[program];
}

uint32_t hb_session_blocks_begun(const struct hb_session *session)
{
    uint32_t blocks = 0;
    for (size_t i = 0; i < session->job_count; i++) {
        if (session->jobs[i].kind == HB_JOB_TIMED && session->jobs[i].block >= blocks)
            blocks = session->jobs[i].block + 1;
    }
    for (size_t i = 0; i < session->run_count; i++) {
        if (session->runs[i].kind == HB_EXEC_KIND_TIMED && session->runs[i].block >= blocks)
            blocks = session->runs[i].block + 1;
    }
    return blocks;
}

bool hb_session_is_empty(const struct hb_session *session)
{
    return !session->job_count && !session->run_count && !session->epoch_count &&
           !session->promise_count;
}

struct hb_answer *hb_session_answer(const struct hb_session *session, size_t promise,
                                    size_t allocator)
{
    return &session->answers[promise * session->allocator_count + allocator];
}

bool hb_answer_is_broken(const struct hb_answer *answer)
{
    return answer->verdict == HB_ANSWER_FAIL || answer->verdict == HB_ANSWER_CRASH ||
           answer->verdict == HB_ANSWER_HANG;
}

bool hb_session_was_repeated(const struct hb_session *session, const struct hb_job *job)
{
    const struct hb_job *end = session->jobs + session->job_count;
    for (const struct hb_job *later = job + 1; later < end; later++) {
        if (later->allocator == job->allocator && later->block == job->block &&
            later->point == job->point && later->kind == job->kind)
            return true;
    }
    return false;
}

bool hb_session_is_of_times(const struct hb_session *session)
{
    bool is_any = false;
    for (size_t i = 0; i < session->job_count; i++) {
        const double operations = session->jobs[i].metric[HB_METRIC_OPERATIONS];
        if (!isnan(operations) && operations != 1)
            return false;
        is_any |= !isnan(operations);
    }
    return is_any && (session->imported_from[0] || session->kind == HB_KIND_EXEC);
}

/* ---- sweeps ---- */

size_t hb_session_points(const struct hb_session *session)
{
    return session->point_count ? session->point_count : 1;
}

uint32_t hb_session_threads_most(const struct hb_session *session)
{
    const struct hb_parameter_value *threads = hb_session_find_parameter(session, "threads");
    uint64_t most = threads ? threads->value : 1;
    for (size_t i = 0; i < session->point_count; i++) {
        if (strcmp(session->points[i].name, "threads") == 0 && session->points[i].value > most)
            most = session->points[i].value;
    }
    return (uint32_t)most;
}

struct hb_value_text hb_session_value_text(const struct hb_session *session, size_t parameter)
{
    const struct hb_parameter_value *own = &session->parameters[parameter];
    struct hb_value_text out = {""};
    if (session->point_count == 0 || strcmp(own->name, session->points[0].name) != 0) {
        HB_COPY(out.text, own->text);
        return out;
    }
    for (size_t i = 0; i < session->point_count; i++)
        hb_copy_item(out.text, sizeof out.text, session->points[i].text);
    return out;
}

bool hb_session_parameters_at(const struct hb_session *session, size_t point,
                              struct hb_parameter_value *out)
{
    bool is_there = false;
    for (size_t i = 0; i < session->parameter_count; i++) {
        const struct hb_parameter_value *own = &session->parameters[i];
        const bool is_swept =
            session->point_count && strcmp(own->name, session->points[point].name) == 0;
        out[i] = is_swept ? session->points[point] : *own;
        is_there |= is_swept;
    }
    return is_there;
}

int hb_session_view(const struct hb_session *session, size_t point, struct hb_session *view)
{
    *view = *session;
    view->points = NULL;
    view->point_count = view->job_count = 0;
    view->jobs = calloc(session->job_count + 1, sizeof *view->jobs);
    view->parameters = calloc(session->parameter_count + 2, sizeof *view->parameters);
    if (!view->jobs || !view->parameters) {
        hb_session_view_free(view);
        return -1;
    }
    if (!hb_session_parameters_at(session, point, view->parameters))
        view->parameters[view->parameter_count++] = session->points[point];
    for (size_t i = 0; i < session->job_count; i++) {
        if (session->jobs[i].point == point)
            view->jobs[view->job_count++] = session->jobs[i];
    }
    return 0;
}

void hb_session_view_free(struct hb_session *view)
{
    free(view->jobs);
    free(view->parameters);
    *view = (struct hb_session){0};
}

int hb_session_find(const struct hb_session *session, const char *label)
{
    for (size_t i = 0; i < session->allocator_count; i++) {
        if (strcmp(session->allocators[i].label, label) == 0)
            return (int)i;
    }
    return -1;
}

int hb_session_find_role(const struct hb_session *session, enum hb_role role)
{
    int index = (int)session->allocator_count - 1;
    while (index >= 0 && session->allocators[index].role != role)
        index--;
    return index;
}

size_t hb_session_competitors(const struct hb_session *session)
{
    size_t count = 0;
    for (size_t i = 0; i < session->allocator_count; i++)
        count += hb_role_competes(session->allocators[i].role);
    return count;
}

/* ---- latencies ---- */

int hb_latency_text(const struct hb_loglinear_count *buckets, size_t count, struct hb_buf *out)
{
    for (size_t i = 0; i < count; i++)
        (void)hb_buf_printf(out, "%s%" PRIu64 ":%" PRIu64, i ? " " : "",
                            hb_loglinear_least(buckets[i].bucket), buckets[i].count);
    return out->failed ? -1 : 0;
}

/* "27:1203"; NULL when it is none, or not the beginning of a bucket. */
static const char *parse_pair(const char *at, struct hb_loglinear_count *pair)
{
    uint64_t least = 0, count = 0;
    at = hb_unit_read_digits(at, &least);
    if (!at || *at != ':')
        return NULL;
    at = hb_unit_read_digits(at + 1, &count);
    pair->bucket = hb_loglinear_bucket(least);
    pair->count = count;
    return at && count > 0 && hb_loglinear_least(pair->bucket) == least ? at : NULL;
}

static size_t count_pairs(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == ':';
    return count;
}

/* The number of pairs parsed; 0 when something in the text is none, they do not rise, or there are
 * more samples than can be counted. */
static size_t parse_pairs(const char *at, size_t most, struct hb_loglinear_count *pairs)
{
    uint64_t left = UINT64_MAX;
    for (size_t i = 0; i < most; i++) {
        at = parse_pair(at, &pairs[i]);
        if (!at || (i > 0 && pairs[i].bucket <= pairs[i - 1].bucket) || pairs[i].count > left)
            return 0;
        if (*at != (i + 1 < most ? ' ' : '\0'))
            return 0;
        left -= pairs[i].count;
        at++;
    }
    return most;
}

int hb_latency_parse(const char *text, struct hb_loglinear_count **buckets, size_t *count)
{
    const size_t most = count_pairs(text);
    *buckets = NULL;
    *count = 0;
    if (!*text)
        return 0;
    struct hb_loglinear_count *pairs = calloc(most + 1, sizeof *pairs);
    if (!pairs)
        return 1;
    if (parse_pairs(text, most, pairs) == 0) {
        free(pairs);
        return -1;
    }
    *buckets = pairs;
    *count = most;
    return 0;
}
