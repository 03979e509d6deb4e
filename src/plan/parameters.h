/* A workload's parameters as the harness knows them: a copy of the workload's own table, read by
 * asking a worker (src/run/catalog.h), and the conversion between text and value.
 * Never loads a plugin.
 * Read next: workloads/workload.h (what the values mean). */
#ifndef HB_PLAN_PARAMETERS_H
#define HB_PLAN_PARAMETERS_H

#include "base/err.h"
#include "result/model.h"
#include "workload.h"

#define HB_PARAMETERS_MAX 32u
#define HB_CHOICES_MAX    16u

struct hb_parameter_info {
    char name[HB_NAME_MAX], unit[HB_NAME_MAX], help[256];
    enum hb_parameter_type type;
    uint64_t default_value, min, max;
    char choices[HB_CHOICES_MAX][HB_NAME_MAX];
    size_t choice_count;
};

struct hb_workload_info {
    char name[HB_NAME_MAX], summary[256], path[HB_PATH_MAX];
    struct hb_parameter_info parameters[HB_PARAMETERS_MAX];
    size_t parameter_count;
    bool is_paced; /* it sleeps: its runs have no speed */
};

/* Index of the parameter, or -1. */
int hb_parameters_find(const struct hb_workload_info *workload, const char *name);

/* Writes the value as a user would: "20M", "64KiB", "10%", "first". */
void hb_parameter_format(const struct hb_parameter_info *parameter, uint64_t value, char *text,
                         size_t text_bytes);

/* Fills every parameter with its default: out has workload->parameter_count rows. */
void hb_parameters_defaults(const struct hb_workload_info *workload,
                            struct hb_parameter_value *out);

/* Sets out[name] from text. -1 for an unknown name (the known ones are listed), for a bad value
 * and for "seed", which belongs to the session. */
int hb_parameters_set(const struct hb_workload_info *workload, struct hb_parameter_value *out,
                      const char *name, const char *text, const char *where, struct hb_err *err);

#endif
