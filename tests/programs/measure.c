/* measure REPORT SECONDS PROGRAM [ARGUMENT]...
 * Runs PROGRAM and writes "STATUS CPU_S PEAK_KIB WALL_S LEFT" to REPORT: its exit status (128 + a
 * signal, 124 after SECONDS), user and system time of it and of all it started, the resident peak
 * of the largest of these processes, and how many had to be killed when it had ended. Whatever
 * PROGRAM starts ends with it, daemons too, and so it does when measure is interrupted. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What is told to go may be on its way out already: git's "gc --auto", a server told to stop. */
static const unsigned grace_seconds = 2;

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Orphans become children of a subreaper, so these few, again and again, are all there are. */
static int kill_children(void)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    int count = 0;
    long child;
    while (file != NULL && fscanf(file, "%ld", &child) == 1)
        count += kill((pid_t)child, SIGKILL) == 0;
    if (file != NULL)
        (void)fclose(file);
    return count;
}

static int kill_all(void)
{
    int count = 0;
    for (;;) {
        count += kill_children();
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
            return count;
    }
}

/* Reaps who has ended. Returns whether any child is left; *status is set once PROGRAM has ended. */
static bool reap(pid_t program, int *status)
{
    int ended;
    pid_t pid;
    while ((pid = waitpid(-1, &ended, WNOHANG)) > 0)
        if (pid == program)
            *status = WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
    return pid == 0;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        (void)fputs("usage: measure REPORT SECONDS PROGRAM [ARGUMENT]...\n", stderr);
        return 2;
    }
    sigset_t signals, before;
    (void)sigemptyset(&signals);
    const int caught[] = {SIGCHLD, SIGALRM, SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
        (void)sigaddset(&signals, caught[i]);
    (void)sigprocmask(SIG_BLOCK, &signals, &before);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

    const double start_s = now_s();
    const pid_t program = fork();
    if (program == 0) {
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        (void)execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    (void)alarm((unsigned)strtoul(argv[2], NULL, 10));
    int status = -1, left = 0;
    bool outlived = false;
    while (program > 0 && reap(program, &status)) {
        if (status >= 0 && !outlived) {
            outlived = true;
            (void)alarm(grace_seconds);
        }
        const int signal = sigwaitinfo(&signals, NULL);
        if (signal == SIGCHLD)
            continue;
        const int count = kill_all();
        if (signal != SIGALRM)
            return 130;
        if (outlived)
            left = count;
        else
            status = 124;
        break;
    }
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    FILE *report = fopen(argv[1], "w");
    if (report == NULL ||
        fprintf(report, "%d %.3f %ld %.3f %d\n", status,
                seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss,
                now_s() - start_s, left) < 0 ||
        fclose(report) != 0) {
        perror(argv[1]);
        return 2;
    }
    return 0;
}
