/* Libraries with a name for good: see libraries.h. */
#include "session/libraries.h"

#include "base/copy.h"
#include "base/json/json_fields.h"
#include "base/log.h"
#include "result/file.h"
#include "session/results_folder.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA    "hakbench.allocators/1"
#define BYTES_MAX ((size_t)1 << 20)

/* False: there is no home. */
static bool find_path(char path[HB_PATH_MAX])
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    path[0] = '\0';
    if (config && config[0] == '/')
        return hb_copy_path(path, NULL, "%s/hakbench/allocators.json", config) == 0;
    return home && home[0] == '/' &&
           hb_copy_path(path, NULL, "%s/.config/hakbench/allocators.json", home) == 0;
}

static int by_name(const void *a, const void *b)
{
    const struct hb_library *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static int read_library(const struct hb_json_source *source, const cJSON *node,
                        struct hb_libraries *known, struct hb_err *err)
{
    struct hb_library *item = &known->items[known->count];
    if (known->count == HB_LIBRARIES_MAX)
        return hb_json_fault(source, node, HB_JSON_AT_KEY, err, "more than %u allocators",
                             HB_LIBRARIES_MAX);
    if (!node->string[0] || strlen(node->string) >= sizeof item->name)
        return hb_json_fault(source, node, HB_JSON_AT_KEY, err, "expected a name of 1 to %zu bytes",
                             sizeof item->name - 1);
    HB_COPY(item->name, node->string);
    known->count++;
    return hb_json_get_text(source, node, item->library, sizeof item->library, err);
}

static int read_tree(const struct hb_json_source *source, const cJSON *root,
                     struct hb_libraries *known, struct hb_err *err)
{
    const cJSON *schema = hb_json_member(root, "schema"), *node;
    if (hb_json_expect_object(source, root, err) != 0)
        return -1;
    if (!cJSON_IsString(schema) || strcmp(schema->valuestring, SCHEMA) != 0)
        return hb_json_fault(source, schema ? schema : root, HB_JSON_AT_VALUE, err,
                             "expected \"schema\": \"" SCHEMA "\"");
    const cJSON *allocators = hb_json_require(source, root, "allocators", err);
    if (!allocators || hb_json_expect_object(source, allocators, err) != 0)
        return -1;
    cJSON_ArrayForEach(node, allocators)
    {
        if (read_library(source, node, known, err) != 0)
            return -1;
    }
    return 0;
}

int hb_libraries_read(struct hb_libraries *known, struct hb_err *err)
{
    struct hb_buf text = {0};
    *known = (struct hb_libraries){.count = 0};
    if (!find_path(known->path) || access(known->path, F_OK) != 0)
        return 0;
    int status = hb_file_expect_regular(known->path, err);
    if (status == 0)
        status = hb_file_read(known->path, BYTES_MAX, &text, err);
    if (status == 0) {
        struct hb_json_source source = {
            .path = known->path, .text = hb_buf_string(&text), .size = text.size};
        cJSON *root = hb_json_parse_source(&source, err);
        status = root ? read_tree(&source, root, known, err) : -1;
        cJSON_Delete(root);
    }
    hb_buf_free(&text);
    qsort(known->items, known->count, sizeof known->items[0], by_name);
    return status;
}

int hb_libraries_write(const struct hb_libraries *known, struct hb_err *err)
{
    struct hb_json_writer writer = {0};
    struct hb_buf json = {0};
    char folder[HB_PATH_MAX];
    if (!known->path[0])
        return hb_err_set(err, HB_ERR_USAGE,
                          "neither XDG_CONFIG_HOME nor HOME is set: there is no "
                          "place to keep names in");
    HB_COPY(folder, known->path);
    cJSON *root = cJSON_CreateObject();
    hb_json_put_text(&writer, root, "schema", SCHEMA);
    cJSON *allocators = hb_json_put_object(&writer, root, "allocators");
    for (size_t i = 0; i < known->count; i++)
        hb_json_put_text(&writer, allocators, known->items[i].name, known->items[i].library);
    int status = hb_json_finish(root, writer.failed, &json, err);
    if (status == 0)
        status = hb_output_folder_other(dirname(folder), err);
    if (status == 0)
        status = hb_file_write_atomic(known->path, json.bytes, json.size, err);
    hb_buf_free(&json);
    return status;
}

void hb_libraries_read_or_say(struct hb_libraries *known)
{
    static bool is_said;
    struct hb_err problem = {0};
    if (hb_libraries_read(known, &problem) == 0)
        return;
    if (!is_said)
        hb_say("%s; its names are not known", problem.message);
    is_said = true;
    known->count = 0;
}

struct hb_library *hb_libraries_find(struct hb_libraries *known, const char *name)
{
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->items[i].name, name) == 0)
            return &known->items[i];
    }
    return NULL;
}

int hb_library_resolve(const struct hb_library *library, struct hb_external *external,
                       struct hb_err *err)
{
    char text[sizeof library->name + sizeof library->library + 1];
    (void)snprintf(text, sizeof text, "%s=%s", library->name, library->library);
    return hb_setup_external(text, external, err);
}

/* label: "mine" or "mine:variant". */
static bool is_of(const char *label, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(label, name, length) == 0 && (!label[length] || label[length] == ':');
}

static bool is_named(const struct hb_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->allocator_count; i++) {
        if (is_of(profile->allocators[i], name))
            return true;
    }
    return is_of(profile->reference, name) || is_of(profile->soak.control, name);
}

static bool is_defined(const struct hb_external *externals, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(externals[i].name, name) == 0)
            return true;
    }
    return false;
}

static int add(const struct hb_libraries *known, const struct hb_profile *profile,
               struct hb_external *externals, size_t *count, size_t most, struct hb_err *err)
{
    for (size_t i = 0; i < known->count; i++) {
        const struct hb_library *item = &known->items[i];
        struct hb_err own = {0};
        if (!is_named(profile, item->name) || is_defined(externals, *count, item->name))
            continue;
        if (*count == most)
            return hb_err_set(err, HB_ERR_USAGE, "more than %zu libraries", most);
        if (hb_library_resolve(item, &externals[*count], &own) != 0)
            return hb_err_set(err, own.kind, "%s: %s", known->path, own.message);
        externals[(*count)++].is_known = true;
    }
    return 0;
}

int hb_libraries_add(const struct hb_profile *profile, struct hb_external *externals, size_t *count,
                     size_t most, struct hb_err *err)
{
    struct hb_libraries *known = calloc(1, sizeof *known);
    if (!known)
        return hb_err_memory(err, NULL);
    hb_libraries_read_or_say(known);
    const int status = add(known, profile, externals, count, most, err);
    free(known);
    return status;
}
