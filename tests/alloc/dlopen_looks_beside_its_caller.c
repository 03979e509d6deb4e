/* Also: dlopen, which an allocator may take over, finds a module where its caller's RUNPATH says.
 */
#include "libraries.h"

static char folder[] = "/tmp/alloc-opener-XXXXXX";
static char opener_path[64], module_path[64];
static void *(*open_beside)(const char *, int);

static void remove_files(void)
{
    unlink(opener_path);
    unlink(module_path);
    rmdir(folder);
}

/* Another program's library cannot have it: the name is nowhere else. */
static void make_files(void)
{
    snprintf(opener_path, sizeof opener_path, "%s/opener.so", folder);
    snprintf(module_path, sizeof module_path, "%s/alloc-module.so", folder);
    copy_library(library_path("opener"), opener_path);
    copy_library(library_path("exchange"), module_path);
    CHECK(atexit(remove_files) == 0);
}

static void open_each_way(int flags)
{
    void *module = open_beside("alloc-module.so", flags);
    if (module == NULL) {
        fprintf(stderr, "flags %#x: %s\n", (unsigned)flags, dlerror());
        exit(1);
    }
    CHECK(dlerror() == NULL);
    CHECK(dlsym(module, "exchange_make") != NULL);
    CHECK(open_beside("alloc-module.so", flags | RTLD_NOLOAD) == module);
    CHECK(dlclose(module) == 0 && dlclose(module) == 0);
    CHECK(open_beside("alloc-module.so", flags | RTLD_NOLOAD) == NULL);
    (void)dlerror();
}

/* The errors are the loader's own, with the name that was asked for. */
static void fail(int flags)
{
    CHECK(dlopen("alloc-module.so", flags) == NULL); /* not beside the program */
    const char *said = dlerror();
    CHECK(said != NULL && strstr(said, "alloc-module.so") != NULL);
    CHECK(dlopen("alloc-module.so", flags & ~RTLD_NOW) == NULL); /* neither lazy nor now */
    CHECK(dlerror() != NULL && dlerror() == NULL);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return skipped("no temporary folder");
    make_files();
    void *opener = opened(opener_path, RTLD_NOW);
    *(void **)&open_beside = dlsym(opener, "opener_open");
    CHECK(open_beside != NULL);
    open_each_way(RTLD_NOW);
    open_each_way(RTLD_LAZY | RTLD_GLOBAL);
    open_each_way(RTLD_NOW | RTLD_DEEPBIND);
    open_each_way(RTLD_LAZY | RTLD_DEEPBIND | RTLD_LOCAL);
    fail(RTLD_NOW);
    fail(RTLD_NOW | RTLD_DEEPBIND);
    void *program = dlopen(NULL, RTLD_NOW);
    CHECK(program != NULL && dlopen(NULL, RTLD_NOW | RTLD_DEEPBIND) == program);
    CHECK(dlsym(program, "malloc") == dlsym(RTLD_DEFAULT, "malloc"));
    return 0;
}
