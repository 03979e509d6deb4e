/* Mail and visits: see visit.h. */
#include "visit.h"

#include "heaps.h"
#include "option.h"
#include "os.h"
#include "remote.h"

/* What a call does for others, and no more: so many blocks. */
static void return_reserves(struct hk_heap *heap, size_t *left)
{
    for (unsigned c = 0; *left > 0 && c < HK_CLASS_COUNT; c++)
        *left -= hk_heap_return_some(heap, &heap->reserve[c], *left);
    if (*left > 0)
        hk_heaps_note_unkept(heap);
}

static void unload(struct hk_heap *heap, size_t *left)
{
    while (*left > 0 && !hk_remote_unload(heap))
        *left -= *left < HK_MAIL_BLOCKS ? *left : HK_MAIL_BLOCKS;
}

/* Into the slabs, unless somebody is inside the gate. Of a heap in use the thread is not asked: it
 * may sleep for ever. */
static bool empty_inbox(struct hk_heap *heap, bool and_kept)
{
    size_t left = HK_RETURN_BLOCKS;
    if (!hk_heap_try_gate(heap))
        return false;
    if (and_kept && heap->kept)
        return_reserves(heap, &left);
    (void)hk_remote_unload(heap);
    hk_slabs_release_empty(&heap->slabs);
    hk_lock_release(&heap->gate);
    return true;
}

void hk_visit_sent(struct hk_heap *heap, size_t bytes)
{
    const size_t waiting = atomic_load_explicit(&heap->inbox_bytes, memory_order_relaxed) + bytes;
    atomic_store_explicit(&heap->inbox_bytes, waiting, memory_order_relaxed);
    const bool sleeps = waiting > hk_heaps_share(HK_INBOX_ALL, HK_INBOX_LEAST, HK_INBOX_MOST);
    const bool is_much =
        waiting > HK_INBOX_PARKED || atomic_load_explicit(&heap->mail, memory_order_relaxed);
    if (!sleeps && !(heap->is_parked && is_much))
        return;
    hk_heaps_adopt_orphans();
    (void)empty_inbox(heap, false);
    if (sleeps && hk_cache.heap)
        hk_heap_note_shrinking(hk_cache.heap, hk_os_clock_ns(), HK_SHRINK_FREES);
}

/* Of a heap whose thread has not looked around for a period: it sleeps, or does so little that its
 * lists serve all; or there is none. What it does not need goes, but for what is in its lists. */
static void visit(struct hk_heap *heap, size_t *left)
{
    if (!hk_heap_try_gate(heap))
        return;
    unload(heap, left);
    return_reserves(heap, left);
    hk_slabs_release_empty(&heap->slabs);
    if (*left > 0 && !hk_slabs_give_pages(&heap->slabs, true))
        *left = 0;
    heap->is_visited = *left > 0;
    hk_lock_release(&heap->gate);
}

static _Atomic bool goes_on; /* the last visitor left something to do */

bool hk_visit_goes_on(void)
{
    return atomic_load_explicit(&goes_on, memory_order_relaxed);
}

static bool sleeps(struct hk_heap *heap, uint64_t now_ns)
{
    return heap && heap != hk_cache.heap && (!heap->is_visited || hk_heap_has_mail(heap)) &&
           heap->next_period_ns + HK_PURGE_PERIOD_NS < now_ns;
}

/* One thread a period; so many heaps each time, in turn. Where there was more to do than a call may
 * take it goes on soon. */
void hk_visit_sleepers(uint64_t now_ns)
{
    static _Atomic uint64_t next_ns;
    static _Atomic uint32_t next_id;
    uint64_t seen_ns = atomic_load_explicit(&next_ns, memory_order_relaxed);
    size_t left = HK_RETURN_BLOCKS;
    if (now_ns < seen_ns || hk_options.profile == HK_PROFILE_SPEED ||
        !atomic_compare_exchange_strong(&next_ns, &seen_ns, now_ns + HK_PURGE_PERIOD_NS))
        return;
    hk_heaps_adopt_orphans();
    const uint32_t count = hk_heaps_count();
    for (uint32_t i = 0; i < count && i < HK_VISITS && left > 0; i++) {
        const uint32_t id = atomic_load_explicit(&next_id, memory_order_relaxed) % count + 1;
        struct hk_heap *heap = hk_heaps_by_id(id);
        if (sleeps(heap, now_ns))
            visit(heap, &left);
        if (left > 0)
            atomic_store_explicit(&next_id, id, memory_order_relaxed);
    }
    atomic_store_explicit(&goes_on, left == 0, memory_order_relaxed);
    if (left == 0)
        atomic_store_explicit(&next_ns, now_ns + HK_VISIT_AGAIN_NS, memory_order_relaxed);
}

/* No thread may ever come to take such a heap over. */
void hk_visit_parked(unsigned most, bool or_kept)
{
    struct hk_heap *heap;
    bool is_free = true;
    hk_heaps_adopt_orphans();
    for (unsigned i = 0; i < most && is_free && (heap = hk_heaps_take_mailed(or_kept)); i++) {
        is_free = empty_inbox(heap, or_kept); /* else somebody does, and it would be found again */
        hk_heaps_park(heap);
    }
}
