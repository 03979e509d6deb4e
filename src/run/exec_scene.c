/* What a run of a program is made of: see exec_scene.h. */
#include "run/exec_scene.h"

#include "base/log.h"
#include "program/effect.h"
#include "program/prepare.h"
#include "result/file.h"
#include "run/interrupt.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_NAME    "hakbench-exec-"
#define MARK         ".hakbench-exec" /* in each that a session made */
#define RUN          "run"
#define INPUTS       "inputs-" /* of a program */
#define SHELL        "/bin/sh"
#define SAMPLE_S     0.05
#define GRACE_S      2.0
#define PREPARE_S    600.0
#define OUTPUT_LIMIT (UINT64_C(4) << 30)
#define KEEP_BYTES   ((size_t)4 << 20)

/* ---- where ---- */

/* A folder of ours, open; -1: it is none. */
static int open_root(const char *path)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &about) == 0 && about.st_uid == geteuid())
        return fd;
    (void)close(fd);
    return -1;
}

/* A session made it, and none holds it: the kernel lets go of it however one ends. */
static bool is_dead(const char *path, int root)
{
    struct stat about;
    return fstatat(root, MARK, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode) &&
           about.st_uid == geteuid() && flock(root, LOCK_EX | LOCK_NB) == 0 &&
           access(path, F_OK) == 0;
}

/* What a session makes in its folder. Whatever else is in one, the results of another that was told
 * to put them there, is a user's. */
static bool is_sessions(const char *name)
{
    return strcmp(name, RUN) == 0 || strcmp(name, HB_EXEC_TALLY) == 0 ||
           strncmp(name, INPUTS, strlen(INPUTS)) == 0;
}

/* The mark goes last: who is killed in here leaves the rest to the next. */
static void remove_marked(const char *root)
{
    char path[HB_PATH_MAX];
    DIR *folder = opendir(root);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        if (is_sessions(entry->d_name) &&
            hb_copy_path(path, NULL, "%s/%s", root, entry->d_name) == 0)
            hb_prepare_remove(path);
    }
    if (folder)
        (void)closedir(folder);
    if (hb_copy_path(path, NULL, "%s/" MARK, root) == 0)
        (void)unlink(path);
    (void)rmdir(root);
}

/* What sessions that were killed left here: of a name as mkdtemp makes it, marked, and held by
 * nobody. */
static void remove_dead(const char *below)
{
    DIR *folder = opendir(below);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char path[HB_PATH_MAX];
        if (strncmp(entry->d_name, ROOT_NAME, strlen(ROOT_NAME)) != 0 ||
            strlen(entry->d_name) != strlen(ROOT_NAME "XXXXXX") ||
            hb_copy_path(path, NULL, "%s/%s", below, entry->d_name) != 0)
            continue;
        const int root = open_root(path);
        if (root < 0)
            continue;
        if (is_dead(path, root))
            remove_marked(path);
        (void)close(root);
    }
    if (folder)
        (void)closedir(folder);
}

/* Without locks nobody takes one for a dead session's, and nobody removes it. */
static bool hold(const char *path, int root)
{
    const enum hb_file_lock lock = hb_file_take_lock(root);
    if (lock == HB_FILE_LOCK_NONE)
        hb_say("%s cannot be locked (%s): it stays if this session is killed", path,
               strerror(errno));
    if (lock == HB_FILE_LOCK_OTHERS || access(path, F_OK) != 0)
        return false;
    const int mark = openat(root, MARK, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return mark >= 0 && close(mark) == 0;
}

/* A hakbench from before there were marks may take one that is not locked yet for a dead session's:
 * then there is a next. */
static int make_root(const char *below, struct hb_exec_place *place, struct hb_err *err)
{
    for (unsigned turn = 0; turn < 10; turn++) {
        if (hb_copy_path(place->root, err, "%s/" ROOT_NAME "XXXXXX", below) != 0)
            return -1;
        if (!mkdtemp(place->root))
            break;
        place->lock = open_root(place->root);
        if (place->lock >= 0 && hold(place->root, place->lock))
            return 0;
        const int failed = errno;
        if (place->lock >= 0)
            (void)close(place->lock);
        remove_marked(place->root);
        errno = failed;
    }
    (void)hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot make the folder", place->root);
    place->root[0] = '\0';
    return -1;
}

int hb_exec_place_open(const struct hb_places *places, struct hb_exec_place *place,
                       struct hb_err *err)
{
    const char *below = getenv("TMPDIR");
    if (!below || below[0] != '/')
        below = "/tmp";
    *place = (struct hb_exec_place){.root = ""};
    HB_COPY(place->nothing, places->worker);
    HB_COPY(place->clock, places->clock);
    remove_dead(below);
    if (make_root(below, place, err) != 0)
        return -1;
    (void)chmod(place->root, 0755); /* servers may run as another user */
    return hb_copy_path(place->folder, err, "%s/" RUN, place->root);
}

void hb_exec_place_close(struct hb_exec_place *place)
{
    if (!place->root[0])
        return;
    remove_marked(place->root);
    hb_prepare_remove(place->root); /* what a program put beside its own folder */
    (void)close(place->lock);
    place->root[0] = '\0';
}

int hb_exec_fresh_folder(const char *path, struct hb_err *err)
{
    hb_prepare_remove(path);
    if (mkdir(path, 0755) == 0)
        return 0;
    return hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot make the folder", path);
}

/* ---- texts and environment ---- */

/* A port of the loopback on which nobody listens; 0 where there is none. */
static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned port = 0;
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, size) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        port = ntohs(address.sin_port);
    if (fd >= 0)
        (void)close(fd);
    return port;
}

int hb_exec_scene_text(const struct hb_exec_scene *scene, const char *text, struct hb_words *to)
{
    struct hb_buf out = {0};
    while (*text) {
        const bool is_inputs = strncmp(text, "{inputs}", 8) == 0;
        const bool is_port = strncmp(text, "{port}", 6) == 0;
        if (is_inputs)
            hb_buf_text(&out, scene->inputs);
        else if (is_port)
            hb_buf_printf(&out, "%u", scene->port);
        else
            hb_buf_char(&out, *text);
        text += is_inputs ? 8 : is_port ? 6 : 1;
    }
    const int status = out.failed ? -1 : hb_words_add(to, hb_buf_string(&out));
    hb_buf_free(&out);
    return status;
}

static int add_texts(const struct hb_exec_scene *scene, const struct hb_words *from,
                     struct hb_words *to)
{
    for (size_t i = 0; i < from->count; i++) {
        if (hb_exec_scene_text(scene, from->items[i], to) != 0)
            return -1;
    }
    return 0;
}

/* "NAME=value NAME=value", where no value has a blank in it. */
static int add_settings(const char *text, struct hb_words *to)
{
    struct hb_err ignored = {0};
    return hb_words_split(to, text, &ignored);
}

/* Languages that draw the order of their hash tables anew take another way each time: a loop of
 * python3 then differs from run to run by 4 to 5 % of its CPU time, and by 0.7 % with one seed. */
static int add_seeds(struct hb_words *to)
{
    static const char *const seeds[] = {"PYTHONHASHSEED=0", "PERL_HASH_SEED=0",
                                        "PERL_PERTURB_KEYS=0"};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        if (hb_words_add(to, seeds[i]) != 0)
            return -1;
    }
    return 0;
}

/* What every process of this program gets, under whatever allocator; of two the later one holds, so
 * that what the user set comes last. Loading is no program's. */
static int common_environment(const struct hb_exec_scene *scene, const struct hb_exec_run *run,
                              struct hb_words *to)
{
    const struct hb_profile *profile = scene->session->profile;
    char word[HB_NAME_MAX + HB_PROFILE_VALUE_MAX + 2];
    if (add_seeds(to) != 0)
        return -1;
    for (size_t i = 0; i < profile->environment_count; i++) {
        (void)snprintf(word, sizeof word, "%s=%s", profile->environment[i].name,
                       profile->environment[i].text);
        if (hb_words_add(to, word) != 0)
            return -1;
    }
    return run->kind == HB_EXEC_KIND_LOADING ? 0
                                             : add_texts(scene, &scene->described->environment, to);
}

int hb_exec_scene_open(const struct hb_exec_place *place, const struct hb_session *session,
                       const struct hb_exec_run *run, struct hb_exec_scene *scene,
                       struct hb_err *err)
{
    *scene = (struct hb_exec_scene){.place = place,
                                    .session = session,
                                    .described = hb_exec_described(session, run->program),
                                    .entry = &session->allocators[run->allocator],
                                    .folder = place->folder};
    if (scene->described->server.count)
        scene->port = free_port();
    if (hb_copy_path(scene->inputs, err, "%s/" INPUTS "%s", place->root, scene->described->name) !=
        0)
        return -1;
    if (common_environment(scene, run, &scene->plain) == 0 &&
        hb_words_copy(&scene->environment, &scene->plain) == 0 &&
        add_settings(scene->entry->environment, &scene->environment) == 0)
        return 0;
    return hb_err_memory(err, NULL);
}

void hb_exec_scene_close(struct hb_exec_scene *scene)
{
    hb_words_free(&scene->plain);
    hb_words_free(&scene->environment);
    hb_words_free(&scene->words);
    hb_words_free(&scene->input);
}

/* ---- commands ---- */

/* A script for the shell that is no part of what is measured: on the C library's malloc. */
struct hb_program_command hb_exec_scene_script(const struct hb_exec_scene *scene,
                                               const char *const *argv, const char *folder)
{
    return (struct hb_program_command){
        .argv = argv,
        .shell = SHELL,
        .environment = (const char *const *)scene->plain.items,
        .environment_count = scene->plain.count,
        .folder = folder,
        .timeout_s = PREPARE_S,
        .grace_s = GRACE_S,
        .keep_bytes = KEEP_BYTES,
        .output_limit = OUTPUT_LIMIT,
        .randomize = true,
        .interrupted = hb_interrupt_signal,
    };
}

/* For what has no library of its own: a program that is linked with another malloc (redis-server
 * with jemalloc) has the C library's where that is preloaded. NULL: not known, or the program
 * (NULL: one of this system's) has another C library. */
static const char *c_library_path(const char *program)
{
    Dl_info info;
    if (program && !hb_effect_is_of_our_loader(program))
        return NULL;
    return dladdr((const void *)&gnu_get_libc_version, &info) && info.dli_fname[0] == '/'
               ? info.dli_fname
               : NULL;
}

/* The command of the run: what is measured, under its allocator. */
int hb_exec_scene_command(struct hb_exec_scene *scene, const struct hb_words *words,
                          const struct hb_exec_run *run, struct hb_words *room,
                          struct hb_program_command *command)
{
    const struct hb_profile_program *described = scene->described;
    const struct hb_exec_program *program = &scene->session->programs[run->program];
    if (add_texts(scene, words, room) != 0)
        return -1;
    hb_words_free(&scene->input);
    if (described->input && hb_exec_scene_text(scene, described->input, &scene->input) != 0)
        return -1;
    scene->preload[0] = scene->entry->preload_path[0]
                            ? scene->entry->preload_path
                            : c_library_path(words->count ? program->path : NULL);
    *command = (struct hb_program_command){
        .argv = (const char *const *)room->items,
        .shell = described->shell ? SHELL : NULL,
        .environment = (const char *const *)scene->environment.items,
        .environment_count = scene->environment.count,
        .preload = scene->preload,
        .preload_count = scene->preload[0] != NULL,
        .input = described->input ? scene->input.items[0] : NULL,
        .folder = scene->folder,
        .timeout_s = described->timeout_s,
        .grace_s = GRACE_S,
        .sample_s = run->kind == HB_EXEC_KIND_TIMED ? SAMPLE_S : 0,
        .output_limit = OUTPUT_LIMIT,
        .keep_bytes = KEEP_BYTES,
        .count = run->kind == HB_EXEC_KIND_COUNTED,
        .randomize = true,
        .interrupted = hb_interrupt_signal,
    };
    return 0;
}
