/* Every function of the family comes from where malloc comes from: two heaps never mix. */
#include "promise.h"

#include <dlfcn.h>

static const char *const family[] = {
    "calloc",        "realloc",  "free",    "reallocarray", "posix_memalign",
    "aligned_alloc", "memalign", "valloc",  "pvalloc",      "malloc_usable_size",
    "malloc_trim",   "mallinfo", "mallopt", "mallinfo2",    "malloc_stats",
    "malloc_info",
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
    int missing = 0;
    const char *home = home_of("malloc");
    for (size_t i = 0; i < sizeof family / sizeof family[0]; i++)
        if (strcmp(home_of(family[i]), home) != 0) {
            fprintf(stderr, "%s is from %s, malloc from %s\n", family[i], home_of(family[i]), home);
            missing++;
        }
    CHECK(missing == 0);
    return kept("the family is complete");
}
