/* Also: a double free ends in SIGABRT where stderr is closed, or a pipe that is full.
 * Group: misuse
 * Means: in a daemon, whose stderr is closed or full, a double free goes on or hangs
 * Read next: message_to_a_broken_pipe_is_harmless.c. */
#include "misuse.h"

#include <fcntl.h>

static void free_twice(void)
{
    void *block = make(100);
    free_hidden(block);
    free_hidden(block);
}

static void with_stderr_closed(void)
{
    close(STDERR_FILENO);
    free_twice();
}

/* Of a pipe that does not wait: the message is lost, the program must not be. */
static void with_stderr_full(void)
{
    static const char bytes[4096];
    int ends[2];
    CHECK(pipe(ends) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    while (write(ends[1], bytes, sizeof bytes) > 0)
        ;
    CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    free_twice();
}

static void with_stderr_read_only(void)
{
    CHECK(dup2(open("/dev/null", O_RDONLY), STDERR_FILENO) == STDERR_FILENO);
    free_twice();
}

static int must_end_by_abort(const char *name, void (*act)(void))
{
    char said[4096];
    const int status = in_child(act, said, sizeof said);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
        return 0;
    fprintf(stderr, "stderr %s: %s\n", name, end_of(status));
    return 1;
}

int main(void)
{
    if (goes_on_after_double_free())
        return skipped("a double free is not caught at all");
    int faults = must_end_by_abort("closed", with_stderr_closed);
    faults += must_end_by_abort("full", with_stderr_full);
    faults += must_end_by_abort("read-only", with_stderr_read_only);
    return faults != 0;
}
