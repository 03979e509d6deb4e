/* Figures of the running process, read without a single allocation: no test of what an allocator
 * takes may take some itself. Linux's /proc only.
 * Read next: forks.h, the other half of what the tests of whole processes share. */
#ifndef FIGURES_H
#define FIGURES_H

#include "promise.h"

#include <fcntl.h>
#include <time.h>

/* A figure in KiB of /proc/self/status ("VmSize:", "VmRSS:", "VmLck:"). -1: not known. */
static inline long status_kib(const char *name)
{
    char text[4096];
    const int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    const ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    if (length <= 0)
        return -1;
    text[length] = '\0';
    const char *found = strstr(text, name);
    return found == NULL ? -1 : strtol(found + strlen(name), NULL, 10);
}

/* Lines of /proc/self/maps. -1: not known. */
static inline long mapping_count(void)
{
    char text[4096];
    long count = 0;
    ssize_t length;
    const int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    while ((length = read(file, text, sizeof text)) > 0)
        for (ssize_t i = 0; i < length; i++)
            count += text[i] == '\n';
    close(file);
    return count;
}

/* The limit of the address space as it is now used, and so many MiB. */
static inline void limit_to_use_and(size_t mib)
{
    struct rlimit limit;
    const long used = status_kib("VmSize:");
    CHECK(used > 0 && getrlimit(RLIMIT_AS, &limit) == 0);
    limit.rlim_cur = ((rlim_t)used << 10) + ((rlim_t)mib << 20);
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

static inline void lift_limit(void)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

static inline double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The test's only argument, or a new one; printed, so that a failure can be had again. */
static inline uint64_t chosen_seed(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10)
                                   : ((uint64_t)time(NULL) << 16 ^ (uint64_t)getpid()) | 1;
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

/* A malloc and a free each millisecond: who has something to give back gets his chance. */
static inline void do_little_for(double seconds)
{
    for (const double end = now_s() + seconds; now_s() < end;) {
        const struct timespec ms = {.tv_nsec = 1000000};
        free(malloc(100));
        nanosleep(&ms, NULL);
    }
}

#endif
