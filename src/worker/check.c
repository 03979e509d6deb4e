/* An allocator's promises, each looked at on every block: see check.h. A call that breaks one is
 * the process's last: the message says which promise, the address, the call and the phase.
 * Read next: docs/plugins.md, "What the worker checks". */
#include "worker/check.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WHOLE_BYTES 128u /* a block up to this size is pattern throughout */
#define END_BYTES   32u  /* of a larger one: at both ends */

static struct {
    const struct hb_worker_channel *channel;
    const char *name;
    struct hb_allocator_functions functions; /* the allocator's */
} under_test;

/* The block that is being looked at: what a fault at that moment means. */
struct look {
    const char *way;
    const unsigned char *block; /* NULL: none */
    size_t size;
    const char *what;
};

static _Thread_local struct {
    uint32_t index;
    uint64_t calls;
    const unsigned char *stack, *stack_end;
    volatile struct look look;
} here;

/* ---- the report to the runner ---- */

static const char *phase_text(void)
{
    switch (atomic_load(&under_test.channel->shm->phase)) {
    case HB_PHASE_WARMUP:
        return "in the warm-up";
    case HB_PHASE_MEASURE:
        return "in the measured phase";
    case HB_PHASE_DONE:
        return "while its blocks were freed";
    default:
        return "in calls at random after the workload";
    }
}

/* The first thread that has something to say ends the process. Others wait for that. */
__attribute__((noreturn, format(printf, 2, 3))) static void end_check(enum hb_worker_error error,
                                                                      const char *format, ...)
{
    static atomic_flag is_said = ATOMIC_FLAG_INIT;
    struct hb_worker_failure failure = {0};
    char text[400];
    va_list arguments;
    while (atomic_flag_test_and_set(&is_said))
        (void)pause();
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)hb_worker_fail(&failure, error, "%s (call %llu of thread %u, %s)", text,
                         (unsigned long long)here.calls, here.index, phase_text());
    hb_worker_give_up(under_test.channel, &failure);
}

#define lie(format, ...)                                                                           \
    end_check(HB_WORKER_LIED, "%s broke a promise: " format, under_test.name, __VA_ARGS__)

/* A fault while a block is looked at is the allocator's; any other is left to kill the process. */
static void on_fault(int signal_number, siginfo_t *info, void *context)
{
    const struct look look = here.look;
    (void)context;
    if (look.block) {
        here.look.block = NULL;
        lie("the %zu bytes at %p that %s gave cannot be %s: a fault at %p", look.size,
            (const void *)look.block, look.way, look.what, info->si_addr);
    }
    (void)signal(signal_number, SIG_DFL); /* and again, when this returns */
}

static void look_at(const char *way, const unsigned char *block, size_t size, const char *what)
{
    here.look.way = way;
    here.look.size = size;
    here.look.what = what;
    here.look.block = block;
    atomic_signal_fence(memory_order_seq_cst);
}

static void look_away(void)
{
    atomic_signal_fence(memory_order_seq_cst);
    here.look.block = NULL;
}

/* ---- patterns ---- */

/* A block's words go up by an odd step from a start of its own (the finalizer of Steele, Lea, Flood
 * 2014, shortened): no two live blocks have a word in common but by chance. */
#define STEP UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t first_word(uint64_t key)
{
    const uint64_t z = key * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 29);
}

static void fill(unsigned char *at, size_t bytes, uint64_t key)
{
    uint64_t word = first_word(key);
    for (; bytes >= 8; bytes -= 8, at += 8, word += STEP)
        memcpy(at, &word, 8);
    memcpy(at, &word, bytes);
}

/* Index of the first byte that is not the pattern's; bytes when all are. */
static size_t first_changed(const unsigned char *at, size_t bytes, uint64_t key)
{
    uint64_t word = first_word(key);
    size_t i = 0;
    for (; i + 8 <= bytes && memcmp(at + i, &word, 8) == 0; i += 8)
        word += STEP;
    for (size_t k = 0; i < bytes && at[i] == ((const unsigned char *)&word)[k]; k++)
        i++;
    return i;
}

/* The pattern of a block of size bytes: [0, head) and, with a key of its own, [tail, size). */
static size_t head_bytes(size_t size)
{
    return size <= WHOLE_BYTES ? size : END_BYTES;
}

static size_t tail_start(size_t size)
{
    return size <= WHOLE_BYTES ? size : size - END_BYTES;
}

static void paint(unsigned char *block, size_t size, uint64_t key)
{
    fill(block, head_bytes(size), key);
    fill(block + tail_start(size), size - tail_start(size), ~key);
}

/* Of the pattern of `size` bytes, what lies in the first `kept` must be at `block`. Index of the
 * first byte that is not, or kept. */
static size_t first_lost(const unsigned char *block, size_t size, size_t kept, uint64_t key)
{
    const size_t head = head_bytes(size) < kept ? head_bytes(size) : kept;
    const size_t tail = tail_start(size);
    const size_t at = first_changed(block, head, key);
    if (at < head)
        return at;
    return kept > tail ? tail + first_changed(block + tail, kept - tail, ~key) : kept;
}

/* ---- looking ---- */

static void check_place(const char *way, const unsigned char *block, size_t size, size_t alignment)
{
    const size_t natural = size < 16 ? 8 : 16;
    const size_t wanted = alignment > natural ? alignment : natural;
    if ((uintptr_t)block % wanted != 0)
        lie("%s of %zu bytes gave %p, no multiple of %zu", way, size, (const void *)block, wanted);
    if ((block >= here.stack && block < here.stack_end) || hb_worker_books_hold(block) ||
        hb_worker_standins_hold(block))
        lie("%s of %zu bytes gave %p, which is no heap: the worker's own memory is there", way,
            size, (const void *)block);
    if (hb_worker_books_enter(block, size))
        return;
    const struct hb_worker_standin *other = hb_worker_standin_at(block, size);
    if (other)
        lie("%s of %zu bytes gave %p, but the %zu bytes at %p of %s are live", way, size,
            (const void *)block, other->size, (void *)other->block, other->way);
    lie("%s of %zu bytes gave %p, %s", way, size, (const void *)block,
        (uintptr_t)block >> 48 ? "which is no address" : "which another thread was just given");
}

static void check_usable(const char *way, unsigned char *block, size_t size)
{
    if (!under_test.functions.usable_size)
        return;
    const size_t usable = under_test.functions.usable_size(block);
    if (usable < size)
        lie("usable_size of %p says %zu, but %s was asked for %zu", (void *)block, usable, way,
            size);
}

static void check_zero(const char *way, const unsigned char *block, size_t size)
{
    look_at(way, block, size, "read");
    for (size_t i = 0; i < size; i++)
        if (block[i]) {
            look_away();
            lie("byte %zu of the %zu at %p that %s gave is 0x%02x, not zero", i, size,
                (const void *)block, way, block[i]);
        }
    look_away();
}

/* A block that came by `way` is the workload's: its stand-in's memory. */
static void *keep(const char *way, unsigned char *block, size_t size, size_t alignment)
{
    void *memory;
    check_usable(way, block, size);
    struct hb_worker_standin *standin = hb_worker_standin_take(size, alignment, &memory);
    if (!standin)
        end_check(HB_WORKER_SYSTEM,
                  "no addresses left to check a block of %zu bytes beside %s's own", size,
                  under_test.name);
    standin->size = size;
    standin->alignment = alignment;
    standin->way = way;
    standin->key = (((uint64_t)here.index + 1) << 48) + (here.calls << 12);
    look_at(way, block, size, "written");
    paint(block, size, standin->key);
    look_away();
    standin->block = block;
    return memory;
}

static void *take(const char *way, void *block, size_t size, size_t alignment)
{
    if (!block)
        return NULL;
    check_place(way, block, size, alignment);
    return keep(way, block, size, alignment);
}

static void check_kept(const struct hb_worker_standin *standin, const unsigned char *block,
                       size_t kept, const char *when)
{
    look_at(standin->way, block, kept, "read");
    const size_t at = first_lost(block, standin->size, kept, standin->key);
    look_away();
    if (at < kept)
        lie("byte %zu of the %zu at %p, live since %s, was changed %s", at, standin->size,
            (const void *)block, standin->way, when);
}

/* ---- the functions ---- */

static void *checked_malloc(size_t size)
{
    here.calls++;
    return take("malloc", under_test.functions.malloc(size), size, 1);
}

static void *checked_calloc(size_t count, size_t size)
{
    size_t bytes;
    here.calls++;
    unsigned char *block = under_test.functions.calloc(count, size);
    if (!block)
        return NULL;
    if (__builtin_mul_overflow(count, size, &bytes))
        lie("calloc of %zu times %zu bytes gave %p: no block is that large", count, size,
            (void *)block);
    check_place("calloc", block, bytes, 1);
    check_zero("calloc", block, bytes);
    return keep("calloc", block, bytes, 1);
}

static void *checked_aligned_alloc(size_t alignment, size_t size)
{
    here.calls++;
    return take("aligned_alloc", under_test.functions.aligned_alloc(alignment, size), size,
                alignment);
}

static void checked_free(void *memory)
{
    here.calls++;
    if (!memory) {
        under_test.functions.free(NULL);
        return;
    }
    struct hb_worker_standin *standin = hb_worker_standin_of(memory);
    unsigned char *block = standin->block;
    check_kept(standin, block, standin->size, "before it was freed");
    (void)hb_worker_books_strike(block, standin->size);
    hb_worker_standin_drop(standin);
    under_test.functions.free(block);
}

static void *checked_realloc(void *memory, size_t size)
{
    here.calls++;
    if (!memory)
        return take("realloc", under_test.functions.realloc(NULL, size), size, 1);
    struct hb_worker_standin *old = hb_worker_standin_of(memory);
    unsigned char *before = old->block;
    check_kept(old, before, old->size, "before realloc");
    /* The old place may be somebody else's before realloc returns. */
    (void)hb_worker_books_strike(before, old->size);
    unsigned char *block = under_test.functions.realloc(before, size);
    if (!block && size > 0) {
        (void)hb_worker_books_enter(before, old->size);
        return NULL;
    }
    old->block = NULL;
    void *moved = NULL;
    const size_t kept = old->size < size ? old->size : size;
    if (block) {
        check_place("realloc", block, size, 1);
        check_kept(old, block, kept, "by realloc");
        moved = keep("realloc", block, size, 1);
    }
    if (moved)
        memcpy(moved, memory, kept);
    hb_worker_standin_drop(old);
    return moved;
}

static size_t checked_usable_size(void *memory)
{
    return memory ? under_test.functions.usable_size(hb_worker_standin_of(memory)->block) : 0;
}

const struct hb_allocator_functions hb_worker_checked = {
    .malloc = checked_malloc,
    .calloc = checked_calloc,
    .realloc = checked_realloc,
    .free = checked_free,
    .aligned_alloc = checked_aligned_alloc,
    .usable_size = checked_usable_size,
};

/* ---- beginning ---- */

uint64_t hb_worker_check_calls(void)
{
    return here.calls;
}

void hb_worker_check_thread(uint32_t thread_index, uint64_t calls)
{
    pthread_attr_t attributes;
    void *stack;
    size_t bytes;
    here.index = thread_index;
    here.calls = calls;
    if (here.stack) /* it is back */
        return;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    if (pthread_attr_getstack(&attributes, &stack, &bytes) == 0) {
        here.stack = stack;
        here.stack_end = here.stack + bytes;
    }
    (void)pthread_attr_destroy(&attributes);
}

/* Of one mapping, so that neither takes the last addresses from the other: a limit of the user's,
 * or of a small machine, leaves the larger half to whoever comes first. */
#define MAPPED_MOST  ((size_t)8 << 40)
#define MAPPED_LEAST ((size_t)256 << 20)

static unsigned char *map_most(size_t *bytes)
{
    for (*bytes = MAPPED_MOST; *bytes >= MAPPED_LEAST; *bytes /= 2) {
        void *memory = mmap(NULL, *bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory != MAP_FAILED) {
            (void)madvise(memory, *bytes, MADV_NOHUGEPAGE);
            return memory;
        }
    }
    return NULL;
}

int hb_worker_check_open(const struct hb_worker_channel *channel,
                         const struct hb_worker_allocator *allocator, uint32_t threads,
                         struct hb_worker_failure *failure)
{
    const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    under_test.channel = channel;
    under_test.name = allocator->name;
    under_test.functions = allocator->functions;
    size_t bytes;
    unsigned char *memory = map_most(&bytes);
    if (!memory)
        return hb_worker_fail(failure, HB_WORKER_SYSTEM,
                              "no addresses for the books that every block is checked by");
    const size_t books_bytes = hb_worker_books_open(threads > 1, memory, bytes);
    hb_worker_standins_open(threads > 1, memory + books_bytes, bytes - books_bytes);
    (void)sigaction(SIGSEGV, &action, NULL);
    (void)sigaction(SIGBUS, &action, NULL);
    hb_worker_check_thread(0, 0);
    return 0;
}
