/* Remote frees: see remote.h. */
#include "remote.h"

#include "heaps.h"
#include "msg.h"
#include "option.h"
#include "parcel.h"
#include "visit.h"

/* ---- sending ---- */

/* An inbox is a list of parcels and of single blocks: an address, of a block with LINKED added. The
 * next one is in a parcel's first word, or is a block's link. */
#define LINKED ((uintptr_t)1)

static void *block_of(uintptr_t entry)
{
    return (void *)(entry - LINKED); // NOLINT: it was made of a pointer
}

static struct hk_parcel *parcel_in(uintptr_t entry)
{
    return (struct hk_parcel *)entry; // NOLINT: it was made of a pointer
}

static void push(struct hk_heap *owner, uintptr_t entry)
{
    uintptr_t head = atomic_load_explicit(&owner->inbox, memory_order_relaxed);
    do {
        if (entry & LINKED)
            hk_link_set(block_of(entry), (void *)head); // NOLINT: an entry, by its number
        else
            parcel_in(entry)->next = head;
        HK_STEP();
    } while (!atomic_compare_exchange_weak_explicit(&owner->inbox, &head, entry,
                                                    memory_order_release, memory_order_relaxed));
}

static void send_alone(struct hk_heap *owner, void *block)
{
    push(owner, (uintptr_t)block + LINKED);
}

static uint32_t bytes_in(const struct hk_outbox *box)
{
    return (uint32_t)(box->all - box->room) - box->count * HK_OUTBOX_EACH;
}

static void post(struct hk_outbox *box)
{
    struct hk_heap *owner = hk_heaps_by_id(hk_tag_heap(box->own));
    uint32_t bytes = bytes_in(box);
    hk_cache.budget -= (int32_t)box->count;
    if (box->count < HK_PARCEL_LEAST) {
        for (uint32_t i = 0; i < box->count; i++)
            send_alone(owner, box->parcel->blocks[i]);
    } else {
        box->parcel->count = box->count;
        push(owner, (uintptr_t)box->parcel);
        box->parcel = NULL;
        bytes += sizeof *box->parcel;
    }
    box->own = HK_TAG_NO_HEAP;
    hk_visit_sent(owner, bytes);
}

void hk_remote_post_full(struct hk_outbox *box)
{
    post(box);
    if (hk_cache.budget < 0)
        hk_heap_tick();
}

/* False: there is no parcel. */
static bool open_box(struct hk_heap *heap, struct hk_outbox *box, uint64_t tag)
{
    while (box->own != HK_TAG_NO_HEAP) /* a clock that frees may open it again */
        post(box);
    if (hk_options.harden)
        return false;
    if (!box->parcel) {
        box->parcel = heap->spare ? heap->spare : hk_parcel_take();
        heap->spare = NULL;
    }
    box->count = 0;
    box->room = box->all =
        (int32_t)hk_heaps_share(HK_OUTBOX_ALL / HK_OUTBOXES, HK_OUTBOX_LEAST, HK_OUTBOX_BYTES);
    box->own = box->parcel ? tag & HK_TAG_HEAP_BITS : HK_TAG_NO_HEAP;
    return box->parcel != NULL;
}

void hk_remote_send(void *block, uint64_t tag)
{
    struct hk_heap *heap = hk_cache.heap;
    if (hk_remote_add(block, tag))
        return;
    if (heap && open_box(heap, &heap->outbox[hk_tag_heap(tag) % HK_OUTBOXES], tag)) {
        (void)hk_remote_add(block, tag);
        return;
    }
    struct hk_heap *owner = hk_heaps_by_id(hk_tag_heap(tag));
    send_alone(owner, block);
    hk_cache.budget--;
    hk_visit_sent(owner, hk_classes[hk_tag_class(tag)].block_bytes);
}

void hk_remote_forward(void *block)
{
    const struct hk_slab *slab = hk_slab_of(block);
    struct hk_heap *owner = hk_heaps_by_id(hk_slab_heap(slab));
    send_alone(owner, block);
    atomic_fetch_add_explicit(&owner->inbox_bytes, hk_classes[slab->class_index].block_bytes,
                              memory_order_relaxed);
}

void hk_remote_flush(void)
{
    struct hk_heap *heap = hk_cache.heap;
    for (unsigned i = 0; heap && i < HK_OUTBOXES; i++) {
        while (heap->outbox[i].own != HK_TAG_NO_HEAP)
            post(&heap->outbox[i]);
    }
}

static void give_parcel(struct hk_parcel **parcel)
{
    if (*parcel)
        hk_parcel_give(*parcel);
    *parcel = NULL;
}

void hk_remote_close(void)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_remote_flush();
    for (unsigned i = 0; heap && i < HK_OUTBOXES; i++)
        give_parcel(&heap->outbox[i].parcel);
    if (heap)
        give_parcel(&heap->spare);
}

/* ---- receiving ---- */

typedef void deliver(struct hk_heap *heap, void *block);

/* Whether the block's slab is this heap's. One that it gave away takes its blocks along; else it
 * was freed before, and its slab is another's now, or nobody's. */
static bool is_own(const struct hk_heap *heap, void *block)
{
    const struct hk_slab *slab = hk_tag_of(block) ? hk_slab_of(block) : NULL;
    if (hk_likely(slab && hk_slab_heap(slab) == heap->id))
        return true;
    if (!slab || !hk_slab_was_of(slab, heap->id))
        hk_fatal("double free", block, "free");
    hk_remote_forward(block);
    return false;
}

/* The slab's header is in cache: a look at it is cheap here. A list of large blocks would hold much
 * for long, and one of a slab that drains would not let it. */
static inline void take_in(struct hk_heap *heap, void *block)
{
    const uint64_t low = hk_tag_guess(block) - hk_cache.own;
    if (hk_unlikely(low >= HK_TAG_LOW_END || heap->gave_slabs) && !is_own(heap, block))
        return;
    const unsigned class_index =
        hk_tag_class(hk_likely(low < HK_TAG_LOW_END) ? low : hk_tag_of(block));
    const struct hk_slab *slab = hk_slab_of_live(block, class_index);
    if (hk_unlikely(hk_options.harden || slab->draining || hk_classes[class_index].cost > 1))
        hk_heap_return(block);
    else
        hk_list_push(class_index, block);
}

static void keep_parcel(struct hk_heap *heap, struct hk_parcel *parcel)
{
    if (heap == hk_cache.heap && !heap->spare)
        heap->spare = parcel;
    else
        hk_parcel_give(parcel);
}

static uintptr_t unload_block(struct hk_heap *heap, uintptr_t entry, deliver *to)
{
    void *block = block_of(entry);
    const uintptr_t next = (uintptr_t)hk_link_of(block);
    if (hk_unlikely(hk_options.harden))
        *(void **)block = NULL; /* what is freed reads as zero */
    to(heap, block);
    return next;
}

static inline uintptr_t unload_parcel(struct hk_heap *heap, uintptr_t entry, deliver *to)
{
    struct hk_parcel *parcel = parcel_in(entry);
    const uintptr_t next = parcel->next;
    for (uint32_t i = 0; i < parcel->count; i++)
        to(heap, parcel->blocks[i]);
    keep_parcel(heap, parcel);
    return next;
}

/* So many blocks, and what is left of the last parcel. */
static inline __attribute__((always_inline)) void unload(struct hk_heap *heap, deliver *to)
{
    uintptr_t entry = atomic_load_explicit(&heap->mail, memory_order_relaxed);
    unsigned left = HK_MAIL_BLOCKS;
    if (!entry) {
        atomic_store_explicit(&heap->inbox_bytes, 0, memory_order_relaxed);
        entry = atomic_exchange_explicit(&heap->inbox, 0, memory_order_acquire);
    }
    while (entry && left > 0) {
        if (entry & LINKED) {
            entry = unload_block(heap, entry, to);
            left--;
            continue;
        }
        const unsigned count = parcel_in(entry)->count;
        entry = unload_parcel(heap, entry, to);
        hk_did(count);
        left -= count < left ? count : left;
    }
    atomic_store_explicit(&heap->mail, entry, memory_order_relaxed);
}

bool hk_remote_receive(void)
{
    struct hk_heap *heap = hk_cache.heap;
    if (!hk_heap_has_mail(heap))
        return false;
    hk_heap_enter(heap);
    heap->is_measured = false; /* the lists grow by what others freed */
    unload(heap, take_in);
    hk_heap_leave(heap);
    return true;
}

static void give_back(struct hk_heap *heap, void *block)
{
    if (is_own(heap, block))
        hk_heap_return_one(heap, block);
}

bool hk_remote_unload(struct hk_heap *heap)
{
    unload(heap, give_back);
    return !atomic_load_explicit(&heap->mail, memory_order_relaxed);
}
