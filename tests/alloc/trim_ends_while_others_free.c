/* Also: malloc_trim and a malloc that fails end, however much other threads free meanwhile
 * glibc: no, it may give nothing back here */
#include "promise.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { BYTES = 1000000, STOCK = 3000, CALLS_MOST = 1000 };

static volatile int is_armed, is_inside; /* malloc_trim is declared a leaf */
static volatile long calls;
static void *stock[STOCK];
static int left = STOCK;

/* Under hakmem's own: with each piece that goes to the system, another thread frees one more. */
static void free_more(void)
{
    if (!is_armed || is_inside)
        return;
    is_inside = 1;
    if (++calls > CALLS_MOST) {
        fprintf(stderr, "it goes on and on\n");
        _exit(1);
    }
    if (left > 0)
        free(stock[--left]);
    is_inside = 0;
}

int madvise(void *address, size_t bytes, int advice)
{
    free_more();
    return (int)syscall(SYS_madvise, address, bytes, advice);
}

int munmap(void *address, size_t bytes)
{
    free_more();
    return (int)syscall(SYS_munmap, address, bytes);
}

static void leave_much(void)
{
    static void *blocks[100];
    for (int i = 0; i < 100; i++) {
        blocks[i] = malloc(BYTES);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, BYTES);
    }
    for (int i = 0; i < 100; i++)
        free(blocks[i]);
}

int main(void)
{
    for (int i = 0; i < STOCK; i++) {
        stock[i] = malloc(BYTES);
        CHECK(stock[i] != NULL);
    }
    leave_much();
    is_armed = 1;
    malloc_trim(0);
    CHECK(calls > 0);
    is_armed = 0;
    leave_much();
    calls = 0;
    is_armed = 1;
    void *block = malloc((size_t)1 << 47); /* more than there are addresses */
    HIDDEN(block);
    CHECK(block == NULL && calls > 0);
    is_armed = 0;
    return 0;
}
