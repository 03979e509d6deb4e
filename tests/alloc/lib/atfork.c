/* A library whose constructor registers handlers of pthread_atfork that allocate: it is a needed
 * library of the test, so that its constructor runs before that of a preloaded allocator, and its
 * handlers around the allocator's own.
 * Read next: ../atfork_handlers_may_allocate.c. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 150 };

static void *kept[BLOCKS];
int atfork_failed; /* requests that were NULL, contents that were lost */

static size_t bytes_of(size_t i)
{
    return i % 30 == 0 ? i * 7000 + 1 : i * 37 + 1;
}

static void fill(int mark)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        kept[i] = i % 3 == 0 ? calloc(1, bytes_of(i)) : malloc(bytes_of(i));
        atfork_failed += kept[i] == NULL;
        if (kept[i] != NULL)
            memset(kept[i], mark, bytes_of(i));
    }
}

static void empty(int mark)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        const char *block = kept[i];
        atfork_failed += block == NULL || block[bytes_of(i) - 1] != mark;
        free(kept[i]);
        kept[i] = NULL;
    }
}

/* What prepare made, both sides free; both make and free their own. */
static void prepare(void)
{
    fill(1);
}

static void after_in_parent(void)
{
    empty(1);
    fill(2);
    for (size_t i = 0; i < BLOCKS; i++) {
        char *grown = realloc(kept[i], bytes_of(i) + 5000);
        atfork_failed += grown == NULL;
        if (grown != NULL)
            kept[i] = grown;
    }
    empty(2);
}

/* A child that hangs here has not come to its own alarm yet. */
static void after_in_child(void)
{
    alarm(40);
    after_in_parent();
}

__attribute__((constructor)) static void construct(void)
{
    fill(3);
    empty(3);
    if (pthread_atfork(prepare, after_in_parent, after_in_child) != 0)
        atfork_failed++;
}
