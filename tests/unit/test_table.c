/* Tables for people: widths, alignment, colour, Markdown. */
#include "report/write_text.h"

#include <stdlib.h>
#include <string.h>

#include "cmocka.h"

static const struct hb_column columns[] = {HB_LEFT("name"), HB_RIGHT("value"), HB_LEFT("empty"),
                                           HB_LEFT("note")};

static void fill(struct hb_table *table)
{
    hb_table_init(table, columns, 4);
    hb_table_add(table, HB_STYLE_PLAIN, "a");
    hb_table_add(table, HB_STYLE_PLAIN, "%d", 12345);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    hb_table_add(table, HB_STYLE_GOOD, "fine");
    hb_table_add(table, HB_STYLE_PLAIN, "µ-long");
    hb_table_add(table, HB_STYLE_PLAIN, "%d", 7);
    hb_table_add(table, HB_STYLE_PLAIN, "%s", "");
    hb_table_add(table, HB_STYLE_PLAIN, "a|b");
}

static void columns_line_up_and_empty_ones_are_left_out(void **state)
{
    struct hb_table table;
    struct hb_buf out = {0};
    (void)state;
    fill(&table);
    assert_int_equal(hb_table_write(&table, false, &out), 0);
    assert_string_equal(out.bytes, "name    value  note\n"
                                   "-------------------\n"
                                   "a       12345  fine\n"
                                   "µ-long      7  a|b\n");
    hb_buf_free(&out);
    hb_table_free(&table);
}

static void colour_changes_no_width(void **state)
{
    struct hb_table table;
    struct hb_buf out = {0};
    (void)state;
    fill(&table);
    assert_int_equal(hb_table_write(&table, true, &out), 0);
    assert_non_null(strstr(out.bytes, "a       12345  \033[32mfine\033[0m\n"));
    hb_buf_free(&out);
    hb_table_free(&table);
}

static void markdown_escapes_bars(void **state)
{
    struct hb_table table;
    struct hb_buf out = {0};
    (void)state;
    fill(&table);
    assert_int_equal(hb_table_write_markdown(&table, &out), 0);
    assert_string_equal(out.bytes, "| name | value | note |\n| --- | --: | --- |\n"
                                   "| a | 12345 | fine |\n| µ-long | 7 | a\\|b |\n");
    hb_buf_free(&out);
    hb_table_free(&table);
}

static void a_terminal_has_no_details(void **state)
{
    struct hb_table table;
    struct hb_buf out = {0};
    (void)state;
    fill(&table);
    hb_table_detail(&table);
    for (int c = 0; c < 4; c++)
        hb_table_sign(&table, HB_STYLE_BAD, "!", "a detail that is long");
    assert_int_equal(hb_table_rows(&table, true), 3);
    assert_int_equal(hb_table_rows(&table, false), 2);
    assert_int_equal(hb_table_write(&table, false, &out), 0);
    assert_string_equal(out.bytes, "name    value  note\n"
                                   "-------------------\n"
                                   "a       12345  fine\n"
                                   "µ-long      7  a|b\n");
    hb_buf_free(&out);
    hb_table_free(&table);
}

static void no_color_is_respected(void **state)
{
    (void)state;
    (void)setenv("NO_COLOR", "1", 1);
    assert_false(hb_colour_wanted(1));
    (void)unsetenv("NO_COLOR");
    (void)setenv("TERM", "dumb", 1);
    assert_false(hb_colour_wanted(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_line_up_and_empty_ones_are_left_out),
        cmocka_unit_test(colour_changes_no_width),
        cmocka_unit_test(markdown_escapes_bars),
        cmocka_unit_test(a_terminal_has_no_details),
        cmocka_unit_test(no_color_is_respected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
