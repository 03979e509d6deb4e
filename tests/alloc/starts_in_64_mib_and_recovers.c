/* Under RLIMIT_AS of 64 MiB: starts, fails cleanly when it is used up, and works again after. */
#include "promise.h"

#include <sys/resource.h>

enum { COUNT = 200000 };

static void exhaust(size_t bytes)
{
    static void *blocks[COUNT];
    int count = 0;
    errno = 0;
    while (count < COUNT && (blocks[count] = malloc(bytes)) != NULL)
        memset(blocks[count++], 1, bytes < 64 ? bytes : 64);
    CHECK(count == COUNT || errno == ENOMEM);
    CHECK((size_t)count * bytes > 8u << 20 || count == COUNT);
    for (int i = 0; i < count; i++)
        free(blocks[i]);
    void *again = malloc(bytes);
    CHECK(again != NULL);
    free(again);
}

int main(int argc, char **argv)
{
    struct rlimit limit = {.rlim_cur = 64u << 20, .rlim_max = 64u << 20};
    if (argc == 1) { /* again, so that the allocator starts under the limit */
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        execl("/proc/self/exe", argv[0], "limited", (char *)NULL);
        return skipped("no /proc");
    }
    for (size_t bytes = 100; bytes <= 8u << 20; bytes *= 4)
        exhaust(bytes);
    exhaust(100);
    exhaust(3000);
    return kept("works within 64 MiB of addresses");
}
