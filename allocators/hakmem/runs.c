/* Runs: see runs.h. */
#include "runs.h"

#include "lock.h"
#include "option.h"
#include "os.h"
#include "tag.h"

/* A free run. Numbers of others, 0: none. */
struct run {
    char *start;
    size_t granules;
    uint64_t since_ns;
    uint32_t before, next;   /* in its bin; of an unused record, next is the next unused one */
    uint32_t older, younger; /* of the dirty ones */
    bool is_dirty;
};

/* Records come in chunks that never move; number 0 is nobody's. */
#define CHUNK_RUNS HK_RUNS_CHUNK
#define CHUNKS     4096u

#define BINS      256u /* eight to a doubling */
#define BIN_WORDS (BINS / 64)
#define AREAS     64u
#define SLOTS     16u /* of the time in which use is looked at */

struct area {
    char *start, *end;
};

static struct hk_lock lock = {.rank = HK_RANK_RUNS};

static struct {
    unsigned area_count;
    uintptr_t next; /* where the next area is to lie; 0: not known yet */
    uintptr_t last; /* no area goes beyond */
    bool is_full;   /* there was no place for one more */
    size_t mapped;  /* granules of all areas */
    uint32_t run_count, unused;
    _Atomic size_t free[2]; /* granules: clean, dirty */
    uint32_t oldest, youngest;
    _Atomic size_t used;  /* granules */
    _Atomic size_t quiet; /* granules given beyond HK_RUN_FORGIVES times those taken */
    struct {
        uint64_t number;
        size_t used; /* at most */
    } slots[SLOTS];
} runs;

HK_TABLE static struct area areas[AREAS]; /* the last one grows */
HK_TABLE static struct run *chunks[CHUNKS];
HK_TABLE static uint32_t bins[2][BINS]; /* of clean and of dirty runs: the first of each */
HK_TABLE static uint64_t bins_filled[2][BIN_WORDS];

static size_t granules_of(size_t bytes)
{
    hk_assert(bytes % HK_GRANULE == 0);
    return bytes >> HK_GRANULE_SHIFT;
}

static char *after(const char *start, size_t granules)
{
    return (char *)(uintptr_t)start + (granules << HK_GRANULE_SHIFT);
}

/* ---- records ---- */

static struct run *run_of(uint32_t number)
{
    return &chunks[number / CHUNK_RUNS][number % CHUNK_RUNS];
}

/* 0: no memory. */
static uint32_t new_number(void)
{
    const uint32_t unused = runs.unused;
    if (unused) {
        runs.unused = run_of(unused)->next;
        return unused;
    }
    const uint32_t number = runs.run_count + 1, chunk = number / CHUNK_RUNS;
    if (chunk >= CHUNKS)
        return 0;
    if (!chunks[chunk])
        chunks[chunk] = hk_os_map(hk_round_up(CHUNK_RUNS * sizeof(struct run), HK_GRANULE));
    if (!chunks[chunk])
        return 0;
    runs.run_count = number;
    return number;
}

/* ---- bins and ages ---- */

static unsigned bin_of(size_t granules)
{
    if (granules < 8)
        return (unsigned)granules;
    const unsigned log = 63 - (unsigned)__builtin_clzll(granules);
    const unsigned bin = (log - 2) * 8 + (unsigned)(granules >> (log - 3) & 7);
    return bin < BINS ? bin : BINS - 1;
}

static void into_bin(uint32_t number)
{
    struct run *run = run_of(number);
    const unsigned bin = bin_of(run->granules);
    uint32_t *first = &bins[run->is_dirty][bin];
    run->before = 0;
    run->next = *first;
    if (*first)
        run_of(*first)->before = number;
    *first = number;
    bins_filled[run->is_dirty][bin / 64] |= UINT64_C(1) << bin % 64;
    runs.free[run->is_dirty] += run->granules;
    hk_tag_note(run->start, number);
    hk_tag_note(after(run->start, run->granules - 1), number);
}

static void out_of_bin(uint32_t number)
{
    const struct run *run = run_of(number);
    const unsigned bin = bin_of(run->granules);
    uint32_t *first = &bins[run->is_dirty][bin];
    if (run->before)
        run_of(run->before)->next = run->next;
    else
        *first = run->next;
    if (run->next)
        run_of(run->next)->before = run->before;
    if (!*first)
        bins_filled[run->is_dirty][bin / 64] &= ~(UINT64_C(1) << bin % 64);
    runs.free[run->is_dirty] -= run->granules;
    hk_tag_note(run->start, 0);
    hk_tag_note(after(run->start, run->granules - 1), 0);
}

static void make_youngest(uint32_t number)
{
    struct run *run = run_of(number);
    run->younger = 0;
    run->older = runs.youngest;
    if (runs.youngest)
        run_of(runs.youngest)->younger = number;
    else
        runs.oldest = number;
    runs.youngest = number;
}

static void forget_age(uint32_t number)
{
    const struct run *run = run_of(number);
    *(run->older ? &run_of(run->older)->younger : &runs.oldest) = run->younger;
    *(run->younger ? &run_of(run->younger)->older : &runs.youngest) = run->older;
}

static void remove_run(uint32_t number)
{
    struct run *run = run_of(number);
    out_of_bin(number);
    if (run->is_dirty)
        forget_age(number);
    run->next = runs.unused;
    runs.unused = number;
}

/* The free neighbour with this note goes, and its granules are the caller's. */
static bool join(uint32_t note, bool is_dirty, char **start, size_t *granules)
{
    if (!note || run_of(note)->is_dirty != is_dirty)
        return false;
    const struct run *run = run_of(note);
    if (run->start < *start)
        *start = run->start;
    *granules += run->granules;
    remove_run(note);
    return true;
}

/* False: no memory for a record. */
static bool insert(char *start, size_t granules, bool is_dirty, uint64_t since_ns)
{
    (void)join(hk_tag_noted(start - HK_GRANULE), is_dirty, &start, &granules);
    (void)join(hk_tag_noted(after(start, granules)), is_dirty, &start, &granules);
    const uint32_t number = new_number();
    if (!number)
        return false;
    *run_of(number) = (struct run){
        .start = start, .granules = granules, .since_ns = since_ns, .is_dirty = is_dirty};
    into_bin(number);
    if (is_dirty)
        make_youngest(number);
    return true;
}

/* So many granules of a free run's front, or of its back; the rest keeps its age. */
static char *cut(uint32_t number, size_t granules, bool back)
{
    struct run *run = run_of(number);
    char *start = back ? after(run->start, run->granules - granules) : run->start;
    if (run->granules == granules) {
        remove_run(number);
        return start;
    }
    out_of_bin(number);
    run->granules -= granules;
    if (!back)
        run->start = after(run->start, granules);
    into_bin(number);
    return start;
}

/* ---- searching ---- */

/* The best of the first few of its own bin, else any of the next bin that has one: the larger bins
 * fit whole. */
static uint32_t find(bool is_dirty, size_t granules)
{
    const unsigned bin = bin_of(granules);
    uint32_t best = 0, number = bins[is_dirty][bin];
    for (int looks = 0; number && looks < HK_RUN_LOOKS; looks++, number = run_of(number)->next) {
        const size_t have = run_of(number)->granules;
        if (have >= granules && (!best || have < run_of(best)->granules))
            best = number;
    }
    for (unsigned word = (bin + 1) / 64; !best && word < BIN_WORDS; word++) {
        uint64_t filled = bins_filled[is_dirty][word];
        if (word == (bin + 1) / 64)
            filled &= ~UINT64_C(0) << (bin + 1) % 64;
        if (filled)
            best = bins[is_dirty][word * 64 + hk_lowest_bit(filled)];
    }
    return best;
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
    for (char *at = start; at < after(start, granules); at += HK_LEAF_SPAN) {
        if (!hk_tag_prepare(at))
            return false;
    }
    return hk_tag_prepare(after(start, granules - 1));
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
    area->end = after(start, granules);
    runs.mapped += granules;
    return insert(start, granules, false, now_ns);
}

/* The clean run at the end of the last area; 0: none. */
static uint32_t last_clean(void)
{
    if (!runs.area_count)
        return 0;
    const uint32_t number = hk_tag_noted(areas[runs.area_count - 1].end - HK_GRANULE);
    return number && !run_of(number)->is_dirty ? number : 0;
}

/* An eighth of what there is at a time, at most 64 MiB: a growing program calls less often the
 * larger it is. What is clean at the end already counts. */
static bool extend_for(size_t granules, uint64_t now_ns)
{
    const uint32_t last = last_clean();
    const size_t have = last ? run_of(last)->granules : 0;
    const size_t share = runs.mapped / HK_RUN_GROWTH_SHARE;
    const size_t more = share < HK_RUN_GROWTH_MOST ? share : HK_RUN_GROWTH_MOST;
    const size_t least = granules > have ? granules - have : 1;
    return (more > least && extend(more, now_ns)) || extend(least, now_ns) ||
           (have && extend(granules, now_ns));
}

/* ---- how much is kept ---- */

static void note_use(uint64_t now_ns)
{
    const uint64_t number = now_ns / HK_RUN_SLOT_NS;
    const size_t used = runs.used;
    if (runs.slots[number % SLOTS].number != number || runs.slots[number % SLOTS].used < used) {
        runs.slots[number % SLOTS].number = number;
        runs.slots[number % SLOTS].used = used;
    }
}

static size_t lately_used(uint64_t now_ns)
{
    const uint64_t number = now_ns / HK_RUN_SLOT_NS;
    size_t most = runs.used;
    for (unsigned i = 0; i < SLOTS; i++) {
        if (runs.slots[i].number + SLOTS > number && runs.slots[i].used > most)
            most = runs.slots[i].used;
    }
    return most;
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
        return atomic_load_explicit(&runs.used, memory_order_relaxed) / HK_SLACK_SHARE +
               HK_SLACK_GRANULES;
    }
}

/* Granules that may be free and dirty for now: what was in use lately may be needed again, and a
 * share. One that gives much more than it takes may be about to sleep: it keeps less. */
static size_t kept(uint64_t now_ns)
{
    const size_t used = runs.used, peak = lately_used(now_ns);
    const size_t by_use = peak - used + peak / HK_RUN_SLACK_SHARE + HK_SLACK_GRANULES;
    if (hk_options.profile != HK_PROFILE_BALANCED)
        return slack();
    if (runs.quiet <= used + HK_RUN_QUIET_GRANULES || by_use < used + HK_DIRTY_MOST_GRANULES)
        return by_use;
    return used + HK_DIRTY_MOST_GRANULES;
}

bool hk_runs_is_purge_due(void)
{
    return atomic_load_explicit(&runs.free[true], memory_order_relaxed) > slack();
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
    const size_t dirty = runs.free[true];
    const size_t most = run_of(oldest)->since_ns <= before_ns ? slack() : kept(now_ns);
    if (before_ns == UINT64_MAX)
        return dirty;
    return dirty > most ? dirty - most : 0;
}

static struct hand take_due(uint64_t now_ns, uint64_t before_ns, size_t most)
{
    struct hand hand = {0};
    hk_lock_acquire(&lock);
    if (runs.oldest) {
        const size_t due = due_of(runs.oldest, now_ns, before_ns),
                     have = run_of(runs.oldest)->granules;
        hand.granules = due < have ? due : have;
    }
    if (hand.granules > most)
        hand.granules = most;
    if (hand.granules)
        hand.start = cut(runs.oldest, hand.granules, true);
    hk_lock_release(&lock);
    return hand;
}

static void unmap(struct hand hand)
{
    (void)hk_os_unmap(hand.start, hand.granules << HK_GRANULE_SHIFT);
}

/* The end of the last area, when so much of it is clean that its address space counts. */
static struct hand take_end(void)
{
    struct hand hand = {0};
    const uint32_t last = last_clean();
    if (!last || run_of(last)->granules < HK_RUN_END_GRANULES)
        return hand;
    hand.granules = run_of(last)->granules;
    hand.start = cut(last, hand.granules, false);
    areas[runs.area_count - 1].end = hand.start;
    runs.mapped -= hand.granules;
    return hand;
}

/* Back from the hand. What has no record is lost, and so is not kept mapped. */
static void put_back(struct hand hand, bool is_dirty, uint64_t now_ns)
{
    hk_lock_acquire(&lock);
    const bool has_record = insert(hand.start, hand.granules, is_dirty, now_ns);
    const struct hand end = has_record && !is_dirty ? take_end() : (struct hand){0};
    hk_lock_release(&lock);
    if (!has_record)
        unmap(hand);
    if (end.granules)
        unmap(end);
}

/* Locked pages cannot be purged, but unmapped. What the kernel refuses ends the round. */
void hk_runs_purge(uint64_t now_ns, uint64_t before_ns, size_t most_bytes)
{
    size_t left = most_bytes >> HK_GRANULE_SHIFT;
    for (struct hand due; (due = take_due(now_ns, before_ns, left)).granules;
         left -= due.granules) {
        const size_t bytes = due.granules << HK_GRANULE_SHIFT;
        HK_STEP();
        if (hk_os_purge(due.start, bytes)) {
            put_back(due, false, now_ns);
        } else if (!hk_os_unmap(due.start, bytes)) {
            put_back(due, true, now_ns);
            return;
        }
    }
}

bool hk_runs_make_room(void)
{
    bool some = false;
    for (;;) {
        struct hand hand = {0};
        hk_lock_acquire(&lock);
        const uint32_t number = find(true, 1) ? find(true, 1) : find(false, 1);
        if (number) {
            hand.granules = run_of(number)->granules;
            hand.start = cut(number, hand.granules, false);
        }
        hk_lock_release(&lock);
        if (!hand.granules)
            return some;
        if (!hk_os_unmap(hand.start, hand.granules << HK_GRANULE_SHIFT)) {
            put_back(hand, true, hk_os_clock_ns());
            return some;
        }
        some = true;
    }
}

/* ---- taking and giving ---- */

/* Under the lock: only others' gifts come in between, and these add. */
static void note_taken(size_t granules)
{
    const size_t forgiven = HK_RUN_FORGIVES * granules;
    runs.used += granules;
    runs.quiet -= forgiven < runs.quiet ? forgiven : runs.quiet;
}

static void *take(size_t granules, bool *is_dirty)
{
    uint32_t number = find(true, granules);
    if (!number)
        number = find(false, granules);
    if (!number)
        return NULL;
    *is_dirty = run_of(number)->is_dirty;
    HK_STEP();
    note_taken(granules);
    return cut(number, granules, false);
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

bool hk_runs_grow(void *end, size_t bytes)
{
    const size_t granules = granules_of(bytes);
    const uint64_t now_ns = hk_os_clock_ns();
    hk_lock_acquire(&lock);
    const bool is_last = runs.area_count && areas[runs.area_count - 1].end == end;
    uint32_t number = hk_tag_noted(end);
    const bool grows = is_last || (number && number == last_clean());
    if ((!number || run_of(number)->granules < granules) && grows && extend_for(granules, now_ns))
        number = hk_tag_noted(end);
    const bool done = number && run_of(number)->granules >= granules;
    if (done) {
        note_taken(granules);
        (void)cut(number, granules, false);
        note_use(now_ns);
    }
    hk_lock_release(&lock);
    return done;
}

void hk_runs_give(void *start, size_t bytes)
{
    const uint64_t now_ns = hk_os_clock_ns();
    runs.used -= granules_of(bytes);
    runs.quiet += granules_of(bytes);
    put_back((struct hand){start, granules_of(bytes)}, true, now_ns);
    if (atomic_load_explicit(&runs.free[true], memory_order_relaxed) >
        HK_SLACK_GRANULES * (hk_options.profile != HK_PROFILE_LEAN))
        hk_runs_purge(now_ns, now_ns - HK_RUN_AGES * HK_LARGE_CACHE_NS,
                      HK_RUN_PURGE_BYTES + HK_RUN_PURGES * bytes);
}

void hk_runs_refill(void *start, size_t bytes)
{
    runs.used -= granules_of(bytes);
    if (hk_os_map_at(start, bytes) == HK_OS_MAPPED)
        put_back((struct hand){start, granules_of(bytes)}, false, hk_os_clock_ns());
}

size_t hk_runs_dirty_bytes(void)
{
    return atomic_load_explicit(&runs.free[true], memory_order_relaxed) << HK_GRANULE_SHIFT;
}

/* ---- after a fork ---- */

/* Records and bins may be half-changed: none is believed. */
static void forget_all(void)
{
    for (unsigned i = 0; i < runs.area_count; i++) {
        for (char *at = areas[i].start; at < areas[i].end; at += HK_GRANULE) {
            if (hk_tag_noted(at))
                hk_tag_note(at, 0);
        }
    }
    for (unsigned dirty = 0; dirty < 2; dirty++) {
        for (unsigned bin = 0; bin < BINS; bin++)
            bins[dirty][bin] = 0;
        for (unsigned word = 0; word < BIN_WORDS; word++)
            bins_filled[dirty][word] = 0;
        runs.free[dirty] = 0;
    }
    runs.run_count = runs.unused = runs.oldest = runs.youngest = 0;
}

void hk_runs_after_fork(size_t (*used_bytes)(void))
{
    if (!hk_lock_take_over(&lock))
        return;
    forget_all();
    runs.used = granules_of(used_bytes());
    hk_lock_release(&lock);
}

/* ---- in debug builds ---- */

#ifdef HK_DEBUG
static bool run_valid(uint32_t number, bool is_dirty, unsigned bin)
{
    const struct run *run = run_of(number);
    const uint32_t left = hk_tag_noted(run->start - HK_GRANULE),
                   right = hk_tag_noted(after(run->start, run->granules));
    return run->granules && run->is_dirty == is_dirty && bin_of(run->granules) == bin &&
           hk_tag_noted(run->start) == number &&
           hk_tag_noted(after(run->start, run->granules - 1)) == number &&
           (!left || run_of(left)->is_dirty != is_dirty) &&
           (!right || run_of(right)->is_dirty != is_dirty) &&
           (!run->next || run_of(run->next)->before == number);
}

static bool kind_valid(bool is_dirty)
{
    size_t granules = 0;
    for (unsigned bin = 0; bin < BINS; bin++) {
        const bool filled = bins_filled[is_dirty][bin / 64] >> bin % 64 & 1;
        if (filled != (bins[is_dirty][bin] != 0))
            return false;
        for (uint32_t n = bins[is_dirty][bin]; n; n = run_of(n)->next) {
            if (!run_valid(n, is_dirty, bin))
                return false;
            granules += run_of(n)->granules;
        }
    }
    return granules == runs.free[is_dirty];
}

bool hk_runs_valid(void)
{
    size_t aged = 0;
    hk_lock_acquire(&lock);
    for (uint32_t n = runs.oldest; n; n = run_of(n)->younger)
        aged += run_of(n)->granules;
    const bool valid = kind_valid(false) && kind_valid(true) && aged == runs.free[true];
    hk_lock_release(&lock);
    return valid;
}
#endif
