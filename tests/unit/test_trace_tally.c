/* trace/tally: what is counted of a trace, worked out by hand; and its JSON. */
#include "unit/golden.h"
#include "unit/temp_folder.h"

#include "trace/tally.h"
#include "trace/writer.h"

#include <math.h>

static struct hb_trace_writer *writer;
static char path[192];

static void begin(uint64_t sample_bytes)
{
    struct hb_err err = {0};
    const struct hb_trace_header header = {.maker = "test",
                                           .command = "app --fast",
                                           .allocator = "made",
                                           .start = "2026-11-28T00:00:00Z",
                                           .pid = 7,
                                           .sample_bytes = sample_bytes};
    (void)snprintf(path, sizeof path, "%s", temp_path(&temp_group, "made.hbt"));
    assert_int_equal(hb_trace_create(path, &header, &writer, &err), 0);
}

static void put(uint64_t time_ns, uint32_t thread, unsigned function, uint64_t id, uint64_t old_id,
                uint64_t size)
{
    struct hb_err err = {0};
    const struct hb_trace_event event = {.time_ns = time_ns,
                                         .thread = thread,
                                         .function = (uint8_t)function,
                                         .id = id,
                                         .old_id = old_id,
                                         .size = size};
    if (hb_trace_put(writer, &event, &err) != 0)
        fail_msg("%s", err.message);
}

static struct hb_tally *tallied(void)
{
    struct hb_err err = {0};
    assert_int_equal(hb_trace_end(writer, 2, NULL, &err), 0);
    struct hb_tally *tally = hb_tally_of_file(path, &err);
    if (!tally)
        fail_msg("%s", err.message);
    return tally;
}

#define CALLS(which, n, n_failed, n_bytes)                                                         \
    do {                                                                                           \
        assert_int_equal(tally->calls[which].count, n);                                            \
        assert_int_equal(tally->calls[which].failed, n_failed);                                    \
        assert_int_equal(tally->calls[which].bytes, n_bytes);                                      \
    } while (0)

/* Times are divided by this. */
static void put_all(uint64_t by)
{
    put(0 / by, 0, HB_CALL_MALLOC, 1, 0, 16);
    put(5 / by, 0, HB_CALL_MALLOC, 2, 0, 17);
    put(10 / by, 1, HB_CALL_FREE, 1, 0, 0);        /* lived 10 ns; by another thread */
    put(1000 / by, 0, HB_CALL_REALLOC, 3, 2, 100); /* 995 ns */
    put(2000 / by, 0, HB_CALL_REALLOC, 4, 3, 200); /* 1000 ns */
    put(2000 / by, 0, HB_CALL_FREE, 0, 0, 0);
    put(2100 / by, 0, HB_CALL_MALLOC, 0, 0, 99); /* failed */
    put(2100 / by, 0, HB_CALL_CALLOC, 5, 0, 1);
    put(2200 / by, 0, HB_CALL_MALLOC, 6, 0, 16);
    put(2200 / by, 1, HB_CALL_REALLOC, 0, 4, 5000); /* failed: 4 stays */
    put(2220 / by, 0, HB_CALL_FREE, 4, 0, 0);       /* 220 ns */
    put(2300 / by, 0, HB_CALL_REALLOC, 0, 5, 0);    /* frees: 200 ns */
    put(2400 / by, 1, HB_CALL_THREAD_END, 0, 0, 0);
}

static void calls_blocks_and_lives_are_counted(void **state)
{
    (void)state;
    begin(0);
    put_all(1);
    struct hb_tally *tally = tallied();
    CALLS(HB_CALL_MALLOC, 4, 1, 16 + 17 + 16);
    CALLS(HB_CALL_CALLOC, 1, 0, 1);
    CALLS(HB_CALL_REALLOC, 4, 1, 100 + 200);
    CALLS(HB_CALL_FREE, 3, 0, 0);
    CALLS(HB_CALL_THREAD_END, 1, 0, 0);
    CALLS(HB_CALL_MEMALIGN, 0, 0, 0);
    assert_int_equal(tally->frees, 5);
    assert_int_equal(tally->frees_of_null, 1);
    assert_int_equal(tally->cross_frees, 1);
    assert_true(tally->estimated_blocks == 6 && tally->estimated_bytes == 350);
    assert_true(tally->estimated_peak == 217); /* 200 + 1 + 16 */
    assert_int_equal(tally->totals.peak_live_bytes, 217);
    static const struct {
        unsigned bucket;
        uint64_t blocks, bytes;
    } sizes[] = {{0, 1, 1}, {4, 2, 32}, {5, 1, 17}, {7, 1, 100}, {8, 1, 200}, {6, 0, 0}},
      lives[] = {{2, 1, 16}, {3, 3, 17 + 200 + 1}, {4, 1, 100}, {1, 0, 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(tally->sizes[sizes[i].bucket].blocks, sizes[i].blocks);
        assert_true(tally->sizes[sizes[i].bucket].estimated_blocks == (double)sizes[i].blocks);
        assert_true(tally->sizes[sizes[i].bucket].estimated_bytes == (double)sizes[i].bytes);
    }
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        assert_int_equal(tally->lives[lives[i].bucket].blocks, lives[i].blocks);
        assert_int_equal(tally->lives[lives[i].bucket].bytes, lives[i].bytes);
    }
    assert_int_equal(tally->life_ns_sum, 10 + 995 + 1000 + 220 + 200);
    assert_int_equal(tally->chains, 1);
    assert_int_equal(tally->chain_links, 2);
    assert_int_equal(tally->chain_longest, 2);
    assert_int_equal(tally->hot_count, 5);
    assert_int_equal(tally->distinct_sizes, 5);
    static const struct hb_tally_hot hot[] = {{16, 2}, {1, 1}, {17, 1}, {100, 1}, {200, 1}};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(tally->hot[i].size, hot[i].size);
        assert_int_equal(tally->hot[i].blocks, hot[i].blocks);
    }
    hb_tally_free(tally);
}

/* 2,400 ns in 120 slots of 21. */
static void slots_have_what_was_live(void **state)
{
    (void)state;
    static const struct {
        unsigned slot;
        uint64_t events, live_most;
    } slots[] = {{0, 3, 33},    {1, 0, 17},   {46, 0, 17},   {47, 1, 100},  {48, 0, 100},
                 {95, 2, 200},  {99, 0, 200}, {100, 2, 201}, {103, 0, 201}, {104, 2, 217},
                 {105, 1, 217}, {106, 0, 17}, {109, 1, 17},  {110, 0, 16},  {114, 1, 16}};
    begin(0);
    put_all(1);
    struct hb_tally *tally = tallied();
    assert_int_equal(tally->slot_ns, 21);
    assert_int_equal(tally->slot_count, 115);
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        const struct hb_tally_slot *slot = &tally->slots[slots[i].slot];
        assert_int_equal(slot->events, slots[i].events);
        assert_int_equal(slot->live_most, slots[i].live_most);
        assert_true(slot->estimated_most == (double)slots[i].live_most);
    }
    hb_tally_free(tally);
}

static void without_times_slots_are_of_events(void **state)
{
    (void)state;
    begin(0);
    for (uint64_t i = 1; i <= 240; i++)
        put(0, 0, HB_CALL_MALLOC, i, 0, 1);
    struct hb_tally *tally = tallied();
    assert_int_equal(tally->slot_ns, 0);
    assert_int_equal(tally->slot_events, 3);
    assert_int_equal(tally->slot_count, 80);
    assert_int_equal(tally->slots[0].events, 3);
    assert_int_equal(tally->slots[79].events, 3);
    assert_int_equal(tally->slots[79].live_most, 240);
    hb_tally_free(tally);
}

/* 500 bytes of one in 1,000 stand for 1 / (1 - exp(-1/2)) blocks, none for 1 / (1 - exp(-1/1000)).
 */
static void a_sampled_block_stands_for_others(void **state)
{
    (void)state;
    begin(1000);
    put(0, 0, HB_CALL_MALLOC, 1, 0, 500);
    put(1, 0, HB_CALL_MALLOC, 2, 0, 0);
    put(2, 0, HB_CALL_FREE, 1, 0, 0);
    struct hb_tally *tally = tallied();
    assert_true(fabs(tally->estimated_blocks - (2.541494082536798 + 1000.500083333332)) < 1e-9);
    assert_true(fabs(tally->estimated_bytes - 1270.747041268399) < 1e-9);
    assert_true(fabs(tally->estimated_peak - 1270.747041268399) < 1e-9);
    assert_true(fabs(tally->slots[tally->slot_count - 1].estimated_most - 1270.747041268399) <
                1e-9);
    assert_int_equal(tally->totals.peak_live_bytes, 500);
    hb_tally_free(tally);
}

static void long_lives_and_many_sizes(void **state)
{
    (void)state;
    begin(0);
    uint64_t id = 0;
    for (uint64_t size = 1; size <= 20; size++)
        for (uint64_t i = 0; i < size; i++)
            put(0, 0, HB_CALL_MALLOC, ++id, 0, size);
    put(0, 0, HB_CALL_FREE, 1, 0, 0);
    put(UINT64_C(9999999999), 0, HB_CALL_FREE, 2, 0, 0);
    put(UINT64_C(10000000000), 0, HB_CALL_FREE, 3, 0, 0);
    put(UINT64_C(1000000000000), 0, HB_CALL_FREE, 4, 0, 0);
    struct hb_tally *tally = tallied();
    assert_int_equal(tally->lives[0].blocks, 1);
    assert_int_equal(tally->lives[10].blocks, 1);
    assert_int_equal(tally->lives[11].blocks, 2);
    assert_int_equal(tally->hot_count, HB_TALLY_HOT);
    for (uint64_t i = 0; i < HB_TALLY_HOT; i++)
        assert_int_equal(tally->hot[i].size, 20 - i);
    assert_false(tally->sizes_overflow);
    hb_tally_free(tally);
    begin(0);
    for (uint64_t size = 1; size <= 65537; size++)
        put(0, 0, HB_CALL_MALLOC, size, 0, size);
    tally = tallied();
    assert_true(tally->sizes_overflow);
    assert_int_equal(tally->distinct_sizes, 65536);
    hb_tally_free(tally);
}

static void its_json_is_as_it_was(void **state)
{
    (void)state;
    struct hb_err err = {0};
    struct hb_buf json = {0};
    begin(0);
    put_all(500);
    struct hb_tally *tally = tallied();
    assert_int_equal(hb_tally_json(tally, &json, &err), 0);
    golden_is("tests/golden/trace-info.json", hb_buf_string(&json));
    hb_buf_free(&json);
    hb_tally_free(tally);
}

static void a_file_that_is_none_is_refused(void **state)
{
    (void)state;
    struct hb_err err = {0};
    assert_null(hb_tally_of_file("/nonexistent/x.hbt", &err));
    assert_int_equal(err.kind, HB_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_blocks_and_lives_are_counted),
        cmocka_unit_test(slots_have_what_was_live),
        cmocka_unit_test(without_times_slots_are_of_events),
        cmocka_unit_test(a_sampled_block_stands_for_others),
        cmocka_unit_test(long_lives_and_many_sizes),
        cmocka_unit_test(its_json_is_as_it_was),
        cmocka_unit_test(a_file_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, temp_group_make, temp_group_remove);
}
