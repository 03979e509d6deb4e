/* Case 32: every function of the family comes from where malloc does: two heaps never mix. */
#include "promise.h"

#include <dlfcn.h>

static const char *const family[] = {
    "calloc",
    "realloc",
    "free",
    "reallocarray",
    "aligned_alloc",
    "posix_memalign",
    "memalign",
    "valloc",
    "pvalloc",
    "malloc_usable_size",
    "__libc_malloc",
    "__libc_calloc",
    "__libc_realloc",
    "__libc_free",
    "__libc_memalign",
    "__libc_valloc",
    "__libc_pvalloc",
    "free_sized",
    "free_aligned_sized",
};

static const char *home_of(const char *name)
{
    Dl_info info;
    void *symbol = dlsym(RTLD_DEFAULT, name);
    CHECK(symbol != NULL);
    CHECK(dladdr(symbol, &info) != 0);
    return info.dli_fname;
}

int main(void)
{
    char missing[600] = "";
    const char *home = home_of("malloc");
    for (size_t i = 0; i < sizeof family / sizeof family[0]; i++)
        if (strcmp(home_of(family[i]), home) != 0) {
            strcat(missing, " ");
            strcat(missing, family[i]);
        }
    if (missing[0] != '\0') {
        fprintf(stderr, "not where malloc is:%s\n", missing);
        return 1;
    }
    return 0;
}
