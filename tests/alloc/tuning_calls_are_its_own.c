/* Also: mallopt, malloc_trim, mallinfo, malloc_stats and malloc_info are its own, and true */
#include "promise.h"

#include <dlfcn.h>
#include <malloc.h>

static const char *const names[] = {"mallopt",   "malloc_trim",  "mallinfo",
                                    "mallinfo2", "malloc_stats", "malloc_info"};

static const char *home_of(const char *name)
{
    Dl_info info;
    void *symbol = dlsym(RTLD_DEFAULT, name);
    CHECK(symbol != NULL);
    CHECK(dladdr(symbol, &info) != 0);
    return info.dli_fname;
}

static void mapped_must_be(size_t count, size_t bytes, const struct mallinfo2 *before)
{
    const struct mallinfo2 now = mallinfo2();
    CHECK(now.hblks == before->hblks + count);
    CHECK(now.hblkhd >= before->hblkhd + bytes);
    CHECK(now.hblkhd <= before->hblkhd + bytes + count * 131072);
}

/* Mappings are counted as long as they are blocks, at their size of the moment. */
static void large_blocks_are_counted(void)
{
    const struct mallinfo2 before = mallinfo2();
    char *grown = malloc(1 << 20), *other = malloc(3 << 20);
    mapped_must_be(2, 4 << 20, &before);
    CHECK((grown = realloc(grown, 64 << 20)) != NULL);
    mapped_must_be(2, 67 << 20, &before);
    CHECK((grown = realloc(grown, 8 << 20)) != NULL);
    mapped_must_be(2, 11 << 20, &before);
    free(grown);
    mapped_must_be(1, 3 << 20, &before);
    free(other);
    mapped_must_be(0, 0, &before);
}

/* Of 20 MB of small blocks, all freed, a trim leaves next to nothing that could be given back. */
static void nothing_is_left_by_a_trim(void)
{
    enum { COUNT = 20000, BYTES = 1000 };
    static char *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        CHECK((blocks[i] = malloc(BYTES)) != NULL);
        memset(blocks[i], 1, BYTES);
    }
    const struct mallinfo2 full = mallinfo2();
    CHECK(full.uordblks >= COUNT * BYTES && full.arena >= full.uordblks);
    for (int i = 0; i < COUNT; i++)
        free(blocks[i]);
    malloc_trim(0);
    const struct mallinfo2 empty = mallinfo2();
    CHECK(empty.uordblks + COUNT * BYTES <= full.uordblks);
    CHECK(empty.keepcost < 1 << 20);
    CHECK(empty.arena < full.arena - COUNT * BYTES / 2);
}

int main(void)
{
    int missing = 0;
    void *blocks[3] = {malloc(1000), malloc(100000), malloc(10000000)};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(home_of(names[i]), home_of("malloc")) != 0) {
            fprintf(stderr, "%s is from %s, malloc is not\n", names[i], home_of(names[i]));
            missing++;
        }
    if (missing != 0)
        return 1;
    const struct mallinfo2 info = mallinfo2();
    CHECK(info.arena + info.hblkhd >= 10101000);
    malloc_stats();
    CHECK(malloc_info(0, stderr) == 0);
    large_blocks_are_counted();
    nothing_is_left_by_a_trim();
    for (int i = 0; i < 3; i++)
        free(blocks[i]);
    malloc_trim(0);
    return 0;
}
