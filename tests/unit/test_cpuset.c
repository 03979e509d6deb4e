/* Sets of CPUs and their lists. */
#include "base/cpuset.h"

#include "unit/cmocka.h"

#include <string.h>

static struct hb_cpuset every(size_t from, size_t to, size_t step)
{
    struct hb_cpuset set = {0};
    for (size_t cpu = from; cpu <= to; cpu += step)
        hb_cpuset_add(&set, cpu);
    return set;
}

static void is_list(const struct hb_cpuset *set, const char *wanted)
{
    char text[HB_CPUSET_TEXT];
    struct hb_cpuset back;
    assert_int_equal(hb_cpuset_write(set, text, sizeof text), 0);
    assert_string_equal(text, wanted);
    assert_int_equal(hb_cpuset_parse(text, &back), 0);
    assert_true(hb_cpuset_equal(&back, set));
}

static void lists_have_ranges(void **state)
{
    (void)state;
    struct hb_cpuset set = every(0, 63, 1);
    is_list(&set, "0-63");
    hb_cpuset_add(&set, 70);
    is_list(&set, "0-63,70");
    assert_int_equal(hb_cpuset_count(&set), 65);
    set = every(0, 1, 1); /* as it was written before there were ranges */
    is_list(&set, "0,1");
    set = every(96, 127, 1);
    is_list(&set, "96-127");
    set = every(HB_CPUSET_MAX - 1, HB_CPUSET_MAX - 1, 1);
    is_list(&set, "8191");
    set = every(0, HB_CPUSET_MAX - 1, 1);
    is_list(&set, "0-8191");
}

/* 64 threads is what a worker has at most; their CPUs may lie anywhere. */
static void the_worst_of_a_worker_has_room(void **state)
{
    char text[HB_CPUSET_TEXT];
    struct hb_cpuset back;
    (void)state;
    const struct hb_cpuset far = every(8065, 8191, 2);
    assert_int_equal(hb_cpuset_count(&far), 64);
    assert_int_equal(hb_cpuset_write(&far, text, sizeof text), 0);
    assert_int_equal(strlen(text), 64 * 5 - 1);
    assert_int_equal(hb_cpuset_parse(text, &back), 0);
    assert_true(hb_cpuset_equal(&back, &far));
    assert_int_equal(hb_cpuset_write(&far, text, 64 * 5), 0);
}

/* One byte less than it takes, wherever the end falls: nothing is better than a part. */
static void a_list_that_has_no_room_is_none(void **state)
{
    char text[64];
    (void)state;
    struct hb_cpuset set = every(10, 20, 1);
    hb_cpuset_add(&set, 30);
    assert_int_equal(hb_cpuset_write(&set, text, sizeof "10-20,30"), 0);
    for (size_t bytes = 1; bytes < sizeof "10-20,30"; bytes++) {
        assert_int_equal(hb_cpuset_write(&set, text, bytes), -1);
        assert_string_equal(text, "");
    }
}

static void what_is_no_list_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",   ",",  "1,",    "1,,2", "-1",     "1-",  "2-1", "a",
        "1 ", " 1", "1-2-3", "8192", "0-8192", "1;2", "+1",  "99999999999999999999"};
    struct hb_cpuset set;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (hb_cpuset_parse(wrong[i], &set) != -1)
            fail_msg("\"%s\" passed for a list", wrong[i]);
    }
    assert_int_equal(hb_cpuset_parse("3,1-2,2", &set), 0);
    assert_int_equal(hb_cpuset_count(&set), 3);
    assert_false(hb_cpuset_has(&set, 0));
    assert_false(hb_cpuset_has(&set, HB_CPUSET_MAX));
}

static void without_takes_away(void **state)
{
    (void)state;
    const struct hb_cpuset all = every(0, 200, 1), odd = every(1, 199, 2);
    const struct hb_cpuset even = every(0, 200, 2), rest = hb_cpuset_without(&all, &odd);
    assert_true(hb_cpuset_equal(&rest, &even));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_have_ranges),
        cmocka_unit_test(the_worst_of_a_worker_has_room),
        cmocka_unit_test(a_list_that_has_no_room_is_none),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(without_takes_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
