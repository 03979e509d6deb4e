/* Also: a child is right that was forked off while another thread made or gave up a slab. Debug
 * builds only: the other thread is stopped before each of its stores in turn, and main forks, often
 * while a third thread has the lock of all slabs; in the child a new thread takes over what the
 * others left. */
#include "stopping.h"

#include <malloc.h>
#include <pthread.h>
#include <time.h>

/* Of eight to a slab of sixteen granules. */
enum { BYTES = 131072, HELPERS = 3, MINE = 40 };

static __thread volatile int is_holder;
static sem_t begin, held;
static const char *file_of_target;
static int line_of_target;

static void stop_holder_and_helper(const char *file, int line)
{
    if (is_holder && strstr(file, "super.c") != NULL) {
        is_holder = 0;
        stop_here(&held);
    }
    if (!helper_is_at_target())
        return;
    file_of_target = file;
    line_of_target = line;
    stop_here(&stopped);
}

static void *make_and_free(void *unused)
{
    void *blocks[HELPERS];
    is_helper = 1;
    for (int i = 0; i < HELPERS; i++)
        blocks[i] = malloc(BYTES);
    for (int i = 0; i < HELPERS; i++)
        free(blocks[i]);
    malloc_trim(0);
    is_helper = 0;
    sem_post(&stopped);
    return unused;
}

/* Its first store in super.c is under the lock. */
static void *hold_lock(void *unused)
{
    wait_on(&begin);
    is_holder = 1;
    free(malloc(BYTES));
    is_holder = 0;
    return unused;
}

static void *use_all(void *unused)
{
    unsigned char *made[MINE];
    for (int i = 0; i < MINE; i++) {
        made[i] = malloc(BYTES);
        CHECK(made[i] != NULL);
        memset(made[i], i, BYTES);
    }
    for (int i = 0; i < MINE; i++) {
        for (int at = 0; at < BYTES; at += 512)
            CHECK(made[i][at] == i);
        free(made[i]);
    }
    return unused;
}

static void be_child(void)
{
    pthread_t heir;
    set_hook(NULL);
    alarm(60);
    malloc_trim(0); /* what the other thread left is there for the next one */
    CHECK(pthread_create(&heir, NULL, use_all, NULL) == 0);
    CHECK(pthread_join(heir, NULL) == 0);
    _exit(is_valid() ? 0 : 1);
}

/* In a process of its own: what a helper leaves is the next
 * one's otherwise. */
static void try_store(void)
{
    pthread_t helper, holder;
    struct timespec latest;
    int status = 0;
    set_hook(stop_holder_and_helper);
    CHECK(pthread_create(&holder, NULL, hold_lock, NULL) == 0);
    CHECK(pthread_create(&helper, NULL, make_and_free, NULL) == 0);
    wait_on(&stopped);
    sem_post(&begin); /* main allocates nothing now: the helper may be inside main's heap */
    clock_gettime(CLOCK_REALTIME, &latest);
    latest.tv_nsec += 50000000; /* it waits where the helper has the lock */
    latest.tv_sec += latest.tv_nsec / 1000000000;
    latest.tv_nsec %= 1000000000;
    while (sem_timedwait(&held, &latest) != 0 && errno == EINTR) {
    }
    const pid_t child = visits >= target ? fork() : -1;
    if (child == 0)
        be_child();
    if (child > 0)
        CHECK(waitpid(child, &status, 0) == child);
    if (status != 0)
        fprintf(stderr, "store %ld, %s:%d: the child %s\n", target, file_of_target, line_of_target,
                end_of(status));
    set_hook(NULL);
    sem_post(&go_on);
    sem_post(&go_on);
    CHECK(pthread_join(helper, NULL) == 0 && pthread_join(holder, NULL) == 0);
    _exit(status != 0 ? 1 : visits >= target ? 0 : 2);
}

int main(void)
{
    int bad = 0, status = 0;
    if (!can_stop_helper())
        return skipped("no debug build");
    CHECK(sem_init(&begin, 0, 0) == 0 && sem_init(&held, 0, 0) == 0);
    for (target = 1; status == 0 || WEXITSTATUS(status) == 1; target++) {
        const pid_t one = fork();
        CHECK(one >= 0);
        if (one == 0)
            try_store();
        CHECK(waitpid(one, &status, 0) == one && WIFEXITED(status));
        bad += status != 0 && WEXITSTATUS(status) == 1;
    }
    printf("%ld stores, %d wrong\n", target - 2, bad);
    CHECK(target > 40 && bad == 0);
    return 0;
}
