/* Locks: see lock.h. */
#include "lock.h"

#include "os.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma weak __libc_single_threaded

static __thread uint32_t
    own; /* the thread's name here, 0: none yet. The child's thread has it too */
static _Atomic uint32_t names;

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

/* The thread that was forked is the process's first. Who is another asks the kernel once. */
HK_SLOW static void repair(uint32_t seen)
{
    static uint32_t repairs;
    static __thread uint32_t asked; /* after so many */
    static __thread bool is_inside;
    if (is_inside || (seen == REPAIRED_BY_ANOTHER && asked == repairs))
        return;
    const bool by_forked = syscall(SYS_gettid) == syscall(SYS_getpid);
    asked = by_forked ? 0 : repairs;
    process = (int)syscall(SYS_getpid);
    do {
        while (seen == BEING_REPAIRED) {
            hk_pause();
            seen = atomic_load_explicit(mark, memory_order_acquire);
        }
        if (seen == REPAIRED || (seen == REPAIRED_BY_ANOTHER && !by_forked))
            return;
    } while (!atomic_compare_exchange_strong(mark, &seen, BEING_REPAIRED));
    is_inside = true;
    asked = by_forked ? 0 : ++repairs;
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

void hk_fork_repair_forked(void)
{
    if (mark && process != (int)syscall(SYS_getpid))
        atomic_store_explicit(mark, 0, memory_order_relaxed);
    hk_fork_repair();
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
static void note_seized(const struct hk_lock *lock)
{
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
static void note_seized(const struct hk_lock *lock)
{
    (void)lock;
}
static void note_free(const struct hk_lock *lock)
{
    (void)lock;
}
#endif

/* Of 2^31 threads one has the name of another. */
HK_SLOW static uint32_t new_name(void)
{
    while (!own)
        own = (atomic_fetch_add_explicit(&names, 1, memory_order_relaxed) + 1) & ~HK_LOCK_WAITED;
    return own;
}

static uint32_t name(void)
{
    return hk_likely(own) ? own : new_name();
}

static void sleep_while(struct hk_lock *lock, uint32_t state)
{
    const int kept = errno;
    (void)syscall(SYS_futex, &lock->state, FUTEX_WAIT_PRIVATE, state, NULL, NULL, 0);
    errno = kept;
}

/* As the C library's own locks do it (2.32 and later): while there is one thread, a lock is two
 * plain stores. Each of the two atomic operations otherwise is twenty cycles. */
static bool is_only_thread(void)
{
    return &__libc_single_threaded && __libc_single_threaded;
}

static bool take_if_free(struct hk_lock *lock, uint32_t state)
{
    uint32_t none = 0;
    return atomic_compare_exchange_strong_explicit(&lock->state, &none, state, memory_order_acquire,
                                                   memory_order_relaxed);
}

static bool take_alone(struct hk_lock *lock)
{
    if (!is_only_thread() || atomic_load_explicit(&lock->state, memory_order_relaxed) != 0)
        return false;
    atomic_store_explicit(&lock->state, name(), memory_order_relaxed);
    return true;
}

static bool spin(struct hk_lock *lock)
{
    const uint32_t me = name();
    for (int i = 0; i < 100; i++) {
        if (take_if_free(lock, me))
            return true;
        hk_pause();
    }
    return false;
}

/* Others may wait as well: whoever slept leaves the lock as one that is waited for. */
HK_SLOW static void wait_for(struct hk_lock *lock)
{
    hk_fork_repair(); /* perhaps nobody is there to give it back */
    while (!take_if_free(lock, name() | HK_LOCK_WAITED)) {
        uint32_t seen = atomic_load_explicit(&lock->state, memory_order_relaxed);
        const uint32_t waited = seen | HK_LOCK_WAITED;
        if (seen == 0 || (seen != waited && !atomic_compare_exchange_strong_explicit(
                                                &lock->state, &seen, waited, memory_order_relaxed,
                                                memory_order_relaxed)))
            continue;
        sleep_while(lock, waited);
        hk_fork_repair(); /* a signal's handler may have forked meanwhile */
    }
}

void hk_lock_acquire(struct hk_lock *lock)
{
    hk_fork_repair_if_child();
    if (hk_unlikely(!take_alone(lock) && !spin(lock)))
        wait_for(lock);
    note_held(lock);
    HK_STEP();
}

bool hk_lock_try(struct hk_lock *lock)
{
    hk_fork_repair_if_child();
    if (!take_alone(lock) && !take_if_free(lock, name()))
        return false;
    HK_STEP();
    return true;
}

void hk_lock_release(struct hk_lock *lock)
{
    HK_STEP();
    note_free(lock);
    if (is_only_thread()) { /* so nobody waits */
        atomic_store_explicit(&lock->state, 0, memory_order_release);
        return;
    }
    const uint32_t state = atomic_exchange_explicit(&lock->state, 0, memory_order_release);
    if (hk_unlikely(state & HK_LOCK_WAITED)) {
        const int kept = errno;
        (void)syscall(SYS_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
        errno = kept;
    }
}

/* As one that is waited for: where the kernel wipes no mark another thread of the child may be. */
bool hk_lock_take_over(struct hk_lock *lock)
{
    const uint32_t state = atomic_load_explicit(&lock->state, memory_order_relaxed);
    if (state == 0 || (state & ~HK_LOCK_WAITED) == name())
        return false;
    atomic_store_explicit(&lock->state, name() | HK_LOCK_WAITED, memory_order_relaxed);
    note_seized(lock);
    return true;
}

void hk_lock_set_free(struct hk_lock *lock)
{
    if (hk_lock_take_over(lock))
        hk_lock_release(lock);
}
