/* Promises and what allocators answered, as JSON and back: see session_json.h, promise_list.h and
 * hakbench-result(5), "CHECK". */
#include "result/promise_list.h"
#include "result/session_json.h"

#include "base/quote.h"
#include "result/file.h"

#include <stdlib.h>
#include <string.h>

#define PROMISES_SCHEMA    "hakbench.promises/1"
#define PROMISES_BYTES_MAX ((size_t)1 << 20)

#define PROMISE(kind, field) HB_FIELD(kind, struct hb_promise, field)
static const struct hb_json_field promise_fields[] = {
    PROMISE(TEXT, name),
    HB_FIELD_NAMED(struct hb_promise, group, hb_promise_group_names, HB_PROMISE_GROUPS),
    PROMISE(TEXT, promise),
    PROMISE(TEXT, means),
    PROMISE(DOUBLE, limit_s),
    PROMISE(U32, runs),
    PROMISE(TEXT_OR_NULL, runs_reason),
};

#define ANSWER(kind, field) HB_FIELD(kind, struct hb_answer, field)
static const struct hb_json_field answer_fields[] = {
    HB_FIELD_NAMED(struct hb_answer, verdict, hb_answer_names, HB_ANSWER_VERDICTS),
    ANSWER(U32, runs),
    ANSWER(DOUBLE, wall_s),
    ANSWER(TEXT_OR_NULL, reason),
};

/* ---- promises ---- */

cJSON *hb_promises_to_json(const struct hb_session *session)
{
    struct hb_json_writer writer = {0};
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < session->promise_count; i++)
        hb_json_put_fields(&writer, hb_json_put_object_at_end(&writer, array), promise_fields,
                           HB_TABLE_COUNT(promise_fields), &session->promises[i]);
    return hb_json_built(&writer, array);
}

int hb_promises_find(const struct hb_session *session, const char *name)
{
    for (size_t i = 0; i < session->promise_count; i++) {
        if (strcmp(session->promises[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

static int read_promise(const struct hb_json_source *source, const cJSON *node,
                        struct hb_session *session, struct hb_err *err)
{
    struct hb_promise promise = {.limit_s = 0};
    if (hb_json_read_fields(source, node, promise_fields, HB_TABLE_COUNT(promise_fields), &promise,
                            err) != 0)
        return -1;
    if (hb_promises_find(session, promise.name) >= 0)
        return hb_json_fault(source, hb_json_member(node, "name"), HB_JSON_AT_VALUE, err,
                             "the promise %s is there twice", hb_quote(promise.name).text);
    session->promises[session->promise_count++] = promise;
    return 0;
}

int hb_promises_from_json(const struct hb_json_source *source, struct hb_session *session,
                          struct hb_err *err)
{
    const cJSON *array = hb_json_require(source, source->root, "promises", err);
    if (!array || hb_json_expect_array(source, array, err) != 0)
        return -1;
    session->promises = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof *session->promises);
    if (!session->promises)
        return hb_err_memory(err, source->path);
    for (const cJSON *node = array->child; node; node = node->next) {
        if (read_promise(source, node, session, err) != 0)
            return -1;
    }
    return 0;
}

static int compare_promises(const void *a, const void *b)
{
    const struct hb_promise *left = a, *right = b;
    return left->group != right->group ? (int)left->group - (int)right->group
                                       : strcmp(left->name, right->name);
}

static int read_list(const struct hb_json_source *source, struct hb_session *session,
                     struct hb_err *err)
{
    const cJSON *schema = hb_json_require(source, source->root, "schema", err);
    if (!schema)
        return -1;
    if (!cJSON_IsString(schema) || strcmp(schema->valuestring, PROMISES_SCHEMA) != 0)
        return hb_json_fault(source, schema, HB_JSON_AT_VALUE, err,
                             "expected \"" PROMISES_SCHEMA "\"");
    return hb_promises_from_json(source, session, err);
}

int hb_promises_read(const char *folder, struct hb_session *session, struct hb_err *err)
{
    char path[HB_PATH_MAX];
    struct hb_buf text = {0};
    if (hb_copy_path(path, err, "%s/promises.json", folder) != 0)
        return -1;
    int status = hb_file_read_text(path, PROMISES_BYTES_MAX, &text, err);
    if (status == 0) {
        struct hb_json_source source = {
            .path = path, .text = hb_buf_string(&text), .size = text.size};
        cJSON *root = hb_json_parse_source(&source, err);
        status = root ? read_list(&source, session, err) : -1;
        cJSON_Delete(root);
    }
    hb_buf_free(&text);
    if (status == 0)
        qsort(session->promises, session->promise_count, sizeof *session->promises,
              compare_promises);
    return status;
}

/* ---- answers: of those that were asked, one each ---- */

cJSON *hb_answers_to_json(const struct hb_session *session)
{
    struct hb_json_writer writer = {0};
    cJSON *array = cJSON_CreateArray();
    for (size_t p = 0; p < session->promise_count; p++) {
        for (size_t a = 0; a < session->allocator_count; a++) {
            const struct hb_answer *answer = hb_session_answer(session, p, a);
            if (answer->verdict == HB_ANSWER_NONE)
                continue;
            cJSON *object = hb_json_put_object_at_end(&writer, array);
            hb_json_put_text(&writer, object, "promise", session->promises[p].name);
            hb_json_put_text(&writer, object, "allocator", session->allocators[a].label);
            hb_json_put_fields(&writer, object, answer_fields, HB_TABLE_COUNT(answer_fields),
                               answer);
        }
    }
    return hb_json_built(&writer, array);
}

int hb_answers_make(struct hb_session *session, struct hb_err *err)
{
    session->answers =
        calloc(session->promise_count * session->allocator_count + 1, sizeof *session->answers);
    return session->answers ? 0 : hb_err_memory(err, NULL);
}

int hb_session_read_answer(const struct hb_json_source *source, const cJSON *node,
                           struct hb_session *session, struct hb_err *err)
{
    char name[HB_NAME_MAX];
    uint32_t allocator;
    if (hb_json_expect_object(source, node, err) != 0 ||
        hb_sample_read_label(source, node, session, &allocator, err) != 0)
        return -1;
    const cJSON *of = hb_json_require(source, node, "promise", err);
    if (!of || hb_json_get_text(source, of, name, sizeof name, err) != 0)
        return -1;
    const int promise = hb_promises_find(session, name);
    if (promise < 0)
        return hb_json_fault(source, of, HB_JSON_AT_VALUE, err, "%s is no name of \"promises\"",
                             hb_quote(name).text);
    struct hb_answer *answer = hb_session_answer(session, (size_t)promise, allocator);
    if (answer->verdict != HB_ANSWER_NONE)
        return hb_json_fault(source, of, HB_JSON_AT_VALUE, err,
                             "the answer of this allocator to %s is there twice",
                             hb_quote(name).text);
    return hb_json_read_fields(source, node, answer_fields, HB_TABLE_COUNT(answer_fields), answer,
                               err);
}
