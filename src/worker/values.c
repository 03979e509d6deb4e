/* "key=value" words into a workload's values. Numbers are plain and unsigned, in the representation
 * workload.h gives each type: the runner has converted "20M" already. Of a size profile and
 * of a trace it is the descriptor that the runner has opened for it.
 * Never loads anything. Read next: workload.h. */
#include "worker/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int find(const struct hb_workload *workload, const char *name, size_t length)
{
    for (int i = 0; workload->parameters[i].name; i++)
        if (strlen(workload->parameters[i].name) == length &&
            memcmp(workload->parameters[i].name, name, length) == 0)
            return i;
    return -1;
}

static int parse(const char *text, uint64_t *value)
{
    char *end;
    if (*text < '0' || *text > '9')
        return -1; /* strtoull would take a sign and blanks */
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno || *end ? -1 : 0;
}

static int set(const struct hb_workload *workload, const char *setting, uint64_t *values,
               bool *is_set, struct hb_worker_failure *failure)
{
    const char *equals = strchr(setting, '=');
    const int index = equals ? find(workload, setting, (size_t)(equals - setting)) : -1;
    if (index < 0)
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD, "\"%s\" sets no parameter of %s",
                              setting, workload->name);
    const struct hb_parameter *parameter = &workload->parameters[index];
    if (is_set[index])
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD, "%s is set twice", parameter->name);
    if (parse(equals + 1, &values[index]) != 0)
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD,
                              "%s: \"%s\" is not a plain unsigned number", parameter->name,
                              equals + 1);
    if (parameter->type == HB_PARAMETER_TRACE) {
        if (values[index] > HB_WORKER_DESCRIPTOR_MAX)
            return hb_worker_fail(failure, HB_WORKER_WORKLOAD, "%s: %s is no descriptor",
                                  parameter->name, equals + 1);
    } else if (parameter->type == HB_PARAMETER_SIZES) {
        if (values[index] != 0 &&
            hb_worker_map_sizes(values[index], parameter->name, &values[index], failure) != 0)
            return -1;
    } else if (values[index] < parameter->min || values[index] > parameter->max) {
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD, "%s: %s is not in %llu to %llu",
                              parameter->name, equals + 1, (unsigned long long)parameter->min,
                              (unsigned long long)parameter->max);
    }
    is_set[index] = true;
    return 0;
}

int hb_worker_values(const struct hb_workload *workload, const struct hb_worker_options *options,
                     uint64_t *values, struct hb_allocator_hint *hint,
                     struct hb_worker_failure *failure)
{
    bool is_set[HB_WORKER_PARAMETERS_MAX] = {false};
    char message[256] = "";
    for (size_t i = 0; workload->parameters[i].name; i++)
        values[i] = workload->parameters[i].default_value;
    for (size_t i = 0; i < options->setting_count; i++)
        if (set(workload, options->settings[i], values, is_set, failure) != 0)
            return -1;
    *hint = (struct hb_allocator_hint){.threads = (uint32_t)values[HB_PARAMETER_THREADS]};
    if (workload->check(values, hint, message, sizeof message) != 0)
        return hb_worker_fail(failure, HB_WORKER_WORKLOAD, "%s: %s", workload->name, message);
    /* The proof's blocks must fit as well. */
    if (hint->blocks_max < HB_WORKER_PROOF_BLOCKS)
        hint->blocks_max = HB_WORKER_PROOF_BLOCKS;
    if (hint->size_max < HB_WORKER_PROOF_BYTES_MIN)
        hint->size_max = HB_WORKER_PROOF_BYTES_MIN;
    return 0;
}
