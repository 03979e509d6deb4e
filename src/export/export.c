/* Sessions in the formats of other tools: see export.h. The writers: export_*.c. */
#include "export/export.h"

#include "base/quote.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct hb_export hb_exports[] = {
    {"bencher", "bencher.dev's JSON (Bencher Metric Format): medians with their bounds", true,
     hb_export_bencher},
    {"benchstat", "Go benchmark text, a line a run, for benchstat", true, hb_export_benchstat},
    {"googlebench", "Google Benchmark's JSON, for its tools/compare.py (one session)", false,
     hb_export_googlebench},
    {"hyperfine", "JSON as hyperfine --export-json, seconds a run", true, hb_export_hyperfine},
    {"otava", "a CSV for Apache Otava: a row a session by date, a column an allocator and figure",
     true, hb_export_otava},
    {"prometheus", "Prometheus' text format: gauges of what was judged", true,
     hb_export_prometheus},
    {"pyperf", "pyperf's JSON 1.0, seconds an operation, a run a process", true, hb_export_pyperf},
    {0},
};

const struct hb_export *hb_export_find(const char *name, struct hb_err *err)
{
    const char *known[sizeof hb_exports / sizeof *hb_exports];
    char hint[96], list[200] = "";
    size_t count = 0;
    for (; hb_exports[count].name; count++) {
        known[count] = hb_exports[count].name;
        if (strcmp(known[count], name) == 0)
            return &hb_exports[count];
        hb_copy_item(list, sizeof list, known[count]);
    }
    (void)hb_err_set(err, HB_ERR_USAGE, "no format %s%s; there are %s", hb_quote(name).text,
                     hb_suggest_text(name, known, count, hint, sizeof hint), list);
    return NULL;
}

/* ---- samples ---- */

static bool is_timed(const struct hb_job *job, uint32_t allocator)
{
    return job->allocator == allocator && job->kind == HB_JOB_TIMED && job->status == HB_STATUS_OK;
}

/* The job's own figure, less the warm-up that was judged away; a session that does not know its
 * threads is one of a single thread. */
static double operation_s(const struct hb_export_input *input, const struct hb_job *job,
                          double throughput)
{
    const double own = job->metric[HB_METRIC_NS_PER_OP] / 1e9;
    const double whole = job->metric[HB_METRIC_THROUGHPUT];
    return isnan(own) || isnan(whole) ? input->threads / throughput : own * whole / throughput;
}

static struct hb_export_sample job_sample(const struct hb_export_input *input,
                                          const struct hb_job *job, double throughput)
{
    return (struct hb_export_sample){
        .time_s = input->per_operation ? operation_s(input, job, throughput)
                                       : job->metric[HB_METRIC_ELAPSED] / 1e9,
        .throughput = throughput,
        .operations = job->metric[HB_METRIC_OPERATIONS],
        .job = job,
    };
}

/* The jobs that the judge took its samples from: of a block the last. */
static int take_jobs(const struct hb_export_input *input, struct hb_export_series *series,
                     uint32_t allocator)
{
    const struct hb_session *session = input->session;
    const struct hb_job **last = calloc((size_t)session->blocks + 1, sizeof *last);
    if (!last)
        return -1;
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (is_timed(job, allocator) && job->block < session->blocks)
            last[job->block] = job;
    }
    for (size_t i = 0; i < session->job_count; i++) {
        const struct hb_job *job = &session->jobs[i];
        if (job->block >= session->blocks || last[job->block] != job)
            continue;
        const double throughput = series->judged->by_block[job->block];
        const struct hb_export_sample sample = job_sample(input, job, throughput);
        if (sample.time_s > 0 && isfinite(sample.time_s))
            series->samples[series->count++] = sample;
    }
    free(last);
    return 0;
}

static struct hb_export_sample epoch_sample(const struct hb_export_input *input,
                                            const struct hb_epoch *epoch)
{
    const double throughput = epoch->metric[HB_EPOCH_THROUGHPUT];
    return (struct hb_export_sample){
        .time_s = input->per_operation ? input->threads / throughput
                                       : epoch->metric[HB_EPOCH_ELAPSED] / 1e9,
        .throughput = throughput,
        .operations = epoch->metric[HB_EPOCH_OPERATIONS],
        .epoch = epoch,
    };
}

static bool is_judged(const struct hb_soak_judged *judged, size_t next,
                      const struct hb_epoch *epoch)
{
    return next < judged->counted && judged->series[next] == epoch;
}

/* Epochs that are ok and neither judged nor a look after a drain are warm-up. */
static void take_epochs(const struct hb_export_input *input, struct hb_export_series *series,
                        uint32_t allocator)
{
    size_t next = 0;
    for (size_t i = 0; i < input->session->epoch_count; i++) {
        const struct hb_epoch *epoch = &input->session->epochs[i];
        if (epoch->allocator != allocator || epoch->status != HB_STATUS_OK)
            continue;
        const struct hb_export_sample sample = epoch_sample(input, epoch);
        const bool judged = is_judged(series->soak, next, epoch);
        const bool known = sample.time_s > 0 && isfinite(sample.time_s);
        next += judged;
        if (known && judged)
            series->samples[series->count++] = sample;
        else if (known && !hb_epoch_is_drain(epoch))
            series->warmup[series->warmup_count++] = sample;
    }
}

int hb_export_summary(const double *values, size_t n, struct hb_summary *summary)
{
    double *scratch = calloc(HB_SUMMARY_SCRATCH(n, 0) + 1, sizeof *scratch);
    if (!scratch)
        return -1;
    hb_stats_summary(values, n, 0, 0, scratch, summary);
    free(scratch);
    return 0;
}

static int summarise(struct hb_export_series *series)
{
    double *times = calloc(series->count + 1, sizeof *times);
    if (!times)
        return -1;
    for (size_t i = 0; i < series->count; i++)
        times[i] = series->samples[i].time_s;
    const int status = hb_export_summary(times, series->count, &series->time);
    free(times);
    return status;
}

static int fill_series(const struct hb_export_input *input, size_t index)
{
    struct hb_export_series *series = &input->series[index];
    const size_t room = input->session->job_count + input->session->epoch_count + 1;
    series->allocator = &input->session->allocators[index];
    series->samples = calloc(room, sizeof *series->samples);
    series->warmup = calloc(room, sizeof *series->warmup);
    if (!series->samples || !series->warmup)
        return -1;
    if (input->soak) {
        series->soak = &input->soak->allocators[index];
        take_epochs(input, series, (uint32_t)index);
    } else {
        series->judged = &input->judgement->allocators[index];
        if (take_jobs(input, series, (uint32_t)index) != 0)
            return -1;
    }
    return summarise(series);
}

/* A workload that sleeps has no throughput: what is known of it is how long a run took. */
static bool has_throughput(const struct hb_export_input *input)
{
    for (size_t i = 0; i < input->session->allocator_count; i++) {
        if (input->soak ? input->soak->allocators[i].throughput.n > 0
                        : input->judgement->allocators[i].throughput.n > 0)
            return true;
    }
    return false;
}

int hb_export_input_fill(struct hb_export_input *input, struct hb_err *err)
{
    const struct hb_session *session = input->session;
    const struct hb_parameter_value *threads = hb_session_find_parameter(session, "threads");
    input->per_operation = has_throughput(input);
    input->threads = threads && threads->value ? (double)threads->value : 1;
    input->series = calloc(session->allocator_count + 1, sizeof *input->series);
    int status = input->series ? 0 : -1;
    for (size_t i = 0; i < session->allocator_count && status == 0; i++)
        status = fill_series(input, i);
    return status == 0 ? 0 : hb_err_memory(err, NULL);
}

void hb_export_input_free(struct hb_export_input *input)
{
    for (size_t i = 0; input->series && i < input->session->allocator_count; i++) {
        free(input->series[i].samples);
        free(input->series[i].warmup);
    }
    free(input->series);
    input->series = NULL;
}

/* ---- for the writers ---- */

struct hb_export_text hb_export_line(const char *format, ...)
{
    struct hb_export_text out;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(out.text, sizeof out.text, format, args);
    va_end(args);
    hb_hide_controls(out.text);
    return out;
}

struct hb_export_text hb_export_parameter(const struct hb_parameter_value *parameter)
{
    const char *text = parameter->text;
    if (*text >= '0' && *text <= '9' && !strchr(text, '%'))
        return hb_export_line("%" PRIu64, parameter->value);
    return hb_export_line("%s", text);
}

double hb_export_run_s(const struct hb_export_input *input, const struct hb_export_sample *sample)
{
    return input->per_operation ? sample->operations / sample->throughput : sample->time_s;
}

double hb_export_metric(const struct hb_export_sample *sample, enum hb_metric_id job,
                        enum hb_epoch_metric_id epoch)
{
    if (sample->job)
        return job == HB_METRIC_COUNT ? (double)NAN : sample->job->metric[job];
    return epoch == HB_EPOCH_METRIC_COUNT ? (double)NAN : sample->epoch->metric[epoch];
}
