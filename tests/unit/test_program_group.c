/* A control group for one run, on machines of version 2 and of version 1 that are made up of files:
 * mkdir and rmdir are this test's own, and do what the kernel's file system does of itself. A real
 * group is in tests/cli/engine_test.sh, where one can be made. */
#include "program/group.h"

#include "unit/test_host_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct tree tree;
static const char *refused;   /* below this nobody may make a group; NULL: anywhere */
static const char *with_peak; /* right below this one has a peak, as its controller is handed on */
static const char *peak_file = "memory.peak";

static void write_here(const char *folder, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    tree_write(&tree, path, text);
}

static void write_in(const char *folder, const char *name, const char *text)
{
    write_here(folder + strlen(tree.root), name, text);
}

static bool is_below(const char *path, const char *folder)
{
    const char *inside = path + strlen(tree.root);
    return folder && strncmp(inside, folder, strlen(folder)) == 0 &&
           inside[strlen(folder)] == '/' && !strchr(inside + strlen(folder) + 1, '/');
}

int mkdir(const char *path, mode_t mode)
{
    if (strstr(path, "/run-1") && is_below(path, refused)) {
        errno = EACCES;
        return -1;
    }
    if (syscall(SYS_mkdirat, AT_FDCWD, path, mode) != 0)
        return -1;
    if (strstr(path, "/run-1")) {
        write_in(path, "cgroup.procs", "");
        if (is_below(path, with_peak))
            write_in(path, peak_file, "7340032\n");
    }
    return 0;
}

int rmdir(const char *path)
{
    static const char *const files[] = {"cgroup.procs", "memory.peak", "memory.max_usage_in_bytes"};
    char file[512];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(file, sizeof file, "%s/%s", path, files[i]);
        (void)unlink(file);
    }
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

static bool is_there(const char *path)
{
    char whole[512];
    (void)snprintf(whole, sizeof whole, "%s%s", tree.root, path);
    return access(whole, F_OK) == 0;
}

static int machine(void **state)
{
    (void)state;
    tree_make(&tree);
    refused = with_peak = NULL;
    peak_file = "memory.peak";
    return 0;
}

static int no_machine(void **state)
{
    (void)state;
    tree_remove(&tree);
    return 0;
}

/* Version 2: the group that the harness is in has processes and hands nothing on; its parent does.
 */
static void version_2_has_one_beside_the_harness(void **state)
{
    (void)state;
    struct hb_group group;
    tree_write(&tree, "/proc/self/cgroup", "0::/user/shell\n");
    tree_write(&tree, "/sys/fs/cgroup/user/shell/cgroup.procs", "");
    with_peak = "/sys/fs/cgroup/user";
    hb_group_make(tree.root, "run-1", &group);
    assert_string_equal(group.folder + strlen(tree.root), "/sys/fs/cgroup/user/run-1");
    assert_string_equal(group.peak_file, "memory.peak");
    assert_false(is_there("/sys/fs/cgroup/user/shell/run-1")); /* tried, and removed */
    assert_true(hb_group_peak(&group) == 7340032);
    const int procs = hb_group_open(&group);
    assert_int_equal(write(procs, "0\n", 2), 2);
    assert_int_equal(close(procs), 0);
    hb_group_remove(&group);
    assert_false(is_there("/sys/fs/cgroup/user/run-1"));
    assert_string_equal(group.folder, "");
    assert_true(isnan(hb_group_peak(&group)));
}

/* Its neighbour would run outside what the harness is held to. */
static void nothing_is_made_above_a_group_with_limits(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
        bool is_limit;
    } rows[] = {{"memory.max", "1073741824\n", true},
                {"memory.max", "max\n", false},
                {"memory.high", "1048576\n", true},
                {"cpu.max", "150000 100000\n", true},
                {"cpu.max", "max 100000\n", false},
                {"cpuset.cpus", "0-1\n", true},
                {"cpuset.cpus", "\n", false},
                {"pids.max", "100\n", false},
                {"io.max", "8:0 rbps=1048576 wbps=max riops=max wiops=max\n", true},
                {"memory.limit_in_bytes", "268435456\n", true},
                {"memory.limit_in_bytes", "9223372036854771712\n", false}};
    tree_write(&tree, "/proc/self/cgroup", "0::/user/shell\n");
    tree_write(&tree, "/sys/fs/cgroup/user/shell/cgroup.procs", "");
    with_peak = "/sys/fs/cgroup/user";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hb_group group;
        write_here("/sys/fs/cgroup/user/shell", rows[i].file, rows[i].text);
        hb_group_make(tree.root, "run-1", &group);
        assert_string_equal(group.folder[0] ? group.folder + strlen(tree.root) : "",
                            rows[i].is_limit ? "" : "/sys/fs/cgroup/user/run-1");
        assert_false(is_there("/sys/fs/cgroup/user/shell/run-1"));
        hb_group_remove(&group);
        write_here("/sys/fs/cgroup/user/shell", rows[i].file, "max\n");
    }
    /* Within them it may. */
    write_here("/sys/fs/cgroup/user", "memory.max", "1073741824\n");
    struct hb_group group;
    hb_group_make(tree.root, "run-1", &group);
    assert_string_equal(group.folder + strlen(tree.root), "/sys/fs/cgroup/user/run-1");
    hb_group_remove(&group);
}

/* A container's: it sees its own group as the root of all. */
static void version_2_in_a_container_has_one_below_its_root(void **state)
{
    (void)state;
    struct hb_group group;
    tree_write(&tree, "/proc/self/cgroup", "0::/\n");
    tree_write(&tree, "/sys/fs/cgroup/cgroup.procs", "");
    with_peak = "/sys/fs/cgroup";
    hb_group_make(tree.root, "run-1", &group);
    assert_string_equal(group.folder + strlen(tree.root), "/sys/fs/cgroup/run-1");
    hb_group_remove(&group);
}

static void version_1_is_taken_where_2_has_no_memory(void **state)
{
    (void)state;
    struct hb_group group;
    tree_write(&tree, "/proc/self/cgroup", "4:memory:/here\n0::/\n");
    tree_write(&tree, "/sys/fs/cgroup/unified/cgroup.procs", "");
    tree_write(&tree, "/sys/fs/cgroup/memory/here/cgroup.procs", "");
    with_peak = "/sys/fs/cgroup/memory/here";
    peak_file = "memory.max_usage_in_bytes";
    hb_group_make(tree.root, "run-1", &group);
    assert_string_equal(group.folder + strlen(tree.root), "/sys/fs/cgroup/memory/here/run-1");
    assert_true(hb_group_peak(&group) == 7340032);
    assert_false(is_there("/sys/fs/cgroup/unified/run-1"));
    hb_group_remove(&group);
}

static void without_the_right_there_is_none_and_it_says_so(void **state)
{
    (void)state;
    struct hb_group group;
    tree_write(&tree, "/proc/self/cgroup", "0::/user\n");
    tree_write(&tree, "/sys/fs/cgroup/user/cgroup.procs", "");
    refused = "/sys/fs/cgroup/user";
    hb_group_make(tree.root, "run-1", &group); /* below the root it may, but there is no peak */
    assert_string_equal(group.folder, "");
    assert_string_equal(group.why_none, "no control group with memory.peak can be made here");
    assert_int_equal(hb_group_open(&group), -1);
    assert_false(is_there("/sys/fs/cgroup/run-1"));
    hb_group_remove(&group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(version_2_has_one_beside_the_harness, machine, no_machine),
        cmocka_unit_test_setup_teardown(nothing_is_made_above_a_group_with_limits, machine,
                                        no_machine),
        cmocka_unit_test_setup_teardown(version_2_in_a_container_has_one_below_its_root, machine,
                                        no_machine),
        cmocka_unit_test_setup_teardown(version_1_is_taken_where_2_has_no_memory, machine,
                                        no_machine),
        cmocka_unit_test_setup_teardown(without_the_right_there_is_none_and_it_says_so, machine,
                                        no_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
