/* Prometheus' text format: gauges of what was judged, in base units, a line for each allocator and
 * statistic. For a node exporter's text folder or a push gateway; times of runs are not in it.
 * Read next: export.h, docs/exports.md; the format: prometheus.io, "Exposition formats". */
#include "base/clock.h"
#include "base/unit.h"
#include "base/utf8.h"
#include "export/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "hakbench_"

/* ---- words ---- */

/* Inside quotes: a backslash, a quote and a line end are escaped; no control stands. */
static void add_escaped(struct hb_buf *out, const char *text)
{
    for (const char *at = text; *at;) {
        const size_t length = hb_utf8_length(at, strlen(at));
        if (*at == '\n')
            (void)hb_buf_text(out, "\\n");
        else if (length == 0 || hb_utf8_is_control(at, length))
            (void)hb_buf_char(out, '?');
        else if (*at == '\\' || *at == '"')
            (void)hb_buf_printf(out, "\\%c", *at);
        else
            (void)hb_buf_add(out, at, length);
        at += length ? length : 1;
    }
}

static void add_label(struct hb_buf *out, const char *name, const char *value)
{
    const char last = out->size ? out->bytes[out->size - 1] : '{';
    (void)hb_buf_printf(out, "%s%s=\"", last == '{' ? "" : ",", name);
    add_escaped(out, value);
    (void)hb_buf_char(out, '"');
}

/* Names have base units written out: seconds, bytes; a rate is one of operations. */
static double add_metric_name(struct hb_buf *out, const char *key)
{
    static const struct {
        const char *key, *name;
        double scale;
    } own[] = {
        {"throughput_ops_per_s", "throughput_operations_per_second", 1},
        {"ns_per_op", "operation_seconds", 1e-9},
        {"memory_syscalls_per_op", "memory_syscalls_per_operation", 1},
    };
    const size_t length = strlen(key);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strcmp(own[i].key, key) == 0) {
            (void)hb_buf_printf(out, PREFIX "%s", own[i].name);
            return own[i].scale;
        }
    }
    if (length > 3 && strcmp(key + length - 3, "_ns") == 0) {
        (void)hb_buf_printf(out, PREFIX "%.*s_seconds", (int)length - 3, key);
        return 1e-9;
    }
    (void)hb_buf_printf(out, PREFIX "%s", key);
    return 1;
}

/* ---- families: one HELP, one TYPE, and all lines of a name together ---- */

struct family {
    struct hb_buf *out;
    const char *name, *help;
    bool begun; /* a family without a line is not there at all */
};

static void begin_line(struct family *family, const struct hb_export_input *input,
                       const struct hb_allocator_entry *entry)
{
    if (!family->begun)
        (void)hb_buf_printf(family->out, "# HELP %s %s\n# TYPE %s gauge\n", family->name,
                            family->help, family->name);
    family->begun = true;
    (void)hb_buf_printf(family->out, "%s{", family->name);
    add_label(family->out, "session", input->label);
    add_label(family->out, "workload", input->session->workload);
    if (!entry)
        return;
    add_label(family->out, "allocator", entry->label);
    add_label(family->out, "role", hb_role_names[entry->role]);
}

static void end_line(struct family *family, double value)
{
    (void)hb_buf_printf(family->out, "} %s\n", hb_format_double(value).text);
}

static void add_line(struct family *family, const struct hb_export_input *input,
                     const struct hb_allocator_entry *entry, const char *label, const char *word,
                     double value)
{
    if (!isfinite(value))
        return;
    begin_line(family, input, entry);
    add_label(family->out, label, word);
    end_line(family, value);
}

static void add_statistics(struct family *family, const struct hb_export_input *input,
                           const struct hb_allocator_entry *entry, const struct hb_summary *summary,
                           double scale)
{
    const struct {
        const char *word;
        double value;
    } values[] = {
        {"mean", summary->mean},
        {"median", summary->median},
        {"min", summary->min},
        {"max", summary->max},
        {"stddev", summary->sd},
        {"median_ci95_lower", summary->ci_median_lo},
        {"median_ci95_upper", summary->ci_median_hi},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        add_line(family, input, entry, "statistic", values[i].word, values[i].value * scale);
}

/* ---- of a soak's epochs ---- */

static int summarise_epochs(const struct hb_soak_judged *judged, enum hb_epoch_metric_id id,
                            struct hb_summary *summary)
{
    double *values = calloc(judged->counted + 1, sizeof *values);
    size_t n = 0;
    if (!values)
        return -1;
    for (size_t i = 0; i < judged->counted; i++) {
        if (isfinite(judged->series[i]->metric[id]))
            values[n++] = judged->series[i]->metric[id];
    }
    const int status = hb_export_summary(values, n, summary);
    free(values);
    return status;
}

/* ---- the families ---- */

struct exposition {
    const struct hb_export_input *inputs;
    size_t count;
    struct hb_buf *out;
};

static bool is_speed(const char *key)
{
    return strcmp(key, "throughput_ops_per_s") == 0 || strcmp(key, "ns_per_op") == 0;
}

/* Throughput and time of an operation are those after warm-up, as judged; of the others the runs'
 * own. */
static const struct hb_summary *judged_summary(const struct hb_judged *judged,
                                               enum hb_metric_id metric)
{
    if (metric == HB_METRIC_THROUGHPUT)
        return &judged->throughput;
    return metric == HB_METRIC_NS_PER_OP ? &judged->ns_per_op : &judged->metric[metric];
}

static int add_value(struct family *family, const struct hb_export_input *input, size_t index,
                     const char *key, double scale)
{
    const struct hb_allocator_entry *entry = &input->session->allocators[index];
    const enum hb_metric_id metric = hb_metric_find(key);
    const enum hb_epoch_metric_id epoch = hb_epoch_metric_find(key);
    struct hb_summary summary = {0};
    if (input->soak) {
        if (epoch == HB_EPOCH_METRIC_COUNT)
            return 0;
        if (summarise_epochs(&input->soak->allocators[index], epoch, &summary) != 0)
            return -1;
    } else {
        if (metric == HB_METRIC_COUNT)
            return 0;
        summary = *judged_summary(&input->judgement->allocators[index], metric);
    }
    if (summary.n == 0)
        return 0;
    if (is_speed(key))
        add_statistics(family, input, entry, &summary, scale);
    else
        add_line(family, input, entry, "statistic", "median", summary.median * scale);
    return 0;
}

static int add_metric(struct exposition *all, const char *key, const char *help)
{
    struct hb_buf name = {0};
    const double scale = add_metric_name(&name, key);
    struct family family = {.out = all->out, .name = hb_buf_string(&name), .help = help};
    int status = name.failed ? -1 : 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct hb_export_input *input = &all->inputs[i];
        for (size_t k = 0; k < input->session->allocator_count && status == 0; k++)
            status = add_value(&family, input, k, key, scale);
    }
    hb_buf_free(&name);
    return status;
}

static int add_metrics(struct exposition *all)
{
    for (size_t i = 0; i < HB_METRIC_COUNT; i++) {
        if (add_metric(all, hb_metrics[i].key, hb_metrics[i].help) != 0)
            return -1;
    }
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT; i++) {
        const char *key = hb_epoch_metrics[i].key;
        if (hb_metric_find(key) == HB_METRIC_COUNT &&
            add_metric(all, key, hb_epoch_metrics[i].help) != 0)
            return -1;
    }
    return 0;
}

static void add_runs(struct exposition *all)
{
    struct family family = {.out = all->out,
                            .name = PREFIX "runs",
                            .help = "runs of a rebase or epochs of a soak, by outcome"};
    for (size_t i = 0; i < all->count; i++) {
        const struct hb_export_input *input = &all->inputs[i];
        for (size_t k = 0; k < input->session->allocator_count; k++) {
            const struct hb_allocator_entry *entry = &input->session->allocators[k];
            const double ok = input->soak ? input->soak->allocators[k].counted
                                          : input->judgement->allocators[k].runs_ok;
            const double failed = input->soak ? input->soak->allocators[k].failed
                                              : input->judgement->allocators[k].runs_failed;
            add_line(&family, input, entry, "outcome", "ok", ok);
            add_line(&family, input, entry, "outcome", "failed", failed);
        }
    }
}

static void add_ratios(struct exposition *all)
{
    struct family family = {.out = all->out,
                            .name = PREFIX "throughput_to_reference_ratio",
                            .help = "throughput over the reference's, of pairs of runs of the same "
                                    "block, with its 95 % interval"};
    for (size_t i = 0; i < all->count; i++) {
        const struct hb_export_input *input = &all->inputs[i];
        for (size_t k = 0; input->judgement && k < input->session->allocator_count; k++) {
            const struct hb_ratio *ratio = &input->judgement->allocators[k].to_reference;
            const struct hb_allocator_entry *entry = &input->session->allocators[k];
            if ((int)k == input->judgement->reference)
                continue;
            add_line(&family, input, entry, "statistic", "estimate", ratio->estimate);
            add_line(&family, input, entry, "statistic", "ci95_lower", ratio->lo);
            add_line(&family, input, entry, "statistic", "ci95_upper", ratio->hi);
        }
    }
}

static void add_info(struct exposition *all)
{
    struct family family = {
        .out = all->out, .name = PREFIX "session_info", .help = "who measured, always 1"};
    for (size_t i = 0; i < all->count; i++) {
        const struct hb_session *session = all->inputs[i].session;
        begin_line(&family, &all->inputs[i], NULL);
        add_label(all->out, "kind", hb_session_kind_names[session->kind]);
        add_label(all->out, "profile", session->profile_name);
        add_label(all->out, "version", session->tool_version);
        add_label(all->out, "imported_from", session->imported_from);
        add_label(all->out, "host", session->host.hostname);
        add_label(all->out, "cpu_model", session->host.cpu_model);
        add_label(all->out, "kernel", session->host.kernel);
        end_line(&family, 1);
    }
}

static void add_start(struct exposition *all)
{
    struct family family = {.out = all->out,
                            .name = PREFIX "session_start_time_seconds",
                            .help = "when the session began, in Unix time"};
    for (size_t i = 0; i < all->count; i++) {
        const double started_s = hb_clock_wall_s(all->inputs[i].session->started_at);
        if (isnan(started_s))
            continue;
        begin_line(&family, &all->inputs[i], NULL);
        end_line(&family, started_s);
    }
}

int hb_export_prometheus(const struct hb_export_input *inputs, size_t count, struct hb_buf *out,
                         struct hb_err *err)
{
    struct exposition all = {inputs, count, out};
    add_info(&all);
    add_start(&all);
    add_runs(&all);
    add_ratios(&all);
    if (add_metrics(&all) != 0)
        return hb_err_memory(err, NULL);
    return hb_buf_check(out, err);
}
