/* The parts of a profile as JSON, for profile_write.c and profile_soak.c.
 * Read next: profile.h (what they mean). */
#ifndef HB_RESULT_PROFILE_WRITE_H
#define HB_RESULT_PROFILE_WRITE_H

#include "result/profile.h"

/* With every default filled in; NULL when there is no memory. */
cJSON *hb_profile_soak_to_json(const struct hb_profile_soak *soak);
cJSON *hb_profile_budgets_to_json(const struct hb_profile_budget *budgets, size_t count);

#endif
