/* Text copied into the rooms that structs have for it, and paths put together and taken apart: what
 * does not fit is found. Never allocates.
 * Read next: err.h. */
#ifndef HB_BASE_COPY_H
#define HB_BASE_COPY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define HB_NAME_MAX   64
#define HB_PATH_MAX   1024
#define HB_REASON_MAX 512

/* Copies as much of text as fits, never a part of a character. True when it was all of it. */
bool hb_copy_text(char *room, size_t room_bytes, const char *text);

/* The same into a room that is an array. */
#define HB_COPY(room, text) hb_copy_text((room), sizeof(room), (text))

/* Adds an item to a list, "a, b"; one that does not fit is left out whole, an
 * empty one is none. */
void hb_copy_item(char *list, size_t list_bytes, const char *item);

/* Formats a path. -1 with HB_ERR_USAGE when it is too long: path is then "". */
int hb_copy_path(char path[HB_PATH_MAX], struct hb_err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The name in a path: what follows its last slash. */
const char *hb_path_name(const char *path);

/* Bytes of a file's name before this ending (".json"); 0 when it has another, or nothing before. */
size_t hb_path_stem(const char *name, const char *ending);

#endif
