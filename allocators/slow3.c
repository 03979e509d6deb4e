/* The C library's malloc made slower by a known 3 %, which `hakbench selftest` must find out.
 * Nothing is put into malloc or free, whose cost would be another on every machine: a timer on each
 * thread's own CPU time goes off at every few ticks of the kernel, and its handler computes nothing
 * for 3 % of the CPU time that the thread has had since. Sleeps and other programs' turns are no
 * CPU time, so they cost nothing; what the signal itself costs is measured at open() and taken off.
 * So the plant is 3 % on any machine, whatever the loop does. */
#include "resolve.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SLOWER_PERCENT 3u
#define PERIOD_NS      1000000 /* the kernel rounds it up to its tick: 1 to 10 ms */
#define SIGNAL         (SIGRTMIN + 5)

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static uint64_t signal_ns; /* CPU time of one signal without its wait */

static _Thread_local struct {
    timer_t timer;
    uint64_t since_ns; /* CPU time at the end of the last wait; 0: no timer */
} here __attribute__((tls_model("initial-exec")));

static uint64_t cpu_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

/* elapsed = system + signal; system * 3 % is owed, and the signal has paid a part already. */
static void on_signal(int number)
{
    const int kept = errno;
    const uint64_t now = cpu_ns(), elapsed = here.since_ns ? now - here.since_ns : 0;
    const uint64_t own = elapsed > signal_ns ? elapsed - signal_ns : 0;
    const uint64_t owed = own * SLOWER_PERCENT / 100;
    (void)number;
    while (here.since_ns && owed > signal_ns && cpu_ns() < now + owed - signal_ns)
        ;
    if (here.since_ns)
        here.since_ns = cpu_ns();
    errno = kept;
}

/* The cheapest of many: what disturbs one only ever adds. */
static uint64_t time_signal(void)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 200; i++) {
        const uint64_t start_ns = cpu_ns();
        (void)syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGNAL);
        const uint64_t took_ns = cpu_ns() - start_ns;
        best = took_ns < best ? took_ns : best;
    }
    return best;
}

static void slow3_thread_init(void)
{
    const struct itimerspec period = {{0, PERIOD_NS}, {0, PERIOD_NS}};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &here.timer) != 0)
        return;
    here.since_ns = cpu_ns();
    (void)timer_settime(here.timer, 0, &period, NULL);
}

static void slow3_thread_exit(void)
{
    if (here.since_ns)
        (void)timer_delete(here.timer);
    here.since_ns = 0;
}

/* Where there is no such timer there is no plant either: better none than one of 0 %. */
static int try_timer(char *message, size_t message_bytes)
{
    slow3_thread_init();
    if (here.since_ns == 0) {
        (void)snprintf(message, message_bytes, "no timer on a thread's CPU time: %s",
                       strerror(errno));
        return -1;
    }
    slow3_thread_exit();
    return 0;
}

static int open_slow3(void *library, const struct hb_allocator_hint *hint,
                      struct hb_allocator_functions *functions, char *message, size_t message_bytes)
{
    static const struct hb_resolve_names names = HB_RESOLVE_PLAIN;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    (void)hint;
    if (hb_resolve(library, &names, functions, message, message_bytes) != 0)
        return -1;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGNAL, &action, NULL);
    signal_ns = time_signal();
    if (try_timer(message, message_bytes) != 0)
        return -1;
    functions->thread_init = slow3_thread_init;
    functions->thread_exit = slow3_thread_exit;
    return 0;
}

static int version(void *library, char *text, size_t text_bytes)
{
    (void)library;
    (void)snprintf(text, text_bytes, "%s", gnu_get_libc_version());
    return 0;
}

HB_PLUGIN_EXPORT const struct hb_allocator_plugin hb_allocator_plugin = {
    .abi_version = HB_ALLOCATOR_ABI,
    .struct_bytes = sizeof(struct hb_allocator_plugin),
    .name = "slow3",
    .summary = "the C library's malloc made slower by 3 %: selftest must find it out",
    .licence = "MIT",
    .library_names = (const char *const[]){"libc.so.6", NULL},
    .open = open_slow3,
    .version = version,
};
