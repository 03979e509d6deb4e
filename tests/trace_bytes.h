/* A trace of bytes in memory, for the reader, which takes files. */
#ifndef HB_TESTS_TRACE_BYTES_H
#define HB_TESTS_TRACE_BYTES_H

#include "trace/reader.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* As hb_trace_open, of a file without a name. */
static inline int trace_open_bytes(const uint8_t *bytes, size_t size,
                                   struct hb_trace_reader **reader, struct hb_err *err)
{
    char path[64];
    const int fd = memfd_create("trace", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const int status = hb_trace_open(path, reader, err);
    (void)close(fd);
    return status;
}

#endif
