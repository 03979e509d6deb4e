/* Google Benchmark's JSON: a repetition for each run and the aggregates of each allocator, so that
 * its tools/compare.py reads it. Processor time is not measured: cpu_time repeats real_time,
 * because compare.py takes no benchmark without it. Read next: export.h, docs/exports.md. */
#include "base/json/json.h"
#include "base/json/json_fields.h"
#include "export/export.h"

#include <math.h>

/* What all entries of one allocator begin with. */
struct family {
    const struct hb_export_input *input;
    const struct hb_export_series *series;
    size_t index;
    struct hb_export_text name;
};

static struct hb_export_text name_of(const struct hb_export_input *input,
                                     const struct hb_export_series *series)
{
    const struct hb_parameter_value *working_set =
        hb_session_find_parameter(input->session, "working_set");
    return hb_export_line("%s/allocator:%s%s%s/threads:%.0f", input->session->workload,
                          series->allocator->label, working_set ? "/working_set:" : "",
                          working_set ? hb_export_parameter(working_set).text : "", input->threads);
}

static void add_context(struct hb_json_writer *writer, cJSON *root,
                        const struct hb_export_input *input)
{
    const struct hb_session *session = input->session;
    const double *load = &session->host.load1_start;
    cJSON *context = hb_json_put_object(writer, root, "context");
    hb_json_put_text(writer, context, "date", hb_export_line("%s", session->started_at).text);
    hb_json_put_text(writer, context, "host_name",
                     hb_export_line("%s", session->host.hostname).text);
    hb_json_put_text(writer, context, "executable",
                     hb_export_line("hakbench %s", session->tool_version).text);
    hb_json_put_number(writer, context, "num_cpus", session->host.cpu_count);
    hb_json_put_text(writer, context, "cpu_model",
                     hb_export_line("%s", session->host.cpu_model).text);
    hb_json_put_array(writer, context, "caches");
    hb_json_put_numbers(writer, context, "load_avg", load, isfinite(*load) ? 1 : 0);
    hb_json_put_text(writer, context, "library_build_type", "release");
}

static cJSON *add_entry(struct hb_json_writer *writer, cJSON *benchmarks,
                        const struct family *family, const char *suffix, const char *run_type)
{
    cJSON *entry = hb_json_put_object_at_end(writer, benchmarks);
    hb_json_put_text(writer, entry, "name", hb_export_line("%s%s", family->name.text, suffix).text);
    hb_json_put_number(writer, entry, "family_index", (double)family->index);
    hb_json_put_number(writer, entry, "per_family_instance_index", 0);
    hb_json_put_text(writer, entry, "run_name", family->name.text);
    hb_json_put_text(writer, entry, "run_type", run_type);
    hb_json_put_number(writer, entry, "repetitions", (double)family->series->count);
    return entry;
}

static void add_time(struct hb_json_writer *writer, cJSON *entry, double time)
{
    hb_json_put_number(writer, entry, "real_time", time);
    hb_json_put_number(writer, entry, "cpu_time", time);
    hb_json_put_text(writer, entry, "time_unit", "ns");
}

static void add_counter(struct hb_json_writer *writer, cJSON *entry, const char *key, double value)
{
    if (isfinite(value))
        hb_json_put_number(writer, entry, key, value);
}

static void add_repetition(struct hb_json_writer *writer, cJSON *benchmarks,
                           const struct family *family, size_t index)
{
    const struct hb_export_sample *sample = &family->series->samples[index];
    cJSON *entry = add_entry(writer, benchmarks, family, "", "iteration");
    hb_json_put_number(writer, entry, "repetition_index", (double)index);
    hb_json_put_number(writer, entry, "threads", family->input->threads);
    hb_json_put_number(writer, entry, "iterations",
                       sample->operations >= 1 ? floor(sample->operations) : 1);
    add_time(writer, entry, sample->time_s * 1e9);
    add_counter(writer, entry, "items_per_second", sample->throughput);
    add_counter(writer, entry, "rss_peak_bytes",
                hb_export_metric(sample, HB_METRIC_RSS_PEAK, HB_EPOCH_METRIC_COUNT));
    add_counter(writer, entry, "rss_end_bytes",
                hb_export_metric(sample, HB_METRIC_RSS_END, HB_EPOCH_RSS));
    add_counter(writer, entry, "faults_minor",
                hb_export_metric(sample, HB_METRIC_FAULTS_MINOR, HB_EPOCH_FAULTS_MINOR));
}

/* A coefficient of variation is a share, whatever the unit beside it says: as theirs. */
static void add_aggregates(struct hb_json_writer *writer, cJSON *benchmarks,
                           const struct family *family)
{
    const struct hb_summary *time = &family->series->time;
    const struct {
        const char *suffix, *name, *unit;
        double value;
    } aggregates[] = {
        {"_mean", "mean", "time", time->mean * 1e9},
        {"_median", "median", "time", time->median * 1e9},
        {"_stddev", "stddev", "time", time->sd * 1e9},
        {"_cv", "cv", "percentage", time->cv},
    };
    for (size_t i = 0; i < sizeof aggregates / sizeof *aggregates; i++) {
        if (!isfinite(aggregates[i].value)) /* of a single run */
            continue;
        cJSON *entry = add_entry(writer, benchmarks, family, aggregates[i].suffix, "aggregate");
        hb_json_put_number(writer, entry, "threads", family->input->threads);
        hb_json_put_text(writer, entry, "aggregate_name", aggregates[i].name);
        hb_json_put_text(writer, entry, "aggregate_unit", aggregates[i].unit);
        hb_json_put_number(writer, entry, "iterations", (double)family->series->count);
        add_time(writer, entry, aggregates[i].value);
    }
}

int hb_export_googlebench(const struct hb_export_input *inputs, size_t count, struct hb_buf *out,
                          struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    const struct hb_export_input *input = &inputs[0];
    cJSON *root = cJSON_CreateObject();
    (void)count; /* one: .several says so */
    add_context(&writer, root, input);
    cJSON *benchmarks = hb_json_put_array(&writer, root, "benchmarks");
    for (size_t i = 0; i < input->session->allocator_count; i++) {
        const struct family family = {input, &input->series[i], i,
                                      name_of(input, &input->series[i])};
        for (size_t k = 0; k < family.series->count; k++)
            add_repetition(&writer, benchmarks, &family, k);
        if (family.series->count > 0)
            add_aggregates(&writer, benchmarks, &family);
    }
    return hb_json_finish(root, writer.failed, out, err);
}
