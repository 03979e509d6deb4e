/* The tables of metrics: see metric.h. */
#include "result/metric.h"

#include <string.h>

const struct hb_metric hb_metrics[HB_METRIC_COUNT] = {
#define HB_METRIC_ROW(id, key_, heading_, group_, good_, format_, deterministic_, help_)           \
    [HB_METRIC_##id] = {.key = (key_),                                                             \
                        .heading = (heading_),                                                     \
                        .help = (help_),                                                           \
                        .group = HB_GROUP_##group_,                                                \
                        .good = HB_GOOD_##good_,                                                   \
                        .format = HB_FORMAT_##format_,                                             \
                        .deterministic = (deterministic_)},
    HB_METRICS(HB_METRIC_ROW)
#undef HB_METRIC_ROW
};

const char *const hb_metric_group_names[HB_GROUP_COUNT] = {
    [HB_GROUP_TIME] = "time",         [HB_GROUP_MEMORY] = "memory",
    [HB_GROUP_FAULTS] = "faults",     [HB_GROUP_SCHEDULING] = "scheduling",
    [HB_GROUP_SYSCALLS] = "syscalls", [HB_GROUP_HARDWARE] = "hardware",
    [HB_GROUP_COUNTS] = "counts",
};

const char *const hb_job_kind_names[HB_JOB_KIND_COUNT] = {
    [HB_JOB_TIMED] = "timed",
    [HB_JOB_COUNTED] = "counted",
    [HB_JOB_INSTRUCTIONS] = "instructions",
};

enum hb_job_kind hb_metric_pass(enum hb_metric_group group)
{
    return group == HB_GROUP_SYSCALLS ? HB_JOB_COUNTED
           : group == HB_GROUP_COUNTS ? HB_JOB_INSTRUCTIONS
                                      : HB_JOB_TIMED;
}

size_t hb_metric_index(const struct hb_metric *metrics, size_t count, const char *key)
{
    size_t i = 0;
    while (i < count && strcmp(metrics[i].key, key) != 0)
        i++;
    return i;
}

enum hb_metric_id hb_metric_find(const char *key)
{
    return (enum hb_metric_id)hb_metric_index(hb_metrics, HB_METRIC_COUNT, key);
}

struct hb_text hb_metric_text(enum hb_metric_format format, double value)
{
    switch (format) {
    case HB_FORMAT_RATE:
        return hb_format_rate(value);
    case HB_FORMAT_NS:
        return hb_format_ns(value);
    case HB_FORMAT_BYTES:
        return hb_format_bytes(value);
    case HB_FORMAT_TINY:
        return hb_format_tiny(value);
    case HB_FORMAT_EACH:
        return hb_format_each(value);
    case HB_FORMAT_PERCENT:
        return hb_format_percent(value);
    case HB_FORMAT_COUNT:
        break;
    }
    return hb_format_count(value);
}

const struct hb_metric hb_epoch_metrics[HB_EPOCH_METRIC_COUNT] = {
#define HB_EPOCH_ROW(id, key_, heading_, good_, format_, help_)                                    \
    [HB_EPOCH_##id] = {.key = (key_),                                                              \
                       .heading = (heading_),                                                      \
                       .help = (help_),                                                            \
                       .good = HB_GOOD_##good_,                                                    \
                       .format = HB_FORMAT_##format_},
    HB_EPOCH_METRICS(HB_EPOCH_ROW)
#undef HB_EPOCH_ROW
};

enum hb_epoch_metric_id hb_epoch_metric_find(const char *key)
{
    return (enum hb_epoch_metric_id)hb_metric_index(hb_epoch_metrics, HB_EPOCH_METRIC_COUNT, key);
}

const struct hb_metric hb_exec_metrics[HB_EXEC_METRIC_COUNT] = {
#define HB_EXEC_ROW(id, key_, heading_, good_, format_, help_)                                     \
    [HB_EXEC_##id] = {.key = (key_),                                                               \
                      .heading = (heading_),                                                       \
                      .help = (help_),                                                             \
                      .good = HB_GOOD_##good_,                                                     \
                      .format = HB_FORMAT_##format_},
    HB_EXEC_METRICS(HB_EXEC_ROW)
#undef HB_EXEC_ROW
};
