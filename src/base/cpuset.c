/* Sets of CPUs: see cpuset.h. */
#include "base/cpuset.h"

#include <stdio.h>
#include <string.h>

int hb_cpuset_write(const struct hb_cpuset *set, char *text, size_t text_bytes)
{
    size_t used = 0, last;
    text[0] = '\0';
    for (size_t cpu = 0; cpu < HB_CPUSET_MAX; cpu++) {
        if (!hb_cpuset_has(set, cpu))
            continue;
        for (last = cpu; hb_cpuset_has(set, last + 1);)
            last++;
        used += (size_t)snprintf(text + used, text_bytes - used, "%s%zu", used ? "," : "", cpu);
        if (last > cpu + 1 && used < text_bytes) {
            used += (size_t)snprintf(text + used, text_bytes - used, "-%zu", last);
            cpu = last;
        }
        if (used >= text_bytes) {
            text[0] = '\0';
            return -1;
        }
    }
    return 0;
}

bool hb_cpuset_equal(const struct hb_cpuset *a, const struct hb_cpuset *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

struct hb_cpuset hb_cpuset_without(const struct hb_cpuset *a, const struct hb_cpuset *b)
{
    struct hb_cpuset rest;
    for (size_t i = 0; i < sizeof rest.words / sizeof rest.words[0]; i++)
        rest.words[i] = a->words[i] & ~b->words[i];
    return rest;
}
