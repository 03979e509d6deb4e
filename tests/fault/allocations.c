/* Preloaded into hakbench alone, not into workers: its own allocations fail.
 *   ALLOCATION_NTH=n      each n-th
 *   ALLOCATION_AT=n       the n-th, and no other
 *   ALLOCATION_LIST=file  none; a line for each place in the code that allocates, as the last five
 *                         calls see it: which allocation is its first */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PLACES (1u << 16)
#define DEEP   5 /* callers that make a place */

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
static unsigned long nth, at, count;
static int list = -1;
static uint64_t places[PLACES];
static _Thread_local int inside;

static unsigned long number(const char *name)
{
    const char *text = getenv(name);
    const unsigned long value = text ? strtoul(text, NULL, 10) : 0;
    unsetenv(name);
    return value;
}

__attribute__((constructor)) static void start(void)
{
    void *frames[2];
    const char *file = getenv("ALLOCATION_LIST");
    (void)backtrace(frames, 2); /* its first call allocates */
    nth = number("ALLOCATION_NTH");
    at = number("ALLOCATION_AT");
    if (file) { /* far up: a child of hakbench gives the low numbers to others */
        const int low = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        list = fcntl(low, F_DUPFD_CLOEXEC, 500);
        (void)close(low);
    }
    unsetenv("ALLOCATION_LIST");
    unsetenv("LD_PRELOAD");
    count = 0;
}

/* Frames 0 and 1 are here. */
static void note_place(unsigned long n)
{
    void *frames[2 + DEEP];
    uint64_t place = UINT64_C(14695981039346656037); /* FNV-1a */
    const int got = backtrace(frames, 2 + DEEP);
    for (int i = 2; i < got; i++)
        place = (place ^ (uintptr_t)frames[i]) * UINT64_C(1099511628211);
    size_t slot = place % PLACES;
    while (places[slot] && places[slot] != place)
        slot = (slot + 1) % PLACES;
    if (!places[slot]) {
        places[slot] = place;
        (void)dprintf(list, "%lu\n", n);
    }
}

__attribute__((noinline)) static int fails(void)
{
    if (inside || (!nth && !at && list < 0))
        return 0;
    const unsigned long n = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    if (list >= 0) {
        inside = 1;
        note_place(n);
        inside = 0;
    }
    if (!(nth && n % nth == 0) && n != at)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}
