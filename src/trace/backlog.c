/* First in, first out: see backlog.h. Records lie in segments of a megabyte. A segment that is full
 * is queued; when there are many in memory, it goes to the file first. */
#include "trace/backlog.h"

#include "base/copy.h"
#include "base/transfer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SEGMENT_BYTES  (UINT32_C(1) << 20)
#define IN_MEMORY_MOST 192u /* the disk may be slow for a second */

struct segment {
    struct segment *next;
    size_t used;
    uint64_t offset; /* in the file */
    uint8_t *bytes;  /* [SEGMENT_BYTES]; NULL: they are in the file */
};

struct hb_backlog {
    struct segment *first, *last; /* queued */
    size_t in_memory, in_file;
    struct segment *filling, *taken;
    size_t at;      /* in what is taken */
    uint8_t *spare; /* a segment's bytes */
    int fd;         /* -1: there is no file */
    uint64_t end;   /* of the file */
    uint64_t most;  /* bytes that it may have: the trace needs the disk as well */
    bool has_failed;
};

/* The folder of the path, whose file system can take files of that size as well. */
static int open_nameless(const char *path)
{
    char folder[HB_PATH_MAX];
    const char *slash = strrchr(path, '/');
    const int length = slash ? (int)(slash - path + 1) : 1;
    if (hb_copy_path(folder, NULL, "%.*s", length, slash ? path : ".") != 0)
        return -1;
    return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

struct hb_backlog *hb_backlog_new(const char *path)
{
    struct hb_backlog *backlog = calloc(1, sizeof *backlog);
    struct statvfs st;
    if (!backlog)
        return NULL;
    backlog->fd = open_nameless(path);
    if (backlog->fd >= 0 && fstatvfs(backlog->fd, &st) == 0)
        backlog->most = (uint64_t)st.f_bavail * st.f_frsize / 4;
    return backlog;
}

static void free_segment(struct hb_backlog *backlog, struct segment *segment)
{
    if (segment && !backlog->spare)
        backlog->spare = segment->bytes;
    else if (segment)
        free(segment->bytes);
    free(segment);
}

void hb_backlog_free(struct hb_backlog *backlog)
{
    if (!backlog)
        return;
    for (struct segment *segment = backlog->first, *next; segment; segment = next) {
        next = segment->next;
        free_segment(backlog, segment);
    }
    free_segment(backlog, backlog->filling);
    free_segment(backlog, backlog->taken);
    free(backlog->spare);
    if (backlog->fd >= 0)
        (void)close(backlog->fd);
    free(backlog);
}

/* ---- adding ---- */

static void spill(struct hb_backlog *backlog, struct segment *segment)
{
    backlog->end = backlog->in_file ? backlog->end : 0;
    if (backlog->fd < 0 || hb_transfer_write(backlog->fd, segment->bytes, segment->used,
                                             backlog->end) != segment->used)
        return;
    segment->offset = backlog->end;
    backlog->end += segment->used;
    if (backlog->spare)
        free(segment->bytes);
    else
        backlog->spare = segment->bytes;
    segment->bytes = NULL;
}

static void queue(struct hb_backlog *backlog)
{
    struct segment *segment = backlog->filling;
    backlog->filling = NULL;
    if (backlog->has_failed) {
        free_segment(backlog, segment);
        return;
    }
    if (backlog->in_memory >= IN_MEMORY_MOST)
        spill(backlog, segment);
    if (backlog->last)
        backlog->last->next = segment;
    else
        backlog->first = segment;
    backlog->last = segment;
    backlog->in_memory += segment->bytes != NULL;
    backlog->in_file += segment->bytes == NULL;
}

static struct segment *new_segment(struct hb_backlog *backlog)
{
    struct segment *segment = calloc(1, sizeof *segment);
    if (!segment)
        return NULL;
    segment->bytes = backlog->spare ? backlog->spare : malloc(SEGMENT_BYTES);
    backlog->spare = NULL;
    if (segment->bytes)
        return segment;
    free(segment);
    return NULL;
}

uint8_t *hb_backlog_room(struct hb_backlog *backlog, uint32_t bytes)
{
    const size_t needed = sizeof(struct hb_backlog_head) + bytes + 8;
    if (backlog->filling && needed > SEGMENT_BYTES - backlog->filling->used)
        queue(backlog);
    if (!backlog->filling)
        backlog->filling = new_segment(backlog);
    return backlog->filling
               ? backlog->filling->bytes + backlog->filling->used + sizeof(struct hb_backlog_head)
               : NULL;
}

void hb_backlog_add(struct hb_backlog *backlog, const struct hb_backlog_head *head)
{
    struct segment *segment = backlog->filling;
    memcpy(segment->bytes + segment->used, head, sizeof *head);
    segment->used += hb_backlog_record_bytes(head);
}

bool hb_backlog_is_full(const struct hb_backlog *backlog)
{
    return backlog->in_memory > IN_MEMORY_MOST;
}

/* ---- taking ---- */

/* The next segment, out of the file if it is there. */
static bool take_segment(struct hb_backlog *backlog)
{
    free_segment(backlog, backlog->taken);
    backlog->taken = NULL;
    backlog->at = 0;
    if (!backlog->first && backlog->filling && backlog->filling->used)
        queue(backlog);
    struct segment *segment = backlog->has_failed ? NULL : backlog->first;
    if (!segment)
        return false;
    backlog->first = segment->next;
    backlog->last = backlog->first ? backlog->last : NULL;
    backlog->taken = segment;
    if (segment->bytes) {
        backlog->in_memory--;
        return true;
    }
    backlog->in_file--;
    segment->bytes = malloc(SEGMENT_BYTES);
    backlog->has_failed =
        !segment->bytes || hb_transfer_read(backlog->fd, segment->bytes, segment->used,
                                            segment->offset) != segment->used;
    return !backlog->has_failed;
}

const uint8_t *hb_backlog_take(struct hb_backlog *backlog, struct hb_backlog_head *head)
{
    if (backlog->has_failed ||
        ((!backlog->taken || backlog->at == backlog->taken->used) && !take_segment(backlog)))
        return NULL;
    const uint8_t *record = backlog->taken->bytes + backlog->at;
    memcpy(head, record, sizeof *head);
    backlog->at += hb_backlog_record_bytes(head);
    return record + sizeof *head;
}

bool hb_backlog_has_failed(const struct hb_backlog *backlog)
{
    return backlog->has_failed;
}
