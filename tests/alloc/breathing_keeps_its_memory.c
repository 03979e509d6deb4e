/* Also: a working set that breathes a little keeps its memory: no system call gives it back
 * Debug: no, its slack is a few slabs
 * Of 40 MB of blocks 5 MB are freed, stay free for some periods, and are made anew: less than the
 * slack, a quarter of what is in use. */
#include "refuse_count.h"

#include <sys/mman.h>

enum { COUNT = 80000, BREATHING = 10000, APART = 13, BYTES = 500, TENTHS = 25 };

static void *blocks[COUNT];

static void fill(size_t from, size_t to, size_t step)
{
    for (size_t i = from; i < to; i += step) {
        blocks[i] = malloc(BYTES);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, BYTES);
    }
}

static void empty(size_t from, size_t to, size_t step)
{
    for (size_t i = from; i < to; i += step)
        free(blocks[i]);
}

/* Some of the others come and go meanwhile, so that the allocator looks around. */
static void breathe(void)
{
    empty(COUNT - BREATHING, COUNT, 1);
    for (int tenth = 0; tenth < TENTHS; tenth++) {
        empty(0, COUNT - BREATHING, APART);
        fill(0, COUNT - BREATHING, APART);
        usleep(100000);
    }
    fill(COUNT - BREATHING, COUNT, 1);
}

int main(void)
{
    fill(0, COUNT, 1);
    if (count_call(SYS_madvise, 0) != 0)
        return skipped("no seccomp filters here");
    (void)madvise(blocks, 4096, MADV_NORMAL);
    CHECK(counted_calls == 1); /* it counts */
    breathe();
    const long before = counted_calls;
    breathe();
    printf("%ld calls\n", counted_calls - before);
    CHECK(counted_calls == before);
    return 0;
}
