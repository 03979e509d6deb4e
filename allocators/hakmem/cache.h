/* The thread cache: per class a list of free blocks, last in, first out, across slabs; and the two
 * fast paths, straight lines of code that everything else is arranged around.
 * Heads of lists are kept as links are (freelink.h): malloc needs no instruction for that, free
 * one. Invariant: every block in list[c] belongs to the thread's own heap and has class c; before
 * the thread has a heap all lists are empty and `base` matches no tag. Locking: none; all of it is
 * the thread's own. Initial-exec TLS, constant-initialised: no check whether it was set up is on
 * the fast path. Read next: heap.h (what happens when a list is empty, or it is time to look
 * around). */
#ifndef HK_CACHE_H
#define HK_CACHE_H

#include "class.h"
#include "freelink.h"
#include "tag.h"

struct hk_heap;
struct hk_outbox;

struct hk_cache {
    uintptr_t list[HK_CLASS_COUNT]; /* address of the first block ^ key */
    uintptr_t key;                  /* hk_link_key, or 0 while there is no heap */
    uint64_t
        base; /* tag - base is the class of an own block; matches no tag while all are counted */
    uint64_t own;   /* heap id << HK_TAG_SHIFT, or HK_TAG_NO_HEAP */
    int32_t budget; /* counted frees (times their weight) until the next look at clock and inbox */
    int32_t weight; /* of a free of a watched slab: 1 while all frees are counted */
    struct hk_heap *heap;
    struct hk_outbox *outboxes; /* the heap's; NULL: there is none */
    uint32_t gate_depth;        /* of calls inside the own heap's gate */
    int32_t stride;             /* the budget when it was set */
    uint64_t chosen_ns;         /* when that was */
    uint32_t frees;             /* since the last trim, by estimate */
    size_t quiet_bytes;         /* freed since the last refill, by estimate */
    bool has_ended; /* the thread's end was seen: it takes a heap for one call at a time only */
};
extern __thread struct hk_cache hk_cache __attribute__((tls_model("initial-exec"))) HK_HIDDEN;

/* The slow paths (alloc.c). */
void *hk_malloc_slow(size_t size);
void hk_free_slow(void *block);

/* Ends the program: the block whose address ^ key this is was on top of its list. */
HK_SLOW __attribute__((noreturn)) void hk_free_twice(uintptr_t word);

/* The first block of the thread's list; NULL: it is empty. */
static inline void *hk_list_first(unsigned class_index)
{
    return (void *)(hk_cache.list[class_index] ^ hk_cache.key);
}

static inline void hk_list_set(unsigned class_index, const void *first)
{
    hk_cache.list[class_index] = (uintptr_t)first ^ hk_cache.key;
}

/* The thread must have a heap. */
static inline void hk_list_push(unsigned class_index, void *block)
{
    *(uintptr_t *)block = hk_cache.list[class_index];
    hk_list_set(class_index, block);
}

/* There must be one. */
static inline void *hk_list_pop(unsigned class_index)
{
    void *block = hk_list_first(class_index);
    hk_list_set(class_index, hk_link_of(block));
    return block;
}

/* word ^= key, and whether that is 0. gcc uses no flags of an exclusive or: it would test again.
 */
static inline bool hk_unmask(uintptr_t *word, const uintptr_t *key)
{
#if defined __x86_64__ && !defined __clang__
    bool is_zero;
    __asm__("xorq %2, %0" : "+r"(*word), "=@ccz"(is_zero) : "m"(*key));
    return is_zero;
#else
    *word ^= *key;
    return *word == 0;
#endif
}

/* A block from the list; NULL: the slow path has to find one. */
static inline void *hk_malloc_listed(size_t size)
{
    if (hk_unlikely(size > HK_CACHED_MAX))
        return NULL;
    uintptr_t *list = &hk_cache.list[hk_class_of(size)], block = *list;
    if (hk_unlikely(hk_unmask(&block, &hk_cache.key)))
        return NULL;
    *list = *(const uintptr_t *)block;
    return (void *)block;
}

static inline void *hk_malloc_fast(size_t size)
{
    void *block = hk_malloc_listed(size);
    return hk_likely(block) ? block : hk_malloc_slow(size);
}

/* NULL, foreign, large, watched and other heaps' blocks have tags that are not in range and go
 * slow. False: not freed yet. */
static inline bool hk_free_listed(void *block)
{
    const uint64_t class_index = hk_tag_guess(block) - hk_cache.base;
    if (hk_unlikely(class_index >= HK_CLASS_COUNT))
        return false;
    const uintptr_t head = hk_cache.list[class_index];
    uintptr_t word = (uintptr_t)block;
    hk_poison(block, hk_classes[class_index].block_bytes);
    *(uintptr_t *)block = head;
    (void)hk_unmask(&word, &hk_cache.key); /* in the register that held the block */
    if (hk_unlikely(head == word))
        hk_free_twice(word);
    hk_cache.list[class_index] = word;
    return true;
}

static inline void hk_free_fast(void *block)
{
    if (hk_unlikely(!hk_free_listed(block)))
        hk_free_slow(block);
}

#endif
