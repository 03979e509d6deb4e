/* A soak from a CSV: see epochcsv.h. */
#include "result/epochcsv.h"

#include "base/buf.h"
#include "base/quote.h"
#include "result/csv.h"
#include "result/file.h"
#include "result/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_MAX     256u
#define WARMUP_DEFAULT 3u /* as a profile's */

struct reader {
    const struct hb_csv_table *table;
    const char *path;
    struct hb_session *session;
    struct hb_err *err;
    size_t row;
};

/* ---- cells ---- */

static int fault(const struct reader *r, const char *column, const char *expected)
{
    const char *found = hb_csv_cell(r->table, r->row, column);
    return hb_err_set(r->err, HB_ERR_USAGE, "%s:%lu: column %s: expected %s, found %s", r->path,
                      r->table->lines[r->row], column, expected,
                      found ? hb_quote(found).text : "no such column");
}

/* NULL when there is no such column or nothing in it. */
static const char *cell(const struct reader *r, const char *column)
{
    const char *text = hb_csv_cell(r->table, r->row, column);
    return text && *text ? text : NULL;
}

/* As hb_format_double writes: no spaces, no hexadecimal, finite. An empty cell leaves *value. */
static int get_number(const struct reader *r, const char *column, double least, double *value)
{
    const char *text = cell(r, column);
    char *end;
    if (!text)
        return 0;
    const double number = strtod(text, &end);
    if (*end || strspn(text, "0123456789+-.eE") != strlen(text) || !isfinite(number) ||
        number < least)
        return fault(r, column, least == 0 ? "a number, 0 or more" : "a number");
    *value = number;
    return 0;
}

static int get_u64(const struct reader *r, const char *column, uint64_t most, uint64_t *value)
{
    const char *text = cell(r, column);
    errno = 0;
    *value = text ? strtoull(text, NULL, 10) : 0;
    if (!text || text[strspn(text, "0123456789")] || errno || *value > most)
        return fault(r, column, most == UINT32_MAX ? "a whole number below 2^32" : "a count");
    return 0;
}

static int get_u32(const struct reader *r, const char *column, uint32_t *value)
{
    uint64_t wide;
    if (get_u64(r, column, UINT32_MAX, &wide) != 0)
        return -1;
    *value = (uint32_t)wide;
    return 0;
}

/* ---- allocators ---- */

static int add_label(const struct reader *r, const char *label, uint32_t *allocator)
{
    struct hb_session *session = r->session;
    const int index = hb_session_find(session, label);
    *allocator = (uint32_t)index;
    if (index >= 0)
        return 0;
    if (strlen(label) >= HB_NAME_MAX || session->allocator_count == LABELS_MAX)
        return hb_err_set(r->err, HB_ERR_USAGE,
                          "%s:%lu: more than %u allocators, or a label longer than %d bytes",
                          r->path, r->table->lines[r->row], LABELS_MAX, HB_NAME_MAX - 1);
    struct hb_allocator_entry *entry = &session->allocators[session->allocator_count];
    *allocator = (uint32_t)session->allocator_count++;
    (void)snprintf(entry->label, sizeof entry->label, "%s", label);
    (void)snprintf(entry->name, sizeof entry->name, "%s", label);
    (void)snprintf(entry->via, sizeof entry->via, "dlopen");
    return 0;
}

/* Text of this tool's; "" when there is none. */
static int get_text(const struct reader *r, const char *column, char *to, size_t bytes)
{
    const char *text = cell(r, column);
    text = text ? hb_csv_plain(text) : "";
    if (strlen(text) >= bytes)
        return fault(r, column, "a shorter text");
    (void)snprintf(to, bytes, "%s", text);
    return 0;
}

static int get_name(const struct reader *r, const char *column, const char *const *names,
                    unsigned count, unsigned *value)
{
    const char *text = cell(r, column);
    for (unsigned i = 0; text && i < count; i++) {
        if (strcmp(names[i], text) == 0) {
            *value = i;
            return 0;
        }
    }
    return fault(r, column, "one of the words that this tool writes");
}

static int fill_allocator(const struct reader *r, struct hb_allocator_entry *entry)
{
    char *control = r->session->soak.control;
    if (entry->role == HB_ROLE_FLOOR && !control[0])
        (void)snprintf(control, HB_NAME_MAX, "%s", entry->label);
    return get_text(r, "allocator", entry->name, sizeof entry->name) ||
                   get_text(r, "variant", entry->variant, sizeof entry->variant) ||
                   get_text(r, "via", entry->via, sizeof entry->via) ||
                   get_text(r, "library_version", entry->library_version,
                            sizeof entry->library_version)
               ? -1
               : 0;
}

/* What this tool's rows say of their allocator, taken from its first. */
static int take_allocator(const struct reader *r, struct hb_epoch *epoch)
{
    struct hb_session *session = r->session;
    const size_t before = session->allocator_count;
    const char *label = cell(r, "label");
    unsigned role = 0;
    if (!label)
        return fault(r, "label", "the name of an allocator");
    if (add_label(r, hb_csv_plain(label), &epoch->allocator) != 0 ||
        get_name(r, "role", hb_role_names, HB_ROLE_COUNT, &role) != 0)
        return -1;
    struct hb_allocator_entry *entry = &session->allocators[epoch->allocator];
    if (session->allocator_count == before)
        return entry->role == (enum hb_role)role
                   ? 0
                   : fault(r, "role", "the same as in the first row of the label");
    entry->role = (enum hb_role)role;
    return fill_allocator(r, entry);
}

/* ---- this tool's ---- */

/* All six or none are known. */
static int take_calls(const struct reader *r, struct hb_epoch *epoch)
{
    for (size_t i = 0; i < HB_SYSCALL_COUNT; i++) {
        char column[64];
        (void)snprintf(column, sizeof column, "calls_%s", hb_syscall_names[i]);
        if (i == 0)
            epoch->calls_known = cell(r, column) != NULL;
        if (!epoch->calls_known && cell(r, column))
            return fault(r, column, "nothing, as for the others");
        if (epoch->calls_known && get_u64(r, column, UINT64_MAX, &epoch->calls.count[i]) != 0)
            return -1;
    }
    return 0;
}

static int take_metrics(const struct reader *r, struct hb_epoch *epoch)
{
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT; i++) {
        const double least = i == HB_EPOCH_HEAP_GROWTH ? -HUGE_VAL : 0;
        if (get_number(r, hb_epoch_metrics[i].key, least, &epoch->metric[i]) != 0)
            return -1;
    }
    const char *text = cell(r, "latency_histogram");
    if (text && hb_latency_parse(text, &epoch->latency, &epoch->latency_count) != 0)
        return fault(r, "latency_histogram", "rising buckets and their counts (27:1203 28:44)");
    return take_calls(r, epoch);
}

/* What is the same in every row, from the first. */
static int take_session(const struct reader *r)
{
    struct hb_session *session = r->session;
    return get_text(r, "session_started_at", session->started_at, sizeof session->started_at) ||
                   get_text(r, "profile", session->profile_name, sizeof session->profile_name) ||
                   get_text(r, "workload", session->workload, sizeof session->workload)
               ? -1
               : 0;
}

static int own_row(const struct reader *r, struct hb_epoch *epoch)
{
    struct hb_session *session = r->session;
    unsigned status = 0;
    if (get_u32(r, "index", &epoch->index) != 0 || get_u32(r, "round", &epoch->round) != 0 ||
        get_u32(r, "process", &epoch->process) != 0 ||
        get_number(r, "started_s", 0, &epoch->started_s) != 0 || take_allocator(r, epoch) != 0 ||
        get_name(r, "status", hb_job_status_names, HB_STATUS_COUNT, &status) != 0)
        return -1;
    epoch->status = (enum hb_job_status)status;
    if (get_text(r, "phase", epoch->phase, sizeof epoch->phase) != 0 ||
        get_text(r, "reason", epoch->reason, sizeof epoch->reason) != 0)
        return -1;
    if (session->epoch_count > 0 && session->epochs[session->epoch_count - 1].index >= epoch->index)
        return fault(r, "index", "more than in the row before");
    if (session->epoch_count == 0 && take_session(r) != 0)
        return -1;
    return take_metrics(r, epoch);
}

/* ---- anyone's ---- */

static int check_rising(const struct reader *r, const struct hb_epoch *epoch)
{
    const struct hb_session *session = r->session;
    for (size_t i = session->epoch_count; i-- > 0;) {
        if (session->epochs[i].allocator == epoch->allocator)
            return session->epochs[i].round < epoch->round
                       ? 0
                       : fault(r, "epoch", "more than in the row before of the same label");
    }
    return 0;
}

static int need(const struct reader *r, const char *column, double value)
{
    return isnan(value) ? fault(r, column, "a number, 0 or more") : 0;
}

static int plain_row(const struct reader *r, struct hb_epoch *epoch)
{
    double *metric = epoch->metric;
    const char *label = cell(r, "label") ? cell(r, "label") : cell(r, "allocator");
    epoch->index = (uint32_t)r->session->epoch_count;
    (void)snprintf(epoch->phase, sizeof epoch->phase, "steady");
    if (get_u32(r, "epoch", &epoch->round) != 0 ||
        add_label(r, label ? label : "allocator", &epoch->allocator) != 0 ||
        check_rising(r, epoch) != 0)
        return -1;
    epoch->started_s = epoch->round;
    if (get_number(r, "time", 0, &epoch->started_s) != 0 ||
        get_number(r, "started_s", 0, &epoch->started_s) != 0 ||
        get_number(r, "throughput", 0, &metric[HB_EPOCH_THROUGHPUT]) != 0 ||
        get_number(r, "rss", 0, &metric[HB_EPOCH_RSS]) != 0 ||
        get_number(r, "live", 0, &metric[HB_EPOCH_LIVE]) != 0 ||
        get_number(r, "p999", 0, &metric[HB_EPOCH_LATENCY_P999]) != 0)
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
    *is_own = false;
    for (size_t i = 0; i < table->column_count; i++)
        *is_own |= strcmp(table->columns[i], "latency_histogram") == 0;
    if (*is_own) {
        wanted = own;
        count = sizeof own / sizeof *own;
    }
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t k = 0; k < table->column_count; k++)
            found |= strcmp(table->columns[k], wanted[i]) == 0;
        if (!found)
            return hb_err_set(err, HB_ERR_USAGE,
                              "%s:1: no column \"%s\"; expected a soak's CSV of this tool, or "
                              "columns epoch, throughput and rss",
                              path, wanted[i]);
    }
    return 0;
}

static int read_rows(struct reader *r, bool is_own)
{
    for (r->row = 0; r->row < r->table->row_count; r->row++) {
        struct hb_epoch epoch;
        hb_epoch_init(&epoch);
        int result = is_own ? own_row(r, &epoch) : plain_row(r, &epoch);
        if (result == 0 && hb_session_append_epoch(r->session, &epoch) != 0)
            result = hb_err_set(r->err, HB_ERR_SYSTEM, "%s: out of memory", r->path);
        if (result != 0) {
            hb_epoch_free(&epoch);
            return -1;
        }
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
    session->soak.warmup_epochs = WARMUP_DEFAULT;
}

static int read_table(const struct hb_csv_table *table, const char *path,
                      struct hb_session *session, struct hb_err *err)
{
    struct reader r = {.table = table, .path = path, .session = session, .err = err};
    bool is_own;
    if (check_columns(table, path, &is_own, err) != 0)
        return -1;
    session->allocators = calloc(LABELS_MAX, sizeof *session->allocators);
    if (!session->allocators)
        return hb_err_set(err, HB_ERR_SYSTEM, "%s: out of memory", path);
    (void)snprintf(session->kind, sizeof session->kind, HB_KIND_SOAK);
    if (read_rows(&r, is_own) != 0)
        return -1;
    if (session->epoch_count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s has no epochs: only a heading", path);
    set_soak(session);
    return 0;
}

/* ---- a file that was cut off ---- */

/* Bytes of the row at text with its newline, line ends in quotes passed over; 0 when that is
 * missing. */
static size_t row_size(const char *text, size_t left)
{
    bool quoted = false;
    for (size_t i = 0; i < left; i++) {
        quoted ^= text[i] == '"';
        if (text[i] == '\n' && !quoted)
            return i + 1;
    }
    return 0;
}

/* Every row begins with the session's date. Where a line inside the tail does so too, a quote is
 * missing further up: that is damage, and not one torn row. */
static bool is_one_row(const char *tail, size_t size)
{
    const char *end = tail + size, *comma = memchr(tail, ',', size);
    const size_t length = comma ? (size_t)(comma - tail) + 1 : 0;
    if (!comma)
        return true;
    for (const char *at = tail; (at = memchr(at, '\n', (size_t)(end - at)));) {
        at++;
        if ((size_t)(end - at) >= length && memcmp(at, tail, length) == 0)
            return false;
    }
    return true;
}

/* A row of ours counts from its newline on; another program may leave out the last one. The last
 * row is torn as well when it has NULs in it: a block that never reached the disk. */
static size_t whole_rows(const char *text, size_t size)
{
    static const char own_start[] = "\"session_started_at\",";
    size_t whole = 0, last = 0, row;
    if (size < sizeof own_start - 1 || memcmp(text, own_start, sizeof own_start - 1) != 0)
        return size;
    while ((row = row_size(text + whole, size - whole)) > 0) {
        last = whole;
        whole += row;
    }
    if (whole == size && memchr(text + last, '\0', size - last))
        return last;
    return is_one_row(text + whole, size - whole) ? whole : size;
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
    struct hb_csv_table table = {0};
    const size_t whole = whole_rows(text, size);
    *session = (struct hb_session){0};
    int result = hb_csv_parse(text, whole, path, &table, err);
    if (result == 0)
        result = read_table(&table, path, session, err);
    hb_csv_free(&table);
    if (result != 0)
        hb_session_free(session);
    session->partial = result == 0 && whole < size;
    return result;
}

int hb_epochs_from_csv(const char *path, struct hb_session *session, struct hb_err *err)
{
    struct hb_buf text = {0};
    *session = (struct hb_session){0};
    int result = hb_file_read(path, HB_RESULT_BYTES_MAX, &text, err);
    if (result == 0)
        result = hb_epochs_from_csv_text(hb_buf_string(&text), text.size, path, session, err);
    hb_buf_free(&text);
    return result;
}
