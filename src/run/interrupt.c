/* Signals of the harness: see interrupt.h. */
#include "run/interrupt.h"

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/* timeout(1) signals its child and then the whole group, the child once more: what comes so soon
 * after the first is the same request. */
#define SAME_REQUEST_NS UINT64_C(1000000000)

static volatile sig_atomic_t asked, continued;
static volatile uint64_t asked_ns;
static volatile pid_t guarded;

static void on_stop(int signal_number)
{
    const uint64_t now_ns = hb_clock_monotonic_ns();
    if (asked && now_ns - asked_ns < SAME_REQUEST_NS)
        return;
    if (asked) {
        if (guarded > 0)
            (void)kill(-guarded, SIGKILL);
        _exit(128 + signal_number);
    }
    asked_ns = now_ns;
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

/* One stop signal is not handled in the midst of another. */
static void install(int signal_number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGHUP);
    (void)sigaction(signal_number, &action, NULL);
}

/* Who started this program with a signal ignored (nohup, a shell's background job) meant it. */
static void install_stop(int signal_number)
{
    struct sigaction before;
    if (sigaction(signal_number, NULL, &before) != 0 || before.sa_handler != SIG_IGN)
        install(signal_number, on_stop);
}

void hb_interrupt_install(void)
{
    install_stop(SIGINT);
    install_stop(SIGTERM);
    install_stop(SIGHUP);
    install(SIGCONT, on_continue);
    install(SIGCHLD, on_child);
    (void)signal(SIGPIPE, SIG_IGN);
}

int hb_interrupt_signal(void)
{
    return asked;
}

int hb_interrupt_check(struct hb_err *err)
{
    return hb_interrupt_signal() ? hb_err_set(err, HB_ERR_INTERRUPTED, "interrupted") : 0;
}

unsigned hb_interrupt_continued(void)
{
    return (unsigned)continued;
}

void hb_interrupt_guard(pid_t group)
{
    guarded = group;
}
