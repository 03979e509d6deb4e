/* How a process and its threads come to be recorded, and leave it; and what of an event is not
 * quick: see pushing.h. */
#include "preload/pushing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NOT_YET = 0, STARTING, RECORDING, OFF };

struct hb_traced hb_traced;
__thread struct hb_pusher hb_me;

/* Until there is a page for it, and where the kernel has none, a word of our own, and
 * pthread_atfork. */
static uint32_t own_word = 1;
uint32_t *volatile hb_is_same_process = &own_word;

static struct {
    pthread_key_t key; /* its destructor is a thread's end */
    bool has_key;
    uint64_t parent, forked_at; /* set while the process forks */
} life;

bool hb_is_recording(void)
{
    return atomic_load(&hb_traced.state) == RECORDING;
}

/* ---- waiting ---- */

static void ring_futex(_Atomic uint32_t *word, int operation, uint32_t value, long wait_ns)
{
    const struct timespec timeout = {.tv_nsec = wait_ns};
    (void)syscall(SYS_futex, word, operation, value, operation == FUTEX_WAIT ? &timeout : NULL,
                  NULL, 0);
}

static bool has_room(const struct hb_spool_ring *ring, uint64_t end)
{
    return end <= atomic_load_explicit(&ring->taken, memory_order_acquire) + HB_SPOOL_SLOTS;
}

/* Waits until the recorder has emptied the slots before `end`. False: it is gone, or the recording
 * is over. */
static COLD bool wait_for_room(struct hb_spool_ring *ring, uint64_t end)
{
    const int errnum = errno;
    struct hb_spool_control *control = hb_traced.control;
    uint32_t beat = atomic_load(&control->beat);
    for (unsigned rounds = 1; !has_room(ring, end); rounds++) {
        if (atomic_load(&control->over))
            break;
        atomic_store(&ring->waits, 1);
        (void)atomic_fetch_add(&control->bell, 1);
        ring_futex(&control->bell, FUTEX_WAKE, 1, 0);
        if (!has_room(ring, end))
            ring_futex(&ring->waits, FUTEX_WAIT, 1, 10000000);
        if (rounds % 100) /* a second */
            continue;
        const uint32_t now = atomic_load(&control->beat);
        if (now == beat && kill((pid_t)control->recorder, 0) != 0 && errno == ESRCH)
            break;
        beat = now;
    }
    errno = errnum;
    return has_room(ring, end);
}

/* ---- starting ---- */

static uint64_t new_number(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)getpid() << 40 ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec;
}

static void *map_file(const char *path, int flags, size_t bytes)
{
    const int fd = open(path, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    void *memory = MAP_FAILED;
    if (fd < 0)
        return NULL;
    if (!(flags & O_CREAT) || ftruncate(fd, (off_t)bytes) == 0)
        memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    (void)close(fd);
    return memory == MAP_FAILED ? NULL : memory;
}

/* The arguments as one text; without /proc it stays empty. */
static void read_command(char *command, size_t bytes)
{
    const int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd < 0 ? 0 : read(fd, command, bytes - 1);
    if (fd >= 0)
        (void)close(fd);
    for (ssize_t i = 0; i < got - 1; i++) {
        if (!command[i])
            command[i] = ' ';
    }
}

/* "FOLDER/12ab", while it is filled, then "FOLDER/12ab.spool". */
static bool make_spool(const char *folder)
{
    char path[600], ready[610];
    const uint64_t number = new_number();
    if (snprintf(path, sizeof path, "%.500s/%llx", folder, (unsigned long long)number) < 0 ||
        snprintf(ready, sizeof ready, "%s.spool", path) < 0)
        return false;
    struct rlimit limit;
    /* To be longer than the limit would end the program, by SIGXFSZ. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < sizeof(struct hb_spool)) {
        errno = EFBIG;
        return false;
    }
    struct hb_spool *spool = map_file(path, O_CREAT | O_EXCL, sizeof *spool);
    if (!spool) {
        const int errnum = errno;
        (void)unlink(path);
        errno = errnum;
        return false;
    }
    spool->version = HB_SPOOL_VERSION;
    spool->pid = (uint32_t)getpid();
    spool->process = number;
    spool->parent = life.parent;
    spool->forked_at = life.forked_at;
    life.parent = life.forked_at = 0;
    spool->ticks = hb_spool_ticks();
    atomic_store(&spool->pace, 1); /* the first ring is the only one */
    read_command(spool->command, sizeof spool->command);
    hb_traced.spool = spool;
    if (rename(path, ready) != 0)
        return false;
    (void)atomic_fetch_add(&hb_traced.control->published, 1);
    return true;
}

static bool open_control(const char *folder)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%.500s/" HB_SPOOL_CONTROL, folder);
    hb_traced.control = map_file(path, 0, sizeof *hb_traced.control);
    return hb_traced.control && hb_traced.control->version == HB_SPOOL_VERSION &&
           !atomic_load(&hb_traced.control->over);
}

static void mark_process(void)
{
    uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return;
    if (madvise(page, 4096, MADV_WIPEONFORK) != 0) {
        (void)munmap(page, 4096);
        return;
    }
    *page = 1;
    hb_is_same_process = page;
}

static void thread_ends(void *unused);
static void before_fork(void);
static void after_fork_parent(void);
static void after_fork_child(void);

/* The first event of a hb_traced. What is called from here is not recorded. */
static COLD void start_process(void)
{
    int expected = NOT_YET;
    const char *folder;
    if (!environ || !atomic_compare_exchange_strong(&hb_traced.state, &expected, STARTING))
        return;
    const int errnum = errno;
    hb_me.is_starting = true;
    folder = getenv(HB_SPOOL_FOLDER_ENV);
    const bool is_first = !life.has_key;
    bool works = folder && (hb_traced.control || open_control(folder)) && make_spool(folder);
    if (!works && hb_traced.control && !atomic_load(&hb_traced.control->over)) {
        atomic_store(&hb_traced.control->refused_errno, (uint32_t)errno);
        (void)atomic_fetch_add(&hb_traced.control->refused, 1);
    }
    if (works && is_first) {
        life.has_key = pthread_key_create(&life.key, thread_ends) == 0;
        (void)pthread_atfork(before_fork, after_fork_parent, after_fork_child);
    }
    if (works) {
        mark_process();
        hb_traced.sample_bytes = hb_traced.control->sample_bytes;
    }
    hb_me.is_starting = false;
    errno = errnum;
    atomic_store(&hb_traced.state, works ? RECORDING : OFF);
}

/* A program that allocates nothing is a process of the recording, too. */
__attribute__((constructor)) static void start(void)
{
    start_process();
}

/* A ring, or a key: the thread's first event, and after a fork. */
static COLD void start_thread(void)
{
    struct hb_spool *spool = hb_traced.spool;
    const int errnum = errno;
    hb_me.is_starting = true;
    for (uint32_t i = 0; i < HB_SPOOL_RINGS && !hb_me.ring; i++) {
        uint32_t expected = HB_RING_FREE;
        struct hb_spool_ring *ring = &spool->rings[i];
        if (atomic_load_explicit(&ring->state, memory_order_relaxed) == HB_RING_FREE &&
            atomic_compare_exchange_strong(&ring->state, &expected, HB_RING_OWNED)) {
            const uint32_t claims = atomic_fetch_add(&ring->claims, 1) + 1;
            hb_me.guest = HB_SPOOL_OWNER(i, claims);
            hb_me.pace_who = i + 1;
            hb_me.pace = HB_PACE_NEVER;
            hb_me.limit = 0;
            hb_me.slots = spool->slots[i];
            hb_me.ring = ring;
        }
    }
    if (!hb_me.ring) {
        hb_me.guest = HB_SPOOL_GUEST(atomic_fetch_add(&spool->guests, 1));
        hb_me.pace_who = HB_PACE_WHO; /* never favoured */
    }
    hb_me.ends = 0;
    if (life.has_key)
        (void)pthread_setspecific(life.key, &hb_me);
    hb_me.is_starting = false;
    errno = errnum;
}

/* ---- events ---- */

/* The clock, << 8. Who is not favoured ends the favour of who is. */
static inline uint64_t new_stamp(void)
{
    _Atomic uint64_t *shared = &hb_traced.spool->pace;
    uint64_t pace = atomic_load_explicit(shared, memory_order_acquire);
    while ((pace & HB_PACE_WHO) && (pace & HB_PACE_WHO) != hb_me.pace_who &&
           !atomic_compare_exchange_weak(shared, &pace, pace & ~(uint64_t)HB_PACE_MASK))
        ;
    hb_me.pace = (pace & HB_PACE_MASK) == hb_me.pace_who ? pace : HB_PACE_NEVER;
    return hb_me.stamp = hb_spool_ticks() << 8;
}

static COLD void stop_recording(void)
{
    atomic_store(&hb_traced.state, OFF);
    hb_me.ring = NULL;
}

/* Room before this slot of the thread's ring; false when nothing is recorded any more. */
static bool find_room(uint64_t end)
{
    if (!has_room(hb_me.ring, end) && !wait_for_room(hb_me.ring, end)) {
        stop_recording();
        return false;
    }
    hb_me.limit = atomic_load_explicit(&hb_me.ring->taken, memory_order_relaxed) + HB_SPOOL_SLOTS;
    return true;
}

/* The slots from `at` on, the last one first. */
static void fill_wide(struct hb_spool_slot *slots, uint64_t at, unsigned what, uint64_t address,
                      uint64_t size)
{
    hb_fill_slot(slots, at + 1, (address >> 48) << 16 | (what & 0xff00) | HB_NOTE_MORE, size);
    hb_fill_slot(slots, at, new_stamp() | HB_SLOT_WIDE | (what & HB_SLOT_WHAT),
                 address & HB_SLOT_ADDRESS);
}

static bool is_wide(unsigned what, uint64_t address, uint64_t size)
{
    return (address >> 48 || size > HB_SLOT_SIZE_MAX || what >> 8);
}

/* In the common ring, too, stamps are to be in the order of slots: so its threads take turns. One
 * that holds the ring for a second was left by a handler's longjmp. A handler's own events, which
 * come between, do not wait for what they have interrupted. */
static void take_common_ring(_Atomic uint32_t *turn)
{
    uint32_t is_free = 0;
    if (atomic_compare_exchange_strong(turn, &is_free, 1))
        return;
    const int errnum = errno;
    for (unsigned waits = 0; waits < 100 && atomic_exchange(turn, 2) != 0; waits++)
        ring_futex(turn, FUTEX_WAIT, 2, 10000000);
    errno = errnum;
}

static void leave_common_ring(_Atomic uint32_t *turn)
{
    const int errnum = errno;
    if (atomic_exchange(turn, 0) == 2)
        ring_futex(turn, FUTEX_WAKE, 1, 0);
    errno = errnum;
}

/* The slot before an event says whose it is. */
static void fill_common_ring(unsigned what, uint64_t address, uint64_t size)
{
    struct hb_spool_ring *ring = &hb_traced.spool->rings[HB_SPOOL_COMMON];
    struct hb_spool_slot *slots = hb_traced.spool->slots[HB_SPOOL_COMMON];
    const bool wide = is_wide(what, address, size);
    const uint64_t count = wide ? 3 : 2, at = atomic_fetch_add(&ring->next, count);
    if (!has_room(ring, at + count) && !wait_for_room(ring, at + count)) {
        stop_recording();
        return;
    }
    hb_fill_slot(slots, at, new_stamp() | HB_NOTE_WHO, hb_me.guest);
    if (wide)
        fill_wide(slots, at + 1, what, address, size);
    else
        hb_fill_slot(slots, at + 1, new_stamp() | what, address | size << 48);
}

/* A thread without a ring. */
static COLD void push_as_guest(unsigned what, uint64_t address, uint64_t size)
{
    _Atomic uint32_t *turn = &hb_traced.spool->turn;
    const bool is_nested = hb_me.has_turn;
    if (!is_nested)
        take_common_ring(turn);
    hb_me.has_turn = true;
    fill_common_ring(what, address, size);
    hb_me.has_turn = is_nested;
    if (!is_nested)
        leave_common_ring(turn);
}

/* A child of fork: all that is here is the parent's. */
static void leave_parent(void)
{
    hb_is_same_process = &own_word;
    (void)munmap(hb_traced.spool, sizeof *hb_traced.spool);
    hb_traced.spool = NULL;
    hb_me.ring = NULL;
    hb_me.guest = 0;
    atomic_store(&hb_traced.state, NOT_YET);
}

/* False: nothing is recorded of this. */
static bool is_ready(void)
{
    if (hb_me.is_starting || hb_me.is_inside)
        return false;
    if (!*hb_is_same_process)
        leave_parent();
    if (atomic_load(&hb_traced.state) == NOT_YET)
        start_process();
    if (!hb_is_recording())
        return false;
    if (!hb_me.ring && !hb_me.guest)
        start_thread();
    return true;
}

void *hb_fill_slowly(uint64_t at, unsigned what, void *block, size_t size)
{
    if (LIKELY(at < hb_me.limit) || find_room(at + 1))
        hb_fill_slot(hb_me.slots, at, new_stamp() | what, (uintptr_t)block | (uint64_t)size << 48);
    return block;
}

static void push_wide(unsigned what, uint64_t address, uint64_t size)
{
    const uint64_t at = hb_claim_slots(hb_me.ring, 2);
    if (find_room(at + 2))
        fill_wide(hb_me.slots, at, what, address, size);
}

COLD void *hb_push_slowly(unsigned what, void *block, size_t size)
{
    const uint64_t address = (uintptr_t)block;
    if (!is_ready())
        return block;
    if (!hb_me.ring)
        push_as_guest(what, address, size);
    else if (is_wide(what, address, size))
        push_wide(what, address, size);
    else
        (void)hb_fill_slowly(hb_claim_slots(hb_me.ring, 1), what, block, size);
    return block;
}

static void push_note(unsigned what, uint64_t payload)
{
    if (!is_ready() || !hb_me.ring)
        return;
    const uint64_t at = hb_claim_slots(hb_me.ring, 1);
    if (find_room(at + 1))
        hb_fill_slot(hb_me.slots, at, new_stamp() | what, payload);
}

/* ---- threads that end, and forks ---- */

/* Other keys' destructors may allocate: it asks to be called again until they have had their turns.
 * What comes even later, of the C library's own, goes through the common ring. */
static void thread_ends(void *unused)
{
    (void)unused;
    if (!*hb_is_same_process || !hb_is_recording())
        return;
    if (++hb_me.ends < PTHREAD_DESTRUCTOR_ITERATIONS) {
        hb_me.is_starting = true;
        (void)pthread_setspecific(life.key, &hb_me);
        hb_me.is_starting = false;
        return;
    }
    (void)hb_push(HB_CALL_THREAD_END, NULL, 0);
    struct hb_spool_ring *ring = hb_me.ring;
    hb_me.ring = NULL;
    if (ring)
        atomic_store_explicit(&ring->state, HB_RING_ENDED, memory_order_release);
}

/* The recorder keeps what is live at this note: the child's blocks. */
static void before_fork(void)
{
    if (!hb_is_recording() || !*hb_is_same_process)
        return;
    life.parent = hb_traced.spool->process;
    life.forked_at = hb_spool_ticks();
    push_note(HB_NOTE_FORK, life.forked_at);
}

static void after_fork_parent(void)
{
    life.parent = life.forked_at = 0;
}

/* For kernels before 4.14, which wipe no page. */
static void after_fork_child(void)
{
    if (hb_is_same_process == &own_word && hb_is_recording()) {
        hb_me.ring = NULL;
        hb_me.guest = 0;
        atomic_store(&hb_traced.state, NOT_YET);
    }
}
