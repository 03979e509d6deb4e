/* Heaps: see heap.h. */
#include "heap.h"

#include "heaps.h"
#include "large.h"
#include "msg.h"
#include "option.h"
#include "os.h"
#include "remote.h"
#include "runs.h"
#include "super.h"
#include "visit.h"

#include <string.h>

/* Frees of a heap that shrank are counted for so long. */
#define SHRINK_NS (3 * (uint64_t)HK_PURGE_PERIOD_NS)

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- slabs of a heap ---- */

/* The slab that a block in a list lies in. NULL: it is another heap's now, and so is the block. */
static struct hk_slab *slab_of_listed(const struct hk_heap *heap, const void *block)
{
    struct hk_slab *slab = hk_tag_of(block) ? hk_slab_of(block) : NULL;
    if (hk_likely(slab && hk_slab_heap(slab) == heap->id))
        return slab;
    if (!slab || !hk_slab_was_of(slab, heap->id))
        hk_fatal("a freed block was written to: its link leads astray", block, NULL);
    return NULL;
}

/* The rest of a list whose first block, of another heap now, is sent there. */
HK_SLOW static void *send_on(void *block)
{
    void *rest = hk_link_of(block);
    hk_remote_forward(block);
    return rest;
}

size_t hk_heap_return_some(struct hk_heap *heap, void **list, size_t most)
{
    size_t count = 0;
    while (*list && count < most) {
        struct hk_slab *slab = slab_of_listed(heap, *list);
        if (hk_unlikely(!slab)) {
            *list = send_on(*list);
            count++;
            continue;
        }
        const uint32_t before = slab->free_count;
        *list = hk_slab_return_list(slab, *list, most - count);
        const uint32_t blocks = slab->free_count - before;
        (void)hk_slabs_returned(&heap->slabs, slab, blocks);
        count += blocks;
    }
    return count;
}

/* NULL: the slab is gone with it, or the block went on. */
static struct hk_slab *return_block(struct hk_heap *heap, void *block)
{
    struct hk_slab *slab = slab_of_listed(heap, block);
    if (hk_unlikely(!slab)) {
        hk_remote_forward(block);
        return NULL;
    }
    hk_slab_return(slab, block);
    return hk_slabs_returned(&heap->slabs, slab, 1) ? slab : NULL;
}

void hk_heap_return_one(struct hk_heap *heap, void *block)
{
    (void)return_block(heap, block);
}

/* These come from elsewhere, in ever other sizes perhaps: one empty slab for each class of large
 * ones, and that for each thread, would be a lot. */
void hk_heap_return(void *block)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_heap_enter(heap);
    struct hk_slab *slab = return_block(heap, block);
    if (slab && slab->listed && hk_slab_is_empty(slab) &&
        hk_classes[slab->class_index].capacity < HK_KEEP_EMPTY_BLOCKS) {
        hk_slabs_unlist(&heap->slabs, slab);
        hk_slabs_release(&heap->slabs, slab);
    }
    hk_heap_leave(heap);
}

/* ---- giving blocks back ---- */

/* Most are empty. */
static size_t return_if_any(struct hk_heap *heap, void **list, size_t most)
{
    return *list ? hk_heap_return_some(heap, list, most) : 0;
}

static void return_all(struct hk_heap *heap, void **list)
{
    (void)return_if_any(heap, list, SIZE_MAX);
}

static void *take_list(unsigned class_index)
{
    void *first = hk_list_first(class_index);
    hk_list_set(class_index, NULL);
    return first;
}

/* The reserve leaves and the list becomes it; each where the place is free. */
static void move_on(struct hk_heap *heap, unsigned class_index)
{
    void **reserve = &heap->reserve[class_index], **leaving = &heap->leaving[class_index];
    if (*reserve && !*leaving) {
        *leaving = *reserve;
        *reserve = NULL;
    }
    if (!*reserve)
        *reserve = take_list(class_index);
}

static void move_all_on(struct hk_heap *heap, bool gives_reserve)
{
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++)
        move_on(heap, c);
    heap->is_leaving = true;
    heap->gives_reserve = heap->gives_reserve || gives_reserve;
}

void hk_heap_return_leaving(struct hk_heap *heap, size_t *left)
{
    for (unsigned c = 0; *left > 0 && c < HK_CLASS_COUNT; c++) {
        size_t count = return_if_any(heap, &heap->leaving[c], *left);
        *left -= count;
        if (heap->gives_reserve) {
            const size_t more = return_if_any(heap, &heap->reserve[c], *left);
            *left -= more;
            count += more;
        }
        heap->returned_bytes += count * hk_classes[c].block_bytes;
    }
    if (*left == 0)
        return;
    heap->is_leaving = heap->gives_reserve = false;
    hk_slabs_release_empty(&heap->slabs);
    if (heap->drains)
        hk_slabs_choose_draining(&heap->slabs);
    heap->drains = false;
}

void hk_heap_flush(void)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_heap_enter(heap);
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        void *list = take_list(c);
        return_all(heap, &heap->leaving[c]);
        return_all(heap, &heap->reserve[c]);
        return_all(heap, &list);
    }
    heap->is_leaving = heap->gives_reserve = false;
    hk_slabs_release_empty(&heap->slabs);
    hk_heap_leave(heap);
}

/* ---- taking blocks ---- */

/* Before the slabs take more than ever: a large mapping that waits goes first, and after each
 * sixteenth the blocks of other classes that wait in lists. */
static void make_room_for_more(struct hk_heap *heap)
{
    const size_t now = hk_super_footprint();
    size_t left = HK_RETURN_BLOCKS;
    if (now <= heap->highest || hk_options.profile == HK_PROFILE_SPEED)
        return;
    heap->highest = now;
    hk_large_purge(hk_os_clock_ns(), HK_LARGE_SHORT_NS);
    hk_visit_parked(HK_PARKED_AT_ONCE, false, &left);
    if (now < heap->flush_at)
        return;
    if (heap->flush_at) {
        hk_heap_enter(heap);
        move_all_on(heap, true);
        hk_heap_return_leaving(heap, &left);
        hk_heap_leave(heap);
    }
    heap->flush_at = now + now / HK_GROWTH_SHARE + HK_GROWTH_GRANULES;
}

/* A thread that took much for a burst, more than it had since the last period ended, may free it
 * all and sleep: for as many frees as that needs, and as many again, all are counted. What it may
 * have in its lists anyway needs no counting. */
static void note_taken(struct hk_heap *heap, unsigned class_index, uint32_t blocks, uint32_t carved)
{
    const size_t bytes = hk_classes[class_index].block_bytes;
    size_t *used = &heap->slabs.used_bytes;
    heap->slabs.carved_bytes += carved * bytes;
    *used += blocks * bytes;
    if (hk_likely(*used <= heap->most_used) ||
        *used <= hk_heaps_share(HK_QUIET_ALL, HK_QUIET_LEAST, HK_QUIET_MOST))
        return;
    const size_t more = (blocks + *used / HK_COUNT_SHARE / bytes) * hk_classes[class_index].cost;
    heap->most_used = *used + *used / HK_COUNT_SHARE;
    if (heap->counted_left < HK_COUNT_MOST)
        heap->counted_left += (int32_t)least(HK_COUNT_AFTER * more, INT32_MAX - HK_COUNT_MOST);
    hk_cache.base = HK_TAG_NO_HEAP;
    hk_cache.weight = 1;
}

static struct hk_slab *make_slab(struct hk_heap *heap, unsigned class_index)
{
    make_room_for_more(heap);
    const uint64_t watched = ++heap->slabs_made % HK_WATCH_EVERY == 0 ? HK_TAG_WATCHED : 0;
    return hk_slab_new((uint64_t)heap->id << HK_TAG_SHIFT | watched | class_index);
}

/* A slab of a sleeper, or a new one. Leaves the gate meanwhile: who waits for his turn to run, or
 * for the pool, would keep all others out (log, 91). A new one is listed inside it again, so that
 * nobody meets it empty. False: no memory. */
static bool have_room(struct hk_heap *heap, unsigned class_index)
{
    hk_heap_leave(heap);
    const bool is_found = hk_visit_for_slab(heap, class_index);
    struct hk_slab *slab = is_found ? NULL : make_slab(heap, class_index);
    hk_heap_enter(heap);
    if (!slab)
        return is_found;
    hk_slab_publish(slab);
    hk_slabs_list(&heap->slabs, slab);
    heap->slabs.granules += hk_classes[class_index].granules;
    return true;
}

/* A batch of what waits in *from becomes the thread's list, which is empty. */
static bool take_waiting(void **from, unsigned class_index)
{
    void *first = *from, *last = first;
    if (!first)
        return false;
    for (unsigned i = 1; i < hk_classes[class_index].refill && hk_link_of(last); i++)
        last = hk_link_of(last);
    *from = hk_link_of(last);
    hk_link_set(last, NULL);
    hk_list_set(class_index, first);
    return true;
}

/* The first ones are an eighth, a quarter and a half: a thread that ends soon gives back what it
 * did not need. */
static unsigned blocks_of_refill(struct hk_heap *heap, unsigned class_index)
{
    const unsigned most = hk_classes[class_index].refill, before = heap->refills[class_index];
    if (before == HK_REFILLS_SMALL)
        return most;
    heap->refills[class_index]++;
    return (most >> (HK_REFILLS_SMALL - before)) + 1;
}

/* True: the list has blocks, or they were taken of a slab. Else the heap has none with room. */
static bool refill_inside(struct hk_heap *heap, unsigned class_index, struct hk_taken *taken)
{
    if (hk_list_first(class_index) || take_waiting(&heap->reserve[class_index], class_index) ||
        (!heap->slabs.giving[class_index] &&
         take_waiting(&heap->leaving[class_index], class_index)))
        return true;
    struct hk_slab *slab = hk_slabs_with_room(&heap->slabs, class_index);
    if (!slab)
        return false;
    const uint32_t used = hk_slab_used(slab), carved = slab->carved;
    hk_slab_take(slab, blocks_of_refill(heap, class_index), taken);
    note_taken(heap, class_index, hk_slab_used(slab) - used, slab->carved - carved);
    if (hk_slab_is_exhausted(slab))
        hk_slabs_unlist(&heap->slabs, slab);
    return true;
}

/* Outside the gate: on its way out a thread waits until all its writes are done, and each of these
 * may be a cache miss (log, 46). */
static void list_taken(struct hk_heap *heap, unsigned class_index, const struct hk_taken *taken)
{
    for (unsigned i = 0; i + 1 < taken->count; i++)
        hk_link_set(taken->blocks[i], taken->blocks[i + 1]);
    hk_link_set(taken->blocks[taken->count - 1], NULL);
    hk_list_set(class_index, taken->blocks[0]);
    heap->zero_block = taken->zero ? taken->blocks[0] : NULL;
}

/* Who takes again at once gave back in vain: the next time he frees twice as much first. */
HK_SLOW static void end_fall(struct hk_heap *heap)
{
    heap->falls = false;
    if (hk_os_clock_ns() - heap->fell_ns > HK_FALL_SLEEP_NS)
        heap->fall_patience = 0;
    else if (heap->fall_patience < HK_QUIET_PATIENCE)
        heap->fall_patience++;
}

bool hk_heap_refill(unsigned class_index)
{
    struct hk_heap *heap = hk_cache.heap;
    heap->zero_block = NULL;
    heap->is_measured = false;
    if (hk_unlikely(heap->falls))
        end_fall(heap);
    hk_cache.quiet_bytes = 0;
    hk_cache.budget -= hk_classes[class_index].refill * hk_classes[class_index].cost;
    if (hk_cache.budget < 0)
        hk_heap_tick();
    struct hk_taken taken;
    taken.count = 0;
    hk_heap_enter(heap);
    (void)hk_remote_receive();
    bool done = refill_inside(heap, class_index, &taken);
    while (!done && have_room(heap, class_index))
        done = refill_inside(heap, class_index, &taken);
    hk_heap_leave(heap);
    if (taken.count > 0)
        list_taken(heap, class_index, &taken);
    else /* a clock that allocates may have left the mark of a block that it used */
        heap->zero_block = NULL;
    return done;
}

void *hk_heap_lend(unsigned class_index)
{
    struct hk_heap *heap = hk_cache.heap;
    const unsigned host = hk_classes[class_index].host;
    if (host == class_index || hk_likely(heap->wasted[class_index] >= HK_LEND_WASTE))
        return NULL;
    heap->wasted[class_index] +=
        (uint16_t)(hk_classes[host].block_bytes - hk_classes[class_index].block_bytes);
    heap->zero_block = NULL;
    if (!hk_list_first(host) && !hk_heap_refill(host))
        return NULL;
    return hk_list_pop(host);
}

static void *take_one_inside(struct hk_heap *heap, unsigned class_index, hk_slab_prepare *prepare,
                             bool *is_fresh)
{
    struct hk_slab *slab = hk_slabs_with_room(&heap->slabs, class_index);
    if (!slab)
        return NULL;
    const uint32_t carved = slab->carved;
    void *block = hk_slab_take_one(slab, prepare, is_fresh);
    if (block)
        note_taken(heap, class_index, 1, slab->carved - carved);
    if (hk_slab_is_exhausted(slab))
        hk_slabs_unlist(&heap->slabs, slab);
    return block;
}

void *hk_heap_take_one(unsigned class_index, hk_slab_prepare *prepare, bool *is_fresh)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_cache.budget -= hk_classes[class_index].cost;
    if (hk_cache.budget < 0)
        hk_heap_tick();
    hk_heap_enter(heap);
    (void)hk_remote_receive();
    void *block = take_one_inside(heap, class_index, prepare, is_fresh);
    while (!block && have_room(heap, class_index))
        block = take_one_inside(heap, class_index, prepare, is_fresh);
    hk_heap_leave(heap);
    return block;
}

static size_t length_of(void *list)
{
    size_t length = 0;
    for (; list; list = hk_link_of(list))
        length++;
    return length;
}

size_t hk_heap_cached(unsigned class_index)
{
    struct hk_heap *heap = hk_cache.heap;
    if (!heap)
        return 0;
    hk_heap_enter(heap);
    const size_t length = length_of(hk_list_first(class_index)) +
                          length_of(heap->reserve[class_index]) +
                          length_of(heap->leaving[class_index]);
    hk_heap_leave(heap);
    return length;
}

void hk_heap_put_away(struct hk_heap *heap)
{
    const uintptr_t *lists = hk_cache.list, key = hk_cache.key;
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        if (lists[c] == key)
            continue;
        return_all(heap, &heap->leaving[c]);
        return_all(heap, &heap->reserve[c]);
        heap->reserve[c] = take_list(c);
    }
}

void hk_heap_fetch(struct hk_heap *heap)
{
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++)
        hk_list_set(c, heap->reserve[c]);
    memset(heap->reserve, 0, sizeof heap->reserve);
}

void hk_heap_retire_slabs(void)
{
    struct hk_heap *heap = hk_cache.heap;
    hk_heap_enter(heap);
    hk_heap_flush();
    hk_slabs_retire(&heap->slabs);
    hk_heap_leave(heap);
}

void hk_heap_note_shrinking(struct hk_heap *heap, uint64_t now_ns)
{
    heap->shrinking_until_ns = now_ns + SHRINK_NS;
    heap->shrinking_frees = HK_SHRINK_FREES;
}

/* Between periods, of a thread that frees in some sizes and takes in others: what it does not take
 * from its lists leaves at the second time. Where its slabs do not have more in use than at any
 * other such time of the period the lists serve: a loop whose use goes up and down took again at
 * once what had left (log, 68 and 90). With the profile "speed" nothing else moves them. */
static void trim_lists(struct hk_heap *heap)
{
    const size_t used = heap->slabs.used_bytes;
    if (used > heap->used_at_trim || hk_options.profile == HK_PROFILE_SPEED)
        move_all_on(heap, false);
    if (used > heap->used_at_trim)
        heap->used_at_trim = used;
    hk_cache.frees = 0;
}

/* Who is so busy that the clock did not move since the last look comes by often enough. */
static int32_t stride_of_counted(uint64_t now_ns)
{
    const int32_t twice = 2 * hk_cache.stride;
    if (now_ns != hk_cache.chosen_ns || hk_cache.stride < HK_TICK_COUNTED_FREES ||
        hk_cache.stride == HK_TICK_FREES)
        return HK_TICK_COUNTED_FREES;
    return twice < HK_TICK_BUSY_FREES ? twice : HK_TICK_BUSY_FREES;
}

static bool shrinks_until(const struct hk_heap *heap, uint64_t now_ns)
{
    return !hk_os_is_due(now_ns, heap->shrinking_until_ns, SHRINK_NS);
}

/* While there is memory to give back every free is counted, however little the program does: so the
 * thread comes by again when the period is over. In steady state none is. */
void hk_heap_choose_counting(uint64_t now_ns)
{
    const struct hk_heap *heap = hk_cache.heap;
    const bool often = hk_options.harden || hk_super_is_purge_due() || hk_runs_is_purge_due() ||
                       hk_visit_goes_on() ||
                       (heap && (shrinks_until(heap, now_ns) || heap->gives_pages || heap->haste));
    const bool all = often || (heap && heap->counted_left > 0);
    hk_cache.base = all ? HK_TAG_NO_HEAP : hk_cache.own;
    hk_cache.weight = all ? 1 : HK_WATCH_EVERY;
    const bool goes_on = hk_visit_goes_on() || hk_super_purge_goes_on() ||
                         (heap && (heap->gives_pages || heap->haste == HK_NOW));
    hk_cache.stride = goes_on                          ? HK_TICK_VISIT_FREES
                      : heap && heap->haste == HK_SOON ? HK_TICK_COUNTED_FREES
                      : often                          ? stride_of_counted(now_ns)
                                                       : HK_TICK_FREES;
    hk_cache.budget = hk_cache.stride;
    hk_cache.chosen_ns = now_ns;
}

/* Bytes in the thread's lists, as far as so many blocks go. */
static size_t listed_bytes(unsigned *looks)
{
    size_t bytes = 0;
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        for (const void *block = hk_list_first(c); block && *looks > 0; --*looks) {
            bytes += hk_classes[c].block_bytes;
            block = hk_link_of(block);
            hk_did(1);
        }
    }
    return bytes;
}

/* By the frees of watched slabs alone it is known roughly: more is asked for. */
static size_t quiet_bytes_enough(const struct hk_heap *heap)
{
    const unsigned rough = hk_cache.weight > 1 ? HK_QUIET_ROUGH : 0;
    const size_t own = heap->slabs.granules << HK_GRANULE_SHIFT;
    hk_assert(heap->patience >= heap->is_measured);
    return ((hk_heaps_share(HK_QUIET_ALL, HK_QUIET_LEAST, HK_QUIET_MOST) + own / HK_QUIET_SHARE)
            << (heap->patience - heap->is_measured + rough +
                (heap->falls ? 0 : heap->fall_patience))) >>
           heap->is_measured;
}

/* Long lists are not measured: they are moved on, and grow anew. */
static void measure_first(struct hk_heap *heap)
{
    unsigned looks = HK_QUIET_LOOKS / 2;
    heap->listed_before = listed_bytes(&looks);
    heap->is_measured = true;
    if (heap->patience < HK_QUIET_PATIENCE)
        heap->patience++;
    if (looks > 0)
        return;
    move_all_on(heap, false);
    heap->listed_before = 0;
}

/* Frees alone: the thread shrinks, and may be about to sleep. Without a refill in so many bytes of
 * frees the lists are measured, and once more after half as many: they have grown by what was freed
 * unless it was also taken from them. Until they have, each first measure waits for twice as many.
 * While it goes on so, a part of that is enough, or of what is left: each of the last blocks may
 * hold a slab. */
static bool has_shrunk(struct hk_heap *heap, uint64_t now_ns)
{
    const size_t quiet = hk_cache.quiet_bytes, enough = quiet_bytes_enough(heap);
    if (quiet < (heap->falls ? least(enough, heap->slabs.used_bytes) / HK_FALL_SHARE : enough))
        return false;
    hk_cache.quiet_bytes = 0;
    heap->fell_ns = now_ns;
    if (heap->falls)
        return true;
    if (!heap->is_measured) {
        measure_first(heap);
        return false;
    }
    unsigned looks = HK_QUIET_LOOKS;
    const size_t before = heap->listed_before, now = listed_bytes(&looks);
    heap->listed_before = now;
    heap->falls = looks == 0 || now >= before + quiet / 2;
    if (heap->falls)
        heap->patience = 0;
    return heap->falls;
}

/* Lists that served for long are in no order, over more slabs than they need: blocks up to 64 KiB
 * cost 5 to 11 % more. They go back, and are taken anew from the lowest; after a time that gave
 * little, at twice as many bytes; so too of a thread that fell in vain, whose lists only grow, and
 * are taken again whole. Not between two measures, which that would spoil. */
static void refresh_lists(struct hk_heap *heap)
{
    const size_t quiet = hk_cache.quiet_bytes, slabs = hk_super_footprint() << HK_GRANULE_SHIFT,
                 enough = (HK_QUIET_MOST + slabs / HK_STALE_SHARE) << heap->stale_patience;
    if (quiet < heap->fresh_at)
        heap->fresh_at = 0;
    if (heap->is_measured || quiet - heap->fresh_at < enough)
        return;
    heap->fresh_at = quiet;
    const size_t gave = heap->returned_bytes; /* the last time, and since */
    if (gave >= enough / 4 && heap->fall_patience == 0)
        heap->stale_patience = 0;
    else if (heap->stale_patience < HK_QUIET_PATIENCE)
        heap->stale_patience++;
    heap->returned_bytes = 0;
    heap->drains = true;
    move_all_on(heap, true);
}

/* What no list went down to in a whole period goes, so that a few cached blocks do not hold whole
 * slabs for ever; what is there now is on trial for the next. A thread that shrinks takes nothing:
 * its lists go too. */
static bool end_period_when_due(struct hk_heap *heap, uint64_t now_ns)
{
    if (hk_options.profile == HK_PROFILE_SPEED)
        return false;
    const bool is_time = hk_os_is_due(now_ns, heap->next_period_ns, HK_PURGE_PERIOD_NS),
               fell = heap->falls, shrinks = has_shrunk(heap, now_ns);
    if (!is_time && !shrinks) {
        refresh_lists(heap);
        return false;
    }
    if (heap->next_period_ns || shrinks) {
        heap->drains = heap->drains || is_time || !fell;
        move_all_on(heap, shrinks);
    }
    if (is_time)
        heap->used_at_trim = 0;
    if (is_time)
        heap->gives_pages = !hk_slabs_give_pages(&heap->slabs, false);
    if (shrinks)
        hk_heap_note_shrinking(heap, now_ns);
    heap->is_visited = false;
    heap->is_measured = false;
    heap->most_used = heap->slabs.used_bytes;
    heap->next_period_ns = now_ns + HK_PURGE_PERIOD_NS;
    return true;
}

/* A thread that falls may sleep after its next free: the less is left, the sooner it comes by. */
static void choose_haste(struct hk_heap *heap)
{
    const size_t left = heap->falls ? heap->slabs.used_bytes : SIZE_MAX;
    heap->haste = heap->is_leaving || left < HK_FALL_LAST ? HK_NOW
                  : left < HK_FALL_SOON                   ? HK_SOON
                                                          : HK_CALM;
}

/* What is due of the heap itself, inside its gate. True: a period has ended. */
static bool tick_inside(struct hk_heap *heap, uint64_t now_ns, size_t *left)
{
    if (heap->counted_left > 0 && hk_cache.quiet_bytes > 0) /* a refill looks around as well */
        heap->counted_left -= hk_cache.stride;
    if (heap->shrinking_frees > 0)
        heap->shrinking_frees -= hk_cache.stride;
    else
        heap->shrinking_until_ns = 0;
    (void)hk_remote_receive();
    if (hk_cache.frees >= HK_TRIM_FREES)
        trim_lists(heap);
    if (heap->gives_pages)
        heap->gives_pages = !hk_slabs_give_pages(&heap->slabs, false);
    const bool has_ended = end_period_when_due(heap, now_ns);
    if (heap->is_leaving)
        hk_heap_return_leaving(heap, left);
    choose_haste(heap);
    return has_ended;
}

/* No call does more than *left says, whatever is due: the rest waits for the next look, which is
 * soon. */

void hk_heap_tick(void)
{
    size_t left = HK_RETURN_BLOCKS;
    hk_cache.budget = HK_TICK_FREES; /* first: a clock may free (libfaketime reads a file) */
    const uint64_t now_ns = hk_os_clock_ns();
    hk_fork_repair_if_child();
    hk_cache.frees += (uint32_t)hk_cache.stride;
    hk_remote_flush();
    struct hk_heap *heap = hk_cache.heap;
    if (!heap)
        return;
    atomic_store_explicit(&heap->seen_ns, now_ns, memory_order_relaxed);
    hk_heap_enter(heap);
    const bool period_ended = tick_inside(heap, now_ns, &left);
    hk_heap_leave(heap);
    if (period_ended)
        hk_visit_parked(HK_PARKED_AT_ONCE, false, &left);
    hk_visit_sleepers(now_ns, &left);
    hk_super_purge(now_ns, HK_PURGE_DUE);
    hk_large_purge(now_ns, HK_LARGE_CACHE_NS);
    hk_heap_choose_counting(now_ns);
    hk_assert(!hk_whole_is_due(hk_super_count().mapped_bytes) || hk_heap_valid());
}

/* ---- in debug builds ---- */

#ifdef HK_DEBUG
static bool list_valid(void *list, unsigned class_index)
{
    const size_t most = (size_t)1 << 24; /* more is a circle */
    size_t length = 0;
    for (void *block = list; block; block = hk_link_of(block)) {
        if (++length > most || hk_tag_class(hk_tag_of(block)) != class_index)
            return false;
        if (hk_slab_heap(hk_slab_of(block)) != hk_cache.heap->id) {
            if (!hk_slab_was_of(hk_slab_of(block), hk_cache.heap->id))
                return false;
            continue;
        }
        hk_slab_check(hk_slab_of(block), block, "a list of free blocks");
    }
    return true;
}

static bool slabs_valid(const struct hk_slab *slab, unsigned class_index, bool draining)
{
    for (const struct hk_slab *before = NULL; slab; before = slab, slab = slab->next) {
        if (slab->prev != before || slab->class_index != class_index ||
            slab->draining != draining || slab->listed == draining || !hk_slab_valid(slab) ||
            (!draining && hk_slab_is_exhausted(slab)))
            return false;
    }
    return true;
}

struct owned {
    uint32_t heap;
    size_t granules, carved_bytes, used_bytes;
};

static void count_owned(struct hk_slab *slab, uint64_t tag, void *argument)
{
    struct owned *owned = argument;
    if (hk_tag_heap(tag) != owned->heap)
        return;
    owned->granules += hk_classes[slab->class_index].granules;
    owned->carved_bytes += (size_t)slab->carved * hk_classes[slab->class_index].block_bytes;
    owned->used_bytes += (size_t)hk_slab_used(slab) * hk_classes[slab->class_index].block_bytes;
}

static bool heap_valid_inside(const struct hk_heap *heap)
{
    struct owned owned = {.heap = heap->id};
    hk_slab_walk(count_owned, &owned);
    if (owned.granules != heap->slabs.granules || owned.carved_bytes != heap->slabs.carved_bytes ||
        owned.used_bytes != heap->slabs.used_bytes)
        return false;
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        if (!list_valid(hk_list_first(c), c) || !list_valid(heap->reserve[c], c) ||
            !list_valid(heap->leaving[c], c) || (heap->leaving[c] && !heap->is_leaving) ||
            !slabs_valid(heap->slabs.giving[c], c, false) ||
            !slabs_valid(heap->slabs.draining[c], c, true))
            return false;
    }
    return !heap->is_parked && hk_cache.own == (uint64_t)heap->id << HK_TAG_SHIFT &&
           (hk_cache.base == hk_cache.own || hk_cache.base == HK_TAG_NO_HEAP);
}

bool hk_heap_valid(void)
{
    struct hk_heap *heap = hk_cache.heap;
    if (!heap)
        return hk_cache.own == HK_TAG_NO_HEAP && hk_cache.base == HK_TAG_NO_HEAP;
    hk_heap_enter(heap);
    const bool valid = heap_valid_inside(heap);
    hk_heap_leave(heap);
    return valid;
}
#endif
