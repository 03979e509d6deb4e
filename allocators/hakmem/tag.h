/* Address to owner and class: a tag for each 64 KiB granule that is part of a slab.
 *   bits 48..63 heap (1..), bit 7 watched, bits 0..6 class; no slab: 0
 * The truth is a table of two levels, mapped where slabs lie. In front of it stands hk_tags, which
 * is all that the fast path of free() reads: one word for each value of a granule number's low 16
 * bits, tag ^ number of the granule that was set or asked for last. Whatever pointer is asked for,
 * the word ^ its own granule's number is a tag if and only if it is that granule's: all 64 bits of
 * the pointer are compared. So any pointer may be asked for, nothing is reserved for it, and a heap
 * needs no place of its own. Heaps beyond 4 GiB share words; who misses finds the truth and sets
 * it. Invariant: a granule has its tag from before its first block is handed out until after its
 * last one came back. A word that belongs to a granule without a slab is 0.
 * Locking: a granule's tag is written under the pool's lock or by the heap that owns it; who holds
 * a block keeps its tag in place, and may set the word for it. Read next: super.h. */
#ifndef HK_TAG_H
#define HK_TAG_H

#include "base.h"

#include <stdatomic.h>

#define HK_TAG_WORDS 65536u

/* Plain words, as gcc folds no atomic load into the instruction that uses it. Aligned words are
 * read whole; writes are atomic. */
#ifdef __SANITIZE_THREAD__
#define hk_read_word(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#else
#define hk_read_word(word) (word)
#endif
extern uint64_t hk_tags[HK_TAG_WORDS] HK_HIDDEN;

static inline uint64_t hk_granule_number(const void *address)
{
    return (uintptr_t)address >> HK_GRANULE_SHIFT;
}

/* What the word says of any pointer: its tag, or a value that no tag has. */
static inline uint64_t hk_tag_guess(const void *address)
{
    uint64_t number = hk_granule_number(address);
    __asm__("" : "+r"(number)); /* or gcc shifts the address twice: an instruction more */
    return hk_read_word(hk_tags[(uint16_t)number]) ^ number;
}

static inline bool hk_is_tag(uint64_t guess)
{
    return guess >> HK_TAG_SHIFT != 0 && (guess & ~HK_TAG_HEAP_BITS) < HK_TAG_LOW_END;
}

/* When the word belongs to another granule. Never fails. */
HK_SLOW uint64_t hk_tag_find(const void *address);

/* The tag of any address, NULL included. */
static inline uint64_t hk_tag_of(const void *address)
{
    const uint64_t guess = hk_tag_guess(address);
    return hk_likely(hk_is_tag(guess)) ? guess : hk_tag_find(address);
}

/* Makes room for the tags of all granules of the same HK_LEAF_SPAN bytes. False: no memory. */
#define HK_LEAF_SPAN ((size_t)HK_TAG_WORDS << HK_GRANULE_SHIFT)
bool hk_tag_prepare(const void *address);

/* Sets the tags of `count` granules from address on. */
void hk_tag_set(const void *address, unsigned count, uint64_t tag);

/* A granule without a tag may have a note: a number below 2^31, 0 for none. Room for it must have
 * been made. Of free runs (runs.h), under their lock. */
void hk_tag_note(const void *address, uint32_t number);
uint32_t hk_tag_noted(const void *address);

static inline unsigned hk_tag_class(uint64_t tag)
{
    return tag & (HK_TAG_WATCHED - 1);
}

static inline uint32_t hk_tag_heap(uint64_t tag)
{
    return (uint32_t)(tag >> HK_TAG_SHIFT);
}

#endif
