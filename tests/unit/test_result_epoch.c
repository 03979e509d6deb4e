/* result: what is written of a soak is what is read of it, as JSON, journal and CSV; and what
 * nobody would have written is refused. */
#include "unit/sample_session.h"
#include "unit/temp_folder.h"

#include "result/csv.h"
#include "result/epochcsv.h"
#include "result/file.h"
#include "result/journal.h"
#include "result/json.h"

#define GOLDEN_EPOCHS 33u

static struct temp_folder tmp;
static struct hb_session sample;

static void add_epoch(uint32_t index, bool known)
{
    struct hb_epoch epoch;
    hb_epoch_init(&epoch);
    epoch.index = index;
    epoch.round = index / 2;
    epoch.allocator = index % 2;
    epoch.process = index > 3;
    epoch.started_s = 0.125 + index;
    SAMPLE_TEXT(epoch.phase, "%s", index ? "steady" : "grow");
    epoch.status = known ? HB_STATUS_OK : HB_STATUS_CRASHED;
    SAMPLE_TEXT(epoch.reason, "%s", known ? "" : "=SIG, \"quoted\"");
    for (size_t i = 0; known && i < HB_EPOCH_METRIC_COUNT; i++)
        epoch.metric[i] = (double)(i + 1) / 3 + index;
    epoch.metric[HB_EPOCH_HEAP_GROWTH] = known ? -4096 : (double)NAN;
    epoch.calls_known = epoch.own_calls_known = known;
    for (size_t i = 0; known && i < HB_SYSCALL_COUNT; i++) {
        epoch.calls.count[i] = i * 7 + index;
        epoch.calls.bytes[i] = i * 4096;
        epoch.own_calls.count[i] = i * 7 + index;
    }
    if (known) {
        epoch.latency = calloc(3, sizeof *epoch.latency);
        epoch.latency_count = 3;
        epoch.latency[0] = (struct hb_loglinear_count){27, 1203};
        epoch.latency[1] = (struct hb_loglinear_count){hb_loglinear_bucket(5000), 2};
        epoch.latency[2] = (struct hb_loglinear_count){hb_loglinear_bucket(UINT64_C(1) << 39), 1};
    }
    assert_int_equal(hb_session_append_epoch(&sample, &epoch), 0);
}

static int setup(void **state)
{
    (void)state;
    temp_make(&tmp);
    (void)temp_path(&tmp, "soak.jsonl");
    sample_session(&sample);
    SAMPLE_TEXT(sample.kind, HB_KIND_SOAK);
    sample.soak = (struct hb_soak){3600.5, 5,       UINT64_C(123456000), 3,   true,
                                   36,     "floor", UINT64_C(1) << 33,   21.5};
    for (uint32_t i = 0; i < 5; i++)
        add_epoch(i, i != 3);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hb_session_free(&sample);
    temp_remove(&tmp);
    return 0;
}

static void assert_same_number(double a, double b)
{
    assert_true(a == b || (isnan(a) && isnan(b)));
}

/* own: what a CSV does not have. */
static void assert_same_epoch(const struct hb_epoch *a, const struct hb_epoch *b, bool whole)
{
    assert_int_equal(a->index, b->index);
    assert_int_equal(a->round, b->round);
    assert_int_equal(a->process, b->process);
    assert_int_equal(a->status, b->status);
    assert_string_equal(a->phase, b->phase);
    assert_same_number(a->started_s, b->started_s);
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT; i++)
        assert_same_number(a->metric[i], b->metric[i]);
    assert_int_equal(a->calls_known, b->calls_known);
    assert_memory_equal(a->calls.count, b->calls.count, sizeof a->calls.count);
    assert_int_equal(a->latency_count, b->latency_count);
    if (a->latency_count)
        assert_memory_equal(a->latency, b->latency, a->latency_count * sizeof *a->latency);
    if (!whole)
        return;
    assert_string_equal(a->reason, b->reason);
    assert_int_equal(a->allocator, b->allocator);
    assert_memory_equal(&a->calls, &b->calls, sizeof a->calls);
    assert_memory_equal(&a->own_calls, &b->own_calls, sizeof a->own_calls);
}

static void assert_same_soak(const struct hb_session *session)
{
    assert_int_equal(session->epoch_count, sample.epoch_count);
    assert_memory_equal(&session->soak, &sample.soak, sizeof sample.soak);
    for (size_t i = 0; i < sample.epoch_count; i++)
        assert_same_epoch(&session->epochs[i], &sample.epochs[i], true);
}

static char *sample_text(void)
{
    struct hb_buf text = {0};
    struct hb_err err = {0};
    cJSON *root = hb_session_to_json(&sample, &err);
    assert_int_equal(hb_json_print(root, true, &text, &err), 0);
    cJSON_Delete(root);
    return hb_buf_take(&text);
}

static void json_reads_back_as_it_was(void **state)
{
    struct hb_session session;
    struct hb_err err = {0};
    char *text = sample_text();
    (void)state;
    if (hb_session_parse(text, strlen(text), "sample.json", &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_same_soak(&session);
    hb_session_free(&session);
    free(text);
}

static struct hb_journal *write_journal(void)
{
    struct hb_journal *journal;
    struct hb_session header = sample;
    struct hb_err err = {0};
    header.soak.epoch_operations = 0; /* not calibrated yet */
    if (hb_journal_create(&journal, tmp.file, &header, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(hb_journal_update_soak(journal, &sample.soak, &err), 0);
    for (size_t i = 0; i < sample.epoch_count; i++)
        assert_int_equal(hb_journal_append_epoch(journal, &sample, &sample.epochs[i], &err), 0);
    return journal;
}

static void a_journal_reads_back_with_what_was_settled_later(void **state)
{
    struct hb_session session;
    struct hb_err err = {0};
    struct hb_journal *journal = write_journal();
    (void)state;
    assert_int_equal(hb_journal_close(journal, &err), 0);
    if (hb_session_read(tmp.file, &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_true(session.partial);
    assert_same_soak(&session);
    hb_session_free(&session);
    (void)remove(tmp.file);
}

static void a_torn_last_epoch_is_left_out(void **state)
{
    struct hb_session session;
    struct hb_buf text = {0};
    struct hb_err err = {0};
    size_t whole;
    (void)state;
    assert_int_equal(hb_journal_close(write_journal(), &err), 0);
    assert_int_equal(hb_file_read(tmp.file, 1 << 20, &text, &err), 0);
    assert_int_equal(hb_journal_parse(text.bytes, text.size - 9, tmp.file, &session, &whole, &err),
                     0);
    assert_int_equal(session.epoch_count, sample.epoch_count - 1);
    assert_true(whole < text.size - 9);
    hb_session_free(&session);
    hb_buf_free(&text);
    (void)remove(tmp.file);
}

/* The sample's JSON with one text in place of another: refused, with this in the message. */
static void refused(const char *from, const char *to, const char *message)
{
    struct hb_session session;
    struct hb_err err = {0};
    struct hb_buf text = {0};
    char *whole = sample_text(), *at = strstr(whole, from);
    if (!at)
        fail_msg("%s is not in the sample", from);
    (void)hb_buf_printf(&text, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from));
    assert_int_equal(hb_session_parse(text.bytes, text.size, "bad.json", &session, &err), -1);
    if (!strstr(err.message, message) || !strstr(err.message, "bad.json:"))
        fail_msg("\"%s\" for %s has no \"%s\"", err.message, to, message);
    hb_buf_free(&text);
    free(whole);
}

static void what_no_soak_would_say_is_refused(void **state)
{
    (void)state;
    refused("\"27:1203 ", "\"27:0 ", "expected rising buckets");
    refused("\"27:1203 ", "\"-27:1203 ", "expected rising buckets");
    refused("\"27:1203 ", "\"6000:1 ", "expected rising buckets");
    refused("\"27:1203 ", "\"27:1203  ", "expected rising buckets");
    refused("\"27:1203 ", "\"4097:3 ", "expected rising buckets"); /* inside a bucket */
    refused("\"27:1203 ", "\"27:99999999999999999999 ", "expected rising buckets");
    refused("\"epoch_operations\":", "\"epoch_operation\":", "epoch_operations");
    refused("\"rounds\": 36", "\"rounds\": -1", "rounds");
    refused("\"status\": \"crashed\"", "\"status\": \"tired\"", "tired");
}

static void an_epoch_twice_is_refused(void **state)
{
    struct hb_session session;
    struct hb_err err = {0};
    (void)state;
    sample.epochs[4].index = 2;
    char *text = sample_text();
    sample.epochs[4].index = 4;
    assert_int_equal(hb_session_parse(text, strlen(text), "twice.json", &session, &err), -1);
    assert_non_null(strstr(err.message, "epochs[4].index"));
    free(text);
}

static void latency_text_is_exact_and_strict(void **state)
{
    static const char *const bad[] = {
        " 27:1",     "27:1 ",     "27",     "27:",   ":1",    "27:1,28:1",
        "28:1 27:1", "27:1 27:1", "0x1b:1", "27:-1", "+27:1", "27:1\n"};
    struct hb_loglinear_count *buckets;
    size_t count;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hb_latency_parse(bad[i], &buckets, &count) != -1)
            fail_msg("\"%s\" was taken", bad[i]);
        assert_null(buckets);
    }
    assert_int_equal(hb_latency_parse("", &buckets, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(hb_latency_parse("0:1 2048:3", &buckets, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(hb_loglinear_least(buckets[1].bucket), 2048);
    free(buckets);
}

static void a_csv_reads_back_but_for_what_it_has_no_column_for(void **state)
{
    struct hb_csv_writer *writer;
    struct hb_session session;
    struct hb_err err = {0};
    char path[4096];
    (void)state;
    (void)snprintf(path, sizeof path, "%s.csv", tmp.file);
    if (hb_csv_open_epochs(&writer, path, false, &err) != 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < sample.epoch_count; i++)
        assert_int_equal(hb_csv_epoch_row(writer, &sample, &sample.epochs[i], &err), 0);
    assert_int_equal(hb_csv_close(writer, &err), 0);
    if (hb_epochs_from_csv(path, &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(session.epoch_count, sample.epoch_count);
    for (size_t i = 0; i < sample.epoch_count; i++) {
        assert_same_epoch(&session.epochs[i], &sample.epochs[i], false);
        assert_string_equal(session.allocators[session.epochs[i].allocator].label,
                            sample.allocators[sample.epochs[i].allocator].label);
    }
    hb_session_free(&session);
    (void)remove(path);
}

static void from_text(const char *text, const char *message)
{
    struct hb_session session;
    struct hb_err err = {0};
    const int result = hb_epochs_from_csv_text(text, strlen(text), "x.csv", &session, &err);
    if (!message && result != 0)
        fail_msg("%s", err.message);
    if (message && (result != -1 || !strstr(err.message, message)))
        fail_msg("\"%s\" has no \"%s\"", result ? err.message : "taken", message);
    if (result == 0)
        hb_session_free(&session);
}

static void a_plain_csv_is_taken_and_a_wrong_one_named(void **state)
{
    (void)state;
    from_text("epoch,throughput,rss\n0,1e6,4096\n1,1.1e6,4096\n", NULL);
    from_text("rss,label,epoch,throughput,live\n1,a,0,5,\n1,b,0,5,3\n2,a,4,6,2\n", NULL);
    from_text("epoch,throughput\n0,1\n", "no column \"rss\"");
    from_text("epoch,throughput,rss\n", "no epochs");
    from_text("epoch,throughput,rss\n0,fast,1\n", "x.csv:2: column throughput: expected a number");
    from_text("epoch,throughput,rss\n0,nan,1\n", "column throughput");
    from_text("epoch,throughput,rss\n0,inf,1\n", "column throughput");
    from_text("epoch,throughput,rss\n0,0x10,1\n", "column throughput");
    from_text("epoch,throughput,rss\n0,-1,1\n", "column throughput");
    from_text("epoch,throughput,rss\n0,,1\n", "column throughput");
    from_text("epoch,throughput,rss\n1,1,1\n1,1,1\n", "x.csv:3: column epoch: expected more");
    from_text("epoch,throughput,rss\n1.5,1,1\n", "column epoch: expected a whole number");
    from_text("epoch,throughput,rss\n99999999999,1,1\n", "column epoch");
    from_text("epoch,throughput,rss\n1,2\n", "x.csv:2");
}

/* Files that version 1 wrote, and every later one has to read. */
static void golden_soaks_stay_readable(void **state)
{
    struct hb_session session;
    struct hb_err err = {0};
    (void)state;
    if (hb_session_read("tests/golden/soak-1.json", &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_false(session.partial);
    assert_int_equal(session.seed, 7);
    assert_string_equal(session.soak.control, "floor");
    assert_int_equal(session.epoch_count, GOLDEN_EPOCHS);
    assert_true(session.epochs[0].metric[HB_EPOCH_OPERATIONS] ==
                (double)session.soak.epoch_operations);
    assert_string_equal(session.epochs[GOLDEN_EPOCHS - 1].phase, "drain");
    hb_session_free(&session);
    if (hb_session_read("tests/golden/soak-journal-1.jsonl", &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_true(session.partial && session.epoch_count > 10 && session.soak.epoch_operations > 0);
    hb_session_free(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_reads_back_as_it_was),
        cmocka_unit_test(a_journal_reads_back_with_what_was_settled_later),
        cmocka_unit_test(a_torn_last_epoch_is_left_out),
        cmocka_unit_test(what_no_soak_would_say_is_refused),
        cmocka_unit_test(an_epoch_twice_is_refused),
        cmocka_unit_test(latency_text_is_exact_and_strict),
        cmocka_unit_test(a_csv_reads_back_but_for_what_it_has_no_column_for),
        cmocka_unit_test(golden_soaks_stay_readable),
        cmocka_unit_test(a_plain_csv_is_taken_and_a_wrong_one_named),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
