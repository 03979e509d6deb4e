/* Also: a limit below what is already used lets old blocks be asked about, resized and freed
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Limit: 180 s
 * Sandboxes forbid growth that way. Large blocks of many GiB, hardly touched, lie far apart; then
 * the limit comes, requests fail, and every old block is still what it was. */
#include "forks.h"

#include <malloc.h>

enum { LARGE = 80, MIB = 1 << 20, SMALL = 20000 };

static unsigned char *large[LARGE], *small[SMALL];

struct how {
    size_t limit_mib, large_mib;
};

static void make(size_t large_mib)
{
    for (size_t i = 0; i < LARGE; i++) {
        large[i] =
            i % 8 == 7 ? aligned_alloc((size_t)2 * MIB, large_mib * MIB) : malloc(large_mib * MIB);
        CHECK(large[i] != NULL);
        large[i][0] = large[i][large_mib * MIB - 1] = (unsigned char)i;
    }
    for (size_t i = 0; i < SMALL; i++) {
        small[i] = malloc(i % 500 + 1);
        CHECK(small[i] != NULL);
        small[i][0] = (unsigned char)i;
    }
}

static void fail_often(void)
{
    volatile size_t bytes = (size_t)400 * MIB;
    for (int i = 0; i < 5; i++) {
        errno = 0;
        must_fail(malloc(bytes), "malloc");
        must_fail(calloc(bytes / 8, 8), "calloc");
        must_fail(aligned_alloc(MIB, bytes), "aligned_alloc");
        must_fail(realloc(large[3], bytes * 100), "realloc");
    }
}

static void give_back(size_t large_mib)
{
    for (size_t i = 0; i < LARGE; i++) {
        CHECK(malloc_usable_size(large[i]) >= large_mib * MIB);
        CHECK(large[i][0] == i && large[i][large_mib * MIB - 1] == i);
        if (i % 3 == 0) { /* smaller, which needs nothing that is not there */
            unsigned char *shrunk = realloc(large[i], large_mib / 2 * MIB);
            CHECK(shrunk != NULL || errno == ENOMEM);
            large[i] = shrunk != NULL ? shrunk : large[i];
            CHECK(large[i][0] == i);
        }
    }
    for (size_t i = 0; i < SMALL; i++) {
        CHECK(small[i][0] == (unsigned char)i);
        free(small[i]);
    }
    for (int i = 0; i < LARGE; i++)
        free(large[(i * 37) % LARGE]);
}

static void be_limited(void *with)
{
    const struct how *how = with;
    const struct rlimit limit = {.rlim_cur = how->limit_mib * MIB, .rlim_max = RLIM_INFINITY};
    make(how->large_mib);
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    fail_often();
    give_back(how->large_mib);
    for (int i = 0; i < 20; i++) /* there is room again */
        free(malloc((size_t)i * 100000 + 1));
    lift_limit();
    make(how->large_mib);
    give_back(how->large_mib);
}

int main(void)
{
    static struct how hows[] = {{2048, 1024}, {2048, 256}, {64, 512}, {4096, 100}};
    struct forks forks = {0};
    for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++)
        if (!child_ends_well(&forks, BY_FORK, be_limited, &hows[i]))
            fprintf(stderr, "%d blocks of %zu MiB, then a limit of %zu\n", LARGE, hows[i].large_mib,
                    hows[i].limit_mib);
    return verdict(&forks);
}
