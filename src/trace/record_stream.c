/* One recorded process: see record_stream.h.
 *
 * Events of all rings are put into a window by their number, and taken from it one after the other.
 * A number that is missing is waited for: its thread is between drawing it and filling its slot.
 * One that never comes (a handler left by longjmp) is given up after two seconds. */
#include "trace/record_stream.h"

#include "base/buf.h"
#include "base/quote.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WINDOW       (UINT64_C(1) << 16)
#define RINGS        (HB_SPOOL_RINGS + 1)
#define HOLE_NS      UINT64_C(2000000000)
#define PARENT_NS    UINT64_C(5000000000) /* so long the parent's fork is waited for */
#define END_NS       UINT64_C(100000000)  /* a thread's last frees come after its end was noted */
#define AHEAD        16u                  /* slots: by then their blocks have come from memory */
#define ROUNDS       64u                  /* then others have their turn */
#define LIKELY(x)    __builtin_expect(!!(x), 1)
#define NO_THREAD    UINT32_MAX
#define PENDING_NAME (UINT64_C(1) << 63) /* and the thread: no address has this bit */

struct pulled {
    uint64_t word; /* 0: not there yet */
    uint64_t address, size, ticks;
    uint32_t thread; /* index */
};

struct stream_thread {
    uint32_t number;      /* in the trace; NO_THREAD before its first event */
    bool reallocates;     /* between a realloc's beginning and its end, */
    bool is_set_aside;    /* whose old block has another name meanwhile: its address is in use */
    bool ends, has_ended; /* noted; written */
    uint64_t old;         /* the address handed in */
    uint64_t end_ns;
};

struct hb_stream {
    struct hb_spool *spool;
    struct hb_snapshots *snapshots;
    struct hb_trace_header header;
    struct hb_trace_writer *writer; /* NULL: no event yet, or no longer */
    double ns_per_tick;
    struct hb_recorded recorded;
    bool has_begun, has_failed, keeps_empty;
    uint64_t born_ns; /* on the recorder's clock, when the stream was made; 0: not worked yet */
    uint64_t time_ns; /* of the last event */

    struct pulled *window; /* [WINDOW] */
    uint64_t base;         /* the number that is next */
    uint64_t hole_ns;      /* since when it is missing; 0: it is not */
    size_t direct;         /* events that did not go through the window, since it was looked at */
    uint64_t taken[RINGS];
    uint32_t claims[RINGS], owner[RINGS]; /* thread of the ring's owner */

    struct stream_thread *threads; /* [thread_count] */
    size_t thread_count, thread_capacity, ending;
    struct hb_blocks keys; /* of threads; the value is the index */
};

/* ---- threads ---- */

static uint32_t thread_of(struct hb_stream *stream, uint64_t key)
{
    const struct hb_block_entry *entry = hb_blocks_find(&stream->keys, key);
    if (entry)
        return (uint32_t)entry->value;
    struct stream_thread *grown = hb_array_grown(stream->threads, stream->thread_count,
                                                 &stream->thread_capacity, sizeof *stream->threads);
    if (!grown || hb_blocks_reserve(&stream->keys) != 0)
        return 0;
    stream->threads = grown;
    stream->threads[stream->thread_count] = (struct stream_thread){.number = NO_THREAD};
    const struct hb_block_entry made = {.name = key, .value = stream->thread_count};
    hb_blocks_add(&stream->keys, &made);
    return (uint32_t)stream->thread_count++;
}

/* ---- into the trace ---- */

static void fail(struct hb_stream *stream, const struct hb_err *err)
{
    char note[HB_REASON_MAX];
    (void)snprintf(note, sizeof note, "%.400s", err->message);
    HB_COPY(stream->recorded.problem, note);
    stream->has_failed = true;
    if (stream->writer) {
        stream->recorded.totals = *hb_trace_written(stream->writer);
        (void)hb_trace_end(stream->writer, stream->recorded.unseen, note, NULL);
    }
    stream->writer = NULL;
}

/* False: it cannot be one of the trace: its block is not live, or is live already. */
static bool try_put(struct hb_stream *stream, struct stream_thread *thread,
                    struct hb_trace_event *event)
{
    struct hb_err err; /* 1 KiB: too much to clear for every event */
    err.kind = HB_ERR_NONE;
    event->time_ns = stream->time_ns;
    event->thread =
        thread->number == NO_THREAD ? hb_trace_written(stream->writer)->threads : thread->number;
    if (LIKELY(hb_trace_put(stream->writer, event, &err) == 0)) {
        thread->number = event->thread;
        return true;
    }
    if (err.kind == HB_ERR_USAGE)
        return false;
    fail(stream, &err);
    return true;
}

static void put(struct hb_stream *stream, struct stream_thread *thread,
                struct hb_trace_event *event)
{
    if (!try_put(stream, thread, event))
        stream->recorded.unseen++;
}

/* The blocks of the parent first: they are the child's as well, and of the one thread that is left.
 */
static void put_before(struct hb_stream *stream, uint32_t by, const struct hb_blocks *before)
{
    for (size_t i = 0; before->entries && i <= before->mask && !stream->has_failed; i++) {
        const struct hb_block_entry *entry = &before->entries[i];
        struct hb_trace_event event = {.id = entry->name,
                                       .size = entry->size,
                                       .function = entry->function,
                                       .align_log2 = entry->align_log2};
        if (!entry->name)
            continue;
        if (hb_trace_functions[event.function].kind == HB_TRACE_REALLOCATE)
            event.function = HB_CALL_MALLOC;
        put(stream, &stream->threads[by], &event);
    }
}

static struct hb_snapshot *find_snapshot(const struct hb_stream *stream)
{
    for (size_t i = 0; i < stream->snapshots->count; i++) {
        struct hb_snapshot *item = &stream->snapshots->items[i];
        if (item->process == stream->spool->parent && item->forked_at == stream->spool->forked_at)
            return item;
    }
    return NULL;
}

static void drop_snapshot(struct hb_snapshots *snapshots, struct hb_snapshot *item)
{
    const size_t i = (size_t)(item - snapshots->items);
    hb_blocks_free(&item->blocks);
    memmove(item, item + 1, (--snapshots->count - i) * sizeof *item);
}

static void begin(struct hb_stream *stream, uint32_t by)
{
    struct hb_err err = {0};
    struct hb_snapshot *snapshot = stream->spool->parent ? find_snapshot(stream) : NULL;
    stream->has_begun = true;
    stream->header.before = snapshot ? snapshot->blocks.count : 0;
    if (hb_trace_create(stream->recorded.path, &stream->header, &stream->writer, &err) != 0) {
        fail(stream, &err);
        return;
    }
    if (!snapshot)
        return;
    put_before(stream, by, &snapshot->blocks);
    drop_snapshot(stream->snapshots, snapshot);
}

static void take_snapshot(struct hb_stream *stream, uint64_t forked_at)
{
    struct hb_snapshots *snapshots = stream->snapshots;
    struct hb_snapshot made = {.process = stream->spool->process, .forked_at = forked_at};
    if (!stream->writer || hb_trace_copy_live(stream->writer, &made.blocks) != 0)
        return;
    if (snapshots->count == HB_SNAPSHOTS_MAX)
        drop_snapshot(snapshots, &snapshots->items[0]);
    snapshots->items[snapshots->count++] = made;
}

/* ---- of what the calls were ---- */

/* The sample's table is asked before a free: a block that is gone is not in it. */
static void forget_sampled(struct hb_stream *stream, uint64_t address)
{
    _Atomic uint8_t *count = (_Atomic uint8_t *)&stream->spool->sampled[hb_spool_hash(address)];
    uint8_t was = atomic_load(count);
    while (was > 0 && was < 255 && !atomic_compare_exchange_weak(count, &was, (uint8_t)(was - 1)))
        ;
}

static void count_unseen(struct hb_stream *stream)
{
    stream->recorded.unseen += stream->header.sample_bytes == 0;
}

/* An address that comes again while its block is live: either a realloc that gave it back is still
 * to end, or the block was freed by a way that is not recorded. */
static void clear_address(struct hb_stream *stream, uint32_t by, uint64_t address)
{
    for (size_t i = 0; i < stream->thread_count; i++) {
        struct stream_thread *thread = &stream->threads[i];
        if (!thread->reallocates || thread->is_set_aside || thread->old != address)
            continue;
        hb_trace_rename(stream->writer, address, PENDING_NAME | i);
        thread->is_set_aside = true;
        return;
    }
    struct hb_trace_event event = {.function = HB_CALL_FREE, .id = address};
    stream->recorded.unseen++;
    put(stream, &stream->threads[by], &event);
}

static void made(struct hb_stream *stream, const struct pulled *pulled, unsigned function)
{
    struct hb_trace_event event = {.function = (uint8_t)function,
                                   .id = pulled->address,
                                   .size = pulled->size,
                                   .align_log2 = (uint8_t)(pulled->word >> 8 & 63)};
    if (LIKELY(try_put(stream, &stream->threads[pulled->thread], &event)))
        return;
    clear_address(stream, pulled->thread, event.id);
    if (stream->writer)
        put(stream, &stream->threads[pulled->thread], &event);
}

static void freed(struct hb_stream *stream, const struct pulled *pulled, unsigned function)
{
    struct hb_trace_event event = {.function = (uint8_t)function,
                                   .id = pulled->address,
                                   .size = pulled->size,
                                   .align_log2 = (uint8_t)(pulled->word >> 8 & 63)};
    if (!try_put(stream, &stream->threads[pulled->thread], &event))
        count_unseen(stream);
    else if (stream->header.sample_bytes)
        forget_sampled(stream, event.id);
}

static void reallocation_begins(struct hb_stream *stream, const struct pulled *pulled)
{
    struct stream_thread *thread = &stream->threads[pulled->thread];
    const bool is_known =
        pulled->address && hb_trace_is_live(stream->writer, pulled->address, NULL);
    if (pulled->address && !is_known)
        count_unseen(stream);
    thread->reallocates = true;
    thread->is_set_aside = false;
    thread->old = is_known ? pulled->address : 0;
}

static void reallocated(struct hb_stream *stream, const struct pulled *pulled, unsigned function)
{
    struct stream_thread *thread = &stream->threads[pulled->thread];
    struct hb_trace_event event = {
        .function = (uint8_t)function, .id = pulled->address, .size = pulled->size};
    if (thread->reallocates && thread->old) {
        event.old_id = thread->is_set_aside ? PENDING_NAME | pulled->thread : thread->old;
        if (stream->header.sample_bytes && (event.id || !event.size))
            forget_sampled(stream, thread->old);
    }
    thread->reallocates = false;
    if (event.id && event.id != event.old_id && hb_trace_is_live(stream->writer, event.id, NULL))
        clear_address(stream, pulled->thread, event.id);
    if (stream->writer)
        put(stream, thread, &event);
}

/* Of the old block's end the trace still has to know. */
static void left_the_sample(struct hb_stream *stream, const struct pulled *pulled)
{
    struct stream_thread *thread = &stream->threads[pulled->thread];
    struct hb_trace_event event = {.function = HB_CALL_FREE,
                                   .id = thread->is_set_aside ? PENDING_NAME | pulled->thread
                                                              : thread->old};
    if (thread->reallocates && thread->old && (pulled->address || !pulled->size)) {
        forget_sampled(stream, thread->old);
        put(stream, thread, &event);
    }
    thread->reallocates = false;
}

static void thread_ends(struct hb_stream *stream, struct stream_thread *thread, uint64_t now_ns)
{
    stream->ending += !thread->ends;
    thread->ends = true;
    thread->end_ns = now_ns;
}

/* What comes of a thread after its end was written is a new thread's. */
static void check_ended(struct hb_stream *stream, uint32_t index)
{
    struct stream_thread *thread = &stream->threads[index];
    if (thread->has_ended)
        *thread = (struct stream_thread){.number = NO_THREAD};
}

static void apply(struct hb_stream *stream, const struct pulled *pulled, uint64_t now_ns)
{
    const unsigned what = pulled->word & 0xff;
    if (stream->has_failed)
        return;
    if (!stream->has_begun)
        begin(stream, pulled->thread);
    if (!stream->writer)
        return;
    const double ticks =
        pulled->ticks > stream->spool->ticks ? (double)(pulled->ticks - stream->spool->ticks) : 0;
    const uint64_t time_ns = (uint64_t)(ticks * stream->ns_per_tick);
    if (time_ns > stream->time_ns)
        stream->time_ns = time_ns;
    if (what != HB_CALL_THREAD_END)
        check_ended(stream, pulled->thread);
    const enum hb_trace_kind kind =
        what < HB_CALLS ? hb_trace_functions[what].kind : HB_TRACE_THREAD_END;
    if (kind == HB_TRACE_ALLOCATE)
        made(stream, pulled, what);
    else if (kind == HB_TRACE_FREE)
        freed(stream, pulled, what);
    else if (kind == HB_TRACE_REALLOCATE)
        reallocated(stream, pulled, what);
    else if (what == HB_NOTE_REALLOC)
        reallocation_begins(stream, pulled);
    else if (what == HB_NOTE_UNSAMPLED)
        left_the_sample(stream, pulled);
    else if (what == HB_CALL_THREAD_END)
        thread_ends(stream, &stream->threads[pulled->thread], now_ns);
    else if (what == HB_NOTE_FORK)
        take_snapshot(stream, pulled->address);
}

/* ---- out of the rings ---- */

static uint64_t number_of(uint64_t word)
{
    return (word >> 16) - 1;
}

static void pull(struct hb_stream *stream, const struct hb_spool_slot *slot, uint64_t word,
                 uint32_t thread, uint64_t now_ns)
{
    const uint64_t number = number_of(word);
    const struct pulled pulled = {.word = word,
                                  .address = slot->address,
                                  .size = slot->size,
                                  .ticks = slot->ticks,
                                  .thread = thread};
    if (number > stream->base) {
        stream->window[number % WINDOW] = pulled;
        return;
    }
    /* The next one, as most are where one thread is at work; or one that was given up and has come
     * after all. */
    stream->base += number == stream->base;
    stream->direct++;
    apply(stream, &pulled, now_ns);
}

static void empty_slot(struct hb_spool_slot *slot)
{
    atomic_store_explicit(&slot->word, 0, memory_order_release);
}

static void wake(struct hb_spool_ring *ring)
{
    if (!atomic_load_explicit(&ring->waits, memory_order_relaxed))
        return;
    atomic_store(&ring->waits, 0);
    (void)syscall(SYS_futex, &ring->waits, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* A ring of one thread's, as far as it is filled and the window reaches. */
static size_t drain_ring(struct hb_stream *stream, uint32_t index, uint64_t now_ns)
{
    struct hb_spool_ring *ring = &stream->spool->rings[index];
    struct hb_spool_slot *slots = stream->spool->slots[index];
    uint64_t at = stream->taken[index];
    const uint32_t state = atomic_load_explicit(&ring->state, memory_order_acquire);
    const uint32_t claims = atomic_load_explicit(&ring->claims, memory_order_acquire);
    for (;; at++) {
        struct hb_spool_slot *slot = &slots[at % HB_SPOOL_SLOTS];
        const uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);
        if (!word || (number_of(word) >= stream->base && number_of(word) - stream->base >= WINDOW))
            break;
        if (at == stream->taken[index] && claims != stream->claims[index]) {
            stream->claims[index] = claims;
            stream->owner[index] = thread_of(stream, HB_SPOOL_OWNER(index, claims));
        }
        /* What is in it already is the address of an event to come, or one that was: no harm. */
        if (stream->writer)
            hb_trace_prefetch(stream->writer, slots[(at + AHEAD) % HB_SPOOL_SLOTS].address);
        pull(stream, slot, word, stream->owner[index], now_ns);
        empty_slot(slot);
    }
    const size_t count = (size_t)(at - stream->taken[index]);
    stream->taken[index] = at;
    if (count)
        wake(ring);
    if (state == HB_RING_ENDED && at == atomic_load_explicit(&ring->next, memory_order_acquire))
        atomic_store_explicit(&ring->state, HB_RING_FREE, memory_order_release);
    return count;
}

/* The ring of those that have none: pairs of slots. */
static size_t drain_common(struct hb_stream *stream, uint64_t now_ns)
{
    struct hb_spool_slot *slots = stream->spool->slots[HB_SPOOL_COMMON];
    uint64_t at = stream->taken[HB_SPOOL_COMMON];
    for (;; at += 2) {
        struct hb_spool_slot *who = &slots[at % HB_SPOOL_SLOTS],
                             *slot = &slots[(at + 1) % HB_SPOOL_SLOTS];
        const uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);
        if (!word || !atomic_load_explicit(&who->word, memory_order_acquire) ||
            (number_of(word) >= stream->base && number_of(word) - stream->base >= WINDOW))
            break;
        pull(stream, slot, word, thread_of(stream, who->address ? who->address : 1), now_ns);
        empty_slot(who);
        empty_slot(slot);
    }
    const size_t count = (size_t)(at - stream->taken[HB_SPOOL_COMMON]);
    stream->taken[HB_SPOOL_COMMON] = at;
    if (count)
        wake(&stream->spool->rings[HB_SPOOL_COMMON]);
    return count;
}

static size_t drain(struct hb_stream *stream, uint64_t now_ns)
{
    size_t count = 0;
    for (uint32_t i = 0; i < HB_SPOOL_RINGS; i++) {
        if (atomic_load_explicit(&stream->spool->rings[i].next, memory_order_relaxed) !=
                stream->taken[i] ||
            atomic_load_explicit(&stream->spool->rings[i].state, memory_order_relaxed) ==
                HB_RING_ENDED)
            count += drain_ring(stream, i, now_ns);
    }
    return count + drain_common(stream, now_ns);
}

/* ---- in their order ---- */

static size_t take_in_order(struct hb_stream *stream, uint64_t now_ns)
{
    size_t count = 0;
    for (;; count++) {
        struct pulled *pulled = &stream->window[stream->base % WINDOW];
        if (!pulled->word || number_of(pulled->word) != stream->base)
            return count;
        const struct pulled taken = *pulled;
        pulled->word = 0;
        stream->base++;
        apply(stream, &taken, now_ns);
    }
}

/* The first number behind the hole that is there, or 0. */
static uint64_t behind_hole(const struct hb_stream *stream)
{
    for (uint64_t number = stream->base + 1; number < stream->base + WINDOW; number++) {
        const struct pulled *pulled = &stream->window[number % WINDOW];
        if (pulled->word && number_of(pulled->word) == number)
            return number;
    }
    return 0;
}

static bool skip_hole(struct hb_stream *stream, uint64_t now_ns, bool has_ended)
{
    if (!stream->hole_ns)
        stream->hole_ns = now_ns;
    if (!has_ended && now_ns - stream->hole_ns < HOLE_NS)
        return false;
    const uint64_t number = behind_hole(stream);
    stream->hole_ns = 0;
    if (number)
        stream->base = number;
    return number != 0;
}

static void write_ends(struct hb_stream *stream, uint64_t now_ns, bool all)
{
    for (size_t i = 0; i < stream->thread_count && stream->ending && stream->writer; i++) {
        struct stream_thread *thread = &stream->threads[i];
        struct hb_trace_event event = {.function = HB_CALL_THREAD_END};
        if (!thread->ends || thread->has_ended || (!all && now_ns - thread->end_ns < END_NS))
            continue;
        if (thread->number != NO_THREAD)
            put(stream, thread, &event);
        thread->has_ended = true;
        stream->ending--;
    }
}

/* Until the parent has come to its fork; it may be gone. */
static bool waits_for_parent(const struct hb_stream *stream, uint64_t now_ns, bool has_ended)
{
    return !stream->has_begun && stream->spool->parent && !find_snapshot(stream) && !has_ended &&
           now_ns - stream->born_ns < PARENT_NS;
}

size_t hb_stream_work(struct hb_stream *stream, uint64_t now_ns, bool has_ended)
{
    size_t count = 0;
    if (!stream->born_ns)
        stream->born_ns = now_ns;
    if (waits_for_parent(stream, now_ns, has_ended))
        return 0;
    for (unsigned round = 0; round < ROUNDS || has_ended; round++) {
        (void)drain(stream, now_ns);
        const size_t applied = take_in_order(stream, now_ns) + stream->direct;
        stream->direct = 0;
        count += applied;
        if (applied || atomic_load(&stream->spool->sequence) == stream->base)
            stream->hole_ns = 0;
        if (!applied && (atomic_load(&stream->spool->sequence) == stream->base ||
                         !skip_hole(stream, now_ns, has_ended)))
            break;
    }
    if (stream->ending)
        write_ends(stream, now_ns, false);
    return count;
}

/* ---- beginning and end ---- */

struct hb_stream *hb_stream_new(struct hb_spool *spool, const char *path,
                                const struct hb_trace_header *header, double ns_per_tick,
                                struct hb_snapshots *snapshots)
{
    struct hb_stream *stream = calloc(1, sizeof *stream);
    struct pulled *window = calloc(WINDOW, sizeof *window);
    if (!stream || !window) {
        free(stream);
        free(window);
        return NULL;
    }
    stream->spool = spool;
    stream->snapshots = snapshots;
    stream->window = window;
    stream->header = *header;
    stream->header.pid = stream->recorded.pid = spool->pid;
    stream->ns_per_tick = ns_per_tick;
    spool->command[sizeof spool->command - 1] = '\0';
    HB_COPY(stream->header.command, spool->command);
    hb_hide_controls(stream->header.command);
    HB_COPY(stream->recorded.path, path);
    (void)thread_of(stream, 1); /* whom an event is of when there is no memory for its thread */
    if (!stream->threads) {
        free(stream);
        free(window);
        return NULL;
    }
    return stream;
}

void hb_stream_keep_empty(struct hb_stream *stream)
{
    stream->keeps_empty = true;
}

void hb_stream_flush(struct hb_stream *stream)
{
    struct hb_err err = {0};
    if (stream->writer && hb_trace_flush(stream->writer, &err) != 0)
        fail(stream, &err);
}

uint32_t hb_stream_pid(const struct hb_stream *stream)
{
    return stream->spool->pid;
}

bool hb_stream_has_path(const struct hb_stream *stream, const char *path)
{
    return strcmp(stream->recorded.path, path) == 0;
}

void hb_stream_end(struct hb_stream *stream, const char *note, struct hb_recorded *recorded)
{
    struct hb_err err = {0};
    if (!stream->has_begun && stream->keeps_empty)
        begin(stream, 0);
    write_ends(stream, 0, true);
    if (stream->writer) {
        stream->recorded.totals = *hb_trace_written(stream->writer);
        if (hb_trace_end(stream->writer, stream->recorded.unseen, note, &err) != 0)
            HB_COPY(stream->recorded.problem, err.message);
    }
    if (!stream->has_begun)
        stream->recorded.path[0] = '\0';
    *recorded = stream->recorded;
    struct hb_snapshot *snapshot = stream->spool->parent ? find_snapshot(stream) : NULL;
    if (snapshot)
        drop_snapshot(stream->snapshots, snapshot);
    (void)munmap(stream->spool, sizeof *stream->spool);
    hb_blocks_free(&stream->keys);
    free(stream->threads);
    free(stream->window);
    free(stream);
}
