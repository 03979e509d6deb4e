/* Between fork and exec: see launch.h. */
#include "program/launch.h"

#include "base/child.h"
#include "base/clock.h"
#include "host/offspring.h"
#include "program/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <sys/mman.h>
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

/* Stands until it is traced, and then has the filter on, if any, which follows every fork and exec.
 */
static void be_counted(const struct hb_launch *launch)
{
    char byte;
    while (read(launch->barrier, &byte, 1) < 0 && errno == EINTR)
        ;
    if (launch->filter && seccomp_load(launch->filter) != 0)
        give_up(launch, errno, "memory system calls cannot be counted here");
}

static int shed_code(struct dl_phdr_info *object, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
            continue;
        const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE),
                        start = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1),
                        end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        (void)madvise((void *)start, end - start,
                      MADV_DONTNEED); // NOLINT(performance-no-int-to-ptr)
    }
    return 0;
}

/* The kernel books a child's resident peak before its exec to the program: what came from the
 * harness is given back, its code and its heap, and the mark set to what is left. Nothing may
 * allocate from here on. */
static void shed_memory(void)
{
    const uintptr_t heap = hb_calls_first_break(getpid());
    const int marks = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    (void)dl_iterate_phdr(shed_code, NULL);
    if (heap)
        (void)madvise((void *)heap, (uintptr_t)sbrk(0) - heap,
                      MADV_DONTNEED); // NOLINT(performance-no-int-to-ptr)
    if (marks >= 0)
        (void)!write(marks, "5", 1);
}

void hb_launch_exec(const struct hb_launch *launch, pid_t parent)
{
    const struct rlimit no_core = {0, 0};
    const struct hb_prepared *prepared = launch->prepared;
    hb_child_end_with(parent);
    (void)setpgid(0, 0);
    hb_offspring_mark(0, launch->ledger->harness);
    join_group(launch->group); /* first: it may take long, and is not the command's time */
    files_fixed(launch);
    if (chdir(prepared->folder) != 0)
        give_up(launch, errno, "cannot work in %s", prepared->folder);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (!launch->command->randomize)
        (void)personality(ADDR_NO_RANDOMIZE);
    environ = prepared->envp;
    launch->ledger->is_scheduled_known =
        hb_proc_read_scheduled(getpid(), &launch->ledger->scheduled) == 0;
    if (launch->barrier >= 0)
        be_counted(launch);
    else
        shed_memory();
    hb_child_signals_default();
    (void)getrusage(RUSAGE_SELF, &launch->ledger->before);
    atomic_store(&launch->ledger->began_ns, hb_clock_monotonic_ns());
    (void)execvp(prepared->file, prepared->argv);
    give_up(launch, errno, "cannot start %s", prepared->argv[0]);
}
