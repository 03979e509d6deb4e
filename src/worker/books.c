/* Which addresses are live: a bit for every 8 bytes, in tables of 256 MiB of addresses each. The
 * tables come from a mapping that is made before the first block, and cost memory only where
 * there are blocks: 1.6 % of the heap. See check.h. */
#include "worker/check.h"

#define ADDRESS_BITS 48u
#define TABLE_BITS   28u /* addresses of one table */
#define GRANULE_BITS 3u
#define WORD_BITS    6u
#define TABLE_WORDS  ((size_t)1 << (TABLE_BITS - GRANULE_BITS - WORD_BITS))
#define TABLES       ((size_t)1 << (ADDRESS_BITS - TABLE_BITS))
#define POOL_SHARE   64u /* of what there is for blocks: a bit for 8 bytes */
#define POOL_LEAST   ((size_t)64 << 20)

typedef _Atomic uint64_t word;

static struct {
    _Atomic(word *) *tables; /* [TABLES], NULL: nothing was live there yet */
    word *pool;
    size_t pool_bytes;
    _Atomic size_t used; /* tables of the pool */
    bool is_shared;
} books;

size_t hb_worker_books_open(bool is_shared, unsigned char *memory, size_t memory_bytes)
{
    const size_t share = memory_bytes / POOL_SHARE, directory = TABLES * sizeof *books.tables;
    books.is_shared = is_shared;
    books.tables = (void *)memory;
    books.pool = (void *)(memory + directory);
    books.pool_bytes = share > POOL_LEAST ? share : POOL_LEAST;
    return directory + books.pool_bytes;
}

bool hb_worker_books_hold(const unsigned char *address)
{
    const uintptr_t at = (uintptr_t)address - (uintptr_t)books.tables;
    return at < TABLES * sizeof *books.tables + books.pool_bytes;
}

/* NULL when the pool is used up. Two threads may both come for the first time: one table is then
 * lost, which costs addresses only. */
static word *table_of(uintptr_t address)
{
    _Atomic(word *) *place = &books.tables[address >> TABLE_BITS];
    word *table = atomic_load_explicit(place, memory_order_acquire), *none = NULL;
    if (__builtin_expect(table != NULL, 1))
        return table;
    const size_t number = atomic_fetch_add(&books.used, 1);
    if ((number + 1) * TABLE_WORDS * sizeof(word) > books.pool_bytes)
        return NULL;
    table = books.pool + number * TABLE_WORDS;
    return atomic_compare_exchange_strong(place, &none, table) ? table : none;
}

/* Sets or clears the bits of one word; true when all of them were as they should have been. */
static bool change(word *at, uint64_t mask, bool enter)
{
    uint64_t before = atomic_load_explicit(at, memory_order_relaxed);
    if (!books.is_shared)
        atomic_store_explicit(at, enter ? before | mask : before & ~mask, memory_order_relaxed);
    else
        before = enter ? atomic_fetch_or_explicit(at, mask, memory_order_acq_rel)
                       : atomic_fetch_and_explicit(at, ~mask, memory_order_acq_rel);
    return (before & mask) == (enter ? 0 : mask);
}

static bool change_all(const unsigned char *block, size_t size, bool enter)
{
    const uintptr_t begin = (uintptr_t)block, bytes = size ? size : 1;
    if (begin >> ADDRESS_BITS || bytes > ((uintptr_t)1 << ADDRESS_BITS) - begin)
        return false;
    uint64_t granule = begin >> GRANULE_BITS;
    const uint64_t last = (begin + bytes - 1) >> GRANULE_BITS;
    bool as_it_should = true;
    while (granule <= last) {
        word *table = table_of(granule << GRANULE_BITS);
        const unsigned first_bit = granule & 63;
        const uint64_t left = last - granule + 1;
        const unsigned bits = left < 64 - first_bit ? (unsigned)left : 64 - first_bit;
        const uint64_t mask = (bits == 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1) << first_bit;
        if (table)
            as_it_should &= change(&table[(granule >> WORD_BITS) & (TABLE_WORDS - 1)], mask, enter);
        granule += bits;
    }
    return as_it_should;
}

bool hb_worker_books_enter(const unsigned char *block, size_t size)
{
    return change_all(block, size, true);
}

bool hb_worker_books_strike(const unsigned char *block, size_t size)
{
    return change_all(block, size, false);
}
