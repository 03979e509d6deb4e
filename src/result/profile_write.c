/* A profile as JSON, every default filled in: hb_profile_to_json of profile.h.
 * What is written reads back as the same profile. */
#include "result/profile_write.h"
#include "base/json/json_fields.h"

#include <math.h>

/* Passes a finished node on, or frees it when some addition failed. */
static cJSON *done(cJSON *node, int failed)
{
    if (failed == 0)
        return node;
    cJSON_Delete(node);
    return NULL;
}

static cJSON *settings_to_json(const struct hb_profile_setting *settings, size_t count)
{
    cJSON *object = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++)
        failed = hb_json_add(object, settings[i].name, cJSON_CreateString(settings[i].text));
    return done(object, failed);
}

static cJSON *labels_to_json(const char (*labels)[HB_NAME_MAX], size_t count)
{
    cJSON *array = cJSON_CreateArray();
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++)
        failed = hb_json_add_item(array, cJSON_CreateString(labels[i]));
    return done(array, failed);
}

static cJSON *milestones_to_json(const struct hb_profile *profile)
{
    cJSON *array = cJSON_CreateArray();
    int failed = 0;
    for (size_t i = 0; i < profile->milestone_count && !failed; i++)
        failed = hb_json_add_item(array, cJSON_CreateNumber(profile->milestones_percent[i]));
    return done(array, failed);
}

static cJSON *variants_to_json(const struct hb_profile *profile)
{
    cJSON *object = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < profile->variant_count && !failed; i++) {
        const struct hb_profile_variant *variant = &profile->variants[i];
        failed = hb_json_add(object, variant->label,
                             settings_to_json(variant->environment, variant->environment_count));
    }
    return done(object, failed);
}

static int add_limit(cJSON *object, const char *key, double limit)
{
    return isnan(limit) ? 0 : hb_json_add(object, key, cJSON_CreateNumber(limit));
}

static cJSON *budget_to_json(const struct hb_profile_budget *budget)
{
    cJSON *object = cJSON_CreateObject();
    int failed =
        !object || add_limit(object, "min", budget->min) || add_limit(object, "max", budget->max);
    if (!failed && budget->allocator_count > 0)
        failed = hb_json_add(object, "allocators",
                             labels_to_json((const char(*)[HB_NAME_MAX])budget->allocators,
                                            budget->allocator_count));
    return done(object, failed);
}

cJSON *hb_profile_budgets_to_json(const struct hb_profile_budget *budgets, size_t count)
{
    cJSON *object = cJSON_CreateObject();
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++)
        failed = hb_json_add(object, budgets[i].key, budget_to_json(&budgets[i]));
    return done(object, failed);
}

static cJSON *text_or_null(const char *text)
{
    return text[0] ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static int add_what(cJSON *object, const struct hb_profile *profile)
{
    return hb_json_add(object, "schema", cJSON_CreateString(HB_PROFILE_SCHEMA)) ||
           hb_json_add(object, "summary", cJSON_CreateString(profile->summary)) ||
           hb_json_add(object, "workload", cJSON_CreateString(profile->workload)) ||
           hb_json_add(object, "parameters",
                       settings_to_json(profile->parameters, profile->parameter_count)) ||
           hb_json_add(object, "allocators",
                       labels_to_json((const char(*)[HB_NAME_MAX])profile->allocators,
                                      profile->allocator_count)) ||
           hb_json_add(object, "reference", cJSON_CreateString(profile->reference)) ||
           hb_json_add(object, "floor", text_or_null(profile->floor));
}

static int add_how(cJSON *object, const struct hb_profile *profile)
{
    return hb_json_add(object, "via", cJSON_CreateString(profile->via)) ||
           hb_json_add(object, "runs", cJSON_CreateNumber(profile->runs)) ||
           hb_json_add(object, "slices", cJSON_CreateNumber(profile->slices)) ||
           hb_json_add(object, "aslr", cJSON_CreateBool(profile->aslr)) ||
           hb_json_add(object, "watchdog_s", cJSON_CreateNumber(profile->watchdog_s)) ||
           hb_json_add(object, "milestones_percent", milestones_to_json(profile)) ||
           hb_json_add(object, "noise_floor_limit_percent",
                       cJSON_CreateNumber(profile->noise_floor_limit_percent)) ||
           hb_json_add(object, "margin_percent", cJSON_CreateNumber(profile->margin_percent)) ||
           hb_json_add(object, "environment",
                       settings_to_json(profile->environment, profile->environment_count)) ||
           hb_json_add(object, "variants", variants_to_json(profile)) ||
           hb_json_add(object, "budgets",
                       hb_profile_budgets_to_json(profile->budgets, profile->budget_count)) ||
           (!profile->is_without_soak &&
            hb_json_add(object, "soak", hb_profile_soak_to_json(&profile->soak)));
}

cJSON *hb_profile_to_json(const struct hb_profile *profile)
{
    cJSON *object = cJSON_CreateObject();
    return done(object, add_what(object, profile) || add_how(object, profile));
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
