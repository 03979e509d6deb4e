/* The C library's names, for LD_PRELOAD and -lhakmem. Only renames: what each does is in alloc.c.
 * Every name of the family is here, because one that were missing would mix two heaps.
 * A program may bring its own malloc, calloc, realloc and free, and nothing else (glibc's manual,
 * "Replacing malloc"). What takes or gives blocks of theirs under another name goes by the one in
 * use: reallocarray as with glibc, and cfree, free_sized and free_aligned_sized, which are free.
 * Read next: alloc.h, operators.c. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses):
 * glibc names parameters its own way, and a list of parameters takes no parentheses. */
#include "alloc.h"
#include "msg.h"
#include "option.h"
#include "stats.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#define EXPORT      __attribute__((visibility("default"), used))
#define ALIAS(name) EXPORT __attribute__((alias(name)))

/* The compiler knows these names and would read promises into our definitions of them. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-declarations"
#ifndef __clang__ /* nor are the other names' promises the compiler's business */
#pragma GCC diagnostic ignored "-Wmissing-attributes"
#endif

/* Where these two lie, modulo the size of a page, is worth 10 % of a loop that does little else: a
 * caller's branches may share their places in the predictor (log, 47). So no edit elsewhere moves
 * them. */
#define PLACED __attribute__((aligned(1024)))

PLACED EXPORT void *malloc(size_t size)
{
    return hk_malloc(size);
}

PLACED static void own_free(void *block)
{
    hk_free(block);
}
ALIAS("own_free") void free(void *block);

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
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return HK_IN_USE(realloc)(block, bytes);
}

EXPORT void cfree(void *block)
{
    HK_IN_USE(free)(block);
}

/* Size and alignment are not needed to find the block; wrong ones are tolerated without
 * HAKMEM_HARDEN. */
static void free_said(void *block, const char *call, size_t size, size_t alignment)
{
    if (hk_unlikely(hk_options.harden) && HK_IN_USE(free) == own_free)
        hk_free_said(block, call, HK_KIND_MALLOC, size, alignment);
    else
        HK_IN_USE(free)(block);
}

EXPORT void free_sized(void *block, size_t size)
{
    free_said(block, "free_sized", size, 0);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    free_said(block, "free_aligned_sized", size, alignment);
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
        .fordblks = hk_beyond(totals.slab_bytes, totals.live_bytes) + totals.free_dirty_bytes,
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

/* ---- glibc's other names, which are of one heap with the usual ones ---- */

ALIAS("malloc") void *__libc_malloc(size_t size);
ALIAS("own_free") void __libc_free(void *block);
ALIAS("calloc") void *__libc_calloc(size_t count, size_t size);
ALIAS("realloc") void *__libc_realloc(void *block, size_t size);
ALIAS("memalign") void *__libc_memalign(size_t alignment, size_t size);
ALIAS("valloc") void *__libc_valloc(size_t size);
ALIAS("pvalloc") void *__libc_pvalloc(size_t size);
ALIAS("mallopt") int __libc_mallopt(int parameter, int value);
ALIAS("mallinfo") struct mallinfo __libc_mallinfo(void);
/* NOLINTEND(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses) */
