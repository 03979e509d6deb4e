/* A user's program that names its allocator: every function of hakmem.h, in C and in C++. Says
 * "own: N mappings". Read next: install_test.sh. */
#include <hakmem.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CHECK(x) ((x) ? (void)0 : (void)(failures++, fprintf(stderr, "own: not so: %s\n", #x)))

static int failures;

static void resize(void)
{
    unsigned char *block = (unsigned char *)hak_calloc(10, 10);
    CHECK(block && block[0] == 0 && block[99] == 0);
    block[0] = 7;
    block = (unsigned char *)hak_realloc(block, 5000);
    CHECK(block && block[0] == 7);
    block = (unsigned char *)hak_reallocarray(block, 1000, 1000);
    CHECK(block && block[0] == 7);
    errno = 0;
    CHECK(!hak_reallocarray(block, SIZE_MAX / 2, 3) && errno == ENOMEM && block[0] == 7);
    CHECK(!hak_realloc(block, 0));
    CHECK(!hak_reallocarray(hak_malloc(1), 10, 0));
    void *fresh = hak_reallocarray(NULL, 10, 0);
    CHECK(fresh);
    hak_free(fresh);
    hak_free_sized(hak_malloc(0), 0);
    hak_free(NULL);
}

static void align(void)
{
    void *block = hak_aligned_alloc(4096, 100), *other = &failures;
    CHECK(block && (uintptr_t)block % 4096 == 0);
    hak_free_aligned_sized(block, 4096, 100);
    errno = 0;
    CHECK(!hak_aligned_alloc(24, 48) && errno == EINVAL);
    errno = 0;
    CHECK(hak_posix_memalign(&other, 2, 10) == EINVAL && other == &failures);
    CHECK(hak_posix_memalign(&other, 64, SIZE_MAX / 2) == ENOMEM && other == &failures);
    CHECK(hak_posix_memalign(&other, 64, 10) == 0 && (uintptr_t)other % 64 == 0);
    CHECK(errno == 0);
    hak_free(other);
}

/* A good size is at least what was asked for, what its block holds, and good itself. */
static void sizes(void)
{
    for (size_t size = 0; size < 3000000; size += size < 5000 ? 1 : 4999) {
        const size_t good = hak_good_size(size);
        void *block = hak_malloc(size), *same = hak_malloc(good);
        CHECK(good >= size && hak_good_size(good) == good);
        CHECK(hak_usable_size(block) >= good && hak_usable_size(same) >= good);
        hak_free(same);
        hak_free(block);
    }
    CHECK(hak_good_size(SIZE_MAX) == SIZE_MAX);
    CHECK(hak_good_size(PTRDIFF_MAX) >= PTRDIFF_MAX);
    CHECK(hak_usable_size(NULL) == 0);
}

int main(void)
{
    struct hakmem_os_stats calls;
    memset(&calls, 0, sizeof calls);
    resize();
    align();
    sizes();
    hak_trim();
    hak_thread_exit();
    hak_free(hak_malloc(100));
    hakmem_os_stats(&calls);
    printf("own: %llu mappings\n", (unsigned long long)calls.mmap);
    return failures != 0;
}
