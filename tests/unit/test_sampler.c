/* What the runner takes from the page it shares with a worker and from the kernel: pages made by
 * hand, and this process in a worker's place. */
#include "run/sampler.h"

#include "base/clock.h"
#include "run/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmocka.h"

#define SLICES 2u

/* A page of threads that began a second ago, and the request that it answers. */
struct made {
    struct hb_shm *shm;
    struct hb_parameter_value parameters[2];
    struct hb_request request;
    struct hb_job job;
    uint64_t since_ns;
    const char *problem;
};

/* Of one thread: when it began and ended its slices, after since_ns. */
struct thread {
    uint64_t start_ns, first_ns, second_ns;
};

static void make(struct made *made, uint64_t operations, uint32_t threads)
{
    *made = (struct made){.since_ns = hb_clock_monotonic_ns() - 1000000000u};
    made->shm = calloc(1, sizeof *made->shm);
    assert_non_null(made->shm);
    made->parameters[0] = (struct hb_parameter_value){.name = "operations", .value = operations};
    made->parameters[1] = (struct hb_parameter_value){.name = "threads", .value = threads};
    made->request =
        (struct hb_request){.parameters = made->parameters, .parameter_count = 2, .slices = SLICES};
    made->shm->threads = threads;
    made->shm->timer_ns = 20;
    hb_job_init(&made->job);
}

static void set_thread(struct made *made, uint32_t number, struct thread times)
{
    struct hb_shm_thread *thread = &made->shm->thread[number];
    thread->start_ns = made->since_ns + times.start_ns;
    thread->slice_end_ns[0] = made->since_ns + times.first_ns;
    thread->slice_end_ns[1] = made->since_ns + times.second_ns;
    thread->operations = made->parameters[0].value / made->shm->threads;
    thread->cpu_ns = 700;
}

/* What is wrong with the page, or NULL. */
static const char *take(struct made *made)
{
    assert_int_equal(
        hb_sampler_times(made->shm, &made->request, made->since_ns, &made->job, &made->problem), 0);
    return made->problem;
}

static void discard(struct made *made)
{
    hb_job_free(&made->job);
    free(made->shm);
}

static void near(const char *what, double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%s is %.17g, not %.17g", what, found, expected);
}

/* By hand: from the first thread's start to the last one's end, whichever they are; an operation
 * takes as long as a thread takes for it. */
static void a_run_lasts_from_its_first_thread_to_its_last(void **state)
{
    static const struct {
        uint32_t threads;
        struct thread times[3];
        double elapsed_ns, throughput, ns_per_op;
        uint64_t start_ns[3];
    } rows[] = {
        {1, {{500, 1000, 2500}}, 2000, 5e8, 2, {0}},
        {2, {{0, 900, 2000}, {100, 800, 1500}}, 2000, 1e9, 2, {0, 100}},
        {2, {{300, 900, 1500}, {100, 800, 2100}}, 2000, 1e9, 2, {200, 0}},
        {3, {{40, 50, 60}, {10, 11, 20}, {30, 40, 6010}}, 6000, 5e8, 6, {30, 0, 20}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made made;
        make(&made, 1000u * rows[i].threads, rows[i].threads);
        for (uint32_t t = 0; t < rows[i].threads; t++)
            set_thread(&made, t, rows[i].times[t]);
        assert_null(take(&made));
        const double *metric = made.job.metric;
        near("elapsed", metric[HB_METRIC_ELAPSED], rows[i].elapsed_ns);
        near("throughput", metric[HB_METRIC_THROUGHPUT], rows[i].throughput);
        near("ns/op", metric[HB_METRIC_NS_PER_OP], rows[i].ns_per_op);
        near("operations", metric[HB_METRIC_OPERATIONS], 1000.0 * rows[i].threads);
        near("CPU time", metric[HB_METRIC_CPU_TIME], 700.0 * rows[i].threads);
        near("timer", metric[HB_METRIC_TIMER], 20);
        assert_int_equal(made.job.threads, rows[i].threads);
        assert_int_equal(made.job.slices, SLICES);
        assert_int_equal(made.job.slice_operations, 500);
        for (uint32_t t = 0; t < rows[i].threads; t++) {
            const struct thread *times = &rows[i].times[t];
            assert_int_equal(made.job.start_ns[t], rows[i].start_ns[t]);
            assert_int_equal(made.job.slice_ns[2 * t], times->first_ns - times->start_ns);
            assert_int_equal(made.job.slice_ns[2 * t + 1], times->second_ns - times->first_ns);
        }
        discard(&made);
    }
}

static void a_run_that_took_no_time_has_no_speed(void **state)
{
    struct made made;
    (void)state;
    make(&made, 1000, 1);
    set_thread(&made, 0, (struct thread){100, 100, 100});
    assert_null(take(&made));
    assert_true(isnan(made.job.metric[HB_METRIC_ELAPSED]));
    assert_true(isnan(made.job.metric[HB_METRIC_THROUGHPUT]));
    assert_int_equal(made.job.slices, SLICES);
    discard(&made);
    make(&made, 1000, 1);
    set_thread(&made, 0, (struct thread){100, 100, 101});
    assert_null(take(&made));
    near("elapsed", made.job.metric[HB_METRIC_ELAPSED], 1);
    discard(&made);
}

static void a_paced_run_has_times_and_no_speed(void **state)
{
    struct made made;
    (void)state;
    make(&made, 2000, 1);
    made.shm->is_paced = 1;
    set_thread(&made, 0, (struct thread){0, 1000, 2000});
    assert_null(take(&made));
    near("elapsed", made.job.metric[HB_METRIC_ELAPSED], 2000);
    near("operations", made.job.metric[HB_METRIC_OPERATIONS], 2000);
    assert_true(isnan(made.job.metric[HB_METRIC_THROUGHPUT]));
    assert_true(isnan(made.job.metric[HB_METRIC_NS_PER_OP]));
    assert_non_null(strstr(made.job.null_reason[HB_GROUP_TIME], "it sleeps"));
    discard(&made);
}

/* On the limit it is believed, one beyond it is not, and then there is nothing of it. */
static void a_page_that_cannot_be_is_not_believed(void **state)
{
    static const uint64_t second = 1000000000u;
    static const struct {
        const char *name, *problem;
        uint64_t operations, timer_ns;
        uint32_t asked, threads; /* the worker's word */
        int64_t more_operations; /* than asked for */
        struct thread times;
    } rows[] = {
        {"all well", NULL, 1000, 20, 1, 1, 0, {0, 1000, 2000}},
        {"began with its process", NULL, 1000, 20, 1, 1, 0, {0, 0, 2000}},
        {"began before it", "began before its process", 1000, 20, 1, 1, 0, {-UINT64_C(1), 0, 2000}},
        {"a slice of no time", NULL, 1000, 20, 1, 1, 0, {5, 5, 2000}},
        {"first slice backwards", "run backwards", 1000, 20, 1, 1, 0, {5, 4, 2000}},
        {"last slice backwards", "run backwards", 1000, 20, 1, 1, 0, {5, 2000, 1999}},
        {"far future", "in the future", 1000, 20, 1, 1, 0, {5, 10, 3600 * second}},
        {"as fast as can be", NULL, 20000, 20, 1, 1, 0, {5, 10, 1005}},
        {"faster", "more operations than any", 20010, 20, 1, 1, 0, {5, 10, 1005}},
        {"one more", "another number of operations", 1000, 20, 1, 1, 1, {0, 1000, 2000}},
        {"one less", "another number of operations", 1000, 20, 1, 1, -1, {0, 1000, 2000}},
        {"more threads", "another number of threads", 1000, 20, 1, 2, 0, {0, 1000, 2000}},
        {"fewer threads", "another number of threads", 1000, 20, 2, 1, 0, {0, 1000, 2000}},
        {"no threads", "another number of threads", 1000, 20, 0, 0, 0, {0, 1000, 2000}},
        {"too many", "another number of threads", 1000, 20, 65, 65, 0, {0, 1000, 2000}},
        {"a slow clock", NULL, 1000, 1000000, 1, 1, 0, {0, 1000, 2000}},
        {"a slower one", "a clock that", 1000, 1000001, 1, 1, 0, {0, 1000, 2000}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made made;
        make(&made, rows[i].operations, 1);
        set_thread(&made, 0, rows[i].times);
        made.shm->thread[0].operations += (uint64_t)rows[i].more_operations;
        made.parameters[1].value = rows[i].asked;
        made.shm->threads = rows[i].threads;
        made.shm->timer_ns = rows[i].timer_ns;
        const char *problem = take(&made);
        if (!problem != !rows[i].problem || (problem && !strstr(problem, rows[i].problem)))
            fail_msg("%s: %s", rows[i].name, problem ? problem : "believed");
        if (problem) {
            assert_null(made.job.slice_ns);
            assert_null(made.job.start_ns);
            assert_int_equal(made.job.slices + made.job.threads + made.job.slice_operations, 0);
            assert_true(isnan(made.job.metric[HB_METRIC_THROUGHPUT]));
        } else {
            near("timer", made.job.metric[HB_METRIC_TIMER], (double)rows[i].timer_ns);
        }
        discard(&made);
    }
}

static void the_last_thread_is_looked_at_too(void **state)
{
    struct made made;
    (void)state;
    make(&made, 192000, HB_THREADS_MAX);
    for (uint32_t t = 0; t < HB_THREADS_MAX; t++)
        set_thread(&made, t, (struct thread){0, 1000, 2000});
    assert_null(take(&made));
    near("ns/op", made.job.metric[HB_METRIC_NS_PER_OP], 2000.0 * HB_THREADS_MAX / 192000);
    hb_job_free(&made.job);
    hb_job_init(&made.job);
    made.shm->thread[HB_THREADS_MAX - 1].slice_end_ns[1]--;
    made.shm->thread[HB_THREADS_MAX - 1].slice_end_ns[0] += 1000;
    assert_non_null(strstr(take(&made), "run backwards"));
    discard(&made);
}

static void own_counters_are_the_differences_of_the_phases(void **state)
{
    struct made made;
    (void)state;
    make(&made, 1000, 1);
    set_thread(&made, 0, (struct thread){0, 1000, 2000});
    made.shm->counters_loaded = (struct hb_shm_counters){1, 2, 3, 4, 5, 6};
    made.shm->counters_ready = (struct hb_shm_counters){11, 22, 33, 44, 55, 66};
    made.shm->counters_done = (struct hb_shm_counters){11, 122, 233, 344, 455, 566};
    assert_null(take(&made));
    assert_false(made.job.own_counters_known); /* nobody has said that they mean anything */
    made.shm->counters_known = 1;
    hb_job_free(&made.job);
    assert_null(take(&made));
    assert_true(made.job.own_counters_known);
    const struct hb_syscall_counts *own = &made.job.own_counters;
    assert_int_equal(own->count[HB_COUNT_STARTUP][HB_SYSCALL_mmap], 1);
    assert_int_equal(own->count[HB_COUNT_STARTUP][HB_SYSCALL_brk], 6);
    assert_int_equal(own->count[HB_COUNT_WARMUP][HB_SYSCALL_munmap], 20);
    assert_int_equal(own->count[HB_COUNT_WARMUP][HB_SYSCALL_madvise], 40);
    assert_int_equal(own->count[HB_COUNT_MEASURED][HB_SYSCALL_mmap], 0);
    assert_int_equal(own->count[HB_COUNT_MEASURED][HB_SYSCALL_brk], 500);
    struct hb_shm_counters *const totals[] = {&made.shm->counters_ready, &made.shm->counters_done};
    for (size_t i = 0; i < 2; i++) { /* a total that falls is no count */
        const uint64_t before = totals[i]->mprotect;
        totals[i]->mprotect = 4;
        hb_job_free(&made.job);
        assert_null(take(&made));
        assert_false(made.job.own_counters_known);
        totals[i]->mprotect = before;
    }
    discard(&made);
}

static void texts_of_the_page_end_and_hide_nothing(void **state)
{
    static const struct {
        const char *from, *to;
        size_t from_bytes, to_bytes;
    } rows[] = {
        {"steady", "steady", 7, 32}, {"steady", "stead", 5, 32},
        {"steady", "ste", 7, 4},     {"steady", "steady", 6, 7},
        {"steady", "", 7, 1},        {"a\nb\x7f", "a?b?", 5, 32},
        {"a\xff", "a?", 3, 32},      {"", "", 1, 32},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[40];
        memset(text, 'x', sizeof text);
        hb_page_text(text, rows[i].to_bytes, rows[i].from, rows[i].from_bytes);
        assert_string_equal(text, rows[i].to);
        assert_int_equal(text[rows[i].to_bytes], 'x');
    }
}

static void a_parameter_is_found_by_its_whole_name(void **state)
{
    struct made made;
    (void)state;
    make(&made, 1000, 3);
    assert_int_equal(hb_page_parameter(&made.request, "operations"), 1000);
    assert_int_equal(hb_page_parameter(&made.request, "threads"), 3);
    assert_int_equal(hb_page_parameter(&made.request, "thread"), 0);
    discard(&made);
}

/* ---- the kernel's word, this process in a worker's place ---- */

static void touch(size_t pages)
{
    const size_t bytes = pages * 4096;
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    (void)madvise(memory, bytes, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < bytes; i += 4096)
        memory[i] = 1;
    (void)munmap(memory, bytes);
}

static struct rusage usage(void)
{
    struct rusage now;
    assert_int_equal(getrusage(RUSAGE_SELF, &now), 0);
    return now;
}

static void between(const char *what, double found, double least, double most)
{
    if (!(found >= least && found <= most))
        fail_msg("%s is %g, not from %g to %g", what, found, least, most);
}

/* Of this process, for a job that begins. */
static struct hb_sampler of_itself(struct hb_shm *page, struct hb_job *job)
{
    struct hb_sampler sampler = {.pid = getpid(), .shm = page};
    hb_job_init(job);
    assert_int_equal(hb_cpuset_read_own(&sampler.cpus), 0);
    return sampler;
}

/* What the process itself sees just outside and just inside the two readings are the limits. */
static void a_phase_has_what_happened_in_it(void **state)
{
    static struct hb_shm page;
    struct hb_job job;
    struct hb_sampler sampler = of_itself(&page, &job);
    (void)state;
    touch(300);
    const struct rusage before = usage();
    hb_sampler_mark(&sampler, HB_PHASE_BASE, &job);
    hb_sampler_mark(&sampler, HB_PHASE_READY, &job);
    assert_false(sampler.known);
    const struct rusage began = usage();
    touch(100);
    for (int i = 0; i < 5; i++)
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    const struct rusage ended = usage();
    page.usage_begin = (struct hb_shm_usage){.voluntary = 3, .involuntary = 1, .ended = 7};
    page.usage_end = (struct hb_shm_usage){.voluntary = 12, .involuntary = 5, .ended = 7};
    hb_sampler_mark(&sampler, HB_PHASE_DONE, &job);
    const struct rusage after = usage();
    hb_sampler_mark(&sampler, HB_PHASE_DRAINED, &job);
    assert_true(sampler.known);
    const double *metric = job.metric;
    between("faults", metric[HB_METRIC_FAULTS_MINOR], (double)ended.ru_minflt,
            (double)after.ru_minflt);
    between("faults of the phase", metric[HB_METRIC_FAULTS_MEASURED],
            (double)(ended.ru_minflt - began.ru_minflt),
            (double)(after.ru_minflt - before.ru_minflt));
    between("major faults", metric[HB_METRIC_FAULTS_MAJOR], (double)ended.ru_majflt,
            (double)after.ru_majflt);
    near("voluntary switches", metric[HB_METRIC_SWITCHES_VOLUNTARY], 9);
    near("involuntary switches", metric[HB_METRIC_SWITCHES_INVOLUNTARY], 4);
    between("steal", metric[HB_METRIC_STEAL], 0, 60e9);
    if (!isnan(metric[HB_METRIC_RUN_DELAY]))
        between("run delay", metric[HB_METRIC_RUN_DELAY], 0, 60e9);
    for (int i = HB_METRIC_RSS_BASE; i <= HB_METRIC_RSS_DRAINED; i++)
        between(hb_metrics[i].key, metric[i], 4096, 1e9);
    between("huge pages", metric[HB_METRIC_HUGE_END], 0, metric[HB_METRIC_RSS_END]);
    between("peak", metric[HB_METRIC_RSS_PEAK], metric[HB_METRIC_RSS_END], 1e9);
    hb_job_free(&job);
}

/* The delay of a thread that has ended is known to nobody; a page may say anything. */
static void no_difference_is_negative(void **state)
{
    static struct hb_shm page;
    struct hb_job job;
    struct hb_sampler sampler = of_itself(&page, &job);
    (void)state;
    hb_sampler_mark(&sampler, HB_PHASE_READY, &job);
    page.usage_begin = (struct hb_shm_usage){.voluntary = 4, .involuntary = 1, .ended = 7};
    page.usage_end = (struct hb_shm_usage){.voluntary = 3, .involuntary = 1, .ended = 8};
    sampler.ready.steal_ns = sampler.ready.faults_minor = 1e18;
    hb_sampler_mark(&sampler, HB_PHASE_DONE, &job);
    assert_true(isnan(job.metric[HB_METRIC_RUN_DELAY]));
    assert_non_null(strstr(job.null_reason[HB_GROUP_SCHEDULING], "threads ended"));
    assert_true(isnan(job.metric[HB_METRIC_SWITCHES_VOLUNTARY]));
    near("involuntary switches", job.metric[HB_METRIC_SWITCHES_INVOLUNTARY], 0);
    assert_true(isnan(job.metric[HB_METRIC_STEAL]));
    assert_true(isnan(job.metric[HB_METRIC_FAULTS_MEASURED]));
    page.usage_end.ended = 7;
    sampler.ready.delay_ns = 1e18;
    hb_sampler_mark(&sampler, HB_PHASE_DONE, &job);
    assert_true(isnan(job.metric[HB_METRIC_RUN_DELAY]));
    hb_job_free(&job);
}

/* A process that is gone but not reaped has no memory any more, and a status without a peak. */
static void the_peak_is_no_less_than_what_was_seen(void **state)
{
    static const struct {
        double start, end, peak;
    } rows[] = {{90, 120, 120}, {120, 90, 120}, {0, 0, 0}};
    siginfo_t info;
    const pid_t child = fork();
    (void)state;
    if (child == 0)
        _exit(0);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct hb_shm page;
        struct hb_sampler sampler = {.pid = child, .shm = &page};
        struct hb_job job;
        hb_job_init(&job);
        job.metric[HB_METRIC_RSS_START] = rows[i].start;
        job.metric[HB_METRIC_RSS_END] = rows[i].end;
        hb_sampler_mark(&sampler, HB_PHASE_DONE, &job);
        near("peak", job.metric[HB_METRIC_RSS_PEAK], rows[i].peak);
        assert_string_not_equal(job.null_reason[HB_GROUP_MEMORY], "");
        hb_job_free(&job);
    }
    (void)waitpid(child, NULL, 0);
}

static void a_process_that_is_not_there_gives_reasons(void **state)
{
    static struct hb_shm page;
    struct hb_sampler sampler = {.pid = 0x7ffffffe, .shm = &page};
    struct hb_job job;
    char first[sizeof job.null_reason[0]];
    (void)state;
    hb_job_init(&job);
    hb_sampler_mark(&sampler, HB_PHASE_READY, &job);
    (void)snprintf(first, sizeof first, "%s", job.null_reason[HB_GROUP_MEMORY]);
    hb_sampler_mark(&sampler, HB_PHASE_DONE, &job);
    assert_false(sampler.known);
    for (int i = 0; i < HB_METRIC_COUNT; i++)
        assert_true(isnan(job.metric[i]));
    assert_non_null(strstr(job.null_reason[HB_GROUP_MEMORY], "smaps"));
    assert_string_equal(job.null_reason[HB_GROUP_MEMORY], first); /* the first one stays */
    assert_string_not_equal(job.null_reason[HB_GROUP_FAULTS], "");
    assert_string_not_equal(job.null_reason[HB_GROUP_SCHEDULING], "");
    assert_string_equal(job.null_reason[HB_GROUP_TIME], "");
    hb_job_free(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_lasts_from_its_first_thread_to_its_last),
        cmocka_unit_test(a_run_that_took_no_time_has_no_speed),
        cmocka_unit_test(a_paced_run_has_times_and_no_speed),
        cmocka_unit_test(a_page_that_cannot_be_is_not_believed),
        cmocka_unit_test(the_last_thread_is_looked_at_too),
        cmocka_unit_test(own_counters_are_the_differences_of_the_phases),
        cmocka_unit_test(texts_of_the_page_end_and_hide_nothing),
        cmocka_unit_test(a_parameter_is_found_by_its_whole_name),
        cmocka_unit_test(a_phase_has_what_happened_in_it),
        cmocka_unit_test(no_difference_is_negative),
        cmocka_unit_test(the_peak_is_no_less_than_what_was_seen),
        cmocka_unit_test(a_process_that_is_not_there_gives_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
