/* Children by every way there is to fork: each has a time limit, those that end badly are counted.
 * A child gets the seed of its own and ends by _exit.
 * Read next: fork_then_failing_requests.c. */
#ifndef FORKS_H
#define FORKS_H

#include "figures.h"

#include <sys/syscall.h>

/* fork(); the bare system call, as sandboxes and containers' runtimes make it; _Fork, which is the
 * same with libc's consent. The last two run no handlers of pthread_atfork. */
enum fork_way { BY_FORK, BY_CLONE, BY_UNDERSCORE_FORK, FORK_WAYS };

struct forks {
    int made, bad, hung, skipped;
    int limit_s;    /* seconds for a child; 0: CHILD_LIMIT_S */
    double until_s; /* when to make no more: see forks_for */
};

static inline const char *name_of_way(enum fork_way way)
{
    static const char *const names[FORK_WAYS] = {"fork", "SYS_clone", "_Fork"};
    return names[way];
}

static inline pid_t fork_by(enum fork_way way)
{
    switch (way) {
    case BY_CLONE:
        return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    case BY_UNDERSCORE_FORK:
        return _Fork();
    default:
        return fork();
    }
}

/* Its own alarm ends a child that hangs, but for one that hangs inside fork(), in a handler: that
 * one is killed some seconds later. */
static inline int status_in_time(pid_t child, int limit_s)
{
    int status = -1;
    const double until_s = now_s() + limit_s + 3;
    for (unsigned pause_us = 50;; pause_us = pause_us < 5000 ? pause_us * 2 : pause_us) {
        const pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR))
            return status;
        if (now_s() > until_s)
            kill(child, SIGKILL);
        usleep(pause_us);
    }
}

static inline int limit_of(const struct forks *forks)
{
    return forks->limit_s > 0 ? forks->limit_s : (int)CHILD_LIMIT_S;
}

/* Waits; says how the first few ended that did not end well. Whether this one did. */
static inline int ended_well(struct forks *forks, pid_t child, enum fork_way way)
{
    const int status = status_in_time(child, limit_of(forks));
    if (status == 0)
        return 1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) { /* something is not allowed here */
        __atomic_fetch_add(&forks->skipped, 1, __ATOMIC_RELAXED);
        return 1;
    }
    if (__atomic_fetch_add(&forks->bad, 1, __ATOMIC_RELAXED) < 3) {
        const int is_hung =
            WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGKILL);
        forks->hung += is_hung;
        fprintf(stderr, "child %d by %s: %s%s\n", forks->made, name_of_way(way), end_of(status),
                is_hung ? " (it hung)" : "");
    }
    return 0;
}

/* A child that runs act(with) and must come back from it. */
static inline int child_ends_well(struct forks *forks, enum fork_way way, void (*act)(void *),
                                  void *with)
{
    const pid_t child = fork_by(way);
    CHECK(child >= 0);
    if (child == 0) {
        alarm((unsigned)limit_of(forks));
        act(with);
        _exit(0);
    }
    __atomic_fetch_add(&forks->made, 1, __ATOMIC_RELAXED);
    return ended_well(forks, child, way);
}

/* For children, who must not use stdio: another thread of the parent may have had its lock. */
#define CHILD_CHECK(condition, status)                                                             \
    do {                                                                                           \
        if (!(condition))                                                                          \
            _exit(status);                                                                         \
    } while (0)

static inline void forks_for(struct forks *forks, int seconds)
{
    forks->until_s = now_s() + seconds * stress();
}

/* As many forks as there is time for: a busy machine makes fewer. A few bad ones are enough to
 * know, and one that hung, which took its whole limit. */
static inline int may_fork_more(const struct forks *forks)
{
    return forks->bad < 3 && forks->hung == 0 && (forks->made < 10 || now_s() < forks->until_s);
}

static inline int verdict(const struct forks *forks)
{
    if (forks->bad == 0 && forks->skipped > 0 && forks->skipped == forks->made)
        return skipped("no child was allowed what it needs");
    if (forks->bad == 0)
        return 0;
    fprintf(stderr, "%d of %d children failed\n", forks->bad, forks->made);
    return forks->hung ? EXIT_HUNG : 1;
}

#endif
