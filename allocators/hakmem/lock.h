/* Locks, and what is left of them in a forked child.
 * No lock is taken before a fork: another thread may hold one of stdio's and want one of ours,
 * while fork waits for stdio's. A child finds out by a page that the kernel wipes in it: at its
 * next look around, or when a lock is held that nobody is there to give back. Then each lock is
 * looked at once: what it guards is repaired if another thread held it (thread.c). Where the kernel
 * has no such page (before 4.14), a handler of pthread_atfork does the same. Ranks: a thread takes
 * a lock only while those that it holds have lower ranks. Read next: super.h (what is repaired, and
 * how). */
#ifndef HK_LOCK_H
#define HK_LOCK_H

#include "base.h"

#include <stdatomic.h>

enum hk_lock_rank {
    HK_RANK_START = 1,
    HK_RANK_KEY,
    HK_RANK_GATE, /* of heaps: one may be held beside another's, which was only tried */
    HK_RANK_HEAPS,
    HK_RANK_POOL,
    HK_RANK_LARGE,
    HK_RANK_RUNS,
    HK_RANK_RANGES,
};

/* A mutex of one word that sleeps in the kernel when contended (Drepper 2011, "Futexes Are
 * Tricky", mutex 2). The word names its holder, so that a child sees in one look whether it is held
 * and by whom. A name is of one thread for good: an address is not, as a child's new thread gets
 * the stack of one that was left behind. Unlocked when zero but for the rank. */
struct hk_lock {
    _Atomic uint32_t state; /* 0 free; else the holder's name, and HK_LOCK_WAITED */
    enum hk_lock_rank rank;
};
#define HK_LOCK_WAITED (UINT32_C(1) << 31)

/* Acquiring, and trying, repair what a fork left behind first: so nobody but the thread that does
 * so has a lock meanwhile that he took in this process. */
void hk_lock_acquire(struct hk_lock *lock);
void hk_lock_release(struct hk_lock *lock);

/* Never waits; false: somebody holds it. For gates. */
bool hk_lock_try(struct hk_lock *lock);

/* In a forked child, at its repair. True when another thread held the lock at the moment of the
 * fork: what it guards may be half-changed. Then the caller holds it, and releases it when that is
 * mended: who forks once more in between finds it held. A lock of the calling thread's own (which
 * forked in a signal handler) stays, and its work goes on when the handler is over. */
bool hk_lock_take_over(struct hk_lock *lock);

/* What it guards is whole: it is free, if another thread had it. */
void hk_lock_set_free(struct hk_lock *lock);

/* Whether this process is a forked child that has not been repaired yet. */
extern const _Atomic uint32_t *hk_fork_mark HK_HIDDEN; /* 0: it is */
static inline bool hk_is_unrepaired_child(void)
{
    return atomic_load_explicit(hk_fork_mark, memory_order_relaxed) == 0;
}

/* Puts the mark up, once. repair: run in a child at its first look around. That may be a new
 * thread's, which cannot know what the thread that was forked owns: then it is run once more when
 * that one looks around (is_again). Any address that the kernel chose comes back in *near. */
typedef void hk_repair(bool by_forked, bool is_again);
void hk_fork_watch(hk_repair *repair, uintptr_t *near);
void hk_fork_repair_if_child(void);

/* The same where the kernel wipes no mark too: by a system call. */
void hk_fork_repair(void);

/* The same in a handler of fork's, by the thread that was forked: this is a child, also where the
 * kernel said that it would wipe the mark and did not. */
void hk_fork_repair_forked(void);

#endif
