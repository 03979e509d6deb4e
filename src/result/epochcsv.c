/* A soak from a CSV: see session_csv.h. */
#include "result/session_csv.h"

#include "base/buf.h"
#include "base/copy.h"
#include "result/csv.h"
#include "result/csvrows.h"
#include "result/profile_defaults.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
    if (text && hb_latency_parse(text, &epoch->latency, &epoch->latency_count) != 0)
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

static int own_row(const struct hb_csv_rows *r, struct hb_epoch *epoch)
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

static int plain_row(const struct hb_csv_rows *r, struct hb_epoch *epoch)
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

/* ---- the table ---- */

static int check_columns(const struct hb_csv_table *table, const char *path, bool *is_own,
                         struct hb_err *err)
{
    static const char *const own[] = {"label",   "role",   "index",     "round",
                                      "process", "status", "started_s", "latency_histogram"};
    static const char *const plain[] = {"epoch", "throughput", "rss"};
    const char *const *wanted = plain;
    size_t count = sizeof plain / sizeof *plain;
    *is_own = hb_csv_rows_has(table, "latency_histogram");
    if (*is_own) {
        wanted = own;
        count = sizeof own / sizeof *own;
    }
    for (size_t i = 0; i < count; i++) {
        if (!hb_csv_rows_has(table, wanted[i]))
            return hb_err_set(err, HB_ERR_USAGE,
                              "%s:1: no column \"%s\"; expected a soak's CSV of this tool, or "
                              "columns epoch, throughput and rss",
                              path, wanted[i]);
    }
    return 0;
}

static int read_rows(struct hb_csv_rows *r, bool is_own)
{
    for (r->row = 0; r->row < r->table->row_count; r->row++) {
        struct hb_epoch epoch;
        hb_epoch_init(&epoch);
        int result = is_own ? own_row(r, &epoch) : plain_row(r, &epoch);
        if (result == 0 && hb_session_append_epoch(r->session, &epoch) != 0)
            result = hb_err_memory(r->err, r->path);
        hb_epoch_free(&epoch); /* empty after it was appended */
        if (result != 0)
            return -1;
    }
    return 0;
}

static void set_soak(struct hb_session *session)
{
    double end_s = 1;
    for (size_t i = 0; i < session->epoch_count; i++) {
        const struct hb_epoch *epoch = &session->epochs[i];
        const double elapsed_ns = epoch->metric[HB_EPOCH_ELAPSED];
        const double at_s = epoch->started_s + (isnan(elapsed_ns) ? 0 : elapsed_ns / 1e9);
        end_s = at_s > end_s ? at_s : end_s;
    }
    session->soak.duration_s = end_s;
    session->soak.warmup_epochs = hb_profile_default.soak.warmup_epochs;
}

static int read_table(const struct hb_csv_table *table, const char *path,
                      struct hb_session *session, struct hb_err *err)
{
    struct hb_csv_rows r = {.table = table, .path = path, .session = session, .err = err};
    bool is_own;
    if (check_columns(table, path, &is_own, err) != 0)
        return -1;
    if (hb_csv_rows_open(&r) != 0)
        return -1;
    session->kind = HB_KIND_SOAK;
    if (read_rows(&r, is_own) != 0)
        return -1;
    if (session->epoch_count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s has no epochs: only a heading", path);
    set_soak(session);
    return 0;
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
    return hb_csv_rows_read(text, size, path, read_table, session, err);
}
