/* The worker as a process: see worker_process.h. Between fork and exec only async-signal-safe
 * work is done, but for libseccomp's filter, which is safe here because the harness has one
 * thread. */
#include "run/worker_process.h"

#include "base/child.h"
#include "base/clock.h"
#include "host/offspring.h"
#include "run/catalog.h"
#include "run/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX   96
#define ENVIRONMENT_MAX 128
#define EXEC_FAILED     126

/* argv and envp of one worker, in one allocation's worth of text. */
struct command {
    char *argv[ARGUMENTS_MAX];
    char *envp[ENVIRONMENT_MAX];
    char *texts[ARGUMENTS_MAX + ENVIRONMENT_MAX];
    size_t argc, envc, text_count;
    bool failed; /* no memory, or too many words */
};

static char *keep(struct command *command, char *text)
{
    if (!text)
        command->failed = true;
    else
        command->texts[command->text_count++] = text;
    return text;
}

static void add_argument(struct command *command, const char *text)
{
    if (command->argc + 1 >= ARGUMENTS_MAX)
        command->failed = true;
    else
        command->argv[command->argc++] = keep(command, strdup(text));
}

static void add_pair(struct command *command, const char *flag, const char *value)
{
    add_argument(command, flag);
    add_argument(command, value);
}

static void add_environment(struct command *command, const char *name_value, size_t length)
{
    if (command->envc + 1 >= ENVIRONMENT_MAX)
        command->failed = true;
    else
        command->envp[command->envc++] = keep(command, strndup(name_value, length));
}

/* words: "NAME=value NAME=value" */
static void add_environment_words(struct command *command, const char *words)
{
    while (words && *words) {
        const size_t length = strcspn(words, " ");
        if (length)
            add_environment(command, words, length);
        words += length + (words[length] == ' ');
    }
}

static void add_parameters(struct command *command, const struct hb_request *request)
{
    for (size_t i = 0; i < request->parameter_count; i++) {
        const struct hb_parameter_value *parameter = &request->parameters[i];
        const bool is_seed = strcmp(parameter->name, "seed") == 0;
        const bool is_file = request->file_fd > 0 && hb_catalog_is_file(parameter->name);
        const uint64_t value = is_seed ? request->seed : is_file ? HB_FD_FILE : parameter->value;
        char text[HB_NAME_MAX + 32];
        (void)snprintf(text, sizeof text, "%s=%llu", parameter->name, (unsigned long long)value);
        add_argument(command, text);
    }
}

/* The loader parts LD_PRELOAD at spaces and colons: a file with such a name is opened for it. */
#define FD_PRELOAD (HB_FD_CONTROL + 1)
_Static_assert(HB_FD_FILE == FD_PRELOAD + 1, "a preload's is the only free one below");

static bool needs_descriptor(const char *path)
{
    return path && strpbrk(path, " :") != NULL;
}

/* Where callgrind finds the file for its sums, and a clock whose path needs a descriptor. */
#define FD_TALLY (HB_FD_FILE + 1)
#define FD_CLOCK (FD_TALLY + 1)

/* Appends ":path", or the descriptor that stands for it. */
static void put_library(char text[2 * HB_PATH_MAX], const char *path, int fd)
{
    const size_t used = strlen(text);
    if (needs_descriptor(path))
        (void)snprintf(text + used, 2 * HB_PATH_MAX - used, ":/proc/self/fd/%d", fd);
    else
        (void)snprintf(text + used, 2 * HB_PATH_MAX - used, ":%s", path);
}

static void add_preload(struct command *command, const struct hb_request *request)
{
    static const char name[] = "LD_PRELOAD=";
    char text[2 * HB_PATH_MAX] = "LD_PRELOAD";
    const char *path = request->preload_path;
    if (path)
        add_pair(command, "--via", "preload");
    if (path && path[0]) {
        add_pair(command, "--preloaded", path);
        put_library(text, path, FD_PRELOAD);
    }
    if (request->clock_path)
        put_library(text, request->clock_path, FD_CLOCK);
    if (!text[sizeof name - 2])
        return;
    text[sizeof name - 2] = '=';
    add_environment(command, text, strlen(text));
}

static void add_callgrind(struct command *command)
{
    char output[32], storage[HB_PATH_MAX];
    const char *words[HB_CALLGRIND_WORDS];
    (void)snprintf(output, sizeof output, "/proc/self/fd/%d", FD_TALLY);
    hb_callgrind_words(output, false, storage, words);
    for (size_t i = 0; words[i]; i++)
        add_argument(command, words[i]);
}

static void command_build(struct command *command, const struct hb_request *request)
{
    *command = (struct command){0};
    if (request->tally == HB_TALLY_CALLGRIND)
        add_callgrind(command);
    add_argument(command, request->worker_path);
    add_pair(command, "--allocator", request->allocator_path);
    add_pair(command, "--workload", request->workload_path);
    if (request->cpu_list[0])
        add_pair(command, "--cpus", request->cpu_list);
    if (request->check)
        add_argument(command, "--check");
    if (request->allocator_name && request->allocator_name[0])
        add_pair(command, "--named", request->allocator_name);
    add_environment(command, HB_STATIC_TLS, strlen(HB_STATIC_TLS));
    if (request->library_path)
        add_pair(command, "--library", request->library_path);
    add_preload(command, request);
    for (size_t i = 0; i < sizeof request->environment / sizeof request->environment[0]; i++)
        add_environment_words(command, request->environment[i]);
    add_parameters(command, request);
}

static void command_free(struct command *command)
{
    for (size_t i = 0; i < command->text_count; i++)
        free(command->texts[i]);
}

/* Moves the descriptor to a place where the final dup2 calls of the child cannot hit it. */
static int above_fixed(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, HB_FD_FILE + 8);
}

struct child_files {
    int shm, control, output, tally;
    int file; /* the request's; 0: none */
};

static void child_files_fixed(const struct child_files *files)
{
    const int null = open("/dev/null", O_RDONLY);
    const int shm = above_fixed(files->shm), control = above_fixed(files->control),
              output = above_fixed(files->output),
              tally = files->tally < 0 ? -1 : above_fixed(files->tally),
              file = files->file > 0 ? above_fixed(files->file) : -1;
    if (null < 0 || shm < 0 || control < 0 || output < 0 || dup2(null, 0) < 0 ||
        dup2(output, 1) < 0 || dup2(output, 2) < 0 || dup2(shm, HB_FD_SHM) < 0 ||
        dup2(control, HB_FD_CONTROL) < 0 || (file >= 0 && dup2(file, HB_FD_FILE) < 0)) {
        (void)dprintf(files->output, "no file descriptors for a worker: %s\n", strerror(errno));
        _exit(EXEC_FAILED);
    }
    if (tally >= 0)
        (void)dup2(tally, FD_TALLY);
    (void)syscall(SYS_close_range, FD_PRELOAD, file >= 0 ? FD_PRELOAD : HB_FD_FILE, 0);
    (void)syscall(SYS_close_range, tally >= 0 ? FD_TALLY + 1 : FD_TALLY, ~0u, 0);
}

/* A library of LD_PRELOAD whose path the loader would part. */
static void open_library(const char *path, int fd)
{
    const int opened = needs_descriptor(path) ? open(path, O_RDONLY) : fd;
    if (opened != fd && opened >= 0) {
        (void)dup2(opened, fd);
        (void)close(opened);
    }
}

__attribute__((noreturn)) static void child(const struct hb_request *request,
                                            struct command *command,
                                            const struct child_files *files, pid_t parent)
{
    const struct rlimit no_core = {0, 0};
    (void)setpgid(0, 0);
    hb_child_end_with(parent);
    hb_offspring_mark(0, parent);
    hb_child_signals_default();
    child_files_fixed(files);
    open_library(request->preload_path, FD_PRELOAD);
    open_library(request->clock_path, FD_CLOCK);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)hb_cpuset_keep_to(&request->cpus);
    if (!request->randomize)
        (void)personality(ADDR_NO_RANDOMIZE);
    if (request->count_syscalls && hb_syscalls_install_filter() != 0) {
        (void)dprintf(2, "system calls cannot be counted here: %s\n", strerror(errno));
        _exit(EXEC_FAILED);
    }
    execve(command->argv[0], command->argv, command->envp);
    (void)dprintf(2, "cannot start %s: %s\n", command->argv[0], strerror(errno));
    _exit(EXEC_FAILED);
}

static struct hb_shm *map_shared(int fd, const struct hb_request *request)
{
    /* Sealed: whatever the worker does, a page that is mapped here stays here. */
    if (fd < 0 || ftruncate(fd, sizeof(struct hb_shm)) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return NULL;
    struct hb_shm *shm = mmap(NULL, sizeof *shm, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shm == MAP_FAILED)
        return NULL;
    shm->magic = HB_SHM_MAGIC;
    shm->version = HB_SHM_VERSION;
    shm->slices = request->slices;
    shm->is_soak = request->is_soak;
    return shm;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

/* Makes the mapping, the socket and the pipe; files are the child's ends. */
static int open_channels(const struct hb_request *request, struct hb_worker_process *process,
                         struct child_files *files)
{
    int sockets[2] = {-1, -1}, pipes[2] = {-1, -1};
    *files = (struct child_files){-1, -1, -1, -1, request->file_fd};
    process->control = process->output = process->tally = -1;
    if (request->tally == HB_TALLY_CALLGRIND) {
        files->tally = process->tally = memfd_create("hakbench-tally", MFD_CLOEXEC);
        if (process->tally < 0)
            return -1;
    }
    files->shm = memfd_create("hakbench-shm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    process->shm = map_shared(files->shm, request);
    if (!process->shm)
        return -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return -1;
    process->control = sockets[0];
    files->control = sockets[1];
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return -1;
    process->output = pipes[0];
    files->output = pipes[1];
    return fcntl(process->output, F_SETFL, O_NONBLOCK);
}

static void close_child_files(const struct child_files *files)
{
    close_if_open(files->shm);
    close_if_open(files->control);
    close_if_open(files->output);
}

int hb_worker_start(const struct hb_request *request, struct hb_worker_process *process,
                    struct hb_err *err)
{
    struct command command;
    struct child_files files;
    *process = (struct hb_worker_process){.pid = -1, .tally = -1};
    command_build(&command, request);
    int status = open_channels(request, process, &files);
    if (command.failed)
        status = hb_err_set(err, HB_ERR_SYSTEM, "no memory, or too many parameters for a worker");
    else if (status != 0)
        hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot make the channels to a worker");
    if (status == 0) {
        const pid_t parent = getpid();
        process->started_ns = hb_clock_monotonic_ns();
        process->pid = fork();
        if (process->pid == 0)
            child(request, &command, &files, parent);
        if (process->pid < 0)
            status = hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot start a worker process");
        if (process->pid > 0) { /* both sides: neither waits for the other */
            (void)setpgid(process->pid, process->pid);
            hb_offspring_mark(process->pid, parent);
        }
    }
    close_child_files(&files);
    command_free(&command);
    if (status != 0)
        hb_worker_close(process);
    return status;
}

void hb_worker_kill_group(const struct hb_worker_process *process)
{
    (void)kill(-process->pid, SIGKILL);
}

/* Orphans come to this process because it is their subreaper; each round may uncover more. Any
 * child is waited for, never one: each thread of a traced worker is reaped by itself, and its
 * leader not before the last of them. */
void hb_worker_reap_children(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    const uint64_t until_ns = hb_clock_monotonic_ns() + HB_WORKER_DEATH_NS;
    unsigned gone;
    while (hb_offspring_kill(&gone) > 0 && hb_clock_monotonic_ns() < until_ns) {
        while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
            ;
        (void)nanosleep(&pause, NULL);
    }
}

void hb_worker_reap_all(const struct hb_worker_process *process)
{
    hb_worker_kill_group(process);
    hb_worker_reap_children();
}

void hb_worker_close(struct hb_worker_process *process)
{
    close_if_open(process->control);
    close_if_open(process->output);
    close_if_open(process->tally);
    if (process->shm)
        (void)munmap(process->shm, sizeof *process->shm);
    process->shm = NULL;
    process->control = process->output = process->tally = -1;
}
