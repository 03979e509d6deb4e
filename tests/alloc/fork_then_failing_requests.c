/* Also: a child of a busy process may ask for too much, use every size, and fork again
 * Group: threads
 * Means: a forked child that runs out of memory hangs or corrupts data
 * Repeat: 3, a race: a rare one may need more
 * Limit: 120 s
 * The fork comes while other threads work at all that an allocator shares. The child asks for what
 * there is not (an allocator then looks for what it can give back), and every block of before the
 * fork must be whole, then freed. Every third child forks a second generation, from a thread too.
 */
#include "busy.h"

static unsigned char *old[OLD_BLOCKS];
static struct forks forks;

static void use_everything(void)
{
    must_be_refused();
    CHILD_CHECK(is_old_whole(old), 15);
    use_every_size();
    must_be_refused();
    CHILD_CHECK(is_old_whole(old), 16);
}

static void be_grandchild(void *unused)
{
    (void)unused;
    use_everything();
    for (int i = 0; i < OLD_BLOCKS; i++)
        free(old[i]);
    use_every_size();
}

static void *fork_again(void *unused)
{
    const pid_t grandchild = fork();
    CHILD_CHECK(grandchild >= 0, 17);
    if (grandchild == 0) {
        alarm(CHILD_LIMIT_S);
        be_grandchild(NULL);
        _exit(0);
    }
    int status = -1;
    CHILD_CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0, 18);
    return unused;
}

static void be_child(void *number)
{
    const uintptr_t n = (uintptr_t)number;
    pthread_t thread;
    use_everything();
    if (n % 3 == 0)
        fork_again(NULL);
    if (n % 3 == 1) {
        CHILD_CHECK(pthread_create(&thread, NULL, fork_again, NULL) == 0, 19);
        CHILD_CHECK(pthread_join(thread, NULL) == 0, 19);
    }
    be_grandchild(NULL);
}

/* Two threads fork at the same time. */
static void *keep_forking(void *first)
{
    for (uintptr_t i = (uintptr_t)first; may_fork_more(&forks); i += 2)
        child_ends_well(&forks, BY_FORK, be_child, (void *)i);
    return NULL;
}

int main(void)
{
    pthread_t threads[BUSY_THREADS], second;
    make_old(old);
    start_busy(threads);
    forks_for(&forks, 2);
    CHECK(pthread_create(&second, NULL, keep_forking, (void *)1) == 0);
    keep_forking((void *)0);
    CHECK(pthread_join(second, NULL) == 0);
    end_busy(threads);
    return verdict(&forks);
}
