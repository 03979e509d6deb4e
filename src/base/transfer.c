/* All bytes of a place in a file: see transfer.h. */
#include "base/transfer.h"

#include <errno.h>
#include <unistd.h>

size_t hb_transfer_read(int fd, void *to, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = pread(fd, (char *)to + done, size - done, (off_t)(offset + done));
        if (got == 0)
            errno = 0;
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        done += got > 0 ? (size_t)got : 0;
    }
    return done;
}

size_t hb_transfer_write(int fd, const void *from, size_t size, uint64_t offset)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t put =
            pwrite(fd, (const char *)from + done, size - done, (off_t)(offset + done));
        if (put == 0)
            errno = 0;
        if (put == 0 || (put < 0 && errno != EINTR))
            break;
        done += put > 0 ? (size_t)put : 0;
    }
    return done;
}
