/* Also: on kernels with pages of 16 and 64 KiB no memory call is refused, and nothing grows
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Limit: 180 s
 * Runs itself again with a library before the allocator whose memory calls behave as such a
 * kernel's: aligned blocks come and go, large ones are resized, a spike of small ones is freed. */
#include "libraries.h"

#include "figures.h"

#include <malloc.h>
#include <pthread.h>

enum { ROUNDS = 100, SPIKE = 50000 };
enum { SLACK_KIB = 16 << 10 }; /* for so many rounds */

/* On a busy machine both spikes, of 77 MiB, may be there at once; lost mappings would be 200 MiB.
 */
enum { VIRTUAL_SLACK_KIB = 110 << 10 };

static void use_aligned(size_t round)
{
    static const size_t alignments[] = {65536, 1 << 20, 8192, 4096, 1 << 17, 64};
    static const size_t sizes[] = {300000, 200000, 140000, 20000, 131073, 70000};
    char *blocks[6], *resized = malloc(150000 + round * 100);
    CHECK(resized != NULL);
    memset(resized, 2, 150000);
    for (size_t i = 0; i < 6; i++) {
        blocks[i] = memalign(alignments[i], sizes[i] + round * 64);
        CHECK(blocks[i] != NULL && (uintptr_t)blocks[i] % alignments[i] == 0);
        memset(blocks[i], (int)i, sizes[i]);
    }
    resized = realloc(resized, 400000 + round * 10);
    CHECK(resized != NULL && resized[149999] == 2);
    resized = realloc(resized, 2000000);
    CHECK(resized != NULL && resized[149999] == 2);
    resized = realloc(resized, 160000 + round);
    CHECK(resized != NULL && resized[149999] == 2);
    for (size_t i = 0; i < 6; i++) {
        CHECK(blocks[i][sizes[i] - 1] == (char)i);
        free(blocks[i]);
    }
    free(resized);
}

static void *spike(void *unused)
{
    void **last = NULL;
    for (size_t i = 0; i < SPIKE; i++) {
        void **block = i % 50 ? calloc(1, i % 700 + 16) : malloc(60000);
        CHECK(block != NULL);
        *block = last;
        last = block;
    }
    while (last != NULL) {
        void **block = last;
        last = *block;
        free(block);
    }
    return unused;
}

static long refused(void)
{
    long (*of_shim)(void);
    *(void **)&of_shim = dlsym(RTLD_DEFAULT, "pages_refused");
    CHECK(of_shim != NULL);
    return of_shim();
}

static void use_all(size_t rounds)
{
    pthread_t thread;
    for (size_t round = 0; round < rounds; round++)
        use_aligned(round);
    for (int i = 0; i < 2; i++) {
        spike(NULL);
        CHECK(pthread_create(&thread, NULL, spike, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        malloc_trim(0);
        usleep(600000); /* what is purged after a while */
        free(malloc(300000));
    }
}

static int under_shim(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    CHECK(page > 4096);
    use_all(ROUNDS / 3);
    const long resident = status_kib("VmRSS:"), virtual = status_kib("VmSize:");
    use_all((size_t)rounds_of(ROUNDS));
    const long more = status_kib("VmRSS:") - resident, mapped = status_kib("VmSize:") - virtual;
    printf("%zu KiB: %ld refused, resident %+ld KiB, virtual %+ld KiB\n", page >> 10, refused(),
           more, mapped);
    fflush(stdout);
    CHECK(refused() == 0);
    CHECK(more < rounds_of(SLACK_KIB) && mapped < VIRTUAL_SLACK_KIB);
    return 0;
}

static int run_under(const char *program, const char *kib, const char *harden)
{
    char preload[2 * PATH_MAX];
    int status = -1;
    const char *before = getenv("LD_PRELOAD");
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        snprintf(preload, sizeof preload, "%s%s%s", library_path("pages"), before ? ":" : "",
                 before ? before : "");
        setenv("LD_PRELOAD", preload, 1);
        setenv("SHIM", kib, 1);
        setenv("HAKMEM_HARDEN", harden, 1);
        alarm(CHILD_LIMIT_S);
        execl("/proc/self/exe", program, "shim", (char *)NULL);
        _exit(77);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (status != 0)
        fprintf(stderr, "pages of %s KiB, hardened %s: %s\n", kib, harden, end_of(status));
    return status != 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return under_shim();
    if (sysconf(_SC_PAGESIZE) != 4096)
        return skipped("the kernel has large pages itself, or a shim is there");
    return run_under(argv[0], "16", "0") + run_under(argv[0], "64", "0") +
               run_under(argv[0], "64", "1") !=
           0;
}
