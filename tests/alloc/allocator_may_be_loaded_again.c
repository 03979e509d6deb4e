/* Case 64: dlopen of the allocator itself, where it is preloaded and where it is not.
 * Group: loader
 * Means: programs that load the allocator by dlopen, or twice, crash or are refused
 * glibc: yes, it is there anyway */
#include "libraries.h"

#include <pthread.h>

static void *(*its_malloc)(size_t);
static void *(*its_realloc)(void *, size_t);
static void (*its_free)(void *);

static void *use(void *unused)
{
    for (size_t bytes = 1; bytes < 3000000; bytes = bytes * 2 + 1) {
        char *block = its_malloc(bytes), *other = malloc(bytes);
        CHECK(block != NULL && other != NULL && block != other);
        memset(block, 1, bytes);
        memset(other, 2, bytes);
        block = its_realloc(block, bytes * 2);
        CHECK(block != NULL && block[0] == 1 && block[bytes - 1] == 1);
        its_free(block);
        free(other);
    }
    return unused;
}

static void load_and_use(const char *path)
{
    pthread_t thread;
    void *library = opened(path, RTLD_NOW | RTLD_LOCAL);
    *(void **)&its_malloc = dlsym(library, "malloc");
    *(void **)&its_realloc = dlsym(library, "realloc");
    *(void **)&its_free = dlsym(library, "free");
    CHECK(its_malloc != NULL && its_realloc != NULL && its_free != NULL);
    use(NULL);
    CHECK(pthread_create(&thread, NULL, use, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(dlclose(library) == 0);
    free(malloc(1000)); /* it is gone, or it is still the program's */
}

/* Loaded late into a program that has another: /proc/self/exe anew, without a preload. */
static void load_late(const char *program, const char *path)
{
    int status = -1;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        unsetenv("LD_PRELOAD");
        alarm(CHILD_LIMIT_S);
        execl("/proc/self/exe", program, path, (char *)NULL);
        _exit(77);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (status != 0) {
        fprintf(stderr, "loaded late: %s\n", end_of(status));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    Dl_info info;
    void *symbol = dlsym(RTLD_DEFAULT, "malloc");
    if (argc > 1) {
        load_and_use(argv[1]);
        return 0;
    }
    CHECK(symbol != NULL && dladdr(symbol, &info) != 0);
    load_and_use(info.dli_fname);
    load_late(argv[0], info.dli_fname);
    return 0;
}
