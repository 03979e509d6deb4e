/* run/repeats: how many invalid runs are made again, in short sessions and in long ones. */
#include "run/repeats.h"

#include "unit/cmocka.h"

static void a_quarter_of_the_plan_or_three(void **state)
{
    (void)state;
    static const struct {
        size_t planned, made;
        bool is_shared;
        uint32_t left;
    } cases[] = {
        {0, 0, false, 3},     {12, 0, false, 3},   {15, 0, false, 3},    {16, 0, false, 4},
        {400, 0, false, 100}, {400, 99, false, 1}, {400, 100, false, 0}, {400, 101, false, 0},
        {8, 2, false, 1},     {8, 3, false, 0},    {400, 0, true, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_repeats repeats = {.left = 77};
        hb_repeats_open(&repeats, cases[i].planned, cases[i].made, cases[i].is_shared);
        assert_int_equal(repeats.left, cases[i].left);
    }
}

static void a_run_is_made_three_times_at_most(void **state)
{
    (void)state;
    struct hb_repeats repeats;
    hb_repeats_open(&repeats, 12, 0, false);
    assert_int_equal(hb_repeats_settle(&repeats, 0), HB_STATUS_INVALID);
    assert_int_equal(hb_repeats_settle(&repeats, 1), HB_STATUS_INVALID);
    assert_int_equal(hb_repeats_settle(&repeats, 2), HB_STATUS_OK); /* as it is */
    assert_int_equal(repeats.left, 1);
    assert_int_equal(hb_repeats_settle(&repeats, 0), HB_STATUS_INVALID);
    assert_int_equal(hb_repeats_settle(&repeats, 0), HB_STATUS_OK); /* none is left */
    assert_int_equal(repeats.left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quarter_of_the_plan_or_three),
        cmocka_unit_test(a_run_is_made_three_times_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
