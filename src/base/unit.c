/* Numbers as people write them: see unit.h. Numbers as people read them: format.c.
 * Integers only: "0.1" is 1 over 10^1, so that no rounding ever enters. */
#include "base/unit.h"

#include "base/quote.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define DECIMALS_MAX 18u

struct unit {
    const char *name;
    uint64_t factor;
};

#define KI UINT64_C(1024)
#define S  UINT64_C(1000000000)
static const struct unit count_units[] = {{"", 1},           {"k", 1000},     {"M", 1000000},
                                          {"G", 1000000000}, {"T", 1000 * S}, {NULL, 0}};
static const struct unit byte_units[] = {
    {"", 1},          {"B", 1},    {"kB", 1000},    {"MB", 1000000},     {"GB", S},
    {"TB", 1000 * S}, {"KiB", KI}, {"MiB", KI *KI}, {"GiB", KI *KI *KI}, {"TiB", KI *KI *KI *KI},
    {NULL, 0}};
static const struct unit share_units[] = {{"", 1000000}, {"%", 10000}, {NULL, 0}};
static const struct unit duration_units[] = {{"ns", 1},        {"us", 1000},  {"ms", 1000000},
                                             {"s", S},         {"m", 60 * S}, {"h", 3600 * S},
                                             {"d", 86400 * S}, {NULL, 0}};

enum outcome { READ, NOT_READ, TOO_LARGE, NOT_WHOLE };

/* mantissa / 10^decimals, as it was written. */
struct decimal {
    uint64_t mantissa;
    unsigned decimals;
    bool too_large;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void push_digit(struct decimal *number, char c)
{
    const uint64_t digit = (uint64_t)(c - '0');
    if (number->mantissa > (UINT64_MAX - digit) / 10)
        number->too_large = true;
    else
        number->mantissa = number->mantissa * 10 + digit;
}

const char *hb_unit_read_digits(const char *text, uint64_t *value)
{
    if (!is_digit(*text) || (*text == '0' && is_digit(text[1])))
        return NULL;
    for (*value = 0; is_digit(*text); text++) {
        const uint64_t digit = (uint64_t)(*text - '0');
        if (*value > (UINT64_MAX - digit) / 10)
            return NULL;
        *value = *value * 10 + digit;
    }
    return text;
}

/* Digits, and single underscores between them; returns where they end, or NULL without any. */
static const char *read_digits(const char *at, struct decimal *number)
{
    if (!is_digit(*at))
        return NULL;
    while (is_digit(*at)) {
        push_digit(number, *at++);
        if (at[0] == '_' && is_digit(at[1]))
            at++;
    }
    return at;
}

static const char *read_fraction(const char *at, struct decimal *number)
{
    if (!is_digit(*at))
        return NULL;
    for (; is_digit(*at); at++) {
        push_digit(number, *at);
        number->decimals++;
    }
    return at;
}

static const char *read_decimal(const char *at, struct decimal *number)
{
    *number = (struct decimal){0};
    at = read_digits(at, number);
    if (at && *at == '.')
        at = read_fraction(at + 1, number);
    return at;
}

static enum outcome scale(const struct decimal *number, uint64_t factor, uint64_t *value)
{
    if (number->too_large || number->decimals > DECIMALS_MAX)
        return TOO_LARGE;
    uint64_t divisor = 1;
    for (unsigned i = 0; i < number->decimals; i++)
        divisor *= 10;
    const unsigned __int128 scaled = (unsigned __int128)number->mantissa * factor;
    if (scaled / divisor > UINT64_MAX)
        return TOO_LARGE;
    if (scaled % divisor != 0)
        return NOT_WHOLE;
    *value = (uint64_t)(scaled / divisor);
    return READ;
}

static const struct unit *find_unit(const struct unit *units, const char *name, size_t length)
{
    for (; units->name; units++) {
        if (strlen(units->name) == length && memcmp(units->name, name, length) == 0)
            return units;
    }
    return NULL;
}

/* Letters up to a digit, a space or the end. */
static size_t unit_length(const char *at)
{
    return strcspn(at, " 0123456789");
}

/* One number with its unit; *end is what follows. */
static enum outcome read_part(const char *text, const struct unit *units, uint64_t *value,
                              const struct unit **unit, const char **end)
{
    struct decimal number;
    const char *at = read_decimal(text, &number);
    if (!at)
        return NOT_READ;
    if (*at == ' ' && at[1] != '\0')
        at++;
    const size_t length = unit_length(at);
    *unit = find_unit(units, at, length);
    *end = at + length;
    return *unit ? scale(&number, (*unit)->factor, value) : NOT_READ;
}

static int refuse(enum outcome outcome, const char *text, const char *what, const char *accepted,
                  struct hb_err *err)
{
    const struct hb_quote quote = hb_quote(text);
    if (outcome == TOO_LARGE)
        return hb_err_set(err, HB_ERR_USAGE, "%s is too large or too fine for %s: expected %s",
                          quote.text, what, accepted);
    if (outcome == NOT_WHOLE)
        return hb_err_set(err, HB_ERR_USAGE, "%s is finer than %s can be: expected %s", quote.text,
                          what, accepted);
    return hb_err_set(err, HB_ERR_USAGE, "%s is not %s: expected %s", quote.text, what, accepted);
}

static int parse(const char *text, const struct unit *units, const char *what, const char *accepted,
                 uint64_t *value, struct hb_err *err)
{
    const struct unit *unit;
    const char *end;
    uint64_t read = 0;
    enum outcome outcome = read_part(text, units, &read, &unit, &end);
    if (outcome == READ && *end != '\0')
        outcome = NOT_READ;
    if (outcome != READ)
        return refuse(outcome, text, what, accepted, err);
    *value = read;
    return 0;
}

int hb_unit_parse_count(const char *text, uint64_t *count, struct hb_err *err)
{
    return parse(text, count_units, "a count",
                 "a whole number, with k, M, G or T for thousands and on (\"400\", \"20M\")", count,
                 err);
}

int hb_unit_parse_bytes(const char *text, uint64_t *bytes, struct hb_err *err)
{
    return parse(text, byte_units, "a size",
                 "whole bytes, with KiB, MiB, GiB, TiB (1024s) or kB, MB, GB, TB (1000s) "
                 "(\"16\", \"64KiB\")",
                 bytes, err);
}

int hb_unit_parse_share(const char *text, uint64_t *ppm, struct hb_err *err)
{
    return parse(text, share_units, "a share",
                 "a fraction or a percentage, to the millionth (\"0.1\", \"10%\")", ppm, err);
}

/* Parts from the largest unit to the smallest, each at most once: "1h30m". */
static enum outcome read_duration(const char *text, uint64_t *ns)
{
    uint64_t last_factor = UINT64_MAX;
    *ns = 0;
    do {
        uint64_t part = 0;
        const struct unit *unit;
        const enum outcome outcome = read_part(text, duration_units, &part, &unit, &text);
        if (outcome != READ)
            return outcome;
        if (unit->factor >= last_factor)
            return NOT_READ;
        last_factor = unit->factor;
        if (part > UINT64_MAX - *ns)
            return TOO_LARGE;
        *ns += part;
        if (text[0] == ' ' && text[1] != '\0')
            text++;
    } while (*text != '\0');
    return READ;
}

int hb_unit_parse_duration(const char *text, uint64_t *ns, struct hb_err *err)
{
    uint64_t sum;
    const enum outcome outcome = read_duration(text, &sum);
    if (outcome != READ)
        return refuse(outcome, text, "a duration",
                      "a number with ns, us, ms, s, m, h or d (\"100s\", \"60m\", \"1h30m\")", err);
    *ns = sum;
    return 0;
}
