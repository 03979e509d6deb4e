/* Signals of the harness: see interrupt.h. */
#include "run/interrupt.h"

#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t asked, continued;
static volatile pid_t guarded;

static void on_stop(int signal_number)
{
    if (asked) {
        if (guarded > 0)
            (void)kill(-guarded, SIGKILL);
        _exit(128 + signal_number);
    }
    asked = signal_number;
}

static void on_continue(int signal_number)
{
    (void)signal_number;
    continued++;
}

/* Nothing to do: its arrival alone wakes ppoll(). */
static void on_child(int signal_number)
{
    (void)signal_number;
}

static void install(int signal_number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    (void)sigaction(signal_number, &action, NULL);
}

void hb_interrupt_install(void)
{
    install(SIGINT, on_stop);
    install(SIGTERM, on_stop);
    install(SIGHUP, on_stop);
    install(SIGCONT, on_continue);
    install(SIGCHLD, on_child);
    (void)signal(SIGPIPE, SIG_IGN);
}

int hb_interrupt_signal(void)
{
    return asked;
}

unsigned hb_interrupt_continued(void)
{
    return (unsigned)continued;
}

void hb_interrupt_guard(pid_t group)
{
    guarded = group;
}
