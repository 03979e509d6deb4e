/* Preloaded: a machine that may have 4,096 CPUs, whose kernel refuses a mask with fewer bits. It
 * has no more of them than this one. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define POSSIBLE 4096u

int sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *set)
{
    if (8 * bytes < POSSIBLE) {
        errno = EINVAL;
        return -1;
    }
    memset(set, 0, bytes);
    return syscall(SYS_sched_getaffinity, pid, bytes, set) < 0 ? -1 : 0;
}
