/* Plays the runner for one worker and prints what it sees, one fact a line: each handshake with
 * the resident set, then error, exit status and whether the slices make sense.
 * Usage: worker_driver SLICES WORKER ARGUMENT...
 * DRIVER_SOAK: a soak of three epochs of so many operations. Read next: worker_test.sh. */
#include "worker/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const phase_names[HB_PHASE_COUNT] = {"start",   "base",    "loaded",  "warmup",
                                                        "ready",   "epoch",   "measure", "done",
                                                        "drained", "finished"};

static long resident_kib(pid_t pid)
{
    char path[64], line[256];
    long kib = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Rss: %ld kB", &kib) == 1)
            break;
    if (file)
        (void)fclose(file);
    return kib;
}

/* Minor page faults so far: the tenth word of /proc/PID/stat, counted from behind the name. */
static long faults(pid_t pid)
{
    char path[64], line[1024] = "";
    long count = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    const char *after_name = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (after_name)
        (void)sscanf(after_name, ") %*c %*d %*d %*d %*d %*d %*u %ld", &count);
    if (file)
        (void)fclose(file);
    return count;
}

static void print_counters(const char *name, const struct hb_shm_counters *c)
{
    (void)printf("%s mmap=%llu munmap=%llu mremap=%llu madvise=%llu mprotect=%llu brk=%llu\n", name,
                 (unsigned long long)c->mmap, (unsigned long long)c->munmap,
                 (unsigned long long)c->mremap, (unsigned long long)c->madvise,
                 (unsigned long long)c->mprotect, (unsigned long long)c->brk);
}

/* Every slice must end after it began, on every thread. */
static void print_slices(const struct hb_shm *shm)
{
    unsigned long long operations = 0;
    uint64_t first = UINT64_MAX, last_start = 0;
    int in_order = shm->threads > 0;
    for (uint32_t t = 0; t < shm->threads && t < HB_THREADS_MAX; t++) {
        const struct hb_shm_thread *thread = &shm->thread[t];
        uint64_t before = thread->start_ns;
        first = before < first ? before : first;
        last_start = before > last_start ? before : last_start;
        for (uint32_t s = 0; s < shm->slices; s++) {
            in_order &= thread->slice_end_ns[s] > before;
            before = thread->slice_end_ns[s];
        }
        operations += thread->operations;
    }
    (void)printf("threads %u\nslices %s\nslices_done %u\noperations %llu\nstart_spread_ns %llu\n",
                 shm->threads, in_order ? "in order" : "out of order",
                 atomic_load(&shm->slices_done), operations,
                 (unsigned long long)(shm->threads ? last_start - first : 0));
}

/* What a runner does of a soak: the epochs one after another, then no drain. */
static void next_epoch(struct hb_shm *shm)
{
    static uint64_t next;
    unsigned long long operations = 0;
    for (uint32_t t = 0; t < shm->threads && t < HB_THREADS_MAX; t++)
        operations += shm->thread[t].operations;
    if (next > 0)
        (void)printf("epoch %llu operations %llu\n", (unsigned long long)next - 1, operations);
    shm->epoch = next;
    atomic_store(&shm->order, next < 3 ? HB_ORDER_EPOCH : HB_ORDER_EXIT);
    next++;
}

static void child(char **argv, int shm, int control)
{
    const int shm_copy = fcntl(shm, F_DUPFD, 20), control_copy = fcntl(control, F_DUPFD, 20);
    if (dup2(shm_copy, HB_FD_SHM) < 0 || dup2(control_copy, HB_FD_CONTROL) < 0)
        _exit(126);
    (void)close_range(HB_FD_CONTROL + 1, ~0u, 0);
    (void)execv(argv[0], argv);
    _exit(126);
}

int main(int argc, char **argv)
{
    int sockets[2];
    if (argc < 3)
        return 2;
    const int fd = memfd_create("driver-shm", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, sizeof(struct hb_shm)) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return 2;
    struct hb_shm *shm = mmap(NULL, sizeof *shm, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shm == MAP_FAILED)
        return 2;
    shm->magic = HB_SHM_MAGIC;
    shm->version =
        getenv("DRIVER_VERSION") ? (uint32_t)atoi(getenv("DRIVER_VERSION")) : HB_SHM_VERSION;
    shm->slices = (uint32_t)atoi(argv[1]);
    const char *const soak = getenv("DRIVER_SOAK");
    shm->is_soak = soak != NULL;
    shm->epoch_operations = soak ? strtoull(soak, NULL, 10) : 0;
    const pid_t pid = fork();
    if (pid == 0)
        child(argv + 2, fd, sockets[1]);
    (void)close(sockets[1]);
    unsigned char word;
    struct rusage usage;
    int status;
    while (recv(sockets[0], &word, 1, 0) == 1) {
        (void)printf("phase %s rss_kib %ld faults %ld\n",
                     word < HB_PHASE_COUNT ? phase_names[word] : "unknown", resident_kib(pid),
                     faults(pid));
        if (word == HB_PHASE_EPOCH)
            next_epoch(shm);
        if (send(sockets[0], &word, 1, MSG_NOSIGNAL) != 1)
            break;
    }
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    const uint32_t phase = atomic_load(&shm->phase);
    (void)printf("last_phase %s\nerror %u %s\n",
                 phase < HB_PHASE_COUNT ? phase_names[phase] : "unknown", shm->error,
                 shm->error_text);
    (void)printf("allocator %s\nversion %s\nlibrary %s\n", shm->allocator_name,
                 shm->library_version, shm->library_path);
    print_slices(shm);
    (void)printf("counters_known %u\n", shm->counters_known);
    print_counters("counters_loaded", &shm->counters_loaded);
    print_counters("counters_ready", &shm->counters_ready);
    print_counters("counters_done", &shm->counters_done);
    if (WIFSIGNALED(status))
        (void)printf("signal %d\n", WTERMSIG(status));
    else
        (void)printf("exit %d\n", WEXITSTATUS(status));
    return 0;
}
