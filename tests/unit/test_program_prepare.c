/* What a command gets before its fork: words, a clean environment, libraries by names that
 * LD_PRELOAD can hold, folder and input; and what is said of figures and servers without a process.
 */
#include "program/group.h"
#include "program/prepare.h"
#include "program/series.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/temp_folder.h"

static const char *const words[] = {"./tool", "a b", "", NULL};

static const char *value_of(char *const *environment, const char *name)
{
    const size_t length = strlen(name);
    const char *found = NULL;
    for (; *environment; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
            assert_null(found); /* each name once */
            found = *environment + length + 1;
        }
    }
    return found;
}

static void the_environment_is_clean(void **state)
{
    (void)state;
    static const char *const set[] = {"LD_PRELOAD=/own.so", "X=1", "X=2", "LANG=C"};
    static const char *const libraries[] = {"/opt/lib.so", "/opt/second.so"};
    const struct hb_program_command command = {.argv = words,
                                               .environment = set,
                                               .environment_count = 4,
                                               .preload = libraries,
                                               .preload_count = 2,
                                               .folder = "/"};
    struct hb_prepared prepared;
    struct hb_err err = {0};
    (void)setenv("HAKMEM_HARDEN", "1", 1);
    (void)setenv("LC_TIME", "C", 1);
    (void)setenv("LANG", "xx", 1);
    assert_int_equal(hb_prepare(&command, &prepared, &err), 0);
    assert_null(value_of(prepared.envp, "HAKMEM_HARDEN"));
    assert_string_equal(value_of(prepared.envp, "PATH"), getenv("PATH"));
    assert_string_equal(value_of(prepared.envp, "LC_TIME"), "C");
    assert_string_equal(value_of(prepared.envp, "LANG"), "C");
    assert_string_equal(value_of(prepared.envp, "X"), "2");
    assert_string_equal(value_of(prepared.envp, "LD_PRELOAD"),
                        "/opt/lib.so:/opt/second.so:/own.so");
    assert_string_equal(prepared.stage, "");
    hb_prepared_free(&prepared);
    assert_true(hb_prepare_is_kept("LC_ALL=C"));
    assert_false(hb_prepare_is_kept("PATHS=x"));
    assert_false(hb_prepare_is_kept("PAT=x"));
}

static void words_are_the_commands_or_a_shells(void **state)
{
    (void)state;
    struct hb_program_command command = {.argv = words, .folder = "/"};
    struct hb_prepared prepared;
    struct hb_err err = {0};
    char here[HB_PATH_MAX], expected[HB_PATH_MAX + 8];
    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(expected, sizeof expected, "%s/./tool", here);
    assert_int_equal(hb_prepare(&command, &prepared, &err), 0);
    assert_string_equal(prepared.file, expected); /* from here, wherever it works then */
    assert_string_equal(prepared.argv[0], "./tool");
    assert_string_equal(prepared.argv[1], "a b");
    assert_string_equal(prepared.argv[2], "");
    assert_null(prepared.argv[3]);
    hb_prepared_free(&prepared);
    command.shell = "sh";
    assert_int_equal(hb_prepare(&command, &prepared, &err), 0);
    assert_string_equal(prepared.file, "sh");
    assert_string_equal(prepared.argv[1], "-c");
    assert_string_equal(prepared.argv[2], "./tool");
    assert_string_equal(prepared.argv[3], "sh");
    assert_string_equal(prepared.argv[4], "a b");
    hb_prepared_free(&prepared);
}

static void libraries_with_spaces_get_a_link(void **state)
{
    (void)state;
    char target[HB_PATH_MAX] = "";
    struct temp_folder folder;
    temp_make(&folder);
    const char *path = temp_path(&folder, "a: b.so");
    const char *const libraries[] = {path};
    struct hb_program_command command = {.argv = words, .preload = libraries, .preload_count = 1};
    struct hb_prepared prepared;
    struct hb_err err = {0};
    temp_write(path, "", 0);
    assert_int_equal(hb_prepare(&command, &prepared, &err), 0);
    const char *link = value_of(prepared.envp, "LD_PRELOAD");
    assert_null(strpbrk(link, " :"));
    assert_true(readlink(link, target, sizeof target - 1) > 0);
    assert_string_equal(strrchr(target, '/'), "/a: b.so");
    assert_int_equal(access(prepared.folder, W_OK), 0); /* a fresh one */

    char inner[HB_PATH_MAX + 16];
    (void)snprintf(inner, sizeof inner, "%s/closed", prepared.folder);
    assert_int_equal(mkdir(inner, 0700), 0);
    (void)snprintf(inner, sizeof inner, "%s/closed/file", prepared.folder);
    temp_write(inner, "", 0);
    (void)snprintf(inner, sizeof inner, "%s/closed", prepared.folder);
    assert_int_equal(chmod(inner, 0), 0);
    hb_prepare_remove(prepared.stage);
    assert_int_equal(access(prepared.stage, F_OK), -1);
    assert_int_equal(access(path, F_OK), 0); /* the library itself stays */
    hb_prepared_free(&prepared);
    temp_remove(&folder);
}

static void what_is_not_there_is_named(void **state)
{
    (void)state;
    static const char *const libraries[] = {"/no where/x.so"};
    struct hb_program_command command = {.argv = words, .input = "/nowhere/input"};
    struct hb_prepared prepared;
    struct hb_err err = {0};
    assert_int_equal(hb_prepare(&command, &prepared, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_non_null(strstr(err.message, "/nowhere/input"));
    err = (struct hb_err){0};
    command.input = "/tmp"; /* no file, as a pipe is none */
    assert_int_equal(hb_prepare(&command, &prepared, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    err = (struct hb_err){0};
    command.input = NULL;
    command.preload = libraries;
    command.preload_count = 1;
    assert_int_equal(hb_prepare(&command, &prepared, &err), -1);
    assert_non_null(strstr(err.message, "/no where/x.so"));
}

/* ---- servers and figures ---- */

static void ready_is_one_of_three(void **state)
{
    (void)state;
    struct hb_program_ready ready;
    struct hb_err err = {0};
    char text[200] = "unix:/";
    assert_int_equal(hb_program_parse_ready("tcp:6379", &ready, &err), 0);
    assert_int_equal(ready.kind, HB_PROGRAM_READY_TCP);
    assert_int_equal(ready.port, 6379);
    assert_int_equal(hb_program_parse_ready("unix:/run/a:b.sock", &ready, &err), 0);
    assert_string_equal(ready.path, "/run/a:b.sock");
    assert_int_equal(hb_program_parse_ready("output:^ready (a|b)$", &ready, &err), 0);
    assert_string_equal(ready.pattern, "^ready (a|b)$");
    memset(text + 6, 'x', sizeof text - 7);
    const char *const wrong[] = {"",       "tcp:",    "tcp:0",    "tcp:65536", "tcp:1x",
                                 "tcp:-1", "tcp:80 ", "unix:",    "output:",   "output:(",
                                 "udp:53", "TCP:80",  "output:[", "tcp:01",    text};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        err = (struct hb_err){0};
        assert_int_equal(hb_program_parse_ready(wrong[i], &ready, &err), -1);
        assert_int_equal(err.kind, HB_ERR_USAGE);
    }
}

static void the_best_peak_there_is_is_taken(void **state)
{
    (void)state;
    struct hb_program_result result = {.peak_bytes = {(double)NAN, 20, 10}};
    enum hb_program_peak source;
    assert_true(hb_program_best_peak(&result, &source) == 20);
    assert_int_equal(source, HB_PROGRAM_PEAK_PSS);
    result.peak_bytes[HB_PROGRAM_PEAK_CGROUP] = 5;
    assert_true(hb_program_best_peak(&result, &source) == 5);
    for (unsigned i = 0; i < HB_PROGRAM_PEAK_COUNT; i++)
        result.peak_bytes[i] = (double)NAN;
    assert_true(isnan(hb_program_best_peak(&result, &source)));
    assert_int_equal(source, HB_PROGRAM_PEAK_COUNT);
}

static void a_cost_is_taken_away_down_to_nothing(void **state)
{
    (void)state;
    struct hb_program_result result = {.wall_s = 2, .user_s = 1, .system_s = 0.25};
    const struct hb_program_cost cost = {0.5, 0.25, 0.5};
    hb_program_take_away(&result, &cost);
    assert_true(result.wall_s == 1.5 && result.user_s == 0.75 && result.system_s == 0);
    assert_string_equal(result.unknown, "");
}

static void a_time_that_is_not_known_stays_so(void **state)
{
    (void)state;
    struct hb_program_result never = {.wall_s = NAN, .user_s = NAN, .system_s = NAN};
    struct hb_program_result ran = {.wall_s = 2, .user_s = 1, .system_s = 1};
    hb_program_take_away(&never, &(struct hb_program_cost){0.5, 0.25, 0.5});
    assert_true(isnan(never.wall_s) && isnan(never.user_s) && isnan(never.system_s));
    hb_program_take_away(&ran, &(struct hb_program_cost){NAN, NAN, NAN});
    assert_true(isnan(ran.wall_s) && isnan(ran.user_s) && isnan(ran.system_s));
    assert_non_null(strstr(ran.unknown, "no times: its shell"));
}

static void a_long_series_keeps_its_shape_and_its_peak(void **state)
{
    (void)state;
    static struct hb_program_sample samples[HB_PROGRAM_SAMPLES_MAX];
    struct hb_series series = {.samples = samples, .slot_s = 0.5};
    const unsigned many = 50000, peak_at = 31415;
    bool has_peak = false;
    for (unsigned i = 0; i < many; i++) {
        const struct hb_program_sample sample = {
            .at_s = i, .pss_bytes = i == peak_at ? 1e9 : i, .processes = 1};
        hb_series_add(&series, &sample);
        assert_true(series.count <= HB_PROGRAM_SAMPLES_MAX);
        if (i < HB_PROGRAM_SAMPLES_MAX)
            assert_int_equal(series.count, i + 1); /* none is lost while there is room */
    }
    assert_true(series.count >= HB_PROGRAM_SAMPLES_MAX / 4);
    for (size_t i = 0; i < series.count; i++) {
        has_peak |= samples[i].pss_bytes == 1e9;
        assert_true(i == 0 || samples[i].at_s > samples[i - 1].at_s);
    }
    assert_true(has_peak);
    assert_true(samples[series.count - 1].at_s == many - 1);
}

/* A folder is no control group: nothing is made of it, and nothing stays. */
static void where_no_group_can_be_made_it_says_so(void **state)
{
    (void)state;
    struct temp_folder folder;
    struct hb_group group;
    char path[512];
    temp_make(&folder);
    const char *root = folder.path;
    hb_group_make(root, "hakbench-run-1", &group);
    assert_string_equal(group.folder, "");
    assert_string_equal(group.why_none, "no control groups here");
    (void)snprintf(
        path, sizeof path,
        "cd '%s' && mkdir -p proc/self sys/fs/cgroup/a/b && echo 0::/a/b >proc/self/cgroup", root);
    assert_int_equal(system(path), 0); /* NOLINT(cert-env33-c) */
    hb_group_make(root, "hakbench-run-1", &group);
    assert_string_equal(group.folder, "");
    assert_non_null(strstr(group.why_none, "memory.peak"));
    assert_int_equal(hb_group_open(&group), -1);
    assert_true(isnan(hb_group_peak(&group)));
    static const char *const folders[] = {"", "/a", "/a/b"};
    for (unsigned i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/hakbench-run-1", root, folders[i]);
        assert_int_equal(access(path, F_OK), -1);
    }
    hb_prepare_remove(root);
}

/* What a program closed is removed by who is no root as well. */
static void folders_that_are_closed_are_removed(void **state)
{
    static const mode_t modes[] = {0555, 0000};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char folder[] = "/tmp/test-closed-XXXXXX", path[64];
        int status;
        const pid_t pid = fork();
        if (pid == 0) {
            if ((getuid() == 0 && setuid(65534) != 0) || !mkdtemp(folder))
                _exit(2);
            (void)snprintf(path, sizeof path, "%s/a", folder);
            const bool outer = mkdir(path, 0700) == 0;
            (void)snprintf(path, sizeof path, "%s/a/b", folder);
            const bool inner = mkdir(path, 0700) == 0;
            (void)snprintf(path, sizeof path, "%s/a/b/c", folder);
            if (!outer || !inner || mkdir(path, 0700) != 0)
                _exit(3);
            for (size_t length = strlen(folder) + 4; length > strlen(folder); length -= 2) {
                path[length] = '\0';
                (void)chmod(path, modes[i]);
            }
            hb_prepare_remove(folder);
            _exit(access(folder, F_OK) == 0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_is_clean),
        cmocka_unit_test(words_are_the_commands_or_a_shells),
        cmocka_unit_test(libraries_with_spaces_get_a_link),
        cmocka_unit_test(what_is_not_there_is_named),
        cmocka_unit_test(ready_is_one_of_three),
        cmocka_unit_test(the_best_peak_there_is_is_taken),
        cmocka_unit_test(a_long_series_keeps_its_shape_and_its_peak),
        cmocka_unit_test(a_cost_is_taken_away_down_to_nothing),
        cmocka_unit_test(a_time_that_is_not_known_stays_so),
        cmocka_unit_test(where_no_group_can_be_made_it_says_so),
        cmocka_unit_test(folders_that_are_closed_are_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
