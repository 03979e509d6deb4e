/* Case 15: free keeps errno, even when the kernel refuses an unmap.
 * Group: sizes
 * Means: cleaning up hides the error that is about to be reported */
#include "promise.h"

#include "refuse.h"

#include <malloc.h>
#include <sys/mman.h>

enum { MARK = 4711, COUNT = 40 };

static const size_t sizes[] = {10, 1000, 40000, 200000, 1 << 20, 5 << 20, 40 << 20};

/* Enough blocks that whatever is kept for reuse is full: some do go to the kernel. */
static void make_and_free(size_t bytes, int count)
{
    void *blocks[COUNT];
    for (int i = 0; i < count; i++) {
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, 64 < bytes ? 64 : bytes);
    }
    for (int i = 0; i < count; i++) {
        errno = MARK;
        free(blocks[i]);
        CHECK(errno == MARK);
    }
}

static void all_sizes(void)
{
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        make_and_free(sizes[i], sizes[i] > 20u << 20 ? 4 : COUNT);
    errno = MARK;
    free(NULL);
    CHECK(errno == MARK);
}

int main(void)
{
    all_sizes();
    if (refuse_call(SYS_munmap, ENOMEM) != 0 || refuse_call(SYS_madvise, EINVAL) != 0)
        return skipped("no seccomp filters here");
    errno = 0;
    CHECK(munmap((void *)4096, 4096) == -1 && errno == ENOMEM); /* the refusal is there */
    all_sizes();
    all_sizes();
    return 0;
}
