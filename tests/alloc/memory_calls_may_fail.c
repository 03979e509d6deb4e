/* Also: whichever memory system call fails, once or from there on, the program ends well.
 * Group: limits
 * Means: a memory call that the kernel refuses once crashes the program, or costs data
 * Limit: 150 s
 *   memory_calls_may_fail              every n: the n-th call fails, then: the n-th and all later;
 *                                      with ALLOC_STRESS below 1 a part of them, others each time
 *   memory_calls_may_fail once|on N    that run alone, with what it writes
 * Runs a small program (itself, "target") under ptrace and a filter that stops at each mmap,
 * munmap, mremap, madvise, mprotect and brk of it, its threads and its children, and answers
 * ENOMEM. To end well is: NULL where there was no memory, all contents whole, exit status 0. What
 * fails before main is the loader's to report, with status 127. */
#include "refuse.h"

#include "figures.h"

#include <elf.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/* ---- the target: many ways to use malloc; NULL is an answer, a lost byte is not ---- */

enum { SMALL = 1500, LARGE = 6, ENOUGH_BAD = 3 };
enum {
    END_OK = 0,
    END_ERRNO = 3,
    END_CONTENT,
    END_DIRTY,
    END_CHILD,
    END_NO_RECOVERY,
    END_LOADER = 127
};

static void *checked(void *block)
{
    if (block == NULL && errno != ENOMEM)
        _exit(END_ERRNO);
    return block;
}

/* Pages of the first 64 KiB, then one in 16: what is lost is lost in runs, and a page costs more
 * than all else here. */
static size_t next_page(size_t at)
{
    return at < 65536 ? at + 4096 : at + 65536;
}

/* A mark at the start of these pages and at the end. */
static void mark(unsigned char *block, size_t bytes, unsigned char value)
{
    for (size_t at = 0; at < bytes; at = next_page(at))
        block[at] = value;
    block[bytes - 1] = value;
}

static void must_hold(const unsigned char *block, size_t bytes, unsigned char value, int end)
{
    for (size_t at = 0; at < bytes; at = next_page(at))
        if (block[at] != value)
            _exit(end);
    if (block[bytes - 1] != value)
        _exit(end);
}

static void use_small(void)
{
    unsigned char *blocks[SMALL];
    for (size_t i = 0; i < SMALL; i++) {
        blocks[i] = checked(malloc(i % 1500 + 1));
        if (blocks[i] != NULL)
            mark(blocks[i], i % 1500 + 1, (unsigned char)i);
    }
    for (size_t i = 0; i < SMALL; i++) {
        if (blocks[i] != NULL)
            must_hold(blocks[i], i % 1500 + 1, (unsigned char)i, END_CONTENT);
        free(blocks[i]);
    }
}

static void use_large(void)
{
    static const size_t sizes[LARGE] = {40000, 140000, 300000, 1500000, 9000000, 70000000};
    unsigned char *blocks[LARGE];
    for (size_t i = 0; i < LARGE; i++) {
        blocks[i] = checked(malloc(sizes[i]));
        if (blocks[i] != NULL)
            mark(blocks[i], i < 4 ? sizes[i] : 100000, (unsigned char)(i + 1));
    }
    for (size_t i = 0; i < LARGE; i++) {
        if (blocks[i] != NULL)
            must_hold(blocks[i], i < 4 ? sizes[i] : 100000, (unsigned char)(i + 1), END_CONTENT);
        free(blocks[i]);
    }
}

static void use_aligned(void)
{
    for (size_t alignment = 64; alignment <= 4u << 20; alignment *= 16)
        for (size_t bytes = 100; bytes < 1000000; bytes *= 90) {
            unsigned char *block = checked(aligned_alloc(alignment, bytes));
            if (block != NULL && (uintptr_t)block % alignment != 0)
                _exit(END_CONTENT);
            if (block != NULL)
                mark(block, bytes, 1);
            free(block);
        }
}

static void use_realloc(void)
{
    size_t bytes = 1000;
    unsigned char *block = checked(malloc(bytes));
    if (block == NULL)
        return;
    mark(block, bytes, 9);
    while (bytes < 6u << 20) {
        unsigned char *grown = checked(realloc(block, bytes * 4));
        block = grown != NULL ? grown : block; /* else as it was */
        must_hold(block, bytes, 9, END_CONTENT);
        if (grown == NULL)
            break;
        bytes *= 4;
        mark(block, bytes, 9);
    }
    unsigned char *shrunk = checked(realloc(block, 5000));
    block = shrunk != NULL ? shrunk : block;
    must_hold(block, bytes < 4097 ? bytes : 4097, 9, END_CONTENT);
    free(block);
}

static void use_calloc(void)
{
    for (size_t bytes = 1000; bytes < 4000000; bytes *= 15)
        for (int i = 0; i < 2; i++) { /* the second on what the first left */
            unsigned char *block = checked(calloc(1, bytes));
            if (block == NULL)
                continue;
            must_hold(block, bytes, 0, END_DIRTY);
            mark(block, bytes, 0xFF);
            free(block);
        }
}

static void use_all(void)
{
    use_small();
    use_large();
    use_aligned();
    use_realloc();
    use_calloc();
    malloc_trim(0);
}

static unsigned char *for_others[200];

static void *work(void *unused)
{
    use_small();
    use_large();
    for (size_t i = 0; i < 200; i++) {
        for_others[i] = checked(malloc(i * 10 + 1));
        if (for_others[i] != NULL)
            mark(for_others[i], i * 10 + 1, (unsigned char)i);
    }
    return unused;
}

static void use_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        return;
    use_small();
    pthread_join(thread, NULL);
    for (size_t i = 0; i < 200; i++) {
        if (for_others[i] != NULL)
            must_hold(for_others[i], i * 10 + 1, (unsigned char)i, END_CONTENT);
        free(for_others[i]);
    }
}

static void use_fork(void)
{
    int status = -1;
    const pid_t child = fork();
    if (child < 0)
        return;
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        use_small();
        use_large();
        use_realloc();
        _exit(END_OK);
    }
    if (waitpid(child, &status, 0) != child || status != 0)
        _exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : END_CHILD);
}

/* Where one call failed and no other will, memory is there again. */
static void must_recover(void)
{
    static const size_t sizes[] = {100, 5000, 200000, 5000000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *first = malloc(sizes[i]), *second = malloc(sizes[i]);
        if (first == NULL && second == NULL)
            _exit(END_NO_RECOVERY);
        free(first);
        free(second);
    }
}

static int target(const char *mode, int begun)
{
    alarm(CHILD_LIMIT_S);
    if (write(begun, "b", 1) != 1)
        return END_CHILD;
    use_all();
    use_thread();
    use_thread();
    use_fork();
    if (strcmp(mode, "once") == 0)
        must_recover();
    return END_OK;
}

/* ---- the driver ---- */

struct run {
    int from_on;       /* all from the n-th on, or the n-th alone */
    unsigned long n;   /* counted from 1; 0: none */
    unsigned long met; /* memory calls so far */
    long failed;       /* number of the first call that was made to fail; -1: none */
    pid_t pid;         /* the target's first process */
    int status;        /* its wait status, or of the first process or thread that crashed */
    int has_crashed, has_started, has_begun, is_counting;
};

static int is_verbose;

static int stop_at_memory_calls(void)
{
#define STOP_AT(name, rules_left) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, rules_left, 0)
    struct sock_filter rules[] = {
        REFUSE_LOAD(nr),
        STOP_AT(mmap, 6),
        STOP_AT(munmap, 5),
        STOP_AT(mremap, 4),
        STOP_AT(madvise, 3),
        STOP_AT(mprotect, 2),
        STOP_AT(brk, 1),
        REFUSE_RETURN(SECCOMP_RET_ALLOW),
        REFUSE_RETURN(SECCOMP_RET_TRACE),
    };
    return refuse_by(rules, sizeof rules / sizeof rules[0]);
}

static void start_target(const struct run *run, int begun)
{
    char number[20];
    snprintf(number, sizeof number, "%d", begun);
    if (!is_verbose) {
        const int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
    }
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(77);
    raise(SIGSTOP); /* until the driver's options are set */
    if (stop_at_memory_calls() != 0)
        _exit(77);
    execl("/proc/self/exe", "target", "target", run->from_on ? "on" : "once", number, (char *)NULL);
    _exit(77);
}

#if defined(__x86_64__)
#define CALL_NUMBER(registers)    ((registers)->orig_rax)
#define FIRST_ARGUMENT(registers) ((registers)->rdi)
#define FILE_ARGUMENT(registers)  ((int)(registers)->r8)
#define RESULT(registers)         ((registers)->rax)
#elif defined(__aarch64__)
#define CALL_NUMBER(registers)    ((registers)->regs[8])
#define FIRST_ARGUMENT(registers) ((registers)->regs[0])
#define FILE_ARGUMENT(registers)  ((int)(registers)->regs[4])
#define RESULT(registers)         ((registers)->regs[0])
#endif

static int get_registers(pid_t pid, struct user_regs_struct *registers)
{
    struct iovec part = {registers, sizeof *registers};
    return (int)ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &part);
}

static void set_registers(pid_t pid, struct user_regs_struct *registers)
{
    struct iovec part = {registers, sizeof *registers};
    CHECK(ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &part) == 0);
}

/* A call of number -1 is skipped, and the result is what stands there. */
static void skip_call(pid_t pid, struct user_regs_struct *registers)
{
#if defined(__x86_64__)
    registers->orig_rax = (unsigned long long)-1;
#elif defined(__aarch64__)
    int none = -1;
    struct iovec call = {&none, sizeof none};
    CHECK(ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &call) == 0);
#endif
    RESULT(registers) = (unsigned long long)-ENOMEM;
    set_registers(pid, registers);
}

/* brk tells failure by the old break: so it becomes brk(0), and the program finds its argument
 * where it was. */
static void ask_for_break(pid_t pid, struct user_regs_struct *registers)
{
    int status;
    const unsigned long long argument = FIRST_ARGUMENT(registers);
    FIRST_ARGUMENT(registers) = 0;
    set_registers(pid, registers);
    CHECK(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
    CHECK(waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
    CHECK(get_registers(pid, registers) == 0);
#if defined(__x86_64__)
    FIRST_ARGUMENT(registers) = argument;
#else
    (void)argument; /* the result stands there */
#endif
    set_registers(pid, registers);
}

static void on_memory_call(struct run *run, pid_t pid)
{
    struct user_regs_struct registers;
    if (get_registers(pid, &registers) != 0)
        return;
    const long number = (long)CALL_NUMBER(&registers);
    /* Up to the first file, the loader maps for itself, and cannot bear a failure. */
    if (number == SYS_mmap && FILE_ARGUMENT(&registers) >= 0)
        run->is_counting = 1;
    const int is_question = number == SYS_brk && FIRST_ARGUMENT(&registers) == 0;
    if (!run->is_counting || is_question)
        return;
    run->met++;
    if (run->n == 0 || run->met < run->n || (run->met > run->n && !run->from_on))
        return;
    if (run->failed < 0)
        run->failed = number;
    if (number == SYS_brk)
        ask_for_break(pid, &registers);
    else
        skip_call(pid, &registers);
}

static void on_stop(struct run *run, pid_t pid, int status)
{
    const int event = status >> 16, number = WSTOPSIG(status);
    if (event == PTRACE_EVENT_SECCOMP)
        on_memory_call(run, pid);
    else if (event == PTRACE_EVENT_EXEC)
        run->has_started = 1;
    const int is_ours = event != 0 || number == SIGTRAP || number == SIGSTOP;
    (void)ptrace(PTRACE_CONT, pid, NULL, (void *)(long)(is_ours ? 0 : number));
}

static void on_end(struct run *run, pid_t pid, int status)
{
    if (run->has_crashed)
        return; /* what else dies, dies of it */
    if (WIFSIGNALED(status))
        run->has_crashed = 1;
    if (pid == run->pid || run->has_crashed)
        run->status = status;
}

/* 0, or -1 where processes cannot be traced. */
static int go(struct run *run)
{
    int ends[2], status = 0;
    char begun;
    const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    CHECK(pipe(ends) == 0);
    run->met = 0;
    run->failed = -1;
    run->has_crashed = run->has_started = run->has_begun = run->is_counting = 0;
    run->pid = fork();
    CHECK(run->pid >= 0);
    if (run->pid == 0) {
        close(ends[0]);
        start_target(run, ends[1]);
    }
    close(ends[1]);
    if (waitpid(run->pid, &status, 0) != run->pid || !WIFSTOPPED(status)) {
        close(ends[0]);
        return -1;
    }
    CHECK(ptrace(PTRACE_SETOPTIONS, run->pid, NULL, (void *)options) == 0);
    CHECK(ptrace(PTRACE_CONT, run->pid, NULL, NULL) == 0);
    pid_t pid;
    while ((pid = waitpid(-1, &status, __WALL)) > 0)
        if (WIFSTOPPED(status))
            on_stop(run, pid, status);
        else
            on_end(run, pid, status);
    run->has_begun = read(ends[0], &begun, 1) == 1;
    close(ends[0]);
    return run->has_started ? 0 : -1;
}

static const char *reason(const struct run *run)
{
    static const char *const ends[] = {
        [END_ERRNO] = "NULL without ENOMEM",
        [END_CONTENT] = "a block's contents were lost",
        [END_DIRTY] = "calloc's memory was not zero",
        [END_CHILD] = "the forked child did not end well",
        [END_NO_RECOVERY] = "no memory although the calls succeed again",
    };
    const int end = WEXITSTATUS(run->status);
    if (WIFSIGNALED(run->status))
        return WTERMSIG(run->status) == SIGALRM ? "it hangs" : end_of(run->status);
    if (end < (int)(sizeof ends / sizeof ends[0]) && ends[end] != NULL)
        return ends[end];
    return end_of(run->status);
}

static int has_ended_well(const struct run *run)
{
    return run->status == 0 ||
           (!run->has_begun && WIFEXITED(run->status) && WEXITSTATUS(run->status) == END_LOADER);
}

static const char *name_of(long number)
{
    switch (number) {
    case SYS_mmap:
        return "mmap";
    case SYS_munmap:
        return "munmap";
    case SYS_mremap:
        return "mremap";
    case SYS_madvise:
        return "madvise";
    case SYS_mprotect:
        return "mprotect";
    case SYS_brk:
        return "brk";
    default:
        return "none";
    }
}

/* Every n, or one in so many, until a run meets no injection. Returns how many did not end well. */
static int all_of(int from_on)
{
    int bad = 0;
    const unsigned long each = stress() < 1 ? (unsigned long)(1 / stress()) : 1;
    struct run run = {.from_on = from_on, .n = (unsigned long)now_s() % each + 1};
    for (;; run.n += each) {
        CHECK(go(&run) == 0);
        if (!has_ended_well(&run)) {
            bad++;
            printf("%s %lu (%s%s): %s\n", from_on ? "on" : "once", run.n, name_of(run.failed),
                   run.has_begun ? "" : ", before main", reason(&run));
        }
        if (run.failed < 0 || bad == ENOUGH_BAD)
            break;
    }
    printf("%s: %lu calls, one in %lu, %d ended badly\n", from_on ? "on" : "once", run.n - 1, each,
           bad);
    return bad;
}

int main(int argc, char **argv)
{
    struct run plain = {.n = 0};
    if (argc == 4 && strcmp(argv[1], "target") == 0)
        return target(argv[2], atoi(argv[3]));
    if (argc == 3) {
        struct run run = {.from_on = strcmp(argv[1], "on") == 0, .n = strtoul(argv[2], NULL, 10)};
        is_verbose = 1;
        CHECK(go(&run) == 0);
        printf("%lu calls, failed: %s, begun: %d: %s\n", run.met, name_of(run.failed),
               run.has_begun, reason(&run));
        return !has_ended_well(&run);
    }
    if (go(&plain) != 0)
        return skipped("processes cannot be traced here");
    if (plain.status != 0 || plain.met < 10) {
        printf("with no failure: %lu calls, %s\n", plain.met, reason(&plain));
        return skipped("the program does not end well without a failure either");
    }
    const int bad = all_of(0) + all_of(1);
    if (bad != 0) {
        fprintf(stderr, "%d runs did not end well (see the log)\n", bad);
        return 1;
    }
    return 0;
}
