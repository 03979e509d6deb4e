/* malloc and its family: see alloc.h. */
#include "alloc.h"

#include "harden.h"
#include "large.h"
#include "msg.h"
#include "option.h"
#include "os.h"
#include "remote.h"
#include "runs.h"
#include "super.h"
#include "thread.h"
#include "visit.h"

#include <errno.h>
#include <string.h>

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

/* ---- malloc ---- */

/* All that this thread keeps for later, and heaps without a thread, goes home: blocks hold slabs,
 * and those superslabs. */
HK_SLOW static void send_all_home(void)
{
    size_t all = SIZE_MAX;
    hk_remote_flush();
    if (hk_cache.heap) {
        while (hk_remote_receive()) {
        }
        hk_heap_flush();
    }
    hk_visit_parked(HK_HEAPS_MAX, true, &all);
}

/* Before a request fails, all goes home. */
static void *large_alloc(size_t size, size_t alignment, size_t *dirty)
{
    void *block = hk_large_alloc(size, alignment, dirty);
    if (!block && size <= PTRDIFF_MAX && alignment <= PTRDIFF_MAX) {
        send_all_home();
        block = hk_large_alloc(size, alignment, dirty);
    }
    return block ? block : no_memory();
}

/* Small ones too when there are no slabs to be had: under a tight RLIMIT_AS a page may be there
 * where a superslab is not. */
HK_SLOW static void *malloc_large(size_t size)
{
    size_t dirty;
    if (size > HK_CACHED_MAX || !hk_cache.heap)
        return large_alloc(size, HK_ALIGN, &dirty);
    void *block = hk_large_alloc(size, HK_ALIGN, &dirty);
    if (block)
        return block;
    send_all_home();
    if (hk_heap_refill(hk_class_of(size)))
        return hk_list_pop(hk_class_of(size));
    block = hk_large_alloc(size, HK_ALIGN, &dirty);
    return block ? block : no_memory();
}

HK_SLOW void *hk_new_slow(size_t size, enum hk_kind kind)
{
    return hk_options.harden ? hk_harden_alloc(0, size, kind) : hk_malloc_slow(size);
}

static void *malloc_uncached(size_t size)
{
    if (hk_unlikely(hk_options.harden))
        return hk_harden_alloc(0, size, HK_KIND_MALLOC);
    if (size > HK_CACHED_MAX)
        return malloc_large(size);
    const unsigned class_index = hk_class_of(size);
    if (!hk_thread_ready())
        return malloc_large(size);
    void *lent = hk_heap_lend(class_index);
    if (lent)
        return lent;
    return hk_heap_refill(class_index) ? hk_list_pop(class_index) : malloc_large(size);
}

HK_SLOW void *hk_malloc_slow(size_t size)
{
    void *block = malloc_uncached(size);
    hk_thread_done();
    return block;
}

/* ---- free ---- */

/* A block of this thread's: of a watched slab, which stands for `weight` frees, or while all frees
 * are counted, or one whose word belongs to another granule, or the top of its list already. Kept
 * short: in a heap that is giving memory back every free comes this way. */
static inline void free_counted(void *block, unsigned class_index, int32_t weight)
{
    if (hk_unlikely(hk_list_first(class_index) == block))
        hk_slab_double_free(block);
    hk_poison(block, hk_classes[class_index].block_bytes);
    hk_list_push(class_index, block);
    hk_cache.quiet_bytes += (size_t)weight * hk_classes[class_index].block_bytes;
    hk_cache.budget -= weight * hk_classes[class_index].cost;
    if (hk_unlikely(hk_cache.budget < 0))
        hk_heap_tick();
}

void hk_free_twice(uintptr_t word)
{
    hk_slab_double_free((const void *)(word ^ hk_cache.key));
}

/* A block of a draining slab goes home. */
HK_SLOW static void free_watched(void *block, unsigned class_index)
{
    if (!hk_slab_of(block)->draining) {
        free_counted(block, class_index, hk_cache.weight);
        return;
    }
    hk_heap_return(block);
    if (--hk_cache.budget < 0)
        hk_heap_tick();
}

/* What it leaves behind is given back later, by whoever looks around then: perhaps this thread,
 * after few calls. */
static void free_large(void *block)
{
    if (!hk_large_free(block))
        hk_fatal("a pointer that is not hakmem's, or a large block freed before", block, "free");
    if (hk_cache.base != HK_TAG_NO_HEAP && hk_runs_is_purge_due())
        hk_heap_choose_counting(hk_os_clock_ns());
    else if (hk_cache.heap && --hk_cache.budget < 0)
        hk_heap_tick();
}

HK_SLOW static void free_other(void *block, uint64_t tag)
{
    if (tag == 0) {
        free_large(block);
        return;
    }
    /* The heap is needed so that what is gathered is sent when this thread ends. */
    if (hk_unlikely(!hk_cache.heap && !hk_cache.has_ended))
        (void)hk_thread_ready();
    hk_remote_send(block, tag);
    if (hk_unlikely(hk_cache.has_ended))
        hk_remote_flush();
    else if (hk_cache.budget < 0)
        hk_heap_tick();
}

HK_SLOW void hk_free_said(void *block, const char *call, enum hk_kind kind, size_t size,
                          size_t alignment)
{
    const struct hk_claim claim = {call, kind, size, alignment};
    if (hk_options.harden)
        hk_harden_free(block, &claim);
    else
        hk_free_slow(block);
}

/* What is no counted free of this thread's own. */
HK_SLOW static void free_special(void *block)
{
    if (hk_likely(hk_remote_add(block, hk_tag_guess(block))))
        return;
    if (!block)
        return;
    const uint64_t tag = hk_tag_of(block);
    if (hk_unlikely(hk_options.harden))
        hk_free_said(block, "free", HK_KIND_MALLOC, HK_NOT_SAID, HK_NOT_SAID);
    else if (tag - hk_cache.own >= HK_TAG_LOW_END)
        free_other(block, tag);
    else if (tag & HK_TAG_WATCHED)
        free_watched(block, hk_tag_class(tag));
    else
        free_counted(block, hk_tag_class(tag), 1);
}

__attribute__((noinline)) void hk_free_slow(void *block)
{
    const uint64_t low = hk_tag_guess(block) - hk_cache.own;
    if (hk_unlikely(low >= HK_TAG_LOW_END || hk_options.harden))
        free_special(block);
    else if (hk_unlikely(low & HK_TAG_WATCHED))
        free_watched(block, hk_tag_class(low));
    else
        free_counted(block, (unsigned)low, 1);
}

/* ---- the rest ---- */

/* The list is empty: a block that is fresh from the system is zero already, and what the program
 * does not touch of it costs nothing. */
HK_SLOW static void *calloc_fresh(size_t bytes)
{
    void *block = hk_malloc_slow(bytes);
    if (!block || !hk_cache.heap || hk_cache.heap->zero_block != block)
        return block ? memset(block, 0, hk_usable_size(block)) : NULL;
    *(void **)block = NULL;
    return block;
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* All of the block that malloc_usable_size counts is zero, as with glibc: programs grow a block in
 * place and clear only what is beyond. */
void *hk_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return no_memory();
    if (hk_unlikely(hk_options.harden))
        return hk_harden_alloc(0, bytes, HK_KIND_MALLOC); /* reads as zero */
    if (bytes > HK_CACHED_MAX) {
        size_t dirty;
        void *block = large_alloc(bytes, HK_ALIGN, &dirty);
        if (!block)
            return NULL;
        if (dirty > bytes)
            dirty = min_size(dirty, hk_large_size(block));
        return memset(block, 0, dirty);
    }
    const unsigned class_index = hk_class_of(bytes);
    if (!hk_list_first(class_index))
        return calloc_fresh(bytes);
    return memset(hk_malloc(bytes), 0, hk_classes[class_index].block_bytes);
}

/* Of a block of the thread's own, told as free tells it: bytes of its class. 0: of any other, and
 * while all frees are counted or HAKMEM_HARDEN is on. */
static inline size_t own_bytes(const void *block)
{
    const uint64_t class_index = hk_tag_guess(block) - hk_cache.base;
    return hk_likely(class_index < HK_CLASS_COUNT) ? hk_classes[class_index].block_bytes : 0;
}

/* Bytes of a live block. call: the function that was given it. */
static size_t size_of(const void *block, const char *call)
{
    const uint64_t tag = hk_tag_of(block);
    if (tag)
        return hk_classes[hk_tag_class(tag)].block_bytes;
    const size_t bytes = hk_large_size(block);
    if (!bytes)
        hk_fatal("a pointer that is not hakmem's, or a large block freed before", block, call);
    return bytes;
}

HK_SLOW static size_t usable_size_slow(void *block)
{
    if (block && hk_unlikely(hk_options.harden))
        return hk_harden_usable_size(block);
    return block ? size_of(block, "malloc_usable_size") : 0;
}

/* redis asks at each malloc and each free. */
size_t hk_usable_size(void *block)
{
    const size_t bytes = own_bytes(block);
    return hk_likely(bytes) ? bytes : usable_size_slow(block);
}

/* One that is to hold less stays where it is rather than fail. */
static void *move(void *block, size_t old_bytes, size_t size)
{
    const int kept = errno;
    void *moved = hk_malloc(size);
    if (!moved && size <= old_bytes) {
        errno = kept;
        return block;
    }
    if (!moved)
        return NULL;
    memcpy(moved, block, size < old_bytes ? size : old_bytes);
    hk_free(block);
    return moved;
}

/* In place when the new size fits and at least half of the block is used: neither a loop that
 * grows byte by byte nor one that shrinks copies each time. */
static bool stays_in_place(size_t bytes, size_t size)
{
    return size <= bytes && size >= bytes / 2;
}

HK_SLOW static void *realloc_other(void *block, size_t size)
{
    if (hk_unlikely(hk_options.harden))
        return hk_harden_realloc(block, size);
    if (size == 0) {
        hk_free(block);
        return NULL;
    }
    const size_t bytes = size_of(block, "realloc");
    if (stays_in_place(bytes, size))
        return block;
    const bool stays_large = hk_tag_of(block) == 0 && size > HK_CACHED_MAX;
    if (!stays_large)
        return move(block, bytes, size);
    const int kept = errno;
    void *moved = hk_large_realloc(block, size);
    if (!moved)
        moved = move(block, bytes, size);
    if (!moved && (moved = hk_large_realloc(block, size))) /* what failed made room */
        errno = kept;
    return moved;
}

void *hk_realloc(void *block, size_t size)
{
    if (!block)
        return hk_malloc(size);
    const size_t bytes = own_bytes(block);
    if (hk_unlikely(bytes == 0 || size == 0))
        return realloc_other(block, size);
    return stays_in_place(bytes, size) ? block : move(block, bytes, size);
}

/* Slabs start at multiples of 64 KiB, so that a block size that is a multiple of the alignment
 * keeps it for every block. */
static bool class_with_alignment(size_t alignment, size_t size, size_t *class_bytes)
{
    if (size > HK_CACHED_MAX || alignment > HK_GRANULE)
        return false;
    for (unsigned c = hk_class_of(size); c < HK_CLASS_COUNT; c++) {
        if (hk_classes[c].block_bytes % alignment == 0) {
            *class_bytes = hk_classes[c].block_bytes;
            return true;
        }
    }
    return false;
}

void *hk_aligned(size_t alignment, size_t size)
{
    size_t class_bytes;
    size_t dirty;
    if (hk_unlikely(hk_options.harden))
        return hk_harden_alloc(alignment, size, HK_KIND_MALLOC);
    if (alignment <= HK_ALIGN)
        return hk_malloc(size);
    if (class_with_alignment(alignment, size, &class_bytes)) {
        void *block = hk_malloc(class_bytes);
        if (!block || ((uintptr_t)block & (alignment - 1)) == 0)
            return block;
        hk_free(block); /* a large block stood in for a slab that was not to be had */
    }
    return large_alloc(size, alignment, &dirty);
}

void *hk_new_aligned(size_t alignment, size_t size, enum hk_kind kind)
{
    return hk_unlikely(hk_options.harden) ? hk_harden_alloc(alignment, size, kind)
                                          : hk_aligned(alignment, size);
}

void *hk_reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return hk_realloc(block, bytes);
}

void *hk_aligned_alloc(size_t alignment, size_t size)
{
    if (!hk_is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return hk_aligned(alignment, size);
}

int hk_posix_memalign(void **out, size_t alignment, size_t size)
{
    if (!hk_is_power_of_two(alignment) || alignment % sizeof(void *) != 0)
        return EINVAL;
    const int kept = errno;
    void *block = hk_aligned(alignment, size);
    errno = kept;
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}

bool hk_trim(void)
{
    const uint64_t before = atomic_load(&hk_os_counters.given);
    send_all_home();
    hk_super_purge(hk_os_clock_ns(), HK_PURGE_ALL);
    hk_large_purge_all();
    (void)hk_runs_make_room(false);
    (void)hk_super_make_room();
    return atomic_load(&hk_os_counters.given) != before;
}
