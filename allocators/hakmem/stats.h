/* What hakmem reports of itself: the historic line, a readable report, mallinfo's numbers.
 * Never allocates. Locking: reads atomics and takes the totals' locks one at a time.
 * Read next: os.h (the counters). */
#ifndef HK_STATS_H
#define HK_STATS_H

#include "base.h"

struct hk_totals {
    size_t super_bytes;        /* superslabs mapped: address space, resident where it was used */
    size_t slab_bytes;         /* of these: in slabs */
    size_t live_bytes;         /* of these: blocks out, those that other threads cache included */
    size_t cached_bytes;       /* of these: blocks that the calling thread keeps for later */
    size_t free_dirty_bytes;   /* granules free but resident */
    size_t large_count;        /* large blocks live */
    size_t large_bytes;        /* theirs */
    size_t large_cached_bytes; /* large mappings waiting */
    size_t peak_bytes;         /* slabs and large blocks at most, each at its own time */
};
void hk_stats_totals(struct hk_totals *totals);

/* HAKMEM_SS_OS_STATS=1 and HAKMEM_STATS=1, when the process ends. */
void hk_stats_at_exit(void);

/* malloc_stats(): the readable report now. */
void hk_stats_report(void);

#endif
