/* base/unit: numbers as people write and read them. */
#include "unit/comma_locale.h"

#include "base/unit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef int parser(const char *, uint64_t *, struct hb_err *);

static void gives(parser *parse, const char *text, uint64_t expected)
{
    uint64_t value = 0;
    struct hb_err err = {0};
    if (parse(text, &value, &err) != 0)
        fail_msg("\"%s\": %s", text, err.message);
    if (value != expected)
        fail_msg("\"%s\": %llu", text, (unsigned long long)value);
}

static void refuses(parser *parse, const char *text)
{
    uint64_t value = 77;
    struct hb_err err = {0};
    assert_int_equal(parse(text, &value, &err), -1);
    assert_int_equal(value, 77);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(err.message, "expected"));
    assert_null(strchr(err.message, '\n'));
}

static void counts_have_si_units(void **state)
{
    (void)state;
    gives(hb_unit_parse_count, "0", 0);
    gives(hb_unit_parse_count, "007", 7);
    gives(hb_unit_parse_count, "400", 400);
    gives(hb_unit_parse_count, "20M", 20000000);
    gives(hb_unit_parse_count, "20 M", 20000000);
    gives(hb_unit_parse_count, "1.5k", 1500);
    gives(hb_unit_parse_count, "2.0", 2);
    gives(hb_unit_parse_count, "20_000_000", 20000000);
    gives(hb_unit_parse_count, "3G", 3000000000);
    gives(hb_unit_parse_count, "1T", 1000000000000);
    gives(hb_unit_parse_count, "18446744073709551615", UINT64_MAX);
}

static void counts_refuse_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",    " ",     "-1",  "+1",  "1.",    ".5",   "1,5",   "0x10", "1e6", "20Q",
        "M",   "20 ",   " 20", "2 0", "20MM",  "20m",  "20K",   "1__0", "_1",  "1_",
        "1.5", "0.1k5", "NaN", "inf", "1.2.3", "20M ", "20  M", "1_.5", "\n",  "2\xc2\xb5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses(hb_unit_parse_count, bad[i]);
}

static void overflow_is_refused_and_never_wraps(void **state)
{
    (void)state;
    refuses(hb_unit_parse_count, "18446744073709551616");
    refuses(hb_unit_parse_count, "99999999999999999999999999999999999999999999");
    refuses(hb_unit_parse_count, "18446744074G");
    refuses(hb_unit_parse_count, "0.00000000000000000000000000000001");
    refuses(hb_unit_parse_bytes, "16777216TiB");
    gives(hb_unit_parse_bytes, "16777215TiB", UINT64_C(16777215) << 40);
    refuses(hb_unit_parse_duration, "213504d");
    refuses(hb_unit_parse_duration, "213503d24h");
    gives(hb_unit_parse_duration, "18446744073s709551615ns", UINT64_MAX);
    refuses(hb_unit_parse_duration, "18446744073s709551616ns");
    gives(hb_unit_parse_duration, "213503d", UINT64_C(213503) * 86400 * 1000000000);
}

static void bytes_tell_1000_from_1024(void **state)
{
    (void)state;
    gives(hb_unit_parse_bytes, "16", 16);
    gives(hb_unit_parse_bytes, "16B", 16);
    gives(hb_unit_parse_bytes, "64KiB", 65536);
    gives(hb_unit_parse_bytes, "64kB", 64000);
    gives(hb_unit_parse_bytes, "1.5MiB", 1572864);
    gives(hb_unit_parse_bytes, "14.5 MiB", 15204352);
    gives(hb_unit_parse_bytes, "1GB", 1000000000);
    gives(hb_unit_parse_bytes, "2TiB", UINT64_C(2) << 40);
    refuses(hb_unit_parse_bytes, "64K");
    refuses(hb_unit_parse_bytes, "64k");
    refuses(hb_unit_parse_bytes, "64KB");
    refuses(hb_unit_parse_bytes, "64Ki");
    refuses(hb_unit_parse_bytes, "0.3B");
}

static void shares_are_exact_to_the_millionth(void **state)
{
    (void)state;
    gives(hb_unit_parse_share, "10%", 100000);
    gives(hb_unit_parse_share, "0.1", 100000);
    gives(hb_unit_parse_share, "0.3", 300000);
    gives(hb_unit_parse_share, "12.5 %", 125000);
    gives(hb_unit_parse_share, "1", 1000000);
    gives(hb_unit_parse_share, "0", 0);
    gives(hb_unit_parse_share, "0.000001", 1);
    refuses(hb_unit_parse_share, "0.0000001");
    refuses(hb_unit_parse_share, "%");
    refuses(hb_unit_parse_share, "10%%");
    refuses(hb_unit_parse_share, "-10%");
}

static void durations_need_units_and_go_down(void **state)
{
    (void)state;
    gives(hb_unit_parse_duration, "100s", UINT64_C(100000000000));
    gives(hb_unit_parse_duration, "60m", UINT64_C(3600000000000));
    gives(hb_unit_parse_duration, "1h30m", UINT64_C(5400000000000));
    gives(hb_unit_parse_duration, "2m 05s", UINT64_C(125000000000));
    gives(hb_unit_parse_duration, "0.5s", 500000000);
    gives(hb_unit_parse_duration, "10ns", 10);
    gives(hb_unit_parse_duration, "1d", UINT64_C(86400000000000));
    refuses(hb_unit_parse_duration, "60");
    refuses(hb_unit_parse_duration, "30m1h");
    refuses(hb_unit_parse_duration, "1m1m");
    refuses(hb_unit_parse_duration, "1m 30");
    refuses(hb_unit_parse_duration, "1m ");
    refuses(hb_unit_parse_duration, "0.5ns");
    refuses(hb_unit_parse_duration, "");
}

static void message_quotes_the_text_and_says_what_is_accepted(void **state)
{
    (void)state;
    struct hb_err err = {0};
    uint64_t value;
    (void)hb_unit_parse_bytes("64K", &value, &err);
    assert_non_null(strstr(err.message, "\"64K\""));
    assert_non_null(strstr(err.message, "KiB"));
}

static void rates_have_three_digits(void **state)
{
    (void)state;
    assert_string_equal(hb_format_rate(95.94e6).text, "95.9 M/s");
    assert_string_equal(hb_format_rate(999.4).text, "999 /s");
    assert_string_equal(hb_format_rate(999.6).text, "1.00 k/s");
    assert_string_equal(hb_format_rate(9.996e6).text, "10.0 M/s");
    assert_string_equal(hb_format_rate(0).text, "0.00 /s");
    assert_string_equal(hb_format_rate(-1.5e9).text, "-1.50 G/s");
    assert_string_equal(hb_format_rate((double)NAN).text, "-");
    assert_string_equal(hb_format_rate((double)INFINITY).text, "inf");
    assert_string_equal(hb_format_rate(1e300).text, "1e+288 T/s");
}

static void times_bytes_and_percentages_have_units(void **state)
{
    (void)state;
    assert_string_equal(hb_format_ns(10.42).text, "10.4 ns");
    assert_string_equal(hb_format_ns(208123456).text, "208 ms");
    assert_string_equal(hb_format_ns(5e12).text, "5000 s");
    assert_string_equal(hb_format_bytes(512).text, "512 B");
    assert_string_equal(hb_format_bytes(0).text, "0 B");
    assert_string_equal(hb_format_bytes(1023).text, "1023 B");
    assert_string_equal(hb_format_bytes(1024).text, "1.00 KiB");
    assert_string_equal(hb_format_bytes(15309209).text, "14.6 MiB");
    assert_string_equal(hb_format_bytes(1047552 + 900).text, "1.00 MiB");
    assert_string_equal(hb_format_percent(3.214).text, "3.21 %");
    assert_string_equal(hb_format_percent(104.2).text, "104 %");
}

static void durations_have_two_units(void **state)
{
    (void)state;
    assert_string_equal(hb_format_duration(0.45).text, "450ms");
    assert_string_equal(hb_format_duration(0).text, "0.00ns");
    assert_string_equal(hb_format_duration(12.34).text, "12.3s");
    assert_string_equal(hb_format_duration(59.96).text, "1m 00s");
    assert_string_equal(hb_format_duration(125).text, "2m 05s");
    assert_string_equal(hb_format_duration(3599.6).text, "1h 00m");
    assert_string_equal(hb_format_duration(3720).text, "1h 02m");
    assert_string_equal(hb_format_duration(86400 * 3 + 3600 * 4).text, "3d 04h");
    assert_string_equal(hb_format_duration((double)NAN).text, "-");
}

static void counts_are_grouped_by_thousands(void **state)
{
    (void)state;
    assert_string_equal(hb_format_count(0).text, "0");
    assert_string_equal(hb_format_count(999).text, "999");
    assert_string_equal(hb_format_count(1234).text, "1,234");
    assert_string_equal(hb_format_count(20000000).text, "20,000,000");
    assert_string_equal(hb_format_count(-1234567.5).text, "-1,234,567.5");
    assert_string_equal(hb_format_count(1e15).text, "1000000000000000");
    assert_string_equal(hb_format_count(DBL_MAX).text, "1.7976931348623157e+308");
}

static void tiny_numbers_keep_two_digits(void **state)
{
    (void)state;
    assert_string_equal(hb_format_tiny(0).text, "0");
    assert_string_equal(hb_format_tiny(1.23e-8).text, "1.2e-08");
    assert_string_equal(hb_format_tiny(0.25).text, "0.25");
    assert_string_equal(hb_format_tiny(1234).text, "1,234");
}

static void exact_texts_read_back(void **state)
{
    (void)state;
    static const uint64_t values[] = {0,
                                      1,
                                      999,
                                      1000,
                                      1039,
                                      1024,
                                      65536,
                                      20000000,
                                      1500000,
                                      UINT64_MAX,
                                      UINT64_C(1) << 60,
                                      125000,
                                      100000,
                                      3};
    assert_string_equal(hb_format_count_exact(20000000).text, "20M");
    assert_string_equal(hb_format_bytes_exact(65536).text, "64KiB");
    assert_string_equal(hb_format_share_exact(125000).text, "12.5%");
    assert_string_equal(hb_format_share_exact(100000).text, "10%");
    assert_string_equal(hb_format_share_exact(0).text, "0%");
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        gives(hb_unit_parse_count, hb_format_count_exact(values[i]).text, values[i]);
        gives(hb_unit_parse_bytes, hb_format_bytes_exact(values[i]).text, values[i]);
        gives(hb_unit_parse_share, hb_format_share_exact(values[i]).text, values[i]);
    }
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void double_texts_read_back_to_the_last_bit(void **state)
{
    (void)state;
    static const double special[] = {0.0,
                                     -0.0,
                                     0.1,
                                     1.0 / 3,
                                     DBL_MAX,
                                     DBL_MIN,
                                     5e-324,
                                     1e15,
                                     9007199254740991,
                                     9007199254740992.0,
                                     1e22,
                                     -1e-300,
                                     123.456,
                                     4.35,
                                     2.2250738585072011e-308};
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        assert_int_equal(bits_of(strtod(hb_format_double(special[i]).text, NULL)),
                         bits_of(special[i]));
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        double value;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        memcpy(&value, &random, sizeof value);
        if (isfinite(value))
            assert_int_equal(bits_of(strtod(hb_format_double(value).text, NULL)), random);
    }
}

static void double_texts_are_short(void **state)
{
    (void)state;
    assert_string_equal(hb_format_double(0.1).text, "0.1");
    assert_string_equal(hb_format_double(20000000).text, "20000000");
    assert_string_equal(hb_format_double(9007199254740991).text, "9007199254740991");
    assert_string_equal(hb_format_double(5e-324).text, "5e-324");
    assert_string_equal(hb_format_double((double)NAN).text, "null");
    assert_string_equal(hb_format_double((double)-INFINITY).text, "null");
}

static void numbers_have_a_point_in_every_locale(void **state)
{
    (void)state;
    if (!comma_locale_set())
        skip();
    assert_string_equal(localeconv()->decimal_point, ",");
    assert_string_equal(hb_format_rate(95.94e6).text, "95.9 M/s");
    assert_string_equal(hb_format_double(0.1).text, "0.1");
    assert_string_equal(hb_format_double(1.0 / 3).text, "0.3333333333333333");
    assert_string_equal(hb_format_tiny(1.23e-8).text, "1.2e-08");
    gives(hb_unit_parse_share, "0.1", 100000);
    (void)setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_have_si_units),
        cmocka_unit_test(counts_refuse_everything_else),
        cmocka_unit_test(overflow_is_refused_and_never_wraps),
        cmocka_unit_test(bytes_tell_1000_from_1024),
        cmocka_unit_test(shares_are_exact_to_the_millionth),
        cmocka_unit_test(durations_need_units_and_go_down),
        cmocka_unit_test(message_quotes_the_text_and_says_what_is_accepted),
        cmocka_unit_test(rates_have_three_digits),
        cmocka_unit_test(times_bytes_and_percentages_have_units),
        cmocka_unit_test(durations_have_two_units),
        cmocka_unit_test(counts_are_grouped_by_thousands),
        cmocka_unit_test(tiny_numbers_keep_two_digits),
        cmocka_unit_test(exact_texts_read_back),
        cmocka_unit_test(double_texts_read_back_to_the_last_bit),
        cmocka_unit_test(double_texts_are_short),
        cmocka_unit_test(numbers_have_a_point_in_every_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
