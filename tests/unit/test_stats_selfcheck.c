/* stats/selfcheck: passes here, reports every check. */
#include "stats/selfcheck.h"

#include "unit/test_stats.h"

#include <string.h>

struct seen {
    int checks, failed;
    const char *names[64];
};

static void on_check(void *self, const char *name, double expected, double got, bool ok)
{
    struct seen *seen = self;
    assert_true(seen->checks < (int)COUNT(seen->names));
    for (int i = 0; i < seen->checks; i++)
        assert_true(strcmp(seen->names[i], name) != 0 || strncmp(name, "its interval", 12) == 0);
    seen->names[seen->checks++] = name;
    seen->failed += !ok;
    assert_int_equal(ok, is_near(got, expected, 1e-12));
}

static void every_stored_value_is_met(void **state)
{
    (void)state;
    struct seen seen = {0, 0, {NULL}};
    assert_int_equal(hb_stats_selfcheck(on_check, &seen), 0);
    assert_int_equal(seen.failed, 0);
    assert_int_equal(seen.checks, 33); /* one that is left out is no check */
}

static void a_second_run_says_the_same(void **state)
{
    (void)state;
    struct seen first = {0, 0, {NULL}}, second = {0, 0, {NULL}};
    (void)hb_stats_selfcheck(on_check, &first);
    (void)hb_stats_selfcheck(on_check, &second);
    assert_int_equal(first.checks, second.checks);
    assert_int_equal(first.failed, second.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stored_value_is_met),
        cmocka_unit_test(a_second_run_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
