/* Also: while memory is given to the system, what others are given at that time stays theirs
 * glibc: no, it never gives up a whole superslab */
#include "promise.h"

#include <dlfcn.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { BLOCK = 1000, COUNT = 8000, SUPERSLAB = 4 << 20 };

static unsigned char *blocks[2][COUNT];
static volatile int is_armed, was_there; /* malloc_trim is declared a leaf */

static void make(int set)
{
    for (int i = 0; i < COUNT; i++) {
        blocks[set][i] = malloc(BLOCK);
        CHECK(blocks[set][i] != NULL);
        memset(blocks[set][i], 1 + set, BLOCK);
    }
}

static void check_and_free(int set)
{
    for (int i = 0; i < COUNT; i++) {
        CHECK(holds_only(blocks[set][i], BLOCK, (unsigned char)(1 + set)));
        free(blocks[set][i]);
    }
}

/* Under hakmem's own: what another thread does while the first superslab, whose headers lie at its
 * start, is on its way to the system. */
int madvise(void *address, size_t bytes, int advice)
{
    if (is_armed && advice == MADV_DONTNEED && (uintptr_t)address % SUPERSLAB == 0) {
        is_armed = 0;
        was_there = 1;
        make(0);
    }
    return (int)syscall(SYS_madvise, address, bytes, advice);
}

int main(void)
{
    void *block = malloc(BLOCK);
    HIDDEN(block);
    free(block);
    is_armed = 1;
    malloc_trim(0);
    is_armed = 0;
    if (!was_there)
        return broken("nothing was given up as a whole");
    make(1);
    check_and_free(0);
    check_and_free(1);
    return 0;
}
