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
    assert_int_equal(hb_table_write(&table, &(struct hb_screen){0}, &out), 0);
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
    assert_int_equal(hb_table_write(&table, &(struct hb_screen){.voice = HB_VOICE_COLOUR}, &out),
                     0);
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
    const struct hb_screen screen = hb_screen_markdown();
    assert_int_equal(hb_table_write(&table, &screen, &out), 0);
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
    assert_int_equal(hb_table_write(&table, &(struct hb_screen){0}, &out), 0);
    assert_string_equal(out.bytes, "name    value  note\n"
                                   "-------------------\n"
                                   "a       12345  fine\n"
                                   "µ-long      7  a|b\n");
    hb_buf_free(&out);
    hb_table_free(&table);
}

/* What a table of 79 characters says on a screen of this width. */
static void narrow(size_t width, const char *expected)
{
    static const struct hb_column some[] = {
        HB_LEFT("a longer name for an allocator than most of us"), HB_RIGHT("mean", .late = 2),
        HB_RIGHT("CV", .late = 1), HB_LEFT("verdict")};
    struct hb_table table;
    struct hb_buf out = {0};
    const struct hb_screen screen = {.width = width};
    hb_table_init(&table, some, 4);
    hb_table_text(&table, "hakmem");
    hb_table_number(&table, HB_STYLE_PLAIN, "151 M/s");
    hb_table_number(&table, HB_STYLE_PLAIN, "1.97 %");
    hb_table_text(&table, "open");
    hb_table_aside(&table, " (86 runs?)");
    hb_table_text(&table, "floor");
    hb_table_number(&table, HB_STYLE_PLAIN, "153 M/s");
    hb_table_text(&table, "-");
    hb_table_text(&table, "the loop");
    assert_true(hb_table_write(&table, &screen, &out) >= 0);
    assert_string_equal(out.bytes, expected);
    hb_buf_free(&out);
    hb_table_free(&table);
}

static void a_unit_of_all_stands_in_the_heading(void **state)
{
    (void)state;
    narrow(0, "a longer name for an allocator than most of us  mean M/s  CV %  verdict\n"
              "-------------------------------------------------------------------------------\n"
              "hakmem                                               151  1.97  open (86 runs?)\n"
              "floor                                                153     -  the loop\n");
}

static void columns_give_way_then_asides(void **state)
{
    (void)state;
    narrow(70, "a longer name for an allocator than most of us  CV %  verdict\n"
               "---------------------------------------------------------------------\n"
               "hakmem                                          1.97  open (86 runs?)\n"
               "floor                                              -  the loop\n");
    narrow(60, "a longer name for an allocator than most of us  verdict\n"
               "--------------------------------------------------------\n"
               "hakmem                                          open\n"
               "floor                                           the loop\n");
}

static void what_does_not_fit_at_all_is_a_list(void **state)
{
    (void)state;
    narrow(18, "hakmem\n"
               "  verdict  open\n"
               "floor\n"
               "  verdict  the\n"
               "    loop\n");
}

static void a_screen_is_what_the_environment_says(void **state)
{
    (void)state;
    (void)setenv("COLUMNS", "63", 1);
    (void)setenv("LC_ALL", "C", 1);
    assert_int_equal(hb_screen_of(1).width, 63);
    assert_true(hb_screen_of(1).ascii);
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    (void)setenv("COLUMNS", "wide", 1);
    assert_false(hb_screen_of(1).ascii);
    assert_int_equal(hb_screen_of(-1).width, HB_SCREEN_WIDTH);
    assert_false(hb_screen_of(-1).wraps);
    (void)unsetenv("COLUMNS");
    hb_screen_wish.colour = HB_COLOUR_ALWAYS;
    assert_int_equal(hb_screen_of(-1).voice, HB_VOICE_COLOUR);
    hb_screen_wish.colour = HB_COLOUR_AUTO;
    (void)setenv("NO_COLOR", "1", 1);
    assert_int_equal(hb_screen_of(1).voice, HB_VOICE_PLAIN);
    (void)unsetenv("NO_COLOR");
    (void)setenv("TERM", "dumb", 1);
    assert_int_equal(hb_screen_of(1).voice, HB_VOICE_PLAIN);
}

static void signs_are_ascii_where_the_locale_is(void **state)
{
    struct hb_buf text = {0};
    (void)state;
    hb_buf_text(&text, "\xc3\x97"
                       "1.18 \xe2\x96\x81\xe2\x96\x88 \xe3\x82\xa6");
    hb_screen_apply(&(struct hb_screen){.ascii = true}, &text);
    assert_string_equal(text.bytes, "x1.18 _# \xe3\x82\xa6");
    hb_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_line_up_and_empty_ones_are_left_out),
        cmocka_unit_test(colour_changes_no_width),
        cmocka_unit_test(markdown_escapes_bars),
        cmocka_unit_test(a_terminal_has_no_details),
        cmocka_unit_test(a_unit_of_all_stands_in_the_heading),
        cmocka_unit_test(columns_give_way_then_asides),
        cmocka_unit_test(what_does_not_fit_at_all_is_a_list),
        cmocka_unit_test(a_screen_is_what_the_environment_says),
        cmocka_unit_test(signs_are_ascii_where_the_locale_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
