/* What is in a trace: see tally.h. */
#include "trace/tally.h"

#include "trace/blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISTINCT_MAX 65536u

struct walk {
    struct hb_tally *tally;
    struct hb_blocks sizes;  /* name: size + 1; value: blocks */
    struct hb_blocks chains; /* of live blocks that came of a realloc; value: links so far */
    double estimated_live, estimated_before; /* the latter without the event at hand */
    uint64_t live;                           /* without the event at hand */
};

/* Of a sampled trace how many blocks a drawn one stands for. */
static double weight_of(const struct hb_trace_header *header, uint64_t size)
{
    if (!header->sample_bytes)
        return 1;
    return 1 / -expm1(-(double)(size ? size : 1) / (double)header->sample_bytes);
}

static unsigned size_bucket(uint64_t size)
{
    return size <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(size - 1);
}

static unsigned life_bucket(uint64_t ns)
{
    unsigned bucket = 0;
    for (uint64_t limit = 1; ns >= limit && bucket < HB_TALLY_LIVES - 1; limit *= 10)
        bucket++;
    return bucket;
}

/* ---- blocks ---- */

static int count_size(struct walk *walk, uint64_t size, struct hb_err *err)
{
    struct hb_block_entry *entry = hb_blocks_find(&walk->sizes, size + 1);
    if (entry) {
        entry->value++;
        return 0;
    }
    if (walk->sizes.count == DISTINCT_MAX) {
        walk->tally->sizes_overflow = true;
        return 0;
    }
    if (hb_blocks_reserve(&walk->sizes) != 0)
        return hb_err_memory(err, "sizes of a trace");
    const struct hb_block_entry made = {.name = size + 1, .value = 1};
    hb_blocks_add(&walk->sizes, &made);
    return 0;
}

static int count_made(struct walk *walk, const struct hb_trace_event *event, struct hb_err *err)
{
    struct hb_tally *tally = walk->tally;
    const double weight = weight_of(tally->header, event->size);
    const unsigned bucket = size_bucket(event->size);
    tally->estimated_blocks += weight;
    tally->estimated_bytes += weight * (double)event->size;
    tally->sizes[bucket].blocks++;
    tally->sizes[bucket].estimated_blocks += weight;
    tally->sizes[bucket].estimated_bytes += weight * (double)event->size;
    walk->estimated_live += weight * (double)event->size;
    return count_size(walk, event->size, err);
}

static void count_ended(struct walk *walk, const struct hb_trace_event *event)
{
    struct hb_tally *tally = walk->tally;
    const struct hb_trace_birth *old = &event->old;
    const uint64_t life_ns = event->time_ns - old->time_ns;
    const unsigned bucket = life_bucket(life_ns);
    tally->lives[bucket].blocks++;
    tally->lives[bucket].bytes += old->size;
    tally->life_ns_sum += life_ns;
    tally->frees++;
    tally->cross_frees += old->thread != event->thread;
    walk->estimated_live -= weight_of(tally->header, old->size) * (double)old->size;
}

/* A chain is what one block became by realloc after realloc; those that end have left the table. */
static int count_chain(struct walk *walk, const struct hb_trace_event *event, struct hb_err *err)
{
    struct hb_tally *tally = walk->tally;
    const uint64_t ended = hb_trace_ended(event), made = hb_trace_made(event);
    struct hb_block_entry *before = ended ? hb_blocks_find(&walk->chains, ended) : NULL;
    const uint64_t links = before ? before->value : 0;
    if (before)
        hb_blocks_remove(&walk->chains, before);
    if (!ended || !made)
        return 0;
    tally->chains += links == 0;
    tally->chain_links++;
    if (links + 1 > tally->chain_longest)
        tally->chain_longest = links + 1;
    if (hb_blocks_reserve(&walk->chains) != 0)
        return hb_err_memory(err, "reallocations of a trace");
    const struct hb_block_entry entry = {.name = made, .value = links + 1};
    hb_blocks_add(&walk->chains, &entry);
    return 0;
}

/* ---- over time ---- */

static struct hb_tally_slot *slot_of(struct hb_tally *tally, const struct hb_trace_event *event,
                                     uint64_t number, uint64_t live_before, double estimated_before)
{
    const uint64_t at =
        tally->slot_ns ? event->time_ns / tally->slot_ns : number / tally->slot_events;
    const size_t slot = at < HB_TALLY_SLOTS ? (size_t)at : HB_TALLY_SLOTS - 1;
    /* Slots without events have what was live before them: known now, as none is left out. */
    for (; tally->slot_count <= slot; tally->slot_count++) {
        if (tally->slot_count)
            tally->slots[tally->slot_count] = (struct hb_tally_slot){
                .live_most = live_before, .estimated_most = estimated_before};
    }
    return &tally->slots[slot];
}

static int count_event(struct walk *walk, const struct hb_trace_event *event,
                       const struct hb_trace_totals *so_far, struct hb_err *err)
{
    struct hb_tally *tally = walk->tally;
    const enum hb_trace_kind kind = hb_trace_kind_of(event);
    tally->calls[event->function].count++;
    tally->calls[event->function].failed += event->failed;
    if (kind <= HB_TRACE_REALLOCATE && event->id)
        tally->calls[event->function].bytes += event->size;
    tally->frees_of_null += kind == HB_TRACE_FREE && !event->id;
    if (hb_trace_ended(event))
        count_ended(walk, event);
    if (hb_trace_made(event) && count_made(walk, event, err) != 0)
        return -1;
    if (walk->estimated_live > tally->estimated_peak)
        tally->estimated_peak = walk->estimated_live;
    struct hb_tally_slot *slot =
        slot_of(tally, event, so_far->events - 1, walk->live, walk->estimated_before);
    walk->live = so_far->live_bytes;
    walk->estimated_before = walk->estimated_live;
    slot->events++;
    if (so_far->live_bytes > slot->live_most)
        slot->live_most = so_far->live_bytes;
    if (walk->estimated_live > slot->estimated_most)
        slot->estimated_most = walk->estimated_live;
    return count_chain(walk, event, err);
}

/* ---- the end ---- */

/* More blocks first; of as many the smaller size. */
static bool is_hotter(const struct hb_tally_hot *a, const struct hb_tally_hot *b)
{
    return a->blocks != b->blocks ? a->blocks > b->blocks : a->size < b->size;
}

static void find_hot(const struct hb_blocks *sizes, struct hb_tally *tally)
{
    for (size_t i = 0; sizes->entries && i <= sizes->mask; i++) {
        const struct hb_tally_hot hot = {.size = sizes->entries[i].name - 1,
                                         .blocks = sizes->entries[i].value};
        if (!sizes->entries[i].name)
            continue;
        size_t place = tally->hot_count < HB_TALLY_HOT ? tally->hot_count++ : HB_TALLY_HOT;
        for (; place > 0 && is_hotter(&hot, &tally->hot[place - 1]); place--) {
            if (place < HB_TALLY_HOT)
                tally->hot[place] = tally->hot[place - 1];
        }
        if (place < HB_TALLY_HOT)
            tally->hot[place] = hot;
    }
    tally->distinct_sizes = sizes->count;
}

static int read_all(struct hb_trace_reader *reader, struct hb_tally *tally, struct hb_err *err)
{
    struct walk walk = {.tally = tally};
    struct hb_trace_event event;
    int status;
    *tally = (struct hb_tally){.header = hb_trace_header_of(reader)};
    const struct hb_trace_totals *said = &tally->header->totals;
    tally->slot_ns = said->time_ns / HB_TALLY_SLOTS + (said->time_ns > 0);
    tally->slot_events = said->events / HB_TALLY_SLOTS + 1;
    while ((status = hb_trace_next(reader, &event, err)) == 1) {
        if (count_event(&walk, &event, hb_trace_so_far(reader), err) != 0) {
            status = -1;
            break;
        }
    }
    tally->totals = *hb_trace_so_far(reader);
    find_hot(&walk.sizes, tally);
    hb_blocks_free(&walk.sizes);
    hb_blocks_free(&walk.chains);
    return status;
}

struct hb_tally *hb_tally_of_file(const char *path, struct hb_err *err)
{
    struct hb_trace_reader *reader;
    struct hb_tally *tally = malloc(sizeof *tally);
    if (!tally) {
        hb_err_memory(err, path);
        return NULL;
    }
    int status = hb_trace_open(path, &reader, err);
    if (status == 0)
        status = read_all(reader, tally, err);
    tally->reader = reader;
    if (status == 0)
        return tally;
    hb_tally_free(tally);
    return NULL;
}

void hb_tally_free(struct hb_tally *tally)
{
    hb_trace_close(tally->reader);
    free(tally);
}
