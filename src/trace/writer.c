/* Traces written event by event: see writer.h. Events gather in columns of fixed room; a full block
 * is packed and goes to the file in one write. */
#include "trace/writer.h"

#include "base/copy.h"
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

/* Level 1 packs some 400 MB/s; level 3 takes half as long again for 5 % less. */
#define LEVEL 1

static const size_t column_bytes[HB_COLUMNS] = {
    [HB_COLUMN_WHAT] = HB_DISK_EVENTS_MAX,
    [HB_COLUMN_THREAD] = HB_DISK_EVENTS_MAX * HB_VARINT_BYTES,
    [HB_COLUMN_SIZE] = HB_DISK_EVENTS_MAX * HB_VARINT_BYTES,
    [HB_COLUMN_OLD] = HB_DISK_EVENTS_MAX * HB_VARINT_BYTES,
    [HB_COLUMN_ALIGNMENT] = HB_DISK_EVENTS_MAX,
    [HB_COLUMN_TIME] = HB_DISK_EVENTS_MAX * HB_VARINT_BYTES,
};

struct hb_trace_writer {
    char name[HB_PATH_MAX];
    int fd;
    bool owns_fd, failed;
    uint64_t offset; /* bytes of the file that are whole blocks */
    struct hb_trace_header header;
    struct hb_course course; /* a block's value is its id */
    uint32_t last_thread;
    struct hb_disk_head head; /* of the block that is being filled */
    uint8_t *columns[HB_COLUMNS], *ends[HB_COLUMNS];
    uint8_t *raw, *packed; /* packed: the head's bytes, then the frame's */
    size_t packed_room;
    ZSTD_CCtx *zstd;
};

/* ---- to the disk ---- */

static int write_all(struct hb_trace_writer *writer, const void *bytes, size_t size,
                     struct hb_err *err)
{
    const uint8_t *at = bytes;
    for (size_t left = size; left;) {
        const ssize_t written = write(writer->fd, at, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            const int errnum = written < 0 ? errno : ENOSPC;
            writer->failed = true;
            /* What is behind the last whole block is no event yet. A pipe has no length to cut. */
            (void)!ftruncate(writer->fd, (off_t)writer->offset);
            (void)lseek(writer->fd, (off_t)writer->offset, SEEK_SET);
            return hb_err_errno(err, HB_ERR_SYSTEM, errnum, "%s: cannot write past byte %llu",
                                writer->name, (unsigned long long)writer->offset);
        }
        at += written;
        left -= (size_t)written;
    }
    writer->offset += size;
    return 0;
}

/* Magic and sizes before, XXH64 between, the text behind. */
static int frame_text(const uint8_t *before, size_t before_bytes, const struct hb_buf *text,
                      struct hb_buf *out, struct hb_err *err)
{
    uint8_t sum[8];
    hb_disk_put_u64(sum, XXH64(text->bytes, text->size, 0));
    (void)hb_buf_add(out, before, before_bytes);
    (void)hb_buf_add(out, sum, sizeof sum);
    (void)hb_buf_add(out, text->bytes, text->size);
    return hb_buf_check(out, err);
}

static int write_header(struct hb_trace_writer *writer, struct hb_err *err)
{
    struct hb_buf text = {0}, out = {0};
    uint8_t prefix[16] = HB_DISK_MAGIC;
    int status = hb_disk_header_text(&writer->header, &text, err);
    hb_disk_put_u32(prefix + 8, HB_TRACE_VERSION);
    hb_disk_put_u32(prefix + 12, (uint32_t)text.size);
    if (status == 0)
        status = frame_text(prefix, sizeof prefix, &text, &out, err);
    if (status == 0)
        status = write_all(writer, out.bytes, out.size, err);
    hb_buf_free(&text);
    hb_buf_free(&out);
    return status;
}

static int write_trailer(struct hb_trace_writer *writer, struct hb_err *err)
{
    struct hb_buf text = {0}, out = {0};
    uint8_t prefix[8], end[HB_DISK_END_BYTES];
    int status = hb_disk_trailer_text(&writer->header, &text, err);
    hb_disk_put_u32(prefix, HB_DISK_TRAILER_MAGIC);
    hb_disk_put_u32(prefix + 4, (uint32_t)text.size);
    hb_disk_put_u64(end, writer->offset);
    memcpy(end + 8, HB_DISK_END_MAGIC, 8);
    if (status == 0)
        status = frame_text(prefix, sizeof prefix, &text, &out, err);
    if (status == 0 && hb_buf_add(&out, end, sizeof end) != 0)
        status = hb_buf_check(&out, err);
    if (status == 0)
        status = write_all(writer, out.bytes, out.size, err);
    hb_buf_free(&text);
    hb_buf_free(&out);
    return status;
}

/* ---- blocks ---- */

static void begin_block(struct hb_trace_writer *writer)
{
    const struct hb_trace_totals *totals = &writer->course.totals;
    writer->head = (struct hb_disk_head){.last_thread = writer->last_thread,
                                         .before = {.events = totals->events,
                                                    .made = totals->made,
                                                    .threads = totals->threads,
                                                    .time_ns = totals->time_ns}};
    memcpy(writer->ends, writer->columns, sizeof writer->ends);
}

static size_t gather_columns(struct hb_trace_writer *writer)
{
    uint8_t *to = writer->raw + HB_COLUMNS_HEAD_BYTES;
    for (size_t i = 0; i < HB_COLUMNS; i++) {
        const size_t bytes = (size_t)(writer->ends[i] - writer->columns[i]);
        hb_disk_put_u32(writer->raw + 4 * i, (uint32_t)bytes);
        memcpy(to, writer->columns[i], bytes);
        to += bytes;
    }
    return (size_t)(to - writer->raw);
}

int hb_trace_flush(struct hb_trace_writer *writer, struct hb_err *err)
{
    struct hb_disk_head *head = &writer->head;
    if (writer->failed)
        return hb_err_set(err, HB_ERR_SYSTEM, "%s: an earlier write has failed", writer->name);
    if (head->events == 0)
        return 0;
    const size_t raw_bytes = gather_columns(writer);
    const size_t packed = ZSTD_compressCCtx(writer->zstd, writer->packed + HB_DISK_HEAD_BYTES,
                                            writer->packed_room, writer->raw, raw_bytes, LEVEL);
    if (ZSTD_isError(packed)) {
        writer->failed = true;
        return hb_err_set(err, HB_ERR_SYSTEM, "%s: zstd: %s", writer->name,
                          ZSTD_getErrorName(packed));
    }
    head->raw_bytes = (uint32_t)raw_bytes;
    head->packed_bytes = (uint32_t)packed;
    head->after = writer->course.totals;
    hb_disk_head_write(head, writer->packed);
    hb_disk_put_u64(writer->packed + HB_DISK_HEAD_SUMMED,
                    hb_disk_checksum(writer->packed, writer->packed + HB_DISK_HEAD_BYTES, packed));
    if (write_all(writer, writer->packed, HB_DISK_HEAD_BYTES + packed, err) != 0)
        return -1;
    writer->header.totals = writer->course.totals;
    begin_block(writer);
    return 0;
}

static void add_varint(struct hb_trace_writer *writer, enum hb_disk_column column, uint64_t value)
{
    writer->ends[column] = hb_varint_put(writer->ends[column], value);
}

/* made, time_ns: of the course before the event. */
static void add_columns(struct hb_trace_writer *writer, const struct hb_trace_event *event,
                        const struct hb_block_entry *old, uint64_t made, uint64_t time_ns)
{
    const struct hb_trace_function_info *function = &hb_trace_functions[event->function];
    uint8_t what = event->function;
    if (event->thread != writer->last_thread) {
        what |= HB_WHAT_THREAD;
        add_varint(writer, HB_COLUMN_THREAD, event->thread);
        writer->last_thread = event->thread;
    }
    if (function->kind <= HB_TRACE_REALLOCATE && !event->id)
        what |= HB_WHAT_NONE;
    *writer->ends[HB_COLUMN_WHAT]++ = what;
    if (function->has_size)
        add_varint(writer, HB_COLUMN_SIZE, event->size);
    if (function->kind == HB_TRACE_REALLOCATE || function->kind == HB_TRACE_FREE)
        add_varint(writer, HB_COLUMN_OLD, old->name ? made + 1 - old->value : 0);
    if (function->has_alignment)
        *writer->ends[HB_COLUMN_ALIGNMENT]++ = event->align_log2;
    add_varint(writer, HB_COLUMN_TIME, event->time_ns - time_ns);
    writer->head.events++;
}

int hb_trace_put(struct hb_trace_writer *writer, const struct hb_trace_event *event,
                 struct hb_err *err)
{
    struct hb_block_entry old;
    if (writer->head.events == HB_DISK_EVENTS_MAX && hb_trace_flush(writer, err) != 0)
        return -1;
    if (writer->failed)
        return hb_err_set(err, HB_ERR_SYSTEM, "%s: an earlier write has failed", writer->name);
    const uint64_t made = writer->course.totals.made, time_ns = writer->course.totals.time_ns;
    if (hb_course_take(&writer->course, event, made + 1, &old, err) != 0)
        return -1;
    add_columns(writer, event, &old, made, time_ns);
    return 0;
}

/* ---- questions ---- */

static struct hb_trace_birth birth_of(const struct hb_block_entry *entry)
{
    return (struct hb_trace_birth){.size = entry->size,
                                   .thread = entry->thread,
                                   .function = entry->function,
                                   .align_log2 = entry->align_log2};
}

bool hb_trace_is_live(const struct hb_trace_writer *writer, uint64_t name,
                      struct hb_trace_birth *birth)
{
    const struct hb_block_entry *entry = name ? hb_blocks_find(&writer->course.blocks, name) : NULL;
    if (entry && birth)
        *birth = birth_of(entry);
    return entry != NULL;
}

void hb_trace_prefetch(const struct hb_trace_writer *writer, uint64_t name)
{
    hb_blocks_prefetch(&writer->course.blocks, name);
}

void hb_trace_rename(struct hb_trace_writer *writer, uint64_t from, uint64_t to)
{
    struct hb_block_entry *entry = hb_blocks_find(&writer->course.blocks, from);
    if (!entry)
        return;
    struct hb_block_entry renamed = *entry;
    renamed.name = to;
    hb_blocks_remove(&writer->course.blocks, entry);
    hb_blocks_add(&writer->course.blocks, &renamed);
}

int hb_trace_copy_live(const struct hb_trace_writer *writer, struct hb_blocks *to)
{
    return hb_blocks_copy(to, &writer->course.blocks);
}

const struct hb_trace_totals *hb_trace_written(const struct hb_trace_writer *writer)
{
    return &writer->course.totals;
}

/* ---- from the first byte to the last ---- */

static void writer_free(struct hb_trace_writer *writer)
{
    for (size_t i = 0; i < HB_COLUMNS; i++)
        free(writer->columns[i]);
    free(writer->raw);
    free(writer->packed);
    (void)ZSTD_freeCCtx(writer->zstd);
    hb_course_free(&writer->course);
    free(writer);
}

static struct hb_trace_writer *writer_new(int fd, const char *name,
                                          const struct hb_trace_header *header)
{
    struct hb_trace_writer *writer = calloc(1, sizeof *writer);
    bool failed = !writer;
    for (size_t i = 0; i < HB_COLUMNS && !failed; i++) {
        writer->columns[i] = malloc(column_bytes[i]);
        failed = !writer->columns[i];
    }
    if (!failed) {
        writer->fd = fd;
        HB_COPY(writer->name, name);
        writer->header = *header;
        writer->header.version = HB_TRACE_VERSION;
        writer->header.totals = (struct hb_trace_totals){0}; /* a copied header has another's */
        writer->packed_room = ZSTD_compressBound(HB_DISK_RAW_BYTES);
        writer->raw = malloc(HB_DISK_RAW_BYTES);
        writer->packed = malloc(HB_DISK_HEAD_BYTES + writer->packed_room);
        writer->zstd = ZSTD_createCCtx();
        failed = !writer->raw || !writer->packed || !writer->zstd;
    }
    if (failed && writer)
        writer_free(writer);
    return failed ? NULL : writer;
}

int hb_trace_create_fd(int fd, const char *name, const struct hb_trace_header *header,
                       struct hb_trace_writer **writer, struct hb_err *err)
{
    *writer = writer_new(fd, name, header);
    if (!*writer)
        return hb_err_memory(err, name);
    begin_block(*writer);
    if (write_header(*writer, err) == 0)
        return 0;
    writer_free(*writer);
    *writer = NULL;
    return -1;
}

/* /dev/null stays where it is. */
static void close_and_remove(int fd, const char *path)
{
    struct stat st;
    const bool is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    (void)close(fd);
    if (is_file)
        (void)unlink(path);
}

int hb_trace_create(const char *path, const struct hb_trace_header *header,
                    struct hb_trace_writer **writer, struct hb_err *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    *writer = NULL;
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot make a trace", path);
    if (hb_trace_create_fd(fd, path, header, writer, err) == 0 && *writer) {
        (*writer)->owns_fd = true;
        return 0;
    }
    close_and_remove(fd, path);
    return -1;
}

static int close_file(struct hb_trace_writer *writer, struct hb_err *err)
{
    int status = 0;
    if (!writer->owns_fd)
        return 0;
    if (fsync(writer->fd) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
        status = hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot sync", writer->name);
    if (close(writer->fd) != 0 && status == 0)
        status = hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot close", writer->name);
    return status;
}

int hb_trace_end(struct hb_trace_writer *writer, uint64_t unseen, const char *note,
                 struct hb_err *err)
{
    if (!writer)
        return 0;
    int status = writer->failed ? -1 : hb_trace_flush(writer, err);
    if (status != 0)
        (void)hb_err_set(err, HB_ERR_SYSTEM, "%s: not all of it is on disk", writer->name);
    /* Of what is on disk; equal to the course's unless the disk was full. */
    writer->header.unseen = unseen;
    HB_COPY(writer->header.end_note, note          ? note
                                     : status != 0 ? "it could not be written any further"
                                                   : "");
    if (write_trailer(writer, err) != 0)
        status = -1;
    if (close_file(writer, err) != 0)
        status = -1;
    writer_free(writer);
    return status;
}

void hb_trace_abandon(struct hb_trace_writer *writer)
{
    if (!writer)
        return;
    if (writer->owns_fd)
        (void)close(writer->fd);
    writer_free(writer);
}
