/* What else differs between two sessions than the allocators: host, settings, libraries, tool. The
 * first thing to read of a comparison.
 * Read next: compare.h. */
#ifndef HB_COMPARE_ENVIRONMENT_H
#define HB_COMPARE_ENVIRONMENT_H

#include "compare/digest.h"

struct hb_environment_change {
    char what[HB_NAME_MAX * 2]; /* "kernel", "library of jemalloc" */
    char base[200], other[200];
};

/* Everything that both sessions know and that differs, the most important first. *changes is the
 * caller's to free(). -1: no memory. */
int hb_environment_changes(const struct hb_digest *base, const struct hb_digest *other,
                           struct hb_environment_change **changes, size_t *count);

#endif
