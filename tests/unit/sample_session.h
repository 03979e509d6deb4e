/* A session in which no field is zero by accident, and the comparison of two sessions: what the
 * tests of the result room share.
 * Read next: test_result_session.c. */
#ifndef HB_TESTS_UNIT_SAMPLE_SESSION_H
#define HB_TESTS_UNIT_SAMPLE_SESSION_H

#include "unit/cmocka.h"
#include "unit/made_profile.h"

#include "result/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_TEXT(room, ...) (void)snprintf((room), sizeof(room), __VA_ARGS__)

static inline void sample_host(struct hb_host_info *host)
{
    SAMPLE_TEXT(host->hostname, "bench-1");
    SAMPLE_TEXT(host->machine_id_hash, "0123456789abcdef");
    SAMPLE_TEXT(host->os, "Debian GNU/Linux 12 (bookworm)");
    SAMPLE_TEXT(host->kernel, "6.1.0-18-amd64 #1 SMP");
    SAMPLE_TEXT(host->arch, "x86_64");
    SAMPLE_TEXT(host->libc, "glibc 2.36");
    SAMPLE_TEXT(host->cpu_model, "A \"CPU\" \\ @ 3.00GHz");
    SAMPLE_TEXT(host->cpu_governor, "performance");
    SAMPLE_TEXT(host->turbo, "off");
    SAMPLE_TEXT(host->hypervisor, "kvm");
    SAMPLE_TEXT(host->thp_enabled, "madvise");
    SAMPLE_TEXT(host->thp_defrag, "defer+madvise");
    SAMPLE_TEXT(host->clocksource, "tsc");
    SAMPLE_TEXT(host->class_key, "%064d", 7);
    SAMPLE_TEXT(host->cpus_used, "0,1");
    host->cpu_count = 8;
    host->memory_bytes = UINT64_C(67430023168);
    host->page_bytes = 4096;
    host->aslr = 2;
    host->overcommit = -1;
    host->load1_start = 0.07;
    host->load1_end = 1.0 / 3;
}

static inline void sample_allocator(struct hb_allocator_entry *entry, const char *label,
                                    const char *name, const char *variant, enum hb_role role)
{
    SAMPLE_TEXT(entry->label, "%s", label);
    SAMPLE_TEXT(entry->name, "%s", name);
    SAMPLE_TEXT(entry->variant, "%s", variant);
    SAMPLE_TEXT(entry->environment, "%s", variant[0] ? "HAKMEM_MODE=lean A=b" : "");
    SAMPLE_TEXT(entry->plugin_path, "build/allocators/%s.so", name);
    SAMPLE_TEXT(entry->plugin_sha256, "%064x", (unsigned)strlen(label));
    SAMPLE_TEXT(entry->library_path, "/usr/lib/lib%s.so", name);
    SAMPLE_TEXT(entry->library_version, "2.0.9");
    SAMPLE_TEXT(entry->library_sha256, "%064x", 3u + (unsigned)role);
    SAMPLE_TEXT(entry->licence, "MIT");
    entry->role = role;
    SAMPLE_TEXT(entry->via, "%s", role == HB_ROLE_FLOOR ? "dlopen" : "preload");
    SAMPLE_TEXT(entry->missing_reason, "%s", role == HB_ROLE_TWIN ? "not\tthere" : "");
}

static inline void sample_slices(struct hb_job *job, uint32_t threads, uint32_t slices)
{
    job->threads = threads;
    job->slices = slices;
    job->slice_operations = 100000;
    job->slice_ns = calloc((size_t)threads * slices, sizeof *job->slice_ns);
    for (size_t i = 0; i < (size_t)threads * slices; i++)
        job->slice_ns[i] = 1000000 + 37 * i;
    job->start_ns = calloc(threads, sizeof *job->start_ns);
    for (size_t t = 0; t < threads; t++)
        job->start_ns[t] = 900 * t;
}

static inline void sample_counts(struct hb_syscall_counts *counts, uint64_t first)
{
    for (size_t i = 0; i < HB_COUNT_PHASES; i++) {
        for (size_t j = 0; j < HB_SYSCALL_COUNT; j++)
            counts->count[i][j] = first + i * 10 + j;
    }
}

static inline void sample_timed_job(struct hb_job *job, uint32_t index, uint32_t allocator)
{
    hb_job_init(job);
    job->index = index;
    job->block = index / 3;
    job->attempt = index % 2;
    job->allocator = allocator;
    job->seed = UINT64_C(9007199254740991) - index;
    SAMPLE_TEXT(job->started_at, "2026-11-23T11:22:%02uZ", index);
    job->status = (enum hb_job_status)(index % HB_STATUS_COUNT);
    SAMPLE_TEXT(job->reason, "%s", job->status ? "ended by signal 11 (\"SIGSEGV\")\n\x01" : "");
    job->wall_s = 0.1 * (index + 1);
    for (size_t i = 0; i < HB_METRIC_COUNT; i++) {
        if (hb_metrics[i].group != HB_GROUP_HARDWARE)
            job->metric[i] = (double)(index + 1) * 1e7 / (double)(3 + i);
    }
    SAMPLE_TEXT(job->null_reason[HB_GROUP_HARDWARE], "perf_event_open: Permission denied");
    sample_slices(job, 2, 3 + index % 2);
}

static inline void sample_counted_job(struct hb_job *job, uint32_t index, uint32_t allocator)
{
    hb_job_init(job);
    job->index = index;
    job->allocator = allocator;
    job->kind = HB_JOB_COUNTED;
    job->seed = UINT64_MAX; /* beyond what a JSON number holds */
    SAMPLE_TEXT(job->started_at, "2026-11-23T11:22:33Z");
    job->wall_s = 2.5;
    job->syscalls_known = true;
    sample_counts(&job->syscalls, 100);
    job->own_counters_known = index % 2 == 0;
    if (job->own_counters_known)
        sample_counts(&job->own_counters, UINT64_C(1) << 60);
    SAMPLE_TEXT(job->null_reason[HB_GROUP_TIME], "a counted pass has no times");
}

static inline void sample_jobs(struct hb_session *session)
{
    for (uint32_t i = 0; i < 8; i++) {
        struct hb_job job;
        if (i < 4)
            sample_counted_job(&job, i, i);
        else
            sample_timed_job(&job, i, i % 4);
        assert_int_equal(hb_session_append(session, &job), 0);
    }
}

static inline void sample_parameters(struct hb_session *session)
{
    session->parameters = calloc(3, sizeof *session->parameters);
    session->parameter_count = 3;
    session->parameters[0] = (struct hb_parameter_value){"operations", 20000000, "20M"};
    session->parameters[1] = (struct hb_parameter_value){"warmup", 100000, "10%"};
    session->parameters[2] =
        (struct hb_parameter_value){"seed", UINT64_MAX, "18446744073709551615"};
}

static inline void sample_allocators(struct hb_session *session)
{
    session->allocators = calloc(4, sizeof *session->allocators);
    session->allocator_count = 4;
    sample_allocator(&session->allocators[0], "hakmem:lean", "hakmem", "lean", HB_ROLE_SUBJECT);
    sample_allocator(&session->allocators[1], "mimalloc", "mimalloc", "", HB_ROLE_REFERENCE);
    sample_allocator(&session->allocators[2], "mimalloc (A/A)", "mimalloc", "", HB_ROLE_TWIN);
    sample_allocator(&session->allocators[3], "floor", "floor", "", HB_ROLE_FLOOR);
}

/* Everything but the jobs. */
static inline void sample_header(struct hb_session *session)
{
    *session = (struct hb_session){0};
    session->kind = HB_KIND_REBASE;
    SAMPLE_TEXT(session->tool_version, "0.1.0");
    SAMPLE_TEXT(session->tool_commit, "0123456789ab");
    session->command_line = strdup("hakbench rebase --set 'max_size=4 KiB' \xc3\xa9");
    SAMPLE_TEXT(session->started_at, "2026-11-23T11:22:33Z");
    SAMPLE_TEXT(session->ended_at, "2026-11-23T11:25:00Z");
    session->partial = true;
    session->seed = UINT64_C(0xfedcba9876543210);
    SAMPLE_TEXT(session->plan_key, "%064x", 0xabcu);
    SAMPLE_TEXT(session->profile_name, "mixed");
    session->profile = made_profile();
    SAMPLE_TEXT(session->workload, "random_mixed");
    SAMPLE_TEXT(session->workload_sha256, "%064x", 0xdefu);
    session->blocks = 10;
    session->jobs_planned = 68;
    session->harness_s = 0.25;
    session->workers_s = 12.3456789012345678;
    sample_host(&session->host);
    sample_parameters(session);
    sample_allocators(session);
}

static inline void sample_session(struct hb_session *session)
{
    sample_header(session);
    sample_jobs(session);
}

/* --- comparison: bytes, so that a field that was forgotten in JSON is found ------------------ */

static inline void assert_job_equal(const struct hb_job *a, const struct hb_job *b)
{
    struct hb_job left = *a, right = *b;
    assert_int_equal(left.slice_ns == NULL, right.slice_ns == NULL);
    if (left.slice_ns) {
        assert_int_equal(left.threads, right.threads);
        assert_int_equal(left.slices, right.slices);
        assert_memory_equal(left.slice_ns, right.slice_ns,
                            (size_t)left.threads * left.slices * sizeof *left.slice_ns);
    }
    assert_int_equal(left.start_ns == NULL, right.start_ns == NULL);
    if (left.start_ns)
        assert_memory_equal(left.start_ns, right.start_ns, left.threads * sizeof *left.start_ns);
    left.slice_ns = right.slice_ns = NULL;
    left.start_ns = right.start_ns = NULL;
    assert_memory_equal(&left, &right, sizeof left);
}

static inline void assert_header_equal(const struct hb_session *a, const struct hb_session *b)
{
    struct hb_session left = *a, right = *b;
    assert_int_equal(left.parameter_count, right.parameter_count);
    assert_memory_equal(left.parameters, right.parameters,
                        left.parameter_count * sizeof *left.parameters);
    assert_int_equal(left.allocator_count, right.allocator_count);
    assert_memory_equal(left.allocators, right.allocators,
                        left.allocator_count * sizeof *left.allocators);
    assert_int_equal(left.command_line == NULL, right.command_line == NULL);
    if (left.command_line)
        assert_string_equal(left.command_line, right.command_line);
    assert_true((!left.profile && !right.profile) ||
                hb_profile_is_same(left.profile, right.profile));
    assert_string_equal(left.note ? left.note : "-", right.note ? right.note : "-");
    left.command_line = right.command_line = NULL;
    left.note = right.note = NULL;
    left.profile = right.profile = NULL;
    left.parameters = right.parameters = NULL;
    left.allocators = right.allocators = NULL;
    left.jobs = right.jobs = NULL;
    left.job_count = right.job_count = left.job_capacity = right.job_capacity = 0;
    left.epochs = right.epochs = NULL;
    left.epoch_count = right.epoch_count = left.epoch_capacity = right.epoch_capacity = 0;
    assert_memory_equal(&left, &right, sizeof left);
}

static inline void assert_session_equal(const struct hb_session *a, const struct hb_session *b)
{
    assert_header_equal(a, b);
    assert_int_equal(a->job_count, b->job_count);
    for (size_t i = 0; i < a->job_count; i++)
        assert_job_equal(&a->jobs[i], &b->jobs[i]);
}

#endif
