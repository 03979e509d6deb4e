/* Remote frees: see remote.h. */
#include "remote.h"

#include "heaps.h"
#include "option.h"
#include "visit.h"

void hk_remote_flush(void)
{
    if (!hk_cache.outbox_id)
        return;
    struct hk_heap *owner = hk_heaps_by_id(hk_cache.outbox_id);
    void *head = atomic_load_explicit(&owner->inbox, memory_order_relaxed);
    do {
        hk_link_set(hk_cache.outbox_tail, head);
        HK_STEP();
    } while (!atomic_compare_exchange_weak_explicit(&owner->inbox, &head, hk_cache.outbox_head,
                                                    memory_order_release, memory_order_relaxed));
    const size_t bytes = hk_cache.outbox_bytes;
    hk_cache.outbox_id = 0;
    hk_cache.outbox_head = hk_cache.outbox_tail = NULL;
    hk_cache.outbox_cost = hk_cache.outbox_bytes = 0;
    hk_visit_sent(owner, bytes);
}

void hk_remote_send(void *block, uint64_t tag)
{
    if (hk_cache.outbox_id != hk_tag_heap(tag)) {
        hk_remote_flush();
        hk_cache.outbox_id = hk_tag_heap(tag);
        hk_cache.outbox_tail = block;
    }
    hk_link_set(block, hk_cache.outbox_head);
    hk_cache.outbox_head = block;
    hk_cache.outbox_cost += hk_classes[hk_tag_class(tag)].cost;
    hk_cache.outbox_bytes += hk_classes[hk_tag_class(tag)].block_bytes;
    if (hk_cache.outbox_cost >= HK_OUTBOX_COST)
        hk_remote_flush();
}

bool hk_remote_receive(void)
{
    struct hk_heap *heap = hk_cache.heap;
    if (!atomic_load_explicit(&heap->inbox, memory_order_relaxed))
        return false;
    hk_heap_enter(heap);
    heap->is_measured = false; /* the lists grow by what others freed */
    void *block = hk_visit_take_mail(heap);
    while (block) {
        void *next = hk_link_of(block);
        const unsigned class_index = hk_tag_class(hk_tag_of(block));
        hk_slab_check(hk_slab_of(block), block, "free"); /* the header is in cache: cheap here */
        if (hk_unlikely(hk_options.harden || hk_classes[class_index].cost > 1)) {
            if (hk_options.harden)
                *(void **)block = NULL; /* what is freed reads as zero */
            hk_heap_return(block);      /* a list of large ones would hold much for long */
            block = next;
            continue;
        }
        hk_list_push(class_index, block);
        block = next;
    }
    hk_heap_leave(heap);
    return true;
}
