/* Sessions of other tools, and what their readers (import_*.c) share: see import.h, import_parts.h.
 */
#include "result/import.h"

#include "base/buf.h"
#include "base/copy.h"
#include "base/quote.h"
#include "base/utf8.h"
#include "result/file.h"
#include "result/import_parts.h"
#include "result/session_json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct hb_import *const hb_imports[] = {&hb_import_mimallocbench, &hb_import_lablog, NULL};

/* ---- which ---- */

/* The first line that has something in it. */
static const char *first_line(const char *text, size_t size, size_t *length)
{
    const char *end = text + size;
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n'))
        text++;
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    *length = (size_t)((newline ? newline : end) - text);
    return text;
}

static bool has_cell(const char *line, size_t length, const char *cell, char separator)
{
    const size_t cell_length = strlen(cell);
    for (size_t i = 0; i + cell_length <= length; i++) {
        const bool starts = i == 0 || line[i - 1] == separator || line[i - 1] == '"';
        const size_t end = i + cell_length;
        const bool ends = end == length || line[end] == separator || strchr("\"\r", line[end]);
        if (starts && ends && memcmp(line + i, cell, cell_length) == 0)
            return true;
    }
    return false;
}

static bool is_table_by(const char *text, size_t size, char separator)
{
    size_t length;
    const char *line = first_line(text, size, &length);
    return memchr(line, separator, length) &&
           (has_cell(line, length, "epoch", separator) ||
            has_cell(line, length, "session_started_at", separator) ||
            has_cell(line, length, "latency_histogram", separator));
}

/* A table's cell may hold any text, also the lines of a log. */
bool hb_import_is_table(const char *text, size_t size)
{
    return is_table_by(text, size, ',');
}

const char *hb_import_other_separator(const char *text, size_t size)
{
    return is_table_by(text, size, ';') ? "\";\"" : is_table_by(text, size, '\t') ? "tabs" : NULL;
}

static bool is_json(const char *text, size_t size)
{
    size_t length;
    const char *line = first_line(text, size, &length);
    return length == 0 || *line == '{' || *line == '[';
}

const struct hb_import *hb_import_recognise(const char *text, size_t size)
{
    if (is_json(text, size) || hb_import_is_table(text, size))
        return NULL;
    for (const struct hb_import *const *import = hb_imports; *import; import++) {
        if ((*import)->recognise(text, size))
            return *import;
    }
    return NULL;
}

void hb_import_forms(char *text, size_t text_bytes)
{
    size_t at = 0;
    for (const struct hb_import *const *import = hb_imports; *import && at < text_bytes; import++) {
        const int length =
            snprintf(text + at, text_bytes - at, "%s%s", at ? "; " : "", (*import)->form);
        at += length > 0 ? (size_t)length : 0;
    }
}

int hb_import_read(const char *path, struct hb_imported *imported, struct hb_err *err)
{
    struct hb_buf text = {0};
    char forms[400];
    int status = hb_file_read_text(path, HB_RESULT_BYTES_MAX, &text, err);
    const struct hb_import *import =
        status == 0 ? hb_import_recognise(hb_buf_string(&text), text.size) : NULL;
    hb_import_forms(forms, sizeof forms);
    if (import)
        status = import->read(hb_buf_string(&text), text.size, path, imported, err);
    else if (status == 0)
        status = hb_err_set(err, HB_ERR_USAGE, "%s: nothing to import; expected %s", path, forms);
    hb_buf_free(&text);
    return status;
}

/* "cfrac, espresso, ..." */
static void list_workloads(const struct hb_imported *imported, char *text, size_t text_bytes)
{
    size_t at = 0;
    for (size_t i = 0; i < imported->count && at + HB_NAME_MAX + 8 < text_bytes; i++) {
        const int length = snprintf(text + at, text_bytes - at, "%s%s", i ? ", " : "",
                                    imported->items[i].workload);
        at += length > 0 ? (size_t)length : 0;
    }
}

int hb_import_one(const struct hb_import *import, const char *text, size_t size, const char *path,
                  struct hb_session *session, struct hb_err *err)
{
    struct hb_imported imported = {0};
    char workloads[300] = "";
    int status = import->read(text, size, path, &imported, err);
    if (status == 0 && imported.count == 1) {
        *session = imported.items[0];
        imported.count = 0;
    } else if (status == 0) {
        list_workloads(&imported, workloads, sizeof workloads);
        status = hb_err_set(err, HB_ERR_USAGE,
                            "%s holds %zu benchmarks (%s), and a session has one: `hakbench import "
                            "%s -o FOLDER/` makes a file of each",
                            path, imported.count, workloads, path);
    }
    hb_imported_free(&imported);
    return status;
}

/* ---- lines ---- */

int hb_import_fault(const struct hb_import_lines *lines, struct hb_err *err, const char *format,
                    ...)
{
    char problem[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(problem, sizeof problem, format, args);
    va_end(args);
    return hb_err_set(err, HB_ERR_USAGE, "%s:%lu: %s", lines->path, lines->number, problem);
}

int hb_import_no_room(const struct hb_import_lines *lines, struct hb_err *err, size_t count,
                      size_t most, const char *what)
{
    return count < most ? hb_err_memory(err, lines->path)
                        : hb_import_fault(lines, err, "no room for more than %zu %s", most, what);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Bytes of a line to lines->line. */
static int take_line(struct hb_import_lines *lines, const char *start, size_t length,
                     struct hb_err *err)
{
    while (length > 0 && is_space(start[length - 1]))
        length--;
    while (length > 0 && is_space(*start)) {
        start++;
        length--;
    }
    if (length > HB_IMPORT_LINE_MAX)
        return hb_import_fault(lines, err, "a line longer than %u bytes", HB_IMPORT_LINE_MAX);
    if (memchr(start, '\0', length))
        return hb_import_fault(lines, err, "a NUL byte");
    if (!hb_utf8_is_text(start, length))
        return hb_import_fault(lines, err, "not UTF-8");
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)start[i];
        if (c != '\t' && (c < 0x20 || c == 0x7f))
            return hb_import_fault(lines, err, "a control character (0x%02x)", c);
        lines->line[i] = c == '\t' ? ' ' : start[i];
    }
    lines->line[length] = '\0';
    return 1;
}

int hb_import_next(struct hb_import_lines *lines, struct hb_err *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (lines->at == 0 && lines->size >= 3 && memcmp(lines->text, mark, 3) == 0)
        lines->at = 3;
    if (lines->at >= lines->size)
        return 0;
    const char *start = lines->text + lines->at;
    const size_t left = lines->size - lines->at;
    const char *end = memchr(start, '\n', left);
    const size_t length = end ? (size_t)(end - start) : left;
    lines->at += length + (end != NULL);
    lines->number++;
    return take_line(lines, start, length, err);
}

bool hb_import_whole(const char *digits, uint64_t most, uint64_t *value, const char **end)
{
    *value = 0;
    *end = digits;
    for (; **end >= '0' && **end <= '9'; (*end)++) {
        const uint64_t digit = (uint64_t)(**end - '0');
        if (*value > (most - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return *end > digits;
}

/* ---- sessions ---- */

static void init_session(struct hb_session *session, const char *from, const char *workload)
{
    *session = (struct hb_session){0};
    session->kind = HB_KIND_REBASE;
    HB_COPY(session->imported_from, from);
    HB_COPY(session->workload, workload);
    session->harness_s = session->workers_s = (double)NAN;
    session->host.load1_start = session->host.load1_end = (double)NAN;
    session->host.aslr = session->host.overcommit = -1;
}

static struct hb_session *new_session(struct hb_imported *imported)
{
    struct hb_session *items =
        hb_array_grown(imported->items, imported->count, &imported->capacity, sizeof *items);
    if (!items)
        return NULL;
    imported->items = items;
    return &imported->items[imported->count++];
}

struct hb_session *hb_import_session(struct hb_imported *imported, const char *from,
                                     const char *workload)
{
    for (size_t i = 0; i < imported->count; i++) {
        if (strcmp(imported->items[i].workload, workload) == 0)
            return &imported->items[i];
    }
    if (imported->count == HB_IMPORT_SESSIONS_MAX)
        return NULL;
    struct hb_session *session = new_session(imported);
    if (session)
        init_session(session, from, workload);
    return session;
}

/* Room for one more; an entry is 4 KiB, and a file may hold a thousand sessions. */
static int grow_allocators(struct hb_session *session)
{
    const size_t count = session->allocator_count;
    if (count & (count - 1)) /* room is doubled at powers of two */
        return 0;
    struct hb_allocator_entry *grown =
        reallocarray(session->allocators, count ? 2 * count : 1, sizeof *grown);
    if (!grown)
        return -1;
    session->allocators = grown;
    return 0;
}

int hb_import_allocator(struct hb_session *session, const char *label, const char *via)
{
    const int found = hb_session_find(session, label);
    if (found >= 0)
        return found;
    if (session->allocator_count == HB_IMPORT_ALLOCATORS_MAX || strlen(label) >= HB_NAME_MAX ||
        grow_allocators(session) != 0)
        return -1;
    struct hb_allocator_entry *entry = &session->allocators[session->allocator_count];
    *entry = (struct hb_allocator_entry){0};
    HB_COPY(entry->label, label);
    HB_COPY(entry->name, label);
    HB_COPY(entry->via, via);
    return (int)session->allocator_count++;
}

/* Runs of this allocator so far: jobs of one allocator mostly follow each other, so the last one's
 * block says it. */
static uint32_t runs_of(const struct hb_session *session, uint32_t allocator)
{
    for (size_t i = session->job_count; i-- > 0;) {
        if (session->jobs[i].allocator == allocator)
            return session->jobs[i].block + 1;
    }
    return 0;
}

static int append(struct hb_session *session, struct hb_job *job)
{
    job->block = runs_of(session, job->allocator);
    job->index = (uint32_t)session->job_count;
    job->wall_s = (double)NAN;
    if (job->block + 1 > session->blocks)
        session->blocks = job->block + 1;
    if (hb_session_append(session, job) != 0)
        return -1;
    session->jobs_planned = (uint32_t)session->job_count;
    return 0;
}

int hb_import_job(struct hb_import_lines *lines, struct hb_session *session, struct hb_job *job,
                  struct hb_err *err)
{
    if (lines->jobs++ == HB_IMPORT_JOBS_MAX)
        return hb_import_fault(lines, err, "more than %u runs", HB_IMPORT_JOBS_MAX);
    if (runs_of(session, job->allocator) >= HB_IMPORT_RUNS_MAX)
        return hb_import_fault(lines, err, "more than %u runs of %s", HB_IMPORT_RUNS_MAX,
                               hb_quote(session->allocators[job->allocator].label).text);
    if (append(session, job) != 0)
        return hb_err_memory(err, lines->path);
    return 0;
}

/* ---- parameters ---- */

int hb_import_parameter(struct hb_session *session, const char *name, uint64_t value,
                        const char *text, const char **other)
{
    const struct hb_parameter_value *there = hb_session_find_parameter(session, name);
    if (there) {
        *other = there->text;
        return there->value == value ? 0 : -1;
    }
    struct hb_parameter_value *grown = reallocarray(
        session->parameters, session->parameter_count + 1, sizeof *session->parameters);
    if (!grown)
        return 1;
    session->parameters = grown;
    struct hb_parameter_value *parameter = &grown[session->parameter_count++];
    *parameter = (struct hb_parameter_value){.value = value};
    HB_COPY(parameter->name, name);
    HB_COPY(parameter->text, text);
    return 0;
}

/* ---- several files ---- */

static int merge_parameters(struct hb_session *to, const struct hb_session *from, const char *path,
                            struct hb_err *err)
{
    for (size_t i = 0; i < from->parameter_count; i++) {
        const struct hb_parameter_value *parameter = &from->parameters[i];
        const char *other = "";
        const int status =
            hb_import_parameter(to, parameter->name, parameter->value, parameter->text, &other);
        if (status < 0)
            return hb_err_set(err, HB_ERR_USAGE,
                              "%s: %s is %s, and %s in the files before: they are not of one "
                              "benchmark",
                              path, parameter->name, hb_quote(parameter->text).text,
                              hb_quote(other).text);
        if (status > 0)
            return hb_err_memory(err, path);
    }
    return 0;
}

static int merge_jobs(struct hb_session *to, struct hb_session *from, const char *path,
                      struct hb_err *err)
{
    for (size_t i = 0; i < from->job_count; i++) {
        struct hb_job *job = &from->jobs[i];
        const struct hb_allocator_entry *entry = &from->allocators[job->allocator];
        const int allocator = hb_import_allocator(to, entry->label, entry->via);
        if (allocator < 0 && to->allocator_count < HB_IMPORT_ALLOCATORS_MAX)
            return hb_err_memory(err, path);
        if (allocator < 0)
            return hb_err_set(err, HB_ERR_USAGE, "%s: more than %u allocators in all", path,
                              HB_IMPORT_ALLOCATORS_MAX);
        const uint32_t runs = runs_of(to, (uint32_t)allocator);
        if (runs >= HB_IMPORT_RUNS_MAX || to->job_count >= HB_IMPORT_JOBS_MAX)
            return hb_err_set(err, HB_ERR_USAGE, "%s: more than %u runs of one allocator in all",
                              path, HB_IMPORT_RUNS_MAX);
        job->allocator = (uint32_t)allocator;
        if (append(to, job) != 0)
            return hb_err_memory(err, path);
    }
    return 0;
}

static int merge_session(struct hb_imported *to, struct hb_session *from, const char *path,
                         struct hb_err *err)
{
    struct hb_session *into = NULL;
    for (size_t i = 0; to->items && i < to->count && !into; i++) {
        if (strcmp(to->items[i].workload, from->workload) == 0 &&
            strcmp(to->items[i].imported_from, from->imported_from) == 0)
            into = &to->items[i];
    }
    if (into)
        return merge_parameters(into, from, path, err) != 0 ||
                       merge_jobs(into, from, path, err) != 0
                   ? -1
                   : 0;
    into = new_session(to);
    if (!into)
        return hb_err_memory(err, path);
    *into = *from;
    *from = (struct hb_session){0};
    return 0;
}

int hb_import_merge(struct hb_imported *to, struct hb_imported *from, const char *path,
                    struct hb_err *err)
{
    int status = 0;
    for (size_t i = 0; i < from->count && status == 0; i++)
        status = merge_session(to, &from->items[i], path, err);
    hb_imported_free(from);
    return status;
}

void hb_imported_free(struct hb_imported *imported)
{
    for (size_t i = 0; i < imported->count; i++)
        hb_session_free(&imported->items[i]);
    free(imported->items);
    *imported = (struct hb_imported){0};
}
