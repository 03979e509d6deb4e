/* Large blocks: runs (runs.h), or, beyond HK_RUN_MOST and where one grew out of its run, mappings
 * of their own. All are found by address in a hash table. Freed mappings wait in a small cache that
 * decays, and are handed out again, made larger if need be.
 * Invariant: a block is in the table from before it is handed out until its free; a cached mapping
 * is in the cache and nowhere else.
 * Locking: one lock for table and cache; system calls are made outside it, but for
 * mremap and the growth of the table.
 * Read next: alloc.h. */
#ifndef HK_LARGE_H
#define HK_LARGE_H

#include "base.h"

/* A block of at least size bytes, aligned to `alignment` (a power of two). NULL: no memory.
 * *dirty: what lies beyond so many bytes reads as zero. */
void *hk_large_alloc(size_t size, size_t alignment, size_t *dirty);

/* Bytes of the large block that starts at this address; 0 when there is none. */
size_t hk_large_size(const void *block);

/* Whether it was made with HAKMEM_HARDEN: it carries a seal (seal.h). */
bool hk_large_is_sealed(const void *block);

/* False when no large block starts at this address. */
bool hk_large_free(void *block);

/* Takes the block out of the table and leaves its mapping to the caller. Returns its bytes; 0 when
 * no large block starts at this address. */
size_t hk_large_remove(void *block);

/* Moves the first `kept` bytes of a block, which must be one mapping, to a mapping of `bytes`; what
 * lay behind them is unmapped. NULL: not possible, block as it was. The block must be one. */
void *hk_large_move(void *block, size_t kept, size_t bytes);

/* Calls each for every large block, under the lock: none goes away meanwhile. */
void hk_large_walk(void (*each)(const void *block, size_t bytes, bool sealed, void *argument),
                   void *argument);

/* Grows or shrinks, moving pages instead of copying. NULL: not possible so, block as it was; a new
 * block and a copy may still be. The block must be one. */
void *hk_large_realloc(void *block, size_t size);

/* Gives back what has been kept for age_ns and more, a step of it; all that is kept. */
void hk_large_purge(uint64_t now_ns, uint64_t age_ns);
void hk_large_purge_all(void);

/* For statistics. */
struct hk_large_totals {
    size_t live, live_bytes, peak_bytes, cached_bytes;
};
struct hk_large_totals hk_large_count(void);

/* In a forked child. */
void hk_large_after_fork(void);

/* Debug builds: whether the invariant holds, and the counts are what they count; the caller holds
 * the lock. Looks at every entry. */
bool hk_large_valid(void);

#endif
