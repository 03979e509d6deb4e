/* result/file: whole files, whatever the disk does. */
#include "unit/temp_folder.h"

#include "result/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

static struct temp_folder tmp;

static int setup(void **state)
{
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    temp_make(&tmp);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_remove(&tmp);
    return 0;
}

static int write_text(const char *path, const char *text, struct hb_err *err)
{
    return hb_file_write_atomic(path, text, strlen(text), err);
}

static void new_file_holds_the_bytes_and_nothing_else_is_left(void **state)
{
    (void)state;
    struct hb_err err = {0};
    assert_int_equal(write_text(temp_path(&tmp, "a"), "hello", &err), 0);
    assert_file_holds(tmp.file, "hello");
    assert_int_equal(temp_count(&tmp), 1);
}

static void relative_paths_work_without_a_slash(void **state)
{
    (void)state;
    char before[1024];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(tmp.path), 0);
    assert_int_equal(write_text("plain", "x", NULL), 0);
    assert_file_holds("plain", "x");
    assert_int_equal(chdir(before), 0);
}

static void existing_file_is_replaced_and_keeps_its_mode(void **state)
{
    (void)state;
    struct stat before, after;
    temp_write(temp_path(&tmp, "a"), "old and longer", 14);
    assert_int_equal(chmod(tmp.file, 0640), 0);
    assert_int_equal(stat(tmp.file, &before), 0);
    assert_int_equal(write_text(tmp.file, "new", NULL), 0);
    assert_int_equal(stat(tmp.file, &after), 0);
    assert_file_holds(tmp.file, "new");
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_not_equal(after.st_ino, before.st_ino);
}

static void link_stays_a_link_and_its_target_is_replaced(void **state)
{
    (void)state;
    char target[128];
    struct stat st;
    (void)strcpy(target, temp_path(&tmp, "target"));
    temp_write(target, "old", 3);
    assert_int_equal(symlink("target", temp_path(&tmp, "link")), 0);
    assert_int_equal(write_text(tmp.file, "new", NULL), 0);
    assert_int_equal(lstat(tmp.file, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_file_holds(target, "new");
}

static void refused(const char *path, const char *why)
{
    struct hb_err err = {0};
    assert_int_equal(write_text(path, "x", &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
    if (!strstr(err.message, why) || !strstr(err.message, path))
        fail_msg("%s", err.message);
    err = (struct hb_err){0};
    assert_int_equal(hb_file_check_output(path, true, &err), -1);
    assert_int_equal(err.kind, HB_ERR_USAGE);
}

static void folders_sockets_and_dangling_links_are_refused(void **state)
{
    (void)state;
    refused(tmp.path, "is a folder");
    refused("/nowhere/at/all/x", "No such file");
    assert_int_equal(symlink("nothing", temp_path(&tmp, "dangling")), 0);
    refused(tmp.file, "a link to nothing");
    assert_int_equal(symlink("loop", temp_path(&tmp, "loop")), 0);
    refused(tmp.file, "symbolic links");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.60s", temp_path(&tmp, "socket"));
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    refused(tmp.file, "a socket");
    (void)close(fd);
    temp_write(temp_path(&tmp, "file"), "", 0);
    refused(temp_path(&tmp, "file/x"), "Not a directory");
}

static void full_device_is_reported(void **state)
{
    (void)state;
    struct hb_err err = {0};
    assert_int_equal(write_text("/dev/full", "x", &err), -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    assert_non_null(strstr(err.message, "No space left"));
}

static void devices_are_written_in_place(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(write_text("/dev/null", "x", NULL), 0);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

static void pipe_gets_the_bytes_and_a_closed_one_is_an_error(void **state)
{
    (void)state;
    char path[32], found[8] = "";
    int ends[2];
    struct hb_err err = {0};
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    assert_int_equal(write_text(path, "hello", &err), 0);
    assert_int_equal(read(ends[0], found, 5), 5);
    assert_string_equal(found, "hello");
    (void)close(ends[0]);
    assert_int_equal(hb_file_write_all(ends[1], "x", 1, "pipe", &err), -1);
    assert_non_null(strstr(err.message, "Broken pipe"));
    (void)close(ends[1]);
}

static void file_size_limit_keeps_the_old_file(void **state)
{
    (void)state;
    static char large[100000];
    struct rlimit before, small;
    struct hb_err err = {0};
    temp_write(temp_path(&tmp, "a"), "old", 3);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 5000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const int result = hb_file_write_atomic(tmp.file, large, sizeof large, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(result, -1);
    assert_int_equal(err.kind, HB_ERR_SYSTEM);
    assert_non_null(strstr(err.message, "File too large"));
    assert_file_holds(tmp.file, "old");
    assert_int_equal(temp_count(&tmp), 1);
}

static void full_disk_keeps_the_old_file(void **state)
{
    (void)state;
    static char large[1 << 20];
    struct hb_err err = {0};
    if (mount("none", tmp.path, "tmpfs", 0, "size=64k") != 0)
        skip();
    temp_write(temp_path(&tmp, "a"), "old", 3);
    const int result = hb_file_write_atomic(tmp.file, large, sizeof large, &err);
    const int left = temp_count(&tmp);
    assert_file_holds(tmp.file, "old");
    assert_int_equal(umount(tmp.path), 0);
    assert_int_equal(result, -1);
    assert_non_null(strstr(err.message, "No space left"));
    assert_int_equal(left, 1);
}

static void write_protected_file_is_refused(void **state)
{
    (void)state;
    temp_write(temp_path(&tmp, "a"), "old", 3);
    assert_int_equal(chmod(tmp.file, 0444), 0);
    if (access(tmp.file, W_OK) == 0)
        skip(); /* root may */
    refused(tmp.file, "Permission denied");
    assert_file_holds(tmp.file, "old");
}

static void kill_leaves_the_old_file_or_the_new_one(void **state)
{
    (void)state;
    static char old[50000], new[70000];
    memset(old, 'o', sizeof old);
    memset(new, 'n', sizeof new);
    (void)temp_path(&tmp, "a");
    assert_int_equal(hb_file_write_atomic(tmp.file, old, sizeof old, NULL), 0);
    for (unsigned round = 0; round < 40; round++) {
        const pid_t child = fork();
        if (child == 0) {
            for (;;) {
                (void)hb_file_write_atomic(tmp.file, new, sizeof new, NULL);
                (void)hb_file_write_atomic(tmp.file, old, sizeof old, NULL);
            }
        }
        (void)usleep(500 + round * 137);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        struct hb_buf found = {0};
        assert_int_equal(hb_file_read(tmp.file, HB_FILE_BYTES_MAX, &found, NULL), 0);
        assert_true((found.size == sizeof old && memcmp(found.bytes, old, sizeof old) == 0) ||
                    (found.size == sizeof new &&memcmp(found.bytes, new, sizeof new) == 0));
        hb_buf_free(&found);
    }
}

/* --- checking outputs before a run ----------------------------------------------------------- */

static void checking_an_output_creates_nothing(void **state)
{
    (void)state;
    assert_int_equal(hb_file_check_output(temp_path(&tmp, "a"), false, NULL), 0);
    assert_int_equal(temp_count(&tmp), 0);
    assert_int_equal(hb_file_check_output("/dev/null", false, NULL), 0);
}

static void nothing_is_overwritten_without_being_asked(void **state)
{
    (void)state;
    struct hb_err err = {0};
    temp_write(temp_path(&tmp, "a"), "x", 1);
    assert_int_equal(hb_file_check_output(tmp.file, false, &err), -1);
    assert_non_null(strstr(err.message, "is there already"));
    assert_int_equal(hb_file_check_output(tmp.file, true, NULL), 0);
    temp_write(temp_path(&tmp, "empty"), "", 0);
    assert_int_equal(hb_file_check_output(tmp.file, false, NULL), 0);
    struct hb_err empty = {0}, root = {0};
    assert_int_equal(hb_file_check_output("", true, &empty), -1);
    assert_non_null(strstr(empty.message, "the path of the output is empty"));
    assert_int_equal(hb_file_check_output("/", true, &root), -1);
    assert_non_null(strstr(root.message, "/: is a folder"));
}

/* --- reading --------------------------------------------------------------------------------- */

static void reading_gives_every_byte(void **state)
{
    (void)state;
    struct hb_buf found = {0};
    char bytes[70000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    temp_write(temp_path(&tmp, "a"), bytes, sizeof bytes);
    assert_int_equal(hb_file_read(tmp.file, sizeof bytes, &found, NULL), 0);
    assert_int_equal(found.size, sizeof bytes);
    assert_memory_equal(found.bytes, bytes, sizeof bytes);
    hb_buf_free(&found);
}

static void reading_stops_at_the_limit(void **state)
{
    (void)state;
    struct hb_buf found = {0};
    struct hb_err file = {0}, endless = {0};
    temp_write(temp_path(&tmp, "a"), "12345", 5);
    assert_int_equal(hb_file_read(tmp.file, 4, &found, &file), -1);
    assert_non_null(strstr(file.message, "longer than the 4 bytes"));
    assert_int_equal(hb_file_read("/dev/zero", 1 << 20, &found, &endless), -1);
    assert_non_null(strstr(endless.message, "longer than"));
    hb_buf_free(&found);
}

/* The limit is of a file, not of all that were read. */
static void reading_adds_to_what_is_there(void **state)
{
    (void)state;
    struct hb_buf found = {0};
    temp_write(temp_path(&tmp, "a"), "12345", 5);
    for (int i = 0; i < 3; i++)
        assert_int_equal(hb_file_read(tmp.file, 5, &found, NULL), 0);
    assert_string_equal(hb_buf_string(&found), "123451234512345");
    hb_buf_free(&found);
}

static void reading_refuses_folders_and_absent_files(void **state)
{
    (void)state;
    struct hb_buf found = {0};
    struct hb_err folder = {0}, absent = {0};
    assert_int_equal(hb_file_read(tmp.path, 100, &found, &folder), -1);
    assert_non_null(strstr(folder.message, "is a folder"));
    assert_int_equal(hb_file_read(temp_path(&tmp, "no"), 100, &found, &absent), -1);
    assert_int_equal(absent.kind, HB_ERR_USAGE);
    assert_null(found.bytes);
}

/* In place of the C library's: what was just written is old. */
static time_t ahead_s;
time_t time(time_t *out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += ahead_s;
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

/* --- hashes ---------------------------------------------------------------------------------- */

static void hashes_are_those_of_fips_180_4(void **state)
{
    (void)state;
    char hex[HB_SHA256_TEXT];
    hb_sha256_text("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hb_sha256_text("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    temp_write(temp_path(&tmp, "a"), "abc", 3);
    assert_int_equal(hb_sha256_file(tmp.file, hex, NULL), 0);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Hashes of old files are kept: not past a change, though of the same size and in the same place.
 */
static void hash_of_a_changed_file_is_another(void **state)
{
    (void)state;
    const struct timespec times[] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = 1000000000}};
    char before[HB_SHA256_TEXT], after[HB_SHA256_TEXT];
    ahead_s = 10;
    temp_write(temp_path(&tmp, "a"), "abc", 3);
    assert_int_equal(hb_sha256_file(tmp.file, before, NULL), 0);
    temp_write(tmp.file, "abd", 3);
    assert_int_equal(utimensat(AT_FDCWD, tmp.file, times, 0), 0);
    assert_int_equal(hb_sha256_file(tmp.file, after, NULL), 0);
    ahead_s = 0;
    assert_string_not_equal(before, after);
}

static void a_file_is_known_by_its_place_size_and_time(void **state)
{
    (void)state;
    temp_write(temp_path(&tmp, "a"), "abc", 3);
    const struct hb_file_id file = hb_file_identify(tmp.file), again = hb_file_identify(tmp.file);
    assert_int_equal(file.size, 3);
    assert_true(hb_file_id_is_same(&file, &again));
    const struct hb_file_id none = {0}, folder = hb_file_identify(tmp.path),
                            absent = hb_file_identify(temp_path(&tmp, "no"));
    assert_true(hb_file_id_is_same(&folder, &none));
    assert_true(hb_file_id_is_same(&absent, &none));
    assert_false(hb_file_id_is_same(&file, &none));
    for (int field = 0; field < 4; field++) {
        struct hb_file_id other = file;
        other.device += field == 0;
        other.inode += field == 1;
        other.size += field == 2;
        other.changed_ns += field == 3;
        assert_false(hb_file_id_is_same(&file, &other));
    }
}

static void hash_of_an_unreadable_file_is_an_error(void **state)
{
    (void)state;
    char hex[HB_SHA256_TEXT];
    struct hb_err err = {0};
    assert_int_equal(hb_sha256_file(temp_path(&tmp, "no"), hex, &err), -1);
    assert_int_equal(hb_sha256_file(tmp.path, hex, NULL), -1);
    assert_non_null(strstr(err.message, tmp.file));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_file_holds_the_bytes_and_nothing_else_is_left),
        TEST(relative_paths_work_without_a_slash),
        TEST(existing_file_is_replaced_and_keeps_its_mode),
        TEST(link_stays_a_link_and_its_target_is_replaced),
        TEST(folders_sockets_and_dangling_links_are_refused),
        TEST(full_device_is_reported),
        TEST(devices_are_written_in_place),
        TEST(pipe_gets_the_bytes_and_a_closed_one_is_an_error),
        TEST(file_size_limit_keeps_the_old_file),
        TEST(full_disk_keeps_the_old_file),
        TEST(write_protected_file_is_refused),
        TEST(kill_leaves_the_old_file_or_the_new_one),
        TEST(checking_an_output_creates_nothing),
        TEST(nothing_is_overwritten_without_being_asked),
        TEST(reading_gives_every_byte),
        TEST(reading_stops_at_the_limit),
        TEST(reading_adds_to_what_is_there),
        TEST(reading_refuses_folders_and_absent_files),
        TEST(hashes_are_those_of_fips_180_4),
        TEST(hash_of_a_changed_file_is_another),
        TEST(a_file_is_known_by_its_place_size_and_time),
        TEST(hash_of_an_unreadable_file_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
