/* Case 81: where every madvise is refused, malloc works, and calloc's memory is zero.
 * Group: limits
 * Means: in a strict sandbox calloc gives dirty memory, or the program ends */
#include "promise.h"

#include "refuse.h"

#include <malloc.h>
#include <sys/mman.h>

enum { COUNT = 30000 };

static void use(size_t bytes, int count)
{
    static unsigned char *blocks[COUNT];
    for (int i = 0; i < count; i++) {
        blocks[i] = calloc(1, bytes);
        CHECK(blocks[i] != NULL);
        for (size_t j = 0; j < bytes; j++)
            CHECK(blocks[i][j] == 0);
        memset(blocks[i], 0xFF, bytes);
    }
    for (int i = 0; i < count; i++)
        free(blocks[i]);
    malloc_trim(0);
}

int main(int argc, char **argv)
{
    if (argc == 1) { /* again, so that the allocator starts under the filter */
        if (refuse_call(SYS_madvise, EINVAL) != 0)
            return skipped("no seccomp filters here");
        execl("/proc/self/exe", argv[0], "filtered", (char *)NULL);
        return skipped("no /proc");
    }
    CHECK(madvise(NULL, 4096, MADV_DONTNEED) == -1 && errno == EINVAL); /* the refusal is there */
    for (int round = 0; round < 4; round++) {
        use(100, COUNT);
        use(3000, 5000);
        use(70000, 200);
        use(3000000, 10);
        usleep(400000); /* what is purged after a while */
    }
    return 0;
}
