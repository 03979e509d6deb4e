/* trace/record_stream: what a process has left in its rings, in which order it comes, what is
 * waited for, and what becomes of addresses that come again. */
#include "unit/temp_folder.h"
#include "unit/trace_text.h"

#include "trace/record_stream.h"

#include <stdatomic.h>
#include <sys/mman.h>

#define MS UINT64_C(1000000)

static struct temp_folder folder;
static struct hb_snapshots snapshots;

static int make_folder(void **state)
{
    (void)state;
    temp_make(&folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    temp_remove(&folder);
    return 0;
}

/* ---- a process ---- */

struct recorded_process {
    struct hb_spool *spool;
    struct hb_stream *stream;
    char path[192];
};

/* Ticks are of 2 ns, and begin with 1000. */
static struct recorded_process begin(uint64_t process, uint64_t parent, uint64_t forked_at,
                                     uint64_t sample_bytes)
{
    struct recorded_process p;
    const struct hb_trace_header header = {.maker = "test", .sample_bytes = sample_bytes};
    p.spool = mmap(NULL, sizeof *p.spool, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(p.spool, MAP_FAILED);
    p.spool->pid = (uint32_t)process;
    p.spool->process = process;
    p.spool->parent = parent;
    p.spool->forked_at = forked_at;
    p.spool->ticks = 1000;
    (void)strcpy(p.spool->command, "app\n--fast");
    (void)snprintf(p.path, sizeof p.path, "%s.%u", temp_path(&folder, "made.hbt"),
                   (unsigned)process);
    p.stream = hb_stream_new(p.spool, p.path, &header, 2, &snapshots);
    assert_non_null(p.stream);
    return p;
}

static void fill(struct hb_spool_slot *slot, uint64_t number, unsigned what, uint64_t address,
                 uint64_t size)
{
    slot->address = address;
    slot->size = size;
    slot->ticks = 1000 + 10 * number; /* 20 ns each */
    atomic_store(&slot->word, (number + 1) << 16 | what);
}

/* The event of this number, from the thread with this ring. what: function or note, and << 8 the
 * alignment. */
static void push(struct hb_spool *spool, unsigned ring, uint64_t number, unsigned what,
                 uint64_t address, uint64_t size)
{
    struct hb_spool_ring *own = &spool->rings[ring];
    if (!own->claims)
        own->claims = 1;
    fill(&spool->slots[ring][own->next % HB_SPOOL_SLOTS], number, what, address, size);
    own->next++;
    if (spool->sequence <= number)
        spool->sequence = number + 1;
}

static struct hb_recorded end(struct recorded_process *p, const char *expected)
{
    struct hb_recorded recorded;
    struct hb_buf text = {0};
    hb_stream_end(p->stream, NULL, &recorded);
    assert_string_equal(recorded.problem, "");
    assert_string_equal(recorded.path, p->path);
    read_events(p->path, &text);
    assert_string_equal(hb_buf_string(&text), expected);
    hb_buf_free(&text);
    (void)unlink(p->path);
    return recorded;
}

/* One thread's events from number 0 on, at once. */
struct pushed {
    unsigned what;
    uint64_t address, size;
};
#define RECORDS(events, expected) records(events, sizeof(events) / sizeof *(events), expected)

static struct hb_recorded records(const struct pushed *events, size_t count, const char *expected)
{
    struct recorded_process p = begin(7, 0, 0, 0);
    for (size_t i = 0; i < count; i++)
        push(p.spool, 0, i, events[i].what, events[i].address, events[i].size);
    assert_int_equal(hb_stream_work(p.stream, MS, false), count);
    return end(&p, expected);
}

/* ---- order ---- */

static void events_of_two_threads_come_in_their_order(void **state)
{
    (void)state;
    struct recorded_process p = begin(7, 0, 0, 0);
    push(p.spool, 0, 0, HB_CALL_MALLOC, 0x10, 5);
    push(p.spool, 1, 1, HB_CALL_FREE, 0x10, 0);
    push(p.spool, 0, 2, HB_CALL_MEMALIGN | 6 << 8, 0x10, 7);
    push(p.spool, 1, 3, HB_CALL_CALLOC, 0x20, 8);
    push(p.spool, 1, 4, HB_CALL_FREE_SIZED, 0x10, 7);
    assert_int_equal(hb_stream_work(p.stream, MS, false), 5);
    assert_int_equal(hb_stream_work(p.stream, 2 * MS, false), 0);
    assert_int_equal(hb_stream_pid(p.stream), 7);
    assert_true(hb_stream_has_path(p.stream, p.path));
    assert_false(hb_stream_has_path(p.stream, "other"));
    const struct hb_recorded recorded = end(&p, "0 malloc 1 5\n"
                                                "1 free 1 @20\n"
                                                "0 memalign 2 7 ^6 @40\n"
                                                "1 calloc 3 8 @60\n"
                                                "1 free_sized 2 @80\n");
    assert_int_equal(recorded.pid, 7);
    assert_int_equal(recorded.unseen, 0);
    assert_int_equal(recorded.totals.events, 5);
    assert_int_equal(recorded.totals.peak_live_bytes, 15);
}

/* More than a ring and a window hold, in rounds as they are emptied. */
static void rings_go_round(void **state)
{
    (void)state;
    struct recorded_process p = begin(7, 0, 0, 0);
    uint64_t number = 0, done = 0;
    while (number < 200000) {
        for (unsigned i = 0; i < HB_SPOOL_SLOTS; i++, number++)
            push(p.spool, number & 1, number, HB_CALL_MALLOC, 16 * (number + 1), 1);
        while (done < number) {
            const size_t count = hb_stream_work(p.stream, MS, false);
            assert_true(count > 0);
            done += count;
        }
    }
    struct hb_recorded recorded;
    hb_stream_end(p.stream, NULL, &recorded);
    assert_int_equal(recorded.totals.made, number);
    assert_int_equal(recorded.totals.threads, 2);
    (void)unlink(p.path);
}

static void a_hole_is_waited_for_two_seconds(void **state)
{
    (void)state;
    struct recorded_process p = begin(7, 0, 0, 0);
    push(p.spool, 0, 0, HB_CALL_MALLOC, 0x10, 5);
    push(p.spool, 0, 2, HB_CALL_MALLOC, 0x20, 6);
    assert_int_equal(hb_stream_work(p.stream, 5000 * MS, false), 1);
    assert_int_equal(hb_stream_work(p.stream, 6999 * MS, false), 0);
    assert_int_equal(hb_stream_work(p.stream, 7000 * MS, false), 1);
    push(p.spool, 1, 1, HB_CALL_MALLOC, 0x30, 7); /* too late for its place */
    assert_int_equal(hb_stream_work(p.stream, 7001 * MS, false), 1);
    push(p.spool, 0, 4, HB_CALL_MALLOC, 0x40, 8);
    assert_int_equal(hb_stream_work(p.stream, 8000 * MS, false), 0);
    push(p.spool, 1, 3, HB_CALL_MALLOC, 0x50, 9); /* in time */
    assert_int_equal(hb_stream_work(p.stream, 9900 * MS, false), 2);
    push(p.spool, 0, 6, HB_CALL_MALLOC, 0x60, 10);
    assert_int_equal(hb_stream_work(p.stream, 10000 * MS, false), 0); /* this one's wait is new */
    assert_int_equal(hb_stream_work(p.stream, 11900 * MS, false), 0);
    assert_int_equal(hb_stream_work(p.stream, 11901 * MS, true), 1); /* who has ended brings none */
    (void)end(&p,
              "0 malloc 1 5\n0 malloc 2 6 @40\n1 malloc 3 7\n1 malloc 4 9 @60\n0 malloc 5 8 @80\n"
              "0 malloc 6 10 @120\n");
}

static void threads_without_a_ring_share_the_last(void **state)
{
    (void)state;
    struct recorded_process p = begin(7, 0, 0, 0);
    struct hb_spool_slot *slots = p.spool->slots[HB_SPOOL_COMMON];
    const uint64_t guests[] = {HB_SPOOL_GUEST(1), HB_SPOOL_GUEST(2), HB_SPOOL_GUEST(1)};
    for (unsigned i = 0; i < 3; i++) {
        fill(&slots[2 * i], 0, HB_NOTE_WHO, guests[i], 0);
        fill(&slots[2 * i + 1], i, HB_CALL_MALLOC, 0x10 * (i + 1), i);
    }
    p.spool->sequence = 4;
    fill(&slots[7], 3, HB_CALL_MALLOC, 0x40, 3); /* whose, is not there yet */
    assert_int_equal(hb_stream_work(p.stream, MS, false), 3);
    fill(&slots[6], 0, HB_NOTE_WHO, HB_SPOOL_GUEST(3), 0);
    assert_int_equal(hb_stream_work(p.stream, MS, false), 1);
    (void)end(&p, "0 malloc 1 0\n1 malloc 2 1 @20\n0 malloc 3 2 @40\n2 malloc 4 3 @60\n");
}

static void a_thread_ends_after_its_last_frees(void **state)
{
    (void)state;
    struct recorded_process p = begin(7, 0, 0, 0);
    push(p.spool, 0, 0, HB_CALL_MALLOC, 0x10, 5);
    push(p.spool, 0, 1, HB_CALL_THREAD_END, 0, 0);
    (void)hb_stream_work(p.stream, 1000 * MS, false);
    push(p.spool, 0, 2, HB_CALL_FREE, 0x10, 0);
    (void)hb_stream_work(p.stream, 1099 * MS, false);
    (void)hb_stream_work(p.stream, 1100 * MS, false); /* now its end is written */
    push(p.spool, 0, 3, HB_CALL_MALLOC, 0x10, 6);     /* a destructor later still: another's */
    push(p.spool, 0, 4, HB_CALL_THREAD_END, 0, 0);
    push(p.spool, 1, 5, HB_CALL_THREAD_END, 0, 0); /* which did nothing */
    (void)hb_stream_work(p.stream, 1101 * MS, false);
    (void)end(&p,
              "0 malloc 1 5\n0 free 1 @40\n0 thread end\n1 malloc 2 6 @60\n1 thread end @100\n");
}

/* A ring is free again when its thread has ended and it is empty, and the next owner is another. */
static void a_ring_has_one_owner_after_another(void **state)
{
    (void)state;
    struct recorded_process p = begin(7, 0, 0, 0);
    struct hb_spool_ring *ring = &p.spool->rings[3];
    push(p.spool, 3, 0, HB_CALL_MALLOC, 0x10, 5);
    ring->state = HB_RING_ENDED;
    ring->next++; /* taken, and not filled yet */
    (void)hb_stream_work(p.stream, MS, false);
    assert_int_equal(ring->state, HB_RING_ENDED);
    ring->next--;
    (void)hb_stream_work(p.stream, MS, false);
    assert_int_equal(ring->state, HB_RING_FREE);
    ring->state = HB_RING_OWNED;
    ring->claims = 2;
    ring->waits = 1;
    push(p.spool, 3, 1, HB_CALL_MALLOC, 0x20, 6);
    (void)hb_stream_work(p.stream, MS, false);
    assert_int_equal(ring->waits, 0);
    (void)end(&p, "0 malloc 1 5\n1 malloc 2 6 @20\n");
}

/* ---- blocks ---- */

static void what_was_not_seen_is_counted(void **state)
{
    (void)state;
    static const struct pushed events[] = {
        {HB_CALL_MALLOC, 0x10, 5},  {HB_CALL_FREE, 0x99, 0}, /* from before */
        {HB_CALL_MALLOC, 0x10, 6},  /* freed by a way that is not recorded */
        {HB_NOTE_REALLOC, 0x77, 0}, /* from before */
        {HB_CALL_REALLOC, 0x20, 7}, {HB_CALL_FREE, 0, 0},    {HB_CALL_MALLOC, 0, 8}, /* failed */
    };
    const struct hb_recorded recorded = RECORDS(
        events, "0 malloc 1 5\n0 free 1 @40\n0 malloc 2 6\n0 realloc 3<0 7 @80\n0 free 0 @100\n"
                "0 malloc 0 8 ! @120\n");
    assert_int_equal(recorded.unseen, 3);
}

static void a_realloc_takes_the_place_of_its_block(void **state)
{
    (void)state;
    static const struct pushed events[] = {
        {HB_CALL_MALLOC, 0x10, 5},  {HB_NOTE_REALLOC, 0x10, 0},
        {HB_CALL_REALLOC, 0x10, 6},                               /* in place */
        {HB_NOTE_REALLOC, 0x10, 0}, {HB_CALL_REALLOC, 0x20, 7},   /* moved */
        {HB_NOTE_REALLOC, 0x20, 0}, {HB_CALL_REALLOC, 0, 8},      /* failed: it stays */
        {HB_NOTE_REALLOC, 0x20, 0}, {HB_CALL_REALLOCARRAY, 0, 0}, /* freed */
        {HB_NOTE_REALLOC, 0, 0},    {HB_CALL_REALLOC, 0x20, 9}};
    const struct hb_recorded recorded = RECORDS(
        events, "0 malloc 1 5\n0 realloc 2<1 6 @40\n0 realloc 3<2 7 @80\n0 realloc 0<3 8 ! @120\n"
                "0 reallocarray 0<3 0 @160\n0 realloc 4<0 9 @200\n");
    assert_int_equal(recorded.unseen, 0);
}

/* Another thread gets the old block's place before the realloc has come back. */
static void an_address_may_come_again_within_a_realloc(void **state)
{
    (void)state;
    struct recorded_process p = begin(7, 0, 0, 0);
    push(p.spool, 0, 0, HB_CALL_MALLOC, 0x10, 5);
    push(p.spool, 0, 1, HB_NOTE_REALLOC, 0x10, 0);
    push(p.spool, 1, 2, HB_CALL_MALLOC, 0x10, 6);
    push(p.spool, 1, 3, HB_NOTE_REALLOC, 0x10, 0);
    push(p.spool, 2, 4, HB_CALL_MALLOC, 0x10, 7);
    push(p.spool, 0, 5, HB_CALL_REALLOC, 0x20, 50);
    push(p.spool, 1, 6, HB_CALL_REALLOC, 0x30, 60);
    push(p.spool, 2, 7, HB_CALL_FREE, 0x10, 0);
    assert_int_equal(hb_stream_work(p.stream, MS, false), 8);
    assert_int_equal(end(&p,
                         "0 malloc 1 5\n1 malloc 2 6 @40\n2 malloc 3 7 @80\n0 realloc 4<1 50 @100\n"
                         "1 realloc 5<2 60 @120\n2 free 3 @140\n")
                         .unseen,
                     0);
}

static void of_a_sample_others_are_not_missed(void **state)
{
    (void)state;
    struct recorded_process p = begin(7, 0, 0, 100);
    uint8_t *sampled = p.spool->sampled;
    sampled[hb_spool_hash(0x10)] = 2;
    sampled[hb_spool_hash(0x20)] = 255; /* or more */
    sampled[hb_spool_hash(0x30)] = 1;
    push(p.spool, 0, 0, HB_CALL_MALLOC, 0x10, 5);
    push(p.spool, 0, 1, HB_CALL_MALLOC, 0x20, 6);
    push(p.spool, 0, 2, HB_CALL_MALLOC, 0x30, 7);
    push(p.spool, 0, 3, HB_CALL_FREE, 0x10, 0);
    push(p.spool, 0, 4, HB_CALL_FREE, 0x20, 0);
    push(p.spool, 0, 5, HB_CALL_FREE, 0x99, 0); /* of another block with such a hash */
    push(p.spool, 0, 6, HB_NOTE_REALLOC, 0x30, 0);
    push(p.spool, 0, 7, HB_NOTE_UNSAMPLED, 0, 8); /* failed: it stays */
    push(p.spool, 0, 8, HB_NOTE_REALLOC, 0x30, 0);
    push(p.spool, 0, 9, HB_NOTE_UNSAMPLED, 0x40, 8);
    (void)hb_stream_work(p.stream, MS, false);
    assert_int_equal(sampled[hb_spool_hash(0x10)], 1);
    assert_int_equal(sampled[hb_spool_hash(0x20)], 255);
    assert_int_equal(sampled[hb_spool_hash(0x30)], 0);
    assert_int_equal(end(&p, "0 malloc 1 5\n0 malloc 2 6 @20\n0 malloc 3 7 @40\n0 free 1 @60\n"
                             "0 free 2 @80\n0 free 3 @180\n")
                         .unseen,
                     0);
}

/* ---- forks ---- */

static void a_child_begins_with_its_parents_blocks(void **state)
{
    (void)state;
    struct recorded_process parent = begin(7, 0, 0, 0), child = begin(8, 7, 3, 0);
    struct hb_err err = {0};
    push(child.spool, 0, 0, HB_CALL_FREE, 0x20, 0);
    assert_int_equal(hb_stream_work(child.stream, 1000 * MS, false), 0);
    push(parent.spool, 0, 0, HB_CALL_MEMALIGN | 7 << 8, 0x10, 5);
    push(parent.spool, 0, 1, HB_NOTE_REALLOC, 0x10, 0);
    push(parent.spool, 0, 2, HB_CALL_REALLOC, 0x20, 6);
    push(parent.spool, 0, 3, HB_NOTE_FORK, 3, 0);
    push(parent.spool, 0, 4, HB_CALL_MALLOC, 0x30, 7); /* after it */
    assert_int_equal(hb_stream_work(parent.stream, 1001 * MS, false), 5);
    assert_int_equal(snapshots.count, 1);
    assert_int_equal(hb_stream_work(child.stream, 1002 * MS, false), 1);
    assert_int_equal(snapshots.count, 0);
    hb_stream_flush(child.stream);
    (void)end(&parent, "0 memalign 1 5 ^7\n0 realloc 2<1 6 @40\n0 malloc 3 7 @80\n");
    struct hb_recorded recorded;
    struct hb_trace_reader *reader;
    hb_stream_end(child.stream, "why", &recorded);
    assert_int_equal(hb_trace_open(child.path, &reader, &err), 0);
    const struct hb_trace_header *header = hb_trace_header_of(reader);
    assert_int_equal(header->before, 1);
    assert_int_equal(header->totals.events, 2);
    assert_int_equal(header->totals.live_blocks, 0);
    assert_int_equal(header->pid, 8);
    assert_string_equal(header->command, "app?--fast");
    assert_string_equal(header->end_note, "why");
    hb_trace_close(reader);
    (void)unlink(child.path);
}

static void a_parent_that_does_not_come_is_waited_for_five_seconds(void **state)
{
    (void)state;
    struct recorded_process child = begin(8, 7, 3, 0);
    push(child.spool, 0, 0, HB_CALL_MALLOC, 0x20, 4);
    assert_int_equal(hb_stream_work(child.stream, 1000 * MS, false), 0);
    assert_int_equal(hb_stream_work(child.stream, 5999 * MS, false), 0);
    assert_int_equal(hb_stream_work(child.stream, 6000 * MS, false), 1);
    (void)end(&child, "0 malloc 1 4\n");
    child = begin(8, 7, 3, 0);
    push(child.spool, 0, 0, HB_CALL_MALLOC, 0x20, 4);
    assert_int_equal(hb_stream_work(child.stream, 1000 * MS, true), 1); /* nor one that has ended */
    (void)end(&child, "0 malloc 1 4\n");
}

/* ---- the end ---- */

static void a_trace_is_made_with_its_first_event(void **state)
{
    (void)state;
    struct hb_recorded recorded;
    struct recorded_process p = begin(7, 0, 0, 0);
    assert_int_equal(hb_stream_work(p.stream, MS, true), 0);
    hb_stream_end(p.stream, NULL, &recorded);
    assert_string_equal(recorded.path, "");
    assert_int_equal(access(p.path, F_OK), -1);
    p = begin(7, 0, 0, 0);
    hb_stream_keep_empty(p.stream);
    (void)end(&p, "");
}

static void a_trace_that_cannot_be_written_has_a_problem(void **state)
{
    (void)state;
    struct hb_recorded recorded;
    const struct hb_trace_header header = {.maker = "test"};
    struct hb_spool *spool = mmap(NULL, sizeof *spool, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(spool, MAP_FAILED);
    struct hb_stream *stream = hb_stream_new(spool, "/nonexistent/x.hbt", &header, 2, &snapshots);
    push(spool, 0, 0, HB_CALL_MALLOC, 0x10, 5);
    push(spool, 0, 1, HB_CALL_FREE, 0x10, 0);
    assert_int_equal(hb_stream_work(stream, MS, false), 2); /* its threads must not wait */
    hb_stream_end(stream, NULL, &recorded);
    assert_non_null(strstr(recorded.problem, "/nonexistent/x.hbt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_of_two_threads_come_in_their_order),
        cmocka_unit_test(rings_go_round),
        cmocka_unit_test(a_hole_is_waited_for_two_seconds),
        cmocka_unit_test(threads_without_a_ring_share_the_last),
        cmocka_unit_test(a_thread_ends_after_its_last_frees),
        cmocka_unit_test(a_ring_has_one_owner_after_another),
        cmocka_unit_test(what_was_not_seen_is_counted),
        cmocka_unit_test(a_realloc_takes_the_place_of_its_block),
        cmocka_unit_test(an_address_may_come_again_within_a_realloc),
        cmocka_unit_test(of_a_sample_others_are_not_missed),
        cmocka_unit_test(a_child_begins_with_its_parents_blocks),
        cmocka_unit_test(a_parent_that_does_not_come_is_waited_for_five_seconds),
        cmocka_unit_test(a_trace_is_made_with_its_first_event),
        cmocka_unit_test(a_trace_that_cannot_be_written_has_a_problem),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
