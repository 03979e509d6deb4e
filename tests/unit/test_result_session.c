/* result/json: a session through JSON and back, and what a reader refuses. */
#include "unit/comma_locale.h"
#include "unit/sample_session.h"
#include "unit/session_file.h"

#include "result/file.h"
#include "result/session_json.h"

#include <unistd.h>

#define GOLDEN   "tests/golden/result-2.json"
#define GOLDEN_1 "tests/golden/result-1.json"

static void round_trip_is_equality_on_every_field(void **state)
{
    (void)state;
    struct hb_session before, after;
    struct hb_err err = {0};
    sample_session(&before);
    SAMPLE_TEXT(before.name, "before");
    before.note = strdup("as released, \"<b>\" \xc3\xa9");
    char *text = text_of_session(&before);
    if (hb_session_parse(text, strlen(text), "x.json", &after, &err) != 0)
        fail_msg("%s", err.message);
    assert_session_equal(&before, &after);
    char *again = text_of_session(&after);
    assert_string_equal(text, again);
    free(text);
    free(again);
    hb_session_free(&before);
    hb_session_free(&after);
}

static void empty_session_makes_the_round_trip(void **state)
{
    (void)state;
    struct hb_session before = {0}, after;
    char *text = text_of_session(&before);
    assert_int_equal(hb_session_parse(text, strlen(text), "x.json", &after, NULL), 0);
    assert_session_equal(&before, &after);
    free(text);
    hb_session_free(&after);
}

/* The first release wrote no bytes of system calls: its files have the counts alone. */
static void bytes_of_calls_may_be_missing_and_not_wrong(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct hb_session session, found;
        struct hb_buf text = {0};
        struct hb_err err = {0};
        sample_session(&session);
        const struct hb_syscall_counts counts = session.jobs[0].syscalls;
        cJSON *root = hb_session_to_json(&session, NULL);
        cJSON *job = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "jobs"), 0);
        cJSON_DeleteItemFromObjectCaseSensitive(job, "syscall_bytes");
        if (round > 0)
            cJSON_AddItemToObject(job, "syscall_bytes",
                                  round == 1 ? cJSON_CreateNull() : cJSON_CreateNumber(4096));
        assert_int_equal(hb_json_print(root, false, &text, NULL), 0);
        const int result = hb_session_parse(text.bytes, text.size, "old.json", &found, &err);
        assert_int_equal(result, round < 2 ? 0 : -1);
        if (result == 0) {
            assert_memory_equal(found.jobs[0].syscalls.count, counts.count, sizeof counts.count);
            assert_int_equal(found.jobs[0].syscalls.bytes[HB_COUNT_MEASURED][HB_SYSCALL_mmap], 0);
            hb_session_free(&found);
        } else {
            assert_non_null(strstr(err.message, "jobs[0].syscall_bytes"));
        }
        cJSON_Delete(root);
        hb_buf_free(&text);
        hb_session_free(&session);
    }
}

static void unknown_is_null_and_never_zero(void **state)
{
    (void)state;
    struct hb_session session;
    sample_session(&session);
    cJSON *root = hb_session_to_json(&session, NULL);
    const cJSON *job = cJSON_GetArrayItem(hb_json_member(root, "jobs"), 5);
    const cJSON *metrics = hb_json_member(job, "metrics");
    assert_true(cJSON_IsNull(hb_json_member(metrics, "cycles")));
    assert_true(cJSON_IsNumber(hb_json_member(metrics, "ns_per_op")));
    assert_true(cJSON_IsNull(hb_json_member(job, "syscalls")));
    assert_true(cJSON_IsNull(hb_json_member(hb_json_member(root, "host"), "overcommit")));
    assert_string_equal(
        hb_json_member(hb_json_member(job, "null_reasons"), "hardware")->valuestring,
        "perf_event_open: Permission denied");
    cJSON_Delete(root);
    hb_session_free(&session);
}

static void every_metric_of_the_table_is_written(void **state)
{
    (void)state;
    struct hb_session session;
    sample_session(&session);
    cJSON *root = hb_session_to_json(&session, NULL);
    const cJSON *metrics =
        hb_json_member(cJSON_GetArrayItem(hb_json_member(root, "jobs"), 0), "metrics");
    assert_int_equal(cJSON_GetArraySize(metrics), HB_METRIC_COUNT);
    for (size_t i = 0; i < HB_METRIC_COUNT; i++) {
        assert_non_null(hb_json_member(metrics, hb_metrics[i].key));
        assert_int_equal(hb_metric_find(hb_metrics[i].key), i);
    }
    assert_int_equal(hb_metric_find("no_such_key"), HB_METRIC_COUNT);
    cJSON_Delete(root);
    hb_session_free(&session);
}

static void schemas_know_every_metric(void **state)
{
    (void)state;
    static const char *const paths[] = {"docs/result.schema.json", "docs/profile.schema.json"};
    for (size_t i = 0; i < 2; i++) {
        struct hb_buf text = {0};
        assert_int_equal(hb_file_read(paths[i], HB_FILE_BYTES_MAX, &text, NULL), 0);
        for (size_t m = 0; m < HB_METRIC_COUNT; m++) {
            char quoted[HB_NAME_MAX + 2];
            SAMPLE_TEXT(quoted, "\"%s\"", hb_metrics[m].key);
            if (!strstr(text.bytes, quoted))
                fail_msg("%s: no %s", paths[i], quoted);
        }
        hb_buf_free(&text);
    }
}

/* Metrics that came after the file are unknown in it; what it knows does not change. */
static void read_golden(const char *path)
{
    struct hb_session golden, sample;
    struct hb_err err = {0};
    if (hb_session_read(path, &golden, &err) != 0)
        fail_msg("%s", err.message);
    sample_session(&sample);
    assert_header_equal(&golden, &sample);
    assert_int_equal(golden.job_count, 8);
    assert_int_equal(golden.jobs[0].syscalls.count[HB_COUNT_MEASURED][HB_SYSCALL_brk], 125);
    assert_int_equal(golden.jobs[5].status, HB_STATUS_HUNG);
    assert_string_equal(golden.allocators[golden.jobs[5].allocator].label, "mimalloc");
    assert_true(golden.jobs[5].metric[HB_METRIC_THROUGHPUT] == 2e7);
    assert_int_equal(golden.jobs[5].slice_ns[7], 1000000 + 37 * 7);
    hb_session_free(&golden);
    hb_session_free(&sample);
}

static void golden_results_of_every_version_stay_readable(void **state)
{
    (void)state;
    read_golden(GOLDEN_1);
    read_golden(GOLDEN);
}

/* Before version 2 a thread's slices were an array of numbers. */
static void version_1_has_the_same_slices(void **state)
{
    struct hb_session old, new;
    (void)state;
    assert_int_equal(hb_session_read(GOLDEN_1, &old, NULL), 0);
    assert_int_equal(hb_session_read(GOLDEN, &new, NULL), 0);
    for (size_t i = 0; i < new.job_count; i++) {
        const struct hb_job *job = &new.jobs[i];
        assert_int_equal(job->slice_ns == NULL, old.jobs[i].slice_ns == NULL);
        if (job->slice_ns)
            assert_memory_equal(job->slice_ns, old.jobs[i].slice_ns,
                                (size_t)job->threads * job->slices * sizeof *job->slice_ns);
    }
    hb_session_free(&old);
    hb_session_free(&new);
}

static void write_then_read_gives_the_same_session(void **state)
{
    (void)state;
    char path[] = "/tmp/hb-test-XXXXXX";
    struct hb_session before, after;
    struct hb_err err = {0};
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    sample_session(&before);
    assert_int_equal(write_session(&before, path), 0);
    assert_int_equal(hb_session_read(path, &after, &err), 0);
    assert_session_equal(&before, &after);
    (void)unlink(path);
    hb_session_free(&before);
    hb_session_free(&after);
}

static void foreign_bytes_still_make_a_readable_file(void **state)
{
    (void)state;
    struct hb_session before, after;
    sample_session(&before);
    memset(before.jobs[5].reason, 0xe9, sizeof before.jobs[5].reason - 1);
    free(before.command_line);
    before.command_line = strdup("hakbench \xff\xfe");
    char *text = text_of_session(&before);
    assert_int_equal(hb_session_parse(text, strlen(text), "x.json", &after, NULL), 0);
    assert_string_equal(after.command_line, "hakbench ??");
    assert_int_equal(strlen(after.jobs[5].reason), sizeof after.jobs[5].reason - 1);
    free(text);
    hb_session_free(&before);
    hb_session_free(&after);
}

static void session_survives_a_comma_locale(void **state)
{
    if (!comma_locale_set())
        skip();
    round_trip_is_equality_on_every_field(state);
    golden_results_of_every_version_stay_readable(state);
    (void)setlocale(LC_ALL, "C");
}

/* --- refusals -------------------------------------------------------------------------------- */

/* The sample with one piece of its text replaced is refused, with what in the message. */
static void refused_with(const char *from, const char *to, const char *what)
{
    struct hb_session session;
    struct hb_err err = {0};
    struct hb_buf edited = {0};
    sample_session(&session);
    char *text = text_of_session(&session);
    hb_session_free(&session);
    char *at = strstr(text, from);
    if (!at)
        fail_msg("no %s in the sample", from);
    (void)hb_buf_add(&edited, text, (size_t)(at - text));
    (void)hb_buf_text(&edited, to);
    (void)hb_buf_text(&edited, at + strlen(from));
    if (hb_session_parse(edited.bytes, edited.size, "x.json", &session, &err) == 0)
        fail_msg("accepted %s in place of %s", to, from);
    if (!strstr(err.message, what) || strncmp(err.message, "x.json:", 7) != 0)
        fail_msg("no \"%s\" in: %s", what, err.message);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_null(session.jobs);
    assert_null(session.allocators);
    free(text);
    hb_buf_free(&edited);
}

static void other_versions_are_refused_naming_both(void **state)
{
    (void)state;
    refused_with("hakbench.result/2", "hakbench.result/3", "\"hakbench.result/3\"");
    refused_with("hakbench.result/2", "hakbench.result/3",
                 "reads \"hakbench.result/1\" and \"hakbench.result/2\"");
    refused_with("\"hakbench.result/2\"", "1", "found a number");
    refused_with("\"schema\"", "\"scheme\"", "\"schema\" is missing");
}

static void faults_name_their_place_in_the_tree(void **state)
{
    (void)state;
    refused_with("\"ns_per_op\": 12500000", "\"ns_per_op\": \"fast\"",
                 "jobs[4].metrics.ns_per_op: expected a number, found a string");
    refused_with("\"role\": \"twin\"", "\"role\": \"triplet\"",
                 "allocators[2].role: expected one of \"subject\", \"reference\", \"twin\", "
                 "\"floor\", found \"triplet\"");
    refused_with("\"kind\": \"counted\"", "\"kind\": 7", "jobs[0].kind: expected a string");
    refused_with("\"value\": 20000000", "\"value\": \"20M\"",
                 "parameters.operations.value: expected a whole number");
    refused_with("\"value\": 20000000", "\"volume\": 1", "\"value\" is missing");
    refused_with("\"partial\": true", "\"partial\": 1", "partial: expected true or false");
    refused_with("\"host\": {", "\"host\": {}, \"guest\": {", "host: the key");
}

static void faults_name_their_line(void **state)
{
    (void)state;
    refused_with("\"kind\": \"rebase\"", "\"kind\": []", "x.json:3:11: kind:");
}

static void wrong_numbers_are_refused(void **state)
{
    (void)state;
    refused_with("\"blocks\": 10", "\"blocks\": -1", "blocks: expected a whole number from 0");
    refused_with("\"blocks\": 10", "\"blocks\": 1.5", "blocks: expected a whole number");
    refused_with("\"blocks\": 10", "\"blocks\": 4294967296", "from 0 to 4294967295");
    refused_with("\"blocks\": 10", "\"blocks\": 1e999", "out of range");
    refused_with("\"blocks\": 10", "\"blocks\": NaN", "expected a value");
    refused_with("\"blocks\": 10", "\"blocks\": null", "found null");
    refused_with("\"seed\": \"18364758544493064720\"", "\"seed\": \"18446744073709551616\"",
                 "expected a whole number");
    refused_with("\"seed\": \"18364758544493064720\"", "\"seed\": 18364758544493064720",
                 "expected a whole number");
    refused_with("\"seed\": \"18364758544493064720\"", "\"seed\": \"-1\"", "whole number");
    refused_with("\"seed\": \"18364758544493064720\"", "\"seed\": \"\"", "whole number");
}

static void references_that_lead_nowhere_are_refused(void **state)
{
    (void)state;
    refused_with("\"allocator\": \"floor\"", "\"allocator\": \"flour\"",
                 "jobs[3].allocator: \"flour\" is no label");
    refused_with("\"label\": \"floor\"", "\"label\": \"mimalloc\"", "there twice");
    refused_with("\"index\": 4", "\"index\": 3", "jobs[4].index: expected more than the 3");
}

static void slices_that_do_not_match_are_refused(void **state)
{
    (void)state;
    refused_with("\"threads\": 2", "\"threads\": 3", "slices.ns: expected 3 items");
    refused_with("\"count\": 3", "\"count\": 4", "slices.ns[0]: expected 4 items");
    refused_with("\"threads\": 2", "\"threads\": 4000000000", "from 0 to 65536");
    refused_with("\"count\": 3", "\"count\": 1000000000", "from 0 to 1000000");
    refused_with("\"start_ns\": \"0", "\"start_ns\": \"0 1", "slices.start_ns: expected 2 items");
    refused_with("\"start_ns\": \"0 900\"", "\"start_ns\": 7",
                 "slices.start_ns: expected an array");
    refused_with("\"start_ns\": \"0 900\"", "\"start_ns\": [0, null]",
                 "slices.start_ns[1]: expected a whole number");
    refused_with("\"1000000 1000037 ", "\"", "slices.ns[0]: expected 3 items");
    refused_with("\"1000000 1000037 1000074\"", "\"\"", "slices.ns[0]: expected 3 items");
    refused_with("\"1000000 1000037 1000074\"", "[1, 2, 3, 4]", "slices.ns[0]: expected 3 items");
    refused_with("\"1000000 1000037 1000074\"", "7", "slices.ns[0]: expected an array");
    refused_with("\"ns\": [\"1000000 1000037 1000074\", ", "\"ns\": [",
                 "slices.ns: expected 2 items");
    refused_with("\"1000000 1000037 ", "\"1000000  ", "slices.ns[0]: item 1: expected a whole");
    refused_with("\"1000000 1000037 ", "\" 1000037 ", "slices.ns[0]: expected 3 items");
    refused_with("\"1000000 ", "\"01 ", "slices.ns[0]: item 0: expected a whole number");
    refused_with("\"1000000 ", "\"-1 ", "slices.ns[0]: item 0: expected a whole number");
    refused_with("\"1000000 ", "\"1e6 ", "slices.ns[0]: item 0: expected a whole number");
    refused_with("\"1000000 ", "\"18446744073709551616 ", "slices.ns[0]: item 0: expected");
    refused_with("1000074\"", "1000074x\"", "slices.ns[0]: item 2: expected a whole number");
}

static void text_longer_than_its_room_is_refused(void **state)
{
    (void)state;
    char longer[200];
    memset(longer, 'x', sizeof longer);
    (void)snprintf(longer + 100, 2, "\"");
    memcpy(longer, "\"label\": \"", 10);
    refused_with("\"label\": \"floor\"", longer,
                 "label: the text has 90 bytes; expected at most 63");
}

static int from_tree(const cJSON *root, struct hb_session *session, struct hb_err *err)
{
    struct hb_buf text = {0};
    assert_int_equal(hb_json_print(root, true, &text, NULL), 0);
    const int result = hb_session_parse(text.bytes, text.size, "x.json", session, err);
    hb_buf_free(&text);
    return result;
}

static void unknown_keys_are_passed_over(void **state)
{
    (void)state;
    struct hb_session before, after;
    struct hb_err err = {0};
    sample_session(&before);
    cJSON *root = hb_session_to_json(&before, NULL);
    cJSON_AddItemToObject(root, "summaries", cJSON_Parse("{\"mimalloc\":{\"n\":10}}"));
    cJSON_AddItemToObject(root, "budgets", cJSON_CreateArray());
    cJSON *job = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "jobs"), 0);
    cJSON_AddItemToObject(job, "later", cJSON_CreateTrue());
    cJSON_AddItemToObject(cJSON_GetObjectItem(job, "metrics"), "later_ns", cJSON_CreateString("x"));
    assert_int_equal(from_tree(root, &after, &err), 0);
    assert_session_equal(&before, &after);
    cJSON_Delete(root);
    hb_session_free(&before);
    hb_session_free(&after);
}

static void metric_that_is_not_there_is_unknown(void **state)
{
    (void)state;
    struct hb_session before, after;
    sample_session(&before);
    cJSON *root = hb_session_to_json(&before, NULL);
    cJSON *job = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "jobs"), 4);
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(job, "metrics"), "ns_per_op");
    assert_int_equal(from_tree(root, &after, NULL), 0);
    assert_true(isnan(after.jobs[4].metric[HB_METRIC_NS_PER_OP]));
    cJSON_Delete(root);
    hb_session_free(&before);
    hb_session_free(&after);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct hb_session session;
    sample_session(&session);
    char *text = text_of_session(&session);
    hb_session_free(&session);
    const size_t size = strlen(text);
    for (size_t cut = 0; cut + 2 < size; cut += 7) {
        struct hb_err err = {0};
        assert_int_equal(hb_session_parse(text, cut, "x.json", &session, &err), -1);
        assert_int_equal(strncmp(err.message, "x.json:", 7), 0);
    }
    free(text);
}

static void absent_file_is_named(void **state)
{
    (void)state;
    struct hb_session session;
    struct hb_err err = {0};
    assert_int_equal(hb_session_read("/nowhere/x.json", &session, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(err.message, "/nowhere/x.json"));
}

/* --- no memory ------------------------------------------------------------------------------- */

static long allocations_left;

static void *failing_malloc(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void building_fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    cJSON_Hooks hooks = {.malloc_fn = failing_malloc, .free_fn = free};
    struct hb_session session;
    sample_session(&session);
    cJSON_InitHooks(&hooks);
    cJSON *root = NULL;
    for (long n = 0; !root; n++) {
        struct hb_err err = {0};
        allocations_left = n;
        root = hb_session_to_json(&session, &err);
        assert_int_equal(err.kind, root ? HB_ERR_NONE : HB_ERR_SYSTEM);
        assert_true(n < 100000);
    }
    cJSON_InitHooks(NULL);
    cJSON_Delete(root);
    hb_session_free(&session);
}

/* --- the model ------------------------------------------------------------------------------- */

static void freeing_twice_is_harmless(void **state)
{
    (void)state;
    struct hb_session session;
    sample_session(&session);
    hb_session_free(&session);
    hb_session_free(&session);
    assert_int_equal(session.job_count, 0);
}

static void labels_are_found(void **state)
{
    (void)state;
    struct hb_session session;
    sample_session(&session);
    assert_int_equal(hb_session_find(&session, "mimalloc (A/A)"), 2);
    assert_int_equal(hb_session_find(&session, "mimallo"), -1);
    hb_session_free(&session);
}

static void assert_named(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_non_null(names[i]);
}

static void every_enumeration_has_all_its_names(void **state)
{
    (void)state;
    assert_named(hb_syscall_names, HB_SYSCALL_COUNT);
    assert_named(hb_count_phase_names, HB_COUNT_PHASES);
    assert_named(hb_role_names, HB_ROLE_COUNT);
    assert_named(hb_job_kind_names, HB_JOB_KIND_COUNT);
    assert_named(hb_job_status_names, HB_STATUS_COUNT);
    assert_named(hb_metric_group_names, HB_GROUP_COUNT);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--write-golden") == 0) {
        struct hb_session session;
        sample_session(&session);
        return write_session(&session, GOLDEN);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip_is_equality_on_every_field),
        cmocka_unit_test(empty_session_makes_the_round_trip),
        cmocka_unit_test(unknown_is_null_and_never_zero),
        cmocka_unit_test(bytes_of_calls_may_be_missing_and_not_wrong),
        cmocka_unit_test(every_metric_of_the_table_is_written),
        cmocka_unit_test(schemas_know_every_metric),
        cmocka_unit_test(golden_results_of_every_version_stay_readable),
        cmocka_unit_test(version_1_has_the_same_slices),
        cmocka_unit_test(write_then_read_gives_the_same_session),
        cmocka_unit_test(foreign_bytes_still_make_a_readable_file),
        cmocka_unit_test(session_survives_a_comma_locale),
        cmocka_unit_test(other_versions_are_refused_naming_both),
        cmocka_unit_test(faults_name_their_place_in_the_tree),
        cmocka_unit_test(faults_name_their_line),
        cmocka_unit_test(wrong_numbers_are_refused),
        cmocka_unit_test(references_that_lead_nowhere_are_refused),
        cmocka_unit_test(slices_that_do_not_match_are_refused),
        cmocka_unit_test(text_longer_than_its_room_is_refused),
        cmocka_unit_test(unknown_keys_are_passed_over),
        cmocka_unit_test(metric_that_is_not_there_is_unknown),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(absent_file_is_named),
        cmocka_unit_test(building_fails_cleanly_at_every_allocation),
        cmocka_unit_test(freeing_twice_is_harmless),
        cmocka_unit_test(labels_are_found),
        cmocka_unit_test(every_enumeration_has_all_its_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
