/* A heap's slabs by class: see slablist.h. */
#include "slablist.h"

#include "option.h"
#include "super.h"

/* ---- lists ---- */

static void push(struct hk_slab **head, struct hk_slab *slab)
{
    slab->next = *head;
    slab->prev = NULL;
    if (*head)
        (*head)->prev = slab;
    *head = slab;
}

static void take_out(struct hk_slab **head, struct hk_slab *slab)
{
    if (slab->prev)
        slab->prev->next = slab->next;
    else
        *head = slab->next;
    if (slab->next)
        slab->next->prev = slab->prev;
}

void hk_slabs_list(struct hk_slab_lists *lists, struct hk_slab *slab)
{
    push(&lists->giving[slab->class_index], slab);
    slab->listed = true;
    hk_assert(!slab->draining && !hk_slab_is_exhausted(slab));
}

void hk_slabs_unlist(struct hk_slab_lists *lists, struct hk_slab *slab)
{
    hk_assert(slab->listed);
    take_out(&lists->giving[slab->class_index], slab);
    slab->listed = false;
}

void hk_slabs_release(struct hk_slab_lists *lists, struct hk_slab *slab)
{
    hk_assert(lists->granules >= hk_classes[slab->class_index].granules);
    lists->granules -= hk_classes[slab->class_index].granules;
    lists->carved_bytes -= (size_t)slab->carved * hk_classes[slab->class_index].block_bytes;
    hk_slab_release(slab);
}

static void start_draining(struct hk_slab_lists *lists, struct hk_slab *slab)
{
    hk_slabs_unlist(lists, slab);
    push(&lists->draining[slab->class_index], slab);
    hk_slab_drain(slab, true);
}

static void stop_draining(struct hk_slab_lists *lists, struct hk_slab *slab)
{
    hk_assert(slab->draining);
    take_out(&lists->draining[slab->class_index], slab);
    hk_slab_drain(slab, false);
}

struct hk_slab *hk_slabs_with_room(struct hk_slab_lists *lists, unsigned class_index)
{
    struct hk_slab *slab = lists->giving[class_index];
    if (slab)
        return slab;
    slab = lists->draining[class_index];
    if (!slab)
        return NULL;
    stop_draining(lists, slab);
    hk_slabs_list(lists, slab);
    return slab;
}

bool hk_slabs_returned(struct hk_slab_lists *lists, struct hk_slab *slab, uint32_t blocks)
{
    lists->used_bytes -= (size_t)blocks * hk_classes[slab->class_index].block_bytes;
    if (slab->draining) {
        if (!hk_slab_is_empty(slab))
            return true;
        stop_draining(lists, slab);
        hk_slabs_release(lists, slab);
        return false;
    }
    if (!slab->listed && slab->sealed == hk_options.harden)
        hk_slabs_list(lists, slab);
    if (!slab->listed || !hk_slab_is_empty(slab) || !(slab->next || slab->prev))
        return true;
    hk_slabs_unlist(lists, slab);
    hk_slabs_release(lists, slab);
    return false;
}

void hk_slabs_release_empty(struct hk_slab_lists *lists)
{
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        struct hk_slab *slab = lists->giving[c]; /* an empty one is alone in its list */
        if (slab && hk_slab_is_empty(slab)) {
            hk_slabs_unlist(lists, slab);
            hk_slabs_release(lists, slab);
        }
    }
}

void hk_slabs_release_all_empty(struct hk_slab_lists *lists)
{
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        struct hk_slab *next;
        for (struct hk_slab *slab = lists->giving[c]; slab; slab = next) {
            next = slab->next;
            if (!hk_slab_is_empty(slab))
                continue;
            hk_slabs_unlist(lists, slab);
            hk_slabs_release(lists, slab);
        }
    }
}

void hk_slabs_retire(struct hk_slab_lists *lists)
{
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++) {
        while (lists->draining[c])
            stop_draining(lists, lists->draining[c]);
        while (lists->giving[c])
            hk_slabs_unlist(lists, lists->giving[c]);
    }
}

/* ---- which drain ---- */

/* What the giving slabs of one class hold. */
struct class_sum {
    size_t slabs, used_blocks;
};

static struct class_sum sum_class(const struct hk_slab_lists *lists, unsigned class_index,
                                  unsigned *looks)
{
    struct class_sum sum = {0};
    for (const struct hk_slab *slab = lists->giving[class_index]; slab && *looks > 0;
         slab = slab->next, --*looks) {
        sum.slabs++;
        sum.used_blocks += hk_slab_used(slab);
    }
    return sum;
}

/* Slabs of the class that need not be there, with half as much room again as its blocks take. */
static size_t surplus(const struct class_sum *sum, unsigned class_index)
{
    const size_t capacity = hk_classes[class_index].capacity;
    const size_t needed = (sum->used_blocks * 3 / 2 + capacity - 1) / capacity + 1;
    return sum->slabs > needed ? sum->slabs - needed : 0;
}

/* Those that hold no more than the mean, as many as are too many; next time the mean is another. */
static void drain_class(struct hk_slab_lists *lists, unsigned class_index,
                        const struct class_sum *sum)
{
    size_t left = surplus(sum, class_index), looks = sum->slabs;
    struct hk_slab *next;
    for (struct hk_slab *slab = lists->giving[class_index]; slab && left > 0 && looks > 0;
         slab = next, looks--) {
        next = slab->next;
        if (hk_slab_used(slab) * sum->slabs > sum->used_blocks)
            continue;
        start_draining(lists, slab);
        left--;
    }
}

void hk_slabs_choose_draining(struct hk_slab_lists *lists)
{
    struct class_sum sums[HK_CLASS_COUNT];
    size_t granules = 0, own = 0;
    unsigned looks = HK_DRAIN_LOOKS;
    const unsigned start = lists->next_class;
    for (unsigned i = 0; i < HK_CLASS_COUNT; i++) {
        const unsigned c = (start + i) % HK_CLASS_COUNT;
        if (looks == 0 && lists->next_class == start)
            lists->next_class = c; /* the next time goes on here */
        sums[c] = sum_class(lists, c, &looks);
        granules += surplus(&sums[c], c) * hk_classes[c].granules;
        own += sums[c].slabs * hk_classes[c].granules;
    }
    if (granules <= HK_SLACK_GRANULES + own / HK_DRAIN_SHARE)
        return;
    for (unsigned c = 0; c < HK_CLASS_COUNT; c++)
        drain_class(lists, c, &sums[c]);
}

/* ---- pages ---- */

/* Whether what is with nobody in the slabs that are looked at is more than is kept anyway. */
static bool is_worth_it(const struct hk_slab_lists *lists)
{
    const size_t slack = HK_SLACK_GRANULES + lists->granules / HK_PAGES_SHARE;
    unsigned looks = HK_DRAIN_LOOKS;
    size_t bytes = 0;
    for (unsigned c = 0; c < 2 * HK_CLASS_COUNT; c++) {
        const struct hk_slab *slab =
            c < HK_CLASS_COUNT ? lists->giving[c] : lists->draining[c - HK_CLASS_COUNT];
        for (; slab && looks > 0; slab = slab->next, looks--)
            bytes += (size_t)slab->free_count * hk_classes[slab->class_index].block_bytes;
    }
    return bytes >> HK_GRANULE_SHIFT > (hk_options.profile == HK_PROFILE_LEAN ? 0 : slack);
}

struct round {
    unsigned looks, calls; /* left */
    bool whatever;
};

static void give_pages_of(struct hk_slab *slab, struct round *round)
{
    for (; slab && round->looks > 0 && round->calls > 0; slab = slab->next) {
        const unsigned calls = hk_slab_give_pages(slab, round->whatever, round->calls);
        round->looks--;
        if (calls > round->calls)
            round->looks = 0; /* locked memory: not again in this round */
        else
            round->calls -= calls;
    }
}

bool hk_slabs_give_pages(struct hk_slab_lists *lists, bool whatever)
{
    struct round round = {HK_DRAIN_LOOKS, HK_PAGES_CALLS, whatever};
    if (!whatever && !is_worth_it(lists))
        return true;
    for (unsigned i = 0; i < HK_CLASS_COUNT; i++) {
        const unsigned c = (lists->next_pages + i) % HK_CLASS_COUNT;
        give_pages_of(lists->draining[c], &round);
        give_pages_of(lists->giving[c], &round);
        if (round.looks == 0 || round.calls == 0) {
            lists->next_pages = c; /* goes on here */
            break;
        }
    }
    return round.calls > 0;
}
