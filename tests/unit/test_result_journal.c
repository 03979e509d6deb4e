/* result/journal: no finished job is lost, none is there twice. */
#include "unit/sample_session.h"
#include "unit/temp_folder.h"

#include "result/file.h"
#include "result/journal.h"
#include "result/session_json.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct temp_folder tmp;
static struct hb_session sample;

static int setup(void **state)
{
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    temp_make(&tmp);
    (void)temp_path(&tmp, "run.jsonl");
    sample_session(&sample);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hb_session_free(&sample);
    temp_remove(&tmp);
    return 0;
}

static struct hb_journal *create(void)
{
    struct hb_journal *journal;
    struct hb_err err = {0};
    if (hb_journal_create(&journal, tmp.file, &sample, &err) != 0)
        fail_msg("%s", err.message);
    return journal;
}

static void append(struct hb_journal *journal, size_t first, size_t end)
{
    struct hb_err err = {0};
    for (size_t i = first; i < end; i++) {
        if (hb_journal_append(journal, &sample, &sample.jobs[i], &err) != 0)
            fail_msg("%s", err.message);
    }
}

/* A closed journal with all jobs of the sample. */
static void write_whole(void)
{
    struct hb_journal *journal = create();
    append(journal, 0, sample.job_count);
    assert_int_equal(hb_journal_close(journal, NULL), 0);
}

static void holds_first_jobs(const struct hb_session *found, size_t count)
{
    assert_header_equal(found, &sample);
    assert_int_equal(found->job_count, count);
    for (size_t i = 0; i < count; i++)
        assert_job_equal(&found->jobs[i], &sample.jobs[i]);
}

static void journal_reads_as_the_session_it_is_of(void **state)
{
    (void)state;
    struct hb_session found;
    struct hb_err err = {0};
    write_whole();
    if (hb_session_read(tmp.file, &found, &err) != 0)
        fail_msg("%s", err.message);
    holds_first_jobs(&found, sample.job_count);
    hb_session_free(&found);
}

static void unfinished_session_is_partial(void **state)
{
    (void)state;
    struct hb_session found;
    sample.partial = false;
    write_whole();
    assert_int_equal(hb_session_read(tmp.file, &found, NULL), 0);
    assert_true(found.partial);
    hb_session_free(&found);
}

static void golden_journal_stays_readable(void **state)
{
    (void)state;
    struct hb_session found;
    struct hb_err err = {0};
    if (hb_session_read("tests/golden/journal-1.jsonl", &found, &err) != 0)
        fail_msg("%s", err.message);
    assert_header_equal(&found, &sample);
    assert_int_equal(found.job_count, 8);
    hb_session_free(&found);
}

/* Its header says version 1, and the jobs that follow have the slices of version 2. */
static void journal_of_version_1_goes_on_in_version_2(void **state)
{
    (void)state;
    struct hb_journal *journal;
    struct hb_session found;
    struct hb_job job;
    struct hb_buf text = {0};
    assert_int_equal(hb_file_read("tests/golden/journal-1.jsonl", HB_FILE_BYTES_MAX, &text, NULL),
                     0);
    assert_int_equal(hb_file_write_atomic(tmp.file, text.bytes, text.size, NULL), 0);
    hb_buf_free(&text);
    assert_int_equal(hb_journal_reopen(&journal, tmp.file, &found, NULL), 0);
    hb_session_free(&found);
    sample_timed_job(&job, 8, 0);
    assert_int_equal(hb_journal_append(journal, &sample, &job, NULL), 0);
    assert_int_equal(hb_journal_close(journal, NULL), 0);
    assert_int_equal(hb_session_read(tmp.file, &found, NULL), 0);
    assert_int_equal(found.job_count, 9);
    assert_memory_equal(found.jobs[8].slice_ns, job.slice_ns,
                        (size_t)job.threads * job.slices * sizeof *job.slice_ns);
    hb_job_free(&job);
    hb_session_free(&found);
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

static void cut_at_every_byte_keeps_the_whole_lines(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    write_whole();
    assert_int_equal(hb_file_read(tmp.file, HB_FILE_BYTES_MAX, &text, NULL), 0);
    for (size_t cut = 0; cut <= text.size; cut++) {
        struct hb_session found;
        size_t whole = 0;
        const size_t lines = count_lines(text.bytes, cut);
        const int result = hb_journal_parse(text.bytes, cut, "j", &found, &whole, NULL);
        assert_int_equal(result, lines > 0 ? 0 : -1);
        if (result != 0)
            continue;
        assert_int_equal(found.job_count, lines - 1);
        assert_true(whole <= cut && text.bytes[whole - 1] == '\n');
        hb_session_free(&found);
    }
    hb_buf_free(&text);
}

static void reopening_drops_the_torn_line_and_goes_on(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    write_whole();
    assert_int_equal(hb_file_read(tmp.file, HB_FILE_BYTES_MAX, &text, NULL), 0);
    for (size_t cut = 5000; cut < text.size; cut += 1013) {
        struct hb_journal *journal;
        struct hb_session found;
        temp_write(tmp.file, text.bytes, cut);
        assert_int_equal(hb_journal_reopen(&journal, tmp.file, &found, NULL), 0);
        append(journal, found.job_count, sample.job_count);
        assert_int_equal(hb_journal_close(journal, NULL), 0);
        hb_session_free(&found);
        assert_int_equal(hb_session_read(tmp.file, &found, NULL), 0);
        holds_first_jobs(&found, sample.job_count);
        hb_session_free(&found);
    }
    hb_buf_free(&text);
}

static void block_of_zeros_in_the_last_line_is_a_torn_line(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    struct hb_session found;
    write_whole();
    assert_int_equal(hb_file_read(tmp.file, HB_FILE_BYTES_MAX, &text, NULL), 0);
    memset(text.bytes + text.size - 300, 0, 200);
    assert_int_equal(hb_session_parse(text.bytes, text.size, "j", &found, NULL), 0);
    assert_int_equal(found.job_count, sample.job_count - 1);
    hb_session_free(&found);
    hb_buf_free(&text);
}

static void damage_before_the_last_line_is_refused_with_its_line(void **state)
{
    (void)state;
    struct hb_buf text = {0};
    struct hb_session found;
    struct hb_err err = {0};
    write_whole();
    assert_int_equal(hb_file_read(tmp.file, HB_FILE_BYTES_MAX, &text, NULL), 0);
    char *second_line = strchr(text.bytes, '\n') + 1;
    second_line[20] = '\x01';
    assert_int_equal(hb_session_parse(text.bytes, text.size, "j", &found, &err), -1);
    assert_int_equal(strncmp(err.message, "j:2:", 4), 0);
    assert_null(found.jobs);
    hb_buf_free(&text);
}

static void same_job_twice_is_refused(void **state)
{
    (void)state;
    struct hb_journal *journal = create();
    struct hb_session found;
    struct hb_err err = {0};
    append(journal, 0, 2);
    append(journal, 1, 2);
    assert_int_equal(hb_journal_close(journal, NULL), 0);
    assert_int_equal(hb_session_read(tmp.file, &found, &err), -1);
    assert_non_null(strstr(err.message, ":4:"));
    assert_non_null(strstr(err.message, "index"));
}

static void kill_at_any_moment_keeps_every_acknowledged_job(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 30; round++) {
        int ends[2];
        (void)unlink(tmp.file);
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            struct hb_journal *journal = create();
            for (uint32_t i = 0;; i++) {
                struct hb_job job = sample.jobs[5];
                job.index = i;
                if (hb_journal_append(journal, &sample, &job, NULL) != 0 ||
                    write(ends[1], "+", 1) != 1)
                    _exit(1);
            }
        }
        (void)close(ends[1]);
        char seen[4096];
        ssize_t acknowledged = read(ends[0], seen, 1);
        (void)usleep(round * 173);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        for (ssize_t got; (got = read(ends[0], seen, sizeof seen)) > 0;)
            acknowledged += got;
        (void)close(ends[0]);
        struct hb_journal *journal;
        struct hb_session found;
        assert_int_equal(hb_journal_reopen(&journal, tmp.file, &found, NULL), 0);
        assert_true((ssize_t)found.job_count >= acknowledged);
        assert_true((ssize_t)found.job_count <= acknowledged + 1);
        assert_int_equal(hb_journal_close(journal, NULL), 0);
        hb_session_free(&found);
    }
}

static void second_writer_is_kept_out(void **state)
{
    (void)state;
    struct hb_journal *journal = create(), *second;
    struct hb_session found;
    struct hb_err again = {0}, other = {0};
    assert_int_equal(hb_journal_reopen(&second, tmp.file, &found, &other), -1);
    assert_null(second);
    assert_non_null(strstr(other.message, tmp.file));
    assert_non_null(strstr(other.message, "another hakbench"));
    assert_int_equal(hb_journal_close(journal, NULL), 0);
    assert_int_equal(hb_journal_create(&second, tmp.file, &sample, &again), -1);
    assert_non_null(strstr(again.message, "--resume"));
    assert_int_equal(hb_journal_reopen(&second, tmp.file, &found, NULL), 0);
    assert_int_equal(hb_journal_close(second, NULL), 0);
    hb_session_free(&found);
}

static void what_was_learnt_of_an_allocator_is_kept(void **state)
{
    (void)state;
    struct hb_session found;
    struct hb_journal *journal = create();
    struct hb_allocator_entry entry = sample.allocators[1];
    SAMPLE_TEXT(entry.library_version, "3.1.4");
    append(journal, 0, 3);
    assert_int_equal(hb_journal_update_allocator(journal, &entry, NULL), 0);
    append(journal, 3, 5);
    assert_int_equal(hb_journal_close(journal, NULL), 0);
    assert_int_equal(hb_session_read(tmp.file, &found, NULL), 0);
    assert_int_equal(found.job_count, 5);
    assert_int_equal(found.allocator_count, 4);
    assert_memory_equal(&found.allocators[1], &entry, sizeof entry);
    hb_session_free(&found);
}

static void failed_append_leaves_the_journal_whole(void **state)
{
    (void)state;
    struct rlimit before, small;
    struct stat st;
    struct hb_err err = {0};
    struct hb_session found;
    struct hb_journal *journal = create();
    append(journal, 0, 2);
    assert_int_equal(stat(tmp.file, &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = (rlim_t)st.st_size + 100, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const int result = hb_journal_append(journal, &sample, &sample.jobs[2], &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    append(journal, 2, 4);
    assert_int_equal(hb_journal_close(journal, NULL), 0);
    assert_int_equal(hb_session_read(tmp.file, &found, NULL), 0);
    holds_first_jobs(&found, 4);
    hb_session_free(&found);
}

static void full_disk_is_reported_and_finished_jobs_stay(void **state)
{
    (void)state;
    struct hb_session found;
    struct hb_err err = {0};
    if (mount("none", tmp.path, "tmpfs", 0, "size=32k") != 0)
        skip();
    struct hb_journal *journal = create();
    size_t written = 0;
    for (uint32_t i = 0; written == i; i++) {
        struct hb_job job = sample.jobs[5];
        job.index = i;
        written += hb_journal_append(journal, &sample, &job, &err) == 0;
    }
    (void)hb_journal_close(journal, NULL);
    const int result = hb_session_read(tmp.file, &found, NULL);
    assert_int_equal(umount(tmp.path), 0);
    assert_non_null(strstr(err.message, "No space left"));
    assert_int_equal(result, 0);
    assert_true(written > 2);
    assert_int_equal(found.job_count, written);
    hb_session_free(&found);
}

static void finishing_removes_the_journal(void **state)
{
    (void)state;
    struct hb_journal *journal = create();
    assert_int_equal(hb_journal_finish(journal, NULL), 0);
    assert_int_equal(access(tmp.file, F_OK), -1);
    assert_int_equal(hb_journal_close(NULL, NULL), 0);
    assert_int_equal(hb_journal_finish(NULL, NULL), 0);
}

static void what_is_no_journal_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "\n",
                                        "{}\n",
                                        "{\"record\":\"job\"}\n",
                                        "{\"record\":\"sess",
                                        "{\"record\":\"session\"}\n",
                                        "{\"record\":\"session\"",
                                        "{\"record\":\"session\"x}\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct hb_journal *journal;
        struct hb_session found;
        struct hb_err err = {0};
        temp_write(tmp.file, texts[i], strlen(texts[i]));
        assert_int_equal(hb_journal_reopen(&journal, tmp.file, &found, &err), -1);
        assert_int_equal(err.kind, HB_ERR_USAGE);
        assert_null(journal);
        assert_file_holds(tmp.file, texts[i]);
    }
}

static void links_and_folders_are_refused(void **state)
{
    (void)state;
    struct hb_journal *journal;
    struct hb_session found;
    write_whole();
    char link[128];
    (void)snprintf(link, sizeof link, "%.60s/link", tmp.path);
    assert_int_equal(symlink("run.jsonl", link), 0);
    assert_int_equal(hb_journal_reopen(&journal, link, &found, NULL), -1);
    assert_int_equal(hb_journal_reopen(&journal, tmp.path, &found, NULL), -1);
    assert_int_equal(hb_journal_create(&journal, "/nowhere/x", &sample, NULL), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int write_golden(void)
{
    sample_session(&sample);
    (void)strcpy(tmp.file, "tests/golden/journal-1.jsonl");
    write_whole();
    hb_session_free(&sample);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--write-golden") == 0)
        return write_golden();
    const struct CMUnitTest tests[] = {
        TEST(journal_reads_as_the_session_it_is_of),
        TEST(unfinished_session_is_partial),
        TEST(golden_journal_stays_readable),
        TEST(journal_of_version_1_goes_on_in_version_2),
        TEST(cut_at_every_byte_keeps_the_whole_lines),
        TEST(reopening_drops_the_torn_line_and_goes_on),
        TEST(block_of_zeros_in_the_last_line_is_a_torn_line),
        TEST(damage_before_the_last_line_is_refused_with_its_line),
        TEST(same_job_twice_is_refused),
        TEST(kill_at_any_moment_keeps_every_acknowledged_job),
        TEST(second_writer_is_kept_out),
        TEST(what_was_learnt_of_an_allocator_is_kept),
        TEST(failed_append_leaves_the_journal_whole),
        TEST(full_disk_is_reported_and_finished_jobs_stay),
        TEST(finishing_removes_the_journal),
        TEST(what_is_no_journal_is_refused),
        TEST(links_and_folders_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
