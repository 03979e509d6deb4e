/* The small libraries that tests load: built by run.sh into lib/ beside the tests.
 * Read next: lib/. */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "promise.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

/* The path of lib/NAME.so beside the running test. */
static inline const char *library_path(const char *name)
{
    static char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 100);
    CHECK(length > 0);
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    CHECK(slash != NULL);
    snprintf(slash, 100, "/lib/%s.so", name);
    return path;
}

/* A library under another path is another library to the loader. */
static inline void copy_library(const char *from, const char *to)
{
    char bytes[65536];
    ssize_t got;
    const int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0700);
    CHECK(in >= 0 && out >= 0);
    while ((got = read(in, bytes, sizeof bytes)) > 0)
        CHECK(write(out, bytes, (size_t)got) == got);
    close(in);
    close(out);
}

static inline void *opened(const char *path, int flags)
{
    void *library = dlopen(path, flags);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return library;
}

#endif
