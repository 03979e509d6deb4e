/* Also: a module loaded with RTLD_DEEPBIND frees what the program made, and the other way round.
 * Group: loader
 * Means: a module loaded with RTLD_DEEPBIND frees into another heap: a crash */
#include "libraries.h"

#include <pthread.h>

static void (*its_free)(void *);
static void *(*its_resize)(void *, size_t);
static void *(*its_make)(size_t);
static char *(*its_print)(int);

static void *exchange(void *unused)
{
    for (size_t bytes = 1; bytes < 1000000; bytes = bytes * 2 + 1) {
        char *block = its_make(bytes);
        CHECK(block != NULL);
        memset(block, 1, bytes);
        free(block);
        its_free(malloc(bytes));
        block = its_resize(malloc(bytes), bytes * 2);
        CHECK(block != NULL);
        free(block);
    }
    char *text = its_print(12345);
    CHECK(text != NULL && strcmp(text, "12345") == 0);
    free(text);
    its_free(strdup("copied"));
    return unused;
}

int main(void)
{
    pthread_t thread;
    void *module = opened(library_path("exchange"), RTLD_NOW | RTLD_DEEPBIND);
    *(void **)&its_free = dlsym(module, "exchange_free");
    *(void **)&its_resize = dlsym(module, "exchange_resize");
    *(void **)&its_make = dlsym(module, "exchange_make");
    *(void **)&its_print = dlsym(module, "exchange_print");
    CHECK(its_free != NULL && its_resize != NULL && its_make != NULL && its_print != NULL);
    exchange(NULL);
    CHECK(pthread_create(&thread, NULL, exchange, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(dlclose(module) == 0);
    return 0;
}
