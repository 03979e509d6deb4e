/* Heaps: see heap.h. */
#include "heap.h"

#include "large.h"
#include "lock.h"
#include "msg.h"
#include "option.h"
#include "os.h"
#include "remote.h"
#include "runs.h"
#include "super.h"

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
    uint32_t count; /* ids given out */
    struct hk_heap *parked;
    uint32_t process;         /* forks between the first process and this one */
    _Atomic bool has_orphans; /* heaps of threads that were left behind by a fork, perhaps */
    _Atomic uint32_t in_use;  /* with a thread */
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

struct hk_heap *hk_heap_by_id(uint32_t id)
{
    if (id == 0 || id >= HK_HEAPS_MAX)
        return NULL;
    const uint32_t place = id - 1;
    struct hk_heap *chunk = atomic_load_explicit(chunk_pointer(place), memory_order_acquire);
    return chunk && chunk[place % CHUNK_HEAPS].id == id ? &chunk[place % CHUNK_HEAPS] : NULL;
}

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
    chunk[place % CHUNK_HEAPS].id = id;
    HK_STEP();
    heaps.count = id;
    return &chunk[place % CHUNK_HEAPS];
}

struct hk_heap *hk_heap_take(void)
{
    hk_lock_acquire(&lock);
    struct hk_heap *heap = heaps.parked;
    if (heap)
        heaps.parked = heap->next_parked;
    else
        heap = new_heap();
    HK_STEP();
    if (heap) {
        heap->is_parked = false;
        heap->process = heaps.process;
        in_hand = heap;
    }
    hk_lock_release(&lock);
    return heap;
}

void hk_heap_park(struct hk_heap *heap)
{
    hk_lock_acquire(&lock);
    hk_assert(!heap->is_parked);
    heap->next_parked = heaps.parked;
    HK_STEP();
    heaps.parked = heap;
    heap->is_parked = true;
    in_hand = NULL;
    hk_lock_release(&lock);
}

/* The lists are empty, and say so by the key; without a heap by zeros, as in a new thread. */
static void use_key(uintptr_t key)
{
    hk_cache.key = key;
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++)
        hk_list_set(c, NULL);
}

void hk_heap_own(struct hk_heap *heap)
{
    hk_cache.heap = heap;
    hk_cache.own = (uint64_t)heap->id << HK_TAG_SHIFT;
    atomic_fetch_add_explicit(&heaps.in_use, 1, memory_order_relaxed);
    use_key(hk_link_key);
    in_hand = NULL;
}

struct hk_heap *hk_heap_disown(void)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_cache.base = hk_cache.own = HK_TAG_NO_HEAP;
    hk_cache.weight = 1;
    hk_cache.heap = NULL;
    atomic_fetch_sub_explicit(&heaps.in_use, 1, memory_order_relaxed);
    use_key(0);
    return heap;
}

/* A parked heap that others have sent blocks to, out of the list. */
static struct hk_heap *take_parked_with_mail(void)
{
    hk_lock_acquire(&lock);
    struct hk_heap **link = &heaps.parked;
    while (*link && !atomic_load_explicit(&(*link)->inbox, memory_order_relaxed))
        link = &(*link)->next_parked;
    struct hk_heap *heap = *link;
    HK_STEP();
    if (heap) {
        *link = heap->next_parked;
        heap->is_parked = false;
        heap->process = heaps.process;
    }
    hk_lock_release(&lock);
    return heap;
}

static void keep_own(struct hk_heap *heap)
{
    heap->process = heaps.process;
    if (hk_lock_after_fork(&heap->gate))
        heap->is_torn = true;
}

/* Parked heaps that another thread was emptying are orphans too. True: there were some. */
static bool expel_torn_heaps(void)
{
    bool some = false;
    for (uint32_t id = 1; id <= heaps.count; id++) {
        struct hk_heap *heap = hk_heap_by_id(id);
        if (!heap || !heap->is_parked || !hk_lock_after_fork(&heap->gate))
            continue;
        heap->is_parked = false;
        heap->process = heaps.process - 1;
        some = true;
    }
    return some;
}

/* The list of parked heaps is made anew if another thread held the lock: one that it had in hand is
 * an orphan. The calling thread's own heap is of this process now. */
void hk_heap_after_fork(void)
{
    const bool half_changed = hk_lock_after_fork(&lock);
    heaps.process++;
    heaps.has_orphans = true;
    heaps.in_use = hk_cache.heap != NULL;
    if (hk_cache.heap)
        keep_own(hk_cache.heap);
    if (in_hand)
        keep_own(in_hand);
    if (!expel_torn_heaps() && !half_changed)
        return;
    heaps.parked = NULL;
    for (uint32_t id = 1; id <= heaps.count; id++) {
        struct hk_heap *heap = hk_heap_by_id(id);
        if (!heap || !heap->is_parked)
            continue;
        heap->next_parked = heaps.parked;
        heaps.parked = heap;
    }
}

static bool is_orphan(const struct hk_heap *heap)
{
    return !heap->is_parked && heap->process != heaps.process;
}

/* one: NULL for the slabs of all orphans, or the heap whose slabs they must be. */
static void adopt_slab(struct hk_slab *slab, uint64_t tag, void *one)
{
    struct hk_heap *heap = hk_heap_by_id(hk_tag_heap(tag));
    if (!heap || (one ? heap != one : !is_orphan(heap)))
        return;
    hk_slab_repair(slab);
    heap->slabs.granules += hk_classes[slab->class_index].granules;
    heap->slabs.used_bytes +=
        (size_t)hk_slab_used(slab) * hk_classes[slab->class_index].block_bytes;
    if (!hk_slab_is_exhausted(slab) && slab->sealed == hk_options.harden)
        hk_slabs_list(&heap->slabs, slab);
}

/* What it was doing is forgotten: its lists are made anew from its slabs. */
static void forget_lists(struct hk_heap *heap)
{
    (void)hk_lock_after_fork(&heap->gate);
    heap->slabs = (struct hk_slab_lists){.next_class = 0};
    memset(heap->reserve, 0, sizeof heap->reserve);
    heap->zero_block = NULL;
    heap->waiting = NULL;
}

static void park_orphan(struct hk_heap *heap)
{
    hk_slabs_release_all_empty(&heap->slabs);
    heap->next_parked = heaps.parked;
    heaps.parked = heap;
    heap->is_parked = true;
}

static void each_orphan(void (*act)(struct hk_heap *heap))
{
    for (uint32_t id = 1; id <= heaps.count; id++) {
        struct hk_heap *heap = hk_heap_by_id(id);
        if (heap && is_orphan(heap))
            act(heap);
    }
}

/* Once a process, and only when it is needed: most children go on to exec. */
static void adopt_orphans(void)
{
    if (!atomic_load_explicit(&heaps.has_orphans, memory_order_acquire))
        return; /* whoever adopted them is seen with it */
    hk_lock_acquire(&lock);
    if (heaps.has_orphans) {
        each_orphan(forget_lists);
        hk_slab_walk(adopt_slab, NULL);
        each_orphan(park_orphan);
        heaps.has_orphans = false;
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

void *hk_heap_take_mail(struct hk_heap *heap)
{
    atomic_store_explicit(&heap->inbox_bytes, 0, memory_order_relaxed);
    return atomic_exchange_explicit(&heap->inbox, NULL, memory_order_acquire);
}

/* What each heap with a thread may have of so much for all. */
static size_t share_of(size_t all, size_t least, size_t most)
{
    const size_t share =
        all / ((size_t)1 + atomic_load_explicit(&heaps.in_use, memory_order_relaxed));
    return share < least ? least : share > most ? most : share;
}

/* ---- slabs of a heap ---- */

/* NULL: the slab is gone with it. */
static struct hk_slab *return_block(struct hk_heap *heap, void *block)
{
    if (hk_unlikely(hk_tag_heap(hk_tag_of(block)) != heap->id))
        hk_fatal("a freed block was written to: its link leads astray", block, NULL);
    struct hk_slab *slab = hk_slab_of(block);
    hk_slab_return(slab, block);
    return hk_slabs_returned(&heap->slabs, slab) ? slab : NULL;
}

/* These come from elsewhere, in ever other sizes perhaps: one empty slab for each class of large
 * ones, and that for each thread, would be a lot. */
void hk_heap_return(void *block)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_heap_enter(heap);
    struct hk_slab *slab = return_block(heap, block);
    if (slab && slab->listed && hk_slab_is_empty(slab) &&
        hk_classes[slab->class_index].capacity < HK_KEEP_EMPTY_BLOCKS) {
        hk_slabs_unlist(&heap->slabs, slab);
        hk_slabs_release(&heap->slabs, slab);
    }
    hk_heap_leave(heap);
}

/* Before the slabs take more than ever: a large mapping that waits goes first, and after each
 * sixteenth the blocks of other classes that wait in lists. */
static void make_room_for_more(struct hk_heap *heap)
{
    const size_t now = hk_super_footprint();
    if (now <= heap->highest || hk_options.profile == HK_PROFILE_SPEED)
        return;
    heap->highest = now;
    hk_large_purge(hk_os_clock_ns(), HK_LARGE_SHORT_NS);
    hk_heap_empty_parked(HK_PARKED_AT_ONCE);
    if (now < heap->flush_at)
        return;
    if (heap->flush_at)
        hk_heap_flush();
    heap->flush_at = now + now / HK_GROWTH_SHARE + HK_GROWTH_GRANULES;
}

/* A thread that took much for a burst, more than it had since the last period ended, may free it
 * all and sleep: for as many frees as that needs, and as many again, all are counted. What it may
 * have in its lists anyway needs no counting. */
static void note_taken(struct hk_heap *heap, unsigned class_index, uint32_t blocks)
{
    const size_t bytes = hk_classes[class_index].block_bytes;
    size_t *used = &heap->slabs.used_bytes;
    *used += blocks * bytes;
    if (hk_likely(*used <= heap->most_used) ||
        *used <= share_of(HK_QUIET_ALL, HK_QUIET_LEAST, HK_QUIET_MOST))
        return;
    const size_t more = (blocks + *used / HK_COUNT_SHARE / bytes) * hk_classes[class_index].cost;
    heap->most_used = *used + *used / HK_COUNT_SHARE;
    if (heap->counted_left < HK_COUNT_MOST)
        heap->counted_left += (int32_t)(HK_COUNT_AFTER * more);
    hk_cache.base = HK_TAG_NO_HEAP;
    hk_cache.weight = 1;
}

static struct hk_slab *slab_with_room(struct hk_heap *heap, unsigned class_index)
{
    struct hk_slab *slab = hk_slabs_with_room(&heap->slabs, class_index);
    if (slab)
        return slab;
    make_room_for_more(heap);
    const uint64_t watched = ++heap->slabs_made % HK_WATCH_EVERY == 0 ? HK_TAG_WATCHED : 0;
    slab = hk_slab_new((uint64_t)heap->id << HK_TAG_SHIFT | watched | class_index);
    if (!slab)
        return NULL;
    hk_slabs_list(&heap->slabs, slab);
    heap->slabs.granules += hk_classes[class_index].granules;
    return slab;
}

/* A batch of the reserve becomes the thread's list, which is empty. */
static bool take_reserve(struct hk_heap *heap, unsigned class_index)
{
    void *first = heap->reserve[class_index], *last = first;
    if (!first)
        return false;
    for (unsigned i = 1; i < hk_classes[class_index].refill && hk_link_of(last); i++)
        last = hk_link_of(last);
    heap->reserve[class_index] = hk_link_of(last);
    hk_link_set(last, NULL);
    hk_list_set(class_index, first);
    return true;
}

static bool refill_inside(struct hk_heap *heap, unsigned class_index)
{
    bool zero;
    (void)hk_remote_receive();
    if (hk_list_first(class_index) || take_reserve(heap, class_index))
        return true;
    struct hk_slab *slab = slab_with_room(heap, class_index);
    if (!slab)
        return false;
    const uint32_t used = hk_slab_used(slab);
    void *first = hk_slab_take(slab, hk_classes[class_index].refill, &zero);
    note_taken(heap, class_index, hk_slab_used(slab) - used);
    hk_list_set(class_index, first);
    heap->zero_block = zero ? first : NULL;
    if (hk_slab_is_exhausted(slab))
        hk_slabs_unlist(&heap->slabs, slab);
    return true;
}

bool hk_heap_refill(unsigned class_index)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_fork_repair_if_child();
    heap->zero_block = NULL;
    heap->is_measured = false;
    hk_cache.quiet_bytes = 0;
    hk_cache.budget -= hk_classes[class_index].refill * hk_classes[class_index].cost;
    if (hk_cache.budget < 0)
        hk_heap_tick();
    hk_heap_enter(heap);
    const bool done = refill_inside(heap, class_index);
    hk_heap_leave(heap);
    return done;
}

void *hk_heap_lend(unsigned class_index)
{
    struct hk_heap *heap = hk_cache.heap;
    const unsigned host = hk_classes[class_index].host;
    if (host == class_index || hk_likely(heap->wasted[class_index] >= HK_LEND_WASTE))
        return NULL;
    heap->wasted[class_index] +=
        (uint16_t)(hk_classes[host].block_bytes - hk_classes[class_index].block_bytes);
    heap->zero_block = NULL;
    if (!hk_list_first(host) && !hk_heap_refill(host))
        return NULL;
    return hk_list_pop(host);
}

void *hk_heap_take_one(unsigned class_index, hk_slab_prepare *prepare, bool *is_fresh)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_fork_repair_if_child();
    hk_cache.budget -= hk_classes[class_index].cost;
    if (hk_cache.budget < 0)
        hk_heap_tick();
    hk_heap_enter(heap);
    (void)hk_remote_receive();
    struct hk_slab *slab = slab_with_room(heap, class_index);
    void *block = slab ? hk_slab_take_one(slab, prepare, is_fresh) : NULL;
    if (block)
        note_taken(heap, class_index, 1);
    if (slab && hk_slab_is_exhausted(slab))
        hk_slabs_unlist(&heap->slabs, slab);
    hk_heap_leave(heap);
    return block;
}

static size_t length_of(void *list)
{
    size_t length = 0;
    for (; list; list = hk_link_of(list))
        length++;
    return length;
}

size_t hk_heap_cached(unsigned class_index)
{
    struct hk_heap *heap = hk_cache.heap;
    if (!heap)
        return 0;
    hk_heap_enter(heap);
    const size_t length =
        length_of(hk_list_first(class_index)) + length_of(heap->reserve[class_index]);
    hk_heap_leave(heap);
    return length;
}

/* ---- giving blocks back ---- */

/* A block and all that are linked to it go back to the slabs. Returns how many. */
static size_t return_blocks(struct hk_heap *heap, void *block)
{
    size_t count = 0;
    for (; block; count++) {
        void *next = hk_link_of(block);
        if (hk_unlikely(hk_options.harden))
            *(void **)block = NULL; /* what is freed reads as zero */
        (void)return_block(heap, block);
        block = next;
    }
    return count;
}

static void *take_list(unsigned class_index)
{
    void *first = hk_list_first(class_index);
    hk_list_set(class_index, NULL);
    return first;
}

/* Returns how many blocks. */
static size_t return_reserve(struct hk_heap *heap, unsigned class_index)
{
    void *first = heap->reserve[class_index];
    heap->reserve[class_index] = NULL;
    return return_blocks(heap, first);
}

/* What the thread's list holds beyond its first `keep` blocks, the coldest, goes back. */
static size_t trim_list(struct hk_heap *heap, unsigned class_index, unsigned keep)
{
    void *last = hk_list_first(class_index);
    for (unsigned i = 1; last && i < keep; i++)
        last = hk_link_of(last);
    if (!last)
        return 0;
    void *rest = hk_link_of(last);
    hk_link_set(last, NULL);
    return return_blocks(heap, rest);
}

void hk_heap_flush(void)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_heap_enter(heap);
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        (void)return_reserve(heap, c);
        (void)return_blocks(heap, take_list(c));
    }
    hk_slabs_release_empty(&heap->slabs);
    hk_heap_leave(heap);
}

void hk_heap_retire_slabs(void)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_heap_enter(heap);
    hk_heap_flush();
    hk_slabs_retire(&heap->slabs);
    hk_heap_leave(heap);
}

/* So that its frees are all counted until what was given back has gone to the system, or for so
 * many of them: who goes on as before comes by often enough. */
static void note_shrinking(struct hk_heap *heap, uint64_t now_ns, int32_t frees)
{
    heap->shrinking_until_ns = now_ns + 3 * (uint64_t)HK_PURGE_PERIOD_NS;
    heap->shrinking_frees = frees;
}

static void trim_all(struct hk_heap *heap, uint64_t now_ns)
{
    size_t cost = 0;
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++)
        cost += trim_list(heap, c, hk_classes[c].keep) * hk_classes[c].cost;
    if (cost >= HK_SHRINK_FREES)
        note_shrinking(heap, now_ns, INT32_MAX);
}

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

/* Into the slabs, unless somebody is inside the gate. Of a heap in use the thread is not asked: it
 * may sleep for ever. */
static bool empty_inbox(struct hk_heap *heap)
{
    if (!try_gate(heap))
        return false;
    (void)return_blocks(heap, hk_heap_take_mail(heap));
    hk_slabs_release_empty(&heap->slabs);
    hk_lock_release(&heap->gate);
    return true;
}

void hk_heap_sent(struct hk_heap *heap, size_t bytes)
{
    const size_t waiting = atomic_load_explicit(&heap->inbox_bytes, memory_order_relaxed) + bytes;
    atomic_store_explicit(&heap->inbox_bytes, waiting, memory_order_relaxed);
    const bool sleeps = waiting > share_of(HK_INBOX_ALL, HK_INBOX_LEAST, HK_INBOX_MOST);
    if (!sleeps && !(heap->is_parked && waiting > HK_INBOX_PARKED))
        return;
    adopt_orphans();
    (void)empty_inbox(heap);
    if (sleeps && hk_cache.heap)
        note_shrinking(hk_cache.heap, hk_os_clock_ns(), HK_SHRINK_FREES);
}

/* Of a heap whose thread has not looked around for a period: it sleeps, or does so little that its
 * lists serve all; or there is none. What it does not need goes, but for what is in its lists. */
static void visit(struct hk_heap *heap)
{
    if (!try_gate(heap))
        return;
    (void)return_blocks(heap, hk_heap_take_mail(heap));
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++)
        (void)return_reserve(heap, c);
    hk_slabs_release_empty(&heap->slabs);
    heap->is_visited = hk_slabs_give_pages(&heap->slabs, true);
    hk_lock_release(&heap->gate);
}

/* One thread a period; so many heaps each time, in turn. */
static void visit_sleepers(uint64_t now_ns)
{
    static _Atomic uint64_t next_ns;
    static _Atomic uint32_t next_id;
    uint64_t seen_ns = atomic_load_explicit(&next_ns, memory_order_relaxed);
    if (now_ns < seen_ns ||
        !atomic_compare_exchange_strong(&next_ns, &seen_ns, now_ns + HK_PURGE_PERIOD_NS))
        return;
    adopt_orphans();
    hk_lock_acquire(&lock);
    const uint32_t count = heaps.count;
    hk_lock_release(&lock);
    for (uint32_t i = 0; i < count && i < HK_VISITS; i++) {
        struct hk_heap *heap = hk_heap_by_id(1 + next_id++ % count);
        if (heap && heap != hk_cache.heap && !heap->is_visited &&
            heap->next_period_ns + HK_PURGE_PERIOD_NS < now_ns)
            visit(heap);
    }
}

/* No thread may ever come to take such a heap over. */
void hk_heap_empty_parked(unsigned most)
{
    struct hk_heap *heap;
    bool goes_on = true;
    adopt_orphans();
    for (unsigned i = 0; i < most && goes_on && (heap = take_parked_with_mail()); i++) {
        goes_on = empty_inbox(heap); /* else somebody does, and it would be found again */
        hk_heap_park(heap);
    }
}

/* While there is memory to give back every free is counted, however little the program does: so the
 * thread comes by again when the period is over. In steady state none is. */
void hk_heap_choose_counting(uint64_t now_ns)
{
    const struct hk_heap *heap = hk_cache.heap;
    const bool often = hk_options.harden || hk_super_is_purge_due() || hk_runs_is_purge_due() ||
                       (heap && (heap->shrinking_until_ns > now_ns || heap->gives_pages));
    const bool all = often || (heap && heap->counted_left > 0);
    hk_cache.base = all ? HK_TAG_NO_HEAP : hk_cache.own;
    hk_cache.weight = all ? 1 : HK_WATCH_EVERY;
    hk_cache.stride = heap && heap->gives_pages ? HK_TICK_VISIT_FREES
                      : often                   ? HK_TICK_COUNTED_FREES
                                                : HK_TICK_FREES;
    hk_cache.budget = hk_cache.stride;
}

/* What no list went down to in a whole period goes, so that a few cached blocks do not hold whole
 * slabs for ever; what is there now is on trial for the next. A thread that shrinks takes nothing:
 * its lists go too. Returns the bytes that went. */
static size_t return_reserves(struct hk_heap *heap, bool shrinks)
{
    size_t bytes = 0;
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        size_t blocks = return_reserve(heap, c);
        heap->reserve[c] = take_list(c);
        if (shrinks)
            blocks += return_reserve(heap, c);
        bytes += blocks * hk_classes[c].block_bytes;
    }
    hk_slabs_release_empty(&heap->slabs);
    hk_slabs_choose_draining(&heap->slabs);
    return bytes;
}

/* Bytes in the thread's lists, as far as so many blocks go. */
static size_t listed_bytes(void)
{
    size_t bytes = 0;
    unsigned looks = HK_QUIET_LOOKS;
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        for (const void *block = hk_list_first(c); block && looks > 0; looks--) {
            bytes += hk_classes[c].block_bytes;
            block = hk_link_of(block);
        }
    }
    return bytes;
}

/* By the frees of watched slabs alone it is known roughly: more is asked for. */
static size_t quiet_bytes_enough(const struct hk_heap *heap)
{
    const unsigned rough = hk_cache.weight > 1 ? HK_QUIET_ROUGH : 0;
    const size_t own = heap->slabs.granules << HK_GRANULE_SHIFT;
    hk_assert(heap->patience >= heap->is_measured);
    return ((share_of(HK_QUIET_ALL, HK_QUIET_LEAST, HK_QUIET_MOST) + own / HK_QUIET_SHARE)
            << (heap->patience - heap->is_measured + rough)) >>
           heap->is_measured;
}

/* Frees alone: the thread shrinks, and may be about to sleep. Without a refill in so many bytes of
 * frees the lists are measured, and once more after half as many: they have grown by what was freed
 * unless it was also taken from them. Until they have, each first measure waits for twice as many.
 */
static bool has_shrunk(struct hk_heap *heap)
{
    const size_t quiet = hk_cache.quiet_bytes;
    if (quiet < quiet_bytes_enough(heap))
        return false;
    const size_t before = heap->listed_before, now = listed_bytes();
    const bool was_measured = heap->is_measured;
    heap->listed_before = now;
    heap->is_measured = true;
    hk_cache.quiet_bytes = 0;
    if (!was_measured) {
        if (heap->patience < HK_QUIET_PATIENCE)
            heap->patience++;
        return false;
    }
    const bool shrinks = now >= before + quiet / 2;
    if (shrinks)
        heap->patience = 0;
    return shrinks;
}

/* Lists that served for long are in no order, over more slabs than they need: blocks up to 64 KiB
 * cost 5 to 11 % more. They go back, and are taken anew from the lowest; after a time that gave
 * little, at twice as many bytes. Not between two measures, which that would spoil. */
static void refresh_lists(struct hk_heap *heap)
{
    const size_t quiet = hk_cache.quiet_bytes, slabs = hk_super_footprint() << HK_GRANULE_SHIFT,
                 enough = (HK_QUIET_MOST + slabs / HK_STALE_SHARE) << heap->stale_patience;
    if (quiet < heap->fresh_at)
        heap->fresh_at = 0;
    if (heap->is_measured || quiet - heap->fresh_at < enough)
        return;
    heap->fresh_at = quiet;
    if (return_reserves(heap, true) >= enough / 4)
        heap->stale_patience = 0;
    else if (heap->stale_patience < HK_QUIET_PATIENCE)
        heap->stale_patience++;
}

static bool end_period_when_due(struct hk_heap *heap, uint64_t now_ns)
{
    if (hk_options.profile == HK_PROFILE_SPEED)
        return false;
    const bool is_time = now_ns >= heap->next_period_ns, shrinks = has_shrunk(heap);
    if (!is_time && !shrinks) {
        refresh_lists(heap);
        return false;
    }
    if (heap->next_period_ns || shrinks)
        (void)return_reserves(heap, shrinks);
    if (is_time)
        heap->gives_pages = !hk_slabs_give_pages(&heap->slabs, false);
    if (shrinks)
        note_shrinking(heap, now_ns, HK_SHRINK_FREES);
    heap->is_visited = false;
    heap->is_measured = false;
    heap->most_used = heap->slabs.used_bytes;
    heap->next_period_ns = now_ns + HK_PURGE_PERIOD_NS;
    return true;
}

/* What is due of the heap itself, inside its gate. True: a period has ended. */
static bool tick_inside(struct hk_heap *heap, uint64_t now_ns)
{
    if (heap->counted_left > 0)
        heap->counted_left -= hk_cache.stride;
    if (heap->shrinking_frees > 0)
        heap->shrinking_frees -= hk_cache.stride;
    else
        heap->shrinking_until_ns = 0;
    (void)hk_remote_receive();
    if (hk_cache.frees >= HK_TRIM_FREES) {
        hk_cache.frees = 0;
        trim_all(heap, now_ns);
    }
    if (heap->gives_pages)
        heap->gives_pages = !hk_slabs_give_pages(&heap->slabs, false);
    return end_period_when_due(heap, now_ns);
}

void hk_heap_tick(void)
{
    const uint64_t now_ns = hk_os_clock_ns();
    hk_fork_repair_if_child();
    hk_cache.frees += (uint32_t)hk_cache.stride;
    hk_cache.budget = HK_TICK_FREES;
    hk_remote_flush();
    struct hk_heap *heap = hk_cache.heap;
    if (!heap)
        return;
    hk_heap_enter(heap);
    const bool period_ended = tick_inside(heap, now_ns);
    hk_heap_leave(heap);
    if (period_ended) {
        hk_heap_empty_parked(HK_PARKED_AT_ONCE);
        visit_sleepers(now_ns);
    }
    hk_super_purge(now_ns, HK_PURGE_DUE);
    hk_large_purge(now_ns, HK_LARGE_CACHE_NS);
    hk_heap_choose_counting(now_ns);
    hk_assert(hk_heap_valid());
}

/* ---- in debug builds ---- */

#ifdef HK_DEBUG
static bool list_valid(void *list, unsigned class_index)
{
    const size_t most = (size_t)1 << 24; /* more is a circle */
    size_t length = 0;
    for (void *block = list; block; block = hk_link_of(block)) {
        const uint64_t tag = hk_tag_of(block);
        if (++length > most || hk_tag_class(tag) != class_index ||
            hk_tag_heap(tag) != hk_cache.heap->id)
            return false;
        hk_slab_check(hk_slab_of(block), block, "a list of free blocks");
    }
    return true;
}

static bool slabs_valid(const struct hk_slab *slab, unsigned class_index, bool draining)
{
    for (const struct hk_slab *before = NULL; slab; before = slab, slab = slab->next) {
        if (slab->prev != before || slab->class_index != class_index ||
            slab->draining != draining || slab->listed == draining || !hk_slab_valid(slab) ||
            (!draining && hk_slab_is_exhausted(slab)))
            return false;
    }
    return true;
}

struct owned {
    uint32_t heap;
    size_t granules, used_bytes;
};

static void count_owned(struct hk_slab *slab, uint64_t tag, void *argument)
{
    struct owned *owned = argument;
    if (hk_tag_heap(tag) != owned->heap)
        return;
    owned->granules += hk_classes[slab->class_index].granules;
    owned->used_bytes += (size_t)hk_slab_used(slab) * hk_classes[slab->class_index].block_bytes;
}

static bool heap_valid_inside(const struct hk_heap *heap)
{
    struct owned owned = {.heap = heap->id};
    hk_slab_walk(count_owned, &owned);
    if (owned.granules != heap->slabs.granules || owned.used_bytes != heap->slabs.used_bytes)
        return false;
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        if (!list_valid(hk_list_first(c), c) || !list_valid(heap->reserve[c], c) ||
            !slabs_valid(heap->slabs.giving[c], c, false) ||
            !slabs_valid(heap->slabs.draining[c], c, true))
            return false;
    }
    return !heap->is_parked && hk_cache.own == (uint64_t)heap->id << HK_TAG_SHIFT &&
           (hk_cache.base == hk_cache.own || hk_cache.base == HK_TAG_NO_HEAP);
}

bool hk_heap_valid(void)
{
    struct hk_heap *heap = hk_cache.heap;
    if (!heap)
        return hk_cache.own == HK_TAG_NO_HEAP && hk_cache.base == HK_TAG_NO_HEAP;
    hk_heap_enter(heap);
    const bool valid = heap_valid_inside(heap);
    hk_heap_leave(heap);
    return valid;
}
#endif
