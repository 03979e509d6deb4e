/* Jobs and epochs as JSON and back, and a soak's settings: see session_json.h. Slices are a text a
 * thread, "662345 661002", so that the tree has one value where it would have hundreds; version 1
 * had an array of numbers, which is read for ever. Nothing is allocated before the text has shown
 * that it is as long as it says. Read next: session_json.c (the session around them),
 * hakbench-result(5), "JOBS". */
#include "result/session_json.h"

#include "base/json/json_fields.h"
#include "base/quote.h"
#include "base/unit.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int hb_sample_read_label(const struct hb_json_source *source, const cJSON *object,
                         const struct hb_session *session, uint32_t *allocator, struct hb_err *err)
{
    char label[HB_NAME_MAX];
    const cJSON *node = hb_json_require(source, object, "allocator", err);
    if (!node || hb_json_get_text(source, node, label, sizeof label, err) != 0)
        return -1;
    const int index = hb_session_find(session, label);
    if (index < 0)
        return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                             "%s is no label of \"allocators\"", hb_quote(label).text);
    *allocator = (uint32_t)index;
    return 0;
}

int hb_sample_check_order(const struct hb_json_source *source, const cJSON *object, uint32_t index,
                          const uint32_t *before, const char *of, struct hb_err *err)
{
    if (!before || *before < index)
        return 0;
    return hb_json_fault(source, hb_json_member(object, "index"), HB_JSON_AT_VALUE, err,
                         "expected more than the %u of the %s before, found %u", *before, of,
                         index);
}

void hb_sample_put_metrics(struct hb_json_writer *writer, cJSON *object,
                           const struct hb_metric *metrics, size_t count, const double *values)
{
    cJSON *members = hb_json_put_object(writer, object, "metrics");
    for (size_t i = 0; i < count; i++)
        hb_json_put_number(writer, members, metrics[i].key, values[i]);
}

int hb_sample_read_metrics(const struct hb_json_source *source, const cJSON *object,
                           const struct hb_metric *metrics, size_t count, double least,
                           double *values, struct hb_err *err)
{
    const cJSON *members = hb_json_require(source, object, "metrics", err);
    if (!members || hb_json_expect_object(source, members, err) != 0)
        return -1;
    size_t next = 0; /* this tool writes them in the table's order */
    for (const cJSON *node = members->child; node; node = node->next) {
        const bool is_next = next < count && strcmp(metrics[next].key, node->string) == 0;
        const size_t i = is_next ? next : hb_metric_index(metrics, count, node->string);
        next = i + 1;
        if (i == count || cJSON_IsNull(node))
            continue;
        if (hb_json_get_double(source, node, least, HUGE_VAL, &values[i], err) != 0)
            return -1;
    }
    return 0;
}

void hb_sample_put_calls(struct hb_json_writer *writer, cJSON *object, const char *key,
                         const uint64_t counts[HB_SYSCALL_COUNT])
{
    cJSON *calls = hb_json_put_object(writer, object, key);
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++)
        hb_json_put_u64(writer, calls, hb_syscall_names[i], counts[i]);
}

int hb_sample_read_calls(const struct hb_json_source *source, const cJSON *node,
                         uint64_t counts[HB_SYSCALL_COUNT], struct hb_err *err)
{
    if (hb_json_expect_object(source, node, err) != 0)
        return -1;
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++) {
        if (hb_json_require_u64(source, node, hb_syscall_names[i], UINT64_MAX, &counts[i], err) !=
            0)
            return -1;
    }
    return 0;
}

/* ---- jobs ---- */

#define THREADS_MAX 65536u
#define SLICES_MAX  1000000u

#define JOB(kind, field) HB_FIELD(kind, struct hb_job, field)
static const struct hb_json_field job_fields[] = {
    JOB(U32, index),
    JOB(U32, block),
    JOB(U32, attempt),
    HB_FIELD_LATER(U32, struct hb_job, point),
    HB_FIELD_NAMED(struct hb_job, kind, hb_job_kind_names, HB_JOB_KIND_COUNT),
    JOB(U64, seed),
    JOB(TEXT_OR_NULL, started_at),
    HB_FIELD_NAMED(struct hb_job, status, hb_job_status_names, HB_STATUS_COUNT),
    JOB(TEXT_OR_NULL, reason),
    JOB(DOUBLE, wall_s),
};

/* ---- to JSON ---- */

static void put_null_reasons(struct hb_json_writer *writer, cJSON *object, const struct hb_job *job)
{
    cJSON *reasons = hb_json_put_object(writer, object, "null_reasons");
    for (size_t i = 0; i < HB_GROUP_COUNT; i++) {
        if (job->null_reason[i][0])
            hb_json_put_text(writer, reasons, hb_metric_group_names[i], job->null_reason[i]);
    }
}

static void put_phases(struct hb_json_writer *writer, cJSON *object, const char *key, bool known,
                       const uint64_t counts[][HB_SYSCALL_COUNT])
{
    if (!known) {
        hb_json_put_null(writer, object, key);
        return;
    }
    cJSON *phases = hb_json_put_object(writer, object, key);
    for (size_t i = 0; i < HB_COUNT_PHASES; i++)
        hb_sample_put_calls(writer, phases, hb_count_phase_names[i], counts[i]);
}

static cJSON *durations_text(const uint64_t *ns, size_t count)
{
    struct hb_buf text = {0};
    for (size_t i = 0; i < count; i++)
        (void)hb_buf_printf(&text, "%s%" PRIu64, i ? " " : "", ns[i]);
    cJSON *string = text.failed ? NULL : cJSON_CreateString(hb_buf_string(&text));
    hb_buf_free(&text);
    return string;
}

static void put_slices(struct hb_json_writer *writer, cJSON *object, const struct hb_job *job)
{
    cJSON *slices = hb_json_put_object(writer, object, "slices");
    hb_json_put_u64(writer, slices, "threads", job->threads);
    hb_json_put_u64(writer, slices, "count", job->slices);
    hb_json_put_u64(writer, slices, "operations", job->slice_operations);
    if (job->start_ns)
        hb_json_put(writer, slices, "start_ns", durations_text(job->start_ns, job->threads));
    if (!job->slice_ns) {
        hb_json_put_null(writer, slices, "ns");
        return;
    }
    cJSON *threads = hb_json_put_array(writer, slices, "ns");
    for (size_t i = 0; i < job->threads; i++)
        hb_json_put_at_end(writer, threads,
                           durations_text(job->slice_ns + i * job->slices, job->slices));
}

cJSON *hb_job_to_json(const struct hb_session *session, const struct hb_job *job)
{
    struct hb_json_writer writer = {0};
    cJSON *object = cJSON_CreateObject();
    hb_json_put_text(&writer, object, "allocator", session->allocators[job->allocator].label);
    hb_json_put_fields(&writer, object, job_fields, HB_TABLE_COUNT(job_fields), job);
    hb_sample_put_metrics(&writer, object, hb_metrics, HB_METRIC_COUNT, job->metric);
    put_null_reasons(&writer, object, job);
    put_phases(&writer, object, "syscalls", job->syscalls_known, job->syscalls.count);
    put_phases(&writer, object, "syscall_bytes", job->syscalls_known, job->syscalls.bytes);
    put_phases(&writer, object, "own_counters", job->own_counters_known, job->own_counters.count);
    put_slices(&writer, object, job);
    return hb_json_built(&writer, object);
}

/* ---- from JSON ---- */

static int read_null_reasons(const struct hb_json_source *source, const cJSON *job_node,
                             struct hb_job *job, struct hb_err *err)
{
    const cJSON *reasons = hb_json_require(source, job_node, "null_reasons", err);
    if (!reasons || hb_json_expect_object(source, reasons, err) != 0)
        return -1;
    for (size_t i = 0; i < HB_GROUP_COUNT; i++) {
        const cJSON *node = hb_json_member(reasons, hb_metric_group_names[i]);
        if (node && hb_json_get_text(source, node, job->null_reason[i], sizeof job->null_reason[i],
                                     err) != 0)
            return -1;
    }
    return 0;
}

/* Numbers in an array, or in a text with a blank between two; -1 for neither. */
static int count_durations(const struct hb_json_source *source, const cJSON *node, size_t *count,
                           struct hb_err *err)
{
    *count = 0;
    if (cJSON_IsString(node)) {
        for (const char *at = node->valuestring; *at; at++)
            *count += at == node->valuestring || *at == ' ';
        return 0;
    }
    if (hb_json_expect_array(source, node, err) != 0)
        return -1;
    *count = (size_t)cJSON_GetArraySize(node);
    return 0;
}

static int expect_length(const struct hb_json_source *source, const cJSON *node, size_t expected,
                         const char *of, struct hb_err *err)
{
    size_t found;
    if (count_durations(source, node, &found, err) != 0)
        return -1;
    if (found == expected)
        return 0;
    return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                         "expected %zu items, one for each of the %s, found %zu", expected, of,
                         found);
}

static int read_text_of_durations(const struct hb_json_source *source, const cJSON *node,
                                  size_t count, uint64_t *ns, struct hb_err *err)
{
    const char *at = node->valuestring;
    for (size_t i = 0; i < count; i++) {
        at = hb_unit_read_digits(at, &ns[i]);
        if (!at || *at != (i + 1 < count ? ' ' : '\0'))
            return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                                 "item %zu: expected a whole number, as in \"662345 661002\"", i);
        at++;
    }
    return 0;
}

static int read_durations(const struct hb_json_source *source, const cJSON *node, size_t count,
                          uint64_t *ns, struct hb_err *err)
{
    if (cJSON_IsString(node))
        return read_text_of_durations(source, node, count, ns, err);
    for (const cJSON *child = node->child; child; child = child->next, ns++) {
        if (hb_json_get_u64(source, child, 0, UINT64_MAX, ns, err) != 0)
            return -1;
    }
    return 0;
}

/* Every thread is measured before anything as large as threads x slices is allocated. */
static int check_slice_lengths(const struct hb_json_source *source, const cJSON *threads,
                               const struct hb_job *job, struct hb_err *err)
{
    if (hb_json_expect_array(source, threads, err) != 0 ||
        expect_length(source, threads, job->threads, "threads", err) != 0)
        return -1;
    for (const cJSON *node = threads->child; node; node = node->next) {
        if (expect_length(source, node, job->slices, "slices", err) != 0)
            return -1;
    }
    return 0;
}

static int read_slice_ns(const struct hb_json_source *source, const cJSON *threads,
                         struct hb_job *job, struct hb_err *err)
{
    if (cJSON_IsNull(threads))
        return 0;
    if (check_slice_lengths(source, threads, job, err) != 0)
        return -1;
    job->slice_ns = calloc((size_t)job->threads * job->slices + 1, sizeof *job->slice_ns);
    if (!job->slice_ns)
        return hb_err_memory(err, source->path);
    uint64_t *ns = job->slice_ns;
    for (const cJSON *node = threads->child; node; node = node->next, ns += job->slices) {
        if (read_durations(source, node, job->slices, ns, err) != 0)
            return -1;
    }
    return 0;
}

/* Files from before it was known have none. */
static int read_start_ns(const struct hb_json_source *source, const cJSON *slices,
                         struct hb_job *job, struct hb_err *err)
{
    const cJSON *node = hb_json_member(slices, "start_ns");
    if (!node || cJSON_IsNull(node))
        return 0;
    if (expect_length(source, node, job->threads, "threads", err) != 0)
        return -1;
    job->start_ns = calloc((size_t)job->threads + 1, sizeof *job->start_ns);
    if (!job->start_ns)
        return hb_err_memory(err, source->path);
    return read_durations(source, node, job->threads, job->start_ns, err);
}

static int read_slices(const struct hb_json_source *source, const cJSON *job_node,
                       struct hb_job *job, struct hb_err *err)
{
    const cJSON *slices = hb_json_require(source, job_node, "slices", err);
    uint64_t threads = 0, count = 0;
    if (!slices || hb_json_expect_object(source, slices, err) != 0 ||
        hb_json_require_u64(source, slices, "threads", THREADS_MAX, &threads, err) != 0 ||
        hb_json_require_u64(source, slices, "count", SLICES_MAX, &count, err) != 0 ||
        hb_json_require_u64(source, slices, "operations", UINT64_MAX, &job->slice_operations,
                            err) != 0)
        return -1;
    job->threads = (uint32_t)threads;
    job->slices = (uint32_t)count;
    const cJSON *ns = hb_json_require(source, slices, "ns", err);
    return ns && read_slice_ns(source, ns, job, err) == 0 ? read_start_ns(source, slices, job, err)
                                                          : -1;
}

/* Null where they are not known. */
static int read_phases(const struct hb_json_source *source, const cJSON *phases, bool *known,
                       uint64_t counts[][HB_SYSCALL_COUNT], struct hb_err *err)
{
    *known = !cJSON_IsNull(phases);
    if (*known && hb_json_expect_object(source, phases, err) != 0)
        return -1;
    for (size_t i = 0; *known && i < HB_COUNT_PHASES; i++) {
        const cJSON *calls = hb_json_require(source, phases, hb_count_phase_names[i], err);
        if (!calls || hb_sample_read_calls(source, calls, counts[i], err) != 0)
            return -1;
    }
    return 0;
}

static int read_counts(const struct hb_json_source *source, const cJSON *node, struct hb_job *job,
                       struct hb_err *err)
{
    bool bytes_known;
    const cJSON *counts = hb_json_require(source, node, "syscalls", err);
    if (!counts || read_phases(source, counts, &job->syscalls_known, job->syscalls.count, err) != 0)
        return -1;
    const cJSON *bytes = hb_json_member(node, "syscall_bytes"); /* the first release had none */
    if (bytes && read_phases(source, bytes, &bytes_known, job->syscalls.bytes, err) != 0)
        return -1;
    const cJSON *own = hb_json_require(source, node, "own_counters", err);
    return own ? read_phases(source, own, &job->own_counters_known, job->own_counters.count, err)
               : -1;
}

static int read_job(const struct hb_json_source *source, const cJSON *node,
                    const struct hb_session *session, struct hb_job *job, struct hb_err *err)
{
    if (hb_json_read_fields(source, node, job_fields, HB_TABLE_COUNT(job_fields), job, err) != 0 ||
        hb_sample_read_label(source, node, session, &job->allocator, err) != 0 ||
        hb_sample_read_metrics(source, node, hb_metrics, HB_METRIC_COUNT, 0, job->metric, err) !=
            0 ||
        read_null_reasons(source, node, job, err) != 0 ||
        read_counts(source, node, job, err) != 0 || read_slices(source, node, job, err) != 0)
        return -1;
    if (job->point >= hb_session_points(session))
        return hb_json_fault(source, hb_json_member(node, "point"), HB_JSON_AT_VALUE, err,
                             "expected a number below the %zu points of the sweep, found %u",
                             hb_session_points(session), job->point);
    const struct hb_job *before =
        session->job_count ? &session->jobs[session->job_count - 1] : NULL;
    return hb_sample_check_order(source, node, job->index, before ? &before->index : NULL, "job",
                                 err);
}

int hb_session_read_job(const struct hb_json_source *source, const cJSON *node,
                        struct hb_session *session, struct hb_err *err)
{
    struct hb_job job;
    hb_job_init(&job);
    int result = read_job(source, node, session, &job, err);
    if (result == 0 && hb_session_append(session, &job) != 0)
        result = hb_err_memory(err, source->path);
    if (result != 0)
        hb_job_free(&job);
    return result;
}

/* ---- epochs, and how a soak is run ---- */

#define SOAK(kind, field) HB_FIELD(kind, struct hb_soak, field)
static const struct hb_json_field soak_fields[] = {
    SOAK(DOUBLE, duration_s),    SOAK(DOUBLE, epoch_s),
    SOAK(U64, epoch_operations), SOAK(U32, warmup_epochs),
    SOAK(BOOL, fresh),           SOAK(U32, rounds),
    SOAK(TEXT, control),         SOAK(U64, memory_limit_bytes),
    SOAK(DOUBLE, timer_ns),
};

#define EPOCH(kind, field) HB_FIELD(kind, struct hb_epoch, field)
static const struct hb_json_field epoch_fields[] = {
    EPOCH(U32, index),
    EPOCH(U32, round),
    EPOCH(U32, process),
    EPOCH(TEXT_OR_NULL, phase),
    EPOCH(DOUBLE, started_s),
    HB_FIELD_NAMED(struct hb_epoch, status, hb_job_status_names, HB_STATUS_COUNT),
    EPOCH(TEXT_OR_NULL, reason),
};

/* ---- to JSON ---- */

cJSON *hb_soak_to_json(const struct hb_soak *soak)
{
    struct hb_json_writer writer = {0};
    cJSON *object = cJSON_CreateObject();
    hb_json_put_fields(&writer, object, soak_fields, HB_TABLE_COUNT(soak_fields), soak);
    return hb_json_built(&writer, object);
}

static void put_calls(struct hb_json_writer *writer, cJSON *object, const char *key, bool known,
                      const uint64_t *counts)
{
    if (known)
        hb_sample_put_calls(writer, object, key, counts);
    else
        hb_json_put_null(writer, object, key);
}

static void put_latency(struct hb_json_writer *writer, cJSON *object, const struct hb_epoch *epoch)
{
    struct hb_buf text = {0};
    writer->failed |= hb_latency_text(epoch->latency, epoch->latency_count, &text) != 0;
    hb_json_put_text_or_null(writer, object, "latency_histogram", hb_buf_string(&text));
    hb_buf_free(&text);
}

cJSON *hb_epoch_to_json(const struct hb_session *session, const struct hb_epoch *epoch)
{
    struct hb_json_writer writer = {0};
    cJSON *object = cJSON_CreateObject();
    hb_json_put_text(&writer, object, "allocator", session->allocators[epoch->allocator].label);
    hb_json_put_fields(&writer, object, epoch_fields, HB_TABLE_COUNT(epoch_fields), epoch);
    hb_sample_put_metrics(&writer, object, hb_epoch_metrics, HB_EPOCH_METRIC_COUNT, epoch->metric);
    put_calls(&writer, object, "calls", epoch->calls_known, epoch->calls.count);
    put_calls(&writer, object, "call_bytes", epoch->calls_known, epoch->calls.bytes);
    put_calls(&writer, object, "own_calls", epoch->own_calls_known, epoch->own_calls.count);
    put_latency(&writer, object, epoch);
    return hb_json_built(&writer, object);
}

/* ---- from JSON ---- */

/* A number that is always there, 0 or more: the tables take null for unknown. */
static int check_known(const struct hb_json_source *source, const cJSON *object, const char *key,
                       struct hb_err *err)
{
    double value;
    return hb_json_get_double(source, hb_json_member(object, key), 0, HUGE_VAL, &value, err);
}

int hb_soak_from_json(const struct hb_json_source *source, const cJSON *node, struct hb_soak *soak,
                      struct hb_err *err)
{
    static const char *const known[] = {"duration_s", "epoch_s", "timer_ns"};
    *soak = (struct hb_soak){0};
    if (hb_json_read_fields(source, node, soak_fields, HB_TABLE_COUNT(soak_fields), soak, err) != 0)
        return -1;
    for (size_t i = 0; i < HB_TABLE_COUNT(known); i++) {
        if (check_known(source, node, known[i], err) != 0)
            return -1;
    }
    return 0;
}

/* Null where they are not known. */
static int read_calls(const struct hb_json_source *source, const cJSON *epoch_node, const char *key,
                      bool *known, uint64_t *counts, struct hb_err *err)
{
    const cJSON *calls = hb_json_require(source, epoch_node, key, err);
    if (!calls)
        return -1;
    *known = !cJSON_IsNull(calls);
    return *known ? hb_sample_read_calls(source, calls, counts, err) : 0;
}

static int read_latency(const struct hb_json_source *source, const cJSON *epoch_node,
                        struct hb_epoch *epoch, struct hb_err *err)
{
    const cJSON *node = hb_json_require(source, epoch_node, "latency_histogram", err);
    if (!node || cJSON_IsNull(node))
        return node ? 0 : -1;
    const int status = cJSON_IsString(node) ? hb_latency_parse(node->valuestring, &epoch->latency,
                                                               &epoch->latency_count)
                                            : -1;
    if (status >= 0)
        return status == 0 ? 0 : hb_err_memory(err, source->path);
    return hb_json_fault(source, node, HB_JSON_AT_VALUE, err,
                         "expected rising buckets and their counts, such as \"27:1203 28:44\"");
}

static int read_epoch(const struct hb_json_source *source, const cJSON *node,
                      const struct hb_session *session, struct hb_epoch *epoch, struct hb_err *err)
{
    bool bytes_known;
    if (hb_json_read_fields(source, node, epoch_fields, HB_TABLE_COUNT(epoch_fields), epoch, err) !=
            0 ||
        check_known(source, node, "started_s", err) != 0 ||
        hb_sample_read_label(source, node, session, &epoch->allocator, err) != 0 ||
        hb_sample_read_metrics(source, node, hb_epoch_metrics, HB_EPOCH_METRIC_COUNT, -HUGE_VAL,
                               epoch->metric, err) != 0 ||
        read_calls(source, node, "calls", &epoch->calls_known, epoch->calls.count, err) != 0 ||
        read_calls(source, node, "call_bytes", &bytes_known, epoch->calls.bytes, err) != 0 ||
        read_calls(source, node, "own_calls", &epoch->own_calls_known, epoch->own_calls.count,
                   err) != 0 ||
        read_latency(source, node, epoch, err) != 0)
        return -1;
    const struct hb_epoch *before =
        session->epoch_count ? &session->epochs[session->epoch_count - 1] : NULL;
    return hb_sample_check_order(source, node, epoch->index, before ? &before->index : NULL,
                                 "epoch", err);
}

int hb_session_read_epoch(const struct hb_json_source *source, const cJSON *node,
                          struct hb_session *session, struct hb_err *err)
{
    struct hb_epoch epoch;
    hb_epoch_init(&epoch);
    int result = read_epoch(source, node, session, &epoch, err);
    if (result == 0 && hb_session_append_epoch(session, &epoch) != 0)
        result = hb_err_memory(err, source->path);
    if (result != 0)
        hb_epoch_free(&epoch);
    return result;
}
