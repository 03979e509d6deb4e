/* What else differs between two sessions: see environment.h. */
#include "compare/environment.h"

#include "base/cpuset.h"
#include "base/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_ROWS 30u
#define LOAD_STEP 0.5 /* runnable processes: less is not worth a line */

struct list {
    struct hb_environment_change *changes;
    size_t count;
};

/* Only what both know: a CSV or an import knows little. */
static void add(struct list *list, const char *what, const char *base, const char *other)
{
    struct hb_environment_change *change = &list->changes[list->count];
    if (!base[0] || !other[0] || strcmp(base, other) == 0)
        return;
    (void)snprintf(change->what, sizeof change->what, "%.120s", what);
    (void)snprintf(change->base, sizeof change->base, "%.190s", base);
    (void)snprintf(change->other, sizeof change->other, "%.190s", other);
    list->count++;
}

static struct hb_text count_text(bool known, long value)
{
    struct hb_text text = {""};
    if (known)
        (void)snprintf(text.text, sizeof text.text, "%ld", value);
    return text;
}

static void add_count(struct list *list, const char *what, bool known, long base, long other)
{
    add(list, what, count_text(known, base).text, count_text(known, other).text);
}

/* Lists had no ranges once: what is the same set is no difference. */
static void add_cpus(struct list *list, const char *base, const char *other)
{
    struct hb_cpuset a, b;
    if (hb_cpuset_parse(base, &a) != 0 || hb_cpuset_parse(other, &b) != 0 ||
        !hb_cpuset_equal(&a, &b))
        add(list, "worker's CPUs", base, other);
}

static void add_hardware(struct list *list, const struct hb_host_info *a,
                         const struct hb_host_info *b)
{
    const bool known = a->cpu_count && b->cpu_count;
    add(list, "CPU", a->cpu_model, b->cpu_model);
    add_count(list, "CPUs", known, (long)a->cpu_count, (long)b->cpu_count);
    if (known)
        add(list, "memory", hb_format_bytes((double)a->memory_bytes).text,
            hb_format_bytes((double)b->memory_bytes).text);
    add(list, "machine", a->machine_id_hash, b->machine_id_hash);
    add(list, "hypervisor", a->hypervisor, b->hypervisor);
    add_cpus(list, a->cpus_used, b->cpus_used);
}

static void add_system(struct list *list, const struct hb_host_info *a,
                       const struct hb_host_info *b)
{
    const bool known = a->cpu_count && b->cpu_count;
    add(list, "kernel", a->kernel, b->kernel);
    add(list, "system", a->os, b->os);
    add(list, "libc", a->libc, b->libc);
    add(list, "governor", a->cpu_governor, b->cpu_governor);
    add(list, "turbo", a->turbo, b->turbo);
    add(list, "huge pages", a->thp_enabled, b->thp_enabled);
    add(list, "huge pages, defrag", a->thp_defrag, b->thp_defrag);
    add(list, "clock", a->clocksource, b->clocksource);
    add_count(list, "address-space randomisation", known, a->aslr, b->aslr);
    add_count(list, "overcommit", known, a->overcommit, b->overcommit);
    if (known && fabs(a->load1_start - b->load1_start) >= LOAD_STEP)
        add(list, "load at the start", hb_format_count(round(10 * a->load1_start) / 10).text,
            hb_format_count(round(10 * b->load1_start) / 10).text);
}

static struct hb_text bytes_or_none(uint64_t bytes)
{
    struct hb_text none = {"none"};
    return bytes ? hb_format_bytes((double)bytes) : none;
}

static struct hb_text quota_text(const struct hb_host_info *host)
{
    struct hb_text text = {"none"};
    if (host->cpu_quota > 0)
        (void)snprintf(text.text, sizeof text.text, "%.2f CPUs", host->cpu_quota);
    return text;
}

static struct hb_text throttled_text(const struct hb_host_info *host)
{
    return host->throttled_ns ? hb_format_duration((double)host->throttled_ns / 1e9)
                              : (struct hb_text){"never"};
}

/* What a container, or the neighbours, took. */
static void add_container(struct list *list, const struct hb_host_info *a,
                          const struct hb_host_info *b)
{
    const bool known = a->cpu_count && b->cpu_count;
    if (!known)
        return;
    add(list, "CPU quota", quota_text(a).text, quota_text(b).text);
    add(list, "memory limit", bytes_or_none(a->memory_limit_bytes).text,
        bytes_or_none(b->memory_limit_bytes).text);
    add(list, "stopped for the quota", throttled_text(a).text, throttled_text(b).text);
    add(list, "refused", a->refused[0] ? a->refused : "nothing",
        b->refused[0] ? b->refused : "nothing");
    if (fabs(a->load1_end - b->load1_end) >= LOAD_STEP)
        add(list, "load at the end", hb_format_count(round(10 * a->load1_end) / 10).text,
            hb_format_count(round(10 * b->load1_end) / 10).text);
}

static void version_text(const struct hb_digest_entry *entry, char *text, size_t text_bytes)
{
    const char *sha = entry->library_sha256[0] ? entry->library_sha256 : entry->plugin_sha256;
    (void)snprintf(text, text_bytes, "%.60s%s%.12s", entry->library_version,
                   entry->library_version[0] && sha[0] ? " " : "", sha);
}

/* Another library under the same name is what is to be compared, or a surprise. */
static void add_libraries(struct list *list, const struct hb_digest *base,
                          const struct hb_digest *other)
{
    for (size_t i = 0; i < base->count; i++) {
        const struct hb_digest_entry *entry = &base->entries[i];
        const int match = hb_digest_find(other, entry->label);
        char what[HB_NAME_MAX * 2], base_library[100], other_library[100];
        if (match < 0 || entry->role == HB_ROLE_TWIN)
            continue;
        (void)snprintf(what, sizeof what, "library of %s", entry->label);
        version_text(entry, base_library, sizeof base_library);
        version_text(&other->entries[match], other_library, sizeof other_library);
        add(list, what, base_library, other_library);
    }
}

int hb_environment_changes(const struct hb_digest *base, const struct hb_digest *other,
                           struct hb_environment_change **changes, size_t *count)
{
    struct list list = {calloc(base->count + HOST_ROWS, sizeof *list.changes), 0};
    char base_tool[96], other_tool[96];
    *changes = list.changes;
    *count = 0;
    if (!list.changes)
        return -1;
    add_hardware(&list, &base->host, &other->host);
    add_system(&list, &base->host, &other->host);
    add_container(&list, &base->host, &other->host);
    (void)snprintf(base_tool, sizeof base_tool, "%s %s", base->tool_version, base->tool_commit);
    (void)snprintf(other_tool, sizeof other_tool, "%s %s", other->tool_version, other->tool_commit);
    if (base->tool_version[0] && other->tool_version[0])
        add(&list, "hakbench", base_tool, other_tool);
    add_libraries(&list, base, other);
    *count = list.count;
    return 0;
}
