/* All heaps: which there are, who has one, what becomes of those that a fork left behind, and their
 * gates. A heap outlives its thread: it is parked whole when the thread ends (slabs, inbox, id) and
 * taken over by a later one. After a fork the heaps of other threads are the child's: their slabs
 * are counted anew from the bitmaps (hk_slab_repair); what those threads kept in their lists is
 * lost to the child.
 * Locking: the table and the parked list have a lock, which is taken inside gates. Who works on a
 * heap's slabs, reserve or inbox is inside its gate. That is its owner, who waits for it, or a
 * visitor (visit.h), who only tries: none waits for a gate inside another's.
 * Read next: thread.h. */
#ifndef HK_HEAPS_H
#define HK_HEAPS_H

#include "heap.h"

/* A parked heap, or a new one; NULL: no memory, or too many threads. The caller makes it its own,
 * or parks it. */
struct hk_heap *hk_heaps_take(void);
void hk_heap_own(struct hk_heap *heap);

/* A parked one that others have sent blocks to, or one that kept its lists; NULL: none. The caller
 * parks it again. */
struct hk_heap *hk_heaps_take_mailed(bool or_kept);

/* The calling thread has none any more; its lists are empty. Returns what it had. */
struct hk_heap *hk_heap_disown(void);

/* The calling thread's heap, with what its lists hold, for a later thread to begin with; if it is
 * small, and all that wait so are. False: nothing was done. To be parked next. */
bool hk_heaps_keep(void);

/* What was kept is in the slabs now. The caller is inside the gate. */
void hk_heaps_note_unkept(struct hk_heap *heap);

/* Gives a heap up for a later thread; the caller's lists are empty. */
void hk_heaps_park(struct hk_heap *heap);

/* The heap with this id; NULL when there never was one. Ids go from 1 to the count. */
struct hk_heap *hk_heaps_by_id(uint32_t id);
uint32_t hk_heaps_count(void);

/* What each heap with a thread may have of so much for all, at least and at most so much. */
size_t hk_heaps_share(size_t all, size_t least, size_t most);

/* The owner goes into its heap's gate, and out; calls may be nested. Another thread only tries, and
 * releases heap->gate; false: somebody is inside. What a fork left half-changed is mended. */
void hk_heap_enter(struct hk_heap *heap);
void hk_heap_leave(struct hk_heap *heap);
bool hk_heap_try_gate(struct hk_heap *heap);

/* In a forked child: heaps of threads that are not here any more are parked at the next need, so
 * that what comes home to them is used again. by_forked: the calling thread is the one that was
 * forked; else that one calls hk_heaps_claim later, and the need is not before. */
void hk_heaps_after_fork(bool by_forked);
void hk_heaps_claim(void);

/* The need. Once a process: most children go on to exec. */
void hk_heaps_adopt_orphans(void);

#endif
