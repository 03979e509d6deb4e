/* Case 69: blocks of a thread that ended stay whole; others free and resize them.
 * Group: threads
 * Means: data that a thread left behind is lost or never given back
 * What is freed over a second or two goes back to the system, though nobody took that thread's
 * place. */
#include "promise.h"

#include <pthread.h>

enum { COUNT = 3000, ROUNDS = 30 };

static char *blocks[COUNT];
static const size_t sizes[] = {8, 24, 100, 500, 2000, 9000, 40000, 300000, 1500000};

static size_t size_of(int i)
{
    return sizes[i % 200 == 0 ? 8 : i % 50 == 0 ? 7 : i % 7];
}

static void *make(void *unused)
{
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = malloc(size_of(i));
        CHECK(blocks[i] != NULL);
        blocks[i][0] = (char)i;
        blocks[i][size_of(i) - 1] = (char)(i + 1);
    }
    return unused;
}

static void *use(void *unused)
{
    for (int i = 0; i < COUNT; i++) {
        CHECK(blocks[i][0] == (char)i || size_of(i) == 1);
        CHECK(blocks[i][size_of(i) - 1] == (char)(i + 1));
        if (i % 3 == 0) {
            blocks[i] = realloc(blocks[i], size_of(i) * 2);
            CHECK(blocks[i] != NULL && blocks[i][0] == (char)i);
        }
        free(blocks[i]);
    }
    return unused;
}

static void in_thread(void *(*work)(void *))
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

enum { SPIKE = 200000, SPIKE_BYTES = 500, PARTS = 20 };

static void *spike[SPIKE];

static void *make_spike(void *unused)
{
    for (int i = 0; i < SPIKE; i++) {
        spike[i] = malloc(SPIKE_BYTES);
        CHECK(spike[i] != NULL);
        memset(spike[i], 1, SPIKE_BYTES);
    }
    return unused;
}

/* In parts, then others of as many frees while there is something to wait for. */
static void freed_in_time_they_go_back(void)
{
    memset(spike, 1, sizeof spike);
    const long before = memory_kib("Rss:"), spike_kib = SPIKE / 1024 * SPIKE_BYTES;
    in_thread(make_spike);
    if (memory_kib("Rss:") < before + spike_kib / 10 * 9) /* or there is nothing to see */
        exit(skipped("what was freed before is enough for 100 MiB more"));
    for (int i = 0; i < SPIKE; i++) {
        free(spike[i]);
        if (i % (SPIKE / PARTS) == 0)
            usleep(100000);
    }
    long more = memory_kib("Rss:") - before;
    for (int tries = 0; tries < 30 && more > spike_kib / 2; tries++) {
        for (int i = 0; i < SPIKE / PARTS; i++)
            free(malloc(40));
        usleep(100000);
        more = memory_kib("Rss:") - before;
    }
    printf("of %ld KiB %ld are still resident\n", spike_kib, more);
    CHECK(before < 0 || more <= spike_kib / 2);
}

int main(void)
{
    for (long round = 0; round < rounds_of(ROUNDS); round++) {
        in_thread(make);
        if (round % 2 == 0)
            in_thread(use);
        else
            use(NULL);
    }
    CHECK(memory_kib("Rss:") < 200000);
    freed_in_time_they_go_back();
    return 0;
}
