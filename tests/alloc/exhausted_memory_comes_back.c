/* Case 78: memory used up to the end fails with ENOMEM; all freed, it can be allocated again.
 * Group: limits
 * Means: under a limit a program fails, or after a moment without memory stays without it
 * Debug: no, its slabs are small: most of each granule is never used */
#include "promise.h"

enum { COUNT = 1000000, LIMIT_MIB = 64 };

static void **blocks;

/* How many blocks there were until the end. */
static int exhaust(size_t bytes)
{
    int count = 0;
    errno = 0;
    while (count < COUNT && (blocks[count] = malloc(bytes)) != NULL)
        memset(blocks[count++], 1, bytes < 64 ? bytes : 64);
    CHECK(count < COUNT && errno == ENOMEM);
    CHECK(malloc(bytes) == NULL); /* again NULL, not the end of the program */
    void *grown = realloc(blocks[0], 1u << 30);
    CHECK(grown == NULL && errno == ENOMEM);
    CHECK(((char *)blocks[0])[0] == 1);
    CHECK(calloc(1u << 20, 1u << 10) == NULL && errno == ENOMEM);
    for (int i = 0; i < count; i++)
        free(blocks[i]);
    return count;
}

/* The same size again, twice: nothing that was freed is lost. Then another size. */
static void check(size_t bytes)
{
    const int first = exhaust(bytes), second = exhaust(bytes), third = exhaust(bytes);
    printf("%zu bytes: %d, %d, %d blocks\n", bytes, first, second, third);
    CHECK((size_t)first * bytes > (LIMIT_MIB << 20) / 5);
    CHECK(second > first * 9 / 10 && third > first * 9 / 10);
}

int main(int argc, char **argv)
{
    const struct rlimit limit = {.rlim_cur = LIMIT_MIB << 20, .rlim_max = LIMIT_MIB << 20};
    if (argc == 1) { /* again, so that the allocator starts under the limit */
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        execl("/proc/self/exe", argv[0], "limited", (char *)NULL);
        return skipped("no /proc");
    }
    blocks = calloc(COUNT, sizeof *blocks);
    CHECK(blocks != NULL);
    for (size_t bytes = 100; bytes <= 4u << 20; bytes *= 6)
        check(bytes);
    check(200);
    check(3000);
    return 0;
}
