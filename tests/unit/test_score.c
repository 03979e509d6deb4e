/* trace/score: which words a trace becomes; trace/synth: the size profile and the loop that stand
 * for it. Expected values are worked out by hand. */
#include "trace/score.h"
#include "trace/synth.h"

#include "trace/writer.h"
#include "unit/cmocka.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS_MAX 64u

/* A trace in memory, and its score. */
static struct {
    int fd, score;
    struct hb_trace_writer *writer;
    struct hb_trace_reader *reader;
    struct hb_score_head head;
    struct hb_score_window window;
    uint64_t words[WORDS_MAX];
} made;

static void begin(void)
{
    const struct hb_trace_header header = {.maker = "test"};
    made.fd = memfd_create("trace", MFD_CLOEXEC);
    made.score = memfd_create("score", MFD_CLOEXEC);
    assert_int_equal(hb_trace_create_fd(made.fd, "x.hbt", &header, &made.writer, NULL), 0);
}

static void add(uint32_t thread, uint8_t function, uint64_t id, uint64_t size, uint64_t old_id)
{
    const struct hb_trace_event event = {
        .thread = thread, .function = function, .id = id, .size = size, .old_id = old_id};
    assert_int_equal(hb_trace_put(made.writer, &event, NULL), 0);
}

static void open_trace(void)
{
    char path[64];
    assert_int_equal(hb_trace_end(made.writer, 0, NULL, NULL), 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", made.fd);
    assert_int_equal(hb_trace_open(path, &made.reader, NULL), 0);
}

static int decode(struct hb_err *err)
{
    memset(made.words, 0, sizeof made.words);
    if (hb_score_write(made.reader, made.score, "x.hbt", &made.head, err) != 0)
        return -1;
    const off_t start = (off_t)hb_score_start(made.head.threads);
    assert_int_equal(pread(made.score, &made.window, sizeof made.window, start),
                     sizeof made.window);
    assert_true(
        pread(made.score, made.words, sizeof made.words, start + (off_t)sizeof made.window) > 0);
    return 0;
}

static void end(void)
{
    hb_trace_close(made.reader);
    (void)close(made.fd);
    (void)close(made.score);
}

/* Two threads: the second frees the first's block, and the first reallocates the second's. */
static void make_two(void)
{
    begin();
    add(0, HB_CALL_MALLOC, 11, 100, 0);
    add(1, HB_CALL_NEW, 12, 50, 0);
    add(1, HB_CALL_FREE, 11, 0, 0);
    add(1, HB_CALL_THREAD_END, 0, 0, 0);
    add(0, HB_CALL_REALLOC, 13, 200, 12);
    add(0, HB_CALL_CALLOC, 0, 7, 0); /* failed */
    add(0, HB_CALL_FREE, 0, 0, 0);
    open_trace();
}

static void words_are_the_calls_in_their_order(void **state)
{
    (void)state;
    const uint64_t expected[] = {hb_score_word(HB_SCORE_RUN, 0, 1),
                                 hb_score_word(HB_SCORE_MALLOC, 1, 100),
                                 hb_score_word(HB_SCORE_START, 1, 0),
                                 hb_score_word(HB_SCORE_RUN, 1, 3),
                                 hb_score_word(HB_SCORE_MALLOC, 2, 50),
                                 hb_score_word(HB_SCORE_FREE, 1, 100),
                                 hb_score_word(HB_SCORE_END, 1, 0),
                                 hb_score_word(HB_SCORE_RUN, 0, 3),
                                 hb_score_word(HB_SCORE_REALLOC, 2, 0),
                                 200,
                                 50,
                                 hb_score_word(HB_SCORE_FREE, 0, 0),
                                 hb_score_word(HB_SCORE_FREE, 2, 200)};
    make_two();
    assert_int_equal(decode(NULL), 0);
    assert_int_equal(made.window.words, sizeof expected / sizeof *expected);
    assert_int_equal(made.window.events, 7);
    for (size_t i = 0; i < made.window.words; i++)
        assert_int_equal(made.words[i], expected[i]);
    assert_int_equal(made.head.events, 7);
    assert_int_equal(made.head.windows, 1);
    assert_int_equal(made.head.slots, 3);
    assert_int_equal(made.head.live_blocks_max, 2);
    assert_int_equal(made.head.live_bytes_max, 200);
    assert_int_equal(made.head.remote_frees, 2);
    assert_int_equal(made.head.threads, 2);
    assert_int_equal(made.head.together, 2);
    end();
}

/* A thread that has freed a block takes its slot; another one takes a new slot before a window has
 * passed. */
static void slots_are_used_again_by_who_freed_them(void **state)
{
    (void)state;
    begin();
    add(0, HB_CALL_MALLOC, 1, 8, 0);
    add(0, HB_CALL_FREE, 1, 0, 0);
    add(0, HB_CALL_MALLOC, 2, 8, 0);
    add(1, HB_CALL_FREE, 2, 0, 0);
    add(0, HB_CALL_MALLOC, 3, 8, 0);
    add(1, HB_CALL_MALLOC, 4, UINT64_C(1) << 40, 0);
    open_trace();
    assert_int_equal(decode(NULL), 0);
    assert_int_equal(hb_score_index(made.words[1]), 1);
    assert_int_equal(hb_score_index(made.words[3]), 1);
    assert_int_equal(hb_score_index(made.words[6]), 1);                    /* freed by 1 */
    assert_int_equal(made.words[8], hb_score_word(HB_SCORE_MALLOC, 2, 8)); /* a new one for 0 */
    assert_int_equal(made.words[10], hb_score_word(HB_SCORE_MALLOC, 1, HB_SCORE_WIDE));
    assert_int_equal(made.words[11], UINT64_C(1) << 40);
    assert_int_equal(made.head.slots, 3);
    end();
}

static void what_cannot_be_played_is_refused(void **state)
{
    struct hb_err err = {0};
    (void)state;
    begin();
    open_trace();
    assert_int_equal(decode(&err), -1);
    assert_string_equal(err.message, "x.hbt: no event that could be replayed");
    end();
    begin();
    add(0, HB_CALL_MALLOC, 0, 5, 0); /* failed */
    open_trace();
    err = (struct hb_err){0};
    assert_int_equal(decode(&err), -1);
    assert_string_equal(err.message, "x.hbt: no event that could be replayed");
    end();
    begin();
    const struct hb_trace_event far = {
        .function = HB_CALL_ALIGNED_ALLOC, .id = 1, .size = 1, .align_log2 = 48};
    assert_int_equal(hb_trace_put(made.writer, &far, NULL), 0);
    open_trace();
    err = (struct hb_err){0};
    assert_int_equal(decode(&err), -1);
    assert_string_equal(err.message, "x.hbt: block 1 is aligned to 2^48 bytes");
    end();
    begin();
    for (uint32_t i = 0; i <= HB_SCORE_THREADS_MAX; i++)
        add(i, HB_CALL_FREE, 0, 0, 0);
    open_trace();
    err = (struct hb_err){0};
    assert_int_equal(decode(&err), -1);
    assert_string_equal(err.message, "x.hbt: 65536 threads: at most 65535 can be replayed");
    end();
}

static void disk_that_is_full_is_told(void **state)
{
    struct hb_err err = {0};
    struct hb_score_head head;
    FILE *full = fopen("/dev/full", "w");
    (void)state;
    if (!full)
        skip();
    make_two();
    assert_int_equal(hb_score_write(made.reader, fileno(full), "x.hbt", &head, &err), -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    assert_non_null(strstr(err.message, "x.hbt: cannot write it down decoded: "));
    (void)fclose(full);
    end();
}

static void rows_of_sizes_hold_what_they_say(void **state)
{
    (void)state;
    assert_int_equal(hb_synth_size(1), 1);
    assert_int_equal(hb_synth_size(1024), 1024);
    assert_int_equal(hb_synth_size(1025), 1088); /* 1/16 of 1024 more */
    assert_int_equal(hb_synth_size(1040), 2048);
    assert_int_equal(hb_synth_size(1041), 2176);
    assert_int_equal(hb_synth_size(HB_SYNTH_ROWS - 1), 1 << 30);
}

static void synth_counts_lifetimes_in_blocks(void **state)
{
    static struct hb_synth synth;
    struct hb_buf csv = {0}, json = {0};
    (void)state;
    make_two();
    assert_int_equal(hb_synth_read(made.reader, "x.hbt", &synth, NULL), 0);
    hb_synth_sizes(&synth, &csv);
    assert_string_equal(hb_buf_string(&csv), "size,rate,lifetime\n50,1,0.5\n100,1,1\n200,1,0.5\n");
    assert_int_equal(synth.blocks, 3);
    assert_int_equal(synth.frees, 2);
    assert_int_equal(synth.remote_frees, 2);
    assert_int_equal(synth.together, 2);
    assert_int_equal(synth.ended, 1);
    assert_int_equal(synth.ended_events, 2);
    hb_synth_profile(&synth, "x.csv", "a \"b\"", &json);
    assert_non_null(strstr(hb_buf_string(&json), "\"workload\": \"handoff\""));
    assert_non_null(strstr(hb_buf_string(&json), "\"summary\": \"a \\\"b\\\"\""));
    assert_non_null(strstr(hb_buf_string(&json), "\"sizes\": \"x.csv\""));
    hb_buf_free(&csv);
    hb_buf_free(&json);
    end();
}

static void loop_follows_the_threads(void **state)
{
    struct hb_buf json = {0};
    const struct hb_synth alone = {.threads = 1, .together = 1, .events = 10, .live_mean = 30},
                          many = {.threads = 90,
                                  .together = 4,
                                  .ended = 86,
                                  .ended_events = 8600,
                                  .events = 9000,
                                  .live_mean = 20};
    (void)state;
    hb_synth_profile(&alone, "x.csv", "x", &json);
    assert_non_null(strstr(hb_buf_string(&json), "\"workload\": \"random_mixed\""));
    assert_non_null(strstr(hb_buf_string(&json), "\"working_set\": \"60\""));
    hb_buf_free(&json);
    json = (struct hb_buf){0};
    hb_synth_profile(&many, "x.csv", "x", &json);
    assert_non_null(strstr(hb_buf_string(&json), "\"workload\": \"thread_churn\""));
    assert_non_null(strstr(hb_buf_string(&json), "\"life\": \"100\""));
    assert_non_null(strstr(hb_buf_string(&json), "\"threads\": \"4\""));
    hb_buf_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_the_calls_in_their_order),
        cmocka_unit_test(slots_are_used_again_by_who_freed_them),
        cmocka_unit_test(what_cannot_be_played_is_refused),
        cmocka_unit_test(disk_that_is_full_is_told),
        cmocka_unit_test(rows_of_sizes_hold_what_they_say),
        cmocka_unit_test(synth_counts_lifetimes_in_blocks),
        cmocka_unit_test(loop_follows_the_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
