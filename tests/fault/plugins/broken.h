/* What the broken plugins share: a tiny heap that works, so that each breaks in one way only.
 * Lists of freed blocks by power of two, under one lock, never given back to the system.
 * Read next: any of the plugins; tests/cli/worker_test.sh says what must become of each. */
#ifndef HB_TESTS_BROKEN_H
#define HB_TESTS_BROKEN_H

#include "allocator.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HEAP_BYTES ((size_t)1 << 36) /* of addresses, not of memory */

static unsigned char *heap_next, *heap_end;
static void *heap_lists[64];
static atomic_flag heap_lock = ATOMIC_FLAG_INIT;

/* Calls of malloc so far, and how many the plugin behaves for: HB_FAULT_AFTER, by default a
 * number that falls into the measured phase of the default workload. */
static uint64_t heap_calls, heap_calls_good = 2000000;

static inline void heap_acquire(void)
{
    while (atomic_flag_test_and_set(&heap_lock))
        (void)sched_yield();
}

static inline void heap_release(void)
{
    atomic_flag_clear(&heap_lock);
}

static inline void *heap_take(int list)
{
    unsigned char *block = heap_lists[list];
    if (block) {
        memcpy(&heap_lists[list], block, sizeof(void *));
        return block;
    }
    if ((size_t)(heap_end - heap_next) < (size_t)1 << list)
        return NULL;
    block = heap_next + 16; /* in front of each block: its list */
    heap_next += (size_t)1 << list;
    block[-16] = (unsigned char)list;
    return block;
}

static inline void *heap_malloc(size_t size)
{
    if (size > HEAP_BYTES / 4)
        return NULL;
    heap_acquire();
    void *block = heap_take(64 - __builtin_clzll(((unsigned long long)size + 16) | 31));
    heap_release();
    return block;
}

static inline void heap_free(void *pointer)
{
    unsigned char *block = pointer;
    if (!block || block[-16] == 0)
        return;
    heap_acquire();
    memcpy(block, &heap_lists[block[-16]], sizeof(void *));
    heap_lists[block[-16]] = block;
    heap_release();
}

static inline void *heap_calloc(size_t count, size_t size)
{
    void *block = heap_malloc(count * size);
    return block ? memset(block, 0, count * size) : NULL;
}

static inline void *heap_realloc(void *old, size_t size)
{
    void *block = heap_malloc(size);
    if (block && old) {
        const int list = ((unsigned char *)old)[-16];
        const size_t old_bytes = list ? ((size_t)1 << list) - 16 : size;
        memcpy(block, old, old_bytes < size ? old_bytes : size);
    }
    heap_free(old);
    return block;
}

/* Beyond 16 bytes a block is cut out of a larger one, has list 0 in front of it and is never used
 * again. */
static inline void *heap_aligned_alloc(size_t alignment, size_t size)
{
    if (alignment <= 16)
        return heap_malloc(size);
    unsigned char *block = heap_malloc(size + alignment + 16);
    if (!block)
        return NULL;
    block += 16;
    block += (alignment - (uintptr_t)block % alignment) % alignment;
    block[-16] = 0;
    return block;
}

/* True from the call on at which the plugin shall break. */
static inline int heap_is_time(void)
{
    return ++heap_calls > heap_calls_good;
}

/* A write to page 0, which no compiler sees through. */
static inline void heap_crash(void)
{
    static volatile int *volatile nowhere;
    *nowhere = 1;
}

static inline int heap_open(void *library, const struct hb_allocator_hint *hint,
                            struct hb_allocator_functions *functions, char *message,
                            size_t message_bytes)
{
    const char *after = getenv("HB_FAULT_AFTER");
    (void)library, (void)hint, (void)message, (void)message_bytes;
    if (after)
        heap_calls_good = strtoull(after, NULL, 10);
    heap_next = mmap(NULL, HEAP_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (heap_next == MAP_FAILED)
        return -1;
    heap_end = heap_next + HEAP_BYTES;
    *functions = (struct hb_allocator_functions){.malloc = heap_malloc,
                                                 .calloc = heap_calloc,
                                                 .realloc = heap_realloc,
                                                 .free = heap_free,
                                                 .aligned_alloc = heap_aligned_alloc};
    return 0;
}

/* ":early" breaks at the 1,000th call, in the warm-up of any workload. */
#define BROKEN_PLUGIN(plugin_name, text, open_function)                                            \
    HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {                      \
        .abi_version = HB_ALLOCATOR_ABI,                                                           \
        .struct_bytes = sizeof(struct hb_allocator_plugin),                                        \
        .name = plugin_name,                                                                       \
        .summary = text,                                                                           \
        .licence = "MIT",                                                                          \
        .variants =                                                                                \
            (const struct hb_allocator_variant[]){                                                 \
                {"early", "breaks at once", "HB_FAULT_AFTER=1000"},                                \
                {0},                                                                               \
            },                                                                                     \
        .open = open_function,                                                                     \
    }

/* For those that break in malloc: defines a malloc that calls fault() when it is time, and its
 * open function. */
#define BROKEN_MALLOC(name, fault)                                                                 \
    static void *name(size_t size)                                                                 \
    {                                                                                              \
        if (__builtin_expect(heap_is_time(), 0))                                                   \
            fault();                                                                               \
        return heap_malloc(size);                                                                  \
    }                                                                                              \
    static int open_##name(void *library, const struct hb_allocator_hint *hint,                    \
                           struct hb_allocator_functions *functions, char *message,                \
                           size_t message_bytes)                                                   \
    {                                                                                              \
        const int status = heap_open(library, hint, functions, message, message_bytes);            \
        functions->malloc = name;                                                                  \
        return status;                                                                             \
    }

#endif
