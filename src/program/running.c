/* The harness's side: starts a keeper, talks to it, takes over what it measured. See program.h. */
#include "program/program.h"

#include "base/clock.h"
#include "host/offspring.h"
#include "program/keeper.h"
#include "program/prepare.h"
#include "program/running.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 100 /* how late an interrupt may be seen */

/* ---- start ---- */

static struct hb_ledger *map_ledger(size_t keep_bytes)
{
    struct hb_ledger *ledger = mmap(NULL, hb_ledger_size(keep_bytes), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ledger == MAP_FAILED)
        return NULL;
    struct hb_program_result *result = &ledger->result;
    const double unknown = (double)NAN;
    ledger->harness = getpid();
    ledger->keep_bytes = keep_bytes;
    result->wall_s = result->user_s = result->system_s = result->delay_s = unknown;
    result->faults_minor = result->faults_major = unknown;
    result->switches_voluntary = result->switches_involuntary = unknown;
    for (unsigned i = 0; i < HB_PROGRAM_PEAK_COUNT; i++)
        result->peak_bytes[i] = unknown;
    return ledger;
}

/* No signal reaches the keeper before it has its own handling: it would run the harness's. */
static pid_t fork_keeper(const struct hb_program *program, int control)
{
    sigset_t all, before;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t pid = fork();
    if (pid == 0)
        hb_keeper_run(program->command, program->ledger, control);
    const int failed = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = failed;
    return pid;
}

static void close_program(struct hb_program *program)
{
    if (program->ledger)
        (void)munmap(program->ledger, hb_ledger_size(program->command->keep_bytes));
    if (program->control >= 0)
        (void)close(program->control);
    free(program);
}

static int begin(struct hb_program *program, struct hb_err *err)
{
    int ends[2];
    program->ledger = map_ledger(program->command->keep_bytes);
    if (!program->ledger)
        return hb_err_memory(err, "a command's figures");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno,
                            "cannot make a socket to a command's keeper");
    program->control = ends[0];
    program->keeper = fork_keeper(program, ends[1]);
    const int failed = errno;
    (void)close(ends[1]);
    return program->keeper > 0
               ? 0
               : hb_err_errno(err, HB_ERR_SYSTEM, failed, "cannot start a process for a command");
}

int hb_program_start(const struct hb_program_command *command, struct hb_program **program,
                     struct hb_err *err)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* for orphans of a keeper that somebody kills */
    *program = NULL;
    struct hb_program *made = calloc(1, sizeof *made);
    if (!made)
        return hb_err_memory(err, NULL);
    *made = (struct hb_program){.command = command, .control = -1};
    if (begin(made, err) != 0) {
        close_program(made);
        return -1;
    }
    *program = made;
    return 0;
}

/* ---- talking ---- */

static void ask(const struct hb_program *program, enum hb_ledger_word word)
{
    const char byte = (char)word;
    (void)send(program->control, &byte, 1, MSG_NOSIGNAL);
}

enum hb_heard hb_program_hear(struct hb_program *program, int most_ms)
{
    struct pollfd file = {.fd = program->control, .events = POLLIN};
    char byte;
    if (program->is_over)
        return HB_HEARD_END;
    if (poll(&file, 1, most_ms) <= 0)
        return HB_HEARD_NOTHING;
    const ssize_t got = recv(program->control, &byte, 1, MSG_DONTWAIT);
    if (got == 1 && byte == HB_LEDGER_HAVE_SAMPLE)
        return HB_HEARD_SAMPLE;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return HB_HEARD_NOTHING;
    program->is_over = true;
    program->is_whole = got == 1;
    return HB_HEARD_END;
}

bool hb_program_is_interrupted(const struct hb_program *program)
{
    return program->command->interrupted && program->command->interrupted() != 0;
}

void hb_program_stop(struct hb_program *program)
{
    ask(program, HB_LEDGER_ASK_STOP);
}

bool hb_program_sample_now(struct hb_program *program, struct hb_program_sample *sample)
{
    enum hb_heard heard;
    *sample = (struct hb_program_sample){(double)NAN, (double)NAN, (double)NAN, 0};
    ask(program, HB_LEDGER_ASK_SAMPLE);
    while ((heard = hb_program_hear(program, TICK_MS)) == HB_HEARD_NOTHING)
        ;
    if (heard == HB_HEARD_SAMPLE)
        *sample = program->ledger->now;
    return heard == HB_HEARD_SAMPLE && sample->processes > 0;
}

int hb_program_pause(struct hb_program *program, double seconds, bool *ended, struct hb_err *err)
{
    const uint64_t until_ns = hb_clock_monotonic_ns() + (uint64_t)(seconds * 1e9);
    *ended = false;
    for (;;) {
        const uint64_t now_ns = hb_clock_monotonic_ns();
        const uint64_t left_ms = now_ns < until_ns ? (until_ns - now_ns) / 1000000 + 1 : 0;
        *ended =
            hb_program_hear(program, left_ms < TICK_MS ? (int)left_ms : TICK_MS) == HB_HEARD_END;
        if (hb_program_is_interrupted(program))
            return hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted");
        if (*ended || left_ms == 0)
            return 0;
    }
}

/* ---- end ---- */

#define ORPHAN_NS  UINT64_C(2000000000)  /* none has gone for so long: they stand in the kernel */
#define ORPHANS_NS UINT64_C(60000000000) /* or come again and again */

/* The keeper was killed: the command died with it, and what that left came to this process. Other
 * keepers have no mark and stay. Who is killed may leave children in its turn: only a listing that
 * finds nobody ends it, however slow a busy machine is with each. */
static void end_orphans(void)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    const uint64_t began_ns = hb_clock_monotonic_ns();
    uint64_t now_ns = began_ns, gone_ns = began_ns;
    unsigned gone;
    while (hb_offspring_kill(&gone) > 0 && now_ns < gone_ns + ORPHAN_NS &&
           now_ns < began_ns + ORPHANS_NS) {
        gone_ns = gone ? now_ns : gone_ns;
        (void)nanosleep(&pause, NULL);
        now_ns = hb_clock_monotonic_ns();
    }
}

static char *copy_kept(struct hb_ledger *ledger, unsigned stream, size_t bytes)
{
    char *copy = malloc(bytes + 1);
    if (copy) {
        memcpy(copy, hb_ledger_kept(ledger, stream), bytes);
        copy[bytes] = '\0';
    }
    return copy;
}

static int take_over(struct hb_program *program, struct hb_program_result *result,
                     struct hb_err *err)
{
    struct hb_ledger *ledger = program->ledger;
    *result = ledger->result;
    if (ledger->err.kind != HB_ERR_NONE)
        return hb_err_set(err, ledger->err.kind, "%s", ledger->err.message);
    result->output.kept = copy_kept(ledger, HB_LEDGER_STDOUT, result->output.kept_bytes);
    result->errors.kept = copy_kept(ledger, HB_LEDGER_STDERR, result->errors.kept_bytes);
    const size_t bytes = result->sample_count * sizeof *result->samples;
    result->samples = malloc(bytes > 0 ? bytes : 1);
    if (!result->output.kept || !result->errors.kept || !result->samples)
        return hb_err_memory(err, "a command's output");
    memcpy(result->samples, ledger->samples, bytes);
    return 0;
}

int hb_program_wait(struct hb_program **program_of, struct hb_program_result *result,
                    struct hb_err *err)
{
    struct hb_program *program = *program_of;
    bool is_asked = false;
    int status;
    *result = (struct hb_program_result){.end = HB_PROGRAM_INTERRUPTED};
    while (hb_program_hear(program, TICK_MS) != HB_HEARD_END) {
        if (!is_asked && hb_program_is_interrupted(program)) {
            ask(program, HB_LEDGER_ASK_INTERRUPT);
            is_asked = true;
        }
    }
    while (waitpid(program->keeper, NULL, 0) < 0 && errno == EINTR)
        ;
    if (program->is_whole) {
        status = take_over(program, result, err);
    } else {
        end_orphans();
        hb_prepare_remove(program->ledger->stage);
        hb_group_remove(&program->ledger->group);
        status = hb_err_set(err, HB_ERR_SYSTEM, "the process that kept a command was killed");
    }
    if (status == 0 && result->end == HB_PROGRAM_INTERRUPTED)
        status = hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted");
    close_program(program);
    *program_of = NULL;
    return status;
}

int hb_program_run(const struct hb_program_command *command, struct hb_program_result *result,
                   struct hb_err *err)
{
    struct hb_program *program;
    *result = (struct hb_program_result){.end = HB_PROGRAM_NOT_STARTED};
    if (hb_program_start(command, &program, err) != 0 || !program)
        return -1;
    return hb_program_wait(&program, result, err);
}
