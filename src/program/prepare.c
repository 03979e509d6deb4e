/* Before the fork: see prepare.h. */
#include "program/prepare.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRELOAD     "LD_PRELOAD="
#define CLOSED_DEEP 8u /* each pass sees one level more of folders that nobody may read */

static const char *const kept_names[] = {"PATH", "HOME", "USER",   "LOGNAME",
                                         "LANG", "TZ",   "TMPDIR", NULL};

bool hb_prepare_is_kept(const char *name_value)
{
    if (strncmp(name_value, "LC_", 3) == 0)
        return true;
    const size_t length = strcspn(name_value, "=");
    for (size_t i = 0; kept_names[i]; i++) {
        if (strlen(kept_names[i]) == length && strncmp(kept_names[i], name_value, length) == 0)
            return true;
    }
    return false;
}

/* ---- folder and input ---- */

/* LD_PRELOAD parts its words at spaces and colons, and expands $ORIGIN and the like. */
static bool is_nameable(const char *path)
{
    return strpbrk(path, " :$") == NULL;
}

static int make_stage(struct hb_prepared *prepared, struct hb_err *err)
{
    const char *temporary = getenv("TMPDIR");
    if (prepared->stage[0])
        return 0;
    if (!temporary || temporary[0] != '/' || !is_nameable(temporary))
        temporary = "/tmp";
    if (hb_copy_path(prepared->stage, err, "%s/hakbench-run-XXXXXX", temporary) != 0)
        return -1;
    if (mkdtemp(prepared->stage))
        return 0;
    prepared->stage[0] = '\0';
    return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot make a folder in %s", temporary);
}

static int choose_folder(const struct hb_program_command *command, struct hb_prepared *prepared,
                         struct hb_err *err)
{
    if (command->folder)
        return hb_copy_path(prepared->folder, err, "%s", command->folder);
    if (make_stage(prepared, err) != 0 ||
        hb_copy_path(prepared->folder, err, "%s/work", prepared->stage) != 0)
        return -1;
    return mkdir(prepared->folder, 0700) == 0
               ? 0
               : hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot make %s", prepared->folder);
}

/* A pipe would wait for its writer, and have nothing for the next run. */
static int open_input(const struct hb_program_command *command, struct hb_prepared *prepared,
                      struct hb_err *err)
{
    const char *path = command->input ? command->input : "/dev/null";
    struct stat about;
    prepared->input = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (prepared->input < 0 || fstat(prepared->input, &about) != 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "cannot open %s", path);
    if (!S_ISREG(about.st_mode) && !S_ISCHR(about.st_mode))
        return hb_err_set(err, HB_ERR_USAGE, "%s is no file that can be read again and again",
                          path);
    return fcntl(prepared->input, F_SETFL, 0);
}

/* "./program" is meant from where the harness stands, wherever the command then works. */
static int choose_file(const char *word, struct hb_prepared *prepared, struct hb_err *err)
{
    char here[HB_PATH_MAX];
    if (word[0] == '/' || !strchr(word, '/'))
        return hb_copy_path(prepared->file, err, "%s", word);
    if (!getcwd(here, sizeof here))
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot find the current folder");
    return hb_copy_path(prepared->file, err, "%s/%s", here, word);
}

/* ---- words ---- */

/* A list of words while it is made: offsets into texts, which moves as it grows. */
struct words {
    size_t *at, count, capacity;
    struct hb_buf *texts;
};

static void add_word(struct words *words, const char *first, const char *second)
{
    size_t *grown = hb_array_grown(words->at, words->count, &words->capacity, sizeof *words->at);
    if (!grown) {
        words->texts->failed = true;
        return;
    }
    words->at = grown;
    words->at[words->count++] = words->texts->size;
    (void)hb_buf_text(words->texts, first);
    (void)hb_buf_text(words->texts, second);
    (void)hb_buf_char(words->texts, '\0');
}

/* The pointers at `list`, ended by NULL, to texts that stand at `texts` now. Where the next go. */
static char **set_pointers(const struct words *words, char **list, char *texts)
{
    for (size_t i = 0; i < words->count; i++)
        list[i] = texts + words->at[i];
    list[words->count] = NULL;
    return list + words->count + 1;
}

/* Off the heap: the child gives that back before its exec (launch.c). */
static int map_words(struct hb_prepared *prepared, const struct words *arguments,
                     const struct words *environment)
{
    const struct hb_buf *texts = arguments->texts;
    const size_t pointer_bytes = (arguments->count + environment->count + 2) * sizeof(char *);
    const size_t bytes = pointer_bytes + texts->size;
    void *words = texts->failed ? MAP_FAILED
                                : mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (words == MAP_FAILED)
        return -1;
    char *moved = (char *)words + pointer_bytes;
    memcpy(moved, texts->bytes, texts->size);
    prepared->words = words;
    prepared->words_bytes = bytes;
    prepared->argv = words;
    prepared->envp = set_pointers(arguments, prepared->argv, moved);
    (void)set_pointers(environment, prepared->envp, moved);
    return 0;
}

static void add_arguments(const struct hb_program_command *command, struct words *words)
{
    for (size_t i = 0; command->wrapper && command->wrapper[i]; i++)
        add_word(words, command->wrapper[i], "");
    if (command->shell) {
        add_word(words, command->shell, "");
        add_word(words, "-c", "");
        add_word(words, command->argv[0], "");
        add_word(words, command->shell, "");
    }
    for (size_t i = command->shell ? 1 : 0; command->argv[i]; i++)
        add_word(words, command->argv[i], "");
}

/* Whether a later word of the list sets the same name. */
static bool is_set_later(const struct hb_program_command *command, size_t from, const char *word)
{
    const size_t length = strcspn(word, "=");
    for (size_t i = from; i < command->environment_count; i++) {
        const char *other = command->environment[i];
        if (strcspn(other, "=") == length && strncmp(other, word, length) == 0)
            return true;
    }
    return false;
}

static bool is_preload(const char *word)
{
    return strncmp(word, PRELOAD, strlen(PRELOAD)) == 0;
}

static const char *own_preload(const struct hb_program_command *command)
{
    const char *found = NULL;
    for (size_t i = 0; i < command->environment_count; i++) {
        if (is_preload(command->environment[i]))
            found = command->environment[i] + strlen(PRELOAD);
    }
    return found;
}

/* A library by a name that LD_PRELOAD can hold: its own, or a link to it. */
static int add_library(struct hb_prepared *prepared, const char *path, size_t index,
                       struct hb_buf *list, struct hb_err *err)
{
    char link[HB_PATH_MAX], whole[PATH_MAX];
    if (list->size > 0)
        (void)hb_buf_char(list, ':');
    if (is_nameable(path) && path[0] == '/')
        return hb_buf_text(list, path);
    if (!realpath(path, whole))
        return hb_err_errno(err, HB_ERR_USAGE, errno, "cannot find %s", path);
    if (make_stage(prepared, err) != 0 ||
        hb_copy_path(link, err, "%s/preload-%zu.so", prepared->stage, index) != 0)
        return -1;
    if (symlink(whole, link) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot make %s", link);
    return hb_buf_text(list, link);
}

/* Ours first, then what the command is to have besides. */
static int add_preload(const struct hb_program_command *command, struct hb_prepared *prepared,
                       struct words *words, struct hb_err *err)
{
    struct hb_buf list = {0};
    const char *own = own_preload(command);
    int status = 0;
    for (size_t i = 0; status == 0 && i < command->preload_count; i++)
        status = add_library(prepared, command->preload[i], i, &list, err);
    if (own && own[0])
        (void)hb_buf_printf(&list, "%s%s", list.size > 0 ? ":" : "", own);
    if (status == 0 && list.size > 0)
        add_word(words, PRELOAD, hb_buf_string(&list));
    if (status == 0)
        status = hb_buf_check(&list, err);
    hb_buf_free(&list);
    return status;
}

static int add_environment(const struct hb_program_command *command, struct hb_prepared *prepared,
                           struct words *words, struct hb_err *err)
{
    for (char **word = environ; *word; word++) {
        if (hb_prepare_is_kept(*word) && !is_set_later(command, 0, *word))
            add_word(words, *word, "");
    }
    for (size_t i = 0; i < command->environment_count; i++) {
        const char *word = command->environment[i];
        if (!is_preload(word) && !is_set_later(command, i + 1, word))
            add_word(words, word, "");
    }
    return add_preload(command, prepared, words, err);
}

static int make_words(const struct hb_program_command *command, struct hb_prepared *prepared,
                      struct hb_err *err)
{
    struct hb_buf texts = {0};
    struct words arguments = {.texts = &texts}, environment = {.texts = &texts};
    add_arguments(command, &arguments);
    int status = add_environment(command, prepared, &environment, err);
    if (status == 0 && map_words(prepared, &arguments, &environment) != 0)
        status = hb_err_memory(err, "a command's words");
    free(arguments.at);
    free(environment.at);
    hb_buf_free(&texts);
    return status;
}

int hb_prepare(const struct hb_program_command *command, struct hb_prepared *prepared,
               struct hb_err *err)
{
    *prepared = (struct hb_prepared){.input = -1};
    int status = choose_file(command->wrapper ? command->wrapper[0]
                             : command->shell ? command->shell
                                              : command->argv[0],
                             prepared, err);
    if (status == 0)
        status = open_input(command, prepared, err);
    if (status == 0)
        status = choose_folder(command, prepared, err);
    if (status == 0)
        status = make_words(command, prepared, err);
    if (status != 0) {
        hb_prepare_remove(prepared->stage);
        hb_prepared_free(prepared);
    }
    return status;
}

void hb_prepared_free(struct hb_prepared *prepared)
{
    if (prepared->words)
        (void)munmap(prepared->words, prepared->words_bytes);
    if (prepared->input >= 0)
        (void)close(prepared->input);
    *prepared = (struct hb_prepared){.input = -1};
}

/* ---- afterwards ---- */

/* A folder that a command closed to everybody is opened again, or what is in it would stay. */
static int open_up(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)where;
    if (kind == FTW_D || kind == FTW_DNR)
        (void)chmod(path, (about->st_mode & 07777) | 0700);
    return 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

void hb_prepare_remove(const char *stage)
{
    if (!stage[0])
        return;
    for (unsigned pass = 0; pass < CLOSED_DEEP; pass++) {
        (void)nftw(stage, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
        if (access(stage, F_OK) != 0)
            return;
        (void)nftw(stage, open_up, 32, FTW_PHYS | FTW_MOUNT);
    }
}
