/* Also: a double free in a thread that is being cancelled ends the program, not only the thread.
 * Group: misuse
 * Means: a double free in a thread that is being cancelled ends that thread alone: a hang
 * glibc: no, one that may be cancelled at any instruction ends in the middle of the message
 * The message must be no cancellation point, and neither must what a handler of SIGABRT does be. */
#include "misuse.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

static pthread_barrier_t gate;
static atomic_int thread_id;
static int cancel_type;

static void cross_gate(void)
{
    (void)pthread_barrier_wait(&gate); /* no cancellation point */
}

static void free_twice(void)
{
    void *block = make(100);
    free_hidden(block);
    free_hidden(block);
    puts("free came back");
}

static void *free_twice_while_cancelled(void *unused)
{
    cross_gate();
    cross_gate();
    free_twice();
    return unused;
}

/* Such a handler writes for the log, where a cancelled thread would end. */
static void log_and_return(int number)
{
    static const char text[] = "";
    (void)number;
    (void)write(STDOUT_FILENO, text, 0);
}

static void be_cancelled_before(void)
{
    pthread_t thread;
    CHECK(pthread_barrier_init(&gate, NULL, 2) == 0);
    CHECK(pthread_create(&thread, NULL, free_twice_while_cancelled, NULL) == 0);
    cross_gate();
    CHECK(pthread_cancel(thread) == 0);
    cross_gate();
    CHECK(pthread_join(thread, NULL) == 0);
}

static void be_cancelled_with_handler(void)
{
    CHECK(signal(SIGABRT, log_and_return) != SIG_ERR);
    be_cancelled_before();
}

static void *free_twice_at_once(void *unused)
{
    CHECK(pthread_setcanceltype(cancel_type, NULL) == 0);
    thread_id = (int)syscall(SYS_gettid);
    free_twice();
    return unused;
}

/* Whether the thread waits in a write to stderr. -1: cannot be told here. */
static int is_writing(void)
{
    char path[64], line[64] = "";
    unsigned number = 0, descriptor = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", thread_id);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return -1;
    const char *got = fgets(line, sizeof line, file);
    fclose(file);
    if (got == NULL)
        return -1;
    return sscanf(line, "%u %x", &number, &descriptor) == 2 && descriptor == STDERR_FILENO &&
           (number == SYS_write || number == SYS_writev);
}

static void fill(int pipe_end)
{
    static const char bytes[4096];
    CHECK(fcntl(pipe_end, F_SETFL, O_NONBLOCK) == 0);
    while (write(pipe_end, bytes, sizeof bytes) > 0)
        ;
    while (write(pipe_end, bytes, 1) > 0)
        ;
    CHECK(fcntl(pipe_end, F_SETFL, 0) == 0);
}

/* The message waits in a full pipe while the thread is cancelled. */
static void be_cancelled_meanwhile(void)
{
    static char bytes[65536];
    pthread_t thread;
    int ends[2], writes = 0;
    CHECK(pipe(ends) == 0);
    fill(ends[1]);
    CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    CHECK(pthread_create(&thread, NULL, free_twice_at_once, NULL) == 0);
    while (writes == 0) {
        usleep(1000);
        writes = thread_id == 0 ? 0 : is_writing();
    }
    if (writes < 0)
        _exit(77);
    CHECK(pthread_cancel(thread) == 0);
    usleep(20000);
    while (read(ends[0], bytes, sizeof bytes) > 0 && pthread_tryjoin_np(thread, NULL) != 0)
        ;
}

static int must_end_by_abort(const char *name, void (*act)(void))
{
    char said[4096];
    const int status = in_child(act, said, sizeof said);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        return 0;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
        fprintf(stderr, "%s: %s\n", name, end_of(status));
        return 1;
    }
    return 0;
}

int main(void)
{
    if (goes_on_after_double_free())
        return skipped("a double free is not caught at all");
    int faults = must_end_by_abort("cancelled before", be_cancelled_before);
    faults += must_end_by_abort("cancelled before, a handler", be_cancelled_with_handler);
    cancel_type = PTHREAD_CANCEL_DEFERRED;
    faults += must_end_by_abort("cancelled in the message", be_cancelled_meanwhile);
    cancel_type = PTHREAD_CANCEL_ASYNCHRONOUS;
    faults += must_end_by_abort("cancelled at once in the message", be_cancelled_meanwhile);
    return faults != 0;
}
