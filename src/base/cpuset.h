/* A set of CPUs, as large as Linux builds for (a cpu_set_t ends at 1,024, and the kernel refuses it
 * where there may be more), and the list of it that the kernel and people write: "0-63,70".
 * Read next: src/run/cpus.h (which CPUs a worker gets), src/worker/worker.c (the list's reader). */
#ifndef HB_BASE_CPUSET_H
#define HB_BASE_CPUSET_H

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define HB_CPUSET_MAX  8192u /* CONFIG_NR_CPUS of the largest */
#define HB_CPUSET_TEXT 384   /* any 64 CPUs fit, as many as a worker has threads */
#define HB_CPUSET_WORD ((size_t)CHAR_BIT * sizeof(unsigned long))

struct hb_cpuset { /* in the kernel's own layout; a zeroed one is empty */
    unsigned long words[HB_CPUSET_MAX / (CHAR_BIT * sizeof(unsigned long))];
};

/* cpu below HB_CPUSET_MAX. */
static inline void hb_cpuset_add(struct hb_cpuset *set, size_t cpu)
{
    set->words[cpu / HB_CPUSET_WORD] |= 1ul << cpu % HB_CPUSET_WORD;
}

/* False of a CPU that no set can hold. */
static inline bool hb_cpuset_has(const struct hb_cpuset *set, size_t cpu)
{
    return cpu < HB_CPUSET_MAX && (set->words[cpu / HB_CPUSET_WORD] >> cpu % HB_CPUSET_WORD & 1);
}

static inline unsigned hb_cpuset_count(const struct hb_cpuset *set)
{
    unsigned count = 0;
    for (size_t i = 0; i < sizeof set->words / sizeof set->words[0]; i++)
        count += (unsigned)__builtin_popcountl(set->words[i]);
    return count;
}

static inline bool hb_cpuset_number(const char *text, unsigned long *cpu, char **end)
{
    if (*text < '0' || *text > '9')
        return false;
    *cpu = strtoul(text, end, 10);
    return *cpu < HB_CPUSET_MAX;
}

/* The first part of a list, a CPU or a range, in *first and *last; *list is what follows, NULL at
 * its end. False where there is none that a set can hold. */
static inline bool hb_cpuset_part(const char **list, unsigned long *first, unsigned long *last)
{
    char *end;
    if (!hb_cpuset_number(*list, first, &end))
        return false;
    *last = *first;
    if (*end == '-' && (!hb_cpuset_number(end + 1, last, &end) || *last < *first))
        return false;
    *list = *end == ',' ? end + 1 : NULL;
    return *end == ',' || *end == '\0';
}

/* Reads a list of CPUs and ranges of them: "1", "0,1", "0-63,70". -1 for anything else, "" too. */
static inline int hb_cpuset_parse(const char *list, struct hb_cpuset *set)
{
    *set = (struct hb_cpuset){0};
    while (list) {
        unsigned long cpu, last;
        if (!hb_cpuset_part(&list, &cpu, &last))
            return -1;
        for (; cpu <= last; cpu++)
            hb_cpuset_add(set, cpu);
    }
    return 0;
}

/* Where the calling thread may run. -1 with errno. */
static inline int hb_cpuset_read_own(struct hb_cpuset *set)
{
    *set = (struct hb_cpuset){0};
    return sched_getaffinity(0, sizeof *set, (cpu_set_t *)set->words);
}

/* Keeps the calling thread to the set; async-signal-safe. -1 with errno. */
static inline int hb_cpuset_keep_to(const struct hb_cpuset *set)
{
    return sched_setaffinity(0, sizeof *set, (const cpu_set_t *)set->words);
}

/* Writes the list of the set, "" for an empty one; ranges from three CPUs on. -1 when it has no
 * room in text_bytes: then it is "". */
int hb_cpuset_write(const struct hb_cpuset *set, char *text, size_t text_bytes);

bool hb_cpuset_equal(const struct hb_cpuset *a, const struct hb_cpuset *b);

/* What is in a and not in b. */
struct hb_cpuset hb_cpuset_without(const struct hb_cpuset *a, const struct hb_cpuset *b);

#endif
