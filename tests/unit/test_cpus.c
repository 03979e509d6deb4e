/* Which CPUs the workers get, on machines larger than this one; and which the harness itself uses:
 * off those of the worker while something is measured there, and all of them again afterwards, for
 * what it starts next. */
#include "run/cpus.h"
#include "run/request.h"

#include "unit/cmocka.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A machine in place of this one: these CPUs may be used, and the kernel's masks have a bit for
 * each that is possible. Nobody can be kept to fewer. */
static struct {
    size_t possible; /* 0: this machine */
    struct hb_cpuset allowed;
} machine;

/* In place of the C library's, by the linker. */
int sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *set)
{
    memset(set, 0, bytes);
    if (machine.possible == 0)
        return syscall(SYS_sched_getaffinity, pid, bytes, set) < 0 ? -1 : 0;
    if (bytes * 8 < machine.possible) {
        errno = EINVAL;
        return -1;
    }
    memcpy(set, &machine.allowed, bytes < sizeof machine.allowed ? bytes : sizeof machine.allowed);
    return 0;
}

int sched_setaffinity(pid_t pid, size_t bytes, const cpu_set_t *set)
{
    if (machine.possible == 0)
        return syscall(SYS_sched_setaffinity, pid, bytes, set) < 0 ? -1 : 0;
    return 0;
}

static struct hb_cpuset now(void)
{
    struct hb_cpuset cpus;
    assert_int_equal(hb_cpuset_read_own(&cpus), 0);
    return cpus;
}

/* A machine that may use every step-th CPU from `from` on, count of them. */
static void pretend(size_t possible, size_t from, size_t step, size_t count)
{
    machine.allowed = (struct hb_cpuset){0};
    for (size_t i = 0; i < count; i++)
        hb_cpuset_add(&machine.allowed, from + i * step);
    machine.possible = possible;
}

/* Each of so many threads has a CPU of its own, on the machine and in the text of a result. */
static void every_thread_has_its_cpu(void **state)
{
    static const struct {
        size_t possible, from, step, count;
        uint32_t threads;
        const char *list; /* NULL: looked at as a set alone */
    } cases[] = {
        {64, 0, 1, 64, 64, "0-63"},          {128, 96, 1, 32, 32, "96-127"},
        {128, 0, 1, 128, 64, "64-127"},      {1024, 0, 2, 512, 64, NULL},
        {1024, 0, 1, 1024, 1, "1023"},       {2048, 0, 1, 2048, 2, "2046,2047"},
        {8192, 0, 1, 8192, 64, "8128-8191"}, {8192, 1, 128, 64, 64, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct hb_host_info host;
        struct hb_cpuset chosen;
        struct hb_err err = {0};
        pretend(cases[i].possible, cases[i].from, cases[i].step, cases[i].count);
        if (hb_cpus_choose(cases[i].threads, &host, &err) != 0)
            fail_msg("case %zu: %s", i, err.message);
        assert_int_equal(hb_cpus_parse(host.cpus_used, &chosen), 0);
        assert_int_equal(hb_cpuset_count(&chosen), cases[i].threads);
        if (cases[i].list && cases[i].count == cases[i].threads)
            assert_string_equal(host.cpus_used, cases[i].list);
        assert_true(hb_cpus_usable(host.cpus_used));
        const struct hb_cpuset strange = hb_cpuset_without(&chosen, &machine.allowed);
        assert_int_equal(hb_cpuset_count(&strange), 0);
    }
    machine.possible = 0;
}

/* Of programs there may be more CPUs than a list has room for; it is then left out. */
static void programs_are_told_where_they_may_run(void **state)
{
    static struct hb_host_info host = {.cpu_count = 8192};
    (void)state;
    pretend(8192, 0, 1, 4096);
    hb_cpus_note_allowed(&host);
    assert_string_equal(host.cpus_used, "0-4095");
    pretend(8192, 0, 2, 4096);
    hb_cpus_note_allowed(&host);
    assert_string_equal(host.cpus_used, "");
    machine.possible = 0;
}

/* In a suite programs follow loops: they had one CPU less. */
static void after_a_session_all_are_its_own_again(void **state)
{
    (void)state;
    const struct hb_cpuset start = now();
    struct hb_request_maker maker = {0};
    size_t cpu = 0;
    while (!hb_cpuset_has(&start, cpu))
        cpu++;
    hb_cpuset_add(&maker.cpus, cpu);
    hb_cpus_keep_off(&maker.cpus);
    struct hb_cpuset kept = now();
    if (hb_cpuset_count(&start) > 1)
        assert_false(hb_cpuset_has(&kept, cpu));
    hb_request_maker_free(&maker);
    kept = now();
    assert_true(hb_cpuset_equal(&kept, &start));
}

static void where_all_are_the_workers_it_stays(void **state)
{
    (void)state;
    const struct hb_cpuset start = now();
    hb_cpus_keep_off(&start);
    const struct hb_cpuset kept = now();
    assert_true(hb_cpuset_equal(&kept, &start));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_session_all_are_its_own_again),
        cmocka_unit_test(where_all_are_the_workers_it_stays),
        cmocka_unit_test(every_thread_has_its_cpu),
        cmocka_unit_test(programs_are_told_where_they_may_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
