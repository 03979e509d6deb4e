/* Whole files in and out, so that a reader sees the old one or the new one, never a torn one.
 * Never writes to stdout: "-" is the caller's affair.
 * main must ignore SIGXFSZ and SIGPIPE: file-size limits and closed pipes then come back as
 * errors here. */
#ifndef HB_RESULT_FILE_H
#define HB_RESULT_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HB_FILE_BYTES_MAX ((size_t)1 << 30)
#define HB_SHA256_TEXT    65 /* 64 hex digits and the NUL */

/* Replaces path by these bytes: a new file in the same folder, written, synced, closed, renamed
 * over path, and the folder synced. On failure path is what it was and the new file is gone; only
 * when the folder cannot be synced, the last step, the new one is in place, as long as there is
 * power. A link stays a link: the file it points to is replaced (a dangling link is refused). The
 * mode of an existing file is kept. A pipe or character device is written in place; folders, block
 * devices and sockets are refused. HB_ERR_USAGE when path cannot be opened, HB_ERR_SYSTEM when
 * writing fails. */
int hb_file_write_atomic(const char *path, const void *bytes, size_t size, struct hb_err *err);

/* The same of a file that is written piece by piece. Zeroed but for fd = -1: none. */
struct hb_file_making {
    int fd;            /* written to by the caller, closed by hb_file_end */
    const char *path;  /* the caller's */
    char *name, *real; /* of the new file, and what it takes the place of; NULL: a stream */
};
int hb_file_begin(const char *path, struct hb_file_making *making, struct hb_err *err);

/* Where status is 0 it is whole: syncs, closes and puts it in the path's place. Else path is what
 * it was, but what has gone into a stream; returns status, and err is the caller's. */
int hb_file_end(struct hb_file_making *making, int status, struct hb_err *err);

/* Says before a long run whether path could be written at its end: the folder is there and
 * writable, path is no folder and, unless replace, no file with something in it.
 * Nothing is created. */
int hb_file_check_output(const char *path, bool replace, struct hb_err *err);

/* Adds the whole file to *out. Refuses folders and anything longer than max_bytes. HB_ERR_USAGE.
 * A pipe is waited for: whoever found the path in a folder asks hb_file_expect_regular first. */
int hb_file_read(const char *path, size_t max_bytes, struct hb_buf *out, struct hb_err *err);

/* The same of a text. A UTF-8 byte order mark is left out; another encoding (UTF-16, UTF-32) and a
 * compressed file are named, with the command that makes a text of them. HB_ERR_USAGE. */
int hb_file_read_text(const char *path, size_t max_bytes, struct hb_buf *out, struct hb_err *err);

/* Refuses whatever path leads to but a file: to open a pipe may take for ever. HB_ERR_USAGE. */
int hb_file_expect_regular(const char *path, struct hb_err *err);

/* Whether both paths lead to one file, by device and inode, links followed: a device is no file. */
bool hb_file_is_same(const char *left, const char *right);

/* Which file is at a path, and as of when: a size of 0 where there is none, it is empty, or it is
 * no regular file. */
struct hb_file_id {
    uint64_t device, inode;
    int64_t size, changed_ns;
};
struct hb_file_id hb_file_identify(const char *path);
bool hb_file_id_is_same(const struct hb_file_id *left, const struct hb_file_id *right);

enum hb_file_lock {
    HB_FILE_LOCK_TAKEN = 0, /* until fd is closed */
    HB_FILE_LOCK_OTHERS,    /* another process has it */
    HB_FILE_LOCK_NONE,      /* the file system has no locks: errno says why */
};

/* Tries to lock an open file against other processes, for half a second at most. */
enum hb_file_lock hb_file_take_lock(int fd);

/* All bytes to fd, whatever EINTR and short writes do. name is for the message. */
int hb_file_write_all(int fd, const void *bytes, size_t size, const char *name, struct hb_err *err);

/* fsync, retried after EINTR; pipes and devices that cannot be synced are no error. */
int hb_file_sync(int fd, const char *name, struct hb_err *err);

/* fsync of the folder that holds path. */
int hb_file_sync_folder(const char *path, struct hb_err *err);

/* Lower-case hex of the SHA-256. */
int hb_sha256_file(const char *path, char hex[HB_SHA256_TEXT], struct hb_err *err);
void hb_sha256_text(const void *bytes, size_t size, char hex[HB_SHA256_TEXT]);

#endif
