/* A trace on disk: see disk.h. */
#include "trace/disk.h"

#include "base/json/json_fields.h"

#include <xxhash.h>
#include <zstd.h>

/* ---- heads ---- */

void hb_disk_head_write(const struct hb_disk_head *head, uint8_t bytes[HB_DISK_HEAD_BYTES])
{
    hb_disk_put_u32(bytes, HB_DISK_BLOCK_MAGIC);
    hb_disk_put_u32(bytes + 4, head->events);
    hb_disk_put_u64(bytes + 8, head->before.events);
    hb_disk_put_u64(bytes + 16, head->before.made);
    hb_disk_put_u64(bytes + 24, head->before.time_ns);
    hb_disk_put_u32(bytes + 32, head->before.threads);
    hb_disk_put_u32(bytes + 36, head->last_thread);
    hb_disk_put_u32(bytes + 40, head->raw_bytes);
    hb_disk_put_u32(bytes + 44, head->packed_bytes);
    hb_disk_put_u64(bytes + 48, head->after.live_bytes);
    hb_disk_put_u64(bytes + 56, head->after.live_blocks);
    hb_disk_put_u64(bytes + 64, head->after.peak_live_bytes);
    hb_disk_put_u64(bytes + 72, head->after.time_ns);
    hb_disk_put_u64(bytes + 80, head->after.made);
    hb_disk_put_u32(bytes + 88, head->after.threads);
    hb_disk_put_u32(bytes + 92, 0);
}

int hb_disk_head_read(const uint8_t bytes[HB_DISK_HEAD_BYTES], struct hb_disk_head *head,
                      struct hb_err *err)
{
    if (hb_disk_u32(bytes) != HB_DISK_BLOCK_MAGIC)
        return hb_err_set(err, HB_ERR_USAGE, "expected a block of events (\"hbtb\")");
    *head = (struct hb_disk_head){
        .events = hb_disk_u32(bytes + 4),
        .raw_bytes = hb_disk_u32(bytes + 40),
        .packed_bytes = hb_disk_u32(bytes + 44),
        .last_thread = hb_disk_u32(bytes + 36),
        .before = {.events = hb_disk_u64(bytes + 8),
                   .made = hb_disk_u64(bytes + 16),
                   .threads = hb_disk_u32(bytes + 32),
                   .time_ns = hb_disk_u64(bytes + 24)},
        .after = {.made = hb_disk_u64(bytes + 80),
                  .threads = hb_disk_u32(bytes + 88),
                  .live_blocks = hb_disk_u64(bytes + 56),
                  .live_bytes = hb_disk_u64(bytes + 48),
                  .peak_live_bytes = hb_disk_u64(bytes + 64),
                  .time_ns = hb_disk_u64(bytes + 72)},
    };
    if (head->events < 1 || head->events > HB_DISK_EVENTS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "a block of %u events; expected 1 to %u", head->events,
                          HB_DISK_EVENTS_MAX);
    if (head->raw_bytes < HB_COLUMNS_HEAD_BYTES + head->events ||
        head->raw_bytes > HB_COLUMNS_HEAD_BYTES + head->events * (2 + 4 * HB_VARINT_BYTES))
        return hb_err_set(err, HB_ERR_USAGE, "%u bytes for %u events; expected 2 to %u an event",
                          head->raw_bytes, head->events, 2 + 4 * HB_VARINT_BYTES);
    if (head->packed_bytes < 1 || head->packed_bytes > ZSTD_compressBound(HB_DISK_RAW_BYTES))
        return hb_err_set(err, HB_ERR_USAGE, "a zstd frame of %u bytes; expected 1 to %zu",
                          head->packed_bytes, ZSTD_compressBound(HB_DISK_RAW_BYTES));
    if (head->before.events > INT64_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "event %llu; expected one below 2^63",
                          (unsigned long long)head->before.events);
    head->after.events = head->before.events + head->events;
    return 0;
}

uint64_t hb_disk_checksum(const uint8_t head[HB_DISK_HEAD_BYTES], const uint8_t *packed,
                          size_t packed_bytes)
{
    return XXH64(packed, packed_bytes, XXH64(head, HB_DISK_HEAD_SUMMED, 0));
}

/* ---- texts ---- */

#define HEADER(kind, field) HB_FIELD(kind, struct hb_trace_header, field)
static const struct hb_json_field header_fields[] = {
    HEADER(TEXT, maker), HEADER(TEXT_OR_NULL, start),     HEADER(TEXT_OR_NULL, command),
    HEADER(U32, pid),    HEADER(TEXT_OR_NULL, allocator), HEADER(U64, sample_bytes),
    HEADER(U64, before),
};

#define TOTAL(kind, field) HB_FIELD_AS(kind, struct hb_trace_header, totals.field, #field)
static const struct hb_json_field trailer_fields[] = {
    TOTAL(U64, events),      TOTAL(U64, made),       TOTAL(U32, threads),
    TOTAL(U64, live_blocks), TOTAL(U64, live_bytes), TOTAL(U64, peak_live_bytes),
    TOTAL(U64, time_ns),     HEADER(U64, unseen),    HEADER(TEXT_OR_NULL, end_note),
};

static int write_text(const struct hb_json_field *fields, size_t count,
                      const struct hb_trace_header *header, struct hb_buf *text, struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    hb_json_put_fields(&writer, root, fields, count, header);
    return hb_json_finish(root, writer.failed, text, err);
}

int hb_disk_header_text(const struct hb_trace_header *header, struct hb_buf *text,
                        struct hb_err *err)
{
    return write_text(header_fields, HB_TABLE_COUNT(header_fields), header, text, err);
}

int hb_disk_trailer_text(const struct hb_trace_header *header, struct hb_buf *text,
                         struct hb_err *err)
{
    return write_text(trailer_fields, HB_TABLE_COUNT(trailer_fields), header, text, err);
}

static int parse_text(const char *text, size_t size, const char *name,
                      const struct hb_json_field *fields, size_t count,
                      struct hb_trace_header *header, struct hb_err *err)
{
    struct hb_json_source source = {.path = name, .text = text, .size = size};
    cJSON *root = hb_json_parse_source(&source, err);
    const int status = root ? hb_json_read_fields(&source, root, fields, count, header, err) : -1;
    cJSON_Delete(root);
    return status;
}

int hb_disk_header_parse(const char *text, size_t size, const char *name,
                         struct hb_trace_header *header, struct hb_err *err)
{
    return parse_text(text, size, name, header_fields, HB_TABLE_COUNT(header_fields), header, err);
}

int hb_disk_trailer_parse(const char *text, size_t size, const char *name,
                          struct hb_trace_header *header, struct hb_err *err)
{
    return parse_text(text, size, name, trailer_fields, HB_TABLE_COUNT(trailer_fields), header,
                      err);
}
