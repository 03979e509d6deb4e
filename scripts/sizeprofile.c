/* Makes a size profile of a program: preloaded, it notes each block's size and how many blocks were
 * asked for while it lived, and in the end writes size,rate,lifetime to $SIZEPROFILE. Time is
 * counted in blocks, so that a profile is the same on any machine. A realloc is a free and a
 * malloc; what is never freed lives to the end. Sizes above 1 KiB are rounded up to one of 16 a
 * doubling. Read next: scripts/size-profile.sh, docs/workloads.md, "Size profiles". */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXACT   1024u
#define CLASSES (EXACT + 1 + 16 * 30)
#define PLACES  (UINT64_C(1) << 26) /* of live blocks; pages that are not used stay away */
#define EARLY   65536u              /* bytes for who asks before the real functions are known */
#define DELETED ((uintptr_t)1)

static struct {
    uintptr_t block;
    uint32_t class;
    uint64_t born;
} * live;
static uint64_t now, count[CLASSES], lifetimes[CLASSES];
static pthread_mutex_t books = PTHREAD_MUTEX_INITIALIZER;
static unsigned char early[EARLY] __attribute__((aligned(16)));
static size_t early_used;
static void *(*real_malloc)(size_t), *(*real_calloc)(size_t, size_t),
    *(*real_realloc)(void *, size_t), *(*real_aligned)(size_t, size_t);
static void (*real_free)(void *);

static uint32_t class_of(size_t size)
{
    if (size <= EXACT)
        return size ? (uint32_t)size : 1;
    const unsigned shift = 59 - (unsigned)__builtin_clzll(size - 1);
    const uint32_t class = EXACT + 1 + (shift - 6) * 16 + (uint32_t)((size - 1) >> shift) - 16;
    return class < CLASSES ? class : CLASSES - 1;
}

static size_t size_of(uint32_t class)
{
    const uint32_t above = class - EXACT - 1;
    return class <= EXACT ? class : (size_t)(above % 16 + 17) << (above / 16 + 6);
}

static uint64_t place_of(uintptr_t block)
{
    return (block * UINT64_C(0x9e3779b97f4a7c15)) >> 38;
}

static void note_birth(void *block, size_t size)
{
    if (!block || !live)
        return;
    (void)pthread_mutex_lock(&books);
    uint64_t at = place_of((uintptr_t)block);
    while (live[at].block > DELETED)
        at = (at + 1) % PLACES;
    live[at].block = (uintptr_t)block;
    live[at].class = class_of(size);
    live[at].born = now++;
    count[live[at].class]++;
    (void)pthread_mutex_unlock(&books);
}

static void note_death(const void *block)
{
    if (!block || !live)
        return;
    (void)pthread_mutex_lock(&books);
    uint64_t at = place_of((uintptr_t)block);
    while (live[at].block != 0 && live[at].block != (uintptr_t)block)
        at = (at + 1) % PLACES;
    if (live[at].block) {
        lifetimes[live[at].class] += now - live[at].born;
        live[at].block = DELETED;
    }
    (void)pthread_mutex_unlock(&books);
}

__attribute__((constructor)) static void start(void)
{
    real_malloc = dlsym(RTLD_NEXT, "malloc");
    real_calloc = dlsym(RTLD_NEXT, "calloc");
    real_realloc = dlsym(RTLD_NEXT, "realloc");
    real_aligned = dlsym(RTLD_NEXT, "aligned_alloc");
    real_free = dlsym(RTLD_NEXT, "free");
    void *memory = mmap(NULL, PLACES * sizeof *live, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    live = memory == MAP_FAILED ? NULL : memory;
}

static void *take_early(size_t size)
{
    const size_t at = early_used;
    early_used += (size + 15) & ~(size_t)15;
    return early_used <= EARLY ? early + at : NULL;
}

static int is_early(const void *block)
{
    return (const unsigned char *)block >= early && (const unsigned char *)block < early + EARLY;
}

void *malloc(size_t size)
{
    void *block = real_malloc ? real_malloc(size) : take_early(size);
    note_birth(block, size);
    return block;
}

void *calloc(size_t number, size_t size)
{
    void *block = real_calloc ? real_calloc(number, size) : take_early(number * size);
    note_birth(block, number * size);
    return block;
}

void free(void *block)
{
    const int error = errno;
    note_death(block);
    if (real_free && !is_early(block))
        real_free(block);
    errno = error;
}

void *realloc(void *block, size_t size)
{
    if (is_early(block)) {
        void *moved = malloc(size);
        if (moved)
            memcpy(moved, block,
                   size < EARLY ? size : EARLY - (size_t)((unsigned char *)block - early));
        return moved;
    }
    note_death(block);
    void *moved = real_realloc ? real_realloc(block, size) : take_early(size);
    note_birth(moved, size);
    return moved;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    void *block = real_aligned ? real_aligned(alignment, size) : NULL;
    note_birth(block, size);
    return block;
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = aligned_alloc(alignment, size);
    if (block)
        *out = block;
    return block ? 0 : ENOMEM;
}

/* A program of many processes: the one with the most blocks is kept (size-profile.sh). */
__attribute__((destructor)) static void end(void)
{
    char path[4096];
    const char *folder = getenv("SIZEPROFILE");
    (void)pthread_mutex_lock(&books);
    for (uint64_t at = 0; live && at < PLACES; at++)
        if (live[at].block > DELETED)
            lifetimes[live[at].class] += now - live[at].born;
    live = NULL;
    (void)pthread_mutex_unlock(&books);
    (void)snprintf(path, sizeof path, "%s/%llu-%d.csv", folder ? folder : ".",
                   (unsigned long long)now, (int)getpid());
    FILE *file = fopen(path, "we");
    if (!file)
        return;
    (void)fprintf(file, "size,rate,lifetime\n");
    for (uint32_t class = 0; class < CLASSES; class ++)
        if (count[class])
            (void)fprintf(file, "%zu,%llu,%.6g\n", size_of(class), (unsigned long long)count[class],
                          (double)lifetimes[class] / (double)count[class]);
    (void)fclose(file);
}
