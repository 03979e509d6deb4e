/* Fields of a line, taken from its left: each moves *at behind what it took, or leaves it and says
 * no. A line ends with a NUL, which is no part of any field. Pure.
 * Read next: formats.h. */
#ifndef HB_TRACEIO_FIELDS_H
#define HB_TRACEIO_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

/* Digits, also with zeros in front; false without one, or beyond UINT64_MAX. */
bool hb_field_decimal(const char **at, uint64_t *value);

/* Hexadecimal digits of either case, without "0x". */
bool hb_field_hex(const char **at, uint64_t *value);

/* This word. */
bool hb_field_word(const char **at, const char *word);

/* Blanks and tabs, if there are any. */
void hb_field_blanks(const char **at);

/* 0 when value is 0, else the least n with 2^n >= value; false beyond 2^63. */
bool hb_field_align_log2(uint64_t value, uint8_t *log2);

#endif
