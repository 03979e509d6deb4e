/* A growing run of bytes, always ended by a NUL that is not counted; and arrays that grow by an
 * item. Never aborts: a failed allocation sticks and is reported once, by hb_buf_check. A zeroed
 * one is empty and valid to free. */
#ifndef HB_BASE_BUF_H
#define HB_BASE_BUF_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct hb_buf {
    char *bytes; /* NULL until something was added */
    size_t size, capacity;
    bool failed; /* an allocation failed: everything added since is lost */
};

/* Each returns 0, or -1 when there is no memory (now or ever before); size is then unchanged. */
int hb_buf_reserve(struct hb_buf *buf, size_t extra); /* room for extra bytes and the NUL */
int hb_buf_add(struct hb_buf *buf, const void *bytes, size_t size);
int hb_buf_text(struct hb_buf *buf, const char *text);
int hb_buf_char(struct hb_buf *buf, char c);
int hb_buf_printf(struct hb_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The text so far; "" when nothing was added. Valid until the next call that adds. */
const char *hb_buf_string(const struct hb_buf *buf);

/* 0, or -1 with "out of memory" when any addition failed. */
int hb_buf_check(const struct hb_buf *buf, struct hb_err *err);

/* hb_hide_controls of everything from this byte on. */
void hb_hide_controls_from(struct hb_buf *buf, size_t start);

/* Gives up the bytes: the caller frees them. NULL when an addition failed. buf is empty after. */
char *hb_buf_take(struct hb_buf *buf);

void hb_buf_free(struct hb_buf *buf);

/* Room for one item more behind items[0..count), of item_bytes each: *capacity doubles where there
 * is none. The array, which may have moved; NULL without memory, and then items is what it was. */
void *hb_array_grown(void *items, size_t count, size_t *capacity, size_t item_bytes);

#endif
