/* The floor: what the loop costs when allocating costs next to nothing. Not an allocator for use.
 * Every block has the same size; free pushes on the thread's array, malloc pops from it, last in
 * first out. No size classes, no search, no memory ever given back. For a workload of aligned
 * blocks its blocks are a power of two apart, and free finds the block by a mask; any other pays
 * nothing. For one that has announced how many bytes are live, a replay of a trace, there is a list
 * for each power of two: equal blocks would be mostly air. Memory is reserved once for what the
 * workload announced; beyond that malloc returns NULL. Read next: docs/method.md, "The floor". */
#include "allocator.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define LINE                64u
#define BATCH               64u /* blocks that move between a thread and the pool at once */

/* A thread's free blocks: bottom <= top <= end. Initial-exec: one instruction finds it. */
static _Thread_local struct {
    void **top, **bottom, **end;
} here __attribute__((tls_model("initial-exec")));

/* Set by open, read-only afterwards. */
static size_t block_bytes;  /* an odd number of cache lines: neighbours fall into other sets */
static size_t stack_blocks; /* room of one thread's array */
static void **stacks;       /* one array a thread, all in one mapping */
static unsigned char *memory;
static size_t blocks_total;
static uint32_t stacks_total;

/* Under the lock: blocks of no thread. Cross-thread frees come back through here, in batches. */
static struct {
    atomic_flag lock;
    void **blocks;
    size_t count;
    size_t fresh;        /* blocks of memory[] never handed out yet */
    void **spare_stacks; /* of threads that have ended; each one's first word is the next */
    uint32_t stacks_used;
} pool = {.lock = ATOMIC_FLAG_INIT};

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&pool.lock, memory_order_acquire))
        ;
}

static void unlock(void)
{
    atomic_flag_clear_explicit(&pool.lock, memory_order_release);
}

/* A used block, or a fresh one, or NULL. Under the lock. */
static void *from_pool(void)
{
    if (pool.count > 0)
        return pool.blocks[--pool.count];
    return pool.fresh < blocks_total ? memory + pool.fresh++ * block_bytes : NULL;
}

__attribute__((noinline, cold)) static void *malloc_slow(size_t size)
{
    void *block = NULL, *more;
    if (size <= block_bytes) {
        lock();
        block = from_pool();
        for (size_t i = 1; i < BATCH && here.top != here.end && (more = from_pool()); i++)
            *here.top++ = more;
        unlock();
    }
    if (!block)
        errno = ENOMEM;
    return block;
}

static void *floor_malloc(size_t size)
{
    if (UNLIKELY(size > block_bytes || here.top == here.bottom))
        return malloc_slow(size);
    return *--here.top;
}

/* The pool has room for every block there is. */
__attribute__((noinline, cold)) static void free_slow(void *block)
{
    lock();
    pool.blocks[pool.count++] = block;
    for (size_t i = 1; i < BATCH && here.top != here.bottom; i++)
        pool.blocks[pool.count++] = *--here.top;
    unlock();
}

static void floor_free(void *block)
{
    if (LIKELY(block && here.top != here.end))
        *here.top++ = block;
    else if (block)
        free_slow(block);
}

static void *floor_calloc(size_t count, size_t size)
{
    size_t bytes;
    void *block = NULL;
    if (__builtin_mul_overflow(count, size, &bytes))
        errno = ENOMEM;
    else
        block = floor_malloc(bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

/* Every block has room for every size, so that it never moves. */
static void *floor_realloc(void *block, size_t size)
{
    if (!block)
        return floor_malloc(size);
    if (size > 0 && size <= block_bytes)
        return block;
    if (size == 0)
        floor_free(block);
    else
        errno = ENOMEM;
    return NULL;
}

static void *floor_aligned_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment > LINE) {
        errno = ENOMEM;
        return NULL;
    }
    return floor_malloc(size);
}

static size_t floor_usable_size(void *block)
{
    return block ? block_bytes : 0;
}

/* ---- where the workload has announced an alignment above a line ---- */

static size_t alignment_max;

static void *start_of(const void *pointer)
{
    return (void *)((uintptr_t)pointer & ~(uintptr_t)(block_bytes - 1));
}

/* Blocks begin at lines that go round over alignment_max, as far as the alignment lets them: else
 * all would lie in one cache set. */
static void *aligned_place(unsigned char *block, size_t alignment)
{
    const size_t number = (size_t)(block - memory) / block_bytes;
    return block + (number * LINE & (alignment_max - 1) & ~(alignment - 1));
}

static void *floor_aligned_mode_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    void *block = alignment <= alignment_max ? floor_malloc(size + alignment_max) : NULL;
    if (!block)
        errno = ENOMEM;
    return block ? aligned_place(block, alignment) : NULL;
}

static void floor_aligned_mode_free(void *pointer)
{
    if (pointer)
        floor_free(start_of(pointer));
}

static size_t floor_aligned_mode_usable_size(void *pointer)
{
    return pointer ? block_bytes - (uintptr_t)pointer % block_bytes : 0;
}

static void *floor_aligned_mode_realloc(void *pointer, size_t size)
{
    if (!pointer)
        return floor_malloc(size);
    if (size > 0 && size <= floor_aligned_mode_usable_size(pointer))
        return pointer;
    if (size == 0)
        floor_aligned_mode_free(pointer);
    else
        errno = ENOMEM;
    return NULL;
}

static void use_aligned_mode(struct hb_allocator_functions *functions)
{
    functions->aligned_alloc = floor_aligned_mode_alloc;
    functions->free = floor_aligned_mode_free;
    functions->usable_size = floor_aligned_mode_usable_size;
    functions->realloc = floor_aligned_mode_realloc;
}

static void floor_thread_init(void)
{
    lock();
    void **stack = pool.spare_stacks;
    if (stack)
        pool.spare_stacks = stack[0];
    else if (pool.stacks_used < stacks_total)
        stack = stacks + stack_blocks * pool.stacks_used++;
    unlock();
    here.bottom = here.top = stack;
    here.end = stack ? stack + stack_blocks : NULL;
}

/* There is an array for each thread at a time that the workload announced. One without works too,
 * slowly: through the pool. */
static void floor_thread_exit(void)
{
    lock();
    while (here.top != here.bottom)
        pool.blocks[pool.count++] = *--here.top;
    if (here.bottom) {
        here.bottom[0] = pool.spare_stacks;
        pool.spare_stacks = here.bottom;
    }
    unlock();
    here.bottom = here.top = here.end = NULL;
}

/* ---- where the workload has announced how many bytes are live ---- */

#define CLASS_LOG2 6u             /* of the smallest blocks */
#define CLASSES    42u            /* up to 2^47 bytes */
#define FRESH_MOST ((size_t)4096) /* bytes of a block: larger ones are cut one by one */

/* Blocks of a power of two each, in a region for each power; a free one's first word is the next.
 */
struct sized_list {
    void *first;
    size_t count;
};
static _Thread_local struct sized_list sized[CLASSES] __attribute__((tls_model("initial-exec")));

/* Under the lock. */
static struct {
    struct sized_list freed;
    size_t used; /* bytes of the region */
} sized_pool[CLASSES];
static unsigned region_log2;
static size_t region_count;

static unsigned class_of(size_t size)
{
    return size <= (size_t)1 << CLASS_LOG2
               ? 0
               : 64 - CLASS_LOG2 - (unsigned)__builtin_clzll((unsigned long long)size - 1);
}

static void *pop(struct sized_list *list)
{
    void **block = list->first;
    list->first = *block;
    list->count--;
    return block;
}

static void push(struct sized_list *list, void *block)
{
    *(void **)block = list->first;
    list->first = block;
    list->count++;
}

__attribute__((noinline, cold)) static void *sized_malloc_slow(unsigned class)
{
    const size_t bytes = (size_t)1 << (class + CLASS_LOG2);
    const size_t wanted = bytes < FRESH_MOST ? BATCH : 1;
    struct sized_list *mine = &sized[class];
    if (class >= region_count) {
        errno = ENOMEM;
        return NULL;
    }
    lock();
    while (mine->count < wanted && sized_pool[class].freed.count > 0)
        push(mine, pop(&sized_pool[class].freed));
    while (mine->count < wanted && (sized_pool[class].used + bytes) >> region_log2 == 0) {
        push(mine, memory + ((size_t) class << region_log2) + sized_pool[class].used);
        sized_pool[class].used += bytes;
    }
    unlock();
    if (mine->count > 0)
        return pop(mine);
    errno = ENOMEM;
    return NULL;
}

static void *sized_malloc(size_t size)
{
    const unsigned class = class_of(size);
    if (UNLIKELY(class >= region_count || sized[class].count == 0))
        return sized_malloc_slow(class);
    return pop(&sized[class]);
}

__attribute__((noinline, cold)) static void sized_give(unsigned class, size_t keep)
{
    lock();
    while (sized[class].count > keep)
        push(&sized_pool[class].freed, pop(&sized[class]));
    unlock();
}

static unsigned class_at(const void *block)
{
    return (unsigned)((size_t)((const unsigned char *)block - memory) >> region_log2);
}

static void sized_free(void *block)
{
    if (!block)
        return;
    const unsigned class = class_at(block);
    push(&sized[class], block);
    if (UNLIKELY(sized[class].count > 2 * BATCH))
        sized_give(class, BATCH);
}

static size_t sized_usable_size(void *block)
{
    return block ? (size_t)1 << (class_at(block) + CLASS_LOG2) : 0;
}

static void *sized_calloc(size_t count, size_t size)
{
    size_t bytes;
    void *block = NULL;
    if (__builtin_mul_overflow(count, size, &bytes))
        errno = ENOMEM;
    else
        block = sized_malloc(bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

static void *sized_realloc(void *block, size_t size)
{
    const size_t room = sized_usable_size(block);
    if (block && size > 0 && class_of(size) == class_at(block))
        return block;
    void *moved = size > 0 || !block ? sized_malloc(size) : NULL;
    if (block && moved)
        memcpy(moved, block, size < room ? size : room);
    if (block && (moved || size == 0))
        sized_free(block);
    return moved;
}

/* Blocks lie at multiples of their size. */
static void *sized_aligned_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    return sized_malloc(size > alignment ? size : alignment);
}

static void sized_thread_exit(void)
{
    for (unsigned class = 0; class < region_count; class ++)
        sized_give(class, 0);
}

/* Room for the largest block behind any of its places. */
static size_t power_of_two_above(size_t bytes)
{
    size_t power = LINE;
    while (power < bytes)
        power *= 2;
    return power;
}

static void *map(size_t count, size_t bytes_each)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, bytes_each, &bytes))
        return NULL;
    void *place = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return place == MAP_FAILED ? NULL : place;
}

/* Each power has room for four times what is live: threads keep some, and may be ahead of each
 * other. */
static int open_sized(const struct hb_allocator_hint *hint,
                      struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    const size_t largest =
        hint->size_max > hint->alignment_max ? hint->size_max : hint->alignment_max;
    const size_t room = hint->live_bytes > largest ? hint->live_bytes : largest;
    region_count = class_of(largest) + 1;
    for (region_log2 = 26; region_log2 < 47 && room > (size_t)1 << region_log2 >> 2; region_log2++)
        ;
    memory = region_count <= CLASSES && region_log2 < 44
                 ? map(region_count + 1, (size_t)1 << region_log2)
                 : NULL;
    if (!memory) {
        (void)snprintf(message, message_bytes,
                       "cannot reserve room for %zu live bytes: the workload is too large for it",
                       room);
        return -1;
    }
    memory += -(uintptr_t)memory & (((uintptr_t)1 << region_log2) - 1);
    *functions = (struct hb_allocator_functions){
        .malloc = sized_malloc,
        .calloc = sized_calloc,
        .realloc = sized_realloc,
        .free = sized_free,
        .aligned_alloc = sized_aligned_alloc,
        .usable_size = sized_usable_size,
        .thread_exit = sized_thread_exit,
    };
    return 0;
}

/* Each thread may hold blocks_max live blocks and as many free ones, so that one thread's
 * free blocks never starve another. Only what is touched becomes resident. */
static int open_floor(void *library, const struct hb_allocator_hint *hint,
                      struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    const size_t threads = hint->threads > 0 ? hint->threads : 1;
    (void)library;
    if (hint->live_bytes > 0)
        return open_sized(hint, functions, message, message_bytes);
    const bool is_aligned = hint->alignment_max > LINE;
    block_bytes = is_aligned ? power_of_two_above(hint->size_max + hint->alignment_max)
                             : ((hint->size_max + LINE - 1) / LINE | 1) * LINE;
    alignment_max = hint->alignment_max;
    stacks_total = (uint32_t)threads;
    stack_blocks = hint->blocks_max + BATCH;
    blocks_total = threads * (hint->blocks_max + stack_blocks);
    memory = map(blocks_total + is_aligned, block_bytes);
    pool.blocks = map(blocks_total, sizeof(void *));
    stacks = map(threads * stack_blocks, sizeof(void *));
    if (!memory || !pool.blocks || !stacks) {
        (void)snprintf(message, message_bytes,
                       "cannot reserve %zu blocks of %zu bytes: the workload is too large for it",
                       blocks_total, block_bytes);
        return -1;
    }
    *functions = (struct hb_allocator_functions){
        .malloc = floor_malloc,
        .calloc = floor_calloc,
        .realloc = floor_realloc,
        .free = floor_free,
        .aligned_alloc = floor_aligned_alloc,
        .usable_size = floor_usable_size,
        .thread_init = floor_thread_init,
        .thread_exit = floor_thread_exit,
    };
    if (is_aligned) {
        memory = start_of(memory + block_bytes - 1);
        use_aligned_mode(functions);
    }
    return 0;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "floor",
    .summary = "one array of equal blocks per thread: what the loop itself costs",
    .licence = "MIT",
    .open = open_floor,
};
