/* What a loop of one file is made of: slots that hold blocks, each block's size, so that live bytes
 * are exact, and sizes drawn from a range or from a size profile. A loop names its own rows behind
 * these, says what step() does, and leaves the rest to HB_KIT_WORKLOAD. All inline, as loop.h.
 * Read next: workload.h, batch.c (a whole loop), docs/workloads.md, "A loop of your own". */
#ifndef HB_WORKLOADS_KIT_H
#define HB_WORKLOADS_KIT_H

#include "loop.h"

/* The rows of every loop of the kit, behind the common ones. */
enum {
    HB_KIT_BLOCKS = HB_PARAMETER_OWN, /* slots of each thread, under the loop's own name */
    HB_KIT_MIN_SIZE,
    HB_KIT_MAX_SIZE,
    HB_KIT_TOUCH,
    HB_KIT_SIZES,
    HB_KIT_OWN, /* index of the loop's first own row */
};

#define HB_KIT_COUNT(name_, default_count, least, most, unit_, help_)                              \
    {                                                                                              \
        .name = (name_), .type = HB_PARAMETER_COUNT, .default_value = (default_count),             \
        .min = (least), .max = (most), .unit = (unit_), .help = (help_)                            \
    }
#define HB_KIT_CHOICE(name_, default_index, help_, ...)                                            \
    {                                                                                              \
        .name = (name_), .type = HB_PARAMETER_CHOICE, .default_value = (default_index),            \
        .max = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *) - 1, .unit = "",        \
        .help = (help_), .choices = (const char *const[])                                          \
        {                                                                                          \
            __VA_ARGS__, NULL                                                                      \
        }                                                                                          \
    }
#define HB_KIT_SHARE(name_, default_ppm, most, help_)                                              \
    {                                                                                              \
        .name = (name_), .type = HB_PARAMETER_SHARE, .default_value = (default_ppm), .min = 0,     \
        .max = (most), .unit = "", .help = (help_)                                                 \
    }
#define HB_KIT_BYTES(name_, default_bytes, least, most, help_)                                     \
    {                                                                                              \
        .name = (name_), .type = HB_PARAMETER_BYTES, .default_value = (default_bytes),             \
        .min = (least), .max = (most), .unit = "B", .help = (help_)                                \
    }
#define HB_KIT_SIZE_ROWS(min_bytes, max_bytes, touch)                                              \
    HB_LOOP_MIN_SIZE(min_bytes, 1), HB_LOOP_MAX_SIZE(max_bytes, 1), HB_LOOP_TOUCH(touch),          \
        HB_LOOP_SIZES

/* Where the blocks of a profile's row lie: as many slots as its share of the live blocks, so that a
 * row that is drawn as often as its rate has its lifetime. Rows with less than a slot share one
 * with their neighbours in lifetime. */
struct hb_kit_place {
    uint32_t first, count;
};

/* Invariant: slots[i] is NULL or a block of sizes[i] bytes; live is their sum over all [capacity].
 * A loop's own state begins with one of these. */
struct hb_kit {
    const struct hb_allocator_functions *functions;
    const uint64_t *values;
    const struct hb_workload_context *context; /* wait, run and the threads' numbers */
    void **slots;
    uint32_t *sizes;
    uint64_t slot_count; /* of the first row: those that hb_kit_pick picks from */
    uint64_t capacity;   /* with those behind them */
    uint64_t random, live;
    uint64_t size_min, size_range;
    const struct hb_size_table *table; /* NULL: sizes are of the range */
    struct hb_kit_place *places;       /* one a row of the table */
    enum hb_loop_touch touch;
};

/* --- drawing ---------------------------------------------------------------------------------- */

static inline uint64_t hb_kit_random(struct hb_kit *kit)
{
    return kit->random = hb_loop_next(kit->random);
}

/* As often as the profile's rates say, or each of the range as likely. */
static inline size_t hb_kit_size(struct hb_kit *kit)
{
    const uint64_t random = hb_kit_random(kit);
    return kit->table ? kit->table->rows[hb_loop_row(random, kit->table)].size
                      : hb_loop_size(random, kit->size_min, kit->size_range);
}

/* Doublings from min_size to max_size, the last of them cut off; at least 1. */
static inline uint64_t hb_kit_bands(const struct hb_kit *kit)
{
    uint64_t bands = 1;
    while (kit->size_min << bands < kit->size_min + kit->size_range)
        bands++;
    return bands;
}

/* Any size of one doubling; of a profile, as hb_kit_size. */
static inline size_t hb_kit_size_in(struct hb_kit *kit, uint64_t band)
{
    const uint64_t low = kit->size_min << band;
    const uint64_t left = kit->size_min + kit->size_range - low;
    return kit->table ? hb_kit_size(kit)
                      : hb_loop_size(hb_kit_random(kit), low, left < low ? left : low);
}

/* A slot at random, and the size for a block there. Of a profile: a row by its rate, and one of its
 * own slots. */
static inline uint64_t hb_kit_pick(struct hb_kit *kit, size_t *size)
{
    const uint64_t random = hb_kit_random(kit);
    if (!kit->table) {
        *size = hb_loop_size(random, kit->size_min, kit->size_range);
        return hb_loop_slot(random, kit->slot_count);
    }
    const uint32_t row = hb_loop_row(random, kit->table);
    const struct hb_kit_place place = kit->places[row];
    *size = kit->table->rows[row].size;
    return place.first + hb_loop_slot(hb_kit_random(kit), place.count);
}

/* --- slots ------------------------------------------------------------------------------------ */

/* Puts a new block into an empty slot and touches it; false when it is NULL. */
static inline bool hb_kit_put(struct hb_kit *kit, uint64_t slot, void *block, size_t size)
{
    if (__builtin_expect(!block, 0))
        return false;
    hb_loop_touch_block(block, size, (unsigned char)kit->random, kit->touch);
    kit->slots[slot] = block;
    kit->sizes[slot] = (uint32_t)size;
    kit->live += size;
    return true;
}

/* The usual way to a block: its type is that of the ways a loop may give to hb_kit_mix. */
static inline bool hb_kit_malloc(struct hb_kit *kit, uint64_t slot, size_t size)
{
    return hb_kit_put(kit, slot, kit->functions->malloc(size), size);
}

static inline void hb_kit_free(struct hb_kit *kit, uint64_t slot)
{
    kit->functions->free(kit->slots[slot]);
    kit->slots[slot] = NULL;
    kit->live -= kit->sizes[slot];
}

/* The loop of random_mixed: a slot at random is emptied where it is full, and else filled. */
static inline __attribute__((always_inline)) uint64_t
hb_kit_mix(struct hb_kit *kit, uint64_t operations,
           bool (*fill)(struct hb_kit *kit, uint64_t slot, size_t size))
{
    size_t size;
    for (uint64_t done = 0; done < operations; done++) {
        const uint64_t slot = hb_kit_pick(kit, &size);
        if (kit->slots[slot])
            hb_kit_free(kit, slot);
        else if (!fill(kit, slot, size))
            return done;
    }
    return operations;
}

/* --- life ------------------------------------------------------------------------------------- */

/* Sizes and blocks go together. `more`: blocks that a thread holds besides those of the first row.
 */
static inline int hb_kit_check_more(const uint64_t *values, uint64_t more,
                                    struct hb_allocator_hint *hint, char *message,
                                    size_t message_bytes)
{
    const struct hb_size_table *table = (const void *)(uintptr_t)values[HB_KIT_SIZES];
    const uint64_t size_min = table ? table->size_min : values[HB_KIT_MIN_SIZE];
    const uint64_t size_max = table ? table->size_max : values[HB_KIT_MAX_SIZE];
    const uint64_t blocks = values[HB_KIT_BLOCKS] + more;
    if (blocks > HB_LOOP_SLOTS_LIMIT)
        return hb_loop_refuse(message, message_bytes, "%llu blocks a thread are above %llu",
                              (unsigned long long)blocks, (unsigned long long)HB_LOOP_SLOTS_LIMIT);
    if (hb_loop_check(hb_workload.parameters[HB_KIT_BLOCKS].name, blocks, size_min, size_max,
                      values[HB_PARAMETER_THREADS], message, message_bytes) != 0)
        return -1;
    hint->size_max = size_max;
    hint->blocks_max = blocks;
    return 0;
}

static inline int hb_kit_check(const uint64_t *values, struct hb_allocator_hint *hint,
                               char *message, size_t message_bytes)
{
    return hb_kit_check_more(values, 0, hint, message, message_bytes);
}

/* A loop's check() where there is no more to it than such blocks. */
#define HB_KIT_CHECK(more)                                                                         \
    static int check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,        \
                     size_t message_bytes)                                                         \
    {                                                                                              \
        return hb_kit_check_more(values, (more), hint, message, message_bytes);                    \
    }

/* A loop's setup_shared(): what all threads share is made by this call, NULL where there is no
 * memory; it may look at context and values[]. */
#define HB_KIT_SETUP_SHARED(made)                                                                  \
    static int setup_shared(const struct hb_workload_context *context, void **out, char *message,  \
                            size_t message_bytes)                                                  \
    {                                                                                              \
        const uint64_t *const values = context->values;                                            \
        (void)values;                                                                              \
        *out = (made);                                                                             \
        return *out ? 0 : hb_loop_refuse(message, message_bytes, "no memory for what is shared");  \
    }

static inline void hb_kit_place_rows(struct hb_kit *kit)
{
    uint64_t start = 0;
    for (uint32_t i = 0; i < kit->table->count; i++) {
        const uint64_t end = (uint64_t)kit->table->rows[i].live_end + 1; /* in 2^-32 */
        uint64_t first = start * kit->slot_count >> 32;
        const uint64_t last = (end * kit->slot_count + UINT32_MAX) >> 32;
        if (first == kit->slot_count) /* the last row, with no share at all */
            first--;
        kit->places[i] = (struct hb_kit_place){
            .first = (uint32_t)first, .count = last > first ? (uint32_t)(last - first) : 1};
        start = end > start ? end : start;
    }
}

/* A state of `state_bytes`, zeroed, that begins with a kit; `more` slots lie behind those that
 * hb_kit_pick picks from. */
static inline int hb_kit_make(const struct hb_workload_context *context, size_t state_bytes,
                              uint64_t more, void **out, char *message, size_t message_bytes)
{
    const uint64_t *values = context->values;
    const uint64_t slots = values[HB_KIT_BLOCKS] + more;
    const struct hb_size_table *table = (const void *)(uintptr_t)values[HB_KIT_SIZES];
    struct hb_kit *kit = context->reserve(state_bytes);
    struct hb_kit made = {
        .functions = context->functions,
        .values = values,
        .context = context,
        .slots = context->reserve(slots * sizeof *made.slots),
        .sizes = context->reserve(slots * sizeof *made.sizes),
        .slot_count = values[HB_KIT_BLOCKS],
        .capacity = slots,
        .random = hb_loop_seed(context->seed),
        .size_min = values[HB_KIT_MIN_SIZE],
        .size_range = values[HB_KIT_MAX_SIZE] - values[HB_KIT_MIN_SIZE] + 1,
        .table = table,
        .places = context->reserve((table ? table->count : 1) * sizeof *made.places),
        .touch = (enum hb_loop_touch)values[HB_KIT_TOUCH],
    };
    if (!kit || !made.slots || !made.sizes || !made.places)
        return hb_loop_refuse(message, message_bytes,
                              "no memory for %llu slots on each of %u threads",
                              (unsigned long long)slots, context->thread_count);
    *kit = made;
    *out = kit;
    return 0;
}

/* A loop's setup(); `more` may look at values[], and the statement behind it at *state as well. */
#define HB_KIT_SETUP_AND(state_type, more, statement)                                              \
    static int setup(const struct hb_workload_context *context, void **out, char *message,         \
                     size_t message_bytes)                                                         \
    {                                                                                              \
        const uint64_t *const values = context->values;                                            \
        (void)values;                                                                              \
        if (hb_kit_make(context, sizeof(state_type), (more), out, message, message_bytes) != 0)    \
            return -1;                                                                             \
        __typeof__(state_type) *state = *out;                                                      \
        statement;                                                                                 \
        return 0;                                                                                  \
    }
#define HB_KIT_SETUP(state_type, more) HB_KIT_SETUP_AND(state_type, more, (void)state)

/* The row whose blocks have this share of the live ones, by halves; not for the measured loop. */
static inline uint32_t hb_kit_row_of(const struct hb_size_table *table, uint32_t share)
{
    uint32_t low = 0, high = table->count - 1;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (table->rows[middle].live_end < share)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* For loops of hb_kit_mix. Of a profile: half of the slots are filled, each row's blocks in their
 * share, as a program that has run for long would have them. Without one the slots begin empty. */
static inline int hb_kit_prepare(void *opaque)
{
    struct hb_kit *kit = opaque;
    if (!kit->table)
        return 0;
    hb_kit_place_rows(kit);
    for (uint64_t full = 0; full < kit->slot_count / 2;) {
        const uint64_t random = hb_kit_random(kit);
        const uint64_t slot = hb_loop_slot(random, kit->slot_count);
        const uint32_t row = hb_kit_row_of(kit->table, (uint32_t)(random >> 32));
        if (kit->slots[slot])
            continue;
        if (!hb_kit_malloc(kit, slot, kit->table->rows[row].size))
            return -1;
        full++;
    }
    return 0;
}

/* Exact. */
static inline uint64_t hb_kit_live(const void *opaque)
{
    const struct hb_kit *kit = opaque;
    return kit->live;
}

static inline void hb_kit_finish(void *opaque)
{
    struct hb_kit *kit = opaque;
    hb_loop_release(kit->functions, kit->slots, kit->capacity);
}

/* What every loop of the kit leaves to it. */
#define HB_KIT_WORKLOAD                                                                            \
    .abi_version = HB_WORKLOAD_ABI, .struct_bytes = sizeof(struct hb_workload),                    \
    .live_bytes = hb_kit_live, .finish = hb_kit_finish

#endif
