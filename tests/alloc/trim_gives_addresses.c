/* Also: after malloc_trim a program under RLIMIT_AS may map what it freed
 * Debug: no, its slabs are small: most of each granule is never used
 * glibc: no, it keeps what lies below a live block */
#include "promise.h"

#include <malloc.h>
#include <sys/mman.h>

enum { LIMIT_MIB = 400, USED_MIB = 250, ROUNDS = 3 };

static void use(size_t bytes)
{
    const size_t count = ((size_t)USED_MIB << 20) / bytes;
    void **blocks = mmap(NULL, count * sizeof *blocks, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(blocks != MAP_FAILED);
    for (size_t i = 0; i < count; i++) {
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        *(char *)blocks[i] = 1;
    }
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
    CHECK(munmap(blocks, count * sizeof *blocks) == 0);
}

int main(void)
{
    static const size_t sizes[] = {700, 60000, 1000000};
    const size_t half = (size_t)USED_MIB << 20;
    const struct rlimit limit = {.rlim_cur = (size_t)LIMIT_MIB << 20,
                                 .rlim_max = (size_t)LIMIT_MIB << 20};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 3; i++) {
            use(sizes[i]);
            malloc_trim(0);
            void *own =
                mmap(NULL, half, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (own == MAP_FAILED) {
                fprintf(stderr, "not after blocks of %zu B\n", sizes[i]);
                return 1;
            }
            CHECK(munmap(own, half) == 0);
        }
    }
    return 0;
}
