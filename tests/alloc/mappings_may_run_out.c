/* Case 81: with every mapping used that the system allows, malloc gives NULL or carries on.
 * Group: limits
 * Means: at the kernel's limit of mappings the program ends instead of seeing NULL */
#include "promise.h"

#include <sys/mman.h>

enum { COUNT = 4000, MOST = 2000000 };

static size_t sizes(size_t i)
{
    return i % 50 == 0 ? 300000 + i * 97 : i % 10 == 0 ? 20000 + i : i % 1000 + 1;
}

/* Fills with a mark of its own; tells how many were NULL. */
static int use(void)
{
    static unsigned char *blocks[COUNT];
    int refused = 0;
    for (size_t i = 0; i < COUNT; i++) {
        errno = 0;
        blocks[i] = i % 3 == 0 ? calloc(1, sizes(i)) : malloc(sizes(i));
        CHECK(blocks[i] != NULL || errno == ENOMEM);
        refused += blocks[i] == NULL;
        if (blocks[i] != NULL)
            memset(blocks[i], (int)i, sizes(i));
    }
    for (size_t i = 0; i < COUNT; i++) {
        if (blocks[i] == NULL)
            continue;
        CHECK(blocks[i][0] == (unsigned char)i && blocks[i][sizes(i) - 1] == (unsigned char)i);
        if (i % 5 == 0) {
            unsigned char *grown = realloc(blocks[i], sizes(i) * 2);
            CHECK(grown != NULL || errno == ENOMEM);
            if (grown != NULL)
                blocks[i] = grown;
            CHECK(blocks[i][sizes(i) - 1] == (unsigned char)i);
        }
        free(blocks[i]);
    }
    return refused;
}

/* Every other page of a reservation gets another protection: a mapping a page. Then whatever is
 * left, one by one. */
static size_t use_up_mappings(char *area, size_t pages, size_t page)
{
    size_t i = 1;
    while (i < pages && mprotect(area + i * page, page, PROT_READ) == 0)
        i += 2;
    for (int more = 0; more < 1000; more++)
        if (mmap(NULL, page, more % 2 ? PROT_READ : PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                 0) == MAP_FAILED)
            break;
    return i;
}

int main(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t limit = 0;
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    if (file == NULL || fscanf(file, "%zu", &limit) != 1)
        return skipped("no max_map_count");
    fclose(file);
    if (limit > MOST)
        return skipped("this system allows too many mappings to use them up");
    const size_t pages = limit * 2 + 100;
    char *area =
        mmap(NULL, pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(area != MAP_FAILED);
    CHECK(use() == 0);
    CHECK(use_up_mappings(area, pages, page) < pages);
    const int refused = use();
    use();
    printf("%d of %d refused\n", refused, COUNT);
    CHECK(munmap(area, pages * page) == 0);
    CHECK(use() == 0);
    return 0;
}
