/* A disk that fails, preloaded into hakbench: no allocator. Of the calls of one name on files whose
 * path matches, the n-th fails.
 *   HB_DISK_PATH=REGEX           the whole path; of a rename, the new one
 *   HB_DISK_FAIL="fsync 3 EIO"   the third; "3+": all from the third on; 0: none
 *       "write 2 short"          writes but half of it
 *       "flock 1 swap"           PATH.other takes the file's place before it is locked
 *       "fsync 1 INT"            does not fail: the process gets SIGINT just then
 *   HB_DISK_LOG=FILE             every call on such a file, a line each: "! " before one that
 * failed fsync (and fdatasync), write, ftruncate, rename, unlink, flock, and close of what was
 * written. What stdio writes by itself is not seen. Read next: tests/fault/sync_test.sh. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static struct {
    bool is_on, is_lasting;
    regex_t wanted;
    char call[16], how[16];
    unsigned long nth, *seen; /* one count, of children too */
    int log;
} disk;

__attribute__((constructor)) static void read_orders(void)
{
    const char *path = getenv("HB_DISK_PATH"), *fail = getenv("HB_DISK_FAIL"),
               *log = getenv("HB_DISK_LOG");
    char sign = ' ';
    if (!path || !fail || !log || regcomp(&disk.wanted, path, REG_EXTENDED | REG_NOSUB) != 0)
        return;
    if (sscanf(fail, "%15s %lu%c %15s", disk.call, &disk.nth, &sign, disk.how) != 4)
        return;
    const int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    disk.log = fcntl(fd, F_DUPFD_CLOEXEC, 64); /* out of the way of those that are counted */
    (void)syscall(SYS_close, fd);
    disk.is_lasting = sign == '+';
    disk.seen =
        mmap(NULL, sizeof *disk.seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    disk.is_on = disk.log >= 0 && disk.seen != MAP_FAILED;
}

static bool is_hit(const char *call, const char *path)
{
    const int before = errno;
    bool hit = false;
    if (!disk.is_on || regexec(&disk.wanted, path, 0, NULL, 0) != 0)
        return false;
    if (strcmp(call, disk.call) == 0 && disk.nth > 0) {
        const unsigned long seen = ++*disk.seen;
        hit = seen == disk.nth || (disk.is_lasting && seen > disk.nth);
    }
    (void)dprintf(disk.log, "%s%s %s\n", hit ? "! " : "", call, path);
    if (hit && strcmp(disk.how, "INT") == 0) {
        (void)raise(SIGINT);
        hit = false;
    }
    errno = before;
    return hit;
}

static bool path_of(int fd, char path[PATH_MAX])
{
    static const char gone[] = " (deleted)";
    char link[32];
    const int before = errno;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t got = readlink(link, path, PATH_MAX - 1);
    size_t length = got > 0 ? (size_t)got : 0;
    if (length >= sizeof gone &&
        memcmp(path + length - (sizeof gone - 1), gone, sizeof gone - 1) == 0)
        length -= sizeof gone - 1;
    path[length] = '\0';
    errno = before;
    return length > 0;
}

static bool is_hit_fd(const char *call, int fd)
{
    char path[PATH_MAX];
    return disk.is_on && path_of(fd, path) && is_hit(call, path);
}

static int fail(void)
{
    static const struct {
        const char *name;
        int value;
    } errors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC},   {"EDQUOT", EDQUOT}, {"EINTR", EINTR},
                  {"EINVAL", EINVAL}, {"ENOTSUP", ENOTSUP}, {"EROFS", EROFS},   {"EACCES", EACCES}};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(disk.how, errors[i].name) == 0)
            errno = errors[i].value;
    return -1;
}

EXPORT int fsync(int fd)
{
    return is_hit_fd("fsync", fd) ? fail() : (int)syscall(SYS_fsync, fd);
}

EXPORT int fdatasync(int fd)
{
    return is_hit_fd("fsync", fd) ? fail() : (int)syscall(SYS_fdatasync, fd);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t size)
{
    if (!is_hit_fd("write", fd))
        return syscall(SYS_write, fd, bytes, size);
    return strcmp(disk.how, "short") == 0 ? syscall(SYS_write, fd, bytes, (size + 1) / 2) : fail();
}

EXPORT int ftruncate(int fd, off_t size)
{
    return is_hit_fd("ftruncate", fd) ? fail() : (int)syscall(SYS_ftruncate, fd, size);
}

/* As Linux does it: closed all the same. */
EXPORT int close(int fd)
{
    const int flags = disk.is_on ? (int)syscall(SYS_fcntl, fd, F_GETFL) : -1;
    const bool hit = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && is_hit_fd("close", fd);
    const int result = (int)syscall(SYS_close, fd);
    return hit ? fail() : result;
}

EXPORT int rename(const char *from, const char *to)
{
    return is_hit("rename", to) ? fail()
                                : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int unlink(const char *path)
{
    return is_hit("unlink", path) ? fail() : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

EXPORT int flock(int fd, int operation)
{
    char path[PATH_MAX], other[PATH_MAX + 8];
    if (is_hit_fd("flock", fd) && path_of(fd, path)) {
        (void)snprintf(other, sizeof other, "%s.other", path);
        (void)syscall(SYS_renameat2, AT_FDCWD, other, AT_FDCWD, path, 0);
    }
    return (int)syscall(SYS_flock, fd, operation);
}
