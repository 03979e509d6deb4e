/* A library with thread-local memory, whose constructor and destructor allocate.
 * Read next: ../loaded_libraries_come_and_go.c. */
#include <stdlib.h>
#include <string.h>

static __thread char memory[200];
static __thread int initialised = 7;
static char *kept;

__attribute__((constructor)) static void construct(void)
{
    kept = malloc(300);
    if (kept != NULL)
        memset(kept, 1, 300);
}

__attribute__((destructor)) static void destroy(void)
{
    free(kept);
}

/* Whether this thread's memory is fresh; it is not, after. */
int tls_use(void)
{
    const int is_fresh = initialised == 7 && memory[100] == 0;
    initialised++;
    memory[100] = 1;
    return is_fresh;
}
