/* Case 63: 1,000 times a library with TLS is loaded, used by threads and unloaded: memory is flat.
 * Group: memory
 * Means: programs that load and unload plug-ins grow with each */
#include "libraries.h"

#include <pthread.h>

enum { ROUNDS = 1000 };

static int (*use)(void);
static int rounds_to_go;

static void *use_once(void *unused)
{
    CHECK(use());
    return unused;
}

static void come_and_go(void)
{
    pthread_t thread;
    void *library = opened(library_path("tls"), RTLD_NOW);
    *(void **)&use = dlsym(library, "tls_use");
    CHECK(use != NULL);
    use_once(NULL);
    if (rounds_to_go % 10 == 0) {
        CHECK(pthread_create(&thread, NULL, use_once, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    CHECK(dlclose(library) == 0);
}

int main(void)
{
    long before = 0;
    for (rounds_to_go = ROUNDS; rounds_to_go > 0; rounds_to_go--) {
        come_and_go();
        if (rounds_to_go == ROUNDS - 100)
            before = memory_kib("Rss:");
    }
    printf("%ld KiB, then %ld KiB\n", before, memory_kib("Rss:"));
    CHECK(before > 0 && memory_kib("Rss:") < before + 2048);
    return 0;
}
