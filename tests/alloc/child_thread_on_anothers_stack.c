/* Also: a child's new thread, on the stack of one that was left behind in the middle of its work,
 * adopts what that one had, and others use it. Debug builds only: the other thread is stopped
 * before one of its stores, and main forks.
 * Limit: 120 s */
#include "forks.h"
#include "stopping.h"

#include <malloc.h>
#include <pthread.h>

enum { BLOCKS = 300, HEIRS = 3, LIMIT_S = 20, MOST_TRIES = 40 };

static pthread_barrier_t all_are_there;

static void work(void)
{
    unsigned char *made[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        const size_t bytes = 1 + i * 61 % 4000;
        CHECK((made[i] = malloc(bytes)) != NULL);
        memset(made[i], (int)i, bytes);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK(made[i][i * 61 % 4000] == (unsigned char)i);
        free(made[i]);
    }
}

static void *help(void *unused)
{
    is_helper = 1;
    work();
    is_helper = 0;
    sem_post(&stopped);
    return unused;
}

/* glibc gives this one the helper's stack. */
static void *adopt(void *unused)
{
    work();
    malloc_trim(0);
    return unused;
}

static void *inherit(void *unused)
{
    work();
    pthread_barrier_wait(&all_are_there); /* each has a heap of its own */
    return unused;
}

static void be_child(void *unused)
{
    pthread_t adopter, heirs[HEIRS];
    (void)unused;
    set_hook(NULL);
    CHECK(pthread_create(&adopter, NULL, adopt, NULL) == 0 && pthread_join(adopter, NULL) == 0);
    for (int i = 0; i < HEIRS; i++)
        CHECK(pthread_create(&heirs[i], NULL, inherit, NULL) == 0);
    for (int i = 0; i < HEIRS; i++)
        CHECK(pthread_join(heirs[i], NULL) == 0);
    CHECK(is_valid());
}

/* The helper is stopped at its store number `at`, if it gets there. */
static void try_store(struct forks *forks, long at)
{
    pthread_t helper;
    visits = 0;
    target = at;
    set_hook(stop_at_target);
    CHECK(pthread_create(&helper, NULL, help, NULL) == 0);
    wait_on(&stopped);
    if (at > 0 && visits >= at && !child_ends_well(forks, BY_FORK, be_child, NULL))
        fprintf(stderr, "at store %ld\n", at);
    set_hook(NULL);
    sem_post(&go_on);
    CHECK(pthread_join(helper, NULL) == 0);
    while (sem_trywait(&go_on) == 0 || sem_trywait(&stopped) == 0) { /* it was over before */
    }
}

int main(void)
{
    struct forks forks = {.limit_s = LIMIT_S};
    if (!can_stop_helper())
        return skipped("no debug build");
    CHECK(pthread_barrier_init(&all_are_there, NULL, HEIRS) == 0);
    try_store(&forks, 0);
    const long most = visits;
    CHECK(most > MOST_TRIES);
    for (long i = 0; i < MOST_TRIES && may_fork_more(&forks); i++)
        try_store(&forks, 1 + i * (most - 1) / MOST_TRIES);
    return verdict(&forks);
}
