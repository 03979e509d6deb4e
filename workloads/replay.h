/* A trace as the loop `replay` plays it, its score: one pass of its events, in the order in which
 * they were recorded, as words of 64 bits. Blocks are slots, numbered so that few are needed. No
 * word is believed: players.h looks at each before it is played.
 * Read next: players.h, replay.c (who plays it), src/trace/score.c (who writes it). */
#ifndef HB_WORKLOADS_REPLAY_H
#define HB_WORKLOADS_REPLAY_H

#include <stdint.h>

#define HB_SCORE_MAGIC       UINT64_C(0x3165726f63736268) /* "hbscore1" */
#define HB_SCORE_THREADS_MAX 65535u
#define HB_SCORE_SLOTS_MAX   (UINT32_C(1) << 28) /* what a word has room for */
#define HB_SCORE_WORDS_MAX   (UINT32_C(1) << 16) /* of a window */

/* A file is this head, a uint32_t for each thread (not 0: it lives to the end of the trace), padded
 * to 8 bytes, and the windows. */
struct hb_score_head {
    uint64_t magic;
    uint64_t windows;
    uint64_t events; /* of one pass: of all windows together */
    uint64_t slots;  /* slot 0 is nobody's: it always holds NULL */
    uint64_t size_max, alignment_max;
    uint64_t live_blocks_max, live_bytes_max; /* at a time, in the recorded order */
    uint64_t remote_frees;                    /* and reallocations, of another thread's block */
    uint32_t threads, together;               /* all, and the most that live at a time */
};

/* A window is this, and its words. All threads are done with one before the next begins: a slot
 * that was freed by another thread than its block's is not used again before the next window. */
struct hb_score_window {
    uint32_t words, events;
};

/* A word, from the lowest bit: kind (4), index of a slot or thread (28), value (32). */
enum hb_score_kind {
    HB_SCORE_STOP = 0,   /* only in memory: nothing follows */
    HB_SCORE_MALLOC,     /* value: size */
    HB_SCORE_CALLOC,     /* value: size */
    HB_SCORE_ALIGNED,    /* value: log2 of the alignment; a word with the size follows */
    HB_SCORE_REALLOC,    /* a word with the new size and one with the old follow */
    HB_SCORE_FREE,       /* value: size of the block */
    HB_SCORE_RUN,        /* value: so many events that follow are of this thread */
    HB_SCORE_WAIT,       /* only in memory: value: how far this thread must have come */
    HB_SCORE_TELLS,      /* only in memory, added to MALLOC to FREE: somebody waits for it */
    HB_SCORE_START = 14, /* whose run it was starts this thread: no event */
    HB_SCORE_END = 15,   /* this thread, whose run it is, ends: an event that is no call */
};
#define HB_SCORE_WIDE UINT32_MAX /* as the value of a size: a word with the size follows */

static inline uint64_t hb_score_word(uint32_t kind, uint32_t index, uint32_t value)
{
    return kind | index << 4 | (uint64_t)value << 32;
}

static inline uint32_t hb_score_kind(uint64_t word)
{
    return (uint32_t)word & 15;
}

static inline uint32_t hb_score_index(uint64_t word)
{
    return (uint32_t)word >> 4;
}

static inline uint32_t hb_score_value(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

/* Where the windows begin. */
static inline uint64_t hb_score_start(uint32_t threads)
{
    return sizeof(struct hb_score_head) + ((uint64_t)threads + 1) / 2 * 8;
}

/* How many words follow that belong to this one. */
static inline uint32_t hb_score_more(uint64_t word)
{
    switch (hb_score_kind(word)) {
    case HB_SCORE_REALLOC:
        return 2;
    case HB_SCORE_ALIGNED:
        return 1;
    case HB_SCORE_MALLOC:
    case HB_SCORE_CALLOC:
    case HB_SCORE_FREE:
        return hb_score_value(word) == HB_SCORE_WIDE;
    default:
        return 0;
    }
}

#endif
