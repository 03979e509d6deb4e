/* Case 58: blocks that the loader made before malloc was there are tolerated when it grows them.
 * Group: loader
 * Means: programs that load many libraries crash in the loader
 * The table of a thread's TLS modules is one: loading many libraries with TLS makes it grow. */
#include "libraries.h"

#include <pthread.h>

enum { LIBRARIES = 40 };

static int (*uses[LIBRARIES])(void);

static void *use_all(void *unused)
{
    for (int i = 0; i < LIBRARIES; i++)
        CHECK(uses[i]());
    return unused;
}

int main(void)
{
    char folder[] = "/tmp/alloc-tls-XXXXXX", path[100];
    void *libraries[LIBRARIES];
    pthread_t threads[4];
    if (mkdtemp(folder) == NULL)
        return skipped("no folder for copies");
    for (int i = 0; i < LIBRARIES; i++) {
        snprintf(path, sizeof path, "%s/tls%d.so", folder, i);
        copy_library(library_path("tls"), path);
        libraries[i] = dlopen(path, RTLD_NOW | (i % 2 ? RTLD_GLOBAL : RTLD_LOCAL));
        unlink(path);
        if (libraries[i] == NULL)
            rmdir(folder);
        CHECK(libraries[i] != NULL);
        *(void **)&uses[i] = dlsym(libraries[i], "tls_use");
        CHECK(uses[i] != NULL);
    }
    rmdir(folder);
    use_all(NULL);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 4; i++)
            CHECK(pthread_create(&threads[i], NULL, use_all, NULL) == 0);
        for (int i = 0; i < 4; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
    }
    for (int i = 0; i < LIBRARIES; i++)
        CHECK(dlclose(libraries[i]) == 0);
    return 0;
}
