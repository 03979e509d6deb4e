/* Also: where the clock went back (a process restored from an image), memory is still given back
 * glibc: no, it gives back by no clock */
#include "promise.h"

#include <time.h>

enum { COUNT = 30000, BYTES = 1000, LARGE = 20, LARGE_BYTES = 1500000, LEFT_KIB = 10000 };

/* Under hakmem's own: a clock that goes on by 0.1 ms whenever it is looked at. */
static volatile uint64_t now_ns = UINT64_C(1000000000000000);

int clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    now_ns += 100000;
    now->tv_sec = (time_t)(now_ns / 1000000000);
    now->tv_nsec = (long)(now_ns % 1000000000);
    return 0;
}

static void use(size_t bytes, int count)
{
    static void *blocks[COUNT];
    use_blocks(blocks, count, bytes);
}

static void idle_for_5_s(void)
{
    const uint64_t until_ns = now_ns + UINT64_C(5000000000);
    while (now_ns < until_ns) {
        now_ns += 10000000;
        use(100, 2000);
    }
}

int main(void)
{
    if (memory_kib("Anonymous:") < 0)
        return skipped("no /proc");
    use(BYTES, COUNT);
    use(LARGE_BYTES, LARGE);
    idle_for_5_s();
    const long before = memory_kib("Anonymous:");
    now_ns = 5000000000;
    use(BYTES, COUNT);
    use(LARGE_BYTES, LARGE);
    idle_for_5_s();
    const long after = memory_kib("Anonymous:");
    printf("%ld KiB before the clock went back, %ld after\n", before, after);
    CHECK(after < before + LEFT_KIB);
    return 0;
}
