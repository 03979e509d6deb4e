/* Also: threads whose last blocks are freed after their destructors leave nothing behind
 * Group: memory
 * Means: servers that make many short threads grow
 * Debug: no, it bounds memory, and the slabs of that build are small
 * Limit: 240 s
 * The C library frees the text of strerror and of dlerror, and the resolver's state, at the very
 * end of a thread; programs have destructors that set themselves again up to the last round, and
 * allocate and free there. Thousands of such threads, one after another and eight at a time. */
#include "figures.h"

#include <dlfcn.h>
#include <limits.h>
#include <netdb.h>
#include <pthread.h>

enum {
    EARLY = 300,
    THREADS = 2400,
    SLACK_KIB = 2 << 10,
    VIRTUAL_SLACK_KIB = 240 << 10,
    TOGETHER = 8
};

enum what { STRERROR, DLERROR, RESOLVER, KEY_ROUNDS, ALL, WHATS };

static pthread_key_t early_key, late_key;
static int has_resolver;

/* The value counts the rounds; the block moves from round to round. */
static void rounds_destructor(void *value)
{
    char *block = value;
    const char round = block[0];
    free(block);
    for (size_t bytes = 30; bytes < 3000; bytes *= 3)
        free(malloc(bytes));
    if (round + 1 >= PTHREAD_DESTRUCTOR_ITERATIONS)
        return; /* nobody would free it */
    block = malloc(700);
    CHECK(block != NULL);
    block[0] = (char)(round + 1);
    pthread_setspecific(early_key, block);
}

static void late_destructor(void *value)
{
    char *block = malloc(100);
    CHECK(block != NULL);
    memcpy(block, value, 10);
    free(value);
    free(block);
}

static void set_keys(void)
{
    char *block = calloc(1, 900);
    CHECK(block != NULL && pthread_setspecific(early_key, block) == 0);
    block = calloc(1, 40);
    CHECK(block != NULL && pthread_setspecific(late_key, block) == 0);
}

static void *work(void *of)
{
    const enum what what = *(const enum what *)of;
    struct addrinfo *found = NULL;
    void *blocks[50];
    for (size_t i = 0; i < 50; i++)
        blocks[i] = malloc(i * 40 + 1);
    if (what == STRERROR || what == ALL)
        CHECK(strerror(1000000) != NULL);
    if (what == DLERROR || what == ALL)
        CHECK(dlsym(RTLD_DEFAULT, "no such name") == NULL);
    if (has_resolver && what == RESOLVER && getaddrinfo("localhost", "80", NULL, &found) == 0)
        freeaddrinfo(found);
    if (what == KEY_ROUNDS || what == ALL)
        set_keys();
    for (int i = 0; i < 50; i++)
        free(blocks[i]);
    return NULL;
}

static void run_threads(int count, int together, enum what what)
{
    pthread_t threads[TOGETHER];
    for (int i = 0; i < count; i += together) {
        for (int j = 0; j < together; j++)
            CHECK(pthread_create(&threads[j], NULL, work, &what) == 0);
        for (int j = 0; j < together; j++)
            CHECK(pthread_join(threads[j], NULL) == 0);
    }
}

static int must_be_level(enum what what, int usual)
{
    static const char *const names[WHATS] = {"strerror", "dlerror", "getaddrinfo", "key rounds",
                                             "all"};
    const int count = (int)rounds_of(usual);
    run_threads(EARLY, TOGETHER, what);
    const long resident = status_kib("VmRSS:"), virtual = status_kib("VmSize:");
    run_threads(count, 1, what);
    run_threads(count / 4, TOGETHER, what);
    const long more = status_kib("VmRSS:") - resident, mapped = status_kib("VmSize:") - virtual;
    printf("%s: %d threads: resident %+ld KiB, virtual %+ld KiB\n", names[what], count, more,
           mapped);
    if (more <= SLACK_KIB && mapped <= VIRTUAL_SLACK_KIB)
        return 0;
    fprintf(stderr, "%s: grew by %ld KiB resident, %ld KiB virtual\n", names[what], more, mapped);
    return 1;
}

int main(void)
{
    struct addrinfo *found = NULL;
    int failed = 0;
    CHECK(pthread_key_create(&early_key, rounds_destructor) == 0);
    free(malloc(100));
    CHECK(pthread_key_create(&late_key, late_destructor) == 0);
    has_resolver = getaddrinfo("localhost", "80", NULL, &found) == 0;
    if (has_resolver)
        freeaddrinfo(found);
    failed += must_be_level(STRERROR, THREADS);
    failed += must_be_level(DLERROR, THREADS / 3);
    failed += must_be_level(RESOLVER, THREADS / 12);
    failed += must_be_level(KEY_ROUNDS, THREADS / 3);
    failed += must_be_level(ALL, THREADS / 3);
    return failed != 0;
}
