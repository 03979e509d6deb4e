/* base/err: the first error is the one that is told, without control characters; and its exit code.
 */
#include "base/err.h"

#include "unit/cmocka.h"

#include <errno.h>

static void an_error_is_told_in_one_line(void **state)
{
    (void)state;
    struct hb_err err = {0};
    assert_int_equal(hb_err_set(&err, HB_ERR_USAGE, "%s:%d: odd", "a\nb\033", 7), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_string_equal(err.message, "a?b?:7: odd");
    err = (struct hb_err){0};
    assert_int_equal(hb_err_errno(&err, HB_ERR_SYSTEM, ENOENT, "cannot read %s", "x"), -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    assert_string_equal(err.message, "cannot read x: No such file or directory");
    err = (struct hb_err){0};
    assert_int_equal(hb_err_memory(&err, "x.json"), -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    assert_string_equal(err.message, "x.json: out of memory");
    err = (struct hb_err){0};
    assert_int_equal(hb_err_memory(&err, NULL), -1);
    assert_string_equal(err.message, "out of memory");
}

static void the_first_error_is_kept(void **state)
{
    (void)state;
    struct hb_err err = {0};
    (void)hb_err_set(&err, HB_ERR_INCOMPARABLE, "first");
    assert_int_equal(hb_err_set(&err, HB_ERR_SYSTEM, "second"), -1);
    assert_int_equal(hb_err_errno(&err, HB_ERR_SYSTEM, ENOENT, "third"), -1);
    assert_int_equal(hb_err_memory(&err, "fourth"), -1);
    assert_int_equal(err.kind, HB_ERR_INCOMPARABLE);
    assert_string_equal(err.message, "first");
    assert_int_equal(hb_err_set(NULL, HB_ERR_USAGE, "nobody asks"), -1);
    assert_int_equal(hb_err_errno(NULL, HB_ERR_USAGE, ENOENT, "nobody asks"), -1);
}

static void every_kind_has_its_exit_code(void **state)
{
    (void)state;
    assert_int_equal(hb_err_exit_code(HB_ERR_NONE), 0);
    assert_int_equal(hb_err_exit_code(HB_ERR_USAGE), 2);
    assert_int_equal(hb_err_exit_code(HB_ERR_SYSTEM), 3);
    assert_int_equal(hb_err_exit_code(HB_ERR_INCOMPARABLE), 5);
    assert_int_equal(hb_err_exit_code(HB_ERR_INTERRUPTED), 130);
    assert_int_equal(hb_err_exit_code((enum hb_err_kind)99), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_told_in_one_line),
        cmocka_unit_test(the_first_error_is_kept),
        cmocka_unit_test(every_kind_has_its_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
