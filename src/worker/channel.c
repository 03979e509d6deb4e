/* The worker's end of the mapping and of the handshakes (shm.h), and its failures.
 * Makes a private mapping when there is no runner. Read next: src/run/worker_process.c, the other
 * end. */
#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int hb_worker_fail(struct hb_worker_failure *failure, enum hb_worker_error error,
                   const char *format, ...)
{
    va_list arguments;
    failure->error = error;
    va_start(arguments, format);
    (void)vsnprintf(failure->text, sizeof failure->text, format, arguments);
    va_end(arguments);
    for (char *c = failure->text; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' '; /* the loader's and the plugins' words may hold anything */
    return -1;
}

/* NULL when HB_FD_SHM is not a mapping of ours: a shell may have left any file open there. */
static struct hb_shm *map_runners(void)
{
    struct stat status;
    if (fstat(HB_FD_SHM, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size < (off_t)sizeof(struct hb_shm))
        return NULL;
    struct hb_shm *shm = mmap(NULL, sizeof *shm, PROT_READ | PROT_WRITE, MAP_SHARED, HB_FD_SHM, 0);
    if (shm == MAP_FAILED)
        return NULL;
    if (shm->magic == HB_SHM_MAGIC)
        return shm;
    (void)munmap(shm, sizeof *shm);
    return NULL;
}

static struct hb_shm *map_own(void)
{
    struct hb_shm *shm =
        mmap(NULL, sizeof *shm, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (shm == MAP_FAILED)
        return NULL;
    shm->magic = HB_SHM_MAGIC;
    shm->version = HB_SHM_VERSION;
    shm->slices = HB_SLICES_DEFAULT;
    return shm;
}

static bool is_socket(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

int hb_worker_channel_open(struct hb_worker_channel *channel, struct hb_worker_failure *failure)
{
    *channel = (struct hb_worker_channel){.shm = map_runners()};
    channel->by_hand = channel->shm == NULL;
    channel->has_control = !channel->by_hand && is_socket(HB_FD_CONTROL);
    if (channel->by_hand)
        channel->shm = map_own();
    if (!channel->shm)
        return hb_worker_fail(failure, HB_WORKER_SYSTEM, "no memory for %zu bytes of results",
                              sizeof(struct hb_shm));
    if (channel->shm->version != HB_SHM_VERSION)
        return hb_worker_fail(failure, HB_WORKER_USAGE,
                              "the runner speaks version %u of shm.h, this worker %u: rebuild both",
                              channel->shm->version, HB_SHM_VERSION);
    if (channel->shm->slices < HB_SLICES_MIN || channel->shm->slices > HB_SLICES_MAX)
        return hb_worker_fail(failure, HB_WORKER_USAGE,
                              "%u slices asked for: %u to %u are possible", channel->shm->slices,
                              HB_SLICES_MIN, HB_SLICES_MAX);
    /* What a plugin forks or executes is not the worker. */
    if (!channel->by_hand)
        (void)fcntl(HB_FD_SHM, F_SETFD, FD_CLOEXEC);
    if (channel->has_control)
        (void)fcntl(HB_FD_CONTROL, F_SETFD, FD_CLOEXEC);
    return 0;
}

static bool waits_in(enum hb_phase phase)
{
    return phase == HB_PHASE_BASE || phase == HB_PHASE_LOADED || phase == HB_PHASE_READY ||
           phase == HB_PHASE_EPOCH || phase == HB_PHASE_DONE || phase == HB_PHASE_DRAINED;
}

void hb_worker_phase(const struct hb_worker_channel *channel, enum hb_phase phase)
{
    const unsigned char word = (unsigned char)phase;
    unsigned char answer;
    ssize_t count;
    atomic_store_explicit(&channel->shm->phase, phase, memory_order_release);
    if (!channel->has_control || !waits_in(phase))
        return;
    do
        count = send(HB_FD_CONTROL, &word, 1, MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    while (count == 1) {
        count = recv(HB_FD_CONTROL, &answer, 1, 0);
        if (count == 1)
            return;
        if (count < 0 && errno == EINTR)
            count = 1;
    }
    _exit(1); /* the runner is gone: nobody to measure for or report to */
}
