/* The memory that a recorded process and its recorder share: rings of events, a ring a thread, and
 * a page that is common to all processes of a recording. Laid out here alone, for both sides.
 *
 * An event takes the next slot of its thread's ring, two when it is a wide one. The recorder tells
 * how many of a ring's slots it has taken; that and a bit that turns with each lap say which are
 * free and which are filled, so that neither side writes what the other one waits for.
 *
 * Order across threads is the processor's clock: a slot has a stamp, that of its event or of one
 * before it of the same ring. Two readings of the clock cost as much as a malloc and its free do,
 * so that a ring which is the only one in use is favoured: most of its events take the stamp of the
 * one before. Who is not favoured takes the favour away before anything of it can be seen by
 * others, and the recorder gives it when all other rings have been still for a millisecond. Read
 * next: src/preload/pushing.h (fills), record_drain.c (empties), record_stream.c (orders). */
#ifndef HB_TRACE_SPOOL_H
#define HB_TRACE_SPOOL_H

#include <stdint.h>

#define HB_SPOOL_FOLDER_ENV "HAKBENCH_TRACE" /* where control and the processes' files are */
#define HB_SPOOL_CONTROL    "control"
#define HB_SPOOL_VERSION    2u

#define HB_SPOOL_RINGS    128u /* threads with a ring of their own; more share the last one */
#define HB_SPOOL_LAP_BITS 14u
#define HB_SPOOL_SLOTS                                                                             \
    (1u << HB_SPOOL_LAP_BITS) /* 256 KiB a ring: twice that costs the program                      \
                                 an eighth more, in the second cache */
#define HB_SPOOL_COMMON HB_SPOOL_RINGS

/* Beside the functions of event.h; those with a payload have it in place of address and size. */
enum hb_spool_note {
    HB_NOTE_REALLOC = 40, /* a realloc begins: address is the old block's */
    HB_NOTE_UNSAMPLED,    /* it has ended, and the new block is not of the sample */
    HB_NOTE_FORK,         /* the process is about to fork: payload is the fork's number */
    HB_NOTE_WHO,          /* what follows in this ring is of the thread `payload` */
    HB_NOTE_MORE = 63     /* no event: the second slot of a wide one */
};

struct hb_spool_slot {
    _Atomic uint64_t word; /* stamp << 8 | HB_SLOT_LAP | HB_SLOT_WIDE | function or note */
    uint64_t rest;         /* size << 48 | address, of a wide event the low 48 bits of it */
};
#define HB_SLOT_WHAT      0x3fu
#define HB_SLOT_WIDE      0x40u /* the next slot has more of it, and is filled first: */
#define HB_SLOT_LAP       0x80u /* its word is address >> 48 << 16 | log2 of the alignment << 8, */
#define HB_SLOT_SIZE_MAX  0xffffu /* and its rest is the size */
#define HB_SLOT_ADDRESS   ((UINT64_C(1) << 48) - 1)
#define HB_SLOT_STAMP_MAX ((UINT64_C(1) << 56) - 1)

/* Set in laps 0, 2, 4 ... */
static inline uint64_t hb_spool_lap(uint64_t at)
{
    return (~at >> HB_SPOOL_LAP_BITS & 1) << 7;
}

struct hb_spool_ring {
    _Atomic uint32_t state; /* enum hb_spool_state */
    _Atomic uint32_t claims;
    _Atomic uint32_t waits; /* a thread waits for room: a futex */
    uint32_t fill[13];
    _Atomic uint64_t next; /* slots claimed so far: the thread's alone */
    uint64_t fill_next[7];
    _Atomic uint64_t taken; /* slots emptied so far: the recorder's */
    uint64_t fill_taken[7];
};

enum hb_spool_state { HB_RING_FREE = 0, HB_RING_OWNED, HB_RING_ENDED };

/* Of a process. */
struct hb_spool {
    uint32_t version, pid;
    uint64_t process, parent; /* a number of its own; of the process that forked it, or 0 */
    uint64_t forked_at;       /* the number of the parent's fork: its ticks */
    uint64_t ticks;           /* when it began */
    char command[1024];
    _Alignas(64) _Atomic uint64_t pace; /* milliseconds so far << 16 | HB_PACE_*: who is favoured */
    _Alignas(64) _Atomic uint64_t guests; /* threads without a ring so far */
    _Alignas(
        64) _Atomic uint32_t turn; /* of the common ring: 1 is taken, 2 is waited for: a futex */
    _Alignas(64) struct hb_spool_ring rings[HB_SPOOL_RINGS + 1];
    _Alignas(4096) struct hb_spool_slot slots[HB_SPOOL_RINGS + 1][HB_SPOOL_SLOTS];
    uint8_t sampled[1u << 20]; /* by an address's hash: blocks of the sample, at most 255 */
};

/* Of the pace's low 16 bits: a ring's number + 1, or 0. One that is looked at is favoured when all
 * others are still for as long again as a store takes to be seen by everybody. */
#define HB_PACE_WHO      0x7fffu
#define HB_PACE_LOOKS_AT 0x8000u
#define HB_PACE_MASK     0xffffu
#define HB_PACE_EVENTS                                                                             \
    16u /* a stamp of its own has every so many-th event of a favoured ring, and                   \
           the first of each millisecond */

/* A thread's key: of a ring's owner, or of a guest. */
#define HB_SPOOL_OWNER(ring, claims) (((uint64_t)(ring) + 1) << 32 | (claims))
#define HB_SPOOL_GUEST(number)       (UINT64_C(1) << 62 | (number))

static inline uint32_t hb_spool_hash(uint64_t address)
{
    return (uint32_t)((address >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 44);
}

/* Of a recording. */
struct hb_spool_control {
    uint32_t version, recorder; /* its process */
    uint64_t sample_bytes;
    _Atomic uint32_t over;          /* nothing is recorded any more */
    _Atomic uint32_t published;     /* processes so far: files are there for them */
    _Atomic uint32_t bell;          /* rung when a ring is full: a futex */
    _Atomic uint32_t beat;          /* the recorder lives */
    _Atomic uint32_t refused;       /* processes that could not be recorded, */
    _Atomic uint32_t refused_errno; /* the last of them for this */
};

/* The processor's clock: 20 cycles, where clock_gettime takes 60. */
static inline uint64_t hb_spool_ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
#error "no clock for this processor"
#endif
}

#endif
