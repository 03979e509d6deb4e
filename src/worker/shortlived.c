/* Threads that a workload starts in its measured loop, one at a time for each of the worker's own:
 * the parent waits until it has ended. Their stacks are the C library's: on stacks of the worker's
 * own tcmalloc 2.10, loaded by dlopen, crashed in one of 15 runs of 64 such lines, and on these in
 * none of 250. When a thread ends the C library gives its stack back with one madvise.
 * Read next: team.h, workload.h (run), workloads/thread_churn.c. */
#include "worker/check.h"
#include "worker/team.h"

#include <errno.h>
#include <string.h>

#define STACK_BYTES ((size_t)256 << 10)

struct life {
    const struct hb_worker_thread *parent;
    void (*body)(void *argument);
    void *argument;
    uint64_t calls; /* of the check: its patterns go on where the parent's are */
    uint64_t cpu_ns;
};

static _Thread_local struct hb_worker_thread *me;

void hb_worker_short_lived_open(struct hb_worker_thread *thread)
{
    me = thread;
}

static void *live(void *opaque)
{
    struct life *life = opaque;
    const struct hb_worker_team *team = life->parent->team;
    const struct hb_allocator_functions *functions = &team->allocator->functions;
    if (functions->thread_init)
        functions->thread_init();
    if (team->options->check)
        hb_worker_check_thread(life->parent->context.thread_index, life->calls);
    life->body(life->argument);
    if (functions->thread_exit)
        functions->thread_exit();
    life->calls = hb_worker_check_calls();
    life->cpu_ns = hb_worker_cpu_ns();
    return NULL;
}

/* Exported under this name, as hb_worker_measured is: what callgrind counts of these threads. */
__attribute__((noinline, visibility("default"))) void *hb_worker_measured_life(void *opaque)
{
    return live(opaque);
}

/* Exported too: callgrind leaves out what runs in it. How often the C library looks whether a
 * thread has ended is the machine's doing. */
__attribute__((noinline, visibility("default"))) void hb_worker_measured_join(pthread_t id)
{
    (void)pthread_join(id, NULL);
    __asm__ volatile(""); /* a jump to pthread_join would leave this function before it */
}

static int start(struct life *life, bool is_measured, pthread_t *id)
{
    pthread_attr_t attributes;
    int errnum = pthread_attr_init(&attributes);
    if (errnum != 0)
        return errnum;
    errnum = pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (errnum == 0)
        errnum =
            pthread_create(id, &attributes, is_measured ? hb_worker_measured_life : live, life);
    (void)pthread_attr_destroy(&attributes);
    return errnum;
}

bool hb_worker_run_short_lived(void (*body)(void *argument), void *argument)
{
    struct life life = {
        .parent = me, .body = body, .argument = argument, .calls = hb_worker_check_calls()};
    const struct hb_shm *shm = me->team->channel->shm;
    const bool is_measured =
        atomic_load_explicit(&shm->phase, memory_order_relaxed) == HB_PHASE_MEASURE;
    pthread_t id;
    const int errnum = start(&life, is_measured, &id);
    if (errnum != 0) {
        if (!atomic_exchange_explicit(&me->team->stop, 1, memory_order_relaxed))
            (void)hb_worker_fail(&me->failure, HB_WORKER_MACHINE,
                                 "thread %u cannot start a thread: %s", me->context.thread_index,
                                 strerror(errnum));
        return false;
    }
    if (is_measured)
        hb_worker_measured_join(id);
    else
        (void)pthread_join(id, NULL);
    me->lent_cpu_ns += life.cpu_ns;
    atomic_fetch_add_explicit(&me->team->ended, 1, memory_order_relaxed);
    if (me->team->options->check)
        hb_worker_check_thread(me->context.thread_index, life.calls);
    return true;
}
