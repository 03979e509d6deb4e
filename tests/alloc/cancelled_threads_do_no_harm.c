/* Case 73: threads that are cancelled leave an allocator that works.
 * Group: threads
 * Means: a cancelled thread leaves a lock behind, and the program hangs */
#include "promise.h"

#include <pthread.h>

static void *work(void *unused)
{
    for (;;) {
        void *block = malloc(300);
        free(block);
        pthread_testcancel();
    }
    return unused;
}

int main(void)
{
    for (int i = 0; i < 500; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
        void *block = malloc(5000);
        CHECK(block != NULL);
        CHECK(pthread_cancel(thread) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        free(block);
    }
    return 0;
}
