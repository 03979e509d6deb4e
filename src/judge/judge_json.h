/* What was judged, as sections of a result file: "summaries", "aa_noise", "budgets", "drift".
 * They are for readers of the file; our own readers compute them anew.
 * Read next: hakbench-result(5). */
#ifndef HB_JUDGE_JUDGE_JSON_H
#define HB_JUDGE_JUDGE_JSON_H

#include "judge/budget.h"
#include "judge/drift_judge.h"

/* Each adds its section to root. -1 when there is no memory. */
int hb_judge_json(const struct hb_judgement *judgement, cJSON *root);
int hb_budgets_json(const struct hb_budget_result *results, size_t count, cJSON *root);
int hb_drift_json(const struct hb_drift_judgement *drift, cJSON *root);

#endif
