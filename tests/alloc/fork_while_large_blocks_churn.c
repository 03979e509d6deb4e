/* Also: a child forked while large blocks come and go in numbers frees and resizes its own
 * Group: threads
 * Means: a threaded program with large blocks that forks breaks in the child now and then
 * Repeat: 3, a race: a rare one may need more
 * Limit: 120 s
 * Live large blocks by the thousand, of sizes in steps, from two threads: whatever table an
 * allocator keeps of them is rebuilt again and again while the process forks. */
#include "busy.h"

enum { MINE = 64, MOST_LIVE = 20000 };

static void *live[2][MOST_LIVE];
static size_t live_count;
static unsigned char *mine[MINE];

/* The number of live ones breathes too: tables grow and shrink. */
static void *churn(void *which)
{
    void **blocks = live[(uintptr_t)which];
    uint64_t random = (uintptr_t)which + 11;
    while (!busy_is_over) {
        const uint64_t r = next_random(&random);
        const size_t i = r % live_count;
        free(blocks[i]);
        blocks[i] = r >> 40 & 7 ? malloc(131073 + (r >> 20) % 8 * 4096) : NULL;
    }
    return NULL;
}

static void be_child(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < MINE; i++) {
        CHILD_CHECK(malloc_usable_size(mine[i]) >= 300000 + i * 4096, 11);
        CHILD_CHECK(mine[i][0] == i && mine[i][299999] == i, 12);
        if (i % 4 == 0) {
            mine[i] = realloc(mine[i], 700000);
            CHILD_CHECK(mine[i] != NULL && mine[i][0] == i && mine[i][299999] == i, 13);
        }
    }
    for (int i = 0; i < MINE; i++)
        free(mine[i]);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MINE; i++) {
            mine[i] = round ? aligned_alloc(1 << 16, 327680) : malloc(300000);
            CHILD_CHECK(mine[i] != NULL, 14);
            mine[i][0] = 1;
        }
        for (int i = 0; i < MINE; i++)
            free(mine[i]);
    }
}

static void run(struct forks *forks, size_t count)
{
    pthread_t threads[2];
    busy_is_over = 0;
    live_count = count;
    for (size_t i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, churn, (void *)i) == 0);
    forks_for(forks, 1);
    while (may_fork_more(forks))
        child_ends_well(forks, BY_FORK, be_child, NULL);
    busy_is_over = 1;
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(void)
{
    struct forks forks = {0};
    for (size_t i = 0; i < MINE; i++) {
        mine[i] = malloc(300000 + i * 4096);
        CHECK(mine[i] != NULL);
        memset(mine[i], (int)i, 300000);
    }
    run(&forks, 100);
    run(&forks, 2000);
    run(&forks, MOST_LIVE / 2);
    for (size_t i = 0; i < MINE; i++)
        CHECK(mine[i][0] == i && mine[i][299999] == i);
    return verdict(&forks);
}
