/* What hakmem tells of itself: see stats.h. */
#include "stats.h"

#include "large.h"
#include "msg.h"
#include "option.h"
#include "os.h"
#include "super.h"

void hk_stats_totals(struct hk_totals *totals)
{
    hk_super_totals(&totals->super_bytes, &totals->free_dirty_bytes);
    hk_large_totals(&totals->large_bytes, &totals->large_cached_bytes);
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

static void kib(struct hk_text *text, const char *name, size_t bytes)
{
    hk_text_add(text, name);
    hk_text_number(text, bytes / 1024);
    hk_text_add(text, " KiB\n");
}

void hk_stats_report(void)
{
    const struct hk_os_counters *c = &hk_os_counters;
    struct hk_text text = {.size = 0};
    struct hk_totals totals;
    hk_stats_totals(&totals);
    hk_text_add(&text, "hakmem statistics\n");
    kib(&text, "  superslabs mapped        ", totals.super_bytes);
    kib(&text, "    free and resident      ", totals.free_dirty_bytes);
    kib(&text, "  large blocks live        ", totals.large_bytes);
    kib(&text, "    cached                 ", totals.large_cached_bytes);
    field(&text, "  system calls: mmap ", &c->mmap);
    field(&text, ", munmap ", &c->munmap);
    field(&text, ", mremap ", &c->mremap);
    field(&text, ", madvise ", &c->madvise);
    field(&text, ", refused ", &c->refused);
    hk_text_add(&text, "\n");
    hk_text_write(&text);
}

void hk_stats_at_exit(void)
{
    if (hk_options.os_stats)
        historic_line();
    if (hk_options.stats)
        hk_stats_report();
}
