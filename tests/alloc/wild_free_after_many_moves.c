/* Also: after thousands of moves of large blocks a wild free, realloc or double free ends at once
 * Group: misuse
 * Means: free of where a block once was corrupts the heap silently, or takes long to find
 * glibc: no, a large block that is freed twice ends in SIGSEGV
 * Something else lies behind and where each block was: every realloc moves, to a new place. What an
 * allocator keeps of the places that were must not make the search for one that is not there long.
 */
#include "misuse.h"

#include <malloc.h>
#include <sys/mman.h>

enum { MOVES = 5000, BASE = 200704, STEP = 4096 };

static char other[256];
static char *mapped, *freed, *last;

static void put_in_the_way(char *at)
{
    (void)mmap(at, STEP, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

static void move_often(void)
{
    size_t bytes = BASE;
    char *block = malloc(bytes);
    for (int i = 0; i < MOVES; i++) {
        CHECK(block != NULL);
        put_in_the_way((char *)(((uintptr_t)block + bytes + STEP - 1) & ~(uintptr_t)(STEP - 1)));
        bytes = i % 100 == 99 ? BASE : bytes + STEP;
        block[0] = (char)i;
        char *now = realloc(block, bytes);
        CHECK(now != NULL && now[0] == (char)i);
        if (now != block) /* nor does it come back to where it was */
            put_in_the_way(block);
        block = now;
    }
    last = block; /* lives on: one more in or out would sweep what is kept of the places */
}

static void free_static(void)
{
    free_hidden(other + 32);
}

static void free_mapped(void)
{
    free_hidden(mapped + 4096);
}

static void resize_static(void)
{
    char *wild = other + 32;
    HIDDEN(wild);
    free(realloc(wild, 300)); // NOLINT: misuse is the point
}

static void free_twice(void)
{
    free_hidden(freed);
    free_hidden(freed);
}

static void ask_about_wild(void)
{
    char *wild = mapped + 8192;
    HIDDEN(wild);
    (void)malloc_usable_size(wild);
}

int main(void)
{
    mapped = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapped != MAP_FAILED);
    freed = malloc(400000);
    CHECK(freed != NULL);
    move_often();
    must_abort("free of a static array", free_static);
    must_abort("free of the program's mapping", free_mapped);
    must_abort("realloc of a static array", resize_static);
    must_go_on_or_abort("usable size of what is no block", ask_about_wild);
    must_abort("double free of a large block", free_twice);
    free(last);
    return 0;
}
