/* Programs that are hard to measure, one a word: see `kinds` below and engine_test.sh. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static void nap(double seconds)
{
    const struct timespec time = {(time_t)seconds,
                                  (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&time, NULL);
}

static void burn(double seconds)
{
    struct timespec used;
    do
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    while ((double)used.tv_sec + (double)used.tv_nsec / 1e9 < seconds);
}

/* Memory of so many MiB, each page written. */
static char *touch(size_t mib)
{
    char *block = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        exit(9);
    (void)madvise(block, mib * MIB, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < mib * MIB; i += 4096)
        block[i] = 1;
    return block;
}

/* forks N: children that end at once, waited for. */
static int forks(char **words)
{
    for (long i = strtol(words[0], NULL, 10); i > 0; i--)
        if (fork() == 0)
            _exit(0);
    while (wait(NULL) > 0)
        ;
    return 0;
}

/* leaves N: children that stay. */
static int leaves(char **words)
{
    for (long i = strtol(words[0], NULL, 10); i > 0; i--)
        if (fork() == 0)
            for (;;)
                (void)pause();
    return 0;
}

/* deep N: each has one child, N of them below each other; all stay. */
static int deep(char **words)
{
    for (long i = strtol(words[0], NULL, 10); i > 0 && fork() == 0; i--)
        ;
    for (;;)
        (void)pause();
    return 0;
}

/* chain: each process forks the next and ends, in a session of its own, for ever. */
static int chain(char **words)
{
    (void)words;
    (void)signal(SIGTERM, SIG_IGN);
    for (;;) {
        if (fork() > 0)
            _exit(0);
        (void)setsid();
    }
}

/* shared MIB N: memory that so many children share; all hold it for a while. */
static int shared(char **words)
{
    const char *block = touch((size_t)strtol(words[0], NULL, 10));
    for (long i = strtol(words[1], NULL, 10); i > 0; i--)
        if (fork() == 0) {
            nap(1);
            _exit(block[0] != 1);
        }
    while (wait(NULL) > 0)
        ;
    return 0;
}

/* vforked MIB: a child between vfork and its end, for a while. */
static int vforked(char **words)
{
    (void)touch((size_t)strtol(words[0], NULL, 10));
    if (vfork() == 0) { /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
        nap(1);         /* NOLINT(clang-analyzer-unix.Vfork) */
        _exit(0);
    }
    return 0;
}

/* spike MIB: all memory is gone again long before the end. */
static int spike(char **words)
{
    const size_t mib = (size_t)strtol(words[0], NULL, 10);
    char *block = touch(mib);
    nap(1);
    (void)munmap(block, mib * MIB);
    nap(1);
    return 0;
}

/* unwaited S: a child that burns so much, of a parent that ignores SIGCHLD. */
static int unwaited(char **words)
{
    (void)signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) {
        burn(strtod(words[0], NULL));
        _exit(0);
    }
    (void)wait(NULL);
    return 0;
}

/* burns S N: N children burn S each, one after the other. */
static int burns(char **words)
{
    for (long i = strtol(words[1], NULL, 10); i > 0; i--) {
        if (fork() == 0) {
            burn(strtod(words[0], NULL));
            _exit(0);
        }
        (void)wait(NULL);
    }
    return 0;
}

static void *fork_in_thread(void *unused)
{
    if (fork() == 0)
        for (;;)
            (void)pause();
    for (;;)
        (void)pause();
    return unused;
}

/* threaded: a second thread has a child that stays; then everything but that child ends. */
static int threaded(char **words)
{
    pthread_t thread;
    (void)words;
    if (pthread_create(&thread, NULL, fork_in_thread, NULL) != 0)
        return 9;
    nap(0.3);
    _exit(0);
}

/* calls N: N times mmap and munmap of 64 KiB, in a child. */
static int calls(char **words)
{
    if (fork() == 0) {
        for (long i = strtol(words[0], NULL, 10); i > 0; i--)
            (void)munmap(mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 65536);
        _exit(0);
    }
    (void)wait(NULL);
    return 0;
}

/* where: its process group, its session, whether it has a terminal, and what its input is. */
static int where(char **words)
{
    char byte;
    (void)words;
    const int terminal = open("/dev/tty", O_RDWR);
    (void)printf("leader %d\nsession %d\nterminal %d\ninput %zd\n", getpgid(0) == getpid(),
                 getsid(0) == getpid(), terminal >= 0, read(0, &byte, 1));
    return 0;
}

/* self: ends itself with this signal. */
static int self(char **words)
{
    (void)kill(getpid(), atoi(words[0]));
    nap(5);
    return 0;
}

/* unkillable: as a set-user-ID program it is another user's, and four of it write for ever, more
 * than one can read; or until nobody reads. */
static int unkillable(char **words)
{
    static const char much[1 << 16];
    (void)words;
    if (geteuid() == getuid() || setresuid(geteuid(), geteuid(), geteuid()) != 0)
        return 3;
    if (fork() >= 0)
        (void)fork();
    while (write(1, much, sizeof much) > 0)
        ;
    return 0;
}

static const struct {
    const char *name;
    int (*run)(char **words);
} kinds[] = {
    {"forks", forks},   {"leaves", leaves},         {"deep", deep},   {"chain", chain},
    {"shared", shared}, {"vforked", vforked},       {"spike", spike}, {"unwaited", unwaited},
    {"burns", burns},   {"threaded", threaded},     {"calls", calls}, {"where", where},
    {"self", self},     {"unkillable", unkillable},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, argv[1]) == 0)
            return kinds[i].run(argv + 2);
    return 2;
}
