/* What disturbs, on machines made of files: each finding once quiet and once loud. */
#include "host/noise.h"

#include "host/cgroup.h"
#include "host/probe.h"
#include "unit/test_host_tree.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ptrace.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPU "/sys/devices/system/cpu/"

/* ---- a kernel that refuses: these stand before the C library's ---- */

static struct {
    bool every_other_read, space;
    int tracing; /* a request of ptrace, or -1 */
} refused = {.tracing = -1};

ssize_t read(int fd, void *bytes, size_t count)
{
    static bool is_other;
    if (refused.every_other_read && (is_other = !is_other)) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_read, fd, bytes, count);
}

int statvfs(const char *path, struct statvfs *space)
{
    void *const next = dlsym(RTLD_NEXT, "statvfs");
    int (*call)(const char *, struct statvfs *);
    memcpy(&call, &next, sizeof call);
    return refused.space ? -1 : call(path, space);
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list words;
    va_start(words, request);
    const pid_t pid = va_arg(words, pid_t);
    void *const address = va_arg(words, void *), *const data = va_arg(words, void *);
    va_end(words);
    if ((int)request == refused.tracing) {
        errno = EPERM;
        return -1;
    }
    return syscall(SYS_ptrace, request, pid, address, data);
}

/* ---- machines made of files ---- */

struct machine {
    struct tree tree;
    struct hb_findings findings;
};

static void survey(struct machine *machine)
{
    const struct hb_noise_options options = {
        .root = machine->tree.root, .sample_ms = 1, .files_only = true};
    hb_noise_survey(&options, &machine->findings);
}

static const struct hb_finding *find(const struct hb_findings *findings, const char *key)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->finding[i].key, key) == 0)
            return &findings->finding[i];
    }
    return NULL;
}

/* The finding with this key: its level and the start of its value are as given. */
static const struct hb_finding *expect(const struct machine *machine, const char *key,
                                       enum hb_finding_level level, const char *value)
{
    const struct hb_finding *finding = find(&machine->findings, key);
    if (!finding)
        fail_msg("no finding %s", key);
    if (finding->level != level || strncmp(finding->value, value, strlen(value)) != 0)
        fail_msg("%s is %s \"%s\", not %s \"%s\"", key, hb_finding_level_names[finding->level],
                 finding->value, hb_finding_level_names[level], value);
    return finding;
}

static void quiet_machine(struct machine *machine)
{
    const struct tree *tree = &machine->tree;
    tree_make(&machine->tree);
    tree_write(tree, "/proc/cpuinfo", "model name\t: X\nflags\t\t: fpu sse\n");
    tree_write(tree, "/proc/meminfo",
               "MemTotal: 16000000 kB\nMemAvailable: 12000000 kB\n"
               "SwapTotal: 0 kB\nSwapFree: 0 kB\n");
    tree_write(tree, "/proc/loadavg", "0.01 0.74 0.46 3/92 23150\n");
    tree_write(tree, "/proc/stat",
               "cpu  1 1 1 1\ncpu0 1 0 1 9000 0 0 0 0 0 0\n"
               "cpu1 1 0 1 9000 0 0 0 0 0 0\n");
    tree_write(tree, "/proc/self/cgroup", "0::/user/me\n");
    tree_write(tree, "/proc/sys/kernel/randomize_va_space", "2\n");
    tree_write(tree, "/proc/sys/kernel/core_pattern", "core\n");
    tree_write(tree, "/proc/sys/kernel/yama/ptrace_scope", "1\n");
    tree_write(tree, "/proc/sys/vm/overcommit_memory", "0\n");
    tree_write(tree, CPU "online", "0-1\n");
    tree_write(tree, CPU "cpu0/cpufreq/scaling_governor", "performance\n");
    tree_write(tree, CPU "cpu1/cpufreq/scaling_governor", "performance\n");
    tree_write(tree, CPU "cpufreq/boost", "0\n");
    tree_write(tree, CPU "cpu0/topology/thread_siblings_list", "0\n");
    tree_write(tree, CPU "cpu1/topology/thread_siblings_list", "1\n");
    tree_write(tree, CPU "cpu0/thermal_throttle/core_throttle_count", "0\n");
    tree_write(tree, CPU "vulnerabilities/meltdown", "Not affected\n");
    tree_write(tree, "/sys/devices/system/node/online", "0\n");
    tree_write(tree, "/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    tree_write(tree, "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    tree_write(tree, "/sys/kernel/mm/transparent_hugepage/defrag", "[never]\n");
}

/* Signals may interrupt any reading of it. */
static void a_quiet_machine_is_ok(void **state)
{
    struct machine machine;
    (void)state;
    quiet_machine(&machine);
    refused.every_other_read = true;
    survey(&machine);
    refused.every_other_read = false;
    for (size_t i = 0; i < machine.findings.count; i++) {
        const struct hb_finding *finding = &machine.findings.finding[i];
        if (finding->level != HB_FINDING_OK)
            fail_msg("%s: %s", finding->key, finding->value);
        assert_string_equal(finding->remedy, "");
    }
    assert_int_equal(machine.findings.count, 22);
    expect(&machine, "cpu_count", HB_FINDING_OK, "2 of 2 usable");
    expect(&machine, "memory_available", HB_FINDING_OK, "11.4 GiB");
    tree_remove(&machine.tree);
}

/* One file changed, one finding changed. */
static void each_disturbance_is_found(void **state)
{
    static const struct {
        const char *path, *text, *key;
        enum hb_finding_level level;
        const char *value;
        bool remedy;
    } cases[] = {
        {CPU "cpu1/cpufreq/scaling_governor", "ondemand\n", "cpu_governor", HB_FINDING_WARN,
         "ondemand on 1 of 2 CPUs", true},
        {CPU "cpufreq/boost", "1\n", "cpu_turbo", HB_FINDING_NOTE, "on", true},
        {CPU "cpu1/topology/thread_siblings_list", "0-1\n", "cpu_smt", HB_FINDING_WARN,
         "on: 2 CPUs on 1 core", true},
        {CPU "online", "0\n", "cpu_count", HB_FINDING_WARN, "1 of 1", false},
        {"/sys/fs/cgroup/user/cpu.max", "150000 100000\n", "cpu_quota", HB_FINDING_BAD,
         "1.50 CPUs' time", true},
        {"/sys/fs/cgroup/user/me/cpu.max", "max 100000\n", "cpu_quota", HB_FINDING_OK, "none",
         false},
        {"/sys/devices/system/node/online", "0-1\n", "numa", HB_FINDING_NOTE, "2 nodes", true},
        {CPU "cpu0/thermal_throttle/core_throttle_count", "12\n", "cpu_throttling", HB_FINDING_NOTE,
         "12 times", false},
        {"/proc/cpuinfo", "flags : fpu hypervisor\n", "hypervisor", HB_FINDING_NOTE, "yes", false},
        {"/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n",
         "clocksource", HB_FINDING_WARN, "hpet", true},
        {"/proc/loadavg", "1.20 0 0\n", "load", HB_FINDING_NOTE, "unknown", false},
        {"/proc/loadavg", "1.20 0.00 0.00\n", "load", HB_FINDING_NOTE, "1.20", false},
        {"/proc/loadavg", "2.00 0.00 0.00\n", "load", HB_FINDING_WARN, "2.00", false},
        {"/proc/stat", "cpu0 1 0 1 9000 0 0 0 95 0 0\n", "steal", HB_FINDING_WARN,
         "0.0 % now, 1.04 % since", false},
        {"/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n", "huge_pages",
         HB_FINDING_NOTE, "always (defrag never)", true},
        {"/proc/meminfo", "MemAvailable: 900000 kB\n", "memory_available", HB_FINDING_WARN, "879",
         false},
        {"/proc/meminfo", "MemAvailable: 90000 kB\n", "memory_available", HB_FINDING_BAD, "87.9",
         false},
        {"/proc/meminfo", "SwapTotal: 1024 kB\nSwapFree: 1000 kB\n", "swap", HB_FINDING_NOTE,
         "24.0 KiB of 1.00 MiB", true},
        {"/proc/meminfo", "SwapTotal: 1024 kB\nSwapFree: 100 kB\n", "swap", HB_FINDING_WARN,
         "924 KiB", true},
        {"/sys/fs/cgroup/user/me/memory.max", "1073741824\n", "memory_limit", HB_FINDING_WARN,
         "1.00 GiB", true},
        {"/sys/fs/cgroup/user/me/memory.max", "max\n", "memory_limit", HB_FINDING_OK, "none",
         false},
        {"/proc/sys/vm/overcommit_memory", "2\n", "overcommit", HB_FINDING_WARN, "2: never", true},
        {"/proc/meminfo", "MemAvailable: 262143 kB\n", "memory_available", HB_FINDING_BAD,
         "256 MiB", false},
        {"/proc/meminfo", "MemAvailable: 262144 kB\n", "memory_available", HB_FINDING_WARN,
         "256 MiB", false},
        {"/proc/meminfo", "MemAvailable: 1048575 kB\n", "memory_available", HB_FINDING_WARN,
         "1.00 GiB", false},
        {"/proc/meminfo", "MemAvailable: 1048576 kB\n", "memory_available", HB_FINDING_OK,
         "1.00 GiB", false},
        {"/proc/meminfo", "MemTotal: 5 kB\n", "memory_available", HB_FINDING_NOTE, "unknown",
         false},
        {"/proc/meminfo", "MemTotal: 5 kB\n", "swap", HB_FINDING_NOTE, "unknown", false},
        {"/proc/meminfo", "SwapTotal: 1024 kB\nSwapFree: 768 kB\n", "swap", HB_FINDING_NOTE,
         "256 KiB", true},
        {"/proc/meminfo", "SwapTotal: 1024 kB\nSwapFree: 767 kB\n", "swap", HB_FINDING_WARN,
         "257 KiB", true},
        {"/proc/meminfo", "SwapTotal: 1024 kB\nSwapFree: 1024 kB\n", "swap", HB_FINDING_OK, "0",
         false},
        {"/sys/fs/cgroup/user/me/memory.max", "536870911\n", "memory_limit", HB_FINDING_BAD,
         "512 MiB", true},
        {"/sys/fs/cgroup/user/me/memory.max", "536870912\n", "memory_limit", HB_FINDING_WARN,
         "512 MiB", true},
        {"/sys/fs/cgroup/user/me/memory.max", "2147483647\n", "memory_limit", HB_FINDING_WARN,
         "2.00 GiB", true},
        {"/sys/fs/cgroup/user/me/memory.max", "2147483648\n", "memory_limit", HB_FINDING_NOTE,
         "2.00 GiB", true},
        {"/sys/fs/cgroup/user/me/memory.max", "16383999999\n", "memory_limit", HB_FINDING_NOTE,
         "15.3 GiB", true},
        {"/sys/fs/cgroup/user/me/memory.max", "16384000000\n", "memory_limit", HB_FINDING_OK,
         "none", false},
        {"/proc/sys/vm/overcommit_memory", "1\n", "overcommit", HB_FINDING_OK, "1: always", false},
        {"/proc/sys/vm/overcommit_memory", "x\n", "overcommit", HB_FINDING_NOTE, "unknown", false},
        {"/proc/loadavg", "0.30 0.00 0.00\n", "load", HB_FINDING_NOTE, "0.30", false},
        {"/proc/loadavg", "0.29 0.00 0.00\n", "load", HB_FINDING_OK, "0.29", false},
        {"/proc/sys/kernel/randomize_va_space", "0\n", "aslr", HB_FINDING_NOTE, "0: off", true},
        {CPU "vulnerabilities/spectre_v2", "Mitigation: Retpolines\n", "mitigations",
         HB_FINDING_NOTE, "1 in force, 0 left open, of 2", false},
        {"/proc/sys/kernel/core_pattern", "|/usr/share/apport %p\n", "core_pattern",
         HB_FINDING_NOTE, "|/usr/share/apport", true},
        {"/proc/sys/kernel/yama/ptrace_scope", "3\n", "yama_ptrace_scope", HB_FINDING_WARN, "3",
         false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine machine;
        quiet_machine(&machine);
        tree_write(&machine.tree, cases[i].path, cases[i].text);
        survey(&machine);
        const struct hb_finding *finding =
            expect(&machine, cases[i].key, cases[i].level, cases[i].value);
        assert_int_equal(finding->remedy[0] != '\0', cases[i].remedy);
        tree_remove(&machine.tree);
    }
}

static void a_laptop_on_battery_is_found(void **state)
{
    struct machine machine;
    (void)state;
    quiet_machine(&machine);
    tree_write(&machine.tree, "/sys/class/power_supply/AC/type", "Mains\n");
    tree_write(&machine.tree, "/sys/class/power_supply/BAT0/type", "Battery\n");
    tree_write(&machine.tree, "/sys/class/power_supply/BAT0/status", "Charging\n");
    survey(&machine);
    expect(&machine, "power", HB_FINDING_OK, "mains");
    tree_write(&machine.tree, "/sys/class/power_supply/BAT0/status", "Discharging\n");
    survey(&machine);
    expect(&machine, "power", HB_FINDING_WARN, "on battery");
    tree_remove(&machine.tree);
}

static void mitigations_are_counted(void **state)
{
    struct machine machine;
    (void)state;
    quiet_machine(&machine);
    tree_write(&machine.tree, CPU "vulnerabilities/a", "Mitigation: PTI\n");
    tree_write(&machine.tree, CPU "vulnerabilities/b", "Vulnerable: no microcode\n");
    tree_write(&machine.tree, CPU "vulnerabilities/c", "Vulnerable\n");
    tree_write(&machine.tree, CPU "vulnerabilities/d", "Mitigation: Retpolines\n");
    tree_write(&machine.tree, CPU "vulnerabilities/e", "Mitigation: IBRS\n");
    survey(&machine);
    expect(&machine, "mitigations", HB_FINDING_NOTE, "3 in force, 2 left open, of 6");
    tree_remove(&machine.tree);
}

/* Of a folder that is to be made, the one in which it will be; where none tells, it is said. */
static void space_is_that_of_the_nearest_folder(void **state)
{
    static const char *const paths[] = {".", "no/such/folder", "no", "/", "/no/such/folder"};
    const size_t count = sizeof paths / sizeof *paths;
    (void)state;
    for (size_t i = 0; i < 2 * count; i++) {
        struct machine machine;
        quiet_machine(&machine);
        const struct hb_noise_options options = {.root = machine.tree.root,
                                                 .results_path = paths[i % count],
                                                 .sample_ms = 1,
                                                 .files_only = true};
        refused.space = i >= count;
        hb_noise_survey(&options, &machine.findings);
        const struct hb_finding *finding = find(&machine.findings, "disk_space");
        assert_non_null(finding);
        if (!isdigit((unsigned char)finding->value[0]) != refused.space)
            fail_msg("%s: %s", options.results_path, finding->value);
        if (refused.space)
            expect(&machine, "disk_space", HB_FINDING_NOTE, "unknown for ");
        tree_remove(&machine.tree);
    }
    refused.space = false;
}

static void limits_of_old_control_groups_count(void **state)
{
    struct machine machine;
    (void)state;
    quiet_machine(&machine);
    tree_write(&machine.tree, "/proc/self/cgroup", "4:memory:/a/b\n3:cpu,cpuacct:/a\n0::/\n");
    tree_write(&machine.tree, "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "50000\n");
    tree_write(&machine.tree, "/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
    tree_write(&machine.tree, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    tree_write(&machine.tree, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "268435456\n");
    tree_write(&machine.tree, "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes",
               "9223372036854771712\n");
    survey(&machine);
    expect(&machine, "cpu_quota", HB_FINDING_BAD, "0.50 CPUs");
    expect(&machine, "memory_limit", HB_FINDING_BAD, "256 MiB");
    tree_remove(&machine.tree);
}

static void time_under_the_quota_is_read_on_the_way_up(void **state)
{
    struct machine machine;
    (void)state;
    assert_int_equal(hb_cgroup_parse_throttled("nr_periods 5\nthrottled_usec 1500\n"), 1500000);
    assert_int_equal(hb_cgroup_parse_throttled("nr_throttled 2\nthrottled_time 77\n"), 77);
    assert_int_equal(hb_cgroup_parse_throttled("usage_usec 9\n"), 0);
    assert_int_equal(hb_cgroup_parse_throttled(""), 0);
    quiet_machine(&machine);
    assert_int_equal(hb_cgroup_throttled_ns(machine.tree.root), 0);
    tree_write(&machine.tree, "/sys/fs/cgroup/user/cpu.stat", "throttled_usec 3\n");
    tree_write(&machine.tree, "/sys/fs/cgroup/user/me/cpu.stat", "throttled_usec 4\n");
    assert_int_equal(hb_cgroup_throttled_ns(machine.tree.root), 7000);
    tree_remove(&machine.tree);
}

static void nothing_to_read_is_no_crash(void **state)
{
    struct machine machine = {.tree.root = "/nonexistent"};
    (void)state;
    survey(&machine);
    assert_int_equal(machine.findings.count, 22);
    for (size_t i = 0; i < machine.findings.count; i++)
        assert_true(machine.findings.finding[i].level <= HB_FINDING_NOTE);
    expect(&machine, "other_processes", HB_FINDING_NOTE, "unknown");
}

static void quotas_are_cpus(void **state)
{
    (void)state;
    assert_true(hb_cgroup_parse_cpu_max("200000 100000\n") > 1.99 &&
                hb_cgroup_parse_cpu_max("200000 100000\n") < 2.01);
    assert_true(isinf(hb_cgroup_parse_cpu_max("max 100000")));
    assert_true(isinf(hb_cgroup_parse_cpu_max("")));
    assert_true(isinf(hb_cgroup_parse_cpu_max("1 0")));
    assert_true(isinf(hb_cgroup_parse_cpu_max("-1 100000")));
    assert_true(isinf(hb_cgroup_parse_cpu_max("nan 1")));
}

static void folders_are_found_by_controller(void **state)
{
    static const char text[] = "4:memory:/m:x\n3:cpu,cpuacct:/c\n9:name=systemd:/s\n0::/v2\n";
    char folder[16];
    (void)state;
    hb_cgroup_parse_folder(text, "cpu", folder, sizeof folder);
    assert_string_equal(folder, "/c");
    hb_cgroup_parse_folder(text, "cpuacct", folder, sizeof folder);
    assert_string_equal(folder, "/c");
    hb_cgroup_parse_folder(text, "memory", folder, sizeof folder);
    assert_string_equal(folder, "/m:x");
    hb_cgroup_parse_folder(text, "", folder, sizeof folder);
    assert_string_equal(folder, "/v2");
    hb_cgroup_parse_folder(text, "pids", folder, sizeof folder);
    assert_string_equal(folder, "");
    hb_cgroup_parse_folder("0:", "", folder, sizeof folder);
    assert_string_equal(folder, "");
    hb_cgroup_parse_folder("::\n\n:", "", folder, sizeof folder);
    assert_string_equal(folder, "");
}

/* Time passes between the survey's two looks: one process used half of a CPU, another a tenth, and
 * a tenth of it all was stolen. */
static void *time_passes(void *tree)
{
    (void)usleep(100000);
    tree_write(tree, "/proc/stat", "cpu0 61 0 1 9020 0 0 0 20 0 0\ncpu1 1 0 1 9100 0 0 0 0 0 0\n");
    tree_write(tree, "/proc/70/stat", "70 (a b) R 1 1 1 0 -1 0 1 0 0 0 40 20 0 0 20 0\n");
    tree_write(tree, "/proc/71/stat", "71 (cc1) R 1 1 1 0 -1 0 1 0 0 0 140 20 0 0 20 0\n");
    tree_write(tree, "/sys/fs/cgroup/user/me/cpu.stat", "throttled_usec 9\n");
    return NULL;
}

static void who_uses_the_cpus_is_named(void **state)
{
    struct machine machine;
    pthread_t thread;
    (void)state;
    quiet_machine(&machine);
    tree_write(&machine.tree, "/proc/70/stat", "70 (a b) R 1 1 1 0 -1 0 1 0 0 0 30 20 0 0 20 0\n");
    tree_write(&machine.tree, "/proc/71/stat", "71 (cc1) R 1 1 1 0 -1 0 1 0 0 0 90 20 0 0 20 0\n");
    tree_write(&machine.tree, "/proc/72/stat", "72 (gone) R\n");
    const struct hb_noise_options options = {
        .root = machine.tree.root, .sample_ms = 500, .files_only = true};
    assert_int_equal(pthread_create(&thread, NULL, time_passes, &machine.tree), 0);
    hb_noise_survey(&options, &machine.findings);
    assert_int_equal(pthread_join(thread, NULL), 0);
    const struct hb_finding *finding =
        expect(&machine, "other_processes", HB_FINDING_BAD,
               "0.60 of 2 CPUs busy; most by cc1, process 71, with 0.50");
    assert_string_equal(finding->remedy, "ps -o pid,user,etime,pcpu,args -p 71");
    expect(&machine, "steal", HB_FINDING_BAD, "10.0 % now, 0.11 % since the start");
    tree_remove(&machine.tree);
}

/* --- this machine ---------------------------------------------------------------------------- */

static void this_machine_is_surveyed(void **state)
{
    struct hb_findings findings;
    const struct hb_noise_options options = {.results_path = "no/such/folder", .sample_ms = 20};
    (void)state;
    hb_noise_survey(&options, &findings);
    assert_true(findings.count <= HB_FINDINGS_MAX);
    for (size_t i = 0; i < findings.count; i++) {
        const struct hb_finding *finding = &findings.finding[i];
        assert_string_not_equal(finding->value, "");
        assert_null(strchr(finding->value, '\n'));
        assert_int_equal(finding->meaning[strlen(finding->meaning) - 1], '.');
        assert_ptr_equal(find(&findings, finding->key), finding);
        for (const char *c = finding->key; *c; c++)
            assert_true(islower((unsigned char)*c) || *c == '_');
    }
    assert_non_null(find(&findings, "clock_cost"));
    assert_non_null(find(&findings, "disk_space"));
    assert_non_null(find(&findings, "hardware_counters"));
}

static void what_disturbs_now_is_said(void **state)
{
    struct machine machine;
    struct hb_noise_now now;
    pthread_t thread;
    (void)state;
    quiet_machine(&machine);
    hb_noise_look(machine.tree.root, 1, &now);
    assert_true(now.is_quiet);
    assert_string_equal(now.text, "");
    tree_write(&machine.tree, "/proc/70/stat", "70 (a b) R 1 1 1 0 -1 0 1 0 0 0 30 20 0 0 20 0\n");
    tree_write(&machine.tree, "/proc/71/stat", "71 (cc1) R 1 1 1 0 -1 0 1 0 0 0 90 20 0 0 20 0\n");
    tree_write(&machine.tree, "/proc/loadavg", "2.50 1.00 0.50 3/100 4711\n");
    tree_write(&machine.tree, "/sys/fs/cgroup/user/me/cpu.stat", "throttled_usec 3\n");
    assert_int_equal(pthread_create(&thread, NULL, time_passes, &machine.tree), 0);
    hb_noise_look(machine.tree.root, 500, &now);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(now.is_quiet);
    assert_string_equal(now.text,
                        "0.60 of 2 CPUs busy (cc1 0.50, a b 0.10); 10.0 % stolen by "
                        "the hypervisor; stopped for the control group's quota; load 2.50");
    tree_remove(&machine.tree);
}

/* Then it is tried: what comes out depends on who else runs here. */
static void without_proc_it_is_tried_now(void **state)
{
    struct tree tree;
    struct hb_noise_now now;
    (void)state;
    tree_make(&tree);
    hb_noise_look(tree.root, 1, &now);
    assert_true(now.is_quiet ? !now.text[0] : strncmp(now.text, "a CPU gives ", 12) == 0);
    tree_remove(&tree);
}

static void a_busy_neighbour_is_noticed(void **state)
{
    struct hb_findings findings;
    const struct hb_noise_options options = {.sample_ms = 300};
    const pid_t child = fork();
    (void)state;
    if (child == 0) {
        for (;;)
            ;
    }
    hb_noise_survey(&options, &findings);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    const struct hb_finding *finding = find(&findings, "other_processes");
    assert_non_null(finding);
    assert_true(finding->level >= HB_FINDING_WARN);
    assert_non_null(strstr(finding->value, "most by"));
}

/* Where a probe works or not is the machine's affair; that it tells why is ours. */
static void probes_answer_and_leave_nothing(void **state)
{
    static bool (*const probes[])(char reason[HB_PROBE_REASON]) = {hb_probe_ptrace,
                                                                   hb_probe_seccomp, hb_probe_perf};
    (void)state;
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        char reason[HB_PROBE_REASON];
        const int file = dup(0);
        assert_int_equal(close(file), 0);
        const bool works = probes[i](reason);
        assert_int_equal(works, reason[0] == '\0');
        const int same = dup(0);
        assert_int_equal(same, file);
        assert_int_equal(close(same), 0);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    }
}

static void probes_do_not_care_for_blocked_signals(void **state)
{
    char reason[HB_PROBE_REASON], again[HB_PROBE_REASON];
    sigset_t all, before;
    (void)state;
    const bool works = hb_probe_seccomp(reason);
    assert_int_equal(sigfillset(&all), 0);
    assert_int_equal(sigprocmask(SIG_SETMASK, &all, &before), 0);
    assert_int_equal(hb_probe_seccomp(again), works);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    assert_string_equal(reason, again);
}

/* A child that is refused half-way still stands: it is ended, and waited for. */
static void a_probe_that_fails_leaves_nothing(void **state)
{
    static const struct {
        int refused;
        bool (*probe)(char reason[HB_PROBE_REASON]);
        const char *reason;
    } cases[] = {
        {PTRACE_CONT, hb_probe_ptrace, "a traced process does not stop and go on as it should"},
        {PTRACE_SETOPTIONS, hb_probe_seccomp,
         "a seccomp filter does not stop its process for the tracer"},
    };
    char reason[HB_PROBE_REASON];
    (void)state;
    if (!hb_probe_seccomp(reason))
        skip(); /* refused here before it is begun */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refused.tracing = cases[i].refused;
        assert_false(cases[i].probe(reason));
        refused.tracing = -1;
        assert_string_equal(reason, cases[i].reason);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_machine_is_ok),
        cmocka_unit_test(each_disturbance_is_found),
        cmocka_unit_test(a_laptop_on_battery_is_found),
        cmocka_unit_test(mitigations_are_counted),
        cmocka_unit_test(space_is_that_of_the_nearest_folder),
        cmocka_unit_test(limits_of_old_control_groups_count),
        cmocka_unit_test(time_under_the_quota_is_read_on_the_way_up),
        cmocka_unit_test(nothing_to_read_is_no_crash),
        cmocka_unit_test(quotas_are_cpus),
        cmocka_unit_test(folders_are_found_by_controller),
        cmocka_unit_test(who_uses_the_cpus_is_named),
        cmocka_unit_test(what_disturbs_now_is_said),
        cmocka_unit_test(without_proc_it_is_tried_now),
        cmocka_unit_test(this_machine_is_surveyed),
        cmocka_unit_test(a_busy_neighbour_is_noticed),
        cmocka_unit_test(probes_answer_and_leave_nothing),
        cmocka_unit_test(probes_do_not_care_for_blocked_signals),
        cmocka_unit_test(a_probe_that_fails_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
