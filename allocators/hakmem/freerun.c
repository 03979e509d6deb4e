/* Free runs: see freerun.h. */
#include "freerun.h"

#include "os.h"

/* Records come in chunks that never move; number 0 is nobody's. */
#define CHUNK_RUNS HK_RUNS_CHUNK
#define CHUNKS     4096u

#define BINS      256u /* of a length each to 16 granules, then eight to a doubling */
#define BIN_WORDS (BINS / 64)

static struct {
    uint32_t count, unused;
    uint32_t oldest, youngest;
    _Atomic size_t sum[2]; /* granules: clean, dirty */
} freerun;

HK_TABLE static struct hk_freerun *chunks[CHUNKS];
HK_TABLE static uint32_t bins[2][BINS]; /* of clean and of dirty runs: the first of each */
HK_TABLE static uint64_t bins_filled[2][BIN_WORDS];

/* ---- records ---- */

static struct hk_freerun *record_of(uint32_t number)
{
    return &chunks[number / CHUNK_RUNS][number % CHUNK_RUNS];
}

const struct hk_freerun *hk_freerun_get(uint32_t number)
{
    return record_of(number);
}

/* 0: no memory. */
static uint32_t new_number(void)
{
    const uint32_t unused = freerun.unused;
    if (unused) {
        freerun.unused = record_of(unused)->next;
        return unused;
    }
    const uint32_t number = freerun.count + 1, chunk = number / CHUNK_RUNS;
    if (chunk >= CHUNKS)
        return 0;
    if (!chunks[chunk])
        chunks[chunk] = hk_os_map(hk_round_up(CHUNK_RUNS * sizeof(struct hk_freerun), HK_GRANULE));
    if (!chunks[chunk])
        return 0;
    freerun.count = number;
    return number;
}

static void forget_number(uint32_t number)
{
    record_of(number)->next = freerun.unused;
    freerun.unused = number;
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

/* Granules come or go. */
static void add_sum(bool is_dirty, size_t granules)
{
    _Atomic size_t *sum = &freerun.sum[is_dirty];
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + granules,
                          memory_order_relaxed);
}

size_t hk_freerun_sum(bool is_dirty)
{
    return atomic_load_explicit(&freerun.sum[is_dirty], memory_order_relaxed);
}

static void into_bin(uint32_t number)
{
    struct hk_freerun *run = record_of(number);
    const unsigned bin = bin_of(run->granules);
    uint32_t *first = &bins[run->is_dirty][bin];
    run->before = 0;
    run->next = *first;
    if (*first)
        record_of(*first)->before = number;
    *first = number;
    bins_filled[run->is_dirty][bin / 64] |= UINT64_C(1) << bin % 64;
}

static void out_of_bin(uint32_t number)
{
    const struct hk_freerun *run = record_of(number);
    const unsigned bin = bin_of(run->granules);
    uint32_t *first = &bins[run->is_dirty][bin];
    if (run->before)
        record_of(run->before)->next = run->next;
    else
        *first = run->next;
    if (run->next)
        record_of(run->next)->before = run->before;
    if (!*first)
        bins_filled[run->is_dirty][bin / 64] &= ~(UINT64_C(1) << bin % 64);
}

static void make_youngest(uint32_t number)
{
    struct hk_freerun *run = record_of(number);
    run->younger = 0;
    run->older = freerun.youngest;
    if (freerun.youngest)
        record_of(freerun.youngest)->younger = number;
    else
        freerun.oldest = number;
    freerun.youngest = number;
}

static void forget_age(uint32_t number)
{
    const struct hk_freerun *run = record_of(number);
    *(run->older ? &record_of(run->older)->younger : &freerun.oldest) = run->younger;
    *(run->younger ? &record_of(run->younger)->older : &freerun.youngest) = run->older;
}

uint32_t hk_freerun_oldest(void)
{
    return freerun.oldest;
}

static void note_ends(uint32_t number, uint32_t note)
{
    const struct hk_freerun *run = record_of(number);
    hk_tag_note(run->start, note);
    hk_tag_note(hk_run_end(run->start, run->granules - 1), note);
}

/* Out of all lists; its notes stay. */
static void unlink(uint32_t number)
{
    const struct hk_freerun *run = record_of(number);
    out_of_bin(number);
    if (run->is_dirty)
        forget_age(number);
    add_sum(run->is_dirty, -run->granules);
}

/* A run in no list is in them; the notes of its ends are set. */
static void link(uint32_t number)
{
    const struct hk_freerun *run = record_of(number);
    into_bin(number);
    if (run->is_dirty)
        make_youngest(number);
    add_sum(run->is_dirty, run->granules);
    note_ends(number, number);
}

/* ---- joining and cutting ---- */

/* A free neighbour of the same kind is taken out of the lists and has no notes left; its record is
 * the caller's. 0: there is none. */
static uint32_t take_neighbour(const char *granule, bool is_dirty)
{
    const uint32_t number = hk_freerun_at(granule);
    if (!number || record_of(number)->is_dirty != is_dirty)
        return 0;
    unlink(number);
    note_ends(number, 0);
    return number;
}

bool hk_freerun_insert(char *start, size_t granules, bool is_dirty, uint64_t since_ns)
{
    const uint32_t left = take_neighbour(start - HK_GRANULE, is_dirty),
                   right = take_neighbour(hk_run_end(start, granules), is_dirty);
    const uint32_t number = left ? left : right ? right : new_number();
    if (!number)
        return false;
    granules += right ? record_of(right)->granules : 0;
    if (left) {
        start = record_of(left)->start;
        granules += record_of(left)->granules;
    }
    if (left && right)
        forget_number(right);
    *record_of(number) = (struct hk_freerun){
        .start = start, .granules = granules, .since_ns = since_ns, .is_dirty = is_dirty};
    link(number);
    return true;
}

char *hk_freerun_cut(uint32_t number, size_t granules, bool back)
{
    struct hk_freerun *run = record_of(number);
    const size_t left = run->granules - granules;
    const bool moves = left == 0 || bin_of(left) != bin_of(run->granules);
    char *start = back ? hk_run_end(run->start, left) : run->start;
    note_ends(number, 0);
    if (left == 0) {
        unlink(number);
        forget_number(number);
        return start;
    }
    if (moves)
        out_of_bin(number);
    run->granules = left;
    if (!back)
        run->start = hk_run_end(run->start, granules);
    if (moves)
        into_bin(number);
    add_sum(run->is_dirty, -granules);
    note_ends(number, number);
    return start;
}

/* ---- searching ---- */

/* The best of the first few of its own bin, else any of the next bin that has one: the larger bins
 * fit whole. */
uint32_t hk_freerun_find(bool is_dirty, size_t granules)
{
    const unsigned bin = bin_of(granules);
    uint32_t best = 0, number = bins[is_dirty][bin];
    for (int looks = 0; number && looks < HK_RUN_LOOKS; looks++, number = record_of(number)->next) {
        const size_t have = record_of(number)->granules;
        if (have == granules)
            return number;
        if (have > granules && (!best || have < record_of(best)->granules))
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

void hk_freerun_clear(void)
{
    for (unsigned dirty = 0; dirty < 2; dirty++) {
        for (unsigned bin = 0; bin < BINS; bin++)
            bins[dirty][bin] = 0;
        for (unsigned word = 0; word < BIN_WORDS; word++)
            bins_filled[dirty][word] = 0;
        atomic_store_explicit(&freerun.sum[dirty], 0, memory_order_relaxed);
    }
    freerun.count = freerun.unused = freerun.oldest = freerun.youngest = 0;
}

/* ---- in debug builds ---- */

#ifdef HK_DEBUG
static bool run_valid(uint32_t number, bool is_dirty, unsigned bin)
{
    const struct hk_freerun *run = record_of(number);
    const uint32_t left = hk_freerun_at(run->start - HK_GRANULE),
                   right = hk_freerun_at(hk_run_end(run->start, run->granules));
    for (size_t i = 1; i + 1 < run->granules; i++) {
        if (hk_tag_noted(hk_run_end(run->start, i)))
            return false;
    }
    return run->granules && run->is_dirty == is_dirty && bin_of(run->granules) == bin &&
           hk_freerun_at(run->start) == number &&
           hk_freerun_at(hk_run_end(run->start, run->granules - 1)) == number &&
           (!left || record_of(left)->is_dirty != is_dirty) &&
           (!right || record_of(right)->is_dirty != is_dirty) &&
           (!run->next || record_of(run->next)->before == number);
}

static bool kind_valid(bool is_dirty)
{
    size_t granules = 0;
    for (unsigned bin = 0; bin < BINS; bin++) {
        const bool filled = bins_filled[is_dirty][bin / 64] >> bin % 64 & 1;
        if (filled != (bins[is_dirty][bin] != 0))
            return false;
        for (uint32_t n = bins[is_dirty][bin]; n; n = record_of(n)->next) {
            if (!run_valid(n, is_dirty, bin))
                return false;
            granules += record_of(n)->granules;
        }
    }
    return granules == freerun.sum[is_dirty];
}

bool hk_freerun_valid(void)
{
    size_t aged = 0;
    for (uint32_t n = freerun.oldest; n; n = record_of(n)->younger)
        aged += record_of(n)->granules;
    return kind_valid(false) && kind_valid(true) && aged == freerun.sum[true];
}
#endif
