/* Also: random use of the family over threads agrees with a model of it.
 * Limit: 120 s
 *   model_stress [THREADS [STEPS [SEED [contents]]]]    ALLOC_STRESS=100: a hundred times the steps
 * The model knows every block's whole content and whose each 16 bytes of memory are, so that an
 * overlap, a lost or changed byte, a dirty calloc, a bad alignment or a usable size that is not
 * usable shows, with the seed that leads there again.
 * Emulated: with 3 20000 7 contents */
#include "promise.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

enum { SLOTS = 500, QUEUE = 256, MOST_THREADS = 256, GRANULE = 16, ROUNDS = 2 };

/* What the model knows of a block. Its word k is serial * A + k * B. */
struct shadow {
    unsigned char *block;
    size_t bytes;  /* all of them known */
    size_t usable; /* all of them tagged */
    uint64_t serial;
};

/* Blocks on their way to the thread that will free them. */
static struct queue {
    pthread_mutex_t lock;
    size_t count;
    struct shadow shadows[QUEUE];
} queues[MOST_THREADS];

static int thread_count = 4;
static long step_count = 20000;
static uint64_t seed;
static _Atomic uint64_t serials = 1;

static void broken_at(const struct shadow *shadow, const char *what, size_t at)
{
    fprintf(stderr, "seed %llu: %s: byte %zu of %zu (usable %zu) at %p\n", (unsigned long long)seed,
            what, at, shadow->bytes, shadow->usable, (void *)shadow->block);
    exit(1);
}

/* ---- whose memory it is: a byte for each 16 of the whole address space, touched where used ----
 */

static unsigned char *tags;
static const uintptr_t ADDRESSES = (uintptr_t)1 << 47;

static void make_tags(void)
{
    tags = mmap(NULL, ADDRESSES / GRANULE, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (tags == MAP_FAILED) /* the contents still tell */
        tags = NULL;
}

/* Granules of the first 64 KiB, then the first of each page. */
static size_t next_granule(size_t at)
{
    return at < 65536 ? at + GRANULE : at + 4096;
}

static void tag(const struct shadow *shadow, unsigned char from, unsigned char to)
{
    const uintptr_t start = (uintptr_t)shadow->block;
    if (tags == NULL || start >= ADDRESSES)
        return;
    for (size_t at = 0; at < shadow->usable; at = next_granule(at))
        if (__atomic_exchange_n(&tags[(start + at) / GRANULE], to, __ATOMIC_RELAXED) != from)
            broken_at(shadow, to ? "given out twice" : "was not given out", at);
}

/* ---- contents ---- */

static uint64_t word(const struct shadow *shadow, size_t k)
{
    return shadow->serial * UINT64_C(0x9E3779B97F4A7C15) + k * UINT64_C(0xD1B54A32D192ED03);
}

/* from: a multiple of 8. */
static void fill(const struct shadow *shadow, size_t from)
{
    for (size_t at = from; at < shadow->bytes; at += 8) {
        const uint64_t value = word(shadow, at / 8);
        memcpy(shadow->block + at, &value, shadow->bytes - at < 8 ? shadow->bytes - at : 8);
    }
}

static void verify(const struct shadow *shadow, size_t bytes, const char *when)
{
    for (size_t at = 0; at < bytes; at += 8) {
        const uint64_t value = word(shadow, at / 8);
        if (memcmp(shadow->block + at, &value, bytes - at < 8 ? bytes - at : 8) != 0)
            broken_at(shadow, when, at);
    }
}

/* ---- what a thread does ---- */

static size_t random_size(uint64_t *random)
{
    const unsigned kind = (unsigned)(next_random(random) % 1000);
    const size_t most = kind < 700   ? 512
                        : kind < 950 ? 8192
                        : kind < 990 ? 65536
                        : kind < 998 ? 1u << 20
                                     : 6u << 20;
    return (size_t)(next_random(random) % most);
}

/* A block as it came: its bounds, its alignment, and whose it was. Now and then the model takes
 * all that is usable. */
static void adopt(struct shadow *shadow, size_t alignment, uint64_t *random)
{
    CHECK(shadow->block != NULL);
    shadow->usable = malloc_usable_size(shadow->block);
    shadow->serial = atomic_fetch_add(&serials, 1);
    if (shadow->bytes < alignment && alignment == 16)
        alignment = 8; /* whether tiny blocks are aligned to more is a case of its own */
    if ((uintptr_t)shadow->block % alignment != 0)
        broken_at(shadow, "not aligned", alignment);
    if (shadow->usable < shadow->bytes)
        broken_at(shadow, "too small", shadow->bytes);
    tag(shadow, 0, 1);
    if (next_random(random) % 3 == 0)
        shadow->bytes = shadow->usable;
    fill(shadow, 0);
}

static void take_aligned(struct shadow *shadow, uint64_t *random)
{
    const uint64_t r = next_random(random);
    const size_t alignment = (size_t)16 << (r % 64 == 0 ? 17 : r / 64 % 13);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *block = NULL;
    switch (r >> 40 & 7) {
    case 0:
        shadow->block = valloc(shadow->bytes);
        adopt(shadow, page, random);
        return;
    case 1:
        shadow->block = pvalloc(shadow->bytes);
        adopt(shadow, page, random);
        return;
    case 2:
    case 3:
        CHECK(posix_memalign(&block, alignment, shadow->bytes) == 0);
        break;
    case 4:
    case 5:
        block = memalign(alignment, shadow->bytes);
        break;
    default:
        block = aligned_alloc(alignment, shadow->bytes);
    }
    shadow->block = block;
    adopt(shadow, alignment, random);
}

static void take_zeroed(struct shadow *shadow, uint64_t *random)
{
    const size_t count = next_random(random) % 7 + 1;
    shadow->bytes = shadow->bytes / count * count;
    shadow->block = calloc(count, shadow->bytes / count);
    CHECK(shadow->block != NULL);
    for (size_t i = 0; i < shadow->bytes; i++)
        if (shadow->block[i] != 0)
            broken_at(shadow, "calloc is not zero", i);
    adopt(shadow, 16, random);
}

static void take_new(struct shadow *shadow, uint64_t *random)
{
    const uint64_t how = next_random(random) % 8;
    shadow->bytes = random_size(random);
    if (how == 0) {
        take_zeroed(shadow, random);
    } else if (how == 1) {
        take_aligned(shadow, random);
    } else {
        shadow->block = how == 2 ? realloc(NULL, shadow->bytes) : malloc(shadow->bytes);
        adopt(shadow, 16, random);
    }
}

/* To any size, a little more as a growing array does, or just what is usable. */
static size_t new_size(const struct shadow *shadow, uint64_t *random)
{
    switch (next_random(random) % 4) {
    case 0:
        return random_size(random) + 1;
    case 1:
        return shadow->usable + (shadow->usable == 0);
    case 2:
        return shadow->bytes / 2 + 1;
    default:
        return shadow->bytes > 4u << 20 ? 100 : shadow->bytes + shadow->bytes / 2 + 1;
    }
}

static void resize(struct shadow *shadow, uint64_t *random)
{
    const size_t before = shadow->bytes, after = new_size(shadow, random);
    const size_t least = before < after ? before : after;
    verify(shadow, before, "before realloc");
    tag(shadow, 1, 0);
    shadow->block =
        after % 5 == 0 ? reallocarray(shadow->block, 5, after / 5) : realloc(shadow->block, after);
    CHECK(shadow->block != NULL);
    shadow->bytes = least;
    verify(shadow, least, "after realloc");
    shadow->bytes = after;
    adopt(shadow, 16, random);
}

/* Poisoned first: whoever still reads it, or takes it for zero, is found. */
static void give_back(struct shadow *shadow)
{
    verify(shadow, shadow->bytes, "before free");
    memset(shadow->block, 0xDD, shadow->bytes);
    tag(shadow, 1, 0);
    free(shadow->block);
    shadow->block = NULL;
}

/* To another thread's queue; when that is full it stays here. */
static void send(struct shadow *shadow, uint64_t *random)
{
    struct queue *queue = &queues[next_random(random) % (uint64_t)thread_count];
    pthread_mutex_lock(&queue->lock);
    if (queue->count < QUEUE) {
        queue->shadows[queue->count++] = *shadow;
        shadow->block = NULL;
    }
    pthread_mutex_unlock(&queue->lock);
}

/* Frees all that came, or keeps one in the empty slot. */
static void receive(struct queue *queue, struct shadow *slot)
{
    struct shadow received[QUEUE];
    pthread_mutex_lock(&queue->lock);
    const size_t count = queue->count;
    memcpy(received, queue->shadows, count * sizeof received[0]);
    queue->count = 0;
    pthread_mutex_unlock(&queue->lock);
    for (size_t i = 0; i < count; i++)
        if (slot != NULL && slot->block == NULL)
            *slot = received[i];
        else
            give_back(&received[i]);
}

static void step(size_t me, struct shadow *shadow, uint64_t *random)
{
    const uint64_t what = next_random(random) % 100;
    if (what == 99)
        receive(&queues[me], shadow);
    else if (shadow->block == NULL)
        take_new(shadow, random);
    else if (what < 45)
        give_back(shadow);
    else if (what < 65)
        resize(shadow, random);
    else if (what < 85)
        send(shadow, random);
    else
        verify(shadow, shadow->bytes, "in use");
}

static void *work(void *number)
{
    const size_t me = (size_t)number;
    uint64_t random = seed * 1000003 + me * 7919 + 1;
    struct shadow *slots = calloc(SLOTS, sizeof *slots);
    CHECK(slots != NULL);
    for (long i = 0; i < step_count; i++) {
        step(me, &slots[next_random(&random) % SLOTS], &random);
        if (i % 100000 == 50000)
            malloc_trim(0);
    }
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].block != NULL)
            give_back(&slots[i]);
    free(slots);
    return NULL;
}

static void run_threads(void)
{
    pthread_t threads[MOST_THREADS];
    for (intptr_t i = 0; i < thread_count; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (int i = 0; i < thread_count; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(int argc, char **argv)
{
    seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 20;
    if (argc > 1)
        thread_count = atoi(argv[1]);
    if (argc > 2)
        step_count = atol(argv[2]);
    if (argc > 3)
        seed = strtoull(argv[3], NULL, 10);
    step_count = rounds_of(step_count);
    CHECK(thread_count >= 1 && thread_count <= MOST_THREADS && step_count > 0);
    printf("seed %llu\n", (unsigned long long)seed);
    if (argc <= 4) /* contents alone: an emulator takes minutes over a map of all addresses */
        make_tags();
    for (int i = 0; i < thread_count; i++)
        pthread_mutex_init(&queues[i].lock, NULL);
    for (int round = 0; round < ROUNDS; round++) /* the second on the heaps of threads that ended */
        run_threads();
    for (int i = 0; i < thread_count; i++)
        receive(&queues[i], NULL);
    return 0;
}
