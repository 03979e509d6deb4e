/* Every constant of hakmem, with the relations between them checked here.
 * Figures behind the choices: docs/hakmem/log.md.
 * Read next: base.h. */
#ifndef HK_CONFIG_H
#define HK_CONFIG_H

#include "class_list.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define HK_ALIGN 16u /* of every block: compilers rely on it */
#define HK_PAGE  4096u

/* Address space: a window of superslabs, each cut into granules; the page map has one tag a
 * granule. A small window serves where the address space is limited (RLIMIT_AS). */
#define HK_GRANULE_SHIFT  16
#define HK_GRANULE        ((size_t)1 << HK_GRANULE_SHIFT)
#define HK_SUPER_SHIFT    22
#define HK_SUPER          ((size_t)1 << HK_SUPER_SHIFT)
#define HK_SUPER_GRANULES ((unsigned)(HK_SUPER / HK_GRANULE))
#ifndef HK_WINDOW_LARGE /* ThreadSanitizer allows less: tests/alloc/tsan.sh */
#define HK_WINDOW_LARGE ((size_t)1 << 40)
#endif
#define HK_WINDOW_SMALL      ((size_t)1 << 32)
#define HK_ADDRESS_SPACE_LOW ((size_t)8 << 30) /* RLIMIT_AS below this: the small window */

/* Size classes (class_list.h). Requests above the largest are large blocks. */
#define HK_CACHED_MAX 131072u
#define HK_BLOCKS_MAX (HK_GRANULE / 16) /* of one slab */

/* A tag is heap << HK_TAG_SHIFT | class. Heaps count from 1, so that no slab's tag is below
 * HK_TAG_HEAP_FIRST, and 0 means "not ours, or large". */
#define HK_TAG_SHIFT      7
#define HK_TAG_HEAP_FIRST (1u << HK_TAG_SHIFT)
#define HK_TAG_NO_HEAP    0x80000000u /* a thread's base before it has a heap: matches no tag */
#define HK_HEAPS_MAX      65536u

/* Thread cache: a look at the clock and the inbox every HK_TICK_FREES frees, a trim of the lists
 * every HK_TRIM_TICKS of those. A list keeps at most so many blocks and so many bytes. */
#define HK_TICK_FREES    1024
#define HK_TRIM_TICKS    64
#define HK_KEEP_BLOCKS   1024u
#define HK_KEEP_BYTES    262144u
#define HK_REFILL_BLOCKS 64u
#define HK_REFILL_BYTES  16384u

/* Remote frees go out in batches. */
#define HK_OUTBOX_BLOCKS 64u

/* Giving memory back: granules and large mappings that were free for one whole period. */
#define HK_PURGE_PERIOD_NS     1000000000u
#define HK_LARGE_CACHE_SLOTS   32u
#define HK_LARGE_CACHE_BYTES   ((size_t)64 << 20)
#define HK_LARGE_CACHE_LARGEST ((size_t)16 << 20)

static_assert(HK_CACHED_MAX % HK_ALIGN == 0, "a class boundary is a multiple of the alignment");
static_assert(HK_CLASS_COUNT < HK_TAG_HEAP_FIRST, "a class fits below the heap in a tag");
static_assert((uint64_t)HK_HEAPS_MAX << HK_TAG_SHIFT < HK_TAG_NO_HEAP, "no heap has that tag");
static_assert(HK_SUPER_GRANULES == 64, "a superslab's granules fit the bits of one word");
static_assert(HK_WINDOW_SMALL % HK_SUPER == 0 && HK_WINDOW_LARGE % HK_SUPER == 0,
              "a window is whole superslabs");

#endif
