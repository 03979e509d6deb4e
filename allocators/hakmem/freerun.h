/* Free runs of granules: bins by length, eight to a doubling, of clean and of dirty ones; the dirty
 * ones by age too. A note (tag.h) of their first and last granule says which they are, so that
 * who becomes free finds its neighbours. Runs in use have a note as well: their length.
 * Invariant (hk_freerun_valid): the first and the last granule of a free run have its number as
 * their note, those between have none. Free neighbours are joined unless one is dirty and the other
 * clean. The dirty ones are in a list, the oldest first.
 * Locking: the runs' lock (runs.h); who holds a block may read its note.
 * Read next: runs.h. */
#ifndef HK_FREERUN_H
#define HK_FREERUN_H

#include "tag.h"

/* Numbers count from 1; 0: none. */
struct hk_freerun {
    char *start;
    size_t granules;
    uint64_t since_ns;
    uint32_t before, next;   /* in its bin; of an unused record, next is the next unused one */
    uint32_t older, younger; /* of the dirty ones */
    bool is_dirty;
};

/* ---- notes ---- */

#define HK_RUN_IN_USE (UINT32_C(1) << 30)

/* The number of the free run that begins or ends with this granule. */
static inline uint32_t hk_freerun_at(const char *granule)
{
    const uint32_t note = hk_tag_noted(granule);
    return note & HK_RUN_IN_USE ? 0 : note;
}

/* Granules of the run in use that starts here; 0: none does. */
static inline size_t hk_run_used_at(const void *start)
{
    const uint32_t note = (uintptr_t)start % HK_GRANULE == 0 ? hk_tag_noted(start) : 0;
    return note & HK_RUN_IN_USE ? note & ~HK_RUN_IN_USE : 0;
}

static inline void hk_run_use(const void *start, size_t granules)
{
    hk_tag_note(start, HK_RUN_IN_USE | (uint32_t)granules);
}

static inline char *hk_run_end(const char *start, size_t granules)
{
    return (char *)(uintptr_t)start + (granules << HK_GRANULE_SHIFT);
}

/* ---- free runs ---- */

/* Joined with its neighbours of the same kind. False: no memory for a record. */
bool hk_freerun_insert(char *start, size_t granules, bool is_dirty, uint64_t since_ns);

/* A run of at least so many granules, the best of a few. 0: none. */
uint32_t hk_freerun_find(bool is_dirty, size_t granules);

/* So many granules of a free run's front, or of its back, without a note; the rest keeps its age.
 */
char *hk_freerun_cut(uint32_t number, size_t granules, bool back);

const struct hk_freerun *hk_freerun_get(uint32_t number);

/* The dirty one that has been free for longest. */
uint32_t hk_freerun_oldest(void);

/* Granules of all of a kind. Without the lock too. */
size_t hk_freerun_sum(bool is_dirty);

/* Forgets all but notes. */
void hk_freerun_clear(void);

/* Debug builds. */
bool hk_freerun_valid(void);

#endif
