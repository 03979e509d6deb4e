/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
 * Pure. */
#ifndef HB_BASE_UTF8_H
#define HB_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character that text begins with, 1..4; 0 when it is not UTF-8 or left is 0. */
size_t hb_utf8_length(const char *text, size_t left);

/* Puts '?' in place of every byte that is not part of a character. */
void hb_utf8_repair(char *text);

#endif
