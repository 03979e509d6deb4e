/* Allocators and workloads by asking workers: see catalog.h. A description is lines of
 * tab-separated words, the first of which says what the line is. */
#include "run/catalog.h"

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "worker/shm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_BYTES   65536
#define ANSWER_SECONDS 20.0
#define WORDS_MAX      16
#define ARGUMENTS_MAX  48

/* As the launcher starts it: without this, jemalloc could not be described. */
static char static_tls[] = HB_STATIC_TLS;
static char *const describe_environment[] = {static_tls, NULL};

/* ---- what a helper process prints ---- */

__attribute__((noreturn)) static void child(pid_t parent, char *const argv[],
                                            char *const environment[], int output, int file_fd)
{
    const struct rlimit no_core = {0, 0};
    const int null = open("/dev/null", O_RDWR);
    (void)setpgid(0, 0);
    hb_child_end_with(parent);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(null, 2) < 0 ||
        (file_fd > 0 && dup2(fcntl(file_fd, F_DUPFD, HB_FD_FILE + 1), HB_FD_FILE) < 0))
        _exit(127); /* a copy, as dup2 onto itself would leave it closed on exec */
    execve(argv[0], argv, environment);
    _exit(127);
}

/* Reads until the end of file or the deadline; what does not fit is read and dropped, so that the
 * child never waits. False at the deadline. */
static bool drain(int fd, uint64_t deadline_ns, char *text, size_t text_bytes)
{
    size_t used = 0;
    for (;;) {
        const uint64_t now = hb_clock_monotonic_ns();
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        char chunk[4096];
        if (now >= deadline_ns)
            return false;
        if (poll(&waiting, 1, (int)((deadline_ns - now) / 1000000 + 1)) <= 0)
            continue;
        const ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0 || (got < 0 && errno != EINTR))
            return true;
        for (ssize_t i = 0; i < got && used + 1 < text_bytes; i++)
            text[used++] = chunk[i];
        text[used] = '\0';
    }
}

/* True when the child ended by itself before the deadline; it is reaped then. */
static bool wait_until(pid_t pid, uint64_t deadline_ns, int *status)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    while (waitpid(pid, status, WNOHANG) == 0) {
        if (hb_clock_monotonic_ns() >= deadline_ns)
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

/* Runs argv (ended by NULL; argv[0] is a path), with a size profile's table at HB_FD_FILE unless
 * it is 0, standard output into text (cut at text_bytes - 1, always ended by NUL) and everything
 * killed after ANSWER_SECONDS. Returns the exit status 0..255, 128 + signal when a signal ended it,
 * or -1 with *err set when it could not be run or ran too long. */
static int capture(char *const argv[], int file_fd, char *text, size_t text_bytes,
                   struct hb_err *err)
{
    int pipes[2], status = 0;
    text[0] = '\0';
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot make a pipe");
    const pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        child(parent, argv, describe_environment, pipes[1], file_fd);
    (void)close(pipes[1]);
    if (pid < 0) {
        (void)close(pipes[0]);
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot start %s", argv[0]);
    }
    (void)setpgid(pid, pid);
    const uint64_t deadline = hb_clock_monotonic_ns() + (uint64_t)(ANSWER_SECONDS * 1e9);
    const bool ended =
        drain(pipes[0], deadline, text, text_bytes) && wait_until(pid, deadline, &status);
    (void)close(pipes[0]);
    (void)kill(-pid, SIGKILL);
    if (!ended) {
        (void)waitpid(pid, &status, 0);
        return hb_err_set(err, HB_ERR_SYSTEM, "%s %s did not answer within %.0f s", argv[0],
                          argv[1] ? argv[1] : "", ANSWER_SECONDS);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- places ---- */

static bool is_there(const char *path)
{
    return access(path, R_OK) == 0;
}

static bool set_libdir(struct hb_places *places, const char *folder, const char *below)
{
    return hb_copy_path(places->worker, NULL, "%s%s/hakbench-worker", folder, below) == 0 &&
           hb_copy_path(places->clock, NULL, "%s%s/hakbench-clock.so", folder, below) == 0 &&
           hb_copy_path(places->allocators, NULL, "%s%s/allocators", folder, below) == 0 &&
           hb_copy_path(places->workloads, NULL, "%s%s/workloads", folder, below) == 0 &&
           hb_copy_path(places->promises, NULL, "%s%s/check", folder, below) == 0 &&
           is_there(places->worker);
}

static bool set_datadir(struct hb_places *places, const char *folder, const char *below)
{
    return hb_copy_path(places->profiles, NULL, "%s%s/profiles", folder, below) == 0 &&
           is_there(places->profiles);
}

static int program_folder(char *folder, struct hb_err *err)
{
    const ssize_t length = readlink("/proc/self/exe", folder, HB_PATH_MAX - 1);
    if (length <= 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot read /proc/self/exe");
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    return 0;
}

/* What a session and a worker or a program beside it have open at a time. With fewer it would be
 * allocators that fail, or look as if they had no library. */
#define DESCRIPTORS_LEAST 20

static int check_descriptors(struct hb_err *err)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS_LEAST)
        return 0;
    return hb_err_set(err, HB_ERR_SYSTEM,
                      "too few file descriptors: %llu, and %d are needed; raise ulimit -n",
                      (unsigned long long)limit.rlim_cur, DESCRIPTORS_LEAST);
}

int hb_places_find(struct hb_places *places, struct hb_err *err)
{
    static const char *const libdirs[] = {"/build", "", "/../lib/hakbench"};
    static const char *const datadirs[] = {"", "/../..", "/../share/hakbench"};
    const char *libdir = getenv("HAKBENCH_LIBDIR"), *datadir = getenv("HAKBENCH_DATADIR");
    char folder[HB_PATH_MAX];
    if (check_descriptors(err) != 0 || program_folder(folder, err) != 0)
        return -1;
    bool found = libdir && set_libdir(places, libdir, "");
    for (size_t i = 0; !libdir && !found && i < sizeof libdirs / sizeof *libdirs; i++)
        found = set_libdir(places, folder, libdirs[i]);
    if (!found)
        return hb_err_set(err, HB_ERR_SYSTEM,
                          "no hakbench-worker in %.400s (nor in its build/ and "
                          "../lib/hakbench/); set HAKBENCH_LIBDIR to the folder that has it",
                          libdir ? libdir : folder);
    found = datadir && set_datadir(places, datadir, "");
    for (size_t i = 0; !datadir && !found && i < sizeof datadirs / sizeof *datadirs; i++)
        found = set_datadir(places, folder, datadirs[i]);
    if (!found)
        return hb_err_set(err, HB_ERR_SYSTEM,
                          "no profiles/ in %.400s (nor in ../.. and ../share/hakbench of it); "
                          "set HAKBENCH_DATADIR to the folder that has it",
                          datadir ? datadir : folder);
    return 0;
}

/* ---- names ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Length of the name without ".so", or 0 when it is no plugin's file name. */
static size_t stem_length(const char *file)
{
    const size_t length = hb_path_stem(file, ".so");
    return length >= HB_NAME_MAX || file[0] == '.' ? 0 : length;
}

int hb_catalog_names(const char *folder, char (**names)[HB_NAME_MAX], struct hb_err *err)
{
    DIR *directory = opendir(folder);
    size_t count = 0, capacity = 0;
    *names = NULL;
    if (!directory)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot open the folder %s", folder);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        const size_t length = stem_length(entry->d_name);
        if (!length)
            continue;
        void *larger = hb_array_grown(*names, count, &capacity, sizeof **names);
        if (!larger) {
            free(*names);
            *names = NULL;
            (void)closedir(directory);
            return hb_err_memory(err, NULL);
        }
        *names = larger;
        (void)snprintf((*names)[count++], HB_NAME_MAX, "%.*s", (int)length, entry->d_name);
    }
    (void)closedir(directory);
    if (count)
        qsort(*names, count, sizeof **names, compare_names);
    return (int)count;
}

/* ---- descriptions ---- */

/* Cuts the next line off *cursor into words; their number, or 0 at the end. */
static size_t next_line(char **cursor, char *words[WORDS_MAX])
{
    size_t count = 0;
    char *line = strsep(cursor, "\n");
    while (line && count < WORDS_MAX)
        words[count++] = strsep(&line, "\t");
    for (size_t i = count; i < WORDS_MAX; i++)
        words[i] = (char[]){""};
    return count;
}

static void allocator_variant(struct hb_allocator_info *info, char *words[WORDS_MAX])
{
    if (info->variant_count == HB_VARIANTS_MAX)
        return;
    const size_t i = info->variant_count++;
    HB_COPY(info->variants[i].name, words[1]);
    HB_COPY(info->variants[i].environment, words[2]);
    HB_COPY(info->variants[i].summary, words[3]);
}

static void allocator_line(struct hb_allocator_info *info, char *words[WORDS_MAX])
{
    const char *key = words[0];
    if (strcmp(key, "name") == 0)
        HB_COPY(info->name, words[1]);
    else if (strcmp(key, "summary") == 0)
        HB_COPY(info->summary, words[1]);
    else if (strcmp(key, "licence") == 0)
        HB_COPY(info->licence, words[1]);
    else if (strcmp(key, "library") == 0)
        HB_COPY(info->library_path, words[1]);
    else if (strcmp(key, "version") == 0)
        HB_COPY(info->library_version, words[1]);
    else if (strcmp(key, "variant") == 0)
        allocator_variant(info, words);
    else if (strcmp(key, "error") == 0)
        HB_COPY(info->problem, words[1]);
    else if (strcmp(key, "missing") == 0)
        info->is_missing = true;
    else if (strcmp(key, "preload") == 0) {
        info->can_preload = strcmp(words[1], "-") != 0;
        HB_COPY(info->preload_name, info->can_preload ? words[1] : "");
    }
}

void hb_catalog_allocator(const struct hb_places *places, const char *path, bool open,
                          struct hb_allocator_info *info)
{
    char *text = malloc(ANSWER_BYTES), *words[WORDS_MAX];
    char *const argv[] = {(char *)(uintptr_t)places->worker, (char[]){"--describe-allocator"},
                          (char *)(uintptr_t)path, open ? (char[]){"--open"} : NULL, NULL};
    struct hb_err err = {0};
    *info = (struct hb_allocator_info){0};
    HB_COPY(info->plugin_path, path);
    if (!text) {
        HB_COPY(info->problem, "no memory to describe it");
        return;
    }
    const int status = capture(argv, 0, text, ANSWER_BYTES, &err);
    for (char *cursor = text; status >= 0 && next_line(&cursor, words);)
        allocator_line(info, words);
    if (status < 0)
        HB_COPY(info->problem, err.message);
    else if (status > 128)
        (void)snprintf(info->problem, sizeof info->problem,
                       "crashed while it was described (signal %d, %s)", status - 128,
                       strsignal(status - 128));
    else if (status != 0 && !info->problem[0])
        (void)snprintf(info->problem, sizeof info->problem,
                       "ended with status %d while it was described", status);
    free(text);
}

static void choices_line(struct hb_parameter_info *parameter, char *list)
{
    for (char *choice; list && *list && parameter->choice_count < HB_CHOICES_MAX;) {
        choice = strsep(&list, ",");
        hb_copy_text(parameter->choices[parameter->choice_count++], HB_NAME_MAX, choice);
    }
}

static enum hb_parameter_type type_of(const char *word)
{
    if (strcmp(word, "bytes") == 0)
        return HB_PARAMETER_BYTES;
    if (strcmp(word, "share") == 0)
        return HB_PARAMETER_SHARE;
    if (strcmp(word, "sizes") == 0)
        return HB_PARAMETER_SIZES;
    if (strcmp(word, "trace") == 0)
        return HB_PARAMETER_TRACE;
    return strcmp(word, "choice") == 0 ? HB_PARAMETER_CHOICE : HB_PARAMETER_COUNT;
}

static void parameter_line(struct hb_workload_info *info, char *words[WORDS_MAX])
{
    if (info->parameter_count == HB_PARAMETERS_MAX)
        return;
    struct hb_parameter_info *parameter = &info->parameters[info->parameter_count++];
    HB_COPY(parameter->name, words[1]);
    parameter->type = type_of(words[2]);
    parameter->default_value = strtoull(words[3], NULL, 10);
    parameter->min = strtoull(words[4], NULL, 10);
    parameter->max = strtoull(words[5], NULL, 10);
    HB_COPY(parameter->unit, words[6]);
    HB_COPY(parameter->help, words[7]);
    choices_line(parameter, words[8]);
}

void hb_catalog_list(const char *folder, char *text, size_t text_bytes)
{
    char(*names)[HB_NAME_MAX] = NULL;
    const int count = hb_catalog_names(folder, &names, NULL);
    text[0] = '\0';
    for (int i = 0; i < count; i++)
        hb_copy_item(text, text_bytes, names[i]);
    free(names);
}

static void workload_line(struct hb_workload_info *info, char *words[WORDS_MAX])
{
    if (strcmp(words[0], "name") == 0)
        HB_COPY(info->name, words[1]);
    else if (strcmp(words[0], "summary") == 0)
        HB_COPY(info->summary, words[1]);
    else if (strcmp(words[0], "stands_for") == 0)
        HB_COPY(info->stands_for, words[1]);
    else if (strcmp(words[0], "cannot_show") == 0)
        HB_COPY(info->cannot_show, words[1]);
    else if (strcmp(words[0], "source") == 0)
        HB_COPY(info->source, words[1]);
    else if (strcmp(words[0], "paced") == 0)
        info->is_paced = true;
    else if (strcmp(words[0], "parameter") == 0)
        parameter_line(info, words);
}

int hb_catalog_workload(const struct hb_places *places, const char *name,
                        struct hb_workload_info *info, struct hb_err *err)
{
    char known[512], *text, *words[WORDS_MAX];
    *info = (struct hb_workload_info){0};
    if (hb_copy_path(info->path, NULL, "%s/%s.so", places->workloads, name) != 0 ||
        strchr(name, '/') || !is_there(info->path)) {
        hb_catalog_list(places->workloads, known, sizeof known);
        return hb_err_set(err, HB_ERR_USAGE, "no workload \"%s\"; there are: %s", name, known);
    }
    text = malloc(ANSWER_BYTES);
    if (!text)
        return hb_err_memory(err, NULL);
    char *const argv[] = {(char *)(uintptr_t)places->worker, (char[]){"--describe-workload"},
                          info->path, NULL};
    const int status = capture(argv, 0, text, ANSWER_BYTES, err);
    for (char *cursor = text; status == 0 && next_line(&cursor, words);)
        workload_line(info, words);
    free(text);
    if (status != 0)
        return hb_err_set(err, HB_ERR_SYSTEM, "cannot describe the workload %s (status %d)",
                          info->path, status);
    return 0;
}

bool hb_catalog_is_file(const char *parameter)
{
    return strcmp(parameter, HB_SIZES_PARAMETER) == 0 || strcmp(parameter, HB_TRACE_PARAMETER) == 0;
}

bool hb_catalog_has_allocator(const struct hb_places *places, const char *name)
{
    char path[HB_PATH_MAX];
    return hb_copy_path(path, NULL, "%s/%s.so", places->allocators, name) == 0 &&
           access(path, F_OK) == 0;
}

int hb_catalog_check(const struct hb_places *places, const struct hb_workload_info *workload,
                     const struct hb_parameter_value *values, size_t count, int file_fd,
                     struct hb_err *err)
{
    char assignments[HB_PARAMETERS_MAX][HB_NAME_MAX + 32], text[2048];
    char *argv[ARGUMENTS_MAX] = {(char *)(uintptr_t)places->worker, (char[]){"--describe-workload"},
                                 (char *)(uintptr_t)workload->path};
    for (size_t i = 0; i < count; i++) {
        const struct hb_parameter_value *parameter = &values[i];
        const bool is_file = file_fd > 0 && hb_catalog_is_file(parameter->name);
        (void)snprintf(assignments[i], sizeof assignments[i], "%s=%llu", parameter->name,
                       (unsigned long long)(is_file ? HB_FD_FILE : parameter->value));
        argv[3 + i] = assignments[i];
    }
    const int status = capture(argv, file_fd, text, sizeof text, err);
    const char *refusal = strstr(text, "error\t");
    if (status == 0 || status == -1)
        return status;
    if (!refusal)
        return hb_err_set(err, HB_ERR_USAGE, "workload %s: refused these parameters",
                          workload->name);
    refusal += 6; /* most begin with the workload's name */
    const bool is_named = strncmp(refusal, workload->name, strlen(workload->name)) == 0;
    return hb_err_set(err, HB_ERR_USAGE, "workload %s%s%.*s", is_named ? "" : workload->name,
                      is_named ? "" : ": ", (int)strcspn(refusal, "\n"), refusal);
}
