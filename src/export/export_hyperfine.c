/* As hyperfine's --export-json writes: results[] with command, times in seconds and what follows
 * from them. hyperfine's scripts print three decimals, so a time is that of a whole run; of a
 * million operations where nobody knows how many a run had.
 * Read next: export.h, docs/exports.md. */
#include "base/json/json.h"
#include "base/json/json_fields.h"
#include "export/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MILLION 1e6

/* Whether every sample of the session can be written as a run. */
static bool knows_runs(const struct hb_export_input *input)
{
    for (size_t i = 0; i < input->session->allocator_count; i++) {
        const struct hb_export_series *series = &input->series[i];
        for (size_t k = 0; k < series->count; k++) {
            if (!(hb_export_run_s(input, &series->samples[k]) > 0))
                return false;
        }
    }
    return true;
}

static void parameters(struct hb_json_writer *writer, cJSON *result,
                       const struct hb_export_input *input, const struct hb_export_series *series,
                       bool runs)
{
    cJSON *object = hb_json_put_object(writer, result, "parameters");
    hb_json_put_text(writer, object, "session", hb_export_line("%s", input->label).text);
    hb_json_put_text(writer, object, "workload",
                     hb_export_line("%s", input->session->workload).text);
    hb_json_put_text(writer, object, "allocator",
                     hb_export_line("%s", series->allocator->label).text);
    hb_json_put_text(writer, object, "time_of",
                     !runs         ? "1000000 operations"
                     : input->soak ? "an epoch"
                                   : "a run");
    for (size_t i = 0; i < input->session->parameter_count; i++) {
        const struct hb_parameter_value *parameter = &input->session->parameters[i];
        const struct hb_export_text name = hb_export_line("%s", parameter->name);
        if (!cJSON_HasObjectItem(object, name.text))
            hb_json_put_text(writer, object, name.text, hb_export_parameter(parameter).text);
    }
}

/* The processor times of a run are not measured: null, which hyperfine's scripts do not read. */
static void result_of(struct hb_json_writer *writer, cJSON *results,
                      const struct hb_export_input *input, const struct hb_export_series *series,
                      bool several, bool runs)
{
    struct hb_summary summary;
    double *times = calloc(series->count, sizeof *times);
    cJSON *result = hb_json_put_object_at_end(writer, results);
    if (!times) {
        writer->failed = true;
        return;
    }
    for (size_t i = 0; i < series->count; i++)
        times[i] = runs ? hb_export_run_s(input, &series->samples[i])
                        : MILLION / series->samples[i].throughput;
    writer->failed |= hb_export_summary(times, series->count, &summary) != 0;
    hb_json_put_text(writer, result, "command",
                     hb_export_line("%s%s%s %s", several ? input->label : "", several ? ": " : "",
                                    input->session->workload, series->allocator->label)
                         .text);
    hb_json_put_number(writer, result, "mean", summary.mean);
    hb_json_put_number(writer, result, "stddev", summary.sd);
    hb_json_put_number(writer, result, "median", summary.median);
    hb_json_put_number(writer, result, "user", (double)NAN);
    hb_json_put_number(writer, result, "system", (double)NAN);
    hb_json_put_number(writer, result, "min", summary.min);
    hb_json_put_number(writer, result, "max", summary.max);
    hb_json_put_numbers(writer, result, "times", times, series->count);
    memset(times, 0, series->count * sizeof *times);
    hb_json_put_numbers(writer, result, "exit_codes", times, series->count);
    parameters(writer, result, input, series, runs);
    free(times);
}

int hb_export_hyperfine(const struct hb_export_input *inputs, size_t count, struct hb_buf *out,
                        struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    cJSON *results = hb_json_put_array(&writer, root, "results");
    for (size_t i = 0; i < count; i++) {
        const bool runs = knows_runs(&inputs[i]);
        for (size_t k = 0; k < inputs[i].session->allocator_count; k++) {
            if (inputs[i].series[k].count > 0)
                result_of(&writer, results, &inputs[i], &inputs[i].series[k], count > 1, runs);
        }
    }
    return hb_json_finish(root, writer.failed, out, err);
}
