/* Tables of the size classes, made by the compiler from class_list.h. */
#include "class.h"

#define MIN(a, b)    ((a) < (b) ? (a) : (b))
#define MAX(a, b)    ((a) > (b) ? (a) : (b))
#define REFILL(size) MAX(1, MIN(HK_REFILL_BLOCKS, HK_REFILL_BYTES / (size)))

/* Powers of two: each alignment that a class keeps its host keeps. */
#define HOST(class, size)                                                                          \
    ((size) <= 32     ? 1                                                                          \
     : (size) <= 64   ? 3                                                                          \
     : (size) <= 128  ? 7                                                                          \
     : (size) <= 256  ? 15                                                                         \
     : (size) <= 512  ? 23                                                                         \
     : (size) <= 1024 ? 31                                                                         \
     : (size) <= 2048 ? 39                                                                         \
                      : (class))

const struct hk_class hk_classes[HK_CLASS_COUNT] = {
#define ROW(class, before, size, granule_count)                                                    \
    [class] = {.block_bytes = (size),                                                              \
               .capacity = (uint32_t)MIN((granule_count)*HK_GRANULE / (size), HK_BLOCKS_MAX),      \
               .inverse = ((UINT64_C(1) << 40) + (size)-1) / (size),                               \
               .granules = (granule_count),                                                        \
               .refill = REFILL(size),                                                             \
               .cost = MAX(1, (size) / HK_FREE_BYTES),                                             \
               .host = HOST(class, size)},
    HK_CLASS_LIST(ROW)
#undef ROW
};

const uint8_t hk_class_table[HK_CACHED_MAX / HK_ALIGN + 1] = {[0] = 0,
#define RANGE(class, before, size, granule_count)                                                  \
    [(before) / HK_ALIGN + 1 ...(size) / HK_ALIGN] = (class),
                                                              HK_CLASS_LIST(RANGE)
#undef RANGE
};

#define CHECK(class, before, size, granule_count)                                                  \
    static_assert((size) % HK_ALIGN == 0 && (size) > (before), "classes grow by whole units");     \
    static_assert((granule_count) < HK_SUPER_GRANULES, "a slab fits beside the header");           \
    static_assert((size) > HK_SEALED_MAX || (granule_count) < HK_GUARD_EVERY,                      \
                  "a sealed slab fits between two guards");

HK_CLASS_LIST(CHECK)
