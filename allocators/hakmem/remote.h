/* Remote frees: blocks that go home to another thread's heap, in parcels.
 * The sender has an outbox for each of a few heaps, with a parcel in it that is being filled, and
 * posts it with one atomic push; the owner takes its whole inbox with one exchange, and looks at
 * each block before it takes it in: that is where double frees across threads are found. Few blocks
 * go without a parcel, linked by their first words; so do all where there is no parcel to be had.
 * Bounds: an outbox holds HK_OUTBOX_BYTES and goes out when it is full, when another heap needs it,
 * at every look around and when the thread ends. An inbox holds no more than its heap has handed
 * out. No call takes in more than HK_MAIL_BLOCKS and a parcel; what is left is heap->mail.
 * Locking: none; the push is a compare-and-swap loop, many senders. Who takes mail is inside the
 * heap's gate.
 * Read next: heap.h, parcel.h. */
#ifndef HK_REMOTE_H
#define HK_REMOTE_H

#include "heap.h"
#include "parcel.h"

/* Posts a full outbox, and looks around when that is due. */
void hk_remote_post_full(struct hk_outbox *box);

/* For a block whose guess (tag.h) is the tag of a heap that there is an outbox open for: it is
 * sent. False: nothing was done. */
static inline bool hk_remote_add(void *block, uint64_t guess)
{
    struct hk_outbox *boxes = hk_cache.outboxes;
    if (hk_unlikely(!boxes))
        return false;
    struct hk_outbox *box = &boxes[hk_tag_heap(guess) % HK_OUTBOXES];
    if (guess - box->own >= HK_TAG_LOW_END)
        return false;
    box->parcel->blocks[box->count++] = block;
    box->room -= (int32_t)(hk_classes[hk_tag_class(guess)].block_bytes + HK_OUTBOX_EACH);
    if (hk_unlikely(box->room < 0))
        hk_remote_post_full(box);
    return true;
}

/* Sends a block, which has this tag, to the heap it belongs to, sooner or later. */
void hk_remote_send(void *block, uint64_t tag);

/* Sends on a block that was freed, whose slab is not the caller's any more. */
void hk_remote_forward(void *block);

/* Posts what is gathered. */
void hk_remote_flush(void);

/* The same, and gives up what the outboxes are made of. */
void hk_remote_close(void);

/* Takes some of the calling thread's inbox into its lists; false when there was nothing. */
bool hk_remote_receive(void);

/* Takes some of a heap's inbox into its slabs; false: there is more. The caller is inside the gate.
 */
bool hk_remote_unload(struct hk_heap *heap);

#endif
