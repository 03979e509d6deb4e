/* Also: pages that the program locks keep no other pages, nor cost system calls for ever
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Limit: 150 s
 * Keys and buffers are locked with mlock and freed without munlock; the kernel then refuses to give
 * such pages up, with EINVAL for the whole range. 25 of them in 100 MiB. Then all is locked, on
 * fault, as real-time programs do it. */
#include "forks.h"
#include "refuse_count.h"

#include <sys/mman.h>

enum {
    COUNT = 100000,
    LOCKED_EACH = 4000,
    LIGHT = 1000000,
    MOST_CALLS = 1000,
    SPIKE_KIB = 105 << 10
};

static void **blocks;

static void spike(int lock_each)
{
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = malloc(1000);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, 1000);
        if (lock_each != 0 && i % lock_each == 0 && mlock(blocks[i], 32) != 0)
            _exit(77);
    }
    for (int i = 0; i < COUNT; i++)
        free(blocks[i]);
}

/* Madvise calls of one more round of light use: an operation each would be millions. */
static long calls_of_light_use(void)
{
    const long before = counted_calls;
    use_lightly(LIGHT, 20 * MOST_CALLS);
    return counted_calls - before;
}

static void lock_some(void *unused)
{
    (void)unused;
    if (count_call(SYS_madvise, 0) != 0)
        _exit(77);
    const long before = status_kib("VmRSS:");
    spike(LOCKED_EACH);
    use_lightly(LIGHT, 20 * MOST_CALLS);
    const long after = status_kib("VmRSS:"), calls = calls_of_light_use();
    fprintf(stderr, "25 pages locked: resident %+ld KiB; then %ld calls\n", after - before, calls);
    CHECK(after < before + (60 << 10)); /* of 100 MiB; a period of purges may not be over */
    CHECK(calls < MOST_CALLS);
}

static void lock_all(void *unused)
{
    (void)unused;
    if (count_call(SYS_madvise, 0) != 0 || mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        _exit(77);
    spike(0);
    const long once = status_kib("VmRSS:");
    use_lightly(LIGHT, 20 * MOST_CALLS);
    const long calls = calls_of_light_use();
    spike(0);
    const long twice = status_kib("VmRSS:");
    fprintf(stderr, "all locked: %ld KiB, after the second spike %ld; %ld calls\n", once, twice,
            calls);
    CHECK(twice < (once > SPIKE_KIB ? once : SPIKE_KIB) + (50 << 10));
    CHECK(calls < MOST_CALLS);
}

int main(void)
{
    struct forks forks = {0};
    blocks = mmap(NULL, COUNT * sizeof *blocks, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                  -1, 0);
    CHECK(blocks != MAP_FAILED);
    child_ends_well(&forks, BY_FORK, lock_some, NULL);
    child_ends_well(&forks, BY_FORK, lock_all, NULL);
    return verdict(&forks);
}
