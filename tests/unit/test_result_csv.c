/* result/csv: rows for spreadsheets and scripts, and any CSV back in. */
#include "unit/sample_session.h"
#include "unit/temp_folder.h"

#include "result/csv.h"
#include "result/file.h"
#include "result/session_json.h"

#include <fcntl.h>
#include <signal.h>

static struct temp_folder tmp;
static struct hb_session sample;

static int setup(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    temp_make(&tmp);
    (void)temp_path(&tmp, "x.csv");
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

static void write_whole(void)
{
    struct hb_csv_writer *writer;
    struct hb_err err = {0};
    if (hb_csv_open(&writer, HB_KIND_REBASE, tmp.file, false, &err) != 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < sample.job_count; i++)
        assert_int_equal(hb_csv_row(writer, &sample, &sample.jobs[i], NULL), 0);
    assert_int_equal(hb_csv_close(writer, NULL), 0);
}

static struct hb_csv_table read_whole(void)
{
    struct hb_csv_table table;
    struct hb_buf text = {0};
    struct hb_err err = {0};
    if (hb_file_read_text(tmp.file, HB_RESULT_BYTES_MAX, &text, &err) != 0 ||
        hb_csv_parse(hb_buf_string(&text), text.size, tmp.file, &table, &err) != 0)
        fail_msg("%s", err.message);
    hb_buf_free(&text);
    return table;
}

static void every_job_is_a_row_with_every_metric(void **state)
{
    (void)state;
    write_whole();
    struct hb_csv_table table = read_whole();
    assert_int_equal(table.row_count, sample.job_count);
    assert_int_equal(table.column_count, 16 + HB_METRIC_COUNT + 4);
    for (size_t row = 0; row < table.row_count; row++) {
        for (size_t i = 0; i < HB_METRIC_COUNT; i++) {
            const char *cell = hb_csv_cell(&table, row, hb_metrics[i].key);
            const double value = sample.jobs[row].metric[i];
            if (isnan(value))
                assert_string_equal(cell, "");
            else
                assert_true(strtod(cell, NULL) == value);
        }
    }
    hb_csv_free(&table);
}

static void identity_columns_tell_the_jobs_apart(void **state)
{
    (void)state;
    write_whole();
    struct hb_csv_table table = read_whole();
    assert_string_equal(hb_csv_cell(&table, 0, "label"), "hakmem:lean");
    assert_string_equal(hb_csv_cell(&table, 0, "allocator"), "hakmem");
    assert_string_equal(hb_csv_cell(&table, 0, "variant"), "lean");
    assert_string_equal(hb_csv_cell(&table, 0, "kind"), "counted");
    assert_string_equal(hb_csv_cell(&table, 0, "seed"), "18446744073709551615");
    assert_string_equal(hb_csv_cell(&table, 5, "index"), "5");
    assert_string_equal(hb_csv_cell(&table, 5, "role"), "reference");
    assert_string_equal(hb_csv_cell(&table, 5, "status"), "hung");
    assert_string_equal(hb_csv_cell(&table, 5, "reason"), sample.jobs[5].reason);
    assert_string_equal(hb_csv_cell(&table, 5, "profile"), "mixed");
    assert_string_equal(hb_csv_cell(&table, 5, "session_started_at"), "2026-11-23T11:22:33Z");
    assert_null(hb_csv_cell(&table, 5, "no such column"));
    hb_csv_free(&table);
}

static void would_be_formulas_are_neutralised(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "=1+1", "+1", "-1", "@x", "\tx", "\rx", "=HYPERLINK(\"a\")"};
    static const char *const harmless[] = {"", "a=1", " =1", "1", "'=1"};
    struct hb_csv_writer *writer;
    assert_int_equal(hb_csv_open(&writer, HB_KIND_REBASE, tmp.file, false, NULL), 0);
    for (size_t i = 0; i < 7; i++) {
        SAMPLE_TEXT(sample.jobs[0].reason, "%s", texts[i]);
        assert_int_equal(hb_csv_row(writer, &sample, &sample.jobs[0], NULL), 0);
    }
    for (size_t i = 0; i < 5; i++) {
        SAMPLE_TEXT(sample.jobs[0].reason, "%s", harmless[i]);
        assert_int_equal(hb_csv_row(writer, &sample, &sample.jobs[0], NULL), 0);
    }
    assert_int_equal(hb_csv_close(writer, NULL), 0);
    struct hb_csv_table table = read_whole();
    for (size_t i = 0; i < 7; i++) {
        const char *cell = hb_csv_cell(&table, i, "reason");
        assert_int_equal(cell[0], '\'');
        assert_string_equal(cell + 1, texts[i]);
    }
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(hb_csv_cell(&table, 7 + i, "reason"), harmless[i]);
    hb_csv_free(&table);
}

static void quotes_commas_and_line_ends_survive(void **state)
{
    (void)state;
    SAMPLE_TEXT(sample.jobs[0].reason, "a \"quoted\", b\r\nc\n\"");
    SAMPLE_TEXT(sample.jobs[1].reason, "caf\xc3\xa9 \xff");
    write_whole();
    struct hb_csv_table table = read_whole();
    assert_string_equal(hb_csv_cell(&table, 0, "reason"), "a \"quoted\", b\r\nc\n\"");
    assert_string_equal(hb_csv_cell(&table, 1, "reason"), "caf\xc3\xa9 ?");
    hb_csv_free(&table);
}

static void rows_are_on_disk_before_the_writer_is_closed(void **state)
{
    (void)state;
    struct hb_csv_writer *writer;
    assert_int_equal(hb_csv_open(&writer, HB_KIND_REBASE, tmp.file, false, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(hb_csv_row(writer, &sample, &sample.jobs[i], NULL), 0);
        struct hb_csv_table table = read_whole();
        assert_int_equal(table.row_count, i + 1);
        hb_csv_free(&table);
    }
    assert_int_equal(hb_csv_close(writer, NULL), 0);
}

static void existing_file_is_kept_unless_asked(void **state)
{
    (void)state;
    struct hb_csv_writer *writer;
    struct hb_err err = {0};
    temp_write(tmp.file, "mine", 4);
    assert_int_equal(hb_csv_open(&writer, HB_KIND_REBASE, tmp.file, false, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_file_holds(tmp.file, "mine");
    assert_int_equal(hb_csv_open(&writer, HB_KIND_REBASE, tmp.file, true, NULL), 0);
    assert_int_equal(hb_csv_close(writer, NULL), 0);
    struct hb_csv_table table = read_whole();
    assert_int_equal(table.row_count, 0);
    hb_csv_free(&table);
}

static void full_device_and_closed_pipe_are_reported(void **state)
{
    (void)state;
    struct hb_csv_writer *writer;
    struct hb_err full = {0}, closed = {0};
    int ends[2];
    assert_int_equal(hb_csv_open(&writer, HB_KIND_REBASE, "/dev/full", false, &full), -1);
    assert_int_equal(full.kind, HB_ERR_SYSTEM);
    assert_null(writer);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(hb_csv_open_fd(&writer, HB_KIND_REBASE, ends[1], "<stdout>", NULL), 0);
    (void)close(ends[0]);
    assert_int_equal(hb_csv_row(writer, &sample, &sample.jobs[0], &closed), -1);
    assert_non_null(strstr(closed.message, "<stdout>"));
    assert_int_equal(hb_csv_close(writer, NULL), 0);
    assert_int_equal(fcntl(ends[1], F_GETFD) >= 0, 1); /* the descriptor stays the caller's */
    (void)close(ends[1]);
}

/* --- reading --------------------------------------------------------------------------------- */

static int parse(const char *text, size_t size, struct hb_csv_table *table, struct hb_err *err)
{
    char *copy = malloc(size ? size : 1);
    if (size)
        memcpy(copy, text, size);
    const int result = hb_csv_parse(copy, size, "x.csv", table, err);
    free(copy);
    return result;
}

static void one_row(const char *text, const char *a, const char *b)
{
    struct hb_csv_table table;
    struct hb_err err = {0};
    if (parse(text, strlen(text), &table, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(table.row_count, 1);
    assert_string_equal(hb_csv_cell(&table, 0, "a"), a);
    assert_string_equal(hb_csv_cell(&table, 0, "b"), b);
    hb_csv_free(&table);
}

static void every_line_end_and_quoting_is_read(void **state)
{
    (void)state;
    one_row("a,b\n1,2\n", "1", "2");
    one_row("a,b\n1,2", "1", "2");
    one_row("a,b\r\n1,2\r\n", "1", "2");
    one_row("a,b\r1,2\r", "1", "2");
    one_row("\xef\xbb\xbf"
            "a,b\n1,2\n",
            "1", "2");
    one_row("\n\na,b\n\n\n1,2\n\n", "1", "2");
    one_row("\"a\",\"b\"\n\"1\"\"\",\"x,\n\r\ny\"\n", "1\"", "x,\n\r\ny");
    one_row("a,b\n,\n", "", "");
    one_row("a,b\n\"\",\"\"\n", "", "");
    one_row("a,b\n 1 ,2 \n", " 1 ", "2 ");
    one_row("a,b\n\xc3\xa9,;\n", "\xc3\xa9", ";");
}

static void refused(const char *text, size_t size, const char *message)
{
    struct hb_csv_table table;
    struct hb_err err = {0};
    assert_int_equal(parse(text, size, &table, &err), -1);
    assert_string_equal(err.message, message);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_null(table.cells);
    assert_null(table.columns);
}
#define REFUSED(text, message) refused(text, sizeof(text) - 1, message)

static void broken_tables_are_refused_with_their_line(void **state)
{
    (void)state;
    REFUSED("", "x.csv:1: expected a heading, found nothing");
    REFUSED("\n\n", "x.csv:2: expected a heading, found nothing");
    REFUSED("a,b\n1\n", "x.csv:2: expected 2 cells, as in the heading, found 1");
    REFUSED("a,b\n1,2\n1,2,3\n", "x.csv:3: expected 2 cells, as in the heading, found 3");
    REFUSED("a,b\n1,\"2\n\n", "x.csv:3: the text ends inside a quoted cell");
    REFUSED("a,b\n1,2\"\n", "x.csv:2: a quote inside a cell that is not quoted, or text after the "
                            "closing quote");
    REFUSED("a,b\n\"1\"x,2\n",
            "x.csv:2: a quote inside a cell that is not quoted, or text after the "
            "closing quote");
    REFUSED("a,b\n1,\0\n", "x.csv:2: a NUL byte");
    REFUSED("a,b\n1,\xff\n", "x.csv:2: not UTF-8");
    REFUSED("a,b,a\n", "x.csv:1: the column \"a\" is there twice");
    REFUSED("\"a\n\",\"a\n\"\n", "x.csv:3: the column \"a?\" is there twice"); /* by fuzz_csv */
}

static void lines_are_counted_through_quoted_line_ends(void **state)
{
    (void)state;
    struct hb_csv_table table;
    static const char text[] = "a\n\"1\n2\n3\"\n4\n";
    assert_int_equal(parse(text, sizeof text - 1, &table, NULL), 0);
    assert_int_equal(table.lines[0], 4);
    assert_int_equal(table.lines[1], 5);
    hb_csv_free(&table);
}

static void too_many_columns_are_refused(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    struct hb_csv_table table;
    struct hb_err err = {0};
    for (int i = 0; i < 5000; i++)
        (void)hb_buf_printf(&text, "c%d,", i);
    assert_int_equal(parse(text.bytes, text.size, &table, &err), -1);
    assert_string_equal(err.message, "x.csv:1: more than 4096 columns");
    hb_buf_free(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_job_is_a_row_with_every_metric),
        TEST(identity_columns_tell_the_jobs_apart),
        TEST(would_be_formulas_are_neutralised),
        TEST(quotes_commas_and_line_ends_survive),
        TEST(rows_are_on_disk_before_the_writer_is_closed),
        TEST(existing_file_is_kept_unless_asked),
        TEST(full_device_and_closed_pipe_are_reported),
        TEST(every_line_end_and_quoting_is_read),
        TEST(broken_tables_are_refused_with_their_line),
        TEST(lines_are_counted_through_quoted_line_ends),
        TEST(too_many_columns_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
