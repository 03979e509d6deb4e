/* What every test here shares: say what was promised, and exit 0 kept, 1 broken, 77 not testable.
 * Tests know nothing of the allocator: they get it by LD_PRELOAD, or glibc's.
 * The heads of the tests, which run.sh reads, are described there.
 * Read next: run.sh. */
#ifndef PROMISE_H
#define PROMISE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Compilers know malloc's promises and would decide some tests themselves. */
#define HIDDEN(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static inline int broken(const char *reason)
{
    fprintf(stderr, "%s\n", reason);
    return 1;
}

/* What a program exits with that found out itself that something hangs: broken, and how. */
#define EXIT_HUNG 76

static inline int skipped(const char *reason)
{
    printf("skipped: %s\n", reason);
    return 77;
}

/* A figure in KiB of /proc/self/smaps_rollup ("Rss:", "Anonymous:"). -1: not known. */
static inline long memory_kib(const char *name)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtol(line + strlen(name), NULL, 10);
    fclose(file);
    return kib;
}

/* xorshift64*: the same numbers everywhere. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* What is asked for, against the usual: ALLOC_STRESS=20, or 0.25 (run.sh). */
static inline double stress(void)
{
    const char *times = getenv("ALLOC_STRESS");
    return times != NULL && atof(times) > 0 ? atof(times) : 1;
}

/* Rounds: so many times the usual number, and one at least. */
static inline long rounds_of(long usual)
{
    const double rounds = (double)usual * stress();
    return rounds < 1 ? 1 : (long)rounds;
}

/* A size, whose tables have room for the usual one: a part of it, never more. */
static inline long part_of(long usual)
{
    return stress() < 1 ? rounds_of(usual) : usual;
}

/* So many blocks live at a time, each written to, and then none. blocks: [count] */
static inline void use_blocks(void **blocks, int count, size_t bytes)
{
    for (int i = 0; i < count; i++) {
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, bytes);
    }
    for (int i = 0; i < count; i++)
        free(blocks[i]);
}

/* Whether all bytes are that one. */
static inline int holds_only(const void *block, size_t bytes, unsigned char value)
{
    const unsigned char *all = (const unsigned char *)block;
    return bytes == 0 || (all[0] == value && memcmp(all, all + 1, bytes - 1) == 0);
}

/* Seconds until a child counts as hung: many, for machines that do much else. `hakbench check`,
 * which asks again alone, says fewer. */
static inline unsigned child_limit_s(void)
{
    const char *limit = getenv("CHILD_LIMIT_S");
    return limit != NULL && atoi(limit) > 0 ? (unsigned)atoi(limit) : 120;
}
#define CHILD_LIMIT_S child_limit_s()

/* Of a child that set its alarm by that limit. */
static inline void must_end_well(int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        fprintf(stderr, "a child hangs\n");
        exit(EXIT_HUNG);
    }
    CHECK(status == 0);
}

/* An emulator says itself that a program was ended by a signal: that line is not the program's. */
static inline void drop_line_of_emulator(char *said)
{
    char *line = strstr(said, "qemu: uncaught target signal ");
    if (line == NULL)
        return;
    const char *end = strchr(line, '\n');
    memmove(line, end != NULL ? end + 1 : "", end != NULL ? strlen(end + 1) + 1 : 1);
}

/* Runs act in a child whose stderr is read into said. Returns the wait status. */
static inline int in_child(void (*act)(void), char *said, size_t said_bytes)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    fflush(NULL);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        alarm(CHILD_LIMIT_S);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        act();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while (length + 1 < said_bytes &&
           (got = read(ends[0], said + length, said_bytes - 1 - length)) > 0)
        length += (size_t)got;
    said[length] = '\0';
    drop_line_of_emulator(said);
    close(ends[0]);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

static inline const char *end_of(int status)
{
    static char text[64];
    if (WIFSIGNALED(status))
        snprintf(text, sizeof text, "killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
    else
        snprintf(text, sizeof text, "it went on and ended with %d", WEXITSTATUS(status));
    return text;
}

static inline int is_one_line(const char *said)
{
    const char *newline = strchr(said, '\n');
    return newline != NULL && newline != said && newline[1] == '\0';
}

/* Whether status and said are those of abort() after exactly one line on stderr. */
static inline int is_clear_abort(int status, const char *said)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && is_one_line(said);
}

/* act must end in abort() after exactly one line on stderr. */
static inline void must_abort(const char *name, void (*act)(void))
{
    char said[4096];
    const int status = in_child(act, said, sizeof said);
    if (is_clear_abort(status, said))
        return;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
        fprintf(stderr, "%s: not one clear line: %s\n", name, said);
    else
        fprintf(stderr, "%s: not caught: %s\n", name, end_of(status));
    exit(1);
}

/* A misuse whose consequences are documented: act goes on to its end, or it is caught. */
static inline void must_go_on_or_abort(const char *name, void (*act)(void))
{
    char said[4096];
    const int status = in_child(act, said, sizeof said);
    if (status == 0 || is_clear_abort(status, said))
        return;
    fprintf(stderr, "%s: neither tolerated nor caught: %s\n", name, end_of(status));
    exit(1);
}

/* block must be NULL, whatever errno says of it: failing_requests_set_errno.c looks at that. */
static inline void must_be_null(void *block, const char *what)
{
    HIDDEN(block);
    if (block == NULL)
        return;
    fprintf(stderr, "%s: %p\n", what, block);
    exit(1);
}

/* block must be NULL and errno ENOMEM; errno is 0 after. */
static inline void must_fail(void *block, const char *what)
{
    if (block != NULL || errno != ENOMEM) {
        fprintf(stderr, "%s: %p, errno %d\n", what, block, errno);
        exit(1);
    }
    errno = 0;
}

#endif
