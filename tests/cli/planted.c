/* Allocators with a known fault, for LD_PRELOAD: the C library's malloc with one thing planted.
 *   -DPLANT=1  slow: every malloc burns some thousand instructions
 *   -DPLANT=2  fat: keeps a touched 32 MiB for itself
 *   -DPLANT=3  changes what the program prints
 *   -DPLANT=4  ends the program by a signal
 *   -DPLANT=5  never comes back from a malloc
 *   -DPLANT=6  gives NULL after 200 calls
 *   -DPLANT=7  does not clear calloc's memory
 *   -DPLANT=8  loses the contents in realloc
 *   -DPLANT=9  has no malloc */
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

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
