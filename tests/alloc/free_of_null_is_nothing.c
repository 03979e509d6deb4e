/* Case 16: free(NULL) does nothing, on a thread that never allocated too.
 * Group: sizes
 * Means: ordinary clean-up code crashes */
#include "promise.h"

#include <pthread.h>

static void *free_null(void *unused)
{
    void *none = NULL;
    HIDDEN(none);
    for (int i = 0; i < 100000; i++)
        free(none);
    return unused;
}

int main(void)
{
    pthread_t thread;
    char *block = malloc(100);
    CHECK(block != NULL);
    strcpy(block, "still here");
    free_null(NULL);
    CHECK(pthread_create(&thread, NULL, free_null, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(strcmp(block, "still here") == 0);
    free(block);
    return 0;
}
