/* Quarantine: see quarantine.h. */
#include "quarantine.h"

#include "heap.h"
#include "lock.h"
#include "os.h"
#include "remote.h"
#include "seal.h"

#include <sys/resource.h>

/* ---- small blocks ---- */

struct hk_waiting {
    unsigned first, count;
    size_t bytes;
    void *blocks[HK_QUARANTINE_BLOCKS];
};

static size_t bytes_of(const void *block)
{
    return hk_classes[hk_tag_class(hk_tag_of(block))].block_bytes;
}

/* Of another thread's heap: its bit is set when it arrives. Nothing here looks at it in between. */
static void send_home(void *block)
{
    const size_t bytes = bytes_of(block);
    const uint64_t tag = hk_tag_of(block);
    if (hk_seal_get(block, bytes).state != HK_SEAL_FREED || !hk_seal_is_wiped(block, bytes))
        hk_seal_fatal("a freed block was written to", block, bytes,
                      "found when it left quarantine");
    if (tag - hk_cache.own < HK_TAG_LOW_END)
        hk_heap_return(block);
    else
        hk_remote_send(block, tag);
}

static void send_oldest_home(struct hk_waiting *ring)
{
    void *block = ring->blocks[ring->first];
    ring->first = (ring->first + 1) % HK_QUARANTINE_BLOCKS;
    ring->count--;
    ring->bytes -= bytes_of(block);
    send_home(block);
}

/* A thread that can have no heap keeps nothing. */
void hk_quarantine_add(void *block, size_t bytes)
{
    struct hk_heap *heap = hk_cache.heap;
    if (heap && !heap->waiting)
        heap->waiting = hk_os_map(hk_round_up(sizeof *heap->waiting, HK_GRANULE));
    struct hk_waiting *ring = heap ? heap->waiting : NULL;
    if (!ring) {
        send_home(block);
        hk_remote_flush();
        return;
    }
    while (ring->count == HK_QUARANTINE_BLOCKS ||
           (ring->count && ring->bytes + bytes > HK_QUARANTINE_BYTES))
        send_oldest_home(ring);
    ring->blocks[(ring->first + ring->count++) % HK_QUARANTINE_BLOCKS] = block;
    ring->bytes += bytes;
}

void hk_quarantine_empty(void)
{
    struct hk_waiting *ring = hk_cache.heap ? hk_cache.heap->waiting : NULL;
    while (ring && ring->count)
        send_oldest_home(ring);
}

/* ---- large ones ---- */

struct range {
    char *address;
    size_t bytes;
};

static struct hk_lock lock = {.rank = HK_RANK_RANGES};

HK_TABLE static struct {
    unsigned first, count;
    size_t bytes, most;
    struct range ring[HK_QUARANTINE_RANGES];
} ranges;

/* A limit that comes later finds what is here given back at the first request that fails. */
void hk_quarantine_start(void)
{
    struct rlimit limit;
    ranges.most = HK_QUARANTINE_SPACE;
    if (getrlimit(RLIMIT_AS, &limit) == 0 &&
        limit.rlim_cur / HK_QUARANTINE_LIMIT_SHARE < HK_QUARANTINE_SPACE)
        ranges.most = limit.rlim_cur / HK_QUARANTINE_LIMIT_SHARE;
}

static struct range take_oldest(void)
{
    const struct range oldest = ranges.ring[ranges.first];
    ranges.first = (ranges.first + 1) % HK_QUARANTINE_RANGES;
    ranges.count--;
    ranges.bytes -= oldest.bytes;
    return oldest;
}

/* One that has to go before so many bytes come and stay within `most`, or one of no bytes. */
static struct range take_excess(size_t bytes, size_t most)
{
    struct range excess = {0};
    hk_lock_acquire(&lock);
    if (ranges.count && (ranges.count == HK_QUARANTINE_RANGES || ranges.bytes + bytes > most))
        excess = take_oldest();
    hk_lock_release(&lock);
    return excess;
}

static bool put_range(struct range range)
{
    hk_lock_acquire(&lock);
    const bool room = ranges.count < HK_QUARANTINE_RANGES; /* other threads put theirs meanwhile */
    if (room) {
        ranges.ring[(ranges.first + ranges.count++) % HK_QUARANTINE_RANGES] = range;
        ranges.bytes += range.bytes;
    }
    hk_lock_release(&lock);
    return room;
}

void hk_quarantine_add_range(void *address, size_t bytes)
{
    const size_t most = ranges.most;
    struct range excess; /* other threads add more meanwhile */
    for (unsigned i = 0; i < HK_QUARANTINE_RANGES && (excess = take_excess(bytes, most)).bytes; i++)
        (void)hk_os_unmap(excess.address, excess.bytes);
    if (bytes > most || !hk_os_guard(address, bytes) || !put_range((struct range){address, bytes}))
        (void)hk_os_unmap(address, bytes);
}

bool hk_quarantine_has_range(const void *address)
{
    bool found = false;
    hk_lock_acquire(&lock);
    for (unsigned i = 0; i < ranges.count && !found; i++)
        found = ranges.ring[(ranges.first + i) % HK_QUARANTINE_RANGES].address == address;
    hk_lock_release(&lock);
    return found;
}

bool hk_quarantine_drop_ranges(void)
{
    unsigned count = 0;
    for (struct range oldest; count < HK_QUARANTINE_RANGES && (oldest = take_excess(0, 0)).bytes;
         count++)
        (void)hk_os_unmap(oldest.address, oldest.bytes);
    return count > 0;
}

/* What another thread was at is half-changed, perhaps: its addresses are lost to the child. */
void hk_quarantine_after_fork(void)
{
    if (!hk_lock_take_over(&lock))
        return;
    ranges.count = ranges.first = 0;
    ranges.bytes = 0;
    hk_lock_release(&lock);
}
