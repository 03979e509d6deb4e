/* A workload's parameters: see parameters.h. */
#include "plan/parameters.h"

#include "base/copy.h"
#include "base/suggest.h"
#include "base/unit.h"

#include <stdio.h>
#include <string.h>

int hb_parameters_find(const struct hb_workload_info *workload, const char *name)
{
    for (size_t i = 0; i < workload->parameter_count; i++) {
        if (strcmp(workload->parameters[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

static int parse_choice(const struct hb_parameter_info *parameter, const char *text,
                        uint64_t *value, struct hb_err *err)
{
    char known[HB_CHOICES_MAX * 16] = "";
    size_t used = 0;
    for (size_t i = 0; i < parameter->choice_count; i++) {
        if (strcmp(parameter->choices[i], text) == 0) {
            *value = i;
            return 0;
        }
        if (used + HB_NAME_MAX + 2 < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                     parameter->choices[i]);
    }
    return hb_err_set(err, HB_ERR_USAGE, "\"%s\" is none of: %s", text, known);
}

static int parse_value(const struct hb_parameter_info *parameter, const char *text, uint64_t *value,
                       struct hb_err *err)
{
    switch (parameter->type) {
    case HB_PARAMETER_BYTES:
        return hb_unit_parse_bytes(text, value, err);
    case HB_PARAMETER_SHARE:
        return hb_unit_parse_share(text, value, err);
    case HB_PARAMETER_CHOICE:
        return parse_choice(parameter, text, value, err);
    case HB_PARAMETER_COUNT:
        break;
    }
    return hb_unit_parse_count(text, value, err);
}

/* Reads text in the parameter's type and range. */
static int parse(const struct hb_parameter_info *parameter, const char *text, const char *where,
                 uint64_t *value, struct hb_err *err)
{
    struct hb_err inner = {0};
    if (parse_value(parameter, text, value, &inner) != 0)
        return hb_err_set(err, inner.kind, "%s: parameter %s: %s", where, parameter->name,
                          inner.message);
    const bool is_choice = parameter->type == HB_PARAMETER_CHOICE;
    if (!is_choice && (*value < parameter->min || *value > parameter->max)) {
        char low[HB_NAME_MAX], high[HB_NAME_MAX];
        hb_parameter_format(parameter, parameter->min, low, sizeof low);
        hb_parameter_format(parameter, parameter->max, high, sizeof high);
        const char *unit = parameter->type == HB_PARAMETER_BYTES ? "" : parameter->unit;
        return hb_err_set(err, HB_ERR_USAGE, "%s: parameter %s is %s, but must be %s to %s%s%s",
                          where, parameter->name, text, low, high, unit[0] ? " " : "", unit);
    }
    return 0;
}

void hb_parameter_format(const struct hb_parameter_info *parameter, uint64_t value, char *text,
                         size_t text_bytes)
{
    struct hb_text out = {0};
    switch (parameter->type) {
    case HB_PARAMETER_BYTES:
        out = hb_format_bytes_exact(value);
        break;
    case HB_PARAMETER_SHARE:
        out = hb_format_share_exact(value);
        break;
    case HB_PARAMETER_COUNT:
        out = hb_format_count_exact(value);
        break;
    case HB_PARAMETER_CHOICE:
        if (value < parameter->choice_count)
            (void)snprintf(out.text, sizeof out.text, "%.*s", (int)sizeof out.text - 1,
                           parameter->choices[value]);
        break;
    }
    hb_copy_text(text, text_bytes, out.text);
}

static void set_value(const struct hb_parameter_info *parameter, struct hb_parameter_value *out,
                      uint64_t value)
{
    out->value = value;
    hb_parameter_format(parameter, value, out->text, sizeof out->text);
}

void hb_parameters_defaults(const struct hb_workload_info *workload, struct hb_parameter_value *out)
{
    for (size_t i = 0; i < workload->parameter_count; i++) {
        const struct hb_parameter_info *parameter = &workload->parameters[i];
        out[i] = (struct hb_parameter_value){0};
        HB_COPY(out[i].name, parameter->name);
        set_value(parameter, &out[i], parameter->default_value);
    }
}

static int unknown_name(const struct hb_workload_info *workload, const char *name,
                        const char *where, struct hb_err *err)
{
    char known[640] = "", near[HB_NAME_MAX + 32];
    size_t used = 0;
    for (size_t i = 0; i < workload->parameter_count && used + HB_NAME_MAX < sizeof known; i++) {
        if (i != HB_PARAMETER_SEED)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "",
                                     workload->parameters[i].name);
    }
    return hb_err_set(err, HB_ERR_USAGE, "%s: workload %s has no parameter \"%s\"%s; it has: %s",
                      where, workload->name, name,
                      hb_suggest_listed(name, known, near, sizeof near), known);
}

int hb_parameters_set(const struct hb_workload_info *workload, struct hb_parameter_value *out,
                      const char *name, const char *text, const char *where, struct hb_err *err)
{
    const int index = hb_parameters_find(workload, name);
    uint64_t value = 0;
    if (index == HB_PARAMETER_SEED)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s: seed is no parameter of a profile: each run derives its own from "
                          "the session's, which --seed sets",
                          where);
    if (index < 0)
        return unknown_name(workload, name, where, err);
    const struct hb_parameter_info *parameter = &workload->parameters[index];
    if (parse(parameter, text, where, &value, err) != 0)
        return -1;
    set_value(parameter, &out[index], value);
    return 0;
}
