/* Also: a library's fork handlers may allocate, also those registered before the allocator's
 * Group: threads
 * Means: a library that allocates in its fork handlers hangs the program
 * Repeat: 3, a race: a rare one may need more
 * Needs: atfork
 * Limit: 120 s
 * The library's constructor runs before a preloaded allocator's; its handlers use small and large
 * blocks in parent and child, while other threads are busy. Others come later, from main. */
#include "busy.h"

extern int atfork_failed;

static unsigned char *old[OLD_BLOCKS];
static void *late_block;

static void late_prepare(void)
{
    late_block = malloc(300000);
}

static void late_after(void)
{
    free(late_block);
    free(malloc(100000));
}

static void be_child(void *number)
{
    CHILD_CHECK(atfork_failed == 0, 11);
    CHILD_CHECK(is_old_whole(old), 12);
    use_every_size();
    if ((uintptr_t)number % 4 == 0) {
        const pid_t grandchild = fork();
        CHILD_CHECK(grandchild >= 0, 13);
        int status = 0;
        if (grandchild == 0)
            alarm(CHILD_LIMIT_S);
        else
            CHILD_CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0, 14);
        use_every_size();
    }
    CHILD_CHECK(atfork_failed == 0, 15);
}

static void fork_often(struct forks *forks)
{
    forks_for(forks, 1);
    for (uintptr_t i = 0; may_fork_more(forks); i++)
        child_ends_well(forks, BY_FORK, be_child, (void *)i);
}

int main(void)
{
    pthread_t threads[BUSY_THREADS];
    struct forks forks = {0};
    make_old(old);
    start_busy(threads);
    fork_often(&forks);
    CHECK(pthread_atfork(late_prepare, late_after, late_after) == 0);
    fork_often(&forks);
    end_busy(threads);
    CHECK(atfork_failed == 0 && is_old_whole(old));
    return verdict(&forks);
}
