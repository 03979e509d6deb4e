/* The operating system: see os.h. */
#include "os.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

struct hk_os_counters hk_os_counters;

#ifdef HK_DEBUG
_Atomic bool hk_os_refuse_next;
static bool is_refused(void)
{
    return atomic_exchange(&hk_os_refuse_next, false);
}
#else
static bool is_refused(void)
{
    return false;
}
#endif

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Counts a call that was made; its answer, with errno as it was. */
static bool done(bool is_done, _Atomic uint64_t *counter, int kept_errno)
{
    count(counter);
    if (!is_done)
        count(&hk_os_counters.refused);
    errno = kept_errno;
    return is_done;
}

static uint64_t rotated(uint64_t x, unsigned left)
{
    return x << left | x >> (64 - left);
}

/* Speck128/128 (Beaulieu et al. 2013) of the number, the random bytes being the key; half of the
 * result. From the kernel's own bytes: a sandbox may forbid every call that draws more. */
uint64_t hk_os_secret(uint64_t which)
{
    const void *random = (const void *)getauxval(AT_RANDOM); // NOLINT: 16 bytes, by the kernel
    uint64_t key[2] = {0}, x = 0, y = which;
    if (random)
        memcpy(key, random, sizeof key);
    for (uint64_t round = 0; round < 32; round++) {
        x = (rotated(x, 56) + y) ^ key[0];
        y = rotated(y, 3) ^ x;
        key[1] = (rotated(key[1], 56) + key[0]) ^ round;
        key[0] = rotated(key[0], 3) ^ key[1];
    }
    return x;
}

size_t hk_os_page_bytes(void)
{
    static _Atomic size_t bytes;
    size_t known = atomic_load_explicit(&bytes, memory_order_relaxed);
    if (hk_unlikely(!known)) {
        known = getauxval(AT_PAGESZ);
        atomic_store_explicit(&bytes, known ? known : HK_GRANULE, memory_order_relaxed);
    }
    return known ? known : HK_GRANULE;
}

/* MAP_FAILED with the reason in *error. */
static void *map(void *address, size_t bytes, int protection, int flags, int *error)
{
    const int kept = errno;
    void *memory = MAP_FAILED;
    *error = ENOMEM;
    if (!is_refused()) {
        memory = mmap(address, bytes, protection,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
        *error = errno;
    }
    (void)done(memory != MAP_FAILED, &hk_os_counters.mmap, kept);
    return memory;
}

void *hk_os_map(size_t bytes)
{
    int error;
    void *memory = map(NULL, bytes, PROT_READ | PROT_WRITE, 0, &error);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Kernels before 4.17 take the address as a hint, and give another when it is taken. So does one
 * behind a filter that knows the flags of malloc's mappings, and refuses others. */
enum hk_os_place hk_os_map_at(void *address, size_t bytes)
{
    static _Atomic int flags = MAP_FIXED_NOREPLACE;
    const int used = flags; /* another thread may change it */
    int error;
    void *memory = map(address, bytes, PROT_READ | PROT_WRITE, used, &error);
    if (memory == MAP_FAILED && used && error != ENOMEM && error != EEXIST && error != EAGAIN) {
        flags = 0;
        memory = map(address, bytes, PROT_READ | PROT_WRITE, 0, &error);
    }
    if (memory == address)
        return HK_OS_MAPPED;
    if (memory != MAP_FAILED)
        (void)hk_os_unmap(memory, bytes);
    return memory != MAP_FAILED || error == EEXIST ? HK_OS_TAKEN : HK_OS_REFUSED;
}

bool hk_os_unmap(void *address, size_t bytes)
{
    const int kept = errno;
    const bool is_unmapped = !is_refused() && munmap(address, bytes) == 0;
    if (is_unmapped)
        count(&hk_os_counters.given);
    return done(is_unmapped, &hk_os_counters.munmap, kept);
}

void hk_os_small_pages(void *address, size_t bytes)
{
    const int kept = errno;
    count(&hk_os_counters.madvise);
    (void)madvise(address, bytes, MADV_NOHUGEPAGE); /* refused by kernels that have none */
    errno = kept;
}

bool hk_os_guard(void *address, size_t bytes)
{
    int error;
    return map(address, bytes, PROT_NONE, MAP_FIXED, &error) == address;
}

/* Whether a call that the kernel says it did was done is found out at the first one. */
static _Atomic enum { NOT_KNOWN, IS_TAKEN, IS_IGNORED } advice;

bool hk_os_wipe_on_fork(void *address, size_t bytes)
{
    const int kept = errno;
    (void)hk_os_purge(address, bytes);
    if (advice == IS_IGNORED)
        return false;
    return done(madvise(address, bytes, MADV_WIPEONFORK) == 0, &hk_os_counters.madvise, kept);
}

void *hk_os_remap(void *address, size_t old_bytes, size_t new_bytes, bool may_move)
{
    const int kept = errno;
    void *memory = is_refused()
                       ? MAP_FAILED
                       : mremap(address, old_bytes, new_bytes, may_move ? MREMAP_MAYMOVE : 0);
    return done(memory != MAP_FAILED, &hk_os_counters.mremap, kept) ? memory : NULL;
}

/* Emulators say yes to all advice, and take none: a word is written, and looked at after. */
static bool purge_and_look(volatile uint64_t *word, size_t bytes)
{
    const uint64_t before = *word;
    *word = 1;
    const bool is_done = madvise((void *)(uintptr_t)word, bytes, MADV_DONTNEED) == 0;
    if (is_done)
        advice = *word ? IS_IGNORED : IS_TAKEN;
    if (*word)
        *word = before;
    return is_done && advice == IS_TAKEN;
}

static bool purge(void *address, size_t bytes)
{
    switch (atomic_load_explicit(&advice, memory_order_relaxed)) {
    case IS_TAKEN:
        return madvise(address, bytes, MADV_DONTNEED) == 0;
    case NOT_KNOWN:
        return purge_and_look(address, bytes);
    default:
        errno = ENOSYS;
        return false;
    }
}

bool hk_os_purge(void *address, size_t bytes)
{
    const int kept = errno;
    const bool is_purged = !is_refused() && purge(address, bytes);
    if (is_purged)
        count(&hk_os_counters.given);
    else
        count(errno == ENOMEM ? &hk_os_counters.madvise_enomem : &hk_os_counters.madvise_other);
    return done(is_purged, &hk_os_counters.madvise, kept);
}

/* Another library's clock_gettime may allocate and free: asked meanwhile, it is what it was.
 * Volatile, as the header says that clock_gettime calls nobody here. */
uint64_t hk_os_clock_ns(void)
{
    static __thread volatile bool is_inside;
    static __thread volatile uint64_t last_ns;
    const int kept = errno;
    struct timespec now = {0};
    if (is_inside)
        return last_ns;
    is_inside = true;
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    is_inside = false;
    errno = kept;
    last_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    return last_ns;
}
