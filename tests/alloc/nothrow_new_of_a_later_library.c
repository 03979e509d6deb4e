/* Also: nothrow new gives memory where the C++ library came by dlopen, out of everybody's sight
 * Group: cxx
 * Means: new (std::nothrow) fails in programs that load C++ late */
#include "promise.h"

#include <dlfcn.h>

typedef void *nothrow_new(size_t size, const void *nothrow);

int main(void)
{
    if (dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL) == NULL)
        return skipped("no libstdc++.so.6");
    nothrow_new *new = (nothrow_new *)dlsym(RTLD_DEFAULT, "_ZnwmRKSt9nothrow_t");
    void (*delete)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "_ZdlPv");
    if (new == NULL || delete == NULL)
        return skipped("the allocator has no operator new of its own");
    char *block = new (1137, NULL);
    CHECK(block != NULL);
    memset(block, 1, 1137);
    delete (block);
    return 0;
}
