/* result/csv and jobcsv: a rebase's rows read back as the session they are of. */
#include "unit/sample_session.h"
#include "unit/temp_folder.h"

#include "result/csv.h"
#include "result/file.h"
#include "result/session_json.h"

#define HEAD                                                                                       \
    "\"session_started_at\",\"profile\",\"workload\",\"label\",\"allocator\",\"variant\",\"via\"," \
    "\"role\",\"library_version\",\"kind\",\"block\",\"attempt\",\"index\",\"seed\",\"status\","   \
    "\"reason\",\"throughput_ops_per_s\",\"ns_per_op\"\n"
#define START "\"2026-11-24T10:00:00Z\",\"mixed\",\"random_mixed\","

static struct temp_folder tmp;
static struct hb_session sample;

static int setup(void **state)
{
    (void)state;
    temp_make(&tmp);
    (void)temp_path(&tmp, "rebase.csv");
    sample_session(&sample);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hb_session_free(&sample);
    temp_remove(&tmp);
    return 0;
}

static struct hb_buf whole_text(void)
{
    struct hb_buf text = {0};
    struct hb_csv_writer *writer;
    assert_int_equal(hb_csv_open(&writer, HB_KIND_REBASE, tmp.file, true, NULL), 0);
    for (size_t i = 0; i < sample.job_count; i++)
        assert_int_equal(hb_csv_row(writer, &sample, &sample.jobs[i], NULL), 0);
    assert_int_equal(hb_csv_close(writer, NULL), 0);
    assert_int_equal(hb_file_read(tmp.file, HB_FILE_BYTES_MAX, &text, NULL), 0);
    return text;
}

static struct hb_session parsed(const char *text, size_t size)
{
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_session_parse(text, size, "x.csv", &session, &err) != 0)
        fail_msg("%s", err.message);
    return session;
}

static void refused(const char *text, size_t size, const char *what)
{
    struct hb_session session;
    struct hb_err err = {0};
    assert_int_equal(hb_session_parse(text, size, "x.csv", &session, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    if (!strstr(err.message, what))
        fail_msg("\"%s\" is not in: %s", what, err.message);
    assert_null(session.jobs);
}
#define REFUSED(text, what) refused(text, sizeof(text) - 1, what)

/* A job but for what a CSV does not hold. */
static void assert_read_back(const struct hb_job *read, const struct hb_job *of)
{
    assert_int_equal(read->index, of->index);
    assert_int_equal(read->block, of->block);
    assert_int_equal(read->attempt, of->attempt);
    assert_int_equal(read->allocator, of->allocator);
    assert_int_equal(read->kind, of->kind);
    assert_true(read->seed == of->seed);
    assert_int_equal(read->status, of->status);
    assert_string_equal(read->reason, of->reason);
    for (size_t i = 0; i < HB_METRIC_COUNT; i++)
        assert_true(read->metric[i] == of->metric[i] ||
                    (isnan(read->metric[i]) && isnan(of->metric[i])));
    assert_null(read->slice_ns);
    assert_false(read->syscalls_known);
}

static void rows_read_back_as_the_jobs_they_are_of(void **state)
{
    (void)state;
    struct hb_buf text = whole_text();
    struct hb_session session = parsed(text.bytes, text.size);
    assert_int_equal(session.kind, HB_KIND_REBASE);
    assert_string_equal(session.imported_from, "");
    assert_false(session.partial);
    assert_string_equal(session.started_at, sample.started_at);
    assert_string_equal(session.profile_name, "mixed");
    assert_string_equal(session.workload, "random_mixed");
    assert_int_equal(session.job_count, sample.job_count);
    for (size_t i = 0; i < sample.job_count; i++)
        assert_read_back(&session.jobs[i], &sample.jobs[i]);
    assert_int_equal(session.blocks, 3); /* jobs 4 to 7 are of blocks 1 and 2 */
    assert_int_equal(session.jobs_planned, 8);
    hb_session_free(&session);
    hb_buf_free(&text);
}

static void rows_tell_their_allocators(void **state)
{
    (void)state;
    struct hb_buf text = whole_text();
    struct hb_session session = parsed(text.bytes, text.size);
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
    hb_buf_free(&text);
}

/* Also within the line ends of a reason. */
static void cut_at_every_byte_keeps_the_whole_rows(void **state)
{
    (void)state;
    struct hb_buf text = whole_text();
    const char *end = strstr(text.bytes, "sweep_value\"\n");
    assert_non_null(end);
    size_t most = 0;
    for (size_t size = (size_t)(end - text.bytes) + 13; size <= text.size; size++) {
        struct hb_session session;
        struct hb_err err = {0};
        if (hb_session_parse(text.bytes, size, "x.csv", &session, &err) != 0) {
            assert_non_null(strstr(err.message, "has no jobs: only a heading"));
            continue;
        }
        assert_true(session.job_count >= most);
        assert_int_equal(session.partial, text.bytes[size - 1] != '\n' || session.partial);
        most = session.job_count;
        for (size_t i = 0; i < most; i++)
            assert_read_back(&session.jobs[i], &sample.jobs[i]);
        hb_session_free(&session);
    }
    assert_int_equal(most, sample.job_count);
    hb_buf_free(&text);
}

static void torn_last_row_makes_it_partial(void **state)
{
    (void)state;
    struct hb_buf text = whole_text();
    struct hb_session session = parsed(text.bytes, text.size - 1);
    assert_true(session.partial);
    assert_int_equal(session.job_count, sample.job_count - 1);
    hb_session_free(&session);
    hb_buf_free(&text);
}

#define ROW(label, role, kind, block, index, seed, status, throughput, ns)                         \
    START "\"" label "\",\"m\",\"\",\"dlopen\",\"" role "\",\"\",\"" kind "\"," block ",0," index  \
          "," seed ",\"" status "\",\"\"," throughput "," ns "\n"

static void threads_follow_from_throughput_and_time(void **state)
{
    (void)state;
    static const char two[] = HEAD ROW("a", "subject", "timed", "0", "0", "1", "ok", "2e8", "10")
        ROW("a", "subject", "timed", "1", "1", "1", "ok", "4e8", "5");
    struct hb_session session = parsed(two, sizeof two - 1);
    assert_int_equal(session.parameter_count, 1);
    assert_string_equal(session.parameters[0].name, "threads");
    assert_int_equal(session.parameters[0].value, 2);
    hb_session_free(&session);
    static const char odd[] = HEAD ROW("a", "subject", "timed", "0", "0", "1", "ok", "2e8", "10")
        ROW("a", "subject", "timed", "1", "1", "1", "ok", "2e8", "5");
    session = parsed(odd, sizeof odd - 1);
    assert_int_equal(session.parameter_count, 0);
    hb_session_free(&session);
}

/* Passes that count are of no block of runs. */
static void blocks_are_those_of_timed_jobs(void **state)
{
    (void)state;
    static const char text[] = HEAD ROW("a", "subject", "counted", "5", "0", "1", "ok", "", "")
        ROW("a", "subject", "timed", "0", "1", "1", "ok", "5", "");
    struct hb_session session = parsed(text, sizeof text - 1);
    assert_int_equal(session.blocks, 1);
    hb_session_free(&session);
}

/* The library of an allocator is known from its first run that loaded it. */
static void library_may_be_known_late(void **state)
{
    (void)state;
    static const char text[] = HEAD ROW("a", "subject", "timed", "0", "0", "1", "missing", "", "")
        START "\"a\",\"m\",\"\",\"dlopen\",\"subject\",\"2.1\",\"timed\",1,0,1,1,\"ok\",\"\",5,\n";
    struct hb_session session = parsed(text, sizeof text - 1);
    assert_string_equal(session.allocators[0].library_version, "2.1");
    hb_session_free(&session);
}

static void wrong_cells_are_refused_with_their_column(void **state)
{
    (void)state;
    REFUSED(HEAD ROW("a", "subject", "timed", "1000", "0", "1", "ok", "5", ""),
            "x.csv:2: column block: expected a whole number below 1000, found \"1000\"");
    REFUSED(HEAD ROW("a", "subject", "timed", "4294967296", "0", "1", "ok", "5", ""),
            "x.csv:2: column block: expected a whole number below 2^32");
    REFUSED(HEAD ROW("a", "subject", "timed", "-1", "0", "1", "ok", "5", ""), "column block:");
    REFUSED(HEAD ROW("a", "subject", "timed", "0", "", "1", "ok", "5", ""), "column index:");
    REFUSED(HEAD ROW("a", "subject", "timed", "0", "0", "18446744073709551616", "ok", "5", ""),
            "column seed: expected a count");
    REFUSED(HEAD ROW("a", "subject", "timed", "0", "0", "1", "fine", "5", ""), "column status:");
    REFUSED(HEAD ROW("a", "subject", "counted twice", "0", "0", "1", "ok", "5", ""),
            "column kind: expected one of the words");
    REFUSED(HEAD ROW("a", "referee", "timed", "0", "0", "1", "ok", "5", ""), "column role:");
    REFUSED(HEAD ROW("", "subject", "timed", "0", "0", "1", "ok", "5", ""), "column label:");
    REFUSED(HEAD ROW("a", "subject", "timed", "0", "0", "1", "ok", "-5", ""),
            "x.csv:2: column throughput_ops_per_s: expected a number, 0 or more, found \"-5\"");
    REFUSED(HEAD ROW("a", "subject", "timed", "0", "0", "1", "ok", "nan", ""), "throughput_ops");
    REFUSED(HEAD ROW("a", "subject", "timed", "0", "0", "1", "ok", "1e999", ""), "throughput_ops");
}

static void rows_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    REFUSED(HEAD ROW("a", "subject", "timed", "0", "3", "1", "ok", "5", "")
                ROW("a", "subject", "timed", "1", "3", "1", "ok", "5", ""),
            "x.csv:3: column index: expected more than in the row before, found \"3\"");
    REFUSED(HEAD ROW("a", "subject", "timed", "0", "0", "1", "ok", "5", "")
                ROW("a", "floor", "timed", "1", "1", "1", "ok", "5", ""),
            "x.csv:3: column role: expected the same as in the first row of the label");
}

#define POINT_HEAD "\"point\",\"sweep\",\"sweep_text\",\"sweep_value\"," HEAD
#define POINT(point, index)                                                                        \
    point ",\"threads\",\"2\",2," ROW("a", "subject", "timed", "0", index, "1", "ok", "5", "")

static void incomplete_tables_are_refused(void **state)
{
    (void)state;
    REFUSED(POINT_HEAD POINT("0", "0") POINT("2", "1"), "a sweep needs rows of point 1");
    REFUSED(POINT_HEAD POINT("0", "0"), "a sweep needs rows of point 1");
    REFUSED(POINT_HEAD POINT("1", "0"), "a sweep needs rows of point 0");
    REFUSED(HEAD, "x.csv has no jobs: only a heading");
    REFUSED("session_started_at,block,label\n2026,0,a\n",
            "x.csv:1: no column \"role\"; expected a rebase's CSV of this tool");
    REFUSED(HEAD "\"2026\",\"a\"\n", "x.csv:2: expected 18 cells");
}

static void files_of_the_reference_results_are_read(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_session_read("results/reference/2026-11-24-last/mixed.csv", &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(session.jobs[0].kind, HB_JOB_COUNTED);
    assert_true(session.blocks >= 10);
    assert_true(hb_session_find(&session, "mimalloc (A/A)") >= 0);
    hb_session_free(&session);
    if (hb_session_read("results/reference/2026-11-24-last/mixed-2t.csv", &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(session.parameters[0].value, 2);
    hb_session_free(&session);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_read_back_as_the_jobs_they_are_of),
        TEST(rows_tell_their_allocators),
        TEST(cut_at_every_byte_keeps_the_whole_rows),
        TEST(torn_last_row_makes_it_partial),
        TEST(threads_follow_from_throughput_and_time),
        TEST(blocks_are_those_of_timed_jobs),
        TEST(library_may_be_known_late),
        TEST(wrong_cells_are_refused_with_their_column),
        TEST(rows_that_contradict_each_other_are_refused),
        TEST(incomplete_tables_are_refused),
        TEST(files_of_the_reference_results_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
