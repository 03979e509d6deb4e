/* A workload that does nothing, and tells on stderr what the worker asked of it: each thread's seed
 * and CPUs, and at the end its operations. A gap is what lies between two operations that are
 * timed, each asked for alone. ASKED_PACE: thread 0 is done at once, the others in some 100 ms;
 * these make a system call (getppid) with their first and last slice, so that a trace shows when
 * they are measured. Read next: worker_test.sh. */
#include "workload.h"

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LARGEST_GAP 65536u

struct asked {
    uint32_t thread;
    uint64_t slices, operations, timed, pending, least, most, distinct;
    unsigned char seen[LARGEST_GAP];
};

static int is_paced;

static int asked_check(const uint64_t *values, struct hb_allocator_hint *hint, char *message,
                       size_t message_bytes)
{
    (void)message;
    (void)message_bytes;
    *hint = (struct hb_allocator_hint){
        .size_max = 64, .blocks_max = 1, .threads = (uint32_t)values[HB_PARAMETER_THREADS]};
    return 0;
}

static int asked_setup(const struct hb_workload_context *context, void **state, char *message,
                       size_t message_bytes)
{
    struct asked *asked = context->reserve(sizeof *asked);
    char cpus[256] = "";
    cpu_set_t set;
    (void)message;
    (void)message_bytes;
    asked->thread = context->thread_index;
    asked->least = UINT64_MAX;
    is_paced = getenv("ASKED_PACE") != NULL;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
            if (CPU_ISSET(cpu, &set) && strlen(cpus) + 8 < sizeof cpus)
                (void)snprintf(cpus + strlen(cpus), 8, " %d", cpu);
    (void)fprintf(stderr, "thread %u of %u seed %016llx cpus%s\n", asked->thread,
                  context->thread_count, (unsigned long long)context->seed, cpus);
    *state = asked;
    return 0;
}

static void be_busy(uint32_t thread, uint64_t slice)
{
    struct timespec start, now;
    if (thread > 0 && (slice == 1 || slice == 200))
        (void)syscall(SYS_getppid);
    if (thread == 0)
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    do
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < 500000);
}

static uint64_t asked_step(void *state, uint64_t operations)
{
    struct asked *asked = state;
    asked->operations += operations;
    asked->slices++;
    if (is_paced)
        be_busy(asked->thread, asked->slices);
    if (operations > 1) {
        asked->pending = operations;
        return operations;
    }
    asked->timed++;
    asked->least = asked->pending < asked->least ? asked->pending : asked->least;
    asked->most = asked->pending > asked->most ? asked->pending : asked->most;
    asked->distinct += !asked->seen[asked->pending % LARGEST_GAP];
    asked->seen[asked->pending % LARGEST_GAP] = 1;
    return operations;
}

static void asked_finish(void *state)
{
    const struct asked *asked = state;
    (void)fprintf(stderr, "thread %u did %llu timed %llu least %llu most %llu distinct %llu\n",
                  asked->thread, (unsigned long long)asked->operations,
                  (unsigned long long)asked->timed, (unsigned long long)asked->least,
                  (unsigned long long)asked->most, (unsigned long long)asked->distinct);
}

static const struct hb_parameter parameters[] = {HB_COMMON_PARAMETERS(100000, 1, 1, 64), {0}};

HB_PLUGIN_EXPORT const struct hb_workload hb_workload = {
    .abi_version = HB_WORKLOAD_ABI,
    .struct_bytes = sizeof(struct hb_workload),
    .name = "asked",
    .summary = "tells what it is asked to do",
    .parameters = parameters,
    .check = asked_check,
    .setup = asked_setup,
    .step = asked_step,
    .finish = asked_finish,
};
