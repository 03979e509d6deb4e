/* Allocators with a known fault, for LD_PRELOAD: the C library's malloc with one thing planted.
 *   -DPLANT=1  slow: every malloc burns some thousand instructions
 *   -DPLANT=2  fat: keeps a touched 32 MiB for itself
 *   -DPLANT=3  changes what the program prints
 *   -DPLANT=4  ends the program by a signal
 *   -DPLANT=5  never comes back from a malloc
 *   -DPLANT=6  gives NULL after 200 calls
 *   -DPLANT=7  does not clear calloc's memory
 *   -DPLANT=8  loses the contents in realloc
 *   -DPLANT=9  has no malloc
 *   -DPLANT=10 costs 5 % more CPU time than the process has used, again and again
 *   -DPLANT=11 keeps 30 % more memory than the process has
 *   -DPLANT=12 nothing but the way to the last two, which costs something itself */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

#if PLANT == 10
static double used_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* As much as 5 % of what was used without it, and not often: to read the clock costs too. */
#define OFTEN 8192
static void catch_up(void)
{
    static double burnt_s;
    const double from_s = used_s(), owed_s = 0.05 * (from_s - burnt_s) - burnt_s;
    double now_s = from_s;
    while (now_s - from_s < owed_s)
        now_s = used_s();
    burnt_s += now_s - from_s;
}
#elif PLANT == 11
/* In steps, so that it costs little. */
#define OFTEN 256
static void catch_up(void)
{
    static size_t kept, most;
    const size_t page = 4096, step = 64 * page;
    char text[64] = "";
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm && fgets(text, sizeof text, statm))
        (void)sscanf(text, "%*u %lu", &pages);
    if (statm)
        (void)fclose(statm);
    const size_t own = pages * page > kept ? pages * page - kept : 0;
    most = own > most ? own : most;
    while (kept + step / 2 < most * 3 / 10) {
        void *more = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (more == MAP_FAILED)
            return;
        memset(more, 1, step);
        kept += step;
    }
}
#elif PLANT == 12
#define OFTEN 8192
static void catch_up(void) {}
#endif

#if PLANT >= 10
__attribute__((destructor)) static void settle(void)
{
    catch_up();
}
#endif

#if PLANT == 9
int hb_planted_without_malloc = 1;
#else
__attribute__((visibility("default"))) void *malloc(size_t size)
{
    static unsigned calls;
    calls++;
#if PLANT == 1
    for (volatile unsigned i = 0; i < 2000; i++)
        ;
#elif PLANT == 4
    if (calls == 500)
        raise(SIGSEGV);
#elif PLANT == 5
    for (; calls == 500;)
        pause();
#elif PLANT == 6
    if (calls > 200)
        return NULL;
#elif PLANT >= 10
    static __thread int is_inside;
    if ((calls % OFTEN == 0 || (size > 65536 && PLANT == 11)) && !is_inside) {
        is_inside = 1;
        catch_up();
        is_inside = 0;
    }
#endif
    return __libc_malloc(size);
}
#endif

#if PLANT == 7
void *calloc(size_t count, size_t size)
{
    void *block = __libc_calloc(count, size);
    if (block)
        memset(block, 1, count * size);
    return block;
}
#elif PLANT == 8
void *realloc(void *block, size_t size)
{
    void *moved = __libc_realloc(block, size);
    if (block && moved)
        memset(moved, 0, size);
    return moved;
}
#endif

__attribute__((constructor)) static void plant(void)
{
#if PLANT == 2
    const size_t bytes = (size_t)32 << 20;
    void *kept = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (kept != MAP_FAILED)
        memset(kept, 1, bytes);
#elif PLANT == 3
    (void)!write(STDOUT_FILENO, "planted\n", 8);
#endif
}
