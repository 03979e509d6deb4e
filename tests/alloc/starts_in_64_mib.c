/* Case 77: programs start and work under RLIMIT_AS of 64 MiB, with threads and large blocks.
 * Group: limits
 * Means: programs do not start or work under ulimit -v, on small devices, in small jobs */
#include "promise.h"

#include <pthread.h>

static void *work(void *unused)
{
    for (size_t bytes = 1; bytes < 8u << 20; bytes = bytes * 3 / 2 + 1) {
        char *block = malloc(bytes);
        CHECK(block != NULL);
        memset(block, 1, bytes);
        block = realloc(block, bytes / 2 + 1);
        CHECK(block != NULL && block[bytes / 2] == 1);
        free(block);
    }
    return unused;
}

int main(int argc, char **argv)
{
    const struct rlimit limit = {.rlim_cur = 64u << 20, .rlim_max = 64u << 20};
    pthread_t thread;
    pthread_attr_t attributes;
    if (argc == 1) { /* again, so that the allocator starts under the limit */
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        execl("/proc/self/exe", argv[0], "limited", (char *)NULL);
        return skipped("no /proc");
    }
    work(NULL);
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, 256 * 1024) == 0);
    for (int i = 0; i < 20; i++) {
        CHECK(pthread_create(&thread, &attributes, work, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    return 0;
}
