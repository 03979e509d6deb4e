/* Threads: a heap for each, taken at its first need, parked at its end; forks; start and exit of
 * the process.
 * Destructors of thread-specific data, and the C library itself, free and allocate after ours was
 * notified that the thread ends: each such call takes a heap and parks it.
 * Invariant: hk_cache.heap is set if and only if hk_cache.own is its id's tag base.
 * Read next: heap.h. */
#ifndef HK_THREAD_H
#define HK_THREAD_H

#include "heap.h"

/* The calling thread has a heap after this. False: none could be had. */
bool hk_thread_ready(void);

/* At the end of a call that may have taken a heap: a thread that was seen to end gives it up again,
 * as no destructor will run once more. */
void hk_thread_done(void);

/* Empties the thread's lists and parks its heap; a later call of malloc takes one again. */
void hk_thread_leave(void);

#endif
