/* Trying what the machine grants: see probe.h.
 * The children call nothing that allocates or locks: this may be one of several threads. */
#include "host/probe.h"

#include "base/child.h"
#include "host/hostfile.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_WITHIN_S 3u
#define FILTER_MARK     7u

static bool because(char reason[HB_PROBE_REASON], const char *what, int errnum)
{
    (void)snprintf(reason, HB_PROBE_REASON, "%s: %s", what, strerror(errnum));
    return false;
}

static bool because_text(char reason[HB_PROBE_REASON], const char *what)
{
    (void)snprintf(reason, HB_PROBE_REASON, "%s", what);
    return false;
}

/* Why tracing is refused, where the system says so: the first of these that holds. */
static const char *tracing_hint(void)
{
    char status[4096], value[32];
    int64_t scope = 0;
    (void)hb_host_text("", "/proc/self/status", status, sizeof status);
    if (hb_host_field(status, "TracerPid", ':', value, sizeof value) && strcmp(value, "0") != 0)
        return " (strace or a debugger traces hakbench itself)";
    if (hb_host_number("", "/proc/sys/kernel/yama/ptrace_scope", &scope) && scope >= 2)
        return " (kernel.yama.ptrace_scope is 2 or 3)";
    if (hb_host_field(status, "Seccomp", ':', value, sizeof value) && strcmp(value, "2") == 0)
        return " (hakbench runs under a seccomp filter, as in some containers)";
    return "";
}

/* --- children -------------------------------------------------------------------------------- */

/* Exit status: 0, or the errno of what was refused. A child that nobody answers ends itself. */
static void prepare_child(pid_t parent)
{
    sigset_t none;
    hb_child_end_with(parent);
    (void)signal(SIGALRM, SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)alarm(ANSWER_WITHIN_S);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(errno);
    (void)kill(getpid(), SIGSTOP);
}

static void stopping_child(pid_t parent)
{
    prepare_child(parent);
    _exit(0);
}

static void filtered_child(pid_t parent)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | FILTER_MARK),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {.len = sizeof steps / sizeof steps[0], .filter = steps};
    prepare_child(parent);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        _exit(errno);
    (void)syscall(SYS_getppid);
    _exit(0);
}

/* --- the parent ------------------------------------------------------------------------------ */

static int wait_for(pid_t pid)
{
    int status;
    pid_t got;
    do
        got = waitpid(pid, &status, __WALL);
    while (got < 0 && errno == EINTR);
    return got == pid ? status : -1;
}

static int go_on(pid_t pid)
{
    return ptrace(PTRACE_CONT, pid, NULL, NULL) == 0 ? wait_for(pid) : -1;
}

/* Ends a child that is not yet gone. */
static void finish(pid_t pid, int status)
{
    if (status != -1 && (WIFEXITED(status) || WIFSIGNALED(status)))
        return;
    (void)kill(pid, SIGKILL);
    (void)wait_for(pid);
}

static bool stopped_by_filter(pid_t pid, int status)
{
    unsigned long mark = 0;
    return status != -1 && WIFSTOPPED(status) &&
           status >> 8 == (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8)) &&
           ptrace(PTRACE_GETEVENTMSG, pid, NULL, &mark) == 0 && mark == FILTER_MARK;
}

/* Starts a child and waits until it stands still; *status is how it does, or how it ended. */
static pid_t start(void (*child)(pid_t parent), int *status)
{
    const pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        child(parent);
    *status = pid > 0 ? wait_for(pid) : -1;
    return pid;
}

static bool stands_still(int status)
{
    return status != -1 && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP;
}

static bool ended_well(int status)
{
    return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool refused(int status)
{
    return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) != 0;
}

bool hb_probe_ptrace(char reason[HB_PROBE_REASON])
{
    int status;
    reason[0] = '\0';
    const pid_t pid = start(stopping_child, &status);
    if (pid < 0)
        return because(reason, "cannot start a process", errno);
    if (stands_still(status))
        status = go_on(pid);
    finish(pid, status);
    if (ended_well(status))
        return true;
    if (!refused(status))
        return because_text(reason, "a traced process does not stop and go on as it should");
    (void)snprintf(reason, HB_PROBE_REASON, "ptrace: %s%s", strerror(WEXITSTATUS(status)),
                   tracing_hint());
    return false;
}

/* The tracer must have its options set before the first filtered call: the child stops first. */
bool hb_probe_seccomp(char reason[HB_PROBE_REASON])
{
    int status;
    bool seen = false;
    if (!hb_probe_ptrace(reason))
        return false;
    const pid_t pid = start(filtered_child, &status);
    if (pid < 0)
        return because(reason, "cannot start a process", errno);
    if (stands_still(status) &&
        ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)PTRACE_O_TRACESECCOMP) == 0) {
        status = go_on(pid);
        seen = stopped_by_filter(pid, status);
        status = seen ? go_on(pid) : status;
    }
    finish(pid, status);
    if (seen && ended_well(status))
        return true;
    if (refused(status))
        return because(reason, "a seccomp filter is refused", WEXITSTATUS(status));
    return because_text(reason, "a seccomp filter does not stop its process for the tracer");
}

/* --- hardware counters ----------------------------------------------------------------------- */

static int open_cycles(void)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof attributes,
        .config = PERF_COUNT_HW_CPU_CYCLES,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static bool perf_refused(char reason[HB_PROBE_REASON], int errnum)
{
    int64_t paranoid = 0;
    if (errnum == ENOENT || errnum == EOPNOTSUPP || errnum == ENODEV)
        return because_text(reason, "this machine offers no hardware counters (a virtual machine "
                                    "without them?)");
    if (errnum == ENOSYS)
        return because_text(reason, "this kernel has no perf events");
    if ((errnum == EACCES || errnum == EPERM) &&
        hb_host_number("", "/proc/sys/kernel/perf_event_paranoid", &paranoid) && paranoid > 2) {
        (void)snprintf(reason, HB_PROBE_REASON,
                       "not allowed: kernel.perf_event_paranoid is %d, more than 2", (int)paranoid);
        return false;
    }
    return because(reason, "perf_event_open", errnum);
}

bool hb_probe_perf(char reason[HB_PROBE_REASON])
{
    uint64_t cycles = 0;
    reason[0] = '\0';
    const int fd = open_cycles();
    if (fd < 0)
        return perf_refused(reason, errno);
    for (volatile int i = 0; i < 100000; i++)
        ;
    const bool read_all = read(fd, &cycles, sizeof cycles) == (ssize_t)sizeof cycles;
    (void)close(fd);
    return (read_all && cycles > 0) || because_text(reason, "the cycle counter stands still");
}
