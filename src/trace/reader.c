/* Traces read event by event: see reader.h. A block is read whole, its checksum is compared before
 * zstd sees it, and its columns are walked side by side; no column is read past its end, and each
 * must end with the block. */
#include "trace/reader.h"

#include "base/copy.h"
#include "base/quote.h"
#include "base/transfer.h"
#include "trace/course.h"
#include "trace/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

/* So many events are decoded at once, and the table's places for their blocks are asked for: by the
 * time that an event is handed out they have come from memory. With 2,000,000 live blocks that is
 * four of five waits. */
#define AHEAD 32u

struct hb_trace_reader {
    char name[HB_PATH_MAX];
    int fd;
    uint64_t size, first, end; /* blocks lie from first to end */
    uint64_t offset;           /* of the next block */
    struct hb_trace_header header;
    struct hb_course course; /* a block's value is its birth's time */
    bool failed;

    /* ---- the block that is being read ---- */
    struct hb_disk_head head;
    uint64_t block, block_offset; /* its number, from 1, and place */
    uint32_t left;                /* events of it */
    uint32_t thread;

    /* ---- its next events, decoded ahead ---- */
    struct hb_trace_event ahead[AHEAD];
    unsigned ahead_at, ahead_count;
    struct hb_trace_totals decoded; /* events, made, threads and time_ns after the last of them */
    uint32_t decoded_thread;
    struct hb_err ahead_err; /* of the event behind them */

    /* ---- bytes ---- */
    uint8_t *raw, *packed;
    const uint8_t *at[HB_COLUMNS], *ends[HB_COLUMNS];
    ZSTD_DCtx *zstd;
};

/* ---- bytes ---- */

/* All of them: the file is known to be so long. */
static int read_at(const struct hb_trace_reader *reader, uint64_t offset, void *to, size_t size,
                   struct hb_err *err)
{
    if (hb_transfer_read(reader->fd, to, size, offset) == size)
        return 0;
    if (errno)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot read", reader->name);
    return hb_err_set(err, HB_ERR_USAGE, "%s: has become shorter while it was read", reader->name);
}

/* ---- texts ---- */

/* A JSON of this size and XXH64 that stands at offset; the parse makes the header's fields of it.
 */
static int read_text(struct hb_trace_reader *reader, uint64_t offset, uint32_t size, uint64_t sum,
                     int (*parse)(const char *text, size_t size, const char *name,
                                  struct hb_trace_header *header, struct hb_err *err),
                     struct hb_err *err)
{
    char *text = malloc((size_t)size + 1);
    if (!text)
        return hb_err_memory(err, reader->name);
    int status = read_at(reader, offset, text, size, err);
    if (status == 0 && XXH64(text, size, 0) != sum)
        status = hb_err_set(err, HB_ERR_USAGE,
                            "%s: the text at byte %llu is damaged; expected the checksum %016llx",
                            reader->name, (unsigned long long)offset, (unsigned long long)sum);
    if (status == 0) {
        text[size] = '\0';
        status = parse(text, size, reader->name, &reader->header, err);
    }
    free(text);
    return status;
}

static int read_header(struct hb_trace_reader *reader, struct hb_err *err)
{
    uint8_t prefix[HB_DISK_PREFIX_BYTES];
    if (reader->size < sizeof prefix)
        return hb_err_set(err, HB_ERR_USAGE, "%s: no trace: expected %u bytes or more, found %llu",
                          reader->name, HB_DISK_PREFIX_BYTES, (unsigned long long)reader->size);
    if (read_at(reader, 0, prefix, sizeof prefix, err) != 0)
        return -1;
    if (memcmp(prefix, HB_DISK_MAGIC, 8) != 0)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s: no trace of hakbench: expected \"hbtrace\" as its first line; "
                          "`hakbench trace import` reads other tools' files",
                          reader->name);
    reader->header.version = hb_disk_u32(prefix + 8);
    if (reader->header.version != HB_TRACE_VERSION)
        return hb_err_set(err, HB_ERR_USAGE, "%s: a trace of version %u; expected %u", reader->name,
                          reader->header.version, HB_TRACE_VERSION);
    const uint32_t text_bytes = hb_disk_u32(prefix + 12);
    if (text_bytes > HB_DISK_TEXT_BYTES_MAX || text_bytes > reader->size - sizeof prefix)
        return hb_err_set(err, HB_ERR_USAGE, "%s: a header of %u bytes; expected at most %llu",
                          reader->name, text_bytes,
                          (unsigned long long)(reader->size - sizeof prefix));
    reader->first = sizeof prefix + text_bytes;
    if (read_text(reader, sizeof prefix, text_bytes, hb_disk_u64(prefix + 16), hb_disk_header_parse,
                  err) != 0)
        return -1;
    hb_hide_controls(reader->header.command);
    hb_hide_controls(reader->header.allocator);
    hb_hide_controls(reader->header.maker);
    return 0;
}

/* 1: the trailer is there and its fields are filled. 0: there is none, the file was cut off. */
static int read_trailer(struct hb_trace_reader *reader, struct hb_err *err)
{
    uint8_t end[HB_DISK_END_BYTES], prefix[HB_DISK_TRAILER_BYTES];
    const uint64_t least = HB_DISK_TRAILER_BYTES + HB_DISK_END_BYTES;
    if (reader->size - reader->first < least)
        return 0;
    if (read_at(reader, reader->size - sizeof end, end, sizeof end, err) != 0)
        return -1;
    if (memcmp(end + 8, HB_DISK_END_MAGIC, 8) != 0)
        return 0;
    const uint64_t place = hb_disk_u64(end);
    if (place < reader->first || place > reader->size - least)
        return hb_err_set(
            err, HB_ERR_USAGE, "%s: its trailer is at byte %llu; expected it from %llu to %llu",
            reader->name, (unsigned long long)place, (unsigned long long)reader->first,
            (unsigned long long)(reader->size - least));
    if (read_at(reader, place, prefix, sizeof prefix, err) != 0)
        return -1;
    const uint32_t text_bytes = hb_disk_u32(prefix + 4);
    if (hb_disk_u32(prefix) != HB_DISK_TRAILER_MAGIC || text_bytes > HB_DISK_TEXT_BYTES_MAX ||
        place + least + text_bytes != reader->size)
        return hb_err_set(err, HB_ERR_USAGE, "%s: byte %llu: expected a trailer (\"hbte\")",
                          reader->name, (unsigned long long)place);
    reader->end = place;
    reader->header.is_complete = true;
    hb_hide_controls(reader->header.end_note);
    return read_text(reader, place + sizeof prefix, text_bytes, hb_disk_u64(prefix + 8),
                     hb_disk_trailer_parse, err) == 0
               ? 1
               : -1;
}

/* ---- files that were cut off ---- */

/* False: zeros, as a machine leaves them that lost its power, or the beginning of a trailer. */
static bool begins_block(const uint8_t bytes[HB_DISK_HEAD_BYTES])
{
    const uint32_t magic = hb_disk_u32(bytes);
    return magic != 0 && magic != HB_DISK_TRAILER_MAGIC;
}

/* From head to head, to the end of the last block that is whole, whose sums are the trace's. What
 * is damaged before is found when it is read. */
static int scan_blocks(struct hb_trace_reader *reader, struct hb_err *err)
{
    struct hb_disk_head head;
    uint8_t bytes[HB_DISK_HEAD_BYTES];
    uint64_t offset = reader->first;
    reader->end = reader->size;
    while (reader->size - offset >= sizeof bytes) {
        if (read_at(reader, offset, bytes, sizeof bytes, err) != 0)
            return -1;
        if (!begins_block(bytes))
            break;
        if (hb_disk_head_read(bytes, &head, NULL) != 0)
            return 0;
        if (head.packed_bytes > reader->size - offset - sizeof bytes)
            break;
        offset += sizeof bytes + head.packed_bytes;
        reader->header.totals = head.after;
    }
    reader->end = offset;
    HB_COPY(reader->header.end_note,
            "the file was cut off: its recorder was ended, or is at work still");
    return 0;
}

/* ---- blocks ---- */

static int refuse_block(struct hb_trace_reader *reader, const struct hb_err *why,
                        struct hb_err *err)
{
    reader->failed = true;
    return hb_err_set(err, why->kind, "%s: block %llu (at byte %llu, event %llu): %s", reader->name,
                      (unsigned long long)reader->block, (unsigned long long)reader->block_offset,
                      (unsigned long long)reader->course.totals.events + 1, why->message);
}

static int split_columns(struct hb_trace_reader *reader, struct hb_err *err)
{
    const uint8_t *at = reader->raw + HB_COLUMNS_HEAD_BYTES;
    size_t left = reader->head.raw_bytes - HB_COLUMNS_HEAD_BYTES;
    for (size_t i = 0; i < HB_COLUMNS; i++) {
        const size_t bytes = hb_disk_u32(reader->raw + 4 * i);
        if (bytes > left)
            return hb_err_set(err, HB_ERR_USAGE, "column %zu of %zu bytes; expected at most %zu", i,
                              bytes, left);
        reader->at[i] = at;
        reader->ends[i] = at += bytes;
        left -= bytes;
    }
    if (left || reader->ends[HB_COLUMN_WHAT] - reader->at[HB_COLUMN_WHAT] != reader->head.events)
        return hb_err_set(err, HB_ERR_USAGE,
                          "columns that do not fill it; expected one of %u bytes "
                          "first, and %zu bytes fewer",
                          reader->head.events, left);
    return 0;
}

static int unpack(struct hb_trace_reader *reader, const uint8_t *head_bytes, struct hb_err *err)
{
    const struct hb_disk_head *head = &reader->head;
    if (hb_disk_checksum(head_bytes, reader->packed, head->packed_bytes) !=
        hb_disk_u64(head_bytes + HB_DISK_HEAD_SUMMED))
        return hb_err_set(err, HB_ERR_USAGE, "damaged; expected the checksum %016llx",
                          (unsigned long long)hb_disk_u64(head_bytes + HB_DISK_HEAD_SUMMED));
    const size_t got = ZSTD_decompressDCtx(reader->zstd, reader->raw, head->raw_bytes,
                                           reader->packed, head->packed_bytes);
    if (ZSTD_isError(got))
        return hb_err_set(err, HB_ERR_USAGE, "expected a zstd frame of %u bytes: %s",
                          head->raw_bytes, ZSTD_getErrorName(got));
    if (got != head->raw_bytes)
        return hb_err_set(err, HB_ERR_USAGE, "a zstd frame of %zu bytes; expected %u", got,
                          head->raw_bytes);
    return split_columns(reader, err);
}

/* It must go on where the one before has ended. */
static int check_before(const struct hb_trace_reader *reader, struct hb_err *err)
{
    const struct hb_trace_totals *is = &reader->course.totals, *said = &reader->head.before;
    if (said->events == is->events && said->made == is->made && said->threads == is->threads &&
        said->time_ns == is->time_ns && reader->head.last_thread == reader->thread)
        return 0;
    return hb_err_set(err, HB_ERR_USAGE,
                      "begins after %llu events, %llu blocks, %u threads and %llu ns; expected "
                      "%llu, %llu, %u and %llu",
                      (unsigned long long)said->events, (unsigned long long)said->made,
                      said->threads, (unsigned long long)said->time_ns,
                      (unsigned long long)is->events, (unsigned long long)is->made, is->threads,
                      (unsigned long long)is->time_ns);
}

static int load_block(struct hb_trace_reader *reader, struct hb_err *err)
{
    uint8_t bytes[HB_DISK_HEAD_BYTES];
    const uint64_t room = reader->end - reader->offset;
    if (room < sizeof bytes)
        return hb_err_set(err, HB_ERR_USAGE, "expected %u bytes for its head", HB_DISK_HEAD_BYTES);
    if (read_at(reader, reader->offset, bytes, sizeof bytes, err) != 0 ||
        hb_disk_head_read(bytes, &reader->head, err) != 0)
        return -1;
    const uint32_t packed_bytes = reader->head.packed_bytes;
    if (packed_bytes > room - sizeof bytes)
        return hb_err_set(err, HB_ERR_USAGE, "a zstd frame of %u bytes; expected at most %llu",
                          packed_bytes, (unsigned long long)(room - sizeof bytes));
    if (read_at(reader, reader->offset + sizeof bytes, reader->packed, packed_bytes, err) != 0 ||
        unpack(reader, bytes, err) != 0 || check_before(reader, err) != 0)
        return -1;
    reader->offset += sizeof bytes + packed_bytes;
    reader->left = reader->head.events;
    reader->decoded = reader->course.totals;
    reader->decoded_thread = reader->thread;
    reader->ahead_at = reader->ahead_count = 0;
    reader->ahead_err.kind = HB_ERR_NONE;
    return 0;
}

static int next_block(struct hb_trace_reader *reader, struct hb_err *err)
{
    struct hb_err own = {0};
    reader->block++;
    reader->block_offset = reader->offset;
    return load_block(reader, &own) == 0 ? 0 : refuse_block(reader, &own, err);
}

/* What stands in the head of its end, and nothing left of any column. */
static int end_block(struct hb_trace_reader *reader, struct hb_err *err)
{
    const struct hb_trace_totals *is = &reader->course.totals, *said = &reader->head.after;
    struct hb_err own = {0};
    for (size_t i = 0; i < HB_COLUMNS; i++) {
        if (reader->at[i] != reader->ends[i])
            (void)hb_err_set(&own, HB_ERR_USAGE, "column %zu has %td bytes too many", i,
                             reader->ends[i] - reader->at[i]);
    }
    if (said->live_bytes != is->live_bytes || said->live_blocks != is->live_blocks ||
        said->peak_live_bytes != is->peak_live_bytes || said->time_ns != is->time_ns ||
        said->made != is->made || said->threads != is->threads)
        (void)hb_err_set(
            &own, HB_ERR_USAGE, "ends with %llu live blocks of %llu bytes; expected %llu of %llu",
            (unsigned long long)said->live_blocks, (unsigned long long)said->live_bytes,
            (unsigned long long)is->live_blocks, (unsigned long long)is->live_bytes);
    return own.kind ? refuse_block(reader, &own, err) : 0;
}

/* ---- events ---- */

static bool get_long_varint(struct hb_trace_reader *reader, enum hb_disk_column column,
                            uint64_t *value)
{
    const uint8_t *end = hb_varint_get(reader->at[column], reader->ends[column], value);
    if (end)
        reader->at[column] = end;
    return end != NULL;
}

/* Most numbers have one byte. */
static inline bool get_varint(struct hb_trace_reader *reader, enum hb_disk_column column,
                              uint64_t *value)
{
    const uint8_t *at = reader->at[column];
    if (at == reader->ends[column] || *at >= 0x80)
        return get_long_varint(reader, column, value);
    *value = *at;
    reader->at[column] = at + 1;
    return true;
}

static int refuse_column(const char *column, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_USAGE, "expected a number of up to 64 bits in the column of %s",
                      column);
}

/* The block that the event is handed, as a distance from the one that would be made next. */
static int decode_old(struct hb_trace_reader *reader, uint64_t *id, struct hb_err *err)
{
    const uint64_t next = reader->decoded.made + 1;
    uint64_t distance;
    if (!get_varint(reader, HB_COLUMN_OLD, &distance))
        return refuse_column("old blocks", err);
    if (distance >= next)
        return hb_err_set(err, HB_ERR_USAGE,
                          "a block made %llu blocks ago; expected one of the %llu so far",
                          (unsigned long long)distance, (unsigned long long)next - 1);
    *id = distance ? next - distance : 0;
    return 0;
}

static int decode(struct hb_trace_reader *reader, struct hb_trace_event *event, struct hb_err *err)
{
    const uint8_t what = *reader->at[HB_COLUMN_WHAT]++;
    const unsigned number = what & HB_WHAT_FUNCTION;
    uint64_t thread = reader->decoded_thread, time;
    if (number >= HB_CALLS)
        return hb_err_set(err, HB_ERR_USAGE, "function %u; expected 0 to %d", number, HB_CALLS - 1);
    const struct hb_trace_function_info *function = &hb_trace_functions[number];
    *event = (struct hb_trace_event){.function = (uint8_t)number};
    if ((what & HB_WHAT_THREAD) && !get_varint(reader, HB_COLUMN_THREAD, &thread))
        return refuse_column("threads", err);
    if (thread > reader->decoded.threads)
        return hb_err_set(err, HB_ERR_USAGE, "thread %llu; expected at most %u",
                          (unsigned long long)thread, reader->decoded.threads);
    if (function->has_size && !get_varint(reader, HB_COLUMN_SIZE, &event->size))
        return refuse_column("sizes", err);
    uint64_t *handed = function->kind == HB_TRACE_FREE         ? &event->id
                       : function->kind == HB_TRACE_REALLOCATE ? &event->old_id
                                                               : NULL;
    if (handed && decode_old(reader, handed, err) != 0)
        return -1;
    if (function->has_alignment) {
        if (reader->at[HB_COLUMN_ALIGNMENT] == reader->ends[HB_COLUMN_ALIGNMENT])
            return refuse_column("alignments", err);
        event->align_log2 = *reader->at[HB_COLUMN_ALIGNMENT]++;
    }
    if (!get_varint(reader, HB_COLUMN_TIME, &time))
        return refuse_column("times", err);
    if (__builtin_add_overflow(reader->decoded.time_ns, time, &event->time_ns))
        return hb_err_set(err, HB_ERR_USAGE, "%llu ns later; expected a time below 2^64 ns",
                          (unsigned long long)time);
    if (function->kind <= HB_TRACE_REALLOCATE && !(what & HB_WHAT_NONE))
        event->id = reader->decoded.made + 1;
    else if (function->kind > HB_TRACE_REALLOCATE && (what & HB_WHAT_NONE))
        return hb_err_set(err, HB_ERR_USAGE, "%s that made no block; expected no mark of it",
                          function->name);
    event->thread = (uint32_t)thread;
    event->failed = function->kind <= HB_TRACE_REALLOCATE && !event->id && event->size;
    return 0;
}

/* Where the next event is decoded from. */
static void pass(struct hb_trace_reader *reader, const struct hb_trace_event *event)
{
    struct hb_trace_totals *decoded = &reader->decoded;
    const uint64_t made = hb_trace_made(event);
    if (made)
        decoded->made = made;
    decoded->time_ns = event->time_ns;
    decoded->threads += event->thread == decoded->threads;
    reader->decoded_thread = event->thread;
    hb_blocks_prefetch(&reader->course.blocks, made ? made : event->id);
    if (event->old_id)
        hb_blocks_prefetch(&reader->course.blocks, event->old_id);
}

/* What cannot be decoded is told when its turn comes. */
static void decode_ahead(struct hb_trace_reader *reader)
{
    const unsigned wanted = reader->left < AHEAD ? reader->left : AHEAD;
    reader->ahead_at = reader->ahead_count = 0;
    while (reader->ahead_count < wanted) {
        struct hb_trace_event *event = &reader->ahead[reader->ahead_count];
        if (decode(reader, event, &reader->ahead_err) != 0)
            return;
        pass(reader, event);
        reader->ahead_count++;
    }
}

static int refuse_event(struct hb_trace_reader *reader, const struct hb_err *why,
                        struct hb_err *err)
{
    reader->failed = true;
    return hb_err_set(err, why->kind, "%s: event %llu (of block %llu, at byte %llu): %s",
                      reader->name, (unsigned long long)reader->course.totals.events + 1,
                      (unsigned long long)reader->block, (unsigned long long)reader->block_offset,
                      why->message);
}

/* The blocks that were there before the recording stand first, at time 0. */
static int check_is_before(const struct hb_trace_reader *reader, const struct hb_trace_event *event,
                           struct hb_err *err)
{
    if (reader->course.totals.events >= reader->header.before ||
        (hb_trace_kind_of(event) == HB_TRACE_ALLOCATE && event->time_ns == 0))
        return 0;
    return hb_err_set(err, HB_ERR_USAGE,
                      "%s at %llu ns; expected %llu blocks from before, at time 0",
                      hb_trace_functions[event->function].name, (unsigned long long)event->time_ns,
                      (unsigned long long)reader->header.before);
}

static int next_event(struct hb_trace_reader *reader, struct hb_trace_event *event,
                      struct hb_err *err)
{
    struct hb_block_entry old;
    if (reader->ahead_at == reader->ahead_count && !reader->ahead_err.kind)
        decode_ahead(reader);
    if (reader->ahead_at == reader->ahead_count) {
        *err = reader->ahead_err;
        return -1;
    }
    *event = reader->ahead[reader->ahead_at++];
    if (check_is_before(reader, event, err) != 0 ||
        hb_course_take(&reader->course, event, event->time_ns, &old, err) != 0)
        return -1;
    reader->thread = event->thread;
    reader->left--;
    event->old = (struct hb_trace_birth){.size = old.size,
                                         .time_ns = old.value,
                                         .thread = old.thread,
                                         .function = old.function,
                                         .align_log2 = old.align_log2};
    return 0;
}

static int check_totals(struct hb_trace_reader *reader, struct hb_err *err)
{
    const struct hb_trace_totals *is = &reader->course.totals, *said = &reader->header.totals;
    if (!reader->header.is_complete ||
        (said->events == is->events && said->made == is->made && said->threads == is->threads &&
         said->live_blocks == is->live_blocks && said->live_bytes == is->live_bytes &&
         said->peak_live_bytes == is->peak_live_bytes && said->time_ns == is->time_ns))
        return 0;
    reader->failed = true;
    return hb_err_set(
        err, HB_ERR_USAGE,
        "%s: its trailer tells of %llu events and a peak of %llu live bytes; expected "
        "%llu and %llu",
        reader->name, (unsigned long long)said->events, (unsigned long long)said->peak_live_bytes,
        (unsigned long long)is->events, (unsigned long long)is->peak_live_bytes);
}

int hb_trace_next(struct hb_trace_reader *reader, struct hb_trace_event *event, struct hb_err *err)
{
    struct hb_err own; /* 1 KiB: too much to clear for every event */
    own.kind = HB_ERR_NONE;
    if (reader->failed)
        return hb_err_set(err, HB_ERR_USAGE, "%s: cannot be read any further", reader->name);
    if (reader->left == 0) {
        if (reader->offset == reader->end)
            return check_totals(reader, err);
        if (next_block(reader, err) != 0)
            return -1;
    }
    if (next_event(reader, event, &own) != 0)
        return refuse_event(reader, &own, err);
    return reader->left || end_block(reader, err) == 0 ? 1 : -1;
}

/* ---- from the first byte to the last ---- */

static int open_source(struct hb_trace_reader *reader, struct hb_err *err)
{
    if (read_header(reader, err) != 0)
        return -1;
    const int whole = read_trailer(reader, err);
    if (whole < 0 || (whole == 0 && scan_blocks(reader, err) != 0))
        return -1;
    reader->offset = reader->first;
    return 0;
}

static int reader_new(int fd, uint64_t size, const char *name, struct hb_trace_reader **reader,
                      struct hb_err *err)
{
    struct hb_trace_reader *made = calloc(1, sizeof *made);
    *reader = NULL;
    if (!made) {
        (void)close(fd);
        return hb_err_memory(err, name);
    }
    made->fd = fd;
    made->size = size;
    made->raw = malloc(HB_DISK_RAW_BYTES);
    made->packed = malloc(ZSTD_compressBound(HB_DISK_RAW_BYTES));
    made->zstd = ZSTD_createDCtx();
    HB_COPY(made->name, name);
    int status = made->raw && made->packed && made->zstd ? 0 : hb_err_memory(err, name);
    if (status == 0)
        status = open_source(made, err);
    if (status == 0)
        *reader = made;
    else
        hb_trace_close(made);
    return status;
}

int hb_trace_open(const char *path, struct hb_trace_reader **reader, struct hb_err *err)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *reader = NULL;
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot open", path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return hb_err_set(err, HB_ERR_USAGE, "%s: expected a regular file", path);
    }
    return reader_new(fd, (uint64_t)st.st_size, path, reader, err);
}

bool hb_trace_is_one(const char *path)
{
    char magic[8];
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const bool is_one = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                        pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
                        memcmp(magic, HB_DISK_MAGIC, sizeof magic) == 0;
    if (fd >= 0)
        (void)close(fd);
    return is_one;
}

const struct hb_trace_header *hb_trace_header_of(const struct hb_trace_reader *reader)
{
    return &reader->header;
}

int hb_trace_rewind(struct hb_trace_reader *reader, struct hb_err *err)
{
    if (reader->failed)
        return hb_err_set(err, HB_ERR_USAGE, "%s: cannot be read any further", reader->name);
    hb_course_free(&reader->course);
    reader->offset = reader->first;
    reader->block = 0;
    reader->left = reader->thread = 0;
    reader->ahead_at = reader->ahead_count = 0;
    reader->ahead_err.kind = HB_ERR_NONE;
    return 0;
}

const struct hb_trace_totals *hb_trace_so_far(const struct hb_trace_reader *reader)
{
    return &reader->course.totals;
}

int hb_trace_each_live(const struct hb_trace_reader *reader,
                       int (*each)(void *self, uint64_t id, const struct hb_trace_birth *birth),
                       void *self)
{
    const struct hb_blocks *blocks = &reader->course.blocks;
    int status = 0;
    for (size_t i = 0; blocks->entries && i <= blocks->mask && status == 0; i++) {
        const struct hb_block_entry *entry = &blocks->entries[i];
        const struct hb_trace_birth birth = {.size = entry->size,
                                             .time_ns = entry->value,
                                             .thread = entry->thread,
                                             .function = entry->function,
                                             .align_log2 = entry->align_log2};
        if (entry->name)
            status = each(self, entry->name, &birth);
    }
    return status;
}

void hb_trace_close(struct hb_trace_reader *reader)
{
    if (!reader)
        return;
    (void)close(reader->fd);
    hb_course_free(&reader->course);
    free(reader->raw);
    free(reader->packed);
    (void)ZSTD_freeDCtx(reader->zstd);
    free(reader);
}
