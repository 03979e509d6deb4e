/* One job from JSON: hb_job_from_json of session_json.h. Nothing is allocated before the text has
 * shown that it is as long as it says. Read next: session_read.c (the session around it). */
#include "base/quote.h"
#include "result/session_fields.h"
#include "result/session_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX 65536u
#define SLICES_MAX  1000000u

static int read_metrics(const struct hb_json_source *source, const cJSON *job_node,
                        struct hb_job *job, struct hb_err *err)
{
    const cJSON *metrics = hb_json_require(source, job_node, "metrics", err);
    if (!metrics || hb_json_expect_object(source, metrics, err) != 0)
        return -1;
    size_t next = 0; /* this tool writes them in the table's order */
    for (const cJSON *node = metrics->child; node; node = node->next) {
        const bool is_next =
            next < HB_METRIC_COUNT && strcmp(hb_metrics[next].key, node->string) == 0;
        const enum hb_metric_id id =
            is_next ? (enum hb_metric_id)next : hb_metric_find(node->string);
        next = (size_t)id + 1;
        if (id == HB_METRIC_COUNT || cJSON_IsNull(node))
            continue;
        if (hb_json_get_double(source, node, 0, HUGE_VAL, &job->metric[id], err) != 0)
            return -1;
    }
    return 0;
}

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

static int expect_length(const struct hb_json_source *source, const cJSON *array, size_t expected,
                         const char *of, struct hb_err *err)
{
    if (hb_json_expect_array(source, array, err) != 0)
        return -1;
    size_t found = 0;
    for (const cJSON *node = array->child; node; node = node->next)
        found++;
    if (found == expected)
        return 0;
    return hb_json_fault(source, array, HB_JSON_AT_VALUE, err,
                         "expected %zu items, one for each of the %s, found %zu", expected, of,
                         found);
}

static int read_durations(const struct hb_json_source *source, const cJSON *array, size_t count,
                          const char *of, uint64_t *ns, struct hb_err *err)
{
    if (expect_length(source, array, count, of, err) != 0)
        return -1;
    for (const cJSON *node = array->child; node; node = node->next, ns++) {
        if (hb_json_get_u64(source, node, 0, UINT64_MAX, ns, err) != 0)
            return -1;
    }
    return 0;
}

/* Every inner array is measured before anything as large as threads x slices is allocated. */
static int check_slice_lengths(const struct hb_json_source *source, const cJSON *threads,
                               const struct hb_job *job, struct hb_err *err)
{
    if (expect_length(source, threads, job->threads, "threads", err) != 0)
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
        if (read_durations(source, node, job->slices, "slices", ns, err) != 0)
            return -1;
    }
    return 0;
}

/* Files from before it was known have none. */
static int read_start_ns(const struct hb_json_source *source, const cJSON *slices,
                         struct hb_job *job, struct hb_err *err)
{
    const cJSON *array = hb_json_member(slices, "start_ns");
    if (!array || cJSON_IsNull(array))
        return 0;
    if (expect_length(source, array, job->threads, "threads", err) != 0)
        return -1;
    job->start_ns = calloc((size_t)job->threads + 1, sizeof *job->start_ns);
    if (!job->start_ns)
        return hb_err_memory(err, source->path);
    return read_durations(source, array, job->threads, "threads", job->start_ns, err);
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

static int read_phase(const struct hb_json_source *source, const cJSON *phase, uint64_t *counts,
                      struct hb_err *err)
{
    if (hb_json_expect_object(source, phase, err) != 0)
        return -1;
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++) {
        if (hb_json_require_u64(source, phase, hb_syscall_names[i], UINT64_MAX, &counts[i], err) !=
            0)
            return -1;
    }
    return 0;
}

static int read_phases(const struct hb_json_source *source, const cJSON *phases,
                       uint64_t counts[][HB_SYSCALL_COUNT], struct hb_err *err)
{
    if (hb_json_expect_object(source, phases, err) != 0)
        return -1;
    for (size_t i = 0; i < HB_COUNT_PHASES; i++) {
        const cJSON *phase = hb_json_require(source, phases, hb_count_phase_names[i], err);
        if (!phase || read_phase(source, phase, counts[i], err) != 0)
            return -1;
    }
    return 0;
}

static int read_counts(const struct hb_json_source *source, const cJSON *job_node, const char *key,
                       bool *known, uint64_t counts[][HB_SYSCALL_COUNT], struct hb_err *err)
{
    const cJSON *phases = hb_json_require(source, job_node, key, err);
    if (!phases)
        return -1;
    *known = !cJSON_IsNull(phases);
    return *known ? read_phases(source, phases, counts, err) : 0;
}

/* Files of the first release have none. */
static int read_bytes(const struct hb_json_source *source, const cJSON *job_node,
                      struct hb_job *job, struct hb_err *err)
{
    const cJSON *phases = hb_json_member(job_node, "syscall_bytes");
    if (!phases || cJSON_IsNull(phases))
        return 0;
    return read_phases(source, phases, job->syscalls.bytes, err);
}

int hb_json_read_label(const struct hb_json_source *source, const cJSON *object,
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

static int read_job(const struct hb_json_source *source, const cJSON *node,
                    const struct hb_session *session, struct hb_job *job, struct hb_err *err)
{
    if (hb_json_read_fields(source, node, hb_json_job_fields, HB_TABLE_COUNT(hb_json_job_fields),
                            job, err) != 0 ||
        hb_json_read_label(source, node, session, &job->allocator, err) != 0 ||
        read_metrics(source, node, job, err) != 0 || read_null_reasons(source, node, job, err) != 0)
        return -1;
    if (read_counts(source, node, "syscalls", &job->syscalls_known, job->syscalls.count, err) !=
            0 ||
        read_bytes(source, node, job, err) != 0 ||
        read_counts(source, node, "own_counters", &job->own_counters_known, job->own_counters.count,
                    err) != 0)
        return -1;
    return read_slices(source, node, job, err);
}

int hb_job_from_json(const struct hb_json_source *source, const cJSON *node,
                     const struct hb_session *session, struct hb_job *job, struct hb_err *err)
{
    hb_job_init(job);
    if (read_job(source, node, session, job, err) == 0)
        return 0;
    hb_job_free(job);
    return -1;
}
