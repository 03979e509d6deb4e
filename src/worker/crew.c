/* What a loop may do with threads and time beside its steps (workload.h, struct
 * hb_workload_context): start threads that live on beside the worker's own, wait for each other by
 * words in memory, and do something aside, in nobody's time.
 * Read next: team.h, shortlived.c, workloads/replay.c. */
#include "base/cpuset.h"
#include "worker/check.h"
#include "worker/team.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES     ((size_t)256 << 10)
#define TURNS           100u     /* of waiting before a sleep: some microseconds */
#define NAP_NS          20000000 /* how late a sleeper may see that the run is over */
#define CHECKED_NUMBERS 32768u   /* of threads: patterns have room for no more */

/* The workload's struct hb_workload_thread. */
struct member {
    pthread_t id;
    struct member *next, **at; /* of those that live */
    struct hb_worker_thread *owner;
    void (*body)(void *argument);
    void *argument;
    uint32_t number; /* counts them */
};
_Static_assert(sizeof(struct member) <= sizeof(struct hb_workload_thread), "it is kept there");

static struct {
    pthread_mutex_t lock;
    struct member *alive;
    uint64_t cpu_ns[HB_THREADS_MAX]; /* of those that have ended, by their owner's index */
    uint32_t started;
} crew = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct hb_worker_thread *me;

void hb_worker_crew_open(struct hb_worker_thread *thread)
{
    me = thread;
}

/* ---- waiting ---- */

bool hb_worker_wait_while(_Atomic uint32_t *word, uint32_t value)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    for (uint32_t turn = 0;; turn++) {
        uint32_t now = atomic_load_explicit(word, memory_order_acquire);
        if (now >> 1 != value)
            return true;
        if (turn < TURNS) {
            if (!hb_worker_wait(turn))
                return false;
            continue;
        }
        if ((now & 1) || atomic_compare_exchange_strong(word, &now, now | 1))
            (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, now | 1, &nap, NULL, 0);
        if (hb_worker_is_stopped(me->team))
            return false;
    }
}

void hb_worker_wake(_Atomic uint32_t *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

/* ---- threads ---- */

static void enlist(struct member *member)
{
    member->at = &crew.alive;
    member->next = crew.alive;
    if (member->next)
        member->next->at = &member->next;
    crew.alive = member;
    member->number = crew.started++;
}

static void strike(struct member *member)
{
    *member->at = member->next;
    if (member->next)
        member->next->at = member->at;
}

static void live(struct member *member)
{
    const struct hb_worker_team *team = member->owner->team;
    const struct hb_allocator_functions *functions = &team->allocator->functions;
    me = member->owner;
    if (functions->thread_init)
        functions->thread_init();
    if (team->options->check)
        hb_worker_check_thread(HB_THREADS_MAX + member->number % CHECKED_NUMBERS, 0);
    member->body(member->argument);
    if (functions->thread_exit)
        functions->thread_exit();
    (void)pthread_mutex_lock(&crew.lock);
    strike(member);
    crew.cpu_ns[member->owner->context.thread_index] += hb_worker_cpu_ns();
    atomic_fetch_add_explicit(&member->owner->team->ended, 1, memory_order_relaxed);
    (void)pthread_mutex_unlock(&crew.lock);
}

static void *unmeasured_member(void *member)
{
    live(member);
    return NULL;
}

/* Exported under this name, as hb_worker_measured_life is. */
__attribute__((noinline, visibility("default"))) void *hb_worker_measured_member(void *member)
{
    live(member);
    return NULL;
}

static bool is_measured(const struct hb_worker_team *team)
{
    return atomic_load_explicit(&team->channel->shm->phase, memory_order_relaxed) ==
           HB_PHASE_MEASURE;
}

static int set_attributes(const struct member *member, pthread_attr_t *attributes)
{
    const struct hb_worker_options *options = member->owner->team->options;
    const uint32_t index = member->owner->context.thread_index;
    struct hb_cpuset set = {0};
    const int errnum = pthread_attr_setstacksize(attributes, STACK_BYTES);
    if (errnum != 0 || options->cpu_count == 0)
        return errnum;
    const uint32_t cpu = options->cpus[index % options->cpu_count];
    const size_t bytes = cpu < CPU_SETSIZE ? sizeof(cpu_set_t) : sizeof set;
    hb_cpuset_add(&set, cpu);
    /* The C library asks for so many bytes, in the measured phase: no more than for a usual set. */
    return pthread_attr_setaffinity_np(attributes, bytes, (const cpu_set_t *)set.words);
}

/* Its id is known when the lock is open again. */
static int create(struct member *member)
{
    pthread_attr_t attributes;
    int errnum = pthread_attr_init(&attributes);
    if (errnum != 0)
        return errnum;
    errnum = set_attributes(member, &attributes);
    (void)pthread_mutex_lock(&crew.lock);
    enlist(member);
    if (errnum == 0)
        errnum = pthread_create(&member->id, &attributes,
                                is_measured(member->owner->team) ? hb_worker_measured_member
                                                                 : unmeasured_member,
                                member);
    if (errnum != 0)
        strike(member);
    (void)pthread_mutex_unlock(&crew.lock);
    (void)pthread_attr_destroy(&attributes);
    return errnum;
}

static bool fail(enum hb_worker_error error, const char *what, const char *why)
{
    if (!atomic_exchange_explicit(&me->team->stop, 1, memory_order_relaxed))
        (void)hb_worker_fail(&me->failure, error, "%s%s", what, why);
    return false;
}

bool hb_worker_crew_start(struct hb_workload_thread *thread, uint32_t index,
                          void (*body)(void *argument), void *argument)
{
    struct member *member = (void *)thread;
    *member =
        (struct member){.owner = &me->team->threads[index], .body = body, .argument = argument};
    const int errnum = create(member);
    return errnum == 0 || fail(HB_WORKER_MACHINE, "a thread cannot be started: ", strerror(errnum));
}

void hb_worker_crew_join(struct hb_workload_thread *thread)
{
    const struct member *member = (void *)thread;
    (void)pthread_join(member->id, NULL);
}

void hb_worker_crew_stop(void)
{
    hb_worker_came_short(me, "on a thread that was started for it", 0);
}

uint64_t hb_worker_crew_cpu_ns(uint32_t index)
{
    (void)pthread_mutex_lock(&crew.lock);
    uint64_t sum_ns = crew.cpu_ns[index];
    for (const struct member *member = crew.alive; member; member = member->next) {
        clockid_t clock;
        struct timespec time;
        if (member->owner->context.thread_index == index &&
            pthread_getcpuclockid(member->id, &clock) == 0 && clock_gettime(clock, &time) == 0)
            sum_ns += (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
    }
    (void)pthread_mutex_unlock(&crew.lock);
    return sum_ns;
}

/* ---- aside ---- */

/* Exported under this name: callgrind leaves out what runs in it in the measured phase. */
__attribute__((noinline, visibility("default"))) const char *
hb_worker_measured_aside(const char *(*body)(void *argument), void *argument)
{
    return body(argument);
}

static bool run_aside(struct hb_worker_team *team, const char *(*body)(void *argument),
                      void *argument)
{
    const uint64_t start_ns = hb_worker_now_ns(), cpu_ns = hb_worker_cpu_ns();
    const char *problem =
        is_measured(team) ? hb_worker_measured_aside(body, argument) : body(argument);
    const uint64_t took_ns = hb_worker_now_ns() - start_ns;
    me->aside_cpu_ns += hb_worker_cpu_ns() - cpu_ns;
    atomic_fetch_add_explicit(&team->aside_ns, took_ns, memory_order_relaxed);
    return !problem || fail(HB_WORKER_WORKLOAD, "", problem);
}

/* Who waits sleeps soon: its CPU time would else be more than the time that counts. */
bool hb_worker_aside(const char *(*body)(void *argument), void *argument)
{
    struct hb_worker_team *team = me->team;
    const uint32_t round = atomic_load_explicit(&team->aside_rounds, memory_order_acquire) >> 1;
    const bool is_first = me->context.thread_index == 0;
    if (atomic_fetch_add_explicit(&team->asides, 2, memory_order_acq_rel) & 1)
        hb_worker_wake(&team->asides);
    if (!is_first)
        return hb_worker_wait_while(&team->aside_rounds, round) && !hb_worker_is_stopped(team);
    for (;;) {
        const uint32_t here = atomic_load_explicit(&team->asides, memory_order_acquire) >> 1;
        if (here == team->count)
            break;
        if (!hb_worker_wait_while(&team->asides, here))
            return false;
    }
    atomic_store_explicit(&team->asides, 0, memory_order_relaxed);
    const bool is_done = run_aside(team, body, argument);
    const uint32_t next = (round + 1) & (UINT32_MAX >> 1);
    if (atomic_exchange_explicit(&team->aside_rounds, next << 1, memory_order_acq_rel) & 1)
        hb_worker_wake(&team->aside_rounds);
    return is_done;
}
