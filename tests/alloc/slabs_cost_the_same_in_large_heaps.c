/* Also: memory for small blocks is found as fast in a heap of 16 GiB as in one of 1 GiB
 * Means: a program becomes slower with all that it ever allocated
 * Limit: 120 s
 * Debug: no, it looks at everything again and again
 * Emulated: no, it takes 16 GiB of addresses */
#include "figures.h"

/* Of eight to a megabyte, so that each four there is room that is too small for one more. */
enum { BYTES = 131072, ONCE = 8, GIB = 1 << 30, PARTS = GIB / BYTES / ONCE, MOST = 16 };

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Blocks of a GiB more: microseconds of CPU for the median eight. Negative: no memory. */
static double median_of_next_gib(void)
{
    static double took[PARTS];
    for (int part = 0; part < PARTS; part++) {
        const double before = cpu_us();
        for (int i = 0; i < ONCE; i++)
            if (malloc(BYTES) == NULL)
                return -1;
        took[part] = cpu_us() - before;
    }
    qsort(took, PARTS, sizeof took[0], compare);
    return took[PARTS / 2];
}

int main(void)
{
    double took = 0;
    const double first = median_of_next_gib();
    for (int gib = 1; gib < MOST; gib++) {
        took = median_of_next_gib();
        if (took < 0)
            return skipped("no 16 GiB of addresses, or half a GiB of memory");
    }
    printf("%.1f us for eight blocks at first, %.1f at %d GiB\n", first, took, MOST);
    CHECK(took < 2 * first);
    return 0;
}
