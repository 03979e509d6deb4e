/* Case 67: destructors of thread keys allocate and free, in every round, among one another.
 * Group: threads
 * Means: threads that end crash or leak in destructors of thread keys */
#include "promise.h"

#include <pthread.h>

enum { KEYS = 60, THREADS = 200 };

static pthread_key_t keys[KEYS];
static __thread int calls[KEYS];

static void destroy(void *value)
{
    int *which = value;
    char *late = malloc(200);
    CHECK(late != NULL);
    memset(late, *which, 200);
    if (++calls[*which] < 4) { /* again in the next round */
        int *again = malloc(sizeof *again);
        *again = *which;
        CHECK(pthread_setspecific(keys[*which], again) == 0);
    }
    free(late);
    free(which);
}

static void *work(void *unused)
{
    for (int i = 0; i < KEYS; i++) {
        int *which = malloc(sizeof *which);
        *which = i;
        CHECK(pthread_setspecific(keys[i], which) == 0);
    }
    return unused;
}

int main(void)
{
    for (int i = 0; i < KEYS; i++)
        CHECK(pthread_key_create(&keys[i], destroy) == 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    return 0;
}
