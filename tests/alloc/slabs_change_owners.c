/* Also: many threads replace blocks of a common set, and some fork: slabs go from heap to heap, and
 * what lies in lists and mail goes after them
 * Limit: 120 s
 * Emulated: no, a fork of many threads loses locks of the emulator itself
 * Each block's contents are looked at when it goes, by whatever thread. */
#include "forks.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 24, SLOTS = 6000, ROUNDS = 12000, FORKS = 12, LIMIT_S = 30 };

struct slot {
    atomic_flag taken;
    unsigned char *block;
    size_t bytes;
};
static struct slot slots[SLOTS];
static atomic_int at_work;

static unsigned char mark_of(size_t bytes)
{
    return (unsigned char)(bytes * 7 % 251);
}

static void unmake(struct slot *slot)
{
    for (size_t i = 0; slot->block != NULL && i < slot->bytes; i++)
        CHILD_CHECK(slot->block[i] == mark_of(slot->bytes), 12);
    free(slot->block);
}

static void replace(struct slot *slot, uint64_t random)
{
    if (atomic_flag_test_and_set(&slot->taken))
        return;
    unmake(slot);
    slot->bytes = 1 + (size_t)(random >> 20) % 900;
    slot->block = malloc(slot->bytes);
    CHILD_CHECK(slot->block != NULL, 11);
    memset(slot->block, mark_of(slot->bytes), slot->bytes);
    atomic_flag_clear(&slot->taken);
}

static void *work(void *number)
{
    uint64_t random = (uintptr_t)number * 7919 + 13;
    for (int i = 0; i < ROUNDS; i++)
        replace(&slots[(next_random(&random) >> 8) % SLOTS], next_random(&random));
    atomic_fetch_sub(&at_work, 1);
    return NULL;
}

/* What another thread had taken stays as it is. */
static void be_child(void *unused)
{
    pthread_t threads[3];
    (void)unused;
    uint64_t random = 99;
    for (int i = 0; i < SLOTS; i += 2)
        replace(&slots[i], next_random(&random));
    for (size_t i = 0; i < 3; i++)
        CHILD_CHECK(pthread_create(&threads[i], NULL, work, (void *)(i + 50)) == 0, 13);
    for (size_t i = 0; i < 3; i++)
        CHILD_CHECK(pthread_join(threads[i], NULL) == 0, 14);
    for (int i = 0; i < SLOTS; i++)
        if (!atomic_flag_test_and_set(&slots[i].taken))
            unmake(&slots[i]);
}

int main(void)
{
    pthread_t threads[THREADS];
    struct forks forks = {.limit_s = LIMIT_S};
    atomic_store(&at_work, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(i + 1)) == 0);
    while (atomic_load(&at_work) > 0 && forks.made < FORKS && forks.bad == 0) {
        usleep(3000);
        (void)child_ends_well(&forks, BY_FORK, be_child, NULL);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (int i = 0; i < SLOTS; i++)
        unmake(&slots[i]);
    return verdict(&forks);
}
