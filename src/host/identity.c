/* Who measured: see identity.h. */
#include "host/identity.h"

#include "host/cgroup.h"
#include "host/hostfile.h"
#include "host/proc.h"
#include "result/file.h"

#include <gnu/libc-version.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CPU      "/sys/devices/system/cpu/"
#define PAGES    "/sys/kernel/mm/transparent_hugepage/"
#define UNKNOWN  "unknown"
#define IS(a, b) (strcmp((a), (b)) == 0)

/* As much of text as fits. */
static void copy(char *to, size_t to_bytes, const char *text)
{
    (void)snprintf(to, to_bytes, "%.*s", (int)to_bytes - 1, text);
}

static int small_number(const char *root, const char *path)
{
    int64_t value = -1;
    (void)hb_host_number(root, path, &value);
    return value >= 0 && value < 1000 ? (int)value : -1;
}

static void system_facts(const char *root, struct hb_host_info *info)
{
    struct utsname name;
    char text[4096];
    const char *called = getenv("HAKBENCH_HOST");
    if (called && called[0])
        copy(info->hostname, sizeof info->hostname, called);
    else if (gethostname(info->hostname, sizeof info->hostname - 1) != 0)
        copy(info->hostname, sizeof info->hostname, UNKNOWN);
    const bool known = uname(&name) == 0;
    copy(info->kernel, sizeof info->kernel, known ? name.release : UNKNOWN);
    (void)snprintf(info->arch, sizeof info->arch, "%.31s", known ? name.machine : UNKNOWN);
    (void)snprintf(info->libc, sizeof info->libc, "glibc %s", gnu_get_libc_version());
    if (!hb_host_text(root, "/etc/os-release", text, sizeof text))
        (void)hb_host_text(root, "/usr/lib/os-release", text, sizeof text);
    (void)hb_host_field(text, "PRETTY_NAME", '=', info->os, sizeof info->os);
    info->aslr = small_number(root, "/proc/sys/kernel/randomize_va_space");
    info->overcommit = small_number(root, "/proc/sys/vm/overcommit_memory");
    (void)hb_host_line(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
                       info->clocksource, sizeof info->clocksource);
}

/* Hashed, as machine-id(5) asks of everybody who shows it to others. */
static void machine_fact(const char *root, struct hb_host_info *info)
{
    char id[64], hex[HB_SHA256_TEXT];
    copy(info->machine_id_hash, sizeof info->machine_id_hash, UNKNOWN);
    if (!hb_host_line(root, "/etc/machine-id", id, sizeof id) || IS(id, "uninitialized"))
        return;
    hb_sha256_text(id, strlen(id), hex);
    (void)snprintf(info->machine_id_hash, sizeof info->machine_id_hash, "%.16s", hex);
}

/* Arm has no model name, but numbers that name the model all the same. */
static void cpu_model(const char *cpuinfo, struct hb_host_info *info)
{
    char implementer[16], part[16];
    if (hb_host_field(cpuinfo, "model name", ':', info->cpu_model, sizeof info->cpu_model))
        return;
    if (hb_host_field(cpuinfo, "CPU implementer", ':', implementer, sizeof implementer) &&
        hb_host_field(cpuinfo, "CPU part", ':', part, sizeof part))
        (void)snprintf(info->cpu_model, sizeof info->cpu_model, "implementer %s part %s",
                       implementer, part);
}

static uint32_t cpu_count(const char *root)
{
    char list[512];
    if (hb_host_line(root, CPU "online", list, sizeof list) && hb_host_list_count(list) > 0)
        return hb_host_list_count(list);
    const long count = *root ? 0 : sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (uint32_t)count : 0;
}

static const char *turbo(const char *root)
{
    int64_t value;
    if (hb_host_number(root, CPU "cpufreq/boost", &value))
        return value ? "on" : "off";
    if (hb_host_number(root, CPU "intel_pstate/no_turbo", &value))
        return value ? "off" : "on";
    return UNKNOWN;
}

/* The CPU's flag says that there is a hypervisor, the firmware's tables often which. */
static void hypervisor_fact(const char *root, const char *cpuinfo, struct hb_host_info *info)
{
    char flags[4096];
    const bool known = hb_host_field(cpuinfo, "flags", ':', flags, sizeof flags);
    const bool flagged = hb_host_has_word(flags, "hypervisor");
    if (hb_host_line(root, "/sys/hypervisor/type", info->hypervisor, sizeof info->hypervisor))
        return;
    if (flagged && hb_host_line(root, "/sys/class/dmi/id/sys_vendor", info->hypervisor,
                                sizeof info->hypervisor))
        return;
    copy(info->hypervisor, sizeof info->hypervisor, flagged ? "yes" : known ? "none" : UNKNOWN);
}

static void cpu_facts(const char *root, struct hb_host_info *info)
{
    char text[8192]; /* the first CPU's lines; the others' are the same */
    (void)hb_host_text(root, "/proc/cpuinfo", text, sizeof text);
    cpu_model(text, info);
    hypervisor_fact(root, text, info);
    (void)hb_host_line(root, CPU "cpu0/cpufreq/scaling_governor", info->cpu_governor,
                       sizeof info->cpu_governor);
    copy(info->turbo, sizeof info->turbo, turbo(root));
    info->cpu_count = cpu_count(root);
}

static uint64_t memory_bytes(const char *root)
{
    char text[512], value[32];
    if (hb_host_text(root, "/proc/meminfo", text, sizeof text) &&
        hb_host_field(text, "MemTotal", ':', value, sizeof value))
        return strtoull(value, NULL, 10) * 1024;
    const long pages = *root ? 0 : sysconf(_SC_PHYS_PAGES);
    return pages > 0 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void choice(const char *root, const char *path, char *value, size_t value_bytes)
{
    char text[128];
    (void)hb_host_line(root, path, text, sizeof text);
    hb_host_bracketed(text);
    copy(value, value_bytes, text);
}

static void memory_facts(const char *root, struct hb_host_info *info)
{
    const long page_bytes = sysconf(_SC_PAGESIZE);
    info->page_bytes = page_bytes > 0 ? (uint64_t)page_bytes : 0;
    info->memory_bytes = memory_bytes(root);
    choice(root, PAGES "enabled", info->thp_enabled, sizeof info->thp_enabled);
    choice(root, PAGES "defrag", info->thp_defrag, sizeof info->thp_defrag);
}

static void class_key(struct hb_host_info *info)
{
    char text[256];
    const int length =
        snprintf(text, sizeof text, "%s|%s|%u", info->cpu_model, info->arch, info->cpu_count);
    hb_sha256_text(text, length > 0 ? (size_t)length : 0, info->class_key);
}

static double load1(const char *root)
{
    char text[64];
    double load[3];
    const bool known = hb_host_line(root, "/proc/loadavg", text, sizeof text) &&
                       hb_proc_parse_loadavg(text, load) == 0;
    return known ? load[0] : (double)NAN;
}

void hb_host_end(struct hb_host_info *info, uint64_t throttled_before_ns)
{
    const uint64_t now_ns = hb_cgroup_throttled_ns("");
    info->load1_end = load1("");
    info->throttled_ns += now_ns > throttled_before_ns ? now_ns - throttled_before_ns : 0;
}

static void limits(const char *root, struct hb_host_info *info)
{
    struct hb_cgroup_limits found;
    hb_cgroup_read_limits(root, &found);
    info->cpu_quota = isfinite(found.cpus) ? found.cpus : 0;
    info->memory_limit_bytes = isfinite(found.memory_bytes) ? (uint64_t)found.memory_bytes : 0;
}

void hb_host_identity_at(const char *root, struct hb_host_info *info)
{
    *info = (struct hb_host_info){.load1_end = (double)NAN};
    system_facts(root, info);
    machine_fact(root, info);
    cpu_facts(root, info);
    memory_facts(root, info);
    class_key(info);
    limits(root, info);
    info->load1_start = load1(root);
}

void hb_host_identity(struct hb_host_info *info)
{
    hb_host_identity_at("", info);
}
