/* Case 155: 64 threads that replace each other's blocks keep no more than twice what lives, and
 * each block is whole.
 * Group: memory
 * Means: what threads that wait for a CPU have free or on its way is lost to all others
 * Limit: 120 s
 * Debug: no, freed blocks are overwritten there, and periods are short */
#include "figures.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 64, SLOTS = 100000, REPLACED = 40000, MOST = 1024 };

static struct slot {
    _Atomic int taken;
    uint32_t bytes;
    unsigned char *block;
} slots[SLOTS];
static atomic_size_t live;
static pthread_barrier_t barrier;

static void replace(struct slot *slot, uint64_t random)
{
    const uint32_t bytes = 16 + (uint32_t)(random >> 20) % MOST;
    const unsigned char mark = (unsigned char)(slot - slots);
    if (slot->block)
        CHECK(slot->block[8] == mark && slot->block[slot->bytes - 1] == mark);
    free(slot->block);
    slot->block = malloc(bytes);
    CHECK(slot->block != NULL);
    memset(slot->block, mark, bytes);
    atomic_fetch_add(&live, bytes - (size_t)slot->bytes);
    slot->bytes = bytes;
}

static void *work(void *argument)
{
    uint64_t random = (uint64_t)(long)argument * 7919 + 13;
    for (int done = 0; done < REPLACED;) {
        struct slot *slot = &slots[next_random(&random) % SLOTS];
        if (atomic_exchange(&slot->taken, 1) != 0)
            continue;
        replace(slot, next_random(&random));
        atomic_store(&slot->taken, 0);
        done++;
    }
    pthread_barrier_wait(&barrier); /* asleep, not ended, when memory is looked at */
    pthread_barrier_wait(&barrier);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    memset(slots, 0, sizeof slots); /* resident before */
    const long before = status_kib("VmRSS:");
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS + 1) == 0);
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    pthread_barrier_wait(&barrier);
    const long kept = status_kib("VmRSS:") - before, alive = (long)(live >> 10);
    printf("%ld MiB kept, %ld live\n", kept >> 10, alive >> 10);
    CHECK(kept < 2 * alive + (24 << 10));
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}
