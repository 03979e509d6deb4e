/* What else differs between two sessions than the allocators, line by line.
 * Read next: src/compare/environment.h. */
#include "unit/test_stats.h"

#include "compare/environment.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* A host of which these figures are known. */
#define HOST(cpus, memory, randomised, start, end, ...)                                            \
    {                                                                                              \
        .cpu_count = (cpus), .memory_bytes = (memory), .aslr = (randomised),                       \
        .load1_start = (start), .load1_end = (end), __VA_ARGS__                                    \
    }
#define GIB 1073741824

struct sides {
    struct hb_digest_entry entries[2][3];
    struct hb_digest digests[2];
    struct hb_environment_change *changes;
    size_t count;
};

static void open_sides(struct sides *sides)
{
    static const enum hb_role roles[] = {HB_ROLE_SUBJECT, HB_ROLE_TWIN, HB_ROLE_REFERENCE};
    *sides = (struct sides){0};
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < 3; i++) {
            struct hb_digest_entry *entry = &sides->entries[side][i];
            (void)snprintf(entry->label, sizeof entry->label, "a%zu", i);
            entry->role = roles[i];
        }
        sides->digests[side] =
            (struct hb_digest){.entries = sides->entries[side],
                               .count = 3,
                               .host = HOST(4, 8UL * GIB, 2, 1, 2, .overcommit = 0)};
    }
}

static void list(struct sides *sides)
{
    free(sides->changes);
    assert_int_equal(hb_environment_changes(&sides->digests[0], &sides->digests[1], &sides->changes,
                                            &sides->count),
                     0);
}

/* The one change that there is. */
static void is_told(struct sides *sides, const char *what, const char *base, const char *other)
{
    list(sides);
    if (sides->count != 1 || strcmp(sides->changes[0].what, what) != 0 ||
        strcmp(sides->changes[0].base, base) != 0 || strcmp(sides->changes[0].other, other) != 0)
        fail_msg("%s: %zu changes, the first %s: \"%s\", \"%s\"", what, sides->count,
                 sides->count ? sides->changes[0].what : "-",
                 sides->count ? sides->changes[0].base : "-",
                 sides->count ? sides->changes[0].other : "-");
}

static void is_not_told(struct sides *sides)
{
    list(sides);
    if (sides->count)
        fail_msg("%s is told", sides->changes[0].what);
}

#define TEXT(field, what)                                                                          \
    {                                                                                              \
        what, offsetof(struct hb_host_info, field)                                                 \
    }

static void every_setting_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t offset;
    } texts[] = {
        TEXT(cpu_model, "CPU"),
        TEXT(machine_id_hash, "machine"),
        TEXT(hypervisor, "hypervisor"),
        TEXT(cpus_used, "worker's CPUs"),
        TEXT(kernel, "kernel"),
        TEXT(os, "system"),
        TEXT(libc, "libc"),
        TEXT(cpu_governor, "governor"),
        TEXT(turbo, "turbo"),
        TEXT(thp_enabled, "huge pages"),
        TEXT(clocksource, "clock"),
        TEXT(thp_defrag, "huge pages, defrag"),
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sides sides;
        open_sides(&sides);
        char *base = (char *)&sides.digests[0].host + texts[i].offset,
             *other = (char *)&sides.digests[1].host + texts[i].offset;
        (void)strcpy(base, "one");
        is_not_told(&sides); /* not known there */
        (void)strcpy(other, "two");
        is_told(&sides, texts[i].what, "one", "two");
        (void)strcpy(other, "one");
        is_not_told(&sides);
        free(sides.changes);
    }
}

/* As it was written before lists had ranges. */
static void the_same_cpus_are_no_difference(void **state)
{
    struct sides sides;
    (void)state;
    open_sides(&sides);
    (void)strcpy(sides.digests[0].host.cpus_used, "0,1,2,3");
    (void)strcpy(sides.digests[1].host.cpus_used, "0-3");
    is_not_told(&sides);
    (void)strcpy(sides.digests[1].host.cpus_used, "0-4");
    is_told(&sides, "worker's CPUs", "0,1,2,3", "0-4");
    free(sides.changes);
}

static void what_has_no_text_of_its_own_is_told_by_number(void **state)
{
    (void)state;
    static const struct {
        const char *name, *base, *other;
        struct hb_host_info host; /* of the other side, where it differs */
    } cases[] = {
        {"CPUs", "4", "8", HOST(8, 8UL * GIB, 2, 1, 2, .overcommit = 0)},
        {"memory", "8.00 GiB", "4.00 GiB", HOST(4, 4UL * GIB, 2, 1, 2, .overcommit = 0)},
        {"address-space randomisation", "2", "0", HOST(4, 8UL * GIB, 0, 1, 2, .overcommit = 0)},
        {"overcommit", "0", "1", HOST(4, 8UL * GIB, 2, 1, 2, .overcommit = 1)},
        {"load at the start", "1", "1.5", HOST(4, 8UL * GIB, 2, 1.5, 2, .overcommit = 0)},
        {"load at the start", "1", "0.3", HOST(4, 8UL * GIB, 2, 0.25, 2, .overcommit = 0)},
        {"CPU quota", "none", "1.50 CPUs", HOST(4, 8UL * GIB, 2, 1, 2, .cpu_quota = 1.5)},
        {"memory limit", "none", "1.00 GiB",
         HOST(4, 8UL * GIB, 2, 1, 2, .memory_limit_bytes = GIB)},
        {"stopped for the quota", "never", "2.0s",
         HOST(4, 8UL * GIB, 2, 1, 2, .throttled_ns = 2000000000)},
        {"refused", "nothing", "ptrace", HOST(4, 8UL * GIB, 2, 1, 2, .refused = "ptrace")},
        {"load at the end", "2", "2.5", HOST(4, 8UL * GIB, 2, 1, 2.5, .overcommit = 0)},
        {NULL, NULL, NULL,
         HOST(4, 8UL * GIB, 2, 1.25, 2, .overcommit = 0)}, /* less is not worth a line */
        {NULL, NULL, NULL, HOST(4, 8UL * GIB, 2, 1, 1.75, .overcommit = 0)},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sides sides;
        open_sides(&sides);
        sides.digests[1].host = cases[i].host;
        if (cases[i].name) {
            is_told(&sides, cases[i].name, cases[i].base, cases[i].other);
            sides.digests[1].host = sides.digests[0].host; /* and the other way round */
            sides.digests[0].host = cases[i].host;
            is_told(&sides, cases[i].name, cases[i].other, cases[i].base);
        } else {
            is_not_told(&sides);
        }
        for (size_t side = 0; side < 2; side++) { /* of a host that is not known nothing is */
            const uint32_t cpus = sides.digests[side].host.cpu_count;
            sides.digests[side].host.cpu_count = 0;
            is_not_told(&sides);
            sides.digests[side].host.cpu_count = cpus;
        }
        free(sides.changes);
    }
}

static void another_tool_is_told(void **state)
{
    (void)state;
    struct sides sides;
    open_sides(&sides);
    (void)strcpy(sides.digests[0].tool_version, "1.2");
    (void)strcpy(sides.digests[0].tool_commit, "abc");
    (void)strcpy(sides.digests[1].tool_commit, "def");
    is_not_told(&sides);
    (void)strcpy(sides.digests[1].tool_version, "1.2");
    is_told(&sides, "hakbench", "1.2 abc", "1.2 def");
    free(sides.changes);
}

static void another_library_is_told(void **state)
{
    (void)state;
    struct sides sides;
    open_sides(&sides);
    struct hb_digest_entry *base = sides.entries[0], *other = sides.entries[1];
    (void)strcpy(base[1].library_sha256, "aaa"); /* a twin's is its reference's */
    (void)strcpy(other[1].library_sha256, "bbb");
    is_not_told(&sides);
    (void)strcpy(base[2].plugin_sha256, "aaaaaaaaaaaaaaaa");
    (void)strcpy(other[2].plugin_sha256, "bbbbbbbbbbbbbbbb");
    is_told(&sides, "library of a2", "aaaaaaaaaaaa", "bbbbbbbbbbbb");
    (void)strcpy(base[2].library_sha256, "ccc"); /* the library's before the plugin's */
    (void)strcpy(base[2].library_version, "3.1");
    (void)strcpy(other[2].library_version, "3.2");
    is_told(&sides, "library of a2", "3.1 ccc", "3.2 bbbbbbbbbbbb");
    base[2].library_sha256[0] = base[2].plugin_sha256[0] = '\0';
    is_told(&sides, "library of a2", "3.1", "3.2 bbbbbbbbbbbb");
    (void)strcpy(base[0].label, "only here");
    (void)strcpy(base[0].library_version, "1");
    (void)strcpy(other[0].library_version, "2");
    is_told(&sides, "library of a2", "3.1", "3.2 bbbbbbbbbbbb");
    free(sides.changes);
}

/* Most telling first. */
static void the_machine_comes_before_the_libraries(void **state)
{
    (void)state;
    struct sides sides;
    open_sides(&sides);
    static const char *const order[] = {"CPU",      "kernel",        "memory limit",
                                        "hakbench", "library of a0", "library of a2"};
    for (size_t side = 0; side < 2; side++) {
        const char *text = side ? "two" : "one";
        (void)strcpy(sides.digests[side].host.cpu_model, text);
        (void)strcpy(sides.digests[side].host.kernel, text);
        (void)strcpy(sides.digests[side].tool_version, text);
        (void)strcpy(sides.entries[side][0].library_version, text);
        (void)strcpy(sides.entries[side][2].library_version, text);
        sides.digests[side].host.memory_limit_bytes = side;
    }
    list(&sides);
    assert_int_equal(sides.count, COUNT(order));
    for (size_t i = 0; i < COUNT(order); i++)
        assert_string_equal(sides.changes[i].what, order[i]);
    free(sides.changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_is_told),
        cmocka_unit_test(the_same_cpus_are_no_difference),
        cmocka_unit_test(what_has_no_text_of_its_own_is_told_by_number),
        cmocka_unit_test(another_tool_is_told),
        cmocka_unit_test(another_library_is_told),
        cmocka_unit_test(the_machine_comes_before_the_libraries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
