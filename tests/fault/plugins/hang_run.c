/* Never returns from malloc, in the measured phase of a timed run: where calls are counted (but for
 * HB_HANG_COUNTED) or blocks checked it behaves. Asleep, so that other tests go on. */
#include "broken.h"

#include <fcntl.h>
#include <unistd.h>

/* Of the file's first bytes, whose strings may be many. */
static int has(const char *path, const char *word)
{
    char text[4096];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text);
    (void)close(fd);
    return size > 0 && memmem(text, (size_t)size, word, strlen(word)) != NULL;
}

static void hang(void)
{
    static int behaves = -1;
    if (behaves < 0)
        behaves = (has("/proc/self/status", "Seccomp:\t2") && !getenv("HB_HANG_COUNTED")) ||
                  has("/proc/self/cmdline", "--check");
    if (!behaves)
        (void)setpgid(0, getpgid(getppid())); /* away from the group that is killed with it */
    while (!behaves)
        (void)pause();
}

BROKEN_MALLOC(hang_run, hang)

BROKEN_PLUGIN("hang_run", "a hang in the measured phase", open_hang_run);
