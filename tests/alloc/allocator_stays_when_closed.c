/* Also: dlclose of the allocator harms no thread that used it; to load it often leaves nothing.
 * Limit: 120 s
 * Read next: libraries.h. */
#include "libraries.h"

#include <limits.h>
#include <pthread.h>

enum { THREADS = 4, CYCLES = 300, WARM = 20 };

static void *(*its_malloc)(size_t);
static void (*its_free)(void *);
static pthread_barrier_t gate;

/* The plugin has no such names: then its only use is to be there. */
static void find_names(void *library)
{
    *(void **)&its_malloc = dlsym(library, "malloc");
    *(void **)&its_free = dlsym(library, "free");
    if (dlsym(library, "hb_allocator_plugin") != NULL)
        its_malloc = NULL;
}

static void use(void)
{
    if (its_malloc == NULL)
        return;
    char *block = its_malloc(1000);
    CHECK(block != NULL);
    memset(block, 1, 1000);
    its_free(block);
}

static void *use_and_outlive(void *unused)
{
    use();
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate); /* closed; now the thread ends */
    return unused;
}

static void close_under_threads(const char *path)
{
    pthread_t threads[THREADS];
    void *library = opened(path, RTLD_NOW | RTLD_LOCAL);
    find_names(library);
    CHECK(pthread_barrier_init(&gate, NULL, THREADS + 1) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, use_and_outlive, NULL) == 0);
    pthread_barrier_wait(&gate);
    CHECK(dlclose(library) == 0);
    pthread_barrier_wait(&gate);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static long virtual_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmSize:", 7) == 0)
            kib = strtol(line + 7, NULL, 10);
    fclose(file);
    return kib;
}

/* How many keys for thread-specific data are left. */
static int keys_left(void)
{
    static pthread_key_t keys[PTHREAD_KEYS_MAX];
    int count = 0;
    while (count < PTHREAD_KEYS_MAX && pthread_key_create(&keys[count], NULL) == 0)
        count++;
    for (int i = 0; i < count; i++)
        CHECK(pthread_key_delete(keys[i]) == 0);
    return count;
}

static void load_again_and_again(const char *path)
{
    long before = 0;
    int keys = 0;
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        void *library = opened(path, RTLD_NOW | RTLD_LOCAL);
        find_names(library);
        use();
        CHECK(dlclose(library) == 0);
        if (cycle == WARM) {
            before = virtual_kib();
            keys = keys_left();
        }
    }
    printf("%ld KiB and %d keys, then %ld and %d\n", before, keys, virtual_kib(), keys_left());
    CHECK(before > 0 && virtual_kib() < before + 4096);
    CHECK(keys_left() == keys);
}

/* Without a preload, in a program that has another malloc. */
static void start_anew(const char *path)
{
    int status = -1;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        unsetenv("LD_PRELOAD");
        alarm(CHILD_LIMIT_S);
        execl("/proc/self/exe", "closed", path, (char *)NULL);
        _exit(77);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (status != 0) {
        fprintf(stderr, "%s: %s\n", path, end_of(status));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    Dl_info info;
    char plugin[PATH_MAX + 40];
    void *symbol = dlsym(RTLD_DEFAULT, "malloc");
    if (argc > 1) {
        close_under_threads(argv[1]);
        load_again_and_again(argv[1]);
        return 0;
    }
    CHECK(symbol != NULL && dladdr(symbol, &info) != 0);
    start_anew(info.dli_fname);
    const char *slash = strrchr(info.dli_fname, '/');
    snprintf(plugin, sizeof plugin, "%.*s/allocators/hakmem.so",
             slash ? (int)(slash - info.dli_fname) : 0, info.dli_fname);
    if (access(plugin, R_OK) == 0)
        start_anew(plugin);
    return 0;
}
