/* Sessions in the formats of other tools: one file a format, each a writer.
 * What is written are the samples as they were judged; nothing is computed here but their units.
 * Read next: export_hyperfine.c (the plainest), docs/exports.md. */
#ifndef HB_EXPORT_EXPORT_H
#define HB_EXPORT_EXPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "judge/judge.h"
#include "judge/soak_judge.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* One run, or one epoch of a soak. */
struct hb_export_sample {
    double time_s;     /* of one operation of one thread; of the whole where the input says so */
    double throughput; /* operations a second after warm-up, all threads; NaN: paced */
    double operations; /* NaN: not known */
    const struct hb_job *job; /* one of the two */
    const struct hb_epoch *epoch;
};

/* One allocator of one session. */
struct hb_export_series {
    const struct hb_allocator_entry *allocator;
    const struct hb_judged *judged; /* one of the two */
    const struct hb_soak_judged *soak;
    struct hb_export_sample *samples; /* [count] in the order they ran; owned */
    size_t count;
    struct hb_export_sample
        *warmup; /* [warmup_count] epochs of a soak that are not judged; owned */
    size_t warmup_count;
    struct hb_summary time; /* of samples' time_s */
};

/* One session, with what was judged of it. */
struct hb_export_input {
    const char *label; /* unique among the inputs; the caller's */
    const struct hb_session *session;
    const struct hb_judgement *judgement; /* of a rebase; the caller's, as the next */
    const struct hb_soak_judgement *soak; /* of a soak */
    bool per_operation;                   /* time_s is of one operation, else of one run or epoch */
    double threads;
    struct hb_export_series *series; /* [session->allocator_count]; owned */
};

/* Adds the whole text to *out. Series without samples are left out. -1 when there is no memory, or
 * the format cannot hold it (HB_ERR_USAGE). */
typedef int hb_export_write(const struct hb_export_input *inputs, size_t count, struct hb_buf *out,
                            struct hb_err *err);
hb_export_write hb_export_bencher, hb_export_benchstat, hb_export_googlebench, hb_export_hyperfine,
    hb_export_otava, hb_export_prometheus, hb_export_pyperf;

struct hb_export {
    const char *name;    /* "benchstat" */
    const char *summary; /* one line for --help */
    bool several;        /* takes more than one session */
    hb_export_write *write;
};

/* Ended by one without a name. */
extern const struct hb_export hb_exports[];

/* The format with this name; NULL with HB_ERR_USAGE, naming the nearest, when there is none. */
const struct hb_export *hb_export_find(const char *name, struct hb_err *err);

/* Fills per_operation, threads and series of an input whose other fields are set. Free with
 * hb_export_input_free also after -1 (no memory). */
int hb_export_input_fill(struct hb_export_input *input, struct hb_err *err);
void hb_export_input_free(struct hb_export_input *input);

/* ---- for the writers ---- */

/* A name on one line: control characters are '?', what is not UTF-8 too. By value, so that a call
 * can stand in an argument list. */
struct hb_export_text {
    char text[400];
};
struct hb_export_text hb_export_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A parameter as other programs read it: digits without a unit where it is a number. */
struct hb_export_text hb_export_parameter(const struct hb_parameter_value *parameter);

/* Seconds that a run or epoch took after its warm-up; NaN where its operations are not known. */
double hb_export_run_s(const struct hb_export_input *input, const struct hb_export_sample *sample);

/* A known metric of a sample, of the job or of the epoch; NaN when it has none such. */
double hb_export_metric(const struct hb_export_sample *sample, enum hb_metric_id job,
                        enum hb_epoch_metric_id epoch);

/* Mean, median, ... of values[0..n) without any interval. -1 when there is no memory. */
int hb_export_summary(const double *values, size_t n, struct hb_summary *summary);

#endif
