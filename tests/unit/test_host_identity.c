/* Who measured, on machines made of files, and on none. */
#include "host/identity.h"

#include "host/hostfile.h"
#include "unit/test_host_tree.h"

#include <math.h>

#define X86_CPU                                                                                    \
    "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel\t\t: 2\nmodel name\t: AMD EPYC 9B14 \n"      \
    "flags\t\t: fpu vme hypervisor lahf_lm\n\nprocessor\t: 1\nmodel name\t: other\n"

static void a_machine_is_described(void **state)
{
    struct tree tree;
    struct hb_host_info info;
    (void)state;
    tree_make(&tree);
    tree_write(&tree, "/etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n");
    tree_write(&tree, "/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    tree_write(&tree, "/proc/cpuinfo", X86_CPU);
    tree_write(&tree, "/proc/meminfo", "MemTotal:       24684092 kB\nMemFree: 1 kB\n");
    tree_write(&tree, "/proc/loadavg", "0.71 0.74 0.46 3/92 23150\n");
    tree_write(&tree, "/proc/sys/kernel/randomize_va_space", "2\n");
    tree_write(&tree, "/proc/sys/vm/overcommit_memory", "1\n");
    tree_write(&tree, "/sys/devices/system/cpu/online", "0-2,5\n");
    tree_write(&tree, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    tree_write(&tree, "/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
    tree_write(&tree, "/sys/class/dmi/id/sys_vendor", "QEMU\n");
    tree_write(&tree, "/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    tree_write(&tree, "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    tree_write(&tree, "/sys/kernel/mm/transparent_hugepage/defrag",
               "always defer [defer+madvise] madvise never\n");
    tree_write(&tree, "/proc/self/cgroup", "0::/user\n");
    tree_write(&tree, "/sys/fs/cgroup/user/cpu.max", "150000 100000\n");
    tree_write(&tree, "/sys/fs/cgroup/user/memory.max", "1073741824\n");
    hb_host_identity_at(tree.root, &info);
    assert_string_equal(info.os, "Debian GNU/Linux 12");
    assert_string_equal(info.machine_id_hash, "3eb1bd439947eb76");
    assert_string_equal(info.cpu_model, "AMD EPYC 9B14");
    assert_string_equal(info.cpu_governor, "powersave");
    assert_string_equal(info.turbo, "off");
    assert_string_equal(info.hypervisor, "QEMU");
    assert_string_equal(info.thp_enabled, "madvise");
    assert_string_equal(info.thp_defrag, "defer+madvise");
    assert_string_equal(info.clocksource, "tsc");
    assert_int_equal(info.cpu_count, 4);
    assert_int_equal(info.memory_bytes, UINT64_C(24684092) * 1024);
    assert_true(info.cpu_quota == 1.5);
    assert_int_equal(info.memory_limit_bytes, 1 << 30);
    assert_int_equal(info.aslr, 2);
    assert_int_equal(info.overcommit, 1);
    assert_true(fabs(info.load1_start - 0.71) < 1e-9);
    assert_true(isnan(info.load1_end));
    assert_string_equal(info.cpus_used, "");
    tree_remove(&tree);
}

static void nothing_known_is_said_so(void **state)
{
    struct hb_host_info info;
    (void)state;
    hb_host_identity_at("/nonexistent", &info);
    const char *const texts[] = {info.os,          info.machine_id_hash, info.cpu_model,
                                 info.turbo,       info.cpu_governor,    info.hypervisor,
                                 info.thp_enabled, info.thp_defrag,      info.clocksource};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_string_equal(texts[i], "unknown");
    assert_int_equal(info.cpu_count, 0);
    assert_int_equal(info.memory_bytes, 0);
    assert_int_equal(info.aslr, -1);
    assert_int_equal(info.overcommit, -1);
    assert_true(isnan(info.load1_start));
    assert_int_equal(strlen(info.class_key), 64);
}

static void a_bare_machine_has_no_hypervisor(void **state)
{
    struct tree tree;
    struct hb_host_info info;
    (void)state;
    tree_make(&tree);
    tree_write(&tree, "/proc/cpuinfo", "model name\t: X\nflags\t\t: fpu nohypervisor sse\n");
    tree_write(&tree, "/sys/class/dmi/id/sys_vendor", "LENOVO\n");
    hb_host_identity_at(tree.root, &info);
    assert_string_equal(info.hypervisor, "none");
    tree_write(&tree, "/sys/hypervisor/type", "xen\n");
    hb_host_identity_at(tree.root, &info);
    assert_string_equal(info.hypervisor, "xen");
    tree_remove(&tree);
}

static void an_arm_cpu_is_named_by_its_numbers(void **state)
{
    struct tree tree;
    struct hb_host_info info;
    (void)state;
    tree_make(&tree);
    tree_write(&tree, "/proc/cpuinfo",
               "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n");
    hb_host_identity_at(tree.root, &info);
    assert_string_equal(info.cpu_model, "implementer 0x41 part 0xd40");
    assert_string_equal(info.hypervisor, "unknown");
    tree_remove(&tree);
}

static void a_machine_id_not_yet_made_is_unknown(void **state)
{
    static const char *const ids[] = {"", "\n", "uninitialized\n"};
    struct tree tree;
    struct hb_host_info info;
    (void)state;
    tree_make(&tree);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        tree_write(&tree, "/etc/machine-id", ids[i]);
        hb_host_identity_at(tree.root, &info);
        assert_string_equal(info.machine_id_hash, "unknown");
    }
    tree_remove(&tree);
}

static void the_class_tells_cpus_apart(void **state)
{
    struct tree tree;
    struct hb_host_info first, second;
    (void)state;
    tree_make(&tree);
    tree_write(&tree, "/proc/cpuinfo", X86_CPU);
    tree_write(&tree, "/sys/devices/system/cpu/online", "0-3\n");
    hb_host_identity_at(tree.root, &first);
    tree_write(&tree, "/proc/loadavg", "9.00 0.74 0.46 3/92 23150\n");
    hb_host_identity_at(tree.root, &second);
    assert_string_equal(first.class_key, second.class_key);
    tree_write(&tree, "/sys/devices/system/cpu/online", "0-4\n");
    hb_host_identity_at(tree.root, &second);
    assert_string_not_equal(first.class_key, second.class_key);
    tree_remove(&tree);
}

static void texts_too_long_are_cut(void **state)
{
    char text[3000];
    struct tree tree;
    struct hb_host_info info;
    (void)state;
    tree_make(&tree);
    (void)snprintf(text, sizeof text, "%02500d\n", 0);
    tree_write(&tree, "/sys/kernel/mm/transparent_hugepage/enabled", text);
    tree_write(&tree, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", text);
    (void)snprintf(text, sizeof text, "PRETTY_NAME=\"%02500d\"\n", 0);
    tree_write(&tree, "/etc/os-release", text);
    hb_host_identity_at(tree.root, &info);
    assert_int_equal(strlen(info.thp_enabled), sizeof info.thp_enabled - 1);
    assert_int_equal(strlen(info.cpu_governor), sizeof info.cpu_governor - 1);
    assert_int_equal(strlen(info.os), sizeof info.os - 1);
    tree_remove(&tree);
}

static void this_machine_can_be_described(void **state)
{
    struct hb_host_info info;
    (void)state;
    hb_host_identity(&info);
    assert_string_not_equal(info.hostname, "");
    assert_int_equal(setenv("HAKBENCH_HOST", "node-7", 1), 0);
    hb_host_identity(&info);
    assert_string_equal(info.hostname, "node-7");
    assert_int_equal(setenv("HAKBENCH_HOST", "", 1), 0);
    hb_host_identity(&info);
    assert_string_not_equal(info.hostname, "");
    assert_int_equal(unsetenv("HAKBENCH_HOST"), 0);
    assert_string_not_equal(info.kernel, "unknown");
    assert_true(strncmp(info.libc, "glibc 2.", 8) == 0);
    assert_true(info.cpu_count >= 1 && info.page_bytes >= 4096);
    assert_true(info.memory_bytes > 1 << 20);
}

static void fields_are_found_by_their_whole_key(void **state)
{
    char value[16];
    (void)state;
    assert_true(hb_host_field("model\t: 2\nmodel name\t: A B \n", "model name", ':', value, 16));
    assert_string_equal(value, "A B");
    assert_true(hb_host_field("A=\"x\"\nB=\"y\"", "B", '=', value, 16));
    assert_string_equal(value, "y");
    assert_false(hb_host_field("AB=1\n", "A", '=', value, 16));
    assert_string_equal(value, "unknown");
    assert_false(hb_host_field("A=\nB=2\n", "A", '=', value, 16));
    assert_false(hb_host_field("", "A", '=', value, 16));
}

static void lists_are_counted(void **state)
{
    (void)state;
    assert_int_equal(hb_host_list_count("0"), 1);
    assert_int_equal(hb_host_list_count("0-3,8\n"), 5);
    assert_int_equal(hb_host_list_count(""), 0);
    assert_int_equal(hb_host_list_count("3-1"), 0);
    assert_int_equal(hb_host_list_count("0-"), 0);
    assert_int_equal(hb_host_list_count("0,,1"), 0);
    assert_int_equal(hb_host_list_count("x"), 0);
    assert_int_equal(hb_host_list_count("0-99999999999999999999"), 0);
}

static void brackets_and_words(void **state)
{
    char text[] = "always [madvise] never", none[] = "madvise", odd[] = "]a[";
    (void)state;
    hb_host_bracketed(text);
    hb_host_bracketed(none);
    hb_host_bracketed(odd);
    assert_string_equal(text, "madvise");
    assert_string_equal(none, "madvise");
    assert_string_equal(odd, "]a[");
    assert_true(hb_host_has_word("a bc\td", "bc") && hb_host_has_word("a bc\td", "d"));
    assert_false(hb_host_has_word("abc", "bc") || hb_host_has_word("bcd", "bc") ||
                 hb_host_has_word("", "bc"));
}

static void numbers_and_folders(void **state)
{
    struct tree tree;
    int64_t value = 42;
    char text[8];
    (void)state;
    tree_make(&tree);
    tree_write(&tree, "/n", "-7 apples\n");
    tree_write(&tree, "/word", "apples\n");
    assert_false(hb_host_number(tree.root, "/word", &value));
    assert_int_equal(value, 42);
    assert_true(hb_host_number(tree.root, "/n", &value));
    assert_int_equal(value, -7);
    assert_false(hb_host_line(tree.root, "", text, sizeof text));
    assert_string_equal(text, "unknown");
    assert_false(hb_host_text(tree.root, "/none", text, sizeof text));
    assert_string_equal(text, "");
    assert_true(hb_host_text(tree.root, "/word", text, 4));
    assert_string_equal(text, "app");
    tree_remove(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_is_described),
        cmocka_unit_test(nothing_known_is_said_so),
        cmocka_unit_test(a_bare_machine_has_no_hypervisor),
        cmocka_unit_test(an_arm_cpu_is_named_by_its_numbers),
        cmocka_unit_test(a_machine_id_not_yet_made_is_unknown),
        cmocka_unit_test(the_class_tells_cpus_apart),
        cmocka_unit_test(texts_too_long_are_cut),
        cmocka_unit_test(this_machine_can_be_described),
        cmocka_unit_test(fields_are_found_by_their_whole_key),
        cmocka_unit_test(lists_are_counted),
        cmocka_unit_test(brackets_and_words),
        cmocka_unit_test(numbers_and_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
