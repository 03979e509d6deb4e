/* Also: blocks of ever other sizes, made by one thread and freed by another, leave little behind
 * Group: memory
 * Means: pipelines of threads grow */
#include "promise.h"

#include <pthread.h>
#include <semaphore.h>

enum { COUNT = 8000, WAITING = 50, LARGEST = 100000, MOST_KIB = 40 * 1024 };

static void *box[WAITING];
static sem_t full, empty;

static void *consume(void *unused)
{
    for (int i = 0; i < COUNT; i++) {
        sem_wait(&full);
        free(box[i % WAITING]);
        sem_post(&empty);
    }
    return unused;
}

/* At most WAITING blocks, 5 MB, live at a time. */
int main(void)
{
    pthread_t consumer;
    const long before = memory_kib("Rss:");
    sem_init(&full, 0, 0);
    sem_init(&empty, 0, WAITING);
    CHECK(pthread_create(&consumer, NULL, consume, NULL) == 0);
    for (int i = 0; i < COUNT; i++) {
        const size_t bytes = (size_t)i * 7 % LARGEST + 1;
        sem_wait(&empty);
        char *block = malloc(bytes);
        CHECK(block != NULL);
        memset(block, 1, bytes);
        box[i % WAITING] = block;
        sem_post(&full);
    }
    CHECK(pthread_join(consumer, NULL) == 0);
    const long grown = memory_kib("Rss:") - before;
    printf("grown by %ld KiB\n", grown);
    CHECK(before > 0 && grown < MOST_KIB);
    return 0;
}
