/* The life of one worker: see conduct.h. */
#include "run/conduct.h"

#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/unit.h"
#include "host/proc.h"
#include "run/interrupt.h"
#include "run/page.h"
#include "run/sampler.h"

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

#define TICK_NS    100000000L /* how late a stop or an interrupt may be seen */
#define LOOK_NS    50000000L  /* how late growth past the limit is; a look costs some 20 us */
#define SUSPEND_NS 10000000u  /* less is what reading two clocks one after the other may cost */
#define STOPPED    "the worker was stopped by a signal"
static const char *const phase_names[HB_PHASE_COUNT] = {
    [HB_PHASE_START] = "while it started",        [HB_PHASE_BASE] = "while it loaded the allocator",
    [HB_PHASE_LOADED] = "before the warm-up",     [HB_PHASE_WARMUP] = "in the warm-up",
    [HB_PHASE_READY] = "after the warm-up",       [HB_PHASE_EPOCH] = "between two epochs",
    [HB_PHASE_MEASURE] = "in the measured phase", [HB_PHASE_DONE] = "while it freed its blocks",
    [HB_PHASE_DRAINED] = "while it ended",        [HB_PHASE_FINISHED] = "while it exited",
};

static unsigned phase_of(const struct hb_conduct *conduct)
{
    const unsigned phase = atomic_load(&conduct->process->shm->phase);
    return phase < HB_PHASE_COUNT ? phase : HB_PHASE_START;
}

/* ---- handshakes ---- */

/* Traced or inside callgrind, it is slow and large for reasons of ours. */
static bool is_counted_pass(const struct hb_request *request)
{
    return request->count_syscalls || request->tally != HB_TALLY_NONE;
}

/* In this order: counters are the last thing on before and the first thing off after. */
static void at_mark(struct hb_conduct *conduct, enum hb_phase phase)
{
    const struct hb_request *request = conduct->request;
    const bool timed = !is_counted_pass(request) || request->is_soak;
    const bool is_tallied = request->tally == HB_TALLY_HARDWARE;
    if (phase == HB_PHASE_DONE) {
        hb_counters_stop(&conduct->counters);
        conduct->done = true;
    }
    if (timed)
        hb_sampler_mark(&conduct->sampler, phase, conduct->job);
    if (phase == HB_PHASE_BASE && (is_tallied || (timed && !request->is_soak)))
        hb_counters_open(&conduct->counters, conduct->process->pid, is_tallied);
    if (phase == HB_PHASE_READY)
        hb_counters_start(&conduct->counters);
}

static void on_control(struct hb_conduct *conduct)
{
    unsigned char phase;
    const ssize_t got = recv(conduct->process->control, &phase, sizeof phase, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        conduct->control_open = false;
        return;
    }
    if (got != 1)
        return;
    if (phase == HB_PHASE_EPOCH) {
        conduct->parked = true;
        return;
    }
    at_mark(conduct, phase);
    (void)send(conduct->process->control, &phase, sizeof phase, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void hb_conduct_resume(struct hb_conduct *conduct)
{
    const unsigned char phase = HB_PHASE_EPOCH;
    conduct->parked = false;
    (void)send(conduct->process->control, &phase, sizeof phase, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* ---- output ---- */

/* The last bytes are kept: a message is at the end. */
static void keep_output(struct hb_conduct *conduct, const char *bytes, size_t size)
{
    if (size > HB_OUTPUT_KEPT) {
        bytes += size - HB_OUTPUT_KEPT;
        size = HB_OUTPUT_KEPT;
    }
    const size_t over = conduct->output_size + size > HB_OUTPUT_KEPT
                            ? conduct->output_size + size - HB_OUTPUT_KEPT
                            : 0;
    memmove(conduct->output, conduct->output + over, conduct->output_size - over);
    conduct->output_size -= over;
    memcpy(conduct->output + conduct->output_size, bytes, size);
    conduct->output_size += size;
}

static void on_output(struct hb_conduct *conduct)
{
    char bytes[8192];
    const ssize_t got = read(conduct->process->output, bytes, sizeof bytes);
    if (got > 0)
        keep_output(conduct, bytes, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        conduct->output_open = false;
}

/* The last line that says anything, printable characters only; "" when there is none. */
static void last_words(const struct hb_conduct *conduct, char *text, size_t text_bytes)
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

static void on_stop(struct hb_conduct *conduct, pid_t pid, int status)
{
    const bool main_process = pid == conduct->process->pid;
    if (conduct->request->count_syscalls) {
        if (hb_syscalls_on_stop(pid, main_process, status, phase_of(conduct), &conduct->first_stop,
                                &conduct->counts) == HB_STOP_GROUP)
            conduct->disturbance = STOPPED;
    } else if (main_process) {
        conduct->disturbance = STOPPED;
        conduct->stands_still = true;
    }
}

static void on_status(struct hb_conduct *conduct, pid_t pid, int status)
{
    const bool main_process = pid == conduct->process->pid;
    if (WIFSTOPPED(status)) {
        on_stop(conduct, pid, status);
    } else if (WIFCONTINUED(status) && main_process) {
        conduct->stands_still = false;
    } else if ((WIFEXITED(status) || WIFSIGNALED(status)) && main_process) {
        conduct->reaped = true;
        conduct->end_status = status;
    }
}

/* A tracee that nobody lets go on stands still for ever. */
static void let_go_on(pid_t pid, int status)
{
    struct hb_syscall_counts nobodys = {0};
    bool first = false;
    if (WIFSTOPPED(status))
        (void)hb_syscalls_on_stop(pid, false, status, HB_PHASE_START, &first, &nobodys);
}

/* What comes is any worker's that lives, not only that of the one whose turn it is. */
static void collect(struct hb_conduct *conduct)
{
    int status;
    pid_t pid;
    while (!conduct->reaped &&
           (pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED | __WALL)) > 0) {
        struct hb_conduct *of = conduct->owner ? conduct->owner(conduct->self, pid) : conduct;
        if (of)
            on_status(of, pid, status);
        else
            let_go_on(pid, status);
    }
}

/* ---- the loop ---- */

static void wait_for_something(struct hb_conduct *conduct, const sigset_t *while_waiting)
{
    const struct timespec tick = {.tv_nsec = conduct->tick_ns};
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

/* By way of collect(): the threads of a traced worker are reaped before it, and what ends beside it
 * is another's. */
void hb_conduct_end(struct hb_conduct *conduct, const char *why)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    const uint64_t until_ns = hb_clock_monotonic_ns() + HB_WORKER_DEATH_NS;
    if (conduct->reaped)
        return;
    conduct->ended_for = why;
    (void)kill(-conduct->process->pid, SIGKILL);
    (void)kill(conduct->process->pid, SIGKILL);
    for (collect(conduct); !conduct->reaped && hb_clock_monotonic_ns() < until_ns; collect(conduct))
        (void)nanosleep(&pause, NULL);
    conduct->reaped = true;
}

#define PAST_LIMIT "grew to %s, past the memory limit of %s"

static void keep_limit(struct hb_conduct *conduct)
{
    struct hb_proc_status status;
    struct hb_err ignored = {0};
    const uint64_t limit = conduct->request->memory_limit_bytes, now_ns = hb_clock_monotonic_ns();
    if (limit == 0 || conduct->reaped || now_ns < conduct->look_ns)
        return;
    conduct->look_ns = now_ns + LOOK_NS;
    if (hb_proc_read_status(conduct->process->pid, &status, &ignored) != 0 ||
        status.vm_rss_bytes <= limit)
        return;
    (void)snprintf(conduct->limit_text, sizeof conduct->limit_text, PAST_LIMIT ": ended",
                   hb_format_bytes((double)status.vm_rss_bytes).text,
                   hb_format_bytes((double)limit).text);
    hb_conduct_end(conduct, conduct->limit_text);
}

/* Of each of its threads, in the mean; 0 where the kernel does not say. */
static uint64_t waited_ns(const struct hb_conduct *conduct)
{
    struct hb_proc_delay delay;
    if (hb_proc_read_delay(conduct->process->pid, &delay, NULL) != 0 || delay.threads == 0)
        return 0;
    return delay.delay_ns / delay.threads;
}

/* Who is stopped, or frozen with its whole control group, cannot tell a worker that hangs from one
 * that was frozen as well: time in which nobody looked is not waited for. */
static void leave_absence_out(struct hb_conduct *conduct, uint64_t now_ns)
{
    const uint64_t away_ns = now_ns - conduct->looked_ns, tick_ns = (uint64_t)conduct->tick_ns;
    conduct->looked_ns = now_ns;
    if (away_ns > 2 * tick_ns)
        conduct->deadline_ns += away_ns - tick_ns;
}

static bool is_late(struct hb_conduct *conduct)
{
    const uint64_t now_ns = hb_clock_monotonic_ns();
    leave_absence_out(conduct, now_ns);
    if (now_ns <= conduct->deadline_ns)
        return false;
    const uint64_t waited = waited_ns(conduct);
    if (waited > conduct->waited_ns) {
        conduct->deadline_ns += waited - conduct->waited_ns;
        conduct->waited_ns = waited;
    }
    return now_ns > conduct->deadline_ns;
}

static void end_late(struct hb_conduct *conduct)
{
    conduct->timed_out = true;
    hb_conduct_end(conduct, NULL);
}

/* What it said before it died is still in the pipe. */
static void read_rest(struct hb_conduct *conduct)
{
    while (conduct->output_open && conduct->output_size < HB_OUTPUT_KEPT) {
        const size_t had = conduct->output_size;
        on_output(conduct);
        if (conduct->output_size == had)
            break;
    }
}

static bool has_stopped(struct hb_conduct *conduct, enum hb_conduct_stop *stop)
{
    collect(conduct);
    if (!conduct->reaped && is_late(conduct))
        end_late(conduct);
    keep_limit(conduct);
    if (conduct->reaped)
        *stop = HB_CONDUCT_ENDED;
    else if (hb_interrupt_signal())
        *stop = HB_CONDUCT_INTERRUPTED;
    else if (conduct->parked)
        *stop = HB_CONDUCT_PARKED;
    else if (conduct->tick && conduct->tick(conduct->self))
        *stop = HB_CONDUCT_TICKED;
    else
        return false;
    return true;
}

/* SIGCHLD is let in only while waiting, so that a stop cannot slip by between look and wait. */
enum hb_conduct_stop hb_conduct_watch(struct hb_conduct *conduct)
{
    enum hb_conduct_stop stop;
    sigset_t child, before;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &child, &before);
    while (!has_stopped(conduct, &stop))
        wait_for_something(conduct, &before);
    if (stop == HB_CONDUCT_ENDED)
        read_rest(conduct);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return stop;
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
    case HB_WORKER_LIED:
        return HB_STATUS_REFUSED;
    default:
        return HB_STATUS_FAILED;
    }
}

__attribute__((format(printf, 4, 5))) static void conclude(const struct hb_conduct *conduct,
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

static void conclude_signal(const struct hb_conduct *conduct, int signal_number)
{
    const char *where = phase_names[phase_of(conduct)];
    if (signal_number == SIGKILL)
        conclude(conduct, HB_STATUS_KILLED, true,
                 "killed by SIGKILL %s: the kernel was out of memory, or a user did it", where);
    else
        conclude(conduct, HB_STATUS_CRASHED, true, "SIG%s (%s) %s",
                 sigabbrev_np(signal_number) ? sigabbrev_np(signal_number) : "?",
                 strsignal(signal_number), where);
}

static void conclude_exit(const struct hb_conduct *conduct, int code)
{
    const struct hb_shm *shm = conduct->process->shm;
    const unsigned phase = phase_of(conduct);
    const uint32_t error = shm->error;
    char text[sizeof shm->error_text];
    hb_page_text(text, sizeof text, shm->error_text, sizeof shm->error_text);
    conduct->job->machine_refused = code == 1 && error == HB_WORKER_MACHINE;
    if (code == 0 && phase == HB_PHASE_FINISHED)
        conclude(conduct, HB_STATUS_OK, false, "%s", "");
    else if (code == 1 && error != HB_WORKER_OK)
        conclude(conduct, status_of_error(error), false, "%.400s", text);
    else
        conclude(conduct, HB_STATUS_EXITED, true, "exited with status %d %s", code,
                 phase_names[phase]);
}

/* A run that was disturbed is made again, whatever became of it; an epoch has lost its process. */
static void conclude_end(const struct hb_conduct *conduct)
{
    if (conduct->ended_for)
        conclude(conduct, HB_STATUS_KILLED, false, "%s", conduct->ended_for);
    else if (conduct->disturbance && !conduct->request->is_soak)
        conclude(conduct, HB_STATUS_INVALID, false, "%s", conduct->disturbance);
    else if (conduct->timed_out && conduct->stands_still)
        conclude(conduct, HB_STATUS_KILLED, false, STOPPED " and did not go on within %.0f s",
                 conduct->patience_s);
    else if (conduct->timed_out)
        conclude(conduct, HB_STATUS_HUNG, true, "did not end within %.0f s, hung %s",
                 conduct->patience_s, phase_names[phase_of(conduct)]);
    else if (WIFSIGNALED(conduct->end_status))
        conclude_signal(conduct, WTERMSIG(conduct->end_status));
    else
        conclude_exit(conduct, WEXITSTATUS(conduct->end_status));
}

static void set_reason(struct hb_job *job, enum hb_metric_group group, const char *reason)
{
    if (!job->null_reason[group][0])
        HB_COPY(job->null_reason[group], reason);
}

/* A counting pass has its own group's counts and no times; a timed run the reverse. The number of
 * operations, which is known either way. */
static double clear_times(struct hb_job *job, enum hb_metric_group own)
{
    const double operations = job->metric[HB_METRIC_OPERATIONS];
    for (int i = 0; i < HB_METRIC_COUNT; i++) {
        if (hb_metrics[i].group != own)
            job->metric[i] = (double)NAN;
    }
    for (int group = 0; group < HB_GROUP_COUNT; group++)
        set_reason(job, (enum hb_metric_group)group, "a counting pass is not timed");
    hb_job_drop_slices(job);
    job->metric[HB_METRIC_OPERATIONS] = operations;
    return operations;
}

static void fill_counted(const struct hb_conduct *conduct)
{
    struct hb_job *job = conduct->job;
    const double operations = clear_times(job, HB_GROUP_SYSCALLS);
    job->null_reason[HB_GROUP_SYSCALLS][0] = '\0';
    job->syscalls_known = true;
    job->syscalls = conduct->counts;
    double sums[HB_COUNT_PHASES] = {0};
    for (int phase = 0; phase < HB_COUNT_PHASES; phase++) {
        for (int i = 0; i < HB_SYSCALL_COUNT; i++)
            sums[phase] += (double)conduct->counts.count[phase][i];
    }
    job->metric[HB_METRIC_SYSCALLS_STARTUP] = sums[HB_COUNT_STARTUP];
    job->metric[HB_METRIC_SYSCALLS_WARMUP] = sums[HB_COUNT_WARMUP];
    job->metric[HB_METRIC_SYSCALLS_MEASURED] = sums[HB_COUNT_MEASURED];
    job->metric[HB_METRIC_SYSCALLS_PER_OP] = sums[HB_COUNT_MEASURED] / operations;
}

/* What callgrind wrote when its worker ended. */
static void take_callgrind(const struct hb_conduct *conduct)
{
    struct hb_job *job = conduct->job;
    struct hb_callgrind_sums sums = {0};
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", conduct->process->tally);
    if (hb_callgrind_read(path, &sums) != 0)
        return;
    job->metric[HB_METRIC_INSTRUCTIONS_PER_OP] = sums.instructions;
    job->metric[HB_METRIC_BRANCHES_PER_OP] = sums.branches;
    job->metric[HB_METRIC_L1_MISSES_PER_OP] = sums.l1_misses;
    job->metric[HB_METRIC_LL_MISSES_PER_OP] = sums.ll_misses;
}

/* Sums of the measured phase become figures of an operation. */
static void fill_tallied(const struct hb_conduct *conduct)
{
    struct hb_job *job = conduct->job;
    const double operations = clear_times(job, HB_GROUP_COUNTS);
    if (conduct->request->tally == HB_TALLY_CALLGRIND) {
        job->null_reason[HB_GROUP_COUNTS][0] = '\0';
        take_callgrind(conduct);
    }
    for (int i = 0; i < HB_METRIC_COUNT; i++) {
        if (hb_metrics[i].group == HB_GROUP_COUNTS)
            job->metric[i] /= operations;
    }
    if (job->status == HB_STATUS_OK && !(job->metric[HB_METRIC_INSTRUCTIONS_PER_OP] > 0))
        conclude(conduct, HB_STATUS_FAILED, true, "nothing was counted%s%s",
                 job->null_reason[HB_GROUP_COUNTS][0] ? ": " : "",
                 job->null_reason[HB_GROUP_COUNTS]);
}

/* A run that had less of its CPUs than it wanted shows the machine. One that was paused shows
 * nothing else. */
static void note_share(const struct hb_conduct *conduct)
{
    struct hb_job *job = conduct->job;
    struct hb_share share;
    if (job->status != HB_STATUS_OK || !conduct->sampler.known || conduct->process->shm->is_paced ||
        !job->slice_ns)
        return;
    struct hb_share_of of = hb_share_asked(conduct->request, job->threads);
    of.cpu_ns = job->metric[HB_METRIC_CPU_TIME];
    of.usage = hb_sampler_usage(conduct->process->shm);
    for (uint32_t t = 0; t < job->threads; t++) {
        of.spans[t].start_ns = of.spans[t].end_ns = job->start_ns[t];
        for (uint32_t s = 0; s < job->slices; s++)
            of.spans[t].end_ns += job->slice_ns[(size_t)t * job->slices + s];
    }
    hb_share_between(&of, &conduct->sampler.ready, &conduct->sampler.done, &share);
    const enum hb_share_cause cause = hb_share_find_cause(&share);
    if (cause == HB_SHARE_WHOLE)
        return;
    job->status = HB_STATUS_INVALID;
    job->is_whole = cause != HB_SHARE_PAUSED;
    hb_share_text(&share, cause, job->reason, sizeof job->reason);
}

/* A run may grow past its limit and end before anybody looks. */
static void check_peak(const struct hb_conduct *conduct)
{
    const uint64_t limit = conduct->request->memory_limit_bytes;
    struct hb_job *job = conduct->job;
    const double peak = job->metric[HB_METRIC_RSS_PEAK];
    if (limit && job->status == HB_STATUS_OK && peak > (double)limit)
        conclude(conduct, HB_STATUS_KILLED, false, PAST_LIMIT, hb_format_bytes(peak).text,
                 hb_format_bytes((double)limit).text);
}

static int fill_sample(const struct hb_conduct *conduct, struct hb_err *err)
{
    struct hb_job *job = conduct->job;
    const char *problem;
    if (!conduct->done)
        return 0;
    if (hb_sampler_times(conduct->process->shm, conduct->request, conduct->process->started_ns, job,
                         &problem) != 0)
        return hb_err_memory(err, NULL);
    if (problem && job->status == HB_STATUS_OK)
        conclude(conduct, HB_STATUS_FAILED, true,
                 "what it wrote into the page it shares with hakbench cannot be: %s", problem);
    check_peak(conduct);
    if (conduct->request->tally != HB_TALLY_NONE)
        fill_tallied(conduct);
    else if (conduct->request->count_syscalls)
        fill_counted(conduct);
    else if (!conduct->request->check)
        note_share(conduct);
    if (!is_counted_pass(conduct->request)) {
        set_reason(job, HB_GROUP_SYSCALLS, "counted in a pass of its own");
        set_reason(job, HB_GROUP_COUNTS, "counted in a pass of its own (--count)");
    }
    return 0;
}

static void fill_loaded(const struct hb_conduct *conduct, struct hb_loaded *loaded)
{
    const struct hb_shm *shm = conduct->process->shm;
    hb_page_text(loaded->library_path, sizeof loaded->library_path, shm->library_path,
                 sizeof shm->library_path);
    hb_page_text(loaded->library_version, sizeof loaded->library_version, shm->library_version,
                 sizeof shm->library_version);
}

void hb_conduct_calm(struct hb_conduct *conduct)
{
    conduct->disturbance = NULL;
    conduct->continued_before = hb_interrupt_continued();
    conduct->suspended_before_ns = hb_clock_suspended_ns();
}

const char *hb_conduct_disturbance(struct hb_conduct *conduct)
{
    if (hb_interrupt_continued() != conduct->continued_before)
        conduct->disturbance = "hakbench itself was stopped and continued";
    if (hb_clock_suspended_ns() > conduct->suspended_before_ns + SUSPEND_NS)
        conduct->disturbance = "the machine was suspended";
    return conduct->disturbance;
}

void hb_conduct_patience(struct hb_conduct *conduct, double seconds)
{
    conduct->patience_s = seconds;
    conduct->looked_ns = hb_clock_monotonic_ns();
    conduct->deadline_ns = conduct->looked_ns + (uint64_t)(seconds * 1e9);
    conduct->waited_ns = waited_ns(conduct);
}

void hb_conduct_begin(struct hb_conduct *conduct, const struct hb_request *request,
                      const struct hb_worker_process *process, struct hb_job *job)
{
    *conduct = (struct hb_conduct){
        .request = request,
        .process = process,
        .job = job,
        .tick_ns = request->memory_limit_bytes ? LOOK_NS : TICK_NS,
        .sampler = {.pid = process->pid, .cpus = request->cpus, .shm = process->shm},
        .counters = {.fd = {-1, -1, -1, -1}},
        .first_stop = true,
        .control_open = true,
        .output_open = true,
    };
    hb_conduct_patience(conduct, request->watchdog_s);
    hb_conduct_calm(conduct);
}

void hb_conduct_conclude(struct hb_conduct *conduct, struct hb_loaded *loaded)
{
    (void)hb_conduct_disturbance(conduct);
    conclude_end(conduct);
    fill_loaded(conduct, loaded);
}

int hb_conduct_job(const struct hb_request *request, const struct hb_worker_process *process,
                   struct hb_job *job, struct hb_loaded *loaded, struct hb_err *err)
{
    struct hb_conduct conduct;
    hb_conduct_begin(&conduct, request, process, job);
    const enum hb_conduct_stop stop = hb_conduct_watch(&conduct);
    hb_counters_stop(&conduct.counters);
    hb_worker_reap_all(process);
    hb_counters_read(&conduct.counters, job);
    hb_counters_close(&conduct.counters);
    if (stop == HB_CONDUCT_INTERRUPTED)
        return hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted");
    job->wall_s = (double)(hb_clock_monotonic_ns() - process->started_ns) / 1e9;
    hb_conduct_conclude(&conduct, loaded);
    return fill_sample(&conduct, err);
}
