/* Also: a child by the bare clone call or _Fork, of a busy process, allocates and frees
 * Limit: 120 s
 * glibc: no, its locks are mended by handlers that only fork() runs
 * No handler of pthread_atfork runs in such children: the allocator has to see by itself that it is
 * in another process. What was there before the fork must be whole, and is freed. */
#include "busy.h"

static unsigned char *old[OLD_BLOCKS];

static void be_child(void *number)
{
    const enum fork_way way = (uintptr_t)number % 2 ? BY_CLONE : BY_UNDERSCORE_FORK;
    use_every_size();
    must_be_refused();
    CHILD_CHECK(is_old_whole(old), 15);
    if ((uintptr_t)number % 3 == 0) { /* a second generation, raw too */
        const pid_t grandchild = fork_by(way);
        CHILD_CHECK(grandchild >= 0, 17);
        int status = 0;
        if (grandchild == 0)
            alarm(CHILD_LIMIT_S);
        else
            CHILD_CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0, 18);
    }
    use_every_size();
    for (int i = 0; i < OLD_BLOCKS; i++)
        free(old[i]);
    use_every_size();
}

int main(void)
{
    pthread_t threads[BUSY_THREADS];
    struct forks forks = {0};
    make_old(old);
    start_busy(threads);
    forks_for(&forks, 2);
    for (uintptr_t i = 0; may_fork_more(&forks); i++)
        child_ends_well(&forks, i % 2 ? BY_CLONE : BY_UNDERSCORE_FORK, be_child, (void *)i);
    end_busy(threads);
    return verdict(&forks);
}
