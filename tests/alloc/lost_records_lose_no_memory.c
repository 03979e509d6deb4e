/* Also: where the allocator's own tables get no memory, large blocks take no more than their size
 * Debug: no, there the table of mappings is small, and grows
 * A filter refuses each mapping of 64 KiB, which is what such a table is; others are granted. */
#include "forks.h"

#include "refuse.h"

enum {
    TABLE_BYTES = 65536,
    BLOCKS = 5,
    BYTES = 20 << 20,
    MOST_KIB = BLOCKS * BYTES / 1024 + 32768
};

static void be_filtered(void *unused)
{
    (void)unused;
    CHECK(malloc(100) != NULL && malloc(1 << 30) != NULL);
    if (refuse_where(SYS_mmap, 1, BPF_JEQ, TABLE_BYTES, ENOMEM) != 0)
        _exit(77);
    const long before = status_kib("VmSize:");
    for (int i = 0; i < BLOCKS; i++) {
        char *block = malloc(BYTES);
        CHECK(block != NULL);
        block[BYTES - 1] = 1;
    }
    const long after = status_kib("VmSize:");
    fprintf(stderr, "%ld KiB of addresses, then %ld\n", before, after);
    CHECK(after - before < MOST_KIB);
}

int main(void)
{
    struct forks forks = {0};
    child_ends_well(&forks, BY_FORK, be_filtered, NULL);
    return verdict(&forks);
}
