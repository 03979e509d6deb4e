/* A growing run of bytes: see buf.h. */
#include "base/buf.h"

#include "base/quote.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256u

static int fail(struct hb_buf *buf)
{
    buf->failed = true;
    return -1;
}

/* Doubling, or exactly what is needed where that is more; 0 when it does not fit a size_t. */
static size_t next_capacity(size_t capacity, size_t needed)
{
    const size_t doubled = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    const size_t wanted = doubled > needed ? doubled : needed;
    return wanted < FIRST_CAPACITY ? FIRST_CAPACITY : wanted;
}

int hb_buf_reserve(struct hb_buf *buf, size_t extra)
{
    if (buf->failed)
        return -1;
    if (extra >= SIZE_MAX - buf->size)
        return fail(buf);
    const size_t needed = buf->size + extra + 1;
    if (needed <= buf->capacity)
        return 0;
    const size_t capacity = next_capacity(buf->capacity, needed);
    char *bytes = realloc(buf->bytes, capacity);
    if (!bytes)
        return fail(buf);
    buf->bytes = bytes;
    buf->capacity = capacity;
    bytes[buf->size] = '\0';
    return 0;
}

int hb_buf_add(struct hb_buf *buf, const void *bytes, size_t size)
{
    if (hb_buf_reserve(buf, size) != 0)
        return -1;
    if (size > 0)
        memcpy(buf->bytes + buf->size, bytes, size);
    buf->size += size;
    buf->bytes[buf->size] = '\0';
    return 0;
}

int hb_buf_text(struct hb_buf *buf, const char *text)
{
    return hb_buf_add(buf, text, strlen(text));
}

int hb_buf_char(struct hb_buf *buf, char c)
{
    return hb_buf_add(buf, &c, 1);
}

int hb_buf_printf(struct hb_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    int result = -1;
    if (length < 0)
        (void)fail(buf);
    else if (hb_buf_reserve(buf, (size_t)length) == 0) {
        (void)vsnprintf(buf->bytes + buf->size, (size_t)length + 1, format, again);
        buf->size += (size_t)length;
        result = 0;
    }
    va_end(again);
    return result;
}

const char *hb_buf_string(const struct hb_buf *buf)
{
    return buf->bytes ? buf->bytes : "";
}

int hb_buf_check(const struct hb_buf *buf, struct hb_err *err)
{
    return buf->failed ? hb_err_memory(err, NULL) : 0;
}

char *hb_buf_take(struct hb_buf *buf)
{
    char *bytes = NULL;
    if (hb_buf_reserve(buf, 0) == 0) {
        bytes = buf->bytes;
        buf->bytes = NULL;
    }
    hb_buf_free(buf);
    return bytes;
}

void hb_buf_free(struct hb_buf *buf)
{
    free(buf->bytes);
    *buf = (struct hb_buf){0};
}

void hb_hide_controls_from(struct hb_buf *buf, size_t start)
{
    if (buf->size <= start)
        return;
    hb_hide_controls(buf->bytes + start);
    buf->size = start + strlen(buf->bytes + start);
}

void *hb_array_grown(void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return items;
    const size_t wanted = *capacity ? 2 * *capacity : 16;
    void *grown = reallocarray(items, wanted, item_bytes);
    if (grown)
        *capacity = wanted;
    return grown;
}
