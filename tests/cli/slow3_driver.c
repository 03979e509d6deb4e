/* How much slower is slow3? The plugin runs here on a CPU clock that this program makes up, so that
 * the answer is the same on every machine and under any load: time goes on by what the "loop" takes
 * between two signals, and by 100 ns with each look at the clock. Prints the share of waiting in
 * hundredths of a percent of the loop's time. Usage: slow3_driver SLOW3.SO
 * Build with -rdynamic: the plugin must find this clock. Read next: commands_test.sh. */
#include "allocator.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define LOOK_NS 100u
#define LOOP_NS 4000000u
#define TURNS   1000u

static volatile uint64_t made_up_ns = 1000000; /* raise() is a leaf to the compiler */
static int timers;

int clock_gettime(clockid_t clock, struct timespec *time)
{
    (void)clock;
    made_up_ns += LOOK_NS;
    time->tv_sec = (time_t)(made_up_ns / 1000000000);
    time->tv_nsec = (long)(made_up_ns % 1000000000);
    return 0;
}

int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
    (void)event, (void)timer;
    timers += clock == CLOCK_THREAD_CPUTIME_ID;
    return 0;
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *value,
                  struct itimerspec *before)
{
    (void)timer, (void)flags, (void)value, (void)before;
    return 0;
}

int timer_delete(timer_t timer)
{
    (void)timer;
    return 0;
}

int main(int argc, char **argv)
{
    void *file = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    const struct hb_allocator_plugin *plugin = file ? dlsym(file, "hb_allocator_plugin") : NULL;
    void *library = plugin ? dlopen(plugin->library_names[0], RTLD_NOW) : NULL;
    const struct hb_allocator_hint hint = {.size_max = 1024, .blocks_max = 64, .threads = 1};
    struct hb_allocator_functions functions;
    char message[256];
    if (!library || plugin->open(library, &hint, &functions, message, sizeof message) != 0 ||
        !functions.thread_init)
        return 2;
    functions.thread_init();
    uint64_t waited_ns = 0;
    for (unsigned i = 0; i < TURNS; i++) {
        made_up_ns += LOOP_NS;
        const uint64_t before_ns = made_up_ns;
        (void)raise(SIGRTMIN + 5);
        waited_ns += made_up_ns - before_ns;
    }
    functions.thread_exit();
    (void)printf("%llu %s\n", (unsigned long long)(10000 * waited_ns / ((uint64_t)LOOP_NS * TURNS)),
                 timers >= 2 && functions.free == dlsym(library, "free") ? "pure" : "wrapped");
    return 0;
}
