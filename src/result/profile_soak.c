/* What a profile says of soaks: its reading and its writing.
 * See profile_reader.h; the budgets' keys and limits: profile_budget.c. */
#include "result/profile_reader.h"

#include "base/json/json_fields.h"
#include "base/unit.h"
#include "result/profile_defaults.h"
#include "result/profile_write.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define MINUTES_MAX (60.0 * 24 * 30)
#define EPOCH_S_MIN 0.01
#define EPOCH_S_MAX 3600.0
#define WARMUP_MAX  100000u

/* ---- reading ---- */

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

static int read_budgets(struct hb_profile_reader *r, const cJSON *node)
{
    struct hb_profile_soak *soak = &r->profile->soak;
    hb_profile_budgets_free(soak->budgets, soak->budget_count);
    soak->budgets = NULL;
    soak->budget_count = 0;
    return hb_profile_read_soak_budgets(r, node, &soak->budgets, &soak->budget_count);
}

int hb_profile_read_soak(struct hb_profile_reader *r, const cJSON *node)
{
    static const struct {
        const char *key;
        int (*read)(struct hb_profile_reader *, const cJSON *);
    } keys[] = {{"minutes", read_minutes},
                {"epoch_s", read_epoch},
                {"warmup_epochs", read_warmup},
                {"control", read_control},
                {"budgets", read_budgets}};
    const char *known[COUNT_OF(keys)];
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        known[i] = keys[i].key;
    if (hb_json_expect_object(&r->source, node, r->err) != 0 ||
        hb_profile_check_keys(r, node, known, COUNT_OF(keys)) != 0)
        return -1;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const cJSON *member = hb_json_member(node, keys[i].key);
        if (member && keys[i].read(r, member) != 0)
            return -1;
    }
    return 0;
}

/* ---- writing ---- */

cJSON *hb_profile_soak_to_json(const struct hb_profile_soak *soak)
{
    cJSON *object = cJSON_CreateObject();
    const int failed =
        hb_json_add(object, "minutes", cJSON_CreateNumber(soak->minutes)) ||
        hb_json_add(object, "epoch_s", cJSON_CreateNumber(soak->epoch_s)) ||
        hb_json_add(object, "warmup_epochs", cJSON_CreateNumber(soak->warmup_epochs)) ||
        hb_json_add(object, "control",
                    soak->control[0] ? cJSON_CreateString(soak->control) : cJSON_CreateNull()) ||
        hb_json_add(object, "budgets",
                    hb_profile_budgets_to_json(soak->budgets, soak->budget_count));
    if (!failed)
        return object;
    cJSON_Delete(object);
    return NULL;
}
