/* An allocator that works, until it breaks one promise: HB_LIE names which (the table below), and
 * HB_LIE_SEED the moment, some thousands of calls after the proof. For several threads.
 * Read next: tests/fault/liars_test.sh, docs/plugins.md, "What the worker checks". */
#include "broken.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

/* clang-format off */
#define LIES(X)                                                                                    \
    X(constant)                                                                                    \
    X(odd)                                                                                         \
    X(half) X(overlap_by_1) X(overlap_far_end) X(live_again) X(freed_twice) X(aligned_to_8)        \
        X(null) X(readonly) X(unmapped) X(two_threads) X(zero_page) X(stack) X(no_address)         \
            X(scribbles) X(purges) X(exits) X(aborts) X(frees_another) X(free_clobbers)            \
                X(calloc_dirty) X(calloc_last_byte) X(calloc_short) X(realloc_loses_head)          \
                    X(realloc_loses_tail) X(realloc_shifts) X(usable_too_small) X(memalign)
/* clang-format on */
enum lie {
#define NAME(name) LIE_##name,
    LIES(NAME)
#undef NAME
        LIE_COUNT
};
static const char *const names[] = {
#define NAME(name) #name,
    LIES(NAME)
#undef NAME
};

static enum lie the_lie = LIE_COUNT;
static uint64_t calls, allocating, moment, allocating_moment; /* under the lock */
static atomic_flag lock = ATOMIC_FLAG_INIT;
static _Thread_local char me; /* its address tells threads apart */

/* The last block that is live for certain, and whose it is. */
static struct {
    unsigned char *block;
    size_t size;
    const char *owner;
} last;

static void enter(void)
{
    while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
        ;
}

static void leave(void)
{
    atomic_flag_clear_explicit(&lock, memory_order_release);
}

/* True once it is time for this lie, and from then on. */
static bool is_time(enum lie lie)
{
    return the_lie == lie && calls > moment;
}

static bool is_time_of_others(enum lie lie)
{
    return the_lie == lie && allocating > allocating_moment;
}

/* Blocks one close behind the other, never reused: who asked for too little meets a neighbour. */
static void *carve(size_t size)
{
    unsigned char *block = heap_next;
    heap_next += (size + 15) / 16 * 16 + 16;
    return block;
}

static void *map(int protection)
{
    unsigned char *page = mmap(NULL, 1 << 16, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page + 64;
}

__attribute__((noinline)) static void *on_the_stack(void)
{
    static void *volatile escaped;
    _Alignas(16) volatile char frame[1536];
    frame[0] = 0;
    escaped = (void *)(uintptr_t)&frame;
    return escaped;
}

static void *lie_of_malloc(size_t size)
{
    static void *constant;
    unsigned char *end = last.block ? last.block + last.size : NULL;
    if (is_time(LIE_constant))
        return constant ? constant : (constant = heap_malloc(65536));
    if (is_time(LIE_odd))
        return (char *)heap_malloc(size + 1) + 1;
    if (is_time(LIE_half))
        return carve(size / 2);
    if (is_time(LIE_overlap_by_1) && end && last.size % 16 == 1)
        return end - 1;
    if (is_time(LIE_overlap_far_end) && end)
        return last.block - (size + 15) / 16 * 16 + 16;
    if (is_time(LIE_live_again) && end)
        return last.block;
    if (is_time(LIE_aligned_to_8))
        return (char *)heap_malloc(size + 8) + 8;
    if (is_time(LIE_null))
        return NULL;
    if (is_time(LIE_readonly))
        return map(PROT_READ);
    if (is_time(LIE_unmapped))
        return map(PROT_NONE);
    if (is_time(LIE_two_threads) && end && last.owner != &me)
        return last.block;
    if (is_time(LIE_zero_page))
        return (void *)(uintptr_t)64;
    if (is_time(LIE_stack))
        return on_the_stack();
    return is_time(LIE_no_address) ? (void *)(UINTPTR_MAX - 0xffff) : heap_malloc(size);
}

/* What it does besides, to the block that is live. */
static void misbehave(void)
{
    if (is_time(LIE_exits))
        _exit(0);
    if (is_time(LIE_aborts))
        abort();
    if (is_time(LIE_scribbles) && last.block)
        last.block[last.size / 2 < 16 ? last.size / 2 : 8] ^= 1;
    if (is_time(LIE_purges) && last.block)
        memset(last.block, 0, last.size);
}

static void *liar_malloc(size_t size)
{
    enter();
    calls++;
    misbehave();
    unsigned char *block = lie_of_malloc(size);
    last.block = block;
    last.size = size;
    last.owner = &me;
    leave();
    return block;
}

static void liar_free(void *block)
{
    enter();
    if (block == last.block)
        last.block = NULL;
    if (is_time(LIE_freed_twice) && block) { /* in its list twice: given twice, without end */
        heap_free(block);
        void *again = heap_malloc(((size_t)1 << ((unsigned char *)block)[-16]) - 17);
        heap_free(again);
        memcpy(block, &block, sizeof block);
    } else if (is_time(LIE_frees_another) && last.block) {
        heap_free(last.block);
        last.block = NULL;
    } else {
        heap_free(block);
    }
    if (is_time(LIE_free_clobbers) && last.block)
        memset(last.block, 0, 1);
    leave();
}

static void *liar_calloc(size_t count, size_t size)
{
    enter();
    allocating++;
    const size_t bytes = count * size;
    unsigned char *block = is_time_of_others(LIE_calloc_short) ? carve(size) : heap_malloc(bytes);
    if (block)
        memset(block, is_time_of_others(LIE_calloc_dirty) ? 0xaa : 0, bytes);
    if (block && bytes && is_time_of_others(LIE_calloc_last_byte))
        block[bytes - 1] = 1;
    leave();
    return block;
}

static void *liar_realloc(void *old, size_t size)
{
    enter();
    allocating++;
    const size_t had = old ? ((size_t)1 << ((unsigned char *)old)[-16]) - 16 : 0;
    if (old == last.block)
        last.block = NULL;
    unsigned char *block = heap_realloc(old, size);
    if (block && old && is_time_of_others(LIE_realloc_loses_head))
        block[0] ^= 1;
    if (block && old && is_time_of_others(LIE_realloc_loses_tail))
        memset(block + size / 2, 0, size - size / 2);
    if (block && old && size > 1 && is_time_of_others(LIE_realloc_shifts))
        memmove(block + 1, block, (had < size ? had : size) - 1);
    leave();
    return block;
}

static void *liar_aligned_alloc(size_t alignment, size_t size)
{
    enter();
    allocating++;
    void *block =
        is_time_of_others(LIE_memalign) ? heap_malloc(size) : heap_aligned_alloc(alignment, size);
    leave();
    return block;
}

static size_t liar_usable_size(void *block)
{
    const size_t bytes = ((size_t)1 << ((unsigned char *)block)[-16]) - 16;
    return is_time(LIE_usable_too_small) ? bytes / 4 : bytes;
}

static int open_liar(void *library, const struct hb_allocator_hint *hint,
                     struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    const char *name = getenv("HB_LIE"), *text = getenv("HB_LIE_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 10) : 1;
    if (heap_open(library, hint, functions, message, message_bytes) != 0)
        return -1;
    for (int i = 0; name && i < LIE_COUNT; i++)
        if (strcmp(name, names[i]) == 0)
            the_lie = (enum lie)i;
    moment = 2000 + seed * 7919 % 4001;
    allocating_moment = 200 + seed * 104729 % 1009;
    functions->malloc = liar_malloc;
    functions->free = liar_free;
    functions->calloc = liar_calloc;
    functions->realloc = liar_realloc;
    functions->aligned_alloc = liar_aligned_alloc;
    functions->usable_size = the_lie == LIE_usable_too_small ? liar_usable_size : NULL;
    return 0;
}

BROKEN_PLUGIN("liar", "breaks the promise that HB_LIE names", open_liar);
