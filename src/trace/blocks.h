/* The blocks that are live, by name: a hash table with open addressing, 32 bytes an entry, at most
 * half full.
 * Read next: course.h. */
#ifndef HB_TRACE_BLOCKS_H
#define HB_TRACE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

struct hb_block_entry {
    uint64_t name;  /* 0: nobody's */
    uint64_t value; /* what its user keeps of it */
    uint64_t size;
    uint32_t thread;
    uint8_t function, align_log2;
};

/* Zeroed is empty, and valid to free. */
struct hb_blocks {
    struct hb_block_entry *entries; /* [mask + 1]; NULL: none yet */
    size_t mask, count;
    unsigned shift;
};

/* The place where an entry of this name lies, or behind which. By the golden ratio (Knuth 6.4):
 * names that follow each other lie evenly apart, so that places are seldom shared. */
static inline size_t hb_blocks_home(const struct hb_blocks *blocks, uint64_t name)
{
    return (size_t)((name * UINT64_C(0x9E3779B97F4A7C15)) >> blocks->shift);
}

/* Asks for it from memory. */
static inline void hb_blocks_prefetch(const struct hb_blocks *blocks, uint64_t name)
{
    if (blocks->entries)
        __builtin_prefetch(&blocks->entries[hb_blocks_home(blocks, name)], 1);
}

/* The entry of this name, which is not 0, or NULL. Valid until the next change. */
struct hb_block_entry *hb_blocks_find(const struct hb_blocks *blocks, uint64_t name);

/* Room for one more. -1 without memory. */
int hb_blocks_reserve(struct hb_blocks *blocks);

/* Adds one that is not there; room was reserved. */
void hb_blocks_add(struct hb_blocks *blocks, const struct hb_block_entry *entry);

/* Removes one that was found. */
void hb_blocks_remove(struct hb_blocks *blocks, struct hb_block_entry *entry);

/* A copy for somebody else. -1 without memory. */
int hb_blocks_copy(struct hb_blocks *to, const struct hb_blocks *from);

void hb_blocks_free(struct hb_blocks *blocks);

#endif
