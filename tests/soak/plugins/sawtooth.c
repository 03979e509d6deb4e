/* Memory and time rise and fall with a period of HB_PLANT_PERIOD_S (60): up to 10 % more time, so
 * that speed is 5 % about its mean, and 8 MiB more, then back at once. Nothing of it is a drift. */
#include "slowed.h"

#include <math.h>
#include <sys/mman.h>

#define HEIGHT ((size_t)8 << 20)
#define STEP   ((size_t)4096)

static void follow_memory(double height)
{
    static char *memory;
    static size_t touched;
    const size_t wanted = (size_t)(height * (double)HEIGHT) / STEP * STEP;
    if (!memory) {
        memory = mmap(NULL, HEIGHT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            abort();
        (void)madvise(memory, HEIGHT, MADV_NOHUGEPAGE);
    }
    if (wanted < touched) {
        (void)madvise(memory, HEIGHT, MADV_DONTNEED);
        touched = 0;
    }
    for (; touched < wanted; touched += STEP)
        memory[touched] = 1;
}

static void planted(void)
{
    static uint64_t born_ns;
    static double period_ns;
    if (born_ns == 0) {
        born_ns = clock_ns(CLOCK_MONOTONIC);
        period_ns = 1e9 * setting("HB_PLANT_PERIOD_S", 60);
    }
    const double height =
        fmod((double)(clock_ns(CLOCK_MONOTONIC) - born_ns), period_ns) / period_ns;
    follow_memory(height);
    slow_down(0.1 * height);
}

PLANTED_PLUGIN("sawtooth", "rises and falls, and does not drift");
