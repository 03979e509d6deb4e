/* The C library's names and C++'s operators, for LD_PRELOAD and -lhakmem. Only renames: what each
 * does is in alloc.c. Every name of the family is here, because one that were missing would mix
 * two heaps.
 * Read next: alloc.h. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses):
 * glibc names parameters its own way, and a list of parameters takes no parentheses. */
#include "alloc.h"
#include "msg.h"
#include "stats.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default"), used))

/* The compiler knows these names and would read promises into our definitions of them. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-declarations"

EXPORT void *malloc(size_t size)
{
    return hk_malloc(size);
}

EXPORT void free(void *block)
{
    hk_free(block);
}

EXPORT void *calloc(size_t count, size_t size)
{
    return hk_calloc(count, size);
}

EXPORT void *realloc(void *block, size_t size)
{
    return hk_realloc(block, size);
}

/* glibc's rule: with a product of 0 a NULL block gives a new one, as realloc does. */
EXPORT void *reallocarray(void *block, size_t count, size_t size)
{
    return hk_reallocarray(block, count, size);
}

EXPORT void cfree(void *block)
{
    hk_free(block);
}

EXPORT void free_sized(void *block, size_t size)
{
    (void)size; /* not needed to find the block; a wrong one is tolerated */
    hk_free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    (void)alignment;
    (void)size;
    hk_free(block);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    return hk_aligned_alloc(alignment, size);
}

/* glibc's rule: an alignment that is no power of two counts as the next one. */
EXPORT void *memalign(size_t alignment, size_t size)
{
    size_t power = HK_ALIGN;
    while (power < alignment) {
        if (power > SIZE_MAX / 2) {
            errno = EINVAL;
            return NULL;
        }
        power *= 2;
    }
    return hk_aligned(power, size);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t size)
{
    return hk_posix_memalign(out, alignment, size);
}

EXPORT void *valloc(size_t size)
{
    return hk_aligned((size_t)sysconf(_SC_PAGESIZE), size);
}

EXPORT void *pvalloc(size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - page) {
        errno = ENOMEM;
        return NULL;
    }
    return hk_aligned(page, size ? hk_round_up(size, page) : page);
}

EXPORT size_t malloc_usable_size(void *block)
{
    return hk_usable_size(block);
}

EXPORT int malloc_trim(size_t pad)
{
    (void)pad;
    return hk_trim();
}

/* No knob of glibc's means anything here; 1 says that the call was understood. */
EXPORT int mallopt(int parameter, int value)
{
    (void)parameter;
    (void)value;
    return 1;
}

EXPORT struct mallinfo2 mallinfo2(void)
{
    struct hk_totals totals;
    hk_stats_totals(&totals);
    return (struct mallinfo2){
        .arena = totals.slab_bytes + totals.free_dirty_bytes,
        .hblks = totals.large_count,
        .hblkhd = totals.large_bytes,
        .usmblks = totals.peak_bytes,
        .uordblks = totals.live_bytes,
        .fordblks = totals.slab_bytes - totals.live_bytes + totals.free_dirty_bytes,
        .keepcost = totals.free_dirty_bytes + totals.large_cached_bytes,
    };
}

static int clamped(size_t bytes)
{
    return bytes > INT32_MAX ? INT32_MAX : (int)bytes;
}

EXPORT struct mallinfo mallinfo(void)
{
    const struct mallinfo2 info = mallinfo2();
    return (struct mallinfo){
        .arena = clamped(info.arena),
        .hblks = clamped(info.hblks),
        .hblkhd = clamped(info.hblkhd),
        .usmblks = clamped(info.usmblks),
        .uordblks = clamped(info.uordblks),
        .fordblks = clamped(info.fordblks),
        .keepcost = clamped(info.keepcost),
    };
}

EXPORT void malloc_stats(void)
{
    hk_stats_report();
}

EXPORT int malloc_info(int options, FILE *stream)
{
    struct hk_totals totals;
    if (options != 0) {
        errno = EINVAL;
        return -1;
    }
    hk_stats_totals(&totals);
    return fprintf(stream,
                   "<malloc version=\"hakmem-1\">\n<system type=\"current\" size=\"%zu\"/>\n"
                   "<system type=\"max\" size=\"%zu\"/>\n<total type=\"live\" size=\"%zu\"/>\n"
                   "<total type=\"cached\" size=\"%zu\"/>\n<total type=\"free\" size=\"%zu\"/>\n"
                   "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n</malloc>\n",
                   totals.slab_bytes + totals.free_dirty_bytes + totals.large_bytes,
                   totals.peak_bytes, totals.live_bytes, totals.cached_bytes,
                   totals.free_dirty_bytes, totals.large_count, totals.large_bytes) < 0
               ? -1
               : 0;
}

/* ---- C++ ---- */

/* Weak: a C program has no libstdc++, and then nobody calls new either. */
typedef void (*new_handler)(void);
extern new_handler _ZSt15get_new_handlerv(void) __attribute__((weak));      /* get_new_handler */
extern void _ZSt17__throw_bad_allocv(void) __attribute__((weak, noreturn)); /* __throw_bad_alloc */

/* The loop of [new.delete.single]: each handler may free something, throw, or end the program. */
HK_SLOW static void *new_failed(size_t alignment, size_t size)
{
    for (;;) {
        const new_handler handler = _ZSt15get_new_handlerv ? _ZSt15get_new_handlerv() : NULL;
        if (!handler && _ZSt17__throw_bad_allocv)
            _ZSt17__throw_bad_allocv();
        if (!handler)
            hk_fatal("operator new: out of memory, and no libstdc++ to throw", NULL, NULL);
        handler();
        void *block = hk_aligned(alignment, size);
        if (block)
            return block;
    }
}

/* A program that brings its own operator new and delete expects the array, sized and nothrow forms
 * to come down to them. By these names the dynamic linker's choice is reached, not our own. */
extern void *chosen_new(size_t size) __asm__("_Znwm");
extern void chosen_delete(void *block) __asm__("_ZdlPv");

static void *own_new(size_t size)
{
    void *block = hk_malloc(size);
    return hk_likely(block) ? block : new_failed(HK_ALIGN, size);
}

static void own_delete(void *block)
{
    hk_free(block);
}

EXPORT void *_Znwm(size_t size) __attribute__((alias("own_new")));
EXPORT void _ZdlPv(void *block) __attribute__((alias("own_delete")));

/* Known once the library is loaded; until then nobody's operators have run. */
static bool new_is_replaced, delete_is_replaced;

__attribute__((constructor)) static void look_for_replacements(void)
{
    void *new_in_use = (void *)chosen_new, *delete_in_use = (void *)chosen_delete;
    /* The compiler holds that two names are two functions; the linker knows better. */
    __asm__("" : "+r"(new_in_use), "+r"(delete_in_use));
    new_is_replaced = new_in_use != (void *)own_new;
    delete_is_replaced = delete_in_use != (void *)own_delete;
}

static void *new_any(size_t size)
{
    return hk_unlikely(new_is_replaced) ? chosen_new(size) : own_new(size);
}

static void delete_any(void *block)
{
    if (hk_unlikely(delete_is_replaced))
        chosen_delete(block);
    else
        hk_free(block);
}

/* Only C++ can catch what a new-handler throws: the C++ library's own nothrow form does, around
 * the throwing operator new, which is ours or the program's. */
HK_SLOW static void *new_nothrow_by_library(const char *symbol, size_t size, const void *nothrow)
{
    void *(*form)(size_t, const void *) =
        (void *(*)(size_t, const void *))(uintptr_t)dlsym(RTLD_NEXT, symbol);
    return form ? form(size, nothrow) : new_is_replaced ? chosen_new(size) : NULL;
}

static void *new_nothrow(const char *symbol, size_t size, const void *nothrow)
{
    void *block = new_is_replaced ? NULL : hk_malloc(size);
    return hk_likely(block) ? block : new_nothrow_by_library(symbol, size, nothrow);
}

static void *new_aligned(size_t size, size_t alignment)
{
    void *block = hk_aligned(alignment, size);
    return hk_likely(block) ? block : new_failed(alignment, size);
}

HK_SLOW static void *aligned_nothrow_by_library(const char *symbol, size_t size, size_t alignment,
                                                const void *nothrow)
{
    void *(*form)(size_t, size_t, const void *) =
        (void *(*)(size_t, size_t, const void *))(uintptr_t)dlsym(RTLD_NEXT, symbol);
    return form ? form(size, alignment, nothrow) : NULL;
}

static void *new_aligned_nothrow(const char *symbol, size_t size, size_t alignment,
                                 const void *nothrow)
{
    void *block = hk_aligned(alignment, size);
    return hk_likely(block) ? block : aligned_nothrow_by_library(symbol, size, alignment, nothrow);
}

EXPORT void *_Znam(size_t size)
{
    return new_any(size);
}

#define NEW_NOTHROW(name)                                                                          \
    EXPORT void *name(size_t size, const void *nothrow)                                            \
    {                                                                                              \
        return new_nothrow(#name, size, nothrow);                                                  \
    }
#define NEW_ALIGNED(name)                                                                          \
    EXPORT void *name(size_t size, size_t alignment)                                               \
    {                                                                                              \
        return new_aligned(size, alignment);                                                       \
    }
#define NEW_ALIGNED_NOTHROW(name)                                                                  \
    EXPORT void *name(size_t size, size_t alignment, const void *nothrow)                          \
    {                                                                                              \
        return new_aligned_nothrow(#name, size, alignment, nothrow);                               \
    }
/* Size and alignment are not needed to find a block. */
#define DELETE(name, how, ...)                                                                     \
    EXPORT void name(__VA_ARGS__)                                                                  \
    {                                                                                              \
        how(block);                                                                                \
    }

NEW_NOTHROW(_ZnwmRKSt9nothrow_t)
NEW_NOTHROW(_ZnamRKSt9nothrow_t)
NEW_ALIGNED(_ZnwmSt11align_val_t)
NEW_ALIGNED(_ZnamSt11align_val_t)
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t)

#define UNUSED __attribute__((unused))
DELETE(_ZdaPv, delete_any, void *block)
DELETE(_ZdlPvm, delete_any, void *block, UNUSED size_t size)
DELETE(_ZdaPvm, delete_any, void *block, UNUSED size_t size)
DELETE(_ZdlPvRKSt9nothrow_t, delete_any, void *block, UNUSED const void *nothrow)
DELETE(_ZdaPvRKSt9nothrow_t, delete_any, void *block, UNUSED const void *nothrow)
DELETE(_ZdlPvSt11align_val_t, hk_free, void *block, UNUSED size_t alignment)
DELETE(_ZdaPvSt11align_val_t, hk_free, void *block, UNUSED size_t alignment)
DELETE(_ZdlPvmSt11align_val_t, hk_free, void *block, UNUSED size_t size, UNUSED size_t alignment)
DELETE(_ZdaPvmSt11align_val_t, hk_free, void *block, UNUSED size_t size, UNUSED size_t alignment)
DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, hk_free, void *block, UNUSED size_t alignment,
       UNUSED const void *nothrow)
DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, hk_free, void *block, UNUSED size_t alignment,
       UNUSED const void *nothrow)
/* NOLINTEND(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses) */
