/* Remote frees: blocks that go home to another thread's heap, in batches.
 * The sender gathers blocks for one heap (hk_cache.outbox) and posts them with one atomic push;
 * the owner takes its whole inbox with one exchange.
 * Bounds: an outbox holds HK_OUTBOX_COST and goes out on size, at every look around and when
 * the thread ends. An inbox holds no more than its heap has handed out.
 * Locking: none; the push is a compare-and-swap loop, many senders, one receiver.
 * Read next: heap.h. */
#ifndef HK_REMOTE_H
#define HK_REMOTE_H

#include "heap.h"

/* Sends a block, which has this tag, to the heap it belongs to, sooner or later. */
void hk_remote_send(void *block, uint64_t tag);

/* Posts what is gathered. */
void hk_remote_flush(void);

/* Takes the calling thread's inbox into its lists; false when there was nothing. */
bool hk_remote_receive(void);

#endif
