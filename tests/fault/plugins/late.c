/* Children of hakbench that are slow to begin, preloaded into it: no allocator. A child that asks
 * to end with its parent does so HB_LATE_MS milliseconds later, when the parent may be gone. Each
 * child writes a byte to HB_LATE_FILE first. Read next: tests/fault/kill_test.sh. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static void mark(const char *path)
{
    const int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd >= 0 && write(fd, "c", 1) == 1)
        (void)close(fd);
}

__attribute__((visibility("default"))) int prctl(int option, ...)
{
    int (*const real)(int, ...) = (int (*)(int, ...))dlsym(RTLD_NEXT, "prctl");
    const char *ms = getenv("HB_LATE_MS");
    unsigned long arguments[4];
    va_list list;
    va_start(list, option);
    for (int i = 0; i < 4; i++)
        arguments[i] = va_arg(list, unsigned long);
    va_end(list);
    if (option == PR_SET_PDEATHSIG && ms) {
        mark(getenv("HB_LATE_FILE"));
        (void)usleep((useconds_t)atoi(ms) * 1000);
    }
    return real(option, arguments[0], arguments[1], arguments[2], arguments[3]);
}
