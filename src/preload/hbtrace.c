/* libhbtrace.so: every call of malloc's family of the process that it is preloaded into, pushed to
 * the recorder (`hakbench trace record`). It stands before the allocator of the program's choice
 * and hands every call on; what comes back, and errno, are the allocator's.
 *
 * In the program it makes no system call but at the start of a process and of a thread, and where a
 * ring is full; it never allocates by the allocator; and where it cannot record, the program runs
 * as it would without it. Read first: src/trace/spool.h. */
#include "trace/event.h"
#include "trace/spool.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT      __attribute__((visibility("default")))
#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COLD        __attribute__((noinline, cold))

/* ---- the process ---- */

enum { NOT_YET = 0, STARTING, RECORDING, OFF };

static struct {
    _Atomic int state;
    struct hb_spool *spool;
    struct hb_spool_control *control;
    uint64_t sample_bytes;
    pthread_key_t key; /* its destructor is a thread's end */
    bool has_key;
    uint64_t parent, forked_at; /* set while the process forks */
} process;

/* A page that a child of fork finds zeroed, however it was forked: there the process begins anew.
 * Until there is one, and where the kernel has none, a word of our own, and pthread_atfork. */
static uint32_t own_word = 1;
static uint32_t *volatile is_same_process = &own_word;

/* ---- the thread ---- */

static __thread struct {
    struct hb_spool_ring *ring; /* NULL: none yet, or none any more */
    struct hb_spool_slot *slots;
    uint64_t guest;      /* its key, where it has no ring */
    int64_t left;        /* bytes until the next one that is drawn */
    uint64_t random;     /* of the sample */
    uint32_t ends;       /* rounds of destructors so far */
    uint8_t label;       /* an operator is being called: what its malloc or free is recorded as, */
    uint8_t label_log2;  /* with this alignment, */
    uint64_t label_size; /* and of a sized delete this size */
    bool is_inside;   /* an operator of the allocator's own: what it calls is not the program's */
    bool is_starting; /* what the start of a recording calls is not recorded */
} me __attribute__((tls_model("initial-exec")));

/* ---- what the calls are handed on to ---- */

static void *first_malloc(size_t size);
static void *first_calloc(size_t count, size_t size);
static void *first_realloc(void *block, size_t size);
static void first_free(void *block);

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*reallocarray)(void *, size_t, size_t);
    void (*free)(void *);
    void (*free_sized)(void *, size_t);
    void (*free_aligned_sized)(void *, size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
} next = {
    .malloc = first_malloc, .calloc = first_calloc, .realloc = first_realloc, .free = first_free};

/* Memory for who is asked by dlsym while dlsym is at work: never given back. */
static _Alignas(16) char early[1 << 16];
static _Atomic size_t early_used;

static void *early_malloc(size_t size)
{
    const size_t room = (size + 31) & ~(size_t)15; /* 16 bytes before it hold its size */
    const size_t at = atomic_fetch_add(&early_used, room);
    if (size > sizeof early || at > sizeof early - room) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(early + at, &size, sizeof size);
    return early + at + 16;
}

static bool is_early(const void *block)
{
    return (const char *)block >= early && (const char *)block < early + sizeof early;
}

static void *find_next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* The four that everybody has; the others are found when they are called first. */
static COLD bool find_family(void)
{
    static __thread bool is_finding __attribute__((tls_model("initial-exec")));
    if (is_finding)
        return false;
    is_finding = true;
    const int errnum = errno;
    void *found[] = {find_next("malloc"), find_next("calloc"), find_next("realloc"),
                     find_next("free")};
    memcpy(&next.calloc, &found[1], sizeof found[1]);
    memcpy(&next.realloc, &found[2], sizeof found[2]);
    memcpy(&next.free, &found[3], sizeof found[3]);
    memcpy(&next.malloc, &found[0], sizeof found[0]);
    errno = errnum;
    is_finding = false;
    return true;
}

static COLD void *first_malloc(size_t size)
{
    return find_family() ? next.malloc(size) : early_malloc(size);
}

static COLD void *first_calloc(size_t count, size_t size)
{
    return find_family() ? next.calloc(count, size)
                         : early_malloc(count * size); /* fresh: zeroed */
}

static COLD void *first_realloc(void *block, size_t size)
{
    return find_family() ? next.realloc(block, size) : early_malloc(size);
}

static COLD void first_free(void *block)
{
    if (find_family())
        next.free(block);
}

#define FIND(field, name)                                                                          \
    do {                                                                                           \
        if (UNLIKELY(!next.field)) {                                                               \
            void *found = find_next(name);                                                         \
            memcpy(&next.field, &found, sizeof found);                                             \
        }                                                                                          \
    } while (0)

/* ---- waiting ---- */

static void futex(_Atomic uint32_t *word, int operation, uint32_t value, long wait_ns)
{
    const struct timespec timeout = {.tv_nsec = wait_ns};
    (void)syscall(SYS_futex, word, operation, value, operation == FUTEX_WAIT ? &timeout : NULL,
                  NULL, 0);
}

/* Waits until the recorder has emptied the slot. False: it is gone, or the recording is over. */
static COLD bool wait_for_room(struct hb_spool_ring *ring, const struct hb_spool_slot *slot)
{
    const int errnum = errno;
    struct hb_spool_control *control = process.control;
    uint32_t beat = atomic_load(&control->beat);
    for (unsigned rounds = 1; atomic_load_explicit(&slot->word, memory_order_acquire); rounds++) {
        if (atomic_load(&control->over))
            break;
        atomic_store(&ring->waits, 1);
        (void)atomic_fetch_add(&control->bell, 1);
        futex(&control->bell, FUTEX_WAKE, 1, 0);
        if (atomic_load(&slot->word))
            futex(&ring->waits, FUTEX_WAIT, 1, 10000000);
        if (rounds % 100) /* a second */
            continue;
        const uint32_t now = atomic_load(&control->beat);
        if (now == beat && kill((pid_t)control->recorder, 0) != 0 && errno == ESRCH)
            break;
        beat = now;
    }
    errno = errnum;
    return !atomic_load_explicit(&slot->word, memory_order_acquire);
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
    spool->parent = process.parent;
    spool->forked_at = process.forked_at;
    process.parent = process.forked_at = 0;
    spool->ticks = hb_spool_ticks();
    read_command(spool->command, sizeof spool->command);
    process.spool = spool;
    if (rename(path, ready) != 0)
        return false;
    (void)atomic_fetch_add(&process.control->published, 1);
    return true;
}

static bool open_control(const char *folder)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%.500s/" HB_SPOOL_CONTROL, folder);
    process.control = map_file(path, 0, sizeof *process.control);
    return process.control && process.control->version == HB_SPOOL_VERSION &&
           !atomic_load(&process.control->over);
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
    is_same_process = page;
}

static void thread_ends(void *unused);
static void before_fork(void);
static void after_fork_parent(void);
static void after_fork_child(void);

/* The first event of a process. What is called from here is not recorded. */
static COLD void start_process(void)
{
    int expected = NOT_YET;
    const char *folder;
    if (!environ || !atomic_compare_exchange_strong(&process.state, &expected, STARTING))
        return;
    const int errnum = errno;
    me.is_starting = true;
    folder = getenv(HB_SPOOL_FOLDER_ENV);
    const bool is_first = !process.has_key;
    bool works = folder && (process.control || open_control(folder)) && make_spool(folder);
    if (!works && process.control && !atomic_load(&process.control->over)) {
        atomic_store(&process.control->refused_errno, (uint32_t)errno);
        (void)atomic_fetch_add(&process.control->refused, 1);
    }
    if (works && is_first) {
        process.has_key = pthread_key_create(&process.key, thread_ends) == 0;
        (void)pthread_atfork(before_fork, after_fork_parent, after_fork_child);
    }
    if (works) {
        mark_process();
        process.sample_bytes = process.control->sample_bytes;
    }
    me.is_starting = false;
    errno = errnum;
    atomic_store(&process.state, works ? RECORDING : OFF);
}

/* A program that allocates nothing is a process of the recording, too. */
__attribute__((constructor)) static void start(void)
{
    start_process();
}

/* A ring, or a key: the thread's first event, and after a fork. */
static COLD void start_thread(void)
{
    struct hb_spool *spool = process.spool;
    const int errnum = errno;
    me.is_starting = true;
    for (uint32_t i = 0; i < HB_SPOOL_RINGS && !me.ring; i++) {
        uint32_t expected = HB_RING_FREE;
        struct hb_spool_ring *ring = &spool->rings[i];
        if (atomic_load_explicit(&ring->state, memory_order_relaxed) == HB_RING_FREE &&
            atomic_compare_exchange_strong(&ring->state, &expected, HB_RING_OWNED)) {
            const uint32_t claims = atomic_fetch_add(&ring->claims, 1) + 1;
            me.guest = HB_SPOOL_OWNER(i, claims);
            me.slots = spool->slots[i];
            me.ring = ring;
        }
    }
    if (!me.ring)
        me.guest = HB_SPOOL_GUEST(atomic_fetch_add(&spool->guests, 1));
    me.ends = 0;
    if (process.has_key)
        (void)pthread_setspecific(process.key, &me);
    me.is_starting = false;
    errno = errnum;
}

/* ---- events ---- */

static inline void fill(struct hb_spool_slot *slot, unsigned what, uint64_t address, uint64_t size)
{
    slot->address = address;
    slot->size = size;
    slot->ticks = hb_spool_ticks();
    const uint64_t number =
        atomic_fetch_add_explicit(&process.spool->sequence, 1, memory_order_acq_rel) + 1;
    atomic_store_explicit(&slot->word, number << 16 | what, memory_order_release);
}

static COLD void stop_recording(void)
{
    atomic_store(&process.state, OFF);
    me.ring = NULL;
}

/* A thread without a ring: two slots of the common one, the first says whose the second is. */
static COLD void push_as_guest(unsigned what, uint64_t address, uint64_t size)
{
    struct hb_spool_ring *ring = &process.spool->rings[HB_SPOOL_COMMON];
    struct hb_spool_slot *slots = process.spool->slots[HB_SPOOL_COMMON];
    const uint64_t at = atomic_fetch_add(&ring->next, 2) % HB_SPOOL_SLOTS;
    struct hb_spool_slot *who = &slots[at], *slot = &slots[at + 1];
    if (!wait_for_room(ring, slot) || !wait_for_room(ring, who)) {
        stop_recording();
        return;
    }
    who->address = me.guest;
    atomic_store_explicit(&who->word, UINT64_C(1) << 16 | HB_NOTE_WHO, memory_order_release);
    fill(slot, what, address, size);
}

/* What is not quick: no ring, a new process, no recording. */
static COLD void push_slowly(unsigned what, uint64_t address, uint64_t size)
{
    if (me.is_starting || me.is_inside)
        return;
    if (!*is_same_process) { /* a child of fork: all of this is the parent's */
        is_same_process = &own_word;
        (void)munmap(process.spool, sizeof *process.spool);
        process.spool = NULL;
        me.ring = NULL;
        me.guest = 0;
        atomic_store(&process.state, NOT_YET);
    }
    if (atomic_load(&process.state) == NOT_YET)
        start_process();
    if (atomic_load(&process.state) != RECORDING)
        return;
    if (!me.ring && !me.guest)
        start_thread();
    if (!me.ring) {
        push_as_guest(what, address, size);
        return;
    }
    const uint64_t at = atomic_load_explicit(&me.ring->next, memory_order_relaxed);
    atomic_store_explicit(&me.ring->next, at + 1, memory_order_relaxed);
    struct hb_spool_slot *slot = &me.slots[at % HB_SPOOL_SLOTS];
    if (wait_for_room(me.ring, slot))
        fill(slot, what, address, size);
    else
        stop_recording();
}

/* A handler of a signal may come between any two instructions here and push events of its own: so
 * the slot is taken by one instruction. No other thread takes it: no lock is needed for that. */
static inline uint64_t take_slot(struct hb_spool_ring *ring)
{
#if defined(__x86_64__)
    uint64_t at = 1;
    __asm__ volatile("xaddq %0, %1" : "+r"(at), "+m"(ring->next));
    return at;
#else
    return atomic_fetch_add_explicit(&ring->next, 1, memory_order_relaxed);
#endif
}

static inline void push(unsigned what, uint64_t address, uint64_t size)
{
    if (UNLIKELY(!me.ring || !*is_same_process || me.is_inside)) {
        push_slowly(what, address, size);
        return;
    }
    struct hb_spool_slot *slot = &me.slots[take_slot(me.ring) % HB_SPOOL_SLOTS];
    if (UNLIKELY(atomic_load_explicit(&slot->word, memory_order_acquire)) &&
        !wait_for_room(me.ring, slot)) {
        stop_recording();
        return;
    }
    fill(slot, what, address, size);
}

/* ---- the sample ---- */

/* ln(x) of 0 < x <= 1 to 1e-6: the exponent, and a series of the rest; libm would be one library
 * more in the program. */
static double natural_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52;
    memcpy(&x, &bits, sizeof x);
    const double y = (x - 1) / (x + 1), z = y * y; /* 0 to 1/3 */
    return exponent * 0.69314718055994531 +
           2 * y * (1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z / 11)))));
}

/* Bytes until the next one that is drawn: exponential, so that each byte has the same chance. */
static COLD int64_t draw(void)
{
    if (!me.random)
        me.random = hb_spool_ticks() ^ (uintptr_t)&me;
    uint64_t z = me.random += UINT64_C(0x9E3779B97F4A7C15); /* SplitMix64 */
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    const double uniform = ((double)((z ^ z >> 31) >> 11) + 1) / 9007199254740993.0;
    return (int64_t)(-natural_log(uniform) * (double)process.sample_bytes) + 1;
}

/* True when the block is of the sample: its free will be looked for. */
static COLD bool is_drawn(const void *block, size_t size)
{
    if (!block)
        return false;
    if (me.left == 0)
        me.left = draw();
    me.left -= size > (size_t)INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)size;
    if (me.left > 0)
        return false;
    me.left = draw();
    _Atomic uint8_t *count =
        (_Atomic uint8_t *)&process.spool->sampled[hb_spool_hash((uintptr_t)block)];
    uint8_t was = atomic_load(count);
    while (was < 255 && !atomic_compare_exchange_weak(count, &was, (uint8_t)(was + 1)))
        ;
    return true;
}

static bool may_be_sampled(const void *block)
{
    return block && process.spool->sampled[hb_spool_hash((uintptr_t)block)];
}

/* Nothing is drawn before there is a process to draw for. */
static COLD bool is_left_out(const void *made, size_t size)
{
    if (me.is_inside)
        return true;
    if (!*is_same_process || atomic_load(&process.state) != RECORDING || me.is_starting)
        return false;
    return !is_drawn(made, size);
}

/* ---- the events' own forms ---- */

/* What is to be written of a plain function: the operator that called it, if one did. */
static inline unsigned labelled(unsigned function)
{
    const unsigned label = me.label;
    if (LIKELY(!label))
        return function;
    me.label = 0;
    return label | (unsigned)me.label_log2 << 8;
}

static inline void note_made(unsigned function, const void *block, size_t size)
{
    if (UNLIKELY(process.sample_bytes) && is_left_out(block, size))
        return;
    push(function, (uintptr_t)block, size);
}

static inline unsigned log2_of(size_t alignment)
{
    return alignment && !(alignment & (alignment - 1)) ? (unsigned)__builtin_ctzl(alignment) : 0;
}

static inline void note_freed(unsigned function, const void *block, size_t size)
{
    if (UNLIKELY(process.sample_bytes) && *is_same_process && process.spool &&
        !may_be_sampled(block))
        return;
    push(function, (uintptr_t)block, size);
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): glibc has its own */
/* ---- C ----
 * What a function of the allocator's calls of the family by name is not the program's: many simple
 * ones make their calloc, realloc and aligned forms of malloc and free. */

#define WITHIN(call)                                                                               \
    do {                                                                                           \
        const bool was_inside = me.is_inside;                                                      \
        me.is_inside = true;                                                                       \
        call;                                                                                      \
        me.is_inside = was_inside;                                                                 \
    } while (0)

EXPORT void *malloc(size_t size)
{
    void *block = next.malloc(size);
    note_made(labelled(HB_CALL_MALLOC), block, size);
    return block;
}

EXPORT void free(void *block)
{
    if (UNLIKELY(is_early(block)))
        return;
    if (LIKELY(!me.label))
        note_freed(HB_CALL_FREE, block, 0);
    else
        note_freed(labelled(HB_CALL_FREE), block, me.label_size);
    next.free(block);
}

static size_t product(size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

EXPORT void *calloc(size_t count, size_t size)
{
    void *block;
    WITHIN(block = next.calloc(count, size));
    if (UNLIKELY(is_early(block)))
        return block;
    note_made(HB_CALL_CALLOC, block, product(count, size));
    return block;
}

/* An early block moves to the allocator. */
static COLD void *leave_early(void *block, size_t size)
{
    size_t old_size;
    void *moved = next.malloc(size);
    memcpy(&old_size, (char *)block - 16, sizeof old_size);
    if (moved)
        memcpy(moved, block, old_size < size ? old_size : size);
    return moved;
}

/* Before the call: of the sample is it when the old block may be. */
static inline bool note_realloc(const void *block)
{
    if (UNLIKELY(process.sample_bytes) && *is_same_process && process.spool &&
        !may_be_sampled(block))
        return false;
    push(HB_NOTE_REALLOC, (uintptr_t)block, 0);
    return true;
}

static inline void note_reallocated(unsigned function, bool has_begun, const void *block,
                                    size_t size)
{
    if (UNLIKELY(process.sample_bytes) && is_left_out(block, size)) {
        if (has_begun)
            push(HB_NOTE_UNSAMPLED, (uintptr_t)block, size);
        return;
    }
    push(function, (uintptr_t)block, size);
}

EXPORT void *realloc(void *block, size_t size)
{
    if (UNLIKELY(is_early(block)))
        return leave_early(block, size);
    const bool has_begun = note_realloc(block);
    void *moved;
    WITHIN(moved = next.realloc(block, size));
    note_reallocated(HB_CALL_REALLOC, has_begun, moved, size);
    return moved;
}

EXPORT void *reallocarray(void *block, size_t count, size_t size)
{
    FIND(reallocarray, "reallocarray");
    if (UNLIKELY(is_early(block)))
        return leave_early(block, product(count, size));
    const bool has_begun = note_realloc(block);
    void *moved;
    WITHIN(moved = next.reallocarray(block, count, size));
    note_reallocated(HB_CALL_REALLOCARRAY, has_begun, moved, product(count, size));
    return moved;
}

/* C23; where the allocator has none, free it is. */
void free_sized(void *block, size_t size);
void free_aligned_sized(void *block, size_t alignment, size_t size);

EXPORT void free_sized(void *block, size_t size)
{
    FIND(free_sized, "free_sized");
    note_freed(HB_CALL_FREE_SIZED, block, size);
    if (next.free_sized)
        next.free_sized(block, size);
    else
        next.free(block);
}

EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    FIND(free_aligned_sized, "free_aligned_sized");
    note_freed(HB_CALL_FREE_ALIGNED_SIZED | log2_of(alignment) << 8, block, size);
    if (next.free_aligned_sized)
        next.free_aligned_sized(block, alignment, size);
    else
        next.free(block);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size)
{
    FIND(posix_memalign, "posix_memalign");
    int status;
    WITHIN(status = next.posix_memalign(block, alignment, size));
    note_made(labelled(HB_CALL_POSIX_MEMALIGN | log2_of(alignment) << 8),
              status == 0 ? *block : NULL, size);
    return status;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    FIND(aligned_alloc, "aligned_alloc");
    void *block;
    WITHIN(block = next.aligned_alloc(alignment, size));
    note_made(labelled(HB_CALL_ALIGNED_ALLOC | log2_of(alignment) << 8), block, size);
    return block;
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    FIND(memalign, "memalign");
    void *block;
    WITHIN(block = next.memalign(alignment, size));
    note_made(labelled(HB_CALL_MEMALIGN | log2_of(alignment) << 8), block, size);
    return block;
}

EXPORT void *valloc(size_t size)
{
    FIND(valloc, "valloc");
    void *block;
    WITHIN(block = next.valloc(size));
    note_made(HB_CALL_VALLOC, block, size);
    return block;
}

EXPORT void *pvalloc(size_t size)
{
    FIND(pvalloc, "pvalloc");
    void *block;
    WITHIN(block = next.pvalloc(size));
    note_made(HB_CALL_PVALLOC, block, size);
    return block;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
/* ---- C++ ----
 * The C++ library's operators call malloc and free, perhaps by way of another operator, which may
 * be the program's own: what is called in the end is recorded, as the operator that was called
 * first, by a label. An allocator's own operators call nothing: they are recorded here. Which of
 * the two an operator is, is known by its library: the allocator's is that of free. */

static bool is_allocators_own(const void *operator_)
{
    Dl_info left, right;
    void *free_;
    if (next.free == first_free)
        (void)find_family();
    memcpy(&free_, &next.free, sizeof free_);
    return dladdr(operator_, &left) && dladdr(free_, &right) && left.dli_fbase == right.dli_fbase;
}

/* The label is the outermost operator's. A new that throws leaves by here as well. */
static void drop_label(const uint8_t *outer)
{
    if (!*outer)
        me.label = 0;
}

static inline void set_label(unsigned function, size_t alignment, size_t size)
{
    if (me.label)
        return;
    me.label_log2 = (uint8_t)log2_of(alignment);
    me.label_size = size;
    me.label = (uint8_t)function;
}

/* An allocator's own operator, perhaps called by another one. */
static COLD void note_freed_by(unsigned function, size_t alignment, const void *block, size_t size)
{
    const bool is_labelled = me.label != 0;
    const unsigned what = labelled(function | log2_of(alignment) << 8);
    note_freed(what, block, is_labelled ? me.label_size : size);
}

#define FIND_OPERATOR(symbol)                                                                      \
    if (UNLIKELY(!own)) {                                                                          \
        void *found = find_next(#symbol);                                                          \
        if (!found)                                                                                \
            abort(); /* called, and of no library */                                               \
        is_own = is_allocators_own(found);                                                         \
        memcpy(&own, &found, sizeof found);                                                        \
    }

/* NOLINTBEGIN(bugprone-macro-parentheses): parameters and arguments bring theirs */
#define NEW_FORM(symbol, function, parameters, arguments, alignment)                               \
    EXPORT void *symbol parameters;                                                                \
    EXPORT void *symbol parameters                                                                 \
    {                                                                                              \
        static void *(*own)parameters;                                                             \
        static bool is_own;                                                                        \
        FIND_OPERATOR(symbol)                                                                      \
        const uint8_t outer __attribute__((cleanup(drop_label), unused)) = me.label;               \
        set_label((function), (alignment), 0);                                                     \
        void *block = own arguments;                                                               \
        if (UNLIKELY(is_own) && me.label)                                                          \
            note_made(labelled(function), block, size);                                            \
        return block;                                                                              \
    }

#define DELETE_FORM(symbol, function, parameters, arguments, alignment, size_)                     \
    EXPORT void symbol parameters;                                                                 \
    EXPORT void symbol parameters                                                                  \
    {                                                                                              \
        static void(*own) parameters;                                                              \
        static bool is_own;                                                                        \
        FIND_OPERATOR(symbol)                                                                      \
        const uint8_t outer = me.label;                                                            \
        if (LIKELY(!is_own))                                                                       \
            set_label((function), (alignment), (size_));                                           \
        else                                                                                       \
            note_freed_by(function, alignment, block, size_);                                      \
        if (UNLIKELY(is_own))                                                                      \
            WITHIN(own arguments);                                                                 \
        else                                                                                       \
            own arguments;                                                                         \
        drop_label(&outer);                                                                        \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

#define PLAIN   (size_t size)
#define NOTHROW (size_t size, const void *nothrow)
#define ALIGNED (size_t size, size_t align)
#define BOTH    (size_t size, size_t align, const void *nothrow)
NEW_FORM(_Znwm, HB_CALL_NEW, PLAIN, (size), 0)
NEW_FORM(_Znam, HB_CALL_NEW_ARRAY, PLAIN, (size), 0)
NEW_FORM(_ZnwmRKSt9nothrow_t, HB_CALL_NEW_NOTHROW, NOTHROW, (size, nothrow), 0)
NEW_FORM(_ZnamRKSt9nothrow_t, HB_CALL_NEW_ARRAY_NOTHROW, NOTHROW, (size, nothrow), 0)
NEW_FORM(_ZnwmSt11align_val_t, HB_CALL_NEW_ALIGNED, ALIGNED, (size, align), align)
NEW_FORM(_ZnamSt11align_val_t, HB_CALL_NEW_ARRAY_ALIGNED, ALIGNED, (size, align), align)
NEW_FORM(_ZnwmSt11align_val_tRKSt9nothrow_t, HB_CALL_NEW_ALIGNED_NOTHROW, BOTH,
         (size, align, nothrow), align)
NEW_FORM(_ZnamSt11align_val_tRKSt9nothrow_t, HB_CALL_NEW_ARRAY_ALIGNED_NOTHROW, BOTH,
         (size, align, nothrow), align)

#define D_PLAIN   (void *block)
#define D_SIZED   (void *block, size_t size)
#define D_ALIGNED (void *block, size_t align)
#define D_BOTH    (void *block, size_t size, size_t align)
#define D_NOTHROW (void *block, const void *nothrow)
#define D_ALL     (void *block, size_t align, const void *nothrow)
DELETE_FORM(_ZdlPv, HB_CALL_DELETE, D_PLAIN, (block), 0, 0)
DELETE_FORM(_ZdaPv, HB_CALL_DELETE_ARRAY, D_PLAIN, (block), 0, 0)
DELETE_FORM(_ZdlPvm, HB_CALL_DELETE_SIZED, D_SIZED, (block, size), 0, size)
DELETE_FORM(_ZdaPvm, HB_CALL_DELETE_ARRAY_SIZED, D_SIZED, (block, size), 0, size)
DELETE_FORM(_ZdlPvSt11align_val_t, HB_CALL_DELETE_ALIGNED, D_ALIGNED, (block, align), align, 0)
DELETE_FORM(_ZdaPvSt11align_val_t, HB_CALL_DELETE_ARRAY_ALIGNED, D_ALIGNED, (block, align), align,
            0)
DELETE_FORM(_ZdlPvmSt11align_val_t, HB_CALL_DELETE_SIZED_ALIGNED, D_BOTH, (block, size, align),
            align, size)
DELETE_FORM(_ZdaPvmSt11align_val_t, HB_CALL_DELETE_ARRAY_SIZED_ALIGNED, D_BOTH,
            (block, size, align), align, size)
DELETE_FORM(_ZdlPvRKSt9nothrow_t, HB_CALL_DELETE_NOTHROW, D_NOTHROW, (block, nothrow), 0, 0)
DELETE_FORM(_ZdaPvRKSt9nothrow_t, HB_CALL_DELETE_ARRAY_NOTHROW, D_NOTHROW, (block, nothrow), 0, 0)
DELETE_FORM(_ZdlPvSt11align_val_tRKSt9nothrow_t, HB_CALL_DELETE_ALIGNED_NOTHROW, D_ALL,
            (block, align, nothrow), align, 0)
DELETE_FORM(_ZdaPvSt11align_val_tRKSt9nothrow_t, HB_CALL_DELETE_ARRAY_ALIGNED_NOTHROW, D_ALL,
            (block, align, nothrow), align, 0)

/* ---- threads that end, and forks ---- */

/* Other keys' destructors may allocate: it asks to be called again until they have had their turns.
 * What comes even later, of the C library's own, goes through the common ring. */
static void thread_ends(void *unused)
{
    (void)unused;
    if (!*is_same_process || atomic_load(&process.state) != RECORDING)
        return;
    if (++me.ends < PTHREAD_DESTRUCTOR_ITERATIONS) {
        me.is_starting = true;
        (void)pthread_setspecific(process.key, &me);
        me.is_starting = false;
        return;
    }
    push(HB_CALL_THREAD_END, 0, 0);
    struct hb_spool_ring *ring = me.ring;
    me.ring = NULL;
    if (ring)
        atomic_store_explicit(&ring->state, HB_RING_ENDED, memory_order_release);
}

/* The recorder keeps what is live at this number: the child's blocks. */
static void before_fork(void)
{
    if (atomic_load(&process.state) != RECORDING || !*is_same_process)
        return;
    process.parent = process.spool->process;
    process.forked_at = atomic_load(&process.spool->sequence);
    push(HB_NOTE_FORK, process.forked_at, 0);
}

static void after_fork_parent(void)
{
    process.parent = process.forked_at = 0;
}

/* For kernels before 4.14, which wipe no page. */
static void after_fork_child(void)
{
    if (is_same_process == &own_word && atomic_load(&process.state) == RECORDING) {
        me.ring = NULL;
        me.guest = 0;
        atomic_store(&process.state, NOT_YET);
    }
}
