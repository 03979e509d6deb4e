/* Also: beside large mappings of the program's own malloc works, with and without a limit
 * Group: limits
 * Means: under a batch system's limit, beside large mappings, malloc fails early
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Limit: 120 s
 * 160 GiB of mappings under 1 TiB that batch systems set; several TiB with none. */
#include "promise.h"

#include <pthread.h>
#include <sys/mman.h>

enum { LARGE = 100, SMALL = 25000 };
#define GIB   ((size_t)1 << 30)
#define LIMIT (1024 * GIB)

static void must_serve(void)
{
    for (int i = 0; i < LARGE; i++) { /* never freed: what is mapped stays mapped */
        char *block = i % 4 == 3 ? aligned_alloc(1 << 16, 64 << 20) : malloc(64 << 20);
        CHECK(block != NULL);
        *block = 1;
    }
    for (int i = 0; i < SMALL; i++) {
        char *block = malloc(i % 10 == 0 ? 20000 : 1000);
        CHECK(block != NULL);
        *block = 1;
    }
}

static void *serve(void *unused)
{
    must_serve();
    return unused;
}

static void map_foreign(size_t count, size_t bytes, int protection)
{
    for (size_t i = 0; i < count; i++)
        CHECK(mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) !=
              MAP_FAILED);
}

int main(int argc, char **argv)
{
    pthread_t thread;
    const int is_limited = argc > 1;
    if (!is_limited) {
        int status = -1;
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) { /* again, so that the allocator starts under the limit */
            const struct rlimit limit = {.rlim_cur = LIMIT, .rlim_max = LIMIT};
            CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
            alarm(CHILD_LIMIT_S);
            execl("/proc/self/exe", argv[0], "limited", (char *)NULL);
            _exit(77);
        }
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    must_serve();
    map_foreign(is_limited ? 160 : 3, is_limited ? GIB : 2000 * GIB, PROT_READ);
    map_foreign(40, GIB, PROT_NONE);
    must_serve();
    CHECK(pthread_create(&thread, NULL, serve, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    return 0;
}
