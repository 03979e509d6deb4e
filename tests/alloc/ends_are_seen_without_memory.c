/* Also: the heap of a thread whose end the C library could not note at first is not lost
 * glibc: no, it notes ends by itself */
#include "promise.h"

#include <dlfcn.h>
#include <pthread.h>

enum { THREADS = 200, COUNT = 1000, BYTES = 1000, MOST_KIB = 40000 };

static __thread int refusals;

/* Under hakmem's own. */
int pthread_setspecific(pthread_key_t key, const void *value)
{
    static int (*next)(pthread_key_t, const void *);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "pthread_setspecific");
    return refusals++ == 0 ? ENOMEM : next(key, value);
}

static void *work(void *unused)
{
    void *blocks[COUNT];
    use_blocks(blocks, COUNT, BYTES);
    return unused;
}

int main(void)
{
    if (memory_kib("Anonymous:") < 0)
        return skipped("no /proc");
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    const long kib = memory_kib("Anonymous:");
    printf("%ld KiB\n", kib);
    CHECK(kib < MOST_KIB);
    return 0;
}
