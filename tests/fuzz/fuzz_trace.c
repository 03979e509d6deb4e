/* Traces: a file is read to its end or refused with a message, whatever it is. The input is either
 * a file, or, as no checksum is ever guessed, the columns of blocks that this makes a file of. What
 * was read in full is written again, and reads the same. */
#include "fuzz.h"

#include "../trace_bytes.h"

#include "trace/disk.h"
#include "trace/reader.h"
#include "trace/writer.h"

#include <stdio.h>
#include <xxhash.h>
#include <zstd.h>

#define FILE_BYTES ((size_t)1 << 20)

static uint8_t *put_header(uint8_t *to, uint64_t before)
{
    const struct hb_trace_header header = {.maker = "fuzz", .before = before};
    struct hb_buf text = {0};
    HOLDS(hb_disk_header_text(&header, &text, NULL) == 0);
    memcpy(to, HB_DISK_MAGIC, 8);
    hb_disk_put_u32(to + 8, HB_TRACE_VERSION);
    hb_disk_put_u32(to + 12, (uint32_t)text.size);
    hb_disk_put_u64(to + 16, XXH64(text.bytes, text.size, 0));
    memcpy(to + HB_DISK_PREFIX_BYTES, text.bytes, text.size);
    to += HB_DISK_PREFIX_BYTES + text.size;
    hb_buf_free(&text);
    return to;
}

/* Of a block: its head without checksum and sizes, and how long its columns are, then the columns.
 */
static size_t make_file(const uint8_t *data, size_t size, uint8_t *file)
{
    uint8_t *to = put_header(file, data[0] & 3);
    const uint8_t *at = data + 1, *end = data + size;
    while ((size_t)(end - at) >= HB_DISK_HEAD_SUMMED + 2) {
        const size_t wanted = at[0] | (size_t)at[1] << 8,
                     left = (size_t)(end - at) - 2 - HB_DISK_HEAD_SUMMED;
        const size_t raw = wanted < left ? wanted : left;
        if ((size_t)(to - file) + HB_DISK_HEAD_BYTES + ZSTD_compressBound(raw) > FILE_BYTES)
            break;
        memcpy(to, at + 2, HB_DISK_HEAD_SUMMED);
        at += 2 + HB_DISK_HEAD_SUMMED;
        const size_t packed =
            ZSTD_compress(to + HB_DISK_HEAD_BYTES, ZSTD_compressBound(raw), at, raw, 1);
        hb_disk_put_u32(to, HB_DISK_BLOCK_MAGIC);
        hb_disk_put_u32(to + 40, (uint32_t)raw);
        hb_disk_put_u32(to + 44, (uint32_t)packed);
        hb_disk_put_u64(to + HB_DISK_HEAD_SUMMED,
                        hb_disk_checksum(to, to + HB_DISK_HEAD_BYTES, packed));
        to += HB_DISK_HEAD_BYTES + packed;
        at += raw;
    }
    return (size_t)(to - file);
}

static void read_trace(const uint8_t *bytes, size_t size)
{
    struct hb_trace_reader *reader;
    struct hb_trace_writer *writer;
    struct hb_trace_event event;
    struct hb_err err = {0};
    int status;
    if (trace_open_bytes(bytes, size, &reader, &err) != 0) {
        check_refusal(&err);
        HOLDS(!reader);
        return;
    }
    HOLDS(hb_trace_create("/dev/null", hb_trace_header_of(reader), &writer, &err) == 0);
    uint64_t count = 0;
    while ((status = hb_trace_next(reader, &event, &err)) == 1) {
        count++;
        HOLDS(hb_trace_put(writer, &event, &err) == 0);
    }
    HOLDS(hb_trace_so_far(reader)->events == count || status < 0);
    if (status < 0) {
        check_refusal(&err);
        HOLDS(hb_trace_next(reader, &event, &err) == -1);
    } else {
        HOLDS(memcmp(hb_trace_so_far(reader), hb_trace_written(writer),
                     sizeof(struct hb_trace_totals)) == 0);
        HOLDS(hb_trace_header_of(reader)->totals.events == count);
        HOLDS(hb_trace_rewind(reader, &err) == 0);
    }
    hb_trace_close(reader);
    (void)hb_trace_end(writer, 0, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FILE_BYTES];
    if (size >= 8 && memcmp(data, HB_DISK_MAGIC, 8) == 0)
        read_trace(data, size);
    else if (size)
        read_trace(file, make_file(data, size, file));
    return 0;
}
