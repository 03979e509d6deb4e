/* Results in any form: hb_session_read and hb_session_parse of session_json.h. */
#include "result/session_json.h"

#include "result/csv.h"
#include "result/file.h"
#include "result/import.h"
#include "result/journal.h"

/* What is none of the tables is refused with what would have been read. */
static int parse_table(const char *text, size_t size, const char *path, struct hb_session *session,
                       struct hb_err *err)
{
    struct hb_err own = {0};
    char forms[400];
    const char *separator = hb_import_other_separator(text, size);
    if (separator)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s:1: columns are parted by %s; expected commas, and points in numbers",
                          path, separator);
    if (hb_jobs_csv_recognise(text, size))
        return hb_jobs_from_csv_text(text, size, path, session, err);
    if (hb_epochs_from_csv_text(text, size, path, session, &own) == 0)
        return 0;
    if (hb_import_is_table(text, size) || own.kind != HB_ERR_USAGE)
        return hb_err_set(err, own.kind, "%s", own.message);
    hb_import_forms(forms, sizeof forms);
    return hb_err_set(
        err, own.kind,
        "%.500s; also read are results (.json), journals (.jsonl), a rebase's CSV, %s", own.message,
        forms);
}

int hb_session_parse(const char *text, size_t size, const char *path, struct hb_session *session,
                     struct hb_err *err)
{
    *session = (struct hb_session){0};
    if (hb_journal_recognise(text, size))
        return hb_journal_parse(text, size, path, session, NULL, err);
    const struct hb_import *import = hb_import_recognise(text, size);
    if (import)
        return hb_import_one(import, text, size, path, session, err);
    if (hb_epochs_csv_recognise(text, size))
        return parse_table(text, size, path, session, err);
    struct hb_json_source source = {.path = path, .text = text, .size = size};
    cJSON *root = hb_json_parse_source(&source, err);
    const int result = root ? hb_session_from_source(&source, session, err) : -1;
    cJSON_Delete(root);
    return result;
}

int hb_session_read(const char *path, struct hb_session *session, struct hb_err *err)
{
    struct hb_buf text = {0};
    *session = (struct hb_session){0};
    int result = hb_file_read_text(path, HB_RESULT_BYTES_MAX, &text, err);
    if (result == 0)
        result = hb_session_parse(hb_buf_string(&text), text.size, path, session, err);
    hb_buf_free(&text);
    return result;
}
