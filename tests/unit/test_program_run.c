/* Whole runs of small commands, for what no figure of the engine's driver tells: what stays open,
 * whose names are said, and what a shell costs. Read next: tests/cli/engine_test.sh. */
#include "program/program.h"
#include "unit/temp_folder.h"

#include <sys/stat.h>

static int run(const struct hb_program_command *command, struct hb_program_result *result)
{
    struct hb_err err = {0};
    const int status = hb_program_run(command, result, &err);
    if (status != 0)
        assert_int_equal(err.kind, HB_ERR_INTERRUPTED);
    return status;
}

static int now(void)
{
    return 1;
}

/* A session has thousands of runs. */
static void nothing_stays_open(void **state)
{
    static const char *const argv[] = {"sleep", "0.01", NULL}, *const longer[] = {"sleep", "9",
                                                                                  NULL};
    struct hb_program_command command = {.argv = argv, .sample_s = 0.001};
    struct hb_program_result result;
    const int file = dup(0);
    (void)state;
    assert_int_equal(close(file), 0);
    assert_int_equal(run(&command, &result), 0);
    assert_int_equal(result.end, HB_PROGRAM_EXITED);
    assert_true(result.sample_cost_s >= 0 && result.sample_cost_s < result.wall_s + 0.5);
    hb_program_result_free(&result);
    command.argv = longer;
    command.interrupted = now;
    assert_int_equal(run(&command, &result), -1);
    hb_program_result_free(&result);
    assert_int_equal(dup(0), file);
    assert_int_equal(close(file), 0);
}

static void who_outlives_it_is_named_once(void **state)
{
    static const char *const argv[] = {"sleep 99 & sleep 99 & exit 3", NULL};
    const struct hb_program_command command = {.argv = argv, .shell = "/bin/sh"};
    struct hb_program_result result;
    (void)state;
    assert_int_equal(run(&command, &result), 0);
    assert_int_equal(result.exit_status, 3);
    assert_int_equal(result.left.processes, 2);
    assert_string_equal(result.left.names, "sleep");
    hb_program_result_free(&result);
}

/* One that works before it looks at its script. */
static void a_shell_costs_its_own_times(void **state)
{
    static const char text[] = "#!/bin/sh\ni=0; while [ $i -lt 30000 ]; do i=$((i + 1)); done\n";
    static const char *const argv[] = {"true", NULL};
    struct temp_folder folder;
    struct hb_program_command command = {.argv = argv};
    struct hb_program_cost cost;
    struct hb_err err = {0};
    (void)state;
    temp_make(&folder);
    temp_write(temp_path(&folder, "slow"), text, sizeof text - 1);
    assert_int_equal(chmod(folder.file, 0700), 0);
    command.shell = folder.file;
    assert_int_equal(hb_program_shell_cost(&command, 3, &cost, &err), 0);
    assert_true(cost.user_s > cost.system_s && cost.user_s > 0);
    assert_true(cost.wall_s >= 0.9 * cost.user_s);
    temp_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stays_open),
        cmocka_unit_test(who_outlives_it_is_named_once),
        cmocka_unit_test(a_shell_costs_its_own_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
