/* The operating system behind one small interface: the only memory system calls, each counted, and
 * the clock. After the first superslab there are mmap, munmap, mremap and madvise only, as in the C
 * library's malloc: a sandbox that lets that run lets hakmem run.
 * Addresses come from here; lengths are multiples of HK_GRANULE where nothing else is said, which
 * is a multiple of every system's page. An error of the kernel is an answer, whatever its number;
 * it is counted. errno is kept by all. Locking: none; counters are atomic. Read next: lock.h,
 * super.h, large.h (its users). */
#ifndef HK_OS_H
#define HK_OS_H

#include "base.h"

#include <stdatomic.h>

/* Exact numbers of the system calls made, refused ones included. */
struct hk_os_counters {
    _Atomic uint64_t mmap, munmap, mremap, madvise;
    _Atomic uint64_t madvise_enomem, madvise_other, refused;
    _Atomic uint64_t given; /* of munmap and madvise: those that gave something back */
};
extern struct hk_os_counters hk_os_counters;

#ifdef HK_DEBUG
extern _Atomic bool hk_os_refuse_next; /* debug.h */
#endif

/* A secret number of this process, another one for each `which`. By a one-way function of the
 * kernel's random bytes, whose words are others' secrets as well: the stack's canary and the C
 * library's pointer guard must not be read off ours. */
uint64_t hk_os_secret(uint64_t which);

/* Of the system's pages; a power of two. */
size_t hk_os_page_bytes(void);

/* Anonymous private memory, readable and writable, zero; not reserved in swap. NULL: none. */
void *hk_os_map(size_t bytes);

/* The same exactly at address. */
enum hk_os_place {
    HK_OS_MAPPED,
    HK_OS_TAKEN,   /* something is there already */
    HK_OS_REFUSED, /* no memory */
};
enum hk_os_place hk_os_map_at(void *address, size_t bytes);

/* False when the kernel refused, as it does where that would need one mapping too many: then all is
 * as it was. Any whole pages. */
bool hk_os_unmap(void *address, size_t bytes);

/* Pages of the ordinary size, also where the system is set to transparent huge pages always. */
void hk_os_small_pages(void *address, size_t bytes);

/* Own memory that nobody may touch from now on: the kernel ends who does. False when the kernel
 * refused: the memory is then as it was. Any whole pages. */
bool hk_os_guard(void *address, size_t bytes);

/* Own memory that reads as zero in a forked child. False where the kernel cannot do that, or takes
 * no advice at all. What is there now is given up. */
bool hk_os_wipe_on_fork(void *address, size_t bytes);

/* Resizes a mapping of hk_os_map, moving it if it may; NULL leaves it as it was. */
void *hk_os_remap(void *address, size_t old_bytes, size_t new_bytes, bool may_move);

/* The pages' content is given up: they read as zero again. False when the kernel refused, as it
 * does for locked pages: some of the content may then be as it was. False too where the kernel says
 * yes and does nothing (emulators): the first call finds that out. */
bool hk_os_purge(void *address, size_t bytes);

/* Coarse monotonic clock: a few ns to read, milliseconds late. */
uint64_t hk_os_clock_ns(void);

/* Whether a time has come that was at most a period ahead when it was chosen. One that is more than
 * two ahead has too: the clock went back, as it does for a process that is restored from an image
 * on another machine. */
static inline bool hk_os_is_due(uint64_t now_ns, uint64_t time_ns, uint64_t period_ns)
{
    return time_ns - now_ns - 1 >= 2 * period_ns;
}

#endif
