/* A profile as JSON, every default filled in: hb_profile_to_json of profile.h.
 * What is written reads back as the same profile. */
#include "base/json/json_writer.h"
#include "result/profile.h"

#include <math.h>

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
    cJSON *array = hb_json_put_array(writer, object, "milestones_percent");
    for (size_t i = 0; i < profile->milestone_count; i++)
        hb_json_put_at_end(writer, array, cJSON_CreateNumber(profile->milestones_percent[i]));
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

static void put_soak(struct hb_json_writer *writer, cJSON *root, const struct hb_profile_soak *soak)
{
    cJSON *object = hb_json_put_object(writer, root, "soak");
    hb_json_put_number(writer, object, "minutes", soak->minutes);
    hb_json_put_number(writer, object, "epoch_s", soak->epoch_s);
    hb_json_put_u64(writer, object, "warmup_epochs", soak->warmup_epochs);
    hb_json_put_text_or_null(writer, object, "control", soak->control);
    put_budgets(writer, object, soak->budgets, soak->budget_count);
}

cJSON *hb_profile_to_json(const struct hb_profile *profile)
{
    struct hb_json_writer writer = {0};
    cJSON *root = cJSON_CreateObject();
    hb_json_put_text(&writer, root, "schema", HB_PROFILE_SCHEMA);
    hb_json_put_text(&writer, root, "summary", profile->summary);
    hb_json_put_text(&writer, root, "workload", profile->workload);
    put_settings(&writer, root, "parameters", profile->parameters, profile->parameter_count);
    put_labels(&writer, root, (const char(*)[HB_NAME_MAX])profile->allocators,
               profile->allocator_count);
    hb_json_put_text(&writer, root, "reference", profile->reference);
    hb_json_put_text_or_null(&writer, root, "floor", profile->floor);
    hb_json_put_text(&writer, root, "via", profile->via);
    hb_json_put_u64(&writer, root, "runs", profile->runs);
    hb_json_put_u64(&writer, root, "slices", profile->slices);
    hb_json_put_boolean(&writer, root, "aslr", profile->aslr);
    hb_json_put_u64(&writer, root, "watchdog_s", profile->watchdog_s);
    put_milestones(&writer, root, profile);
    hb_json_put_number(&writer, root, "noise_floor_limit_percent",
                       profile->noise_floor_limit_percent);
    hb_json_put_number(&writer, root, "margin_percent", profile->margin_percent);
    put_settings(&writer, root, "environment", profile->environment, profile->environment_count);
    put_variants(&writer, root, profile);
    put_budgets(&writer, root, profile->budgets, profile->budget_count);
    if (!profile->is_without_soak)
        put_soak(&writer, root, &profile->soak);
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
