/* Clocks: they go forward, and jitter is no suspend. */
#include "base/clock.h"

#include "unit/cmocka.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static void monotonic_time_goes_forward(void **state)
{
    uint64_t last_ns = hb_clock_monotonic_ns();
    (void)state;
    for (int i = 0; i < 10000; i++) {
        const uint64_t now_ns = hb_clock_monotonic_ns();
        assert_true(now_ns >= last_ns);
        last_ns = now_ns;
    }
}

static void both_clocks_measure_the_same_sleep(void **state)
{
    const uint64_t monotonic_ns = hb_clock_monotonic_ns(), boot_ns = hb_clock_boottime_ns();
    (void)state;
    assert_true(boot_ns >= monotonic_ns);
    (void)usleep(20000);
    assert_true(hb_clock_monotonic_ns() - monotonic_ns >= 20000000);
    assert_true(hb_clock_boottime_ns() - boot_ns >= 20000000);
}

/* The difference of two readings is unsigned: one that shrank would look like centuries. */
static void jitter_is_no_suspend(void **state)
{
    const uint64_t before_ns = hb_clock_suspended_ns();
    (void)state;
    assert_true(before_ns <= hb_clock_boottime_ns()); /* nor one of centuries */
    for (int i = 0; i < 20000; i++)
        assert_true(hb_clock_suspended_ns() == before_ns);
}

static void a_reading_costs_something(void **state)
{
    const double cost_ns = hb_clock_cost_ns();
    (void)state;
    assert_true(cost_ns > 0.5 && cost_ns < 1e6);
}

static void wall_time_is_utc_of_fixed_width(void **state)
{
    char text[HB_CLOCK_TEXT];
    struct tm utc = {0};
    (void)state;
    hb_clock_wall_text(text);
    assert_int_equal(strlen(text), 20);
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    assert_non_null(end);
    assert_string_equal(end, "");
    const time_t then = timegm(&utc);
    assert_true(then <= time(NULL) && then >= time(NULL) - 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_time_goes_forward),
        cmocka_unit_test(both_clocks_measure_the_same_sleep),
        cmocka_unit_test(jitter_is_no_suspend),
        cmocka_unit_test(a_reading_costs_something),
        cmocka_unit_test(wall_time_is_utc_of_fixed_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
