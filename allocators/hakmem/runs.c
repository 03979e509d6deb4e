/* Runs: see runs.h. */
#include "runs.h"

#include "freerun.h"
#include "lock.h"
#include "option.h"
#include "os.h"

#define AREAS 64u
#define SLOTS 16u /* of the time in which use is looked at */

struct area {
    char *start, *end;
};

static struct hk_lock lock = {.rank = HK_RANK_RUNS};

static struct {
    unsigned area_count;
    uintptr_t next;      /* where the next area is to lie; 0: not known yet */
    uintptr_t last;      /* no area goes beyond */
    bool is_full;        /* there was no place for one more */
    size_t mapped;       /* granules of all areas */
    size_t live;         /* runs in use */
    _Atomic size_t used; /* granules of these */
    size_t peak;         /* used at most */
    size_t quiet;        /* granules given beyond HK_RUN_FORGIVES times those taken */
    uint64_t slot;       /* number of the one under way */
    size_t earlier;      /* used at most in those before it that count */
    struct {
        uint64_t number;
        size_t used; /* at most */
    } slots[SLOTS];
} runs;

HK_TABLE static struct area areas[AREAS]; /* the last one grows */

static size_t granules_of(size_t bytes)
{
    hk_assert(bytes % HK_GRANULE == 0);
    return bytes >> HK_GRANULE_SHIFT;
}

/* Written under the lock, read without. */
static void set_atomic(_Atomic size_t *word, size_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

static size_t get_atomic(const _Atomic size_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* ---- areas ---- */

/* A sixteenth of the way down from the kernel's own mappings: superslabs begin an eighth of it
 * down, and grow up. Nothing goes beyond those mappings: there the stack grows. */
void hk_runs_place(uintptr_t near)
{
    runs.next = (near - near / (2 * HK_PLACE_SHARE)) & ~(uintptr_t)(HK_SUPER - 1);
    runs.last = near;
}

static bool prepare_notes(char *start, size_t granules)
{
    for (char *at = start; at < hk_run_end(start, granules); at += HK_LEAF_SPAN) {
        if (!hk_tag_prepare(at))
            return false;
    }
    return hk_tag_prepare(hk_run_end(start, granules - 1));
}

static enum hk_os_place map_at(char *start, size_t granules)
{
    const size_t bytes = granules << HK_GRANULE_SHIFT;
    if ((uintptr_t)start + bytes > runs.last)
        return HK_OS_TAKEN;
    const enum hk_os_place place = hk_os_map_at(start, bytes);
    if (place != HK_OS_MAPPED || prepare_notes(start, granules))
        return place;
    (void)hk_os_unmap(start, bytes);
    return HK_OS_REFUSED;
}

/* Where others have mapped something, the search goes on further up, in steps that double. Where
 * nothing is found it is given up for good: large blocks are mappings then. */
static struct area *new_area(size_t granules)
{
    size_t step = HK_SUPER;
    for (int tries = 0; tries < HK_PLACE_TRIES && runs.area_count < AREAS; tries++, step *= 2) {
        char *start = (char *)runs.next;
        const enum hk_os_place place = map_at(start, granules);
        if (place == HK_OS_REFUSED)
            return NULL;
        runs.next += place == HK_OS_MAPPED ? HK_RUN_AREA_GAP : step;
        if (place != HK_OS_MAPPED)
            continue;
        struct area *area = &areas[runs.area_count];
        *area = (struct area){start, start};
        HK_STEP();
        runs.area_count++;
        return area;
    }
    runs.is_full = true;
    return NULL;
}

/* The last area gets so many granules more, all or none; or a new one has them. */
static bool extend(size_t granules, uint64_t now_ns)
{
    struct area *area = runs.area_count ? &areas[runs.area_count - 1] : NULL;
    enum hk_os_place place = HK_OS_TAKEN;
    if (runs.is_full || !runs.next)
        return false;
    if (area)
        place = map_at(area->end, granules);
    if (place == HK_OS_REFUSED)
        return false;
    if (place == HK_OS_TAKEN)
        area = new_area(granules);
    if (!area)
        return false;
    char *start = area->end;
    HK_STEP();
    area->end = hk_run_end(start, granules);
    runs.mapped += granules;
    if (hk_freerun_insert(start, granules, false, now_ns))
        return true;
    /* It has no record, so nobody would find it. */
    if (hk_os_unmap(start, granules << HK_GRANULE_SHIFT)) {
        area->end = start;
        runs.mapped -= granules;
    }
    return false;
}

/* The clean run at the end of the last area; 0: none. */
static uint32_t last_clean(void)
{
    if (!runs.area_count)
        return 0;
    const uint32_t number = hk_freerun_at(areas[runs.area_count - 1].end - HK_GRANULE);
    return number && !hk_freerun_get(number)->is_dirty ? number : 0;
}

/* An eighth of what there is at a time, at most 64 MiB: a growing program calls less often the
 * larger it is. What is clean at the end already counts. */
static bool extend_for(size_t granules, uint64_t now_ns)
{
    const uint32_t last = last_clean();
    const size_t have = last ? hk_freerun_get(last)->granules : 0;
    const size_t share = runs.mapped / HK_RUN_GROWTH_SHARE;
    const size_t more = share < HK_RUN_GROWTH_MOST ? share : HK_RUN_GROWTH_MOST;
    const size_t least = granules > have ? granules - have : 1;
    return (more > least && extend(more, now_ns)) || extend(least, now_ns) ||
           (have && extend(granules, now_ns));
}

/* ---- how much is kept ---- */

/* At most, in the slots before this one. */
static size_t used_before(uint64_t slot)
{
    size_t most = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        const bool counts = runs.slots[i].number < slot && runs.slots[i].number + SLOTS > slot;
        if (counts && runs.slots[i].used > most)
            most = runs.slots[i].used;
    }
    return most;
}

/* The slot under way; the others are looked at once in its time. */
static void note_use(uint64_t now_ns)
{
    const uint64_t slot = now_ns / HK_RUN_SLOT_NS;
    const size_t used = get_atomic(&runs.used);
    if (slot > runs.slot || slot + SLOTS < runs.slot) { /* or the clock went back */
        runs.slot = slot;
        runs.slots[slot % SLOTS].number = slot;
        runs.slots[slot % SLOTS].used = 0;
        runs.earlier = used_before(slot);
    }
    if (used > runs.slots[runs.slot % SLOTS].used)
        runs.slots[runs.slot % SLOTS].used = used;
    if (used > runs.peak)
        runs.peak = used;
}

static size_t lately_used(uint64_t now_ns)
{
    note_use(now_ns);
    const size_t now = runs.slots[runs.slot % SLOTS].used;
    return now > runs.earlier ? now : runs.earlier;
}

/* What is kept for good: the same share as of granules of slabs. */
static size_t slack(void)
{
    switch (hk_options.profile) {
    case HK_PROFILE_SPEED:
        return SIZE_MAX;
    case HK_PROFILE_LEAN:
        return 0;
    default:
        return get_atomic(&runs.used) / HK_SLACK_SHARE + HK_SLACK_GRANULES;
    }
}

/* Granules that may be free and dirty for now: what was in use lately may be needed again, and a
 * share. One that gives much more than it takes may be about to sleep: it keeps less. */
static size_t kept(uint64_t now_ns)
{
    const size_t used = get_atomic(&runs.used), peak = lately_used(now_ns);
    const size_t by_use = peak - used + peak / HK_RUN_SLACK_SHARE + HK_SLACK_GRANULES;
    if (hk_options.profile != HK_PROFILE_BALANCED)
        return slack();
    if (runs.quiet <= used + HK_RUN_QUIET_GRANULES || by_use < used + HK_DIRTY_MOST_GRANULES)
        return by_use;
    return used + HK_DIRTY_MOST_GRANULES;
}

bool hk_runs_is_purge_due(void)
{
    return hk_freerun_sum(true) > slack();
}

/* In this thread's hand. */
struct hand {
    char *start;
    size_t granules; /* 0: nothing */
};

/* What is due of the oldest dirty run: beyond what is kept for now, or, when it is old, for good.
 */
static size_t due_of(uint32_t oldest, uint64_t now_ns, uint64_t before_ns)
{
    const size_t dirty = hk_freerun_sum(true);
    const uint64_t age_ns = now_ns - before_ns;
    const bool is_old = hk_os_is_due(now_ns, hk_freerun_get(oldest)->since_ns + age_ns, age_ns);
    const size_t most = is_old ? slack() : kept(now_ns);
    if (before_ns == UINT64_MAX)
        return dirty;
    return dirty > most ? dirty - most : 0;
}

/* Under the lock. */
static struct hand cut_due(uint64_t now_ns, uint64_t before_ns, size_t most)
{
    struct hand hand = {0};
    if (hk_freerun_oldest()) {
        const size_t due = due_of(hk_freerun_oldest(), now_ns, before_ns),
                     have = hk_freerun_get(hk_freerun_oldest())->granules;
        hand.granules = due < have ? due : have;
    }
    if (hand.granules > most)
        hand.granules = most;
    if (hand.granules)
        hand.start = hk_freerun_cut(hk_freerun_oldest(), hand.granules, true);
    return hand;
}

static struct hand take_due(uint64_t now_ns, uint64_t before_ns, size_t most)
{
    hk_lock_acquire(&lock);
    const struct hand hand = cut_due(now_ns, before_ns, most);
    hk_lock_release(&lock);
    return hand;
}

/* What lay at the end of the last area is its growth again; that of others is lost. */
static bool unmap(struct hand hand)
{
    if (!hk_os_unmap(hand.start, hand.granules << HK_GRANULE_SHIFT))
        return false;
    hk_lock_acquire(&lock);
    struct area *last = &areas[runs.area_count - 1];
    if (last->end == hk_run_end(hand.start, hand.granules)) {
        last->end = hand.start;
        runs.mapped -= hand.granules;
    }
    hk_lock_release(&lock);
    return true;
}

/* The end of the last area, when so much of it is clean that its address space counts. */
static struct hand take_end(void)
{
    struct hand hand = {0};
    const uint32_t last = last_clean();
    if (!last || hk_freerun_get(last)->granules < HK_RUN_END_GRANULES)
        return hand;
    hand.granules = hk_freerun_get(last)->granules;
    hand.start = hk_freerun_cut(last, hand.granules, false);
    return hand;
}

/* Back from the hand. What has no record is lost, and so is not kept mapped. */
static void put_back(struct hand hand, bool is_dirty, uint64_t now_ns)
{
    hk_lock_acquire(&lock);
    const bool has_record = hk_freerun_insert(hand.start, hand.granules, is_dirty, now_ns);
    const struct hand end = has_record && !is_dirty ? take_end() : (struct hand){0};
    hk_lock_release(&lock);
    if (!has_record)
        (void)unmap(hand);
    if (!end.granules || unmap(end))
        return;
    hk_lock_acquire(&lock);
    (void)hk_freerun_insert(end.start, end.granules, false, now_ns);
    hk_lock_release(&lock);
}

/* Locked pages cannot be purged, but unmapped. What the kernel refuses ends the round. */
static void purge(struct hand due, uint64_t now_ns, uint64_t before_ns, size_t most)
{
    for (size_t left = most; due.granules; due = take_due(now_ns, before_ns, left)) {
        const size_t bytes = due.granules << HK_GRANULE_SHIFT;
        left -= due.granules;
        HK_STEP();
        if (hk_os_purge(due.start, bytes)) {
            put_back(due, false, now_ns);
        } else if (!unmap(due)) {
            put_back(due, true, now_ns);
            return;
        }
    }
}

void hk_runs_purge(uint64_t now_ns, uint64_t before_ns, size_t most_bytes)
{
    const size_t wanted = most_bytes >> HK_GRANULE_SHIFT, dirty = hk_freerun_sum(true);
    const size_t most = wanted < dirty ? wanted : dirty; /* others free more meanwhile */
    purge(take_due(now_ns, before_ns, most), now_ns, before_ns, most);
}

/* What is free at the end of the last area; else, if it may be from anywhere, any; no more than
 * *left granules. */
static struct hand take_free(bool anywhere, size_t *left, bool *is_dirty)
{
    struct hand hand = {0};
    hk_lock_acquire(&lock);
    uint32_t number =
        runs.area_count ? hk_freerun_at(areas[runs.area_count - 1].end - HK_GRANULE) : 0;
    if (!number && anywhere)
        number = hk_freerun_find(true, 1);
    if (!number && anywhere)
        number = hk_freerun_find(false, 1);
    if (number) {
        const size_t have = hk_freerun_get(number)->granules;
        *is_dirty = hk_freerun_get(number)->is_dirty;
        hand.granules = have < *left ? have : *left;
        hand.start = hk_freerun_cut(number, hand.granules, true);
        *left -= hand.granules;
    }
    hk_lock_release(&lock);
    return hand;
}

bool hk_runs_make_room(bool anywhere)
{
    bool some = false, is_dirty = false;
    size_t left = hk_freerun_sum(true) + hk_freerun_sum(false); /* others free more meanwhile */
    for (struct hand hand; left && (hand = take_free(anywhere, &left, &is_dirty)).granules;
         some = true) {
        if (unmap(hand))
            continue;
        put_back(hand, is_dirty, hk_os_clock_ns());
        return some;
    }
    return some;
}

/* ---- taking and giving ---- */

static void count_taken(size_t granules)
{
    const size_t forgiven = HK_RUN_FORGIVES * granules;
    set_atomic(&runs.used, get_atomic(&runs.used) + granules);
    runs.quiet -= forgiven < runs.quiet ? forgiven : runs.quiet;
}

static void count_given(size_t granules)
{
    set_atomic(&runs.used, get_atomic(&runs.used) - granules);
    runs.quiet += granules;
}

static void *take(size_t granules, bool *is_dirty)
{
    uint32_t number = hk_freerun_find(true, granules);
    if (!number)
        number = hk_freerun_find(false, granules);
    if (!number)
        return NULL;
    *is_dirty = hk_freerun_get(number)->is_dirty;
    HK_STEP();
    count_taken(granules);
    runs.live++;
    char *start = hk_freerun_cut(number, granules, false);
    HK_STEP();
    hk_run_use(start, granules);
    return start;
}

void *hk_runs_take(size_t bytes, bool *is_dirty)
{
    const uint64_t now_ns = hk_os_clock_ns();
    hk_lock_acquire(&lock);
    void *start = take(granules_of(bytes), is_dirty);
    if (!start && extend_for(granules_of(bytes), now_ns))
        start = take(granules_of(bytes), is_dirty);
    note_use(now_ns);
    hk_lock_release(&lock);
    return start;
}

size_t hk_runs_bytes(const void *start)
{
    return hk_run_used_at(start) << HK_GRANULE_SHIFT;
}

/* The run takes so many granules of the free one behind it, or of the area's growth. */
static bool grow(char *start, size_t granules, size_t more, uint64_t now_ns)
{
    char *end = hk_run_end(start, granules);
    const bool is_last = runs.area_count && areas[runs.area_count - 1].end == end;
    uint32_t number = is_last ? 0 : hk_freerun_at(end);
    const bool grows = is_last || (number && number == last_clean());
    if ((!number || hk_freerun_get(number)->granules < more) && grows && extend_for(more, now_ns))
        number = hk_freerun_at(end);
    if (!number || hk_freerun_get(number)->granules < more)
        return false;
    count_taken(more);
    (void)hk_freerun_cut(number, more, false);
    HK_STEP();
    hk_run_use(start, granules + more);
    note_use(now_ns);
    return true;
}

bool hk_runs_grow(void *start, size_t bytes)
{
    const uint64_t now_ns = hk_os_clock_ns();
    hk_lock_acquire(&lock);
    const size_t have = hk_run_used_at(start);
    const bool done = have && grow(start, have, granules_of(bytes) - have, now_ns);
    hk_lock_release(&lock);
    return done;
}

/* What was a run in use, or the end of one, is free. Called with the lock, returns without. */
static void give(struct hand hand, uint64_t now_ns)
{
    const uint64_t before_ns = now_ns - HK_RUN_AGES * HK_LARGE_CACHE_NS;
    const size_t most = (HK_RUN_PURGE_BYTES >> HK_GRANULE_SHIFT) + HK_RUN_PURGES * hand.granules;
    count_given(hand.granules);
    HK_STEP();
    const bool has_record = hk_freerun_insert(hand.start, hand.granules, true, now_ns);
    const bool is_much =
        hk_freerun_sum(true) > HK_SLACK_GRANULES * (hk_options.profile != HK_PROFILE_LEAN);
    const struct hand due = is_much ? cut_due(now_ns, before_ns, most) : (struct hand){0};
    hk_lock_release(&lock);
    if (!has_record)
        (void)unmap(hand);
    purge(due, now_ns, before_ns, most);
}

bool hk_runs_free(void *start)
{
    if (!hk_run_used_at(start))
        return false;
    const uint64_t now_ns = hk_os_clock_ns();
    hk_lock_acquire(&lock);
    const size_t granules = hk_run_used_at(start);
    if (!granules) { /* another thread was quicker */
        hk_lock_release(&lock);
        return false;
    }
    hk_tag_note(start, 0);
    runs.live--;
    give((struct hand){start, granules}, now_ns);
    return true;
}

void hk_runs_shrink(void *start, size_t bytes)
{
    const size_t granules = granules_of(bytes);
    const uint64_t now_ns = hk_os_clock_ns();
    hk_lock_acquire(&lock);
    const size_t have = hk_run_used_at(start);
    hk_assert(granules && granules < have);
    hk_run_use(start, granules);
    give((struct hand){hk_run_end(start, granules), have - granules}, now_ns);
}

void hk_runs_refill(void *start)
{
    hk_lock_acquire(&lock);
    const size_t granules = hk_run_used_at(start);
    hk_tag_note(start, 0);
    runs.live--;
    count_given(granules);
    hk_lock_release(&lock);
    if (hk_os_map_at(start, granules << HK_GRANULE_SHIFT) == HK_OS_MAPPED)
        put_back((struct hand){start, granules}, false, hk_os_clock_ns());
}

struct hk_runs_totals hk_runs_count(void)
{
    hk_lock_acquire(&lock);
    const struct hk_runs_totals totals = {runs.live, get_atomic(&runs.used) << HK_GRANULE_SHIFT,
                                          runs.peak << HK_GRANULE_SHIFT,
                                          hk_freerun_sum(true) << HK_GRANULE_SHIFT};
    hk_lock_release(&lock);
    return totals;
}

bool hk_runs_has_dirty(void)
{
    return hk_freerun_sum(true) != 0;
}

/* ---- after a fork ---- */

/* Records and bins may be half-changed: none is believed. What is in use says so itself. */
static void count_anew(void)
{
    size_t live = 0, used = 0;
    for (unsigned i = 0; i < runs.area_count; i++) {
        for (char *at = areas[i].start; at < areas[i].end; at += HK_GRANULE) {
            live += hk_run_used_at(at) != 0;
            used += hk_run_used_at(at);
            if (hk_freerun_at(at))
                hk_tag_note(at, 0);
        }
    }
    runs.live = live;
    set_atomic(&runs.used, used);
    hk_freerun_clear();
}

void hk_runs_after_fork(void)
{
    if (!hk_lock_take_over(&lock))
        return;
    count_anew();
    hk_lock_release(&lock);
}

/* ---- in debug builds ---- */

#ifdef HK_DEBUG
/* What lies between runs was lost, and has no note. */
static bool used_valid(void)
{
    size_t live = 0, used = 0;
    for (unsigned i = 0; i < runs.area_count; i++) {
        for (char *at = areas[i].start; at < areas[i].end;) {
            const uint32_t number = hk_freerun_at(at);
            const size_t granules = hk_run_used_at(at);
            live += granules != 0;
            used += granules;
            at = hk_run_end(at, granules ? granules
                                : number ? hk_freerun_get(number)->granules
                                         : 1);
        }
    }
    return live == runs.live && used == runs.used;
}

bool hk_runs_valid(void)
{
    hk_lock_acquire(&lock);
    const bool valid = hk_freerun_valid() && used_valid();
    hk_lock_release(&lock);
    return valid;
}
#endif
