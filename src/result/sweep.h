/* A sweep as it is typed, "threads=1,2,4", and a profile's programs spread over its points.
 * Read next: model.h (a session's points), src/run/setup_points.h. */
#ifndef HB_RESULT_SWEEP_H
#define HB_RESULT_SWEEP_H

#include "base/err.h"
#include "result/model.h"

struct hb_sweep {
    char name[HB_NAME_MAX];
    char values[HB_POINTS_MAX][HB_NAME_MAX];
    size_t count;
};

/* HB_ERR_USAGE unless text is a name and 2 to HB_POINTS_MAX values. */
int hb_sweep_parse(const char *text, struct hb_sweep *sweep, struct hb_err *err);

/* Each program of the profile becomes one for each point: "make" is "make-threads-1",
 * "make-threads-2", with the value wherever its texts have {threads}; a name that is there already
 * gets a number. HB_ERR_USAGE where a program
 * has it nowhere, or there are too many. The profile is freed by its owner, also after -1. */
int hb_sweep_programs(const char *text, struct hb_profile *profile, struct hb_err *err);

#endif
