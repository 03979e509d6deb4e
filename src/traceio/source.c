/* See source.h. */
#include "traceio/source.h"

#include "traceio/unpack.h"

#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int hb_source_open(const char *path, struct hb_source *source, struct hb_err *err)
{
    *source = (struct hb_source){.path = path, .bytes = malloc(HB_SOURCE_LINE_MAX + 1)};
    if (!source->bytes)
        return hb_err_memory(err, path);
    if (hb_unpack_open(path, &source->unpacked, err) == 0)
        return 0;
    hb_source_close(source);
    return -1;
}

/* Reads behind what is there, which moves to the front. 1, 0: nothing more or no room, -1. */
static int fill(struct hb_source *s, struct hb_err *err)
{
    if (s->at > 0) {
        memmove(s->bytes, s->bytes + s->at, s->filled - s->at);
        s->seen -= s->at;
        s->filled -= s->at;
        s->at = 0;
    }
    const size_t room = HB_SOURCE_LINE_MAX - s->filled;
    if (s->is_over || room == 0)
        return 0;
    const ssize_t count = hb_unpack_read(s->unpacked, s->bytes + s->filled, room, err);
    if (count < 0)
        return -1;
    s->filled += (size_t)count;
    s->is_over = count == 0;
    return count > 0;
}

int hb_source_head(struct hb_source *s, const char **bytes, size_t *size, struct hb_err *err)
{
    int status = 1;
    while (s->filled < HB_SOURCE_HEAD_MAX && status > 0)
        status = fill(s, err);
    s->bytes[s->filled] = '\0';
    *bytes = s->bytes;
    *size = s->filled < HB_SOURCE_HEAD_MAX ? s->filled : HB_SOURCE_HEAD_MAX;
    return status < 0 ? -1 : 0;
}

int hb_source_line(struct hb_source *s, char **line, size_t *length, struct hb_err *err)
{
    char *end;
    int status = 1;
    while ((end = memchr(s->bytes + s->seen, '\n', s->filled - s->seen)) == NULL && status > 0) {
        s->seen = s->filled;
        status = fill(s, err);
    }
    if (status < 0)
        return -1;
    if (!end && s->at == s->filled)
        return 0;
    s->number++;
    if (!end && !s->is_over)
        return hb_source_refuse(s, err, "the line is longer than %zu bytes", HB_SOURCE_LINE_MAX);
    const size_t size = (size_t)(end ? end - s->bytes : (ptrdiff_t)s->filled) - s->at;
    *line = s->bytes + s->at;
    s->at += size + (end != NULL);
    s->seen = s->at;
    *length = size > 0 && (*line)[size - 1] == '\r' ? size - 1 : size;
    (*line)[*length] = '\0';
    return 1;
}

int hb_source_record(struct hb_source *s, size_t size, const unsigned char **record,
                     struct hb_err *err)
{
    int status = 1;
    s->has_records = true;
    while (s->filled - s->at < size && status > 0)
        status = fill(s, err);
    if (status < 0)
        return -1;
    if (s->filled == s->at)
        return 0;
    s->number++;
    if (s->filled - s->at < size)
        return hb_source_refuse(s, err, "expected %zu bytes, found %zu", size, s->filled - s->at);
    *record = (const unsigned char *)s->bytes + s->at;
    s->at += size;
    return 1;
}

int hb_source_refuse(const struct hb_source *s, struct hb_err *err, const char *format, ...)
{
    char what[768];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return hb_err_set(err, HB_ERR_USAGE, s->has_records ? "%s: record %llu: %s" : "%s:%llu: %s",
                      s->path, (unsigned long long)s->number, what);
}

int hb_source_expected(const struct hb_source *s, const char *expected, const char *found,
                       struct hb_err *err)
{
    return hb_source_refuse(s, err, "expected %s, found %s", expected, hb_quote(found).text);
}

void hb_source_close(struct hb_source *s)
{
    hb_unpack_close(s->unpacked);
    free(s->bytes);
    *s = (struct hb_source){0};
}
