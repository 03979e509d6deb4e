/* The way of an event from a ring to the trace, each part by itself: packed slots, the backlog, the
 * drain and who it favours, and the order that the stream makes of stamps. Expected values are
 * worked out by hand. */
#include "trace/backlog.h"
#include "trace/reader.h"
#include "trace/record_drain.h"
#include "trace/record_pack.h"
#include "trace/record_stream.h"
#include "unit/cmocka.h"

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

static struct {
    char path[64];
    struct hb_spool *spool;
    struct hb_snapshots snapshots;
    struct hb_stream *stream;
    struct hb_pack packs[3];
    struct hb_recorded recorded;
} made;

static struct hb_spool *map_zeroed_spool(void)
{
    struct hb_spool *spool = mmap(NULL, sizeof *spool, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(spool, MAP_FAILED);
    return spool;
}

static void begin(void)
{
    static const struct hb_trace_header header = {.maker = "test"};
    memset(&made, 0, sizeof made);
    (void)snprintf(made.path, sizeof made.path, "/tmp/hb-recorder-%d.hbt", (int)getpid());
    made.spool = map_zeroed_spool();
    made.stream = hb_stream_new(made.spool, made.path, &header, 1, &made.snapshots);
    assert_non_null(made.stream);
}

static void push(uint32_t lane, uint8_t what, uint64_t stamp, uint64_t address, uint64_t size)
{
    uint8_t bytes[2 * HB_PACKED_BYTES_MAX];
    const struct hb_pulled who = {
        .stamp = made.packs[lane].stamp, .what = HB_NOTE_WHO, .address = HB_SPOOL_OWNER(lane, 1)};
    const struct hb_pulled pulled = {
        .stamp = stamp, .what = what, .address = address, .size = size};
    uint8_t *end = hb_pack_put(&made.packs[lane], &who, bytes);
    end = hb_pack_put(&made.packs[lane], &pulled, end);
    hb_stream_slots(made.stream, lane, bytes, (size_t)(end - bytes));
}

/* "function thread id/old ..." of each event. */
static void ends_as(const char *expected)
{
    char text[1000] = "";
    struct hb_trace_reader *reader;
    struct hb_trace_event event;
    struct hb_err err = {0};
    hb_stream_round(made.stream, UINT64_MAX, 1);
    hb_stream_end(made.stream, NULL, &made.recorded);
    assert_int_equal(hb_trace_open(made.path, &reader, &err), 0);
    while (hb_trace_next(reader, &event, &err) == 1)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s %u %d/%d, ",
                       hb_trace_functions[event.function].name, event.thread, (int)event.id,
                       (int)event.old_id);
    hb_trace_close(reader);
    (void)unlink(made.path);
    assert_string_equal(text, expected);
}

static void test_order_by_stamps(void **state)
{
    (void)state;
    begin();
    push(0, HB_CALL_MALLOC, 100, 0x1000, 10);
    push(0, HB_CALL_MALLOC, 100, 0x2000, 10); /* the stamp of the one before */
    push(0, HB_CALL_FREE, 500, 0x2000, 0);
    push(1, HB_CALL_FREE, 300, 0x1000, 0);
    push(1, HB_CALL_MALLOC, 400, 0x3000, 10);
    hb_stream_round(made.stream, 350, 1); /* what is behind it may not be there yet */
    push(2, HB_CALL_MALLOC, 380, 0x1000, 10);
    ends_as("malloc 0 1/0, malloc 0 2/0, free 1 1/0, malloc 2 3/0, malloc 1 4/0, free 0 2/0, ");
    assert_int_equal(made.recorded.unseen, 0);
}

/* Clocks that were read early: a block is freed before it is made, one is made where one lives. */
static void test_order_by_blocks(void **state)
{
    (void)state;
    begin();
    push(1, HB_CALL_FREE, 100, 0x1000, 0);
    push(0, HB_CALL_MALLOC, 150, 0x1000, 10);
    push(1, HB_CALL_MALLOC, 200, 0x2000, 10);
    push(2, HB_CALL_MALLOC, 300, 0x2000, 10);
    push(1, HB_CALL_FREE, 350, 0x2000, 0);
    push(2, HB_NOTE_REALLOC, 400, 0x4000, 0);
    push(2, HB_CALL_REALLOC, 401, 0x5000, 20);
    push(0, HB_CALL_MALLOC, 450, 0x4000, 10);
    ends_as("malloc 0 1/0, free 1 1/0, malloc 1 2/0, free 1 2/0, malloc 2 3/0, malloc 0 4/0, "
            "realloc 2 5/4, ");
    assert_int_equal(made.recorded.unseen, 0);
}

/* Too far apart for a clock: then the block was not seen made, or its free was not. */
static void test_order_of_the_unseen(void **state)
{
    (void)state;
    begin();
    push(1, HB_CALL_FREE, 100, 0x1000, 0);
    push(0, HB_CALL_MALLOC, 100 + MS, 0x1000, 10);
    push(1, HB_CALL_MALLOC, 100 + 2 * MS, 0x1000, 10);
    push(0, HB_CALL_FREE, 100 + 4 * MS, 0x1000, 0);
    ends_as("malloc 0 1/0, free 1 1/0, malloc 1 2/0, free 0 2/0, ");
    assert_int_equal(made.recorded.unseen, 2);
}

/* A realloc's old address is taken by another thread before it ends. */
static void test_order_within_a_realloc(void **state)
{
    (void)state;
    begin();
    push(0, HB_CALL_MALLOC, 100, 0x1000, 10);
    push(0, HB_NOTE_REALLOC, 200, 0x1000, 0);
    push(1, HB_CALL_MALLOC, 300, 0x1000, 10);
    push(0, HB_CALL_REALLOC, 400, 0x2000, 20);
    push(1, HB_CALL_FREE, 500, 0x1000, 0);
    push(0, HB_CALL_FREE, 600, 0x2000, 0);
    ends_as("malloc 0 1/0, malloc 1 2/0, realloc 0 3/1, free 1 2/0, free 0 3/0, ");
    assert_int_equal(made.recorded.unseen, 0);
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
        cmocka_unit_test(test_drain_favours_who_is_alone),
        cmocka_unit_test(test_drain_laps_and_holes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
