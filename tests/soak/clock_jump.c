/* Preloaded into hakbench: after JUMP_AFTER_S seconds the machine has been suspended for 30 s, as
 * far as CLOCK_BOOTTIME tells. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    static time_t born;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    const int result = real(clock, time);
    if (born == 0) {
        struct timespec now;
        real(CLOCK_MONOTONIC, &now);
        born = now.tv_sec;
    }
    if (clock == CLOCK_BOOTTIME) {
        struct timespec now;
        const char *after = getenv("JUMP_AFTER_S");
        real(CLOCK_MONOTONIC, &now);
        if (after && now.tv_sec >= born + atoi(after))
            time->tv_sec += 30;
    }
    return result;
}
