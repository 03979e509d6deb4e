/* Case 34: free_sized of a wrong size is tolerated, the heap stays whole, or caught in one line.
 * Group: misuse
 * Means: a wrong size in free_sized corrupts the heap silently */
#include "promise.h"

#include <dlfcn.h>

enum { COUNT = 200 };

static void (*sized)(void *, size_t);
static size_t made_bytes, told_bytes;

/* Whatever was tolerated: blocks made after do not overlap. */
static void act(void)
{
    static unsigned char *blocks[COUNT];
    const int count = made_bytes + told_bytes < 50000 ? COUNT : COUNT / 5;
    for (int i = 0; i < count; i++)
        blocks[i] = malloc(made_bytes);
    for (int i = 0; i < count; i += 2) {
        sized(blocks[i], told_bytes);
        blocks[i] = NULL;
    }
    for (int i = 0; i < count; i++) {
        const size_t bytes = i % 4 == 0 ? told_bytes : made_bytes;
        if (blocks[i] == NULL)
            blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], i, i % 4 == 0 ? bytes : made_bytes);
    }
    for (int i = 0; i < count; i++) {
        const size_t bytes = i % 4 == 0 ? told_bytes : made_bytes;
        CHECK(holds_only(blocks[i], bytes, (unsigned char)i));
        free(blocks[i]);
    }
}

int main(void)
{
    static const size_t sizes[] = {1, 24, 500, 9000, 70000, 300000};
    *(void **)&sized = dlsym(RTLD_DEFAULT, "free_sized");
    if (sized == NULL)
        return skipped("no free_sized here");
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++) {
            char name[60];
            made_bytes = sizes[i];
            told_bytes = sizes[j];
            snprintf(name, sizeof name, "%zu bytes freed as %zu", made_bytes, told_bytes);
            must_go_on_or_abort(name, act);
        }
    return 0;
}
