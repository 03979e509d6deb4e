/* Locks: see lock.h. */
#include "lock.h"

#include "os.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static __thread char own; /* its address is the thread's name here: the child's thread has it too */

/* ---- the mark ---- */

static const _Atomic uint32_t always = 1;
const _Atomic uint32_t *hk_fork_mark = &always;
static _Atomic uint32_t *mark; /* NULL: the kernel wipes none */
static void (*repair_child)(void);

void hk_fork_watch(void (*repair)(void), uintptr_t *near)
{
    _Atomic uint32_t *page = hk_os_map(HK_GRANULE);
    repair_child = repair;
    *near = page ? (uintptr_t)page : (uintptr_t)&own;
    if (!page || !hk_os_wipe_on_fork(page, HK_GRANULE))
        return;
    mark = page;
    hk_fork_is_repaired();
    hk_fork_mark = page;
}

void hk_fork_is_repaired(void)
{
    if (mark)
        atomic_store_explicit(mark, 1, memory_order_relaxed);
}

bool hk_fork_is_watched(void)
{
    return mark != NULL;
}

void hk_fork_repair_if_child(void)
{
    if (hk_unlikely(hk_is_unrepaired_child()))
        repair_child();
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
    if (hk_unlikely(!spin(lock))) {
        hk_fork_repair_if_child(); /* perhaps nobody is there to give it back */
        while (atomic_exchange_explicit(&lock->state, 2, memory_order_acquire) != 0) {
            sleep_while_contended(lock);
            hk_fork_repair_if_child(); /* a signal's handler may have forked meanwhile */
        }
    }
    note_held(lock);
    name_holder(lock);
}

bool hk_lock_try(struct hk_lock *lock)
{
    uint32_t seen = 0;
    if (!atomic_compare_exchange_strong_explicit(&lock->state, &seen, 1, memory_order_acquire,
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
    if (atomic_exchange_explicit(&lock->state, 0, memory_order_release) == 2) {
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
