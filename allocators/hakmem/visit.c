/* Mail and visits: see visit.h. */
#include "visit.h"

#include "heaps.h"
#include "option.h"
#include "os.h"
#include "remote.h"

/* What a call does for others, and no more: so many blocks. */
static void return_reserves(struct hk_heap *heap, size_t *left)
{
    heap->is_leaving = heap->gives_reserve = true;
    hk_heap_return_leaving(heap, left);
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
static bool empty_inbox(struct hk_heap *heap, bool and_kept, size_t *left)
{
    if (!hk_heap_try_gate(heap))
        return false;
    if (and_kept && heap->kept)
        return_reserves(heap, left);
    (void)hk_remote_unload(heap);
    *left -= *left < HK_MAIL_BLOCKS ? *left : HK_MAIL_BLOCKS;
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
    size_t left = HK_MAIL_BLOCKS;
    (void)empty_inbox(heap, false, &left);
    if (sleeps && hk_cache.heap)
        hk_heap_note_shrinking(hk_cache.heap, hk_os_clock_ns());
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
           hk_os_is_due(now_ns, heap->next_period_ns + HK_PURGE_PERIOD_NS, HK_PURGE_PERIOD_NS);
}

/* One thread a period; so many heaps each time, in turn. Where there was more to do than a call may
 * take it goes on soon. */
void hk_visit_sleepers(uint64_t now_ns, size_t *left)
{
    static _Atomic uint64_t next_ns;
    static _Atomic uint32_t next_id;
    uint64_t seen_ns = atomic_load_explicit(&next_ns, memory_order_relaxed);
    if (*left == 0 || !hk_os_is_due(now_ns, seen_ns, HK_PURGE_PERIOD_NS) ||
        hk_options.profile == HK_PROFILE_SPEED ||
        !atomic_compare_exchange_strong(&next_ns, &seen_ns, now_ns + HK_PURGE_PERIOD_NS))
        return;
    hk_heaps_adopt_orphans();
    const uint32_t count = hk_heaps_count();
    for (uint32_t i = 0; *left > 0 && i < count && i < HK_VISITS; i++) {
        const uint32_t id = atomic_load_explicit(&next_id, memory_order_relaxed) % count + 1;
        struct hk_heap *heap = hk_heaps_by_id(id);
        if (sleeps(heap, now_ns))
            visit(heap, left);
        if (*left > 0)
            atomic_store_explicit(&next_id, id, memory_order_relaxed);
    }
    atomic_store_explicit(&goes_on, *left == 0, memory_order_relaxed);
    if (*left == 0)
        atomic_store_explicit(&next_ns, now_ns + HK_VISIT_AGAIN_NS, memory_order_relaxed);
}

/* No thread may ever come to take such a heap over. */
void hk_visit_parked(unsigned most, bool or_kept, size_t *left)
{
    struct hk_heap *heap;
    bool is_free = true;
    hk_heaps_adopt_orphans();
    for (unsigned i = 0; i < most && is_free && *left > 0 && (heap = hk_heaps_take_mailed(or_kept));
         i++) {
        is_free =
            empty_inbox(heap, or_kept, left); /* else somebody does, and it would be found again */
        hk_heaps_park(heap);
    }
}

/* ---- slabs of those that sleep ---- */

static void move_slab(struct hk_heap *from, struct hk_heap *to, struct hk_slab *slab)
{
    from->gave_slabs = true;
    hk_slabs_leave(&from->slabs, slab);
    hk_slab_set_heap(slab, to->id);
    hk_slabs_join(&to->slabs, slab);
}

/* One of the first few of its class with a share free, of a heap that has much room. NULL: none. */
static struct hk_slab *find_room(const struct hk_heap *heap, unsigned class_index)
{
    const size_t capacity = hk_classes[class_index].capacity,
                 bytes = heap->slabs.granules << HK_GRANULE_SHIFT;
    if (bytes < heap->slabs.used_bytes + HK_ROOM_BYTES)
        return NULL;
    struct hk_slab *slab = heap->slabs.giving[class_index];
    for (int looks = 0; slab && looks < HK_ROOM_LOOKS; looks++, slab = slab->next) {
        hk_did(1);
        if (capacity - hk_slab_used(slab) >= capacity / HK_ROOM_SHARE)
            return slab;
    }
    return NULL;
}

static bool may_be_asked(struct hk_heap *heap, uint64_t now_ns)
{
    return heap && heap != hk_cache.heap &&
           (heap->is_parked ||
            hk_os_is_due(now_ns, heap->seen_ns + HK_ROOM_SLEEP_NS, HK_ROOM_SLEEP_NS));
}

/* Inside both gates. False: none, or somebody is inside one of them. */
static bool take_slab_of(struct hk_heap *other, struct hk_heap *heap, unsigned class_index)
{
    if (!hk_heap_try_gate(other))
        return false;
    struct hk_slab *slab = find_room(other, class_index);
    const bool may_move = slab && hk_heap_try_gate(heap);
    if (may_move) {
        move_slab(other, heap, slab);
        heap->most_used += (size_t)hk_slab_used(slab) * hk_classes[class_index].block_bytes;
        hk_lock_release(&heap->gate);
    }
    hk_lock_release(&other->gate);
    return may_move;
}

/* Who finds nothing asks half as many the next time. */
bool hk_visit_for_slab(struct hk_heap *heap, unsigned class_index)
{
    static _Atomic uint32_t next_id;
    const uint32_t count = hk_options.harden ? 0 : hk_heaps_count();
    const uint64_t now_ns = hk_os_clock_ns();
    const unsigned most = HK_ROOM_HEAPS >> heap->room_patience;
    bool found = false;
    for (uint32_t i = 0; !found && i < count && i < most; i++) {
        const uint32_t turn = atomic_fetch_add_explicit(&next_id, 1, memory_order_relaxed);
        struct hk_heap *other = hk_heaps_by_id(turn % count + 1);
        if (may_be_asked(other, now_ns))
            found = take_slab_of(other, heap, class_index);
    }
    if (found)
        heap->room_patience = 0;
    else if (heap->room_patience < HK_ROOM_PATIENCE)
        heap->room_patience++;
    return found;
}
