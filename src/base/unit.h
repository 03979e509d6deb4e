/* Numbers as people write and read them: "20M", "16KiB", "10%", "60m" in; "95.9 M/s" out.
 * Pure and exact: integers only on the way in, no locale in either direction.
 * Read next: hakbench-profile(5), "NUMBERS". */
#ifndef HB_BASE_UNIT_H
#define HB_BASE_UNIT_H

#include "base/err.h"

#include <stdint.h>

/* Each parser takes the whole of text or fails: 0, or -1 with a message that quotes the text and
 * says what is accepted. A fraction is fine when the result is whole ("1.5k" is 1500); one
 * underscore may stand between two digits; one space may stand before the unit. */
int hb_unit_parse_count(const char *text, uint64_t *count, struct hb_err *err); /* k M G T */
int hb_unit_parse_bytes(const char *text, uint64_t *bytes,
                        struct hb_err *err); /* B kB MB GB TB KiB MiB GiB TiB */
int hb_unit_parse_share(const char *text, uint64_t *ppm,
                        struct hb_err *err); /* "10%", "0.1": parts per million */
int hb_unit_parse_duration(const char *text, uint64_t *ns,
                           struct hb_err *err); /* ns us ms s m h d, also "1h30m"; unit needed */

/* A whole number as programs write it: digits up to UINT64_MAX, no sign, blank or leading zero.
 * Returns where it ends, or NULL. */
const char *hb_unit_read_digits(const char *text, uint64_t *value);

/* Formatted text by value, so that a call can stand in an argument list:
 * printf("%s", hb_format_rate(x).text). NaN is "-", an infinity "inf". Three digits. */
struct hb_text {
    char text[40];
};
struct hb_text hb_format_rate(double per_s);    /* 95.9 M/s */
struct hb_text hb_format_ns(double ns);         /* 10.4 ns, 208 ms */
struct hb_text hb_format_bytes(double bytes);   /* 14.6 MiB, 512 B */
struct hb_text hb_format_duration(double s);    /* 450ms, 12.3s, 2m 05s, 1h 02m, 3d 04h */
struct hb_text hb_format_count(double count);   /* 1,234; 1,234.5 when not whole */
struct hb_text hb_format_tiny(double value);    /* 0, 1.2e-08, 0.25 */
struct hb_text hb_format_each(double value);    /* 0, 1.2e-08, 0.250, 42.524 of an operation */
struct hb_text hb_format_percent(double value); /* 3.21 %, 12.3 %, 104 % */

/* As a user would write them in a profile, so that the parsers above give the value back:
 * the largest unit that divides it ("20M", "64KiB", "12.5%"). */
struct hb_text hb_format_count_exact(uint64_t count);
struct hb_text hb_format_bytes_exact(uint64_t bytes);
struct hb_text hb_format_share_exact(uint64_t ppm);

/* The shortest text that reads back as the same double; whole numbers below 2^53 without a point
 * or an exponent. NaN and infinities are "null", as JSON has no word for them. */
struct hb_text hb_format_double(double value);

#endif
