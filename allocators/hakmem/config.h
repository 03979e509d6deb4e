/* Every constant of hakmem, with the relations between them checked here.
 * Figures behind the choices: docs/hakmem/log.md.
 * Read next: base.h. */
#ifndef HK_CONFIG_H
#define HK_CONFIG_H

#include "class_list.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Debug builds have small superslabs, slabs and lists, and short periods, so that what happens
 * rarely happens all the time. */
#ifdef HK_DEBUG
#define HK_SIZE(release, debug) (debug)
#else
#define HK_SIZE(release, debug) (release)
#endif

#define HK_ALIGN 16u   /* of every block: compilers rely on it */
#define HK_PAGE  4096u /* the smallest page of any system: fresh blocks are carved page by page */

/* Address space: superslabs, each cut into granules. A granule is a multiple of every system's
 * page, so that no length of a mapping depends on the system. */
#define HK_GRANULE_SHIFT  16
#define HK_GRANULE        ((size_t)1 << HK_GRANULE_SHIFT)
#define HK_SUPER_SHIFT    22
#define HK_SUPER          ((size_t)1 << HK_SUPER_SHIFT)
#define HK_SUPER_GRANULES ((unsigned)(HK_SUPER / HK_GRANULE))
#define HK_ADDRESS_BITS   48

/* Superslabs mapped before there are so many bytes of them take no huge pages, of which one has so
 * many granules: one that is not mapped whole needs not be told. */
#define HK_SMALL_HEAP    ((size_t)64 << 20)
#define HK_HUGE_GRANULES 32u

/* New superslabs are mapped a quarter of those there are at a time, at most so many. Where others
 * have mapped something already, so many places are tried before the kernel is asked for one. */
#define HK_SUPERS_SHARE 4u
#define HK_SUPERS_MOST  HK_SIZE(64u, 3u)
#define HK_PLACE_TRIES  20
#ifndef HK_PLACE_SHARE
#define HK_PLACE_SHARE                                                                             \
    8u /* of the way down from the kernel's own mappings: the first one's place */
#endif
#define HK_QUARTER      16u /* granules: of the first superslab so many are mapped at first */
#define HK_SUPERS_CHUNK HK_SIZE(1024u, 4u) /* their states come so many at a time */
#define HK_SUPERS_FEW   HK_SIZE(16u, 2u)   /* but for so many: the page that all processes use */
#define HK_LONGEST_LINE HK_SIZE(64u, 16u)  /* superslabs whose free runs are summed up in a line */
#define HK_SUPER_USABLE                                                                            \
    HK_SIZE((~UINT64_C(1)), UINT64_C(0x3fffffe)) /* granules: all but the header's */

/* Size classes (class_list.h). Requests above the largest are large blocks. */
#define HK_CACHED_MAX 131072u
#define HK_BLOCKS_MAX HK_SIZE(HK_GRANULE / 16, 48u) /* of one slab */
#define HK_PAGES_MAX  (16 * HK_GRANULE / HK_PAGE)   /* of one slab */

/* A tag is heap << HK_TAG_SHIFT | watched | class (tag.h). Heaps count from 1, so that 0 means "not
 * ours, or large". Frees into a watched slab leave the fast path and are counted: so a thread that
 * only ever frees looks around now and then, and the fast path counts nothing. */
#define HK_TAG_SHIFT     48
#define HK_TAG_WATCHED   (1u << 7)
#define HK_TAG_LOW_END   (1u << 8)
#define HK_TAG_HEAP_BITS (UINT64_C(0xffff) << HK_TAG_SHIFT)
#define HK_TAG_NO_HEAP   (UINT64_C(0xffff) << HK_TAG_SHIFT) /* a base that matches no tag */
#define HK_WATCH_EVERY                                                                             \
    HK_SIZE(128, 3) /* of a heap's slabs one is watched; its frees stand for all */
#define HK_HEAPS_MAX 65535u

#define HK_LEAVES_MAX 4096u /* of the table of tags, 4 GiB each: 16 TiB */
#define HK_FEW_LEAVES 4u    /* so many are in the page that all processes use */

/* Thread cache: a look at the clock and the inbox every HK_TICK_FREES frees, by estimate, and more
 * often while there is memory to give back; every HK_TRIM_FREES lists are moved on. */
#define HK_TICK_FREES         HK_SIZE(1024, 32)
#define HK_TICK_COUNTED_FREES HK_SIZE(32, 4)
#define HK_TICK_BUSY_FREES    HK_SIZE(128, 8) /* of a thread that frees that many in no time */
#define HK_TICK_VISIT_FREES   HK_SIZE(8, 4) /* while there is much to give, or to visit, at once */
#define HK_COUNT_AFTER        2 /* all frees are counted for so many times the blocks that */
#define HK_COUNT_MOST         (1 << 20) /* were taken beyond the most, and so many at most; */
#define HK_COUNT_SHARE        16u       /* looked at when it has grown by so much */
#define HK_TRIM_FREES         HK_SIZE(65536, 256)
#define HK_DRAIN_LOOKS                                                                             \
    HK_SIZE(2048u, 64u)    /* slabs looked at when a period ends; each a cache miss */
#define HK_DRAIN_SHARE  8u /* nothing drains below one in so many of the heap's own slabs */
#define HK_SHRINK_FREES HK_SIZE(8192, 32) /* of a heap that shrinks are counted, at most */
#define HK_FREE_BYTES   4096u             /* a larger block counts as so many frees */
#define HK_KEEP_EMPTY_BLOCKS                                                                       \
    HK_SIZE(64u, 32u)          /* of an empty slab that is kept as the last of its class */
#define HK_GROWTH_SHARE    16u /* the slabs grew by one in so many: lists are emptied first */
#define HK_GROWTH_GRANULES 8u  /* and by so much */
#define HK_REFILL_BLOCKS   HK_SIZE(64u, 6u)
#define HK_REFILL_BYTES    16384u
#define HK_REFILLS_SMALL   3u    /* the first ones of a class, of ever twice as much */
#define HK_LEND_WASTE      1024u /* what blocks lent by a larger class may waste, for each class */

/* Remote frees go out in parcels, from an outbox for each of so many heaps. */
#define HK_OUTBOXES      HK_SIZE(8u, 2u)
#define HK_OUTBOX_BYTES  HK_SIZE(65536, 4096) /* a block takes its bytes, and of that: */
#define HK_OUTBOX_ALL    HK_SIZE((size_t)8 << 20, (size_t)64 << 10) /* of all threads */
#define HK_OUTBOX_LEAST  HK_SIZE((size_t)8 << 10, (size_t)2 << 10)  /* of one heap's */
#define HK_OUTBOX_EACH   HK_SIZE(544u, 1024u)
#define HK_PARCEL_BLOCKS 125u /* with the rest of a parcel 1 KiB */
#define HK_PARCEL_LEAST  4u   /* fewer blocks go without one */
#define HK_PARCELS_MOST  HK_SIZE(4096u, 64u)
#define HK_RETURN_BLOCKS HK_SIZE((size_t)4096, (size_t)64)           /* to slabs, by one call */
#define HK_MAIL_BLOCKS   HK_SIZE(1024u, 8u)                          /* taken in by one call */
#define HK_INBOX_ALL     HK_SIZE((size_t)16 << 20, (size_t)64 << 10) /* of all heaps with a thread */
#define HK_INBOX_MOST    HK_SIZE((size_t)1 << 20, (size_t)16 << 10)  /* of one of them */
#define HK_INBOX_LEAST   HK_SIZE((size_t)64 << 10, (size_t)4 << 10)
#define HK_INBOX_PARKED  HK_SIZE((size_t)16 << 10, (size_t)1 << 10) /* of one without a thread */
/* Sleeping heaps are asked for a slab with room before one is made, or half as many, so many times,
 * after it was in vain. Who has less room keeps it; so many of its slabs are looked at, and one
 * goes of whose blocks a share is free. */
#define HK_ROOM_HEAPS     64u
#define HK_ROOM_PATIENCE  5u
#define HK_ROOM_BYTES     ((size_t)256 << 10)
#define HK_ROOM_LOOKS     8
#define HK_ROOM_SHARE     4u
#define HK_ROOM_SLEEP_NS  HK_SIZE(8000000u, 400000u)
#define HK_PARKED_AT_ONCE HK_SIZE(16u, 2u)  /* heaps of ended threads that a look around empties */
#define HK_VISITS         HK_SIZE(256u, 4u) /* heaps looked at in a period whether they sleep */
#define HK_KEPT_ALL       HK_SIZE((size_t)1 << 20, (size_t)64 << 10) /* carved, of heaps that kept */
#define HK_KEPT_MOST      HK_SIZE((size_t)768 << 10, (size_t)32 << 10) /* lists; of one of them */
#define HK_HEAPS_CHUNK    HK_SIZE(64u, 4u) /* heaps are mapped so many at a time */

/* A thread's lists are measured, twice, when so many bytes were freed without a refill, of all
 * heaps together, and a share of the heap's own slabs; a period ends early when they have grown by
 * that. After one that did not at twice as many, so many times at most. */
#define HK_QUIET_ALL      HK_SIZE((size_t)8 << 20, (size_t)128 << 10)
#define HK_QUIET_MOST     HK_SIZE((size_t)2 << 20, (size_t)32 << 10)
#define HK_QUIET_LEAST    HK_SIZE((size_t)128 << 10, (size_t)16 << 10)
#define HK_QUIET_SHARE    128u
#define HK_STALE_SHARE    64u /* of all slabs: lists are made anew after so many bytes more */
#define HK_QUIET_LOOKS    HK_SIZE(8192u, 256u)
#define HK_FALL_LAST      HK_SIZE((size_t)256 << 10, (size_t)4 << 10)
#define HK_FALL_SOON      HK_SIZE((size_t)1 << 20, (size_t)16 << 10)
#define HK_FALL_SLEEP_NS  16000000u /* who takes none for so long slept, or did something else */
#define HK_FALL_SHARE     8u        /* of that: who goes on freeing gives up his lists each time */
#define HK_QUIET_PATIENCE 6u
#define HK_QUIET_ROUGH    4u /* as often again twice as many where not all frees are counted */

/* Giving memory back: blocks that no list needed for one whole period, then granules that were free
 * for another, and large mappings that were cached for half of one. */
#define HK_PURGE_PERIOD_NS HK_SIZE(500000000u, 4000000u)
#define HK_VISIT_AGAIN_NS  HK_SIZE(4000000u, 400000u)
#define HK_LARGE_CACHE_NS  HK_SIZE(250000000u, 4000000u)
#define HK_LARGE_SHORT_NS  12000000u           /* while the slabs grow */
#define HK_SLACK_GRANULES  HK_SIZE(16u, 2u)    /* kept all the same */
#define HK_SLACK_SHARE     4u                  /* and one for so many in use */
#define HK_PAGES_CALLS     HK_SIZE(64u, 8u)    /* system calls for pages of slabs in a step, and */
#define HK_PAGES_LOOKS     HK_SIZE(1024u, 16u) /* slabs looked at */
#define HK_PAGES_TURN      HK_SIZE(8192u, 64u) /* and in all of a period */
#define HK_PAGES_SHARE     4u                  /* of a slab's pages: fewer are not worth it */
#define HK_PURGE_BYTES     HK_SIZE((size_t)2 << 20, (size_t)1 << 20) /* in a step, at most, */
#define HK_PURGE_CALLS     HK_SIZE(64, 8)                            /* in so many calls, */
#define HK_PURGE_LOOKS     HK_SIZE(1024, 8)                          /* of so many superslabs */
#define HK_PURGE_REFUSALS  8u /* granules in a row, and runs are no longer tried in halves */
#define HK_DIRTY_MOST_GRANULES                                                                     \
    HK_SIZE(1024u, 64u) /* beyond this, and what is in use, not kept for a moment */
#define HK_LARGE_SLACK_BYTES ((size_t)1 << 20) /* cached beyond 5/4 of what was live at most */
#define HK_LARGE_TABLE_LEAST                                                                       \
    HK_SIZE(((size_t)128), (size_t)8) /* entries; a power of two, as each doubling */
#define HK_LARGE_CACHE_SLOTS   HK_SIZE(32u, 3u)
#define HK_LARGE_CACHE_BYTES   ((size_t)64 << 20)
#define HK_LARGE_CACHE_LARGEST ((size_t)16 << 20)

/* Runs (runs.h): large blocks up to so many bytes. What is in use, or free and dirty, stays below
 * what was in use at most in the last second, 16 slots of it, and a share. */
#define HK_RUN_MOST         ((size_t)256 << 20)
#define HK_RUN_SLOT_NS      HK_SIZE(62500000u, 500000u)
#define HK_RUN_SLACK_SHARE  2u
#define HK_RUN_PURGES       2u /* times what it gives, and a step, a free may purge */
#define HK_RUN_PURGE_BYTES  HK_SIZE((size_t)8 << 20, (size_t)4 << 20) /* a step */
#define HK_RUN_LOOKS        8
#define HK_RUN_AGES         4u /* times as old as a cached mapping, and a run is purged */
#define HK_RUN_GROWTH_SHARE 8u /* an area grows by one in so many granules */
#define HK_RUN_GROWTH_MOST  HK_SIZE(1024u, 8u) /* and by so many */
#define HK_RUN_END_GRANULES HK_SIZE(256u, 8u)  /* clean at the end of an area: unmapped */
#define HK_RUN_AREA_GAP     ((uintptr_t)1 << 40)
#define HK_RUNS_CHUNK       HK_SIZE(1024u, 4u) /* records are mapped so many at a time */

/* Who gave so much more, and as much as is in use, than so many times what he took, may be about to
 * sleep, and keeps what HK_DIRTY_MOST_GRANULES allows. With less of either a loop whose use goes up
 * and down purges what it needs next. */
#define HK_RUN_QUIET_GRANULES HK_SIZE(2048u, 128u)
#define HK_RUN_FORGIVES       16u

/* With HAKMEM_HARDEN: granules of a superslab that nobody may touch; slabs fit between them, so
 * that the classes of longer ones are served by large blocks. */
#define HK_GUARD_EVERY 16u
#define HK_GUARDS                                                                                  \
    (UINT64_C(1) << HK_GUARD_EVERY | UINT64_C(1) << 2 * HK_GUARD_EVERY |                           \
     UINT64_C(1) << 3 * HK_GUARD_EVERY)
#define HK_SEALED_MAX 122880u /* the largest class used; its slab has the granules between two */

/* Behind each large block lies a guard, until there are so many: each is two mappings more, of
 * which the kernel allows a process 65,530 by default, and a fork copies them all. With 20,000
 * large blocks a fork takes 185 ms with 16,384 guards, 123 with 4,096, 103 with none, and 69 on
 * glibc. */
#define HK_GUARD_BYTES       HK_GRANULE
#define HK_LARGE_GUARDS_MOST ((size_t)4096)
#define HK_LARGE_SPARE_SHARE 8u /* of its size, as room for more: one that grew may grow again */

/* Bytes of the pad that are written; of a neighbour's looked at; and of a freed block looked at, a
 * page: what costs a line of the cache each 64 bytes. */
#define HK_SEAL_PAD       512u
#define HK_SEAL_NEIGHBOUR 16u
#define HK_SEAL_LOOK      4096u

/* Freed blocks wait so long: of a thread, and large ones (as address space) of the process. */
#define HK_QUARANTINE_BLOCKS      256u
#define HK_QUARANTINE_BYTES       ((size_t)262144)
#define HK_QUARANTINE_RANGES      64u
#define HK_QUARANTINE_SPACE       ((size_t)1 << 28)
#define HK_QUARANTINE_LIMIT_SHARE 16u /* and no more than one in so many of RLIMIT_AS */

/* Addresses for blocks of no bytes, 16 apart. */
#define HK_NOTHINGS 65536u

static_assert(HK_CACHED_MAX % HK_ALIGN == 0, "a class boundary is a multiple of the alignment");
static_assert(HK_CLASS_COUNT <= HK_TAG_WATCHED, "a class fits below the watched bit of a tag");
static_assert((uint64_t)HK_HEAPS_MAX - 1 < HK_TAG_NO_HEAP >> HK_TAG_SHIFT, "no heap has that tag");
static_assert(HK_SUPERS_FEW < HK_SUPERS_CHUNK, "the few are of the first chunk");
static_assert(HK_SUPER_GRANULES == 64, "a superslab's granules fit the bits of one word");
static_assert(HK_ADDRESS_BITS - HK_GRANULE_SHIFT == 32, "half of a granule's number is 16 bits");
static_assert(HK_SEALED_MAX <= HK_CACHED_MAX && HK_SEAL_LOOK >= HK_PAGE,
              "what is sealed has a class, and a page is looked at whole");
static_assert(HK_SUPER_GRANULES == 4 * HK_GUARD_EVERY, "the guards quarter a superslab");
static_assert((HK_NOTHINGS & (HK_NOTHINGS - 1)) == 0, "places are counted round");
static_assert(HK_OUTBOX_BYTES / HK_OUTBOX_EACH < HK_PARCEL_BLOCKS, "a full outbox fits a parcel");
static_assert(HK_PAGES_MAX % 64 == 0, "pages of a slab fill words");
static_assert(HK_GRANULE % HK_PAGE == 0, "granules are whole pages");

#endif
