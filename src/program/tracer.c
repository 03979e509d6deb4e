/* The tree, traced: see tracer.h. */
#include "program/tracer.h"

#include "host/hostfile.h"
#include "host/proc.h"
#include "program/calls.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int hb_tracer_seize(struct hb_tracer *tracer, pid_t command, struct hb_tree *tree)
{
    const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
                         PTRACE_O_EXITKILL;
    tracer->command = command;
    tracer->tree = tree;
    return ptrace(PTRACE_SEIZE, command, NULL, (void *)options) == 0 ? 0 : -1;
}

/* A number of this process's status; `unknown` when it is gone. */
static uint64_t status_of(pid_t pid, const char *key, int base, uint64_t unknown)
{
    char path[64], text[4096], number[32];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    return hb_host_text("", path, text, sizeof text) &&
                   hb_host_field(text, key, ':', number, sizeof number)
               ? strtoull(number, NULL, base)
               : unknown;
}

/* The process that a thread is of; the thread itself when it is gone. */
static pid_t process_of(pid_t thread)
{
    return (pid_t)status_of(thread, "Tgid", 10, (uint64_t)thread);
}

/* A parent that ignores SIGCHLD waits for nobody, and the kernel drops its children's time. */
static bool is_waited_for(pid_t pid)
{
    const pid_t parent = (pid_t)status_of(pid, "PPid", 10, 0);
    return parent == getpid() ||
           (status_of(parent, "SigIgn", 16, 0) & (UINT64_C(1) << (SIGCHLD - 1))) == 0;
}

static void book(struct hb_tracer *tracer, pid_t pid)
{
    enum hb_syscall which;
    uint64_t bytes;
    struct hb_tree_process *process = hb_tree_make(tracer->tree, process_of(pid));
    if (process && process->last_break == 0)
        process->last_break = hb_calls_first_break(pid);
    if (!process || !hb_calls_read(pid, &which, &bytes, &process->last_break))
        return;
    tracer->tree->result->calls[which]++;
    tracer->tree->result->call_bytes[which] += bytes;
}

/* A thread is no process; a process that begins is what its parent is, unless it was seen to become
 * another before its parent's fork was. */
static void on_new(struct hb_tracer *tracer, pid_t parent, int event)
{
    unsigned long message;
    if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &message) != 0)
        return;
    const pid_t child = (pid_t)message;
    if ((event == PTRACE_EVENT_CLONE && process_of(child) != child) ||
        hb_tree_known(tracer->tree, child))
        return;
    const struct hb_tree_process *from = hb_tree_make(tracer->tree, process_of(parent));
    struct hb_tree_process *process = hb_tree_make(tracer->tree, child);
    if (!from || !process)
        return;
    HB_COPY(process->name, from->name);
    process->last_break = from->last_break;
    process->is_writer = from->is_writer;
}

/* Nothing of what it ran until now will be written any more. */
static void close_image(struct hb_tracer *tracer, struct hb_tree_process *process)
{
    if (process->is_writer)
        hb_images_part(&tracer->images, process->pid);
    process->is_writer = false;
}

void hb_tracer_over(struct hb_tracer *tracer, pid_t pid)
{
    struct hb_tree_process *process = tracer->tree ? hb_tree_known(tracer->tree, pid) : NULL;
    if (process)
        close_image(tracer, process);
}

static void on_exec(struct hb_tracer *tracer, pid_t pid)
{
    const bool is_new = !hb_tree_known(tracer->tree, pid);
    struct hb_tree_process *process = hb_tree_make(tracer->tree, pid);
    tracer->has_begun |= pid == tracer->command;
    if (!process)
        return;
    process->is_writer |= is_new && pid != tracer->command && tracer->images.folder;
    close_image(tracer, process);
    process->is_writer = hb_images_is_writer(&tracer->images, pid);
    hb_tree_forget(process);
    process->last_break = 0;
    hb_tree_look(tracer->tree, process);
}

/* The last moment at which its memory can be looked at. */
static void on_exit_of(struct hb_tracer *tracer, pid_t pid)
{
    double *peak = &tracer->tree->result->peak_bytes[HB_PROGRAM_PEAK_RSS];
    struct hb_proc_status status;
    struct hb_tree_process *process =
        process_of(pid) == pid ? hb_tree_make(tracer->tree, pid) : NULL;
    if (!process)
        return;
    hb_tree_look_last(tracer->tree, process);
    tracer->tree->unwaited += !is_waited_for(pid);
    if (hb_proc_read_status(pid, &status, NULL) == 0)
        *peak = fmax(*peak, (double)status.vm_hwm_bytes);
}

static bool is_stop_signal(int signal_number)
{
    return signal_number == SIGSTOP || signal_number == SIGTSTP || signal_number == SIGTTIN ||
           signal_number == SIGTTOU;
}

void hb_tracer_on_stop(struct hb_tracer *tracer, pid_t pid, int wait_status)
{
    const int event = wait_status >> 16, signal_number = WSTOPSIG(wait_status);
    const bool is_group = event == PTRACE_EVENT_STOP && is_stop_signal(signal_number);
    if (event == PTRACE_EVENT_EXEC)
        on_exec(tracer, pid);
    else if (event == PTRACE_EVENT_SECCOMP && tracer->has_begun)
        book(tracer, pid);
    else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
             event == PTRACE_EVENT_CLONE)
        on_new(tracer, pid, event);
    else if (event == PTRACE_EVENT_EXIT && tracer->has_begun)
        on_exit_of(tracer, pid);
    if (pid == tracer->command)
        tracer->is_stopped = is_group;
    if (is_group) /* stands until somebody continues it, as it would untraced */
        (void)ptrace(PTRACE_LISTEN, pid, NULL, NULL);
    else
        (void)ptrace(PTRACE_CONT, pid, NULL, (void *)(long)(event == 0 ? signal_number : 0));
}
