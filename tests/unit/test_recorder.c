/* The way of an event from a ring to the trace, each part by itself: packed slots, the backlog, the
 * drain and who it favours, and the order that the stream makes of stamps. Expected values are
 * worked out by hand. */
#include "trace/backlog.h"
#include "trace/record_drain.h"
#include "trace/record_pack.h"
#include "trace/record_stream.h"
#include "unit/trace_text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- packed slots ---- */

static void test_pack_round_trip(void **state)
{
    static const uint64_t numbers[] = {0,
                                       1,
                                       7,
                                       8,
                                       0xff,
                                       0x100,
                                       0xffff,
                                       0x10000,
                                       UINT32_MAX,
                                       UINT64_C(1) << 47,
                                       (UINT64_C(1) << 55) - 8,
                                       UINT64_MAX - 7,
                                       UINT64_MAX};
    const size_t count = sizeof numbers / sizeof *numbers;
    uint8_t bytes[64 * 1024];
    uint8_t *end = bytes;
    struct hb_pack pack = {0}, unpack = {0};
    const uint8_t *at = bytes;
    (void)state;
    for (size_t i = 0; i < count * count * 2; i++) {
        const struct hb_pulled pulled = {.stamp = numbers[i * 5 % count] >> 8,
                                         .address = numbers[i % count],
                                         .size = numbers[i / count % count],
                                         .what = i % 3 ? HB_CALL_MALLOC : HB_NOTE_WHO,
                                         .align_log2 = i % 7 ? 0 : 63};
        uint8_t *next = hb_pack_put(&pack, &pulled, end);
        assert_true(next - end <= (ptrdiff_t)HB_PACKED_BYTES_MAX);
        end = next;
    }
    for (size_t i = 0; i < count * count * 2; i++) {
        struct hb_pulled pulled;
        at = hb_pack_get(&unpack, at, &pulled);
        assert_true(pulled.stamp == numbers[i * 5 % count] >> 8);
        assert_true(pulled.address == numbers[i % count]);
        assert_true(pulled.size == numbers[i / count % count]);
        assert_int_equal(pulled.what, i % 3 ? HB_CALL_MALLOC : HB_NOTE_WHO);
        assert_int_equal(pulled.align_log2, i % 7 ? 0 : 63);
    }
    assert_ptr_equal(at, end);
}

/* ---- the backlog ---- */

#define RECORD_BYTES 100000u
#define RECORDS      2500u /* 250 MB: more than stays in memory */

static void add_record(struct hb_backlog *backlog, uint32_t i)
{
    const struct hb_backlog_head head = {.bytes = RECORD_BYTES - i % 8, .stamp = i};
    uint8_t *room = hb_backlog_room(backlog, RECORD_BYTES);
    assert_non_null(room);
    memset(room, (int)i, RECORD_BYTES);
    hb_backlog_add(backlog, &head);
}

static void take_record(struct hb_backlog *backlog, uint32_t i)
{
    struct hb_backlog_head head;
    const uint8_t *bytes = hb_backlog_take(backlog, &head);
    assert_non_null(bytes);
    assert_int_equal(head.stamp, i);
    assert_int_equal(head.bytes, RECORD_BYTES - i % 8);
    assert_int_equal(bytes[0], (uint8_t)i);
    assert_int_equal(bytes[head.bytes - 1], (uint8_t)i);
}

static void test_backlog_in_a_file(void **state)
{
    struct hb_backlog *backlog = hb_backlog_new("/tmp/x.hbt");
    struct hb_backlog_head head;
    (void)state;
    assert_null(hb_backlog_take(backlog, &head));
    for (uint32_t i = 0; i < RECORDS; i++)
        add_record(backlog, i);
    assert_false(hb_backlog_is_full(backlog));
    for (uint32_t i = 0; i < RECORDS; i++) {
        take_record(backlog, i);
        add_record(backlog, RECORDS + i);
    }
    for (uint32_t i = 0; i < RECORDS; i++)
        take_record(backlog, RECORDS + i);
    assert_null(hb_backlog_take(backlog, &head));
    assert_false(hb_backlog_has_failed(backlog));
    hb_backlog_free(backlog);
}

/* No file, as in a folder that is full. */
static void test_backlog_is_full(void **state)
{
    struct hb_backlog *backlog = hb_backlog_new("/nowhere/x.hbt");
    uint32_t count = 0;
    (void)state;
    while (!hb_backlog_is_full(backlog))
        add_record(backlog, count++);
    assert_in_range(count * (uint64_t)RECORD_BYTES, 192000000, 204000000);
    for (uint32_t i = 0; i < 20; i++)
        take_record(backlog, i);
    assert_false(hb_backlog_is_full(backlog));
    for (uint32_t i = 20; i < count; i++)
        take_record(backlog, i);
    hb_backlog_free(backlog);
}

/* ---- the stream ---- */

#define MS UINT64_C(1000000) /* a tick is a nanosecond here */

static struct hb_snapshots snapshots;

static struct process {
    char path[64];
    struct hb_spool *spool;
    struct hb_stream *stream;
    struct hb_pack packs[HB_SPOOL_RINGS + 1];
    uint32_t claims[HB_SPOOL_RINGS + 1];
    struct hb_recorded recorded;
} made, child;

static struct hb_spool *map_zeroed_spool(void)
{
    struct hb_spool *spool = mmap(NULL, sizeof *spool, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(spool, MAP_FAILED);
    return spool;
}

static void begin_at(struct process *p, uint32_t number, uint64_t sample_bytes, const char *path)
{
    const struct hb_trace_header header = {.maker = "test", .sample_bytes = sample_bytes};
    memset(p, 0, sizeof *p);
    p->spool = map_zeroed_spool();
    p->spool->pid = number;
    p->spool->process = number;
    (void)strcpy(p->spool->command, "app\n--fast");
    (void)snprintf(p->path, sizeof p->path, "%s", path);
    p->stream = hb_stream_new(p->spool, p->path, &header, 1, &snapshots);
    assert_non_null(p->stream);
}

static void begin(struct process *p, uint32_t number)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/tmp/hb-recorder-%d.%u.hbt", (int)getpid(), number);
    begin_at(p, number, 0, path);
}

static void begin_child(uint64_t forked_at)
{
    begin(&child, 8);
    child.spool->parent = 7;
    child.spool->forked_at = forked_at;
}

static void push_pulled(struct process *p, uint32_t lane, uint64_t key,
                        const struct hb_pulled *pulled)
{
    uint8_t bytes[2 * HB_PACKED_BYTES_MAX];
    const struct hb_pulled who = {
        .stamp = p->packs[lane].stamp, .what = HB_NOTE_WHO, .address = key};
    uint8_t *end = hb_pack_put(&p->packs[lane], &who, bytes);
    end = hb_pack_put(&p->packs[lane], pulled, end);
    hb_stream_slots(p->stream, lane, bytes, (size_t)(end - bytes));
}

static void push(struct process *p, uint32_t lane, uint8_t what, uint64_t stamp, uint64_t address,
                 uint64_t size)
{
    const struct hb_pulled pulled = {
        .stamp = stamp, .what = what, .address = address, .size = size};
    push_pulled(p, lane, HB_SPOOL_OWNER(lane, 1 + p->claims[lane]), &pulled);
}

static bool has_begun(const struct process *p)
{
    return access(p->path, F_OK) == 0;
}

static void reads_as(const struct process *p, const char *expected)
{
    struct hb_buf text = {0};
    read_events(p->path, &text);
    assert_string_equal(hb_buf_string(&text), expected);
    hb_buf_free(&text);
    (void)unlink(p->path);
}

/* "thread function block<old size @ns" of each event. */
static void ends_as(struct process *p, const char *expected)
{
    hb_stream_round(p->stream, UINT64_MAX, 1);
    hb_stream_end(p->stream, NULL, &p->recorded);
    assert_string_equal(p->recorded.problem, "");
    assert_string_equal(p->recorded.path, p->path);
    reads_as(p, expected);
}

static void test_order_by_stamps(void **state)
{
    (void)state;
    begin(&made, 7);
    push(&made, 0, HB_CALL_MALLOC, 100, 0x1000, 10);
    push(&made, 0, HB_CALL_MALLOC, 100, 0x2000, 10); /* the stamp of the one before */
    push(&made, 0, HB_CALL_FREE, 500, 0x2000, 0);
    push(&made, 1, HB_CALL_FREE, 300, 0x1000, 0);
    push(&made, 1, HB_CALL_MALLOC, 400, 0x3000, 10);
    hb_stream_round(made.stream, 350, 1); /* what is behind it may not be there yet */
    push(&made, 2, HB_CALL_MALLOC, 380, 0x1000, 10);
    ends_as(&made, "0 malloc 1 10 @100\n0 malloc 2 10\n1 free 1 @300\n2 malloc 3 10 @380\n"
                   "1 malloc 4 10 @400\n0 free 2 @500\n");
    assert_int_equal(made.recorded.unseen, 0);
    assert_int_equal(made.recorded.pid, 7);
    assert_int_equal(made.recorded.totals.events, 6);
    assert_int_equal(made.recorded.totals.peak_live_bytes, 30);
}

/* Clocks that were read early: a block is freed before it is made, one is made where one lives. */
static void test_order_by_blocks(void **state)
{
    (void)state;
    begin(&made, 7);
    push(&made, 1, HB_CALL_FREE, 100, 0x1000, 0);
    push(&made, 0, HB_CALL_MALLOC, 150, 0x1000, 10);
    push(&made, 1, HB_CALL_MALLOC, 200, 0x2000, 10);
    push(&made, 2, HB_CALL_MALLOC, 300, 0x2000, 10);
    push(&made, 1, HB_CALL_FREE, 350, 0x2000, 0);
    push(&made, 2, HB_NOTE_REALLOC, 400, 0x4000, 0);
    push(&made, 2, HB_CALL_REALLOC, 401, 0x5000, 20);
    push(&made, 0, HB_CALL_MALLOC, 450, 0x4000, 10);
    ends_as(&made, "0 malloc 1 10 @150\n1 free 1\n1 malloc 2 10 @200\n1 free 2 @350\n"
                   "2 malloc 3 10\n0 malloc 4 10 @450\n2 realloc 5<4 20\n");
    assert_int_equal(made.recorded.unseen, 0);
}

/* Too far apart for a clock: then the block was not seen made, or its free was not. */
static void test_order_of_the_unseen(void **state)
{
    (void)state;
    begin(&made, 7);
    push(&made, 1, HB_CALL_FREE, 100, 0x1000, 0);
    push(&made, 0, HB_CALL_MALLOC, 100 + MS, 0x1000, 10);
    push(&made, 1, HB_CALL_MALLOC, 100 + 2 * MS, 0x1000, 10);
    push(&made, 0, HB_CALL_FREE, 100 + 4 * MS, 0x1000, 0);
    ends_as(&made, "0 malloc 1 10 @1000100\n1 free 1 @2000100\n1 malloc 2 10\n0 free 2 @4000100\n");
    assert_int_equal(made.recorded.unseen, 2);
}

/* Another thread gets the old block's place before the realloc has come back, and so does a third.
 */
static void test_order_within_a_realloc(void **state)
{
    (void)state;
    begin(&made, 7);
    push(&made, 0, HB_CALL_MALLOC, 100, 0x1000, 10);
    push(&made, 0, HB_NOTE_REALLOC, 200, 0x1000, 0);
    push(&made, 1, HB_CALL_MALLOC, 300, 0x1000, 6);
    push(&made, 1, HB_NOTE_REALLOC, 400, 0x1000, 0);
    push(&made, 2, HB_CALL_MALLOC, 500, 0x1000, 7);
    push(&made, 0, HB_CALL_REALLOC, 600, 0x2000, 20);
    push(&made, 1, HB_CALL_REALLOC, 700, 0x3000, 30);
    push(&made, 2, HB_CALL_FREE, 800, 0x1000, 0);
    push(&made, 0, HB_CALL_FREE, 900, 0x2000, 0);
    ends_as(&made, "0 malloc 1 10 @100\n1 malloc 2 6 @300\n2 malloc 3 7 @500\n"
                   "0 realloc 4<1 20 @600\n1 realloc 5<2 30 @700\n2 free 3 @800\n"
                   "0 free 4 @900\n");
    assert_int_equal(made.recorded.unseen, 0);
}

/* ---- blocks ---- */

static void test_what_was_not_seen_is_counted(void **state)
{
    (void)state;
    begin(&made, 7);
    push(&made, 0, HB_CALL_MALLOC, 1, 0x10, 5);
    push(&made, 0, HB_CALL_FREE, 2, 0x98, 0);    /* from before */
    push(&made, 0, HB_CALL_MALLOC, 3, 0x10, 6);  /* freed by a way that is not recorded */
    push(&made, 0, HB_NOTE_REALLOC, 4, 0x78, 0); /* from before */
    push(&made, 0, HB_CALL_REALLOC, 5, 0x20, 7);
    push(&made, 0, HB_CALL_FREE, 6, 0, 0);
    push(&made, 0, HB_CALL_MALLOC, 7, 0, 8); /* failed */
    ends_as(&made, "0 malloc 1 5 @1\n0 free 1 @3\n0 malloc 2 6\n0 realloc 3<0 7 @5\n"
                   "0 free 0 @6\n0 malloc 0 8 ! @7\n");
    assert_int_equal(made.recorded.unseen, 3);
}

static void test_a_realloc_takes_the_place_of_its_block(void **state)
{
    static const struct {
        uint64_t old, address, size;
    } calls[] = {{0x10, 0x10, 6}, /* in place */
                 {0x10, 0x20, 7}, /* moved */
                 {0x20, 0, 8},    /* failed: it stays */
                 {0x20, 0, 0},    /* freed */
                 {0, 0x20, 9}};
    uint64_t stamp = 1;
    (void)state;
    begin(&made, 7);
    push(&made, 0, HB_CALL_MALLOC, stamp++, 0x10, 5);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        push(&made, 0, HB_NOTE_REALLOC, stamp++, calls[i].old, 0);
        push(&made, 0, HB_CALL_REALLOC, stamp++, calls[i].address, calls[i].size);
    }
    ends_as(&made, "0 malloc 1 5 @1\n0 realloc 2<1 6 @3\n0 realloc 3<2 7 @5\n"
                   "0 realloc 0<3 8 ! @7\n0 realloc 0<3 0 @9\n0 realloc 4<0 9 @11\n");
    assert_int_equal(made.recorded.unseen, 0);
}

/* The table of the sample says whose free may be of it; what is not of it is not missed. */
static void test_of_a_sample_others_are_not_missed(void **state)
{
    struct hb_trace_reader *reader;
    struct hb_err err = {0};
    (void)state;
    begin_at(&made, 7, 100, "/tmp/hb-recorder-sample.hbt");
    uint8_t sampled[] = {2, 255, 1}; /* 255: or more */
    for (unsigned i = 0; i < 3; i++) {
        made.spool->sampled[hb_spool_hash(0x10 * (i + 1))] = sampled[i];
        push(&made, 0, HB_CALL_MALLOC, i, 0x10 * (i + 1), 5 + i);
    }
    push(&made, 0, HB_CALL_FREE, 3, 0x10, 0);
    push(&made, 0, HB_CALL_FREE, 4, 0x20, 0);
    push(&made, 0, HB_CALL_FREE, 5, 0x98, 0); /* of another block with such a hash */
    push(&made, 0, HB_NOTE_REALLOC, 6, 0x30, 0);
    push(&made, 0, HB_NOTE_UNSAMPLED, 7, 0, 8); /* failed: it stays */
    push(&made, 0, HB_NOTE_REALLOC, 8, 0x30, 0);
    push(&made, 0, HB_NOTE_UNSAMPLED, 9, 0x40, 8);
    hb_stream_round(made.stream, UINT64_MAX, 1);
    for (unsigned i = 0; i < 3; i++)
        sampled[i] = made.spool->sampled[hb_spool_hash(0x10 * (i + 1))];
    hb_stream_end(made.stream, NULL, &made.recorded);
    assert_int_equal(sampled[0], 1);
    assert_int_equal(sampled[1], 255);
    assert_int_equal(sampled[2], 0);
    assert_int_equal(made.recorded.unseen, 0);
    assert_int_equal(hb_trace_open(made.path, &reader, &err), 0);
    assert_int_equal(hb_trace_header_of(reader)->sample_bytes, 100);
    assert_int_equal(hb_trace_header_of(reader)->unseen, 0);
    hb_trace_close(reader);
    reads_as(&made, "0 malloc 1 5\n0 malloc 2 6 @1\n0 malloc 3 7 @2\n0 free 1 @3\n0 free 2 @4\n"
                    "0 free 3 @9\n");
}

/* ---- threads ---- */

static void test_a_thread_ends_after_its_last_frees(void **state)
{
    (void)state;
    begin(&made, 7);
    push(&made, 0, HB_CALL_MALLOC, 1, 0x10, 5);
    push(&made, 0, HB_CALL_THREAD_END, 2, 0, 0);
    hb_stream_round(made.stream, 2, 1000 * MS);
    push(&made, 0, HB_CALL_FREE, 3, 0x10, 0);
    hb_stream_round(made.stream, 3, 1099 * MS);
    hb_stream_round(made.stream, 3, 1100 * MS); /* now its end is written */
    push(&made, 0, HB_CALL_MALLOC, 4, 0x10, 6); /* a destructor later still: another's */
    push(&made, 0, HB_CALL_THREAD_END, 5, 0, 0);
    push(&made, 1, HB_CALL_THREAD_END, 6, 0, 0); /* which did nothing */
    ends_as(&made,
            "0 malloc 1 5 @1\n0 free 1 @3\n0 thread end\n1 malloc 2 6 @4\n1 thread end @6\n");
}

/* A ring's next owner is another thread, and so is each guest of the common ring. */
static void test_a_ring_has_one_owner_after_another(void **state)
{
    static const uint64_t guests[] = {1, 2, 1};
    (void)state;
    begin(&made, 7);
    push(&made, 3, HB_CALL_MALLOC, 1, 0x10, 5);
    made.claims[3]++;
    push(&made, 3, HB_CALL_FREE, 2, 0x10, 0);
    for (unsigned i = 0; i < 3; i++) {
        const struct hb_pulled pulled = {.stamp = 3 + i,
                                         .what = HB_CALL_MEMALIGN,
                                         .address = 0x10 * (i + 1),
                                         .size = i,
                                         .align_log2 = 7};
        push_pulled(&made, HB_SPOOL_COMMON, HB_SPOOL_GUEST(guests[i]), &pulled);
    }
    ends_as(&made, "0 malloc 1 5 @1\n1 free 1 @2\n2 memalign 2 0 ^7 @3\n3 memalign 3 1 ^7 @4\n"
                   "2 memalign 4 2 ^7 @5\n");
}

/* ---- forks ---- */

/* The parent, as far as its fork at 30 and one event more. */
static void push_parent(void)
{
    const struct hb_pulled first = {
        .stamp = 1, .what = HB_CALL_MEMALIGN, .address = 0x10, .size = 5, .align_log2 = 7};
    begin(&made, 7);
    push_pulled(&made, 0, HB_SPOOL_OWNER(0, 1), &first);
    push(&made, 0, HB_NOTE_REALLOC, 10, 0x10, 0);
    push(&made, 0, HB_CALL_REALLOC, 20, 0x20, 6);
    push(&made, 0, HB_NOTE_FORK, 30, 30, 0);
    push(&made, 0, HB_CALL_MALLOC, 200000, 0x30, 7); /* not the child's */
}

static void parent_ends(void)
{
    ends_as(&made, "0 memalign 1 5 ^7 @1\n0 realloc 2<1 6 @20\n0 malloc 3 7 @200000\n");
}

static void child_has_parents_block(void)
{
    struct hb_trace_reader *reader;
    struct hb_err err = {0};
    hb_stream_end(child.stream, "why", &child.recorded);
    assert_int_equal(hb_trace_open(child.path, &reader, &err), 0);
    const struct hb_trace_header *header = hb_trace_header_of(reader);
    assert_int_equal(header->before, 1);
    assert_int_equal(header->pid, 8);
    assert_string_equal(header->command, "app?--fast");
    assert_string_equal(header->end_note, "why");
    hb_trace_close(reader);
    reads_as(&child, "0 malloc 1 6\n0 free 1 @5\n");
    assert_int_equal(child.recorded.unseen, 0);
    assert_int_equal(snapshots.count, 0);
}

static void test_a_child_begins_with_its_parents_blocks(void **state)
{
    (void)state;
    begin_child(30);
    push(&child, 0, HB_CALL_FREE, 5, 0x20, 0);
    hb_stream_round(child.stream, 5, 1000 * MS);
    assert_false(has_begun(&child)); /* its parent has not come so far */
    push_parent();
    hb_stream_round(made.stream, UINT64_MAX, 1001 * MS);
    assert_int_equal(snapshots.count, 1);
    hb_stream_round(child.stream, 5, 1002 * MS);
    assert_true(has_begun(&child));
    (void)hb_stream_flush(child.stream);
    child_has_parents_block();
    parent_ends();
}

/* Then what is there of its parent is taken up to the fork, and no further. */
static void test_a_child_that_is_gone_waits_for_nobody(void **state)
{
    (void)state;
    push_parent();
    hb_stream_round(made.stream, 0, 1000 * MS);
    assert_false(has_begun(&made));
    begin_child(30);
    push(&child, 0, HB_CALL_FREE, 5, 0x20, 0);
    hb_stream_round(child.stream, UINT64_MAX, 1000 * MS);
    child_has_parents_block();
    parent_ends();
}

static void test_a_parent_that_does_not_come_is_waited_for(void **state)
{
    (void)state;
    begin_child(30);
    push(&child, 0, HB_CALL_MALLOC, 5, 0x20, 4);
    hb_stream_round(child.stream, 5, 1000 * MS);
    hb_stream_round(child.stream, 5, 5999 * MS);
    assert_false(has_begun(&child));
    hb_stream_round(child.stream, 5, 6000 * MS);
    assert_true(has_begun(&child));
    ends_as(&child, "0 malloc 1 4 @5\n");
    begin_child(30);
    push(&child, 0, HB_CALL_MALLOC, 5, 0x20, 4);
    ends_as(&child, "0 malloc 1 4 @5\n"); /* nor does one that has ended wait */
}

/* ---- its file ---- */

static void test_a_trace_is_made_with_its_first_event(void **state)
{
    (void)state;
    begin(&made, 7);
    hb_stream_round(made.stream, UINT64_MAX, MS);
    assert_false(has_begun(&made));
    hb_stream_end(made.stream, NULL, &made.recorded);
    assert_string_equal(made.recorded.path, "");
    assert_false(has_begun(&made));
    begin(&made, 7);
    hb_stream_keep_empty(made.stream);
    ends_as(&made, "");
}

static void test_a_trace_that_cannot_be_written_has_a_problem(void **state)
{
    (void)state;
    begin_at(&made, 7, 0, "/nonexistent/x.hbt");
    push(&made, 0, HB_CALL_MALLOC, 1, 0x10, 5);
    hb_stream_round(made.stream, 1, MS);
    push(&made, 0, HB_CALL_FREE, 2, 0x10, 0); /* is taken all the same: its thread must not wait */
    hb_stream_round(made.stream, UINT64_MAX, MS);
    hb_stream_end(made.stream, NULL, &made.recorded);
    assert_non_null(strstr(made.recorded.problem, "/nonexistent/x.hbt"));
    assert_int_equal(made.recorded.totals.events, 0);
}

/* ---- the drain ---- */

static void fill(struct hb_spool *spool, uint32_t ring, uint64_t stamp)
{
    const uint64_t at = atomic_fetch_add(&spool->rings[ring].next, 1);
    struct hb_spool_slot *slot = &spool->slots[ring][at % HB_SPOOL_SLOTS];
    slot->rest = UINT64_C(16) << 48 | 0x1000;
    atomic_store(&slot->word, stamp << 8 | hb_spool_lap(at) | HB_CALL_MALLOC);
}

static uint64_t favoured(const struct hb_spool *spool)
{
    return atomic_load(&spool->pace) & HB_PACE_MASK;
}

/* Each round is a millisecond or more after the one before. */
static void drain_round(struct hb_drain *drain, struct hb_backlog *backlog)
{
    const uint64_t ticks = hb_spool_ticks();
    while (hb_spool_ticks() - ticks <= 1000)
        ;
    (void)hb_drain_work(drain, backlog, 1, false);
}

static void test_drain_favours_who_is_alone(void **state)
{
    struct hb_spool *spool = map_zeroed_spool();
    struct hb_backlog *backlog = hb_backlog_new("/tmp/x.hbt");
    spool->ticks = hb_spool_ticks();
    struct hb_drain *drain = hb_drain_new(spool, NULL, 1000);
    (void)state;
    fill(spool, 4, 1);
    drain_round(drain, backlog);
    assert_int_equal(favoured(spool), HB_PACE_LOOKS_AT | 5);
    fill(spool, 4, 2);
    drain_round(drain, backlog);
    assert_int_equal(favoured(spool), 5);
    atomic_fetch_and(&spool->pace, ~(uint64_t)HB_PACE_MASK); /* as another thread does */
    fill(spool, 4, 3);
    fill(spool, 6, 3);
    drain_round(drain, backlog);
    assert_int_equal(favoured(spool), 0);
    fill(spool, 6, 4);
    drain_round(drain, backlog);
    assert_int_equal(favoured(spool), HB_PACE_LOOKS_AT | 7);
    /* A slot of another ring that is claimed: its thread may have looked before. */
    fill(spool, 6, 5);
    atomic_fetch_add(&spool->rings[4].next, 1);
    drain_round(drain, backlog);
    assert_int_equal(favoured(spool), 0);
    hb_drain_free(drain);
    hb_backlog_free(backlog);
    (void)munmap(spool, sizeof *spool);
}

/* A ring is free again when its thread has ended and it is empty; who waits for room is woken. */
static void test_drain_frees_a_ring(void **state)
{
    struct hb_spool *spool = map_zeroed_spool();
    struct hb_backlog *backlog = hb_backlog_new("/tmp/x.hbt");
    struct hb_drain *drain = hb_drain_new(spool, NULL, 1000);
    struct hb_spool_ring *ring = &spool->rings[3];
    (void)state;
    fill(spool, 3, 1);
    atomic_store(&ring->state, HB_RING_ENDED);
    atomic_fetch_add(&ring->next, 1); /* taken, and not filled yet */
    (void)hb_drain_work(drain, backlog, 1, false);
    assert_int_equal(atomic_load(&ring->state), HB_RING_ENDED);
    atomic_fetch_sub(&ring->next, 1);
    (void)hb_drain_work(drain, backlog, 1, false);
    assert_int_equal(atomic_load(&ring->state), HB_RING_FREE);
    atomic_store(&ring->waits, 1);
    fill(spool, 3, 2);
    (void)hb_drain_work(drain, backlog, 1, false);
    assert_int_equal(atomic_load(&ring->waits), 0);
    hb_drain_free(drain);
    hb_backlog_free(backlog);
    (void)munmap(spool, sizeof *spool);
}

/* More than a lap, with a hole in it that is given up after two seconds. */
static void test_drain_laps_and_holes(void **state)
{
    struct hb_spool *spool = map_zeroed_spool();
    struct hb_backlog *backlog = hb_backlog_new("/tmp/x.hbt");
    struct hb_drain *drain = hb_drain_new(spool, NULL, 1000);
    (void)state;
    for (unsigned lap = 0; lap < 3; lap++) {
        for (unsigned i = 0; i < HB_SPOOL_SLOTS - 1; i++)
            fill(spool, 0, i);
        assert_int_equal(hb_drain_work(drain, backlog, 1, false), HB_SPOOL_SLOTS - 1);
        assert_int_equal(hb_drain_work(drain, backlog, 1, false), 0);
    }
    atomic_fetch_add(&spool->rings[0].next, 1);
    fill(spool, 0, 1);
    assert_int_equal(hb_drain_work(drain, backlog, 1, false), 0);
    assert_int_equal(hb_drain_work(drain, backlog, UINT64_C(1900000000), false), 0);
    assert_int_equal(hb_drain_work(drain, backlog, UINT64_C(2100000000), false), 0);
    assert_int_equal(hb_drain_work(drain, backlog, UINT64_C(2200000000), false), 1);
    /* Of a wide event the second slot is filled first: it is no event by itself. */
    const uint64_t at = atomic_fetch_add(&spool->rings[0].next, 2) + 1;
    atomic_store(&spool->slots[0][at % HB_SPOOL_SLOTS].word, hb_spool_lap(at) | HB_NOTE_MORE);
    fill(spool, 0, 1);
    assert_int_equal(hb_drain_work(drain, backlog, UINT64_C(3000000000), true), 1);
    hb_drain_free(drain);
    hb_backlog_free(backlog);
    (void)munmap(spool, sizeof *spool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack_round_trip),
        cmocka_unit_test(test_backlog_in_a_file),
        cmocka_unit_test(test_backlog_is_full),
        cmocka_unit_test(test_order_by_stamps),
        cmocka_unit_test(test_order_by_blocks),
        cmocka_unit_test(test_order_of_the_unseen),
        cmocka_unit_test(test_order_within_a_realloc),
        cmocka_unit_test(test_what_was_not_seen_is_counted),
        cmocka_unit_test(test_a_realloc_takes_the_place_of_its_block),
        cmocka_unit_test(test_of_a_sample_others_are_not_missed),
        cmocka_unit_test(test_a_thread_ends_after_its_last_frees),
        cmocka_unit_test(test_a_ring_has_one_owner_after_another),
        cmocka_unit_test(test_a_child_begins_with_its_parents_blocks),
        cmocka_unit_test(test_a_child_that_is_gone_waits_for_nobody),
        cmocka_unit_test(test_a_parent_that_does_not_come_is_waited_for),
        cmocka_unit_test(test_a_trace_is_made_with_its_first_event),
        cmocka_unit_test(test_a_trace_that_cannot_be_written_has_a_problem),
        cmocka_unit_test(test_drain_favours_who_is_alone),
        cmocka_unit_test(test_drain_frees_a_ring),
        cmocka_unit_test(test_drain_laps_and_holes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
