/* The bytes of a file, unpacked where it is packed: gzip (also several members), zstd (also several
 * frames), or a zip of one file. By content, never by name. Memory is bounded: 64 KiB, and what the
 * library needs (zstd: frames with windows beyond 128 MiB are refused).
 * Read next: source.h. */
#ifndef HB_TRACEIO_UNPACK_H
#define HB_TRACEIO_UNPACK_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

/* Text of a trace is 5 to 30 times its packed size. What is HB_UNPACK_RATIO_MAX times and more, and
 * HB_UNPACK_FREE_BYTES long, is refused: a small file must not keep the machine busy for days. */
#define HB_UNPACK_RATIO_MAX  500u
#define HB_UNPACK_FREE_BYTES ((uint64_t)256 << 20)

struct hb_unpacked;

/* HB_ERR_USAGE when the path leads to no file, or to one packed in a way that is not read. A pipe
 * is fine, but for a zip, whose list stands at its end. */
int hb_unpack_open(const char *path, struct hb_unpacked **unpacked, struct hb_err *err);

/* Up to `room` (> 0) bytes more. 0 at the end; -1: torn or damaged, as the packer's checksum says.
 */
ssize_t hb_unpack_read(struct hb_unpacked *unpacked, void *to, size_t room, struct hb_err *err);

void hb_unpack_close(struct hb_unpacked *unpacked);

#endif
