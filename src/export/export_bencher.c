/* As bencher.dev takes it with its adapter "json" (Bencher Metric Format): benchmark -> measure ->
 * value with its bounds. "throughput" (operations a second) and "latency" (ns an operation) are
 * measures that every project of bencher has.
 * Read next: export.h, docs/exports.md. */
#include "base/json/json_fields.h"
#include "export/export.h"

#include <math.h>

/* Nothing where it is not known: null is no number there. */
static void put_measure(struct hb_json_writer *writer, cJSON *benchmark, const char *name,
                        double scale, const struct hb_summary *summary)
{
    if (summary->n == 0 || !isfinite(summary->median))
        return;
    cJSON *measure = hb_json_put_object(writer, benchmark, name);
    hb_json_put_number(writer, measure, "value", scale * summary->median);
    if (!summary->median_ci_valid)
        return;
    hb_json_put_number(writer, measure, "lower_value", scale * summary->ci_median_lo);
    hb_json_put_number(writer, measure, "upper_value", scale * summary->ci_median_hi);
}

static void put_benchmark(struct hb_json_writer *writer, cJSON *root,
                          const struct hb_export_input *input,
                          const struct hb_export_series *series, bool several)
{
    const struct hb_export_text name =
        hb_export_line("%s%s%s/%s", several ? input->label : "", several ? ": " : "",
                       input->session->workload, series->allocator->label);
    if (cJSON_HasObjectItem(root, name.text)) /* of programs that share a name */
        return;
    cJSON *benchmark = hb_json_put_object(writer, root, name.text);
    if (series->judged && series->judged->throughput.n)
        put_measure(writer, benchmark, "throughput", 1, &series->judged->throughput);
    put_measure(writer, benchmark, "latency", 1e9, &series->time);
    if (series->judged)
        put_measure(writer, benchmark, "rss-peak", 1, &series->judged->metric[HB_METRIC_RSS_PEAK]);
}

int hb_export_bencher(const struct hb_export_input *inputs, size_t count, struct hb_buf *out,
                      struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < inputs[i].session->allocator_count; k++) {
            if (inputs[i].series[k].count > 0)
                put_benchmark(&writer, root, &inputs[i], &inputs[i].series[k], count > 1);
        }
    }
    return hb_json_finish(root, writer.failed, out, err);
}
