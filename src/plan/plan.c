/* Plans and parameters: see plan.h. */
#include "plan/plan.h"

#include "base/copy.h"
#include "base/quote.h"
#include "base/rng.h"
#include "base/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_MASK ((UINT64_C(1) << 53) - 1) /* every JSON reader holds it exactly */

struct planning {
    const struct hb_session *session;
    struct hb_plan *plan;
    size_t *order; /* [allocators * points] */
};

/* place: of an allocator at a point, allocator first. */
static void add(struct planning *planning, uint32_t block, size_t place, enum hb_job_kind kind,
                uint64_t seed)
{
    const size_t n = planning->session->allocator_count;
    planning->plan->jobs[planning->plan->job_count++] =
        (struct hb_plan_job){.block = block,
                             .allocator = (uint32_t)(place % n),
                             .point = (uint32_t)(place / n),
                             .kind = kind,
                             .seed = seed};
}

static void add_block(struct planning *planning, uint32_t block, size_t places, uint64_t seed)
{
    const struct hb_session *session = planning->session;
    for (size_t i = 0; i < places; i++) {
        const size_t place = planning->order[i];
        if (!session->allocators[place % session->allocator_count].missing_reason[0])
            add(planning, block, place, HB_JOB_TIMED, seed);
    }
}

/* The twin is the reference itself: counting it again would add nothing. */
static void add_pass(struct planning *planning, size_t places, enum hb_job_kind kind, uint64_t seed)
{
    const struct hb_session *session = planning->session;
    for (size_t place = 0; place < places; place++) {
        if (session->allocators[place % session->allocator_count].role != HB_ROLE_TWIN)
            add(planning, 0, place, kind, seed);
    }
}

static void add_passes(struct planning *planning, size_t places, uint64_t seed)
{
    add_pass(planning, places, HB_JOB_COUNTED, seed);
    if (planning->session->count_source[0])
        add_pass(planning, places, HB_JOB_INSTRUCTIONS, HB_COUNT_SEED);
}

int hb_plan_build(const struct hb_session *session, struct hb_plan *plan, struct hb_err *err)
{
    const size_t n = session->allocator_count * hb_session_points(session);
    struct planning planning = {.session = session, .plan = plan};
    *plan = (struct hb_plan){0};
    plan->jobs = calloc((session->blocks + 2u) * (n ? n : 1), sizeof *plan->jobs);
    planning.order = calloc(n ? n : 1, sizeof *planning.order);
    if (!plan->jobs || !planning.order) {
        free(planning.order);
        hb_plan_free(plan);
        return hb_err_set(err, HB_ERR_SYSTEM, "no memory for a plan of %u runs", session->blocks);
    }
    struct hb_rng rng;
    hb_rng_seed(&rng, session->seed);
    for (uint32_t block = 0; block < session->blocks; block++) {
        const uint64_t seed = hb_rng_next(&rng) & SEED_MASK;
        for (size_t i = 0; i < n; i++)
            planning.order[i] = i;
        hb_rng_shuffle(&rng, planning.order, n);
        if (block == 0)
            add_passes(&planning, n, seed);
        add_block(&planning, block, n, seed);
    }
    if (session->blocks == 0)
        add_passes(&planning, n, hb_rng_next(&rng) & SEED_MASK);
    free(planning.order);
    return 0;
}

void hb_plan_round(const struct hb_session *session, uint32_t round, size_t *order, uint64_t *seed)
{
    struct hb_rng rng;
    hb_rng_seed(&rng, session->seed ^ ((uint64_t)round + 1) << 32);
    *seed = hb_rng_next(&rng) & SEED_MASK;
    for (size_t i = 0; i < session->allocator_count; i++)
        order[i] = i;
    hb_rng_shuffle(&rng, order, session->allocator_count);
}

void hb_plan_free(struct hb_plan *plan)
{
    free(plan->jobs);
    *plan = (struct hb_plan){0};
}

/* ---- a workload's parameters ---- */

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
    case HB_PARAMETER_SIZES:
    case HB_PARAMETER_TRACE:
        return hb_err_set(err, HB_ERR_USAGE, "a file is read by the session");
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
    case HB_PARAMETER_SIZES:
    case HB_PARAMETER_TRACE:
        (void)snprintf(out.text, sizeof out.text, "%s", value ? "a file" : "none");
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
