/* Also: in an address space that others have cut up, small blocks take few mappings and little more
 * Group: limits
 * Means: programs beside WebAssembly or many stacks run out of mappings or memory
 * Limit: 90 s
 * 400 reservations of 8 GiB, as WebAssembly memories are, and 200 of 64 MiB, as stacks and arenas:
 * then 100 MiB in small blocks, from one thread and from four. */
#include "forks.h"

#include <pthread.h>
#include <sys/mman.h>

enum { MIB = 1 << 20, SMALL_MIB = 100, MORE_MAPPINGS = 200, THREADS = 4 };

struct how {
    size_t count, mib; /* reservations */
    size_t threads;
};

static void reserve(size_t count, size_t mib)
{
    for (size_t i = 0; i < count; i++)
        if (mmap(NULL, mib * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
            MAP_FAILED)
            break; /* as many as there is room for */
}

static void *fill(void *mib)
{
    for (size_t made = 0; made < (size_t)mib * MIB; made += 200) {
        char *block = malloc(200);
        CHECK(block != NULL);
        memset(block, 1, 200);
    }
    return NULL;
}

static void be_cut_up(void *with)
{
    const struct how *how = with;
    pthread_t threads[THREADS];
    fill((void *)10);
    reserve(how->count, how->mib);
    reserve(200, 64);
    const long mappings = mapping_count(), resident = status_kib("VmRSS:");
    const size_t mib = (size_t)part_of(SMALL_MIB);
    for (size_t i = 0; i < how->threads; i++)
        CHECK(pthread_create(&threads[i], NULL, fill, (void *)(mib / how->threads)) == 0);
    for (size_t i = 0; i < how->threads; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    if (how->threads == 0)
        fill((void *)mib);
    const long more = mapping_count() - mappings, grown = status_kib("VmRSS:") - resident;
    fprintf(stderr, "%zu of %zu MiB, %zu threads: %ld mappings more, %ld KiB\n", how->count,
            how->mib, how->threads, more, grown);
    CHECK(more < MORE_MAPPINGS);
    CHECK((size_t)grown < 2 * mib << 10);
}

int main(void)
{
    static struct how hows[] = {{400, 8192, 0}, {400, 8192, 4}, {20000, 6000, 0}, {3000, 1024, 2}};
    struct forks forks = {0};
    for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++)
        child_ends_well(&forks, BY_FORK, be_cut_up, &hows[i]);
    return verdict(&forks);
}
