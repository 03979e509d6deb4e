/* Also: where every madvise is refused, it is not tried again and again, and memory is used again
 * Group: limits
 * Means: in a sandbox each free costs a system call, or memory grows
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Limit: 180 s
 * A sandbox's filter (EPERM), locked pages (EINVAL). A spike of 100 MiB is freed, then small blocks
 * come and go by the million: what was refused once must not cost a system call each time. */
#include "refuse_count.h"

#include "figures.h"
#include "forks.h"

#include <sys/mman.h>

enum { SPIKE = 100000, MOST_CALLS = 500, LIGHT = 2000000 };

static void **blocks;

/* Returns what is resident at its top. */
static long spike(void)
{
    for (int i = 0; i < SPIKE; i++) {
        blocks[i] = malloc(1000);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, 1000);
    }
    const long top = status_kib("VmRSS:");
    for (int i = 0; i < SPIKE; i++)
        free(blocks[i]);
    return top;
}

static void must_be_few(void *with_errno)
{
    if (count_call(SYS_madvise, (int)(intptr_t)with_errno) != 0)
        _exit(77);
    CHECK(madvise(blocks, 4096, MADV_NORMAL) == -1 && counted_calls == 1);
    const long first = spike();
    use_lightly(LIGHT, MOST_CALLS);
    const long once = counted_calls;
    const long grown = spike() - first;
    use_lightly(LIGHT, MOST_CALLS);
    fprintf(stderr, "refused: %ld, after a second spike %ld; resident %+ld KiB\n", once,
            counted_calls, grown);
    CHECK(counted_calls < MOST_CALLS);
    CHECK(grown < 50 << 10); /* the second spike lies where the first lay */
}

int main(void)
{
    static const int errnos[] = {EPERM, EINVAL, ENOSYS};
    struct forks forks = {0};
    blocks = mmap(NULL, SPIKE * sizeof *blocks, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                  -1, 0);
    CHECK(blocks != MAP_FAILED);
    for (size_t i = 0; i < 3; i++)
        child_ends_well(&forks, BY_FORK, must_be_few, (void *)(intptr_t)errnos[i]);
    return verdict(&forks);
}
