/* The lists of a profile: allocators, milestones, parameters, environment, variants, budgets.
 * See profile_parts.h; who judges budgets: src/judge/budget.h. */
#include "base/json/json_fields.h"
#include "base/quote.h"
#include "base/unit.h"
#include "result/metric.h"
#include "result/profile_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int hb_profile_read_label(const struct hb_profile_reader *r, const cJSON *node,
                          char label[HB_NAME_MAX])
{
    if (hb_json_get_text(&r->source, node, label, HB_NAME_MAX, r->err) != 0)
        return -1;
    if (hb_profile_is_label(label))
        return 0;
    return HB_PROFILE_FAULT(r, node, VALUE, "%s is no allocator; expected " HB_PROFILE_LABEL_HELP,
                            hb_quote(label).text);
}

/* Zeroed room for the children of node, at most HB_PROFILE_ITEMS_MAX, and for one at least; the
 * caller's to free. NULL after an error. */
static void *make_room(const struct hb_profile_reader *r, const cJSON *node, size_t item_bytes)
{
    const size_t count = (size_t)cJSON_GetArraySize(node);
    if (count > HB_PROFILE_ITEMS_MAX) {
        (void)HB_PROFILE_FAULT(r, node, VALUE, "expected at most %d items, found %zu",
                               HB_PROFILE_ITEMS_MAX, count);
        return NULL;
    }
    void *items = calloc(count + 1, item_bytes);
    if (!items)
        (void)hb_err_memory(r->err, r->source.path);
    return items;
}

static bool has_label(const char (*labels)[HB_NAME_MAX], size_t count, const char *label)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(labels[i], label) == 0)
            return true;
    }
    return false;
}

/* Appends to labels[], which has room. */
static int append_label(const struct hb_profile_reader *r, const cJSON *node,
                        char (*labels)[HB_NAME_MAX], size_t *count)
{
    char label[HB_NAME_MAX];
    if (hb_profile_read_label(r, node, label) != 0)
        return -1;
    if (has_label((const char(*)[HB_NAME_MAX])labels, *count, label))
        return HB_PROFILE_FAULT(r, node, VALUE, "\"%s\" is there twice", label);
    memcpy(labels[(*count)++], label, sizeof label);
    return 0;
}

/* An array of labels, each once and at least one, in place of what *labels was. */
static int read_labels(const struct hb_profile_reader *r, const cJSON *node,
                       char (**labels)[HB_NAME_MAX], size_t *count)
{
    if (hb_json_expect_array(&r->source, node, r->err) != 0)
        return -1;
    if (!node->child)
        return HB_PROFILE_FAULT(r, node, VALUE, "expected at least one allocator");
    free(*labels);
    *count = 0;
    *labels = make_room(r, node, sizeof **labels);
    if (!*labels)
        return -1;
    for (const cJSON *child = node->child; child; child = child->next) {
        if (append_label(r, child, *labels, count) != 0)
            return -1;
    }
    return 0;
}

int hb_profile_read_allocators(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile *profile = r->profile;
    if (read_labels(r, node, &profile->allocators, &profile->allocator_count) != 0)
        return -1;
    free(profile->allocator_lines);
    profile->allocator_lines = make_room(r, node, sizeof *profile->allocator_lines);
    if (!profile->allocator_lines)
        return -1;
    size_t i = 0;
    for (const cJSON *child = node->child; child; child = child->next)
        profile->allocator_lines[i++] =
            r->as_used ? 0 : hb_json_line(&r->source, child, HB_JSON_AT_VALUE);
    return 0;
}

int hb_profile_read_milestones(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile *profile = r->profile;
    double last = 0;
    if (hb_json_expect_array(&r->source, node, r->err) != 0)
        return -1;
    profile->milestone_count = 0;
    for (const cJSON *child = node->child; child; child = child->next) {
        double value = 0;
        if (profile->milestone_count == HB_PROFILE_MILESTONES_MAX)
            return HB_PROFILE_FAULT(r, child, VALUE, "expected at most %d milestones",
                                    HB_PROFILE_MILESTONES_MAX);
        if (hb_json_get_double(&r->source, child, 0, 10000, &value, r->err) != 0)
            return -1;
        if (value <= last)
            return HB_PROFILE_FAULT(r, child, VALUE, "expected more than the %s before, found %s",
                                    hb_format_double(last).text, hb_format_double(value).text);
        profile->milestones_percent[profile->milestone_count++] = last = value;
    }
    return 0;
}

/* A string, or a number as text. */
static int read_setting_text(const struct hb_profile_reader *r, const cJSON *node, char *text,
                             size_t text_bytes)
{
    if (!cJSON_IsNumber(node) && !cJSON_IsString(node))
        return HB_PROFILE_FAULT(r, node, VALUE, "expected a string or a number, found %s",
                                hb_json_kind(node));
    if (cJSON_IsNumber(node))
        return hb_profile_copy(text, text_bytes, hb_format_double(node->valuedouble).text);
    return hb_json_get_text(&r->source, node, text, text_bytes, r->err);
}

static int read_parameter(const struct hb_profile_reader *r, const cJSON *node,
                          struct hb_profile_setting *setting)
{
    if (!hb_profile_is_word(node->string) ||
        hb_profile_copy(setting->name, sizeof setting->name, node->string) != 0)
        return HB_PROFILE_FAULT(r, node, KEY,
                                "%s is no name of a parameter; expected " HB_PROFILE_WORD_HELP,
                                hb_quote(node->string).text);
    setting->line = hb_profile_key_line(r, node);
    if (read_setting_text(r, node, setting->text, sizeof setting->text) != 0)
        return -1;
    return setting->text[0]
               ? 0
               : HB_PROFILE_FAULT(r, node, VALUE, "expected a value, found an empty string");
}

static int read_variable(const struct hb_profile_reader *r, const cJSON *node,
                         struct hb_profile_setting *setting)
{
    if (!hb_profile_is_variable(node->string) ||
        hb_profile_copy(setting->name, sizeof setting->name, node->string) != 0)
        return HB_PROFILE_FAULT(r, node, KEY,
                                "%s cannot be set here; expected " HB_PROFILE_VARIABLE_HELP,
                                hb_quote(node->string).text);
    setting->line = hb_profile_key_line(r, node);
    if (read_setting_text(r, node, setting->text, sizeof setting->text) != 0)
        return -1;
    if (hb_profile_is_variable_text(setting->text))
        return 0;
    return HB_PROFILE_FAULT(r, node, VALUE,
                            "expected text without spaces and control characters, found %s",
                            hb_quote(setting->text).text);
}

static int read_settings(const struct hb_profile_reader *r, const cJSON *node,
                         int (*read)(const struct hb_profile_reader *, const cJSON *,
                                     struct hb_profile_setting *),
                         struct hb_profile_setting **settings, size_t *count)
{
    if (hb_json_expect_object(&r->source, node, r->err) != 0 ||
        !(*settings = make_room(r, node, sizeof **settings)))
        return -1;
    for (const cJSON *child = node->child; child; child = child->next) {
        if (read(r, child, &(*settings)[(*count)++]) != 0)
            return -1;
    }
    return 0;
}

int hb_profile_read_parameters(struct hb_profile_reader *r, const cJSON *node)
{
    return read_settings(r, node, read_parameter, &r->profile->parameters,
                         &r->profile->parameter_count);
}

int hb_profile_read_environment(struct hb_profile_reader *r, const cJSON *node)
{
    return read_settings(r, node, read_variable, &r->profile->environment,
                         &r->profile->environment_count);
}

static int read_variant(const struct hb_profile_reader *r, const cJSON *node,
                        struct hb_profile_variant *variant)
{
    if (!hb_profile_is_label(node->string) || !strchr(node->string, ':') ||
        hb_profile_copy(variant->label, sizeof variant->label, node->string) != 0)
        return HB_PROFILE_FAULT(
            r, node, KEY,
            "%s is no variant; expected \"allocator:variant\", such as \"hakmem:lean\"",
            hb_quote(node->string).text);
    variant->line = hb_profile_key_line(r, node);
    return read_settings(r, node, read_variable, &variant->environment,
                         &variant->environment_count);
}

int hb_profile_read_variants(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile *profile = r->profile;
    if (hb_json_expect_object(&r->source, node, r->err) != 0 ||
        !(profile->variants = make_room(r, node, sizeof *profile->variants)))
        return -1;
    for (const cJSON *child = node->child; child; child = child->next) {
        if (read_variant(r, child, &profile->variants[profile->variant_count++]) != 0)
            return -1;
    }
    return 0;
}

/* ---- budgets ---- */

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
        if (!has_label((const char(*)[HB_NAME_MAX])profile->allocators, profile->allocator_count,
                       label) &&
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
    if (read_labels(r, allocators, &budget->allocators, &budget->allocator_count) != 0)
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
    *budgets = make_room(r, node, sizeof **budgets);
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
