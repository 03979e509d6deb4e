/* result/epoch, json and journal: a soak through its files and back, and what is refused. */
#include "unit/sample_soak.h"
#include "unit/session_file.h"
#include "unit/temp_folder.h"

#include "result/file.h"
#include "result/journal.h"
#include "result/session_json.h"

static struct temp_folder tmp;
static struct hb_session sample;

static int setup(void **state)
{
    (void)state;
    temp_make(&tmp);
    (void)temp_path(&tmp, "soak.jsonl");
    sample_soak(&sample);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hb_session_free(&sample);
    temp_remove(&tmp);
    return 0;
}

/* --- the table and histograms as text -------------------------------------------------------- */

static void every_epoch_metric_is_found_by_its_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT; i++) {
        assert_true(hb_epoch_metrics[i].key[0] && hb_epoch_metrics[i].heading[0] &&
                    hb_epoch_metrics[i].help[0]);
        assert_int_equal(hb_epoch_metric_find(hb_epoch_metrics[i].key), i);
    }
    assert_int_equal(hb_epoch_metric_find("no_such_key"), HB_EPOCH_METRIC_COUNT);
}

static void documents_know_every_epoch_metric(void **state)
{
    (void)state;
    static const char *const paths[] = {"docs/result.schema.json",
                                        "docs/man/hakbench-result.5.scd"};
    for (size_t i = 0; i < 2; i++) {
        struct hb_buf text = {0};
        assert_int_equal(hb_file_read(paths[i], HB_FILE_BYTES_MAX, &text, NULL), 0);
        for (size_t m = 0; m < HB_EPOCH_METRIC_COUNT; m++) {
            char quoted[HB_NAME_MAX + 2];
            SAMPLE_TEXT(quoted, i == 0 ? "\"%s\"" : "*%s*", hb_epoch_metrics[m].key);
            if (!strstr(text.bytes, quoted))
                fail_msg("%s: no %s", paths[i], quoted);
        }
        hb_buf_free(&text);
    }
}

static void histograms_survive_as_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"0:1", "27:1203 28:44", "2047:1 2048:2 2050:3",
                                        "1:18446744073709551615", "1098437885952:5"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct hb_loglinear_count *buckets;
        struct hb_buf again = {0};
        size_t count;
        if (hb_latency_parse(texts[i], &buckets, &count) != 0)
            fail_msg("refused %s", texts[i]);
        assert_int_equal(hb_latency_text(buckets, count, &again), 0);
        assert_string_equal(hb_buf_string(&again), texts[i]);
        hb_buf_free(&again);
        free(buckets);
    }
}

static void texts_that_are_no_histogram_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        " ",
        "27",
        "27:",
        ":1",
        "27:1 ",
        " 27:1",
        "27:1  28:1",
        "27:1,28:1",
        "27:1\n28:1",
        "28:1 27:1", /* not sorted */
        "27:1 27:1", /* twice */
        "27:0",      /* none in it */
        "2049:1",    /* inside a bucket, not its least value */
        "027:1",     /* never written so */
        "27:01",
        "-27:1",
        "27:-1",
        "+27:1",
        "27:1.5",
        "27:1e3",
        "0x1b:1",
        "nan:1",
        "27:nan",
        "27:18446744073709551616", /* more than a count holds */
        "18446744073709551616:1",
        "27:18446744073709551615 28:1" /* more in all */
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct hb_loglinear_count *buckets;
        size_t count;
        if (hb_latency_parse(texts[i], &buckets, &count) == 0)
            fail_msg("accepted %s", texts[i]);
        assert_null(buckets);
        assert_int_equal(count, 0);
    }
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void soak_makes_the_round_trip_on_every_field(void **state)
{
    (void)state;
    struct hb_session after;
    struct hb_err err = {0};
    char *text = text_of_session(&sample);
    if (hb_session_parse(text, strlen(text), "x.json", &after, &err) != 0)
        fail_msg("%s", err.message);
    assert_soak_equal(&sample, &after);
    char *again = text_of_session(&after);
    assert_string_equal(text, again);
    free(text);
    free(again);
    hb_session_free(&after);
}

static void unknown_is_null_and_never_zero(void **state)
{
    (void)state;
    cJSON *root = hb_session_to_json(&sample, NULL);
    const cJSON *epoch = cJSON_GetArrayItem(hb_json_member(root, "epochs"), 1);
    const cJSON *metrics = hb_json_member(epoch, "metrics");
    assert_int_equal(cJSON_GetArraySize(metrics), HB_EPOCH_METRIC_COUNT);
    assert_true(cJSON_IsNull(hb_json_member(metrics, "rss_drained_5s_bytes")));
    assert_true(cJSON_IsNumber(hb_json_member(metrics, "rss_bytes")));
    static const char *const keys[] = {"calls", "call_bytes", "own_calls", "latency_histogram"};
    for (size_t i = 0; i < 4; i++)
        assert_true(cJSON_IsNull(hb_json_member(epoch, keys[i])));
    cJSON_Delete(root);
}

static void other_sessions_have_no_epochs(void **state)
{
    (void)state;
    struct hb_session rebase;
    sample_session(&rebase);
    char *text = text_of_session(&rebase);
    assert_null(strstr(text, "\n  \"epochs\""));
    assert_null(strstr(text, "\n  \"soak\""));
    free(text);
    hb_session_free(&rebase);
}

/* The sample with one piece of its text replaced, first after a mark. */
static struct hb_buf edited(const char *mark, const char *from, const char *to)
{
    struct hb_buf out = {0};
    char *text = text_of_session(&sample);
    char *at = strstr(text, mark);
    at = at ? strstr(at, from) : NULL;
    if (!at)
        fail_msg("no %s in the sample", from);
    (void)hb_buf_add(&out, text, (size_t)(at - text));
    (void)hb_buf_text(&out, to);
    (void)hb_buf_text(&out, at + strlen(from));
    free(text);
    return out;
}

static void refused_with(const char *from, const char *to, const char *what)
{
    struct hb_session session;
    struct hb_err err = {0};
    struct hb_buf text = edited("\n  \"soak\": {", from, to);
    if (hb_session_parse(text.bytes, text.size, "x.json", &session, &err) == 0)
        fail_msg("accepted %s in place of %s", to, from);
    if (!strstr(err.message, what) || strncmp(err.message, "x.json:", 7) != 0)
        fail_msg("no \"%s\" in: %s", what, err.message);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_null(session.epochs);
    assert_null(session.allocators);
    hb_buf_free(&text);
}

static void wrong_settings_are_refused(void **state)
{
    (void)state;
    refused_with("\"duration_s\": 3600", "\"duration_s\": null", "soak.duration_s: expected");
    refused_with("\"duration_s\": 3600", "\"duration_s\": -1", "soak.duration_s: expected");
    refused_with("\"duration_s\": 3600", "\"duration\": 3600", "\"duration_s\" is missing");
    refused_with("\"timer_ns\": 23.4", "\"timer_ns\": \"23\"", "soak.timer_ns: expected a number");
    refused_with("\"rounds\": 36", "\"rounds\": 4294967296", "soak.rounds: expected a whole");
    refused_with("\"fresh\": true", "\"fresh\": 1", "soak.fresh: expected true or false");
    refused_with("\"control\": \"floor\"", "\"control\": \"flour\"",
                 "soak.control: \"flour\" is no label of \"allocators\"");
    refused_with("\"soak\": {", "\"foam\": {", "the key \"soak\" is missing");
    refused_with("\"epochs\": [", "\"epoch\": [", "the key \"epochs\" is missing");
}

static void wrong_epochs_are_refused_with_their_place(void **state)
{
    (void)state;
    refused_with("\"index\": 4", "\"index\": 1", "epochs[1].index: expected more than the 1");
    refused_with("\"index\": 4", "\"index\": -4", "epochs[1].index: expected a whole number");
    refused_with("\"allocator\": \"mimalloc\"", "\"allocator\": \"memalloc\"",
                 "epochs[1].allocator: \"memalloc\" is no label");
    refused_with("\"status\": \"missing\"", "\"status\": \"lost\"",
                 "epochs[1].status: expected one of");
    refused_with("\"started_s\": 5.1", "\"started_s\": null", "epochs[1].started_s: expected");
    refused_with("\"started_s\": 5.1", "\"started_s\": NaN", "expected a value");
    refused_with("\"started_s\": 5.1", "\"started_s\": 1e999", "out of range");
    refused_with("\"phase\": \"grow\"", "\"phase\": \"a phase whose name has no end to it at all\"",
                 "epochs[1].phase: ");
    refused_with("\"metrics\": {", "\"metrics\": [], \"x\": {", "epochs[0].metrics: expected an");
    refused_with("\"operations\": ", "\"operations\": \"many\", \"x\": ",
                 "epochs[0].metrics.operations: expected a number");
}

static void wrong_calls_and_histograms_are_refused(void **state)
{
    (void)state;
    refused_with("\"mmap\": \"18446744073709551615\"", "\"mmap\": \"18446744073709551616\"",
                 "epochs[0].calls.mmap: expected a whole number");
    refused_with("\"mmap\": \"18446744073709551615\"", "\"mmap\": -1", "epochs[0].calls.mmap:");
    refused_with("\"mmap\": \"18446744073709551615\"", "\"nmap\": 1", "\"mmap\" is missing");
    refused_with("\"own_calls\": {", "\"own_calls\": 7, \"x\": {",
                 "epochs[0].own_calls: expected an object");
    refused_with("\"27:1203 ", "\"1098437885952:1 ", "epochs[0].latency_histogram: expected ri");
    refused_with("\"27:1203 ", "\"27:18446744073709551615 ", "latency_histogram: expected rising");
    refused_with("\"27:1203 ", "\"27:0 ", "latency_histogram: expected rising");
    refused_with("\"latency_histogram\": \"", "\"latency_histogram\": [27, 1203], \"x\": \"",
                 "epochs[0].latency_histogram: expected rising");
}

static void keys_of_later_versions_are_passed_over(void **state)
{
    (void)state;
    struct hb_session after;
    struct hb_err err = {0};
    struct hb_buf text = edited(
        "\"epochs\": [", "\"operations\": ", "\"swap_bytes\": 12, \"y\": [1], \"operations\": ");
    if (hb_session_parse(text.bytes, text.size, "x.json", &after, &err) != 0)
        fail_msg("%s", err.message);
    assert_soak_equal(&sample, &after);
    hb_session_free(&after);
    hb_buf_free(&text);
}

static long allocations_left;

static void *failing_malloc(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void building_fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    cJSON_Hooks hooks = {.malloc_fn = failing_malloc, .free_fn = free};
    cJSON *root = NULL;
    cJSON_InitHooks(&hooks);
    for (long n = 0; !root; n++) {
        struct hb_err err = {0};
        allocations_left = n;
        root = hb_session_to_json(&sample, &err);
        assert_int_equal(err.kind, root ? HB_ERR_NONE : HB_ERR_SYSTEM);
        assert_true(n < 100000);
    }
    cJSON_InitHooks(NULL);
    cJSON_Delete(root);
}

/* --- the journal ----------------------------------------------------------------------------- */

static struct hb_journal *create(void)
{
    struct hb_journal *journal;
    struct hb_err err = {0};
    if (hb_journal_create(&journal, tmp.file, &sample, &err) != 0)
        fail_msg("%s", err.message);
    return journal;
}

static void append(struct hb_journal *journal, size_t first, size_t end)
{
    struct hb_err err = {0};
    for (size_t i = first; i < end; i++) {
        if (hb_journal_append_epoch(journal, &sample, &sample.epochs[i], &err) != 0)
            fail_msg("%s", err.message);
    }
}

static void write_journal(void)
{
    struct hb_journal *journal = create();
    append(journal, 0, sample.epoch_count);
    assert_int_equal(hb_journal_close(journal, NULL), 0);
}

static struct hb_session found(void)
{
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_session_read(tmp.file, &session, &err) != 0)
        fail_msg("%s", err.message);
    return session;
}

static void journal_reads_as_the_soak_it_is_of(void **state)
{
    (void)state;
    write_journal();
    struct hb_session session = found();
    assert_soak_equal(&session, &sample);
    hb_session_free(&session);
}

static void settings_that_were_learnt_take_the_place_of_the_first(void **state)
{
    (void)state;
    struct hb_soak settled = sample.soak;
    struct hb_journal *journal = create();
    settled.epoch_operations = 12345678;
    settled.timer_ns = 24.5;
    append(journal, 0, 1);
    assert_int_equal(hb_journal_update_soak(journal, &settled, NULL), 0);
    append(journal, 1, 3);
    assert_int_equal(hb_journal_close(journal, NULL), 0);
    struct hb_session session = found();
    assert_int_equal(session.epoch_count, 3);
    assert_memory_equal(&session.soak, &settled, sizeof settled);
    hb_session_free(&session);
}

/* A snapshot is the session as it is so far; the journal goes on. */
static void results_may_be_written_while_the_journal_goes_on(void **state)
{
    (void)state;
    char snapshot[256];
    SAMPLE_TEXT(snapshot, "%s/soak.json", tmp.path);
    struct hb_journal *journal = create();
    append(journal, 0, 4);
    struct hb_session session = found();
    assert_true(session.partial);
    assert_int_equal(write_session(&session, snapshot), 0);
    hb_session_free(&session);
    append(journal, 4, 8);
    assert_int_equal(hb_session_read(snapshot, &session, NULL), 0);
    assert_int_equal(session.epoch_count, 4);
    hb_session_free(&session);
    session = found();
    assert_int_equal(session.epoch_count, 8);
    assert_int_equal(write_session(&session, snapshot), 0);
    hb_session_free(&session);
    assert_int_equal(hb_journal_finish(journal, NULL), 0);
    assert_int_equal(temp_count(&tmp), 1);
}

static void journal_cut_at_every_byte_keeps_the_whole_epochs(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    write_journal();
    assert_int_equal(hb_file_read(tmp.file, HB_FILE_BYTES_MAX, &text, NULL), 0);
    size_t lines = 0, whole = 0;
    for (size_t size = 1; size <= text.size; size++) {
        struct hb_session session;
        lines += text.bytes[size - 1] == '\n';
        const int result = hb_journal_parse(text.bytes, size, "x", &session, &whole, NULL);
        assert_int_equal(result, lines > 0 ? 0 : -1);
        assert_int_equal(session.epoch_count, lines > 0 ? lines - 1 : 0);
        for (size_t i = 0; i < session.epoch_count; i++)
            assert_epoch_equal(&session.epochs[i], &sample.epochs[i]);
        hb_session_free(&session);
    }
    assert_int_equal(lines, 1 + SAMPLE_EPOCHS);
    hb_buf_free(&text);
}

static void same_epoch_twice_is_refused_with_its_line(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_err err = {0};
    struct hb_journal *journal = create();
    append(journal, 0, 2);
    append(journal, 1, 2);
    assert_int_equal(hb_journal_close(journal, NULL), 0);
    assert_int_equal(hb_session_read(tmp.file, &session, &err), -1);
    assert_non_null(strstr(err.message, "soak.jsonl:4:"));
    assert_non_null(strstr(err.message, "index: expected more than the 4 of the epoch before"));
}

static void epochs_of_a_session_that_is_no_soak_are_passed_over(void **state)
{
    (void)state;
    sample.kind = HB_KIND_REBASE;
    write_journal();
    struct hb_session session = found();
    assert_int_equal(session.epoch_count, 0);
    hb_session_free(&session);
    sample.kind = HB_KIND_SOAK;
}

/* --- files of the first release that had soaks ----------------------------------------------- */

static void golden_soaks_stay_readable(void **state)
{
    (void)state;
    static const char *const paths[] = {"tests/golden/soak-fields-1.json",
                                        "tests/golden/soak-fields-1.jsonl"};
    for (size_t i = 0; i < 2; i++) {
        struct hb_session golden;
        struct hb_err err = {0};
        if (hb_session_read(paths[i], &golden, &err) != 0)
            fail_msg("%s", err.message);
        assert_header_equal(&golden, &sample);
        assert_int_equal(golden.epoch_count, SAMPLE_EPOCHS);
        assert_epoch_equal(&golden.epochs[3], &sample.epochs[3]);
        hb_session_free(&golden);
    }
}

/* One that ran to its end, and the journal of one that was cut off. */
static void golden_soak_that_ran_stays_readable(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_session_read("tests/golden/soak-1.json", &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_false(session.partial);
    assert_int_equal(session.seed, 7);
    assert_string_equal(session.soak.control, "floor");
    assert_int_equal(session.epoch_count, 33);
    assert_true(session.epochs[0].metric[HB_EPOCH_OPERATIONS] ==
                (double)session.soak.epoch_operations);
    assert_string_equal(session.epochs[32].phase, "drain");
    hb_session_free(&session);
    if (hb_session_read("tests/golden/soak-journal-1.jsonl", &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_true(session.partial && session.epoch_count > 10 && session.soak.epoch_operations > 0);
    hb_session_free(&session);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_epoch_metric_is_found_by_its_key),
        TEST(documents_know_every_epoch_metric),
        TEST(histograms_survive_as_text),
        TEST(texts_that_are_no_histogram_are_refused),
        TEST(soak_makes_the_round_trip_on_every_field),
        TEST(unknown_is_null_and_never_zero),
        TEST(other_sessions_have_no_epochs),
        TEST(wrong_settings_are_refused),
        TEST(wrong_epochs_are_refused_with_their_place),
        TEST(wrong_calls_and_histograms_are_refused),
        TEST(keys_of_later_versions_are_passed_over),
        TEST(building_fails_cleanly_at_every_allocation),
        TEST(journal_reads_as_the_soak_it_is_of),
        TEST(settings_that_were_learnt_take_the_place_of_the_first),
        TEST(results_may_be_written_while_the_journal_goes_on),
        TEST(journal_cut_at_every_byte_keeps_the_whole_epochs),
        TEST(same_epoch_twice_is_refused_with_its_line),
        TEST(epochs_of_a_session_that_is_no_soak_are_passed_over),
        TEST(golden_soaks_stay_readable),
        TEST(golden_soak_that_ran_stays_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
