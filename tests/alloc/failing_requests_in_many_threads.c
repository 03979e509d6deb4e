/* Also: requests that fail in several threads at once leave all other threads' blocks alone
 * Limit: 180 s
 * Some threads ask for what there is not, in every way of asking; others fill and empty, check what
 * they wrote, and trim or ask for too much themselves. With sizes that no system has, and with what
 * a limit leaves. */
#include "forks.h"

#include <malloc.h>
#include <pthread.h>

enum { MOST_THREADS = 16, BLOCKS = 64, KEPT_BYTES = 5000, STRIDE = 30000 };

struct phase {
    size_t askers, fillers;
    size_t bytes;     /* of what is filled and emptied; 0: several sizes by turns */
    size_t limit_mib; /* above what is used; 0: no limit, and sizes of PTRDIFF_MAX / 2 */
};

static const struct phase phases[] = {
    {0, 4, 0, 0},     {3, 3, 60000, 0},  {2, 4, 1000, 0}, {0, 2, 30000, 0},   {2, 2, 300000, 0},
    {8, 8, 20000, 0}, {2, 2, 60000, 96}, {4, 4, 700, 64}, {2, 3, 200000, 96}, {6, 6, 100, 32},
};

static const struct phase *phase;
static pthread_barrier_t start;
static volatile int is_over;

/* One request of bytes, in one of all ways. realloc's take kept's place. */
static void *ask(uint64_t way, size_t bytes, char **kept)
{
    void *block = NULL;
    switch (way % 8) {
    case 0:
        return malloc(bytes);
    case 1:
        return calloc(bytes / 8, 8);
    case 2:
    case 3:
        block = way % 8 == 2 ? realloc(*kept, bytes) : reallocarray(*kept, bytes / 2, 2);
        if (block != NULL) { /* there was room: as small as before, if it can be */
            CHECK(phase->limit_mib != 0);
            *kept = block;
            block = realloc(block, KEPT_BYTES);
            *kept = block != NULL ? block : *kept;
        }
        CHECK((*kept)[0] == 'k' && (*kept)[KEPT_BYTES - 1] == 'k');
        errno = ENOMEM;
        return NULL;
    case 4:
        return aligned_alloc(64, bytes & ~(size_t)63);
    case 5:
        return memalign((size_t)1 << 21, bytes);
    case 6:
        errno = posix_memalign(&block, 4096, bytes);
        return block;
    default:
        return valloc(bytes);
    }
}

/* A request that must fail, or, under a limit, may. */
static void ask_for_too_much(uint64_t way, char **kept)
{
    volatile size_t bytes =
        phase->limit_mib != 0 ? phase->limit_mib << (17 + way % 4) : PTRDIFF_MAX / 2;
    errno = 0;
    void *block = ask(way, bytes, kept);
    CHECK(block != NULL ? phase->limit_mib != 0 : errno == ENOMEM);
    free(block);
}

static void fill_and_empty(unsigned char **blocks, size_t bytes, unsigned char mark)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        errno = 0;
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL || (phase->limit_mib != 0 && errno == ENOMEM));
        for (size_t at = 0; blocks[i] != NULL && at < bytes; at += STRIDE)
            blocks[i][at] = mark;
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        for (size_t at = 0; blocks[i] != NULL && at < bytes; at += STRIDE)
            CHECK(blocks[i][at] == mark);
        free(blocks[i]);
    }
}

static void *work(void *number)
{
    static const size_t by_turns[] = {100000, 600, 30000, 250000};
    unsigned char *blocks[BLOCKS];
    const uint64_t me = (uint64_t)(uintptr_t)number;
    char *kept = malloc(KEPT_BYTES);
    CHECK(kept != NULL);
    memset(kept, 'k', KEPT_BYTES);
    pthread_barrier_wait(&start);
    pthread_barrier_wait(&start); /* the limit is there */
    for (uint64_t round = me; !is_over; round++) {
        const size_t bytes = phase->bytes != 0 ? phase->bytes : by_turns[round % 4];
        if (me >= phase->askers) {
            fill_and_empty(blocks, bytes, (unsigned char)(me * 16 + round % 16));
            malloc_trim(0); /* so that whole runs of memory come and go */
        }
        for (uint64_t i = 0; i < 3; i++)
            ask_for_too_much(round * 3 + i, &kept);
    }
    free(kept);
    return NULL;
}

static void run_phase(void *of)
{
    pthread_t threads[MOST_THREADS];
    phase = of;
    const size_t count = phase->askers + phase->fillers;
    CHECK(pthread_barrier_init(&start, NULL, (unsigned)count + 1) == 0);
    for (size_t i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    pthread_barrier_wait(&start);
    if (phase->limit_mib != 0)
        limit_to_use_and(phase->limit_mib);
    pthread_barrier_wait(&start);
    usleep((unsigned)rounds_of(phase->bytes == 0 ? 1500000 : 300000));
    is_over = 1;
    for (size_t i = 0; i < count; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    lift_limit();
    is_over = 0;
    void *after = malloc(32 << 20);
    CHECK(after != NULL);
    free(after);
}

int main(void)
{
    struct forks forks = {.limit_s = 40 + (int)rounds_of(1)};
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        struct phase each = phases[i];
        if (!child_ends_well(&forks, BY_FORK, run_phase, &each))
            fprintf(stderr, "%zu ask, %zu fill blocks of %zu bytes, limit %zu MiB\n", each.askers,
                    each.fillers, each.bytes, each.limit_mib);
    }
    return verdict(&forks);
}
