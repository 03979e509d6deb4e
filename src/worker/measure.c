/* Warm-up, measured phase and drain, on one thread or many. Between READY and DONE it makes no
 * system call (but to leave the CPU to a thread that is waited for long, to start the threads of a
 * workload that starts some, and for each thread's CPU time and the switches of all, before their
 * first operation and after their last), allocates nothing and prints nothing: it
 * reads the clock through the vDSO and stores to memory it has touched before. The main thread is
 * thread 0; one thread needs no other. Read next: docs/method.md; shm.h, hb_slice_operations;
 * epochs.c, the other way through. */
#include "base/cpuset.h"
#include "worker/check.h"
#include "worker/team.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EXERCISE_MOST 200000u /* calls of each thread: some tens of milliseconds */

/* The process's only one; the threads' too, so that it outlives every return. */
static struct hb_worker_team the_team;

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* --- the clock's own cost ----------------------------------------------------------------------
 */

enum { TIMER_ROUNDS = 101, TIMER_READINGS = 64 };

uint64_t hb_worker_timer_ns(void)
{
    uint64_t cost[TIMER_ROUNDS];
    for (int i = 0; i < TIMER_ROUNDS; i++) {
        const uint64_t start = hb_worker_now_ns();
        for (int k = 1; k < TIMER_READINGS; k++)
            (void)hb_worker_now_ns();
        const uint64_t each = (hb_worker_now_ns() - start + TIMER_READINGS / 2) / TIMER_READINGS;
        int place = i; /* insertion into the sorted part; qsort may allocate */
        for (; place > 0 && cost[place - 1] > each; place--)
            cost[place] = cost[place - 1];
        cost[place] = each;
    }
    return cost[TIMER_ROUNDS / 2];
}

/* --- setting up one thread ---------------------------------------------------------------------
 */

static void *reserve(size_t bytes)
{
    void *memory = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Steele, Lea, Flood 2014: neighbouring seeds give unrelated ones. */
static uint64_t splitmix64(uint64_t seed)
{
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int pin(struct hb_worker_thread *thread)
{
    const struct hb_worker_options *options = thread->team->options;
    struct hb_cpuset set = {0};
    if (options->cpu_count == 0)
        return 0;
    const uint32_t cpu = options->cpus[thread->context.thread_index % options->cpu_count];
    hb_cpuset_add(&set, cpu);
    if (hb_cpuset_keep_to(&set) != 0)
        return hb_worker_fail(&thread->failure, HB_WORKER_MACHINE,
                              "cannot pin thread %u to CPU %u: %s", thread->context.thread_index,
                              cpu, strerror(errno));
    return 0;
}

/* The pages that the measured phase will write: no fault of the worker's own shall count there. */
static void touch_results(const struct hb_worker_thread *thread)
{
    struct hb_shm *shm = thread->team->channel->shm;
    volatile unsigned char *bytes = (void *)&shm->thread[thread->context.thread_index];
    for (size_t i = 0; i < sizeof shm->thread[0]; i += 1024)
        bytes[i] = 0;
    bytes[sizeof shm->thread[0] - 1] = 0;
    if (shm->is_soak)
        memset(&shm->latency[thread->context.thread_index], 0, sizeof shm->latency[0]);
}

/* Only the first to come short has met a NULL for certain: the others may have waited for it in
 * vain. */
void hb_worker_came_short(struct hb_worker_thread *thread, const char *where, uint64_t done)
{
    struct hb_worker_team *team = thread->team;
    if (atomic_exchange_explicit(&team->stop, 1, memory_order_relaxed))
        return;
    (void)hb_worker_fail(&thread->failure, HB_WORKER_ALLOCATION_FAILED,
                         "%s returned NULL %s, on thread %u after %llu of its operations",
                         team->allocator->name, where, thread->context.thread_index,
                         (unsigned long long)done);
}

/* struct hb_workload_context's wait(). A thread that spins on its own CPU takes nothing from the
 * others; on a shared one it would take what they need to bring what it waits for: a time slice of
 * 3 ms for each wait, where a strange process has taken the other CPU. So it stops spinning after
 * some 10 us, longer than anyone needs who is running. */
#define SPIN_TURNS 1000u
bool hb_worker_wait(uint32_t turn)
{
    if (the_team.has_cpu_each && turn < SPIN_TURNS)
        relax();
    else
        (void)sched_yield();
    return !hb_worker_is_stopped(&the_team);
}

static int set_up(struct hb_worker_thread *thread)
{
    struct hb_worker_team *team = thread->team;
    char message[256] = "";
    if (pin(thread) != 0)
        return -1;
    /* The main thread had its turn before the proof. */
    if (thread->context.thread_index > 0 && team->allocator->functions.thread_init)
        team->allocator->functions.thread_init();
    if (team->options->check)
        hb_worker_check_thread(thread->context.thread_index, 0);
    if (team->workload->starts_threads)
        hb_worker_short_lived_open(thread);
    hb_worker_crew_open(thread);
    thread->context.shared = team->shared;
    if (team->workload->setup(&thread->context, &thread->state, message, sizeof message) != 0)
        return hb_worker_fail(&thread->failure, HB_WORKER_WORKLOAD, "%s: %s", team->workload->name,
                              message);
    touch_results(thread);
    return 0;
}

static void warm_up(struct hb_worker_thread *thread)
{
    struct hb_worker_team *team = thread->team;
    const uint64_t wanted = team->warmup_operations;
    if (team->workload->prepare && team->workload->prepare(thread->state) != 0)
        hb_worker_came_short(thread, "while the workload prepared", 0);
    hb_worker_meet(team);
    if (wanted == 0 || hb_worker_is_stopped(team))
        return;
    const uint64_t done = team->workload->step(thread->state, wanted);
    if (done < wanted)
        hb_worker_came_short(thread, "in the warm-up", done);
}

/* --- the measured phase ------------------------------------------------------------------------
 */

/* A function of its own, exported under this name: what callgrind counts is what runs in it
 * (run/callgrind.c). */
__attribute__((noinline, visibility("default"))) void
hb_worker_measured(struct hb_worker_thread *thread)
{
    struct hb_worker_team *team = thread->team;
    struct hb_shm *shm = team->channel->shm;
    const uint32_t index = thread->context.thread_index, slices = shm->slices;
    const uint64_t operations = team->values[HB_PARAMETER_OPERATIONS];
    uint64_t (*const step)(void *, uint64_t) = team->workload->step;
    struct hb_shm_thread *out = &shm->thread[index];
    uint64_t done = 0;
    const uint64_t cpu_before_ns = hb_worker_whole_cpu_ns(thread);
    out->start_ns = hb_worker_net_ns(team);
    for (uint32_t slice = 0; slice < slices; slice++) {
        const uint64_t wanted = hb_slice_operations(operations, team->count, slices, slice);
        const uint64_t did = step(thread->state, wanted);
        out->slice_end_ns[slice] = hb_worker_net_ns(team);
        done += did;
        if (index == 0)
            atomic_store_explicit(&shm->slices_done, slice + 1, memory_order_relaxed);
        if (did < wanted)
            hb_worker_came_short(thread, "in the measured phase", done);
        if (hb_worker_is_stopped(team))
            break;
    }
    out->cpu_ns = hb_worker_whole_cpu_ns(thread) - cpu_before_ns;
    out->operations = done;
}

static void spin_until(struct hb_worker_team *team, _Atomic uint32_t *counter, uint32_t value)
{
    while (atomic_load_explicit(counter, memory_order_acquire) < value)
        if (team->has_cpu_each)
            relax();
        else
            (void)sched_yield();
}

/* All threads leave within a few hundred nanoseconds of each other; the phase changes first. */
static void start_together(struct hb_worker_thread *thread)
{
    struct hb_worker_team *team = thread->team;
    if (thread->context.thread_index > 0) {
        atomic_fetch_add_explicit(&team->armed, 1, memory_order_release);
        spin_until(team, &team->go, 1);
        return;
    }
    spin_until(team, &team->armed, team->count - 1);
    atomic_store_explicit(&team->aside_ns, 0, memory_order_relaxed);
    hb_worker_phase(team->channel, HB_PHASE_MEASURE);
    atomic_store_explicit(&team->go, 1, memory_order_release);
}

/* A thread that is done early must not make system calls while others are measured, unless it
 * holds a CPU that they need: then it sleeps. */
static void finish_together(struct hb_worker_team *team)
{
    atomic_fetch_add_explicit(&team->finished, 1, memory_order_release);
    if (team->has_cpu_each)
        spin_until(team, &team->finished, team->count);
    hb_worker_meet(team);
}

int hb_worker_first_failure(struct hb_worker_team *team, struct hb_worker_failure *failure)
{
    for (uint32_t i = 0; i < team->count; i++)
        if (team->threads[i].failure.error) {
            *failure = team->threads[i].failure;
            return -1;
        }
    return 0;
}

void hb_worker_copy_counters(struct hb_worker_team *team, struct hb_shm_counters *out)
{
    struct hb_allocator_counters counters;
    if (!team->allocator->functions.counters || team->allocator->functions.counters(&counters) != 0)
        return;
    team->channel->shm->counters_known = 1;
    *out = (struct hb_shm_counters){counters.mmap,    counters.munmap,   counters.mremap,
                                    counters.madvise, counters.mprotect, counters.brk};
}

void hb_worker_note_usage(struct hb_worker_team *team, struct hb_shm_usage *out)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    *out = (struct hb_shm_usage){
        .voluntary = (uint64_t)usage.ru_nvcsw,
        .involuntary = (uint64_t)usage.ru_nivcsw,
        .ended = atomic_load_explicit(&team->ended, memory_order_relaxed),
    };
}

/* The worker's own mappings (stacks, slots) belong to the start-up: the warm-up begins when every
 * thread has made its own, so that from here on only the allocator is left to call for memory. */
static int begin_warm_up(struct hb_worker_thread *thread, bool is_main,
                         struct hb_worker_failure *failure)
{
    struct hb_worker_team *team = thread->team;
    hb_worker_meet(team);
    if (is_main) {
        if (hb_worker_first_failure(team, failure) != 0)
            return -1;
        hb_worker_copy_counters(team, &team->channel->shm->counters_loaded);
        hb_worker_phase(team->channel, HB_PHASE_WARMUP);
    }
    hb_worker_meet(team);
    warm_up(thread);
    return 0;
}

/* Of a check: on every thread, with nothing live. */
static int exercise(struct hb_worker_thread *thread, struct hb_worker_failure *failure)
{
    struct hb_worker_team *team = thread->team;
    struct hb_allocator_hint hint = {0};
    char message[256];
    const uint64_t share = team->values[HB_PARAMETER_OPERATIONS] / team->count;
    if (!team->options->check)
        return 0;
    (void)team->workload->check(team->values, &hint, message, sizeof message);
    (void)hb_worker_exercise(team->allocator, hint.size_max, thread->context.seed,
                             share < EXERCISE_MOST ? share : EXERCISE_MOST, &thread->failure);
    hb_worker_meet(team);
    return thread->context.thread_index == 0 ? hb_worker_first_failure(team, failure) : 0;
}

/* What every thread does after set_up(). Only the main one's result counts, and it returns at
 * the first failure, leaving the others asleep for the process to end. */
static int life(struct hb_worker_thread *thread, struct hb_worker_failure *failure)
{
    struct hb_worker_team *team = thread->team;
    const bool is_main = thread->context.thread_index == 0;
    if (begin_warm_up(thread, is_main, failure) != 0)
        return -1;
    hb_worker_meet(team);
    if (is_main) {
        if (hb_worker_first_failure(team, failure) != 0)
            return -1;
        hb_worker_copy_counters(team, &team->channel->shm->counters_ready);
        hb_worker_phase(team->channel, HB_PHASE_READY);
        hb_worker_note_usage(team, &team->channel->shm->usage_begin);
    }
    hb_worker_meet(team);
    if (team->channel->shm->is_soak) {
        if (hb_worker_soak(thread, failure) != 0)
            return -1;
    } else {
        start_together(thread);
        hb_worker_measured(thread);
        finish_together(team);
    }
    if (is_main) {
        hb_worker_note_usage(team, &team->channel->shm->usage_end);
        if (hb_worker_first_failure(team, failure) != 0)
            return -1;
        hb_worker_copy_counters(team, &team->channel->shm->counters_done);
        hb_worker_phase(team->channel, HB_PHASE_DONE);
    }
    hb_worker_meet(team);
    team->workload->finish(thread->state);
    hb_worker_meet(team);
    if (is_main) {
        hb_worker_phase(team->channel, HB_PHASE_DRAINED);
        if (team->channel->shm->is_soak)
            hb_worker_light_use(team);
    }
    hb_worker_meet(team);
    if (exercise(thread, failure) != 0)
        return -1;
    if (team->allocator->functions.thread_exit)
        team->allocator->functions.thread_exit();
    return 0;
}

static void *other_thread(void *argument)
{
    struct hb_worker_thread *thread = argument;
    struct hb_worker_failure ignored;
    (void)set_up(thread);
    (void)life(thread, &ignored);
    return NULL;
}

/* --- the whole run -----------------------------------------------------------------------------
 */

static uint32_t cpus_to_run_on(const struct hb_worker_options *options)
{
    struct hb_cpuset set;
    if (options->cpu_count > 0)
        return options->cpu_count;
    return hb_cpuset_read_own(&set) == 0 ? hb_cpuset_count(&set) : 1;
}

static int set_up_shared(struct hb_worker_team *team, struct hb_worker_failure *failure)
{
    char message[256] = "";
    if (!team->workload->setup_shared ||
        team->workload->setup_shared(&team->threads[0].context, &team->shared, message,
                                     sizeof message) == 0)
        return 0;
    return hb_worker_fail(failure, HB_WORKER_WORKLOAD, "%s: %s", team->workload->name, message);
}

static int start_others(struct hb_worker_team *team, struct hb_worker_failure *failure)
{
    int errnum = pthread_barrier_init(&team->barrier, NULL, team->count);
    for (uint32_t i = 1; errnum == 0 && i < team->count; i++)
        errnum = pthread_create(&team->threads[i].id, NULL, other_thread, &team->threads[i]);
    if (errnum == 0)
        return 0;
    return hb_worker_fail(failure, errnum == EAGAIN ? HB_WORKER_MACHINE : HB_WORKER_SYSTEM,
                          "cannot start %u threads: %s", team->count, strerror(errnum));
}

int hb_worker_run(const struct hb_worker_channel *channel, const struct hb_worker_options *options,
                  const struct hb_worker_allocator *allocator, const struct hb_workload *workload,
                  const uint64_t *values, struct hb_worker_failure *failure)
{
    struct hb_worker_team *team = &the_team;
    team->channel = channel;
    team->options = options;
    team->allocator = allocator;
    team->workload = workload;
    team->values = values;
    team->count = (uint32_t)values[HB_PARAMETER_THREADS];
    team->has_cpu_each = team->count <= cpus_to_run_on(options);
    team->warmup_operations = values[HB_PARAMETER_OPERATIONS] * values[HB_PARAMETER_WARMUP] /
                              UINT64_C(1000000) / team->count;
    for (uint32_t i = 0; i < team->count; i++) {
        team->threads[i].team = team;
        team->threads[i].context = (struct hb_workload_context){
            .functions = options->check ? &hb_worker_checked : &allocator->functions,
            .values = values,
            .seed = splitmix64(values[HB_PARAMETER_SEED] + i),
            .thread_index = i,
            .thread_count = team->count,
            .reserve = reserve,
            .wait = hb_worker_wait,
            .run = hb_worker_run_short_lived,
            .start = hb_worker_crew_start,
            .join = hb_worker_crew_join,
            .wait_while = hb_worker_wait_while,
            .wake = hb_worker_wake,
            .aside = hb_worker_aside,
            .stop = hb_worker_crew_stop,
        };
    }
    hb_worker_phase(channel, HB_PHASE_LOADED);
    if (options->check && hb_worker_check_open(channel, allocator, team->count, failure) != 0)
        return -1;
    if (set_up_shared(team, failure) != 0 || start_others(team, failure) != 0)
        return -1;
    (void)set_up(&team->threads[0]);
    if (life(&team->threads[0], failure) != 0)
        return -1;
    for (uint32_t i = 1; i < team->count; i++)
        (void)pthread_join(team->threads[i].id, NULL);
    return 0;
}
