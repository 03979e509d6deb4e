/* Case 65: under LD_AUDIT, and with a library loaded by RTLD_DEEPBIND, programs work.
 * Group: loader
 * Means: programs under LD_AUDIT or with RTLD_DEEPBIND modules crash at the start */
#include "libraries.h"

#include <pthread.h>

static int (*use_library)(void);

static void use_own(void)
{
    for (size_t bytes = 1; bytes < 3000000; bytes = bytes * 2 + 1) {
        char *block = malloc(bytes);
        CHECK(block != NULL);
        memset(block, 1, bytes);
        block = realloc(block, bytes * 2);
        CHECK(block != NULL && block[bytes - 1] == 1);
        free(block);
    }
}

static void *use_both(void *unused)
{
    for (long i = rounds_of(20); i > 0; i--) {
        use_own();
        CHECK(use_library() == 0);
    }
    return unused;
}

/* Such a library looks into itself and the C library first: with most allocators it has another
 * malloc than the program. */
static void with_deepbind(void)
{
    pthread_t thread;
    void *library = opened(library_path("own"), RTLD_NOW | RTLD_DEEPBIND);
    *(void **)&use_library = dlsym(library, "own_use");
    CHECK(use_library != NULL);
    use_both(NULL);
    CHECK(pthread_create(&thread, NULL, use_both, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(dlclose(library) == 0);
}

/* The loader goes on without an audit library that it cannot use. */
static int is_mapped(const char *name)
{
    char line[4096];
    int is_found = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL)
        is_found |= strstr(line, name) != NULL;
    fclose(file);
    return is_found;
}

int main(int argc, char **argv)
{
    int status = -1;
    with_deepbind();
    if (argc > 1)
        return is_mapped("/audit.so") ? 0 : 1;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        setenv("LD_AUDIT", library_path("audit"), 1);
        alarm(CHILD_LIMIT_S);
        execl("/proc/self/exe", argv[0], "audited", (char *)NULL);
        _exit(77);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (status != 0) {
        fprintf(stderr, "under LD_AUDIT: %s\n", end_of(status));
        return 1;
    }
    return 0;
}
