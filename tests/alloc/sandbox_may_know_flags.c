/* Also: where a filter knows the flags of malloc's mappings, and refuses others, blocks stay small
 * Group: limits
 * Means: in a sandbox by flags memory grows a hundredfold, until the kernel has no more mappings */
#include "forks.h"

#include "refuse.h"

#include <sys/mman.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

enum { COUNT = 400000, BYTES = 100 };

static void be_filtered(void *unused)
{
    (void)unused;
    const size_t count = (size_t)part_of(COUNT), bytes = count * BYTES;
    free(malloc(100));
    if (refuse_where(SYS_mmap, 3, BPF_JSET, MAP_FIXED_NOREPLACE, EPERM) != 0)
        _exit(77);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
              MAP_FAILED &&
          errno == EPERM);
    const long before = status_kib("VmRSS:");
    void **last = NULL;
    for (size_t i = 0; i < count; i++) {
        void **block = malloc(BYTES);
        CHECK(block != NULL);
        *block = last;
        last = block;
    }
    char *large = malloc(3 << 20), *other = malloc(30 << 20);
    CHECK(large != NULL && other != NULL);
    const long after = status_kib("VmRSS:");
    fprintf(stderr, "%zu KiB of blocks: %ld KiB\n", bytes >> 10, after - before);
    CHECK(after - before < 2 * (long)(bytes >> 10) + 4096);
}

int main(void)
{
    struct forks forks = {0};
    child_ends_well(&forks, BY_FORK, be_filtered, NULL);
    return verdict(&forks);
}
