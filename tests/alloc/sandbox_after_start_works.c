/* Also: in a sandbox entered after the start, malloc lives on the calls that the C library's needs
 * Group: limits
 * Means: programs that lock themselves in after the start are killed for a system call
 * All else ends the process, at once: no mprotect, no limits, no prctl, no scheduler. Small, large
 * and aligned blocks of hundreds of MiB, threads' blocks, frees, trims; from two threads. */
#include "forks.h"

#include "refuse.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

enum { SMALL = 600000, LARGE = 50, MIDDLE = 14000, MIDDLE_BYTES = 100000 };

static const int allowed[] = {
    SYS_read,   SYS_write,          SYS_close,           SYS_mmap,      SYS_munmap,
    SYS_brk,    SYS_futex,          SYS_exit_group,      SYS_exit,      SYS_madvise,
    SYS_mremap, SYS_clock_gettime,  SYS_clock_nanosleep, SYS_nanosleep, SYS_getrandom,
    SYS_fstat,  SYS_rt_sigprocmask, SYS_rt_sigreturn,
};

static void **blocks;
static size_t small; /* how many of these: SMALL, or less */
static pthread_barrier_t gate;

/* All threads. */
static int enter_sandbox(void)
{
    enum { CALLS = sizeof allowed / sizeof allowed[0] };
    struct sock_filter rules[CALLS + 3] = {REFUSE_LOAD(nr)};
    for (unsigned i = 0; i < CALLS; i++)
        rules[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i],
                                                    (unsigned char)(CALLS - i), 0);
    rules[CALLS + 1] = (struct sock_filter)REFUSE_RETURN(SECCOMP_RET_KILL_PROCESS);
    rules[CALLS + 2] = (struct sock_filter)REFUSE_RETURN(SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {.len = CALLS + 3, .filter = rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

static void use_small(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        blocks[i] = i % 4 == 3 ? calloc(1, 400) : malloc(i % 900 + 1);
        CHILD_CHECK(blocks[i] != NULL, 11);
        *(char *)blocks[i] = (char)i;
    }
    for (size_t i = from; i < to; i++)
        CHILD_CHECK(*(char *)blocks[i] == (char)i, 12);
}

/* 1.4 GiB of address space, little of it touched. */
static void use_middle(void)
{
    void **last = NULL;
    for (long i = part_of(MIDDLE); i > 0; i--) {
        void **block = malloc(MIDDLE_BYTES);
        CHILD_CHECK(block != NULL, 16);
        *block = last;
        last = block;
    }
    while (last != NULL) {
        void **block = last;
        last = *block;
        free(block);
    }
}

static void use_large(void)
{
    for (size_t i = 1; i < LARGE; i++) {
        void *aligned = NULL;
        char *block = malloc(200000 * i);
        CHILD_CHECK(block != NULL, 13);
        block[0] = 1;
        block = realloc(block, 300000 * i);
        CHILD_CHECK(block != NULL && block[0] == 1, 13);
        block[200000] = 1;
        block = realloc(block, 1000);
        free(block);
        CHILD_CHECK(posix_memalign(&aligned, (size_t)4096 << i % 10, 100000 * i) == 0, 14);
        free(aligned);
    }
}

/* Made before the sandbox is entered; its blocks are freed by the other, and by it the other's. */
static void *be_second(void *unused)
{
    use_small(0, small / 4);
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
    for (size_t i = small / 4; i < small / 2; i++)
        free(blocks[i]);
    use_large();
    use_small(small / 4, small / 2);
    return unused;
}

static void be_sandboxed(void *unused)
{
    pthread_t second;
    (void)unused;
    CHECK(pthread_barrier_init(&gate, NULL, 2) == 0);
    CHECK(pthread_create(&second, NULL, be_second, NULL) == 0);
    free(malloc(100));
    use_small(small / 4, small / 2);
    pthread_barrier_wait(&gate);
    if (enter_sandbox() != 0)
        _exit(77);
    pthread_barrier_wait(&gate);
    use_small(small / 2, small);
    use_middle();
    use_large();
    for (size_t i = 0; i < small / 4; i++)
        free(blocks[i]);
    for (size_t i = small / 2; i < small; i++)
        free(blocks[i]);
    malloc_trim(0);
    for (size_t i = 0; i < 1000000; i++)
        free(malloc(100 + i % 500));
    use_large();
    CHILD_CHECK(pthread_join(second, NULL) == 0, 15);
}

int main(void)
{
    struct forks forks = {0};
    mallopt(M_ARENA_MAX, 1); /* the C library's other arenas grow by mprotect */
    small = (size_t)part_of(SMALL);
    blocks = mmap(NULL, SMALL * sizeof *blocks, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                  -1, 0);
    CHECK(blocks != MAP_FAILED);
    child_ends_well(&forks, BY_FORK, be_sandboxed, NULL);
    return verdict(&forks);
}
