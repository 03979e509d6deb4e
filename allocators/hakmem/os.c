/* The operating system: see os.h. */
#include "os.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

struct hk_os_counters hk_os_counters;

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void *map(void *address, size_t bytes, int protection, int flags)
{
    const int kept = errno;
    count(&hk_os_counters.mmap);
    void *memory = mmap(address, bytes, protection,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
    if (memory == MAP_FAILED) {
        count(&hk_os_counters.refused);
        memory = NULL;
    }
    errno = kept;
    return memory;
}

void *hk_os_map(size_t bytes)
{
    return map(NULL, bytes, PROT_READ | PROT_WRITE, 0);
}

/* Not writable, and so not counted against the memory that the system has promised. */
void *hk_os_reserve(size_t bytes)
{
    return map(NULL, bytes, PROT_READ, 0);
}

static bool protect(void *address, size_t bytes, int protection)
{
    const int kept = errno;
    count(&hk_os_counters.mprotect);
    const bool done = mprotect(address, bytes, protection) == 0;
    if (!done)
        count(&hk_os_counters.refused);
    errno = kept;
    return done;
}

bool hk_os_make_writable(void *address, size_t bytes)
{
    return protect(address, bytes, PROT_READ | PROT_WRITE);
}

void hk_os_small_pages(void *address, size_t bytes)
{
    const int kept = errno;
    count(&hk_os_counters.madvise);
    (void)madvise(address, bytes, MADV_NOHUGEPAGE); /* refused by kernels that have none */
    errno = kept;
}

void hk_os_guard(void *address, size_t bytes)
{
    (void)protect(address, bytes, PROT_NONE);
}

/* Kernels before 4.17 take the address as a hint only. */
static void *map_at(void *address, size_t bytes, int protection)
{
    void *memory = map(address, bytes, protection, MAP_FIXED_NOREPLACE);
    if (memory && memory != address) {
        hk_os_unmap(memory, bytes);
        return NULL;
    }
    return memory;
}

void *hk_os_map_at(void *address, size_t bytes)
{
    return map_at(address, bytes, PROT_READ | PROT_WRITE);
}

void *hk_os_reserve_at(void *address, size_t bytes)
{
    return map_at(address, bytes, PROT_READ);
}

void hk_os_unmap(void *address, size_t bytes)
{
    const int kept = errno;
    count(&hk_os_counters.munmap);
    if (munmap(address, bytes) != 0)
        count(&hk_os_counters.refused); /* the map count is exhausted: address space is lost */
    errno = kept;
}

void *hk_os_remap(void *address, size_t old_bytes, size_t new_bytes, bool may_move)
{
    const int kept = errno;
    count(&hk_os_counters.mremap);
    void *memory = mremap(address, old_bytes, new_bytes, may_move ? MREMAP_MAYMOVE : 0);
    if (memory == MAP_FAILED) {
        count(&hk_os_counters.refused);
        memory = NULL;
    }
    errno = kept;
    return memory;
}

bool hk_os_purge(void *address, size_t bytes)
{
    const int kept = errno;
    count(&hk_os_counters.madvise);
    const bool done = madvise(address, bytes, MADV_DONTNEED) == 0;
    if (!done)
        count(errno == ENOMEM ? &hk_os_counters.madvise_enomem : &hk_os_counters.madvise_other);
    errno = kept;
    return done;
}

uint64_t hk_os_clock_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

size_t hk_os_address_limit(void)
{
    struct rlimit limit;
    const int kept = errno;
    const bool limited = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    errno = kept;
    return limited ? (size_t)limit.rlim_cur : SIZE_MAX;
}

static void sleep_while_contended(struct hk_lock *lock)
{
    const int kept = errno;
    (void)syscall(SYS_futex, &lock->state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
    errno = kept;
}

void hk_lock(struct hk_lock *lock)
{
    uint32_t seen = 0;
    for (int spin = 0; spin < 100; spin++) {
        seen = 0;
        if (atomic_compare_exchange_weak_explicit(&lock->state, &seen, 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return;
        hk_pause();
    }
    while (atomic_exchange_explicit(&lock->state, 2, memory_order_acquire) != 0)
        sleep_while_contended(lock);
}

void hk_unlock(struct hk_lock *lock)
{
    if (atomic_exchange_explicit(&lock->state, 0, memory_order_release) == 2) {
        const int kept = errno;
        (void)syscall(SYS_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
        errno = kept;
    }
}
