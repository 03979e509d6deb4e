/* What each superslab has free, in three bytes: the longest run of granules of each kind. Lines of
 * bytes, and above them the most of each line, four levels in all: so the first superslab with a
 * run of some length is found in a few steps, however many there are. The first line stands for
 * all while there is no other.
 * Invariant (hk_longest_valid): a byte above the lowest level is the most of its line; once there
 * is more than the first line.
 * Locking: the pool's lock. After a fork the pool clears and sets all anew, if another thread held
 * it. Read next: super.c. */
#ifndef HK_LONGEST_H
#define HK_LONGEST_H

#include "base.h"

enum hk_longest_kind {
    HK_LONGEST_DIRTY, /* free and resident */
    HK_LONGEST_BEGUN, /* free, the first granule resident */
    HK_LONGEST_ANY,   /* free */
    HK_LONGEST_KINDS,
};

/* Room for this superslab. False: no memory. */
bool hk_longest_prepare(size_t super);

void hk_longest_set(enum hk_longest_kind kind, size_t super, unsigned longest);

/* The first superslab with at least that; least is not 0. SIZE_MAX: none. */
size_t hk_longest_first(enum hk_longest_kind kind, unsigned least);

/* Nothing is free anywhere. */
void hk_longest_clear(void);

/* Debug builds. */
bool hk_longest_is(enum hk_longest_kind kind, size_t super, unsigned longest);
bool hk_longest_valid(void);

#endif
