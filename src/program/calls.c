/* The filter of memory system calls: see calls.h. */
#include "program/calls.h"

#include "host/hostfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

static const int numbers[HB_SYSCALL_COUNT] = {
#define HB_SYSCALL_NUMBER(name) [HB_SYSCALL_##name] = SYS_##name,
    HB_SYSCALLS(HB_SYSCALL_NUMBER)
#undef HB_SYSCALL_NUMBER
};

scmp_filter_ctx hb_calls_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    /* A program of another architecture is not counted, but it is not killed either. */
    int status = filter ? seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW) : -1;
    for (unsigned i = 0; status == 0 && i < HB_SYSCALL_COUNT; i++)
        status = seccomp_rule_add(filter, SCMP_ACT_TRACE((uint16_t)i), numbers[i], 0);
    if (status == 0)
        return filter;
    seccomp_release(filter);
    return NULL;
}

/* The first brk, which asks where the break is, moves nothing. */
static uint64_t bytes_of(unsigned long which, const uint64_t *arguments, uint64_t *last_break)
{
    if (which == HB_SYSCALL_mremap)
        return arguments[2];
    if (which != HB_SYSCALL_brk)
        return arguments[1];
    const uint64_t before = *last_break, now = arguments[0];
    if (now == 0)
        return 0;
    *last_break = now;
    return before == 0 ? 0 : now > before ? now - before : before - now;
}

bool hb_calls_read(pid_t pid, enum hb_syscall *which, uint64_t *bytes, uint64_t *last_break)
{
    unsigned long message = HB_SYSCALL_COUNT;
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message) != 0 || message >= HB_SYSCALL_COUNT)
        return false;
    *which = (enum hb_syscall)message;
    *bytes = 0;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) > 0 &&
        info.op == PTRACE_SYSCALL_INFO_SECCOMP)
        *bytes = bytes_of(message, info.seccomp.args, last_break);
    return true;
}

/* The 47th word of its stat: the 45th behind the name. */
uint64_t hb_calls_first_break(pid_t pid)
{
    char path[64], text[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const char *word = hb_host_text("", path, text, sizeof text) ? strrchr(text, ')') : NULL;
    for (unsigned i = 0; word && i < 45; i++)
        word = strchr(word + 1, ' ');
    return word ? strtoull(word, NULL, 10) : 0;
}
