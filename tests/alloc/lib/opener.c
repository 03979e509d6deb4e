/* A library that loads a module, which is looked for where this library says: beside it.
 * Read next: ../dlopen_looks_beside_its_caller.c. */
#include <dlfcn.h>

void *opener_open(const char *name, int flags)
{
    void *module = dlopen(name, flags);
    __asm__ volatile("" : : : "memory"); /* not by a jump: dlopen is to see this library */
    return module;
}
