/* HB_LOG: each case in a process of its own, as the variable is read once. */
#include "base/log.h"

#include "unit/cmocka.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int evaluated;

static int count_me(void)
{
    return ++evaluated;
}

/* What act writes to stderr with HB_LOG set to value (NULL: unset). */
static void logged(const char *value, void (*act)(void), char *text, size_t text_bytes)
{
    int ends[2];
    size_t used = 0;
    ssize_t got;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        (void)(value ? setenv("HB_LOG", value, 1) : unsetenv("HB_LOG"));
        (void)dup2(ends[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    (void)close(ends[1]);
    while ((got = read(ends[0], text + used, text_bytes - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void expect(const char *value, void (*act)(void), const char *text)
{
    char got[8192];
    logged(value, act, got, sizeof got);
    assert_string_equal(got, text);
}

static void four_levels(void)
{
    for (int level = 1; level <= 4; level++)
        HB_LOG("run", level, "job %d", level);
    HB_LOG("plan", 1, "%s", "plan");
}

static void twice(void)
{
    HB_LOG("run", 1, "a");
    HB_LOG("run", 1, "b");
}

static void evaluate(void)
{
    HB_LOG("run", 2, "%d", count_me());
    (void)dprintf(STDERR_FILENO, "%d", evaluated);
}

static void too_long(void)
{
    HB_LOG("run", 1, "%05000d", 0);
}

static void with_errno(void)
{
    errno = EPIPE;
    HB_LOG("run", 1, "x");
    (void)dprintf(STDERR_FILENO, "%d", errno == EPIPE);
}

static void silent_by_default(void **state)
{
    (void)state;
    expect(NULL, four_levels, "");
    expect("", four_levels, "");
    expect("run:0", four_levels, "");
    expect("stats:4", four_levels, "");
}

static void levels_and_rooms_are_chosen(void **state)
{
    (void)state;
    expect("run:2", four_levels, "[run:1] job 1\n[run:2] job 2\n");
    expect("run:1,plan:4", four_levels, "[run:1] job 1\n[plan:1] plan\n");
    expect("plan:1,", four_levels, "[plan:1] plan\n");
}

static void a_bad_value_is_told_once_and_the_rest_holds(void **state)
{
    static const char *const bad[] = {
        "run", "run:5", "run:", ":1", "run:1x", "run:-1", "a_name_much_too_long:1"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char value[64], text[512];
        (void)snprintf(value, sizeof value, "%s,run:1", bad[i]);
        (void)snprintf(text, sizeof text,
                       "hakbench: HB_LOG: \"%s\" is no ROOM:LEVEL with a level from 0 to 4, as in "
                       "HB_LOG=run:2,plan:1\n[run:1] a\n[run:1] b\n",
                       bad[i]);
        expect(value, twice, text);
    }
}

static void a_hostile_value_is_harmless(void **state)
{
    char value[6000], text[8192];
    (void)state;
    memset(value, 'a', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    logged(value, twice, text, sizeof text);
    assert_non_null(strstr(text, "..."));
    assert_true(strlen(text) < 300);
    logged("\033[31m", twice, text, sizeof text);
    assert_null(strchr(text, '\033'));
}

static void arguments_are_evaluated_only_when_wanted(void **state)
{
    (void)state;
    expect("run:1", evaluate, "0");
    expect("run:2", evaluate, "[run:2] 1\n1");
}

static void a_long_line_is_cut_and_ended(void **state)
{
    char text[8192];
    (void)state;
    logged("run:1", too_long, text, sizeof text);
    assert_int_equal(strlen(text), 1023);
    assert_int_equal(text[1022], '\n');
}

static void errno_is_kept(void **state)
{
    (void)state;
    expect("run:1", with_errno, "[run:1] x\n1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_by_default),
        cmocka_unit_test(levels_and_rooms_are_chosen),
        cmocka_unit_test(a_bad_value_is_told_once_and_the_rest_holds),
        cmocka_unit_test(a_hostile_value_is_harmless),
        cmocka_unit_test(arguments_are_evaluated_only_when_wanted),
        cmocka_unit_test(a_long_line_is_cut_and_ended),
        cmocka_unit_test(errno_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
