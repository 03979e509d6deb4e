/* Threads: see thread.h. */
#include "thread.h"

#include "heaps.h"
#include "inspect.h"
#include "large.h"
#include "lock.h"
#include "option.h"
#include "os.h"
#include "quarantine.h"
#include "remote.h"
#include "runs.h"
#include "stats.h"
#include "super.h"
#include "visit.h"

#include <pthread.h>

/* ---- the key whose destructor sees a thread's end ---- */

static struct {
    struct hk_lock lock;
    pthread_key_t key;
    enum { NOT_MADE, MADE, CANNOT_BE_HAD } state;
} at_end = {.lock = {.rank = HK_RANK_KEY}};

static void on_thread_exit(void *heap)
{
    (void)heap;
    hk_thread_leave();
    hk_cache.has_ended = true;
}

/* Making a key never allocates; setting one may, which is why the heap is in place before. */
static bool have_key(void)
{
    hk_lock_acquire(&at_end.lock);
    if (at_end.state == NOT_MADE)
        at_end.state = pthread_key_create(&at_end.key, on_thread_exit) == 0 ? MADE : CANNOT_BE_HAD;
    const bool have = at_end.state == MADE;
    hk_lock_release(&at_end.lock);
    return have;
}

static __thread bool is_unseen; /* this thread's end: the C library had no memory for that */

/* May allocate, and so come by here again. */
HK_SLOW static void see_end(void)
{
    is_unseen = false;
    is_unseen =
        !hk_cache.has_ended && have_key() && pthread_setspecific(at_end.key, hk_cache.heap) != 0;
}

/* ---- start and forks ---- */

static bool is_child;
static struct {
    struct hk_lock lock;
    _Atomic bool is_done;
} start = {.lock = {.rank = HK_RANK_START}};

/* What another thread had half-changed when it was forked away from, one lock after the other, and
 * why the child is right:
 * - the key: made again at most, if it was being made;
 * - heaps: hk_heaps_after_fork; superslabs: hk_super_after_fork; large blocks: hk_large_after_fork;
 * - tags: each is one word, and is set before a block of its slab is out;
 * - ranges in quarantine: hk_quarantine_after_fork; seals: each is one word, and there before its
 *   block is one;
 * - an inbox: one word; a batch is posted whole or is lost with its sender. */
static void repair_child(bool by_forked, bool is_again)
{
    is_child = true;
    if (is_again) {
        hk_heaps_claim();
        return;
    }
    hk_lock_set_free(&at_end.lock);
    hk_lock_set_free(&start.lock);
    hk_super_after_fork();
    hk_heaps_after_fork(by_forked);
    hk_large_after_fork();
    hk_quarantine_after_fork();
}

static void in_child(void)
{
    hk_fork_repair_forked();
}

static void choose_link_key(void)
{
    hk_link_key = (uintptr_t)hk_os_secret(0) | (uintptr_t)1 << (8 * sizeof hk_link_key - 1);
}

/* Once: by the constructor, or by the first need of a slab if that is earlier. */
static void start_once(void)
{
    uintptr_t near;
    hk_lock_acquire(&start.lock);
    if (!start.is_done) {
        choose_link_key();
        hk_fork_watch(repair_child, &near);
        hk_super_place(near);
        hk_runs_place(near);
        start.is_done = true;
    }
    hk_lock_release(&start.lock);
}

__attribute__((constructor)) static void at_start(int count, char **words, char **environment)
{
    (void)count;
    (void)words;
    start_once();
    hk_options_read(environment);
    if (hk_options.harden)
        hk_inspect_start();
    (void)pthread_atfork(NULL, NULL, in_child);
}

/* ---- threads ---- */

bool hk_thread_ready(void)
{
    if (hk_cache.heap) {
        if (hk_unlikely(is_unseen))
            see_end();
        return true;
    }
    if (hk_unlikely(!start.is_done))
        start_once();
    struct hk_heap *heap = hk_heaps_take();
    if (!heap)
        return false;
    hk_heap_own(heap);
    hk_heap_choose_counting(hk_os_clock_ns());
    see_end();
    return true;
}

void hk_thread_done(void)
{
    if (hk_unlikely(hk_cache.has_ended))
        hk_thread_leave();
}

static void give_up_heap(bool may_keep)
{
    const struct hk_heap *heap = hk_cache.heap;
    if (hk_options.harden)
        hk_quarantine_empty();
    if (!heap)
        return;
    while (hk_remote_receive()) {
    }
    hk_remote_close();
    if (!may_keep || !hk_heaps_keep())
        hk_heap_flush();
    hk_heaps_park(hk_heap_disown());
}

/* Blocks of slabs that moved on went to other heaps, perhaps such as nobody comes to.
 * What it leaves in the pool beyond what is kept anyway goes to the system: perhaps nobody comes by
 * to look at the clock. */
void hk_thread_leave(void)
{
    const bool has_sent = hk_cache.heap && hk_cache.heap->gave_slabs;
    size_t left = HK_RETURN_BLOCKS;
    give_up_heap(true);
    if (has_sent)
        hk_visit_parked(HK_PARKED_AT_ONCE, false, &left);
    const uint64_t now_ns = hk_os_clock_ns();
    hk_super_purge(now_ns, HK_PURGE_EXCESS);
    hk_large_purge(now_ns, HK_LARGE_CACHE_NS);
}

/* Blocks still in the lists are looked at as they dissolve: a double free that was never reused
 * is found at the latest here, and so are with HAKMEM_HARDEN overflows of blocks that are never
 * freed. Not in a forked child: looking would copy the parent's pages one by
 * one, only to end. */
__attribute__((destructor)) static void at_exit(void)
{
    hk_stats_at_exit();
    if (is_child || hk_is_unrepaired_child())
        return;
    if (hk_options.harden)
        hk_inspect_at_exit();
    give_up_heap(false); /* nothing is given to the system that is about to take all */
    size_t all = SIZE_MAX;
    hk_visit_parked(HK_HEAPS_MAX, true, &all);
}
