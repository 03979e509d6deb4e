/* Locks: see lock.h. */
#include "lock.h"

#include "os.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma weak __libc_single_threaded

static __thread char own; /* its address is the thread's name here: the child's thread has it too */

/* ---- the mark ---- */

static const _Atomic uint32_t always = 1;
const _Atomic uint32_t *hk_fork_mark = &always;
static _Atomic uint32_t *mark; /* NULL: the kernel wipes none */
static hk_repair *repair_child;
static _Atomic int process; /* that was repaired last; asked for where there is no mark */

/* What the mark says; 0: a child, not repaired. */
enum { REPAIRED = 1, REPAIRED_BY_ANOTHER, BEING_REPAIRED };

void hk_fork_watch(hk_repair *repair, uintptr_t *near)
{
    _Atomic uint32_t *page = hk_os_map(HK_GRANULE);
    repair_child = repair;
    process = (int)syscall(SYS_getpid);
    *near = page ? (uintptr_t)page : (uintptr_t)&own;
    if (!page || !hk_os_wipe_on_fork(page, HK_GRANULE))
        return;
    mark = page;
    atomic_store_explicit(mark, REPAIRED, memory_order_relaxed);
    hk_fork_mark = page;
}

/* Where the kernel wipes nothing, and no handler ran (_Fork). */
static void repair_unmarked(void)
{
    const int now = (int)syscall(SYS_getpid);
    int before = process;
    if (repair_child && now != before && atomic_compare_exchange_strong(&process, &before, now))
        repair_child(true, false);
}

/* The thread that was forked is the process's first. */
HK_SLOW static void repair(uint32_t seen)
{
    static __thread bool is_inside;
    const bool by_forked = syscall(SYS_gettid) == syscall(SYS_getpid);
    if (is_inside)
        return;
    do {
        while (seen == BEING_REPAIRED) {
            hk_pause();
            seen = atomic_load_explicit(mark, memory_order_acquire);
        }
        if (seen == REPAIRED || (seen == REPAIRED_BY_ANOTHER && !by_forked))
            return;
    } while (!atomic_compare_exchange_strong(mark, &seen, BEING_REPAIRED));
    is_inside = true;
    repair_child(by_forked, seen == REPAIRED_BY_ANOTHER);
    is_inside = false;
    atomic_store_explicit(mark, by_forked ? REPAIRED : REPAIRED_BY_ANOTHER, memory_order_release);
}

void hk_fork_repair_if_child(void)
{
    const uint32_t seen = atomic_load_explicit(hk_fork_mark, memory_order_acquire);
    if (hk_unlikely(seen != REPAIRED))
        repair(seen);
}

void hk_fork_repair(void)
{
    if (mark)
        hk_fork_repair_if_child();
    else
        repair_unmarked();
}

/* ---- locks ---- */

#ifdef HK_DEBUG
static __thread unsigned held_ranks; /* a bit each */
static void note_held(const struct hk_lock *lock)
{
    hk_assert(lock->rank > 0);
    hk_assert(held_ranks >> lock->rank == 0);
    if (lock->rank != HK_RANK_GATE)
        held_ranks |= 1u << lock->rank;
}
static void note_free(const struct hk_lock *lock)
{
    hk_assert(lock->rank == HK_RANK_GATE || held_ranks & 1u << lock->rank);
    held_ranks &= ~(1u << lock->rank);
}
#else
static void note_held(const struct hk_lock *lock)
{
    (void)lock;
}
static void note_free(const struct hk_lock *lock)
{
    (void)lock;
}
#endif

static void sleep_while_contended(struct hk_lock *lock)
{
    const int kept = errno;
    (void)syscall(SYS_futex, &lock->state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
    errno = kept;
}

/* As the C library's own locks do it (2.32 and later): while there is one thread, a lock is two
 * plain stores. Each of the two atomic operations otherwise is twenty cycles. */
static bool is_only_thread(void)
{
    return &__libc_single_threaded && __libc_single_threaded;
}

static bool take_alone(struct hk_lock *lock)
{
    if (!is_only_thread() || atomic_load_explicit(&lock->state, memory_order_relaxed) != 0)
        return false;
    atomic_store_explicit(&lock->state, 1, memory_order_relaxed);
    return true;
}

static bool spin(struct hk_lock *lock)
{
    for (int i = 0; i < 100; i++) {
        uint32_t seen = 0;
        if (atomic_compare_exchange_weak_explicit(&lock->state, &seen, 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return true;
        hk_pause();
    }
    return false;
}

/* A child that sees a change sees the holder too. */
static void name_holder(struct hk_lock *lock)
{
    atomic_store_explicit(&lock->holder, &own, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    HK_STEP();
}

void hk_lock_acquire(struct hk_lock *lock)
{
    if (hk_unlikely(!take_alone(lock) && !spin(lock))) {
        hk_fork_repair(); /* perhaps nobody is there to give it back */
        while (atomic_exchange_explicit(&lock->state, 2, memory_order_acquire) != 0) {
            sleep_while_contended(lock);
            hk_fork_repair(); /* a signal's handler may have forked meanwhile */
        }
    }
    note_held(lock);
    name_holder(lock);
}

bool hk_lock_try(struct hk_lock *lock)
{
    uint32_t seen = 0;
    if (!take_alone(lock) &&
        !atomic_compare_exchange_strong_explicit(&lock->state, &seen, 1, memory_order_acquire,
                                                 memory_order_relaxed))
        return false;
    name_holder(lock);
    return true;
}

void hk_lock_release(struct hk_lock *lock)
{
    HK_STEP();
    note_free(lock);
    atomic_store_explicit(&lock->holder, NULL, memory_order_release);
    if (is_only_thread()) /* so nobody waits */
        atomic_store_explicit(&lock->state, 0, memory_order_release);
    else if (atomic_exchange_explicit(&lock->state, 0, memory_order_release) == 2) {
        const int kept = errno;
        (void)syscall(SYS_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
        errno = kept;
    }
}

/* Held without a holder: taken and nothing done yet, or all done. */
bool hk_lock_after_fork(struct hk_lock *lock)
{
    const void *holder = atomic_load_explicit(&lock->holder, memory_order_relaxed);
    if (atomic_load_explicit(&lock->state, memory_order_relaxed) == 0 || holder == &own)
        return false;
    atomic_store_explicit(&lock->holder, NULL, memory_order_relaxed);
    atomic_store_explicit(&lock->state, 0, memory_order_relaxed);
    return holder != NULL;
}
