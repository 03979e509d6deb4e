/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
 * Pure. */
#ifndef HB_BASE_UTF8_H
#define HB_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character that text begins with, 1..4; 0 when it is not UTF-8 or left is 0. */
size_t hb_utf8_length(const char *text, size_t left);

/* True when bytes[0..size) are characters from end to end. */
bool hb_utf8_is_text(const char *bytes, size_t size);

/* The code point of the character text[0..length), as hb_utf8_length found it. */
unsigned long hb_utf8_code(const char *text, size_t length);

/* True when the character text[0..length), as hb_utf8_length found it, cannot be seen but makes a
 * terminal or a page do something: a control character (C0, DEL, C1), or one that turns the
 * direction of writing or begins a line. */
bool hb_utf8_is_control(const char *text, size_t length);

/* Puts '?' in place of every byte that is not part of a character. */
void hb_utf8_repair(char *text);

#endif
