/* Records a command: see record.h. One loop: it looks for new processes, takes events, and sleeps
 * when there were none, a millisecond at first, until a full ring wakes it. */
#include "trace/record.h"

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLEEP_NS_LEAST 1000000u  /* 4,096 slots: 4 M events a second and thread before it waits */
#define SLEEP_NS_MOST  16000000u /* idle: 60 looks a second */
#define FLUSH_NS       UINT64_C(1000000000)
#define LOOK_NS        UINT64_C(5000000)  /* for processes that are gone */
#define RATE_NS        UINT64_C(20000000) /* two clocks are read side by side: to 1e-5 */
#define CANNOT_START   127

struct process {
    struct hb_stream *stream;
    int pidfd; /* or -1 */
};

struct recorder {
    const struct hb_record *record;
    struct hb_recording *recording;
    char folder[HB_PATH_MAX];
    struct hb_spool_control *control;
    struct process *processes; /* [count] */
    size_t count, capacity;
    struct hb_snapshots snapshots;
    double ns_per_tick;
    uint32_t published; /* seen so far */
    pid_t child;
    bool child_ended, has_first;
    uint64_t looked_ns, flushed_ns;
};

static volatile sig_atomic_t signal_seen;
static volatile sig_atomic_t signal_child;

static void on_signal(int number)
{
    if (signal_child > 0 && number != SIGINT && number != SIGQUIT)
        (void)kill((pid_t)signal_child, number);
    if (signal_child <= 0)
        signal_seen = number;
}

/* ---- the folder ---- */

static int make_folder(struct recorder *recorder, struct hb_err *err)
{
    const char *places[] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i] && places[i][0] &&
            hb_copy_path(recorder->folder, NULL, "%s/hbtrace-XXXXXX", places[i]) == 0 &&
            mkdtemp(recorder->folder))
            return 0;
    }
    recorder->folder[0] = '\0';
    return hb_err_errno(err, HB_ERR_SYSTEM, errno,
                        "cannot make a folder in /dev/shm, TMPDIR or /tmp");
}

static int make_control(struct recorder *recorder, struct hb_err *err)
{
    char path[HB_PATH_MAX];
    struct hb_spool_control *control = MAP_FAILED;
    if (hb_copy_path(path, err, "%s/" HB_SPOOL_CONTROL, recorder->folder) != 0)
        return -1;
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && ftruncate(fd, sizeof *control) == 0)
        control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    if (control == MAP_FAILED)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "%s: cannot make it", path);
    control->version = HB_SPOOL_VERSION;
    control->recorder = (uint32_t)getpid();
    control->sample_bytes = recorder->record->header.sample_bytes;
    recorder->control = control;
    return 0;
}

static void remove_folder(const struct recorder *recorder)
{
    char path[HB_PATH_MAX];
    DIR *folder = recorder->folder[0] ? opendir(recorder->folder) : NULL;
    for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        if (hb_copy_path(path, NULL, "%s/%s", recorder->folder, entry->d_name) == 0)
            (void)unlink(path);
    }
    if (folder)
        (void)closedir(folder);
    (void)rmdir(recorder->folder);
}

/* ---- processes ---- */

/* "app.hbt" of the command; of others "app.PID.hbt", "app.PID.2.hbt" after an exec. */
static int trace_path(struct recorder *recorder, uint32_t pid, char path[HB_PATH_MAX])
{
    const char *output = recorder->record->output;
    const size_t length = strlen(output);
    const size_t stem =
        length > 4 && strcmp(output + length - 4, ".hbt") == 0 ? length - 4 : length;
    if (!recorder->has_first && (pid_t)pid == recorder->child) {
        recorder->has_first = true;
        return hb_copy_path(path, NULL, "%s", output);
    }
    for (unsigned n = 1; n < 10000; n++) {
        char again[16] = "";
        if (n > 1)
            (void)snprintf(again, sizeof again, ".%u", n);
        if (hb_copy_path(path, NULL, "%.*s.%u%s%s", (int)stem, output, pid, again, output + stem) !=
            0)
            return -1;
        bool is_taken = access(path, F_OK) == 0;
        for (size_t i = 0; i < recorder->count && !is_taken; i++)
            is_taken = hb_stream_has_path(recorder->processes[i].stream, path);
        if (!is_taken)
            return 0;
    }
    return -1;
}

static struct hb_spool *map_spool(const char *path)
{
    struct stat st;
    const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct hb_spool *spool = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size == (off_t)sizeof *spool)
        spool =
            mmap(NULL, sizeof *spool, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    if (spool != MAP_FAILED && spool->version == HB_SPOOL_VERSION)
        return spool;
    if (spool != MAP_FAILED)
        (void)munmap(spool, sizeof *spool);
    return NULL;
}

static void end_process(struct recorder *recorder, size_t i, const char *note)
{
    struct process process = recorder->processes[i];
    struct hb_recording *recording = recorder->recording;
    struct hb_recorded recorded;
    memmove(&recorder->processes[i], &recorder->processes[i + 1],
            (--recorder->count - i) * sizeof *recorder->processes);
    hb_stream_end(process.stream, note, &recorded);
    if (process.pidfd >= 0)
        (void)close(process.pidfd);
    struct hb_recorded *grown = hb_array_grown(recording->items, recording->count,
                                               &recording->capacity, sizeof *recording->items);
    if (!grown)
        return;
    recording->items = grown;
    recording->items[recording->count++] = recorded;
}

/* The process has become another program, or is gone: what it has pushed is all. */
static void finish_process(struct recorder *recorder, size_t i, const char *note)
{
    (void)hb_stream_work(recorder->processes[i].stream, hb_clock_monotonic_ns(), true);
    end_process(recorder, i, note);
}

static void end_before_exec(struct recorder *recorder, uint32_t pid)
{
    for (size_t i = 0; i < recorder->count; i++) {
        if (hb_stream_pid(recorder->processes[i].stream) == pid) {
            finish_process(recorder, i, "the process has become another program (exec)");
            return;
        }
    }
}

static void take_process(struct recorder *recorder, struct hb_spool *spool)
{
    char output[HB_PATH_MAX];
    end_before_exec(recorder, spool->pid);
    const bool is_command = !recorder->has_first && (pid_t)spool->pid == recorder->child;
    struct process *grown = hb_array_grown(recorder->processes, recorder->count,
                                           &recorder->capacity, sizeof *recorder->processes);
    if (grown)
        recorder->processes = grown;
    struct hb_stream *stream = grown && trace_path(recorder, spool->pid, output) == 0
                                   ? hb_stream_new(spool, output, &recorder->record->header,
                                                   recorder->ns_per_tick, &recorder->snapshots)
                                   : NULL;
    if (!stream) {
        (void)munmap(spool, sizeof *spool);
        return;
    }
    if (is_command)
        hb_stream_keep_empty(stream);
    recorder->processes[recorder->count++] = (struct process){
        .stream = stream, .pidfd = (int)syscall(SYS_pidfd_open, (pid_t)spool->pid, 0)};
}

static int by_birth(const void *a, const void *b)
{
    const struct hb_spool *left = *(struct hb_spool *const *)a,
                          *right = *(struct hb_spool *const *)b;
    return left->ticks < right->ticks ? -1 : left->ticks > right->ticks;
}

/* Files that processes have made since the last look, in the order of their births: a program that
 * another one has become is the later of two with one pid. */
static void find_processes(struct recorder *recorder)
{
    char path[HB_PATH_MAX];
    struct hb_spool *found[64];
    size_t count = 0;
    const uint32_t published = atomic_load(&recorder->control->published);
    if (published == recorder->published)
        return;
    recorder->published = published;
    DIR *folder = opendir(recorder->folder);
    for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        if (count == sizeof found / sizeof *found) {
            recorder->published--; /* the rest at the next look */
            break;
        }
        if (!hb_path_stem(entry->d_name, ".spool") ||
            hb_copy_path(path, NULL, "%s/%s", recorder->folder, entry->d_name) != 0)
            continue;
        found[count] = map_spool(path);
        (void)unlink(path); /* what is mapped stays */
        count += found[count] != NULL;
    }
    if (folder)
        (void)closedir(folder);
    qsort(found, count, sizeof *found, by_birth);
    for (size_t i = 0; i < count; i++)
        take_process(recorder, found[i]);
}

static bool is_gone(const struct process *process)
{
    struct pollfd end = {.fd = process->pidfd, .events = POLLIN};
    if (process->pidfd >= 0)
        return poll(&end, 1, 0) == 1;
    return kill((pid_t)hb_stream_pid(process->stream), 0) != 0 && errno == ESRCH;
}

static void look_for_ends(struct recorder *recorder, uint64_t now_ns)
{
    int status;
    if (now_ns - recorder->looked_ns < LOOK_NS)
        return;
    recorder->looked_ns = now_ns;
    if (!recorder->child_ended && waitpid(recorder->child, &status, WNOHANG) == recorder->child) {
        recorder->child_ended = true;
        signal_child = 0;
        recorder->recording->status =
            WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    for (size_t i = recorder->count; i-- > 0;) {
        if (!is_gone(&recorder->processes[i]))
            continue;
        find_processes(recorder); /* its children's */
        finish_process(recorder, i, NULL);
        i = i < recorder->count ? i : recorder->count;
    }
}

/* ---- the loop ---- */

static size_t work(struct recorder *recorder, uint64_t now_ns)
{
    size_t count = 0;
    for (size_t i = 0; i < recorder->count; i++)
        count += hb_stream_work(recorder->processes[i].stream, now_ns, false);
    return count;
}

static void flush_all(struct recorder *recorder, uint64_t now_ns)
{
    if (now_ns - recorder->flushed_ns < FLUSH_NS)
        return;
    recorder->flushed_ns = now_ns;
    for (size_t i = 0; i < recorder->count; i++)
        hb_stream_flush(recorder->processes[i].stream);
}

/* Until a full ring wakes it, at most so long. */
static void nap(struct recorder *recorder, uint32_t bell, unsigned ns)
{
    const struct timespec timeout = {.tv_nsec = ns};
    (void)syscall(SYS_futex, &recorder->control->bell, FUTEX_WAIT, bell, &timeout, NULL, 0);
}

static void loop(struct recorder *recorder)
{
    unsigned sleep_ns = SLEEP_NS_LEAST;
    while (!recorder->child_ended || recorder->count) {
        const uint32_t bell = atomic_load(&recorder->control->bell);
        const uint64_t now_ns = hb_clock_monotonic_ns();
        (void)atomic_fetch_add(&recorder->control->beat, 1);
        find_processes(recorder);
        const size_t count = work(recorder, now_ns);
        flush_all(recorder, now_ns);
        look_for_ends(recorder, now_ns);
        if (recorder->child_ended && signal_seen)
            break;
        sleep_ns =
            count ? SLEEP_NS_LEAST : (sleep_ns * 2 < SLEEP_NS_MOST ? sleep_ns * 2 : SLEEP_NS_MOST);
        if (count < HB_SPOOL_SLOTS / 2)
            nap(recorder, bell, sleep_ns);
    }
    find_processes(recorder);
    atomic_store(&recorder->control->over, 1);
    while (recorder->count)
        finish_process(recorder, 0,
                       signal_seen ? "the recording was ended; the process went on" : NULL);
}

/* ---- the command ---- */

static int set_environment(const struct recorder *recorder)
{
    const struct hb_record *record = recorder->record;
    const char *before = getenv("LD_PRELOAD");
    struct hb_buf preload = {0};
    (void)hb_buf_printf(&preload, "%s%s%s%s%s", record->library, record->preload[0] ? ":" : "",
                        record->preload, before && before[0] ? ":" : "", before ? before : "");
    int status = preload.failed || setenv("LD_PRELOAD", hb_buf_string(&preload), 1) != 0 ||
                         setenv(HB_SPOOL_FOLDER_ENV, recorder->folder, 1) != 0
                     ? -1
                     : 0;
    hb_buf_free(&preload);
    for (size_t i = 0; record->environment && record->environment[i] && status == 0; i++)
        status = putenv(record->environment[i]) == 0 ? 0 : -1;
    return status;
}

/* In the child: an exec that fails leaves its errno in the pipe. */
static void become(const struct recorder *recorder, int report)
{
    hb_child_signals_default();
    if (set_environment(recorder) == 0)
        (void)execvp(recorder->record->command[0], recorder->record->command);
    const int errnum = errno;
    (void)!write(report, &errnum, sizeof errnum);
    _exit(CANNOT_START);
}

static int start_command(struct recorder *recorder, struct hb_err *err)
{
    int report[2], errnum = 0;
    if (pipe2(report, O_CLOEXEC) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot start the command");
    (void)fflush(NULL);
    recorder->child = fork();
    if (recorder->child == 0)
        become(recorder, report[1]);
    const int fork_errno = errno;
    (void)close(report[1]);
    if (recorder->child < 0) {
        (void)close(report[0]);
        return hb_err_errno(err, HB_ERR_SYSTEM, fork_errno, "cannot start the command");
    }
    signal_child = recorder->child;
    ssize_t got;
    do
        got = read(report[0], &errnum, sizeof errnum);
    while (got < 0 && errno == EINTR);
    (void)close(report[0]);
    if (got != (ssize_t)sizeof errnum)
        return 0;
    (void)waitpid(recorder->child, NULL, 0);
    signal_child = 0;
    return hb_err_errno(err, HB_ERR_USAGE, errnum, "%s: cannot be started",
                        recorder->record->command[0]);
}

static void measure_rate(struct recorder *recorder)
{
    const uint64_t ns = hb_clock_monotonic_ns(), ticks = hb_spool_ticks();
    const struct timespec pause = {.tv_nsec = RATE_NS};
    (void)nanosleep(&pause, NULL);
    const uint64_t later_ns = hb_clock_monotonic_ns(), later = hb_spool_ticks();
    recorder->ns_per_tick = later > ticks ? (double)(later_ns - ns) / (double)(later - ticks) : 1;
}

static const int watched[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};

int hb_record_run(const struct hb_record *record, struct hb_recording *recording,
                  struct hb_err *err)
{
    struct recorder recorder = {.record = record, .recording = recording};
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction before[sizeof watched / sizeof *watched];
    *recording = (struct hb_recording){.count = 0};
    signal_seen = 0;
    if (make_folder(&recorder, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
        (void)sigaction(watched[i], &action, &before[i]);
    int status = make_control(&recorder, err);
    if (status == 0)
        status = start_command(&recorder, err);
    if (status == 0) {
        measure_rate(&recorder);
        loop(&recorder);
        recording->refused = atomic_load(&recorder.control->refused);
        recording->refused_errno = (int)atomic_load(&recorder.control->refused_errno);
    }
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
        (void)sigaction(watched[i], &before[i], NULL);
    remove_folder(&recorder);
    if (recorder.control)
        (void)munmap(recorder.control, sizeof *recorder.control);
    for (size_t i = 0; i < recorder.snapshots.count; i++)
        hb_blocks_free(&recorder.snapshots.items[i].blocks);
    free(recorder.processes);
    return status;
}

void hb_recording_free(struct hb_recording *recording)
{
    free(recording->items);
    *recording = (struct hb_recording){.count = 0};
}
