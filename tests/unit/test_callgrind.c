/* What callgrind writes, added up; who counts; and its words. */
#include "run/callgrind.h"

#include "program/prepare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmocka.h"

#define EVENTS "events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw Bc Bcm Bi Bim\n"

static void events_are_added_by_name(void **state)
{
    struct hb_callgrind_sums sums = {0};
    (void)state;
    assert_int_equal(hb_callgrind_add("version: 1\n" EVENTS "fn=(1) main\n+1 5\n"
                                      "totals: 100 20 10 1 2 3 4 5 6 70 8 9 10\n",
                                      &sums),
                     0);
    assert_int_equal((long)sums.instructions, 100);
    assert_int_equal((long)sums.branches, 70 + 9);
    assert_int_equal((long)sums.l1_misses, 1 + 2 + 3);
    assert_int_equal((long)sums.ll_misses, 4 + 5 + 6);
    /* A second file is another process; zeros at the end of a line are left out. */
    assert_int_equal(hb_callgrind_add(EVENTS "totals: 11 2\n", &sums), 0);
    assert_int_equal((long)sums.instructions, 111);
    assert_int_equal((long)sums.branches, 79);
}

static void what_has_no_sums_is_refused(void **state)
{
    static const char *const bad[] = {"", "totals: 5\n", EVENTS, "events: Dr Ir\ntotals: 1 2\n",
                                      "x" EVENTS "totals: 1\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hb_callgrind_sums sums = {0};
        assert_int_equal(hb_callgrind_add(bad[i], &sums), -1);
    }
}

#define LAST EVENTS "desc: Trigger: Program termination\n"

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

/* A folder for each program that a process ran: whole where it has written its last. */
static void a_tree_is_known_when_each_program_wrote_its_last(void **state)
{
    static const struct {
        const char *files[2]; /* as they are written; "": made and left empty */
        long sum;             /* of all until then */
        bool is_known;
    } images[] = {
        {{LAST "totals: 5\n"}, 5, true},
        {{"", EVENTS "desc: Trigger: --dump-before=execve\ntotals: 6\n"}, 11, true},
        {{EVENTS "desc: Trigger: --dump-before=fork\ntotals: 7\n", LAST "totals: 8\n"}, 26, true},
        {{EVENTS "desc: Trigger: --dump-before=fork\ntotals: 7\n"}, 33, false}, /* and was killed */
        {{""}, 26, false},
        {{NULL}, 26, false}, /* a child that was killed before it ran anything */
        {{LAST, LAST "totals: 1\n"}, 27, false},
    };
    char folder[] = "/tmp/hb_callgrind_XXXXXX", image[64], why[HB_REASON_MAX] = "";
    struct hb_callgrind_sums sums = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_false(hb_callgrind_read_folder(folder, &sums, why));
    assert_string_equal(why, "callgrind wrote no sums");
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
        (void)snprintf(image, sizeof image, "%s/image-%zu", folder, i);
        assert_int_equal(mkdir(image, 0700), 0);
        for (size_t k = 0; k < 2 && images[i].files[k]; k++)
            write_text(image, k ? "17.1" : "17", images[i].files[k]);
        sums = (struct hb_callgrind_sums){0};
        assert_int_equal(hb_callgrind_read_folder(folder, &sums, why), images[i].is_known);
        assert_int_equal((long)sums.instructions, images[i].sum);
        if (!images[i].is_known) { /* the next stands beside what is known */
            assert_non_null(strstr(why, "1 of the 4 programs"));
            hb_prepare_remove(image);
        }
    }
    hb_prepare_remove(folder);
}

static void a_source_says_who_counts(void **state)
{
    char source[HB_NAME_MAX];
    struct hb_err err = {0};
    (void)state;
    assert_int_equal(hb_tally_of(""), HB_TALLY_NONE);
    assert_int_equal(hb_tally_of("callgrind 3.19.0"), HB_TALLY_CALLGRIND);
    assert_int_equal(hb_tally_of("hardware"), HB_TALLY_HARDWARE);
    assert_int_equal(hb_tally_choose("cycles", false, source, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
}

/* Whatever hardware counters this machine has. */
static void programs_are_counted_by_callgrind_alone(void **state)
{
    static const char *const words[] = {"instructions", "callgrind"};
    char source[HB_NAME_MAX];
    struct hb_err err = {0};
    (void)state;
    assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_int_equal(hb_tally_choose(words[i], true, source, &err), -1);
        assert_int_equal(err.kind, HB_ERR_SYSTEM);
        assert_non_null(strstr(err.message, "apt install valgrind"));
        assert_null(strstr(err.message, "hardware"));
    }
    err = (struct hb_err){0};
    assert_int_equal(hb_tally_choose("hardware", true, source, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    assert_string_equal(source, "");
    char storage[HB_PATH_MAX];
    const char *command[HB_CALLGRIND_WORDS];
    hb_callgrind_words("out", false, storage, command);
    assert_string_equal(command[0], "valgrind"); /* no path of a folder that has none */
}

static bool has(const char *const *words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words;
}

static void a_loop_is_counted_by_its_function_and_a_tree_whole(void **state)
{
    char storage[HB_PATH_MAX];
    const char *words[HB_CALLGRIND_WORDS];
    (void)state;
    hb_callgrind_words("/x/%p", false, storage, words);
    assert_true(has(words, "--toggle-collect=hb_worker_measured") &&
                has(words, "--toggle-collect=hb_worker_measured_life") &&
                has(words, "--toggle-collect=hb_worker_measured_join") &&
                has(words, "--toggle-collect=hb_worker_measured_member") &&
                has(words, "--toggle-collect=hb_worker_measured_aside") &&
                has(words, "--callgrind-out-file=/x/%p"));
    assert_false(has(words, "--trace-children=yes"));
    hb_callgrind_words("/x/%p", true, storage, words);
    assert_true(has(words, "--trace-children=yes") && has(words, "--dump-before=fork"));
    assert_true(has(words, "--dump-before=execve") && has(words, "--dump-before=vfork") &&
                has(words, "--dump-before=posix_spawn@*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_added_by_name),
        cmocka_unit_test(what_has_no_sums_is_refused),
        cmocka_unit_test(a_tree_is_known_when_each_program_wrote_its_last),
        cmocka_unit_test(a_source_says_who_counts),
        cmocka_unit_test(programs_are_counted_by_callgrind_alone),
        cmocka_unit_test(a_loop_is_counted_by_its_function_and_a_tree_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
