/* Which CPUs the harness itself uses: off those of the worker while something is measured there,
 * and all of them again afterwards, for what it starts next. */
#include "run/cpus.h"
#include "run/request.h"

#include "unit/cmocka.h"

#include <sched.h>

static cpu_set_t now(void)
{
    cpu_set_t cpus;
    assert_int_equal(sched_getaffinity(0, sizeof cpus, &cpus), 0);
    return cpus;
}

/* In a suite programs follow loops: they had one CPU less. */
static void after_a_session_all_are_its_own_again(void **state)
{
    (void)state;
    const cpu_set_t start = now();
    struct hb_request_maker maker = {0};
    size_t cpu = 0;
    while (!CPU_ISSET(cpu, &start))
        cpu++;
    CPU_SET(cpu, &maker.cpus);
    hb_cpus_keep_off(&maker.cpus);
    cpu_set_t kept = now();
    if (CPU_COUNT(&start) > 1)
        assert_false(CPU_ISSET(cpu, &kept));
    hb_request_maker_free(&maker);
    kept = now();
    assert_true(CPU_EQUAL(&kept, &start));
}

static void where_all_are_the_workers_it_stays(void **state)
{
    (void)state;
    const cpu_set_t start = now();
    hb_cpus_keep_off(&start);
    const cpu_set_t kept = now();
    assert_true(CPU_EQUAL(&kept, &start));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_session_all_are_its_own_again),
        cmocka_unit_test(where_all_are_the_workers_it_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
