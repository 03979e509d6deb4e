/* A heap's slabs by class: those that give blocks, and sparse ones that only take theirs back.
 * Of a working set that shrank, each slab keeps a few live blocks, and as those are freed the
 * thread's lists hand them out again: the slabs would stay for ever. So at the end of a period the
 * sparsest drain: they give no more, the frees of their blocks leave the fast path (by
 * the watched bit of their tag) and go home past the lists, and the last one releases the slab.
 * Invariant: giving[c] lists exactly the slabs of class c with a free or fresh block that do not
 * drain (slab->listed); draining[c] those that do. Locking: the heap's owner.
 * Read next: slab.h, heap.h. */
#ifndef HK_SLABLIST_H
#define HK_SLABLIST_H

#include "slab.h"

/* Pages are given in turns round all lists, and each in steps. */
struct hk_pages_turn {
    unsigned list;        /* that is next, and in it: */
    struct hk_slab *next; /* NULL: its first one */
    unsigned lists_left;  /* 0: no turn is under way */
    unsigned looks_left;  /* at slabs */
};

struct hk_slab_lists {
    struct hk_slab *giving[HK_CLASS_COUNT], *draining[HK_CLASS_COUNT];
    unsigned next_class; /* to be looked at when draining slabs are chosen */
    size_t granules;     /* of all slabs of the heap, those too that are in no list */
    size_t carved_bytes; /* of their blocks that were ever handed out: what is resident of them */
    size_t used_bytes;   /* of their blocks that were taken and have not come back */
    struct hk_pages_turn turn;
};

/* Into and out of giving[]. */
void hk_slabs_list(struct hk_slab_lists *lists, struct hk_slab *slab);
void hk_slabs_unlist(struct hk_slab_lists *lists, struct hk_slab *slab);

/* Gives up an empty slab that is in none of the lists. */
void hk_slabs_release(struct hk_slab_lists *lists, struct hk_slab *slab);

/* A slab that gives goes from one heap's lists to another's; in between it is in none. */
void hk_slabs_leave(struct hk_slab_lists *lists, struct hk_slab *slab);
void hk_slabs_join(struct hk_slab_lists *lists, struct hk_slab *slab);

/* One of the class that gives: the first of giving[], or one that is called back from draining.
 * NULL: a new one is needed. */
struct hk_slab *hk_slabs_with_room(struct hk_slab_lists *lists, unsigned class_index);

/* After so many blocks came home to their slab: lists it, or releases it when it has become empty
 * and is not the last of its class. False: it is gone. */
bool hk_slabs_returned(struct hk_slab_lists *lists, struct hk_slab *slab, uint32_t blocks);

/* Empty slabs, alone in their list, go as well. */
void hk_slabs_release_empty(struct hk_slab_lists *lists);

/* The same where empty ones may stand anywhere in the lists. */
void hk_slabs_release_all_empty(struct hk_slab_lists *lists);

/* None gives any more. */
void hk_slabs_retire(struct hk_slab_lists *lists);

/* Pages of slabs of which nothing is in use go to the system, when they are more than what is kept
 * anyway and nothing was taken from the slab since the last time; or whatever, of a heap whose
 * thread sleeps. A step: so many slabs and system calls. False: the turn is not over, call again
 * soon; it ends after HK_PAGES_TURN slabs, and the next one goes on there. */
bool hk_slabs_give_pages(struct hk_slab_lists *lists, bool whatever);

/* Makes the sparsest slabs drain, when there is more in that than what is kept anyway. Looks at
 * HK_DRAIN_LOOKS slabs at most. */
void hk_slabs_choose_draining(struct hk_slab_lists *lists);

#endif
