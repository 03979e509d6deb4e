/* Records a command: see record.h. One loop: it looks for new processes, empties rings into the
 * backlog before one is half full, and puts in order and writes what is in the backlog in the time
 * that is left; without anything to do it sleeps until a full ring wakes it. One thread, so that
 * the program has a processor of two for itself. What is left when the program has ended comes
 * then. */
#include "trace/record.h"

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "trace/record_drain.h"

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
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLEEP_NS_LEAST   50000u    /* then a ring is an eighth full at the least */
#define SLEEP_NS_BUSY    1000000u  /* the most while something came */
#define SLEEP_NS_MOST    16000000u /* idle: 60 looks a second */
#define HURRY_NS         200000u /* a ring is a third full sooner: then it is emptied and no more, */
#define CALM_NS          UINT64_C(100000000) /* so long after one was full as well, */
#define SOME_NS          UINT64_C(20000000)  /* but so often */
#define FLUSH_NS         UINT64_C(1000000000)
#define LOOK_NS          UINT64_C(5000000)  /* for processes that are gone */
#define RATE_NS          UINT64_C(20000000) /* two clocks are read side by side: to 1e-5 */
#define PATIENCE_NS      UINT64_C(2000000000)
#define CANNOT_START     127
#define CANNOT_READ_BACK "what waited on the disk to be put in order cannot be read back"

struct process {
    struct hb_drain *drain;
    struct hb_stream *stream; /* ended by a record of the backlog */
    uint32_t pid;
    int pidfd; /* or -1 */
};

struct recorder {
    const struct hb_record *record;
    struct hb_recording *recording;
    char folder[HB_PATH_MAX];
    struct hb_spool_control *control;
    struct process *processes; /* [count] */
    size_t count, capacity;
    char (*paths)[HB_PATH_MAX]; /* [path_count]: of traces that other processes have */
    size_t path_count, path_capacity;
    double ns_per_tick;
    uint32_t published; /* seen so far */
    uint32_t bell;      /* as it was at the last look: a full ring rings it */
    uint64_t full_ns;   /* when it was rung last */
    pid_t child;
    bool child_ended, has_first;
    uint64_t looked_ns, worked_ns;
    unsigned sleep_ns;
    struct hb_backlog *backlog;
    struct hb_snapshots snapshots;
    uint64_t wrote_ns, flushed_ns;
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

/* Where the memory that is shared may end, a program that writes to it would end as well. */
static bool has_room(const char *place)
{
    struct statvfs st;
    return statvfs(place, &st) == 0 &&
           (uint64_t)st.f_bavail * st.f_frsize >= 2 * sizeof(struct hb_spool);
}

static int make_folder(struct recorder *recorder, struct hb_err *err)
{
    const char *places[] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i] && places[i][0] && (i > 0 || has_room(places[i])) &&
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

/* It is made when the process's first event is written. */
static int keep_path(struct recorder *recorder, const char *path)
{
    char(*grown)[HB_PATH_MAX] = hb_array_grown(recorder->paths, recorder->path_count,
                                               &recorder->path_capacity, sizeof *grown);
    if (!grown)
        return -1;
    recorder->paths = grown;
    return hb_copy_path(recorder->paths[recorder->path_count++], NULL, "%s", path);
}

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
        for (size_t i = 0; i < recorder->path_count && !is_taken; i++)
            is_taken = strcmp(recorder->paths[i], path) == 0;
        if (!is_taken)
            return keep_path(recorder, path);
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

static size_t work(struct recorder *recorder, uint64_t now_ns)
{
    size_t count = 0;
    for (size_t i = 0; i < recorder->count && !hb_backlog_is_full(recorder->backlog); i++)
        count += hb_drain_work(recorder->processes[i].drain, recorder->backlog, now_ns, false);
    return count;
}

/* The process has become another program, or is gone: what it has pushed is all. What its parent
 * has pushed is looked at first: its fork is there. */
static void finish_process(struct recorder *recorder, size_t i, const char *note)
{
    const uint64_t now_ns = hb_clock_monotonic_ns();
    (void)work(recorder, now_ns);
    const struct process process = recorder->processes[i];
    memmove(&recorder->processes[i], &recorder->processes[i + 1],
            (--recorder->count - i) * sizeof *recorder->processes);
    (void)hb_drain_work(process.drain, recorder->backlog, now_ns, true);
    const struct hb_backlog_head end = {.bytes = note ? (uint32_t)strlen(note) + 1 : 0,
                                        .kind = HB_BACKLOG_END,
                                        .stream = process.stream};
    uint8_t *text = hb_backlog_room(recorder->backlog, end.bytes);
    if (text && note)
        memcpy(text, note, end.bytes);
    if (text)
        hb_backlog_add(recorder->backlog, &end);
    hb_drain_free(process.drain);
    if (process.pidfd >= 0)
        (void)close(process.pidfd);
}

static void end_before_exec(struct recorder *recorder, uint32_t pid)
{
    for (size_t i = 0; i < recorder->count; i++) {
        if (recorder->processes[i].pid == pid) {
            finish_process(recorder, i, "the process has become another program (exec)");
            return;
        }
    }
}

/* Counted with those that could not begin by themselves. */
static void refuse_process(struct recorder *recorder, int errnum)
{
    atomic_store(&recorder->control->refused_errno, (uint32_t)errnum);
    (void)atomic_fetch_add(&recorder->control->refused, 1);
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
    struct process process = {.pid = spool->pid, .pidfd = -1};
    const bool has_path = trace_path(recorder, spool->pid, output) == 0;
    if (grown && has_path)
        process.stream = hb_stream_new(spool, output, &recorder->record->header,
                                       recorder->ns_per_tick, &recorder->snapshots);
    if (process.stream)
        process.drain =
            hb_drain_new(spool, process.stream, (uint64_t)(1e6 / recorder->ns_per_tick));
    if (!process.drain) {
        refuse_process(recorder, has_path ? ENOMEM : ENAMETOOLONG);
        if (process.stream)
            hb_stream_end(process.stream, NULL, &(struct hb_recorded){.pid = 0});
        else
            (void)munmap(spool, sizeof *spool);
        return;
    }
    if (is_command)
        hb_stream_keep_empty(process.stream);
    process.pidfd = (int)syscall(SYS_pidfd_open, (pid_t)spool->pid, 0);
    recorder->processes[recorder->count++] = process;
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
    return kill((pid_t)process->pid, 0) != 0 && errno == ESRCH;
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

/* ---- out of the backlog ---- */

static void end_stream(struct recorder *recorder, struct hb_stream *stream, const char *note)
{
    struct hb_recording *recording = recorder->recording;
    struct hb_recorded recorded;
    hb_stream_end(stream, note, &recorded);
    if (hb_backlog_has_failed(recorder->backlog))
        HB_COPY(recorded.problem, CANNOT_READ_BACK);
    struct hb_recorded *grown = hb_array_grown(recording->items, recording->count,
                                               &recording->capacity, sizeof *recording->items);
    if (!grown)
        return;
    recording->items = grown;
    recording->items[recording->count++] = recorded;
}

static void take_record(struct recorder *recorder, const struct hb_backlog_head *head,
                        const uint8_t *bytes)
{
    if (head->kind == HB_BACKLOG_SLOTS)
        hb_stream_slots(head->stream, head->lane, bytes, head->bytes);
    else if (head->kind == HB_BACKLOG_ROUND)
        hb_stream_round(head->stream, head->stamp, head->now_ns);
    else
        end_stream(recorder, head->stream, head->bytes ? (const char *)bytes : NULL);
}

/* False: there is no more for now. */
static bool write_some(struct recorder *recorder)
{
    struct hb_backlog_head head;
    const uint8_t *bytes = hb_backlog_take(recorder->backlog, &head);
    if (bytes)
        take_record(recorder, &head, bytes);
    return bytes != NULL;
}

static void flush_all(struct recorder *recorder, uint64_t now_ns)
{
    if (now_ns - recorder->flushed_ns < FLUSH_NS)
        return;
    recorder->flushed_ns = now_ns;
    for (struct hb_stream *stream = recorder->snapshots.streams; stream;)
        stream = hb_stream_flush(stream);
}

/* A record takes half a millisecond at most: some 16,000 events. */
static void write_until(struct recorder *recorder, uint64_t until_ns)
{
    uint64_t now_ns = hb_clock_monotonic_ns();
    const bool is_hurried = (recorder->sleep_ns < HURRY_NS ||
                             (recorder->full_ns && now_ns - recorder->full_ns < CALM_NS)) &&
                            now_ns - recorder->wrote_ns < SOME_NS &&
                            !hb_backlog_is_full(recorder->backlog);
    while (!is_hurried && write_some(recorder)) {
        now_ns = recorder->wrote_ns = hb_clock_monotonic_ns();
        if (now_ns >= until_ns)
            break;
    }
    flush_all(recorder, now_ns);
}

static void write_rest(struct recorder *recorder)
{
    const uint64_t begin_ns = hb_clock_monotonic_ns();
    bool is_told = recorder->record->quiet;
    while (write_some(recorder)) {
        if (is_told || hb_clock_monotonic_ns() - begin_ns < PATIENCE_NS)
            continue;
        hb_say("the command has ended; what it did is still being put in order");
        is_told = true;
    }
    while (recorder->snapshots.streams) /* their ends were behind what cannot be read back */
        end_stream(recorder, recorder->snapshots.streams, CANNOT_READ_BACK);
}

/* ---- the loop ---- */

/* Until a full ring wakes it, at most so long. */
static void nap(struct recorder *recorder, uint32_t bell, unsigned ns)
{
    const struct timespec timeout = {.tv_nsec = ns};
    (void)syscall(SYS_futex, &recorder->control->bell, FUTEX_WAIT, bell, &timeout, NULL, 0);
}

/* Until a ring would be a third full if all came from one. Where a thread had to wait, what came
 * tells how quick we were, not the program. */
static unsigned sleep_after(const struct recorder *recorder, size_t count, uint64_t now_ns)
{
    if (recorder->full_ns == now_ns)
        return SLEEP_NS_LEAST;
    if (count == 0)
        return recorder->sleep_ns * 2 < SLEEP_NS_MOST ? recorder->sleep_ns * 2 : SLEEP_NS_MOST;
    const uint64_t ns = (now_ns - recorder->worked_ns) * (HB_SPOOL_SLOTS / 3) / count;
    return ns < SLEEP_NS_LEAST ? SLEEP_NS_LEAST : ns < SLEEP_NS_BUSY ? (unsigned)ns : SLEEP_NS_BUSY;
}

static void loop(struct recorder *recorder)
{
    (void)prctl(PR_SET_TIMERSLACK, 1UL); /* it is 50 us else */
    recorder->sleep_ns = SLEEP_NS_BUSY;
    while (!recorder->child_ended || recorder->count) {
        const uint32_t bell = atomic_load(&recorder->control->bell);
        const uint64_t now_ns = hb_clock_monotonic_ns();
        (void)atomic_fetch_add(&recorder->control->beat, 1);
        find_processes(recorder);
        const size_t count = work(recorder, now_ns);
        if (bell != recorder->bell)
            recorder->full_ns = now_ns;
        recorder->bell = bell;
        recorder->sleep_ns = sleep_after(recorder, count, now_ns);
        recorder->worked_ns = now_ns;
        const uint64_t until_ns = now_ns + recorder->sleep_ns;
        write_until(recorder, until_ns);
        look_for_ends(recorder, now_ns);
        if (recorder->child_ended && signal_seen)
            break;
        const uint64_t then_ns = hb_clock_monotonic_ns();
        if (then_ns < until_ns)
            nap(recorder, bell, (unsigned)(until_ns - then_ns));
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
    recorder.backlog = hb_backlog_new(record->output);
    if (status == 0 && !recorder.backlog)
        status = hb_err_memory(err, record->output);
    if (status == 0)
        status = start_command(&recorder, err);
    if (status == 0) {
        measure_rate(&recorder);
        loop(&recorder);
        write_rest(&recorder);
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
    hb_backlog_free(recorder.backlog);
    free(recorder.processes);
    free(recorder.paths);
    return status;
}

void hb_recording_free(struct hb_recording *recording)
{
    free(recording->items);
    *recording = (struct hb_recording){.count = 0};
}
