/* The journal of a suite: what it is and what its rounds cost, through the file and back; torn,
 * wrong, held by another; and costs from the newest suite of a folder. */
#include "suite/suite.h"
#include "unit/temp_folder.h"

#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

#define LOG_NAME "suite.log"

static struct hb_member made_members[] = {
    {.kind = HB_MEMBER_LOOP, .name = "mixed", .profile = "mixed", .first_s = 5, .block_s = 2},
    {.kind = HB_MEMBER_CHECK, .name = "sizes", .first_s = 50, .block_s = 20},
};

static struct hb_suite made_suite(void)
{
    struct hb_suite suite = {.budget_s = 3600, .soak_s = 60, .runs = 7, .log = -1, .machine = -1};
    suite.members = made_members;
    suite.count = 2;
    assert_int_equal(hb_words_add(&suite.arguments, "--allocators"), 0);
    assert_int_equal(hb_words_add(&suite.arguments, "a,b"), 0);
    return suite;
}

static void create(const char *folder)
{
    struct hb_suite suite = made_suite();
    struct hb_err err = {0};
    assert_int_equal(hb_suite_log_create(&suite, folder, &err), 0);
    assert_int_equal(hb_suite_log_create(&suite, folder, &err), -1); /* over nothing */
    hb_words_free(&suite.arguments);
}

static struct hb_suite opened(const char *folder)
{
    struct hb_suite suite = {.log = -1, .machine = -1};
    struct hb_err err = {0};
    HB_COPY(suite.folder, folder);
    if (hb_suite_log_read(&suite, &err) != 0)
        fail_msg("%s", err.message);
    return suite;
}

static void near(double value, double right)
{
    assert_true(fabs(value - right) < 1e-9);
}

static void a_suite_goes_on_where_it_was(void **state)
{
    static const struct {
        uint32_t blocks;
        double seconds, spent_s;
    } rounds[] = {{1, 9, 9}, {2, 3, 12}, {3, 4, 11}};
    (void)state;
    create(temp_group.path);
    struct hb_suite suite = opened(temp_group.path);
    for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++) {
        suite.members[0].blocks = rounds[i].blocks;
        suite.spent_s = rounds[i].spent_s;
        assert_int_equal(hb_suite_log_round(&suite, &suite.members[0], rounds[i].seconds, NULL), 0);
    }
    struct hb_suite other = {.log = -1, .machine = -1};
    struct hb_err err = {0};
    HB_COPY(other.folder, temp_group.path);
    assert_int_equal(hb_suite_log_read(&other, &err), -1);
    assert_non_null(strstr(err.message, "another hakbench goes on with it"));
    hb_suite_free(&other);
    assert_int_equal(write(suite.log, "{\"record\": \"ro", 14), 14); /* torn */
    hb_suite_free(&suite);
    suite = opened(temp_group.path);
    near(suite.budget_s, 3600);
    near(suite.soak_s, 60);
    assert_int_equal(suite.runs, 7);
    assert_int_equal(suite.arguments.count, 2);
    assert_string_equal(suite.arguments.items[1], "a,b");
    assert_int_equal(suite.count, 2);
    assert_int_equal(suite.members[1].kind, HB_MEMBER_CHECK);
    assert_string_equal(suite.members[1].name, "sizes");
    assert_string_equal(suite.members[0].profile, "mixed");
    assert_true(isnan(suite.members[0].sd));
    near(suite.members[0].first_s, 9);
    near(suite.members[0].block_s, 4);
    near(suite.members[1].first_s, 50);
    near(suite.members[1].block_s, 20);
    near(suite.spent_s, 12); /* the most that any round says */
    assert_int_equal(hb_suite_log_round(&suite, &suite.members[1], 8, NULL), 0);
    hb_suite_free(&suite);
    suite = opened(temp_group.path); /* the torn line is gone, and the next one whole */
    near(suite.members[1].first_s, 8);
    hb_suite_free(&suite);
}

#define HEAD(numbers, members)                                                                     \
    "{\"record\": \"suite\", " numbers ", \"arguments\": [], \"members\": [" members "]}\n"
#define NUMBERS "\"budget_s\": 1, \"soak_s\": 1, \"runs\": 2"
#define MEMBER(kind, name)                                                                         \
    "{\"kind\": \"" kind "\", \"name\": \"" name "\", \"profile\": \"\", \"first_s\": 1, "         \
    "\"block_s\": 1}"

static void wrong_journals_are_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "there is nothing in it"},
        {HEAD(NUMBERS, MEMBER("loop", "a")) "nonsense\n", ":2:"},
        {"[\n", ":1:"},
        {"{\"record\": \"round\"}\n", "does not begin as a suite's journal does"},
        {HEAD("\"budget_s\": 1, \"soak_s\": 1, \"runs\": 0", MEMBER("loop", "a")),
         "says neither runs nor a budget"},
        {HEAD("\"budget_s\": null, \"soak_s\": 1, \"runs\": 2", MEMBER("loop", "a")),
         "says neither runs nor a budget"},
        {HEAD("\"budget_s\": 1, \"soak_s\": 1, \"runs\": \"many\"", MEMBER("loop", "a")), "runs"},
        {HEAD(NUMBERS, MEMBER("nonsense", "a")), "nonsense"},
        {HEAD(NUMBERS, MEMBER("loop", "")), "its name is no file's"},
        {HEAD(NUMBERS, MEMBER("loop", ".a")), "its name is no file's"},
        {HEAD(NUMBERS, MEMBER("loop", "a/b")), "its name is no file's"},
        {HEAD(NUMBERS, "5"), ":1:"},
        {"{\"record\": \"suite\", " NUMBERS ", \"arguments\": [7], \"members\": []}\n",
         "expected a string"},
        {"{\"record\": \"suite\", " NUMBERS ", \"arguments\": []}\n", "members"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct hb_suite suite = {.log = -1, .machine = -1};
        struct hb_err err = {0};
        HB_COPY(suite.folder, temp_group.path);
        temp_write(temp_path(&temp_group, LOG_NAME), wrong[i].text, strlen(wrong[i].text));
        if (hb_suite_log_read(&suite, &err) != -1)
            fail_msg("accepted: %s", wrong[i].text);
        assert_int_equal(err.kind, HB_ERR_USAGE);
        if (!strstr(err.message, wrong[i].says) || !strstr(err.message, LOG_NAME))
            fail_msg("\"%s\" does not say \"%s\"", err.message, wrong[i].says);
        hb_suite_free(&suite);
    }
}

/* Of the folders whose names say that they are suites. */
static void costs_are_those_of_the_newest_suite(void **state)
{
    static const char *const folders[] = {"2026-01-01-suite", "2026-02-02-suite", "9-no-such",
                                          ".9-hidden-suite"};
    char path[2][HB_PATH_MAX];
    struct hb_suite suite = made_suite();
    struct hb_member members[] = {made_members[0], {.name = "new", .first_s = 1, .block_s = 1}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(path[0], sizeof path[0], "%s/%s", temp_group.path, folders[i]);
        assert_int_equal(mkdir(path[0], 0700), 0);
        made_members[0].first_s = 100 + (double)i;
        made_members[0].block_s = 10 + (double)i;
        create(path[0]);
    }
    suite.members = members;
    hb_suite_log_costs(&suite, temp_group.path);
    near(members[0].first_s, 101);
    near(members[0].block_s, 11);
    near(members[1].first_s, 1);
    hb_suite_log_costs(&suite, "/nowhere");
    near(members[0].first_s, 101);
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(path[0], sizeof path[0], "%s/%s", temp_group.path, folders[i]);
        (void)snprintf(path[1], sizeof path[1], "%.200s/" LOG_NAME, path[0]);
        assert_int_equal(unlink(path[1]), 0);
        assert_int_equal(rmdir(path[0]), 0);
    }
    hb_words_free(&suite.arguments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_suite_goes_on_where_it_was, temp_group_make,
                                        temp_group_remove),
        cmocka_unit_test_setup_teardown(wrong_journals_are_refused, temp_group_make,
                                        temp_group_remove),
        cmocka_unit_test_setup_teardown(costs_are_those_of_the_newest_suite, temp_group_make,
                                        temp_group_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
