/* Case 80: where brk is refused and mmap is not, malloc works.
 * Group: limits
 * Means: programs fail in sandboxes that refuse brk */
#include "promise.h"

#include <sys/mman.h>

enum { COUNT = 100000 };

/* A page right behind the break: the kernel cannot move it, from before the first constructor. */
static void *barrier = MAP_FAILED;
static void refuse_brk(void)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t at = ((uintptr_t)sbrk(0) + page - 1) / page * page;
    barrier = mmap((void *)at, page, PROT_NONE, // NOLINT
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}
__attribute__((section(".preinit_array"), used)) static void (*const first)(void) = refuse_brk;

int main(void)
{
    static void *blocks[COUNT];
    CHECK(barrier != MAP_FAILED);
    errno = 0;
    CHECK(sbrk(1 << 20) == (void *)-1 && errno == ENOMEM);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            blocks[i] = malloc(i % 1000 + 1);
            CHECK(blocks[i] != NULL);
            memset(blocks[i], (int)i, i % 1000 + 1);
        }
        for (size_t i = 0; i < COUNT; i++) {
            CHECK(((char *)blocks[i])[i % 1000] == (char)i);
            free(blocks[i]);
        }
        char *large = calloc(1, 20u << 20);
        CHECK(large != NULL && large[19u << 20] == 0);
        free(large);
    }
    return 0;
}
