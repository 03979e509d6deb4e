/* One recorded process: see record_stream.h.
 *
 * Each ring's events wait in a lane of their own, and are taken by their stamps, as far as those of
 * all rings are known. A processor may read its clock some instructions early: so an event that
 * cannot be yet (a free of a block that is not live, a block where one is live) first lets the
 * event of another lane pass that makes it possible, when there is one within a tenth of a
 * millisecond. */
#include "trace/record_stream.h"

#include "base/buf.h"
#include "base/quote.h"
#include "trace/record_lane.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define RINGS        (HB_SPOOL_RINGS + 1)
#define PARENT_NS    UINT64_C(5000000000) /* so long the parent's fork is waited for */
#define END_NS       UINT64_C(100000000)  /* a thread's last frees come after its end was noted */
#define NEAR_NS      100000.0
#define LANES_BYTES  ((size_t)64 << 20) /* that wait; then order is taken as it is */
#define PASSES_DEEP  4u
#define LIKELY(x)    __builtin_expect(!!(x), 1)
#define NO_THREAD    UINT32_MAX
#define PENDING_NAME (UINT64_C(1) << 63) /* and the thread: no address has this bit */

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
    struct hb_stream *next; /* of all that there are: snapshots->streams is the first */
    struct hb_trace_header header;
    struct hb_trace_writer *writer; /* NULL: no event yet, or no longer */
    double ns_per_tick;
    uint64_t near_ticks; /* so far apart the readings of two clocks may be in the wrong order */
    struct hb_recorded recorded;
    bool has_begun, has_failed, keeps_empty;
    uint64_t born_ns; /* on the recorder's clock: the first round; 0: none yet */
    uint64_t now_ns;  /* of the round */
    uint64_t time_ns; /* of the last event */

    struct hb_lane lanes[RINGS];
    struct hb_lane *current; /* whose event is put in; NULL: none */
    unsigned depth;          /* of events that let others pass */

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

static bool let_pass(struct hb_stream *stream, uint64_t address, bool makes);

/* A realloc that gave the address back is still to end: its old block has another name from now on.
 */
static bool set_aside(struct hb_stream *stream, uint64_t address)
{
    for (size_t i = 0; i < stream->thread_count; i++) {
        struct stream_thread *thread = &stream->threads[i];
        if (!thread->reallocates || thread->is_set_aside || thread->old != address)
            continue;
        hb_trace_rename(stream->writer, address, PENDING_NAME | i);
        thread->is_set_aside = true;
        return true;
    }
    return false;
}

/* An address that comes again while its block is live: a realloc gave it back, or its free is about
 * to come, or the block was freed by a way that is not recorded. */
static void clear_address(struct hb_stream *stream, uint32_t by, uint64_t address)
{
    if (set_aside(stream, address))
        return;
    while (let_pass(stream, address, false)) {
        if (!stream->writer || !hb_trace_is_live(stream->writer, address, NULL) ||
            set_aside(stream, address))
            return;
    }
    struct hb_trace_event event = {.function = HB_CALL_FREE, .id = address};
    stream->recorded.unseen++;
    put(stream, &stream->threads[by], &event);
}

static void made(struct hb_stream *stream, uint32_t by, const struct hb_pulled *pulled)
{
    struct hb_trace_event event = {.function = pulled->what,
                                   .id = pulled->address,
                                   .size = pulled->size,
                                   .align_log2 = pulled->align_log2};
    if (LIKELY(try_put(stream, &stream->threads[by], &event)))
        return;
    clear_address(stream, by, event.id);
    if (stream->writer)
        put(stream, &stream->threads[by], &event);
}

static void freed(struct hb_stream *stream, uint32_t by, const struct hb_pulled *pulled)
{
    struct hb_trace_event event = {.function = pulled->what,
                                   .id = pulled->address,
                                   .size = pulled->size,
                                   .align_log2 = pulled->align_log2};
    if (!try_put(stream, &stream->threads[by], &event) &&
        (!let_pass(stream, event.id, true) || !stream->writer ||
         !try_put(stream, &stream->threads[by], &event)))
        count_unseen(stream);
    else if (stream->header.sample_bytes)
        forget_sampled(stream, event.id);
}

static void reallocation_begins(struct hb_stream *stream, uint32_t by,
                                const struct hb_pulled *pulled)
{
    bool is_known = pulled->address && hb_trace_is_live(stream->writer, pulled->address, NULL);
    if (pulled->address && !is_known && let_pass(stream, pulled->address, true))
        is_known = stream->writer && hb_trace_is_live(stream->writer, pulled->address, NULL);
    if (pulled->address && !is_known)
        count_unseen(stream);
    struct stream_thread *thread = &stream->threads[by];
    thread->reallocates = true;
    thread->is_set_aside = false;
    thread->old = is_known ? pulled->address : 0;
}

static void reallocated(struct hb_stream *stream, uint32_t by, const struct hb_pulled *pulled)
{
    struct hb_trace_event event = {
        .function = pulled->what, .id = pulled->address, .size = pulled->size};
    const struct stream_thread *thread = &stream->threads[by];
    const uint64_t old = thread->reallocates ? thread->old : 0;
    if (event.id && (event.id != old || thread->is_set_aside) &&
        hb_trace_is_live(stream->writer, event.id, NULL))
        clear_address(stream, by, event.id);
    thread = &stream->threads[by]; /* it may have moved, and its old block have got another name */
    if (old) {
        event.old_id = thread->is_set_aside ? PENDING_NAME | by : old;
        if (stream->header.sample_bytes && (event.id || !event.size))
            forget_sampled(stream, old);
    }
    stream->threads[by].reallocates = false;
    if (stream->writer)
        put(stream, &stream->threads[by], &event);
}

/* Of the old block's end the trace still has to know. */
static void left_the_sample(struct hb_stream *stream, uint32_t by, const struct hb_pulled *pulled)
{
    struct stream_thread *thread = &stream->threads[by];
    struct hb_trace_event event = {.function = HB_CALL_FREE,
                                   .id = thread->is_set_aside ? PENDING_NAME | by : thread->old};
    if (thread->reallocates && thread->old && (pulled->address || !pulled->size)) {
        forget_sampled(stream, thread->old);
        put(stream, thread, &event);
    }
    thread->reallocates = false;
}

static void thread_ends(struct hb_stream *stream, struct stream_thread *thread)
{
    stream->ending += !thread->ends;
    thread->ends = true;
    thread->end_ns = stream->now_ns;
}

/* What comes of a thread after its end was written is a new thread's. */
static void check_ended(struct hb_stream *stream, uint32_t index)
{
    struct stream_thread *thread = &stream->threads[index];
    if (thread->has_ended)
        *thread = (struct stream_thread){.number = NO_THREAD};
}

static void set_time(struct hb_stream *stream, uint64_t stamp)
{
    const uint64_t time_ns = (uint64_t)((double)stamp * stream->ns_per_tick);
    if (time_ns > stream->time_ns)
        stream->time_ns = time_ns;
}

static void apply(struct hb_stream *stream, uint32_t by, const struct hb_pulled *pulled)
{
    const unsigned what = pulled->what;
    const enum hb_trace_kind kind =
        what < HB_CALLS ? hb_trace_functions[what].kind : HB_TRACE_THREAD_END;
    if (what != HB_CALL_THREAD_END)
        check_ended(stream, by);
    if (kind == HB_TRACE_ALLOCATE)
        made(stream, by, pulled);
    else if (kind == HB_TRACE_FREE)
        freed(stream, by, pulled);
    else if (kind == HB_TRACE_REALLOCATE)
        reallocated(stream, by, pulled);
    else if (what == HB_NOTE_REALLOC)
        reallocation_begins(stream, by, pulled);
    else if (what == HB_NOTE_UNSAMPLED)
        left_the_sample(stream, by, pulled);
    else if (what == HB_CALL_THREAD_END)
        thread_ends(stream, &stream->threads[by]);
    else if (what == HB_NOTE_FORK)
        take_snapshot(stream, pulled->address);
}

/* ---- lanes ---- */

void hb_stream_slots(struct hb_stream *stream, uint32_t index, const uint8_t *bytes, size_t size)
{
    struct hb_err err = {0};
    if (hb_lane_add(&stream->lanes[index], bytes, size) == 0)
        return;
    (void)hb_err_memory(&err, stream->recorded.path);
    fail(stream, &err);
}

static void look_ahead(const struct hb_stream *stream, struct hb_lane *lane)
{
    hb_lane_unpack(lane);
    for (unsigned i = 0; i < lane->ahead_count && stream->writer; i++)
        hb_trace_prefetch(stream->writer, lane->ahead[i].address);
}

static bool find_head(struct hb_stream *stream, struct hb_lane *lane)
{
    for (; !hb_lane_is_empty(lane); lane->ahead_at++) {
        if (lane->ahead_at == lane->ahead_count)
            look_ahead(stream, lane);
        const struct hb_pulled *head = &lane->ahead[lane->ahead_at];
        if (head->what != HB_NOTE_WHO) {
            lane->stamp = head->stamp > lane->stamp ? head->stamp : lane->stamp;
            return true;
        }
        lane->thread = thread_of(stream, head->address ? head->address : 1);
    }
    return false;
}

static void apply_head(struct hb_stream *stream, struct hb_lane *lane)
{
    struct hb_lane *outer = stream->current;
    const struct hb_pulled pulled = lane->ahead[lane->ahead_at++];
    if (stream->has_failed)
        return;
    if (!stream->has_begun)
        begin(stream, lane->thread);
    if (!stream->writer)
        return;
    set_time(stream, lane->stamp);
    stream->current = lane;
    apply(stream, lane->thread, &pulled);
    stream->current = outer;
}

/* An event of another lane, and those before it there. */
static bool let_pass(struct hb_stream *stream, uint64_t address, bool makes)
{
    const struct hb_lane *current = stream->current;
    bool has_passed = false;
    if (!address || !current || stream->depth == PASSES_DEEP)
        return false;
    const uint64_t last = current->stamp + stream->near_ticks;
    stream->depth++;
    for (size_t i = 0; i < RINGS && !has_passed; i++) {
        struct hb_lane *lane = &stream->lanes[i];
        size_t events = lane == current ? 0 : hb_lane_events_until(lane, address, makes, last);
        for (; events && find_head(stream, lane); events--) {
            apply_head(stream, lane);
            has_passed = true;
        }
    }
    stream->depth--;
    return has_passed;
}

/* ---- in their order ---- */

/* Two lanes: whose turn it is, and up to which stamp. */
static struct hb_lane *first_lane(struct hb_stream *stream, struct hb_lane **active, size_t *count,
                                  uint64_t *until)
{
    struct hb_lane *first = NULL;
    uint64_t second = UINT64_MAX;
    for (size_t i = 0; i < *count; i++) {
        struct hb_lane *lane = active[i];
        if (!find_head(stream, lane)) {
            active[i--] = active[--*count];
            continue;
        }
        if (!first || lane->stamp < first->stamp) {
            second = first ? first->stamp : second;
            first = lane;
        } else if (lane->stamp < second)
            second = lane->stamp;
    }
    *until = second;
    return first;
}

static void take_in_order(struct hb_stream *stream, uint64_t until)
{
    struct hb_lane *active[RINGS], *lane;
    size_t count = 0, waiting = 0;
    uint64_t turn;
    for (size_t i = 0; i < RINGS; i++) {
        if (!hb_lane_is_empty(&stream->lanes[i]))
            active[count++] = &stream->lanes[i];
        waiting += stream->lanes[i].size - stream->lanes[i].at;
    }
    if (waiting > LANES_BYTES)
        until = UINT64_MAX;
    while ((lane = first_lane(stream, active, &count, &turn)) && lane->stamp <= until) {
        const uint64_t last = turn < until ? turn : until;
        do
            apply_head(stream, lane);
        while (find_head(stream, lane) && lane->stamp <= last);
    }
}

static void write_ends(struct hb_stream *stream, bool all)
{
    for (size_t i = 0; i < stream->thread_count && stream->ending && stream->writer; i++) {
        struct stream_thread *thread = &stream->threads[i];
        struct hb_trace_event event = {.function = HB_CALL_THREAD_END};
        if (!thread->ends || thread->has_ended ||
            (!all && stream->now_ns - thread->end_ns < END_NS))
            continue;
        if (thread->number != NO_THREAD)
            put(stream, thread, &event);
        thread->has_ended = true;
        stream->ending--;
    }
}

/* Until the parent has come to its fork; it may be gone. */
static bool waits_for_parent(const struct hb_stream *stream)
{
    return !stream->has_begun && stream->spool->parent && !find_snapshot(stream) &&
           stream->now_ns - stream->born_ns < PARENT_NS;
}

/* A child that is gone waits for nobody: what is there of its parent's, up to its fork, is taken.
 */
static void bring_parent_to_fork(struct hb_stream *child)
{
    for (struct hb_stream *stream = child->snapshots->streams; stream; stream = stream->next) {
        if (stream->spool->process != child->spool->parent)
            continue;
        if (stream->born_ns && waits_for_parent(stream))
            bring_parent_to_fork(stream);
        take_in_order(stream,
                      ((child->spool->forked_at - stream->spool->ticks) & HB_SLOT_STAMP_MAX) +
                          stream->near_ticks);
        return;
    }
}

void hb_stream_round(struct hb_stream *stream, uint64_t until, uint64_t now_ns)
{
    stream->now_ns = now_ns;
    if (!stream->born_ns) {
        stream->born_ns = now_ns;
        stream->next = stream->snapshots->streams;
        stream->snapshots->streams = stream;
    }
    if (waits_for_parent(stream)) {
        if (until < UINT64_MAX)
            return;
        bring_parent_to_fork(stream);
    }
    take_in_order(stream, until);
    if (stream->ending)
        write_ends(stream, false);
}

/* ---- beginning and end ---- */

struct hb_stream *hb_stream_new(struct hb_spool *spool, const char *path,
                                const struct hb_trace_header *header, double ns_per_tick,
                                struct hb_snapshots *snapshots)
{
    struct hb_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->spool = spool;
    stream->snapshots = snapshots;
    stream->header = *header;
    stream->header.pid = stream->recorded.pid = spool->pid;
    stream->ns_per_tick = ns_per_tick;
    stream->near_ticks = (uint64_t)(NEAR_NS / ns_per_tick);
    spool->command[sizeof spool->command - 1] = '\0';
    HB_COPY(stream->header.command, spool->command);
    hb_hide_controls(stream->header.command);
    HB_COPY(stream->recorded.path, path);
    (void)thread_of(stream, 1); /* whom an event is of when there is no memory for its thread */
    if (stream->threads)
        return stream;
    free(stream);
    return NULL;
}

void hb_stream_keep_empty(struct hb_stream *stream)
{
    stream->keeps_empty = true;
}

struct hb_stream *hb_stream_flush(struct hb_stream *stream)
{
    struct hb_err err = {0};
    if (stream->writer && hb_trace_flush(stream->writer, &err) != 0)
        fail(stream, &err);
    return stream->next;
}

void hb_stream_end(struct hb_stream *stream, const char *note, struct hb_recorded *recorded)
{
    struct hb_err err = {0};
    if (!stream->has_begun && stream->keeps_empty)
        begin(stream, 0);
    write_ends(stream, true);
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
    struct hb_stream **link = &stream->snapshots->streams;
    while (*link && *link != stream)
        link = &(*link)->next;
    if (*link)
        *link = stream->next;
    (void)munmap(stream->spool, sizeof *stream->spool);
    hb_blocks_free(&stream->keys);
    for (size_t i = 0; i < RINGS; i++)
        free(stream->lanes[i].bytes);
    free(stream->threads);
    free(stream);
}
