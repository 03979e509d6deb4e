/* Superslabs: see super.h. */
#include "super.h"

#include "option.h"
#include "os.h"
#include "pagemap.h"

#include <stdatomic.h>

/* Bit g stands for granule g. Kept apart from the superslabs, so that a search touches few lines.
 */
struct state {
    uint64_t all;   /* but for the header's and, with HAKMEM_HARDEN, the guards */
    uint64_t free;  /* may be taken */
    uint64_t dirty; /* free or not: written to since it was last purged */
    uint64_t aged;  /* of the free and dirty ones: already so when a period ago was looked */
    bool is_mapped;
    bool header_used; /* granule 0 is resident: some slab has been here since it was purged */
};

static struct {
    struct hk_lock lock;
    struct state *states; /* [HK window's superslabs], resident where touched */
    size_t mapped;        /* places used, from the window's base on; gaps have free = 0 */
    size_t unmapped;      /* of these: given back whole */
    size_t hint;          /* no superslab before it has anything free */
    size_t mapped_bytes;
    _Atomic size_t dirty_granules, used_granules;
    size_t peak_granules; /* used at most */
    _Atomic uint64_t next_purge_ns;
} pool;

static char *address_of(size_t super)
{
    return (char *)(hk_window.base + (super << HK_SUPER_SHIFT));
}

/* The starts of all runs of `count` set bits. */
static uint64_t runs_of(uint64_t bits, unsigned count)
{
    for (unsigned have = 1; have < count && bits;) {
        const unsigned step = have < count - have ? have : count - have;
        bits &= bits >> step;
        have += step;
    }
    return bits;
}

static void *take_from(size_t super, unsigned start, unsigned count, unsigned *dirty_granules)
{
    struct state *state = &pool.states[super];
    const uint64_t run = hk_bits(count) << start;
    const uint64_t dirty = state->dirty & run;
    *dirty_granules = dirty ? 64 - (unsigned)__builtin_clzll(dirty) - start : 0;
    state->free &= ~run;
    state->aged &= ~run;
    state->header_used = true;
    const size_t used =
        atomic_fetch_add_explicit(&pool.used_granules, count, memory_order_relaxed) + count;
    if (used > pool.peak_granules)
        pool.peak_granules = used;
    atomic_fetch_sub_explicit(&pool.dirty_granules, (size_t)__builtin_popcountll(dirty),
                              memory_order_relaxed);
    return address_of(super) + ((size_t)start << HK_GRANULE_SHIFT);
}

/* Resident memory before fresh, low addresses before high: what is used stays together. A run that
 * only begins with resident memory is the next best: slabs are used from their start on. */
static void *take_existing(unsigned count, unsigned *dirty_granules)
{
    size_t first_free = SIZE_MAX, begun_in = SIZE_MAX, fresh_in = SIZE_MAX;
    for (size_t i = pool.hint; i < pool.mapped; i++) {
        const struct state *state = &pool.states[i];
        const uint64_t dirty = state->dirty & state->free, runs = runs_of(state->free, count);
        if (state->free && first_free == SIZE_MAX)
            first_free = i;
        if (runs_of(dirty, count))
            return take_from(i, hk_lowest_bit(runs_of(dirty, count)), count, dirty_granules);
        if (begun_in == SIZE_MAX && (runs & dirty))
            begun_in = i;
        if (fresh_in == SIZE_MAX && runs)
            fresh_in = i;
        const bool none_dirty =
            atomic_load_explicit(&pool.dirty_granules, memory_order_relaxed) < count;
        if (fresh_in != SIZE_MAX && none_dirty)
            break;
    }
    if (first_free != SIZE_MAX)
        pool.hint = first_free;
    const size_t super = begun_in != SIZE_MAX ? begun_in : fresh_in;
    if (super == SIZE_MAX)
        return NULL;
    const struct state *state = &pool.states[super];
    const uint64_t runs = runs_of(state->free, count), begun = runs & state->dirty;
    return take_from(super, hk_lowest_bit(begun ? begun : runs), count, dirty_granules);
}

static bool open_pool(void)
{
    if (pool.states)
        return true;
    if (!hk_window.granules && !hk_map_open())
        return false;
    const size_t supers = hk_window.granules / HK_SUPER_GRANULES;
    const size_t bytes = hk_round_up(supers * sizeof *pool.states, HK_PAGE);
    pool.states = hk_os_map(bytes);
    if (pool.states)
        hk_os_small_pages(pool.states, bytes);
    return pool.states != NULL;
}

bool hk_super_open(void)
{
    hk_lock(&pool.lock);
    const bool is_open = open_pool();
    hk_unlock(&pool.lock);
    return is_open;
}

/* With HAKMEM_HARDEN no overflow runs further than a quarter of a superslab. */
static void open_superslab(size_t super)
{
    const uint64_t guards = hk_options.harden ? HK_GUARDS : 0, all = ~UINT64_C(1) & ~guards;
    for (uint64_t left = guards; left; left &= left - 1)
        hk_os_guard(address_of(super) + ((size_t)hk_lowest_bit(left) << HK_GRANULE_SHIFT),
                    HK_GRANULE);
    pool.states[super] = (struct state){.all = all, .free = all, .is_mapped = true};
}

/* `count` superslabs, all or none. */
static bool map_at(size_t super, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!hk_map_prepare(address_of(super + i)))
            return false;
    }
    if (!hk_os_map_at(address_of(super), count * HK_SUPER))
        return false;
    if (pool.mapped_bytes < HK_SMALL_HEAP) /* a huge page would be most of a small process */
        hk_os_small_pages(address_of(super), count * HK_SUPER);
    for (size_t i = 0; i < count; i++)
        open_superslab(super + i);
    pool.mapped_bytes += count * HK_SUPER;
    if (super < pool.hint)
        pool.hint = super;
    return true;
}

/* One that was given back whole comes first. */
static bool map_again(void)
{
    for (size_t i = 0; pool.unmapped && i < pool.mapped; i++) {
        if (!pool.states[i].is_mapped && map_at(i, 1)) {
            pool.unmapped--;
            return true;
        }
    }
    return false;
}

/* Several at once where address space costs nothing: a growing program calls less often the larger
 * it is, and one that breathes hardly ever. */
static bool map_several(size_t most)
{
    const size_t wanted = pool.mapped / HK_SUPERS_SHARE;
    const size_t count = wanted < HK_SUPERS_LEAST  ? HK_SUPERS_LEAST
                         : wanted > HK_SUPERS_MOST ? HK_SUPERS_MOST
                                                   : wanted;
    if (!hk_map_is_wide() || pool.mapped + count > most || !map_at(pool.mapped, count))
        return false;
    pool.mapped += count;
    return true;
}

/* Places that somebody else has mapped are passed over; a kernel that has no memory refuses a few
 * in a row. */
static bool map_another(void)
{
    if (map_again())
        return true;
    const size_t most = hk_window.granules / HK_SUPER_GRANULES, before = pool.mapped;
    if (map_several(most))
        return true;
    for (int tries = 0; tries < 8 && pool.mapped < most; tries++) {
        if (map_at(pool.mapped++, 1))
            return true;
    }
    pool.mapped = before; /* perhaps there is memory later: the same places are tried again */
    return false;
}

static bool narrow_map(void)
{
    return hk_map_narrow(pool.mapped * HK_SUPER_GRANULES);
}

void *hk_super_take(unsigned count, unsigned *dirty_granules)
{
    void *run = NULL;
    hk_lock(&pool.lock);
    if (open_pool()) {
        run = take_existing(count, dirty_granules);
        if (!run && (map_another() || (narrow_map() && map_another())))
            run = take_existing(count, dirty_granules);
    }
    hk_unlock(&pool.lock);
    return run;
}

void hk_super_give(void *run, unsigned count, unsigned dirty_granules)
{
    const size_t granule = ((uintptr_t)run - hk_window.base) >> HK_GRANULE_SHIFT;
    const size_t super = granule / HK_SUPER_GRANULES;
    const uint64_t bits = hk_bits(count) << (granule % HK_SUPER_GRANULES);
    hk_lock(&pool.lock);
    struct state *state = &pool.states[super];
    state->free |= bits;
    if (dirty_granules)
        state->dirty |= hk_bits(dirty_granules) << (granule % HK_SUPER_GRANULES);
    atomic_fetch_add_explicit(&pool.dirty_granules,
                              (size_t)__builtin_popcountll(state->dirty & bits),
                              memory_order_relaxed);
    atomic_fetch_sub_explicit(&pool.used_granules, count, memory_order_relaxed);
    if (super < pool.hint)
        pool.hint = super;
    hk_unlock(&pool.lock);
}

/* ---- giving back ---- */

/* Takes the granules that are due out of the pool, so that they can be purged without the lock.
 * With the last of them the headers go too; then nothing may be taken here meanwhile. */
static uint64_t claim_due(size_t super, bool all)
{
    struct state *state = &pool.states[super];
    const uint64_t dirty = state->dirty & state->free;
    uint64_t due = all ? dirty : dirty & state->aged;
    if (state->header_used && state->free == state->all && due == dirty) {
        due |= 1;
        state->free = 0;
        state->header_used = false;
    }
    state->free &= ~due;
    state->dirty &= ~due;
    state->aged = state->dirty & state->free;
    atomic_fetch_sub_explicit(&pool.dirty_granules, (size_t)__builtin_popcountll(due & ~1ull),
                              memory_order_relaxed);
    return due;
}

static void put_back(size_t super, uint64_t purged, uint64_t refused)
{
    struct state *state = &pool.states[super];
    if ((purged | refused) & 1) { /* the whole superslab was set aside */
        state->free = state->all;
        state->header_used = refused & 1;
        purged &= ~UINT64_C(1);
        refused &= ~UINT64_C(1);
    }
    state->free |= purged | refused;
    state->dirty |= refused;
    atomic_fetch_add_explicit(&pool.dirty_granules, (size_t)__builtin_popcountll(refused),
                              memory_order_relaxed);
    if (super < pool.hint)
        pool.hint = super;
}

/* One system call for each run of neighbours. */
static uint64_t purge_runs(size_t super, uint64_t due)
{
    uint64_t purged = 0;
    while (due) {
        const unsigned start = hk_lowest_bit(due);
        const uint64_t rest = ~(due >> start);
        const unsigned count = rest ? hk_lowest_bit(rest) : 64 - start;
        const uint64_t run = hk_bits(count) << start;
        if (hk_os_purge(address_of(super) + ((size_t)start << HK_GRANULE_SHIFT),
                        (size_t)count << HK_GRANULE_SHIFT))
            purged |= run;
        due &= ~run;
    }
    return purged;
}

size_t hk_super_footprint(void)
{
    return atomic_load_explicit(&pool.used_granules, memory_order_relaxed) +
           atomic_load_explicit(&pool.dirty_granules, memory_order_relaxed);
}

/* A working set that breathes a little keeps its memory: only what goes beyond a slack is worth
 * system calls and page faults. */
size_t hk_super_slack_granules(void)
{
    return HK_SLACK_GRANULES +
           atomic_load_explicit(&pool.used_granules, memory_order_relaxed) / HK_SLACK_SHARE;
}

bool hk_super_is_purge_due(void)
{
    const size_t dirty = atomic_load_explicit(&pool.dirty_granules, memory_order_relaxed);
    switch (hk_options.profile) {
    case HK_PROFILE_SPEED:
        return false;
    case HK_PROFILE_LEAN:
        return dirty > 0;
    default:
        return dirty > hk_super_slack_granules();
    }
}

/* So much that it is not kept even for a period: a program that frees a spike in one go and then
 * does nothing more holds at most this. */
static bool is_far_too_much(void)
{
    return atomic_load_explicit(&pool.dirty_granules, memory_order_relaxed) >
           HK_DIRTY_MOST_GRANULES + atomic_load_explicit(&pool.used_granules, memory_order_relaxed);
}

static bool is_time(uint64_t now_ns, bool all)
{
    uint64_t next_ns = atomic_load_explicit(&pool.next_purge_ns, memory_order_relaxed);
    if (all)
        return true;
    if (!hk_super_is_purge_due())
        return false;
    if (hk_options.profile == HK_PROFILE_LEAN)
        return true;
    /* Of several threads that see that it is time, one goes. */
    return (now_ns >= next_ns || is_far_too_much()) &&
           atomic_compare_exchange_strong_explicit(&pool.next_purge_ns, &next_ns,
                                                   now_ns + HK_PURGE_PERIOD_NS,
                                                   memory_order_relaxed, memory_order_relaxed);
}

void hk_super_purge(uint64_t now_ns, bool all)
{
    if (!is_time(now_ns, all))
        return;
    all = all || hk_options.profile == HK_PROFILE_LEAN || is_far_too_much();
    for (size_t super = 0;; super++) {
        hk_lock(&pool.lock);
        const bool is_last = super >= pool.mapped;
        const uint64_t due = is_last ? 0 : claim_due(super, all);
        hk_unlock(&pool.lock);
        if (is_last)
            break;
        if (!due)
            continue;
        const uint64_t purged = purge_runs(super, due);
        hk_lock(&pool.lock);
        put_back(super, purged, due & ~purged);
        hk_unlock(&pool.lock);
    }
}

bool hk_super_make_room(void)
{
    hk_lock(&pool.lock);
    bool some = pool.states && narrow_map();
    hk_unlock(&pool.lock);
    for (size_t super = 0;; super++) {
        hk_lock(&pool.lock);
        const bool is_last = super >= pool.mapped;
        struct state *state = is_last ? NULL : &pool.states[super];
        const bool empty = state && state->is_mapped && state->free == state->all;
        if (empty) {
            atomic_fetch_sub_explicit(&pool.dirty_granules,
                                      (size_t)__builtin_popcountll(state->dirty),
                                      memory_order_relaxed);
            *state = (struct state){.is_mapped = true}; /* nobody's, until it is gone */
        }
        hk_unlock(&pool.lock);
        if (is_last)
            break;
        if (!empty)
            continue;
        hk_os_unmap(address_of(super), HK_SUPER);
        hk_lock(&pool.lock);
        state->is_mapped = false;
        pool.unmapped++;
        pool.mapped_bytes -= HK_SUPER;
        hk_unlock(&pool.lock);
        some = true;
    }
    return some;
}

struct hk_super_totals hk_super_totals(void)
{
    hk_lock(&pool.lock);
    const struct hk_super_totals totals = {
        .mapped_bytes = pool.mapped_bytes,
        .dirty_bytes = atomic_load_explicit(&pool.dirty_granules, memory_order_relaxed)
                       << HK_GRANULE_SHIFT,
        .peak_bytes = pool.peak_granules << HK_GRANULE_SHIFT,
    };
    hk_unlock(&pool.lock);
    return totals;
}

void hk_super_walk(void (*visit)(const void *super, void *argument), void *argument)
{
    hk_lock(&pool.lock);
    for (size_t super = 0; super < pool.mapped; super++) {
        if (pool.states[super].is_mapped && pool.states[super].free != pool.states[super].all)
            visit(address_of(super), argument);
    }
    hk_unlock(&pool.lock);
}

/* Whoever held the lock at the moment of the fork is not there to finish. */
void hk_super_after_fork(void)
{
    const bool held = atomic_load_explicit(&pool.lock.state, memory_order_relaxed) != 0;
    atomic_store_explicit(&pool.lock.state, 0, memory_order_relaxed);
    if (!held)
        return;
    for (size_t super = 0; super < pool.mapped; super++)
        pool.states[super] = (struct state){.dirty = ~UINT64_C(1), .is_mapped = true};
    atomic_store_explicit(&pool.dirty_granules, 0, memory_order_relaxed);
}
