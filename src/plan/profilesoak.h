/* What a profile says of soaks, for the files that read, write and free profiles.
 * Read next: profilesoak.c, profile.h (what it means). */
#ifndef HB_PLAN_PROFILESOAK_H
#define HB_PLAN_PROFILESOAK_H

#include "plan/profile.h"

/* Every default; the control is the default floor. */
int hb_profile_soak_defaults(struct hb_profile *profile, struct hb_err *err);
void hb_profile_soak_free(struct hb_profile_soak *soak);

/* The section with every default filled in; NULL when there is no memory. */
cJSON *hb_profile_soak_to_json(const struct hb_profile_soak *soak);

/* Budgets of either kind. */
void hb_profile_budgets_free(struct hb_profile_budget *budgets, size_t count);
cJSON *hb_profile_budgets_to_json(const struct hb_profile_budget *budgets, size_t count);

#endif
