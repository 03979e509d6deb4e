/* Hardware counters and memory system calls: see counters.h. */
#include "run/counters.h"

#include "program/calls.h"
#include "worker/shm.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define L1_READ_MISSES                                                                             \
    (PERF_COUNT_HW_CACHE_L1D | PERF_COUNT_HW_CACHE_OP_READ << 8 |                                  \
     PERF_COUNT_HW_CACHE_RESULT_MISS << 16)

/* Of a timed run, and of a pass for instructions. */
static const struct event {
    uint32_t type;
    uint64_t config;
    enum hb_metric_id metric;
} events[2][HB_COUNTERS] = {
    {{PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, HB_METRIC_CYCLES},
     {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, HB_METRIC_INSTRUCTIONS},
     {PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES, HB_METRIC_BRANCH_MISSES},
     {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES, HB_METRIC_CACHE_MISSES}},
    {{PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, HB_METRIC_INSTRUCTIONS_PER_OP},
     {PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS, HB_METRIC_BRANCHES_PER_OP},
     {PERF_TYPE_HW_CACHE, L1_READ_MISSES, HB_METRIC_L1_MISSES_PER_OP},
     {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES, HB_METRIC_LL_MISSES_PER_OP}},
};

/* What read() gives with the two times asked for. */
struct reading {
    uint64_t value, enabled_ns, running_ns;
};

void hb_counters_open(struct hb_counters *counters, pid_t pid, bool of_pass)
{
    counters->errnum = 0;
    counters->of_pass = of_pass;
    for (size_t i = 0; i < HB_COUNTERS; i++) {
        struct perf_event_attr attributes = {
            .type = events[of_pass][i].type,
            .size = sizeof attributes,
            .config = events[of_pass][i].config,
            .disabled = 1,
            .inherit = 1,
            .exclude_kernel = 1,
            .exclude_hv = 1,
            .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        };
        counters->fd[i] =
            (int)syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
        if (counters->fd[i] < 0 && counters->errnum == 0)
            counters->errnum = errno;
    }
}

static void control_all(const struct hb_counters *counters, unsigned long request)
{
    for (size_t i = 0; i < HB_COUNTERS; i++) {
        if (counters->fd[i] >= 0)
            (void)ioctl(counters->fd[i], request, 0);
    }
}

void hb_counters_start(const struct hb_counters *counters)
{
    control_all(counters, PERF_EVENT_IOC_ENABLE);
}

void hb_counters_stop(const struct hb_counters *counters)
{
    control_all(counters, PERF_EVENT_IOC_DISABLE);
}

static const char *reason(int errnum)
{
    if (errnum == ENOENT || errnum == EOPNOTSUPP || errnum == ENODEV)
        return "this machine offers no hardware counters (virtual machine without a PMU?)";
    if (errnum == EACCES || errnum == EPERM)
        return "not allowed: kernel.perf_event_paranoid is too high";
    return strerror(errnum);
}

/* A counter that shared its place with others counted a part of the time. Of a timed run it is
 * scaled up, as perf does, and one that never ran stays unknown. A pass is read as exact: there
 * what is a part is unknown. False where it is for that. */
static bool store(struct hb_job *job, bool of_pass, enum hb_metric_id metric,
                  const struct reading *r)
{
    if (of_pass && r->running_ns < r->enabled_ns)
        return false;
    if (r->running_ns > 0)
        job->metric[metric] = (double)r->value * ((double)r->enabled_ns / (double)r->running_ns);
    return true;
}

void hb_counters_read(const struct hb_counters *counters, struct hb_job *job)
{
    const bool of_pass = counters->of_pass;
    bool is_whole = true;
    for (size_t i = 0; i < HB_COUNTERS; i++) {
        struct reading r;
        if (counters->fd[i] >= 0 && read(counters->fd[i], &r, sizeof r) == (ssize_t)sizeof r)
            is_whole &= store(job, of_pass, events[of_pass][i].metric, &r);
    }
    char *why = job->null_reason[of_pass ? HB_GROUP_COUNTS : HB_GROUP_HARDWARE];
    if (counters->errnum || !is_whole)
        (void)snprintf(why, sizeof job->null_reason[0], "%s",
                       counters->errnum ? reason(counters->errnum)
                                        : "something else used this machine's hardware counters");
}

void hb_counters_close(struct hb_counters *counters)
{
    for (size_t i = 0; i < HB_COUNTERS; i++) {
        if (counters->fd[i] >= 0)
            (void)close(counters->fd[i]);
        counters->fd[i] = -1;
    }
}

/* ---- memory system calls ---- */

#define FILTER_S 10 /* libseccomp goes round for ever where memory runs out in the middle */

int hb_syscalls_install_filter(void)
{
    (void)alarm(FILTER_S);
    scmp_filter_ctx filter = hb_calls_filter();
    if (!filter)
        return -1;
    int status = ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : -1;
    /* The tracer must be there and have its options set before the first filtered call, or that
     * call fails with ENOSYS: stop here until it is. */
    if (status == 0)
        status = raise(SIGSTOP);
    if (status == 0)
        status = seccomp_load(filter);
    seccomp_release(filter);
    (void)alarm(0);
    return status == 0 ? 0 : -1;
}

enum hb_count_phase hb_syscalls_phase(unsigned worker_phase)
{
    if (worker_phase < HB_PHASE_WARMUP)
        return HB_COUNT_STARTUP;
    if (worker_phase < HB_PHASE_MEASURE)
        return HB_COUNT_WARMUP;
    return worker_phase == HB_PHASE_MEASURE ? HB_COUNT_MEASURED : HB_COUNT_TEARDOWN;
}

static void resume(pid_t pid, int signal_number)
{
    (void)ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal_number);
}

static void set_options(pid_t pid)
{
    const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC;
    (void)ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options);
}

static void book(pid_t pid, unsigned phase, struct hb_syscall_counts *counts)
{
    enum hb_syscall which;
    uint64_t bytes;
    const enum hb_count_phase counted = hb_syscalls_phase(phase);
    if (!hb_calls_read(pid, &which, &bytes, &counts->last_break))
        return;
    counts->count[counted][which]++;
    counts->bytes[counted][which] += bytes;
}

enum hb_stop hb_syscalls_on_stop(pid_t pid, bool is_worker, int wait_status, unsigned phase,
                                 bool *first, struct hb_syscall_counts *counts)
{
    const int signal_number = WSTOPSIG(wait_status);
    const int event = wait_status >> 16;
    if (*first && signal_number == SIGSTOP) { /* see hb_syscalls_install_filter */
        *first = false;
        set_options(pid);
        resume(pid, 0);
        return HB_STOP_NOTHING;
    }
    if (event == PTRACE_EVENT_SECCOMP) {
        book(pid, phase, counts);
        resume(pid, 0);
        return HB_STOP_COUNTED;
    }
    /* Events of clone, fork and exec carry SIGTRAP, a new thread's first stop SIGSTOP: neither is
     * a signal the program should see. */
    const bool is_ours = event != 0 || signal_number == SIGTRAP || signal_number == SIGSTOP;
    const bool is_group = event == 0 && (signal_number == SIGTSTP || signal_number == SIGTTIN ||
                                         (is_worker && signal_number == SIGSTOP));
    resume(pid, is_ours ? 0 : signal_number);
    return is_group ? HB_STOP_GROUP : HB_STOP_NOTHING;
}
