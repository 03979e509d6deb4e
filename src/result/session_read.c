/* A session from JSON: see session_json.h. Strict about what it knows, blind to what it does not:
 * keys of later versions are passed over. */
#include "base/quote.h"
#include "result/epochcsv.h"
#include "result/file.h"
#include "result/import.h"
#include "result/jobcsv.h"
#include "result/journal.h"
#include "result/session_fields.h"
#include "result/session_json.h"

#include <stdlib.h>
#include <string.h>

static int check_schema(const struct hb_json_source *source, struct hb_err *err)
{
    if (hb_json_expect_object(source, source->root, err) != 0)
        return -1;
    const cJSON *schema = hb_json_require(source, source->root, "schema", err);
    if (!schema)
        return -1;
    if (!cJSON_IsString(schema))
        return hb_json_fault(source, schema, HB_JSON_AT_VALUE, err,
                             "expected \"" HB_RESULT_SCHEMA "\", found %s", hb_json_kind(schema));
    if (strcmp(schema->valuestring, HB_RESULT_SCHEMA) == 0)
        return 0;
    return hb_json_fault(source, schema, HB_JSON_AT_VALUE, err,
                         "the file is %s, but this hakbench reads \"" HB_RESULT_SCHEMA "\"",
                         hb_quote(schema->valuestring).text);
}

int hb_allocator_from_json(const struct hb_json_source *source, const cJSON *node,
                           struct hb_allocator_entry *entry, struct hb_err *err)
{
    *entry = (struct hb_allocator_entry){0};
    return hb_json_read_fields(source, node, hb_json_allocator_fields,
                               HB_TABLE_COUNT(hb_json_allocator_fields), entry, err);
}

static size_t count_children(const cJSON *node)
{
    size_t count = 0;
    for (const cJSON *child = node->child; child; child = child->next)
        count++;
    return count;
}

static int read_allocator(const struct hb_json_source *source, const cJSON *node,
                          struct hb_session *session, struct hb_err *err)
{
    struct hb_allocator_entry entry;
    if (hb_allocator_from_json(source, node, &entry, err) != 0)
        return -1;
    if (hb_session_find(session, entry.label) >= 0)
        return hb_json_fault(source, hb_json_member(node, "label"), HB_JSON_AT_VALUE, err,
                             "the label %s is there twice", hb_quote(entry.label).text);
    session->allocators[session->allocator_count++] = entry;
    return 0;
}

static int read_allocators(const struct hb_json_source *source, struct hb_session *session,
                           struct hb_err *err)
{
    const cJSON *array = hb_json_require(source, source->root, "allocators", err);
    if (!array || hb_json_expect_array(source, array, err) != 0)
        return -1;
    session->allocators = calloc(count_children(array) + 1, sizeof *session->allocators);
    if (!session->allocators)
        return hb_err_memory(err, source->path);
    for (const cJSON *node = array->child; node; node = node->next) {
        if (read_allocator(source, node, session, err) != 0)
            return -1;
    }
    return 0;
}

static int read_parameter(const struct hb_json_source *source, const cJSON *node,
                          struct hb_parameter_value *parameter, struct hb_err *err)
{
    if (hb_json_expect_object(source, node, err) != 0 ||
        hb_json_require_u64(source, node, "value", UINT64_MAX, &parameter->value, err) != 0)
        return -1;
    const size_t length = strlen(node->string);
    if (length >= sizeof parameter->name)
        return hb_json_fault(source, node, HB_JSON_AT_KEY, err, "the name is longer than %zu bytes",
                             sizeof parameter->name - 1);
    memcpy(parameter->name, node->string, length + 1);
    const cJSON *text = hb_json_require(source, node, "text", err);
    return text ? hb_json_get_text(source, text, parameter->text, sizeof parameter->text, err) : -1;
}

static int read_parameters(const struct hb_json_source *source, struct hb_session *session,
                           struct hb_err *err)
{
    const cJSON *object = hb_json_require(source, source->root, "parameters", err);
    if (!object || hb_json_expect_object(source, object, err) != 0)
        return -1;
    session->parameters = calloc(count_children(object) + 1, sizeof *session->parameters);
    if (!session->parameters)
        return hb_err_memory(err, source->path);
    for (const cJSON *node = object->child; node; node = node->next) {
        if (read_parameter(source, node, &session->parameters[session->parameter_count++], err))
            return -1;
    }
    return 0;
}

static int read_profile(const struct hb_json_source *source, struct hb_session *session,
                        struct hb_err *err)
{
    const cJSON *name = hb_json_require(source, source->root, "profile_name", err);
    if (!name || hb_json_get_text(source, name, session->profile_name, sizeof session->profile_name,
                                  err) != 0)
        return -1;
    const cJSON *profile = hb_json_require(source, source->root, "profile", err);
    if (!profile)
        return -1;
    if (cJSON_IsNull(profile))
        return 0;
    session->profile = calloc(1, sizeof *session->profile);
    if (!session->profile)
        return hb_err_memory(err, source->path);
    return hb_profile_from_json(source, profile, session->profile, err);
}

int hb_host_from_json(const struct hb_json_source *source, const cJSON *node,
                      struct hb_host_info *host, struct hb_err *err)
{
    int status = hb_json_read_fields(source, node, hb_json_host_fields,
                                     HB_TABLE_COUNT(hb_json_host_fields), host, err);
    for (size_t i = 0; status == 0 && i < HB_TABLE_COUNT(hb_json_host_later_fields); i++) {
        if (hb_json_member(node, hb_json_host_later_fields[i].key))
            status = hb_json_read_fields(source, node, &hb_json_host_later_fields[i], 1, host, err);
    }
    return status;
}

static int read_host(const struct hb_json_source *source, struct hb_session *session,
                     struct hb_err *err)
{
    const cJSON *host = hb_json_require(source, source->root, "host", err);
    if (!host)
        return -1;
    return hb_host_from_json(source, host, &session->host, err);
}

static int read_soak(const struct hb_json_source *source, struct hb_session *session,
                     struct hb_err *err)
{
    if (session->kind != HB_KIND_SOAK)
        return 0;
    const cJSON *soak = hb_json_require(source, source->root, "soak", err);
    return soak ? hb_soak_from_json(source, soak, &session->soak, err) : -1;
}

static int check_control(const struct hb_json_source *source, const struct hb_session *session,
                         struct hb_err *err)
{
    const char *control = session->soak.control;
    if (!control[0] || hb_session_find(session, control) >= 0)
        return 0;
    const cJSON *soak = hb_json_member(source->root, "soak");
    return hb_json_fault(source, hb_json_member(soak, "control"), HB_JSON_AT_VALUE, err,
                         "%s is no label of \"allocators\"", hb_quote(control).text);
}

static int read_header(const struct hb_json_source *source, struct hb_session *session,
                       struct hb_err *err)
{
    if (check_schema(source, err) != 0 ||
        hb_json_read_fields(source, source->root, hb_json_session_fields,
                            HB_TABLE_COUNT(hb_json_session_fields), session, err) != 0 ||
        read_parameters(source, session, err) != 0 || read_profile(source, session, err) != 0 ||
        read_host(source, session, err) != 0 || read_soak(source, session, err) != 0 ||
        read_allocators(source, session, err) != 0)
        return -1;
    return check_control(source, session, err);
}

int hb_session_header_from_source(const struct hb_json_source *source, struct hb_session *session,
                                  struct hb_err *err)
{
    *session = (struct hb_session){0};
    if (read_header(source, session, err) == 0)
        return 0;
    hb_session_free(session);
    return -1;
}

/* Jobs are in the order they ran; one that is there twice would count twice. */
static int check_order(const struct hb_json_source *source, const cJSON *node,
                       const struct hb_session *session, const struct hb_job *job,
                       struct hb_err *err)
{
    if (session->job_count == 0 || session->jobs[session->job_count - 1].index < job->index)
        return 0;
    const cJSON *index = hb_json_member(node, "index");
    return hb_json_fault(source, index ? index : node, HB_JSON_AT_VALUE, err,
                         "expected more than the %u of the job before, found %u",
                         session->jobs[session->job_count - 1].index, job->index);
}

int hb_session_read_job(const struct hb_json_source *source, const cJSON *node,
                        struct hb_session *session, struct hb_err *err)
{
    struct hb_job job;
    if (hb_job_from_json(source, node, session, &job, err) != 0)
        return -1;
    int result = check_order(source, node, session, &job, err);
    if (result == 0 && hb_session_append(session, &job) != 0)
        result = hb_err_memory(err, source->path);
    if (result != 0)
        hb_job_free(&job);
    return result;
}

/* Jobs or epochs, each by its own reader. */
static int read_each(const struct hb_json_source *source, const char *key,
                     struct hb_session *session,
                     int (*read)(const struct hb_json_source *, const cJSON *, struct hb_session *,
                                 struct hb_err *),
                     struct hb_err *err)
{
    const cJSON *array = hb_json_require(source, source->root, key, err);
    if (!array || hb_json_expect_array(source, array, err) != 0)
        return -1;
    for (const cJSON *node = array->child; node; node = node->next) {
        if (read(source, node, session, err) != 0)
            return -1;
    }
    return 0;
}

static int read_samples(const struct hb_json_source *source, struct hb_session *session,
                        struct hb_err *err)
{
    if (read_each(source, "jobs", session, hb_session_read_job, err) != 0)
        return -1;
    return session->kind == HB_KIND_SOAK
               ? read_each(source, "epochs", session, hb_session_read_epoch, err)
               : 0;
}

int hb_session_from_source(const struct hb_json_source *source, struct hb_session *session,
                           struct hb_err *err)
{
    if (hb_session_header_from_source(source, session, err) != 0)
        return -1;
    if (read_samples(source, session, err) == 0)
        return 0;
    hb_session_free(session);
    return -1;
}

/* What is none of the tables is told what would have been read. */
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
