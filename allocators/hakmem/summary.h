/* What each superslab has free, in three bytes: the longest run of granules of each kind. Lines of
 * bytes, and above them the most of each line, four levels in all: so the first superslab with a
 * run of some length is found in a few steps, however many there are. The first line stands for
 * all while there is no other.
 * Invariant (hk_summary_valid): a byte above the lowest level is the most of its line; once there
 * is more than the first line.
 * Locking: the pool's lock. After a fork the pool clears and sets all anew, if another thread held
 * it. Read next: super.c. */
#ifndef HK_SUMMARY_H
#define HK_SUMMARY_H

#include "base.h"

enum hk_summary_kind {
    HK_SUMMARY_DIRTY, /* free and resident */
    HK_SUMMARY_BEGUN, /* free, the first granule resident */
    HK_SUMMARY_ANY,   /* free */
    HK_SUMMARY_KINDS,
};

/* Room for this superslab. False: no memory. */
bool hk_summary_prepare(size_t super);

void hk_summary_set(enum hk_summary_kind kind, size_t super, unsigned longest);

/* The first superslab with at least that; least is not 0. SIZE_MAX: none. */
size_t hk_summary_first(enum hk_summary_kind kind, unsigned least);

/* Nothing is free anywhere. */
void hk_summary_clear(void);

/* Debug builds. */
bool hk_summary_is(enum hk_summary_kind kind, size_t super, unsigned longest);
bool hk_summary_valid(void);

#endif
