/* Case 70: where one thread only allocates and another only frees, memory stays bounded.
 * Group: memory
 * Means: a producer and a consumer grow without end */
#include "promise.h"

#include <pthread.h>
#include <semaphore.h>

enum { BATCH = 20000, ROUNDS = 100, BYTES = 500 };

static void *box[BATCH];
static sem_t full, empty;

static void *consume(void *unused)
{
    for (int round = 0; round < ROUNDS; round++) {
        sem_wait(&full);
        for (int i = 0; i < BATCH; i++)
            free(box[i]);
        sem_post(&empty);
    }
    return unused;
}

int main(void)
{
    pthread_t consumer;
    sem_init(&full, 0, 0);
    sem_init(&empty, 0, 0);
    CHECK(pthread_create(&consumer, NULL, consume, NULL) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BATCH; i++) {
            box[i] = malloc(BYTES);
            CHECK(box[i] != NULL);
            memset(box[i], round, BYTES);
        }
        sem_post(&full);
        sem_wait(&empty);
    }
    CHECK(pthread_join(consumer, NULL) == 0);
    CHECK(memory_kib("Rss:") < 60000);
    return 0;
}
