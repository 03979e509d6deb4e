/* Summaries as JSON: see summary_json.h. */
#include "judge/summary_json.h"

void hb_summary_put(struct hb_json_writer *writer, cJSON *object, const struct hb_summary *s)
{
    hb_json_put_number(writer, object, "n", (double)s->n);
    hb_json_put_number(writer, object, "mean", s->mean);
    hb_json_put_number(writer, object, "median", s->median);
    hb_json_put_number(writer, object, "min", s->min);
    hb_json_put_number(writer, object, "max", s->max);
    hb_json_put_number(writer, object, "sd", s->sd);
}

void hb_summary_put_intervals(struct hb_json_writer *writer, cJSON *object,
                              const struct hb_summary *s)
{
    hb_json_put_number(writer, object, "mean_ci95_lo", s->ci_mean_lo);
    hb_json_put_number(writer, object, "mean_ci95_hi", s->ci_mean_hi);
    hb_json_put_number(writer, object, "median_ci95_lo", s->ci_median_lo);
    hb_json_put_number(writer, object, "median_ci95_hi", s->ci_median_hi);
}
