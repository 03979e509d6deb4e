/* The memory that a recorded process and its recorder share: rings of events, a ring a thread, and
 * a page that is common to all processes of a recording. Laid out here alone, for both sides.
 *
 * An event is a slot that goes from empty (word 0) to full and back. The thread takes the next slot
 * of its ring, waits until it is empty, draws a number from the process's sequence, and fills it,
 * the word last. The recorder puts slots back in the order of their numbers, which is the order of
 * the calls: an allocation is numbered after the call, a free before it, so that of one address no
 * block is made before the one before it was freed, whichever threads they are of.
 * Read next: src/preload/hbtrace.c (fills), record_stream.c (empties). */
#ifndef HB_TRACE_SPOOL_H
#define HB_TRACE_SPOOL_H

#include <stdint.h>

#define HB_SPOOL_FOLDER_ENV "HAKBENCH_TRACE" /* where control and the processes' files are */
#define HB_SPOOL_CONTROL    "control"
#define HB_SPOOL_VERSION    1u

#define HB_SPOOL_RINGS  128u  /* threads with a ring of their own; more share the last one */
#define HB_SPOOL_SLOTS  4096u /* 128 KiB a ring: it stays in the second cache */
#define HB_SPOOL_COMMON HB_SPOOL_RINGS

/* Beside the functions of event.h: */
enum hb_spool_note {
    HB_NOTE_REALLOC = 40, /* a realloc begins: address is the old block's */
    HB_NOTE_UNSAMPLED,    /* it has ended, and the new block is not of the sample */
    HB_NOTE_FORK,         /* the process is about to fork */
    HB_NOTE_WHO           /* of the common ring: the next slot is of the thread `address` */
};

struct hb_spool_slot {
    _Atomic uint64_t word; /* (number + 1) << 16 | log2 of the alignment << 8 | function or note */
    uint64_t address, size;
    uint64_t ticks; /* of the processor's clock; of other processors in ns */
};

struct hb_spool_ring {
    _Atomic uint32_t state; /* enum hb_spool_state */
    _Atomic uint32_t claims;
    _Atomic uint32_t waits; /* a thread waits for room: a futex */
    uint32_t fill[13];
    _Atomic uint64_t next; /* slots taken so far: the thread's alone */
    uint64_t fill_next[7];
};

enum hb_spool_state { HB_RING_FREE = 0, HB_RING_OWNED, HB_RING_ENDED };

/* Of a process. */
struct hb_spool {
    uint32_t version, pid;
    uint64_t process, parent; /* a number of its own; of the process that forked it, or 0 */
    uint64_t forked_at;       /* the number of the parent's fork */
    uint64_t ticks;           /* when it began */
    char command[1024];
    _Alignas(64) _Atomic uint64_t sequence;
    _Alignas(64) _Atomic uint64_t guests; /* threads without a ring so far */
    _Alignas(64) _Atomic uint64_t lost;   /* events while the recorder was gone */
    _Alignas(64) struct hb_spool_ring rings[HB_SPOOL_RINGS + 1];
    _Alignas(4096) struct hb_spool_slot slots[HB_SPOOL_RINGS + 1][HB_SPOOL_SLOTS];
    uint8_t sampled[1u << 20]; /* by an address's hash: blocks of the sample, at most 255 */
};

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
