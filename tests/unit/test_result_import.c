/* result/import: mimalloc-bench's lines and the old lab log, taken and refused. */
#include "unit/session_file.h"
#include "unit/temp_folder.h"

#include "result/file.h"
#include "result/import.h"
#include "result/session_json.h"
#include "stats/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAB   "tests/cli/import/lab.log"
#define BENCH "tests/cli/import/benchres.csv"

/* The one session of a text, by the call that every command reads with. */
static struct hb_session parsed(const char *text)
{
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_session_parse(text, strlen(text), "logs/x.log", &session, &err) != 0)
        fail_msg("%s", err.message);
    return session;
}

static void refused(const char *text, size_t size, const char *what)
{
    struct hb_session session;
    struct hb_err err = {0};
    assert_int_equal(hb_session_parse(text, size, "x.log", &session, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    if (!strstr(err.message, what))
        fail_msg("\"%s\" is not in: %s", what, err.message);
    assert_null(session.jobs);
    assert_null(session.allocators);
}
#define REFUSED(text, what) refused(text, sizeof(text) - 1, what)

/* "label:throughput,throughput label:..." of a session, so that one line says what was read. */
static void assert_lists(const struct hb_session *session, const char *expected)
{
    char text[1024] = "";
    size_t at = 0;
    for (size_t a = 0; a < session->allocator_count; a++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s:", a ? " " : "",
                               session->allocators[a].label);
        for (size_t i = 0; i < session->job_count; i++) {
            if (session->jobs[i].allocator == a)
                at += (size_t)snprintf(text + at, sizeof text - at, "%s%.0f",
                                       session->jobs[i].block ? "," : "",
                                       session->jobs[i].metric[HB_METRIC_THROUGHPUT]);
        }
    }
    assert_string_equal(text, expected);
}

static void takes(const char *text, const char *lists)
{
    struct hb_session session = parsed(text);
    assert_lists(&session, lists);
    hb_session_free(&session);
}

/* ---- the lab log ---- */

/* Mean in M/s and CV in percent, as they were published. */
static void assert_published(const struct hb_session *session, const char *label, double mean,
                             double cv)
{
    double x[10], scratch[100];
    size_t n = 0;
    struct hb_summary summary;
    const int allocator = hb_session_find(session, label);
    assert_true(allocator >= 0);
    for (size_t i = 0; i < session->job_count; i++) {
        if (session->jobs[i].allocator == (uint32_t)allocator)
            x[n++] = session->jobs[i].metric[HB_METRIC_THROUGHPUT];
    }
    assert_int_equal(n, 10);
    hb_stats_summary(x, n, 0, 0, scratch, &summary);
    assert_true(fabs(summary.mean / 1e6 - mean) < 0.005);
    assert_true(fabs(summary.cv * 100 - cv) < 0.005);
}

static void published_figures_come_out_of_the_run_lists(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_err err = {0};
    if (hb_session_read(LAB, &session, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(session.allocator_count, 4);
    assert_published(&session, "hakmem", 59.15, 1.22);
    assert_published(&session, "system", 85.10, 1.01);
    assert_published(&session, "mimalloc", 121.01, 1.11);
    assert_published(&session, "jemalloc", 96.06, 2.93);
    hb_session_free(&session);
}

static void log_is_a_session_without_what_it_does_not_tell(void **state)
{
    (void)state;
    struct hb_session session = parsed("WS=400, iterations=20000000\nhakmem:\nRun 1: 5 ops/s\n"
                                       "Run 2: 7 ops/s\nsystem:\nRun 1: 9 ops/s\n");
    assert_int_equal(session.kind, HB_KIND_REBASE);
    assert_string_equal(session.imported_from, "lab log");
    assert_string_equal(session.started_at, "");
    assert_int_equal(session.blocks, 2);
    assert_int_equal(session.jobs_planned, 3);
    assert_int_equal(session.host.aslr, -1);
    assert_true(isnan(session.harness_s));
    assert_int_equal(session.parameter_count, 2);
    assert_string_equal(session.parameters[0].name, "working_set");
    assert_int_equal(session.parameters[0].value, 400);
    assert_string_equal(session.parameters[1].text, "20000000");
    const struct hb_job *last = &session.jobs[2];
    assert_int_equal(last->index, 2);
    assert_int_equal(last->block, 0);
    assert_int_equal(last->status, HB_STATUS_OK);
    assert_true(last->metric[HB_METRIC_OPERATIONS] == 20000000);
    assert_true(isnan(last->metric[HB_METRIC_NS_PER_OP]));
    assert_true(isnan(last->metric[HB_METRIC_RSS_PEAK]));
    assert_string_equal(last->null_reason[HB_GROUP_MEMORY], "a lab log has the throughput alone");
    hb_session_free(&session);
}

static void threads_tell_the_time_of_an_operation(void **state)
{
    (void)state;
    struct hb_session session = parsed("Run 1: 1000000000 ops/s\nthreads=2\n");
    assert_true(session.jobs[0].metric[HB_METRIC_NS_PER_OP] == 2);
    hb_session_free(&session);
}

static void headings_of_many_kinds_name_a_list(void **state)
{
    (void)state;
    static const char *const headings[] = {
        "a:",     "# a", "### a ###", "=== a ===",    "--- a ---",           "**a**",
        "**a**:", "[a]", "== a: ==",  "Allocator: a", "allocator=a",         "## ALLOCATOR : a",
        "  a:  ", "a: ", "\ta:",      "_a_:",         "=== Allocator: a ==="};
    for (size_t i = 1; i < sizeof headings / sizeof *headings; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, "before:\n%s\n\nRun 1: 5 ops/s\n", headings[i]);
        struct hb_session session = parsed(text);
        if (strcmp(session.allocators[0].label, "a") != 0)
            fail_msg("%s: %s", headings[i], session.allocators[0].label);
        hb_session_free(&session);
    }
}

static void prose_and_generic_headings_name_nothing(void **state)
{
    (void)state;
    takes("hakmem:\nResults:\n## Raw runs\nMean: 59.15 M/s\nRun 10 times, then the next\n"
          "Running on one CPU\nthe runs of the quiet machine follow:\n- a note -x\n------\n"
          "Run 1: 5 ops/s\n",
          "hakmem:5");
}

static void names_keep_what_is_theirs(void **state)
{
    (void)state;
    takes("mimalloc (A/A):\nRun 1: 5 ops/s\n=== hakmem:lean ===\nRun 1: 6 ops/s\n"
          "caf\xc3\xa9:\nRun 1: 7 ops/s\n",
          "mimalloc (A/A):5 hakmem:lean:6 caf\xc3\xa9:7");
}

static void list_without_heading_has_its_files_name(void **state)
{
    (void)state;
    takes("Run 1: 5 ops/s\nRun 2: 6 ops/s", "x:5,6");
    takes("\xef\xbb\xbfRun 1: 5 ops/s\r\n  - run 2:   6 ops/s \r\n* RUN 4: 8 ops/s\r\n", "x:5,6,8");
}

static void run_lines_are_taken_strictly(void **state)
{
    (void)state;
    REFUSED("Run 1: 5 ops/s\nRun 2: 5.5 ops/s\n", "x.log:2: expected \"Run N: 59684554 ops/s\"");
    REFUSED("Run 1: 59,684,554 ops/s\n", "x.log:1: expected \"Run N: 59684554 ops/s\", found");
    REFUSED("Run 1: 5M ops/s\n", "x.log:1: expected");
    REFUSED("Run 1: -5 ops/s\n", "a whole number from 1 to 10^12, found \"-5 ops/s\"");
    REFUSED("Run 1: 0 ops/s\n", "a whole number from 1 to 10^12");
    REFUSED("Run 1: 1000000000001 ops/s\n", "a whole number from 1 to 10^12");
    REFUSED("Run 1: 99999999999999999999999 ops/s\n", "a whole number from 1 to 10^12");
    REFUSED("Run 1: nan ops/s\n", "a whole number from 1 to 10^12");
    REFUSED("Run 1: 5\n", "x.log:1: expected \"Run N: 59684554 ops/s\", found \"Run 1: 5\"");
    REFUSED("Run 1: 5 ops/s or so\n", "x.log:1: expected");
    REFUSED("Run 1: 5 kops/s\n", "x.log:1: expected");
    REFUSED("Run -1: 5 ops/s\n", "with N a whole number");
    REFUSED("Run 1.5: 5 ops/s\n", "with N a whole number");
    REFUSED("Run 99999999999: 5 ops/s\n", "with N a whole number");
    REFUSED("Run 1 = 5 ops/s\n", "with N a whole number");
    REFUSED("Run 1: 5 ops/s\nRun 2", "x.log:2: expected");
    REFUSED("Run 1: 5 ops/s\nRun 2: 5 op", "x.log:2: expected");
}

static void runs_of_a_list_rise(void **state)
{
    (void)state;
    REFUSED("a:\nRun 1: 5 ops/s\nb:\nRun 1: 5 ops/s\nRun 1: 6 ops/s\n",
            "x.log:5: run 1 of \"b\": expected a number above the 1 of its run before");
    REFUSED("a:\nRun 2: 5 ops/s\nb:\nRun 1: 5 ops/s\na:\nRun 1: 6 ops/s\n",
            "x.log:6: run 1 of \"a\": expected a number above the 2");
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    REFUSED("Run 1: 5 ops/s\nb\0d\n", "x.log:2: a NUL byte");
    REFUSED("Run 1: 5 ops/s\nb\xff\xfe\n", "x.log:2: not UTF-8");
    REFUSED("Run 1: 5 ops/s\n\x1b[1mhakmem:\n", "x.log:2: a control character (0x1b)");
    REFUSED("=== a name of more bytes than there is room for, which is sixty-three ===\n"
            "Run 1: 5 ops/s\n",
            "x.log:2: the heading above is longer than the 63 bytes of a name");
}

static void parameters_have_one_value(void **state)
{
    (void)state;
    takes("WS=400\nRun 1: 5 ops/s\n(ws=400)\n", "x:5");
    takes("=== a (WS=400, iters=5) ===\nRun 1: 5 ops/s\nb: threads=1\nRun 1: 6 ops/s\n", "a:5 b:6");
    REFUSED("WS=400\nRun 1: 5 ops/s\nWS=10k\n",
            "x.log:3: working_set is \"10k\" here and \"400\" above");
    REFUSED("WS=many\nRun 1: 5 ops/s\n",
            "x.log:1: working_set: expected a count above 0, found \"many\"");
    REFUSED("threads=0\nRun 1: 5 ops/s\n", "threads: expected a count above 0");
    REFUSED("iterations=-5\nRun 1: 5 ops/s\n", "operations: expected a count");
    REFUSED("WS=99999999999999999999\nRun 1: 5 ops/s\n", "working_set: expected a count");
}

static struct hb_buf many(const char *line, size_t count)
{
    struct hb_buf text = {0};
    for (size_t i = 0; i < count; i++)
        (void)hb_buf_printf(&text, line, i);
    return text;
}

static void too_much_is_refused(void **state)
{
    (void)state;
    struct hb_buf text = many("Run %zu: 5 ops/s\n", 1001);
    refused(text.bytes, text.size, "x.log:1001: more than 1000 runs of \"x\"");
    hb_buf_free(&text);
    text = many("a%1$zu:\nRun 1: 5 ops/s\n", 257);
    refused(text.bytes, text.size, "x.log:514: no room for more than 256 allocators");
    hb_buf_free(&text);
    text = many("Run %zu: 5 ops/s", 1);
    (void)hb_buf_char(&text, '\n');
    for (size_t i = 0; i < 9000; i++)
        (void)hb_buf_char(&text, 'x');
    refused(text.bytes, text.size, "x.log:2: a line longer than 8192 bytes");
    hb_buf_free(&text);
}

/* ---- mimalloc-bench ---- */

static struct hb_imported bench(void)
{
    struct hb_imported imported = {0};
    struct hb_err err = {0};
    if (hb_import_read(BENCH, &imported, &err) != 0)
        fail_msg("%s", err.message);
    return imported;
}

static void table_is_a_session_for_each_benchmark(void **state)
{
    (void)state;
    struct hb_imported imported = bench();
    assert_int_equal(imported.count, 3);
    assert_string_equal(imported.items[0].workload, "cfrac");
    assert_string_equal(imported.items[1].workload, "larsonN");
    assert_string_equal(imported.items[2].workload, "leanN");
    const struct hb_session *cfrac = &imported.items[0];
    assert_string_equal(cfrac->imported_from, "mimalloc-bench");
    assert_string_equal(cfrac->allocators[1].via, "preload");
    assert_int_equal(cfrac->job_count, 4);
    assert_int_equal(cfrac->blocks, 2);
    const double *metric = cfrac->jobs[2].metric;
    assert_true(metric[HB_METRIC_ELAPSED] == 5.67e9);
    assert_true(metric[HB_METRIC_OPERATIONS] == 1);
    assert_true(metric[HB_METRIC_THROUGHPUT] == 1e9 / 5.67e9);
    assert_true(metric[HB_METRIC_RSS_PEAK] == 4508 * 1024);
    assert_true(metric[HB_METRIC_FAULTS_MAJOR] == 0);
    assert_true(metric[HB_METRIC_FAULTS_MINOR] == 441);
    assert_true(isnan(metric[HB_METRIC_RSS_END]));
    assert_string_equal(cfrac->jobs[2].null_reason[HB_GROUP_SYSCALLS],
                        "not reported by mimalloc-bench");
    hb_imported_free(&imported);
}

static void runs_that_failed_are_failures(void **state)
{
    (void)state;
    struct hb_imported imported = bench();
    const struct hb_job *job = &imported.items[1].jobs[3];
    assert_int_equal(job->status, HB_STATUS_CRASHED);
    assert_string_equal(job->reason, "ended by signal 11");
    assert_true(isnan(job->metric[HB_METRIC_ELAPSED]));
    assert_int_equal(job->block, 1);
    hb_imported_free(&imported);
}

static void assert_elapsed(const char *text, double ns)
{
    char line[200];
    (void)snprintf(line, sizeof line, "a b %s 1 0.0 0.0 0 0\n", text);
    struct hb_session session = parsed(line);
    assert_true(session.jobs[0].metric[HB_METRIC_ELAPSED] == ns);
    assert_int_equal(isnan(session.jobs[0].metric[HB_METRIC_THROUGHPUT]), ns == 0);
    hb_session_free(&session);
}

static void times_of_every_form_are_read(void **state)
{
    (void)state;
    assert_elapsed("00:05.67", 5.67e9);
    assert_elapsed("05.67", 5.67e9);
    assert_elapsed("0:123.4", 123.4e9);
    assert_elapsed(".532", 0.532e9);
    assert_elapsed("1:02:03", 3723e9);
    assert_elapsed("12", 12e9);
    assert_elapsed("0:00.00", 0);
}

#define HEAD "# benchmark allocator elapsed rss user sys page-faults page-reclaims\n"

static void wrong_rows_are_refused(void **state)
{
    (void)state;
    REFUSED(HEAD "cfrac mi 1:2:3:4 1 0 0 0 0\n", "x.log:2: elapsed: expected a time such as");
    REFUSED(HEAD "cfrac mi -1 1 0 0 0 0\n", "x.log:2: elapsed: expected");
    REFUSED(HEAD "cfrac mi 1e9 1 0 0 0 0\n", "x.log:2: elapsed: expected");
    REFUSED(HEAD "cfrac mi . 1 0 0 0 0\n", "x.log:2: elapsed: expected");
    REFUSED(HEAD "cfrac mi 99999999999 1 0 0 0 0\n", "x.log:2: elapsed: expected");
    REFUSED(HEAD "cfrac mi 1 -1 0 0 0 0\n", "x.log:2: rss: expected whole KiB up to 1 PiB");
    REFUSED(HEAD "cfrac mi 1 9999999999999999999999 0 0 0 0\n", "x.log:2: rss: expected");
    REFUSED(HEAD "cfrac mi 1 1 x 0 0 0\n", "x.log:2: user: expected seconds, found \"x\"");
    REFUSED(HEAD "cfrac mi 1 1 0 -0 0 0\n", "x.log:2: sys: expected seconds");
    REFUSED(HEAD "cfrac mi 1 1 0 0 1.5 0\n", "x.log:2: page-faults: expected a count");
    REFUSED(HEAD "cfrac mi 1 1 0 0 0 -3\n", "x.log:2: page-reclaims: expected a count");
    REFUSED(HEAD "cfrac mi 1 1 0 0 0\n", "x.log:2: expected the 8 words benchmark, allocator,");
    REFUSED(HEAD "cfrac mi 1 1 0 0 0 0 0\n", "x.log:2: expected the 8 words");
    REFUSED(HEAD "\n\n", "x.log: no run of a benchmark");
    REFUSED(HEAD "Command terminated by signal 11\n", "x.log:2: the run that failed has no line");
    REFUSED(HEAD "a234567890123456789012345678901234567890123456789012345678901234 m 1 1 0 0 0 0\n",
            "x.log:2: benchmark: expected a name of 1 to 63 bytes");
}

static void several_benchmarks_are_no_one_session(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_err err = {0};
    assert_int_equal(hb_session_read(BENCH, &session, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(err.message, "holds 3 benchmarks (cfrac, larsonN, leanN)"));
    assert_non_null(strstr(err.message, "hakbench import " BENCH " -o FOLDER/"));
}

/* ---- several files ---- */

static struct hb_imported of_text(const char *text)
{
    struct hb_imported imported = {0};
    const struct hb_import *import = hb_import_recognise(text, strlen(text));
    assert_non_null(import);
    assert_int_equal(import->read(text, strlen(text), "x.log", &imported, NULL), 0);
    return imported;
}

static void files_of_one_benchmark_become_one_session(void **state)
{
    (void)state;
    struct hb_imported all = of_text("a:\nRun 1: 5 ops/s\nWS=400\n");
    struct hb_imported more = of_text("b:\nRun 1: 6 ops/s\na:\nRun 1: 7 ops/s\nthreads=1\n");
    assert_int_equal(hb_import_merge(&all, &more, "y.log", NULL), 0);
    assert_int_equal(all.count, 1);
    assert_lists(&all.items[0], "a:5,7 b:6");
    assert_int_equal(all.items[0].blocks, 2);
    assert_int_equal(all.items[0].jobs[2].index, 2);
    assert_int_equal(all.items[0].parameter_count, 2);
    hb_imported_free(&all);
}

static void files_of_other_parameters_are_refused(void **state)
{
    (void)state;
    struct hb_err err = {0};
    struct hb_imported all = of_text("a:\nRun 1: 5 ops/s\nWS=400\n");
    struct hb_imported more = of_text("b:\nRun 1: 6 ops/s\nWS=500\n");
    assert_int_equal(hb_import_merge(&all, &more, "y.log", &err), -1);
    assert_non_null(strstr(err.message, "y.log: working_set is \"500\", and \"400\" in the files"));
    assert_int_equal(more.count, 0);
    hb_imported_free(&all);
}

/* ---- whose is it ---- */

static void other_texts_are_told_what_there_is(void **state)
{
    (void)state;
    REFUSED("hello\n", "expected a soak's CSV of this tool, or columns epoch, throughput and rss");
    REFUSED("hello\n", "also read are results (.json), journals (.jsonl), a rebase's CSV, "
                       "mimalloc-bench's benchres.csv");
    REFUSED("\x7f"
            "ELF\0\1",
            "also read are results");
    assert_null(hb_import_recognise("", 0));
    assert_null(hb_import_recognise("{}\nRun 1: 5 ops/s\n", 18));
}

/* A cell may hold any text. */
static void table_of_this_tool_is_no_log(void **state)
{
    (void)state;
    static const char text[] = "epoch,throughput,rss,note\n0,1,2,\"x\nRun 1: 5 ops/s\"\n";
    struct hb_session session = parsed(text);
    assert_int_equal(session.kind, HB_KIND_SOAK);
    hb_session_free(&session);
}

static void imported_sessions_are_sessions_in_json(void **state)
{
    (void)state;
    static struct temp_folder tmp;
    struct hb_session session, again;
    temp_make(&tmp);
    (void)temp_path(&tmp, "lab.json");
    assert_int_equal(hb_session_read(LAB, &session, NULL), 0);
    assert_int_equal(write_session(&session, tmp.file), 0);
    assert_int_equal(hb_session_read(tmp.file, &again, NULL), 0);
    assert_string_equal(again.imported_from, "lab log");
    assert_int_equal(again.job_count, session.job_count);
    assert_string_equal(again.jobs[7].null_reason[0], session.jobs[7].null_reason[0]);
    assert_true(again.jobs[7].metric[0] == session.jobs[7].metric[0]);
    hb_session_free(&session);
    hb_session_free(&again);
    temp_remove(&tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_figures_come_out_of_the_run_lists),
        cmocka_unit_test(log_is_a_session_without_what_it_does_not_tell),
        cmocka_unit_test(threads_tell_the_time_of_an_operation),
        cmocka_unit_test(headings_of_many_kinds_name_a_list),
        cmocka_unit_test(prose_and_generic_headings_name_nothing),
        cmocka_unit_test(names_keep_what_is_theirs),
        cmocka_unit_test(list_without_heading_has_its_files_name),
        cmocka_unit_test(run_lines_are_taken_strictly),
        cmocka_unit_test(runs_of_a_list_rise),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(parameters_have_one_value),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(table_is_a_session_for_each_benchmark),
        cmocka_unit_test(runs_that_failed_are_failures),
        cmocka_unit_test(times_of_every_form_are_read),
        cmocka_unit_test(wrong_rows_are_refused),
        cmocka_unit_test(several_benchmarks_are_no_one_session),
        cmocka_unit_test(files_of_one_benchmark_become_one_session),
        cmocka_unit_test(files_of_other_parameters_are_refused),
        cmocka_unit_test(other_texts_are_told_what_there_is),
        cmocka_unit_test(table_of_this_tool_is_no_log),
        cmocka_unit_test(imported_sessions_are_sessions_in_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
