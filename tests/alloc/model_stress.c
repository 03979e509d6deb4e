/* Also: random use of the family over threads agrees with a model of it. */
#include "promise.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { SLOTS = 600, SHARED = 64 };

/* What the model knows of a block. */
struct shadow {
    unsigned char *block;
    size_t bytes;
    unsigned char mark;
};

static struct shadow shared[SHARED];
static pthread_mutex_t shared_lock[SHARED];
static int thread_count = 4, step_count = 300000;
static uint64_t seed;

static void fill(struct shadow *shadow, size_t from)
{
    memset(shadow->block + from, shadow->mark, shadow->bytes - from);
}

/* The first bytes not as they should be end the test with all that is known. */
static void verify(const struct shadow *shadow, size_t bytes, const char *when)
{
    for (size_t i = 0; i < bytes; i++)
        if (shadow->block[i] != shadow->mark) {
            fprintf(stderr, "seed %llu: %s: byte %zu of %zu at %p is %#x, not %#x\n",
                    (unsigned long long)seed, when, i, shadow->bytes, (void *)shadow->block,
                    shadow->block[i], shadow->mark);
            exit(1);
        }
}

static size_t random_size(uint64_t *random)
{
    const uint64_t r = next_random(random);
    const unsigned kind = (unsigned)(r % 1000);
    const size_t most = kind < 700   ? 512
                        : kind < 950 ? 8192
                        : kind < 990 ? 65536
                        : kind < 998 ? 1u << 20
                                     : 6u << 20;
    return (size_t)(next_random(random) % most);
}

static void take_new(struct shadow *shadow, uint64_t *random)
{
    const uint64_t how = next_random(random) % 8;
    size_t alignment = 16;
    shadow->bytes = random_size(random);
    shadow->mark = (unsigned char)next_random(random);
    if (how == 0) {
        shadow->block = calloc(1, shadow->bytes);
        CHECK(shadow->block != NULL);
        for (size_t i = 0; i < shadow->bytes; i++)
            CHECK(shadow->block[i] == 0);
    } else if (how == 1) {
        alignment = (size_t)16 << next_random(random) % 13;
        shadow->block = aligned_alloc(alignment, shadow->bytes);
    } else {
        shadow->block = malloc(shadow->bytes);
    }
    CHECK(shadow->block != NULL);
    CHECK((uintptr_t)shadow->block % alignment == 0);
    CHECK(malloc_usable_size(shadow->block) >= shadow->bytes);
    fill(shadow, 0);
}

static void resize(struct shadow *shadow, uint64_t *random)
{
    const size_t before = shadow->bytes, after = random_size(random) + 1;
    unsigned char *block = realloc(shadow->block, after);
    CHECK(block != NULL);
    CHECK((uintptr_t)block % 16 == 0);
    shadow->block = block;
    shadow->bytes = after;
    verify(shadow, before < after ? before : after, "after realloc");
    if (after > before)
        fill(shadow, before);
}

static void give_back(struct shadow *shadow)
{
    verify(shadow, shadow->bytes, "before free");
    free(shadow->block);
    shadow->block = NULL;
}

/* Swaps with a shared place: so that blocks end in other threads. */
static void swap(struct shadow *shadow, uint64_t *random)
{
    const size_t i = next_random(random) % SHARED;
    pthread_mutex_lock(&shared_lock[i]);
    const struct shadow theirs = shared[i];
    shared[i] = *shadow;
    *shadow = theirs;
    pthread_mutex_unlock(&shared_lock[i]);
}

static void step(struct shadow *shadow, uint64_t *random)
{
    const uint64_t what = next_random(random) % 10;
    if (shadow->block == NULL)
        take_new(shadow, random);
    else if (what < 5)
        give_back(shadow);
    else if (what < 7)
        resize(shadow, random);
    else if (what < 9)
        swap(shadow, random);
    else
        verify(shadow, shadow->bytes, "in use");
}

static void *work(void *number)
{
    uint64_t random = seed * 1000003 + (uint64_t)(uintptr_t)number * 7919 + 1;
    struct shadow *slots = calloc(SLOTS, sizeof *slots);
    CHECK(slots != NULL);
    for (int i = 0; i < step_count; i++)
        step(&slots[next_random(&random) % SLOTS], &random);
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].block != NULL)
            give_back(&slots[i]);
    free(slots);
    return NULL;
}

static void run_threads(void)
{
    pthread_t threads[256];
    for (intptr_t i = 0; i < thread_count; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (int i = 0; i < thread_count; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(int argc, char **argv)
{
    seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 20;
    if (argc > 1)
        thread_count = atoi(argv[1]);
    if (argc > 2)
        step_count = atoi(argv[2]);
    if (argc > 3)
        seed = strtoull(argv[3], NULL, 10);
    CHECK(thread_count >= 1 && thread_count <= 256);
    printf("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < SHARED; i++)
        pthread_mutex_init(&shared_lock[i], NULL);
    run_threads();
    run_threads(); /* on the heaps of threads that ended */
    for (int i = 0; i < SHARED; i++)
        if (shared[i].block != NULL)
            give_back(&shared[i]);
    return 0;
}
