/* The prefixed interface of hakmem.h. */
#include "alloc.h"
#include "hakmem.h"
#include "option.h"
#include "os.h"
#include "thread.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT void *hak_malloc(size_t size)
{
    return hk_malloc(size);
}

EXPORT void *hak_calloc(size_t count, size_t size)
{
    return hk_calloc(count, size);
}

EXPORT void *hak_realloc(void *block, size_t size)
{
    return hk_realloc(block, size);
}

EXPORT void *hak_reallocarray(void *block, size_t count, size_t size)
{
    return hk_reallocarray(block, count, size);
}

EXPORT void hak_free(void *block)
{
    hk_free(block);
}

EXPORT void hak_free_sized(void *block, size_t size)
{
    hk_free_as(block, "hak_free_sized", HK_KIND_MALLOC, size, 0);
}

EXPORT void hak_free_aligned_sized(void *block, size_t alignment, size_t size)
{
    hk_free_as(block, "hak_free_aligned_sized", HK_KIND_MALLOC, size, alignment);
}

EXPORT void *hak_aligned_alloc(size_t alignment, size_t size)
{
    return hk_aligned_alloc(alignment, size);
}

EXPORT int hak_posix_memalign(void **out, size_t alignment, size_t size)
{
    return hk_posix_memalign(out, alignment, size);
}

EXPORT size_t hak_usable_size(void *block)
{
    return hk_usable_size(block);
}

/* A hardened block's seal follows the bytes that were asked for. */
EXPORT size_t hak_good_size(size_t size)
{
    if (hk_options.harden || size > PTRDIFF_MAX - HK_GRANULE)
        return size;
    return size > HK_CACHED_MAX ? hk_round_up(size, HK_GRANULE)
                                : hk_classes[hk_class_of(size)].block_bytes;
}

EXPORT void hak_trim(void)
{
    (void)hk_trim();
}

EXPORT void hak_thread_exit(void)
{
    hk_thread_leave();
}

EXPORT void hakmem_os_stats(struct hakmem_os_stats *out)
{
    const struct hk_os_counters *c = &hk_os_counters;
    *out = (struct hakmem_os_stats){
        .mmap = atomic_load_explicit(&c->mmap, memory_order_relaxed),
        .munmap = atomic_load_explicit(&c->munmap, memory_order_relaxed),
        .mremap = atomic_load_explicit(&c->mremap, memory_order_relaxed),
        .madvise = atomic_load_explicit(&c->madvise, memory_order_relaxed),
    };
}
