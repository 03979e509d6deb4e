/* Case 27: every alignment from 16 bytes to 1 GiB, with sizes of it less 1, it, and it plus 1.
 * Group: align
 * Means: huge pages, vectors and devices get memory they cannot use
 * Then once more as hakmem's hardened mode has it, which places blocks in its own way. */
#include "promise.h"

#include <malloc.h>

static void check_block(void *block, size_t alignment, size_t bytes)
{
    CHECK(block != NULL);
    if ((uintptr_t)block % alignment != 0) {
        fprintf(stderr, "%zu bytes aligned to %#zx: %p\n", bytes, alignment, block);
        exit(1);
    }
    CHECK(malloc_usable_size(block) >= bytes);
    if (bytes != 0) {
        ((char *)block)[0] = 1;
        ((char *)block)[bytes / 2] = 3;
        ((char *)block)[bytes - 1] = 2;
    }
}

static void check(size_t alignment, size_t bytes)
{
    void *blocks[3] = {NULL, NULL, NULL};
    CHECK(posix_memalign(&blocks[0], alignment, bytes) == 0);
    blocks[1] = aligned_alloc(alignment, bytes);
    blocks[2] = memalign(alignment, bytes);
    for (int i = 0; i < 3; i++)
        check_block(blocks[i], alignment, bytes);
    for (int i = 0; i < 3; i++)
        free(blocks[i]);
}

int main(int argc, char **argv)
{
    for (size_t alignment = 16; alignment <= (size_t)1 << 30; alignment *= 2) {
        check(alignment, 1);
        check(alignment, alignment - 1);
        check(alignment, alignment);
        check(alignment, alignment + 1);
        check(alignment, 100000);
    }
    if (argc > 1)
        return 0;
    setenv("HAKMEM_HARDEN", "1", 1);
    execl("/proc/self/exe", argv[0], "hardened", (char *)NULL);
    return skipped("no /proc");
}
