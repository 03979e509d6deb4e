/* Also: a random walk over all functions, threads, forks, limits and refusals keeps all promises
 * Limit: 150 s
 *   walk [SECONDS [SEED]]        every mode in turn, SECONDS in all
 *   walk SECONDS SEED MODE       one mode in this process: see modes[]
 * The model knows each block's size, alignment and contents, which are looked at when it is freed,
 * resized or passed on, and at random: two blocks that overlap spoil each other. They pass between
 * threads by a pool without locks; so a child owns what its thread had and what lies in the pool.
 * Read next: walk.sh, which takes minutes or hours. */
#include "figures.h"
#include "refuse.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { MOST_THREADS = 8, SLOTS = 160, POOL = 64, FULL_BYTES = 4096, STRIDE = 256 };
enum { LOOK_US = 50000, MOST_LOOKS = 1000, MOST_CPU_S = 60 };
enum {
    MOST_DEPTH = 2,
    LARGE_MMAP = 32 << 20,
    KEPT_ERRNO = 123,
    BLOCKS = MOST_THREADS * SLOTS + POOL
};

struct mode {
    const char *name;
    const char *variable; /* set for the allocator; NULL: none */
    long refused_call;    /* with ENOMEM or EINVAL; -1: none, -2: large mmap only */
    int threads;
    int has_limits;
};

static const struct mode modes[] = {
    {"one", NULL, -1, 1, 1},
    {"two", NULL, -1, 2, 0},
    {"eight", NULL, -1, 8, 1},
    {"lean", "HAKMEM_SS_MEM_LEAN", -1, 8, 1},
    {"harden", "HAKMEM_HARDEN", -1, 2, 1},
    {"harden-eight", "HAKMEM_HARDEN", -1, 8, 0},
    {"no-madvise", NULL, SYS_madvise, 2, 0},
    {"no-munmap", NULL, SYS_munmap, 2, 0},
    {"no-mremap", NULL, SYS_mremap, 2, 0},
    {"no-large-mmap", NULL, -2, 2, 1},
};
enum { MODES = sizeof modes / sizeof modes[0] };

struct block {
    unsigned char *at; /* NULL: none */
    size_t bytes, alignment;
    uint64_t key; /* of its contents */
};

/* What a thread owns, and what the thread of the same number after it will. */
struct walker {
    uint64_t random;
    unsigned mine[SLOTS];
    int depth; /* forks above this process */
};

static const struct mode *mode;
static uint64_t seed;
static int said_to; /* stderr is /dev/null, for malloc_stats */
static struct block blocks[BLOCKS];
static _Atomic unsigned pool[POOL];
static struct walker walkers[MOST_THREADS];
static _Atomic int is_over;
static _Atomic unsigned limit_epoch; /* odd: there is a limit now */
static FILE *null_file;
static int is_hakmem;
/* glibc keeps up to 40 MiB of stacks and aborts when it cannot unmap what is above. */
static pthread_attr_t small_stack;
static void (*free_sized_of_c23)(void *, size_t);

static _Noreturn void broken_promise(const char *what, const struct block *block)
{
    dprintf(said_to, "walk: %s: block %p of %zu bytes, aligned to %zu (mode %s, seed %llu)\n", what,
            block != NULL ? (void *)block->at : NULL, block != NULL ? block->bytes : 0,
            block != NULL ? block->alignment : 0, mode->name, (unsigned long long)seed);
    _exit(1);
}

#define PROMISE(condition, what, block)                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            broken_promise(what, block);                                                           \
    } while (0)

/* ---- contents: all of a small block, a word in each stride and the last byte of a large one ----
 */

static size_t step_of(const struct block *block)
{
    return block->bytes <= FULL_BYTES ? 8 : STRIDE;
}

static uint64_t word_at(const struct block *block, size_t at)
{
    return (block->key + at) * UINT64_C(0x9E3779B97F4A7C15);
}

static void fill(const struct block *block)
{
    for (size_t at = 0; at < block->bytes; at += step_of(block)) {
        const uint64_t word = word_at(block, at);
        const size_t left = block->bytes - at;
        memcpy(block->at + at, &word, left < 8 ? left : 8);
    }
    if (block->bytes > 0)
        block->at[block->bytes - 1] = (unsigned char)block->key;
}

static void verify(const struct block *block, size_t bytes, const char *when)
{
    for (size_t at = 0; at + 8 < bytes; at += step_of(block)) {
        const uint64_t word = word_at(block, at);
        if (memcmp(block->at + at, &word, 8) != 0)
            broken_promise(when, block);
    }
    if (bytes == block->bytes && bytes > 0 && block->at[bytes - 1] != (unsigned char)block->key)
        broken_promise(when, block);
}

/* ---- one block ---- */

static size_t random_bytes(struct walker *me)
{
    static const struct {
        unsigned below;
        size_t most;
    } kinds[] = {{700, 600}, {930, 9000}, {985, 140000}, {997, 2 << 20}, {1000, 12 << 20}};
    const unsigned kind = (unsigned)(next_random(&me->random) % 1000);
    size_t i = 0;
    if (kind == 999 && mode->refused_call == -2)
        return LARGE_MMAP + (size_t)(next_random(&me->random) % LARGE_MMAP);
    while (kind >= kinds[i].below)
        i++;
    return (size_t)(next_random(&me->random) % kinds[i].most);
}

static unsigned epoch_now(void)
{
    return atomic_load(&limit_epoch);
}

/* Whether a request that began at that epoch may have been refused. */
static int may_fail(unsigned epoch)
{
    return mode->refused_call != -1 || epoch % 2 != 0 || epoch != epoch_now();
}

/* Whether there is a block: right if so; else that it may be so, and says so. */
static int is_given(struct block *block, void *given, unsigned epoch, int result)
{
    if (given == NULL) {
        PROMISE(result == ENOMEM, "NULL without ENOMEM", block);
        PROMISE(may_fail(epoch), "refused with memory left", block);
        return 0;
    }
    PROMISE(!is_hakmem || may_fail(epoch) || errno == KEPT_ERRNO, "success changed errno", block);
    block->at = given;
    PROMISE((uintptr_t)given % block->alignment == 0, "not aligned", block);
    PROMISE(malloc_usable_size(given) >= block->bytes, "usable size too small", block);
    return 1;
}

static void must_be_zero(const struct block *block)
{
    const size_t usable = malloc_usable_size(block->at);
    for (size_t at = 0; at < usable; at++)
        PROMISE(block->at[at] == 0, "calloc's block is not zero", block);
}

static void *ask_aligned(struct walker *me, struct block *block, int *result)
{
    const uint64_t random = next_random(&me->random);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *given = NULL;
    block->alignment = (size_t)16 << (random % 50 == 0 ? 17 : random / 64 % 13);
    switch (random >> 40 & 7) {
    case 0:
        block->alignment = page;
        given = valloc(block->bytes);
        break;
    case 1:
        block->alignment = page;
        given = pvalloc(block->bytes);
        break;
    case 2:
    case 3:
        *result = posix_memalign(&given, block->alignment, block->bytes);
        return given;
    case 4:
        given = memalign(block->alignment, block->bytes);
        break;
    default:
        given = aligned_alloc(block->alignment, block->bytes);
    }
    *result = errno;
    return given;
}

static void make(struct walker *me, struct block *block)
{
    const unsigned epoch = epoch_now(), how = (unsigned)(next_random(&me->random) % 16);
    int result = 0;
    void *given = NULL;
    *block =
        (struct block){.bytes = random_bytes(me), .alignment = 16, .key = next_random(&me->random)};
    errno = KEPT_ERRNO;
    if (how < 3)
        given = ask_aligned(me, block, &result), block->key &= ~UINT64_C(1); /* no free_sized */
    else if (how < 6)
        given = calloc(block->bytes / 8, 8), block->bytes = block->bytes / 8 * 8;
    else if (how == 6)
        given = realloc(NULL, block->bytes);
    else if (how == 7)
        given = reallocarray(NULL, 1, block->bytes);
    else
        given = malloc(block->bytes);
    if (how >= 3)
        result = errno;
    if (!is_given(block, given, epoch, result))
        return;
    if (how >= 3 && how < 6)
        must_be_zero(block);
    if (how == 9) /* the caller may use all that is usable */
        block->bytes = malloc_usable_size(given);
    fill(block);
}

static void release(struct walker *me, struct block *block)
{
    const unsigned how = (unsigned)(next_random(&me->random) % 8);
    verify(block, block->bytes, "contents lost, at free");
    memset(block->at, 0xdd, block->bytes < FULL_BYTES ? block->bytes : FULL_BYTES);
    errno = KEPT_ERRNO;
    if (how == 0 && free_sized_of_c23 != NULL && block->alignment == 16 && block->key % 2)
        free_sized_of_c23(block->at, block->bytes);
    else if (how == 1)
        PROMISE(realloc(block->at, 0) == NULL, "realloc to 0 gave a block", block);
    else
        free(block->at);
    PROMISE(how == 1 || errno == KEPT_ERRNO, "free changed errno", block);
    block->at = NULL;
}

static size_t resized_bytes(struct walker *me, const struct block *block)
{
    switch (next_random(&me->random) % 5) {
    case 0:
        return block->bytes + 1;
    case 1:
        return malloc_usable_size(block->at) + 1;
    case 2:
        return block->bytes / 2 + 1;
    case 3:
        return block->bytes < 4 << 20 ? block->bytes * 3 / 2 + 16 : 100;
    default:
        return random_bytes(me) + 1;
    }
}

static void resize(struct walker *me, struct block *block)
{
    const unsigned epoch = epoch_now();
    const size_t bytes = resized_bytes(me, block), before = block->bytes;
    verify(block, before, "contents lost, before realloc");
    errno = KEPT_ERRNO;
    void *given =
        bytes % 4 == 0 ? reallocarray(block->at, bytes / 4, 4) : realloc(block->at, bytes);
    if (given == NULL) {
        PROMISE(errno == ENOMEM && may_fail(epoch), "realloc refused with memory left", block);
        verify(block, before, "contents lost, at a realloc that failed");
        return;
    }
    block->at = given;
    verify(block, before < bytes ? before : bytes, "contents lost, after realloc");
    block->bytes = bytes;
    block->alignment = 16;
    block->key = next_random(&me->random) | 1;
    PROMISE(is_given(block, given, epoch, 0), "no block", block);
    fill(block);
}

/* ---- requests that fail, and what is no block's ---- */

static void ask_for_too_much(struct walker *me)
{
    volatile size_t bytes = PTRDIFF_MAX / 2 + (size_t)(next_random(&me->random) % 1000) * 16;
    const struct block none = {.bytes = bytes};
    void *given = NULL;
    errno = 0;
    switch (next_random(&me->random) % 6) {
    case 0:
        given = calloc(bytes / 2, 2);
        break;
    case 1:
        given = aligned_alloc(4096, bytes & ~(size_t)4095);
        break;
    case 2:
        errno = posix_memalign(&given, 64, bytes);
        given = errno == 0 ? given : NULL;
        break;
    case 3:
        given = reallocarray(NULL, bytes, 8);
        break;
    default:
        given = malloc(bytes);
    }
    PROMISE(given == NULL && errno == ENOMEM, "too much was not refused", &none);
}

static void ask_about_all(struct walker *me)
{
    switch (next_random(&me->random) % 16) {
    case 0:
        malloc_trim((size_t)(next_random(&me->random) % 100000));
        break;
    case 1:
        PROMISE(mallinfo2().uordblks < (size_t)1 << 40, "mallinfo2 is nonsense", NULL);
        break;
    case 2:
        (void)mallopt(M_TRIM_THRESHOLD, 128 << 10);
        break;
    case 3:
        (void)mallopt(M_MMAP_THRESHOLD, 128 << 10);
        break;
    case 4:
        if (me->depth == 0)
            (void)malloc_info(0, null_file);
        break;
    case 5:
        if (me->depth == 0)
            malloc_stats();
        break;
    default:
        PROMISE(malloc_usable_size(NULL) == 0, "NULL is usable", NULL);
        free(NULL);
    }
}

/* ---- limits, forks, threads ---- */

static void limit_for_a_while(struct walker *me)
{
    unsigned epoch = epoch_now();
    if (!mode->has_limits || epoch % 2 != 0 ||
        !atomic_compare_exchange_strong(&limit_epoch, &epoch, epoch + 1))
        return;
    limit_to_use_and(8);
    usleep((unsigned)(next_random(&me->random) % 3000));
    for (int i = 0; i < 40; i++) {
        struct block *block = &blocks[me->mine[i % SLOTS]];
        if (block->at != NULL)
            release(me, block);
        make(me, block);
    }
    lift_limit();
    atomic_fetch_add(&limit_epoch, 1);
}

static void walk(struct walker *me, long steps);

static void *walk_in_child(void *walker)
{
    walk(walker, 400);
    return NULL;
}

/* The limit, if there is one, was set by a thread that is not here. After _Fork no thread is made:
 * another may have had the C library's lock of stacks, which only fork() makes anew. */
static void be_child(struct walker *me, int may_make_threads)
{
    pthread_t thread;
    if (epoch_now() % 2 != 0) {
        lift_limit();
        atomic_fetch_add(&limit_epoch, 1);
    }
    me->depth++;
    me->random += (uint64_t)getpid() * UINT64_C(0x9E3779B97F4A7C15);
    walk(me, (long)(next_random(&me->random) % 1500));
    if (next_random(&me->random) % 3 == 0 && may_make_threads &&
        pthread_create(&thread, &small_stack, walk_in_child, me) == 0)
        pthread_join(thread, NULL);
    for (int i = 0; i < SLOTS; i++)
        if (blocks[me->mine[i]].at != NULL)
            release(me, &blocks[me->mine[i]]);
    _exit(0);
}

/* Of a child that has not ended by now; looks: at its clock, as it was. Time that passes is no
 * sign: a machine may have better to do. But a child that could run would have done so in one of a
 * thousand turns of its parent, and one that waits for its own child looks at that, as here. */
static int is_hung(pid_t child, struct timespec *before, int *looks)
{
    struct timespec now;
    clockid_t clock;
    if (clock_getcpuclockid(child, &clock) != 0 || clock_gettime(clock, &now) != 0)
        return 0;
    *looks = memcmp(&now, before, sizeof now) == 0 ? *looks + 1 : 0;
    *before = now;
    return *looks > MOST_LOOKS || now.tv_sec > MOST_CPU_S;
}

static int status_of(pid_t child)
{
    struct timespec before = {0};
    int status = -1, looks = 0;
    for (useconds_t pause_us = 50;; pause_us = pause_us < LOOK_US ? pause_us * 2 : pause_us) {
        const pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child)
            return status;
        PROMISE(ended == 0 || errno == EINTR, "a child is lost", NULL);
        if (pause_us >= LOOK_US && is_hung(child, &before, &looks))
            kill(child, SIGALRM);
        usleep(pause_us);
    }
}

static void fork_and_wait(struct walker *me)
{
    if (me->depth >= MOST_DEPTH)
        return;
    const int raw = is_hakmem && next_random(&me->random) % 4 == 0;
    const pid_t child = raw ? _Fork() : fork();
    if (child == 0)
        be_child(me, !raw);
    if (child < 0) {
        PROMISE(errno == ENOMEM || errno == EAGAIN, "fork failed", NULL);
        return;
    }
    const int status = status_of(child);
    if (status == 0)
        return;
    dprintf(said_to, "walk: a child, %d forks deep, was %s\n", me->depth + 1,
            status == SIGALRM ? "hung" : end_of(status));
    broken_promise("a child ended badly", NULL);
}

static void exchange(struct walker *me, size_t slot)
{
    const size_t place = (size_t)(next_random(&me->random) % POOL);
    me->mine[slot] = atomic_exchange(&pool[place], me->mine[slot]);
    const struct block *block = &blocks[me->mine[slot]];
    if (block->at != NULL)
        verify(block, block->bytes, "contents lost, on the way to another thread");
}

static void rare_step(struct walker *me)
{
    const unsigned what = (unsigned)(next_random(&me->random) % 64);
    if (what == 0)
        fork_and_wait(me);
    else if (what == 1)
        limit_for_a_while(me);
    else if (what < 20)
        ask_for_too_much(me);
    else
        ask_about_all(me);
}

static void walk(struct walker *me, long steps)
{
    for (long i = 0; i < steps && (me->depth > 0 || !atomic_load(&is_over)); i++) {
        const size_t slot = (size_t)(next_random(&me->random) % SLOTS);
        const unsigned what = (unsigned)(next_random(&me->random) % 128);
        struct block *block = &blocks[me->mine[slot]];
        if (what == 0)
            rare_step(me);
        else if (what < 16)
            exchange(me, slot);
        else if (block->at == NULL)
            make(me, block);
        else if (what < 70)
            release(me, block);
        else if (what < 96)
            resize(me, block);
        else
            verify(block, block->bytes, "contents lost, in use");
    }
}

/* Threads end and start; what one left the next one owns. */
static void *live(void *walker)
{
    struct walker *me = walker;
    walk(me, 2000 + (long)(next_random(&me->random) % 40000));
    return NULL;
}

static void *keep_alive(void *walker)
{
    pthread_t thread;
    while (!atomic_load(&is_over))
        if (pthread_create(&thread, &small_stack, live, walker) == 0)
            pthread_join(thread, NULL);
        else
            usleep(1000);
    return NULL;
}

static void *wake_up(void *seconds)
{
    usleep((unsigned)(*(double *)seconds * 1e6));
    atomic_store(&is_over, 1);
    return NULL;
}

static int walk_mode(double seconds)
{
    pthread_t clock, threads[MOST_THREADS];
    unsigned next = 0;
    is_hakmem = dlsym(RTLD_DEFAULT, "hak_malloc") != NULL;
    *(void **)&free_sized_of_c23 = dlsym(RTLD_DEFAULT, "free_sized");
    CHECK(pthread_attr_init(&small_stack) == 0 &&
          pthread_attr_setstacksize(&small_stack, 256 << 10) == 0);
    null_file = fopen("/dev/null", "w");
    said_to = dup(STDERR_FILENO);
    CHECK(null_file != NULL && said_to >= 0 && dup2(fileno(null_file), STDERR_FILENO) >= 0);
    for (int i = 0; i < POOL; i++)
        pool[i] = next++;
    for (int i = 0; i < mode->threads; i++) {
        walkers[i].random = seed * 1000003 + (uint64_t)i * 7919 + 1;
        for (int j = 0; j < SLOTS; j++)
            walkers[i].mine[j] = next++;
    }
    CHECK(pthread_create(&clock, &small_stack, wake_up, &seconds) == 0);
    for (int i = 0; i < mode->threads; i++)
        CHECK(pthread_create(&threads[i], &small_stack, keep_alive, &walkers[i]) == 0);
    for (int i = 0; i < mode->threads; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(pthread_join(clock, NULL) == 0);
    for (unsigned i = 0; i < next; i++)
        if (blocks[i].at != NULL)
            release(&walkers[0], &blocks[i]);
    return 0;
}

/* In a child, which starts again, so that the allocator starts in that mode: filter, variable. */
static void start_mode(const char *program, double seconds)
{
    char seconds_word[32], seed_word[32];
    int filter = 0;
    snprintf(seconds_word, sizeof seconds_word, "%g", seconds);
    snprintf(seed_word, sizeof seed_word, "%llu", (unsigned long long)seed);
    if (mode->variable != NULL)
        setenv(mode->variable, "1", 1);
    if (mode->refused_call == -2)
        filter = refuse_large(SYS_mmap, LARGE_MMAP, PROT_WRITE, ENOMEM);
    else if (mode->refused_call >= 0)
        filter =
            refuse_call(mode->refused_call, mode->refused_call == SYS_madvise ? EINVAL : ENOMEM);
    if (filter == 0)
        execl("/proc/self/exe", program, seconds_word, seed_word, mode->name, (char *)NULL);
    _exit(77);
}

static int run_all(const char *program, double seconds)
{
    int bad = 0;
    for (int i = 0; i < MODES; i++) {
        int status = -1;
        mode = &modes[i];
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            start_mode(program, seconds / MODES);
        CHECK(waitpid(child, &status, 0) == child);
        if (status == 0)
            continue;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
            printf("mode %s is not possible here\n", mode->name);
            continue;
        }
        fprintf(stderr, "walk: mode %s, seed %llu: %s\n", mode->name, (unsigned long long)seed,
                end_of(status));
        bad++;
    }
    return bad != 0;
}

int main(int argc, char **argv)
{
    /* Never less: a walk finds what it finds by its length, above all where equations are checked.
     */
    const double seconds = argc > 1 ? atof(argv[1]) : 4.0 * (stress() < 1 ? 1 : stress());
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : ((uint64_t)time(NULL) << 8 | 1);
    CHECK(seconds > 0);
    if (argc <= 3) {
        printf("seed %llu\n", (unsigned long long)seed);
        fflush(stdout);
        return run_all(argv[0], seconds);
    }
    for (int i = 0; i < MODES; i++)
        if (strcmp(modes[i].name, argv[3]) == 0)
            mode = &modes[i];
    CHECK(mode != NULL);
    return walk_mode(seconds);
}
