/* Also: realloc to a smaller size succeeds where there is no memory left, and keeps errno
 * glibc: no, it may move an aligned block */
#include "promise.h"

#include <sys/resource.h>

static const size_t sizes[] = {70000, 100000, 200000, 1000000, 30000000};
enum { SIZES = sizeof sizes / sizeof sizes[0], LESS = 3 };

static void exhaust(size_t bytes)
{
    void *block;
    do {
        block = malloc(bytes);
        HIDDEN(block);
    } while (block != NULL);
}

int main(void)
{
    static const size_t less[LESS] = {1, 1000, 30000};
    unsigned char *blocks[SIZES][LESS];
    const struct rlimit limit = {.rlim_cur = 300000000, .rlim_max = 300000000};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    for (int i = 0; i < SIZES; i++) {
        for (int j = 0; j < LESS; j++) {
            blocks[i][j] = malloc(sizes[i]);
            CHECK(blocks[i][j] != NULL);
            memset(blocks[i][j], 1 + i, less[j]);
        }
    }
    for (size_t bytes = 10000000; bytes > 0; bytes /= 10)
        exhaust(bytes);
    exhaust(less[1]);
    exhaust(less[2]);
    for (int j = 0; j < LESS; j++) {
        for (int i = 0; i < SIZES; i++) {
            errno = 5;
            unsigned char *moved = realloc(blocks[i][j], less[j]);
            if (moved == NULL || errno != 5) {
                fprintf(stderr, "%zu to %zu B: %p, errno %d\n", sizes[i], less[j], (void *)moved,
                        errno);
                return 1;
            }
            CHECK(holds_only(moved, less[j], (unsigned char)(1 + i)));
            exhaust(less[j]); /* what it gave back */
        }
    }
    return 0;
}
