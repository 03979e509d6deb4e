/* What the tests of HAKMEM_HARDEN=1 share: a table of misuses, each run for each size in a process
 * of its own, which ends by exit (a forked child would not be looked at then).
 * Read next: misuse.h. */
#ifndef HARDENED_H
#define HARDENED_H

#include "misuse.h"

#include <malloc.h>
#include <pthread.h>

enum ending {
    ABORTS, /* one clear line, then abort() */
    FAULTS, /* the kernel ends it, or a clear line does */
    GOES_ON /* it is no misuse */
};

struct misuse {
    const char *name;
    void (*act)(size_t bytes);
    enum ending ending;
};

/* What in_child runs: this program again, with these two words; under an emulator, which cannot
 * exec what only it can run, the emulator again (run.sh says how in RUN_AGAIN). */
static char misuse_name[64], misuse_bytes[32];

static inline void run_again(void)
{
    enum { MOST = 32 };
    char itself[] = "/proc/self/exe";
    char *words[MOST + 3] = {itself}, *emulated = getenv("RUN_AGAIN"), *rest;
    size_t count = emulated ? 0 : 1;
    for (char *word = emulated ? strtok_r(emulated, " ", &rest) : NULL; word && count < MOST;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    if (emulated)
        (void)unsetenv("LD_PRELOAD"); /* not for the emulator itself */
    words[count++] = misuse_name;
    words[count] = misuse_bytes;
    execvp(words[0], words);
    _exit(127);
}

static inline int is_as_told(enum ending ending, int status, const char *said)
{
    if (ending == GOES_ON)
        return status == 0 && said[0] == '\0';
    if (is_clear_abort(status, said))
        return 1;
    return ending == FAULTS && WIFSIGNALED(status) &&
           (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}

/* Returns what main returns. */
static inline int try_misuses(int count, char **words, const struct misuse *misuses, size_t misused,
                              const size_t *sizes, size_t size_count)
{
    int faults = 0;
    for (size_t i = 0; i < misused; i++) {
        if (count == 3 && strcmp(words[1], misuses[i].name) == 0) {
            misuses[i].act(strtoul(words[2], NULL, 10));
            return 0;
        }
        for (size_t j = 0; count < 3 && j < size_count; j++) {
            char said[4096];
            snprintf(misuse_name, sizeof misuse_name, "%s", misuses[i].name);
            snprintf(misuse_bytes, sizeof misuse_bytes, "%zu", sizes[j]);
            const int status = in_child(run_again, said, sizeof said);
            if (is_as_told(misuses[i].ending, status, said))
                continue;
            fprintf(stderr, "%s, %zu bytes: %s: %s\n", misuses[i].name, sizes[j], end_of(status),
                    said);
            faults++;
        }
    }
    return faults != 0;
}

#define TRY_MISUSES(count, words, misuses, sizes)                                                  \
    try_misuses(count, words, misuses, sizeof(misuses) / sizeof(misuses)[0], sizes,                \
                sizeof(sizes) / sizeof(sizes)[0])

/* A write that the compiler does not see through; at may be negative. */
static inline void poke(void *block, ptrdiff_t at, unsigned char value)
{
    volatile unsigned char *bytes = (volatile unsigned char *)block;
    bytes[at] = value;
}

static inline unsigned char peek(const void *block, ptrdiff_t at)
{
    return ((const volatile unsigned char *)block)[at];
}

/* More of the size than any quarantine holds come and go. */
static inline void reuse(size_t bytes)
{
    enum { AT_ONCE = 16 };
    for (int i = 0; i < 128; i++) {
        void *blocks[AT_ONCE];
        for (int j = 0; j < AT_ONCE; j++)
            blocks[j] = make(bytes);
        for (int j = 0; j < AT_ONCE; j++)
            free_hidden(blocks[j]);
    }
}

static inline void *freeing_thread(void *block)
{
    free_hidden(block);
    return NULL;
}

static inline void free_in_thread(void *block)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, freeing_thread, block) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

#endif
