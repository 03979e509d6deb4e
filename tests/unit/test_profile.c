/* plan/profile: what a profile may say, and what is said about one that is wrong. */
#include "unit/temp_folder.h"

#include "base/json/json.h"
#include "result/file.h"
#include "result/profile.h"

#include <math.h>

#define HEAD "{\"schema\": \"hakbench.profile/1\", \"workload\": \"random_mixed\""

static struct hb_profile parsed(const char *text)
{
    struct hb_profile profile;
    struct hb_err err = {0};
    if (hb_profile_parse(text, strlen(text), "dir/mine.json", &profile, &err) != 0)
        fail_msg("%s", err.message);
    return profile;
}

static void shortest_profile_has_every_default(void **state)
{
    (void)state;
    struct hb_profile p = parsed(HEAD "}");
    static const double milestones[] = {50, 55, 75, 90, 100, 110};
    assert_string_equal(p.name, "mine");
    assert_string_equal(p.path, "dir/mine.json");
    assert_string_equal(p.summary, "");
    assert_string_equal(p.workload, "random_mixed");
    assert_int_equal(p.parameter_count, 0);
    assert_int_equal(p.allocator_count, 6);
    assert_string_equal(p.allocators[0], "hakmem");
    assert_string_equal(p.allocators[5], "system");
    assert_string_equal(p.reference, "mimalloc");
    assert_string_equal(p.floor, "floor");
    assert_string_equal(p.via, "dlopen");
    assert_int_equal(p.runs, 10);
    assert_int_equal(p.slices, 200);
    assert_int_equal(p.watchdog_s, 60);
    assert_true(p.aslr);
    assert_int_equal(p.milestone_count, 6);
    assert_memory_equal(p.milestones_percent, milestones, sizeof milestones);
    assert_true(p.noise_floor_limit_percent == 3 && p.margin_percent == 2);
    assert_int_equal(p.environment_count + p.variant_count + p.budget_count, 0);
    hb_profile_free(&p);
}

static const char full[] =
    "{\n"
    "  \"schema\": \"hakbench.profile/1\",\n"
    "  \"summary\": \"all of it\",\n"
    "  \"workload\": \"random_mixed\",\n"
    "  \"parameters\": {\"operations\": \"20M\", \"warmup\": 0.1,\n"
    "                 \"working_set\": 400},\n"
    "  \"allocators\": [\"hakmem\", \"hakmem:lean\",\n"
    "                 \"mimalloc\"],\n"
    "  \"reference\": \"mimalloc\",\n"
    "  \"floor\": null,\n"
    "  \"via\": \"preload\",\n"
    "  \"runs\": 20,\n"
    "  \"slices\": 100,\n"
    "  \"aslr\": false,\n"
    "  \"watchdog_s\": 5, \"memory_limit_bytes\": \"1MiB\",\n"
    "  \"milestones_percent\": [33.3, 100],\n"
    "  \"noise_floor_limit_percent\": 1.5,\n"
    "  \"margin_percent\": 0,\n"
    "  \"environment\": {\"A_B\": \"x=y\", \"N\": 7},\n"
    "  \"variants\": {\"hakmem:lean\": {\"HAKMEM_MODE\": \"lean\"}},\n"
    "  \"budgets\": {\"cv_percent\": {\"max\": 5},\n"
    "              \"ratio_percent\": {\"min\": 100, \"allocators\": [\"hakmem\"]},\n"
    "              \"rss_peak_bytes\": {\"min\": 1, \"max\": \"64MiB\"},\n"
    "              \"ns_per_op\": {\"max\": \"10ns\"},\n"
    "              \"memory_syscalls_per_op\": {\"max\": 1e-8}}\n"
    "}\n";

static void every_key_is_read_with_its_line(void **state)
{
    (void)state;
    struct hb_profile p = parsed(full);
    assert_string_equal(p.summary, "all of it");
    assert_int_equal(p.workload_line, 4);
    assert_int_equal(p.parameter_count, 3);
    assert_string_equal(p.parameters[0].text, "20M");
    assert_string_equal(p.parameters[1].text, "0.1");
    assert_int_equal(p.parameters[1].line, 5);
    assert_string_equal(p.parameters[2].name, "working_set");
    assert_string_equal(p.parameters[2].text, "400");
    assert_int_equal(p.parameters[2].line, 6);
    assert_string_equal(p.allocators[1], "hakmem:lean");
    assert_int_equal(p.allocator_lines[1], 7);
    assert_int_equal(p.allocator_lines[2], 8);
    assert_string_equal(p.floor, "");
    assert_string_equal(p.via, "preload");
    assert_int_equal(p.runs, 20);
    assert_int_equal(p.slices, 100);
    assert_false(p.aslr);
    assert_int_equal(p.watchdog_s, 5);
    assert_int_equal(p.memory_limit_bytes, 1 << 20);
    assert_int_equal(p.milestone_count, 2);
    assert_true(p.milestones_percent[0] == 33.3);
    assert_true(p.noise_floor_limit_percent == 1.5 && p.margin_percent == 0);
    assert_string_equal(p.environment[0].text, "x=y");
    assert_string_equal(p.environment[1].text, "7");
    assert_string_equal(hb_profile_find_variant(&p, "hakmem:lean")->environment[0].name,
                        "HAKMEM_MODE");
    assert_null(hb_profile_find_variant(&p, "hakmem"));
    hb_profile_free(&p);
}

static void budgets_have_limits_and_labels(void **state)
{
    (void)state;
    struct hb_profile p = parsed(full);
    assert_int_equal(p.budget_count, 5);
    assert_string_equal(p.budgets[0].key, "cv_percent");
    assert_true(isnan(p.budgets[0].min) && p.budgets[0].max == 5);
    assert_int_equal(p.budgets[0].allocator_count, 0);
    assert_true(p.budgets[1].min == 100 && isnan(p.budgets[1].max));
    assert_string_equal(p.budgets[1].allocators[0], "hakmem");
    assert_int_equal(p.budgets[1].line, 22);
    assert_true(p.budgets[2].min == 1 && p.budgets[2].max == 67108864);
    assert_true(p.budgets[3].max == 10);
    assert_true(p.budgets[4].max == 1e-8);
    hb_profile_free(&p);
}

static void soaks_have_every_default(void **state)
{
    (void)state;
    struct hb_profile p = parsed(HEAD "}");
    static const struct {
        const char *key;
        double min, max;
    } budgets[] = {{"rss_drift_percent", -5, 5},
                   {"throughput_drift_percent", -5, NAN},
                   {"cv_percent", NAN, 2},
                   {"latency_p999_drift_percent", NAN, 25},
                   {"memory_syscalls_per_op", NAN, 1e-8},
                   {"rss_drained_bytes", NAN, 10e6}};
    assert_true(p.soak.minutes == 60 && p.soak.epoch_s == 5);
    assert_int_equal(p.soak.warmup_epochs, 3);
    assert_string_equal(p.soak.control, "floor");
    assert_int_equal(p.soak.budget_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct hb_profile_budget *budget = &p.soak.budgets[i];
        assert_string_equal(budget->key, budgets[i].key);
        assert_string_equal(budget->key, hb_soak_budget_keys[i]);
        assert_true(isnan(budgets[i].min) ? isnan(budget->min) : budget->min == budgets[i].min);
        assert_true(isnan(budgets[i].max) ? isnan(budget->max) : budget->max == budgets[i].max);
        assert_int_equal(budget->allocator_count, 0);
    }
    hb_profile_free(&p);
}

static const char soak_full[] =
    HEAD ", \"floor\": null, \"allocators\": [\"hakmem\", \"system\"],\n"
         "\"soak\": {\"minutes\": 0.5, \"epoch_s\": \"500ms\", \"warmup_epochs\": 0,\n"
         "\"control\": \"system\",\n"
         "\"budgets\": {\"rss_drained_bytes\": {\"max\": \"10MB\", \"allocators\": [\"hakmem\"]},\n"
         "\"rss_drift_percent\": {\"min\": -1.5}}}}";

static void every_key_of_a_soak_is_read(void **state)
{
    (void)state;
    struct hb_profile p = parsed(soak_full);
    assert_true(p.soak.minutes == 0.5 && p.soak.epoch_s == 0.5);
    assert_int_equal(p.soak.warmup_epochs, 0);
    assert_string_equal(p.soak.control, "system");
    assert_int_equal(p.soak.budget_count, 2);
    assert_true(p.soak.budgets[0].max == 10e6 && isnan(p.soak.budgets[0].min));
    assert_string_equal(p.soak.budgets[0].allocators[0], "hakmem");
    assert_int_equal(p.soak.budgets[0].line, 4);
    assert_true(p.soak.budgets[1].min == -1.5 && isnan(p.soak.budgets[1].max));
    hb_profile_free(&p);
}

/* The control follows the floor, also to none, unless it is named. */
static void control_is_the_floor_unless_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *control;
    } cases[] = {
        {HEAD ", \"floor\": \"slow3\"}", "slow3"},
        {HEAD ", \"floor\": null}", ""},
        {HEAD ", \"soak\": {\"control\": null}}", ""},
        {HEAD ", \"soak\": {\"control\": \"system\"}, \"floor\": null}", "system"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hb_profile p = parsed(cases[i].text);
        assert_string_equal(p.soak.control, cases[i].control);
        hb_profile_free(&p);
    }
}

static char *text_of(const struct hb_profile *profile)
{
    struct hb_buf text = {0};
    cJSON *root = hb_profile_to_json(profile);
    assert_non_null(root);
    assert_int_equal(hb_json_print(root, true, &text, NULL), 0);
    cJSON_Delete(root);
    return hb_buf_take(&text);
}

/* All that `full` says, none of which is a default; then what a soak would use. */
static void every_key_is_written(void **state)
{
    static const char expected[] =
        "{\"schema\":\"hakbench.profile/1\",\"summary\":\"all of it\","
        "\"workload\":\"random_mixed\","
        "\"parameters\":{\"operations\":\"20M\",\"warmup\":\"0.1\",\"working_set\":\"400\"},"
        "\"allocators\":[\"hakmem\",\"hakmem:lean\",\"mimalloc\"],"
        "\"reference\":\"mimalloc\",\"floor\":null,\"via\":\"preload\",\"runs\":20,"
        "\"slices\":100,\"aslr\":false,\"watchdog_s\":5,\"memory_limit_bytes\":1048576,"
        "\"milestones_percent\":[33.3,100],"
        "\"noise_floor_limit_percent\":1.5,\"margin_percent\":0,"
        "\"environment\":{\"A_B\":\"x=y\",\"N\":\"7\"},"
        "\"variants\":{\"hakmem:lean\":{\"HAKMEM_MODE\":\"lean\"}},"
        "\"budgets\":{\"cv_percent\":{\"max\":5},"
        "\"ratio_percent\":{\"min\":100,\"allocators\":[\"hakmem\"]},"
        "\"rss_peak_bytes\":{\"min\":1,\"max\":67108864},\"ns_per_op\":{\"max\":10},"
        "\"memory_syscalls_per_op\":{\"max\":1e-08}},\"soak\":{\"minutes\":60,";
    (void)state;
    struct hb_profile p = parsed(full);
    struct hb_buf text = {0};
    cJSON *root = hb_profile_to_json(&p);
    assert_int_equal(hb_json_print(root, false, &text, NULL), 0);
    assert_true(text.size > sizeof expected);
    text.bytes[sizeof expected - 1] = '\0';
    assert_string_equal(text.bytes, expected);
    cJSON_Delete(root);
    hb_buf_free(&text);
    hb_profile_free(&p);
}

static void profile_as_used_reads_back_as_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {full, HEAD "}", soak_full,
                                        HEAD ", \"soak\": {\"budgets\": {}, \"control\": null}}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct hb_profile before = parsed(texts[i]);
        char *text = text_of(&before);
        struct hb_profile after = parsed(text);
        char *again = text_of(&after);
        assert_string_equal(text, again);
        assert_int_equal(before.budget_count, after.budget_count);
        assert_int_equal(before.runs, after.runs);
        assert_true(before.soak.epoch_s == after.soak.epoch_s);
        assert_string_equal(before.soak.control, after.soak.control);
        assert_int_equal(before.soak.budget_count, after.soak.budget_count);
        free(text);
        free(again);
        hb_profile_free(&before);
        hb_profile_free(&after);
    }
}

static void profile_of_a_result_reads_after_flags_took_allocators_away(void **state)
{
    (void)state;
    struct hb_profile p = parsed(full), again;
    struct hb_err err = {0};
    assert_int_equal(hb_profile_set_allocators(&p, "jemalloc", NULL), 0);
    cJSON *root = hb_profile_to_json(&p);
    const struct hb_json_source source = {.path = "x.json", .root = root};
    assert_int_equal(hb_profile_from_json(&source, root, &again, &err), 0);
    assert_string_equal(again.allocators[0], "jemalloc");
    assert_string_equal(again.budgets[1].allocators[0], "hakmem");
    cJSON_Delete(root);
    hb_profile_free(&p);
    hb_profile_free(&again);
}

static void profile_of_a_later_result_is_read_as_far_as_it_is_known(void **state)
{
    (void)state;
    static const char later[] = "{\"runs\": 12, \"weather\": \"fair\", \"soak\": {\"moon\": 1}}";
    struct hb_json_source source = {.path = "x.json", .text = later, .size = sizeof later - 1};
    struct hb_profile p;
    cJSON *root = hb_json_parse_source(&source, NULL);
    assert_int_equal(hb_profile_from_json(&source, root, &p, NULL), 0);
    assert_int_equal(p.runs, 12);
    assert_int_equal(p.slices, 200);
    hb_profile_free(&p);
    cJSON_Delete(root);
}

static void profile_of_a_result_is_refused_where_it_is_wrong(void **state)
{
    (void)state;
    static const char wrong[] = "{\"profile\": {\n\"runs\": \"many\"}}";
    struct hb_json_source source = {.path = "x.json", .text = wrong, .size = sizeof wrong - 1};
    struct hb_profile p;
    struct hb_err err = {0};
    cJSON *root = hb_json_parse_source(&source, NULL);
    assert_int_equal(hb_profile_from_json(&source, root->child, &p, &err), -1);
    assert_non_null(strstr(err.message, "x.json:2:9: profile.runs: expected a whole number"));
    cJSON_Delete(root);
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
    struct hb_profile p = parsed(full);
    cJSON *root = NULL;
    cJSON_InitHooks(&hooks);
    for (long n = 0; !root; n++) {
        allocations_left = n;
        root = hb_profile_to_json(&p);
        assert_true(n < 10000);
    }
    cJSON_InitHooks(NULL);
    cJSON_Delete(root);
    hb_profile_free(&p);
}

/* --- refusals -------------------------------------------------------------------------------- */

static void refused(const char *text, const char *message)
{
    struct hb_profile profile;
    struct hb_err err = {0};
    if (hb_profile_parse(text, strlen(text), "p.json", &profile, &err) == 0)
        fail_msg("accepted %s", text);
    if (strncmp(err.message, message, strlen(message)) != 0)
        fail_msg("%s\n  expected: %s", err.message, message);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_null(profile.allocators);
}

static void unknown_keys_are_errors_with_a_suggestion_and_a_list(void **state)
{
    (void)state;
    refused(HEAD ",\n \"rums\": 3}",
            "p.json:2:2: rums: unknown key \"rums\" (did you mean \"runs\"?); expected one of "
            "schema, summary, workload, parameters, allocators,");
    refused(HEAD ",\n \"x\\n\": 3}", "p.json:2:2: x?: unknown key \"x?\"; expected one of");
    refused(
        HEAD ", \"budgets\": {\n\"cv_prcent\": {\"max\": 1}}}",
        "p.json:2:1: budgets.cv_prcent: unknown key \"cv_prcent\" (did you mean \"cv_percent\"?)");
    refused(HEAD ", \"budgets\": {\"cv_percent\": {\n\"mix\": 1}}}",
            "p.json:2:1: budgets.cv_percent.mix: unknown key \"mix\" (did you mean \"min\"?); "
            "expected one of min, max, allocators");
}

static void other_schemas_are_refused_naming_both(void **state)
{
    (void)state;
    refused("{\"schema\": \"hakbench.profile/2\", \"later\": 1}",
            "p.json:1:12: schema: expected \"hakbench.profile/1\", found \"hakbench.profile/2\"");
    refused("{\"workload\": \"x\"}", "p.json:1:1: the key \"schema\" is missing");
    refused("{\"schema\": \"hakbench.profile/1\"}", "p.json:1:1: the key \"workload\" is missing");
    refused("{\"schema\": 1}",
            "p.json:1:12: schema: expected \"hakbench.profile/1\", found a number");
    refused("[]", "p.json:1:1: expected an object, found an array");
}

static void wrong_values_say_what_is_expected(void **state)
{
    (void)state;
    refused(HEAD ", \"runs\": 0}",
            "p.json:1:70: runs: expected a whole number from 1 to 1000, found 0");
    refused(HEAD ", \"runs\": 1001}", "p.json:1:70: runs: expected a whole number from 1 to 1000");
    refused(HEAD ", \"runs\": \"10\"}",
            "p.json:1:70: runs: expected a whole number, found a string");
    refused(HEAD ", \"runs\": 1.5}", "p.json:1:70: runs: expected a whole number from 1");
    refused(HEAD ", \"memory_limit_bytes\": 0}",
            "p.json:1:84: memory_limit_bytes: expected a whole number from 1");
    refused(HEAD ", \"memory_limit_bytes\": \"0\"}",
            "p.json:1:84: memory_limit_bytes: expected a size such as \"4GiB\"");
    refused(HEAD ", \"slices\": 99}",
            "p.json:1:72: slices: expected a whole number from 100 to 1000");
    refused(HEAD ", \"aslr\": \"no\"}",
            "p.json:1:70: aslr: expected true or false, found a string");
    refused(HEAD ", \"via\": \"ptrace\"}",
            "p.json:1:69: via: expected one of \"dlopen\", \"preload\", found \"ptrace\"");
    refused(HEAD ", \"margin_percent\": -1}",
            "p.json:1:80: margin_percent: expected a number from 0 to 100, found -1");
    refused(HEAD ", \"reference\": null}", "p.json:1:75: reference: expected a string, found null");
    refused(HEAD ", \"summary\": \"two\\nlines\"}", "p.json:1:73: summary: expected one line");
    refused(HEAD ", \"milestones_percent\": [50, 50]}",
            "p.json:1:89: milestones_percent[1]: expected more than the 50 before, found 50");
    refused(HEAD ", \"milestones_percent\": [0]}",
            "p.json:1:85: milestones_percent[0]: expected more");
    refused(HEAD ", \"milestones_percent\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}",
            "p.json:1:124: milestones_percent[16]: expected at most 16 milestones");
    refused("{\"schema\": \"hakbench.profile/1\", \"workload\": \"../x\"}",
            "p.json:1:46: workload: expected the name of a workload");
}

static void allocators_are_labels_each_once(void **state)
{
    (void)state;
    refused(HEAD ", \"allocators\": []}",
            "p.json:1:76: allocators: expected at least one allocator");
    refused(HEAD ", \"allocators\": [\"a\",\n\"a\"]}",
            "p.json:2:1: allocators[1]: \"a\" is there twice");
    refused(HEAD ", \"allocators\": [\"a b\"]}",
            "p.json:1:77: allocators[0]: \"a b\" is no allocator");
    refused(HEAD ", \"allocators\": [\"\"]}", "p.json:1:77: allocators[0]: \"\" is no allocator");
    refused(HEAD ", \"allocators\": [\"a:\"]}",
            "p.json:1:77: allocators[0]: \"a:\" is no allocator");
    refused(HEAD ", \"allocators\": [\"a:b:c\"]}", "p.json:1:77: allocators[0]: \"a:b:c\" is no");
    refused(HEAD ", \"allocators\": [7]}",
            "p.json:1:77: allocators[0]: expected a string, found a num");
    refused(HEAD ", \"variants\": {\"hakmem\": {}}}",
            "p.json:1:75: variants.hakmem: \"hakmem\" is no");
}

static void parameters_are_names_and_texts(void **state)
{
    (void)state;
    refused(HEAD ", \"parameters\": {\"a b\": 1}}",
            "p.json:1:77: parameters.a b: \"a b\" is no name");
    refused(HEAD ", \"parameters\": {\"a\": true}}",
            "p.json:1:82: parameters.a: expected a string or a number, found true or false");
    refused(HEAD ", \"parameters\": {\"a\": \"\"}}", "p.json:1:82: parameters.a: expected a value");
#define SIXTY_FOUR "0123456789012345678901234567890123456789012345678901234567890123"
    refused(HEAD ", \"parameters\": {\"a\":\n \"" SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR
                 "\"}}",
            "p.json:2:2: parameters.a: the text has 256 bytes; expected at most 255");
}

static void environment_cannot_smuggle_in_variables_or_libraries(void **state)
{
    (void)state;
    refused(HEAD ", \"environment\": {\"LD_PRELOAD\": \"x.so\"}}",
            "p.json:1:78: environment.LD_PRELOAD: \"LD_PRELOAD\" cannot be set here");
    refused(HEAD ", \"environment\": {\"A=B\": \"x\"}}",
            "p.json:1:78: environment.A=B: \"A=B\" cannot");
    refused(HEAD ", \"environment\": {\"1A\": \"x\"}}",
            "p.json:1:78: environment.1A: \"1A\" cannot");
    refused(HEAD ", \"environment\": {\"\": \"x\"}}", "p.json:1:78: environment.: \"\" cannot");
    refused(HEAD ", \"environment\": {\"A\": \"x B=y\"}}",
            "p.json:1:83: environment.A: expected text without spaces");
    refused(HEAD ", \"variants\": {\"a:b\": {\"A\": []}}}",
            "p.json:1:88: variants.a:b.A: expected a string or a number, found an array");
}

static void budgets_need_limits_that_can_be_met(void **state)
{
    (void)state;
    refused(HEAD ", \"budgets\": {\"cv_percent\": {}}}",
            "p.json:1:88: budgets.cv_percent: expected \"min\", \"max\" or both");
    refused(HEAD ", \"budgets\": {\"cv_percent\": 5}}",
            "p.json:1:88: budgets.cv_percent: expected an object, found a number");
    refused(HEAD ", \"budgets\": {\"cv_percent\": {\"min\": 2, \"max\": 1}}}",
            "p.json:1:88: budgets.cv_percent: \"min\" is above \"max\"");
    refused(HEAD ", \"budgets\": {\"cv_percent\": {\"max\": -1}}}",
            "p.json:1:96: budgets.cv_percent.max: expected a number of at least 0, found -1");
    refused(HEAD ", \"budgets\": {\"cv_percent\": {\"max\": \"5%\"}}}",
            "p.json:1:96: budgets.cv_percent.max: expected a number, found \"5%\"");
    refused(HEAD ", \"budgets\": {\"rss_peak_bytes\": {\"max\": \"5Q\"}}}",
            "p.json:1:100: budgets.rss_peak_bytes.max: \"5Q\" is not a size: expected");
    refused(HEAD ", \"budgets\": {\"cv_percent\": {\"max\": 1, \"allocators\": [\"hakmen\"]}}}",
            "p.json:1:114: budgets.cv_percent.allocators[0]: \"hakmen\" is none of the profile's "
            "allocators");
}

static void soaks_of_nonsense_are_refused(void **state)
{
    (void)state;
    refused(
        HEAD ", \"soak\": {\n\"minuets\": 3}}",
        "p.json:2:1: soak.minuets: unknown key \"minuets\" (did you mean \"minutes\"?); expected "
        "one of minutes, epoch_s, warmup_epochs, control, budgets");
    refused(HEAD ", \"soak\": 60}", "p.json:1:70: soak: expected an object, found a number");
    refused(HEAD ", \"soak\": {\n\"minutes\": 0}}", "p.json:2:12: soak.minutes: expected a number");
    refused(HEAD ", \"soak\": {\n\"minutes\": \"60m\"}}", "p.json:2:12: soak.minutes: expected a");
    refused(HEAD ", \"soak\": {\n\"minutes\": 43201}}", "p.json:2:12: soak.minutes: expected a");
    refused(HEAD ", \"soak\": {\n\"epoch_s\": 0}}", "p.json:2:12: soak.epoch_s: expected a number");
    refused(HEAD ", \"soak\": {\n\"epoch_s\": \"5\"}}", "p.json:2:12: soak.epoch_s: \"5\" is no");
    refused(HEAD ", \"soak\": {\n\"epoch_s\": \"2h\"}}",
            "p.json:2:12: soak.epoch_s: expected 10ms to 3600s");
    refused(HEAD ", \"soak\": {\n\"warmup_epochs\": -1}}",
            "p.json:2:18: soak.warmup_epochs: expec");
    refused(HEAD ", \"soak\": {\n\"control\": \"../x\"}}",
            "p.json:2:12: soak.control: \"../x\" is no allocator; expected");
    refused(HEAD ", \"soak\": {\"budgets\": {\n\"rss_peak_bytes\": {\"max\": 1}}}}",
            "p.json:2:1: soak.budgets.rss_peak_bytes: unknown key \"rss_peak_bytes\"");
    refused(HEAD ", \"soak\": {\"budgets\": {\"cv_percent\":\n{}}}}",
            "p.json:2:1: soak.budgets.cv_percent: expected \"min\", \"max\" or both");
    refused(HEAD ", \"soak\": {\"budgets\": {\"cv_percent\": {\"min\":\n-1}}}}",
            "p.json:2:1: soak.budgets.cv_percent.min: expected a number of at least 0, found -1");
    refused(HEAD ", \"soak\": {\"budgets\": {\"rss_drift_percent\": {\"max\":\n\"5%\"}}}}",
            "p.json:2:1: soak.budgets.rss_drift_percent.max: expected a number, found \"5%\"");
}

static void syntax_and_duplicates_have_positions(void **state)
{
    (void)state;
    refused(HEAD ",\n}", "p.json:2:1: not JSON: expected a key in double quotes");
    refused(HEAD ",\n\"runs\": 1,\n\"runs\": 2}", "p.json:3:1: runs: the key is there twice");
    refused("", "p.json:1:1: not JSON: the text ends");
}

static void lists_are_bounded(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    (void)hb_buf_text(&text, HEAD ", \"parameters\": {");
    for (int i = 0; i < 257; i++)
        (void)hb_buf_printf(&text, "%s\"p%d\": 1", i ? "," : "", i);
    (void)hb_buf_text(&text, "}}");
    refused(text.bytes, "p.json:1:76: parameters: expected at most 256 items, found 257");
    hb_buf_free(&text);
}

/* --- flags ----------------------------------------------------------------------------------- */

static void flags_set_parameters_old_and_new(void **state)
{
    (void)state;
    struct hb_profile p = parsed(full);
    struct hb_err name = {0}, value = {0};
    assert_int_equal(hb_profile_set_parameter(&p, "warmup", "20%", NULL), 0);
    assert_int_equal(hb_profile_set_parameter(&p, "threads", "2", NULL), 0);
    assert_int_equal(p.parameter_count, 4);
    assert_string_equal(p.parameters[1].text, "20%");
    assert_int_equal(p.parameters[1].line, 0);
    assert_string_equal(p.parameters[3].name, "threads");
    assert_int_equal(hb_profile_set_parameter(&p, "a b", "2", &name), -1);
    assert_int_equal(hb_profile_set_parameter(&p, "a", "", &value), -1);
    assert_non_null(strstr(name.message, "\"a b\""));
    assert_int_equal(p.parameter_count, 4);
    hb_profile_free(&p);
}

static void flags_replace_the_allocators(void **state)
{
    (void)state;
    static const char *const bad[] = {"", ",", "a,", "a,,b", "a,a", "a b", "a:b:c"};
    struct hb_profile p = parsed(full);
    assert_int_equal(hb_profile_set_allocators(&p, "system,hakmem:fast", NULL), 0);
    assert_int_equal(p.allocator_count, 2);
    assert_string_equal(p.allocators[1], "hakmem:fast");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hb_err err = {0};
        assert_int_equal(hb_profile_set_allocators(&p, bad[i], &err), -1);
        assert_int_equal(err.kind, HB_ERR_USAGE);
    }
    assert_int_equal(p.allocator_count, 2);
    hb_profile_free(&p);
}

/* --- files ----------------------------------------------------------------------------------- */

static void shipped_profiles_load_by_name(void **state)
{
    (void)state;
    static const char *const folders[] = {"/nowhere", "profiles"};
    static const struct {
        const char *name, *workload;
        size_t allocators;
    } shipped[] = {
        {"mixed", "random_mixed", 6},
        {"mixed-10k", "random_mixed", 6},
        {"mixed-100k", "random_mixed", 6},
        {"mixed-large", "random_mixed", 6},
        {"mixed-2t", "random_mixed", 6},
        {"producer-consumer", "producer_consumer", 6},
        {"larson", "larson", 6},
        {"spike", "spike", 6},
        {"spike-kept", "spike", 6},
        {"soak", "random_mixed", 5},
        {"soak-phases", "phases", 5},
        {"aligned", "aligned", 6},
        {"batch", "batch", 6},
        {"calloc", "calloc", 6},
        {"drain", "drain", 6},
        {"false-sharing", "false_sharing", 6},
        {"fragment", "fragment", 6},
        {"handoff", "handoff", 6},
        {"large", "large", 6},
        {"littered", "littered", 6},
        {"realloc-growth", "realloc_growth", 6},
        {"thread-churn", "thread_churn", 6},
    };
    for (size_t i = 0; i < sizeof shipped / sizeof shipped[0]; i++) {
        struct hb_profile p;
        struct hb_err err = {0};
        if (hb_profile_load(shipped[i].name, folders, 2, &p, &err) != 0)
            fail_msg("%s", err.message);
        assert_string_equal(p.name, shipped[i].name);
        assert_string_equal(p.workload, shipped[i].workload);
        assert_int_equal(p.allocator_count, shipped[i].allocators);
        assert_true(p.summary[0]);
        hb_profile_free(&p);
    }
}

static void profiles_load_by_path(void **state)
{
    (void)state;
    struct hb_profile p;
    struct hb_err err = {0};
    assert_int_equal(hb_profile_load("profiles/mixed.json", NULL, 0, &p, NULL), 0);
    assert_string_equal(p.name, "mixed");
    hb_profile_free(&p);
    assert_int_equal(hb_profile_load("no.json", NULL, 0, &p, &err), -1);
    assert_int_equal(strncmp(err.message, "no.json: cannot open: No such", 29), 0);
}

static void absent_name_says_where_it_was_sought_and_what_there_is(void **state)
{
    (void)state;
    static const char *const folders[] = {"/nowhere", "profiles"};
    struct hb_profile p;
    struct hb_err err = {0};
    assert_int_equal(hb_profile_load("mixd", folders, 2, &p, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(err.message, "no profile \"mixd\" in /nowhere, profiles "
                                        "(did you mean \"mixed\"?); there are "));
    assert_non_null(strstr(err.message, "mixed-10k"));
}

static void listing_is_sorted_and_shows_broken_ones(void **state)
{
    (void)state;
    struct temp_folder tmp;
    struct hb_profile_listing *list;
    size_t count;
    temp_make(&tmp);
    temp_write(temp_path(&tmp, "b.json"), HEAD ",\"summary\":\"s\"}", strlen(HEAD) + 15);
    temp_write(temp_path(&tmp, "a.json"), "{", 1);
    temp_write(temp_path(&tmp, "c.txt"), "", 0);
    temp_write(temp_path(&tmp, ".json"), "", 0);
    assert_int_equal(hb_profile_list(tmp.path, &list, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_string_equal(list[0].name, "a");
    assert_non_null(strstr(list[0].problem, "a.json:1:2: not JSON"));
    assert_string_equal(list[1].name, "b");
    assert_string_equal(list[1].summary, "s");
    assert_string_equal(list[1].problem, "");
    free(list);
    assert_int_equal(hb_profile_list("/nowhere", &list, &count, NULL), -1);
    temp_remove(&tmp);
}

static void documents_know_the_soak_section(void **state)
{
    static const char *const paths[] = {"docs/profile.schema.json",
                                        "docs/man/hakbench-profile.5.scd"};
    (void)state;
    struct hb_profile p = parsed(HEAD "}");
    cJSON *root = hb_profile_to_json(&p);
    const cJSON *soak = cJSON_GetObjectItemCaseSensitive(root, "soak");
    assert_non_null(soak);
    for (size_t i = 0; i < 2; i++) {
        const char mark = i ? '*' : '"';
        char quoted[HB_NAME_MAX + 4];
        struct hb_buf text = {0};
        assert_int_equal(hb_file_read(paths[i], HB_FILE_BYTES_MAX, &text, NULL), 0);
        for (const cJSON *node = soak->child; node; node = node->next) {
            (void)snprintf(quoted, sizeof quoted, "%c%s%c", mark, node->string, mark);
            if (!strstr(text.bytes, quoted))
                fail_msg("%s: no %s", paths[i], quoted);
        }
        for (const char *const *key = hb_soak_budget_keys; *key; key++) {
            (void)snprintf(quoted, sizeof quoted, "%c%s%c", mark, *key, mark);
            if (!strstr(text.bytes, quoted))
                fail_msg("%s: no %s", paths[i], quoted);
        }
        hb_buf_free(&text);
    }
    cJSON_Delete(root);
    hb_profile_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shortest_profile_has_every_default),
        cmocka_unit_test(every_key_is_read_with_its_line),
        cmocka_unit_test(budgets_have_limits_and_labels),
        cmocka_unit_test(soaks_have_every_default),
        cmocka_unit_test(every_key_of_a_soak_is_read),
        cmocka_unit_test(control_is_the_floor_unless_named),
        cmocka_unit_test(every_key_is_written),
        cmocka_unit_test(profile_as_used_reads_back_as_the_same),
        cmocka_unit_test(profile_of_a_result_reads_after_flags_took_allocators_away),
        cmocka_unit_test(profile_of_a_later_result_is_read_as_far_as_it_is_known),
        cmocka_unit_test(profile_of_a_result_is_refused_where_it_is_wrong),
        cmocka_unit_test(building_fails_cleanly_at_every_allocation),
        cmocka_unit_test(unknown_keys_are_errors_with_a_suggestion_and_a_list),
        cmocka_unit_test(other_schemas_are_refused_naming_both),
        cmocka_unit_test(wrong_values_say_what_is_expected),
        cmocka_unit_test(allocators_are_labels_each_once),
        cmocka_unit_test(parameters_are_names_and_texts),
        cmocka_unit_test(environment_cannot_smuggle_in_variables_or_libraries),
        cmocka_unit_test(budgets_need_limits_that_can_be_met),
        cmocka_unit_test(soaks_of_nonsense_are_refused),
        cmocka_unit_test(syntax_and_duplicates_have_positions),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(flags_set_parameters_old_and_new),
        cmocka_unit_test(flags_replace_the_allocators),
        cmocka_unit_test(shipped_profiles_load_by_name),
        cmocka_unit_test(profiles_load_by_path),
        cmocka_unit_test(absent_name_says_where_it_was_sought_and_what_there_is),
        cmocka_unit_test(listing_is_sorted_and_shows_broken_ones),
        cmocka_unit_test(documents_know_the_soak_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
