/* pyperf's JSON, version 1.0: a suite with a benchmark for each allocator, seconds an operation. A
 * run is a process: one value of a rebase; of a soak its epochs, those before judgement as warm-up.
 * Read next: export.h, docs/exports.md. */
#include "base/json/json.h"
#include "base/json/json_fields.h"
#include "export/export.h"

#include <math.h>
#include <string.h>

/* pyperf refuses empty texts. */
static void add_text(struct hb_json_writer *writer, cJSON *object, const char *key,
                     const char *value)
{
    const struct hb_export_text line = hb_export_line("%s", value);
    if (line.text[strspn(line.text, " ")])
        hb_json_put_text(writer, object, key, line.text);
}

/* "2026-11-24 09:03:08.000000" of "2026-11-24T09:03:08Z". */
static void add_date(struct hb_json_writer *writer, cJSON *object, const char *moment)
{
    if (strlen(moment) == 20 && moment[10] == 'T' && moment[19] == 'Z')
        hb_json_put_text(writer, object, "date",
                         hb_export_line("%.10s %.8s.000000", moment, moment + 11).text);
}

/* Of a suite pyperf demands that names differ; of what it compares, that they are the same. */
static void add_name(struct hb_json_writer *writer, cJSON *metadata,
                     const struct hb_export_input *input, const struct hb_export_series *series,
                     bool several)
{
    hb_json_put_text(writer, metadata, "name",
                     hb_export_line("%s%s%s/%s", several ? input->label : "", several ? ": " : "",
                                    input->session->workload, series->allocator->label)
                         .text);
}

/* What pyperf's own runs say of their host, under its keys. */
static void add_metadata(struct hb_json_writer *writer, cJSON *benchmark,
                         const struct hb_export_input *input, const struct hb_export_series *series,
                         bool several)
{
    const struct hb_session *session = input->session;
    cJSON *metadata = hb_json_put_object(writer, benchmark, "metadata");
    add_name(writer, metadata, input, series, several);
    hb_json_put_text(writer, metadata, "unit", "second");
    add_text(writer, metadata, "hostname", session->host.hostname);
    add_text(writer, metadata, "cpu_model_name", session->host.cpu_model);
    if (session->host.cpu_count)
        hb_json_put_number(writer, metadata, "cpu_count", session->host.cpu_count);
    add_text(writer, metadata, "platform", session->host.kernel);
    add_text(writer, metadata, "allocator", series->allocator->label);
    add_text(writer, metadata, "allocator_version", series->allocator->library_version);
    add_text(writer, metadata, "hakbench_version", session->tool_version);
    hb_json_put_text(writer, metadata, "value_of",
                     input->per_operation ? "an operation" : (input->soak ? "an epoch" : "a run"));
    for (size_t i = 0; i < session->parameter_count; i++) {
        const struct hb_parameter_value *parameter = &session->parameters[i];
        add_text(writer, metadata, hb_export_line("parameter_%s", parameter->name).text,
                 hb_export_parameter(parameter).text);
    }
}

/* Loops of one thread that a value is the mean of; pyperf takes 1 for what is not given. */
static double loops(const struct hb_export_input *input, const struct hb_export_sample *sample)
{
    const double count = floor(sample->operations / input->threads);
    return input->per_operation && count >= 1 && count < 9e15 ? count : 1;
}

static void add_run_metadata(struct hb_json_writer *writer, cJSON *run,
                             const struct hb_export_input *input,
                             const struct hb_export_sample *sample)
{
    const double rss = hb_export_metric(sample, HB_METRIC_RSS_PEAK, HB_EPOCH_RSS);
    cJSON *metadata = hb_json_put_object(writer, run, "metadata");
    hb_json_put_number(writer, metadata, "loops", loops(input, sample));
    if (rss >= 0 && rss < 9e15)
        hb_json_put_number(writer, metadata, "mem_max_rss", floor(rss));
    add_date(writer, metadata, sample->job ? sample->job->started_at : input->session->started_at);
}

static void add_warmup(struct hb_json_writer *writer, cJSON *warmups,
                       const struct hb_export_input *input, const struct hb_export_sample *sample)
{
    const double pair[] = {loops(input, sample), sample->time_s};
    hb_json_put_at_end(writer, warmups, cJSON_CreateDoubleArray(pair, 2));
}

/* ---- runs ---- */

static void add_job(struct hb_json_writer *writer, cJSON *runs, const struct hb_export_input *input,
                    const struct hb_export_sample *sample)
{
    cJSON *run = hb_json_put_object_at_end(writer, runs);
    hb_json_put_numbers(writer, run, "values", &sample->time_s, 1);
    add_run_metadata(writer, run, input, sample);
}

/* The epochs of one process, from samples[first] on; returns the index behind them. */
static size_t add_process(struct hb_json_writer *writer, cJSON *runs,
                          const struct hb_export_input *input,
                          const struct hb_export_series *series, size_t first)
{
    const uint32_t process = series->samples[first].epoch->process;
    cJSON *run = hb_json_put_object_at_end(writer, runs), *warmups = NULL;
    size_t i = first;
    for (size_t w = 0; w < series->warmup_count; w++) {
        if (series->warmup[w].epoch->process != process)
            continue;
        warmups = warmups ? warmups : hb_json_put_array(writer, run, "warmups");
        add_warmup(writer, warmups, input, &series->warmup[w]);
    }
    cJSON *values = hb_json_put_array(writer, run, "values");
    for (; i < series->count && series->samples[i].epoch->process == process; i++)
        hb_json_put_at_end(writer, values, hb_json_new_double(series->samples[i].time_s));
    add_run_metadata(writer, run, input, &series->samples[i - 1]);
    return i;
}

static void add_benchmark(struct hb_json_writer *writer, cJSON *benchmarks,
                          const struct hb_export_input *input,
                          const struct hb_export_series *series, bool several)
{
    cJSON *benchmark = hb_json_put_object_at_end(writer, benchmarks);
    add_metadata(writer, benchmark, input, series, several);
    cJSON *runs = hb_json_put_array(writer, benchmark, "runs");
    for (size_t i = 0; i < series->count;) {
        if (input->soak)
            i = add_process(writer, runs, input, series, i);
        else
            add_job(writer, runs, input, &series->samples[i++]);
    }
}

int hb_export_pyperf(const struct hb_export_input *inputs, size_t count, struct hb_buf *out,
                     struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    cJSON *benchmarks = hb_json_put_array(&writer, root, "benchmarks");
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < inputs[i].session->allocator_count; k++) {
            if (inputs[i].series[k].count > 0)
                add_benchmark(&writer, benchmarks, &inputs[i], &inputs[i].series[k], count > 1);
        }
    }
    hb_json_put_text(&writer, root, "version", "1.0");
    return hb_json_finish(root, writer.failed, out, err);
}
