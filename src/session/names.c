/* Bare names, one a line: see names.h. */
#include "session/names.h"

#include "compare/figure.h"
#include "result/epoch.h"
#include "result/profile.h"
#include "run/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const commands[] = {
#define HB_COMMAND(name) #name,
#include "commands.inc"
#undef HB_COMMAND
};

/* True when the line is there: what several workloads or tables have is one name. */
static bool has_line(const struct hb_buf *out, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = hb_buf_string(out); *at; at += strcspn(at, "\n") + 1) {
        if (strncmp(at, name, length) == 0 && at[length] == '\n')
            return true;
    }
    return false;
}

static void add(struct hb_buf *out, const char *name)
{
    if (!has_line(out, name))
        hb_buf_printf(out, "%s\n", name);
}

/* ---- files ---- */

static int add_folder(const char *folder, struct hb_buf *out, struct hb_err *err)
{
    char(*names)[HB_NAME_MAX] = NULL;
    const int count = hb_catalog_names(folder, &names, err);
    for (int i = 0; i < count; i++)
        add(out, names[i]);
    free(names);
    return count < 0 ? -1 : 0;
}

static int allocators(const struct hb_places *places, struct hb_buf *out, struct hb_err *err)
{
    return add_folder(places->allocators, out, err);
}

static int workloads(const struct hb_places *places, struct hb_buf *out, struct hb_err *err)
{
    return add_folder(places->workloads, out, err);
}

static int profiles(const struct hb_places *places, struct hb_buf *out, struct hb_err *err)
{
    struct hb_profile_listing *list = NULL;
    size_t count = 0;
    if (hb_profile_list(places->profiles, &list, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!list[i].problem[0])
            add(out, list[i].name);
    }
    free(list);
    return 0;
}

/* ---- tables ---- */

static int command_names(const struct hb_places *places, struct hb_buf *out, struct hb_err *err)
{
    (void)places;
    (void)err;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        add(out, commands[i]);
    return 0;
}

static int metrics(const struct hb_places *places, struct hb_buf *out, struct hb_err *err)
{
    (void)places;
    (void)err;
    for (size_t i = 0; i < HB_METRIC_COUNT; i++)
        add(out, hb_metrics[i].key);
    for (size_t i = 0; i < HB_EPOCH_METRIC_COUNT; i++)
        add(out, hb_epoch_metrics[i].key);
    return 0;
}

/* The short names that compare takes: "rss_peak" for the metric rss_peak_bytes. */
static int figures(const struct hb_places *places, struct hb_buf *out, struct hb_err *err)
{
    (void)places;
    (void)err;
    for (size_t i = 0; i < HB_FIGURE_COUNT; i++)
        add(out, hb_figure(i)->name);
    return 0;
}

/* ---- what a worker must be asked for ---- */

/* The seed is the session's: --seed. */
static int add_parameters(const struct hb_places *places, const char *workload, struct hb_buf *out,
                          struct hb_err *err)
{
    struct hb_workload_info *info = calloc(1, sizeof *info);
    if (!info)
        return hb_err_memory(err, NULL);
    const int status = hb_catalog_workload(places, workload, info, err);
    for (size_t i = 0; status == 0 && i < info->parameter_count; i++) {
        if (i != HB_PARAMETER_SEED)
            add(out, info->parameters[i].name);
    }
    free(info);
    return status;
}

static int parameters(const struct hb_places *places, struct hb_buf *out, struct hb_err *err)
{
    char(*names)[HB_NAME_MAX] = NULL;
    const int count = hb_catalog_names(places->workloads, &names, err);
    int status = count < 0 ? -1 : 0;
    for (int i = 0; status == 0 && i < count; i++)
        status = add_parameters(places, names[i], out, err);
    free(names);
    return status;
}

/* One that cannot be described has no variants; `hakbench list` says why. */
static int variants(const struct hb_places *places, struct hb_buf *out, struct hb_err *err)
{
    char(*names)[HB_NAME_MAX] = NULL;
    const int count = hb_catalog_names(places->allocators, &names, err);
    for (int i = 0; i < count; i++) {
        struct hb_allocator_info info;
        char path[HB_PATH_MAX];
        (void)hb_copy_path(path, NULL, "%s/%s.so", places->allocators, names[i]);
        hb_catalog_allocator(places, path, false, &info);
        for (size_t j = 0; j < info.variant_count; j++)
            hb_buf_printf(out, "%s:%s\n", names[i], info.variants[j].name);
    }
    free(names);
    return count < 0 ? -1 : 0;
}

/* ---- kinds ---- */

static const struct kind {
    const char *name;
    int (*write)(const struct hb_places *places, struct hb_buf *out, struct hb_err *err);
} kinds[] = {
    {"allocators", allocators}, {"commands", command_names}, {"figures", figures},
    {"metrics", metrics},       {"parameters", parameters},  {"profiles", profiles},
    {"variants", variants},     {"workloads", workloads},
};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)

int hb_names_write(const char *kind, struct hb_buf *out, struct hb_err *err)
{
    struct hb_places places;
    char known[KIND_COUNT * HB_NAME_MAX] = "";
    for (size_t i = 0; i < KIND_COUNT; i++) {
        hb_copy_item(known, sizeof known, kinds[i].name);
        if (strcmp(kinds[i].name, kind) != 0)
            continue;
        return hb_places_find(&places, err) != 0 ? -1 : kinds[i].write(&places, out, err);
    }
    return hb_err_set(err, HB_ERR_USAGE, "--names %s: expected one of %s", kind, known);
}
