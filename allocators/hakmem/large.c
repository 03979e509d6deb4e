/* Large blocks: see large.h. */
#include "large.h"

#include "lock.h"
#include "option.h"
#include "os.h"
#include "runs.h"
#include "super.h"

struct mapping {
    uintptr_t address; /* 0: free place, 1: a removed entry */
    size_t bytes;
    enum {
        LIVE,
        SEALED, /* live, made with HAKMEM_HARDEN */
        IDLE, /* freed, but the kernel would not unmap it: its memory is given up, it is used again
               */
    } kind;
};
struct table {
    size_t capacity; /* power of two */
    struct mapping at[];
};
struct cached {
    char *address;
    size_t bytes;
    uint64_t since_ns;
};

static struct hk_lock lock = {.rank = HK_RANK_LARGE};

static struct {
    struct table *table; /* open addressing, linear probing; published when it is whole */
    size_t used;         /* entries, removed ones included */
    size_t live, live_bytes, peak_bytes, cached_bytes;
    struct cached cache[HK_LARGE_CACHE_SLOTS];
    _Atomic size_t cached, idle; /* entries; written under the lock, looked at without */
} large;

static bool none_waits(void)
{
    return (atomic_load_explicit(&large.cached, memory_order_relaxed) |
            atomic_load_explicit(&large.idle, memory_order_relaxed)) == 0;
}

#define REMOVED 1u

/* ---- table ---- */

static size_t place_of(const struct table *table, uintptr_t address)
{
    return (size_t)((address / HK_PAGE * UINT64_C(0x9e3779b97f4a7c15)) >> 20) &
           (table->capacity - 1);
}

/* The place of this address, or a free one where it is not; there always is one. */
static struct mapping *probe(struct table *table, uintptr_t address, bool or_removed)
{
    struct mapping *removed = NULL;
    for (size_t i = place_of(table, address);; i = (i + 1) & (table->capacity - 1)) {
        struct mapping *mapping = &table->at[i];
        if (mapping->address == address)
            return mapping;
        if (mapping->address == REMOVED && !removed)
            removed = mapping;
        if (mapping->address == 0)
            return or_removed && removed ? removed : mapping;
    }
}

/* The live block that starts here. NULL: none. */
static struct mapping *find(const void *block)
{
    if (!large.table || (uintptr_t)block <= REMOVED)
        return NULL;
    struct mapping *mapping = probe(large.table, (uintptr_t)block, false);
    return mapping->address && mapping->kind != IDLE ? mapping : NULL;
}

static void put_in(struct table *table, const struct mapping *new)
{
    struct mapping *mapping = probe(table, new->address, true);
    mapping->bytes = new->bytes;
    mapping->kind = new->kind;
    HK_STEP();
    atomic_thread_fence(memory_order_release); /* a child that finds the address has the rest */
    mapping->address = new->address;
}

static void count_live(size_t bytes)
{
    large.live++;
    large.live_bytes += bytes;
    if (large.live_bytes > large.peak_bytes)
        large.peak_bytes = large.live_bytes;
}

/* There must be room. An entry of the same address goes: in a forked child one may be left of a
 * block that another thread was moving. */
static void put(uintptr_t address, size_t bytes, unsigned kind)
{
    const struct mapping *before = find((const void *)address);
    if (before) {
        large.live--;
        large.live_bytes -= before->bytes;
    }
    large.used += probe(large.table, address, true)->address == 0;
    hk_assert(large.used < large.table->capacity);
    put_in(large.table, &(struct mapping){address, bytes, kind});
    if (kind == IDLE)
        large.idle++;
    else
        count_live(bytes);
}

static void erase(struct mapping *mapping)
{
    if (mapping->kind == IDLE) {
        large.idle--;
    } else {
        large.live--;
        large.live_bytes -= mapping->bytes;
    }
    HK_STEP();
    mapping->address = REMOVED;
}

static size_t table_bytes(size_t capacity)
{
    return hk_round_up(sizeof(struct table) + capacity * sizeof(struct mapping), HK_GRANULE);
}

/* Room for one more, with a quarter to spare so that searches end. Called with the lock held: the
 * table grows rarely, and nothing may slip in between. Entries may move. */
static bool make_room(void)
{
    struct table *const old = large.table;
    if (old && (large.used + 1) * 4 < old->capacity * 3)
        return true;
    size_t capacity = HK_LARGE_TABLE_LEAST;
    while (capacity < (large.live + large.idle + 1) * 4)
        capacity *= 2;
    struct table *table = hk_os_map(table_bytes(capacity));
    if (!table)
        return false;
    table->capacity = capacity;
    for (size_t i = 0; old && i < old->capacity; i++) {
        if (old->at[i].address > REMOVED)
            put_in(table, &old->at[i]);
    }
    HK_STEP();
    atomic_thread_fence(memory_order_release);
    large.table = table;
    HK_STEP();
    large.used = large.live + large.idle;
    if (old)
        (void)hk_os_unmap(old, table_bytes(old->capacity));
    return true;
}

static bool add(void *block, size_t bytes, unsigned kind)
{
    hk_lock_acquire(&lock);
    const bool done = make_room();
    if (done)
        put((uintptr_t)block, bytes, kind);
    hk_assert(hk_large_valid());
    hk_lock_release(&lock);
    return done;
}

/* Removes and returns the entry, of zero bytes when there is none. */
static struct mapping take_out(const void *block)
{
    hk_lock_acquire(&lock);
    struct mapping *mapping = find(block);
    const struct mapping taken = mapping ? *mapping : (struct mapping){0};
    if (mapping)
        erase(mapping);
    hk_assert(hk_large_valid());
    hk_lock_release(&lock);
    return taken;
}

bool hk_large_is_sealed(const void *block)
{
    hk_lock_acquire(&lock);
    const struct mapping *mapping = find(block);
    const bool sealed = mapping && mapping->kind == SEALED;
    hk_lock_release(&lock);
    return sealed;
}

size_t hk_large_size(const void *block)
{
    size_t bytes = hk_runs_bytes(block);
    if (bytes)
        return bytes;
    hk_lock_acquire(&lock);
    const struct mapping *mapping = find(block);
    bytes = mapping ? mapping->bytes : 0;
    hk_lock_release(&lock);
    return bytes;
}

/* ---- what cannot be unmapped ---- */

/* A kernel that has no mapping to spare refuses to cut one in two. The memory goes back all the
 * same, and the address space is used again. */
static void discard(char *address, size_t bytes)
{
    if (bytes == 0 || hk_os_unmap(address, bytes) || !hk_os_purge(address, bytes))
        return;
    hk_lock_acquire(&lock);
    if (make_room())
        put((uintptr_t)address, bytes, IDLE);
    hk_lock_release(&lock);
}

/* The first idle one of at least so many bytes, and not of more than twice as many. NULL: none. */
static struct mapping *find_idle(size_t least, size_t most)
{
    for (size_t i = 0; large.idle && i < large.table->capacity; i++) {
        struct mapping *mapping = &large.table->at[i];
        if (mapping->address > REMOVED && mapping->kind == IDLE && mapping->bytes >= least &&
            mapping->bytes <= most)
            return mapping;
    }
    return NULL;
}

/* Of zero bytes: none. */
static struct cached take_idle(size_t least, size_t most)
{
    struct cached taken = {0};
    hk_lock_acquire(&lock);
    struct mapping *mapping = find_idle(least, most);
    if (mapping) {
        taken = (struct cached){.address = (char *)mapping->address, .bytes = mapping->bytes};
        erase(mapping);
    }
    hk_lock_release(&lock);
    return taken;
}

/* Perhaps the kernel has mappings to spare by now. One that it refuses again ends the round; so
 * does it when all that were there have been asked for: other threads add more meanwhile. */
static void unmap_idle(void)
{
    size_t left = atomic_load_explicit(&large.idle, memory_order_relaxed);
    for (struct cached idle; left-- > 0 && (idle = take_idle(1, SIZE_MAX)).bytes;) {
        if (hk_os_unmap(idle.address, idle.bytes))
            continue;
        hk_lock_acquire(&lock);
        if (make_room())
            put((uintptr_t)idle.address, idle.bytes, IDLE);
        hk_lock_release(&lock);
        return;
    }
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
        if (have < bytes && have >= bytes / 8 &&
            (grows == SIZE_MAX || have > large.cache[grows].bytes))
            grows = i;
    }
    return fits != SIZE_MAX ? fits : grows;
}

static struct cached take_cached(size_t bytes)
{
    hk_lock_acquire(&lock);
    const size_t best = best_cached(bytes);
    const struct cached taken = best != SIZE_MAX ? remove_cached(best) : (struct cached){0};
    hk_lock_release(&lock);
    return taken;
}

/* One that has to go before `bytes` more are mapped: what waits here must not add to what the
 * program itself had at most, but for a slack. */
static struct cached take_excess(size_t bytes)
{
    hk_lock_acquire(&lock);
    const size_t wanted = large.live_bytes + bytes;
    const size_t peak = wanted > large.peak_bytes ? wanted : large.peak_bytes;
    const size_t most = peak + peak / HK_SLACK_SHARE + HK_LARGE_SLACK_BYTES;
    const bool is_over = large.cached && wanted + large.cached_bytes > most;
    const struct cached taken = is_over ? remove_cached(0) : (struct cached){0};
    hk_lock_release(&lock);
    return taken;
}

/* As many as there can be; what other threads put there meanwhile is theirs to look at. */
static void unmap_excess(size_t bytes)
{
    struct cached excess;
    for (unsigned i = 0; i < HK_LARGE_CACHE_SLOTS && (excess = take_excess(bytes)).bytes; i++)
        discard(excess.address, excess.bytes);
}

/* False when it is too large or the cache too full: the caller unmaps it. */
static bool keep_cached(void *address, size_t bytes)
{
    if (bytes > HK_LARGE_CACHE_LARGEST || hk_options.profile == HK_PROFILE_LEAN)
        return false;
    const uint64_t now_ns = hk_os_clock_ns();
    hk_lock_acquire(&lock);
    const bool room =
        large.cached < HK_LARGE_CACHE_SLOTS && large.cached_bytes + bytes <= HK_LARGE_CACHE_BYTES;
    if (room) {
        large.cache[large.cached++] = (struct cached){address, bytes, now_ns};
        large.cached_bytes += bytes;
    }
    hk_lock_release(&lock);
    return room;
}

/* The next one that is so old, or one of zero bytes. */
static struct cached take_due(uint64_t now_ns, uint64_t age_ns)
{
    struct cached taken = {0};
    hk_lock_acquire(&lock);
    if (large.cached && hk_os_is_due(now_ns, large.cache[0].since_ns + age_ns, age_ns))
        taken = remove_cached(0);
    hk_lock_release(&lock);
    return taken;
}

void hk_large_purge(uint64_t now_ns, uint64_t age_ns)
{
    if (hk_options.profile == HK_PROFILE_SPEED)
        return;
    if (hk_runs_has_dirty())
        hk_runs_purge(now_ns, now_ns - HK_RUN_AGES * age_ns, HK_RUN_PURGE_BYTES);
    size_t given = 0;
    while (atomic_load_explicit(&large.cached, memory_order_relaxed) &&
           given < HK_RUN_PURGE_BYTES) {
        const struct cached due = take_due(now_ns, age_ns);
        if (!due.bytes)
            return;
        discard(due.address, due.bytes);
        given += due.bytes;
    }
}

void hk_large_purge_all(void)
{
    struct cached due;
    for (unsigned i = 0; i < HK_LARGE_CACHE_SLOTS && (due = take_due(0, 0)).bytes; i++)
        discard(due.address, due.bytes);
    hk_runs_purge(hk_os_clock_ns(), UINT64_MAX, SIZE_MAX);
    unmap_idle();
}

/* ---- blocks ---- */

/* What is kept for later goes before a request fails: cached mappings, empty superslabs. */
static char *map_or_make_room(size_t bytes)
{
    char *memory = hk_os_map(bytes);
    if (memory)
        return memory;
    hk_large_purge_all();
    (void)hk_runs_make_room(true);
    (void)hk_super_make_room();
    return hk_os_map(bytes);
}

/* Maps more than is needed and gives back what lies before and after the aligned part. */
static char *map_aligned(size_t bytes, size_t alignment)
{
    const size_t page = hk_os_page_bytes();
    if (alignment <= page)
        return map_or_make_room(bytes);
    char *memory = map_or_make_room(bytes + alignment - page);
    if (!memory)
        return NULL;
    char *aligned = (char *)hk_round_up((uintptr_t)memory, alignment);
    const size_t before = (size_t)(aligned - memory);
    discard(memory, before);
    discard(aligned + bytes, alignment - page - before);
    return aligned;
}

/* A mapping that waited, grown if need be. None: of zero bytes. */
static struct cached reuse(size_t bytes, size_t *dirty)
{
    if (none_waits())
        return (struct cached){0};
    struct cached reused = take_cached(bytes);
    *dirty = reused.bytes;
    if (reused.bytes == 0)
        return take_idle(bytes, bytes * 2);
    if (reused.bytes >= bytes)
        return reused;
    char *grown = hk_os_remap(reused.address, reused.bytes, bytes, true);
    if (grown)
        return (struct cached){.address = grown, .bytes = bytes};
    discard(reused.address, reused.bytes);
    *dirty = 0;
    return (struct cached){0};
}

/* Whole granules; a small block that stands in for one of a slab, when memory is short, whole
 * pages.
 */
static size_t mapping_bytes(size_t size)
{
    return hk_round_up(size ? size : 1, size <= HK_CACHED_MAX ? hk_os_page_bytes() : HK_GRANULE);
}

/* NULL: none, or not one for a run. */
static void *alloc_run(size_t size, size_t bytes, size_t alignment, size_t *dirty)
{
    bool is_dirty = false;
    if (size <= HK_CACHED_MAX || bytes > HK_RUN_MOST || alignment > HK_GRANULE || hk_options.harden)
        return NULL;
    void *block = hk_runs_take(bytes, &is_dirty);
    *dirty = is_dirty ? bytes : 0;
    return block;
}

void *hk_large_alloc(size_t size, size_t alignment, size_t *dirty)
{
    /* Neither rounding nor alignment may wrap, and no object may be larger than PTRDIFF_MAX. */
    const size_t most = (size_t)PTRDIFF_MAX - 2 * HK_GRANULE;
    *dirty = 0;
    if (size > most || alignment > most - size)
        return NULL;
    size_t bytes = mapping_bytes(size);
    struct cached reused = {0};
    if (alignment <= HK_PAGE && !hk_options.harden)
        reused = reuse(bytes, dirty);
    void *run = reused.bytes ? NULL : alloc_run(size, bytes, alignment, dirty);
    if (run)
        return run;
    if (reused.bytes)
        bytes = reused.bytes;
    else
        unmap_excess(bytes);
    char *block = reused.bytes ? reused.address : map_aligned(bytes, alignment);
    if (block && !add(block, bytes, hk_options.harden ? SEALED : LIVE)) {
        discard(block, bytes);
        return NULL;
    }
    return block;
}

bool hk_large_free(void *block)
{
    if (hk_runs_free(block))
        return true;
    const struct mapping taken = take_out(block);
    if (taken.bytes && !keep_cached(block, taken.bytes))
        discard(block, taken.bytes);
    return taken.bytes != 0;
}

size_t hk_large_remove(void *block)
{
    return take_out(block).bytes;
}

/* The one system call under the lock: the entry must neither be found by others while its block
 * moves, nor its place be lost, or a failed insertion would orphan the block. */
static void *move(void *block, size_t kept, size_t bytes, unsigned kind)
{
    if (!make_room())
        return NULL;
    void *moved = hk_os_remap(block, kept, bytes, true);
    struct mapping *mapping = moved ? find(block) : NULL;
    if (mapping)
        erase(mapping);
    if (moved)
        put((uintptr_t)moved, bytes, kind);
    hk_assert(hk_large_valid());
    return moved;
}

/* kept: 0 is all. */
void *hk_large_move(void *block, size_t kept, size_t bytes)
{
    void *moved = NULL;
    hk_lock_acquire(&lock);
    const struct mapping *mapping = find(block);
    const size_t before = mapping ? mapping->bytes : 0;
    if (mapping)
        moved = move(block, kept ? kept : before, bytes, mapping->kind);
    hk_lock_release(&lock);
    if (moved && kept && before > kept)
        discard((char *)block + kept, before - kept);
    return moved;
}

/* In place; else the pages move out, to a mapping that may grow again and again. */
static void *realloc_run(void *block, size_t before, size_t bytes)
{
    if (bytes < before)
        hk_runs_shrink(block, bytes);
    if (bytes <= before || hk_runs_grow(block, bytes))
        return block;
    hk_lock_acquire(&lock);
    void *moved = move(block, before, bytes, LIVE);
    hk_lock_release(&lock);
    if (moved)
        hk_runs_refill(block);
    return moved;
}

void *hk_large_realloc(void *block, size_t size)
{
    if (size > (size_t)PTRDIFF_MAX - HK_GRANULE)
        return NULL;
    const size_t bytes = hk_round_up(size, HK_GRANULE), before = hk_large_size(block);
    if (bytes > before)
        unmap_excess(bytes - before);
    return hk_runs_bytes(block) ? realloc_run(block, before, bytes)
                                : hk_large_move(block, 0, bytes);
}

void hk_large_walk(void (*each)(const void *block, size_t bytes, bool sealed, void *argument),
                   void *argument)
{
    hk_lock_acquire(&lock);
    for (size_t i = 0; large.table && i < large.table->capacity; i++) {
        const struct mapping *mapping = &large.table->at[i];
        if (mapping->address > REMOVED && mapping->kind != IDLE)
            each((const void *)mapping->address, mapping->bytes, mapping->kind == SEALED, argument);
    }
    hk_lock_release(&lock);
}

struct hk_large_totals hk_large_count(void)
{
    const struct hk_runs_totals runs = hk_runs_count();
    hk_lock_acquire(&lock);
    const struct hk_large_totals totals = {
        large.live + runs.live, large.live_bytes + runs.live_bytes,
        large.peak_bytes + runs.peak_bytes, large.cached_bytes + runs.dirty_bytes};
    hk_lock_release(&lock);
    return totals;
}

static void count_anew(void)
{
    large.used = large.live = large.live_bytes = large.cached_bytes = 0;
    large.idle = 0;
    large.cached = 0;
    for (size_t i = 0; large.table && i < large.table->capacity; i++) {
        const struct mapping *mapping = &large.table->at[i];
        large.used += mapping->address != 0;
        large.idle += mapping->address > REMOVED && mapping->kind == IDLE;
        if (mapping->address > REMOVED && mapping->kind != IDLE)
            count_live(mapping->bytes);
    }
}

/* Whoever held the lock at the moment of the fork is not there to finish. Entries are whole, and
 * each is there but for the one that was being put, removed or moved, which was that thread's; the
 * counts are taken anew. The cache may be half-changed: what waited there is lost to the child. */
void hk_large_after_fork(void)
{
    if (hk_lock_take_over(&lock)) {
        count_anew();
        hk_lock_release(&lock);
    }
    hk_runs_after_fork();
}

#ifdef HK_DEBUG
bool hk_large_valid(void)
{
    size_t used = 0, idle = 0, live = 0, live_bytes = 0, cached_bytes = 0;
    for (size_t i = 0; large.table && i < large.table->capacity; i++) {
        const struct mapping *mapping = &large.table->at[i];
        const bool is_there = mapping->address > REMOVED;
        used += mapping->address != 0;
        idle += is_there && mapping->kind == IDLE;
        live += is_there && mapping->kind != IDLE;
        live_bytes += is_there && mapping->kind != IDLE ? mapping->bytes : 0;
        if (is_there && probe(large.table, mapping->address, false) != mapping)
            return false;
    }
    for (size_t i = 0; i < large.cached; i++)
        cached_bytes += large.cache[i].bytes;
    return used == large.used && idle == large.idle && live == large.live &&
           live_bytes == large.live_bytes && cached_bytes == large.cached_bytes &&
           large.cached <= HK_LARGE_CACHE_SLOTS;
}
#endif
