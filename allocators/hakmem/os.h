/* The operating system behind one small interface: the only memory system calls, each counted,
 * the clock, and a lock that sleeps.
 * Pre-conditions: addresses and sizes are multiples of HK_PAGE. ENOMEM is an answer; any other
 * errno from the kernel is tolerated the same way and counted. errno is kept by what may run
 * inside free(). Locking: none; counters are atomic.
 * Read next: super.h, large.h (its users). */
#ifndef HK_OS_H
#define HK_OS_H

#include "base.h"

#include <stdatomic.h>

/* Exact numbers of the system calls made, refused ones included. */
struct hk_os_counters {
    _Atomic uint64_t mmap, munmap, mremap, madvise, mprotect;
    _Atomic uint64_t madvise_enomem, madvise_other, refused;
};
extern struct hk_os_counters hk_os_counters;

/* Anonymous private memory, readable and writable, zero; not reserved in swap. NULL: none. */
void *hk_os_map(size_t bytes);

/* Memory that reads as zero and costs nothing until hk_os_make_writable. NULL: none. */
void *hk_os_reserve(size_t bytes);
void *hk_os_reserve_at(void *address, size_t bytes);
bool hk_os_make_writable(void *address, size_t bytes);

/* Pages of the ordinary size, also where the system is set to transparent huge pages always. */
void hk_os_small_pages(void *address, size_t bytes);

/* Whoever touches it is ended by the kernel. Where the kernel refuses, nothing is guarded. */
void hk_os_guard(void *address, size_t bytes);

/* The same as hk_os_map exactly at address, or NULL when something is there already. */
void *hk_os_map_at(void *address, size_t bytes);

void hk_os_unmap(void *address, size_t bytes);

/* Resizes a mapping of hk_os_map, moving it if it may; NULL leaves it as it was. */
void *hk_os_remap(void *address, size_t old_bytes, size_t new_bytes, bool may_move);

/* The pages' content is given up: they read as zero again. False when the kernel refused, and the
 * content is then as it was. */
bool hk_os_purge(void *address, size_t bytes);

/* Coarse monotonic clock: a few ns to read, milliseconds late. */
uint64_t hk_os_clock_ns(void);

/* Address space this process may use, bytes; SIZE_MAX when not limited. */
size_t hk_os_address_limit(void);

/* A mutex of one word that sleeps in the kernel when contended (Drepper 2011, "Futexes Are
 * Tricky", mutex 2). Zeroed is unlocked. */
struct hk_lock {
    _Atomic uint32_t state; /* 0 free, 1 held, 2 held and waited for */
};
void hk_lock(struct hk_lock *lock);
void hk_unlock(struct hk_lock *lock);

#endif
