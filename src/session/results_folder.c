/* The folder that results land in: see results_folder.h. */
#include "session/results_folder.h"

#include "base/copy.h"
#include "base/log.h"
#include "result/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* What the messages say of a folder. */
struct purpose {
    const char *folder, *hint;
};
static const struct purpose of_results = {"the results folder", "; --results names another"};
static const struct purpose of_others = {"the folder", ""};

static int no_folder(const struct purpose *purpose, const char *path, int why, struct hb_err *err)
{
    return hb_err_errno(err, HB_ERR_USAGE, why, "cannot make %s %s", purpose->folder, path);
}

/* On disk: else what is synced into one could be lost with it. */
static int make_folders(const struct purpose *purpose, const char *path, struct hb_err *err)
{
    char partial[HB_PATH_MAX];
    const size_t length = strlen(path);
    if (length >= sizeof partial)
        return no_folder(purpose, path, ENAMETOOLONG, err);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        (void)snprintf(partial, sizeof partial, "%.*s", (int)i, path);
        const int made = mkdir(partial, 0777);
        if (made != 0 && errno != EEXIST)
            return no_folder(purpose, path, errno, err);
        if (made == 0 && hb_file_sync_folder(partial, err) != 0)
            return -1;
    }
    return 0;
}

static int have_folder(const struct purpose *purpose, const char *path, struct hb_err *err)
{
    struct stat status;
    if (make_folders(purpose, path, err) != 0)
        return -1;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return hb_err_set(err, HB_ERR_USAGE, "%s is not a folder%s", path, purpose->hint);
    if (access(path, W_OK | X_OK) != 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "cannot write to %s %s%s", purpose->folder,
                            path, purpose->hint);
    return 0;
}

int hb_output_folder(const char *path, struct hb_err *err)
{
    return have_folder(&of_results, path, err);
}

/* What is not there is made below the nearest folder that is. */
int hb_output_folder_may_be(const char *path, struct hb_err *err)
{
    char above[HB_PATH_MAX];
    struct stat st;
    if (!HB_COPY(above, path))
        return no_folder(&of_results, path, ENAMETOOLONG, err);
    while (above[0] && stat(above, &st) != 0 && errno == ENOENT && strchr(above + 1, '/'))
        *strrchr(above, '/') = '\0';
    if (!path[0] || stat(above, &st) != 0)
        return path[0] && errno == ENOENT
                   ? 0
                   : no_folder(&of_results, path, path[0] ? errno : ENOENT, err);
    if (!S_ISDIR(st.st_mode))
        return hb_err_set(err, HB_ERR_USAGE, "%s is not a folder%s", above, of_results.hint);
    return access(above, W_OK | X_OK) == 0 ? 0 : no_folder(&of_results, path, errno, err);
}

int hb_output_folder_other(const char *path, struct hb_err *err)
{
    return have_folder(&of_others, path, err);
}

/* ---- the folder's lock ---- */

/* A lock that cannot be had is no reason not to measure: nobody else's session is lost by it. */
static int go_unlocked(const char *path, int why, int *fd)
{
    hb_say(
        "%s cannot be locked (%s): another hakbench that measures into this folder goes unnoticed",
        path, strerror(why));
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    return 0;
}

/* Never follows a link, never waits for a pipe's other end, and opens what is another user's for
 * reading at least: that is enough to lock it. */
static int open_lock(const char *path)
{
    const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, O_RDWR | flags);
    if (fd < 0 && errno == ENOENT)
        fd = open(path, O_RDWR | O_CREAT | flags, 0666);
    if (fd < 0 && (errno == EACCES || errno == EPERM || errno == EROFS))
        fd = open(path, O_RDONLY | flags);
    return fd;
}

/* A lock of ours is a file that is empty or has a process's number in it. */
static bool is_our_lock(int fd, char holder[32])
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > 16)
        return false;
    const ssize_t got = pread(fd, holder, 31, 0);
    holder[got > 0 ? got : 0] = '\0';
    const size_t digits = strspn(holder, "0123456789");
    holder[digits] = '\0';
    return got >= 0 && (size_t)got <= digits + 1;
}

static int foreign_lock(const char *path, int fd, struct hb_err *err)
{
    if (fd >= 0)
        (void)close(fd);
    return hb_err_set(
        err, HB_ERR_USAGE,
        "%s: is not a lock of hakbench; remove it, or choose another folder by --results", path);
}

static int held_lock(const char *folder, const char *holder, int fd, struct hb_err *err)
{
    (void)close(fd);
    return hb_err_set(err, HB_ERR_USAGE, "another hakbench (process %s) is measuring into %s",
                      holder[0] ? holder : "?", folder);
}

/* For the message to others. A file of another user, or of another name elsewhere, is ours to hold,
 * not to write. */
static int sign_lock(const char *path, int fd, struct hb_err *err)
{
    struct stat st;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY || fstat(fd, &st) != 0 || st.st_nlink > 1)
        return 0;
    if (ftruncate(fd, 0) == 0 && dprintf(fd, "%d\n", (int)getpid()) > 0)
        return 0;
    (void)hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot write to %s", path);
    (void)close(fd);
    return -1;
}

static int no_lock(const char *folder, const char *path, int why, int *fd, struct hb_err *err)
{
    struct stat st;
    if (why == ELOOP || why == EISDIR || why == ENXIO)
        return foreign_lock(path, -1, err);
    if (why == EACCES && lstat(path, &st) == 0)
        return go_unlocked(path, why, fd);
    return hb_err_errno(err, HB_ERR_USAGE, why, "cannot write to the results folder %s", folder);
}

int hb_output_lock(const char *folder, int *fd, struct hb_err *err)
{
    char path[HB_PATH_MAX], holder[32] = "";
    *fd = -1;
    if (hb_copy_path(path, err, "%s/.lock", folder) != 0)
        return -1;
    *fd = open_lock(path);
    if (*fd < 0)
        return no_lock(folder, path, errno, fd, err);
    if (!is_our_lock(*fd, holder))
        return foreign_lock(path, *fd, err);
    const enum hb_file_lock lock = hb_file_take_lock(*fd);
    if (lock == HB_FILE_LOCK_OTHERS)
        return held_lock(folder, holder, *fd, err);
    if (lock == HB_FILE_LOCK_NONE)
        return go_unlocked(path, errno, fd);
    return sign_lock(path, *fd, err);
}

/* Colons are no friends of file names, make and rsync. */
static void file_time(const char *wall_text, char *text, size_t text_bytes)
{
    hb_copy_text(text, text_bytes, wall_text);
    for (char *c = text; *c; c++)
        *c = *c == ':' ? '-' : *c;
}

static bool is_taken(const char *stem)
{
    static const char *const extensions[] = {".jsonl", ".json", ".csv"};
    char path[HB_PATH_MAX + 8];
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        (void)snprintf(path, sizeof path, "%s%s", stem, extensions[i]);
        if (access(path, F_OK) == 0)
            return true;
    }
    return false;
}

int hb_output_stem(const char *folder, const struct hb_session *session, char *stem,
                   size_t stem_bytes, struct hb_err *err)
{
    char when[32];
    file_time(session->started_at, when, sizeof when);
    for (unsigned number = 1; number < 1000; number++) {
        char suffix[16] = "";
        if (number > 1)
            (void)snprintf(suffix, sizeof suffix, "-%u", number);
        const int length =
            snprintf(stem, stem_bytes, "%s/%s-%s%s", folder, when, session->profile_name, suffix);
        if (length < 0 || (size_t)length >= stem_bytes)
            return hb_err_set(err, HB_ERR_USAGE, "%s: the path is too long", folder);
        if (!is_taken(stem))
            return 0;
    }
    return hb_err_set(err, HB_ERR_USAGE, "%s has too many results of this second", folder);
}

/* ---- the machine's lock ---- */

bool hb_machine_is_shared(bool flag)
{
    const char *value = getenv("HAKBENCH_SHARE_MACHINE");
    return flag || (value && strcmp(value, "1") == 0);
}

/* Who listens at the name; 0 when that is not known. */
static pid_t holder(const struct sockaddr *name, socklen_t length)
{
    struct ucred credentials = {0};
    socklen_t size = sizeof credentials;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return 0;
    if (connect(fd, name, length) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        credentials.pid = 0;
    (void)close(fd);
    return credentials.pid;
}

int hb_machine_lock(bool share, int *fd, struct hb_err *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0hakbench measures"};
    const socklen_t length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof "\0hakbench measures" - 1);
    const struct sockaddr *address = (const struct sockaddr *)&name;
    char who[32] = "";
    *fd = share ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return 0;
    if (bind(*fd, address, length) == 0 && listen(*fd, 1) == 0)
        return 0;
    const bool is_taken = errno == EADDRINUSE;
    (void)close(*fd);
    *fd = -1;
    if (!is_taken)
        return 0;
    const pid_t pid = holder(address, length);
    if (pid > 0)
        (void)snprintf(who, sizeof who, " (process %d)", (int)pid);
    return hb_err_set(err, HB_ERR_USAGE,
                      "another hakbench%s is measuring on this machine, and two at once disturb "
                      "each other; --share-machine allows it",
                      who);
}
