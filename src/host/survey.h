/* What the files of the noise survey share: what is asked, what was read once, and the pen.
 * For noise*.c only.
 * Read next: survey.c. */
#ifndef HB_HOST_SURVEY_H
#define HB_HOST_SURVEY_H

#include "host/cgroup.h"
#include "host/noise.h"
#include "result/model.h"

struct hb_survey {
    struct hb_noise_options options; /* defaults filled in */
    struct hb_host_info host;
    struct hb_cgroup_limits limits;
    unsigned cpu_count; /* CPUs this process may use; with files_only, CPUs there are; 0 unknown */
    struct hb_findings *findings;
};

/* Adds one finding; what does not fit into value is cut. key, meaning: string constants. */
void hb_survey_add(struct hb_survey *survey, const char *key, enum hb_finding_level level,
                   const char *meaning, const char *remedy, const char *value, ...)
    __attribute__((format(printf, 6, 7)));

/* One per file: each adds its findings. */
void hb_survey_cpu(struct hb_survey *survey);
void hb_survey_others(struct hb_survey *survey);
void hb_survey_memory(struct hb_survey *survey);
void hb_survey_kernel(struct hb_survey *survey);

#endif
