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

static void take_out(struct hk_slab_lists *lists, struct hk_slab **head, struct hk_slab *slab)
{
    if (lists->turn.next == slab)
        lists->turn.next = slab->next;
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
    take_out(lists, &lists->giving[slab->class_index], slab);
    slab->listed = false;
}

void hk_slabs_leave(struct hk_slab_lists *lists, struct hk_slab *slab)
{
    const struct hk_class *class = &hk_classes[slab->class_index];
    hk_slabs_unlist(lists, slab);
    lists->granules -= class->granules;
    lists->carved_bytes -= (size_t)slab->carved * class->block_bytes;
    lists->used_bytes -= (size_t)hk_slab_used(slab) * class->block_bytes;
}

void hk_slabs_join(struct hk_slab_lists *lists, struct hk_slab *slab)
{
    const struct hk_class *class = &hk_classes[slab->class_index];
    lists->granules += class->granules;
    lists->carved_bytes += (size_t)slab->carved * class->block_bytes;
    lists->used_bytes += (size_t)hk_slab_used(slab) * class->block_bytes;
    hk_slabs_list(lists, slab);
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
    take_out(lists, &lists->draining[slab->class_index], slab);
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
        hk_did(1);
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

#define LISTS (2 * HK_CLASS_COUNT)

static struct hk_slab *first_of(const struct hk_slab_lists *lists, unsigned list)
{
    return list < HK_CLASS_COUNT ? lists->giving[list] : lists->draining[list - HK_CLASS_COUNT];
}

/* What may lie with nobody; lean: nothing. */
static size_t kept_bytes(size_t granules)
{
    if (hk_options.profile == HK_PROFILE_LEAN)
        return 0;
    return (HK_SLACK_GRANULES + granules / HK_PAGES_SHARE) << HK_GRANULE_SHIFT;
}

/* Whether more lies with nobody than is kept anyway. Fresh room counts at first: where even that is
 * not enough no slab is looked at. Of a large heap so many stand for all. */
static bool is_worth_it(const struct hk_slab_lists *lists)
{
    const size_t most = kept_bytes(lists->granules);
    size_t bytes = 0, granules = 0;
    unsigned looks = HK_PAGES_LOOKS;
    if ((lists->granules << HK_GRANULE_SHIFT) - lists->used_bytes <= most)
        return false;
    for (unsigned list = 0; list < LISTS && looks > 0 && bytes <= most; list++) {
        for (const struct hk_slab *slab = first_of(lists, list); slab && looks > 0;
             slab = slab->next, looks--) {
            bytes += (size_t)slab->free_count * hk_classes[slab->class_index].block_bytes;
            granules += hk_classes[slab->class_index].granules;
        }
    }
    return bytes > most || (looks == 0 && bytes > kept_bytes(granules));
}

/* What is left of a turn, and of a step of it. */
struct step {
    unsigned looks, calls;
    bool whatever;
};

/* Of the list where the turn stands, from where it stands. True: to its end. */
static bool give_pages_of_list(struct hk_slab_lists *lists, struct step *step)
{
    struct hk_pages_turn *turn = &lists->turn;
    struct hk_slab *slab = turn->next ? turn->next : first_of(lists, turn->list);
    while (slab && step->looks > 0 && step->calls > 0) {
        const unsigned calls = hk_slab_give_pages(slab, step->whatever, step->calls);
        step->looks--;
        turn->looks_left--;
        if (calls > step->calls) {
            turn->next = slab->next;
            turn->lists_left = 0; /* locked memory: not again in this turn */
            return false;
        }
        step->calls -= calls;
        if (step->calls > 0)
            slab = slab->next;
    }
    turn->next = slab;
    return slab == NULL;
}

bool hk_slabs_give_pages(struct hk_slab_lists *lists, bool whatever)
{
    struct hk_pages_turn *turn = &lists->turn;
    if (turn->lists_left == 0) {
        if (!whatever && !is_worth_it(lists))
            return true;
        turn->lists_left = LISTS + 1; /* to where it begins */
        turn->looks_left = HK_PAGES_TURN;
    }
    struct step step = {HK_PAGES_LOOKS, HK_PAGES_CALLS, whatever};
    if (turn->looks_left < step.looks)
        step.looks = turn->looks_left;
    while (turn->lists_left > 0 && give_pages_of_list(lists, &step)) {
        turn->list = (turn->list + 1) % LISTS;
        turn->lists_left--;
    }
    if (turn->looks_left == 0)
        turn->lists_left = 0; /* the next turn goes on here */
    return turn->lists_left == 0;
}
