/* Mail and visits: see visit.h. */
#include "visit.h"

#include "heaps.h"
#include "os.h"
#include "remote.h"

/* Never waits; false: somebody is inside. A heap that a fork left half-changed is its owner's to
 * mend, at its next way in. */
static bool try_gate(struct hk_heap *heap)
{
    if (!hk_lock_try(&heap->gate))
        return false;
    if (hk_likely(!heap->is_torn))
        return true;
    hk_lock_release(&heap->gate);
    return false;
}

static void return_reserves(struct hk_heap *heap)
{
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++)
        (void)hk_heap_return_reserve(heap, c);
    hk_heaps_note_unkept(heap);
}

/* Into the slabs, unless somebody is inside the gate. Of a heap in use the thread is not asked: it
 * may sleep for ever. */
static bool empty_inbox(struct hk_heap *heap, bool and_kept)
{
    if (!try_gate(heap))
        return false;
    if (and_kept && heap->kept)
        return_reserves(heap);
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
static void visit(struct hk_heap *heap)
{
    if (!try_gate(heap))
        return;
    const bool is_all = hk_remote_unload(heap);
    return_reserves(heap);
    hk_slabs_release_empty(&heap->slabs);
    heap->is_visited = hk_slabs_give_pages(&heap->slabs, true) && is_all;
    hk_lock_release(&heap->gate);
}

/* One thread a period; so many heaps each time, in turn. */
void hk_visit_sleepers(uint64_t now_ns)
{
    static _Atomic uint64_t next_ns;
    static _Atomic uint32_t next_id;
    uint64_t seen_ns = atomic_load_explicit(&next_ns, memory_order_relaxed);
    if (now_ns < seen_ns ||
        !atomic_compare_exchange_strong(&next_ns, &seen_ns, now_ns + HK_PURGE_PERIOD_NS))
        return;
    hk_heaps_adopt_orphans();
    const uint32_t count = hk_heaps_count();
    for (uint32_t i = 0; i < count && i < HK_VISITS; i++) {
        struct hk_heap *heap = hk_heaps_by_id(1 + next_id++ % count);
        if (heap && heap != hk_cache.heap && !heap->is_visited &&
            heap->next_period_ns + HK_PURGE_PERIOD_NS < now_ns)
            visit(heap);
    }
}

/* No thread may ever come to take such a heap over. */
void hk_visit_parked(unsigned most, bool or_kept)
{
    struct hk_heap *heap;
    bool goes_on = true;
    hk_heaps_adopt_orphans();
    for (unsigned i = 0; i < most && goes_on && (heap = hk_heaps_take_mailed(or_kept)); i++) {
        goes_on = empty_inbox(heap, or_kept); /* else somebody does, and it would be found again */
        hk_heaps_park(heap);
    }
}
