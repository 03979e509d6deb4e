/* Also: a message that nobody reads raises no SIGPIPE: misuse ends in SIGABRT, others go on.
 * Group: misuse
 * Means: in a pipeline the message of a fault ends the program in a way nobody expects
 * glibc: no, its message ends in SIGPIPE */
#include "misuse.h"

static int was_pending;

/* A program that waits for the signal itself keeps its own. */
static void break_stderr(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    if (was_pending) {
        sigset_t broken_pipe;
        sigemptyset(&broken_pipe);
        sigaddset(&broken_pipe, SIGPIPE);
        CHECK(sigprocmask(SIG_BLOCK, &broken_pipe, NULL) == 0 && raise(SIGPIPE) == 0);
    }
}

static void look_at_pending(int number)
{
    sigset_t pending;
    (void)number;
    sigpending(&pending);
    _exit(sigismember(&pending, SIGPIPE) ? 10 : 11);
}

static void free_twice(void)
{
    void *block = make(100);
    break_stderr();
    free_hidden(block);
    free_hidden(block);
}

static void free_twice_and_look(void)
{
    CHECK(signal(SIGABRT, look_at_pending) != SIG_ERR);
    free_twice();
}

/* At its start and at its end an allocator may say something. */
static void start_talkative(void)
{
    break_stderr();
    setenv("HAKMEM_NO_SUCH_OPTION", "1", 1);
    setenv("HAKMEM_STATS", "1", 1);
    execl("/proc/self/exe", "talkative", "again", (char *)NULL);
    _exit(77);
}

int main(int argc, char **argv)
{
    char said[4096];
    (void)argv;
    if (argc > 1)
        return 12;
    if (goes_on_after_double_free())
        return skipped("a double free is not caught at all");
    int status = in_child(start_talkative, said, sizeof said);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 12);
    status = in_child(free_twice, said, sizeof said);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
        fprintf(stderr, "a broken pipe: %s\n", end_of(status));
        return 1;
    }
    status = in_child(free_twice_and_look, said, sizeof said);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 11);
    was_pending = 1;
    status = in_child(free_twice_and_look, said, sizeof said);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 10);
    return 0;
}
