/* Between fork and exec: see launch.h. */
#include "program/launch.h"

#include "base/child.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noreturn, format(printf, 3, 4))) static void
give_up(const struct hb_launch *launch, int errnum, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(launch->ledger->start_what, sizeof launch->ledger->start_what, format,
                    arguments);
    va_end(arguments);
    launch->ledger->start_errno = errnum;
    _exit(HB_LAUNCH_FAILED);
}

static void signals_default(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        (void)signal(signal_number, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A copy above what the last dup2 calls write over. */
static int above_fixed(int fd)
{
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 16);
}

/* Input, output and errors where they belong; all others closed at the exec. */
static void files_fixed(const struct hb_launch *launch)
{
    const int input = above_fixed(launch->prepared->input), output = above_fixed(launch->output),
              errors = above_fixed(launch->errors);
    if (input < 0 || output < 0 || errors < 0 || dup2(input, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
        give_up(launch, errno, "no file descriptors for the command");
    (void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
}

/* A group that will not take it leaves the run without that one figure. */
static void join_group(int group)
{
    if (group >= 0)
        (void)!write(group, "0\n", 2);
}

/* Stands until it is traced, and then has the filter on, which follows every fork and exec. */
static void be_counted(const struct hb_launch *launch)
{
    char byte;
    while (read(launch->barrier, &byte, 1) < 0 && errno == EINTR)
        ;
    if (seccomp_load(launch->filter) != 0)
        give_up(launch, errno, "memory system calls cannot be counted here");
}

void hb_launch(const struct hb_launch *launch, pid_t parent)
{
    const struct rlimit no_core = {0, 0};
    const struct hb_prepared *prepared = launch->prepared;
    hb_child_end_with(parent);
    (void)setpgid(0, 0);
    join_group(launch->group); /* first: it may take long, and is not the command's time */
    files_fixed(launch);
    if (chdir(prepared->folder) != 0)
        give_up(launch, errno, "cannot work in %s", prepared->folder);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (!launch->command->randomize)
        (void)personality(ADDR_NO_RANDOMIZE);
    environ = prepared->envp;
    if (launch->barrier >= 0)
        be_counted(launch);
    signals_default();
    (void)getrusage(RUSAGE_SELF, &launch->ledger->before);
    atomic_store(&launch->ledger->began_ns, hb_clock_monotonic_ns());
    (void)execvp(prepared->file, prepared->argv);
    give_up(launch, errno, "cannot start %s", launch->command->argv[0]);
}
