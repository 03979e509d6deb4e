/* A rebase session from its CSV: see session_csv.h. */
#include "result/session_csv.h"

#include "result/csv.h"
#include "result/csvrows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADING_MAX ((size_t)64 << 10)
#define JOBS_MAX    100000u /* each costs 2.5 KiB */
#define BLOCKS_MAX  1000u   /* as --runs has it: what is judged grows with the square */
#define THREADS_MAX 65536.0

static const char *const columns[] = {"label",   "role",  "kind", "block",
                                      "attempt", "index", "seed", "status"};

/* ---- one row ---- */

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

/* Columns of metrics that came after the file are not there, and the metrics unknown. */
static int take_row(const struct hb_csv_rows *r, struct hb_job *job)
{
    if (hb_csv_rows_fields(r, hb_csv_job_columns, HB_TABLE_COUNT(hb_csv_job_columns), job) != 0 ||
        check_place(r, job) != 0 || hb_csv_rows_allocator(r, &job->allocator) != 0)
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

/* ---- the session ---- */

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

static int read_rows(struct hb_csv_rows *r)
{
    for (r->row = 0; r->row < r->table->row_count; r->row++) {
        struct hb_job job;
        hb_job_init(&job);
        if (take_row(r, &job) != 0)
            return -1;
        if (job.kind == HB_JOB_TIMED && job.block >= r->session->blocks)
            r->session->blocks = job.block + 1;
        if (hb_session_append(r->session, &job) != 0)
            return hb_err_memory(r->err, r->path);
    }
    return 0;
}

static void set_unknown(struct hb_session *session)
{
    session->harness_s = session->workers_s = (double)NAN;
    session->host.load1_start = session->host.load1_end = (double)NAN;
    session->host.aslr = session->host.overcommit = -1;
    session->jobs_planned = (uint32_t)session->job_count;
}

static int read_table(const struct hb_csv_table *table, const char *path,
                      struct hb_session *session, struct hb_err *err)
{
    struct hb_csv_rows r = {.table = table, .path = path, .session = session, .err = err};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (!hb_csv_rows_has(table, columns[i]))
            return hb_err_set(err, HB_ERR_USAGE,
                              "%s:1: no column \"%s\"; expected a rebase's CSV of this tool", path,
                              columns[i]);
    }
    if (hb_csv_rows_open(&r) != 0)
        return -1;
    session->kind = HB_KIND_REBASE;
    if (read_rows(&r) != 0)
        return -1;
    if (session->job_count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s has no jobs: only a heading", path);
    set_unknown(session);
    return set_threads(&r);
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
    return hb_csv_rows_read(text, size, path, read_table, session, err);
}
