/* The life of one worker: see conduct.h. */
#include "run/conduct.h"

#include "base/clock.h"
#include "base/log.h"
#include "run/counters.h"
#include "run/interrupt.h"
#include "run/sampler.h"
#include "run/syscalls.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS     100000000L /* how late a stop or an interrupt may be seen */
#define SUSPEND_NS  10000000u  /* less is what reading two clocks one after the other may cost */
#define OUTPUT_KEPT 2048       /* of what a worker prints: enough to say why it died */

struct conduct {
    const struct hb_request *request;
    const struct hb_worker_process *process;
    struct hb_job *job;
    struct hb_sampler sampler;
    struct hb_counters counters;
    struct hb_syscall_counts counts;
    bool first_stop; /* the traced worker has not been set up yet */
    bool control_open, output_open;
    bool done;      /* reached HB_PHASE_DONE: the sample is whole */
    bool reaped;    /* the worker itself has ended: */
    int end_status; /* how */
    bool timed_out;
    bool disturbed;
    const char *disturbance;
    char output[OUTPUT_KEPT];
    size_t output_size;
};

static const char *const phase_names[HB_PHASE_COUNT] = {
    [HB_PHASE_START] = "while it started",
    [HB_PHASE_BASE] = "while it loaded the allocator",
    [HB_PHASE_LOADED] = "before the warm-up",
    [HB_PHASE_WARMUP] = "in the warm-up",
    [HB_PHASE_READY] = "after the warm-up",
    [HB_PHASE_MEASURE] = "in the measured phase",
    [HB_PHASE_DONE] = "while it freed its blocks",
    [HB_PHASE_DRAINED] = "while it ended",
    [HB_PHASE_FINISHED] = "while it exited",
};

static unsigned phase_of(const struct conduct *conduct)
{
    const unsigned phase = atomic_load(&conduct->process->shm->phase);
    return phase < HB_PHASE_COUNT ? phase : HB_PHASE_START;
}

static void disturb(struct conduct *conduct, const char *what)
{
    conduct->disturbed = true;
    conduct->disturbance = what;
}

/* ---- handshakes ---- */

/* In this order: counters are the last thing on before and the first thing off after. */
static void at_mark(struct conduct *conduct, enum hb_phase phase)
{
    const bool timed = !conduct->request->count_syscalls;
    if (phase == HB_PHASE_DONE) {
        hb_counters_stop(&conduct->counters);
        conduct->done = true;
    }
    if (timed)
        hb_sampler_mark(&conduct->sampler, phase, conduct->job);
    if (phase == HB_PHASE_BASE && timed)
        hb_counters_open(&conduct->counters, conduct->process->pid);
    if (phase == HB_PHASE_READY)
        hb_counters_start(&conduct->counters);
}

static void on_control(struct conduct *conduct)
{
    unsigned char phase;
    const ssize_t got = recv(conduct->process->control, &phase, sizeof phase, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        conduct->control_open = false;
        return;
    }
    if (got != 1)
        return;
    at_mark(conduct, phase);
    (void)send(conduct->process->control, &phase, sizeof phase, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* ---- output ---- */

/* The last bytes are kept: a message is at the end. */
static void keep_output(struct conduct *conduct, const char *bytes, size_t size)
{
    if (size > OUTPUT_KEPT) {
        bytes += size - OUTPUT_KEPT;
        size = OUTPUT_KEPT;
    }
    const size_t over =
        conduct->output_size + size > OUTPUT_KEPT ? conduct->output_size + size - OUTPUT_KEPT : 0;
    memmove(conduct->output, conduct->output + over, conduct->output_size - over);
    conduct->output_size -= over;
    memcpy(conduct->output + conduct->output_size, bytes, size);
    conduct->output_size += size;
}

static void on_output(struct conduct *conduct)
{
    char bytes[65536];
    const ssize_t got = read(conduct->process->output, bytes, sizeof bytes);
    if (got > 0)
        keep_output(conduct, bytes, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        conduct->output_open = false;
}

/* The last line that says anything, printable characters only; "" when there is none. */
static void last_words(const struct conduct *conduct, char *text, size_t text_bytes)
{
    size_t end = conduct->output_size;
    while (end > 0 && (unsigned char)conduct->output[end - 1] <= ' ')
        end--;
    size_t begin = end;
    while (begin > 0 && conduct->output[begin - 1] != '\n')
        begin--;
    size_t used = 0;
    for (size_t i = begin; i < end && used + 1 < text_bytes; i++) {
        const unsigned char c = (unsigned char)conduct->output[i];
        text[used++] = c >= ' ' && c < 0x7f ? (char)c : '?';
    }
    text[used] = '\0';
}

/* ---- stops and ends ---- */

static void on_status(struct conduct *conduct, pid_t pid, int status)
{
    const bool main_process = pid == conduct->process->pid;
    if (WIFSTOPPED(status) && conduct->request->count_syscalls) {
        if (hb_syscalls_on_stop(pid, status, phase_of(conduct), &conduct->first_stop,
                                &conduct->counts) == HB_STOP_GROUP)
            disturb(conduct, "the worker was stopped by a signal");
    } else if (WIFSTOPPED(status) && main_process) {
        disturb(conduct, "the worker was stopped by a signal");
    } else if ((WIFEXITED(status) || WIFSIGNALED(status)) && main_process) {
        conduct->reaped = true;
        conduct->end_status = status;
    }
}

static void collect(struct conduct *conduct)
{
    int status;
    pid_t pid;
    while (!conduct->reaped &&
           (pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED | __WALL)) > 0)
        on_status(conduct, pid, status);
}

/* ---- the loop ---- */

static void wait_for_something(struct conduct *conduct, const sigset_t *while_waiting)
{
    const struct timespec tick = {.tv_nsec = TICK_NS};
    struct pollfd files[] = {
        {.fd = conduct->control_open ? conduct->process->control : -1, .events = POLLIN},
        {.fd = conduct->output_open ? conduct->process->output : -1, .events = POLLIN},
    };
    if (ppoll(files, 2, &tick, while_waiting) <= 0)
        return;
    if (files[1].revents)
        on_output(conduct);
    if (files[0].revents)
        on_control(conduct);
}

static bool past_deadline(const struct conduct *conduct)
{
    const double elapsed_s = (double)(hb_clock_monotonic_ns() - conduct->process->started_ns) / 1e9;
    return elapsed_s > conduct->request->watchdog_s;
}

/* SIGCHLD is let in only while waiting, so that a stop cannot slip by between look and wait. */
static void watch(struct conduct *conduct)
{
    sigset_t child, before;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &child, &before);
    while (!conduct->reaped && !hb_interrupt_signal()) {
        collect(conduct);
        if (conduct->reaped)
            break;
        if (past_deadline(conduct)) {
            conduct->timed_out = true;
            (void)kill(-conduct->process->pid, SIGKILL);
            (void)kill(conduct->process->pid, SIGKILL);
            (void)waitpid(conduct->process->pid, &conduct->end_status, __WALL);
            conduct->reaped = true;
            break;
        }
        wait_for_something(conduct, &before);
    }
    while (conduct->output_open && conduct->output_size < OUTPUT_KEPT) {
        const size_t had = conduct->output_size;
        on_output(conduct); /* what it said before it died is still in the pipe */
        if (conduct->output_size == had)
            break;
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

/* ---- what it means ---- */

static enum hb_job_status status_of_error(uint32_t error)
{
    switch (error) {
    case HB_WORKER_PLUGIN_UNLOADABLE:
    case HB_WORKER_LIBRARY_MISSING:
        return HB_STATUS_MISSING;
    case HB_WORKER_PLUGIN_SYMBOL:
    case HB_WORKER_PLUGIN_ABI:
    case HB_WORKER_REFUSED:
    case HB_WORKER_FOREIGN_POINTERS:
    case HB_WORKER_PRELOAD_IGNORED:
        return HB_STATUS_REFUSED;
    default:
        return HB_STATUS_FAILED;
    }
}

__attribute__((format(printf, 4, 5))) static void conclude(const struct conduct *conduct,
                                                           enum hb_job_status status,
                                                           bool with_words, const char *format, ...)
{
    struct hb_job *job = conduct->job;
    char words[200] = "";
    va_list args;
    va_start(args, format);
    job->status = status;
    const int used = vsnprintf(job->reason, sizeof job->reason, format, args);
    va_end(args);
    if (with_words)
        last_words(conduct, words, sizeof words);
    if (words[0] && used > 0 && (size_t)used < sizeof job->reason)
        (void)snprintf(job->reason + used, sizeof job->reason - (size_t)used, "; it said: %s",
                       words);
}

static void conclude_signal(const struct conduct *conduct, int signal_number)
{
    const char *where = phase_names[phase_of(conduct)];
    if (signal_number == SIGKILL)
        conclude(conduct, HB_STATUS_KILLED, true,
                 "killed by SIGKILL %s: out of memory, or somebody's hand", where);
    else
        conclude(conduct, HB_STATUS_CRASHED, true, "SIG%s (%s) %s",
                 sigabbrev_np(signal_number) ? sigabbrev_np(signal_number) : "?",
                 strsignal(signal_number), where);
}

static void conclude_exit(const struct conduct *conduct, int code)
{
    const struct hb_shm *shm = conduct->process->shm;
    const unsigned phase = phase_of(conduct);
    if (code == 0 && phase == HB_PHASE_FINISHED)
        conclude(conduct, HB_STATUS_OK, false, "%s", "");
    else if (code == 1 && shm->error != HB_WORKER_OK)
        conclude(conduct, status_of_error(shm->error), false, "%.400s", shm->error_text);
    else
        conclude(conduct, HB_STATUS_EXITED, true, "exited with status %d %s", code,
                 phase_names[phase]);
}

static void conclude_end(const struct conduct *conduct)
{
    if (conduct->timed_out)
        conclude(conduct, HB_STATUS_HUNG, true, "no end after %.0f s, hung %s",
                 conduct->request->watchdog_s, phase_names[phase_of(conduct)]);
    else if (conduct->disturbed)
        conclude(conduct, HB_STATUS_INVALID, false, "%s", conduct->disturbance);
    else if (WIFSIGNALED(conduct->end_status))
        conclude_signal(conduct, WTERMSIG(conduct->end_status));
    else
        conclude_exit(conduct, WEXITSTATUS(conduct->end_status));
}

static void set_reason(struct hb_job *job, enum hb_metric_group group, const char *reason)
{
    if (!job->null_reason[group][0])
        (void)snprintf(job->null_reason[group], sizeof job->null_reason[group], "%s", reason);
}

/* A counting pass has counts and no times; a timed run the reverse. */
static void fill_counted(const struct conduct *conduct)
{
    struct hb_job *job = conduct->job;
    const double operations = job->metric[HB_METRIC_OPERATIONS];
    for (int i = 0; i < HB_METRIC_COUNT; i++)
        job->metric[i] = (double)NAN;
    for (int group = 0; group < HB_GROUP_COUNT; group++)
        set_reason(job, (enum hb_metric_group)group, "a counting pass is not timed");
    free(job->slice_ns);
    job->slice_ns = NULL;
    job->null_reason[HB_GROUP_SYSCALLS][0] = '\0';
    job->syscalls_known = true;
    job->syscalls = conduct->counts;
    double sums[HB_COUNT_PHASES] = {0};
    for (int phase = 0; phase < HB_COUNT_PHASES; phase++) {
        for (int i = 0; i < HB_SYSCALL_COUNT; i++)
            sums[phase] += (double)conduct->counts.count[phase][i];
    }
    job->metric[HB_METRIC_OPERATIONS] = operations;
    job->metric[HB_METRIC_SYSCALLS_STARTUP] = sums[HB_COUNT_STARTUP];
    job->metric[HB_METRIC_SYSCALLS_WARMUP] = sums[HB_COUNT_WARMUP];
    job->metric[HB_METRIC_SYSCALLS_MEASURED] = sums[HB_COUNT_MEASURED];
    job->metric[HB_METRIC_SYSCALLS_PER_OP] = sums[HB_COUNT_MEASURED] / operations;
}

static int fill_sample(const struct conduct *conduct, struct hb_err *err)
{
    struct hb_job *job = conduct->job;
    if (!conduct->done)
        return 0;
    if (hb_sampler_times(conduct->process->shm, job) != 0)
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for a run's slices");
    if (conduct->request->count_syscalls)
        fill_counted(conduct);
    else
        set_reason(job, HB_GROUP_SYSCALLS, "counted in a pass of its own");
    return 0;
}

static void fill_loaded(const struct conduct *conduct, struct hb_loaded *loaded)
{
    const struct hb_shm *shm = conduct->process->shm;
    (void)snprintf(loaded->library_path, sizeof loaded->library_path, "%.1000s", shm->library_path);
    (void)snprintf(loaded->library_version, sizeof loaded->library_version, "%.60s",
                   shm->library_version);
}

int hb_conduct(const struct hb_request *request, const struct hb_worker_process *process,
               struct hb_job *job, struct hb_loaded *loaded, struct hb_err *err)
{
    const unsigned continued_before = hb_interrupt_continued();
    const uint64_t suspended_before_ns = hb_clock_suspended_ns();
    struct conduct conduct = {
        .request = request,
        .process = process,
        .job = job,
        .sampler = {.pid = process->pid, .cpus = request->cpus},
        .counters = {.fd = {-1, -1, -1, -1}},
        .first_stop = true,
        .control_open = true,
        .output_open = true,
    };
    watch(&conduct);
    hb_counters_stop(&conduct.counters);
    hb_worker_reap_all(process);
    if (hb_interrupt_continued() != continued_before)
        disturb(&conduct, "hakbench itself was stopped and continued");
    if (hb_clock_suspended_ns() > suspended_before_ns + SUSPEND_NS)
        disturb(&conduct, "the machine was suspended");
    hb_counters_read(&conduct.counters, job);
    hb_counters_close(&conduct.counters);
    if (hb_interrupt_signal())
        return hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted");
    job->wall_s = (double)(hb_clock_monotonic_ns() - process->started_ns) / 1e9;
    conclude_end(&conduct);
    fill_loaded(&conduct, loaded);
    return fill_sample(&conduct, err);
}
