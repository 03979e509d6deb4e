/* Arguments and files of commands: see output.h. */
#include "commands/shared/output.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int hb_argp_parse(const struct argp *argp, int argc, char **argv, void *input, struct hb_err *err)
{
    argp_err_exit_status = 2;
    const error_t failed = argp_parse(argp, argc, argv, 0, NULL, input);
    if (failed)
        return hb_err_errno(err, HB_ERR_USAGE, failed, "cannot read the arguments");
    return 0;
}

static void add_quoted(struct hb_buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=,.:/+@% ";
    const size_t safe = strspn(word, plain);
    if (word[0] && !word[safe] && !strchr(word, ' ')) {
        hb_buf_text(out, word);
        return;
    }
    hb_buf_char(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            hb_buf_text(out, "'\\''");
        else
            hb_buf_char(out, *word);
    }
    hb_buf_char(out, '\'');
}

char *hb_command_line(int argc, char **argv)
{
    struct hb_buf out = {0};
    hb_buf_text(&out, argv[0]); /* "hakbench rebase": ours, two words */
    for (int i = 1; i < argc; i++) {
        hb_buf_char(&out, ' ');
        add_quoted(&out, argv[i]);
    }
    return hb_buf_take(&out);
}

static int make_folders(const char *path)
{
    char partial[HB_PATH_MAX];
    const size_t length = strlen(path);
    if (length >= sizeof partial) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        (void)snprintf(partial, sizeof partial, "%.*s", (int)i, path);
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return -1;
    }
    return 0;
}

int hb_output_folder(const char *path, struct hb_err *err)
{
    struct stat status;
    if (make_folders(path) != 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "cannot make the results folder %s", path);
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return hb_err_set(err, HB_ERR_USAGE, "%s is not a folder; --results names another", path);
    if (access(path, W_OK | X_OK) != 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno,
                            "cannot write to the results folder %s; --results names another", path);
    return 0;
}

int hb_output_lock(const char *folder, int *fd, struct hb_err *err)
{
    char path[HB_PATH_MAX], holder[32] = "";
    (void)snprintf(path, sizeof path, "%.1000s/.lock", folder);
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "cannot write to the results folder %s",
                            folder);
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        const ssize_t got = read(*fd, holder, sizeof holder - 1);
        (void)close(*fd);
        return hb_err_set(err, HB_ERR_USAGE,
                          "another hakbench (process %.*s) measures into %s: two at once would "
                          "measure each other",
                          got > 0 ? (int)strcspn(holder, "\n") : 1, got > 0 ? holder : "?", folder);
    }
    if (ftruncate(*fd, 0) != 0 || dprintf(*fd, "%d\n", (int)getpid()) < 0) {
        (void)close(*fd);
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot write to %s", path);
    }
    return 0;
}

/* Colons are no friends of file names, make and rsync. */
static void file_time(const char *wall_text, char *text, size_t text_bytes)
{
    (void)snprintf(text, text_bytes, "%s", wall_text);
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
    return hb_err_set(err, HB_ERR_USAGE, "%s is full of results of this very second", folder);
}
