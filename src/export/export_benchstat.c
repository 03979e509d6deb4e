/* Go benchmark text, a line a run, so that benchstat has its samples:
 *   BenchmarkRandomMixed/allocator=hakmem/ws=400-1  20000000  6.58 ns/op  151958325 ops/s
 * Other parameters are configuration lines: benchstat puts what differs there in tables apart.
 * Read next: export.h, docs/exports.md; the format: golang.org/design/14313-benchmark-format. */
#include "base/unit.h"
#include "base/utf8.h"
#include "export/export.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* What stands in a name: no white space, which ends it, and no "/", which begins the next part. */
static void add_word(struct hb_buf *out, const char *text)
{
    const struct hb_export_text plain = hb_export_line("%s", text);
    for (const char *at = plain.text; *at;) {
        const size_t length = hb_utf8_length(at, strlen(at));
        if (length == 1)
            (void)hb_buf_char(out, isspace((unsigned char)*at) || *at == '/' ? '_' : *at);
        else
            (void)hb_buf_char(out, '_'); /* Unicode has spaces, too */
        at += length ? length : 1;
    }
}

/* "RandomMixed" of "random_mixed". */
static void add_camel(struct hb_buf *out, const char *text)
{
    const size_t before = out->size;
    bool upper = true;
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c < 0x80 && isalnum(c))
            (void)hb_buf_char(out, upper ? (char)toupper(c) : *text);
        upper = c >= 0x80 || !isalnum(c);
    }
    if (out->size == before)
        (void)hb_buf_text(out, "Workload");
}

/* ---- configuration ---- */

/* A key begins with a lower-case letter and has no upper-case letter, white space or colon. Without
 * a value nothing holds under it any more. */
static void add_config(struct hb_buf *out, const char *key, const char *value)
{
    const struct hb_export_text plain = hb_export_line("%s", value);
    if (!islower((unsigned char)*key))
        return;
    for (; *key; key++) {
        const unsigned char c = (unsigned char)*key;
        const int lower = tolower(c);
        (void)hb_buf_char(out, c < 0x80 && isalnum(c) ? (char)lower : '-');
    }
    (void)hb_buf_printf(out, *value ? ": %s\n" : ":%s\n", plain.text);
}

static const char *go_arch(const char *arch)
{
    static const char *const names[][2] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"i686", "386"}, {"armv7l", "arm"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i][0], arch) == 0)
            return names[i][1];
    }
    return arch;
}

/* In the name already, or the thread count behind it. */
static bool is_in_name(const char *parameter)
{
    return strcmp(parameter, "working_set") == 0 || strcmp(parameter, "threads") == 0;
}

/* What is not known is left out; of several sessions, what held of the one before ends there. */
static void add_known(struct hb_buf *out, const char *key, const char *value, bool several)
{
    if (*value || several)
        add_config(out, key, value);
}

static void add_header(struct hb_buf *out, const struct hb_export_input *input, bool several)
{
    const struct hb_session *session = input->session;
    add_known(out, "goos", session->imported_from[0] ? "" : "linux", several);
    add_known(out, "goarch", go_arch(session->host.arch), several);
    add_config(out, "pkg", hb_export_line("hakbench/%s", session->workload).text);
    add_known(out, "cpu", session->host.cpu_model, several);
    if (several)
        add_config(out, "session", input->label);
    for (size_t i = 0; i < session->parameter_count; i++) {
        const struct hb_parameter_value *parameter = &session->parameters[i];
        if (!is_in_name(parameter->name))
            add_known(out, parameter->name, parameter->text, several);
    }
}

/* ---- results ---- */

static void add_value(struct hb_buf *out, double value, const char *unit)
{
    if (isfinite(value))
        (void)hb_buf_printf(out, "\t%s %s", hb_format_double(value).text, unit);
}

static void add_name(struct hb_buf *out, const struct hb_export_input *input,
                     const struct hb_export_series *series)
{
    const struct hb_parameter_value *working_set =
        hb_session_find_parameter(input->session, "working_set");
    (void)hb_buf_text(out, "Benchmark");
    add_camel(out, input->session->workload);
    (void)hb_buf_text(out, "/allocator=");
    add_word(out, series->allocator->label);
    if (working_set)
        (void)hb_buf_printf(out, "/ws=%" PRIu64, working_set->value);
    (void)hb_buf_printf(out, "-%.0f", input->threads);
}

/* Go counts iterations in 64 bits with a sign. */
static uint64_t iterations(const struct hb_export_sample *sample)
{
    return sample->operations >= 1 && sample->operations < 9e18 ? (uint64_t)sample->operations : 1;
}

static void add_sample(struct hb_buf *out, const struct hb_export_input *input,
                       const struct hb_export_series *series, const struct hb_export_sample *sample)
{
    add_name(out, input, series);
    (void)hb_buf_printf(out, "\t%" PRIu64, iterations(sample));
    add_value(out, sample->time_s * 1e9,
              input->per_operation ? "ns/op" : (input->soak ? "ns/epoch" : "ns/run"));
    if (input->per_operation)
        add_value(out, sample->throughput, "ops/s");
    add_value(out, hb_export_metric(sample, HB_METRIC_RSS_PEAK, HB_EPOCH_METRIC_COUNT),
              "peak-rss-bytes");
    add_value(out, hb_export_metric(sample, HB_METRIC_RSS_END, HB_EPOCH_RSS), "end-rss-bytes");
    add_value(out, hb_export_metric(sample, HB_METRIC_FAULTS_MINOR, HB_EPOCH_FAULTS_MINOR),
              "page-faults");
    add_value(out, hb_export_metric(sample, HB_METRIC_COUNT, HB_EPOCH_LATENCY_P50), "p50-ns");
    add_value(out, hb_export_metric(sample, HB_METRIC_COUNT, HB_EPOCH_LATENCY_P999), "p999-ns");
    (void)hb_buf_char(out, '\n');
}

/* What holds of the session before would go on to hold. */
static void forget(struct hb_buf *out, const struct hb_export_input *before)
{
    for (size_t i = 0; i < before->session->parameter_count; i++) {
        if (!is_in_name(before->session->parameters[i].name))
            add_config(out, before->session->parameters[i].name, "");
    }
}

static void add_input(struct hb_buf *out, const struct hb_export_input *input, bool several)
{
    add_header(out, input, several);
    (void)hb_buf_char(out, '\n');
    for (size_t i = 0; i < input->session->allocator_count; i++) {
        for (size_t k = 0; k < input->series[i].count; k++)
            add_sample(out, input, &input->series[i], &input->series[i].samples[k]);
    }
}

/* benchstat takes lower for better unless a line says otherwise. */
int hb_export_benchstat(const struct hb_export_input *inputs, size_t count, struct hb_buf *out,
                        struct hb_err *err)
{
    (void)hb_buf_text(out, "Unit ops/s better=higher\n");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            forget(out, &inputs[i - 1]);
        add_input(out, &inputs[i], count > 1);
    }
    return hb_buf_check(out, err);
}
