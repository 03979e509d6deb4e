/* Also: mallopt, malloc_trim, mallinfo, mallinfo2, malloc_stats and malloc_info are its own. */
#include "promise.h"

#include <dlfcn.h>
#include <malloc.h>

static const char *const names[] = {"mallopt",   "malloc_trim",  "mallinfo",
                                    "mallinfo2", "malloc_stats", "malloc_info"};

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
    void *blocks[3] = {malloc(1000), malloc(100000), malloc(10000000)};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(home_of(names[i]), home_of("malloc")) != 0) {
            fprintf(stderr, "%s is from %s, malloc is not\n", names[i], home_of(names[i]));
            missing++;
        }
    if (missing != 0)
        return 1;
    const struct mallinfo2 info = mallinfo2();
    CHECK(info.arena + info.hblkhd >= 10101000);
    malloc_stats();
    CHECK(malloc_info(0, stderr) == 0);
    for (int i = 0; i < 3; i++)
        free(blocks[i]);
    malloc_trim(0);
    return 0;
}
