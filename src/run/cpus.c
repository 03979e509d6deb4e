/* CPU placement: see cpus.h. */
#include "run/cpus.h"

#include "host/noise.h"
#include "host/proc.h"

#include <errno.h>
#include <stdbool.h>

#define WATCH_MS    100u
#define TICKS_SPARE 1u /* of the ten in that time: anybody's housekeeping */

/* What this process may use: the mask it was started with, of which a control group may take some
 * away and give some back. Its own mask is smaller, once it keeps off the worker's. */
static int read_allowed(struct hb_cpuset *allowed)
{
    static struct hb_cpuset at_start;
    static bool is_known;
    struct hb_cpuset own;
    if (hb_cpuset_read_own(&own) != 0)
        return -1;
    if (!is_known)
        at_start = own;
    is_known = true;
    *allowed = own;
    if (hb_cpuset_keep_to(&at_start) != 0)
        return 0;
    if (hb_cpuset_read_own(allowed) != 0)
        *allowed = own;
    (void)hb_cpuset_keep_to(&own);
    return 0;
}

static bool pinning_refused(void)
{
    struct hb_cpuset own;
    return hb_cpuset_read_own(&own) == 0 && hb_cpuset_keep_to(&own) != 0 && errno != EINVAL;
}

/* False where what others read in the list is not the set. */
static bool write_list(const struct hb_cpuset *cpus, char *list, size_t list_bytes)
{
    struct hb_cpuset written = {0};
    return hb_cpuset_write(cpus, list, list_bytes) == 0 &&
           (!list[0] || hb_cpuset_parse(list, &written) == 0) && hb_cpuset_equal(&written, cpus);
}

/* The CPU of the set that was least busy; of equals the last. */
static size_t least_busy(const struct hb_cpuset *cpus, const uint64_t *before,
                         const uint64_t *after)
{
    size_t least = HB_CPUSET_MAX;
    uint64_t least_ticks = 0;
    for (size_t cpu = HB_CPUSET_MAX; cpu-- > 0;) {
        const uint64_t grown = after[cpu] > before[cpu] ? after[cpu] - before[cpu] : 0;
        const uint64_t ticks = grown > TICKS_SPARE ? grown : 0;
        if (hb_cpuset_has(cpus, cpu) && (least == HB_CPUSET_MAX || ticks < least_ticks)) {
            least = cpu;
            least_ticks = ticks;
        }
    }
    return least;
}

int hb_cpus_choose(uint32_t threads, struct hb_host_info *host, struct hb_err *err)
{
    static uint64_t before[HB_CPUSET_MAX], after[HB_CPUSET_MAX];
    struct hb_cpuset left, cpus = {0};
    if (read_allowed(&left) != 0)
        return hb_err_errno(err, HB_ERR_SYSTEM, errno, "cannot read which CPUs may be used");
    hb_proc_busy_ticks(before);
    hb_noise_others(WATCH_MS, host->others, sizeof host->others);
    hb_proc_busy_ticks(after);
    for (bool refused = pinning_refused(); !refused && threads > 0; threads--) {
        const size_t cpu = least_busy(&left, before, after);
        if (cpu == HB_CPUSET_MAX)
            break;
        hb_cpuset_add(&cpus, cpu);
        left = hb_cpuset_without(&left, &cpus);
    }
    if (!write_list(&cpus, host->cpus_used, sizeof host->cpus_used))
        return hb_err_set(err, HB_ERR_SYSTEM, "the list of the %u CPUs to measure on is too long",
                          hb_cpuset_count(&cpus));
    return 0;
}

void hb_cpus_note_allowed(struct hb_host_info *host)
{
    struct hb_cpuset allowed;
    host->cpus_used[0] = '\0';
    if (read_allowed(&allowed) != 0 || hb_cpuset_count(&allowed) >= host->cpu_count)
        return;
    if (!write_list(&allowed, host->cpus_used, sizeof host->cpus_used))
        host->cpus_used[0] = '\0';
}

bool hb_cpus_usable(const char *list)
{
    struct hb_cpuset cpus, allowed;
    if (hb_cpus_parse(list, &cpus) != 0 || read_allowed(&allowed) != 0)
        return false;
    if (!list[0] || pinning_refused())
        return !list[0] && pinning_refused();
    cpus = hb_cpuset_without(&cpus, &allowed);
    return hb_cpuset_count(&cpus) == 0;
}

int hb_cpus_parse(const char *list, struct hb_cpuset *cpus)
{
    return list[0] ? hb_cpuset_parse(list, cpus) : read_allowed(cpus);
}

void hb_cpus_keep_off(const struct hb_cpuset *workers)
{
    struct hb_cpuset allowed;
    if (read_allowed(&allowed) != 0)
        return;
    const struct hb_cpuset rest = hb_cpuset_without(&allowed, workers);
    if (hb_cpuset_count(&rest) > 0)
        (void)hb_cpuset_keep_to(&rest);
}

void hb_cpus_use_all(void)
{
    const struct hb_cpuset none = {0};
    hb_cpus_keep_off(&none);
}
