/* Sessions from a CSV, of this tool's jobs or epochs or of anyone's epochs: see csv.h.
 * Read next: csvrows.h (what the rows have in common). */
#include "base/buf.h"
#include "base/copy.h"
#include "result/csv.h"
#include "result/csvrows.h"
#include "result/profile.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADING_MAX ((size_t)64 << 10)
#define JOBS_MAX    100000u /* each costs 2.5 KiB */
#define BLOCKS_MAX  1000u   /* as --runs has it: what is judged grows with the square */
#define THREADS_MAX 65536.0

/* ---- jobs ---- */

static int check_place(const struct hb_csv_rows *r, const struct hb_job *job)
{
    const struct hb_session *session = r->session;
    if (job->block >= BLOCKS_MAX)
        return hb_csv_rows_fault(r, "block", "a whole number below 1000");
    if (session->job_count == JOBS_MAX)
        return hb_err_set(r->err, HB_ERR_USAGE, "%s:%lu: more than %u jobs", r->path,
                          r->table->lines[r->row], JOBS_MAX);
    if (session->job_count > 0 && session->jobs[session->job_count - 1].index >= job->index)
        return hb_csv_rows_fault(r, "index", "more than in the row before");
    return 0;
}

/* Of a sweep: the job's point, which the first row that has it describes. */
static int take_point(const struct hb_csv_rows *r, struct hb_job *job)
{
    struct hb_session *session = r->session;
    struct hb_parameter_value point = {0};
    if (!hb_csv_rows_cell(r, "point"))
        return session->point_count ? hb_csv_rows_fault(r, "point", "a point, as the rows before")
                                    : 0;
    if (hb_csv_rows_u32(r, "point", &job->point) != 0 ||
        hb_csv_rows_fields(r, hb_csv_point_columns, HB_TABLE_COUNT(hb_csv_point_columns), &point) !=
            0)
        return -1;
    if (job->point >= HB_POINTS_MAX || (session->job_count > 0 && session->point_count == 0))
        return hb_csv_rows_fault(r, "point", "a whole number below 16, in all rows or none");
    if (!session->points)
        session->points = calloc(HB_POINTS_MAX, sizeof *session->points);
    if (!session->points)
        return hb_err_memory(r->err, r->path);
    if (job->point >= session->point_count)
        session->point_count = (size_t)job->point + 1;
    session->points[job->point] = point;
    return 0;
}

/* Columns of metrics that came after the file are not there, and the metrics unknown. */
static int take_job(const struct hb_csv_rows *r, struct hb_job *job)
{
    if (hb_csv_rows_fields(r, hb_csv_job_columns, HB_TABLE_COUNT(hb_csv_job_columns), job) != 0 ||
        check_place(r, job) != 0 || take_point(r, job) != 0 ||
        hb_csv_rows_allocator(r, &job->allocator) != 0)
        return -1;
    if (r->session->job_count == 0 &&
        hb_csv_rows_fields(r, hb_csv_session_columns, HB_TABLE_COUNT(hb_csv_session_columns),
                           r->session) != 0)
        return -1;
    for (size_t i = 0; i < HB_METRIC_COUNT; i++) {
        if (hb_csv_rows_number(r, hb_metrics[i].key, 0, &job->metric[i]) != 0)
            return -1;
    }
    job->wall_s = (double)NAN;
    return 0;
}

/* Wall time of one operation of one thread, times operations a second of all threads. */
static double threads_of(const struct hb_job *job)
{
    const double threads =
        job->metric[HB_METRIC_NS_PER_OP] * job->metric[HB_METRIC_THROUGHPUT] / 1e9;
    return threads >= 0.5 && threads <= THREADS_MAX && fabs(threads - round(threads)) < 0.01
               ? round(threads)
               : (double)NAN;
}

/* Without the number of threads, the time an operation of several would be halved. */
static int set_threads(struct hb_csv_rows *r)
{
    double threads = (double)NAN;
    for (size_t i = 0; i < r->session->job_count; i++) {
        const double own = threads_of(&r->session->jobs[i]);
        if (isnan(own))
            continue;
        if (threads != own && !isnan(threads))
            return 0;
        threads = own;
    }
    if (isnan(threads))
        return 0;
    r->session->parameters = calloc(1, sizeof *r->session->parameters);
    if (!r->session->parameters)
        return hb_err_memory(r->err, r->path);
    struct hb_parameter_value *parameter = r->session->parameters;
    r->session->parameter_count = 1;
    parameter->value = (uint64_t)threads;
    (void)snprintf(parameter->name, sizeof parameter->name, "threads");
    (void)snprintf(parameter->text, sizeof parameter->text, "%" PRIu64, parameter->value);
    return 0;
}

static void set_unknown(struct hb_session *session)
{
    session->harness_s = session->workers_s = (double)NAN;
    session->host.load1_start = session->host.load1_end = (double)NAN;
    session->host.aslr = session->host.overcommit = -1;
    session->jobs_planned = (uint32_t)session->job_count;
}

static int job_row(struct hb_csv_rows *r)
{
    struct hb_job job;
    hb_job_init(&job);
    if (take_job(r, &job) != 0)
        return -1;
    if (job.kind == HB_JOB_TIMED && job.block >= r->session->blocks)
        r->session->blocks = job.block + 1;
    return hb_session_append(r->session, &job) == 0 ? 0 : hb_err_memory(r->err, r->path);
}

/* A point that no row is of would be a gap in every curve. */
static int check_points(const struct hb_csv_rows *r)
{
    const struct hb_session *session = r->session;
    for (size_t i = 0; i < session->point_count; i++) {
        if (session->point_count == 1 || !session->points[i].name[0])
            return hb_err_set(r->err, HB_ERR_USAGE, "%s: a sweep needs rows of point %zu", r->path,
                              session->point_count == 1 ? (size_t)1 : i);
    }
    return 0;
}

static int finish_jobs(struct hb_csv_rows *r)
{
    if (check_points(r) != 0)
        return -1;
    set_unknown(r->session);
    return set_threads(r);
}

/* ---- epochs ---- */

/* ---- this tool's ---- */

/* All six or none are known. */
static int take_calls(const struct hb_csv_rows *r, struct hb_epoch *epoch)
{
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++) {
        char column[64];
        (void)snprintf(column, sizeof column, "calls_%s", hb_syscall_names[i]);
        if (i == 0)
            epoch->calls_known = hb_csv_rows_cell(r, column) != NULL;
        if (!epoch->calls_known && hb_csv_rows_cell(r, column))
            return hb_csv_rows_fault(r, column, "nothing, as for the others");
        if (epoch->calls_known &&
            hb_csv_rows_u64(r, column, UINT64_MAX, &epoch->calls.count[i]) != 0)
            return -1;
    }
    return 0;
}

static int take_metrics(const struct hb_csv_rows *r, struct hb_epoch *epoch)
{
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT; i++) {
        const double least = i == HB_EPOCH_HEAP_GROWTH ? -HUGE_VAL : 0;
        if (hb_csv_rows_number(r, hb_epoch_metrics[i].key, least, &epoch->metric[i]) != 0)
            return -1;
    }
    const char *text = hb_csv_rows_cell(r, "latency_histogram");
    const int status = text ? hb_latency_parse(text, &epoch->latency, &epoch->latency_count) : 0;
    if (status > 0)
        return hb_err_memory(r->err, r->path);
    if (status < 0)
        return hb_csv_rows_fault(r, "latency_histogram",
                                 "rising buckets and their counts (27:1203 28:44)");
    return take_calls(r, epoch);
}

/* The first allocator of role "floor" is the control. */
static int take_allocator(const struct hb_csv_rows *r, struct hb_epoch *epoch)
{
    char *control = r->session->soak.control;
    if (hb_csv_rows_allocator(r, &epoch->allocator) != 0)
        return -1;
    const struct hb_allocator_entry *entry = &r->session->allocators[epoch->allocator];
    if (entry->role == HB_ROLE_FLOOR && !control[0])
        hb_copy_text(control, HB_NAME_MAX, entry->label);
    return 0;
}

static int take_own_epoch(const struct hb_csv_rows *r, struct hb_epoch *epoch)
{
    struct hb_session *session = r->session;
    if (hb_csv_rows_fields(r, hb_csv_epoch_columns, HB_TABLE_COUNT(hb_csv_epoch_columns), epoch) !=
            0 ||
        take_allocator(r, epoch) != 0)
        return -1;
    if (session->epoch_count > 0 && session->epochs[session->epoch_count - 1].index >= epoch->index)
        return hb_csv_rows_fault(r, "index", "more than in the row before");
    if (session->epoch_count == 0 &&
        hb_csv_rows_fields(r, hb_csv_session_columns, HB_TABLE_COUNT(hb_csv_session_columns),
                           session) != 0)
        return -1;
    return take_metrics(r, epoch);
}

/* ---- anyone's ---- */

static int check_rising(const struct hb_csv_rows *r, const struct hb_epoch *epoch)
{
    const struct hb_session *session = r->session;
    for (size_t i = session->epoch_count; i-- > 0;) {
        if (session->epochs[i].allocator == epoch->allocator)
            return session->epochs[i].round < epoch->round
                       ? 0
                       : hb_csv_rows_fault(r, "epoch",
                                           "more than in the row before of the same label");
    }
    return 0;
}

static int need(const struct hb_csv_rows *r, const char *column, double value)
{
    return isnan(value) ? hb_csv_rows_fault(r, column, "a number, 0 or more") : 0;
}

static int take_plain_epoch(const struct hb_csv_rows *r, struct hb_epoch *epoch)
{
    double *metric = epoch->metric;
    const char *label = hb_csv_rows_cell(r, "label") ? hb_csv_rows_cell(r, "label")
                                                     : hb_csv_rows_cell(r, "allocator");
    epoch->index = (uint32_t)r->session->epoch_count;
    (void)snprintf(epoch->phase, sizeof epoch->phase, "steady");
    if (hb_csv_rows_u32(r, "epoch", &epoch->round) != 0 ||
        hb_csv_rows_label(r, label ? label : "allocator", &epoch->allocator) != 0 ||
        check_rising(r, epoch) != 0)
        return -1;
    epoch->started_s = epoch->round;
    if (hb_csv_rows_number(r, "time", 0, &epoch->started_s) != 0 ||
        hb_csv_rows_number(r, "started_s", 0, &epoch->started_s) != 0 ||
        hb_csv_rows_number(r, "throughput", 0, &metric[HB_EPOCH_THROUGHPUT]) != 0 ||
        hb_csv_rows_number(r, "rss", 0, &metric[HB_EPOCH_RSS]) != 0 ||
        hb_csv_rows_number(r, "live", 0, &metric[HB_EPOCH_LIVE]) != 0 ||
        hb_csv_rows_number(r, "p999", 0, &metric[HB_EPOCH_LATENCY_P999]) != 0)
        return -1;
    return need(r, "throughput", metric[HB_EPOCH_THROUGHPUT]) != 0 ||
                   need(r, "rss", metric[HB_EPOCH_RSS]) != 0
               ? -1
               : 0;
}

static int epoch_row(struct hb_csv_rows *r,
                     int (*take)(const struct hb_csv_rows *, struct hb_epoch *))
{
    struct hb_epoch epoch;
    hb_epoch_init(&epoch);
    int result = take(r, &epoch);
    if (result == 0 && hb_session_append_epoch(r->session, &epoch) != 0)
        result = hb_err_memory(r->err, r->path);
    hb_epoch_free(&epoch); /* empty after it was appended */
    return result;
}

static int own_epoch_row(struct hb_csv_rows *r)
{
    return epoch_row(r, take_own_epoch);
}

static int plain_epoch_row(struct hb_csv_rows *r)
{
    return epoch_row(r, take_plain_epoch);
}

static int finish_epochs(struct hb_csv_rows *r)
{
    struct hb_session *session = r->session;
    double end_s = 1;
    for (size_t i = 0; i < session->epoch_count; i++) {
        const double at_s = hb_epoch_end_s(&session->epochs[i]);
        end_s = at_s > end_s ? at_s : end_s;
    }
    session->soak.duration_s = end_s;
    session->soak.warmup_epochs = hb_profile_default.soak.warmup_epochs;
    return 0;
}

/* ---- tables ---- */

/* What a table is: the rows it has, and the columns that must be there. */
struct form {
    enum hb_session_kind kind;
    int (*take_row)(struct hb_csv_rows *r);
    int (*finish)(struct hb_csv_rows *r);
    const char *expected, *rows; /* in messages */
    const char *columns[9];      /* ended by NULL */
};

#define EPOCHS_EXPECTED "expected a soak's CSV of this tool, or columns epoch, throughput and rss"

static const struct form jobs = {
    .kind = HB_KIND_REBASE,
    .take_row = job_row,
    .finish = finish_jobs,
    .expected = "expected a rebase's CSV of this tool",
    .rows = "jobs",
    .columns = {"label", "role", "kind", "block", "attempt", "index", "seed", "status"},
};
static const struct form own_epochs = {
    .kind = HB_KIND_SOAK,
    .take_row = own_epoch_row,
    .finish = finish_epochs,
    .expected = EPOCHS_EXPECTED,
    .rows = "epochs",
    .columns = {"label", "role", "index", "round", "process", "status", "started_s",
                "latency_histogram"},
};
static const struct form plain_epochs = {
    .kind = HB_KIND_SOAK,
    .take_row = plain_epoch_row,
    .finish = finish_epochs,
    .expected = EPOCHS_EXPECTED,
    .rows = "epochs",
    .columns = {"epoch", "throughput", "rss"},
};

static int read_table(const struct form *form, const struct hb_csv_table *table, const char *path,
                      struct hb_session *session, struct hb_err *err)
{
    struct hb_csv_rows r = {.table = table, .path = path, .session = session, .err = err};
    for (const char *const *column = form->columns; *column; column++) {
        if (!hb_csv_rows_has(table, *column))
            return hb_err_set(err, HB_ERR_USAGE, "%s:1: no column \"%s\"; %s", path, *column,
                              form->expected);
    }
    session->kind = form->kind;
    if (hb_csv_rows_open(&r) != 0)
        return -1;
    for (; r.row < table->row_count; r.row++) {
        if (form->take_row(&r) != 0)
            return -1;
    }
    if (table->row_count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s has no %s: only a heading", path, form->rows);
    return form->finish(&r);
}

static int read_jobs(const struct hb_csv_table *table, const char *path, struct hb_session *session,
                     struct hb_err *err)
{
    return read_table(&jobs, table, path, session, err);
}

static int read_epochs(const struct hb_csv_table *table, const char *path,
                       struct hb_session *session, struct hb_err *err)
{
    const bool is_own = hb_csv_rows_has(table, "latency_histogram");
    return read_table(is_own ? &own_epochs : &plain_epochs, table, path, session, err);
}

/* The heading alone, as a table without rows. */
bool hb_jobs_csv_recognise(const char *text, size_t size)
{
    struct hb_csv_table heading;
    const char *end = memchr(text, '\n', size);
    const size_t length = end ? (size_t)(end - text) : size;
    if (length > HEADING_MAX || hb_csv_parse(text, length, "", &heading, NULL) != 0)
        return false;
    const bool is_own =
        hb_csv_rows_has(&heading, "session_started_at") && hb_csv_rows_has(&heading, "block");
    hb_csv_free(&heading);
    return is_own;
}

int hb_jobs_from_csv_text(const char *text, size_t size, const char *path,
                          struct hb_session *session, struct hb_err *err)
{
    return hb_csv_rows_read(text, size, path, read_jobs, session, err);
}

bool hb_epochs_csv_recognise(const char *text, size_t size)
{
    size_t i = 0;
    while (i < size && strchr(" \t\r\n", text[i]) && text[i])
        i++;
    return i < size && text[i] != '{' && text[i] != '[';
}

int hb_epochs_from_csv_text(const char *text, size_t size, const char *path,
                            struct hb_session *session, struct hb_err *err)
{
    return hb_csv_rows_read(text, size, path, read_epochs, session, err);
}
