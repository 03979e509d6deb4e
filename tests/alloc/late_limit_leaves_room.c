/* Also: under a limit of the address space set after the start, threads start and mappings work
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Limit: 180 s
 * Of some hundred MiB to some GiB, far above what the program uses: nothing may fail, neither
 * before the allocator has seen a failure nor after. Then all that is left is used up, and comes
 * back. */
#include "forks.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>

static void *work(void *failed)
{
    for (size_t bytes = 1; bytes < 2000000; bytes = bytes * 3 + 1) {
        char *block = malloc(bytes);
        *(int *)failed += block == NULL;
        if (block != NULL)
            memset(block, 1, bytes);
        free(block);
    }
    return NULL;
}

static void threads_and_mappings_work(void)
{
    pthread_t threads[8];
    int failed[8] = {0};
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, work, &failed[i]) == 0);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], NULL) == 0 && failed[i] == 0);
    for (size_t bytes = 4096; bytes <= 16 << 20; bytes *= 4) {
        void *area = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(area != MAP_FAILED);
        CHECK(munmap(area, bytes) == 0);
    }
    void *library = dlopen("libm.so.6", RTLD_NOW);
    CHECK(library != NULL);
    dlclose(library);
}

/* In some hundred blocks, each a mapping of its own. */
static void use_up(size_t mib)
{
    const size_t bytes = mib <= 2048 ? 3000000 : (mib << 20) / 700;
    void **last = NULL, **block;
    while ((block = malloc(bytes)) != NULL) {
        *block = last;
        last = block;
    }
    while ((block = last) != NULL) {
        last = *block;
        free(block);
    }
}

static void under_limit(void *mib)
{
    const struct rlimit limit = {.rlim_cur = (rlim_t)(uintptr_t)mib << 20,
                                 .rlim_max = (rlim_t)(uintptr_t)mib << 20};
    free(malloc(100));
    free(malloc(1 << 20));
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    threads_and_mappings_work();
    for (int i = 0; i < 20; i++) {
        char *block = malloc(10 << 20);
        CHECK(block != NULL);
        block[5 << 20] = 1;
        free(block);
    }
    use_up((size_t)(uintptr_t)mib);
    threads_and_mappings_work();
    for (int i = 0; i < 100000; i++)
        CHECK(malloc(100) != NULL);
}

/* Two mappings that wait are given up before a request fails: what the kernel refused meanwhile is
 * not seen. */
static void success_keeps_errno(void *unused)
{
    (void)unused;
    void *two[2] = {malloc(8 << 20), malloc(8 << 20)};
    CHECK(two[0] != NULL && two[1] != NULL);
    limit_to_use_and(1);
    free(two[0]);
    free(two[1]);
    errno = 4711;
    void *block = malloc(10 << 20);
    CHECK(block != NULL && errno == 4711);
}

/* Where there is no room for more slabs, single mappings stand in for their blocks: aligned all the
 * same. Pages of another mapping take the room, and keep them from being so by chance. */
static void what_stands_in_is_aligned(void *pages)
{
    void *block = NULL;
    int count = 0;
    free(malloc(100));
    limit_to_use_and(1);
    CHECK(mmap(NULL, 4096 * (size_t)(uintptr_t)pages, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
               0) != MAP_FAILED);
    for (; posix_memalign(&block, 32768, 40000) == 0; count++)
        CHECK((uintptr_t)block % 32768 == 0);
    CHECK(count > 5);
}

int main(void)
{
    static const size_t limits_mib[] = {800, 2048, 8192, 65536};
    struct forks forks = {0};
    for (size_t i = 0; i < sizeof limits_mib / sizeof limits_mib[0]; i++)
        if (!child_ends_well(&forks, BY_FORK, under_limit, (void *)limits_mib[i]))
            fprintf(stderr, "with a limit of %zu MiB\n", limits_mib[i]);
    child_ends_well(&forks, BY_FORK, success_keeps_errno, NULL);
    for (uintptr_t pages = 1; pages < 4; pages++)
        child_ends_well(&forks, BY_FORK, what_stands_in_is_aligned, (void *)pages);
    return verdict(&forks);
}
