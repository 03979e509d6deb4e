/* mimalloc-bench's benchres.csv, and the table its bench.sh prints: a line a run,
 *   cfrac        mi    00:05.67 4508 5.66 0.00 0 441
 * of benchmark, allocator, elapsed time, peak resident KiB, user and system seconds, page faults
 * and page reclaims. One operation is one run of the benchmark's program. Read next:
 * import_parts.h, docs/exports.md, "mimalloc-bench". */
#include "result/import_parts.h"

#include "base/copy.h"
#include "base/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME        "mimalloc-bench"
#define FIELDS      8u
#define SECONDS_MAX UINT64_C(1000000000)    /* 31 years */
#define KIB_MAX     UINT64_C(1099511627776) /* 1 PiB */
#define COUNT_MAX   UINT64_C(9007199254740991)

enum field { BENCHMARK, ALLOCATOR, ELAPSED, RSS, USER, SYSTEM, FAULTS, RECLAIMS };

static const char *const field_names[FIELDS] = {
    "benchmark", "allocator", "elapsed", "rss", "user", "sys", "page-faults", "page-reclaims"};
static const char *const field_forms[FIELDS] = {[BENCHMARK] = "a name of 1 to 63 bytes",
                                                [ALLOCATOR] = "a name of 1 to 63 bytes",
                                                [ELAPSED] = "a time such as 00:05.67 or 1.234",
                                                [RSS] = "whole KiB up to 1 PiB",
                                                [USER] = "seconds",
                                                [SYSTEM] = "seconds",
                                                [FAULTS] = "a count",
                                                [RECLAIMS] = "a count"};

struct row {
    char field[FIELDS][HB_NAME_MAX];
    double elapsed_ns;
    uint64_t rss_kib, faults, reclaims;
};

/* ---- values ---- */

/* Seconds with up to nine decimals, also without a digit before the point. */
static bool parse_seconds(const char *text, double *ns)
{
    uint64_t whole = 0, fraction = 0, scale = 1000000000;
    const char *end = text;
    const bool has_whole = hb_import_whole(text, SECONDS_MAX, &whole, &end);
    bool has_fraction = false;
    if (!has_whole && *text != '.')
        return false;
    if (*end == '.') {
        for (end++; *end >= '0' && *end <= '9' && scale > 1; end++) {
            fraction = fraction * 10 + (uint64_t)(*end - '0');
            scale /= 10;
            has_fraction = true;
        }
    }
    *ns = (double)whole * 1e9 + (double)(fraction * scale);
    return *end == '\0' && (has_whole || has_fraction);
}

/* [[hours:]minutes:]seconds. */
static bool parse_elapsed(const char *text, double *ns)
{
    double before_ns = 0;
    for (int parts = 0; strchr(text, ':'); parts++) {
        uint64_t whole;
        const char *end;
        if (parts == 2 || !hb_import_whole(text, SECONDS_MAX / 3600, &whole, &end) || *end != ':')
            return false;
        before_ns = (before_ns + (double)whole * 1e9) * 60;
        text = end + 1;
    }
    if (!parse_seconds(text, ns))
        return false;
    *ns += before_ns;
    return true;
}

static bool parse_count(const char *text, uint64_t most, uint64_t *count)
{
    const char *end;
    return hb_import_whole(text, most, count, &end) && *end == '\0';
}

/* ---- rows ---- */

/* The line's words; how many there are, at most FIELDS + 1. A word that is too long is cut to
 * nothing, which no field may be. */
static size_t split(const char *line, struct row *row)
{
    size_t count = 0;
    while (*(line += strspn(line, " ")) && count <= FIELDS) {
        const size_t length = strcspn(line, " ");
        if (count < FIELDS)
            (void)snprintf(row->field[count], HB_NAME_MAX, "%.*s",
                           length < HB_NAME_MAX ? (int)length : 0, line);
        line += length;
        count++;
    }
    return count;
}

/* The first field that is not as it should be, or FIELDS. */
static size_t parse_fields(struct row *row)
{
    double seconds;
    const bool good[FIELDS] = {
        [BENCHMARK] = row->field[BENCHMARK][0] != '\0',
        [ALLOCATOR] = row->field[ALLOCATOR][0] != '\0',
        [ELAPSED] = parse_elapsed(row->field[ELAPSED], &row->elapsed_ns),
        [RSS] = parse_count(row->field[RSS], KIB_MAX, &row->rss_kib),
        [USER] = parse_seconds(row->field[USER], &seconds),
        [SYSTEM] = parse_seconds(row->field[SYSTEM], &seconds),
        [FAULTS] = parse_count(row->field[FAULTS], COUNT_MAX, &row->faults),
        [RECLAIMS] = parse_count(row->field[RECLAIMS], COUNT_MAX, &row->reclaims),
    };
    size_t i = 0;
    while (i < FIELDS && good[i])
        i++;
    return i;
}

static int parse_row(const struct hb_import_lines *lines, struct row *row, struct hb_err *err)
{
    const size_t count = split(lines->line, row);
    if (count != FIELDS)
        return hb_import_fault(lines, err,
                               "expected the 8 words benchmark, allocator, elapsed, rss, user, "
                               "sys, page-faults and page-reclaims, found %s",
                               hb_quote(lines->line).text);
    const size_t wrong = parse_fields(row);
    if (wrong < FIELDS)
        return hb_import_fault(lines, err, "%s: expected %s, found %s", field_names[wrong],
                               field_forms[wrong], hb_quote(row->field[wrong]).text);
    return 0;
}

/* ---- runs ---- */

/* What time(1) writes above the line of a program that did not end well. */
static bool parse_failure(const char *line, struct hb_job *job)
{
    static const struct {
        const char *begins;
        const char *reason;
        enum hb_job_status status;
    } failures[] = {
        {"Command exited with non-zero status ", "exited with status", HB_STATUS_EXITED},
        {"Command terminated by signal ", "ended by signal", HB_STATUS_CRASHED},
        {"Command stopped by signal ", "stopped by signal", HB_STATUS_INVALID},
    };
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        const size_t length = strlen(failures[i].begins);
        uint64_t number;
        if (strncmp(line, failures[i].begins, length) != 0 ||
            !parse_count(line + length, 255, &number))
            continue;
        job->status = failures[i].status;
        (void)snprintf(job->reason, sizeof job->reason, "%s %" PRIu64, failures[i].reason, number);
        return true;
    }
    return false;
}

static void set_reasons(struct hb_job *job, const char *time)
{
    static const char *const reasons[HB_GROUP_COUNT] = {
        [HB_GROUP_MEMORY] = NAME " has the peak alone",
        [HB_GROUP_FAULTS] = NAME " has those of the whole run",
        [HB_GROUP_SCHEDULING] = "not reported by " NAME,
        [HB_GROUP_SYSCALLS] = "not reported by " NAME,
        [HB_GROUP_HARDWARE] = "not reported by " NAME,
    };
    for (size_t i = 0; i < HB_GROUP_COUNT; i++)
        HB_COPY(job->null_reason[i], reasons[i] ? reasons[i] : time);
}

/* A run that failed has a time, and none that means anything. */
static void set_metrics(const struct row *row, struct hb_job *job)
{
    set_reasons(job, row->elapsed_ns > 0 ? "not reported by " NAME : "shorter than 0.01 s");
    if (job->status != HB_STATUS_OK)
        return;
    job->metric[HB_METRIC_ELAPSED] = row->elapsed_ns;
    job->metric[HB_METRIC_OPERATIONS] = 1;
    if (row->elapsed_ns > 0) {
        job->metric[HB_METRIC_THROUGHPUT] = 1e9 / row->elapsed_ns;
        job->metric[HB_METRIC_NS_PER_OP] = row->elapsed_ns;
    }
    job->metric[HB_METRIC_RSS_PEAK] = (double)row->rss_kib * 1024;
    job->metric[HB_METRIC_FAULTS_MAJOR] = (double)row->faults;
    job->metric[HB_METRIC_FAULTS_MINOR] = (double)row->reclaims;
}

/* *job holds what went wrong, if anything did; it is empty after. */
static int take_row(struct hb_import_lines *lines, struct hb_imported *imported, struct hb_job *job,
                    struct hb_err *err)
{
    struct row row = {0};
    if (parse_row(lines, &row, err) != 0)
        return -1;
    struct hb_session *session = hb_import_session(imported, NAME, row.field[BENCHMARK]);
    if (!session)
        return hb_import_no_room(lines, err, imported->count, HB_IMPORT_SESSIONS_MAX, "benchmarks");
    const int allocator = hb_import_allocator(session, row.field[ALLOCATOR], "preload");
    if (allocator < 0)
        return hb_import_no_room(lines, err, session->allocator_count, HB_IMPORT_ALLOCATORS_MAX,
                                 "allocators");
    job->allocator = (uint32_t)allocator;
    set_metrics(&row, job);
    return hb_import_job(lines, session, job, err);
}

static int read_rows(struct hb_import_lines *lines, struct hb_imported *imported,
                     struct hb_err *err)
{
    struct hb_job job;
    int status;
    hb_job_init(&job);
    while ((status = hb_import_next(lines, err)) > 0) {
        if (lines->line[0] == '\0' || lines->line[0] == '#' || parse_failure(lines->line, &job))
            continue;
        if (take_row(lines, imported, &job, err) != 0)
            return -1;
        hb_job_init(&job);
    }
    if (status == 0 && job.status != HB_STATUS_OK)
        return hb_import_fault(lines, err, "the run that failed has no line: the file was cut off");
    return status;
}

static int read_text(const char *text, size_t size, const char *path, struct hb_imported *imported,
                     struct hb_err *err)
{
    struct hb_import_lines lines = {.text = text, .path = path, .size = size};
    if (read_rows(&lines, imported, err) != 0)
        return -1;
    if (imported->count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: no run of a benchmark: only headings", path);
    return 0;
}

/* A heading of its own, or a line of eight good words before any other. */
static bool is_bench(const char *text, size_t size)
{
    struct hb_import_lines lines = {.text = text, .path = "", .size = size};
    while (hb_import_next(&lines, NULL) > 0) {
        struct row row = {0};
        if (lines.line[0] == '#' && strstr(lines.line, "page-reclaims"))
            return true;
        if (lines.line[0] != '\0' && lines.line[0] != '#')
            return split(lines.line, &row) == FIELDS && parse_fields(&row) == FIELDS;
    }
    return false;
}

const struct hb_import hb_import_mimallocbench = {
    .name = NAME,
    .form = "mimalloc-bench's benchres.csv (cfrac mi 00:05.67 4508 5.66 0.00 0 441)",
    .recognise = is_bench,
    .read = read_text,
};
