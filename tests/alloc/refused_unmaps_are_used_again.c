/* Also: memory that the kernel refuses to unmap is used again: resident memory stays bounded
 * Group: limits
 * Means: at the kernel's limit of mappings memory grows without end
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Limit: 120 s
 * Large blocks of many sizes come and go where every munmap fails with ENOMEM, as it does when a
 * process has all the mappings it may have (a hole splits one in two). malloc_trim does not say
 * each time that it gave something. */
#include "forks.h"
#include "refuse.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

enum { ROUNDS = 120, AT_ONCE = 8, MOST_KIB = 105 << 10 };

static size_t bytes_of(size_t round, size_t i)
{
    return 140000 + (round * 7919 + i * 104729) % 2000000;
}

/* At most 17 MiB live. */
static void use_large(size_t rounds)
{
    char *blocks[AT_ONCE];
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < AT_ONCE; i++) {
            const size_t bytes = bytes_of(round, i);
            blocks[i] = i % 4 == 3 ? aligned_alloc(1 << 17, bytes) : malloc(bytes);
            CHECK(blocks[i] != NULL);
            for (size_t at = 0; at < bytes; at += 4096) /* resident is what counts */
                blocks[i][at] = (char)i;
            blocks[i][bytes / 2 - 1] = blocks[i][bytes - 1] = (char)i;
        }
        for (size_t i = 0; i < AT_ONCE; i++) {
            const size_t bytes = bytes_of(round, i);
            CHECK(blocks[i][bytes - 1] == (char)i);
            if (i % 3 == 0) {
                blocks[i] = realloc(blocks[i], bytes / 2);
                CHECK(blocks[i] != NULL && blocks[i][bytes / 2 - 1] == (char)i);
            }
            free(blocks[i]);
        }
    }
}

static void be_filtered(void *unused)
{
    (void)unused;
    if (refuse_call(SYS_munmap, ENOMEM) != 0)
        _exit(77);
    CHECK(munmap((void *)(uintptr_t)4096, 4096) == -1 && errno == ENOMEM);
    use_large(ROUNDS / 10);
    const long first = status_kib("VmRSS:");
    use_large((size_t)rounds_of(ROUNDS));
    const long last = status_kib("VmRSS:");
    fprintf(stderr, "munmap refused: %ld KiB, then %ld\n", first, last);
    CHECK(last < first + MOST_KIB);
    int trims = 0;
    while (trims < 10 && malloc_trim(0))
        trims++;
    CHECK(trims < 4);
}

/* Every other page of an area gets another protection, until there are no more mappings. */
static void be_out_of_mappings(void *unused)
{
    (void)unused;
    size_t limit = 0;
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    if (file == NULL || fscanf(file, "%zu", &limit) != 1 || limit > 500000)
        _exit(77);
    fclose(file);
    use_large(ROUNDS / 10);
    const size_t pages = limit * 2, page = (size_t)sysconf(_SC_PAGESIZE);
    char *area =
        mmap(NULL, pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(area != MAP_FAILED);
    const size_t room = 60; /* for blocks that are mappings, none for holes */
    const size_t taken = (size_t)mapping_count();
    for (size_t i = 0; i + room + taken < limit; i += 2)
        if (mprotect(area + (i + 1) * page, page, PROT_READ) != 0)
            break;
    const long first = status_kib("VmRSS:");
    use_large(ROUNDS / 3);
    const long last = status_kib("VmRSS:");
    fprintf(stderr, "no mappings left: %ld KiB, then %ld\n", first, last);
    CHECK(last < first + MOST_KIB);
}

int main(void)
{
    struct forks forks = {0};
    child_ends_well(&forks, BY_FORK, be_filtered, NULL);
    child_ends_well(&forks, BY_FORK, be_out_of_mappings, NULL);
    return verdict(&forks);
}
