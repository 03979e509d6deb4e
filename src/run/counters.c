/* Hardware counters: see counters.h. */
#include "run/counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    uint64_t config;
    enum hb_metric_id metric;
} events[HB_COUNTERS] = {
    {PERF_COUNT_HW_CPU_CYCLES, HB_METRIC_CYCLES},
    {PERF_COUNT_HW_INSTRUCTIONS, HB_METRIC_INSTRUCTIONS},
    {PERF_COUNT_HW_BRANCH_MISSES, HB_METRIC_BRANCH_MISSES},
    {PERF_COUNT_HW_CACHE_MISSES, HB_METRIC_CACHE_MISSES},
};

/* What read() gives with the two times asked for. */
struct reading {
    uint64_t value, enabled_ns, running_ns;
};

void hb_counters_open(struct hb_counters *counters, pid_t pid)
{
    counters->errnum = 0;
    for (size_t i = 0; i < HB_COUNTERS; i++) {
        struct perf_event_attr attributes = {
            .type = PERF_TYPE_HARDWARE,
            .size = sizeof attributes,
            .config = events[i].config,
            .disabled = 1,
            .inherit = 1,
            .exclude_kernel = 1,
            .exclude_hv = 1,
            .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        };
        counters->fd[i] =
            (int)syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
        if (counters->fd[i] < 0 && counters->errnum == 0)
            counters->errnum = errno;
    }
}

static void control_all(const struct hb_counters *counters, unsigned long request)
{
    for (size_t i = 0; i < HB_COUNTERS; i++) {
        if (counters->fd[i] >= 0)
            (void)ioctl(counters->fd[i], request, 0);
    }
}

void hb_counters_start(const struct hb_counters *counters)
{
    control_all(counters, PERF_EVENT_IOC_ENABLE);
}

void hb_counters_stop(const struct hb_counters *counters)
{
    control_all(counters, PERF_EVENT_IOC_DISABLE);
}

static const char *reason(int errnum)
{
    if (errnum == ENOENT || errnum == EOPNOTSUPP || errnum == ENODEV)
        return "this machine offers no hardware counters (virtual machine without a PMU?)";
    if (errnum == EACCES || errnum == EPERM)
        return "not allowed: kernel.perf_event_paranoid is too high";
    return strerror(errnum);
}

/* A counter that shared its place with others counted a part of the time: scaled up, as perf
 * does. One that never ran stays unknown. */
static void store(struct hb_job *job, enum hb_metric_id metric, const struct reading *r)
{
    if (r->running_ns > 0)
        job->metric[metric] = (double)r->value * ((double)r->enabled_ns / (double)r->running_ns);
}

void hb_counters_read(const struct hb_counters *counters, struct hb_job *job)
{
    for (size_t i = 0; i < HB_COUNTERS; i++) {
        struct reading r;
        if (counters->fd[i] >= 0 && read(counters->fd[i], &r, sizeof r) == (ssize_t)sizeof r)
            store(job, events[i].metric, &r);
    }
    if (counters->errnum)
        (void)snprintf(job->null_reason[HB_GROUP_HARDWARE],
                       sizeof job->null_reason[HB_GROUP_HARDWARE], "%s", reason(counters->errnum));
}

void hb_counters_close(struct hb_counters *counters)
{
    for (size_t i = 0; i < HB_COUNTERS; i++) {
        if (counters->fd[i] >= 0)
            (void)close(counters->fd[i]);
        counters->fd[i] = -1;
    }
}
