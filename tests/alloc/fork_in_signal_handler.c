/* Case 76: a signal handler that interrupts allocations forks; parent and child go on.
 * Group: threads
 * Means: programs that fork in a signal handler (crash reporters) hang
 * Repeat: 3, a race: a rare one may need more
 * Emulated: no, an emulator's own locks are lost in such a fork */
#include "promise.h"

#include <sys/syscall.h>
#include <sys/time.h>

static volatile sig_atomic_t forks;

static void on_alarm(int number)
{
    const int kept_errno = errno;
    (void)number;
    const pid_t child = fork();
    if (child == 0)
        _exit(0);
    if (child > 0)
        forks++;
    errno = kept_errno;
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval timer = {.it_interval.tv_usec = 5000, .it_value.tv_usec = 5000};
    uint64_t random = 7;
    void *blocks[500] = {NULL};
    signal(SIGCHLD, SIG_IGN);
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    while (forks < 200) {
        const uint64_t r = next_random(&random);
        free(blocks[r % 500]);
        blocks[r % 500] = malloc(r % 100 == 0 ? r % 200000 : r % 5000);
    }
    timer = (struct itimerval){0};
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    for (int i = 0; i < 500; i++)
        free(blocks[i]);
    return 0;
}
