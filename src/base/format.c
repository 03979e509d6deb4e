/* Numbers as people read them: the hb_format functions of unit.h.
 * Whatever the locale's decimal point is, what comes out has a '.'. */
#include "base/copy.h"
#include "base/unit.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

/* Every run of bytes that no number has is the locale's decimal point. */
static void normalise_point(char *text)
{
    static const char number_bytes[] = "0123456789+-einfa";
    char *out = text;
    while (*text) {
        if (strchr(number_bytes, *text)) {
            *out++ = *text++;
            continue;
        }
        *out++ = '.';
        while (*text && !strchr(number_bytes, *text))
            text++;
    }
    *out = '\0';
}

static struct hb_text fixed(int decimals, double value)
{
    struct hb_text out;
    (void)snprintf(out.text, sizeof out.text, fabs(value) < 1e18 ? "%.*f" : "%.*g",
                   fabs(value) < 1e18 ? decimals : 3, value);
    normalise_point(out.text);
    return out;
}

static struct hb_text plain(const char *text)
{
    struct hb_text out;
    HB_COPY(out.text, text);
    return out;
}

static struct hb_text with_unit(struct hb_text number, const char *space, const char *unit)
{
    struct hb_text out;
    (void)snprintf(out.text, sizeof out.text, "%.26s%s%.10s", number.text, space, unit);
    return out;
}

static struct hb_text not_finite(double value)
{
    if (isnan(value))
        return plain("-");
    return plain(value > 0 ? "inf" : "-inf");
}

static int decimals_of_three_digits(double value)
{
    const double size = fabs(value);
    return size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
}

static struct hb_text three_digits(double value)
{
    return fixed(decimals_of_three_digits(value), value);
}

/* Scales by base until fewer than four digits are left, or the units end. */
static struct hb_text scaled(double value, double base, const char *const *units, const char *space)
{
    if (!isfinite(value))
        return not_finite(value);
    size_t i = 0;
    for (; fabs(value) >= base - 0.5 && units[i + 1]; i++)
        value /= base;
    return with_unit(three_digits(value), space, units[i]);
}

struct hb_text hb_format_rate(double per_s)
{
    static const char *const units[] = {"/s", "k/s", "M/s", "G/s", "T/s", NULL};
    return scaled(per_s, 1000, units, " ");
}

struct hb_text hb_format_ns(double ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s", NULL};
    return scaled(ns, 1000, units, " ");
}

struct hb_text hb_format_bytes(double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", NULL};
    if (fabs(bytes) < 1023.5 && bytes == floor(bytes))
        return with_unit(fixed(0, bytes), " ", "B");
    return scaled(bytes, 1024, units, " ");
}

struct hb_text hb_format_percent(double value)
{
    if (!isfinite(value))
        return not_finite(value);
    return with_unit(three_digits(value), " ", "%");
}

/* "2m 05s": two units, the smaller one to two digits. */
static struct hb_text two_units(double smaller, unsigned in_larger, const char *larger_unit,
                                const char *smaller_unit)
{
    struct hb_text out;
    const double larger = floor(smaller / in_larger);
    (void)snprintf(out.text, sizeof out.text, "%.18s%s %02.0f%s", fixed(0, larger).text,
                   larger_unit, smaller - larger * in_larger, smaller_unit);
    return out;
}

struct hb_text hb_format_duration(double s)
{
    static const char *const short_units[] = {"ns", "us", "ms", "s", NULL};
    if (!isfinite(s))
        return not_finite(s);
    if (s < 0.9995)
        return scaled(s * 1e9, 1000, short_units, "");
    if (s < 59.95)
        return with_unit(fixed(1, s), "", "s");
    if (s < 3599.5)
        return two_units(floor(s + 0.5), 60, "m", "s");
    if (s < 86370)
        return two_units(floor(s / 60 + 0.5), 60, "h", "m");
    return two_units(floor(s / 3600 + 0.5), 24, "d", "h");
}

/* Commas between groups of three in the digits before the point. */
static struct hb_text grouped(const char *number)
{
    struct hb_text out;
    size_t size = 0;
    if (*number == '-')
        out.text[size++] = *number++;
    for (size_t left = strcspn(number, "."); left > 0; left--) {
        out.text[size++] = *number++;
        if (left % 3 == 1 && left > 1)
            out.text[size++] = ',';
    }
    (void)snprintf(out.text + size, sizeof out.text - size, "%s", number);
    return out;
}

struct hb_text hb_format_count(double count)
{
    if (!isfinite(count))
        return not_finite(count);
    if (fabs(count) >= 1e15)
        return hb_format_double(count);
    const struct hb_text number = fixed(count == floor(count) ? 0 : 1, count);
    return grouped(number.text);
}

struct hb_text hb_format_each(double value)
{
    if (!(fabs(value) >= 0.01 && fabs(value) < 1e6))
        return hb_format_tiny(value);
    struct hb_text out;
    (void)snprintf(out.text, sizeof out.text, "%.3f", value);
    normalise_point(out.text);
    return out;
}

struct hb_text hb_format_tiny(double value)
{
    if (!isfinite(value))
        return not_finite(value);
    if (value == 0)
        return plain("0");
    if (fabs(value) >= 1000)
        return hb_format_count(value);
    struct hb_text out;
    if (fabs(value) < 0.01)
        (void)snprintf(out.text, sizeof out.text, "%.1e", value);
    else
        (void)snprintf(out.text, sizeof out.text, "%.3g", value);
    normalise_point(out.text);
    return out;
}

struct exact_unit {
    uint64_t factor;
    const char *name;
};

static struct hb_text exact(uint64_t value, const struct exact_unit *units)
{
    struct hb_text out;
    while (value == 0 ? units->factor != 1 : value % units->factor != 0)
        units++;
    (void)snprintf(out.text, sizeof out.text, "%llu%s", (unsigned long long)(value / units->factor),
                   units->name);
    return out;
}

struct hb_text hb_format_count_exact(uint64_t count)
{
    static const struct exact_unit units[] = {
        {1000000000000, "T"}, {1000000000, "G"}, {1000000, "M"}, {1000, "k"}, {1, ""}};
    return exact(count, units);
}

struct hb_text hb_format_bytes_exact(uint64_t bytes)
{
    static const struct exact_unit units[] = {{UINT64_C(1) << 40, "TiB"},
                                              {UINT64_C(1) << 30, "GiB"},
                                              {UINT64_C(1) << 20, "MiB"},
                                              {UINT64_C(1) << 10, "KiB"},
                                              {1, ""}};
    return exact(bytes, units);
}

struct hb_text hb_format_share_exact(uint64_t ppm)
{
    struct hb_text out;
    int size = snprintf(out.text, sizeof out.text, "%llu.%04llu", (unsigned long long)(ppm / 10000),
                        (unsigned long long)(ppm % 10000));
    while (size > 0 && out.text[size - 1] == '0')
        size--;
    if (size > 0 && out.text[size - 1] == '.')
        size--;
    memcpy(out.text + size, "%", 2);
    return out;
}

struct hb_text hb_format_double(double value)
{
    struct hb_text out;
    if (!isfinite(value))
        return plain("null");
    if (value == floor(value) && fabs(value) < WHOLE_MAX)
        return fixed(0, value);
    /* 15 digits are always kept and %g drops zeros at their end; only subnormals need fewer. */
    for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        (void)snprintf(out.text, sizeof out.text, "%.*g", digits, value);
        if (strtod(out.text, NULL) == value)
            break;
    }
    normalise_point(out.text);
    return out;
}
