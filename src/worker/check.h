/* The untimed pass that believes no allocator: a layer between workload and allocator looks at
 * every block. The workload works on stand-ins of the layer's own, so that the allocator's blocks
 * hold nothing but patterns, at both ends, and no lie can lead the workload astray.
 * Its books are mappings of its own, never the allocator's. Timed and counting passes have no part
 * of this. Read next: check.c (the promises), books.c (addresses), standin.c. */
#ifndef HB_WORKER_CHECK_H
#define HB_WORKER_CHECK_H

#include "worker/worker.h"

/* ---- check.c: the layer ---- */

/* Before the warm-up, on the main thread: makes the books. */
int hb_worker_check_open(const struct hb_worker_channel *channel,
                         const struct hb_worker_allocator *allocator, uint32_t threads,
                         struct hb_worker_failure *failure);

/* On each thread, before its first operation; calls: how many were made under this index before. A
 * thread that lent its index to one that has ended takes it back so. */
void hb_worker_check_thread(uint32_t thread_index, uint64_t calls);

/* Of this thread so far. */
uint64_t hb_worker_check_calls(void);

/* What the workload is given in the allocator's place. A broken promise ends the process: the
 * first thread to see one reports to the runner which, where and when. */
extern const struct hb_allocator_functions hb_worker_checked;

/* exercise.c: the functions that no workload calls, and those again, at random on this thread:
 * about `rounds` times with at most HB_WORKER_PROOF_BLOCKS blocks live, none above size_max. */
int hb_worker_exercise(const struct hb_worker_allocator *allocator, size_t size_max, uint64_t seed,
                       uint64_t rounds, struct hb_worker_failure *failure);

/* ---- books.c: which addresses are live, a bit for every 8 bytes ---- */

/* Takes the first part of a mapping that costs nothing until it is touched: returns how many bytes.
 * is_shared: more than one thread will come. Alone, nothing is locked, which is twice as fast. */
size_t hb_worker_books_open(bool is_shared, unsigned char *memory, size_t memory_bytes);

/* Enters [block, block + size), or strikes it out. False when a part of it was (enter) or was not
 * (strike) there already, or when the address is none that a program can have. Lock-free; a block
 * must begin at a multiple of 8. */
bool hb_worker_books_enter(const unsigned char *block, size_t size);
bool hb_worker_books_strike(const unsigned char *block, size_t size);

/* Whether an address lies in the books themselves. */
bool hb_worker_books_hold(const unsigned char *address);

/* ---- standin.c: memory for the workload, one stand-in for each block ---- */

struct hb_worker_standin {
    unsigned char *block;           /* the allocator's; NULL: not in use */
    size_t size, alignment;         /* as asked for */
    const char *way;                /* the function it came from */
    uint64_t key;                   /* of its pattern */
    struct hb_worker_standin *next; /* unused ones of the same room */
    size_t room;                    /* bytes behind this header */
};

/* In such a mapping too. */
void hb_worker_standins_open(bool is_shared, unsigned char *memory, size_t memory_bytes);

/* A stand-in with room for size bytes at the alignment, its memory at *memory; NULL: no room. */
struct hb_worker_standin *hb_worker_standin_take(size_t size, size_t alignment, void **memory);
void hb_worker_standin_drop(struct hb_worker_standin *standin);
struct hb_worker_standin *hb_worker_standin_of(void *memory);

/* A block in use, other than `but`, that shares a byte with [block, block + size), or NULL. Slow:
 * for a message. */
const struct hb_worker_standin *hb_worker_standin_at(const unsigned char *block, size_t size);

/* Whether an address lies among them. */
bool hb_worker_standins_hold(const unsigned char *address);

#endif
