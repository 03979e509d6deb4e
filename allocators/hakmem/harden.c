/* HAKMEM_HARDEN=1: see harden.h. */
#include "harden.h"

#include "heap.h"
#include "large.h"
#include "msg.h"
#include "nothing.h"
#include "os.h"
#include "quarantine.h"
#include "remote.h"
#include "thread.h"

#include <errno.h>
#include <string.h>

/* ---- making ---- */

static uint8_t alignment_code(size_t alignment)
{
    return alignment ? (uint8_t)(hk_lowest_bit(alignment) + 1) : 0;
}

/* HK_CLASS_COUNT: none. Slabs start at multiples of 64 KiB, so that a block size that is a multiple
 * of the alignment keeps it for every block. */
static unsigned class_for(size_t alignment, size_t size)
{
    if (size > HK_SEALED_MAX - HK_SEAL_BYTES || alignment > HK_GRANULE)
        return HK_CLASS_COUNT;
    for (unsigned c = hk_class_of(size + HK_SEAL_BYTES);
         c < HK_CLASS_COUNT && hk_classes[c].block_bytes <= HK_SEALED_MAX; c++) {
        if (!alignment || hk_classes[c].block_bytes % alignment == 0)
            return c;
    }
    return HK_CLASS_COUNT;
}

/* A block has a whole mark from before it can be taken for one. */
static void prepare(const struct hk_fresh *fresh)
{
    if (fresh->front)
        hk_seal_set(fresh->front, fresh->bytes, (struct hk_seal){.state = HK_SEAL_FRONT});
    if (fresh->is_dirty)
        memset(fresh->block, 0, fresh->bytes - HK_SEAL_BYTES);
    hk_seal_set(fresh->block, fresh->bytes, (struct hk_seal){.state = HK_SEAL_FREED});
}

static void *make_small(unsigned class_index, struct hk_seal seal)
{
    bool is_fresh;
    const size_t bytes = hk_classes[class_index].block_bytes;
    char *block = hk_heap_take_one(class_index, prepare, &is_fresh);
    if (!block)
        return NULL;
    if (!is_fresh &&
        (hk_seal_get(block, bytes).state != HK_SEAL_FREED || !hk_seal_is_wiped(block, bytes)))
        hk_seal_fatal("a freed block was written to", block, bytes, "found when it was reused");
    hk_seal_pad(block, bytes, seal.size);
    hk_seal_set(block, bytes, seal);
    return block;
}

static _Atomic size_t guards; /* behind large blocks */

/* Near the number of mappings that the kernel allows a block does without. */
static bool take_guard(char *address)
{
    if (atomic_load_explicit(&guards, memory_order_relaxed) >= HK_LARGE_GUARDS_MOST ||
        !hk_os_guard(address, HK_GUARD_BYTES))
        return false;
    atomic_fetch_add_explicit(&guards, 1, memory_order_relaxed);
    return true;
}

static void give_guard(struct hk_seal seal)
{
    if (seal.is_guarded)
        atomic_fetch_sub_explicit(&guards, 1, memory_order_relaxed);
}

static void seal_large(char *block, struct hk_seal seal)
{
    const size_t bytes = hk_large_size(block) - HK_GUARD_BYTES;
    seal.is_guarded = take_guard(block + bytes);
    hk_seal_pad(block, bytes, seal.size);
    hk_seal_set(block, bytes, seal);
}

/* A fresh mapping: zero. */
static void *make_large(size_t alignment, struct hk_seal seal)
{
    size_t dirty;
    char *block = hk_large_alloc(seal.size + HK_SEAL_BYTES + HK_GUARD_BYTES,
                                 alignment > HK_ALIGN ? alignment : HK_ALIGN, &dirty);
    if (block)
        seal_large(block, seal);
    return block;
}

static void *make(size_t alignment, struct hk_seal seal)
{
    const unsigned class_index = class_for(alignment, seal.size);
    void *block = seal.size == 0 ? hk_nothing_take(alignment, seal) : NULL;
    if (!block && class_index < HK_CLASS_COUNT && hk_thread_ready())
        block = make_small(class_index, seal);
    return block ? block : make_large(alignment, seal);
}

/* What waits goes before a request fails, also one for more than waits: the rest may be there. */
static bool has_made_room(size_t size)
{
    if (size > HK_SEALED_LARGEST)
        return false;
    hk_quarantine_empty();
    if (hk_cache.heap)
        hk_heap_flush();
    (void)hk_quarantine_drop_ranges();
    return true;
}

void *hk_harden_alloc(size_t alignment, size_t size, enum hk_kind kind)
{
    const struct hk_seal seal = {.size = size,
                                 .state = HK_SEAL_LIVE,
                                 .kind = (uint8_t)kind,
                                 .alignment = alignment_code(alignment)};
    void *block = NULL;
    if (size <= HK_SEALED_LARGEST)
        block = make(alignment, seal);
    if (!block && has_made_room(size))
        block = make(alignment, seal);
    if (!block)
        errno = ENOMEM;
    hk_thread_done();
    return block;
}

/* ---- looking ---- */

/* A block that something is to be done with. */
struct found {
    char *block;
    size_t bytes;               /* seal included, guard not */
    const struct hk_slab *slab; /* NULL: a large block */
    bool is_sealed;
    const char *call;
};

static struct found find(void *block, const char *call)
{
    struct found found = {.block = block, .call = call};
    if (hk_tag_of(block)) {
        found.slab = hk_slab_of(block);
        hk_slab_check(found.slab, block, call);
        found.bytes = hk_classes[found.slab->class_index].block_bytes;
        found.is_sealed = found.slab->sealed;
        return found;
    }
    found.bytes = hk_large_size(block);
    if (!found.bytes && hk_quarantine_has_range(block))
        hk_fatal("a large block that was freed before", block, call);
    if (!found.bytes)
        hk_fatal("a pointer that is not hakmem's, or a large block freed before", block, call);
    found.is_sealed = hk_large_is_sealed(block);
    found.bytes -= found.is_sealed ? HK_GUARD_BYTES : 0;
    return found;
}

HK_SLOW __attribute__((noreturn)) static void refuse_freed(const struct found *found)
{
    const bool frees =
        strcmp(found->call, "realloc") != 0 && strcmp(found->call, "malloc_usable_size") != 0;
    hk_seal_fatal(frees ? "double free" : "a freed block", found->block, found->bytes, found->call);
}

static struct hk_seal look(const struct found *found)
{
    const struct hk_seal seal = hk_seal_get(found->block, found->bytes);
    if (seal.state == HK_SEAL_FREED)
        refuse_freed(found);
    if (seal.state != HK_SEAL_LIVE ||
        !hk_seal_has_pad(found->block, found->bytes, seal, HK_SEAL_PAD))
        hk_seal_fatal("the end of a block was overwritten", found->block, found->bytes,
                      found->call);
    return seal;
}

/* Another block's, which may be in use by another thread. */
static bool is_whole(const char *block, size_t bytes)
{
    const struct hk_seal seal = hk_seal_get(block, bytes);
    return seal.state != HK_SEAL_BROKEN &&
           (seal.state != HK_SEAL_LIVE || hk_seal_has_pad(block, bytes, seal, HK_SEAL_NEIGHBOUR));
}

/* A write in front of this block, or behind one that is never freed. All blocks before this one
 * were handed out once. */
static void look_around(const struct found *found)
{
    const char *before = found->block - found->bytes, *behind = found->block + found->bytes;
    const struct hk_slab *slab = found->slab;
    if (!slab)
        return;
    if (!is_whole(before, found->bytes))
        hk_seal_fatal("the bytes in front of a block were overwritten", found->block, found->bytes,
                      found->call);
    if (!hk_slab_has_carved(slab, behind))
        return;
    atomic_thread_fence(memory_order_acquire);
    if (!is_whole(behind, found->bytes))
        hk_seal_fatal("the end of a block was overwritten", behind, found->bytes, found->call);
}

static void must_agree(const struct found *found, struct hk_seal seal, const struct hk_claim *claim)
{
    static const char *const made_by[] = {
        [HK_KIND_MALLOC] = "a block that malloc made, freed by another family",
        [HK_KIND_NEW] = "a block that new made, freed by another family",
        [HK_KIND_NEW_ARRAY] = "a block that new[] made, freed by another family",
    };
    const char *what = NULL;
    if (claim->kind != HK_KIND_ANY && claim->kind != seal.kind)
        what = made_by[seal.kind];
    else if (claim->alignment != HK_NOT_SAID && alignment_code(claim->alignment) != seal.alignment)
        what = "a block that was asked for with another alignment";
    else if (claim->size != HK_NOT_SAID && claim->size != seal.size)
        what = "a block that was asked for with another size";
    if (what)
        hk_seal_fatal(what, found->block, found->bytes, found->call);
}

/* ---- freeing ---- */

static void free_small(const struct found *found, struct hk_seal seal)
{
    struct hk_seal freed = seal;
    freed.state = HK_SEAL_FREED;
    if (!hk_seal_change(found->block, found->bytes, seal, freed))
        refuse_freed(found);
    hk_seal_wipe(found->block, hk_seal_pad_end(found->bytes, seal.size));
    hk_quarantine_add(found->block, found->bytes);
}

static void free_large(const struct found *found, struct hk_seal seal)
{
    const size_t bytes = hk_large_remove(found->block);
    if (!bytes) /* another thread was quicker */
        hk_fatal("a large block that was freed before", found->block, found->call);
    give_guard(seal);
    hk_quarantine_add_range(found->block, bytes);
}

static void free_unsealed(const struct found *found)
{
    const uint64_t tag = hk_tag_of(found->block);
    if (!found->slab)
        (void)hk_large_free(found->block);
    else if (tag - hk_cache.own < HK_TAG_LOW_END)
        hk_heap_return(found->block);
    else {
        hk_remote_send(found->block, tag);
        hk_remote_flush();
    }
}

static struct hk_seal look_at_nothing(const struct found *found)
{
    const struct hk_seal seal = hk_nothing_get(found->block);
    if (seal.state == HK_SEAL_BROKEN)
        hk_fatal("a pointer inside a block of no bytes", found->block, found->call);
    if (seal.state == HK_SEAL_FREED)
        refuse_freed(found);
    return seal;
}

static void free_nothing(void *block, const struct hk_claim *claim)
{
    const struct found found = {.block = block, .call = claim->call};
    must_agree(&found, look_at_nothing(&found), claim);
    if (!hk_nothing_give(block))
        refuse_freed(&found);
}

void hk_harden_free(void *block, const struct hk_claim *claim)
{
    if (!block)
        return;
    if (hk_nothing_covers(block)) {
        free_nothing(block, claim);
        return;
    }
    if (hk_likely(!hk_cache.has_ended)) /* so that what waits goes home when this thread ends */
        (void)hk_thread_ready();
    const struct found found = find(block, claim->call);
    if (!found.is_sealed) {
        free_unsealed(&found);
    } else {
        const struct hk_seal seal = look(&found);
        must_agree(&found, seal, claim);
        look_around(&found);
        if (found.slab)
            free_small(&found, seal);
        else
            free_large(&found, seal);
    }
    if (--hk_cache.budget < 0)
        hk_heap_tick();
}

/* ---- the rest ---- */

size_t hk_harden_usable_size(void *block)
{
    if (hk_nothing_covers(block)) {
        const struct found nothing = {.block = block, .call = "malloc_usable_size"};
        (void)look_at_nothing(&nothing);
        return 0;
    }
    const struct found found = find(block, "malloc_usable_size");
    if (!found.is_sealed)
        return found.bytes;
    const struct hk_seal seal = look(&found);
    look_around(&found);
    return seal.size;
}

static const struct hk_claim by_realloc = {"realloc", HK_KIND_MALLOC, HK_NOT_SAID, HK_NOT_SAID};

/* Another thread that looks at this block as a neighbour sees the old seal with the old pad or the
 * new one with the new: what only the one needs changes while the other holds. */
static void resize(const struct found *found, struct hk_seal seal, size_t size)
{
    char *block = found->block;
    const size_t old_size = seal.size, old_end = hk_seal_pad_end(found->bytes, old_size);
    const size_t end = hk_seal_pad_end(found->bytes, size);
    if (size > old_size)
        hk_seal_extend_pad(block, old_end > size ? old_end : size, end);
    else
        hk_seal_extend_pad(block, size, end < old_size ? end : old_size);
    seal.size = size;
    seal.alignment = 0;
    hk_seal_set(block, found->bytes, seal);
    if (size > old_size) /* behind the old pad it is zero already */
        memset(block + old_size, 0, (old_end < size ? old_end : size) - old_size);
    else if (end < old_end)
        hk_seal_wipe(block + end, old_end - end);
}

/* The pages move to a place with room for more, so that growing step by step is not quadratic. */
static void *grow_large(const struct found *found, struct hk_seal seal, size_t size)
{
    const size_t least = size + HK_SEAL_BYTES + HK_GUARD_BYTES, spare = size / HK_LARGE_SPARE_SHARE;
    const size_t old_end = hk_seal_pad_end(found->bytes, seal.size);
    char *block = hk_large_move(found->block, found->bytes, hk_round_up(least + spare, HK_GRANULE));
    if (!block)
        block = hk_large_move(found->block, found->bytes, hk_round_up(least, HK_GRANULE));
    if (!block)
        return NULL;
    memset(block + seal.size, 0, old_end - seal.size);
    memset(block + found->bytes - HK_SEAL_BYTES, 0, HK_SEAL_BYTES);
    give_guard(seal);
    seal.size = size;
    seal.alignment = 0;
    seal_large(block, seal);
    return block;
}

static void *move(void *block, size_t old_size, size_t size)
{
    void *moved = hk_harden_alloc(0, size, HK_KIND_MALLOC);
    if (!moved)
        return NULL;
    memcpy(moved, block, size < old_size ? size : old_size);
    hk_harden_free(block, &by_realloc);
    return moved;
}

void *hk_harden_realloc(void *block, size_t size)
{
    if (!block)
        return hk_harden_alloc(0, size, HK_KIND_MALLOC);
    if (size == 0) {
        hk_harden_free(block, &by_realloc);
        return NULL;
    }
    if (hk_nothing_covers(block))
        return move(block, 0, size);
    const struct found found = find(block, by_realloc.call);
    if (!found.is_sealed)
        return move(block, found.bytes, size);
    const struct hk_seal seal = look(&found);
    const size_t room = found.bytes - HK_SEAL_BYTES;
    must_agree(&found, seal, &by_realloc);
    look_around(&found);
    if (size <= room && size >= room / 2) {
        resize(&found, seal, size);
        return block;
    }
    const bool grows = !found.slab && size > room && size <= HK_SEALED_LARGEST;
    const int kept = errno;
    void *moved = grows ? grow_large(&found, seal, size) : NULL;
    if (!moved)
        moved = move(block, seal.size, size);
    if (!moved && grows && (moved = grow_large(&found, seal, size))) /* what failed made room */
        errno = kept;
    if (!moved && size <= room) { /* it holds less where it is, rather than fail */
        errno = kept;
        resize(&found, seal, size);
        return block;
    }
    return moved;
}
