/* Threads: a heap for each, taken at its first need, parked at its end; forks; start and exit of
 * the process.
 * Invariant: hk_cache.heap is set if and only if hk_cache.own is its id's tag base.
 * Read next: heap.h. */
#ifndef HK_THREAD_H
#define HK_THREAD_H

#include "heap.h"

/* The calling thread has a heap after this. False: none could be had. Destructors of
 * thread-specific data that run after ours get one again, and it is parked again. */
bool hk_thread_ready(void);

/* Empties the thread's lists and parks its heap; a later call of malloc takes one again. */
void hk_thread_leave(void);

#endif
