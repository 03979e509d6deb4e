/* Memory system calls of a traced child, call for call and byte for byte: what it did is known. */
#include "run/counters.h"

#include "host/probe.h"
#include "worker/shm.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmocka.h"

#define KIB 1024u

/* What parent and child share; calls before the child sets the phase are the filter's own making.
 */
struct page {
    _Atomic unsigned phase;
    atomic_int got_signal, threads;
};
static struct page *page;

static void enter(unsigned phase)
{
    atomic_store(&page->phase, phase);
}

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&page->got_signal, 1);
}

static void *map(size_t bytes)
{
    return (void *)syscall(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void calls_of_every_kind(void)
{
    const long start = syscall(SYS_brk, 0);
    enter(HB_PHASE_WARMUP);
    void *block = map(12 * KIB);
    block = (void *)syscall(SYS_mremap, block, 12 * KIB, 64 * KIB, MREMAP_MAYMOVE);
    (void)syscall(SYS_mprotect, block, 8 * KIB, PROT_READ);
    (void)syscall(SYS_madvise, block, 16 * KIB, MADV_DONTNEED);
    enter(HB_PHASE_MEASURE);
    (void)syscall(SYS_munmap, block, 64 * KIB);
    (void)syscall(SYS_brk, 0);
    (void)syscall(SYS_brk, start);
    (void)syscall(SYS_brk, 0);
    (void)syscall(SYS_brk, start + 132 * (long)KIB);
    (void)syscall(SYS_brk, start + 4 * (long)KIB);
    enter(HB_PHASE_DONE);
    (void)syscall(SYS_getpid); /* none of the six */
    (void)map(4 * KIB);
}

static void *in_a_thread(void *unused)
{
    (void)unused;
    (void)map(4 * KIB);
    atomic_fetch_add(&page->threads, 1);
    return NULL;
}

static void a_thread_and_signals(void)
{
    pthread_t thread;
    enter(HB_PHASE_MEASURE);
    (void)signal(SIGUSR1, on_signal);
    (void)raise(SIGUSR1);
    if (pthread_create(&thread, NULL, in_a_thread, NULL) == 0)
        (void)pthread_join(thread, NULL);
}

static void stopped_twice(void)
{
    (void)raise(SIGTSTP);
    (void)raise(SIGSTOP);
}

/* How a child ended, what was counted, and how often a stop was somebody's signal. */
struct seen {
    struct hb_syscall_counts counts;
    unsigned groups, counted;
    int end_status;
};

/* Every stop of the child, as the runner treats them. */
static void trace(void (*work)(void), struct seen *seen)
{
    bool first = true;
    int status;
    pid_t pid;
    *seen = (struct seen){0};
    atomic_store(&page->phase, HB_PHASE_START);
    const pid_t child = fork();
    if (child == 0) {
        if (hb_syscalls_install_filter() != 0)
            _exit(9);
        work();
        _exit(7);
    }
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (pid == child && !WIFSTOPPED(status))
            seen->end_status = status;
        if (!WIFSTOPPED(status))
            continue;
        const enum hb_stop stop = hb_syscalls_on_stop(
            pid, pid == child, status, atomic_load(&page->phase), &first, &seen->counts);
        seen->groups += stop == HB_STOP_GROUP;
        seen->counted += stop == HB_STOP_COUNTED;
    }
    assert_false(first);
    assert_true(WIFEXITED(seen->end_status));
    assert_int_equal(WEXITSTATUS(seen->end_status), 7);
}

static void each_call_is_booked_to_its_phase_with_its_bytes(void **state)
{
    static const struct {
        enum hb_count_phase phase;
        enum hb_syscall call;
        uint64_t count, bytes;
    } rows[] = {
        {HB_COUNT_WARMUP, HB_SYSCALL_mmap, 1, 12 * KIB},
        {HB_COUNT_WARMUP, HB_SYSCALL_mremap, 1, 64 * KIB},
        {HB_COUNT_WARMUP, HB_SYSCALL_mprotect, 1, 8 * KIB},
        {HB_COUNT_WARMUP, HB_SYSCALL_madvise, 1, 16 * KIB},
        {HB_COUNT_WARMUP, HB_SYSCALL_munmap, 0, 0},
        {HB_COUNT_WARMUP, HB_SYSCALL_brk, 0, 0},
        {HB_COUNT_MEASURED, HB_SYSCALL_munmap, 1, 64 * KIB},
        /* it asks, says where it is, asks, goes up by 132 KiB and down by 128 */
        {HB_COUNT_MEASURED, HB_SYSCALL_brk, 5, (132 + 128) * KIB},
        {HB_COUNT_MEASURED, HB_SYSCALL_mmap, 0, 0},
        {HB_COUNT_TEARDOWN, HB_SYSCALL_mmap, 1, 4 * KIB},
        {HB_COUNT_TEARDOWN, HB_SYSCALL_brk, 0, 0},
    };
    struct seen seen;
    uint64_t sum = 0;
    (void)state;
    trace(calls_of_every_kind, &seen);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint64_t count = seen.counts.count[rows[i].phase][rows[i].call],
                       bytes = seen.counts.bytes[rows[i].phase][rows[i].call];
        if (count != rows[i].count || bytes != rows[i].bytes)
            fail_msg("row %zu: %llu calls of %llu bytes", i, (unsigned long long)count,
                     (unsigned long long)bytes);
    }
    assert_int_equal(seen.groups, 0);
    for (int phase = 0; phase < HB_COUNT_PHASES; phase++)
        for (int call = 0; call < HB_SYSCALL_COUNT; call++)
            sum += seen.counts.count[phase][call];
    assert_int_equal(sum, seen.counted);
}

static void threads_are_counted_and_signals_delivered(void **state)
{
    struct seen seen;
    (void)state;
    atomic_store(&page->got_signal, 0);
    atomic_store(&page->threads, 0);
    trace(a_thread_and_signals, &seen);
    assert_int_equal(atomic_load(&page->got_signal), 1);
    assert_int_equal(atomic_load(&page->threads), 1);
    assert_int_equal(seen.groups, 0); /* a new thread's first stop is nobody's signal */
    assert_true(seen.counts.bytes[HB_COUNT_MEASURED][HB_SYSCALL_mmap] >= 4 * KIB);
    assert_true(seen.counts.count[HB_COUNT_MEASURED][HB_SYSCALL_mmap] >= 2); /* and its stack */
}

static void a_stop_by_signal_is_told(void **state)
{
    struct seen seen;
    (void)state;
    trace(stopped_twice, &seen);
    assert_true(seen.groups >= 2);
}

static void every_phase_of_a_worker_is_counted_somewhere(void **state)
{
    static const enum hb_count_phase expected[HB_PHASE_COUNT] = {
        [HB_PHASE_START] = HB_COUNT_STARTUP,    [HB_PHASE_BASE] = HB_COUNT_STARTUP,
        [HB_PHASE_LOADED] = HB_COUNT_STARTUP,   [HB_PHASE_WARMUP] = HB_COUNT_WARMUP,
        [HB_PHASE_READY] = HB_COUNT_WARMUP,     [HB_PHASE_EPOCH] = HB_COUNT_WARMUP,
        [HB_PHASE_MEASURE] = HB_COUNT_MEASURED, [HB_PHASE_DONE] = HB_COUNT_TEARDOWN,
        [HB_PHASE_DRAINED] = HB_COUNT_TEARDOWN, [HB_PHASE_FINISHED] = HB_COUNT_TEARDOWN,
    };
    (void)state;
    for (unsigned phase = 0; phase < HB_PHASE_COUNT; phase++)
        assert_int_equal(hb_syscalls_phase(phase), expected[phase]);
}

int main(void)
{
    const struct CMUnitTest phases[] = {
        cmocka_unit_test(every_phase_of_a_worker_is_counted_somewhere),
    };
    const struct CMUnitTest traced[] = {
        cmocka_unit_test(every_phase_of_a_worker_is_counted_somewhere),
        cmocka_unit_test(each_call_is_booked_to_its_phase_with_its_bytes),
        cmocka_unit_test(threads_are_counted_and_signals_delivered),
        cmocka_unit_test(a_stop_by_signal_is_told),
    };
    char refused[HB_PROBE_REASON];
    page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return 1;
    if (hb_probe_seccomp(refused))
        return cmocka_run_group_tests(traced, NULL, NULL);
    printf("nobody may trace here: %s\n", refused);
    return cmocka_run_group_tests(phases, NULL, NULL);
}
