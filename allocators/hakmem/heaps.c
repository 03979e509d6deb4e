/* The table of heaps, and who has one: see heaps.h. */
#include "heaps.h"

#include "option.h"
#include "os.h"

#include <string.h>

__thread struct hk_cache hk_cache __attribute__((tls_model("initial-exec"))) = {
    .base = HK_TAG_NO_HEAP,
    .own = HK_TAG_NO_HEAP,
    .budget = HK_TICK_FREES,
    .weight = 1,
    .stride = HK_TICK_FREES,
};

uintptr_t hk_link_key;

/* ---- the table of heaps ---- */

#define CHUNK_HEAPS HK_HEAPS_CHUNK
#define CHUNKS      (HK_HEAPS_MAX / CHUNK_HEAPS + 1)

static struct hk_lock lock = {.rank = HK_RANK_HEAPS};

static struct {
    _Atomic uint32_t count; /* ids given out */
    struct hk_heap *parked;
    uint32_t process;         /* forks between the first process and this one */
    _Atomic bool has_orphans; /* heaps of threads that were left behind by a fork, perhaps */
    _Atomic uint32_t in_use;  /* with a thread */
    _Atomic size_t kept;      /* bytes carved of parked heaps that kept their lists */
} heaps;

/* Heap id is the (id - 1)th of all. */
static _Atomic(struct hk_heap *) first_chunk;
HK_TABLE static _Atomic(struct hk_heap *) chunks[CHUNKS]; /* the others */

/* Taken out of the parked ones by this thread, and not given to it or parked yet. */
static __thread struct hk_heap *in_hand;

static _Atomic(struct hk_heap *) *chunk_pointer(uint32_t place)
{
    return place < CHUNK_HEAPS ? &first_chunk : &chunks[place / CHUNK_HEAPS];
}

struct hk_heap *hk_heaps_by_id(uint32_t id)
{
    if (id == 0 || id >= HK_HEAPS_MAX)
        return NULL;
    const uint32_t place = id - 1;
    struct hk_heap *chunk = atomic_load_explicit(chunk_pointer(place), memory_order_acquire);
    return chunk && chunk[place % CHUNK_HEAPS].id == id ? &chunk[place % CHUNK_HEAPS] : NULL;
}

static void empty_outboxes(struct hk_heap *heap)
{
    for (unsigned i = 0; i < HK_OUTBOXES; i++)
        heap->outbox[i] = (struct hk_outbox){.own = HK_TAG_NO_HEAP};
    heap->spare = NULL;
}

/* Not counted yet. */
static struct hk_heap *new_heap(void)
{
    const uint32_t place = heaps.count, id = place + 1;
    if (id >= HK_HEAPS_MAX)
        return NULL;
    struct hk_heap *chunk = atomic_load_explicit(chunk_pointer(place), memory_order_relaxed);
    if (!chunk) {
        chunk = hk_os_map(hk_round_up(CHUNK_HEAPS * sizeof *chunk, HK_GRANULE));
        if (!chunk)
            return NULL;
        HK_STEP();
        atomic_store_explicit(chunk_pointer(place), chunk, memory_order_release);
    }
    chunk[place % CHUNK_HEAPS].gate.rank = HK_RANK_GATE;
    empty_outboxes(&chunk[place % CHUNK_HEAPS]);
    chunk[place % CHUNK_HEAPS].id = id;
    return &chunk[place % CHUNK_HEAPS];
}

/* It is in hand before it can be taken for one that a fork left behind. The caller has the lock. */
static void take_in_hand(struct hk_heap *heap)
{
    in_hand = heap;
    heap->process = heaps.process;
    HK_STEP();
    heap->is_parked = false;
}

struct hk_heap *hk_heaps_take(void)
{
    hk_lock_acquire(&lock);
    struct hk_heap *heap = heaps.parked ? heaps.parked : new_heap();
    if (heap)
        take_in_hand(heap);
    HK_STEP();
    if (heap && heap == heaps.parked)
        heaps.parked = heap->next_parked;
    else if (heap)
        heaps.count = heap->id;
    hk_lock_release(&lock);
    return heap;
}

void hk_heaps_park(struct hk_heap *heap)
{
    hk_lock_acquire(&lock);
    hk_assert(!heap->is_parked);
    heap->next_parked = heaps.parked;
    HK_STEP();
    heaps.parked = heap;
    heap->is_parked = true;
    heap->is_visited = false;
    in_hand = NULL;
    hk_lock_release(&lock);
}

void hk_heap_own(struct hk_heap *heap)
{
    hk_cache.heap = heap;
    hk_cache.outboxes = heap->outbox;
    hk_cache.own = (uint64_t)heap->id << HK_TAG_SHIFT;
    atomic_fetch_add_explicit(&heaps.in_use, 1, memory_order_relaxed);
    in_hand = NULL;
    hk_cache.key = hk_link_key;
    hk_heap_enter(heap);
    hk_heap_fetch(heap);
    hk_heaps_note_unkept(heap);
    hk_heap_leave(heap);
}

struct hk_heap *hk_heap_disown(void)
{
    struct hk_heap *heap = hk_cache.heap;
    in_hand = heap;
    hk_cache.base = hk_cache.own = HK_TAG_NO_HEAP;
    hk_cache.weight = 1;
    hk_cache.heap = NULL;
    hk_cache.outboxes = NULL;
    atomic_fetch_sub_explicit(&heaps.in_use, 1, memory_order_relaxed);
    hk_cache.key = 0; /* the lists are empty, and say so by zeros, as in a new thread */
    memset(hk_cache.list, 0, sizeof hk_cache.list);
    return heap;
}

struct hk_heap *hk_heaps_take_mailed(bool or_kept)
{
    hk_lock_acquire(&lock);
    struct hk_heap **link = &heaps.parked;
    while (*link && !hk_heap_has_mail(*link) && !(or_kept && (*link)->kept))
        link = &(*link)->next_parked;
    struct hk_heap *heap = *link;
    if (heap) {
        take_in_hand(heap);
        *link = heap->next_parked;
    }
    hk_lock_release(&lock);
    return heap;
}

static bool keep(struct hk_heap *heap)
{
    const size_t bytes = heap->slabs.carved_bytes;
    if (hk_options.harden || hk_options.profile == HK_PROFILE_LEAN || bytes > HK_KEPT_MOST)
        return false;
    if (atomic_fetch_add_explicit(&heaps.kept, bytes, memory_order_relaxed) + bytes > HK_KEPT_ALL) {
        atomic_fetch_sub_explicit(&heaps.kept, bytes, memory_order_relaxed);
        return false;
    }
    heap->kept = bytes;
    hk_heap_put_away(heap);
    return true;
}

/* A thread that begins with full lists starts as fast as one that goes on. */
bool hk_heaps_keep(void)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_heap_enter(heap);
    const bool is_kept = keep(heap);
    hk_heap_leave(heap);
    return is_kept;
}

void hk_heaps_note_unkept(struct hk_heap *heap)
{
    atomic_fetch_sub_explicit(&heaps.kept, heap->kept, memory_order_relaxed);
    heap->kept = 0;
}

size_t hk_heaps_share(size_t all, size_t least, size_t most)
{
    const size_t share =
        all / ((size_t)1 + atomic_load_explicit(&heaps.in_use, memory_order_relaxed));
    return share < least ? least : share > most ? most : share;
}

uint32_t hk_heaps_count(void)
{
    return atomic_load_explicit(&heaps.count, memory_order_acquire);
}

/* ---- forks ---- */

/* Whoever was at work in a heap is not there to finish. A gate of the calling thread's own, which
 * forked in a signal handler, stays. */
static void free_gates(void)
{
    for (uint32_t id = 1; id <= heaps.count; id++) {
        struct hk_heap *heap = hk_heaps_by_id(id);
        if (!heap || !hk_lock_take_over(&heap->gate))
            continue;
        heap->is_torn = true;
        hk_lock_release(&heap->gate);
    }
}

void hk_heaps_claim(void)
{
    if (hk_cache.heap)
        hk_cache.heap->process = heaps.process;
    if (in_hand)
        in_hand->process = heaps.process;
    atomic_fetch_add_explicit(&heaps.in_use, hk_cache.heap != NULL, memory_order_relaxed);
    atomic_store_explicit(&heaps.has_orphans, true, memory_order_release);
}

/* The list of parked heaps is made anew if another thread held the lock: one that it had in hand is
 * an orphan. The calling thread's own heap is of this process now. */
void hk_heaps_after_fork(bool by_forked)
{
    const bool half_changed = hk_lock_take_over(&lock);
    heaps.process++;
    heaps.has_orphans = by_forked;
    heaps.in_use = hk_cache.heap != NULL;
    if (hk_cache.heap)
        hk_cache.heap->process = heaps.process;
    if (in_hand)
        in_hand->process = heaps.process;
    free_gates();
    if (!half_changed)
        return;
    heaps.parked = NULL;
    for (uint32_t id = 1; id <= heaps.count; id++) {
        struct hk_heap *heap = hk_heaps_by_id(id);
        if (!heap || !heap->is_parked)
            continue;
        heap->next_parked = heaps.parked;
        heaps.parked = heap;
    }
    hk_lock_release(&lock);
}

static bool is_orphan(const struct hk_heap *heap)
{
    return !heap->is_parked && heap->process != heaps.process;
}

/* one: NULL for the slabs of all that are being adopted, or the heap whose slabs they must be. */
static void adopt_slab(struct hk_slab *slab, uint64_t tag, void *one)
{
    struct hk_heap *heap = hk_heaps_by_id(hk_tag_heap(tag));
    if (!heap || (one ? heap != one : !heap->is_adopted))
        return;
    hk_slab_repair(slab, heap->id);
    heap->slabs.granules += hk_classes[slab->class_index].granules;
    heap->slabs.carved_bytes += (size_t)slab->carved * hk_classes[slab->class_index].block_bytes;
    heap->slabs.used_bytes +=
        (size_t)hk_slab_used(slab) * hk_classes[slab->class_index].block_bytes;
    if (!hk_slab_is_exhausted(slab) && slab->sealed == hk_options.harden)
        hk_slabs_list(&heap->slabs, slab);
}

/* What was done inside its gate is forgotten: its lists are made anew from its slabs. */
static void forget_lists(struct hk_heap *heap)
{
    heap->slabs = (struct hk_slab_lists){.next_class = 0};
    memset(heap->reserve, 0, sizeof heap->reserve);
    memset(heap->leaving, 0, sizeof heap->leaving);
    heap->is_leaving = false;
    heap->mail = 0;
    hk_heaps_note_unkept(heap);
}

/* And what its thread had. One that the calling thread is at work in, and forked there in a signal
 * handler, is left for later. */
static void begin_adoption(struct hk_heap *heap)
{
    heap->is_adopted = false;
    if (!hk_lock_try(&heap->gate)) {
        heaps.has_orphans = true;
        return;
    }
    forget_lists(heap);
    empty_outboxes(heap);
    heap->zero_block = NULL;
    heap->waiting = NULL;
    heap->is_adopted = true;
}

static void end_adoption(struct hk_heap *heap)
{
    if (!heap->is_adopted)
        return;
    hk_slabs_release_all_empty(&heap->slabs);
    heap->is_torn = false;
    heap->is_adopted = false;
    HK_STEP();
    heap->next_parked = heaps.parked;
    heaps.parked = heap;
    heap->is_parked = true;
    hk_lock_release(&heap->gate);
}

static void each_orphan(void (*act)(struct hk_heap *heap))
{
    for (uint32_t id = 1; id <= heaps.count; id++) {
        struct hk_heap *heap = hk_heaps_by_id(id);
        if (heap && is_orphan(heap))
            act(heap);
    }
}

/* Who forks in a signal handler in between has new orphans, and adopts those that were begun with
 * here. */
void hk_heaps_adopt_orphans(void)
{
    if (!atomic_load_explicit(&heaps.has_orphans, memory_order_acquire))
        return; /* whoever adopted them is seen with it */
    hk_lock_acquire(&lock);
    if (heaps.has_orphans) {
        heaps.has_orphans = false;
        each_orphan(begin_adoption);
        hk_slab_walk(adopt_slab, NULL);
        each_orphan(end_adoption);
    }
    hk_lock_release(&lock);
}

/* ---- gates ---- */

/* Another thread was at work here when this process was forked off. */
HK_SLOW static void mend(struct hk_heap *heap)
{
    forget_lists(heap);
    hk_slab_walk(adopt_slab, heap);
    hk_slabs_release_all_empty(&heap->slabs);
    heap->is_torn = false;
}

bool hk_heap_try_gate(struct hk_heap *heap)
{
    if (!hk_lock_try(&heap->gate))
        return false;
    if (hk_unlikely(heap->is_torn))
        mend(heap);
    return true;
}

void hk_heap_enter(struct hk_heap *heap)
{
    if (hk_cache.gate_depth++ > 0)
        return;
    hk_lock_acquire(&heap->gate);
    if (hk_unlikely(heap->is_torn))
        mend(heap);
}

void hk_heap_leave(struct hk_heap *heap)
{
    if (--hk_cache.gate_depth == 0)
        hk_lock_release(&heap->gate);
}
