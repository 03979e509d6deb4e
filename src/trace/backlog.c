/* First in, first out: see backlog.h. Records lie in segments of a megabyte. A segment that is full
 * is queued; the queue's newest goes to the file when there are too many in memory. */
#include "trace/backlog.h"

#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
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
    pthread_mutex_t lock;
    pthread_cond_t has_more, has_room;
    struct segment *first, *last; /* queued */
    size_t in_memory, in_file;
    bool is_waited_for, is_closed, is_interrupted;
    bool has_failed;                 /* the file could not be read back: what comes is dropped */
    struct segment *filling, *taken; /* of who adds, of who takes */
    uint8_t *spare;                  /* a segment's bytes */
    int fd;                          /* -1: there is no file */
    uint64_t end;                    /* of the file */
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
    if (!backlog)
        return NULL;
    (void)pthread_mutex_init(&backlog->lock, NULL);
    (void)pthread_cond_init(&backlog->has_more, NULL);
    (void)pthread_cond_init(&backlog->has_room, NULL);
    backlog->fd = open_nameless(path);
    return backlog;
}

static void free_segment(struct segment *segment)
{
    if (segment)
        free(segment->bytes);
    free(segment);
}

void hb_backlog_free(struct hb_backlog *backlog)
{
    if (!backlog)
        return;
    for (struct segment *segment = backlog->first, *next; segment; segment = next) {
        next = segment->next;
        free_segment(segment);
    }
    free_segment(backlog->filling);
    free_segment(backlog->taken);
    free(backlog->spare);
    if (backlog->fd >= 0)
        (void)close(backlog->fd);
    (void)pthread_cond_destroy(&backlog->has_more);
    (void)pthread_cond_destroy(&backlog->has_room);
    (void)pthread_mutex_destroy(&backlog->lock);
    free(backlog);
}

/* ---- who adds ---- */

static bool write_whole(int fd, const uint8_t *bytes, size_t size, uint64_t offset)
{
    while (size) {
        const ssize_t wrote = pwrite(fd, bytes, size, (off_t)offset);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        bytes += wrote;
        size -= (size_t)wrote;
        offset += (uint64_t)wrote;
    }
    return true;
}

static bool spill(struct hb_backlog *backlog, struct segment *segment)
{
    const uint64_t offset = backlog->end;
    if (backlog->fd < 0 || !write_whole(backlog->fd, segment->bytes, segment->used, offset))
        return false;
    segment->offset = offset;
    return true;
}

static void queue(struct hb_backlog *backlog, struct segment *segment)
{
    segment->next = NULL;
    if (backlog->last)
        backlog->last->next = segment;
    else
        backlog->first = segment;
    backlog->last = segment;
    backlog->in_memory += segment->bytes != NULL;
    backlog->in_file += segment->bytes == NULL;
    (void)pthread_cond_signal(&backlog->has_more);
}

/* The segment goes to the queue, or to the file and then to the queue. */
static void hand_over(struct hb_backlog *backlog)
{
    struct segment *segment = backlog->filling;
    backlog->filling = NULL;
    (void)pthread_mutex_lock(&backlog->lock);
    const bool is_much = backlog->in_memory >= IN_MEMORY_MOST;
    if (backlog->in_file == 0)
        backlog->end = 0;
    (void)pthread_mutex_unlock(&backlog->lock);
    uint8_t *bytes = NULL;
    if (is_much && spill(backlog, segment)) {
        backlog->end += segment->used;
        bytes = segment->bytes;
        segment->bytes = NULL;
    }
    (void)pthread_mutex_lock(&backlog->lock);
    while (segment->bytes && backlog->in_memory >= IN_MEMORY_MOST && !backlog->has_failed)
        (void)pthread_cond_wait(&backlog->has_room, &backlog->lock);
    queue(backlog, segment);
    if (bytes && !backlog->spare) {
        backlog->spare = bytes;
        bytes = NULL;
    }
    (void)pthread_mutex_unlock(&backlog->lock);
    free(bytes);
}

static struct segment *new_segment(struct hb_backlog *backlog)
{
    struct segment *segment = calloc(1, sizeof *segment);
    if (!segment)
        return NULL;
    (void)pthread_mutex_lock(&backlog->lock);
    segment->bytes = backlog->spare;
    backlog->spare = NULL;
    (void)pthread_mutex_unlock(&backlog->lock);
    if (!segment->bytes)
        segment->bytes = malloc(SEGMENT_BYTES);
    if (segment->bytes)
        return segment;
    free(segment);
    return NULL;
}

uint8_t *hb_backlog_room(struct hb_backlog *backlog, uint32_t bytes)
{
    const size_t needed = sizeof(struct hb_backlog_head) + bytes + 8;
    if (backlog->filling && needed > SEGMENT_BYTES - backlog->filling->used)
        hand_over(backlog);
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

void hb_backlog_pass_on(struct hb_backlog *backlog)
{
    (void)pthread_mutex_lock(&backlog->lock);
    const bool is_waited_for = backlog->is_waited_for && !backlog->first;
    (void)pthread_mutex_unlock(&backlog->lock);
    if (is_waited_for && backlog->filling && backlog->filling->used)
        hand_over(backlog);
}

void hb_backlog_close(struct hb_backlog *backlog)
{
    if (backlog->filling)
        hand_over(backlog);
    (void)pthread_mutex_lock(&backlog->lock);
    backlog->is_closed = true;
    (void)pthread_cond_signal(&backlog->has_more);
    (void)pthread_mutex_unlock(&backlog->lock);
}

/* ---- who takes ---- */

/* The last one's bytes may be used again. */
static uint8_t *put_back(struct hb_backlog *backlog)
{
    struct segment *segment = backlog->taken;
    uint8_t *bytes = segment ? segment->bytes : NULL;
    backlog->taken = NULL;
    free(segment);
    if (bytes && !backlog->spare) {
        backlog->spare = bytes;
        bytes = NULL;
    }
    return bytes;
}

static bool read_whole(int fd, uint8_t *bytes, size_t size, uint64_t offset)
{
    while (size) {
        const ssize_t got = pread(fd, bytes, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

/* Out of the file, where it is. */
static bool fetch_segment(const struct hb_backlog *backlog, struct segment *segment)
{
    if (segment->bytes)
        return true;
    segment->bytes = malloc(SEGMENT_BYTES);
    return segment->bytes &&
           read_whole(backlog->fd, segment->bytes, segment->used, segment->offset);
}

const uint8_t *hb_backlog_take(struct hb_backlog *backlog, size_t *bytes)
{
    (void)pthread_mutex_lock(&backlog->lock);
    uint8_t *spare = put_back(backlog);
    backlog->is_waited_for = true;
    while (!backlog->first && !backlog->is_closed && !backlog->is_interrupted &&
           !backlog->has_failed)
        (void)pthread_cond_wait(&backlog->has_more, &backlog->lock);
    backlog->is_waited_for = false;
    struct segment *segment =
        backlog->is_interrupted || backlog->has_failed ? NULL : backlog->first;
    backlog->is_interrupted = false;
    if (segment) {
        backlog->first = segment->next;
        backlog->last = backlog->first ? backlog->last : NULL;
        backlog->in_memory -= segment->bytes != NULL;
    }
    (void)pthread_cond_signal(&backlog->has_room);
    (void)pthread_mutex_unlock(&backlog->lock);
    free(spare);
    backlog->taken = segment;
    *bytes = segment ? segment->used : 0;
    if (!segment || segment->bytes)
        return segment ? segment->bytes : NULL;
    const bool is_there = fetch_segment(backlog, segment);
    (void)pthread_mutex_lock(&backlog->lock);
    backlog->in_file--;
    backlog->has_failed |= !is_there;
    (void)pthread_cond_signal(&backlog->has_room);
    (void)pthread_mutex_unlock(&backlog->lock);
    return is_there ? segment->bytes : NULL;
}

bool hb_backlog_has_failed(struct hb_backlog *backlog)
{
    (void)pthread_mutex_lock(&backlog->lock);
    const bool has_failed = backlog->has_failed;
    (void)pthread_mutex_unlock(&backlog->lock);
    return has_failed;
}

void hb_backlog_interrupt(struct hb_backlog *backlog)
{
    (void)pthread_mutex_lock(&backlog->lock);
    backlog->is_interrupted = true;
    (void)pthread_cond_signal(&backlog->has_more);
    (void)pthread_mutex_unlock(&backlog->lock);
}
