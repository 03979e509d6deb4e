/* A system call that is counted, and refused or passed on: how often does the allocator insist?
 * The kernel raises SIGSYS, whose handler answers. Not for calls that are made with all signals
 * blocked, as the C library does while threads start and end: the process would be killed.
 * Read next: refused_purges_are_few.c. */
#ifndef REFUSE_COUNT_H
#define REFUSE_COUNT_H

#include "promise.h"

#include "refuse.h"

#include <ucontext.h>

/* A last argument that no caller gives: the handler's own call, which the filter lets through. */
#define COUNTED 0x5ca1ab1e

static volatile long counted_calls;
static int counted_errno; /* 0: passed on */

static inline long call_again(siginfo_t *info, const mcontext_t *registers)
{
#if defined(__x86_64__)
    const greg_t *r = registers->gregs;
    return syscall(info->si_syscall, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8],
                   (long)COUNTED);
#else
    const unsigned long long *r = registers->regs;
    return syscall(info->si_syscall, r[0], r[1], r[2], r[3], r[4], (long)COUNTED);
#endif
}

static inline void answer_counted(int number, siginfo_t *info, void *context)
{
    mcontext_t *registers = &((ucontext_t *)context)->uc_mcontext;
    const int kept_errno = errno;
    long result = -counted_errno;
    (void)number;
    __atomic_fetch_add(&counted_calls, 1, __ATOMIC_RELAXED);
    if (counted_errno == 0) {
        result = call_again(info, registers);
        result = result == -1 ? -errno : result;
    }
    errno = kept_errno;
#if defined(__x86_64__)
    registers->gregs[REG_RAX] = result;
#else
    registers->regs[0] = (unsigned long long)result;
#endif
}

/* From here on: counts calls of that number; with_errno: refused with it, 0: passed on. 0, or -1
 * where filters are not allowed. */
static inline int count_call(long number, int with_errno)
{
    struct sigaction action = {.sa_sigaction = answer_counted, .sa_flags = SA_SIGINFO | SA_NODEFER};
    struct sock_filter rules[] = {
        REFUSE_LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
        REFUSE_LOAD(args[5]),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, COUNTED, 1, 0),
        REFUSE_RETURN(SECCOMP_RET_TRAP),
        REFUSE_RETURN(SECCOMP_RET_ALLOW),
    };
    counted_errno = with_errno;
    if (sigaction(SIGSYS, &action, NULL) != 0)
        return -1;
    return refuse_by(rules, sizeof rules / sizeof rules[0]);
}

/* So many small blocks made and freed, over a second, so that purges come due. Ends the test when
 * there were more calls than that: it would take minutes to say no. */
static inline void use_lightly(size_t count, unsigned long most_calls)
{
    for (size_t i = 0; i < count; i++) {
        void *block = malloc(16 + i % 500);
        HIDDEN(block);
        free(block);
        CHECK((unsigned long)counted_calls < most_calls);
        if (i % (count / 10) == 0)
            usleep(100000);
    }
}

#endif
