/* Results of other tools as sessions: see import.h. The readers: import_*.c. */
#include "result/import.h"

#include "base/buf.h"
#include "base/quote.h"
#include "result/file.h"
#include "result/import_parts.h"
#include "result/session_json.h"

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
