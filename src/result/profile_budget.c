/* The budgets of a profile: limits on figures of an allocator's summary.
 * See profile_reader.h; who judges them: src/judge/budget.h. */
#include "result/profile_reader.h"

#include "base/json/json_fields.h"
#include "base/quote.h"
#include "base/unit.h"
#include "result/metric.h"
#include "result/profile_defaults.h"

#include <math.h>
#include <string.h>

/* "64MiB" for bytes, "10ns" for times, "20M" for the rest; percentages are plain numbers. */
static int parse_limit(const char *key, const char *text, uint64_t *value, struct hb_err *err)
{
    const enum hb_metric_id id = hb_metric_find(key);
    if (id == HB_METRIC_COUNT)
        return hb_err_set(err, HB_ERR_USAGE, "expected a number, found %s", hb_quote(text).text);
    switch (hb_metrics[id].format) {
    case HB_FORMAT_BYTES:
        return hb_unit_parse_bytes(text, value, err);
    case HB_FORMAT_NS:
        return hb_unit_parse_duration(text, value, err);
    default:
        return hb_unit_parse_count(text, value, err);
    }
}

/* A drift may go either way; everything else is counted from 0 on. */
static double least_limit(const char *key)
{
    return strstr(key, "_drift_") ? -HUGE_VAL : 0;
}

static int read_limit(const struct hb_profile_reader *r, const cJSON *node, const char *key,
                      double *limit)
{
    uint64_t whole = 0;
    struct hb_err problem = {0};
    if (!cJSON_IsString(node))
        return hb_json_get_double(&r->source, node, least_limit(key), HUGE_VAL, limit, r->err);
    if (parse_limit(key, node->valuestring, &whole, &problem) != 0)
        return HB_PROFILE_FAULT(r, node, VALUE, "%s", problem.message);
    *limit = (double)whole;
    return 0;
}

static int check_budget_labels(const struct hb_profile_reader *r, const cJSON *node)
{
    const struct hb_profile *profile = r->profile;
    for (const cJSON *child = node->child; child; child = child->next) {
        const char *label = child->valuestring;
        if (!hb_profile_has_label((const char(*)[HB_NAME_MAX])profile->allocators,
                                  profile->allocator_count, label) &&
            strcmp(label, profile->reference) != 0 && strcmp(label, profile->floor) != 0)
            return HB_PROFILE_FAULT(r, child, VALUE, "\"%s\" is none of the profile's allocators",
                                    label);
    }
    return 0;
}

static int read_budget_members(const struct hb_profile_reader *r, const cJSON *node,
                               struct hb_profile_budget *budget)
{
    const cJSON *min = hb_json_member(node, "min"), *max = hb_json_member(node, "max");
    const cJSON *allocators = hb_json_member(node, "allocators");
    if (min && read_limit(r, min, budget->key, &budget->min) != 0)
        return -1;
    if (max && read_limit(r, max, budget->key, &budget->max) != 0)
        return -1;
    if (!min && !max)
        return HB_PROFILE_FAULT(r, node, VALUE, "expected \"min\", \"max\" or both");
    if (budget->min > budget->max)
        return HB_PROFILE_FAULT(r, node, VALUE, "\"min\" is above \"max\"");
    if (!allocators)
        return 0;
    if (hb_profile_read_labels(r, allocators, &budget->allocators, &budget->allocator_count) != 0)
        return -1;
    return r->as_used ? 0 : check_budget_labels(r, allocators);
}

static int read_budget(const struct hb_profile_reader *r, const cJSON *node,
                       struct hb_profile_budget *budget)
{
    static const char *const members[] = {"min", "max", "allocators"};
    budget->min = budget->max = NAN;
    HB_COPY(budget->key, node->string);
    budget->line = hb_profile_key_line(r, node);
    if (hb_json_expect_object(&r->source, node, r->err) != 0 ||
        hb_profile_check_keys(r, node, members, HB_TABLE_COUNT(members)) != 0)
        return -1;
    return read_budget_members(r, node, budget);
}

static int check_budget_keys(const struct hb_profile_reader *r, const cJSON *node)
{
    const char *known[HB_METRIC_COUNT + 2];
    for (size_t i = 0; i < HB_METRIC_COUNT; i++)
        known[i] = hb_metrics[i].key;
    known[HB_METRIC_COUNT] = HB_BUDGET_CV;
    known[HB_METRIC_COUNT + 1] = HB_BUDGET_RATIO;
    return hb_profile_check_keys(r, node, known, HB_TABLE_COUNT(known));
}

static int read_each(struct hb_profile_reader *r, const cJSON *node,
                     struct hb_profile_budget **budgets, size_t *count)
{
    *budgets = hb_profile_make_room(r, node, sizeof **budgets);
    if (!*budgets)
        return -1;
    for (const cJSON *child = node->child; child; child = child->next) {
        if (read_budget(r, child, &(*budgets)[(*count)++]) != 0)
            return -1;
    }
    return 0;
}

int hb_profile_read_budgets(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile *profile = r->profile;
    if (hb_json_expect_object(&r->source, node, r->err) != 0 || check_budget_keys(r, node) != 0)
        return -1;
    return read_each(r, node, &profile->budgets, &profile->budget_count);
}

int hb_profile_read_soak_budgets(struct hb_profile_reader *r, const cJSON *node,
                                 struct hb_profile_budget **budgets, size_t *count)
{
    size_t known = 0;
    while (hb_soak_budget_keys[known])
        known++;
    if (hb_json_expect_object(&r->source, node, r->err) != 0 ||
        hb_profile_check_keys(r, node, hb_soak_budget_keys, known) != 0)
        return -1;
    return read_each(r, node, budgets, count);
}
