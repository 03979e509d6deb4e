/* Case 81: where large writable mappings are refused, as with overcommit 2, malloc works.
 * Group: limits
 * Means: programs fail where overcommit is off (vm.overcommit_memory=2)
 * The system's setting is not touched: a filter refuses what strict accounting would. */
#include "promise.h"

#include "refuse.h"

#include <pthread.h>
#include <sys/mman.h>

enum { COUNT = 20000, MOST = 64 << 20 };

static void *work(void *unused)
{
    char *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        const size_t bytes = i % 1000 == 0 ? 1000000 : i % 700 + 1;
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], (int)i, bytes);
    }
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(blocks[i][0] == (char)i);
        free(blocks[i]);
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc == 1) { /* again, so that the allocator starts under the filter */
        if (refuse_large(SYS_mmap, MOST, PROT_WRITE, ENOMEM) != 0 ||
            refuse_large(SYS_mprotect, MOST, PROT_WRITE, ENOMEM) != 0)
            return skipped("no seccomp filters here");
        execl("/proc/self/exe", argv[0], "filtered", (char *)NULL);
        return skipped("no /proc");
    }
    CHECK(mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
          MAP_FAILED); /* the refusal is there */
    for (int round = 0; round < 5; round++) {
        work(NULL);
        CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    return 0;
}
