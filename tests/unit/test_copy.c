/* base/copy and base/array: what does not fit is found, what grows keeps what it has. */
#include "unit/cmocka.h"

#include "base/buf.h"
#include "base/copy.h"

#include <stdlib.h>
#include <string.h>

static void text_that_fits_is_copied_whole(void **state)
{
    char room[6];
    (void)state;
    assert_true(HB_COPY(room, "12345"));
    assert_string_equal(room, "12345");
    assert_true(HB_COPY(room, ""));
    assert_string_equal(room, "");
}

static void text_that_does_not_fit_is_cut_between_characters(void **state)
{
    char room[6];
    (void)state;
    assert_false(HB_COPY(room, "123456"));
    assert_string_equal(room, "12345");
    assert_false(HB_COPY(room, "1234\xc3\xa9")); /* its last character has two bytes */
    assert_string_equal(room, "1234");
}

static void item_that_does_not_fit_is_left_out(void **state)
{
    char list[12] = "";
    (void)state;
    hb_copy_item(list, sizeof list, "one");
    hb_copy_item(list, sizeof list, "seventeen");
    hb_copy_item(list, sizeof list, "two");
    assert_string_equal(list, "one, two");
    hb_copy_item(list, sizeof list, "3");
    assert_string_equal(list, "one, two, 3");
    hb_copy_item(list, sizeof list, "");
    assert_string_equal(list, "one, two, 3");
}

static void path_of_the_greatest_length_is_made(void **state)
{
    char folder[HB_PATH_MAX], path[HB_PATH_MAX];
    struct hb_err err = {0};
    (void)state;
    memset(folder, 'a', sizeof folder);
    folder[HB_PATH_MAX - 6] = '\0';
    assert_int_equal(hb_copy_path(path, &err, "%s/name", folder), 0);
    assert_int_equal(strlen(path), HB_PATH_MAX - 1);
    assert_string_equal(path + HB_PATH_MAX - 6, "/name");
}

static void path_that_is_too_long_is_refused_and_not_cut(void **state)
{
    char folder[HB_PATH_MAX], path[HB_PATH_MAX];
    struct hb_err err = {0};
    (void)state;
    memset(folder, 'a', sizeof folder);
    folder[HB_PATH_MAX - 5] = '\0';
    assert_int_equal(hb_copy_path(path, &err, "%s/name", folder), -1);
    assert_string_equal(path, "");
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(err.message, "the path is longer than 1023 bytes"));
}

static void array_that_grows_keeps_its_items(void **state)
{
    size_t *items = NULL, capacity = 0;
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        items = hb_array_grown(items, i, &capacity, sizeof *items);
        assert_non_null(items);
        items[i] = i;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_fits_is_copied_whole),
        cmocka_unit_test(text_that_does_not_fit_is_cut_between_characters),
        cmocka_unit_test(item_that_does_not_fit_is_left_out),
        cmocka_unit_test(path_of_the_greatest_length_is_made),
        cmocka_unit_test(path_that_is_too_long_is_refused_and_not_cut),
        cmocka_unit_test(array_that_grows_keeps_its_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
