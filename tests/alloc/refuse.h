/* Makes the kernel refuse system calls from here on, also in what is exec'ed: a seccomp filter.
 * Never more than the calls that are named; what is refused fails with the errno that is named.
 * Read next: madvise_may_be_refused.c, the shortest use. */
#ifndef REFUSE_H
#define REFUSE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define REFUSE_LOAD(field)                                                                         \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
#define REFUSE_RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))

static inline int refuse_by(struct sock_filter *rules, size_t count)
{
    const struct sock_fprog program = {.len = (unsigned short)count, .filter = rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* 0, or -1 where filters are not allowed. */
static inline int refuse_call(long number, int with_errno)
{
    struct sock_filter rules[] = {
        REFUSE_LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        REFUSE_RETURN(SECCOMP_RET_ERRNO | (unsigned)with_errno),
        REFUSE_RETURN(SECCOMP_RET_ALLOW),
    };
    return refuse_by(rules, sizeof rules / sizeof rules[0]);
}

/* A call of which the low half of an argument, counted from 0, passes the test (BPF_JEQ, BPF_JSET)
 * against the value. */
static inline int refuse_where(long number, unsigned argument, unsigned short test, unsigned value,
                               int with_errno)
{
    struct sock_filter rules[] = {
        REFUSE_LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
        REFUSE_LOAD(args[argument]),
        BPF_JUMP((unsigned short)(BPF_JMP | test | BPF_K), value, 0, 1),
        REFUSE_RETURN(SECCOMP_RET_ERRNO | (unsigned)with_errno),
        REFUSE_RETURN(SECCOMP_RET_ALLOW),
    };
    return refuse_by(rules, sizeof rules / sizeof rules[0]);
}

/* A call whose second argument, a length below 4 GiB or not, is `bytes` (a power of two) or more
 * and whose third has a bit of `protection`: what strict accounting of memory refuses. */
static inline int refuse_large(long number, unsigned bytes, unsigned protection, int with_errno)
{
    struct sock_filter rules[] = {
        REFUSE_LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 6),
        REFUSE_LOAD(args[2]), /* the low half: x86-64 and aarch64 are little-endian */
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, protection, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, args[1]) + 4),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0, 3, 0),
        REFUSE_LOAD(args[1]),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, bytes, 1, 0),
        REFUSE_RETURN(SECCOMP_RET_ALLOW),
        REFUSE_RETURN(SECCOMP_RET_ERRNO | (unsigned)with_errno),
    };
    return refuse_by(rules, sizeof rules / sizeof rules[0]);
}

#endif
