/* Is a library what its name says? By symbols that one allocator alone exports; a library with none
 * of them may have any name. A plugin says itself what it is.
 * Read next: load.c. */
#include "worker/worker.h"

#include <string.h>

static const struct {
    const char *name, *symbol;
} known[] = {
    {"hakmem", "hak_aligned_alloc"},
    {"jemalloc", "mallctl"},
    {"jemalloc", "je_mallctl"},
    {"mimalloc", "mi_malloc"},
    {"rpmalloc", "rpmalloc"},
    {"snmalloc", "sn_rust_alloc"},
    {"system", "gnu_get_libc_version"},
    {"tbbmalloc", "scalable_malloc"},
    {"tbbmalloc", "__TBB_malloc_proxy"},
    {"tcmalloc", "tc_version"},
};
#define KNOWN (sizeof known / sizeof known[0])

/* "mimalloc", and "mimalloc-3.1" too. */
static bool is_called(const char *text, const char *name)
{
    return strncmp(text, name, strlen(name)) == 0;
}

int hb_worker_prove_name(const char *named, const struct hb_worker_allocator *allocator,
                         struct hb_worker_failure *failure)
{
    const char *claimed = NULL, *found = NULL, *symbol = NULL;
    for (size_t i = 0; named && i < KNOWN; i++) {
        if (is_called(named, known[i].name))
            claimed = known[i].name;
        const bool is_it = allocator->plugin
                               ? is_called(allocator->name, known[i].name)
                               : hb_worker_own_symbol(allocator->library, known[i].symbol) != NULL;
        if (is_it && !found) {
            found = known[i].name;
            symbol = allocator->plugin ? "its plugin's own name" : known[i].symbol;
        }
    }
    if (!claimed || !found || strcmp(claimed, found) == 0)
        return 0;
    return hb_worker_fail(failure, HB_WORKER_REFUSED, "called %s, but %s is %s, by %s", named,
                          allocator->path, found, symbol);
}
