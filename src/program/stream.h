/* Standard output or error of a command: read as it comes, into a digest and the first bytes. Never
 * keeps more, however much there is. */
#ifndef HB_PROGRAM_STREAM_H
#define HB_PROGRAM_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct XXH3_state_s;

struct hb_stream {
    int fd;                     /* read end, non-blocking; -1 after its end */
    struct XXH3_state_s *state; /* hb_stream_finish frees it */
    uint64_t bytes;
    char *kept;                /* room for keep_bytes and a NUL, the caller's */
    atomic_size_t *kept_bytes; /* so much of it is there; the caller's */
    size_t keep_bytes;
};

/* A pipe: stream->fd is its read end, *write_end the command's. -1 with errno. */
int hb_stream_open(struct hb_stream *stream, int *write_end, char *kept, atomic_size_t *kept_bytes,
                   size_t keep_bytes);

/* Reads what is there, a part of it when it is much. True when there may be more at once. */
bool hb_stream_read(struct hb_stream *stream);

/* Reads what the pipe has, and no more than it holds: who could not be ended may write on. */
void hb_stream_read_rest(struct hb_stream *stream);

/* Closes, and writes the digest of all bytes: 32 hexadecimal digits. */
void hb_stream_finish(struct hb_stream *stream, char digest[33]);

#endif
