/* Also: blocks of every size around 128 KiB, made and freed, keep the address space level
 * Mode: hardened
 * One at a time and eight at a time, 100 times: where guards lie, runs of memory do not fit any
 * more, and each block must not become a mapping of its own that stays. */
#include "figures.h"

#include <pthread.h>

enum { FROM = 100000, TO = 140000, STEP = 1000, TIMES = 100, AT_ONCE = 8 };
enum { SLACK_KIB = 64 << 10, MORE_MAPPINGS = 50 };

static long start_kib, start_mappings;

static void make_and_free(size_t bytes, int at_once)
{
    char *blocks[AT_ONCE];
    for (int i = 0; i < at_once; i++) {
        blocks[i] = malloc(bytes);
        CHECK(blocks[i] != NULL);
        blocks[i][0] = blocks[i][bytes - 1] = 1;
    }
    for (int i = 0; i < at_once; i++)
        free(blocks[i]);
}

static void must_be_level(void)
{
    const long grown = status_kib("VmSize:") - start_kib, more = mapping_count() - start_mappings;
    if (grown < SLACK_KIB && more < MORE_MAPPINGS)
        return;
    fprintf(stderr, "address space grew by %ld MiB, by %ld mappings\n", grown >> 10, more);
    exit(1);
}

static void rounds(long times, int at_once)
{
    for (long i = 0; i < times; i++) {
        for (size_t bytes = FROM; bytes <= TO; bytes += STEP)
            make_and_free(bytes, at_once);
        must_be_level();
    }
}

static void *work(void *unused)
{
    rounds(rounds_of(TIMES / 10), 2);
    return unused;
}

int main(void)
{
    pthread_t thread;
    free(malloc(100));
    start_kib = status_kib("VmSize:");
    start_mappings = mapping_count();
    rounds(rounds_of(TIMES), 1);
    rounds(rounds_of(TIMES / 8), AT_ONCE);
    for (int i = 0; i < 5; i++) {
        CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    return 0;
}
