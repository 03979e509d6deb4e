/* The epochs of a soak: the same work again and again, in turns that the runner gives; between
 * them the worker sleeps in a handshake, its other threads at a barrier. In an epoch it makes no
 * system call, allocates nothing and times about one operation in 1,024, at places that no period
 * of the workload can keep step with.
 * Read next: team.h, shm.h (the orders), docs/method.md, "Soaks". */
#include "worker/team.h"

#include <string.h>

/* Operations between two timed ones: 512 to 1,535, each as likely; with the timed one 1,024.5 in
 * the mean. The same on every thread, as a workload's step() is promised. */
#define GAP_LEAST  512u
#define GAP_SPREAD 1024u

/* The linear congruential generator of MMIX (Knuth); its upper bits scatter gaps well enough. */
static inline uint64_t next_random(uint64_t random)
{
    return random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
}

static inline void note(struct hb_shm_latency *latency, uint64_t ns)
{
    latency->samples++;
    if (ns > latency->max_ns)
        latency->max_ns = ns;
    latency->count[hb_loglinear_bucket(ns)]++;
}

/* Gaps and timed operations in turn until `wanted` are done; returns how many were. */
static uint64_t work(struct hb_worker_thread *thread, uint64_t wanted, uint64_t random,
                     struct hb_shm_latency *latency)
{
    const struct hb_worker_team *team = thread->team;
    uint64_t (*const step)(void *, uint64_t) = team->workload->step;
    uint64_t done = 0;
    while (done < wanted && !hb_worker_is_stopped(team)) {
        random = next_random(random);
        uint64_t gap = GAP_LEAST + (random >> 54);
        if (gap >= wanted - done)
            gap = wanted - done;
        const uint64_t did = step(thread->state, gap);
        done += did;
        if (did < gap || done == wanted)
            break;
        const uint64_t start_ns = hb_worker_net_ns(team);
        const uint64_t one = step(thread->state, 1);
        note(latency, hb_worker_net_ns(team) - start_ns);
        done += one;
        if (one < 1)
            break;
    }
    return done;
}
_Static_assert(GAP_SPREAD == UINT64_C(1) << (64 - 54), "the shift in work() gives the spread");

/* The workload's own word on what it will do; without one always the same. */
static int begin(struct hb_worker_thread *thread, uint64_t *operations, bool *paced)
{
    const struct hb_workload *workload = thread->team->workload;
    const uint64_t epoch = thread->team->channel->shm->epoch;
    *paced = workload->is_paced;
    if (epoch == HB_EPOCH_UNCOUNTED || !workload->begin_epoch)
        return 0;
    return workload->begin_epoch(thread->state, epoch, operations, paced);
}

static uint64_t live_bytes(const struct hb_worker_thread *thread)
{
    const struct hb_workload *workload = thread->team->workload;
    return workload->live_bytes ? workload->live_bytes(thread->state) : 0;
}

/* On the main thread, when all have begun. */
static void publish(struct hb_worker_team *team, int phase, bool paced)
{
    struct hb_shm *shm = team->channel->shm;
    const struct hb_workload *workload = team->workload;
    uint64_t live = 0;
    for (uint32_t i = 0; i < team->count; i++)
        live += shm->thread[i].live_bytes;
    const char *name = workload->phases && phase >= 0 ? workload->phases[phase] : "steady";
    size_t length = strlen(name);
    if (length >= sizeof shm->epoch_phase)
        length = sizeof shm->epoch_phase - 1;
    memcpy(shm->epoch_phase, name, length);
    shm->epoch_phase[length] = '\0';
    shm->epoch_is_paced = paced;
    shm->live_known = workload->live_bytes != NULL;
    atomic_store_explicit(&shm->drained_ns,
                          paced && shm->live_known && live == 0 ? hb_worker_now_ns() : 0,
                          memory_order_release);
}

static void one_epoch(struct hb_worker_thread *thread)
{
    struct hb_worker_team *team = thread->team;
    struct hb_shm *shm = team->channel->shm;
    const uint32_t index = thread->context.thread_index;
    struct hb_shm_thread *out = &shm->thread[index];
    uint64_t operations = shm->epoch_operations / team->count;
    bool paced;
    const int phase = begin(thread, &operations, &paced);
    if (phase < 0)
        hb_worker_came_short(thread, "at the beginning of an epoch", 0);
    out->live_bytes = live_bytes(thread);
    hb_worker_meet(team);
    if (index == 0) {
        publish(team, phase, paced);
        atomic_store_explicit(&team->aside_ns, 0, memory_order_relaxed);
    }
    hb_worker_meet(team);
    const uint64_t cpu_before_ns = hb_worker_whole_cpu_ns(thread);
    out->start_ns = hb_worker_net_ns(team);
    out->operations = paced ? team->workload->step(thread->state, operations)
                            : work(thread, operations, shm->epoch, &shm->latency[index]);
    out->slice_end_ns[0] = hb_worker_net_ns(team);
    out->cpu_ns = hb_worker_whole_cpu_ns(thread) - cpu_before_ns;
    if (out->operations < operations)
        hb_worker_came_short(thread, "in an epoch", out->operations);
    out->live_bytes = live_bytes(thread);
    hb_worker_meet(team);
}

int hb_worker_soak(struct hb_worker_thread *thread, struct hb_worker_failure *failure)
{
    struct hb_worker_team *team = thread->team;
    struct hb_shm *shm = team->channel->shm;
    const bool is_main = thread->context.thread_index == 0;
    for (;;) {
        if (is_main) {
            if (hb_worker_first_failure(team, failure) != 0)
                return -1;
            hb_worker_note_usage(team, &shm->usage_end);
            hb_worker_copy_counters(team, &shm->counters_epoch);
            hb_worker_phase(team->channel, HB_PHASE_EPOCH);
            hb_worker_copy_counters(team, &shm->counters_turn);
            hb_worker_note_usage(team, &shm->usage_begin);
            if (atomic_load(&shm->order) == HB_ORDER_EPOCH)
                hb_worker_phase(team->channel, HB_PHASE_MEASURE);
        }
        hb_worker_meet(team);
        if (atomic_load(&shm->order) != HB_ORDER_EPOCH)
            return 0;
        one_epoch(thread);
    }
}

void hb_worker_light_use(const struct hb_worker_team *team)
{
    const struct hb_allocator_functions *functions = &team->allocator->functions;
    struct hb_shm *shm = team->channel->shm;
    const struct timespec pause = {.tv_nsec = 10000000};
    atomic_store_explicit(&shm->drained_ns, hb_worker_now_ns(), memory_order_release);
    while (atomic_load_explicit(&shm->order, memory_order_relaxed) == HB_ORDER_DRAIN) {
        for (size_t i = 0; i < 100; i++) {
            void *block = functions->malloc(16 + 16 * (i % 64));
            if (block)
                *(volatile unsigned char *)block = 1;
            functions->free(block);
        }
        (void)nanosleep(&pause, NULL);
    }
}
