/* What a recorder must not stumble over, one way of it a name: trace_program WAY [THREADS OPS].
 * It prints nothing but where asked: its output is compared. Read next: trace_test.sh. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
/* C23's, which this C library may not have: the recorder does. */
extern void free_sized(void *block, size_t size) __attribute__((weak));
extern void free_aligned_sized(void *block, size_t alignment, size_t size) __attribute__((weak));
static unsigned threads = 1, operations = 1000;
#define SLOTS 4096
static _Atomic(void *) slots[SLOTS];

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static void *work(void *argument)
{
    uint64_t state = 88172645463325252u + (uintptr_t)argument;
    for (unsigned i = 0; i < operations; i++) {
        const uint64_t dice = next(&state);
        void *block = (dice & 7) == 0   ? calloc(dice >> 8 & 15, dice >> 16 & 63)
                      : (dice & 7) == 1 ? aligned_alloc(64, (dice >> 8 & 15) * 64)
                                        : malloc(dice >> 8 & 1023);
        if ((dice & 24) == 0)
            block = realloc(block, 1 + (dice >> 20 & 4095));
        free(__atomic_exchange_n((void **)&slots[dice >> 40 & (SLOTS - 1)], block,
                                 __ATOMIC_ACQ_REL));
    }
    return NULL;
}

static void run_threads(void)
{
    pthread_t ids[1024];
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, work, (void *)(uintptr_t)(i + 1)) != 0)
            abort();
    for (unsigned i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
}

static void every_function(void)
{
    void *blocks[16] = {0}, *block;
    errno = 77;
    blocks[0] = malloc(100);
    blocks[1] = calloc(3, 70);
    blocks[2] = realloc(NULL, 11);
    blocks[3] = reallocarray(NULL, 5, 9);
    if (posix_memalign(&blocks[4], 256, 333) != 0)
        abort();
    blocks[5] = aligned_alloc(128, 1280);
    blocks[6] = memalign(64, 77);
    blocks[7] = malloc(0);
    blocks[0] = realloc(blocks[0], 5000);
    blocks[3] = reallocarray(blocks[3], 50, 90);
    if (errno != 77)
        abort();
    block = malloc(SIZE_MAX - 4096);
    if (block || errno != ENOMEM)
        abort();
    if (reallocarray(blocks[1], SIZE_MAX / 2, 3) || calloc(SIZE_MAX / 2, 3))
        abort();
    free(NULL);
    for (int i = 0; i < 8; i++)
        free(blocks[i]);
    (void)!malloc(1234567); /* lost */
}

static void sized_frees(void)
{
    if (!free_sized || !free_aligned_sized)
        abort();
    for (int i = 0; i < 3; i++) {
        free_sized(malloc(40), 40);
        free_aligned_sized(aligned_alloc(64, 128), 64, 128);
    }
}

static void fork_once(void)
{
    void *kept = malloc(1000), *freed_by_child = malloc(2000);
    (void)kept;
    const pid_t child = fork();
    if (child == 0) {
        free(freed_by_child);
        (void)!malloc(555);
        _exit(3);
    }
    int status;
    waitpid(child, &status, 0);
    free(freed_by_child);
    exit(WEXITSTATUS(status));
}

static void raw_fork(void)
{
    void *block = malloc(1000);
    const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        for (int i = 0; i < 100; i++)
            free(malloc(321));
        free(block);
        syscall(SYS_exit_group, 0);
    }
    for (int i = 0; i < 100; i++)
        free(malloc(123));
    waitpid(child, NULL, 0);
}

static void spawn(char *self)
{
    char *argv[] = {self, "functions", NULL};
    pid_t child;
    free(malloc(10));
    if (posix_spawn(&child, self, NULL, NULL, argv, environ) != 0)
        abort();
    waitpid(child, NULL, 0);
    child = vfork();
    if (child == 0) {
        execve(self, argv, environ);
        _exit(9);
    }
    waitpid(child, NULL, 0);
    free(malloc(10));
}

static sigjmp_buf back;
static volatile sig_atomic_t signals;
static void on_signal(int number)
{
    (void)number;
    void *block = malloc(48);
    free(block);
    if (++signals % 10 == 0)
        siglongjmp(back, 1);
}

/* raise() is called outside of malloc: the handler may allocate, and leave by longjmp. */
static void in_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
    sigaction(SIGUSR1, &action, NULL);
    for (volatile int i = 0; i < 2000; i++) {
        if (sigsetjmp(back, 1) == 0)
            raise(SIGUSR1);
        free(malloc(24));
    }
}

static pthread_key_t key;
static __thread void *own;
static void late(void *value)
{
    static __thread int rounds;
    free(value);
    free(own);
    own = NULL;
    if (++rounds < 4)
        pthread_setspecific(key, malloc(17));
    else
        (void)!malloc(19);
}
static void *short_lived(void *unused)
{
    own = malloc(33);
    pthread_setspecific(key, malloc(17));
    return unused;
}
static void churn(void)
{
    pthread_key_create(&key, late);
    for (unsigned i = 0; i < operations; i++) {
        pthread_t id;
        if (pthread_create(&id, NULL, short_lived, NULL) == 0)
            pthread_join(id, NULL);
    }
}

/* No file, no new memory, no new process: what a browser's renderer may do, and wait. */
static void sandboxed(void)
{
    static const int allowed[] = {SCMP_SYS(read),  SCMP_SYS(write), SCMP_SYS(futex),
                                  SCMP_SYS(brk),   SCMP_SYS(exit),  SCMP_SYS(exit_group),
                                  SCMP_SYS(gettid)};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    if (seccomp_load(filter) != 0)
        abort();
    for (int i = 0; i < 30000; i++)
        free(malloc(100));
    syscall(SYS_exit_group, 0);
}

static void for_ever(void)
{
    for (uint64_t i = 0;; i++) {
        free(malloc(64));
        if (i == 100000 && write(1, "busy\n", 5) != 5)
            abort();
    }
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    threads = argc > 2 ? (unsigned)atoi(argv[2]) : threads;
    operations = argc > 3 ? (unsigned)atoi(argv[3]) : operations;
    if (strcmp(way, "functions") == 0)
        every_function();
    else if (strcmp(way, "sized") == 0)
        sized_frees();
    else if (strcmp(way, "threads") == 0)
        run_threads();
    else if (strcmp(way, "work") == 0)
        work((void *)1);
    else if (strcmp(way, "fork") == 0)
        fork_once();
    else if (strcmp(way, "rawfork") == 0)
        raw_fork();
    else if (strcmp(way, "spawn") == 0)
        spawn(argv[0]);
    else if (strcmp(way, "signals") == 0)
        in_signals();
    else if (strcmp(way, "churn") == 0)
        churn();
    else if (strcmp(way, "sandbox") == 0)
        sandboxed();
    else if (strcmp(way, "forever") == 0)
        for_ever();
    else if (strcmp(way, "exec") == 0) {
        free(malloc(31));
        execl(argv[0], argv[0], "functions", NULL);
    } else if (strcmp(way, "status") == 0)
        return (int)threads;
    else if (strcmp(way, "signal") == 0)
        raise((int)threads);
    else if (strcmp(way, "closefrom") == 0) {
        free(malloc(40));
        closefrom(3);
        run_threads();
    } else
        return 99;
    return 0;
}
