/* All bytes of a place in a file, over signals and what comes in parts. Knows nothing of files'
 * names: the caller says what failed. Read next: src/trace/reader.c, src/trace/score.c (callers).
 */
#ifndef HB_BASE_TRANSFER_H
#define HB_BASE_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

/* How many of size bytes were read or written at offset. Fewer than size: errno says why, and is 0
 * where the file ended, or took no more. */
size_t hb_transfer_read(int fd, void *to, size_t size, uint64_t offset);
size_t hb_transfer_write(int fd, const void *from, size_t size, uint64_t offset);

#endif
