/* A profile from JSON: hb_profile_parse of profile.h. One table of keys, read in the table's
 * order, so that what comes later may look at what came before; unknown keys are errors.
 * Read next: profile_lists.c, profile_budget.c, hakbench-profile(5). */
#include "base/json/json_fields.h"
#include "base/quote.h"
#include "base/suggest.h"
#include "base/unit.h"
#include "result/profile_defaults.h"
#include "result/profile_reader.h"

#include <string.h>

#define KEYS_MAX    32
#define MINUTES_MAX (60.0 * 24 * 30)
#define EPOCH_S_MIN 0.01
#define EPOCH_S_MAX 3600.0
#define WARMUP_MAX  100000u

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

/* ---- single values ---- */

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

static int read_reference(struct hb_profile_reader *r, const cJSON *node)
{
    return hb_profile_read_label(r, node, r->profile->reference);
}

/* The floor is a soak's control as well, unless "soak", which is read later, names another. */
static int read_floor(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile *profile = r->profile;
    profile->floor[0] = '\0';
    if (!cJSON_IsNull(node) && hb_profile_read_label(r, node, profile->floor) != 0)
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

static int read_u32(struct hb_profile_reader *r, const cJSON *node, uint32_t min, uint32_t max,
                    uint32_t *value)
{
    uint64_t wide = 0;
    if (!cJSON_IsNumber(node))
        return HB_PROFILE_FAULT(r, node, VALUE, "expected a whole number, found %s",
                                hb_json_kind(node));
    if (hb_json_get_u64(&r->source, node, min, max, &wide, r->err) != 0)
        return -1;
    *value = (uint32_t)wide;
    return 0;
}

static int read_runs(struct hb_profile_reader *r, const cJSON *node)
{
    return read_u32(r, node, HB_PROFILE_RUNS_MIN, HB_PROFILE_RUNS_MAX, &r->profile->runs);
}

static int read_slices(struct hb_profile_reader *r, const cJSON *node)
{
    return read_u32(r, node, HB_PROFILE_SLICES_MIN, HB_PROFILE_SLICES_MAX, &r->profile->slices);
}

static int read_watchdog(struct hb_profile_reader *r, const cJSON *node)
{
    return read_u32(r, node, 1, 86400, &r->profile->watchdog_s);
}

static int read_aslr(struct hb_profile_reader *r, const cJSON *node)
{
    return hb_json_get_bool(&r->source, node, &r->profile->aslr, r->err);
}

static int read_noise_limit(struct hb_profile_reader *r, const cJSON *node)
{
    return hb_json_get_double(&r->source, node, 0, 100, &r->profile->noise_floor_limit_percent,
                              r->err);
}

static int read_margin(struct hb_profile_reader *r, const cJSON *node)
{
    return hb_json_get_double(&r->source, node, 0, 100, &r->profile->margin_percent, r->err);
}

/* ---- tables of keys ---- */

struct key {
    const char *key;
    int (*read)(struct hb_profile_reader *, const cJSON *);
    bool required;
};

static int read_keys(struct hb_profile_reader *r, const cJSON *object, const struct key *keys,
                     size_t count)
{
    const char *known[KEYS_MAX];
    for (size_t i = 0; i < count; i++)
        known[i] = keys[i].key;
    if (hb_json_expect_object(&r->source, object, r->err) != 0 ||
        hb_profile_check_keys(r, object, known, count) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const cJSON *node = keys[i].required && !r->as_used
                                ? hb_json_require(&r->source, object, keys[i].key, r->err)
                                : hb_json_member(object, keys[i].key);
        if (!node && keys[i].required && !r->as_used)
            return -1;
        if (node && keys[i].read(r, node) != 0)
            return -1;
    }
    return 0;
}

/* ---- soaks ---- */

static int read_minutes(struct hb_profile_reader *r, const cJSON *node)
{
    return hb_json_get_double(&r->source, node, 0.01, MINUTES_MAX, &r->profile->soak.minutes,
                              r->err);
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

static int read_warmup(struct hb_profile_reader *r, const cJSON *node)
{
    uint64_t epochs = 0;
    if (hb_json_get_u64(&r->source, node, 0, WARMUP_MAX, &epochs, r->err) != 0)
        return -1;
    r->profile->soak.warmup_epochs = (uint32_t)epochs;
    return 0;
}

static int read_control(struct hb_profile_reader *r, const cJSON *node)
{
    r->profile->soak.control[0] = '\0';
    return cJSON_IsNull(node) ? 0 : hb_profile_read_label(r, node, r->profile->soak.control);
}

static int read_soak_budgets(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile_soak *soak = &r->profile->soak;
    hb_profile_budgets_free(soak->budgets, soak->budget_count);
    soak->budgets = NULL;
    soak->budget_count = 0;
    return hb_profile_read_soak_budgets(r, node, &soak->budgets, &soak->budget_count);
}

static int read_soak(struct hb_profile_reader *r, const cJSON *node)
{
    static const struct key keys[] = {{"minutes", read_minutes, false},
                                      {"epoch_s", read_epoch, false},
                                      {"warmup_epochs", read_warmup, false},
                                      {"control", read_control, false},
                                      {"budgets", read_soak_budgets, false}};
    return read_keys(r, node, keys, HB_TABLE_COUNT(keys));
}

/* ---- the whole ---- */

static const struct key keys[] = {
    {"schema", read_schema, true},
    {"summary", read_summary, false},
    {"workload", read_workload, true},
    {"parameters", hb_profile_read_parameters, false},
    {"allocators", hb_profile_read_allocators, false},
    {"reference", read_reference, false},
    {"floor", read_floor, false},
    {"via", read_via, false},
    {"runs", read_runs, false},
    {"slices", read_slices, false},
    {"aslr", read_aslr, false},
    {"watchdog_s", read_watchdog, false},
    {"milestones_percent", hb_profile_read_milestones, false},
    {"noise_floor_limit_percent", read_noise_limit, false},
    {"margin_percent", read_margin, false},
    {"environment", hb_profile_read_environment, false},
    {"variants", hb_profile_read_variants, false},
    {"budgets", hb_profile_read_budgets, false},
    {"soak", read_soak, false},
};

/* A later version may have other keys: its schema is what to complain about, not they. */
static int read_root(struct hb_profile_reader *r, const cJSON *root)
{
    if (hb_json_expect_object(&r->source, root, r->err) != 0)
        return -1;
    const cJSON *schema = hb_json_member(root, "schema");
    if (schema && read_schema(r, schema) != 0)
        return -1;
    return read_keys(r, root, keys, HB_TABLE_COUNT(keys));
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
        profile->is_without_soak = !hb_json_member(node, "soak");
    else
        hb_profile_free(profile);
    return result;
}
