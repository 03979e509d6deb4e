/* What a command writes: see stream.h. */
#include "program/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#define PIPE_BYTES  (1 << 20) /* so that a command seldom waits for its reader */
#define CHUNK_BYTES (64 << 10)

int hb_stream_open(struct hb_stream *stream, int *write_end, char *kept, atomic_size_t *kept_bytes,
                   size_t keep_bytes)
{
    int ends[2];
    *stream = (struct hb_stream){
        .fd = -1, .kept = kept, .kept_bytes = kept_bytes, .keep_bytes = keep_bytes};
    stream->state = XXH3_createState();
    if (!stream->state) {
        errno = ENOMEM;
        return -1;
    }
    (void)XXH3_128bits_reset(stream->state);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES); /* a user may have no right to so much */
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    stream->fd = ends[0];
    *write_end = ends[1];
    return 0;
}

static void take(struct hb_stream *stream, const char *chunk, size_t size)
{
    const size_t kept = atomic_load_explicit(stream->kept_bytes, memory_order_relaxed);
    const size_t room = stream->keep_bytes - kept, more = size < room ? size : room;
    memcpy(stream->kept + kept, chunk, more);
    atomic_store_explicit(stream->kept_bytes, kept + more, memory_order_release);
    (void)XXH3_128bits_update(stream->state, chunk, size);
    stream->bytes += size;
}

bool hb_stream_read(struct hb_stream *stream)
{
    static char chunk[CHUNK_BYTES];
    const ssize_t got = stream->fd >= 0 ? read(stream->fd, chunk, sizeof chunk) : -1;
    if (got > 0)
        take(stream, chunk, (size_t)got);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        if (stream->fd >= 0)
            (void)close(stream->fd);
        stream->fd = -1;
    }
    return got > 0;
}

void hb_stream_read_rest(struct hb_stream *stream)
{
    const int room = stream->fd >= 0 ? fcntl(stream->fd, F_GETPIPE_SZ) : 0;
    const uint64_t most = stream->bytes + (uint64_t)(room > 0 ? room : 0);
    while (stream->bytes < most && hb_stream_read(stream))
        ;
}

void hb_stream_finish(struct hb_stream *stream, char digest[33])
{
    digest[0] = '\0';
    if (stream->fd >= 0)
        (void)close(stream->fd);
    stream->fd = -1;
    if (!stream->state)
        return;
    const XXH128_hash_t hash = XXH3_128bits_digest(stream->state);
    (void)snprintf(digest, 33, "%016llx%016llx", (unsigned long long)hash.high64,
                   (unsigned long long)hash.low64);
    (void)XXH3_freeState(stream->state);
    stream->state = NULL;
}
