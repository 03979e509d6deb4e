/* result/csv and epochcsv: a soak's rows, and soaks from the CSV of anyone. */
#include "unit/sample_soak.h"
#include "unit/session_file.h"
#include "unit/temp_folder.h"

#include "result/csv.h"
#include "result/file.h"
#include "result/session_json.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct temp_folder tmp;
static struct hb_session sample;

static int setup(void **state)
{
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    temp_make(&tmp);
    (void)temp_path(&tmp, "soak.csv");
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

static struct hb_csv_writer *open_writer(void)
{
    struct hb_csv_writer *writer;
    struct hb_err err = {0};
    if (hb_csv_open(&writer, HB_KIND_SOAK, tmp.file, true, &err) != 0)
        fail_msg("%s", err.message);
    return writer;
}

static void write_whole(void)
{
    struct hb_csv_writer *writer = open_writer();
    for (size_t i = 0; i < sample.epoch_count; i++)
        assert_int_equal(hb_csv_epoch_row(writer, &sample, &sample.epochs[i], NULL), 0);
    assert_int_equal(hb_csv_close(writer, NULL), 0);
}

static struct hb_buf whole_text(void)
{
    struct hb_buf text = {0};
    write_whole();
    assert_int_equal(hb_file_read(tmp.file, HB_FILE_BYTES_MAX, &text, NULL), 0);
    return text;
}

/* An epoch but for what a CSV does not hold. */
static void assert_read_back(const struct hb_epoch *read, size_t i)
{
    struct hb_epoch expected = sample.epochs[i];
    memset(expected.calls.bytes, 0, sizeof expected.calls.bytes);
    memset(&expected.own_calls, 0, sizeof expected.own_calls);
    expected.own_calls_known = false;
    assert_epoch_equal(read, &expected);
}

static void assert_first_epochs(const struct hb_session *session, size_t count)
{
    assert_int_equal(session->epoch_count, count);
    for (size_t i = 0; i < count; i++)
        assert_read_back(&session->epochs[i], i);
}

/* --- this tool's ----------------------------------------------------------------------------- */

static void rows_read_back_as_the_epochs_they_are_of(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_err err = {0};
    write_whole();
    if (hb_session_read(tmp.file, &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_first_epochs(&session, SAMPLE_EPOCHS);
    assert_int_equal(session.kind, HB_KIND_SOAK);
    assert_false(session.partial);
    assert_string_equal(session.started_at, sample.started_at);
    assert_string_equal(session.workload, "random_mixed");
    assert_string_equal(session.profile_name, "mixed");
    assert_string_equal(session.soak.control, "floor");
    assert_int_equal(session.soak.warmup_epochs, 3);
    assert_true(session.soak.duration_s >= session.epochs[7].started_s);
    hb_session_free(&session);
}

static void rows_tell_their_allocators(void **state)
{
    (void)state;
    struct hb_session session;
    write_whole();
    assert_int_equal(hb_session_read(tmp.file, &session, NULL), 0);
    assert_int_equal(session.allocator_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct hb_allocator_entry *read = &session.allocators[i], *of = &sample.allocators[i];
        assert_string_equal(read->label, of->label);
        assert_string_equal(read->name, of->name);
        assert_string_equal(read->variant, of->variant);
        assert_string_equal(read->via, of->via);
        assert_string_equal(read->library_version, of->library_version);
        assert_int_equal(read->role, of->role);
    }
    hb_session_free(&session);
}

static void one_call_reads_all_three_forms(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_err err = {0};
    write_whole();
    if (hb_session_read(tmp.file, &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_first_epochs(&session, SAMPLE_EPOCHS);
    assert_int_equal(write_session(&session, tmp.file), 0);
    hb_session_free(&session);
    assert_int_equal(hb_session_read(tmp.file, &session, NULL), 0);
    assert_first_epochs(&session, SAMPLE_EPOCHS);
    hb_session_free(&session);
}

static void golden_rows_stay_readable(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_session_read("tests/golden/soak-fields-1.csv", &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_first_epochs(&session, SAMPLE_EPOCHS);
    hb_session_free(&session);
}

static void would_be_formulas_come_back_as_they_were(void **state)
{
    (void)state;
    struct hb_session session;
    SAMPLE_TEXT(sample.allocators[0].label, "@mine");
    memset(sample.epochs[0].reason, 0, HB_REASON_MAX);
    SAMPLE_TEXT(sample.epochs[0].reason, "=1+1");
    write_whole();
    assert_int_equal(hb_session_read(tmp.file, &session, NULL), 0);
    assert_string_equal(session.allocators[0].label, "@mine");
    assert_string_equal(session.epochs[0].reason, "=1+1");
    hb_session_free(&session);
}

static size_t whole_rows_of(const char *text, size_t size)
{
    bool quoted = false;
    size_t rows = 0;
    for (size_t i = 0; i < size; i++) {
        quoted ^= text[i] == '"';
        rows += text[i] == '\n' && !quoted;
    }
    return rows;
}

/* Also within the line ends of a reason. */
static void cut_at_every_byte_keeps_the_whole_rows(void **state)
{
    (void)state;
    struct hb_buf text = whole_text();
    for (size_t size = 1; size <= text.size; size++) {
        struct hb_session session;
        struct hb_err err = {0};
        const size_t rows = whole_rows_of(text.bytes, size);
        const int result = hb_session_parse(text.bytes, size, "x.csv", &session, &err);
        if (result != (rows > 1 ? 0 : -1))
            fail_msg("cut at %zu: %s", size, err.message);
        if (rows > 1)
            assert_first_epochs(&session, rows - 1);
        if (rows > 1)
            assert_int_equal(session.partial, text.bytes[size - 1] != '\n' ||
                                                  whole_rows_of(text.bytes, size - 1) == rows);
        hb_session_free(&session);
    }
    hb_buf_free(&text);
}

static void block_of_zeros_at_the_end_is_a_torn_row(void **state)
{
    (void)state;
    static const char zeros[512] = {0};
    struct hb_session session;
    struct hb_buf text = whole_text();
    (void)hb_buf_add(&text, zeros, sizeof zeros);
    assert_int_equal(hb_session_parse(text.bytes, text.size, "x.csv", &session, NULL), 0);
    assert_first_epochs(&session, SAMPLE_EPOCHS);
    assert_true(session.partial);
    hb_session_free(&session);
    text.bytes[text.size - 1] = '\n';
    assert_int_equal(hb_session_parse(text.bytes, text.size, "x.csv", &session, NULL), 0);
    assert_first_epochs(&session, SAMPLE_EPOCHS);
    hb_session_free(&session);
    hb_buf_free(&text);
}

static void failed_row_is_cut_off_again(void **state)
{
    (void)state;
    struct rlimit before, small;
    struct stat st;
    struct hb_err err = {0};
    struct hb_session session;
    struct hb_csv_writer *writer = open_writer();
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(hb_csv_epoch_row(writer, &sample, &sample.epochs[i], NULL), 0);
    assert_int_equal(stat(tmp.file, &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = (rlim_t)st.st_size + 100, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const int result = hb_csv_epoch_row(writer, &sample, &sample.epochs[3], &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    assert_int_equal(hb_csv_epoch_row(writer, &sample, &sample.epochs[3], NULL), 0);
    assert_int_equal(hb_csv_close(writer, NULL), 0);
    assert_int_equal(hb_session_read(tmp.file, &session, NULL), 0);
    assert_first_epochs(&session, 4);
    assert_false(session.partial);
    hb_session_free(&session);
}

/* --- refusals -------------------------------------------------------------------------------- */

static void refused(const char *text, size_t size, const char *what)
{
    struct hb_session session;
    struct hb_err err = {0};
    char *copy = malloc(size ? size : 1);
    if (size)
        memcpy(copy, text, size);
    if (hb_epochs_from_csv_text(copy, size, "x.csv", &session, &err) == 0)
        fail_msg("accepted, no \"%s\"", what);
    free(copy);
    if (!strstr(err.message, what) || strncmp(err.message, "x.csv", 5) != 0)
        fail_msg("no \"%s\" in: %s", what, err.message);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_null(session.epochs);
    assert_null(session.allocators);
}

static void own_refused_with(const char *from, const char *to, const char *what)
{
    struct hb_buf text = whole_text(), edited = {0};
    const char *at = strstr(text.bytes, from);
    if (!at)
        fail_msg("no %s in the sample", from);
    (void)hb_buf_add(&edited, text.bytes, (size_t)(at - text.bytes));
    (void)hb_buf_text(&edited, to);
    (void)hb_buf_text(&edited, at + strlen(from));
    refused(edited.bytes, edited.size, what);
    hb_buf_free(&text);
    hb_buf_free(&edited);
}

static void wrong_cells_are_refused_with_their_column(void **state)
{
    (void)state;
    own_refused_with(",4,0,0,\"grow\"", ",1,0,0,\"grow\"",
                     "column index: expected more than in the row before, found \"1\"");
    own_refused_with(",4,0,0,\"grow\"", ",-4,0,0,\"grow\"", "column index: expected a whole");
    own_refused_with(",4,0,0,\"grow\"", ",4,4294967296,0,\"grow\"", "column round: expected a");
    own_refused_with(",4,0,0,\"grow\"", ",4,0,,\"grow\"", "column process: expected a whole");
    own_refused_with("\"grow\",5.1,", "\"grow\",-5.1,", "column started_s: expected a number, 0");
    own_refused_with("\"grow\",5.1,", "\"grow\",nan,", "column started_s: expected a number, 0");
    own_refused_with("\"grow\",5.1,", "\"grow\",1e999,", "column started_s: expected a number, 0");
    own_refused_with("\"grow\",5.1,", "\"grow\",0x5,", "column started_s: expected a number, 0");
    own_refused_with("\"missing\"", "\"lost\"", "column status: expected one of the words");
    own_refused_with("\"mimalloc\",\"mimalloc\"", "\"\",\"mimalloc\"", "column label: expected");
    own_refused_with("\"reference\"", "\"referee\"", "column role: expected one of the words");
    own_refused_with("\"grow\"", "\"a phase whose name has no end to it at all\"",
                     "column phase: expected a shorter text");
    own_refused_with("2500000,2000000,", "2500000,fast,", "column throughput_ops_per_s: expected");
    own_refused_with("2500000,2000000,", "2500000,-2000000,", "column throughput_ops_per_s:");
    own_refused_with("2500000,2000000,", "2500000, 2000000,", "column throughput_ops_per_s:");
}

static void wrong_counts_and_histograms_are_refused(void **state)
{
    (void)state;
    own_refused_with(",18446744073709551615,", ",18446744073709551616,", "column calls_mmap: exp");
    own_refused_with(",18446744073709551615,", ",1e300,", "column calls_mmap: expected a count");
    own_refused_with(",18446744073709551615,", ",-1,", "column calls_mmap: expected a count");
    own_refused_with(",18446744073709551615,", ",,", "column calls_munmap: expected nothing");
    own_refused_with(",18446744073709551614,", ",,", "column calls_munmap: expected a count");
    own_refused_with("\"27:1203 ", "\"9000000000:1 ", "column latency_histogram: expected rising");
    own_refused_with("\"27:1203 ", "\"27:0 ", "column latency_histogram: expected rising");
    own_refused_with("\"27:1203 ", "\"27:18446744073709551615 ", "column latency_histogram:");
}

static void calls_are_there_for_all_or_none(void **state)
{
    (void)state;
    own_refused_with("\"calls_munmap\"", "\"calls_of_munmap\"", /* by fuzz_epochs */
                     "column calls_munmap: expected a count, found no such column");
}

static void one_label_has_one_role(void **state)
{
    (void)state;
    sample.allocators[1] = sample.allocators[0];
    sample.allocators[1].role = HB_ROLE_REFERENCE;
    struct hb_buf text = whole_text();
    refused(text.bytes, text.size, "column role: expected the same as in the first row");
    hb_buf_free(&text);
}

/* It would turn all that follows inside out, and a file cut off there is no torn row. */
static void missing_quote_is_damage_and_no_torn_row(void **state)
{
    (void)state;
    own_refused_with("\"grow\",5.1", "\"grow,5.1", "x.csv:");
}

static void missing_columns_are_named(void **state)
{
    (void)state;
    own_refused_with("\"started_s\"", "\"began_s\"", "x.csv:1: no column \"started_s\"");
    own_refused_with("\"role\"", "\"part\"", "x.csv:1: no column \"role\"");
    own_refused_with("\"latency_histogram\"", "\"latencies\"",
                     "x.csv:1: no column \"epoch\"; expected a soak's CSV of this tool, or columns "
                     "epoch, throughput and rss");
}

/* --- anyone's -------------------------------------------------------------------------------- */

static struct hb_session plain(const char *text)
{
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_session_parse(text, strlen(text), "x.csv", &session, &err) != 0)
        fail_msg("%s", err.message);
    return session;
}

static void three_columns_are_enough(void **state)
{
    (void)state;
    struct hb_session session = plain("rss,epoch,throughput\n4096,0,5e7\n8192,7,49000000.5");
    assert_int_equal(session.epoch_count, 2);
    assert_int_equal(session.allocator_count, 1);
    assert_string_equal(session.soak.control, "");
    assert_string_equal(session.epochs[0].phase, "steady");
    const struct hb_epoch *last = &session.epochs[1];
    assert_int_equal(last->round, 7);
    assert_int_equal(last->index, 1);
    assert_true(last->started_s == 7);
    assert_true(last->metric[HB_EPOCH_THROUGHPUT] == 49000000.5);
    assert_true(last->metric[HB_EPOCH_RSS] == 8192);
    assert_true(isnan(last->metric[HB_EPOCH_LIVE]));
    assert_true(session.soak.duration_s == 7);
    hb_session_free(&session);
}

static void further_columns_are_taken_where_they_are(void **state)
{
    (void)state;
    struct hb_session session = plain("\xef\xbb\xbf"
                                      "epoch,time,label,throughput,rss,live,p999,mood\r\n"
                                      "1,0.5,a,10,20,30,40,good\r\n"
                                      "1,1.5,b,11,21,,,\r\n"
                                      "2,2.5,a,12,22,32,42,bad\r\n");
    assert_int_equal(session.allocator_count, 2);
    assert_int_equal(session.epoch_count, 3);
    assert_string_equal(session.allocators[session.epochs[1].allocator].label, "b");
    assert_true(session.epochs[2].started_s == 2.5);
    assert_true(session.epochs[2].metric[HB_EPOCH_LIVE] == 32);
    assert_true(session.epochs[2].metric[HB_EPOCH_LATENCY_P999] == 42);
    assert_true(isnan(session.epochs[1].metric[HB_EPOCH_LATENCY_P999]));
    hb_session_free(&session);
    session =
        plain("epoch,throughput,rss,started_s\n1,10,20,0.25\n"); /* the other name of "time" */
    assert_true(session.epochs[0].started_s == 0.25);
    hb_session_free(&session);
}

#define REFUSED(text, what) refused(text, sizeof(text) - 1, what)

static void other_tables_are_refused(void **state)
{
    (void)state;
    REFUSED("", "x.csv:1: expected a heading, found nothing");
    REFUSED("a,b\n1,2\n", "x.csv:1: no column \"epoch\"; expected");
    REFUSED("epoch,throughput\n1,2\n", "x.csv:1: no column \"rss\"");
    REFUSED("epoch,throughput,rss\n", "x.csv has no epochs");
    REFUSED("epoch,throughput,rss\n0,1,2\n1,fast,2\n",
            "x.csv:3: column throughput: expected a number, 0 or more, found \"fast\"");
    REFUSED("epoch,throughput,rss\n0,1,64MiB\n", "x.csv:2: column rss: expected a number, 0 or");
    REFUSED("epoch,throughput,rss\n0,1,\n", "x.csv:2: column rss: expected a number, 0 or more");
    REFUSED("epoch,throughput,rss\n0,nan,1\n", "column throughput: expected a number");
    REFUSED("epoch,throughput,rss\n0,inf,1\n", "column throughput: expected a number");
    REFUSED("epoch,throughput,rss\n0,-1,1\n", "column throughput: expected a number");
    REFUSED("epoch,throughput,rss\n1,1,1\n1,1,1\n",
            "x.csv:3: column epoch: expected more than in the row before of the same label");
    REFUSED("epoch,throughput,rss\n1.5,1,1\n", "column epoch: expected a whole number");
    REFUSED("epoch,throughput,rss\n-1,1,1\n", "column epoch: expected a whole number");
    REFUSED("epoch,throughput,rss\n4294967296,1,1\n", "column epoch: expected a whole number");
    REFUSED("epoch,throughput,rss\n0,1,2\n1,5", "x.csv:3: expected 3 cells");
    REFUSED("epoch,throughput,rss\n0,1,\0\n", "x.csv:2: a NUL byte");
    REFUSED("epoch,throughput,rss,time\n0,1,1,-5\n", "column time: expected a number, 0 or more");
}

static void too_many_labels_are_refused(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    (void)hb_buf_text(&text, "epoch,throughput,rss,label\n");
    for (int i = 0; i < 257; i++)
        (void)hb_buf_printf(&text, "0,1,1,a%d\n", i);
    refused(text.bytes, text.size, "x.csv:258: more than 256 allocators");
    hb_buf_free(&text);
}

static void json_of_another_kind_is_not_taken_for_a_csv(void **state)
{
    (void)state;
    static const char *const texts[] = {"{", "[1,2]", " \n{\"a\": 1}", ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct hb_session session;
        struct hb_err err = {0};
        assert_int_equal(hb_session_parse(texts[i], strlen(texts[i]), "x", &session, &err), -1);
        assert_null(strstr(err.message, "column"));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_read_back_as_the_epochs_they_are_of),
        TEST(rows_tell_their_allocators),
        TEST(one_call_reads_all_three_forms),
        TEST(golden_rows_stay_readable),
        TEST(would_be_formulas_come_back_as_they_were),
        TEST(cut_at_every_byte_keeps_the_whole_rows),
        TEST(block_of_zeros_at_the_end_is_a_torn_row),
        TEST(failed_row_is_cut_off_again),
        TEST(wrong_cells_are_refused_with_their_column),
        TEST(wrong_counts_and_histograms_are_refused),
        TEST(calls_are_there_for_all_or_none),
        TEST(one_label_has_one_role),
        TEST(missing_quote_is_damage_and_no_torn_row),
        TEST(missing_columns_are_named),
        TEST(three_columns_are_enough),
        TEST(further_columns_are_taken_where_they_are),
        TEST(other_tables_are_refused),
        TEST(too_many_labels_are_refused),
        TEST(json_of_another_kind_is_not_taken_for_a_csv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
