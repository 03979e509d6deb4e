/* Also: a program of 30 MiB has little address space, a core of its size, and little to lock
 * Group: memory
 * Means: ulimit -v, core dumps and mlockall meet far more than the program uses
 * Debug: no, it bounds memory, and the slabs of that build are small
 * After the start less than 100 MiB of virtual size; a core (readable private mappings that are not
 * kept out of it) below 150 MiB, holes counted; mlockall within the limits that users have. */
#include "forks.h"

#include <sys/mman.h>

enum { BLOCKS = 30000, START_KIB = 100 << 10, CORE_KIB = 150 << 10, NOBODY = 65534 };

/* Ids and limits of before; a parent that may lock all does not know what users meet. */
static void lock_as_user(void *mib)
{
    const rlim_t bytes = (rlim_t)(uintptr_t)mib << 20;
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
        _exit(77); /* more than this machine lets us lock */
    if (getuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        _exit(77);
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
        fprintf(stderr, "mlockall with %zu MiB: %s, virtual size %ld KiB\n", (size_t)mib,
                strerror(errno), status_kib("VmSize:"));
        _exit(11);
    }
    for (int i = 0; i < 1000; i++) {
        char *block = malloc(1000);
        CHECK(block != NULL);
        memset(block, 1, 1000);
    }
    fprintf(stderr, "mlockall with %zu MiB: %ld KiB locked\n", (size_t)mib, status_kib("VmLck:"));
}

/* KiB that a core would have, as the kernel counts them by default: private mappings that may be
 * read, but for those with the flag "dd" (MADV_DONTDUMP) and files that are not written to. */
static long core_kib(void)
{
    char line[1024], permissions[8] = "";
    long kib = 0, size = 0, anonymous = 0;
    FILE *file = fopen("/proc/self/smaps", "r");
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx %7s", &start, &end, permissions) == 3)
            size = (long)((end - start) >> 10);
        if (sscanf(line, "Anonymous: %ld", &anonymous) == 1)
            continue;
        if (strncmp(line, "VmFlags:", 8) == 0 && permissions[0] == 'r' && permissions[3] == 'p' &&
            strstr(line, " dd") == NULL)
            kib += permissions[1] == 'w' || anonymous > 0 || size > (8 << 10) ? size : 0;
    }
    fclose(file);
    return kib;
}

static int core_is_small(void)
{
    static char *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(1000);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, 1000);
    }
    const long kib = core_kib();
    printf("a core has %ld KiB\n", kib);
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    if (kib > CORE_KIB)
        fprintf(stderr, "a core of 30 MiB of blocks would have %ld MiB\n", kib >> 10);
    return kib <= CORE_KIB;
}

int main(void)
{
    static const size_t limits_mib[] = {256, 64, 8};
    struct forks forks = {0};
    free(malloc(100));
    const long start_kib = status_kib("VmSize:");
    if (start_kib < 0)
        return skipped("no /proc");
    printf("virtual size after the start: %ld KiB\n", start_kib);
    for (size_t i = 0; i < sizeof limits_mib / sizeof limits_mib[0]; i++)
        child_ends_well(&forks, BY_FORK, lock_as_user, (void *)limits_mib[i]);
    if (start_kib > START_KIB)
        fprintf(stderr, "virtual size after the start: %ld MiB\n", start_kib >> 10);
    const int is_small = core_is_small();
    return start_kib > START_KIB || !is_small || forks.bad > 0;
}
