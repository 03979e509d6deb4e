/* Start and end of HAKMEM_HARDEN=1: see inspect.h. */
#include "inspect.h"

#include "heap.h"
#include "heaps.h"
#include "large.h"
#include "nothing.h"
#include "quarantine.h"
#include "seal.h"

#include <string.h>

void hk_inspect_start(void)
{
    hk_seal_start();
    hk_nothing_start();
    hk_quarantine_start();
    if (hk_cache.heap)
        hk_heap_retire_slabs();
    hk_heap_choose_counting(0);
}

/* Reported when no lock is held any more: whoever catches SIGABRT may want to allocate. */
struct finding {
    const char *what;
    const void *block;
    size_t bytes;
};

static const char *fault_of(const void *block, size_t bytes, bool is_free)
{
    const struct hk_seal seal = hk_seal_get(block, bytes);
    if (is_free && (seal.state != HK_SEAL_FREED || !hk_seal_is_wiped(block, bytes)))
        return "a freed block was written to";
    if (seal.state == HK_SEAL_BROKEN ||
        (seal.state == HK_SEAL_LIVE && !hk_seal_has_pad(block, bytes, seal, HK_SEAL_PAD)))
        return "the end of a block was overwritten";
    return NULL;
}

/* A free block of another thread's slab may be in use again before this is over. */
static void look_at_slab(struct hk_slab *slab, uint64_t tag, void *argument)
{
    struct finding *finding = argument;
    const size_t bytes = hk_classes[slab->class_index].block_bytes;
    const bool is_own = tag - hk_cache.own < HK_TAG_LOW_END;
    const uint32_t carved = slab->carved;
    atomic_thread_fence(memory_order_acquire);
    if (!slab->sealed || finding->what)
        return;
    for (uint32_t index = carved ? 0 : 1; index <= carved && !finding->what; index++) {
        const char *block = slab->start + index * bytes;
        finding->what = fault_of(block, bytes, index && is_own && hk_slab_has_free(slab, block));
        finding->block = block;
        finding->bytes = bytes;
    }
}

static void look_at_large(const void *block, size_t bytes, bool sealed, void *argument)
{
    struct finding *finding = argument;
    if (!sealed || finding->what || hk_seal_is_missing(block, bytes - HK_GUARD_BYTES))
        return;
    *finding = (struct finding){fault_of(block, bytes - HK_GUARD_BYTES, false), block, bytes};
}

void hk_inspect_at_exit(void)
{
    struct finding finding = {0};
    hk_quarantine_empty();
    /* Nobody gives blocks back to the own slabs while they are looked at. */
    if (hk_cache.heap)
        hk_heap_enter(hk_cache.heap);
    hk_slab_walk(look_at_slab, &finding);
    if (hk_cache.heap)
        hk_heap_leave(hk_cache.heap);
    if (!finding.what)
        hk_large_walk(look_at_large, &finding);
    if (finding.what)
        hk_seal_fatal(finding.what, finding.block, finding.bytes, "found at exit");
}
