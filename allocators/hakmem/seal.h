/* Seals of HAKMEM_HARDEN=1: what lies behind the bytes that were asked for.
 *
 *   block                                                       block + bytes
 *   | size bytes: the program's | pad: 0xa5, then anything's zero | mark: 8 |
 *
 * The mark holds size, kind, alignment and state, mixed with a secret of the process and the
 * block's address: no copied one fits, and one changed bit breaks all of it. It is written in one
 * store at the same place of the block for ever, so that a neighbour, which may be another
 * thread's, can be looked at whenever a block is freed.
 * Invariant: from the moment it was first handed out a sealed block has a whole mark. A freed one
 * is zero before its mark. Locking: none; marks are atomic, and who looks at another thread's pad
 * looks at the mark again after.
 * Read next: quarantine.h, harden.h. */
#ifndef HK_SEAL_H
#define HK_SEAL_H

#include "base.h"

/* Who made a block; who frees it must be of the same kind. */
enum hk_kind {
    HK_KIND_MALLOC = 0,
    HK_KIND_NEW,
    HK_KIND_NEW_ARRAY,
    HK_KIND_ANY, /* of a caller: not known, not checked */
};

#define HK_NOT_SAID SIZE_MAX /* a size or alignment that a freeing function does not know */

enum hk_seal_state {
    HK_SEAL_BROKEN = 0,
    HK_SEAL_LIVE,
    HK_SEAL_FREED,
    HK_SEAL_FRONT, /* of what lies before the first block of a slab */
};

struct hk_seal {
    size_t size;   /* bytes that were asked for, at most HK_SEALED_LARGEST */
    uint64_t mark; /* that it was read from */
    uint8_t state, kind;
    uint8_t alignment; /* asked for by name: its logarithm and one more; 0: by none */
    bool is_guarded;   /* a large block: a guard lies behind its bytes */
};

/* Bytes that a sealed block needs more than was asked for. */
#define HK_SEAL_BYTES 8u

#define HK_SEALED_LARGEST (((size_t)1 << 44) - 1)

/* Draws the secret. Once, by the thread that reads the options. */
void hk_seal_start(void);

/* A block of bytes, a multiple of 8. hk_seal_get: state HK_SEAL_BROKEN when it was overwritten. */
void hk_seal_set(void *block, size_t bytes, struct hk_seal seal);
struct hk_seal hk_seal_get(const void *block, size_t bytes);

/* From one seal, as it was read, to another; false when it is that no more. */
bool hk_seal_change(void *block, size_t bytes, struct hk_seal from, struct hk_seal to);

/* Whether a large block is being made and has none yet. */
bool hk_seal_is_missing(const void *block, size_t bytes);

/* Writes the pad of a block that was asked for with size, and where it ends. */
void hk_seal_pad(void *block, size_t bytes, size_t size);
size_t hk_seal_pad_end(size_t bytes, size_t size);

/* Pad in [from, to) of the block, which may be empty. */
void hk_seal_extend_pad(void *block, size_t from, size_t to);

/* Whether the pad is whole, or else the block is not what the seal says any more. most: bytes of it
 * that are looked at. */
bool hk_seal_has_pad(const void *block, size_t bytes, struct hk_seal seal, size_t most);

/* Makes what a freed block held read as zero: its first `used` bytes. */
void hk_seal_wipe(void *block, size_t used);

/* Whether a freed block still reads as zero: all of one of up to HK_SEAL_LOOK bytes, of a larger
 * one as many at its ends. */
bool hk_seal_is_wiped(const void *block, size_t bytes);

/* Ends the program with one line: what, the block, "CALL, block of N B". */
HK_SLOW __attribute__((noreturn)) void hk_seal_fatal(const char *what, const void *block,
                                                     size_t bytes, const char *call);

#endif
