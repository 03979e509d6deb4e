/* Slabs: see slab.h. */
#include "slab.h"

#include "freelink.h"
#include "msg.h"
#include "option.h"
#include "os.h"
#include "super.h"
#include "tag.h"

#include <string.h>

/* What granule 0 of each superslab holds. first[] says at which granule the slab begins that a
 * granule belongs to, so that one subtraction finds the header of any block. */
struct super_header {
    struct hk_super_head head;
    uint8_t first[HK_SUPER_GRANULES];
    struct hk_slab slabs[HK_SUPER_GRANULES]; /* [0] is not used */
};
static_assert(sizeof(struct super_header) <= HK_GRANULE, "the headers fit their granule");

static struct super_header *header_of(const void *address)
{
    return (struct super_header *)((uintptr_t)address & ~(uintptr_t)(HK_SUPER - 1));
}

static unsigned granule_of(const void *address)
{
    return (unsigned)(((uintptr_t)address & (HK_SUPER - 1)) >> HK_GRANULE_SHIFT);
}

struct hk_slab *hk_slab_of(const void *block)
{
    struct super_header *header = header_of(block);
    return &header->slabs[header->first[granule_of(block)]];
}

struct hk_slab *hk_slab_new(uint64_t tag)
{
    const unsigned class_index = hk_tag_class(tag);
    const struct hk_class *class = &hk_classes[class_index];
    unsigned dirty_granules = 0;
    char *start = hk_super_take(class->granules, &dirty_granules);
    if (!start)
        return NULL;
    struct super_header *header = header_of(start);
    const unsigned first = granule_of(start);
    struct hk_slab *slab = &header->slabs[first];
    for (unsigned i = 0; i < class->granules; i++)
        header->first[first + i] = (uint8_t)first;
    slab->next = slab->prev = NULL;
    slab->start = start;
    slab->carved = slab->free_count = slab->scan = 0;
    const uint32_t fit = HK_PAGE / class->block_bytes;
    slab->round = fit < class->capacity ? fit : class->capacity;
    slab->first = slab->round > 1
                      ? (uint32_t)((uintptr_t)start >> HK_GRANULE_SHIFT) * 2654435761u % slab->round
                      : 0;
    atomic_store_explicit(&slab->heap, (uint16_t)hk_tag_heap(tag), memory_order_relaxed);
    atomic_store_explicit(&slab->owners, 0, memory_order_relaxed);
    slab->class_index = (uint8_t)class_index;
    slab->listed = false;
    slab->draining = false;
    slab->watched = (tag & HK_TAG_WATCHED) != 0;
    slab->dirty_granules = (uint8_t)dirty_granules;
    slab->sealed = hk_options.harden;
    if (slab->sealed) {
        slab->first = 1;
        slab->round = class->capacity;
    }
    slab->touched = true;
    slab->given_at = 0;
    memset(slab->bitmap, 0, (class->capacity + 63) / 64 * sizeof slab->bitmap[0]);
    return slab;
}

static void set_tags(const struct hk_slab *slab, uint32_t heap)
{
    const uint64_t watched = slab->draining || slab->watched ? HK_TAG_WATCHED : 0;
    hk_tag_set(slab->start, hk_classes[slab->class_index].granules,
               (uint64_t)heap << HK_TAG_SHIFT | watched | slab->class_index);
}

void hk_slab_publish(struct hk_slab *slab)
{
    HK_STEP();
    set_tags(slab, hk_slab_heap(slab));
    hk_super_tagged();
    hk_assert(hk_slab_valid(slab));
}

void hk_slab_drain(struct hk_slab *slab, bool draining)
{
    slab->draining = draining;
    set_tags(slab, hk_slab_heap(slab));
}

/* The header first, then the tags, of which the first granule's comes last: a forked child goes by
 * that one, and makes the header anew before its heap comes to the slab. Whichever of the two it
 * is, what was sent to the other is sent on. */
void hk_slab_set_heap(struct hk_slab *slab, uint32_t heap)
{
    const uint64_t both = UINT64_C(1) << hk_slab_heap(slab) % 64 | UINT64_C(1) << heap % 64;
    atomic_fetch_or_explicit(&slab->owners, both, memory_order_relaxed);
    atomic_store_explicit(&slab->heap, (uint16_t)heap, memory_order_release);
    HK_STEP();
    set_tags(slab, heap);
}

/* Blocks are carved page by page, in order. */
void hk_slab_release(struct hk_slab *slab)
{
    const struct hk_class *class = &hk_classes[slab->class_index];
    const size_t carved = (size_t)(slab->carved + slab->sealed) * class->block_bytes;
    hk_assert(hk_slab_is_empty(slab) && !slab->listed && !slab->draining);
    hk_super_give(slab->start, class->granules,
                  (unsigned)(hk_round_up(carved, HK_GRANULE) >> HK_GRANULE_SHIFT));
}

/* ---- taking ---- */

static void *block_at(const struct hk_slab *slab, uint32_t index)
{
    return slab->start + (size_t)index * hk_classes[slab->class_index].block_bytes;
}

/* The index of the block that is carved as the `position`th: the first page is used up before
 * another one is touched. */
static uint32_t carved_index(const struct hk_slab *slab, uint32_t position)
{
    const uint32_t index = slab->first + position;
    if (position >= slab->round)
        return position;
    return index < slab->round ? index : index - slab->round;
}

/* The lowest free block; there must be one. */
static void *take_lowest(struct hk_slab *slab)
{
    while (slab->bitmap[slab->scan] == 0)
        slab->scan++;
    uint64_t *word = &slab->bitmap[slab->scan];
    const uint32_t index = slab->scan * 64 + hk_lowest_bit(*word);
    *word &= *word - 1;
    slab->free_count--;
    return block_at(slab, index);
}

static void take_freed(struct hk_slab *slab, unsigned most, struct hk_taken *taken)
{
    const size_t bytes = hk_classes[slab->class_index].block_bytes;
    uint32_t left = slab->free_count < most ? slab->free_count : most;
    slab->free_count -= left;
    while (left > 0) {
        while (slab->bitmap[slab->scan] == 0)
            slab->scan++;
        uint64_t bits = slab->bitmap[slab->scan];
        char *const base = slab->start + (size_t)slab->scan * 64 * bytes;
        for (; bits && left > 0; bits &= bits - 1, left--)
            taken->blocks[taken->count++] = base + hk_lowest_bit(bits) * bytes;
        slab->bitmap[slab->scan] = bits;
    }
}

static void take_fresh(struct hk_slab *slab, unsigned most, struct hk_taken *taken)
{
    const struct hk_class *class = &hk_classes[slab->class_index];
    const uintptr_t page = (uintptr_t)block_at(slab, carved_index(slab, slab->carved)) / HK_PAGE;
    while (slab->carved < hk_slab_capacity(slab) && taken->count < most) {
        char *block = block_at(slab, carved_index(slab, slab->carved));
        if (taken->count && ((uintptr_t)(block + class->block_bytes - 1) / HK_PAGE != page))
            break;
        slab->carved++;
        taken->blocks[taken->count++] = block;
    }
}

static bool may_be_dirty(const struct hk_slab *slab, const void *block)
{
    return (size_t)((const char *)block - slab->start) < slab->dirty_granules * HK_GRANULE;
}

void hk_slab_take(struct hk_slab *slab, unsigned most, struct hk_taken *taken)
{
    taken->count = 0;
    slab->touched = true;
    take_freed(slab, most, taken);
    taken->zero = taken->count == 0;
    if (taken->count == 0)
        take_fresh(slab, most, taken);
    if (taken->count > 0 && may_be_dirty(slab, taken->blocks[0]))
        taken->zero = false;
}

/* Who sees that a block was carved, another thread or a forked child, sees it prepared. */
void *hk_slab_take_one(struct hk_slab *slab, hk_slab_prepare *prepare, bool *is_fresh)
{
    *is_fresh = slab->free_count == 0;
    slab->touched = true;
    if (slab->free_count)
        return take_lowest(slab);
    if (hk_slab_is_exhausted(slab))
        return NULL;
    char *block = block_at(slab, carved_index(slab, slab->carved));
    const size_t bytes = hk_classes[slab->class_index].block_bytes;
    prepare(&(struct hk_fresh){.block = block,
                               .front = slab->carved ? NULL : block - bytes,
                               .bytes = bytes,
                               .is_dirty = may_be_dirty(slab, block)});
    HK_STEP();
    atomic_thread_fence(memory_order_release);
    slab->carved++;
    return block;
}

/* ---- coming back ---- */

static uint32_t index_of(const struct hk_slab *slab, const void *block)
{
    const uint64_t offset = (uint64_t)((const char *)block - slab->start);
    return (uint32_t)(offset * hk_classes[slab->class_index].inverse >> 40);
}

static bool bit_of(const struct hk_slab *slab, uint32_t index)
{
    return slab->bitmap[index / 64] >> (index % 64) & 1;
}

static bool is_carved(const struct hk_slab *slab, uint32_t index)
{
    const uint32_t capacity = hk_classes[slab->class_index].capacity;
    const uint32_t from_first =
        index >= slab->first ? index - slab->first : index + slab->round - slab->first;
    const uint32_t position = index < slab->round ? from_first : index;
    return index < capacity && position < slab->carved;
}

static bool is_live(const struct hk_slab *slab, const void *block, uint32_t index)
{
    return is_carved(slab, index) && block_at(slab, index) == block && !bit_of(slab, index);
}

bool hk_slab_has_carved(const struct hk_slab *slab, const void *block)
{
    return is_carved(slab, index_of(slab, block));
}

bool hk_slab_has_free(const struct hk_slab *slab, const void *block)
{
    return bit_of(slab, index_of(slab, block));
}

HK_SLOW __attribute__((noreturn)) static void
end_program(const char *what, const struct hk_slab *slab, const void *block, const char *call)
{
    struct hk_text detail = {.size = 0};
    hk_text_add(&detail, call);
    hk_text_add(&detail, ", size class ");
    hk_text_number(&detail, hk_classes[slab->class_index].block_bytes);
    hk_text_add(&detail, " B");
    detail.bytes[detail.size] = '\0';
    hk_fatal(what, block, detail.bytes);
}

HK_SLOW __attribute__((noreturn)) static void refuse(const struct hk_slab *slab, const void *block,
                                                     const char *call)
{
    const uint32_t index = index_of(slab, block);
    if (block_at(slab, index) != block)
        end_program("a pointer inside a block", slab, block, call);
    if (!is_carved(slab, index))
        end_program("a block that was never allocated", slab, block, call);
    end_program(strcmp(call, "free") == 0 ? "double free" : "a freed block", slab, block, call);
}

void hk_slab_double_free(const void *block)
{
    end_program("double free", hk_slab_of(block), block, "free");
}

void hk_slab_check(const struct hk_slab *slab, const void *block, const char *call)
{
    if (hk_unlikely(!is_live(slab, block, index_of(slab, block))))
        refuse(slab, block, call);
}

/* Where all of its first page is carved, all below `carved` is. */
struct hk_slab *hk_slab_of_live(const void *block, unsigned class_index)
{
    struct super_header *header = header_of(block);
    struct hk_slab *slab = &header->slabs[header->first[granule_of(block)]];
    const struct hk_class *class = &hk_classes[class_index];
    const uint64_t offset = (uint64_t)((const char *)block - slab->start);
    const uint32_t index = (uint32_t)(offset * class->inverse >> 40), carved = slab->carved;
    if (hk_unlikely(index >= carved || carved < slab->round ||
                    (uint64_t)index * class->block_bytes != offset || bit_of(slab, index)))
        hk_slab_check(slab, block, "free");
    return slab;
}

void hk_slab_return(struct hk_slab *slab, const void *block)
{
    const uint32_t index = index_of(slab, block);
    if (hk_unlikely(!is_live(slab, block, index)))
        refuse(slab, block, "free");
    hk_did(1);
    slab->bitmap[index / 64] |= UINT64_C(1) << (index % 64);
    slab->free_count++;
    if (index / 64 < slab->scan)
        slab->scan = index / 64;
}

/* What was freed in order lies in steps of the same size: 4 % of a loop that frees much. */
#define AHEAD 3

/* Neighbours in a list are neighbours in a slab, most often: what is the slab's is read once for
 * all of them, and a block costs its link and its bit (log, 46). */
void *hk_slab_return_list(struct hk_slab *slab, void *block, size_t most)
{
    const struct hk_class *class = &hk_classes[slab->class_index];
    const uintptr_t start = (uintptr_t)slab->start, key = hk_link_key;
    const uint64_t bytes = class->block_bytes, inverse = class->inverse;
    const size_t slab_bytes = class->granules * HK_GRANULE;
    const uint32_t all_carved = slab->carved >= slab->round ? slab->carved : 0;
    const bool harden = hk_options.harden;
    uint32_t scan = slab->scan;
    size_t left = most;
    for (uint64_t offset; left > 0 && (offset = (uintptr_t)block - start) < slab_bytes; left--) {
        const uint32_t index = (uint32_t)(offset * inverse >> 40);
        const uint64_t bits = slab->bitmap[index / 64], bit = UINT64_C(1) << (index % 64);
        if (hk_unlikely(index * bytes != offset || bits & bit ||
                        (index >= all_carved && !is_carved(slab, index))))
            refuse(slab, block, "free");
        char *next = (char *)(*(uintptr_t *)block ^ key);
        __builtin_prefetch(next + AHEAD * (next - (char *)block));
        if (hk_unlikely(harden))
            *(void **)block = NULL; /* what is freed reads as zero */
        slab->bitmap[index / 64] = bits | bit;
        scan = index / 64 < scan ? index / 64 : scan;
        block = next;
    }
    hk_did(most - left);
    slab->free_count += (uint32_t)(most - left);
    slab->scan = scan;
    return block;
}

/* ---- giving pages ---- */

/* A bit for each page. */
struct pages {
    uint64_t bits[HK_PAGES_MAX / 64];
};

static unsigned page_count(const struct hk_slab *slab)
{
    return hk_classes[slab->class_index].granules * (unsigned)(HK_GRANULE / HK_PAGE);
}

static bool has_page(const uint64_t *bits, unsigned page)
{
    return bits[page / 64] >> (page % 64) & 1;
}

static void add_page(uint64_t *bits, unsigned page)
{
    bits[page / 64] |= UINT64_C(1) << (page % 64);
}

static void add_block(const struct hk_slab *slab, uint32_t index, struct pages *pages)
{
    const size_t bytes = hk_classes[slab->class_index].block_bytes, start = index * bytes;
    for (size_t page = start / HK_PAGE; page <= (start + bytes - 1) / HK_PAGE; page++)
        add_page(pages->bits, (unsigned)page);
}

/* Beyond this index nothing was ever carved. */
static uint32_t carved_end(const struct hk_slab *slab)
{
    return slab->carved > slab->round ? slab->carved : slab->carved ? slab->round : 0;
}

/* Pages with a byte of a block that is with the program, in a list or on its way. */
static void find_used(const struct hk_slab *slab, struct pages *used)
{
    const uint32_t end = carved_end(slab);
    for (uint32_t word = 0; word * 64 < end; word++) {
        for (uint64_t left = ~slab->bitmap[word]; left; left &= left - 1) {
            const uint32_t index = word * 64 + hk_lowest_bit(left);
            if (index < end && is_carved(slab, index))
                add_block(slab, index, used);
        }
    }
}

/* Pages that may be resident though nothing in them is in use. Returns how many. */
static unsigned find_idle(const struct hk_slab *slab, struct pages *idle)
{
    const size_t carved = carved_end(slab) * (size_t)hk_classes[slab->class_index].block_bytes,
                 dirty = slab->dirty_granules * HK_GRANULE;
    const size_t end = carved > dirty ? carved : dirty;
    struct pages used = {0};
    unsigned count = 0;
    find_used(slab, &used);
    for (unsigned page = 0; page < page_count(slab) && page * (size_t)HK_PAGE < end; page++) {
        if (has_page(used.bits, page) || has_page(slab->given, page))
            continue;
        add_page(idle->bits, page);
        count++;
    }
    return count;
}

/* One call for each run of neighbours. What the kernel refuses is not offered again, and ends it.
 */
static unsigned give_runs(struct hk_slab *slab, const struct pages *idle, unsigned most)
{
    unsigned calls = 0;
    for (unsigned page = 0; page < page_count(slab) && calls < most; page++) {
        unsigned end = page;
        while (end < page_count(slab) && has_page(idle->bits, end))
            add_page(slab->given, end++);
        if (end == page)
            continue;
        if (!hk_os_purge(slab->start + (size_t)page * HK_PAGE, (size_t)(end - page) * HK_PAGE))
            return most + 1;
        calls++;
        page = end;
    }
    return calls;
}

unsigned hk_slab_give_pages(struct hk_slab *slab, bool whatever, unsigned most)
{
    struct pages idle = {0};
    if (slab->sealed || hk_os_page_bytes() != HK_PAGE)
        return 0;
    if (slab->touched)
        memset(slab->given, 0, sizeof slab->given);
    const bool is_quiet = !slab->touched || whatever,
               is_done = !slab->touched && slab->given_at == slab->free_count;
    slab->touched = false;
    slab->given_at = 0;
    if (is_done)
        slab->given_at = slab->free_count;
    if (is_done || !is_quiet || find_idle(slab, &idle) < page_count(slab) / HK_PAGES_SHARE)
        return 0;
    const unsigned calls = give_runs(slab, &idle, most);
    slab->given_at = calls < most ? slab->free_count : 0;
    return calls;
}

/* ---- all slabs ---- */

struct visit {
    void (*each)(struct hk_slab *slab, uint64_t tag, void *argument);
    void *argument;
};

static void visit_superslab(void *super, void *argument)
{
    struct super_header *header = super;
    const struct visit *visit = argument;
    for (unsigned granule = 1; granule < HK_SUPER_GRANULES; granule++) {
        const uint64_t tag = hk_tag_of((char *)super + ((size_t)granule << HK_GRANULE_SHIFT));
        atomic_thread_fence(memory_order_acquire); /* its thread wrote the header first */
        if (tag && header->first[granule] == granule)
            visit->each(&header->slabs[granule], tag, visit->argument);
    }
}

void hk_slab_walk(void (*each)(struct hk_slab *slab, uint64_t tag, void *argument), void *argument)
{
    struct visit visit = {each, argument};
    hk_super_walk(visit_superslab, &visit);
}

static void sum_slab(struct hk_slab *slab, uint64_t tag, void *argument)
{
    struct hk_slab_sums *sums = argument;
    /* Its thread may carve meanwhile. */
    const uint32_t free_count = __atomic_load_n(&slab->free_count, __ATOMIC_ACQUIRE);
    sums->slabs[hk_tag_class(tag)]++;
    sums->blocks[hk_tag_class(tag)] += hk_beyond(slab->carved, free_count);
}

void hk_slab_sum(struct hk_slab_sums *sums)
{
    *sums = (struct hk_slab_sums){0};
    hk_slab_walk(sum_slab, sums);
}

/* ---- after a fork ---- */

static unsigned set_bits(const struct hk_slab *slab)
{
    unsigned count = 0;
    for (size_t i = 0; i < (hk_classes[slab->class_index].capacity + 63) / 64; i++)
        count += hk_count_bits(slab->bitmap[i]);
    return count;
}

/* Its thread may have been anywhere: a bit is set or cleared before free_count follows, and a block
 * is carved before it goes into a list. What was between the two is lost. */
void hk_slab_repair(struct hk_slab *slab, uint32_t heap)
{
    atomic_store_explicit(&slab->heap, (uint16_t)heap, memory_order_relaxed);
    slab->next = slab->prev = NULL;
    slab->free_count = set_bits(slab);
    slab->scan = 0;
    slab->listed = false;
    slab->touched = true;
    hk_slab_drain(slab, false);
}

/* ---- in debug builds ---- */

#ifdef HK_DEBUG
bool hk_slab_valid(const struct hk_slab *slab)
{
    const struct hk_class *class = &hk_classes[slab->class_index];
    const uint64_t tag = hk_tag_find(slab->start);
    if (slab->class_index >= HK_CLASS_COUNT || hk_tag_class(tag) != slab->class_index ||
        hk_tag_heap(tag) != hk_slab_heap(slab) || hk_slab_of(slab->start) != slab)
        return false;
    if (slab->carved > class->capacity || slab->free_count > slab->carved ||
        slab->free_count != set_bits(slab) || (slab->listed && slab->draining))
        return false;
    for (uint32_t i = 0; i < class->capacity; i++) {
        if (bit_of(slab, i) && (!is_carved(slab, i) || i / 64 < slab->scan))
            return false;
    }
    struct pages used = {0};
    find_used(slab, &used);
    for (unsigned i = 0; i < HK_PAGES_MAX / 64; i++) {
        if (!slab->touched && used.bits[i] & slab->given[i])
            return false;
    }
    return ((tag & HK_TAG_WATCHED) != 0) == (slab->watched || slab->draining);
}
#endif
