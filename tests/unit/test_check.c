/* check: promises and answers through a file and back, what is refused of them, what an end means,
 * what is counted, and what is printed. */
#include "unit/session_file.h"
#include "unit/temp_folder.h"

#include "judge/check_judge.h"
#include "report/session_report.h"
#include "report/write_text.h"
#include "result/exec_jobs.h"
#include "result/file.h"
#include "result/promise_list.h"
#include "result/session_json.h"
#include "run/check_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROMISES = 3, ALLOCATORS = 3 };

static void set_answer(struct hb_session *session, size_t promise, size_t allocator,
                       enum hb_answer_verdict verdict, const char *reason)
{
    struct hb_answer *answer = hb_session_answer(session, promise, allocator);
    *answer = (struct hb_answer){.verdict = verdict, .runs = 1 + (uint32_t)promise, .wall_s = 0.5};
    HB_COPY(answer->reason, reason);
}

/* good keeps all, bad keeps none, absent is not there. */
static struct hb_session made(void)
{
    static const char *const labels[ALLOCATORS] = {"bad", "good", "absent"};
    static const char *const names[PROMISES] = {"one_is_kept", "two_is_kept", "three_ends"};
    struct hb_session session = {.kind = HB_KIND_CHECK};
    session.command_line = strdup("hakbench check");
    session.allocators = calloc(ALLOCATORS, sizeof *session.allocators);
    session.promises = calloc(PROMISES, sizeof *session.promises);
    assert_true(session.allocators && session.promises);
    session.allocator_count = ALLOCATORS;
    session.promise_count = PROMISES;
    session.host.load1_start = session.host.load1_end = (double)NAN;
    HB_COPY(session.workload, "promises");
    HB_COPY(session.tool_version, "0");
    HB_COPY(session.started_at, "2026-11-27T10:00:00Z");
    for (size_t a = 0; a < ALLOCATORS; a++) {
        HB_COPY(session.allocators[a].label, labels[a]);
        HB_COPY(session.allocators[a].name, labels[a]);
        HB_COPY(session.allocators[a].via, "preload");
    }
    HB_COPY(session.allocators[2].missing_reason, "it is not there");
    for (size_t p = 0; p < PROMISES; p++) {
        struct hb_promise *promise = &session.promises[p];
        HB_COPY(promise->name, names[p]);
        HB_COPY(promise->promise, "it is \"kept\"");
        HB_COPY(promise->means, "a user would see it");
        promise->group = p == 2 ? HB_PROMISE_THREADS : HB_PROMISE_SIZES;
        promise->limit_s = 60;
        promise->runs = 1 + (uint32_t)p;
    }
    HB_COPY(session.promises[2].runs_reason, "a race");
    assert_int_equal(hb_answers_make(&session, NULL), 0);
    set_answer(&session, 0, 0, HB_ANSWER_FAIL, "x.c:7: not so: a == b");
    set_answer(&session, 1, 0, HB_ANSWER_CRASH, "killed by SIGSEGV");
    set_answer(&session, 2, 0, HB_ANSWER_HANG, "not done after 60 s");
    set_answer(&session, 0, 1, HB_ANSWER_PASS, "");
    set_answer(&session, 1, 1, HB_ANSWER_UNSUPPORTED, "no such function here");
    set_answer(&session, 2, 1, HB_ANSWER_PASS, "");
    return session;
}

static void answers_come_back_as_they_were(void **state)
{
    (void)state;
    struct hb_session session = made(), read;
    set_answer(&session, 1, 0, HB_ANSWER_NONE, ""); /* not asked: the others' are there */
    hb_session_answer(&session, 1, 0)->runs = 0;
    hb_session_answer(&session, 1, 0)->wall_s = 0;
    struct hb_err err = {0};
    char *text = text_of_session(&session);
    assert_int_equal(hb_session_parse(text, strlen(text), "x.json", &read, &err), 0);
    assert_int_equal(read.promise_count, PROMISES);
    assert_memory_equal(read.promises, session.promises, PROMISES * sizeof *read.promises);
    assert_memory_equal(read.answers, session.answers,
                        (size_t)PROMISES * ALLOCATORS * sizeof *read.answers);
    char *again = text_of_session(&read);
    assert_string_equal(text, again);
    free(text);
    free(again);
    hb_session_free(&read);
    hb_session_free(&session);
}

/* Of the text of a session, with a part of it replaced. */
static void must_refuse(const char *from, const char *to, const char *reason)
{
    struct hb_session session = made(), read;
    struct hb_err err = {0};
    struct hb_buf text = {0};
    char *whole = text_of_session(&session);
    const char *at = strstr(whole, from);
    assert_non_null(at);
    hb_buf_add(&text, whole, (size_t)(at - whole));
    hb_buf_text(&text, to);
    hb_buf_text(&text, at + strlen(from));
    if (hb_session_parse(hb_buf_string(&text), text.size, "x.json", &read, &err) != -1)
        fail_msg("not refused: %s", to);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(err.message, "x.json:"));
    if (!strstr(err.message, reason))
        fail_msg("%s", err.message);
    hb_buf_free(&text);
    free(whole);
    hb_session_free(&session);
}

static void what_does_not_fit_is_refused_with_its_place(void **state)
{
    (void)state;
    must_refuse("\"name\": \"two_is_kept\"", "\"name\": \"one_is_kept\"", "there twice");
    must_refuse("\"promise\": \"one_is_kept\"", "\"promise\": \"none\"", "no name of \"promises\"");
    must_refuse("\"promise\": \"two_is_kept\",\n      \"allocator\": \"bad\"",
                "\"promise\": \"one_is_kept\",\n      \"allocator\": \"bad\"", "there twice");
    must_refuse("\"verdict\": \"crash\"", "\"verdict\": \"explosion\"", "explosion");
    must_refuse("\"group\": \"threads\"", "\"group\": \"nonsense\"", "nonsense");
    must_refuse("\"answers\"", "\"answer\"", "answers");
    must_refuse("\"promises\": [", "\"promise\": [", "promises");
}

static void a_list_is_read_by_group_and_name(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "{\"schema\": \"hakbench.promises/1\", \"promises\": ["
        "{\"name\": \"b\", \"group\": \"loader\", \"limit_s\": 60, \"runs\": 1, \"runs_reason\": "
        "null, \"promise\": \"p\", \"means\": \"m\"},"
        "{\"name\": \"c\", \"group\": \"sizes\", \"limit_s\": 60, \"runs\": 3, \"runs_reason\": "
        "\"r\", \"promise\": \"p\", \"means\": \"m\"},"
        "{\"name\": \"a\", \"group\": \"loader\", \"limit_s\": 60, \"runs\": 1, \"runs_reason\": "
        "null, \"promise\": \"p\", \"means\": \"m\"}]}",
        "{\"schema\": \"hakbench.promises/9\", \"promises\": []}", "{\"promises\": []}", "[", ""};
    struct temp_folder tmp;
    temp_make(&tmp);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct hb_session session = {.kind = HB_KIND_CHECK};
        struct hb_err err = {0};
        (void)temp_path(&tmp, "promises.json");
        assert_int_equal(hb_file_write_atomic(tmp.file, lists[i], strlen(lists[i]), &err), 0);
        assert_int_equal(hb_promises_read(tmp.path, &session, &err), i ? -1 : 0);
        if (i == 0) {
            assert_string_equal(session.promises[0].name, "c");
            assert_int_equal(session.promises[0].runs, 3);
            assert_string_equal(session.promises[1].name, "a");
            assert_int_equal(hb_promises_find(&session, "b"), 2);
            assert_int_equal(hb_promises_find(&session, "d"), -1);
        }
        hb_session_free(&session);
    }
    temp_remove(&tmp);
}

/* ---- an end ---- */

static void every_end_has_its_verdict(void **state)
{
    (void)state;
    static const struct {
        enum hb_program_end end;
        int status; /* or the signal */
        const char *reason, *said;
        enum hb_answer_verdict verdict;
        const char *expected;
    } ends[] = {
        {HB_PROGRAM_EXITED, 0, "", "a word", HB_ANSWER_PASS, ""},
        {HB_PROGRAM_EXITED, 1, "exit status 1", "x.c:1: not so: b\n", HB_ANSWER_FAIL,
         "x.c:1: not so: b"},
        {HB_PROGRAM_EXITED, 1, "exit status 1", "first\nmore\n2 of 3 failed\n", HB_ANSWER_FAIL,
         "first ... 2 of 3 failed"},
        {HB_PROGRAM_EXITED, 1, "exit status 1", "", HB_ANSWER_FAIL, "exit status 1"},
        {HB_PROGRAM_EXITED, 1, "exit status 1", "too much\n", HB_ANSWER_FAIL,
         "too much; 7 KiB left"},
        {HB_PROGRAM_EXITED, 76, "exit status 76", "a child hangs\n", HB_ANSWER_HANG,
         "a child hangs"},
        {HB_PROGRAM_EXITED, 77, "exit status 77", "skipped: no filters\n", HB_ANSWER_UNSUPPORTED,
         "no filters"},
        {HB_PROGRAM_SIGNALLED, 9, "killed by SIGKILL", "", HB_ANSWER_CRASH, "killed by SIGKILL"},
        {HB_PROGRAM_SIGNALLED, 6, "killed by SIGABRT", "heap: broken\n", HB_ANSWER_CRASH,
         "killed by SIGABRT: heap: broken"},
        {HB_PROGRAM_TIMEOUT, 0, "not done after 60 s", "", HB_ANSWER_HANG, "not done after 60 s"},
        {HB_PROGRAM_STOPPED_ITSELF, 0, "stopped itself", "", HB_ANSWER_HANG, "stopped itself"},
        {HB_PROGRAM_OUTPUT_LIMIT, 0, "wrote too much", "", HB_ANSWER_FAIL, "wrote too much"},
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct hb_program_result result = {.end = ends[i].end};
        struct hb_answer answer = {.verdict = HB_ANSWER_NONE};
        HB_COPY(result.reason, ends[i].reason);
        if (ends[i].end == HB_PROGRAM_SIGNALLED)
            result.signal_number = ends[i].status;
        else
            result.exit_status = ends[i].status;
        result.errors.kept = strdup(ends[i].said);
        result.errors.kept_bytes = strlen(ends[i].said);
        if (strstr(ends[i].expected, "7 KiB")) {
            result.output.kept = "seed 1\n7 KiB left\n";
            result.output.kept_bytes = strlen(result.output.kept);
        }
        hb_check_take_end(&result, &answer);
        assert_int_equal(answer.verdict, ends[i].verdict);
        assert_string_equal(answer.reason, ends[i].expected);
        free(result.errors.kept);
    }
}

/* ---- what is counted, and said ---- */

static void what_is_unsupported_is_not_counted(void **state)
{
    (void)state;
    struct hb_session session = made();
    const struct hb_check_tally bad = hb_check_count(&session, 0, HB_PROMISE_GROUPS);
    const struct hb_check_tally good = hb_check_count(&session, 1, HB_PROMISE_GROUPS);
    const struct hb_check_tally sizes = hb_check_count(&session, 1, HB_PROMISE_SIZES);
    assert_int_equal(bad.asked, 3);
    assert_int_equal(bad.broken, 3);
    assert_int_equal(good.asked, 2);
    assert_int_equal(good.broken, 0);
    assert_int_equal(good.count[HB_ANSWER_UNSUPPORTED], 1);
    assert_int_equal(sizes.asked, 1);
    assert_false(hb_check_is_kept_by_all(&session, 0));
    set_answer(&session, 0, 0, HB_ANSWER_PASS, "");
    assert_true(hb_check_is_kept_by_all(&session, 0));
    assert_true(hb_check_complete(&session)); /* what is not there is not asked */
    set_answer(&session, 1, 0, HB_ANSWER_NONE, "");
    assert_false(hb_check_complete(&session));
    assert_non_null(hb_check_find(&session, "one_is_kept", "good"));
    assert_null(hb_check_find(&session, "one_is_kept", "nobody"));
    assert_null(hb_check_find(&session, "nothing", "good"));
    hb_session_free(&session);
}

static char *printed(const struct hb_session *session, const struct hb_screen *screen, bool why)
{
    struct hb_doc doc = {0};
    struct hb_buf out = {0};
    struct hb_err err = {0};
    hb_check_report(session, why, &doc);
    assert_int_equal(hb_doc_write(&doc, screen, &out, &err), 0);
    hb_doc_free(&doc);
    return hb_buf_take(&out);
}

static void must_say(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static void each_voice_says_what_is_broken_and_what_it_means(void **state)
{
    (void)state;
    struct hb_session session = made();
    const struct hb_screen narrow = {.voice = HB_VOICE_PLAIN, .width = 80, .wraps = true};
    const struct hb_screen markdown = hb_screen_markdown();
    char *text = printed(&session, &narrow, false), *why = printed(&session, &narrow, true);
    char *table = printed(&session, &markdown, false);
    must_say(text, "good keeps all 2 promises, bad breaks 3 of 3 (1 hang).");
    must_say(text, "absent was not asked: it is not there");
    must_say(text, "two_is_kept: crash: bad; unsupported: good\n    a user would see it\n");
    must_say(text, "Threads and fork (1 promise, 0 kept by all)\n  three_ends: hang: bad\n");
    must_say(text, "three_ends: up to 3 runs: a race");
    assert_null(strstr(text, "not so"));
    must_say(why, "    bad: x.c:7: not so: a == b\n");
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 240); /* signs are three bytes each */
    must_say(table, "| promise | bad | good |\n");
    must_say(table, "| one_is_kept | fail | pass |\n");
    must_say(table, "- three_ends: where it is not kept, a user would see it\n");
    must_say(table, "| not done after 60 s |");
    char *threads = strstr(table, "Threads and fork"); /* each with its group */
    assert_true(threads && strstr(table, "- three_ends: where") > threads);
    *threads = '\0';
    must_say(table, "- one_is_kept: where it is not kept, a user would see it\n");
    free(text);
    free(why);
    free(table);
    hb_session_free(&session);
}

static void a_check_has_no_figures_to_compare(void **state)
{
    (void)state;
    struct hb_session session = made();
    struct hb_err err = {0};
    assert_int_equal(hb_exec_as_jobs(&session, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    hb_session_free(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_back_as_they_were),
        cmocka_unit_test(what_does_not_fit_is_refused_with_its_place),
        cmocka_unit_test(a_list_is_read_by_group_and_name),
        cmocka_unit_test(every_end_has_its_verdict),
        cmocka_unit_test(what_is_unsupported_is_not_counted),
        cmocka_unit_test(each_voice_says_what_is_broken_and_what_it_means),
        cmocka_unit_test(a_check_has_no_figures_to_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
