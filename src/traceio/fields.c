/* See fields.h. */
#include "traceio/fields.h"

#include <string.h>

bool hb_field_decimal(const char **at, uint64_t *value)
{
    const char *c = *at;
    uint64_t sum = 0;
    for (; *c >= '0' && *c <= '9'; c++) {
        const uint64_t digit = (uint64_t)(*c - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (c == *at)
        return false;
    *at = c;
    *value = sum;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool hb_field_hex(const char **at, uint64_t *value)
{
    const char *c = *at;
    uint64_t sum = 0;
    for (int digit; (digit = hex_digit(*c)) >= 0; c++) {
        if (sum >> 60)
            return false;
        sum = sum << 4 | (uint64_t)digit;
    }
    if (c == *at)
        return false;
    *at = c;
    *value = sum;
    return true;
}

bool hb_field_word(const char **at, const char *word)
{
    const size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

void hb_field_blanks(const char **at)
{
    while (**at == ' ' || **at == '\t')
        ++*at;
}

bool hb_field_align_log2(uint64_t value, uint8_t *log2)
{
    *log2 = value > 1 ? (uint8_t)(64 - __builtin_clzll(value - 1)) : 0;
    return *log2 < 64;
}
