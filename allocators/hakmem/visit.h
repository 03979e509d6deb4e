/* Mail and visits: what others do to a heap, so that what came home to it, or what it keeps for
 * later, holds no memory for longer than a period though its thread sleeps, or has ended.
 * Bounds: an inbox that holds more than its share is emptied by whoever sends next.
 * Locking: the heap's gate, which is only tried: a busy owner is not disturbed. Read next: heaps.h,
 * remote.h. */
#ifndef HK_VISIT_H
#define HK_VISIT_H

#include "heap.h"

/* So many bytes more were sent to a heap: when many wait, or it is parked, its slabs take them in
 * now. Not if somebody is inside its gate. */
void hk_visit_sent(struct hk_heap *heap, size_t bytes);

/* *left: blocks that the call may return yet; none, and nothing is done. */

/* Gives to the slabs, and these to the pool, what came home to parked heaps, to so many of them at
 * most; and what they kept. */
void hk_visit_parked(unsigned most, bool or_kept, size_t *left);

/* Of heaps whose threads have not looked around for a period all goes but what is in the threads'
 * lists. One thread does so, once a period. */
void hk_visit_sleepers(uint64_t now_ns, size_t *left);

/* A slab of this class with room, of a heap whose thread sleeps or has ended, is the given heap's
 * from now on. With many threads on few CPUs most sleep at any time, and the room that others make
 * in their slabs would wait for them. The blocks of a slab that moves are the new owner's, also
 * those that lie in the old one's lists and mail: there they are sent on. Not with HAKMEM_HARDEN.
 * False: none of the few that were asked has one. The caller is the owner, and inside no gate. */
bool hk_visit_for_slab(struct hk_heap *heap, unsigned class_index);

/* Whether there is more to do for the next one, who should come soon. */
bool hk_visit_goes_on(void);

#endif
