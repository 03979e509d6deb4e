/* Numbers as people write them: what is read is written back as the same number. */
#include "fuzz.h"

#include "base/unit.h"

typedef int parser(const char *, uint64_t *, struct hb_err *);
typedef struct hb_text writer(uint64_t);

static void check(const char *text, parser *parse, writer *write)
{
    uint64_t value = 0, again = 0;
    struct hb_err err = {0};
    if (parse(text, &value, &err) != 0) {
        check_refusal(&err);
        return;
    }
    HOLDS(err.kind == HB_ERR_NONE);
    if (!write)
        return;
    HOLDS(parse(write(value).text, &again, &err) == 0);
    HOLDS(again == value);
}

static void check_double(const uint8_t *data, size_t size)
{
    double value;
    if (size < sizeof value)
        return;
    memcpy(&value, data, sizeof value);
    const struct hb_text text = hb_format_double(value);
    if (strcmp(text.text, "null") != 0)
        HOLDS(strtod(text.text, NULL) == value);
    (void)hb_format_rate(value);
    (void)hb_format_ns(value);
    (void)hb_format_bytes(value);
    (void)hb_format_duration(value);
    (void)hb_format_count(value);
    (void)hb_format_tiny(value);
    (void)hb_format_percent(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    HOLDS(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    check(text, hb_unit_parse_count, hb_format_count_exact);
    check(text, hb_unit_parse_bytes, hb_format_bytes_exact);
    check(text, hb_unit_parse_share, hb_format_share_exact);
    check(text, hb_unit_parse_duration, NULL);
    check_double(data, size);
    free(text);
    return 0;
}
