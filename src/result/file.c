/* Whole files in and out: see file.h.
 * Replacing is: new file beside the old one, all bytes, fsync, close, rename, fsync of the folder;
 * each step's failure leaves the old file and removes the new one. */
#include "result/file.h"

#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NEW_FILE_TRIES 100
#define LOCK_TRIES     10 /* beyond the first, LOCK_PAUSE_NS apart */
#define LOCK_PAUSE_NS  50000000
#define CHUNK_BYTES    ((size_t)64 << 10)
#define HASHED_BYTES   ((size_t)8 << 10) /* at once: on the stack */

int hb_file_write_all(int fd, const void *bytes, size_t size, const char *name, struct hb_err *err)
{
    const char *at = bytes;
    while (size > 0) {
        const ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot write", name);
        at += written;
        size -= (size_t)written;
    }
    return 0;
}

int hb_file_sync(int fd, const char *name, struct hb_err *err)
{
    int result;
    do
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    if (result != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot sync", name);
    return 0;
}

/* The folder part of path: "." when it has none; the caller frees. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* A folder that may be written but not read cannot be synced: the rename is done all the same. */
static int sync_folder(const char *folder, struct hb_err *err)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == EACCES)
        return 0;
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot open to sync", folder);
    const int result = hb_file_sync(fd, folder, err);
    (void)close(fd);
    return result;
}

int hb_file_sync_folder(const char *path, struct hb_err *err)
{
    char *folder = folder_of(path);
    const int result = folder ? sync_folder(folder, err) : hb_err_memory(err, NULL);
    free(folder);
    return result;
}

enum target { TARGET_NEW, TARGET_FILE, TARGET_STREAM };

static int refuse_target(const char *path, const char *what, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_USAGE, "%s: is %s; expected the path of a file", path, what);
}

/* What is at path now. */
static int inspect(const char *path, enum target *target, struct stat *st, struct hb_err *err)
{
    struct stat link;
    *target = TARGET_NEW;
    if (stat(path, st) != 0) {
        if (errno != ENOENT)
            return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot look at", path);
        if (lstat(path, &link) == 0)
            return refuse_target(path, "a link to nothing", err);
        return 0;
    }
    if (S_ISDIR(st->st_mode))
        return refuse_target(path, "a folder", err);
    if (S_ISBLK(st->st_mode))
        return refuse_target(path, "a block device", err);
    if (S_ISSOCK(st->st_mode))
        return refuse_target(path, "a socket", err);
    *target = S_ISREG(st->st_mode) ? TARGET_FILE : TARGET_STREAM;
    return 0;
}

/* A name of its own beside the target; O_EXCL finds those of a process that died with our id. */
static int create_beside(struct hb_file_making *making, struct hb_err *err)
{
    char *folder = folder_of(making->real);
    const size_t bytes = folder ? strlen(folder) + 48 : 0;
    making->name = folder ? malloc(bytes) : NULL;
    for (int i = 0; making->name && i < NEW_FILE_TRIES && making->fd < 0; i++) {
        (void)snprintf(making->name, bytes, "%s/.hakbench-%ld-%d.new", folder, (long)getpid(), i);
        making->fd = open(making->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (making->fd < 0 && errno != EEXIST)
            break;
    }
    const int why = errno;
    free(folder);
    if (!making->name)
        return hb_err_memory(err, making->path);
    return making->fd < 0 ? hb_err_errno(err, HB_ERR_USAGE, why,
                                         "%s: cannot create a file in its folder", making->path)
                          : 0;
}

/* old: of the file at the path, or NULL when there is none. */
static int begin_file(struct hb_file_making *making, const struct stat *old, struct hb_err *err)
{
    making->real = old ? realpath(making->path, NULL) : strdup(making->path);
    if (!making->real)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot follow", making->path);
    if (create_beside(making, err) != 0)
        return -1;
    return old && fchmod(making->fd, old->st_mode & 07777) != 0
               ? hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot set the mode", making->path)
               : 0;
}

static void drop(struct hb_file_making *making)
{
    if (making->fd >= 0)
        (void)close(making->fd);
    if (making->fd >= 0 && making->name)
        (void)unlink(making->name);
    free(making->name);
    free(making->real);
    *making = (struct hb_file_making){.fd = -1};
}

int hb_file_begin(const char *path, struct hb_file_making *making, struct hb_err *err)
{
    enum target target;
    struct stat st;
    *making = (struct hb_file_making){.fd = -1, .path = path};
    if (inspect(path, &target, &st, err) != 0)
        return -1;
    if (target == TARGET_STREAM) {
        making->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return making->fd < 0
                   ? hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot open for writing", path)
                   : 0;
    }
    /* rename() would take the place of a write-protected file without a word */
    if (target == TARGET_FILE && access(path, W_OK) != 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot write", path);
    if (begin_file(making, target == TARGET_FILE ? &st : NULL, err) == 0)
        return 0;
    drop(making);
    return -1;
}

static int put_in_place(const struct hb_file_making *making, struct hb_err *err)
{
    return rename(making->name, making->real) != 0
               ? hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot put the new file there",
                              making->path)
               : 0;
}

static int keep(struct hb_file_making *making, struct hb_err *err)
{
    int result = hb_file_sync(making->fd, making->path, err);
    if (close(making->fd) != 0 && result == 0)
        result = hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot close", making->path);
    making->fd = -1;
    if (result == 0 && making->name)
        result = put_in_place(making, err);
    if (result != 0 && making->name)
        (void)unlink(making->name);
    else if (making->name)
        result = hb_file_sync_folder(making->real, err);
    drop(making);
    return result;
}

int hb_file_end(struct hb_file_making *making, int status, struct hb_err *err)
{
    if (status == 0)
        return keep(making, err);
    drop(making);
    return status;
}

int hb_file_write_atomic(const char *path, const void *bytes, size_t size, struct hb_err *err)
{
    struct hb_file_making making;
    if (hb_file_begin(path, &making, err) != 0)
        return -1;
    return hb_file_end(&making, hb_file_write_all(making.fd, bytes, size, path, err), err);
}

static int check_folder(const char *path, struct hb_err *err)
{
    char *real = realpath(path, NULL);
    char *folder = folder_of(real ? real : path);
    free(real);
    if (!folder)
        return hb_err_memory(err, NULL);
    const int result = access(folder, W_OK | X_OK);
    if (result != 0)
        (void)hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot write in the folder %s", path,
                           folder);
    free(folder);
    return result;
}

int hb_file_check_output(const char *path, bool replace_it, struct hb_err *err)
{
    enum target target;
    struct stat st;
    if (path[0] == '\0')
        return hb_err_set(err, HB_ERR_USAGE, "the path of the output is empty");
    if (inspect(path, &target, &st, err) != 0)
        return -1;
    if (target == TARGET_FILE && st.st_size > 0 && !replace_it)
        return hb_err_set(err, HB_ERR_USAGE, "%s: is there already; remove it or choose another",
                          path);
    if (target != TARGET_NEW && access(path, W_OK) != 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot write", path);
    return target == TARGET_STREAM ? 0 : check_folder(path, err);
}

static int open_input(const char *path, struct stat *st, struct hb_err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot open", path);
    if (fstat(fd, st) == 0 && !S_ISDIR(st->st_mode))
        return fd;
    (void)close(fd);
    return hb_err_set(err, HB_ERR_USAGE, "%s: is a folder; expected a file", path);
}

/* Reads once into what is reserved. 1 while there is more, 0 at the end. */
static int read_some(int fd, const char *path, struct hb_buf *out, struct hb_err *err)
{
    if (hb_buf_reserve(out, CHUNK_BYTES) != 0)
        return hb_buf_check(out, err);
    const ssize_t got = read(fd, out->bytes + out->size, out->capacity - out->size - 1);
    if (got < 0 && errno == EINTR)
        return 1;
    if (got < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot read", path);
    out->size += (size_t)got;
    out->bytes[out->size] = '\0';
    return got > 0;
}

static int too_long(const char *path, size_t max_bytes, struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_USAGE, "%s: is longer than the %zu bytes that are read", path,
                      max_bytes);
}

int hb_file_read(const char *path, size_t max_bytes, struct hb_buf *out, struct hb_err *err)
{
    struct stat st = {0};
    const int fd = open_input(path, &st, err);
    if (fd < 0)
        return -1;
    const size_t before = out->size;
    int more = 1;
    if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > max_bytes)
        more = too_long(path, max_bytes, err);
    else if (S_ISREG(st.st_mode))
        (void)hb_buf_reserve(out, (size_t)st.st_size + CHUNK_BYTES);
    while (more > 0) {
        more = read_some(fd, path, out, err);
        if (out->size - before > max_bytes)
            more = too_long(path, max_bytes, err);
    }
    (void)close(fd);
    return more;
}

/* What begins so is no text that we read. Of marks that begin alike the longer one comes first. */
static const struct magic {
    const char *bytes;
    size_t size;
    const char *what, *remedy;
} magics[] = {
    {"\xff\xfe\0\0", 4, "is UTF-32", "iconv -f UTF-32 -t UTF-8 makes UTF-8 of it"},
    {"\0\0\xfe\xff", 4, "is UTF-32", "iconv -f UTF-32 -t UTF-8 makes UTF-8 of it"},
    {"\xff\xfe", 2, "is UTF-16", "iconv -f UTF-16 -t UTF-8 makes UTF-8 of it"},
    {"\xfe\xff", 2, "is UTF-16", "iconv -f UTF-16 -t UTF-8 makes UTF-8 of it"},
    {"\x1f\x8b", 2, "is compressed by gzip", "<(zcat FILE) reads it"},
    {"\x28\xb5\x2f\xfd", 4, "is compressed by zstd", "<(zstdcat FILE) reads it"},
    {"\xfd"
     "7zXZ\0",
     6, "is compressed by xz", "<(xzcat FILE) reads it"},
    {"BZh", 3, "is compressed by bzip2", "<(bzcat FILE) reads it"},
    {"PK\x03\x04", 4, "is a zip archive", "unpack it first"},
};

static int refuse_encoding(const char *path, const char *what, const char *remedy,
                           struct hb_err *err)
{
    return hb_err_set(err, HB_ERR_USAGE, "%s: %s; expected UTF-8 text: %s", path, what, remedy);
}

/* Of UTF-16 without a mark every other byte of what is ASCII is a NUL. */
static int check_encoding(const char *path, const char *text, size_t size, struct hb_err *err)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        if (size >= magics[i].size && memcmp(text, magics[i].bytes, magics[i].size) == 0)
            return refuse_encoding(path, magics[i].what, magics[i].remedy, err);
    }
    if (size >= 4 && text[0] && !text[1] && text[2] && !text[3])
        return refuse_encoding(path, "looks like UTF-16",
                               "iconv -f UTF-16LE -t UTF-8 makes UTF-8 of it", err);
    if (size >= 4 && !text[0] && text[1] && !text[2] && text[3])
        return refuse_encoding(path, "looks like UTF-16",
                               "iconv -f UTF-16BE -t UTF-8 makes UTF-8 of it", err);
    return 0;
}

int hb_file_read_text(const char *path, size_t max_bytes, struct hb_buf *out, struct hb_err *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t before = out->size;
    if (hb_file_read(path, max_bytes, out, err) != 0)
        return -1;
    char *text = out->bytes + before;
    if (out->size - before >= 3 && memcmp(text, mark, 3) == 0) {
        out->size -= 3;
        memmove(text, text + 3, out->size - before + 1);
    }
    return check_encoding(path, text, out->size - before, err);
}

int hb_file_expect_regular(const char *path, struct hb_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot open", path);
    if (S_ISREG(st.st_mode))
        return 0;
    return hb_err_set(err, HB_ERR_USAGE, "%s: is %s; expected a file", path,
                      S_ISDIR(st.st_mode)    ? "a folder"
                      : S_ISFIFO(st.st_mode) ? "a pipe"
                      : S_ISSOCK(st.st_mode) ? "a socket"
                                             : "a device");
}

bool hb_file_is_same(const char *left, const char *right)
{
    struct stat a, b;
    return stat(left, &a) == 0 && stat(right, &b) == 0 && S_ISREG(a.st_mode) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

struct hb_file_id hb_file_identify(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return (struct hb_file_id){0};
    return (struct hb_file_id){st.st_dev, st.st_ino, st.st_size,
                               st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec};
}

bool hb_file_id_is_same(const struct hb_file_id *left, const struct hb_file_id *right)
{
    return left->device == right->device && left->inode == right->inode &&
           left->size == right->size && left->changed_ns == right->changed_ns;
}

/* NFS of old, FUSE and some container mounts have no flock. A child of a run that was killed a
 * moment ago may hold the lock still: it is on its way out, and waited for. */
enum hb_file_lock hb_file_take_lock(int fd)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return HB_FILE_LOCK_NONE;
        if (tries == LOCK_TRIES)
            return HB_FILE_LOCK_OTHERS;
        (void)nanosleep(&pause, NULL);
    }
    return HB_FILE_LOCK_TAKEN;
}

/* ---- SHA-256, by libmd ---- */

static void finish(SHA2_CTX *context, char hex[HB_SHA256_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Final(digest, context);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * sizeof digest] = '\0';
}

void hb_sha256_text(const void *bytes, size_t size, char hex[HB_SHA256_TEXT])
{
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, bytes, size);
    finish(&context, hex);
}

/* Negative errno, or 0. */
static int update_all(SHA2_CTX *context, int fd)
{
    uint8_t chunk[HASHED_BYTES];
    for (;;) {
        const ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0)
            return 0;
        if (got > 0)
            SHA256Update(context, chunk, (size_t)got);
        else if (errno != EINTR)
            return -errno;
    }
}

/* What was hashed last: a suite asks for the same libraries for each of fifty sessions. A file is
 * the same while its place, size and times are. */
#define KNOWN_HASHES 32u

static _Thread_local struct known_hash {
    struct stat file;
    char hex[HB_SHA256_TEXT];
} known_hashes[KNOWN_HASHES];
static _Thread_local size_t known_next;

static bool is_unchanged(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static const struct known_hash *find_hash(const struct stat *file)
{
    for (size_t i = 0; i < KNOWN_HASHES; i++) {
        if (known_hashes[i].hex[0] && is_unchanged(&known_hashes[i].file, file))
            return &known_hashes[i];
    }
    return NULL;
}

/* One that was written within the last second may be written again under the same times. */
static void keep_hash(const struct stat *file, const char *hex)
{
    if (file->st_ctim.tv_sec + 1 >= time(NULL))
        return;
    known_hashes[known_next].file = *file;
    HB_COPY(known_hashes[known_next].hex, hex);
    known_next = (known_next + 1) % KNOWN_HASHES;
}

static int hash_open_file(int fd, const char *path, char hex[HB_SHA256_TEXT], struct hb_err *err)
{
    struct stat file;
    SHA2_CTX context;
    const bool is_known = fstat(fd, &file) == 0;
    const struct known_hash *known = is_known ? find_hash(&file) : NULL;
    if (known) {
        (void)hb_copy_text(hex, HB_SHA256_TEXT, known->hex);
        return 0;
    }
    SHA256Init(&context);
    const int failed = update_all(&context, fd);
    if (failed)
        return hb_err_errno(err, HB_ERR_USAGE, -failed, "%s: cannot read", path);
    finish(&context, hex);
    if (is_known)
        keep_hash(&file, hex);
    return 0;
}

int hb_sha256_file(const char *path, char hex[HB_SHA256_TEXT], struct hb_err *err)
{
    if (hb_file_expect_regular(path, err) != 0)
        return -1;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot open", path);
    const int status = hash_open_file(fd, path, hex, err);
    (void)close(fd);
    return status;
}
