/* export: what a session looks like to other tools, and what must not get through. */
#include "unit/golden.h"

#include "base/json/json.h"
#include "export/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 3

static const double speeds[RUNS] = {100e6, 125e6, 200e6}; /* 10, 8, 5 ns an operation */

static void add_parameter(struct hb_session *session, const char *name, uint64_t value,
                          const char *text)
{
    session->parameters = reallocarray(session->parameters, session->parameter_count + 1,
                                       sizeof *session->parameters);
    struct hb_parameter_value *parameter = &session->parameters[session->parameter_count++];
    *parameter = (struct hb_parameter_value){.value = value};
    (void)snprintf(parameter->name, sizeof parameter->name, "%s", name);
    (void)snprintf(parameter->text, sizeof parameter->text, "%s", text);
}

static struct hb_session session_of(const char *label, bool paced)
{
    struct hb_session session = {.blocks = RUNS};
    session.kind = HB_KIND_REBASE;
    (void)snprintf(session.workload, sizeof session.workload, "random_mixed");
    (void)snprintf(session.started_at, sizeof session.started_at, "2026-11-24T09:03:08Z");
    (void)snprintf(session.host.cpu_model, sizeof session.host.cpu_model, "A \"CPU\"\nX");
    (void)snprintf(session.host.arch, sizeof session.host.arch, "x86_64");
    add_parameter(&session, "working_set", 400, "400");
    add_parameter(&session, "operations", 20000000, "20M");
    add_parameter(&session, "warmup", 100000, "10%");
    session.allocators = calloc(1, sizeof *session.allocators);
    session.allocator_count = 1;
    (void)snprintf(session.allocators[0].label, HB_NAME_MAX, "%s", label);
    for (uint32_t i = 0; i < RUNS; i++) {
        struct hb_job job;
        hb_job_init(&job);
        job.index = job.block = i;
        (void)snprintf(job.started_at, sizeof job.started_at, "2026-11-24T09:03:1%uZ", i);
        job.metric[HB_METRIC_OPERATIONS] = 20e6;
        job.metric[HB_METRIC_ELAPSED] = 20e6 / speeds[i] * 1e9;
        job.metric[HB_METRIC_THROUGHPUT] = paced ? (double)NAN : speeds[i];
        job.metric[HB_METRIC_NS_PER_OP] = paced ? (double)NAN : 1e9 / speeds[i];
        job.metric[HB_METRIC_RSS_PEAK] = 4096 * (i + 1);
        assert_int_equal(hb_session_append(&session, &job), 0);
    }
    return session;
}

static char *written(const char *format, struct hb_session *session)
{
    struct hb_err err = {0};
    struct hb_buf out = {0};
    struct hb_judgement judgement;
    const struct hb_export *export = hb_export_find(format, &err);
    assert_non_null(export);
    assert_int_equal(hb_judge(session, &judgement, &err), 0);
    struct hb_export_input input = {.label = "a\"b", .session = session, .judgement = &judgement};
    assert_int_equal(hb_export_input_fill(&input, &err), 0);
    if (export->write(&input, 1, &out, &err) != 0)
        fail_msg("%s", err.message);
    hb_export_input_free(&input);
    hb_judgement_free(&judgement);
    hb_session_free(session);
    return hb_buf_take(&out);
}

static void holds(char *text, const char *const *lines)
{
    for (; *lines; lines++) {
        if (!strstr(text, *lines))
            fail_msg("no \"%s\" in:\n%s", *lines, text);
    }
    free(text);
}
#define HOLDS(text, ...) holds(text, (const char *const[]){__VA_ARGS__, NULL})

static cJSON *parse_text(const char *text, size_t size, const char *path, struct hb_err *err)
{
    struct hb_json_source source = {.path = path, .text = text, .size = size};
    return hb_json_parse_source(&source, err);
}

static cJSON *as_json(char *text)
{
    struct hb_err err = {0};
    cJSON *root = parse_text(text, strlen(text), "export", &err);
    if (!root)
        fail_msg("%s in:\n%s", err.message, text);
    free(text);
    return root;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static const cJSON *at(const cJSON *object, const char *key, int index)
{
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(object, key), index);
    assert_non_null(item);
    return item;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

/* ---- the formats ---- */

static void hyperfine_has_seconds_a_run(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", false);
    cJSON *root = as_json(written("hyperfine", &session));
    const cJSON *result = at(root, "results", 0);
    assert_true(near(at(result, "times", 0)->valuedouble, 0.2));
    assert_true(near(at(result, "times", 2)->valuedouble, 0.1));
    assert_true(near(number(result, "mean"), 0.46 / 3));
    assert_true(near(number(result, "median"), 0.16));
    assert_true(near(number(result, "min"), 0.1));
    assert_true(near(number(result, "max"), 0.2));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(result, "exit_codes")), RUNS);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(result, "user")));
    const cJSON *parameters = cJSON_GetObjectItem(result, "parameters");
    assert_string_equal(cJSON_GetObjectItem(parameters, "operations")->valuestring, "20000000");
    assert_string_equal(cJSON_GetObjectItem(parameters, "warmup")->valuestring, "10%");
    assert_string_equal(cJSON_GetObjectItem(parameters, "time_of")->valuestring, "a run");
    assert_string_equal(cJSON_GetObjectItem(result, "command")->valuestring, "random_mixed hakmem");
    cJSON_Delete(root);
}

static void hyperfine_tells_a_million_operations_where_runs_are_unknown(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", false);
    add_parameter(&session, "threads", 2, "2"); /* which share the million */
    for (size_t i = 0; i < RUNS; i++)
        session.jobs[i].metric[HB_METRIC_OPERATIONS] = (double)NAN;
    cJSON *root = as_json(written("hyperfine", &session));
    assert_true(near(at(at(root, "results", 0), "times", 0)->valuedouble, 0.01));
    cJSON_Delete(root);
}

static void benchstat_has_a_line_a_run(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", false);
    HOLDS(written("benchstat", &session), "Unit ops/s better=higher\n", "\ngoarch: amd64\n",
          "\npkg: hakbench/random_mixed\n", "\ncpu: A \"CPU\"?X\n", "\noperations: 20M\n",
          "\nBenchmarkRandomMixed/allocator=hakmem/ws=400-1\t20000000\t10 ns/op\t100000000 "
          "ops/s\t4096 peak-rss-bytes\n",
          "\t8 ns/op\t125000000 ops/s\t8192 peak-rss-bytes\n", "\t5 ns/op\t");
}

static void benchstat_names_have_no_white_space(void **state)
{
    (void)state;
    struct hb_session session = session_of("a b/c\td\n(A/A)\"\xc2\xa0", false);
    HOLDS(written("benchstat", &session),
          "\nBenchmarkRandomMixed/allocator=a_b_c?d?(A_A)\"_/ws=400-1\t");
}

static void pyperf_has_a_run_a_process(void **state)
{
    (void)state;
    struct hb_session session = session_of("hak\nmem", false);
    cJSON *root = as_json(written("pyperf", &session));
    assert_string_equal(cJSON_GetObjectItem(root, "version")->valuestring, "1.0");
    const cJSON *benchmark = at(root, "benchmarks", 0);
    const cJSON *metadata = cJSON_GetObjectItem(benchmark, "metadata");
    assert_string_equal(cJSON_GetObjectItem(metadata, "name")->valuestring, "random_mixed/hak?mem");
    assert_null(cJSON_GetObjectItem(metadata, "hostname")); /* an empty text is refused there */
    const cJSON *run = at(benchmark, "runs", 1);
    assert_true(near(at(run, "values", 0)->valuedouble, 8e-9));
    metadata = cJSON_GetObjectItem(run, "metadata");
    assert_string_equal(cJSON_GetObjectItem(metadata, "date")->valuestring,
                        "2026-11-24 09:03:11.000000");
    assert_true(number(metadata, "loops") == 20e6);
    assert_true(number(metadata, "mem_max_rss") == 8192);
    cJSON_Delete(root);
}

static void googlebench_has_repetitions_and_aggregates(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", false);
    cJSON *root = as_json(written("googlebench", &session));
    const cJSON *entry = at(root, "benchmarks", 1);
    static const char name[] = "random_mixed/allocator:hakmem/working_set:400/threads:1";
    assert_string_equal(cJSON_GetObjectItem(entry, "name")->valuestring, name);
    assert_string_equal(cJSON_GetObjectItem(entry, "run_type")->valuestring, "iteration");
    assert_true(near(number(entry, "real_time"), 8));
    assert_true(near(number(entry, "cpu_time"), 8));
    assert_true(number(entry, "repetition_index") == 1);
    assert_true(number(entry, "iterations") == 20e6);
    entry = at(root, "benchmarks", RUNS);
    assert_string_equal(cJSON_GetObjectItem(entry, "aggregate_name")->valuestring, "mean");
    assert_true(near(number(entry, "real_time"), 23.0 / 3));
    entry = at(root, "benchmarks", RUNS + 3);
    assert_string_equal(cJSON_GetObjectItem(entry, "aggregate_name")->valuestring, "cv");
    assert_true(near(number(entry, "real_time"), sqrt(19.0 / 3) / (23.0 / 3)));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "benchmarks")), RUNS + 4);
    cJSON_Delete(root);
}

static void prometheus_has_base_units_and_escapes(void **state)
{
    (void)state;
    struct hb_session session = session_of("hak\\\"m\nem", false);
    HOLDS(written("prometheus", &session),
          "# HELP hakbench_throughput_operations_per_second measured operations a second",
          "# TYPE hakbench_throughput_operations_per_second gauge\n",
          "hakbench_throughput_operations_per_second{session=\"a\\\"b\",workload=\"random_mixed\","
          "allocator=\"hak\\\\\\\"m\\nem\",role=\"subject\",statistic=\"median\"} 125000000\n",
          "hakbench_operation_seconds{session=\"a\\\"b\",workload=\"random_mixed\",allocator="
          "\"hak\\\\\\\"m\\nem\",role=\"subject\",statistic=\"median\"} 8e-09\n",
          "hakbench_elapsed_seconds{session=\"a\\\"b\",workload=\"random_mixed\",allocator="
          "\"hak\\\\\\\"m\\nem\",role=\"subject\",statistic=\"median\"} 0.16\n",
          "statistic=\"median\"} 8192\n", "outcome=\"ok\"} 3\n", "outcome=\"failed\"} 0\n",
          "hakbench_session_start_time_seconds{session=\"a\\\"b\",workload=\"random_mixed\"} "
          "1795510988\n");
}

/* ---- what a session may be ---- */

/* Two allocators, the reference half as fast, with every metric known: (row + 1) * 1000 + job. */
static struct hb_session whole_session(void)
{
    struct hb_session session = session_of("hakmem", false);
    struct hb_host_info *host = &session.host;
    session.allocators = reallocarray(session.allocators, 2, sizeof *session.allocators);
    session.allocator_count = 2;
    session.allocators[1] = session.allocators[0];
    session.allocators[1].role = HB_ROLE_REFERENCE;
    (void)strcpy(session.allocators[1].label, "system");
    for (size_t a = 0; a < 2; a++) {
        struct hb_allocator_entry *entry = &session.allocators[a];
        (void)snprintf(entry->name, sizeof entry->name, "%s", session.allocators[a].label);
        (void)snprintf(entry->library_version, sizeof entry->library_version, "2.%zu", a);
        (void)snprintf(entry->via, sizeof entry->via, "preload");
    }
    (void)strcpy(session.profile_name, "mixed");
    (void)strcpy(session.tool_version, "9.8.7");
    (void)strcpy(host->hostname, "bench-1");
    (void)strcpy(host->os, "Debian 12");
    (void)strcpy(host->kernel, "6.1");
    (void)strcpy(host->libc, "glibc 2.36");
    (void)strcpy(host->class_key, "k");
    host->cpu_count = 8;
    host->memory_bytes = UINT64_C(1) << 34;
    host->load1_start = 0.25;
    for (uint32_t i = 0; i < RUNS; i++) {
        struct hb_job job = session.jobs[i];
        job.allocator = 1;
        job.index = RUNS + i;
        job.metric[HB_METRIC_THROUGHPUT] /= 2;
        job.metric[HB_METRIC_NS_PER_OP] *= 2;
        job.metric[HB_METRIC_ELAPSED] *= 2;
        assert_int_equal(hb_session_append(&session, &job), 0);
    }
    for (size_t i = 0; i < session.job_count; i++) {
        for (size_t m = 0; m < HB_METRIC_COUNT; m++) {
            if (isnan(session.jobs[i].metric[m]))
                session.jobs[i].metric[m] = 1000.0 * (double)(m + 1) + (double)i;
        }
    }
    return session;
}

static void every_line_of_every_format_is_as_it_was(void **state)
{
    (void)state;
    struct hb_buf all = {0};
    for (const struct hb_export *format = hb_exports; format->name; format++) {
        struct hb_session session = whole_session();
        char *text = written(format->name, &session);
        (void)hb_buf_printf(&all, "---- %s\n%s\n", format->name, text);
        free(text);
    }
    golden_is("tests/golden/exports.txt", hb_buf_string(&all));
    hb_buf_free(&all);
}

static void prometheus_lets_nothing_through(void **state)
{
    (void)state;
    struct hb_session session = session_of("h\x1b\xff\n\\m\xc3\xa4", false);
    HOLDS(written("prometheus", &session), "allocator=\"h??\\n\\\\m\xc3\xa4\"");
}

static void an_iteration_is_the_least_that_googlebench_reads(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", false);
    for (size_t i = 0; i < session.job_count; i++)
        session.jobs[i].metric[HB_METRIC_OPERATIONS] = (double)i; /* 0, 1, 2 */
    cJSON *root = as_json(written("googlebench", &session));
    for (int i = 0; i < 3; i++)
        assert_true(number(at(root, "benchmarks", i), "iterations") == (i < 1 ? 1 : i));
    cJSON_Delete(root);
}

static void paced_workloads_are_told_by_the_run(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", true);
    HOLDS(written("benchstat", &session), "\t20000000\t200000000 ns/run\t4096 peak-rss-bytes\n");
    session = session_of("hakmem", true);
    cJSON *root = as_json(written("hyperfine", &session));
    assert_true(near(at(at(root, "results", 0), "times", 0)->valuedouble, 0.2));
    cJSON_Delete(root);
}

/* A fifth of the run at half the speed: what is left runs at 5 ns an operation, the whole at 6. */
static void slow_first_slices(struct hb_job *job)
{
    job->threads = 1;
    job->slices = 100;
    job->slice_operations = 200000;
    job->slice_ns = calloc(job->slices, sizeof *job->slice_ns);
    for (uint32_t i = 0; i < job->slices; i++)
        job->slice_ns[i] = (i < 20 ? 1999900u : 999900u) + (i % 2 ? 200u : 0u);
    job->metric[HB_METRIC_THROUGHPUT] = 1e9 / 6;
    job->metric[HB_METRIC_NS_PER_OP] = 6;
}

static void warm_up_is_no_part_of_a_sample(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", false);
    slow_first_slices(&session.jobs[0]);
    cJSON *root = as_json(written("pyperf", &session));
    const cJSON *run = at(at(root, "benchmarks", 0), "runs", 0);
    assert_true(near(at(run, "values", 0)->valuedouble, 5e-9));
    cJSON_Delete(root);
}

static void threads_share_the_time_of_an_operation(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", false);
    add_parameter(&session, "threads", 2, "2");
    for (size_t i = 0; i < RUNS; i++)
        session.jobs[i].metric[HB_METRIC_NS_PER_OP] = (double)NAN;
    HOLDS(written("benchstat", &session),
          "BenchmarkRandomMixed/allocator=hakmem/ws=400-2\t20000000\t20 ns/op\t100000000 ops/s");
}

static void failed_runs_are_no_samples(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", false);
    session.jobs[1].status = HB_STATUS_CRASHED;
    cJSON *root = as_json(written("hyperfine", &session));
    const cJSON *times = cJSON_GetObjectItem(at(root, "results", 0), "times");
    assert_int_equal(cJSON_GetArraySize(times), RUNS - 1);
    cJSON_Delete(root);
}

static void allocator_without_samples_is_left_out(void **state)
{
    (void)state;
    static const char *const formats[] = {"hyperfine", "pyperf", "googlebench"};
    for (size_t f = 0; f < 3; f++) {
        struct hb_session session = session_of("hakmem", false);
        for (size_t i = 0; i < RUNS; i++)
            session.jobs[i].status = HB_STATUS_MISSING;
        cJSON *root = as_json(written(formats[f], &session));
        assert_int_equal(
            cJSON_GetArraySize(cJSON_GetObjectItem(root, f ? "benchmarks" : "results")), 0);
        cJSON_Delete(root);
    }
}

/* A run that was repeated counts once, as the judge has it. */
static void repeated_run_counts_once(void **state)
{
    (void)state;
    struct hb_session session = session_of("hakmem", false);
    session.jobs[1].block = 0;
    cJSON *root = as_json(written("hyperfine", &session));
    const cJSON *result = at(root, "results", 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(result, "times")), RUNS - 1);
    assert_true(near(at(result, "times", 0)->valuedouble, 0.16));
    cJSON_Delete(root);
}

static void unknown_format_is_answered_with_the_nearest(void **state)
{
    (void)state;
    struct hb_err err = {0};
    assert_null(hb_export_find("hyperfin", &err));
    assert_string_equal(err.message,
                        "no format \"hyperfin\" (did you mean \"hyperfine\"?); there are "
                        "bencher, benchstat, googlebench, hyperfine, otava, prometheus, pyperf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hyperfine_has_seconds_a_run),
        cmocka_unit_test(hyperfine_tells_a_million_operations_where_runs_are_unknown),
        cmocka_unit_test(benchstat_has_a_line_a_run),
        cmocka_unit_test(benchstat_names_have_no_white_space),
        cmocka_unit_test(pyperf_has_a_run_a_process),
        cmocka_unit_test(googlebench_has_repetitions_and_aggregates),
        cmocka_unit_test(prometheus_has_base_units_and_escapes),
        cmocka_unit_test(every_line_of_every_format_is_as_it_was),
        cmocka_unit_test(prometheus_lets_nothing_through),
        cmocka_unit_test(an_iteration_is_the_least_that_googlebench_reads),
        cmocka_unit_test(paced_workloads_are_told_by_the_run),
        cmocka_unit_test(warm_up_is_no_part_of_a_sample),
        cmocka_unit_test(threads_share_the_time_of_an_operation),
        cmocka_unit_test(failed_runs_are_no_samples),
        cmocka_unit_test(allocator_without_samples_is_left_out),
        cmocka_unit_test(repeated_run_counts_once),
        cmocka_unit_test(unknown_format_is_answered_with_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
