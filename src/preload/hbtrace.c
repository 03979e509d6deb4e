/* libhbtrace.so: every call of malloc's family of the process that it is preloaded into, pushed to
 * the recorder (`hakbench trace record`). It stands before the allocator of the program's choice
 * and hands every call on; what comes back, and errno, are the allocator's. It never allocates by
 * the allocator, and where it cannot record, the program runs as it would without it.
 * Read first: src/trace/spool.h, pushing.h. */
#include "preload/forms.h"

#include <malloc.h>
#include <stdlib.h>

/* What dlsym allocates to say that there is no such function is not the program's. */
#define FIND(field, name, other)                                                                   \
    do {                                                                                           \
        if (UNLIKELY(!hb_next.field)) {                                                            \
            void *found;                                                                           \
            WITHIN(found = hb_next_find(name));                                                    \
            memcpy(&hb_next.field, &found, sizeof found);                                          \
            if (!found)                                                                            \
                hb_next.field = (other);                                                           \
        }                                                                                          \
    } while (0)

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): glibc has its own */
static __attribute__((noinline)) void *note_operators(void *block, size_t size)
{
    return hb_note_made(hb_labelled(HB_CALL_MALLOC), block, size);
}

EXPORT void *malloc(size_t size)
{
    void *block = hb_next.malloc(size);
    return LIKELY(!hb_me.label) ? hb_note_made(HB_CALL_MALLOC, block, size)
                                : note_operators(block, size);
}

EXPORT void free(void *block)
{
    if (UNLIKELY(hb_is_early(block)))
        return;
    hb_next.free(LIKELY(!hb_me.label)
                     ? hb_note_freed(HB_CALL_FREE, block, 0)
                     : hb_note_freed(hb_labelled(HB_CALL_FREE), block, hb_me.label_size));
}

static size_t product(size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

EXPORT void *calloc(size_t count, size_t size)
{
    void *block;
    WITHIN(block = hb_next.calloc(count, size));
    if (UNLIKELY(hb_is_early(block)))
        return block;
    return hb_note_made(HB_CALL_CALLOC, block, product(count, size));
}

/* An early block moves to the allocator. */
static COLD void *leave_early(void *block, size_t size)
{
    size_t old_size;
    void *moved = hb_next.malloc(size);
    memcpy(&old_size, (char *)block - 16, sizeof old_size);
    if (moved)
        memcpy(moved, block, old_size < size ? old_size : size);
    return moved;
}

/* Before the call: of the sample is it when the old block may be. */
static inline bool note_realloc(void *block)
{
    return hb_is_of_interest(block) && (hb_push(HB_NOTE_REALLOC, block, 0), true);
}

static inline void *note_reallocated(unsigned function, bool has_begun, void *block, size_t size)
{
    if (LIKELY(!hb_traced.sample_bytes) || !hb_is_left_out(block, size))
        return hb_push(function, block, size);
    return has_begun ? hb_push(HB_NOTE_UNSAMPLED, block, size) : block;
}

EXPORT void *realloc(void *block, size_t size)
{
    if (UNLIKELY(hb_is_early(block)))
        return leave_early(block, size);
    const bool has_begun = note_realloc(block);
    void *moved;
    WITHIN(moved = hb_next.realloc(block, size));
    return note_reallocated(HB_CALL_REALLOC, has_begun, moved, size);
}

EXPORT void *reallocarray(void *block, size_t count, size_t size)
{
    FIND(reallocarray, "reallocarray", NULL);
    if (UNLIKELY(hb_is_early(block)))
        return leave_early(block, product(count, size));
    const bool has_begun = note_realloc(block);
    void *moved;
    WITHIN(moved = hb_next.reallocarray(block, count, size));
    return note_reallocated(HB_CALL_REALLOCARRAY, has_begun, moved, product(count, size));
}

static void free_of_any_size(void *block, size_t size)
{
    (void)size;
    hb_next.free(block);
}

static void free_of_any_alignment(void *block, size_t alignment, size_t size)
{
    (void)alignment;
    free_of_any_size(block, size);
}

/* C23; where the allocator has none, free it is. */
void free_sized(void *block, size_t size);
void free_aligned_sized(void *block, size_t alignment, size_t size);

EXPORT void free_sized(void *block, size_t size)
{
    FIND(free_sized, "free_sized", free_of_any_size);
    (void)hb_note_freed(HB_CALL_FREE_SIZED, block, size);
    hb_next.free_sized(block, size);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    FIND(free_aligned_sized, "free_aligned_sized", free_of_any_alignment);
    (void)hb_note_freed(HB_CALL_FREE_ALIGNED_SIZED | hb_log2_of(alignment) << 8, block, size);
    hb_next.free_aligned_sized(block, alignment, size);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size)
{
    FIND(posix_memalign, "posix_memalign", NULL);
    int status;
    WITHIN(status = hb_next.posix_memalign(block, alignment, size));
    (void)hb_note_made(hb_labelled(HB_CALL_POSIX_MEMALIGN | hb_log2_of(alignment) << 8),
                       status == 0 ? *block : NULL, size);
    return status;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    FIND(aligned_alloc, "aligned_alloc", NULL);
    void *block;
    WITHIN(block = hb_next.aligned_alloc(alignment, size));
    return hb_note_made(hb_labelled(HB_CALL_ALIGNED_ALLOC | hb_log2_of(alignment) << 8), block,
                        size);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    FIND(memalign, "memalign", NULL);
    void *block;
    WITHIN(block = hb_next.memalign(alignment, size));
    return hb_note_made(hb_labelled(HB_CALL_MEMALIGN | hb_log2_of(alignment) << 8), block, size);
}

EXPORT void *valloc(size_t size)
{
    FIND(valloc, "valloc", NULL);
    void *block;
    WITHIN(block = hb_next.valloc(size));
    return hb_note_made(HB_CALL_VALLOC, block, size);
}

EXPORT void *pvalloc(size_t size)
{
    FIND(pvalloc, "pvalloc", NULL);
    void *block;
    WITHIN(block = hb_next.pvalloc(size));
    return hb_note_made(HB_CALL_PVALLOC, block, size);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
