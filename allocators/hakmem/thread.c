/* Threads: see thread.h. */
#include "thread.h"

#include "harden.h"
#include "large.h"
#include "option.h"
#include "remote.h"
#include "stats.h"
#include "super.h"

#include <pthread.h>

static pthread_key_t exit_key;
static _Atomic int key_state; /* 0 not made, 1 being made, 2 there, 3 cannot be had */

static void on_thread_exit(void *heap)
{
    (void)heap;
    hk_thread_leave();
}

/* Making a key never allocates; setting one may, which is why the heap is in place before. */
static bool have_key(void)
{
    int state = 0;
    if (atomic_compare_exchange_strong(&key_state, &state, 1)) {
        state = pthread_key_create(&exit_key, on_thread_exit) == 0 ? 2 : 3;
        atomic_store(&key_state, state);
    }
    while (state == 1) { /* another thread is at it: a few instructions */
        hk_pause();
        state = atomic_load(&key_state);
    }
    return state == 2;
}

bool hk_thread_ready(void)
{
    if (hk_cache.heap)
        return true;
    struct hk_heap *heap = hk_heap_take();
    if (!heap)
        return false;
    hk_cache.heap = heap;
    hk_cache.own = heap->id << HK_TAG_SHIFT;
    hk_heap_choose_counting(0);
    if (have_key())
        (void)pthread_setspecific(exit_key, heap);
    return true;
}

void hk_thread_leave(void)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_remote_flush();
    if (!heap)
        return;
    (void)hk_remote_receive();
    hk_heap_flush();
    hk_cache.base = hk_cache.own = HK_TAG_NO_HEAP;
    hk_cache.weight = 1;
    hk_cache.heap = NULL;
    hk_heap_park(heap);
}

/* No lock is taken before a fork: another thread may hold one of stdio's and wait for ours, while
 * fork itself waits for stdio's. The child repairs what was in somebody's hands instead. */
static bool is_child;

static void in_child(void)
{
    is_child = true;
    hk_super_after_fork();
    hk_heap_after_fork();
    hk_large_after_fork();
}

__attribute__((constructor)) static void at_start(void)
{
    hk_options_read();
    if (hk_options.harden)
        hk_harden_start();
    (void)hk_super_open();
    (void)pthread_atfork(NULL, NULL, in_child);
}

/* Blocks still in the lists are looked at as they dissolve: a double free that was never reused
 * is found at the latest here. Not in a forked child: looking would copy the parent's pages one by
 * one, only to end. */
__attribute__((destructor)) static void at_exit(void)
{
    hk_stats_at_exit();
    if (!is_child)
        hk_thread_leave();
}
