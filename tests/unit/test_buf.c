/* base/buf, base/quote, base/suggest, base/utf8: text that grows, is quoted, guessed, repaired. */
#include "unit/cmocka.h"

#include "base/buf.h"
#include "base/quote.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void zeroed_buffer_is_an_empty_string(void **state)
{
    (void)state;
    struct hb_buf buf = {0};
    assert_string_equal(hb_buf_string(&buf), "");
    assert_int_equal(hb_buf_check(&buf, NULL), 0);
    hb_buf_free(&buf);
}

static void additions_stand_in_order_and_end_in_a_nul(void **state)
{
    (void)state;
    struct hb_buf buf = {0};
    assert_int_equal(hb_buf_text(&buf, "ab"), 0);
    assert_int_equal(hb_buf_char(&buf, '-'), 0);
    assert_int_equal(hb_buf_printf(&buf, "%d/%s", 7, "x"), 0);
    assert_int_equal(hb_buf_add(&buf, NULL, 0), 0);
    assert_string_equal(hb_buf_string(&buf), "ab-7/x");
    assert_int_equal(buf.size, 6);
    hb_buf_free(&buf);
}

static void long_text_survives_every_growth(void **state)
{
    (void)state;
    struct hb_buf buf = {0};
    for (int i = 0; i < 100000; i++)
        assert_int_equal(hb_buf_printf(&buf, "%d,", i % 10), 0);
    assert_int_equal(buf.size, 200000);
    for (size_t i = 0; i < buf.size; i += 2)
        assert_int_equal(buf.bytes[i], '0' + (int)(i / 2 % 10));
    hb_buf_free(&buf);
}

static void failed_allocation_sticks_and_is_reported(void **state)
{
    (void)state;
    struct hb_buf buf = {0};
    struct hb_err err = {0};
    assert_int_equal(hb_buf_text(&buf, "x"), 0);
    assert_int_equal(hb_buf_reserve(&buf, SIZE_MAX), -1);
    assert_int_equal(hb_buf_text(&buf, "y"), -1);
    assert_string_equal(hb_buf_string(&buf), "x");
    assert_int_equal(hb_buf_check(&buf, &err), -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    assert_null(hb_buf_take(&buf));
}

static void taking_gives_the_bytes_away(void **state)
{
    (void)state;
    struct hb_buf buf = {0};
    char *empty = hb_buf_take(&buf);
    assert_string_equal(empty, "");
    (void)hb_buf_text(&buf, "mine");
    char *bytes = hb_buf_take(&buf);
    assert_string_equal(bytes, "mine");
    assert_null(buf.bytes);
    free(bytes);
    free(empty);
}

static void quote_hides_control_characters_and_cuts_between_characters(void **state)
{
    (void)state;
    char text[200];
    assert_string_equal(hb_quote("a\nb\x1b").text, "\"a?b?\"");
    assert_string_equal(hb_quote("").text, "\"\"");
    memset(text, 'x', 79);
    (void)strcpy(text + 79, "\xc3\xa9tail"); /* é across the cut */
    const struct hb_quoted cut = hb_quote(text);
    assert_int_equal(strlen(cut.text), 79 + 5);
    assert_string_equal(cut.text + 79, "x...\"");
}

static void suggestion_is_the_nearest_word_or_none(void **state)
{
    (void)state;
    static const char *const known[] = {"runs", "slices", "reference", "via"};
    char text[64];
    assert_string_equal(hb_suggest("rums", known, 4), "runs");
    assert_string_equal(hb_suggest("refrence", known, 4), "reference");
    assert_string_equal(hb_suggest("sliecs", known, 4), "slices");
    assert_string_equal(hb_suggest("vai", known, 4), "via");
    assert_null(hb_suggest("warmup", known, 4));
    assert_null(hb_suggest("", known, 4));
    assert_null(hb_suggest("runs", known, 0));
    assert_string_equal(hb_suggest_text("rums", known, 4, text, sizeof text),
                        " (did you mean \"runs\"?)");
    assert_string_equal(hb_suggest_text("warmup", known, 4, text, sizeof text), "");
}

static void utf8_length_refuses_what_rfc_3629_refuses(void **state)
{
    (void)state;
    static const char *const good[] = {"a",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xe2\x28\xa1"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(hb_utf8_length(good[i], strlen(good[i])), strlen(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(hb_utf8_length(bad[i], strlen(bad[i])), 0);
    assert_int_equal(hb_utf8_length("a", 0), 0);
}

static void repair_keeps_the_length_and_what_is_whole(void **state)
{
    (void)state;
    char text[] = "a\xff\xc3\xa9\xc3";
    hb_utf8_repair(text);
    assert_string_equal(text, "a?\xc3\xa9?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed_buffer_is_an_empty_string),
        cmocka_unit_test(additions_stand_in_order_and_end_in_a_nul),
        cmocka_unit_test(long_text_survives_every_growth),
        cmocka_unit_test(failed_allocation_sticks_and_is_reported),
        cmocka_unit_test(taking_gives_the_bytes_away),
        cmocka_unit_test(quote_hides_control_characters_and_cuts_between_characters),
        cmocka_unit_test(suggestion_is_the_nearest_word_or_none),
        cmocka_unit_test(utf8_length_refuses_what_rfc_3629_refuses),
        cmocka_unit_test(repair_keeps_the_length_and_what_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
