/* Output of a helper process: see capture.h. */
#include "run/capture.h"

#include "base/child.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

__attribute__((noreturn)) static void child(pid_t parent, char *const argv[],
                                            char *const environment[], int output)
{
    const struct rlimit no_core = {0, 0};
    const int null = open("/dev/null", O_RDWR);
    (void)setpgid(0, 0);
    hb_child_end_with(parent);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(null, 2) < 0)
        _exit(127);
    execve(argv[0], argv, environment);
    _exit(127);
}

/* Reads until the end of file or the deadline; what does not fit is read and dropped, so that the
 * child never waits. False at the deadline. */
static bool drain(int fd, uint64_t deadline_ns, char *text, size_t text_bytes)
{
    size_t used = 0;
    for (;;) {
        const uint64_t now = hb_clock_monotonic_ns();
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        char chunk[4096];
        if (now >= deadline_ns)
            return false;
        if (poll(&waiting, 1, (int)((deadline_ns - now) / 1000000 + 1)) <= 0)
            continue;
        const ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0 || (got < 0 && errno != EINTR))
            return true;
        for (ssize_t i = 0; i < got && used + 1 < text_bytes; i++)
            text[used++] = chunk[i];
        text[used] = '\0';
    }
}

/* True when the child ended by itself before the deadline; it is reaped then. */
static bool wait_until(pid_t pid, uint64_t deadline_ns, int *status)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    while (waitpid(pid, status, WNOHANG) == 0) {
        if (hb_clock_monotonic_ns() >= deadline_ns)
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

int hb_capture(char *const argv[], char *const environment[], double timeout_s, char *text,
               size_t text_bytes, struct hb_err *err)
{
    int pipes[2], status = 0;
    text[0] = '\0';
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot make a pipe");
    const pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        child(parent, argv, environment, pipes[1]);
    (void)close(pipes[1]);
    if (pid < 0) {
        (void)close(pipes[0]);
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot start %s", argv[0]);
    }
    (void)setpgid(pid, pid);
    const uint64_t deadline = hb_clock_monotonic_ns() + (uint64_t)(timeout_s * 1e9);
    const bool ended =
        drain(pipes[0], deadline, text, text_bytes) && wait_until(pid, deadline, &status);
    (void)close(pipes[0]);
    (void)kill(-pid, SIGKILL);
    if (!ended) {
        (void)waitpid(pid, &status, 0);
        return hb_err_set(err, HB_ERR_SYSTEM, "%s %s did not answer within %.0f s", argv[0],
                          argv[1] ? argv[1] : "", timeout_s);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
