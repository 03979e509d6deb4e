/* Also: a C++ module of a C program catches std::bad_alloc, with its C++ library out of sight.
 * Group: cxx
 * Means: out of memory in a plug-in ends the whole program */
#include "libraries.h"

static void catch_all(const char *path, int flags)
{
    int (*catch)(size_t) = NULL;
    void *module = opened(path, flags);
    *(void **)&catch = dlsym(module, "thrower_catch");
    CHECK(catch != NULL);
    const int failed = catch (PTRDIFF_MAX - 4096);
    if (failed != 0) {
        fprintf(stderr, "step %d of thrower.cc\n", failed);
        exit(1);
    }
}

int main(void)
{
    if (dlsym(RTLD_DEFAULT, "__cxa_throw") != NULL)
        return skipped("the allocator itself brings the C++ library along");
    catch_all(library_path("thrower"), RTLD_NOW | RTLD_LOCAL);
    CHECK(dlsym(RTLD_DEFAULT, "__cxa_throw") == NULL);
    catch_all(library_path("thrower"), RTLD_NOW | RTLD_GLOBAL);
    return 0;
}
