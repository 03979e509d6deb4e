/* What names in a profile may look like, and the defaults: see profile_parts.h. */
#include "result/profile_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char word_bytes[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-";

static const char default_allocators[][HB_NAME_MAX] = {"hakmem",   "mimalloc",  "jemalloc",
                                                       "tcmalloc", "tbbmalloc", "system"};
static const double default_milestones[] = {50, 55, 75, 90, 100, 110};

const char *const hb_soak_budget_keys[] = {"rss_drift_percent",
                                           "throughput_drift_percent",
                                           "cv_percent",
                                           "latency_p999_drift_percent",
                                           "memory_syscalls_per_op",
                                           "rss_drained_bytes",
                                           NULL};

/* What anyone would ask of an allocator, whatever the workload; per allocator, the floor and the
 * control left out. */
static const struct hb_profile_budget defaults[] = {
    {.key = "rss_drift_percent", .min = -5, .max = 5},
    {.key = "throughput_drift_percent", .min = -5, .max = NAN},
    {.key = "cv_percent", .min = NAN, .max = 2},
    {.key = "latency_p999_drift_percent", .min = NAN, .max = 25},
    {.key = "memory_syscalls_per_op", .min = NAN, .max = 1e-8},
    {.key = "rss_drained_bytes", .min = NAN, .max = 10e6},
};

const struct hb_profile hb_profile_default = {
    .reference = "mimalloc",
    .floor = "floor",
    .via = "dlopen",
    .runs = 10,
    .slices = 200,
    .watchdog_s = 60,
    .aslr = true,
    .noise_floor_limit_percent = 3,
    .margin_percent = 2,
    .soak = {.control = "floor", .minutes = 60, .epoch_s = 5, .warmup_epochs = 3},
};

static bool fits_name(const char *text)
{
    return text[0] && strlen(text) < HB_NAME_MAX;
}

bool hb_profile_is_word(const char *text)
{
    return fits_name(text) && text[strspn(text, word_bytes)] == '\0';
}

bool hb_profile_is_label(const char *text)
{
    const size_t name = strspn(text, word_bytes);
    if (!fits_name(text) || name == 0)
        return false;
    return text[name] == '\0' || (text[name] == ':' && hb_profile_is_word(text + name + 1));
}

bool hb_profile_is_variable(const char *text)
{
    static const char *const refused[] = {"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT"};
    for (size_t i = 0; i < HB_TABLE_COUNT(refused); i++) {
        if (strcmp(text, refused[i]) == 0)
            return false;
    }
    return hb_profile_is_word(text) && !strpbrk(text, ".+-") && !strchr("0123456789", text[0]);
}

bool hb_profile_is_variable_text(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    }
    return true;
}

int hb_profile_copy(char *room, size_t room_bytes, const char *text)
{
    const size_t size = strlen(text);
    room[0] = '\0';
    if (size >= room_bytes)
        return -1;
    memcpy(room, text, size + 1);
    return 0;
}

/* "profiles/mixed.json" is "mixed". */
static int set_name(struct hb_profile *profile, const char *path, struct hb_err *err)
{
    const char *name = hb_path_name(path);
    const size_t stem = hb_path_stem(name, ".json"), length = stem ? stem : strlen(name);
    if (length >= sizeof profile->name ||
        hb_profile_copy(profile->path, sizeof profile->path, path) != 0)
        return hb_err_set(err, HB_ERR_USAGE, "%.200s...: the path or the name is too long", path);
    memcpy(profile->name, name, length);
    profile->name[length] = '\0';
    return 0;
}

static int set_default_lists(struct hb_profile *profile, struct hb_err *err)
{
    profile->allocators = malloc(sizeof default_allocators);
    profile->allocator_lines = calloc(HB_TABLE_COUNT(default_allocators), sizeof(unsigned long));
    if (!profile->allocators || !profile->allocator_lines)
        return hb_err_memory(err, NULL);
    memcpy(profile->allocators, default_allocators, sizeof default_allocators);
    profile->allocator_count = HB_TABLE_COUNT(default_allocators);
    memcpy(profile->milestones_percent, default_milestones, sizeof default_milestones);
    profile->milestone_count = HB_TABLE_COUNT(default_milestones);
    return 0;
}

static int set_soak(struct hb_profile *profile, struct hb_err *err)
{
    struct hb_profile_soak *soak = &profile->soak;
    soak->budgets = calloc(HB_TABLE_COUNT(defaults), sizeof *soak->budgets);
    if (!soak->budgets)
        return hb_err_memory(err, NULL);
    memcpy(soak->budgets, defaults, sizeof defaults);
    soak->budget_count = HB_TABLE_COUNT(defaults);
    return 0;
}

int hb_profile_init(struct hb_profile *profile, const char *path, struct hb_err *err)
{
    *profile = hb_profile_default;
    if (set_name(profile, path, err) == 0 && set_default_lists(profile, err) == 0 &&
        set_soak(profile, err) == 0)
        return 0;
    hb_profile_free(profile);
    return -1;
}

/* Programs are held against the C library's malloc, which they have anyway. */
void hb_profile_init_exec(struct hb_profile *profile)
{
    static const struct hb_profile_weight weights[] = {{"time", 1}, {"memory", 0.5}};
    profile->is_exec = true;
    profile->is_without_soak = true;
    HB_COPY(profile->reference, "system");
    HB_COPY(profile->via, "preload");
    profile->floor[0] = profile->soak.control[0] = '\0';
    profile->milestone_count = 0;
    memcpy(profile->exec.weights, weights, sizeof weights);
    profile->exec.weight_count = HB_TABLE_COUNT(weights);
}

void hb_profile_budgets_free(struct hb_profile_budget *budgets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(budgets[i].allocators);
    free(budgets);
}

void hb_profile_free(struct hb_profile *profile)
{
    for (size_t i = 0; i < profile->variant_count; i++)
        free(profile->variants[i].environment);
    hb_profile_budgets_free(profile->budgets, profile->budget_count);
    hb_profile_budgets_free(profile->soak.budgets, profile->soak.budget_count);
    hb_profile_exec_free(&profile->exec);
    free(profile->parameters);
    free(profile->allocators);
    free(profile->allocator_lines);
    free(profile->environment);
    free(profile->variants);
    *profile = (struct hb_profile){0};
}
