/* A profile from JSON and to it: hb_profile_parse and hb_profile_to_json of profile.h. One table of
 * keys for both, read in its order, so that what comes later may look at what came before; unknown
 * keys are errors. What is written has every default filled in and reads back as the same profile.
 * Read next: profile_lists.c, hakbench-profile(5). */
#include "base/quote.h"
#include "base/unit.h"
#include "result/profile_parts.h"

#include <math.h>
#include <string.h>

#define KEYS_MAX    32
#define MINUTES_MAX (60.0 * 24 * 30)
#define EPOCH_S_MIN 0.01
#define EPOCH_S_MAX 3600.0
#define WARMUP_MAX  100000

unsigned long hb_profile_key_line(const struct hb_profile_reader *r, const cJSON *node)
{
    return r->as_used ? 0 : hb_json_line(&r->source, node, HB_JSON_AT_KEY);
}

static int unknown_key(const struct hb_profile_reader *r, const cJSON *node,
                       const char *const *known, size_t count)
{
    char near[HB_NAME_MAX + 32];
    struct hb_buf list = {0};
    for (size_t i = 0; i < count; i++)
        (void)hb_buf_printf(&list, "%s%s", i ? ", " : "", known[i]);
    (void)HB_PROFILE_FAULT(
        r, node, KEY, "unknown key %s%s; expected one of %s", hb_quote(node->string).text,
        hb_suggest_text(node->string, known, count, near, sizeof near), hb_buf_string(&list));
    hb_buf_free(&list);
    return -1;
}

static bool is_known(const char *key, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(known[i], key) == 0)
            return true;
    }
    return false;
}

int hb_profile_check_keys(const struct hb_profile_reader *r, const cJSON *object,
                          const char *const *known, size_t count)
{
    for (const cJSON *node = object->child; node && !r->as_used; node = node->next) {
        if (!is_known(node->string, known, count))
            return unknown_key(r, node, known, count);
    }
    return 0;
}

/* ---- values with rules of their own ---- */

static int read_schema(struct hb_profile_reader *r, const cJSON *node)
{
    if (cJSON_IsString(node) && strcmp(node->valuestring, HB_PROFILE_SCHEMA) == 0)
        return 0;
    return HB_PROFILE_FAULT(r, node, VALUE, "expected \"" HB_PROFILE_SCHEMA "\", found %s",
                            cJSON_IsString(node) ? hb_quote(node->valuestring).text
                                                 : hb_json_kind(node));
}

static int read_summary(struct hb_profile_reader *r, const cJSON *node)
{
    char *summary = r->profile->summary;
    if (hb_json_get_text(&r->source, node, summary, sizeof r->profile->summary, r->err) != 0)
        return -1;
    for (const char *at = summary; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return HB_PROFILE_FAULT(r, node, VALUE, "expected one line without control characters");
    }
    return 0;
}

static int read_workload(struct hb_profile_reader *r, const cJSON *node)
{
    r->profile->workload_line = hb_profile_key_line(r, node);
    if (hb_json_get_text(&r->source, node, r->profile->workload, sizeof r->profile->workload,
                         r->err) != 0)
        return -1;
    if (hb_profile_is_word(r->profile->workload) || (r->as_used && !r->profile->workload[0]))
        return 0;
    return HB_PROFILE_FAULT(r, node, VALUE,
                            "expected the name of a workload (\"random_mixed\"), found %s",
                            hb_quote(r->profile->workload).text);
}

static int read_label_or_null(struct hb_profile_reader *r, const cJSON *node, char *label)
{
    label[0] = '\0';
    return cJSON_IsNull(node) ? 0 : hb_profile_read_label(r, node, label);
}

/* The floor is a soak's control as well, unless "soak", which is read later, names another. */
static int read_floor(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile *profile = r->profile;
    if (read_label_or_null(r, node, profile->floor) != 0)
        return -1;
    return hb_profile_copy(profile->soak.control, sizeof profile->soak.control, profile->floor);
}

static int read_via(struct hb_profile_reader *r, const cJSON *node)
{
    static const char *const names[] = {"dlopen", "preload"};
    unsigned via = 0;
    if (hb_json_get_name(&r->source, node, names, HB_TABLE_COUNT(names), &via, r->err) != 0)
        return -1;
    HB_COPY(r->profile->via, names[via]);
    return 0;
}

/* Seconds, or "500ms". */
static int read_epoch(struct hb_profile_reader *r, const cJSON *node)
{
    double *epoch_s = &r->profile->soak.epoch_s;
    struct hb_err problem = {0};
    uint64_t ns = 0;
    if (!cJSON_IsString(node))
        return hb_json_get_double(&r->source, node, EPOCH_S_MIN, EPOCH_S_MAX, epoch_s, r->err);
    if (hb_unit_parse_duration(node->valuestring, &ns, &problem) != 0)
        return HB_PROFILE_FAULT(r, node, VALUE, "%s", problem.message);
    *epoch_s = (double)ns / 1e9;
    if (*epoch_s < EPOCH_S_MIN || *epoch_s > EPOCH_S_MAX)
        return HB_PROFILE_FAULT(r, node, VALUE, "expected 10ms to 3600s");
    return 0;
}

/* Bytes, or "4GiB". */
static int read_memory_limit(struct hb_profile_reader *r, const cJSON *node)
{
    uint64_t *bytes = &r->profile->memory_limit_bytes;
    struct hb_err problem = {0};
    if (!cJSON_IsString(node))
        return hb_json_get_u64(&r->source, node, 1, UINT64_MAX, bytes, r->err);
    if (hb_unit_parse_bytes(node->valuestring, bytes, &problem) != 0)
        return HB_PROFILE_FAULT(r, node, VALUE, "%s", problem.message);
    return *bytes ? 0 : HB_PROFILE_FAULT(r, node, VALUE, "expected a size such as \"4GiB\"");
}

/* 0 is that there are no more than `runs`. */
static int read_max_runs(struct hb_profile_reader *r, const cJSON *node)
{
    uint64_t runs;
    if (hb_json_get_u64(&r->source, node, HB_PROFILE_RUNS_MIN, HB_PROFILE_RUNS_MAX, &runs,
                        r->err) != 0)
        return -1;
    r->profile->max_runs = (uint32_t)runs;
    return 0;
}

static int read_soak_budgets(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile_soak *soak = &r->profile->soak;
    hb_profile_budgets_free(soak->budgets, soak->budget_count);
    soak->budgets = NULL;
    soak->budget_count = 0;
    return hb_profile_read_soak_budgets(r, node, &soak->budgets, &soak->budget_count);
}

/* ---- lists to JSON ---- */

static void put_settings(struct hb_json_writer *writer, cJSON *object, const char *key,
                         const struct hb_profile_setting *settings, size_t count)
{
    cJSON *members = hb_json_put_object(writer, object, key);
    for (size_t i = 0; i < count; i++)
        hb_json_put_text(writer, members, settings[i].name, settings[i].text);
}

static void put_labels(struct hb_json_writer *writer, cJSON *object,
                       const char (*labels)[HB_NAME_MAX], size_t count)
{
    cJSON *array = hb_json_put_array(writer, object, "allocators");
    for (size_t i = 0; i < count; i++)
        hb_json_put_at_end(writer, array, cJSON_CreateString(labels[i]));
}

static void put_milestones(struct hb_json_writer *writer, cJSON *object,
                           const struct hb_profile *profile)
{
    hb_json_put_numbers(writer, object, "milestones_percent", profile->milestones_percent,
                        profile->milestone_count);
}

static void put_variants(struct hb_json_writer *writer, cJSON *object,
                         const struct hb_profile *profile)
{
    cJSON *variants = hb_json_put_object(writer, object, "variants");
    for (size_t i = 0; i < profile->variant_count; i++)
        put_settings(writer, variants, profile->variants[i].label, profile->variants[i].environment,
                     profile->variants[i].environment_count);
}

static void put_budget(struct hb_json_writer *writer, cJSON *budgets,
                       const struct hb_profile_budget *budget)
{
    cJSON *object = hb_json_put_object(writer, budgets, budget->key);
    if (!isnan(budget->min))
        hb_json_put_number(writer, object, "min", budget->min);
    if (!isnan(budget->max))
        hb_json_put_number(writer, object, "max", budget->max);
    if (budget->allocator_count > 0)
        put_labels(writer, object, (const char(*)[HB_NAME_MAX])budget->allocators,
                   budget->allocator_count);
}

static void put_budgets(struct hb_json_writer *writer, cJSON *object,
                        const struct hb_profile_budget *budgets, size_t count)
{
    cJSON *members = hb_json_put_object(writer, object, "budgets");
    for (size_t i = 0; i < count; i++)
        put_budget(writer, members, &budgets[i]);
}

static void put_schema(struct hb_json_writer *writer, cJSON *root, const struct hb_profile *profile)
{
    (void)profile;
    hb_json_put_text(writer, root, "schema", HB_PROFILE_SCHEMA);
}

static void put_parameters(struct hb_json_writer *writer, cJSON *root,
                           const struct hb_profile *profile)
{
    put_settings(writer, root, "parameters", profile->parameters, profile->parameter_count);
}

static void put_environment(struct hb_json_writer *writer, cJSON *root,
                            const struct hb_profile *profile)
{
    put_settings(writer, root, "environment", profile->environment, profile->environment_count);
}

static void put_allocators(struct hb_json_writer *writer, cJSON *root,
                           const struct hb_profile *profile)
{
    put_labels(writer, root, (const char(*)[HB_NAME_MAX])profile->allocators,
               profile->allocator_count);
}

static void put_memory_limit(struct hb_json_writer *writer, cJSON *root,
                             const struct hb_profile *profile)
{
    if (profile->memory_limit_bytes)
        hb_json_put_u64(writer, root, "memory_limit_bytes", profile->memory_limit_bytes);
}

static void put_max_runs(struct hb_json_writer *writer, cJSON *root,
                         const struct hb_profile *profile)
{
    if (profile->max_runs)
        hb_json_put_u64(writer, root, "max_runs", profile->max_runs);
}

static void put_own_budgets(struct hb_json_writer *writer, cJSON *root,
                            const struct hb_profile *profile)
{
    put_budgets(writer, root, profile->budgets, profile->budget_count);
}

static void put_soak_budgets(struct hb_json_writer *writer, cJSON *soak,
                             const struct hb_profile *profile)
{
    put_budgets(writer, soak, profile->soak.budgets, profile->soak.budget_count);
}

/* ---- tables of keys ---- */

struct key {
    struct hb_json_field field; /* key, and what it is where no function says so: a number from low
                                   to high, true or false, or a label */
    double low, high;
    int (*read)(struct hb_profile_reader *, const cJSON *);
    void (*put)(struct hb_json_writer *, cJSON *, const struct hb_profile *);
    bool required;
};

#define FIELD(kind, name, key) .field = HB_FIELD_AS(kind, struct hb_profile, name, key)
#define LIST(name, read_, put_)                                                                    \
    {                                                                                              \
        .field = {.key = (name)}, .read = (read_), .put = (put_)                                   \
    }

static int read_whole(struct hb_profile_reader *r, const cJSON *node, const struct key *key,
                      uint32_t *value)
{
    uint64_t wide = 0;
    if (!cJSON_IsNumber(node))
        return HB_PROFILE_FAULT(r, node, VALUE, "expected a whole number, found %s",
                                hb_json_kind(node));
    if (hb_json_get_u64(&r->source, node, (uint64_t)key->low, (uint64_t)key->high, &wide, r->err) !=
        0)
        return -1;
    *value = (uint32_t)wide;
    return 0;
}

static int read_value(struct hb_profile_reader *r, const cJSON *node, const struct key *key)
{
    void *at = (char *)r->profile + key->field.offset;
    if (key->read)
        return key->read(r, node);
    switch (key->field.kind) {
    case HB_FIELD_U32:
        return read_whole(r, node, key, at);
    case HB_FIELD_DOUBLE:
        return hb_json_get_double(&r->source, node, key->low, key->high, at, r->err);
    case HB_FIELD_BOOL:
        return hb_json_get_bool(&r->source, node, at, r->err);
    case HB_FIELD_TEXT_OR_NULL:
        return read_label_or_null(r, node, at);
    default:
        return hb_profile_read_label(r, node, at);
    }
}

static int read_keys(struct hb_profile_reader *r, const cJSON *object, const struct key *keys,
                     size_t count)
{
    const char *known[KEYS_MAX];
    for (size_t i = 0; i < count; i++)
        known[i] = keys[i].field.key;
    if (hb_json_expect_object(&r->source, object, r->err) != 0 ||
        hb_profile_check_keys(r, object, known, count) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const bool required = keys[i].required && !r->as_used;
        const cJSON *node = required ? hb_json_require(&r->source, object, known[i], r->err)
                                     : hb_json_member(object, known[i]);
        if (node ? read_value(r, node, &keys[i]) != 0 : required)
            return -1;
    }
    return 0;
}

static void put_keys(struct hb_json_writer *writer, cJSON *object, const struct key *keys,
                     size_t count, const struct hb_profile *profile)
{
    for (size_t i = 0; i < count; i++) {
        if (keys[i].put)
            keys[i].put(writer, object, profile);
        else
            hb_json_put_fields(writer, object, &keys[i].field, 1, profile);
    }
}

static const struct key soak_keys[] = {
    {FIELD(DOUBLE, soak.minutes, "minutes"), .low = 0.01, .high = MINUTES_MAX},
    {FIELD(DOUBLE, soak.epoch_s, "epoch_s"), .read = read_epoch},
    {FIELD(U32, soak.warmup_epochs, "warmup_epochs"), .high = WARMUP_MAX},
    {FIELD(TEXT_OR_NULL, soak.control, "control")},
    LIST("budgets", read_soak_budgets, put_soak_budgets),
};

static int read_soak(struct hb_profile_reader *r, const cJSON *node)
{
    return read_keys(r, node, soak_keys, HB_TABLE_COUNT(soak_keys));
}

static void put_soak(struct hb_json_writer *writer, cJSON *root, const struct hb_profile *profile)
{
    if (!profile->is_without_soak)
        put_keys(writer, hb_json_put_object(writer, root, "soak"), soak_keys,
                 HB_TABLE_COUNT(soak_keys), profile);
}

static const struct key root_keys[] = {
    {.field = {.key = "schema"}, .read = read_schema, .put = put_schema, .required = true},
    {FIELD(TEXT, summary, "summary"), .read = read_summary},
    {FIELD(TEXT, workload, "workload"), .read = read_workload, .required = true},
    LIST("parameters", hb_profile_read_parameters, put_parameters),
    LIST("allocators", hb_profile_read_allocators, put_allocators),
    {FIELD(TEXT, reference, "reference")},
    {FIELD(TEXT_OR_NULL, floor, "floor"), .read = read_floor},
    {FIELD(TEXT, via, "via"), .read = read_via},
    {FIELD(U32, runs, "runs"), .low = HB_PROFILE_RUNS_MIN, .high = HB_PROFILE_RUNS_MAX},
    {FIELD(U32, slices, "slices"), .low = HB_PROFILE_SLICES_MIN, .high = HB_PROFILE_SLICES_MAX},
    {FIELD(BOOL, aslr, "aslr")},
    {FIELD(U32, watchdog_s, "watchdog_s"), .low = 1, .high = 86400},
    LIST("memory_limit_bytes", read_memory_limit, put_memory_limit),
    LIST("milestones_percent", hb_profile_read_milestones, put_milestones),
    {FIELD(DOUBLE, noise_floor_limit_percent, "noise_floor_limit_percent"), .high = 100},
    {FIELD(DOUBLE, margin_percent, "margin_percent"), .high = 100},
    LIST("environment", hb_profile_read_environment, put_environment),
    LIST("variants", hb_profile_read_variants, put_variants),
    LIST("budgets", hb_profile_read_budgets, put_own_budgets),
    LIST("soak", read_soak, put_soak),
};

/* ---- of programs ---- */

#define KIND_EXEC "exec"

static int read_kind(struct hb_profile_reader *r, const cJSON *node)
{
    if (cJSON_IsString(node) && strcmp(node->valuestring, KIND_EXEC) == 0)
        return 0;
    return HB_PROFILE_FAULT(r, node, VALUE,
                            "expected \"" KIND_EXEC "\", a profile of programs; one of a workload "
                            "has no kind");
}

static void put_kind(struct hb_json_writer *writer, cJSON *root, const struct hb_profile *profile)
{
    (void)profile;
    hb_json_put_text(writer, root, "kind", KIND_EXEC);
}

static const struct key exec_keys[] = {
    {.field = {.key = "schema"}, .read = read_schema, .put = put_schema, .required = true},
    {.field = {.key = "kind"}, .read = read_kind, .put = put_kind, .required = true},
    {FIELD(TEXT, summary, "summary"), .read = read_summary},
    {.field = {.key = "programs"},
     .read = hb_profile_read_programs,
     .put = hb_profile_put_programs,
     .required = true},
    LIST("weigh", hb_profile_read_weights, hb_profile_put_weights),
    LIST("allocators", hb_profile_read_allocators, put_allocators),
    {FIELD(TEXT, reference, "reference")},
    {FIELD(U32, runs, "runs"), .low = HB_PROFILE_RUNS_MIN, .high = HB_PROFILE_RUNS_MAX},
    LIST("max_runs", read_max_runs, put_max_runs),
    {FIELD(DOUBLE, noise_floor_limit_percent, "noise_floor_limit_percent"), .high = 100},
    {FIELD(DOUBLE, margin_percent, "margin_percent"), .high = 100},
    LIST("environment", hb_profile_read_environment, put_environment),
    LIST("variants", hb_profile_read_variants, put_variants),
};

/* ---- the whole ---- */

cJSON *hb_profile_to_json(const struct hb_profile *profile)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    if (profile->is_exec)
        put_keys(&writer, root, exec_keys, HB_TABLE_COUNT(exec_keys), profile);
    else
        put_keys(&writer, root, root_keys, HB_TABLE_COUNT(root_keys), profile);
    return hb_json_built(&writer, root);
}

bool hb_profile_is_same(const struct hb_profile *left, const struct hb_profile *right)
{
    struct hb_profile whole_left = *left, whole_right = *right;
    whole_left.is_without_soak = whole_right.is_without_soak = false;
    cJSON *one = hb_profile_to_json(&whole_left), *other = hb_profile_to_json(&whole_right);
    const bool is_same = one && other && cJSON_Compare(one, other, true);
    cJSON_Delete(one);
    cJSON_Delete(other);
    return is_same;
}

/* A later version may have other keys: its schema is what to complain about, not they. */
static int read_root(struct hb_profile_reader *r, const cJSON *root)
{
    if (hb_json_expect_object(&r->source, root, r->err) != 0)
        return -1;
    const cJSON *schema = hb_json_member(root, "schema");
    if (schema && read_schema(r, schema) != 0)
        return -1;
    if (!hb_json_member(root, "kind"))
        return read_keys(r, root, root_keys, HB_TABLE_COUNT(root_keys));
    hb_profile_init_exec(r->profile);
    return read_keys(r, root, exec_keys, HB_TABLE_COUNT(exec_keys));
}

int hb_profile_parse(const char *text, size_t size, const char *path, struct hb_profile *profile,
                     struct hb_err *err)
{
    struct hb_profile_reader r = {
        .source = {.path = path, .text = text, .size = size}, .profile = profile, .err = err};
    if (hb_profile_init(profile, path, err) != 0)
        return -1;
    cJSON *root = hb_json_parse_source(&r.source, err);
    const int result = root ? read_root(&r, root) : -1;
    cJSON_Delete(root);
    if (result != 0)
        hb_profile_free(profile);
    return result;
}

int hb_profile_from_json(const struct hb_json_source *source, const cJSON *node,
                         struct hb_profile *profile, struct hb_err *err)
{
    struct hb_profile_reader r = {
        .source = *source, .profile = profile, .err = err, .as_used = true};
    if (hb_profile_init(profile, "", err) != 0)
        return -1;
    const int result = read_root(&r, node);
    if (result == 0)
        profile->is_without_soak |= !hb_json_member(node, "soak");
    else
        hb_profile_free(profile);
    return result;
}
