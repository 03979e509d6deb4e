/* Planted libraries for check_test.sh: the C library's malloc, with one promise broken for each
 * verdict.
 *   PLANT=0   calloc wraps (fail), valloc traps (crash), pvalloc never returns (hang); and
 * malloc(0) is NULL in the process number PLANTED_TURN that asks for it, counted in the file
 *             PLANTED_COUNT; with PLANTED_KILL it is killed there, as for want of memory
 *   PLANT=1   traps when it is loaded
 *   PLANT=2   has no malloc
 * Read next: check_test.sh. */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#if PLANT == 2
int planted_nothing(void);
int planted_nothing(void)
{
    return 0;
}
#else

extern void *__libc_malloc(size_t size);

/* The turn of this process among those that asked for nothing: a byte in the file for each. */
static long own_turn(void)
{
    const char *path = getenv("PLANTED_COUNT");
    const int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (file < 0 || write(file, ".", 1) != 1)
        return 0;
    const long turn = (long)lseek(file, 0, SEEK_END);
    close(file);
    return turn;
}

void *malloc(size_t size)
{
    static long turn = -1;
    const char *bad = getenv("PLANTED_TURN");
    if (size == 0 && bad) {
        turn = turn < 0 ? own_turn() : turn;
        if (turn == strtol(bad, NULL, 10)) {
            if (getenv("PLANTED_KILL"))
                raise(SIGKILL);
            return NULL;
        }
    }
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    char *block = __libc_malloc(count * size);
    for (size_t i = 0; block && i < count * size; i++)
        ((volatile char *)block)[i] = 0;
    return block;
}

void *valloc(size_t size)
{
    (void)size;
    __builtin_trap();
}

void *pvalloc(size_t size)
{
    for (;;)
        pause();
    return (void *)(uintptr_t)size;
}

#if PLANT == 1
__attribute__((constructor)) static void load(void)
{
    __builtin_trap();
}
#endif
#endif
