/* Size to size class and back. Pure: constant tables, no state.
 * Invariant: hk_class_of(size) is the smallest class whose blocks hold size bytes; the worst waste
 * is 1/8 of a block above 128 bytes, 15 bytes below.
 * Read next: class_list.h (the list). */
#ifndef HK_CLASS_H
#define HK_CLASS_H

#include "base.h"

struct hk_class {
    uint32_t block_bytes;
    uint32_t capacity; /* blocks of a slab */
    uint64_t inverse;  /* ceil(2^40 / block_bytes): offset * inverse >> 40 divides exactly */
    uint16_t granules; /* of a slab */
    uint16_t refill;   /* blocks taken from a slab at once */
    uint16_t cost;     /* of a free, in frees of small blocks */
    uint8_t host;      /* the class whose blocks a thread is lent at first; its own: none is lent */
};
extern const struct hk_class hk_classes[HK_CLASS_COUNT];

/* Class of (size + 15) / 16, for every size up to HK_CACHED_MAX. */
extern const uint8_t hk_class_table[HK_CACHED_MAX / HK_ALIGN + 1] HK_HIDDEN;

/* size <= HK_CACHED_MAX. */
static inline unsigned hk_class_of(size_t size)
{
    return hk_class_table[(size + HK_ALIGN - 1) / HK_ALIGN];
}

#endif
