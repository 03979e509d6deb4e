/* The process between the harness and the command: see keeper.h. One loop of poll; a second thread
 * does nothing but note when the command ended, as the loop may be reading memory just then. */
#include "program/keeper.h"

#include "base/clock.h"
#include "program/keeper_parts.h"
#include "program/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME          "exec-keeper"       /* for ps */
#define AWAY_NS       UINT64_C(500000000) /* nobody wakes so late who did not stand still */
#define CHUNKS_A_TURN 16                  /* of a stream, before somebody else has a turn */

/* ---- start ---- */

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void not_started(struct hb_keeper *keeper, int errnum, const char *what)
{
    keeper->ledger->start_errno = errnum;
    (void)snprintf(keeper->ledger->start_what, sizeof keeper->ledger->start_what, "%s", what);
}

static void *note_end(void *keeper_of)
{
    struct hb_keeper *keeper = keeper_of;
    siginfo_t info;
    while (waitid(P_PID, (id_t)keeper->command_pid, &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR)
        ;
    atomic_store(&keeper->ledger->ended_ns, hb_clock_monotonic_ns());
    return NULL;
}

/* The child of a counting pass stands at the barrier until it is traced. */
static void let_go(struct hb_keeper *keeper, int barrier)
{
    if (hb_tracer_seize(&keeper->tracer, keeper->command_pid, &keeper->tree) == 0) {
        keeper->is_traced = true;
        (void)!write(barrier, "", 1);
    } else {
        not_started(keeper, errno, "the command cannot be traced here");
        (void)kill(keeper->command_pid, SIGKILL);
    }
}

static void fork_command(struct hb_keeper *keeper, struct hb_launch *launch, int barrier)
{
    const pid_t parent = getpid();
    keeper->command_pid = fork();
    if (keeper->command_pid == 0)
        hb_launch_exec(launch, parent);
    if (keeper->command_pid < 0)
        not_started(keeper, errno, "no process for the command");
    else if (barrier >= 0)
        let_go(keeper, barrier);
    else
        keeper->has_waiter = pthread_create(&keeper->waiter, NULL, note_end, keeper) == 0;
}

static void start(struct hb_keeper *keeper)
{
    const struct hb_program_command *command = keeper->command;
    int ends[HB_LEDGER_STREAMS] = {-1, -1}, barrier[2] = {-1, -1};
    struct hb_launch launch = {command, &keeper->prepared, keeper->ledger, -1, -1, -1, -1, NULL};
    for (unsigned i = 0; i < HB_LEDGER_STREAMS; i++) {
        if (hb_stream_open(&keeper->streams[i], &ends[i], hb_ledger_kept(keeper->ledger, i),
                           &keeper->ledger->kept_bytes[i], keeper->ledger->keep_bytes) != 0)
            not_started(keeper, errno, "no pipes for the command");
    }
    if (command->count && !(launch.filter = hb_calls_filter()))
        not_started(keeper, ENOTSUP, "memory system calls cannot be counted here");
    if ((command->count || command->images_folder) && pipe2(barrier, O_CLOEXEC) != 0)
        not_started(keeper, errno, "no pipe for the command");
    keeper->tracer.images = (struct hb_images){command->images_folder, command->images_writer, 0};
    launch.output = ends[HB_LEDGER_STDOUT];
    launch.errors = ends[HB_LEDGER_STDERR];
    launch.group = hb_group_open(&keeper->ledger->group);
    launch.barrier = barrier[0];
    if (!keeper->ledger->start_errno)
        fork_command(keeper, &launch, barrier[1]);
    const int done[] = {ends[0], ends[1], barrier[0], barrier[1], launch.group};
    for (size_t i = 0; i < sizeof done / sizeof done[0]; i++) {
        if (done[i] >= 0)
            (void)close(done[i]);
    }
    seccomp_release(launch.filter);
}

/* ---- what happens ---- */

/* The next that ended or stopped; 0: none now, -1: there are no children. The command is not reaped
 * before the waiter has seen its end. */
static pid_t next_child(struct hb_keeper *keeper, int *status)
{
    siginfo_t info = {.si_pid = 0};
    if (keeper->is_traced)
        return waitpid(-1, status, WNOHANG | __WALL);
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0)
        return -1;
    if (info.si_pid == keeper->command_pid && keeper->has_waiter) {
        (void)pthread_join(keeper->waiter, NULL);
        keeper->has_waiter = false;
        keeper->is_scheduled_known = hb_proc_read_scheduled(info.si_pid, &keeper->scheduled) == 0;
    }
    return info.si_pid ? waitpid(info.si_pid, status, __WALL) : 0;
}

static void on_command_end(struct hb_keeper *keeper, int status)
{
    uint64_t unknown = 0;
    (void)atomic_compare_exchange_strong(&keeper->ledger->ended_ns, &unknown,
                                         hb_clock_monotonic_ns());
    keeper->is_command_over = true;
    keeper->wait_status = status;
    hb_ending_command_over(keeper);
}

static void reap(struct hb_keeper *keeper)
{
    int status;
    pid_t pid;
    while ((pid = next_child(keeper, &status)) > 0) {
        if (WIFSTOPPED(status)) {
            hb_tracer_on_stop(&keeper->tracer, pid, status);
            continue;
        }
        hb_tracer_over(&keeper->tracer, pid);
        hb_watch_over(keeper, pid);
        if (pid == keeper->command_pid)
            on_command_end(keeper, status);
    }
    keeper->is_childless = pid < 0 && errno == ECHILD;
}

static void on_control(struct hb_keeper *keeper)
{
    char word;
    const ssize_t got = recv(keeper->control, &word, 1, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got != 1) {
        keeper->is_harness_gone = true;
        hb_ending_kill(keeper);
    } else if (word == HB_LEDGER_ASK_STOP) {
        hb_ending_begin(keeper, HB_PROGRAM_ENDED);
    } else if (word == HB_LEDGER_ASK_INTERRUPT) {
        hb_ending_begin(keeper, HB_PROGRAM_INTERRUPTED);
    } else if (word == HB_LEDGER_ASK_SAMPLE) {
        const char answer = HB_LEDGER_HAVE_SAMPLE;
        hb_watch_sample_for_harness(keeper);
        (void)send(keeper->control, &answer, 1, MSG_NOSIGNAL);
    }
}

static void on_signal(struct hb_keeper *keeper)
{
    struct signalfd_siginfo info;
    while (read(keeper->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGCHLD)
            hb_ending_begin(keeper, HB_PROGRAM_INTERRUPTED);
    }
    reap(keeper);
}

static void on_output(struct hb_keeper *keeper)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < HB_LEDGER_STREAMS; i++) {
        for (unsigned n = 0; n < CHUNKS_A_TURN && hb_stream_read(&keeper->streams[i]); n++)
            ;
        bytes += keeper->streams[i].bytes;
    }
    if (keeper->command->output_limit && bytes > keeper->command->output_limit)
        hb_ending_begin(keeper, HB_PROGRAM_OUTPUT_LIMIT);
}

/* Time for which this process was ready to run and did not, since it began; 0 where the kernel does
 * not say. */
static uint64_t delayed_ns(void)
{
    struct hb_proc_scheduled scheduled;
    return hb_proc_read_scheduled(getpid(), &scheduled) == 0 ? scheduled.delay_ns : 0;
}

/* Later than it asked for, and not for want of a CPU: it was stopped, with a container or by
 * signals to all, and then so was the command. */
static void wait_at_most(struct hb_keeper *keeper, struct pollfd *files, nfds_t count,
                         uint64_t most_ns)
{
    const struct timespec most = {(time_t)(most_ns / 1000000000u), (long)(most_ns % 1000000000u)};
    const uint64_t began_ns = hb_clock_monotonic_ns(), delayed_before_ns = delayed_ns();
    (void)ppoll(files, count, &most, NULL);
    const uint64_t waited_ns = hb_clock_monotonic_ns() - began_ns;
    if (waited_ns < AWAY_NS || waited_ns - AWAY_NS < most_ns)
        return;
    const uint64_t due_ns = most_ns + delayed_ns() - delayed_before_ns;
    if (waited_ns >= due_ns + AWAY_NS)
        hb_ending_away(keeper, waited_ns - due_ns);
}

static void wait_for_something(struct hb_keeper *keeper)
{
    struct pollfd files[] = {
        {.fd = keeper->control, .events = POLLIN},
        {.fd = keeper->signals, .events = POLLIN},
        {.fd = keeper->streams[HB_LEDGER_STDOUT].fd, .events = POLLIN},
        {.fd = keeper->streams[HB_LEDGER_STDERR].fd, .events = POLLIN},
    };
    if (keeper->is_harness_gone)
        files[0].fd = -1;
    const uint64_t now_ns = hb_clock_monotonic_ns(), due_ns = hb_ending_due_ns(keeper),
                   watch_ns = hb_watch_due_ns(keeper),
                   wake_ns = due_ns < watch_ns ? due_ns : watch_ns,
                   wait_ns = wake_ns > now_ns ? wake_ns - now_ns : 0;
    wait_at_most(keeper, files, 4, wait_ns);
    if (files[0].revents)
        on_control(keeper);
    if (files[1].revents)
        on_signal(keeper);
    if (files[2].revents || files[3].revents)
        on_output(keeper);
}

/* ---- the whole ---- */

/* Nothing of the harness's stays open here, above all no other keeper's socket: that one would not
 * see the harness go. */
static void close_all_but(int control)
{
    if (control > STDERR_FILENO + 1)
        (void)syscall(SYS_close_range, STDERR_FILENO + 1, control - 1, 0);
    (void)syscall(SYS_close_range, control + 1, ~0u, 0);
}

/* Here and not in the harness: whatever is made is removed then, however the harness ends. */
static int prepare(struct hb_keeper *keeper)
{
    char name[64];
    const char *root = keeper->command->host_root;
    struct hb_err *err = &keeper->ledger->err;
    if (hb_prepare(keeper->command, &keeper->prepared, err) != 0) {
        if (err->kind != HB_ERR_USAGE)
            return -1;
        not_started(keeper, -1, err->message); /* a file of the run's: the run's own end */
        *err = (struct hb_err){0};
        return 0;
    }
    HB_COPY(keeper->ledger->stage, keeper->prepared.stage);
    (void)snprintf(name, sizeof name, "hakbench-run-%d", (int)getpid());
    hb_group_make(root ? root : "", name, &keeper->ledger->group);
    return 0;
}

static void keep(struct hb_keeper *keeper)
{
    keeper->signals = open_signals();
    hb_watch_open(keeper);
    start(keeper);
    if (keeper->ledger->start_errno && keeper->command_pid <= 0)
        keeper->stage = HB_STAGE_GONE;
    while (keeper->stage != HB_STAGE_GONE) {
        wait_for_something(keeper);
        hb_watch_now(keeper);
        hb_ending_now(keeper);
    }
    hb_outcome_fill(keeper);
    hb_prepare_remove(keeper->prepared.stage);
    hb_group_remove(&keeper->ledger->group);
}

void hb_keeper_run(const struct hb_program_command *command, struct hb_ledger *ledger, int control)
{
    static struct hb_keeper keeper; /* zeroed, and too large for a small stack */
    const char answer = HB_LEDGER_ENDED;
    keeper.command = command;
    keeper.ledger = ledger;
    keeper.control = control;
    (void)setsid();
    (void)prctl(PR_SET_NAME, NAME);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    close_all_but(control);
    if (prepare(&keeper) == 0)
        keep(&keeper);
    (void)send(control, &answer, 1, MSG_NOSIGNAL);
    _exit(0);
}
