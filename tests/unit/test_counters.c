/* run/counters: what is asked of the kernel and made of its answers, on a machine that has hardware
 * counters or none: the calls are answered here. */
#include "unit/cmocka.h"

#include "run/counters.h"
#include "worker/shm.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
    struct perf_event_attr asked[HB_COUNTERS];
    long of_pid[HB_COUNTERS];
    size_t count;
    int errnum[HB_COUNTERS];          /* what the call fails with; 0: it gives a file */
    uint64_t reading[HB_COUNTERS][3]; /* value, time enabled, time running: what the file holds */
    unsigned long requests[16];
    size_t request_count;
} kernel;

/* In place of the C library's: only the call that opens a counter is answered here. */
long syscall(long number, ...)
{
    va_list rest;
    long word[6];
    va_start(rest, number);
    for (size_t i = 0; i < 6; i++)
        word[i] = va_arg(rest, long);
    va_end(rest);
    if (number != SYS_perf_event_open) {
        long (*real)(long, ...) = (long (*)(long, ...))(uintptr_t)dlsym(RTLD_NEXT, "syscall");
        return real(number, word[0], word[1], word[2], word[3], word[4], word[5]);
    }
    const size_t i = kernel.count++;
    assert_in_range(i, 0, HB_COUNTERS - 1);
    kernel.of_pid[i] = word[1];
    memcpy(&kernel.asked[i], (const void *)(uintptr_t)word[0], sizeof kernel.asked[i]);
    if (kernel.errnum[i]) {
        errno = kernel.errnum[i];
        return -1;
    }
    const int file = memfd_create("counter", MFD_CLOEXEC);
    const ssize_t bytes = sizeof kernel.reading[i];
    assert_int_equal(pwrite(file, kernel.reading[i], (size_t)bytes, 0), bytes);
    return file;
}

int ioctl(int file, unsigned long request, ...)
{
    assert_true(file >= 0);
    assert_in_range(kernel.request_count, 0, 15);
    kernel.requests[kernel.request_count++] = request;
    return 0;
}

static int reset(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    return 0;
}

static void user_mode_of_all_threads_is_asked_for(void **state)
{
    static const uint64_t wanted[HB_COUNTERS] = {
        PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_BRANCH_MISSES,
        PERF_COUNT_HW_CACHE_MISSES};
    struct hb_counters counters;
    (void)state;
    hb_counters_open(&counters, 4711, false);
    assert_int_equal(kernel.count, HB_COUNTERS);
    for (size_t i = 0; i < HB_COUNTERS; i++) {
        assert_int_equal(kernel.of_pid[i], 4711);
        assert_int_equal(kernel.asked[i].type, PERF_TYPE_HARDWARE);
        assert_int_equal(kernel.asked[i].config, wanted[i]);
        assert_true(kernel.asked[i].disabled && kernel.asked[i].inherit);
        assert_true(kernel.asked[i].exclude_kernel && kernel.asked[i].exclude_hv);
    }
    hb_counters_close(&counters);
}

static void only_open_counters_are_started_and_stopped(void **state)
{
    struct hb_counters counters;
    (void)state;
    kernel.errnum[2] = ENOENT;
    hb_counters_open(&counters, 1, false);
    hb_counters_start(&counters);
    assert_int_equal(kernel.request_count, 3);
    hb_counters_stop(&counters);
    assert_int_equal(kernel.request_count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(kernel.requests[i],
                         i < 3 ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE);
    const int first = counters.fd[0];
    hb_counters_close(&counters);
    assert_int_equal(close(first), -1); /* it is closed */
    for (size_t i = 0; i < HB_COUNTERS; i++)
        assert_int_equal(counters.fd[i], -1);
}

/* 1000 in 10 of 30 ns is 3000 in 30; who never ran says nothing. */
static void shared_counters_are_scaled_up(void **state)
{
    static const uint64_t readings[HB_COUNTERS][3] = {
        {1000, 30, 10}, {500, 20, 20}, {7, 30, 0}, {40, 100, 80}};
    struct hb_counters counters;
    struct hb_job job;
    (void)state;
    hb_job_init(&job);
    memcpy(kernel.reading, readings, sizeof readings);
    hb_counters_open(&counters, 1, false);
    hb_counters_read(&counters, &job);
    assert_float_equal(job.metric[HB_METRIC_CYCLES], 3000, 1e-9);
    assert_float_equal(job.metric[HB_METRIC_INSTRUCTIONS], 500, 1e-9);
    assert_true(isnan(job.metric[HB_METRIC_BRANCH_MISSES]));
    assert_float_equal(job.metric[HB_METRIC_CACHE_MISSES], 50, 1e-9);
    assert_string_equal(job.null_reason[HB_GROUP_HARDWARE], "");
    hb_counters_close(&counters);
}

/* A pass is compared as exact: 500 in all of 20 ns stands, a part scaled up does not. */
static void shared_counters_of_a_pass_are_not_known(void **state)
{
    static const uint64_t readings[HB_COUNTERS][3] = {
        {500, 20, 20}, {1000, 30, 10}, {7, 30, 0}, {40, 100, 99}};
    struct hb_counters counters;
    struct hb_job job;
    (void)state;
    hb_job_init(&job);
    memcpy(kernel.reading, readings, sizeof readings);
    hb_counters_open(&counters, 1, true);
    hb_counters_read(&counters, &job);
    assert_float_equal(job.metric[HB_METRIC_INSTRUCTIONS_PER_OP], 500, 1e-9);
    assert_true(isnan(job.metric[HB_METRIC_BRANCHES_PER_OP]));
    assert_true(isnan(job.metric[HB_METRIC_L1_MISSES_PER_OP]));
    assert_true(isnan(job.metric[HB_METRIC_LL_MISSES_PER_OP]));
    assert_non_null(strstr(job.null_reason[HB_GROUP_COUNTS], "something else used"));
    hb_counters_close(&counters);
}

static void first_missing_counter_says_why(void **state)
{
    static const struct {
        int errnum;
        const char *reason;
    } cases[] = {
        {ENOENT, "this machine offers no hardware counters"},
        {EOPNOTSUPP, "this machine offers no hardware counters"},
        {ENODEV, "this machine offers no hardware counters"},
        {EACCES, "kernel.perf_event_paranoid is too high"},
        {EPERM, "kernel.perf_event_paranoid is too high"},
        {EMFILE, "Too many open files"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hb_counters counters;
        struct hb_job job;
        reset(state);
        hb_job_init(&job);
        kernel.errnum[1] = cases[i].errnum;
        kernel.errnum[3] = EIO;
        kernel.reading[0][0] = kernel.reading[0][1] = kernel.reading[0][2] = 5;
        hb_counters_open(&counters, 1, false);
        hb_counters_read(&counters, &job);
        assert_int_equal(counters.errnum, cases[i].errnum);
        assert_non_null(strstr(job.null_reason[HB_GROUP_HARDWARE], cases[i].reason));
        assert_float_equal(job.metric[HB_METRIC_CYCLES], 5, 1e-9);
        assert_true(isnan(job.metric[HB_METRIC_INSTRUCTIONS]));
        hb_counters_close(&counters);
    }
}

/* A soak sleeps between epochs after its warm-up: what is called there is not start-up's. */
static void every_phase_of_the_worker_is_booked(void **state)
{
    static const enum hb_count_phase booked[HB_PHASE_COUNT] = {
        [HB_PHASE_START] = HB_COUNT_STARTUP,    [HB_PHASE_BASE] = HB_COUNT_STARTUP,
        [HB_PHASE_LOADED] = HB_COUNT_STARTUP,   [HB_PHASE_WARMUP] = HB_COUNT_WARMUP,
        [HB_PHASE_READY] = HB_COUNT_WARMUP,     [HB_PHASE_EPOCH] = HB_COUNT_WARMUP,
        [HB_PHASE_MEASURE] = HB_COUNT_MEASURED, [HB_PHASE_DONE] = HB_COUNT_TEARDOWN,
        [HB_PHASE_DRAINED] = HB_COUNT_TEARDOWN, [HB_PHASE_FINISHED] = HB_COUNT_TEARDOWN,
    };
    (void)state;
    for (unsigned phase = 0; phase < HB_PHASE_COUNT; phase++)
        assert_int_equal(hb_syscalls_phase(phase), booked[phase]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(user_mode_of_all_threads_is_asked_for, reset),
        cmocka_unit_test_setup(only_open_counters_are_started_and_stopped, reset),
        cmocka_unit_test_setup(shared_counters_are_scaled_up, reset),
        cmocka_unit_test_setup(shared_counters_of_a_pass_are_not_known, reset),
        cmocka_unit_test_setup(first_missing_counter_says_why, reset),
        cmocka_unit_test(every_phase_of_the_worker_is_booked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
