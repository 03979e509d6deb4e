/* Large blocks: see large.h. */
#include "large.h"

#include "option.h"
#include "os.h"
#include "pagemap.h"
#include "super.h"

#include <string.h>

struct mapping {
    uintptr_t address; /* 0: free place, 1: a removed entry */
    size_t bytes;      /* a multiple of HK_PAGE; a sealed one has a guard page behind them */
    bool sealed;
};
struct cached {
    char *address;
    size_t bytes;
    uint64_t since_ns;
};

static struct {
    struct hk_lock lock;
    struct mapping *table; /* open addressing, linear probing */
    size_t capacity;       /* power of two */
    size_t used;           /* entries, removed ones included */
    size_t live, live_bytes, peak_bytes, cached_bytes;
    struct cached cache[HK_LARGE_CACHE_SLOTS];
    _Atomic size_t cached; /* written under the lock, looked at without */
} large;

#define REMOVED        1u
#define LEAST_CAPACITY ((size_t)128) /* a power of two, as each doubling of it */

/* ---- table ---- */

static size_t place_of(uintptr_t address)
{
    return (size_t)((address / HK_PAGE * UINT64_C(0x9e3779b97f4a7c15)) >> 20) &
           (large.capacity - 1);
}

static struct mapping *find(const void *block)
{
    if (!large.capacity || (uintptr_t)block <= REMOVED)
        return NULL;
    for (size_t i = place_of((uintptr_t)block);; i = (i + 1) & (large.capacity - 1)) {
        if (large.table[i].address == (uintptr_t)block)
            return &large.table[i];
        if (large.table[i].address == 0)
            return NULL;
    }
}

static void put(uintptr_t address, size_t bytes, bool sealed)
{
    size_t i = place_of(address);
    while (large.table[i].address > REMOVED)
        i = (i + 1) & (large.capacity - 1);
    large.used += large.table[i].address == 0;
    large.table[i] = (struct mapping){address, bytes, sealed};
}

static size_t table_bytes(size_t capacity)
{
    return hk_round_up(capacity * sizeof(struct mapping), HK_PAGE);
}

/* Room for one more, with a quarter to spare so that searches end. Called with the lock held: the
 * table grows rarely, and nothing may slip in between. */
static bool make_room(void)
{
    if (large.capacity && (large.used + 1) * 4 < large.capacity * 3)
        return true;
    struct mapping *const old = large.table;
    const size_t old_capacity = large.capacity;
    size_t capacity = LEAST_CAPACITY;
    while (capacity < (large.live + 1) * 4)
        capacity *= 2;
    struct mapping *table = hk_os_map(table_bytes(capacity));
    if (!table)
        return false;
    large.table = table;
    large.capacity = capacity;
    large.used = 0;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].address > REMOVED)
            put(old[i].address, old[i].bytes, old[i].sealed);
    }
    if (old)
        hk_os_unmap(old, table_bytes(old_capacity));
    return true;
}

static bool add(void *block, size_t bytes)
{
    hk_lock(&large.lock);
    const bool done = make_room();
    if (done) {
        put((uintptr_t)block, bytes, hk_options.harden);
        large.live++;
        large.live_bytes += bytes;
        if (large.live_bytes > large.peak_bytes)
            large.peak_bytes = large.live_bytes;
    }
    hk_unlock(&large.lock);
    return done;
}

/* Removes and returns the entry, of zero bytes when there is none. */
static struct mapping take_out(const void *block)
{
    hk_lock(&large.lock);
    struct mapping *mapping = find(block);
    const struct mapping taken = mapping ? *mapping : (struct mapping){0};
    if (mapping) {
        mapping->address = REMOVED;
        large.live--;
        large.live_bytes -= taken.bytes;
    }
    hk_unlock(&large.lock);
    return taken;
}

bool hk_large_is_sealed(const void *block)
{
    hk_lock(&large.lock);
    const struct mapping *mapping = find(block);
    const bool sealed = mapping && mapping->sealed;
    hk_unlock(&large.lock);
    return sealed;
}

size_t hk_large_size(const void *block)
{
    hk_lock(&large.lock);
    const struct mapping *mapping = find(block);
    const size_t bytes = mapping ? mapping->bytes : 0;
    hk_unlock(&large.lock);
    return bytes;
}

/* ---- cache ---- */

/* The oldest stay first. */
static struct cached remove_cached(size_t index)
{
    const struct cached taken = large.cache[index];
    large.cached--;
    for (size_t i = index; i < large.cached; i++)
        large.cache[i] = large.cache[i + 1];
    large.cached_bytes -= taken.bytes;
    return taken;
}

/* The smallest that fits with at most a quarter to spare; or else the largest that does not, to be
 * made larger: its pages are there already, and a buffer that grows step by step leaves nothing
 * behind. It must have an eighth of what is wanted. */
static size_t best_cached(size_t bytes)
{
    size_t fits = SIZE_MAX, grows = SIZE_MAX;
    for (size_t i = 0; i < large.cached; i++) {
        const size_t have = large.cache[i].bytes;
        if (have >= bytes && have <= bytes + bytes / 4 &&
            (fits == SIZE_MAX || have < large.cache[fits].bytes))
            fits = i;
        if (have < bytes && have >= bytes / 8 && hk_map_is_wide() &&
            (grows == SIZE_MAX || have > large.cache[grows].bytes))
            grows = i;
    }
    return fits != SIZE_MAX ? fits : grows;
}

static struct cached take_cached(size_t bytes)
{
    hk_lock(&large.lock);
    const size_t best = best_cached(bytes);
    const struct cached taken = best != SIZE_MAX ? remove_cached(best) : (struct cached){0};
    hk_unlock(&large.lock);
    return taken;
}

/* One that has to go before `bytes` more are mapped: what waits here must not add to what the
 * program itself had at most, but for a slack. */
static struct cached take_excess(size_t bytes)
{
    hk_lock(&large.lock);
    const size_t wanted = large.live_bytes + bytes;
    const size_t peak = wanted > large.peak_bytes ? wanted : large.peak_bytes;
    const size_t most = peak + peak / HK_SLACK_SHARE + HK_LARGE_SLACK_BYTES;
    const bool is_over = large.cached && wanted + large.cached_bytes > most;
    const struct cached taken = is_over ? remove_cached(0) : (struct cached){0};
    hk_unlock(&large.lock);
    return taken;
}

static void unmap_excess(size_t bytes)
{
    for (struct cached excess; (excess = take_excess(bytes)).bytes;)
        hk_os_unmap(excess.address, excess.bytes);
}

/* False when it is too large or the cache too full: the caller unmaps it. */
static bool keep_cached(void *address, size_t bytes)
{
    if (bytes > HK_LARGE_CACHE_LARGEST || hk_options.profile == HK_PROFILE_LEAN)
        return false;
    const uint64_t now_ns = hk_os_clock_ns();
    hk_lock(&large.lock);
    const bool room =
        large.cached < HK_LARGE_CACHE_SLOTS && large.cached_bytes + bytes <= HK_LARGE_CACHE_BYTES;
    if (room) {
        large.cache[large.cached++] = (struct cached){address, bytes, now_ns};
        large.cached_bytes += bytes;
    }
    hk_unlock(&large.lock);
    return room;
}

/* The next one that is due, or one of zero bytes. */
static struct cached take_due(uint64_t before_ns)
{
    struct cached taken = {0};
    hk_lock(&large.lock);
    if (large.cached && large.cache[0].since_ns <= before_ns)
        taken = remove_cached(0);
    hk_unlock(&large.lock);
    return taken;
}

void hk_large_purge(uint64_t before_ns)
{
    if (!atomic_load_explicit(&large.cached, memory_order_relaxed) ||
        (hk_options.profile == HK_PROFILE_SPEED && before_ns != UINT64_MAX))
        return;
    for (struct cached due; (due = take_due(before_ns)).bytes;)
        hk_os_unmap(due.address, due.bytes);
}

/* ---- blocks ---- */

/* free() must be able to ask the page map for it. */
static char *map_covered(size_t bytes)
{
    char *memory = hk_os_map(bytes);
    if (!memory || hk_map_covers(memory, bytes))
        return memory;
    hk_os_unmap(memory, bytes);
    return NULL;
}

/* What is kept for later goes before a request fails: cached mappings, empty superslabs. */
static char *map_or_make_room(size_t bytes)
{
    char *memory = map_covered(bytes);
    if (memory)
        return memory;
    hk_large_purge(UINT64_MAX);
    (void)hk_super_make_room();
    return map_covered(bytes);
}

/* Maps more than is needed and gives back what lies before and after the aligned part. */
static char *map_aligned(size_t bytes, size_t alignment)
{
    if (alignment <= HK_PAGE)
        return map_or_make_room(bytes);
    char *memory = map_or_make_room(bytes + alignment - HK_PAGE);
    if (!memory)
        return NULL;
    char *aligned = (char *)hk_round_up((uintptr_t)memory, alignment);
    const size_t before = (size_t)(aligned - memory), after = alignment - HK_PAGE - before;
    if (before)
        hk_os_unmap(memory, before);
    if (after)
        hk_os_unmap(aligned + bytes, after);
    return aligned;
}

/* A mapping that waited, grown if need be. None: of zero bytes. */
static struct cached reuse(size_t bytes, size_t *dirty)
{
    struct cached reused = take_cached(bytes);
    *dirty = reused.bytes;
    if (reused.bytes == 0 || reused.bytes >= bytes)
        return reused;
    char *grown = hk_os_remap(reused.address, reused.bytes, bytes, true);
    if (grown)
        return (struct cached){.address = grown, .bytes = bytes};
    hk_os_unmap(reused.address, reused.bytes);
    *dirty = 0;
    return (struct cached){0};
}

void *hk_large_alloc(size_t size, size_t alignment, size_t *dirty)
{
    /* Neither rounding nor alignment may wrap, and no object may be larger than PTRDIFF_MAX. */
    const size_t most = (size_t)PTRDIFF_MAX - 2 * (size_t)HK_PAGE;
    *dirty = 0;
    if (size > most || alignment > most - size || !hk_super_open())
        return NULL;
    size_t bytes = hk_round_up(size ? size : 1, HK_PAGE);
    const size_t guard = hk_options.harden ? HK_PAGE : 0;
    struct cached reused = {0};
    if (alignment <= HK_PAGE && !guard)
        reused = reuse(bytes, dirty);
    if (reused.bytes)
        bytes = reused.bytes;
    else
        unmap_excess(bytes);
    char *block = reused.bytes ? reused.address : map_aligned(bytes + guard, alignment);
    if (block && !add(block, bytes)) {
        hk_os_unmap(block, bytes + guard);
        return NULL;
    }
    if (block && guard)
        hk_os_guard(block + bytes, guard);
    return block;
}

bool hk_large_free(void *block)
{
    const struct mapping taken = take_out(block);
    if (!taken.bytes)
        return false;
    if (taken.sealed)
        hk_os_unmap(block, taken.bytes + HK_PAGE);
    else if (!keep_cached(block, taken.bytes))
        hk_os_unmap(block, taken.bytes);
    return true;
}

/* The one system call under the lock: the entry must neither be found by others while its block
 * moves, nor its place be lost, or a failed insertion would orphan the block. */
void *hk_large_realloc(void *block, size_t size)
{
    if (size > (size_t)PTRDIFF_MAX - HK_PAGE)
        return NULL;
    const size_t bytes = hk_round_up(size, HK_PAGE), before = hk_large_size(block);
    if (bytes > before)
        unmap_excess(bytes - before);
    hk_lock(&large.lock);
    struct mapping *mapping = find(block);
    void *moved = mapping ? hk_os_remap(block, mapping->bytes, bytes, hk_map_is_wide()) : NULL;
    if (moved) {
        large.live_bytes += bytes - mapping->bytes;
        if (large.live_bytes > large.peak_bytes)
            large.peak_bytes = large.live_bytes;
        mapping->address = REMOVED;
        put((uintptr_t)moved, bytes, false);
    }
    hk_unlock(&large.lock);
    return moved;
}

struct hk_large_totals hk_large_totals(void)
{
    hk_lock(&large.lock);
    const struct hk_large_totals totals = {large.live, large.live_bytes, large.peak_bytes,
                                           large.cached_bytes};
    hk_unlock(&large.lock);
    return totals;
}

/* The cache may be half-changed; the table only ever has whole entries or loses one. */
void hk_large_after_fork(void)
{
    const bool held = atomic_load_explicit(&large.lock.state, memory_order_relaxed) != 0;
    atomic_store_explicit(&large.lock.state, 0, memory_order_relaxed);
    if (held)
        large.cached = large.cached_bytes = 0;
}
