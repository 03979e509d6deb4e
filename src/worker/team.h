/* One run of a workload on its threads: the state that the measured phase (measure.c) and the
 * epochs of a soak (epochs.c) share, and what both do with it.
 * Read next: measure.c (the order of things). */
#ifndef HB_WORKER_TEAM_H
#define HB_WORKER_TEAM_H

#include "worker/worker.h"

#include <pthread.h>
#include <time.h>

struct hb_worker_team;

struct hb_worker_thread {
    struct hb_worker_team *team;
    pthread_t id;
    struct hb_workload_context context;
    void *state;
    uint64_t lent_cpu_ns;  /* CPU time that the threads had which it started with run() */
    uint64_t aside_cpu_ns; /* of its own: in no figure */
    struct hb_worker_failure failure;
} __attribute__((aligned(128)));

/* Written before the threads start, but for the atomics, each on a line of its own. */
struct hb_worker_team {
    const struct hb_worker_channel *channel;
    const struct hb_worker_options *options;
    const struct hb_worker_allocator *allocator;
    const struct hb_workload *workload;
    const uint64_t *values;
    uint32_t count;
    bool has_cpu_each;          /* spinning takes nothing from another thread */
    uint64_t warmup_operations; /* per thread */
    void *shared;
    pthread_barrier_t barrier;
    _Atomic uint32_t armed __attribute__((aligned(128)));
    _Atomic uint32_t go __attribute__((aligned(128)));
    _Atomic uint32_t finished __attribute__((aligned(128)));
    _Atomic uint32_t stop __attribute__((aligned(128)));
    _Atomic uint32_t asides __attribute__((aligned(128))); /* arrivals, and how many are over */
    _Atomic uint32_t aside_rounds;
    _Atomic uint64_t aside_ns; /* of the measured phase or epoch so far */
    _Atomic uint64_t ended __attribute__((aligned(128))); /* threads of run() and of start() */
    struct hb_worker_thread threads[HB_THREADS_MAX];
};

/* measure.c: the measured slices of one thread. */
void hb_worker_measured(struct hb_worker_thread *thread);

/* CLOCK_MONOTONIC, through the vDSO. */
static inline uint64_t hb_worker_now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

/* The same without what was done aside: the clock of all figures. */
static inline uint64_t hb_worker_net_ns(const struct hb_worker_team *team)
{
    return hb_worker_now_ns() - atomic_load_explicit(&team->aside_ns, memory_order_relaxed);
}

/* CPU time of this thread so far: a system call. */
static inline uint64_t hb_worker_cpu_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

/* Every thread has come here; one alone does not wait. */
static inline void hb_worker_meet(struct hb_worker_team *team)
{
    if (team->count > 1)
        (void)pthread_barrier_wait(&team->barrier);
}

static inline bool hb_worker_is_stopped(const struct hb_worker_team *team)
{
    return atomic_load_explicit(&team->stop, memory_order_relaxed) != 0;
}

/* Stops all threads: the allocator returned NULL `where`, after `done` operations of this one. */
void hb_worker_came_short(struct hb_worker_thread *thread, const char *where, uint64_t done);

/* -1 with the first thread's failure there is. */
int hb_worker_first_failure(struct hb_worker_team *team, struct hb_worker_failure *failure);

/* The allocator's own running totals, where it keeps some. */
void hb_worker_copy_counters(struct hb_worker_team *team, struct hb_shm_counters *out);

/* What the whole process has used so far: a system call. */
void hb_worker_note_usage(struct hb_worker_team *team, struct hb_shm_usage *out);

/* crew.c: CPU time so far of the threads of start() that count as this one's. */
uint64_t hb_worker_crew_cpu_ns(uint32_t index);

/* CPU time of this thread and of those that it started, without what was done aside. */
static inline uint64_t hb_worker_whole_cpu_ns(const struct hb_worker_thread *thread)
{
    const uint64_t crew_ns = thread->team->workload->starts_threads
                                 ? hb_worker_crew_cpu_ns(thread->context.thread_index)
                                 : 0;
    return hb_worker_cpu_ns() + thread->lent_cpu_ns + crew_ns - thread->aside_cpu_ns;
}

/* shortlived.c: before the first of them, on the thread that will start them. */
void hb_worker_short_lived_open(struct hb_worker_thread *thread);
/* struct hb_workload_context's run(). */
bool hb_worker_run_short_lived(void (*body)(void *argument), void *argument);
/* The whole of such a thread in the measured phase. */
void *hb_worker_measured_life(void *opaque);
void hb_worker_measured_join(pthread_t id);

/* measure.c: one turn of waiting, as struct hb_workload_context's wait(). */
bool hb_worker_wait(uint32_t turn);

/* crew.c: before the first of what follows, on each of the worker's own threads. */
void hb_worker_crew_open(struct hb_worker_thread *thread);
/* struct hb_workload_context's. */
bool hb_worker_crew_start(struct hb_workload_thread *thread, uint32_t index,
                          void (*body)(void *argument), void *argument);
void hb_worker_crew_join(struct hb_workload_thread *thread);
bool hb_worker_wait_while(_Atomic uint32_t *word, uint32_t value);
void hb_worker_wake(_Atomic uint32_t *word);
bool hb_worker_aside(const char *(*body)(void *argument), void *argument);
void hb_worker_crew_stop(void);
/* The whole of a thread of start(), and of what is done aside, in the measured phase. */
void *hb_worker_measured_member(void *member);
const char *hb_worker_measured_aside(const char *(*body)(void *argument), void *argument);

/* epochs.c: epochs from HB_PHASE_READY until the runner orders the drain or the end; on every
 * thread. Only the main one's result counts. */
int hb_worker_soak(struct hb_worker_thread *thread, struct hb_worker_failure *failure);

/* epochs.c: after the drain, on the main thread: little work until the runner orders the end, so
 * that an allocator that gives back when it is next used has its chance. */
void hb_worker_light_use(const struct hb_worker_team *team);

#endif
