/* Tags of granules: see tag.h. */
#include "tag.h"

#include "os.h"

HK_FIRST_TABLE uint64_t hk_tags[HK_TAG_WORDS]; /* every free(NULL) looks at the first word */

/* The truth: a leaf for each 4 GiB of address space that has superslabs, with the tags in 32 bits:
 * heap << 8 | watched << 7 | class; of a note, with the highest bit. leaf_at has the number of a
 * leaf for each 4 GiB, counted from 1. A leaf is published when it is mapped, and never goes. */
#define LEAF_TAGS  HK_TAG_WORDS
#define LEAF_BYTES (LEAF_TAGS * sizeof(uint32_t))
#define PLACES     (((size_t)1 << (HK_ADDRESS_BITS - HK_GRANULE_SHIFT)) / LEAF_TAGS)
HK_TABLE static _Atomic uint16_t leaf_at[PLACES];
static _Atomic uint32_t *first_leaves[HK_FEW_LEAVES]; /* those that most processes have at most */
HK_TABLE static _Atomic uint32_t *leaves[HK_LEAVES_MAX + 1];
static _Atomic unsigned leaf_count;
#define NOTE (UINT32_C(1) << 31)

static uint32_t packed(uint64_t tag)
{
    return (uint32_t)(tag >> HK_TAG_SHIFT << 8 | (tag & (HK_TAG_LOW_END - 1)));
}

static uint64_t unpacked(uint32_t tag)
{
    return (uint64_t)(tag >> 8) << HK_TAG_SHIFT | (tag & (HK_TAG_LOW_END - 1));
}

static _Atomic uint32_t **leaf_pointer(unsigned number)
{
    return number < HK_FEW_LEAVES ? &first_leaves[number] : &leaves[number];
}

static _Atomic uint32_t *leaf_of(uint64_t number)
{
    const uint64_t place = number / LEAF_TAGS;
    if (place >= PLACES)
        return NULL;
    return *leaf_pointer(atomic_load_explicit(&leaf_at[place], memory_order_acquire));
}

static void set_word(uint64_t number, uint64_t word)
{
    __atomic_store_n(&hk_tags[(uint16_t)number], word, __ATOMIC_RELAXED);
}

/* The slab may get another heap meanwhile. The word that is written last must be of the leaf: who
 * writes a word looks at the leaf once more, and who changes the leaf writes the word after it. */
uint64_t hk_tag_find(const void *address)
{
    const uint64_t number = hk_granule_number(address);
    _Atomic uint32_t *leaf = leaf_of(number);
    if (!leaf)
        return 0;
    uint32_t word = atomic_load_explicit(&leaf[(uint16_t)number], memory_order_relaxed), before;
    uint64_t tag;
    do {
        before = word;
        tag = word & NOTE ? 0 : unpacked(word);
        if (!tag)
            return 0;
        set_word(number, tag ^ number);
        atomic_thread_fence(memory_order_seq_cst);
        word = atomic_load_explicit(&leaf[(uint16_t)number], memory_order_relaxed);
    } while (word != before);
    return tag;
}

/* Two may prepare the same place at once: the one that is late gives its leaf back. */
bool hk_tag_prepare(const void *address)
{
    const uint64_t place = hk_granule_number(address) / LEAF_TAGS;
    uint16_t none = 0;
    if (leaf_of(place * LEAF_TAGS))
        return true;
    if (place >= PLACES || atomic_load(&leaf_count) >= HK_LEAVES_MAX)
        return false;
    _Atomic uint32_t *leaf = hk_os_map(LEAF_BYTES);
    if (!leaf)
        return false;
    const unsigned number = atomic_fetch_add(&leaf_count, 1) + 1;
    if (number > HK_LEAVES_MAX)
        return false;
    *leaf_pointer(number) = leaf;
    HK_STEP();
    if (!atomic_compare_exchange_strong(&leaf_at[place], &none, (uint16_t)number))
        (void)hk_os_unmap((void *)(uintptr_t)leaf, LEAF_BYTES);
    return true;
}

void hk_tag_note(const void *address, uint32_t number)
{
    _Atomic uint32_t *leaf = leaf_of(hk_granule_number(address));
    hk_assert(leaf && number < NOTE);
    atomic_store_explicit(&leaf[(uint16_t)hk_granule_number(address)], number ? number | NOTE : 0,
                          memory_order_relaxed);
}

uint32_t hk_tag_noted(const void *address)
{
    _Atomic uint32_t *leaf = leaf_of(hk_granule_number(address));
    const uint32_t word = leaf ? atomic_load_explicit(&leaf[(uint16_t)hk_granule_number(address)],
                                                      memory_order_relaxed)
                               : 0;
    return word & NOTE ? word & ~NOTE : 0;
}

/* A word that stands for another granule is left alone when the tag goes. The first granule's tag
 * comes last and goes first: a forked child that finds it finds all of the slab. */
void hk_tag_set(const void *address, unsigned count, uint64_t tag)
{
    const uint64_t first = hk_granule_number(address);
    _Atomic uint32_t *leaf = leaf_of(first);
    hk_assert(leaf && (tag == 0 || hk_is_tag(tag)));
    for (unsigned i = 0; i < count; i++) {
        const uint64_t number = first + (tag ? count - 1 - i : i);
        HK_STEP();
        /* who finds the tag by the leaf (hk_slab_walk) finds the slab's header */
        atomic_store_explicit(&leaf[(uint16_t)number], packed(tag), memory_order_release);
        HK_STEP();
        atomic_thread_fence(memory_order_seq_cst);
        if (tag)
            set_word(number, tag ^ number);
        else if (hk_is_tag(hk_read_word(hk_tags[(uint16_t)number]) ^ number))
            set_word(number, 0);
    }
}
