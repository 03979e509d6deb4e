/* Traces of sessions: see tracefile.h. */
#include "run/tracefile.h"

#include "base/copy.h"
#include "base/log.h"
#include "base/quote.h"
#include "result/file.h"
#include "trace/score.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_EVENTS_MAX UINT64_C(4000000) /* some 40 MB of them: more are on the disk */

/* The one that was decoded last: set-up, its checks and the measuring ask for the same. */
static struct {
    char path[HB_PATH_MAX];
    struct stat status;
    struct hb_score_head head;
    uint64_t id;
    int fd; /* 0: none yet */
} kept;

/* A file without a name: gone when nobody has it open. */
static int open_on_disk(const char *path, struct hb_err *err)
{
    const char *folder = getenv("TMPDIR");
    char name[HB_PATH_MAX];
    if (!folder || !folder[0])
        folder = "/var/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && hb_copy_path(name, NULL, "%s/hakbench-XXXXXX", folder) == 0) {
        fd = mkostemp(name, O_CLOEXEC);
        if (fd >= 0)
            (void)unlink(name);
    }
    if (fd < 0)
        (void)hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: no room in %s to decode it (TMPDIR)",
                           path, folder);
    return fd;
}

static int open_room(const char *path, uint64_t events, struct hb_err *err)
{
    if (events > MEMORY_EVENTS_MAX)
        return open_on_disk(path, err);
    const int fd = memfd_create("hakbench-trace", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        (void)hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot make room for a decoded trace");
    return fd;
}

static void drop_kept(void)
{
    if (kept.fd > 0)
        (void)close(kept.fd);
    kept.fd = 0;
}

static bool is_kept(const char *path, const struct stat *status)
{
    return kept.fd > 0 && strcmp(kept.path, path) == 0 && kept.status.st_dev == status->st_dev &&
           kept.status.st_ino == status->st_ino && kept.status.st_size == status->st_size &&
           kept.status.st_mtim.tv_sec == status->st_mtim.tv_sec &&
           kept.status.st_mtim.tv_nsec == status->st_mtim.tv_nsec;
}

static int decode(const char *path, struct hb_err *err)
{
    struct hb_trace_reader *reader;
    if (hb_trace_open(path, &reader, err) != 0)
        return -1;
    const uint64_t events = hb_trace_header_of(reader)->totals.events;
    int status = -1, fd = open_room(path, events, err);
    if (fd >= 0)
        status = hb_score_write(reader, fd, path, &kept.head, err);
    hb_trace_close(reader);
    if (status == 0) {
        (void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
        kept.fd = fd;
        HB_LOG("run", 1, "%s: %" PRIu64 " events, %" PRIu64 " windows, %u threads", path,
               kept.head.events, kept.head.windows, kept.head.threads);
    } else if (fd >= 0) {
        (void)close(fd);
    }
    return status;
}

/* Into `kept`. */
static int keep(const char *path, struct hb_err *err)
{
    char hex[HB_SHA256_TEXT];
    struct stat status;
    if (stat(path, &status) != 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s", path);
    if (is_kept(path, &status))
        return 0;
    drop_kept();
    if (hb_copy_path(kept.path, err, "%s", path) != 0 || hb_file_expect_regular(path, err) != 0 ||
        hb_sha256_file(path, hex, err) != 0 || decode(path, err) != 0)
        return -1;
    hex[13] = '\0';
    kept.id = strtoull(hex, NULL, 16) | 1;
    kept.status = status;
    return 0;
}

int hb_tracefile_set(const char *text, const char *where, struct hb_parameter_value *trace,
                     struct hb_score_head *head, struct hb_err *err)
{
    const char *slash = strrchr(text, '/'), *name = slash ? slash + 1 : text;
    const size_t stem = hb_path_stem(name, ".hbt");
    struct hb_err inner = {0};
    if (keep(text, &inner) != 0)
        return hb_err_set(err, inner.kind, "%s: parameter " HB_TRACE_PARAMETER ": %s", where,
                          inner.message);
    trace->value = kept.id;
    (void)snprintf(trace->text, sizeof trace->text, "%.*s-%013" PRIx64,
                   stem > 0 && stem < 40 ? (int)stem : 40, name, kept.id);
    hb_hide_controls(trace->text);
    *head = kept.head;
    return 0;
}

int hb_tracefile_open(const struct hb_session *session, int *fd, struct hb_err *err)
{
    const struct hb_parameter_value *trace = hb_session_find_parameter(session, HB_TRACE_PARAMETER);
    const struct hb_profile *profile = hb_session_profile(session);
    const char *path = NULL;
    *fd = 0;
    if (!trace || trace->value == 0)
        return 0;
    for (size_t i = 0; i < profile->parameter_count; i++)
        if (strcmp(profile->parameters[i].name, HB_TRACE_PARAMETER) == 0)
            path = profile->parameters[i].text;
    if (!path)
        return hb_err_set(err, HB_ERR_USAGE, "the session does not say which file its trace is");
    if (keep(path, err) != 0)
        return -1;
    if (kept.id != trace->value)
        return hb_err_set(err, HB_ERR_INCOMPARABLE,
                          "the trace %s has changed since the session started: its jobs would not "
                          "be comparable; start a new session",
                          hb_quote(path).text);
    char self[64]; /* for reading only, where there is a /proc */
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", kept.fd);
    *fd = open(self, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        *fd = fcntl(kept.fd, F_DUPFD_CLOEXEC, 3);
    return *fd > 0 ? 0 : hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot open a decoded trace");
}
