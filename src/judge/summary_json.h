/* A summary as members of a JSON object, in the two runs between which a result may have others.
 * Read next: src/stats/summary.h. */
#ifndef HB_JUDGE_SUMMARY_JSON_H
#define HB_JUDGE_SUMMARY_JSON_H

#include "base/json/json_writer.h"
#include "stats/summary.h"

/* "n", "mean", "median", "min", "max", "sd". */
void hb_summary_put(struct hb_json_writer *writer, cJSON *object, const struct hb_summary *s);

/* "mean_ci95_lo" to "median_ci95_hi". */
void hb_summary_put_intervals(struct hb_json_writer *writer, cJSON *object,
                              const struct hb_summary *s);

#endif
