/* The functions of the malloc family, under internal names; the surfaces (override.c, hak_*, the
 * plugin) only rename them. Each keeps its namesake's promises (docs/hakmem/design.md).
 * Read next: cache.h (the fast paths), alloc.c. */
#ifndef HK_ALLOC_H
#define HK_ALLOC_H

#include "cache.h"
#include "seal.h"

/* The function of this name that the dynamic linker chose: the program's, another library's, or
 * ours. Hidden from the compiler, which sees ours only and would inline it. */
#define HK_IN_USE(function)                                                                        \
    ({                                                                                             \
        __typeof__(&(function)) in_use = (function);                                               \
        __asm__("" : "+r"(in_use));                                                                \
        in_use;                                                                                    \
    })

static inline void *hk_malloc(size_t size)
{
    return hk_malloc_fast(size);
}

static inline void hk_free(void *block)
{
    hk_free_fast(block);
}

/* What C++'s operators and the sized frees know more than malloc and free, for HAKMEM_HARDEN: a
 * block remembers by whom it was made. A fast path never looks at it: only the call at its end
 * differs. size, alignment: HK_NOT_SAID where the function does not say; an alignment of 0 says
 * that the block was asked for without. */
void *hk_new_slow(size_t size, enum hk_kind kind);
void *hk_new_aligned(size_t alignment, size_t size, enum hk_kind kind);
void hk_free_said(void *block, const char *call, enum hk_kind kind, size_t size, size_t alignment);

static inline void *hk_new(size_t size, enum hk_kind kind)
{
    void *block = hk_malloc_listed(size);
    return hk_likely(block) ? block : hk_new_slow(size, kind);
}

static inline void hk_free_as(void *block, const char *call, enum hk_kind kind, size_t size,
                              size_t alignment)
{
    if (hk_unlikely(!hk_free_listed(block)))
        hk_free_said(block, call, kind, size, alignment);
}

void *hk_calloc(size_t count, size_t size);
void *hk_realloc(void *block, size_t size);

/* alignment: a power of two. NULL and ENOMEM when there is no memory. */
void *hk_aligned(size_t alignment, size_t size);

/* The same with errors as their namesakes give them: ENOMEM for a product that overflows, EINVAL
 * for an alignment that is no power of two (or, returned, no multiple of a pointer's size). */
void *hk_reallocarray(void *block, size_t count, size_t size);
void *hk_aligned_alloc(size_t alignment, size_t size);
int hk_posix_memalign(void **out, size_t alignment, size_t size);

/* 0 for NULL. A pointer that is no live block ends the program with a clear line. */
size_t hk_usable_size(void *block);

/* Gives everything free back to the system; true when there was something. */
bool hk_trim(void);

#endif
