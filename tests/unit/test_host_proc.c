/* /proc as it is written, and as nobody wrote it. */
#include "host/proc.h"

#include "unit/cmocka.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char smaps_text[] = "55c8dd146000-7ffdb36c1000 ---p 00000000 00:00 0    [rollup]\n"
                                 "Rss:                1768 kB\n"
                                 "Pss:                 381 kB\n"
                                 "Pss_Dirty:           112 kB\n"
                                 "AnonHugePages:      2048 kB\n"
                                 "SwapPss:               0 kB\n";

static const char status_text[] = "Name:\tVmRSS: 7 kB\n"
                                  "State:\tS (sleeping)\n"
                                  "VmPeak:\t    6040 kB\n"
                                  "VmHWM:\t    1768 kB\n"
                                  "VmRSS:\t    1700 kB\n";

static const char stat_tail[] = " R 23143 23143 3452 0 -1 4194304 103 11 5 6 70 71 8 9 20 0 1 0 "
                                "621475 6184960 411 18446744073709551615\n";

static const char cpus_text[] = "cpu  1 2 3 4 5 6 7 8 9 10\n"
                                "cpu0 100 1 20 1000 30 4 5 40 0 0\n"
                                "cpu1 200 2 30 2000 40 5 6 50 0 0\n"
                                "cpu11 1 1 1 1 1 1 1 60 0 0\n"
                                "intr 599447 0 0\n";

static struct hb_cpuset set_of(size_t a, size_t b)
{
    struct hb_cpuset cpus = {0};
    hb_cpuset_add(&cpus, a);
    hb_cpuset_add(&cpus, b);
    return cpus;
}

static void smaps_are_read_in_bytes(void **state)
{
    struct hb_proc_smaps smaps;
    (void)state;
    assert_int_equal(hb_proc_parse_smaps(smaps_text, &smaps), 0);
    assert_int_equal(smaps.rss_bytes, 1768 * 1024);
    assert_int_equal(smaps.pss_bytes, 381 * 1024);
    assert_int_equal(smaps.anon_huge_bytes, 2048 * 1024);
}

static void smaps_without_rss_are_none(void **state)
{
    struct hb_proc_smaps smaps;
    (void)state;
    assert_int_equal(hb_proc_parse_smaps("", &smaps), -1);
    assert_int_equal(hb_proc_parse_smaps("Pss: 1 kB\n", &smaps), -1);
    assert_int_equal(hb_proc_parse_smaps("Rss:\n1768 kB\n", &smaps), -1);
    assert_int_equal(hb_proc_parse_smaps("Rss: -1 kB\n", &smaps), -1);
}

static void a_number_too_large_is_the_greatest(void **state)
{
    struct hb_proc_smaps smaps;
    (void)state;
    assert_int_equal(hb_proc_parse_smaps("Rss: 99999999999999999999999 kB\n", &smaps), 0);
    assert_true(smaps.rss_bytes == UINT64_MAX);
}

static void status_gives_memory(void **state)
{
    struct hb_proc_status status;
    (void)state;
    assert_int_equal(hb_proc_parse_status(status_text, &status), 0);
    assert_int_equal(status.vm_hwm_bytes, 1768 * 1024);
    assert_int_equal(status.vm_rss_bytes, 1700 * 1024);
}

static void status_of_a_zombie_has_no_memory(void **state)
{
    struct hb_proc_status status;
    (void)state;
    assert_int_equal(hb_proc_parse_status("Name:\tcat\nState:\tZ (zombie)\n", &status), 0);
    assert_int_equal(status.vm_rss_bytes, 0);
    assert_int_equal(hb_proc_parse_status("VmRSS:\t1 kB\n", &status), -1);
}

static void stat_survives_every_name(void **state)
{
    static const char *const names[] = {"cat", "a b", "a) R 1 2 3", "(((", "))", ""};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[512];
        struct hb_proc_stat stat;
        (void)snprintf(text, sizeof text, "23151 (%s)%s", names[i], stat_tail);
        assert_int_equal(hb_proc_parse_stat(text, &stat), 0);
        assert_string_equal(stat.name, names[i]);
        assert_int_equal(stat.parent, 23143);
        assert_int_equal(stat.minor_faults, 103);
        assert_int_equal(stat.major_faults, 5);
        assert_int_equal(stat.user_ticks, 70);
        assert_int_equal(stat.system_ticks, 71);
    }
}

static void stat_names_are_fit_to_print(void **state)
{
    char text[512];
    struct hb_proc_stat stat;
    (void)state;
    (void)snprintf(text, sizeof text, "1 (a\n\033b)%s", stat_tail);
    assert_int_equal(hb_proc_parse_stat(text, &stat), 0);
    assert_string_equal(stat.name, "a??b");
    (void)snprintf(text, sizeof text, "1 (%0200d)%s", 0, stat_tail);
    assert_int_equal(hb_proc_parse_stat(text, &stat), 0);
    assert_int_equal(strlen(stat.name), sizeof stat.name - 1);
}

static void stat_cut_off_anywhere_is_refused(void **state)
{
    char text[512];
    struct hb_proc_stat stat;
    (void)state;
    (void)snprintf(text, sizeof text, "23151 (cat)%s", stat_tail);
    for (size_t length = 0; length < strlen("23151 (cat) R 23143 23143 3452 0 -1 4194304 103 11 5");
         length++) {
        char cut[512];
        (void)snprintf(cut, sizeof cut, "%.*s", (int)length, text);
        assert_int_equal(hb_proc_parse_stat(cut, &stat), -1);
    }
    assert_int_equal(hb_proc_parse_stat(") R (", &stat), -1);
}

static void cpus_are_summed_over_the_set(void **state)
{
    const struct hb_cpuset cpus = set_of(0, 1);
    struct hb_proc_cpus sum;
    (void)state;
    assert_int_equal(hb_proc_parse_cpus(cpus_text, &cpus, &sum), 0);
    assert_int_equal(sum.count, 2);
    assert_int_equal(sum.steal_ticks, 90);
    assert_int_equal(sum.busy_ticks, 100 + 1 + 20 + 4 + 5 + 200 + 2 + 30 + 5 + 6);
    assert_int_equal(sum.total_ticks, sum.busy_ticks + 1000 + 30 + 40 + 2000 + 40 + 50);
}

/* The first line's number of user ticks once passed for the number of a CPU. */
static void the_line_of_all_cpus_is_no_cpu(void **state)
{
    const struct hb_cpuset cpus = set_of(1, 1);
    struct hb_proc_cpus sum;
    (void)state;
    assert_int_equal(hb_proc_parse_cpus("cpu  1 2 3 4 5 6 7 8 9 10 11\n", &cpus, &sum), -1);
    assert_int_equal(sum.count, 0);
}

static void a_cut_line_of_a_cpu_adds_nothing(void **state)
{
    const struct hb_cpuset cpus = set_of(0, 1);
    struct hb_proc_cpus sum;
    (void)state;
    assert_int_equal(hb_proc_parse_cpus("cpu0 1 2 3 4 5 6 7 8\ncpu1 1 2 3\n", &cpus, &sum), 0);
    assert_int_equal(sum.count, 1);
    assert_int_equal(sum.total_ticks, 36);
}

static void steal_is_nanoseconds(void **state)
{
    const struct hb_cpuset cpus = set_of(1, 11), absent = set_of(5, 6);
    uint64_t busy_ns, steal_ns;
    (void)state;
    assert_int_equal(hb_proc_parse_cpu_times(cpus_text, &cpus, 100, &busy_ns, &steal_ns), 0);
    assert_int_equal(steal_ns, 1100000000);
    assert_int_equal(hb_proc_parse_cpu_times(cpus_text, &cpus, 0, &busy_ns, &steal_ns), 0);
    assert_int_equal(steal_ns, 1100000000);
    assert_int_equal(hb_proc_parse_cpu_times(cpus_text, &absent, 100, &busy_ns, &steal_ns), -1);
    assert_int_equal(hb_proc_parse_cpu_times("", &cpus, 100, &busy_ns, &steal_ns), -1);
}

static void loadavg_is_three_numbers(void **state)
{
    double load[3];
    (void)state;
    assert_int_equal(hb_proc_parse_loadavg("0.71 12.04 3.46 3/92 23150\n", load), 0);
    assert_true(fabs(load[0] - 0.71) < 1e-9 && fabs(load[1] - 12.04) < 1e-9 &&
                fabs(load[2] - 3.46) < 1e-9);
    assert_int_equal(hb_proc_parse_loadavg("0.71 12", load), -1);
    assert_int_equal(hb_proc_parse_loadavg("", load), -1);
}

static void this_process_can_be_read(void **state)
{
    struct hb_proc_smaps smaps;
    struct hb_proc_status status;
    struct hb_proc_stat stat;
    struct hb_err err = {0};
    (void)state;
    assert_int_equal(hb_proc_read_smaps(getpid(), &smaps, &err), 0);
    assert_true(smaps.rss_bytes > 0 && smaps.rss_bytes % 4096 == 0);
    assert_int_equal(hb_proc_read_status(getpid(), &status, &err), 0);
    assert_true(status.vm_hwm_bytes >= status.vm_rss_bytes);
    assert_int_equal(hb_proc_read_stat(getpid(), &stat, &err), 0);
    assert_true(stat.minor_faults > 0);
    assert_int_equal(stat.parent, getppid());
    assert_string_equal(err.message, "");
}

static void a_process_that_is_not_there_is_named(void **state)
{
    struct hb_proc_smaps smaps;
    struct hb_proc_delay delay;
    struct hb_err err = {0}, second = {0};
    (void)state;
    assert_int_equal(hb_proc_read_smaps(-5, &smaps, &err), -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    assert_non_null(strstr(err.message, "/proc/-5/smaps_rollup"));
    assert_int_equal(hb_proc_read_delay(-5, &delay, &second), -1);
    assert_non_null(strstr(second.message, "/proc/-5/task"));
}

static void *wait_for_end(void *unused)
{
    (void)pause();
    return unused;
}

static void delays_of_all_threads_that_live_are_summed(void **state)
{
    struct hb_proc_delay before, with, after;
    pthread_t thread;
    (void)state;
    assert_int_equal(hb_proc_read_delay(getpid(), &before, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_end, NULL), 0);
    assert_int_equal(hb_proc_read_delay(getpid(), &with, NULL), 0);
    assert_int_equal(with.threads, before.threads + 1);
    assert_true(with.delay_ns >= before.delay_ns);
    assert_int_equal(pthread_cancel(thread), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    for (int i = 0; i < 200; i++) { /* the kernel's part in its end comes after the join */
        assert_int_equal(hb_proc_read_delay(getpid(), &after, NULL), 0);
        if (after.threads == before.threads)
            break;
        (void)usleep(1000);
    }
    assert_int_equal(after.threads, before.threads);
}

/* Of one that has ended, as long as nobody has waited for it. */
static void running_of_the_dead_is_known_until_they_are_reaped(void **state)
{
    struct hb_proc_scheduled own, scheduled;
    siginfo_t info;
    (void)state;
    if (hb_proc_read_scheduled(getpid(), &own) != 0)
        skip(); /* a kernel that does not keep it */
    const pid_t child = fork();
    if (child == 0) {
        while (clock() < CLOCKS_PER_SEC / 50)
            ;
        _exit(0);
    }
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(hb_proc_read_scheduled(child, &scheduled), 0);
    assert_true(scheduled.ran_ns >= 15000000);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(hb_proc_read_scheduled(child, &scheduled), -1);
}

static void children_are_found(void **state)
{
    pid_t children[8], child = fork();
    (void)state;
    if (child == 0) {
        (void)pause();
        _exit(0);
    }
    assert_int_equal(hb_proc_children(getpid(), children, 8), 1);
    assert_int_equal(children[0], child);
    assert_int_equal(hb_proc_children(getpid(), children, 0), 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    const int file = dup(0);
    assert_int_equal(close(file), 0);
    assert_int_equal(hb_proc_children(getpid(), children, 8), 0);
    assert_int_equal(hb_proc_children(-5, children, 8), 0);
    assert_int_equal(dup(0), file); /* none stays open */
    assert_int_equal(close(file), 0);
}

/* A child belongs to the thread that started it. */
static void *fork_one(void *child)
{
    pid_t *pid = child;
    *pid = fork();
    if (*pid == 0) {
        (void)pause();
        _exit(0);
    }
    (void)pause();
    return NULL;
}

static void children_of_every_thread_are_found(void **state)
{
    pid_t children[8] = {0}, child = 0;
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, fork_one, &child), 0);
    int count = 0;
    for (int i = 0; i < 2000 && (count = hb_proc_children(getpid(), children, 8)) == 0; i++)
        (void)usleep(1000);
    assert_int_equal(count, 1);
    assert_int_equal(kill(children[0], SIGKILL), 0);
    assert_int_equal(waitpid(children[0], NULL, 0), children[0]);
    assert_int_equal(pthread_cancel(thread), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void steal_of_this_machine_can_be_read(void **state)
{
    struct hb_cpuset cpus;
    uint64_t busy_ns, steal_ns;
    struct hb_err err = {0};
    (void)state;
    assert_int_equal(hb_cpuset_read_own(&cpus), 0);
    assert_int_equal(hb_proc_cpu_times(&cpus, &busy_ns, &steal_ns, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smaps_are_read_in_bytes),
        cmocka_unit_test(smaps_without_rss_are_none),
        cmocka_unit_test(a_number_too_large_is_the_greatest),
        cmocka_unit_test(status_gives_memory),
        cmocka_unit_test(status_of_a_zombie_has_no_memory),
        cmocka_unit_test(stat_survives_every_name),
        cmocka_unit_test(stat_names_are_fit_to_print),
        cmocka_unit_test(stat_cut_off_anywhere_is_refused),
        cmocka_unit_test(cpus_are_summed_over_the_set),
        cmocka_unit_test(the_line_of_all_cpus_is_no_cpu),
        cmocka_unit_test(a_cut_line_of_a_cpu_adds_nothing),
        cmocka_unit_test(steal_is_nanoseconds),
        cmocka_unit_test(loadavg_is_three_numbers),
        cmocka_unit_test(this_process_can_be_read),
        cmocka_unit_test(a_process_that_is_not_there_is_named),
        cmocka_unit_test(delays_of_all_threads_that_live_are_summed),
        cmocka_unit_test(running_of_the_dead_is_known_until_they_are_reaped),
        cmocka_unit_test(children_are_found),
        cmocka_unit_test(children_of_every_thread_are_found),
        cmocka_unit_test(steal_of_this_machine_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
