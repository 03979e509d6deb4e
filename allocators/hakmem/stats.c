/* What hakmem reports of itself: see stats.h. */
#include "stats.h"

#include "heap.h"
#include "large.h"
#include "msg.h"
#include "option.h"
#include "os.h"
#include "slab.h"
#include "super.h"

void hk_stats_totals(struct hk_totals *totals)
{
    const struct hk_super_totals supers = hk_super_count();
    const struct hk_large_totals large = hk_large_count();
    struct hk_slab_sums sums;
    hk_slab_sum(&sums);
    *totals = (struct hk_totals){
        .super_bytes = supers.mapped_bytes,
        .free_dirty_bytes = supers.dirty_bytes,
        .large_count = large.live,
        .large_bytes = large.live_bytes,
        .large_cached_bytes = large.cached_bytes,
        .peak_bytes = supers.peak_bytes + large.peak_bytes,
    };
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        const size_t cached = hk_heap_cached(c), bytes = hk_classes[c].block_bytes;
        totals->slab_bytes += sums.slabs[c] * hk_classes[c].granules * HK_GRANULE;
        totals->cached_bytes += cached * bytes;
        totals->live_bytes += hk_beyond(sums.blocks[c], cached) * bytes;
    }
}

static void field(struct hk_text *text, const char *name, const _Atomic uint64_t *counter)
{
    hk_text_add(text, name);
    hk_text_number(text, counter ? atomic_load_explicit(counter, memory_order_relaxed) : 0);
}

/* The line that scripts of the lab log read. alloc and mmap_total: mappings made; free: mappings
 * undone; madvise: purges asked for; huge_* and fallback_mmap: never, as hakmem asks for no huge
 * pages and has one way to map. */
static void historic_line(void)
{
    const struct hk_os_counters *c = &hk_os_counters;
    struct hk_text text = {.size = 0};
    field(&text, "[SS_OS_STATS] alloc=", &c->mmap);
    field(&text, " free=", &c->munmap);
    field(&text, " madvise=", &c->madvise);
    field(&text, " madvise_enomem=", &c->madvise_enomem);
    field(&text, " madvise_other=", &c->madvise_other);
    field(&text, " madvise_disabled=", NULL);
    field(&text, " mmap_total=", &c->mmap);
    field(&text, " fallback_mmap=", NULL);
    field(&text, " huge_alloc=", NULL);
    field(&text, " huge_fail=", NULL);
    hk_text_add(&text, "\n");
    hk_text_write(&text);
}

/* Right-aligned in `width` places; the sizes here have no more than 20. */
static void column(struct hk_text *text, uint64_t value, size_t width)
{
    struct hk_text digits = {.size = 0};
    hk_text_number(&digits, value);
    digits.bytes[digits.size] = '\0';
    for (size_t i = digits.size; i < width; i++)
        hk_text_add(text, " ");
    hk_text_add(text, digits.bytes);
}

static void kib_line(const char *name, size_t bytes)
{
    struct hk_text text = {.size = 0};
    hk_text_add(&text, name);
    column(&text, bytes / 1024, 10);
    hk_text_add(&text, " KiB\n");
    hk_text_write(&text);
}

static void line(const char *string)
{
    struct hk_text text = {.size = 0};
    hk_text_add(&text, string);
    hk_text_write(&text);
}

/* Classes without a slab are left out. */
static void class_lines(void)
{
    struct hk_slab_sums sums;
    hk_slab_sum(&sums);
    line("  size class       live     cached      slabs    slab KiB\n");
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        const size_t cached = hk_heap_cached(c);
        struct hk_text text = {.size = 0};
        if (!sums.slabs[c])
            continue;
        column(&text, hk_classes[c].block_bytes, 12);
        column(&text, sums.blocks[c] - cached, 11);
        column(&text, cached, 11);
        column(&text, sums.slabs[c], 11);
        column(&text, sums.slabs[c] * hk_classes[c].granules * HK_GRANULE / 1024, 12);
        hk_text_add(&text, "\n");
        hk_text_write(&text);
    }
}

static void call_line(void)
{
    const struct hk_os_counters *c = &hk_os_counters;
    struct hk_text text = {.size = 0};
    field(&text, "  system calls: mmap ", &c->mmap);
    field(&text, ", munmap ", &c->munmap);
    field(&text, ", mremap ", &c->mremap);
    field(&text, ", madvise ", &c->madvise);
    field(&text, ", refused ", &c->refused);
    hk_text_add(&text, "\n");
    hk_text_write(&text);
}

void hk_stats_report(void)
{
    struct hk_totals totals;
    hk_stats_totals(&totals);
    line("hakmem statistics (live: blocks out, those that other threads cache included)\n");
    class_lines();
    kib_line("  live blocks             ", totals.live_bytes);
    kib_line("  cached by this thread   ", totals.cached_bytes);
    kib_line("  slabs                   ", totals.slab_bytes);
    kib_line("  free and resident       ", totals.free_dirty_bytes);
    kib_line("  large blocks            ", totals.large_bytes);
    kib_line("  large, cached           ", totals.large_cached_bytes);
    kib_line("  slabs and large at most ", totals.peak_bytes);
    call_line();
}

void hk_stats_at_exit(void)
{
    if (hk_options.os_stats)
        historic_line();
    if (hk_options.stats)
        hk_stats_report();
}
