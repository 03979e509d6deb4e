/* Also: a child is right that was forked off while another thread put blocks into the caller's
 * slabs. Debug builds only: the other thread is stopped before one of its stores, and the caller
 * forks. */
#include "stopping.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCKS = 6000, KEEP = 8, ROUNDS = 60, CHILD_BLOCKS = 2000 };

static unsigned char *blocks[BLOCKS];
static size_t sizes[BLOCKS];

static void *free_most(void *unused)
{
    is_helper = 1;
    for (int i = 0; i < BLOCKS; i++)
        if (i % KEEP)
            free(blocks[i]);
    is_helper = 0;
    return unused;
}

static int is_filled(const unsigned char *block, size_t size, int with)
{
    for (size_t i = 0; i < size; i++)
        if (block[i] != (unsigned char)with)
            return 0;
    return 1;
}

static int child_is_right(void)
{
    unsigned char *made[CHILD_BLOCKS];
    for (int i = 0; i < CHILD_BLOCKS; i++) {
        made[i] = malloc((size_t)(1 + i * 37 % 3000));
        memset(made[i], i, (size_t)(1 + i * 37 % 3000));
    }
    for (int i = 0; i < CHILD_BLOCKS; i++) {
        if (!is_filled(made[i], (size_t)(1 + i * 37 % 3000), i))
            return 0;
        free(made[i]);
    }
    for (int i = 0; i < BLOCKS; i += KEEP) {
        if (!is_filled(blocks[i], sizes[i], i + 1))
            return 0;
        free(blocks[i]);
    }
    return is_valid();
}

static void fork_and_wait(void)
{
    int status;
    const pid_t child = fork();
    if (child == 0) {
        set_hook(NULL);
        alarm(60);
        _exit(child_is_right() ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

static void make_blocks(int round)
{
    for (int i = 0; i < BLOCKS; i++) {
        sizes[i] = (size_t)(1 + (i * 131 + round * 7) % 1500);
        blocks[i] = malloc(sizes[i]);
        memset(blocks[i], i + 1, sizes[i]);
    }
}

/* The helper is stopped at its store number `at`, if it gets there. */
static void try_once(long at)
{
    pthread_t helper;
    struct timespec latest;
    visits = 0;
    target = at;
    set_hook(stop_at_target);
    CHECK(pthread_create(&helper, NULL, free_most, NULL) == 0);
    clock_gettime(CLOCK_REALTIME, &latest);
    latest.tv_sec += 2;
    if (at > 0 && sem_timedwait(&stopped, &latest) == 0)
        fork_and_wait();
    if (at > 0)
        sem_post(&go_on);
    CHECK(pthread_join(helper, NULL) == 0);
    set_hook(NULL);
    while (sem_trywait(&go_on) == 0 || sem_trywait(&stopped) == 0) { /* late, or never there */
    }
}

int main(void)
{
    if (!can_stop_helper())
        return skipped("no debug build");
    long most = 0;
    uint64_t random = 18;
    for (int round = 0; round < ROUNDS; round++) {
        make_blocks(round);
        try_once(round ? (long)(1 + next_random(&random) % (uint64_t)most) : 0);
        if (round == 0)
            most = visits * 3 / 4;
        CHECK(most > 0);
        for (int i = 0; i < BLOCKS; i += KEEP)
            free(blocks[i]);
    }
    return 0;
}
