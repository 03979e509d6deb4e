/* A soak in which no field is zero by accident, and the comparison of two soaks.
 * Read next: test_result_soak.c, test_result_epochcsv.c. */
#ifndef HB_TESTS_UNIT_SAMPLE_SOAK_H
#define HB_TESTS_UNIT_SAMPLE_SOAK_H

#include "unit/sample_session.h"

#define SAMPLE_EPOCHS 8u

static inline void sample_calls(struct hb_epoch_calls *calls, uint64_t first)
{
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++) {
        calls->count[i] = first - i;
        calls->bytes[i] = 4096 * i;
    }
}

static inline void sample_latency(struct hb_epoch *epoch, uint32_t first)
{
    static const struct hb_loglinear_count buckets[] = {
        {27, 1203}, {4000, 1}, {HB_LOGLINEAR_BUCKETS - 1, UINT64_MAX - 2000}};
    epoch->latency = malloc(sizeof buckets);
    epoch->latency_count = 3;
    memcpy(epoch->latency, buckets, sizeof buckets);
    epoch->latency[0].bucket += first;
}

static inline void sample_epoch(struct hb_epoch *epoch, uint32_t i)
{
    static const char *const phases[] = {"steady", "grow", "", "drain"};
    hb_epoch_init(epoch);
    epoch->index = 3 * i + 1;
    epoch->round = i / 4;
    epoch->allocator = i % 4;
    epoch->process = i / 3;
    SAMPLE_TEXT(epoch->phase, "%s", phases[i % 4]);
    epoch->started_s = 5.1 * i;
    epoch->status = (enum hb_job_status)(i % HB_STATUS_COUNT);
    SAMPLE_TEXT(epoch->reason, "%s", i ? "ended by signal 11 (\"SIGSEGV\"),\n\"x\"" : "");
    for (size_t k = 0; k < HB_EPOCH_METRIC_COUNT; k++) {
        if (k < HB_EPOCH_DRAINED_100MS || i % 4 == 3)
            epoch->metric[k] = (double)(i + 1) * 1e7 / (double)(3 + k);
    }
    epoch->metric[HB_EPOCH_HEAP_GROWTH] = -4096.0 * (i + 1);
    epoch->calls_known = i % 2 == 0;
    if (epoch->calls_known)
        sample_calls(&epoch->calls, UINT64_MAX - i);
    epoch->own_calls_known = i % 3 == 0;
    if (epoch->own_calls_known)
        sample_calls(&epoch->own_calls, 100);
    memset(epoch->own_calls.bytes, 0, sizeof epoch->own_calls.bytes);
    if (i % 4 != 1)
        sample_latency(epoch, i);
}

static inline void sample_soak(struct hb_session *session)
{
    sample_header(session);
    session->kind = HB_KIND_SOAK;
    session->soak = (struct hb_soak){.duration_s = 3600,
                                     .epoch_s = 0.1,
                                     .epoch_operations = UINT64_C(9007199254740993),
                                     .warmup_epochs = 3,
                                     .fresh = true,
                                     .rounds = 36,
                                     .control = "floor",
                                     .memory_limit_bytes = UINT64_C(1) << 31,
                                     .timer_ns = 23.4};
    for (uint32_t i = 0; i < SAMPLE_EPOCHS; i++) {
        struct hb_epoch epoch;
        sample_epoch(&epoch, i);
        assert_int_equal(hb_session_append_epoch(session, &epoch), 0);
    }
}

static inline void assert_epoch_equal(const struct hb_epoch *a, const struct hb_epoch *b)
{
    struct hb_epoch left = *a, right = *b;
    assert_int_equal(left.latency_count, right.latency_count);
    for (size_t i = 0; i < left.latency_count; i++) {
        assert_int_equal(left.latency[i].bucket, right.latency[i].bucket);
        assert_true(left.latency[i].count == right.latency[i].count);
    }
    left.latency = right.latency = NULL;
    assert_memory_equal(&left, &right, sizeof left);
}

static inline void assert_soak_equal(const struct hb_session *a, const struct hb_session *b)
{
    assert_session_equal(a, b);
    assert_int_equal(a->epoch_count, b->epoch_count);
    for (size_t i = 0; i < a->epoch_count; i++)
        assert_epoch_equal(&a->epochs[i], &b->epochs[i]);
}

#endif
