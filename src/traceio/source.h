/* A foreign trace as lines or records, in 1 MiB whatever its length. The position of what was given
 * last is what messages name: "FILE:LINE: ...", or "FILE: record N: ...".
 * Read next: formats.h. */
#ifndef HB_TRACEIO_SOURCE_H
#define HB_TRACEIO_SOURCE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest line: heaptrack's names of C++ templates have some 10 KiB. */
#define HB_SOURCE_LINE_MAX ((size_t)1 << 20)
/* How much of the beginning a format is recognised by. */
#define HB_SOURCE_HEAD_MAX ((size_t)1 << 16)

struct hb_source {
    const char *path; /* the caller's */
    uint64_t number;  /* of the line or record given last, from 1; 0 before */
    bool has_records; /* and no lines */
    struct hb_unpacked *unpacked;
    char *bytes;             /* [HB_SOURCE_LINE_MAX + 1] */
    size_t at, seen, filled; /* given up to, searched up to, there */
    bool is_over;            /* of the file */
};

/* HB_ERR_USAGE when the file cannot be opened (unpack.h). A zeroed one is valid to close. */
int hb_source_open(const char *path, struct hb_source *source, struct hb_err *err);

/* What the text begins with: all of it, or HB_SOURCE_HEAD_MAX bytes, and a NUL at or behind their
 * end. Before any line was given. */
int hb_source_head(struct hb_source *source, const char **bytes, size_t *size, struct hb_err *err);

/* The next line without its end (LF or CR LF), with a NUL behind it; there may be NULs in it. Valid
 * until the next call. 1, 0 at the end, -1: HB_ERR_USAGE when it is longer than allowed. */
int hb_source_line(struct hb_source *source, char **line, size_t *length, struct hb_err *err);

/* The next record of `size` bytes, not aligned. 1, 0 at the end, -1: part of one stands there. */
int hb_source_record(struct hb_source *source, size_t size, const unsigned char **record,
                     struct hb_err *err);

/* HB_ERR_USAGE with the position of what was given last; -1. */
int hb_source_refuse(const struct hb_source *source, struct hb_err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same: "expected ..., found ..." with what stands there, quoted. */
int hb_source_expected(const struct hb_source *source, const char *expected, const char *found,
                       struct hb_err *err);

void hb_source_close(struct hb_source *source);

#endif
