/* Small files of /proc, /sys and /etc, read under a root so that tests can give folders of their
 * own. Never an error: what is not there is false, and the text then says "unknown".
 * Read next: identity.c, noise_cpu.c (the users). */
#ifndef HB_HOST_HOSTFILE_H
#define HB_HOST_HOSTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first line of root + path, without its newline and spaces at the end. True when it could be
 * read and is not empty. text_bytes >= 8. */
bool hb_host_line(const char *root, const char *path, char *text, size_t text_bytes);

/* As much of the file as fits, ended by a NUL; false and "" when it cannot be read. */
bool hb_host_text(const char *root, const char *path, char *text, size_t text_bytes);

/* The whole number that the file starts with. *value is untouched when there is none. */
bool hb_host_number(const char *root, const char *path, int64_t *value);

/* Pure. The value of the first line of text that is key, spaces and separator: without spaces and
 * double quotes around it. False leaves "unknown". */
bool hb_host_field(const char *text, const char *key, char separator, char *value,
                   size_t value_bytes);

/* Pure. The word in [brackets] of a sysfs choice ("always [madvise] never"), in place; a text
 * without brackets stays. */
void hb_host_bracketed(char *text);

/* Pure. How many numbers a list such as "0-3,8" names; 0 for anything that is not one. */
unsigned hb_host_list_count(const char *list);

/* Pure. True when word is one of the words of text, which spaces separate. */
bool hb_host_has_word(const char *text, const char *word);

#endif
