/* Every step of hakmem: a thread is stopped right before each store to what others see, and there
 *   fork     the process forks; the child frees, resizes and allocates at every size, and ends
 * well; others   other threads work on, and then the stopped one goes on; refuse   the next memory
 * system call is refused; fork twice  the same, by a raw system call, and the child forks again;
 *   fork itself  the thread forks right there, as in a signal's handler, and the child goes on.
 * Needs the debug build, by LD_PRELOAD. Takes the seed and the number of rounds; prints each step
 * that went wrong, and closes with "N passed, N failed".
 * Read next: allocators/hakmem/debug.h. */
#include "../promise.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { STEPS_MAX = 512, OLD = 60, MINE = 300, CHILD_S = 30 };

static void (*set_hook)(void (*hook)(const char *file, int line));
static void (*refuse_next)(void);
static bool (*is_valid)(void);

/* ---- steps ---- */

struct step {
    const char *file;
    int line;
    unsigned seen; /* times the worker came by, in all */
};
/* Shared with the children that try them. */
static struct {
    atomic_uint count;
    struct step at[STEPS_MAX];
} * steps;

static enum { LEARN, STOP, REFUSE, FORK } mode;
static unsigned target, visits_left;
static sem_t go_on;
static atomic_bool is_stopped;
static __thread bool is_worker;
static bool is_child_of_itself;
static int status_of_child;

/* The child goes on with the call that it is in the middle of. */
static void fork_here(void)
{
    const pid_t child = target % 2 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        is_child_of_itself = true;
        alarm(CHILD_S);
    } else if (waitpid(child, &status_of_child, 0) != child) {
        status_of_child = -1;
    }
}

static unsigned index_of(const char *file, int line)
{
    const unsigned count = steps->count;
    for (unsigned i = 0; i < count; i++) {
        if (steps->at[i].line == line && steps->at[i].file == file)
            return i;
    }
    CHECK(count < STEPS_MAX);
    steps->at[count] = (struct step){.file = file, .line = line};
    steps->count = count + 1;
    return count;
}

static void on_step(const char *file, int line)
{
    if (!is_worker)
        return;
    const unsigned i = index_of(file, line);
    if (mode == LEARN)
        steps->at[i].seen++;
    if (mode == LEARN || i != target || visits_left == 0 || --visits_left > 0)
        return;
    if (mode == REFUSE) {
        refuse_next();
        return;
    }
    if (mode == FORK) {
        fork_here();
        return;
    }
    is_stopped = true;
    while (sem_wait(&go_on) != 0) {
    }
}

/* ---- loads ---- */

struct old {
    unsigned char *block;
    size_t bytes;
};
static struct old old[OLD]; /* made before all, by the worker and by main */

static size_t size_at(uint64_t random)
{
    static const size_t most[] = {16, 100, 1000, 9000, 60000, 131072, 300000, 3000000};
    return 1 + (size_t)(random >> 8) % most[random % 8];
}

static void fill(unsigned char *block, size_t bytes)
{
    memset(block, (int)(bytes % 251), bytes < 2000 ? bytes : 2000);
    block[bytes - 1] = (unsigned char)(bytes % 251);
}

static int is_intact(const unsigned char *block, size_t bytes)
{
    for (size_t i = 0; i < bytes && i < 2000; i++) {
        if (block[i] != bytes % 251)
            return 0;
    }
    return block[bytes - 1] == bytes % 251;
}

/* A few of everything. Requests may fail only where may_fail says so. */
static void work(uint64_t seed, unsigned rounds, bool may_fail)
{
    unsigned char *blocks[MINE] = {NULL};
    size_t bytes[MINE] = {0};
    for (unsigned i = 0; i < rounds; i++) {
        const unsigned at = (unsigned)(next_random(&seed) >> 32) % MINE;
        if (blocks[at] != NULL) {
            CHECK(is_intact(blocks[at], bytes[at]));
            if (next_random(&seed) >> 62 == 0) {
                const size_t size = size_at(next_random(&seed));
                unsigned char *moved = realloc(blocks[at], size);
                CHECK(moved != NULL || may_fail);
                if (moved == NULL)
                    continue;
                blocks[at] = moved;
                fill(moved, bytes[at] = size);
                continue;
            }
            free(blocks[at]);
            blocks[at] = NULL;
            continue;
        }
        bytes[at] = size_at(next_random(&seed));
        const unsigned how = (unsigned)(next_random(&seed) >> 60);
        blocks[at] = how == 0   ? calloc(1, bytes[at])
                     : how == 1 ? memalign(8192, bytes[at])
                                : malloc(bytes[at]);
        CHECK(blocks[at] != NULL || may_fail);
        if (blocks[at] != NULL)
            fill(blocks[at], bytes[at]);
        if (i % 200 == 199)
            malloc_trim(0);
        if (i % 150 == 149)
            CHECK(malloc(PTRDIFF_MAX / 2) == NULL);
    }
    for (unsigned at = 0; at < MINE; at++) {
        if (blocks[at] != NULL)
            CHECK(is_intact(blocks[at], bytes[at]));
        free(blocks[at]);
    }
}

static void make_old(uint64_t *seed)
{
    for (unsigned i = 0; i < OLD; i++) {
        old[i].bytes = size_at(next_random(seed));
        old[i].block = malloc(old[i].bytes);
        if (old[i].block != NULL)
            fill(old[i].block, old[i].bytes);
    }
}

static void *make_half(void *seed)
{
    make_old(seed);
    return NULL;
}

static void free_old(bool check)
{
    for (unsigned i = 0; i < OLD; i++) {
        if (old[i].block != NULL && check)
            CHECK(is_intact(old[i].block, old[i].bytes));
        free(old[i].block);
        old[i].block = NULL;
    }
}

static uint64_t worker_seed;

/* What another thread made, and what is left of its heap takes back. */
static void free_half_of_old(void)
{
    for (unsigned i = 0; i < OLD; i += 2) {
        void *block = old[i].block;
        old[i].block = NULL; /* a child does not free it, wherever this thread is */
        free(block);
    }
}

static sem_t begin;
static pthread_t others[3];

static void *other(void *seed)
{
    while (sem_wait(&begin) != 0) {
    }
    work((uintptr_t)seed, 500, false);
    return NULL;
}

/* Before the worker stops: to make a thread takes memory, and he may have the lock. */
static void make_others(uint64_t seed)
{
    CHECK(sem_init(&begin, 0, 0) == 0);
    for (size_t i = 0; i < 3; i++)
        CHECK(pthread_create(&others[i], NULL, other, (void *)(uintptr_t)(seed + i)) == 0);
}

/* at_start: posted when they are at work, or NULL. */
static void run_others(sem_t *at_start)
{
    for (int i = 0; i < 3; i++)
        sem_post(&begin);
    if (at_start != NULL) {
        usleep(20000); /* they may wait for the lock that the stopped one has */
        sem_post(at_start);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(others[i], NULL);
}

static void end_child_of_itself(void)
{
    make_others(worker_seed);
    run_others(NULL);
    CHECK(is_valid());
    _exit(0);
}

/* Also a thread's start and end are steps of the worker, and messages to a sleeping heap. */
static void *worker(void *unused)
{
    is_worker = true;
    free_half_of_old();
    work(worker_seed, 1500, mode == REFUSE);
    if (is_child_of_itself)
        end_child_of_itself();
    return unused;
}

/* ---- what is done there ---- */

static int child_is_right(uint64_t seed, int generations)
{
    int status = -1;
    const pid_t child = generations % 2 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        alarm(CHILD_S);
        CHECK(malloc(PTRDIFF_MAX / 2) == NULL);
        free_old(true);
        work(seed, 800, false);
        CHECK(is_valid == NULL || is_valid());
        _exit(generations > 1 && child_is_right(seed + 1, generations - 1) == 0 ? 1 : 0);
    }
    if (waitpid(child, &status, 0) != child)
        return 0;
    if (status != 0)
        fprintf(stderr, "a child %s\n", end_of(status));
    return status == 0;
}

/* Of the process that the worker is stopped in, at step `number`, the `visit`th time. */
static int try_step(unsigned number, unsigned visit, const char *what, uint64_t seed)
{
    pthread_t thread, maker;
    uint64_t half = seed + 7;
    int is_right = 1;
    target = number;
    visits_left = visit;
    mode = strcmp(what, "refuse") == 0 ? REFUSE : strcmp(what, "fork itself") == 0 ? FORK : STOP;
    worker_seed = seed;
    is_stopped = false;
    CHECK(pthread_create(&maker, NULL, make_half, &half) == 0);
    pthread_join(maker, NULL);
    if (strcmp(what, "others") == 0)
        make_others(seed + 3);
    set_hook(on_step);
    CHECK(pthread_create(&thread, NULL, worker, NULL) == 0);
    while (!is_stopped && pthread_tryjoin_np(thread, NULL) != 0)
        usleep(1000);
    if (is_stopped && strcmp(what, "others") == 0) {
        run_others(&go_on);
    } else if (is_stopped) {
        is_right = child_is_right(seed + 5, strcmp(what, "fork") == 0 ? 1 : 2);
        sem_post(&go_on);
    }
    if (is_stopped)
        pthread_join(thread, NULL);
    set_hook(NULL);
    free_old(true);
    CHECK(is_valid());
    if (status_of_child != 0)
        fprintf(stderr, "the child %s\n", end_of(status_of_child));
    return is_right && status_of_child == 0;
}

/* Each in a process of its own: what one did wrong does not meet the next. */
static int try_apart(unsigned number, unsigned visit, const char *what, uint64_t seed)
{
    int status = -1;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        alarm(2 * CHILD_S);
        _exit(try_step(number, visit, what, seed) ? 0 : 1);
    }
    waitpid(child, &status, 0);
    if (status == 0)
        return 1;
    fprintf(stderr, "%s:%d, visit %u, %s, seed %llu: %s\n", steps->at[number].file,
            steps->at[number].line, visit, what, (unsigned long long)seed, end_of(status));
    return 0;
}

/* Which steps there are, and how often the worker comes by. In a child: the tries start afresh. */
static void learn(uint64_t seed)
{
    pthread_t thread, maker;
    const pid_t child = fork();
    if (child != 0) {
        waitpid(child, NULL, 0);
        return;
    }
    mode = LEARN;
    worker_seed = seed;
    CHECK(pthread_create(&maker, NULL, make_half, &seed) == 0);
    pthread_join(maker, NULL);
    set_hook(on_step);
    CHECK(pthread_create(&thread, NULL, worker, NULL) == 0);
    pthread_join(thread, NULL);
    _exit(0);
}

int main(int argc, char **argv)
{
    static const char *const whats[] = {"fork", "fork twice", "fork itself", "others", "refuse"};
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    const unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
    unsigned passed = 0, failed = 0;
    *(void **)&set_hook = dlsym(RTLD_DEFAULT, "hakmem_debug_hook");
    *(void **)&refuse_next = dlsym(RTLD_DEFAULT, "hakmem_debug_refuse_next");
    *(void **)&is_valid = dlsym(RTLD_DEFAULT, "hakmem_debug_valid");
    if (set_hook == NULL || refuse_next == NULL || is_valid == NULL)
        return skipped("not the debug build");
    sem_init(&go_on, 0, 0);
    printf("seed %llu\n", (unsigned long long)seed);
    steps = mmap(NULL, sizeof *steps, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(steps != MAP_FAILED);
    learn(seed);
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < steps->count; i++) {
            for (unsigned w = 0; w < sizeof whats / sizeof whats[0]; w++) {
                const unsigned seen = steps->at[i].seen > 0 ? steps->at[i].seen : 1;
                const unsigned visit = 1 + (unsigned)(next_random(&seed) >> 33) % seen;
                if (try_apart(i, visit, whats[w], next_random(&seed) >> 16))
                    passed++;
                else
                    failed++;
            }
        }
    }
    printf("%u steps\n%u passed, %u failed\n", steps->count, passed, failed);
    return failed != 0;
}
