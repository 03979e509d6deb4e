/* Superslabs: see super.h. */
#include "super.h"

#include "lock.h"
#include "longest.h"
#include "option.h"
#include "os.h"
#include "runs.h"
#include "tag.h"

/* Bit g stands for granule g. Kept apart from the superslabs, so that a search touches few lines.
 */
struct state {
    char *address;
    uint64_t all;   /* but for the header's and, with HAKMEM_HARDEN, the guards */
    uint64_t free;  /* may be taken */
    uint64_t dirty; /* free or not: written to since it was last purged */
    uint64_t aged;  /* of the free and dirty ones: already so when a period ago was looked */
    uint64_t held;  /* of the free and dirty ones: the kernel would not take them, asked once */
    enum { GONE, MAPPED, PURGED_WHOLE, LEAVING } stage; /* the last two: in a thread's hand */
    uint8_t granules;                                   /* mapped */
    bool header_used; /* granule 0 is resident: some slab has been here since it was purged */
};

/* States come in chunks that never move. */
#define CHUNK_STATES HK_SUPERS_CHUNK
#define CHUNKS       4096u /* 16 TiB */

static struct hk_lock lock = {.rank = HK_RANK_POOL};

static struct {
    size_t count;   /* states used */
    size_t gone;    /* of these: unmapped, to be used again */
    uintptr_t next; /* where the next superslab is to lie */
    uintptr_t last; /* none is looked for beyond: there the stack grows */
    size_t mapped_bytes;
    _Atomic size_t dirty_granules; /* free, dirty and not held */
    _Atomic size_t used_granules;
    size_t peak_granules; /* used at most */
    _Atomic uint64_t next_purge_ns;
    _Atomic size_t round; /* superslabs that the round under way has been to, and 1; 0: none is */
    _Atomic unsigned refusals; /* of purges, in a row */
} pool;

static struct state first_few[HK_SUPERS_FEW];
HK_TABLE static struct state *chunks[CHUNKS]; /* of the first one the first few are not used */

/* What this thread has taken and not tagged yet; and what it is purging. */
static __thread struct {
    char *run;
    unsigned count;
    const struct state *purged;
    uint64_t purged_granules;
} in_hand;

static uint64_t purged_here(const struct state *state)
{
    return in_hand.purged == state ? in_hand.purged_granules : 0;
}

static struct state *state_of(size_t super)
{
    return super < HK_SUPERS_FEW ? &first_few[super]
                                 : &chunks[super / CHUNK_STATES][super % CHUNK_STATES];
}

static size_t mapped_bytes(const struct state *state)
{
    return (size_t)state->granules << HK_GRANULE_SHIFT;
}

static uint64_t purgeable(const struct state *state)
{
    return state->free & state->dirty & ~state->held;
}

static void count_dirty(uint64_t before, uint64_t after)
{
    atomic_fetch_add_explicit(&pool.dirty_granules,
                              (size_t)hk_count_bits(after) - (size_t)hk_count_bits(before),
                              memory_order_relaxed);
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

/* The longest run of set bits that begins at one of `starts`, which are set: from half a word down,
 * what a run of half the length goes on with. */
static unsigned longest_run(uint64_t bits, uint64_t starts)
{
    uint64_t runs[6] = {bits}; /* starts of runs of 1, 2, 4, .. 32 */
    unsigned length = 0;
    for (unsigned i = 1; i < 6; i++)
        runs[i] = runs[i - 1] & runs[i - 1] >> (1u << (i - 1));
    for (unsigned i = 6; i-- > 0;) {
        const uint64_t longer = starts & runs[i] >> length;
        if (longer) {
            starts = longer;
            length += 1u << i;
        }
    }
    return length;
}

static unsigned longest(const struct state *state, enum hk_longest_kind kind)
{
    const uint64_t free = state->free, dirty = free & state->dirty;
    switch (kind) {
    case HK_LONGEST_DIRTY:
        return longest_run(dirty, dirty);
    case HK_LONGEST_BEGUN:
        return longest_run(free, dirty);
    default:
        return longest_run(free, free);
    }
}

/* After each change of what is free or dirty. */
static void summarize(size_t super)
{
    for (unsigned kind = 0; kind < HK_LONGEST_KINDS; kind++)
        hk_longest_set(kind, super, longest(state_of(super), kind));
}

/* ---- taking ---- */

static void *take_from(size_t super, unsigned start, unsigned count, unsigned *dirty_granules)
{
    struct state *state = state_of(super);
    const uint64_t run = hk_bits(count) << start, dirty = state->dirty & run;
    const uint64_t before = purgeable(state);
    hk_assert(state->stage == MAPPED && (state->free & run) == run);
    *dirty_granules = dirty ? 64 - (unsigned)__builtin_clzll(dirty) - start : 0;
    in_hand.run = state->address + ((size_t)start << HK_GRANULE_SHIFT);
    in_hand.count = count;
    HK_STEP();
    state->free &= ~run;
    state->aged &= ~run;
    state->held &= ~run;
    state->header_used = true;
    ((struct hk_super_head *)state->address)->index = (uint32_t)super;
    summarize(super);
    count_dirty(before, purgeable(state));
    const size_t used =
        atomic_fetch_add_explicit(&pool.used_granules, count, memory_order_relaxed) + count;
    if (used > pool.peak_granules)
        pool.peak_granules = used;
    return in_hand.run;
}

/* Resident memory before fresh, old superslabs before new: what is used stays together. A run that
 * only begins with resident memory is the next best: slabs are used from their start on. */
static void *take_existing(unsigned count, unsigned *dirty_granules)
{
    for (unsigned kind = 0; kind < HK_LONGEST_KINDS; kind++) {
        const size_t super = hk_longest_first(kind, count);
        if (super == SIZE_MAX)
            continue;
        const struct state *state = state_of(super);
        const uint64_t dirty = state->free & state->dirty,
                       starts = kind == HK_LONGEST_DIRTY   ? runs_of(dirty, count)
                                : kind == HK_LONGEST_BEGUN ? runs_of(state->free, count) & dirty
                                                           : runs_of(state->free, count);
        return take_from(super, hk_lowest_bit(starts), count, dirty_granules);
    }
    return NULL;
}

/* ---- new superslabs ---- */

/* An eighth of the way down from the kernel's own mappings, which grow down from the top: 16 TiB of
 * others' reservations fit in between, and the place is as random as theirs is. */
void hk_super_place(uintptr_t near)
{
    pool.next = (near - near / HK_PLACE_SHARE) & ~(uintptr_t)(HK_SUPER - 1);
    pool.last = near;
}

/* The index of a state for one more: of a superslab that is gone, or a new one. SIZE_MAX: no
 * memory.
 */
static size_t new_index(void)
{
    for (size_t i = 0; pool.gone && i < pool.count; i++) {
        if (state_of(i)->stage == GONE)
            return i;
    }
    const size_t chunk = pool.count / CHUNK_STATES;
    if (!hk_longest_prepare(pool.count))
        return SIZE_MAX;
    if (pool.count < HK_SUPERS_FEW)
        return pool.count;
    if (chunk < CHUNKS && !chunks[chunk])
        chunks[chunk] = hk_os_map(hk_round_up(CHUNK_STATES * sizeof(struct state), HK_GRANULE));
    return chunk < CHUNKS && chunks[chunk] ? pool.count : SIZE_MAX;
}

/* Makes granules [from, to) of the mapping at address ready; those that may be taken. With
 * HAKMEM_HARDEN no overflow runs further than a quarter of a superslab. */
static uint64_t ready_granules(char *address, unsigned from, unsigned to)
{
    const uint64_t range = hk_bits(to - from) << from;
    const uint64_t guards = hk_options.harden ? HK_GUARDS & range : 0;
    const unsigned huge_from = from & ~(HK_HUGE_GRANULES - 1); /* told once both halves are there */
    if (pool.mapped_bytes < HK_SMALL_HEAP && to % HK_HUGE_GRANULES == 0)
        hk_os_small_pages(address + ((size_t)huge_from << HK_GRANULE_SHIFT),
                          (size_t)(to - huge_from) << HK_GRANULE_SHIFT);
    for (uint64_t left = guards; left; left &= left - 1)
        (void)hk_os_guard(address + ((size_t)hk_lowest_bit(left) << HK_GRANULE_SHIFT), HK_GRANULE);
    pool.mapped_bytes += (size_t)(to - from) << HK_GRANULE_SHIFT;
    return HK_SUPER_USABLE & range & ~guards;
}

/* The mapping at address becomes a superslab, of which so many granules are mapped. The stage comes
 * last: a child that finds it has the whole state. */
static void open_superslab(size_t super, char *address, unsigned granules)
{
    struct state *state = state_of(super);
    const uint64_t all = ready_granules(address, 0, granules);
    hk_assert(state->stage == GONE && super <= pool.count);
    *state = (struct state){
        .address = address, .all = all, .free = all, .granules = (uint8_t)granules, .stage = GONE};
    HK_STEP();
    atomic_thread_fence(memory_order_release);
    state->stage = MAPPED;
    HK_STEP();
    if (super < pool.count)
        pool.gone--;
    else
        pool.count++;
    summarize(super);
}

/* `count` superslabs at address, all or none, the first one with so many granules (all of them if
 * count is not 1); no memory for what they need is HK_OS_REFUSED too. What was mapped and has no
 * state is given back. */
static enum hk_os_place map_at(char *address, size_t count, unsigned granules)
{
    for (size_t i = 0; i < count; i++) {
        if (!hk_tag_prepare(address + i * HK_SUPER))
            return HK_OS_REFUSED;
    }
    const size_t each = (size_t)granules << HK_GRANULE_SHIFT;
    const enum hk_os_place place = hk_os_map_at(address, count * each);
    for (size_t i = 0; place == HK_OS_MAPPED && i < count; i++) {
        const size_t super = new_index();
        if (super == SIZE_MAX) {
            (void)hk_os_unmap(address + i * each, (count - i) * each);
            return i ? HK_OS_MAPPED : HK_OS_REFUSED;
        }
        open_superslab(super, address + i * each, granules);
    }
    return place;
}

/* More of the first superslab, as much as there is of it if there is room for that; 0: none. */
static unsigned map_more_of(const struct state *state)
{
    const unsigned from = state->granules, left = HK_SUPER_GRANULES - from;
    char *address = state->address + ((size_t)from << HK_GRANULE_SHIFT);
    for (unsigned count = from < left ? from : left; count >= HK_QUARTER; count /= 2) {
        if (hk_os_map_at(address, (size_t)count << HK_GRANULE_SHIFT) == HK_OS_MAPPED)
            return count;
    }
    return 0;
}

/* The first superslab is mapped in parts: most processes never need more than a quarter, and a
 * locked or limited one pays for what is mapped. */
static bool map_next_part(void)
{
    struct state *state = state_of(0);
    const unsigned from = state->granules;
    if (pool.count == 0 || state->stage != MAPPED || from >= HK_SUPER_GRANULES)
        return false;
    const unsigned to = from + map_more_of(state);
    if (to == from)
        return false;
    const uint64_t more = ready_granules(state->address, from, to);
    state->granules = (uint8_t)to;
    HK_STEP();
    state->all |= more;
    state->free |= more;
    summarize(0);
    return true;
}

/* Several at once: a growing program calls less often the larger it is. */
static size_t several(void)
{
    const size_t wanted = pool.count / HK_SUPERS_SHARE;
    return wanted < 1 ? 1 : wanted > HK_SUPERS_MOST ? HK_SUPERS_MOST : wanted;
}

/* Wherever the kernel has room. */
static bool map_anywhere(void)
{
    char *memory = hk_os_map(2 * HK_SUPER);
    if (!memory)
        return false;
    char *aligned = (char *)hk_round_up((uintptr_t)memory, HK_SUPER);
    (void)hk_os_unmap(memory, 2 * HK_SUPER);
    return map_at(aligned, 1, HK_SUPER_GRANULES) == HK_OS_MAPPED;
}

/* Where others have mapped something, the search goes on further up, in steps that double: who cuts
 * up address space does it in large pieces. One that was given back leaves a place to fill. */
static bool map_another(void)
{
    if (map_next_part())
        return true;
    for (size_t i = 0; pool.gone && i < pool.count; i++) {
        if (state_of(i)->stage == GONE &&
            map_at(state_of(i)->address, 1, HK_SUPER_GRANULES) == HK_OS_MAPPED)
            return true;
    }
    const unsigned granules = pool.count == 0 ? HK_QUARTER : HK_SUPER_GRANULES;
    size_t step = HK_SUPER;
    for (int tries = 0; tries < HK_PLACE_TRIES && pool.next < pool.last; tries++) {
        size_t count = tries == 0 ? several() : 1;
        enum hk_os_place place = map_at((char *)pool.next, count, granules);
        if (place == HK_OS_REFUSED && count > 1)
            place = map_at((char *)pool.next, count = 1, granules);
        if (place == HK_OS_REFUSED)
            return false;
        pool.next += place == HK_OS_MAPPED ? count * HK_SUPER : step;
        if (place == HK_OS_MAPPED)
            return true;
        step *= 2;
    }
    return map_anywhere();
}

static void *take(unsigned count, unsigned *dirty_granules)
{
    hk_lock_acquire(&lock);
    void *run = take_existing(count, dirty_granules);
    while (!run && map_another())
        run = take_existing(count, dirty_granules);
    hk_lock_release(&lock);
    return run;
}

/* Where address space is short, what large blocks left free goes first. */
void *hk_super_take(unsigned count, unsigned *dirty_granules)
{
    void *run = take(count, dirty_granules);
    return run || !hk_runs_make_room(true) ? run : take(count, dirty_granules);
}

void hk_super_tagged(void)
{
    in_hand.run = NULL;
}

/* ---- giving ---- */

static void *head_of(const void *address)
{
    return (void *)((uintptr_t)address & ~(uintptr_t)(HK_SUPER - 1));
}

void hk_super_give(void *run, unsigned count, unsigned dirty_granules)
{
    const unsigned start = (unsigned)(((uintptr_t)run & (HK_SUPER - 1)) >> HK_GRANULE_SHIFT);
    const uint64_t bits = hk_bits(count) << start;
    hk_lock_acquire(&lock);
    const size_t super = ((struct hk_super_head *)head_of(run))->index;
    struct state *state = state_of(super);
    const uint64_t before = purgeable(state);
    hk_assert(super < pool.count && state->address == head_of(run) && state->stage == MAPPED);
    hk_assert(!(state->free & bits) && !(bits & ~state->all) && dirty_granules <= count);
    hk_tag_set(run, count, 0);
    if (dirty_granules)
        state->dirty |= hk_bits(dirty_granules) << start;
    HK_STEP();
    state->free |= bits;
    count_dirty(before, purgeable(state));
    atomic_fetch_sub_explicit(&pool.used_granules, count, memory_order_relaxed);
    summarize(super);
    hk_lock_release(&lock);
}

/* Takes the granules that are due out of the pool, so that they can be purged without the lock.
 * With the last of them the headers go too; then nothing may be taken here meanwhile, nor may more
 * of it be mapped: what is new would have its headers there. */
static uint64_t claim_due(size_t super, bool all)
{
    struct state *state = state_of(super);
    const uint64_t before = purgeable(state);
    uint64_t due = all ? before : before & state->aged;
    if (state->header_used && state->free == state->all && !state->held && due == before) {
        due |= 1;
        state->stage = PURGED_WHOLE;
        HK_STEP();
        state->free = 0;
        state->header_used = false;
    }
    in_hand.purged_granules = due;
    in_hand.purged = state;
    HK_STEP();
    state->free &= ~due;
    state->dirty &= ~due;
    state->aged = state->dirty & state->free & ~state->held;
    count_dirty(before, purgeable(state));
    summarize(super);
    return due;
}

/* What the kernel refused is not offered again before it was in use once more. */
static void put_back(size_t super, uint64_t purged, uint64_t refused)
{
    struct state *state = state_of(super);
    if (state->stage == PURGED_WHOLE) {
        state->header_used = refused & 1;
        purged = (purged & ~UINT64_C(1)) | (state->all & ~refused);
        refused &= ~UINT64_C(1);
    }
    HK_STEP();
    state->dirty |= refused;
    state->held |= refused;
    state->free |= purged | refused;
    HK_STEP();
    state->stage = MAPPED;
    in_hand.purged = NULL;
    summarize(super);
}

/* Those of a run that the kernel takes. A locked page stops it in the middle: halves are tried, but
 * not for ever where all memory is locked. */
static uint64_t purge_run(char *super, unsigned start, unsigned count)
{
    if (hk_os_purge(super + ((size_t)start << HK_GRANULE_SHIFT),
                    (size_t)count << HK_GRANULE_SHIFT)) {
        atomic_store_explicit(&pool.refusals, 0, memory_order_relaxed);
        return hk_bits(count) << start;
    }
    if (count == 1)
        atomic_fetch_add_explicit(&pool.refusals, 1, memory_order_relaxed);
    if (count == 1 ||
        atomic_load_explicit(&pool.refusals, memory_order_relaxed) > HK_PURGE_REFUSALS)
        return 0;
    const unsigned half = count / 2;
    return purge_run(super, start, half) | purge_run(super, start + half, count - half);
}

/* One system call for each run of neighbours, taken off *calls. */
static uint64_t purge_runs(char *super, uint64_t due, int *calls)
{
    uint64_t purged = 0;
    for (; due; --*calls) {
        const unsigned start = hk_lowest_bit(due);
        const uint64_t rest = ~(due >> start);
        const unsigned count = rest ? hk_lowest_bit(rest) : 64 - start;
        purged |= purge_run(super, start, count);
        due &= ~(hk_bits(count) << start);
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

bool hk_super_purge_goes_on(void)
{
    return atomic_load_explicit(&pool.round, memory_order_relaxed) != 0;
}

/* So much that it is not kept even for a period: a program that frees a spike in one go and then
 * does nothing more holds at most this. */
static bool is_far_too_much(void)
{
    return atomic_load_explicit(&pool.dirty_granules, memory_order_relaxed) >
           HK_DIRTY_MOST_GRANULES + atomic_load_explicit(&pool.used_granules, memory_order_relaxed);
}

static bool is_time(uint64_t now_ns)
{
    uint64_t next_ns = atomic_load_explicit(&pool.next_purge_ns, memory_order_relaxed);
    if (hk_options.profile == HK_PROFILE_LEAN)
        return true;
    /* Of several threads that see that it is time, one goes. */
    return (hk_os_is_due(now_ns, next_ns, HK_PURGE_PERIOD_NS) || is_far_too_much()) &&
           atomic_compare_exchange_strong_explicit(&pool.next_purge_ns, &next_ns,
                                                   now_ns + HK_PURGE_PERIOD_NS,
                                                   memory_order_relaxed, memory_order_relaxed);
}

/* Out of the pool, so that it can be unmapped without the lock. NULL: there is something in it. */
static char *claim_empty(size_t super)
{
    struct state *state = state_of(super);
    if (state->stage != MAPPED || state->free != state->all)
        return NULL;
    state->stage = LEAVING;
    HK_STEP();
    count_dirty(purgeable(state), 0);
    state->free = state->aged = state->held = 0;
    summarize(super);
    return state->address;
}

/* One that the kernel would not unmap is kept, and its memory given up all the same. */
static void settle(struct state *state, bool is_gone, bool is_purged)
{
    hk_assert(state->stage == LEAVING && state->free == 0);
    if (is_gone) {
        pool.gone++;
        pool.mapped_bytes -= mapped_bytes(state);
        state->stage = GONE;
        return;
    }
    state->dirty = state->held = is_purged ? 0 : state->all;
    state->header_used = !is_purged;
    state->free = state->all;
    HK_STEP();
    state->stage = MAPPED;
}

/* True when that gave something. whatever: also one that the kernel would let us purge. */
static bool unmap_if_empty(size_t super, bool whatever)
{
    struct state *state = state_of(super);
    hk_lock_acquire(&lock);
    char *address = whatever || state->held ? claim_empty(super) : NULL;
    hk_lock_release(&lock);
    if (!address)
        return false;
    HK_STEP();
    const bool is_gone = hk_os_unmap(address, mapped_bytes(state));
    const bool is_clean = !state->dirty && !state->header_used; /* nobody else's while it leaves */
    const bool is_purged = !is_gone && (is_clean || hk_os_purge(address, mapped_bytes(state)));
    hk_lock_acquire(&lock);
    settle(state, is_gone, is_purged);
    summarize(super);
    hk_lock_release(&lock);
    return is_gone;
}

/* What is left to do in one call, roughly. */
struct step {
    int looks, calls, granules;
};

/* Locked memory cannot be purged; where nothing else is left in a superslab, it can be unmapped. */
static void purge_superslab(size_t super, bool all, struct step *step)
{
    hk_lock_acquire(&lock);
    const uint64_t due = claim_due(super, all);
    char *address = state_of(super)->address;
    hk_lock_release(&lock);
    step->looks--;
    if (!due)
        return;
    HK_STEP();
    const uint64_t purged = purge_runs(address, due, &step->calls);
    step->granules -= (int)hk_count_bits(due);
    hk_lock_acquire(&lock);
    put_back(super, purged, due & ~purged);
    hk_lock_release(&lock);
    if (due & ~purged)
        (void)unmap_if_empty(super, false);
}

static size_t count_now(void)
{
    hk_lock_acquire(&lock);
    const size_t count = pool.count;
    hk_lock_release(&lock);
    return count;
}

/* The superslab that is next in the round under way. SIZE_MAX: none, or it has come to its end. */
static size_t next_of_round(void)
{
    size_t round = atomic_load_explicit(&pool.round, memory_order_relaxed);
    while (round) {
        const size_t next = round <= count_now() ? round + 1 : 0;
        if (atomic_compare_exchange_weak_explicit(&pool.round, &round, next, memory_order_relaxed,
                                                  memory_order_relaxed))
            return next ? round - 1 : SIZE_MAX;
    }
    return SIZE_MAX;
}

/* No caller goes to all superslabs: whoever comes by next goes on. But where it is far too much all
 * goes at once: nobody may come by. */
static void purge_step(uint64_t now_ns)
{
    struct step step = {HK_PURGE_LOOKS, HK_PURGE_CALLS, HK_PURGE_BYTES / HK_GRANULE};
    const size_t count = is_far_too_much() ? count_now() : 0;
    size_t none = 0;
    for (size_t super = 0; super < count; super++)
        purge_superslab(super, true, &step);
    if (is_time(now_ns))
        (void)atomic_compare_exchange_strong_explicit(&pool.round, &none, 1, memory_order_relaxed,
                                                      memory_order_relaxed);
    while (step.looks > 0 && step.calls > 0 && step.granules > 0) {
        const size_t super = next_of_round();
        if (super == SIZE_MAX)
            return;
        purge_superslab(super, hk_options.profile == HK_PROFILE_LEAN, &step);
    }
}

void hk_super_purge(uint64_t now_ns, enum hk_purge what)
{
    struct step all = {0};
    if (what != HK_PURGE_ALL && !hk_super_is_purge_due())
        return;
    if (what == HK_PURGE_DUE) {
        purge_step(now_ns);
    } else {
        const size_t count = count_now();
        for (size_t super = 0; super < count; super++) {
            if (what == HK_PURGE_EXCESS && !hk_super_is_purge_due())
                return;
            purge_superslab(super, true, &all);
        }
    }
    hk_assert(hk_super_valid());
}

/* ---- when there is no room ---- */

bool hk_super_make_room(void)
{
    bool some = false;
    const size_t count = count_now();
    for (size_t super = 0; super < count; super++)
        some = unmap_if_empty(super, true) || some;
    return some;
}

/* ---- statistics ---- */

struct hk_super_totals hk_super_count(void)
{
    hk_lock_acquire(&lock);
    const struct hk_super_totals totals = {
        .mapped_bytes = pool.mapped_bytes,
        .dirty_bytes = atomic_load_explicit(&pool.dirty_granules, memory_order_relaxed)
                       << HK_GRANULE_SHIFT,
        .peak_bytes = pool.peak_granules << HK_GRANULE_SHIFT,
    };
    hk_lock_release(&lock);
    return totals;
}

void hk_super_walk(void (*visit)(void *super, void *argument), void *argument)
{
    hk_lock_acquire(&lock);
    for (size_t super = 0; super < pool.count; super++) {
        const struct state *state = state_of(super);
        if (state->stage == MAPPED && state->header_used)
            visit(state->address, argument);
    }
    hk_lock_release(&lock);
}

/* ---- after a fork ---- */

static uint64_t tagged(const char *super)
{
    uint64_t bits = 0;
    for (unsigned granule = 1; granule < HK_SUPER_GRANULES; granule++) {
        const char *start = super + ((size_t)granule << HK_GRANULE_SHIFT);
        const bool is_in_hand = in_hand.run && start >= in_hand.run &&
                                start < in_hand.run + ((size_t)in_hand.count << HK_GRANULE_SHIFT);
        if (is_in_hand || hk_tag_of(start))
            bits |= UINT64_C(1) << granule;
    }
    return bits;
}

/* All that is not in a slab is free, and may have been written to. */
static void rebuild(struct state *state)
{
    state->free = state->all & ~tagged(state->address) & ~purged_here(state);
    state->dirty = state->all; /* not what is mapped later */
    state->aged = state->held = 0;
    state->header_used = true;
}

/* Whoever held the lock at the moment of the fork is not there to finish. A superslab that was in
 * somebody's hand stays so: whether it is still mapped cannot be known. */
void hk_super_after_fork(void)
{
    if (!hk_lock_take_over(&lock))
        return;
    size_t used = 0, dirty = 0;
    pool.gone = pool.mapped_bytes = 0;
    hk_longest_clear();
    if (new_index() == pool.count && state_of(pool.count)->stage == MAPPED)
        pool.count++; /* opened, not counted yet */
    for (size_t super = 0; super < pool.count; super++) {
        struct state *state = state_of(super);
        pool.gone += state->stage == GONE;
        pool.mapped_bytes += state->stage == GONE ? 0 : mapped_bytes(state);
        if (state->stage != MAPPED) {
            state->free = state->aged = state->held = 0;
            continue;
        }
        rebuild(state);
        summarize(super);
        used += hk_count_bits(state->all & ~state->free & ~purged_here(state));
        dirty += hk_count_bits(purgeable(state));
    }
    atomic_store_explicit(&pool.used_granules, used, memory_order_relaxed);
    atomic_store_explicit(&pool.dirty_granules, dirty, memory_order_relaxed);
    hk_lock_release(&lock);
}

/* ---- in debug builds ---- */

#ifdef HK_DEBUG
static bool state_valid(const struct state *state)
{
    if (state->stage == GONE)
        return true;
    if (state->stage != MAPPED)
        return state->free == 0;
    return !(state->free & ~state->all) && !(state->aged & ~purgeable(state)) &&
           !(state->held & ~(state->free & state->dirty)) &&
           !(tagged(state->address) & state->free);
}

bool hk_super_valid(void)
{
    size_t gone = 0, dirty = 0;
    hk_lock_acquire(&lock);
    bool valid = true;
    for (size_t super = 0; super < pool.count; super++) {
        const struct state *state = state_of(super);
        gone += state->stage == GONE;
        dirty += hk_count_bits(purgeable(state));
        valid = valid && state_valid(state);
        for (unsigned kind = 0; kind < HK_LONGEST_KINDS; kind++)
            valid = valid && hk_longest_is(kind, super, longest(state, kind));
    }
    valid = valid && hk_longest_valid() && gone == pool.gone &&
            dirty == atomic_load_explicit(&pool.dirty_granules, memory_order_relaxed);
    hk_lock_release(&lock);
    return valid;
}

/* A letter a granule. */
static char letter_of(const struct state *state, unsigned granule)
{
    const uint64_t bit = UINT64_C(1) << granule;
    const char *start = state->address + ((size_t)granule << HK_GRANULE_SHIFT);
    const uint64_t tag = hk_tag_of(start);
    if (granule == 0)
        return state->header_used ? 'H' : 'h';
    if (!(state->all & bit))
        return 'G';
    if (tag)
        return hk_tag_class(tag) < 26 ? (char)('a' + hk_tag_class(tag)) : '#';
    if (!(state->free & bit))
        return '?';
    return state->held & bit ? '!' : state->aged & bit ? ',' : state->dirty & bit ? '+' : '.';
}

void hk_super_letters(void (*line)(const char *letters))
{
    char letters[HK_SUPER_GRANULES + 1];
    for (size_t super = 0; super < pool.count; super++) {
        const struct state *state = state_of(super);
        for (unsigned g = 0; g < HK_SUPER_GRANULES; g++)
            letters[g] = state->stage == MAPPED ? letter_of(state, g) : ' ';
        letters[HK_SUPER_GRANULES] = '\0';
        line(letters);
    }
}
#endif
