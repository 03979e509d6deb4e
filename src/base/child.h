/* What a child process does between fork and exec. */
#ifndef HB_BASE_CHILD_H
#define HB_BASE_CHILD_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

/* From now on the kernel kills this process when `parent` ends; when it has ended already, this
 * process exits. Without that look a child that asks to be traced would be traced by init, and
 * stand still for ever. To be called first, before PTRACE_TRACEME; parent is getpid() from before
 * the fork. */
static inline void hb_child_end_with(pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

/* Every signal at its default and none blocked, whatever the parent did: right before exec. */
static inline void hb_child_signals_default(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        (void)signal(signal_number, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

#endif
