/* `hakbench list`: what can be measured here, and what cannot and why.
 * Loads nothing itself; workers describe plugins and workloads. */
#include "base/buf.h"
#include "commands/command.h"
#include "compare/figure.h"
#include "report/write_text.h"
#include "result/metric.h"
#include "result/profile.h"
#include "result/promise_list.h"
#include "run/catalog.h"
#include "session/libraries.h"
#include "session/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    bool allocators, workloads, profiles;
    const char *names;
};

static const struct hb_option own_options[] = {
    {"names", HB_AS_TEXT(struct options, names, "KIND"),
     .help = "Print bare names instead, one a line, for scripts: allocators, commands, figures, "
             "metrics, parameters, profiles, promises, variants, workloads"},
    {0},
};

static int read_section(void *field, const char *argument, struct hb_err *err)
{
    struct options *options = field;
    if (strcmp(argument, "allocators") == 0)
        options->allocators = true;
    else if (strcmp(argument, "workloads") == 0)
        options->workloads = true;
    else if (strcmp(argument, "profiles") == 0)
        options->profiles = true;
    else
        return hb_err_set(err, HB_ERR_USAGE, "\"%s\" is none of: allocators, workloads, profiles",
                          argument);
    return 0;
}

static const struct hb_usage usage = {
    .groups = {{own_options, 0}},
    .read_argument = read_section,
    .args_doc = "[allocators] [workloads] [profiles]",
    .doc = "Lists allocators found and missing with the reason, workloads with their parameters, "
           "and profiles.\v"
           "Examples:\n"
           "  hakbench list workloads\n"
           "  hakbench list --names profiles\n\n"
           "Exit status: 0 listed, 2 wrong usage, 3 nothing can be listed here.",
};

/* A row of the table, and a line each for what is to be said of it and of its variants. */
static void add_allocator(const struct hb_places *places, const char *name, struct hb_table *table,
                          struct hb_doc *doc)
{
    struct hb_allocator_info info;
    char path[HB_PATH_MAX];
    (void)hb_copy_path(path, NULL, "%s/%s.so", places->allocators, name);
    hb_catalog_allocator(places, path, true, &info);
    const bool missing = info.problem[0] != '\0';
    hb_table_add(table, HB_STYLE_STRONG, "%s", name);
    hb_table_add(table, missing ? HB_STYLE_BAD : HB_STYLE_GOOD, missing ? "missing" : "found");
    hb_table_text(table, info.library_version);
    hb_table_text(table, info.licence);
    hb_table_add(table, HB_STYLE_PLAIN, "%.90s", missing ? "" : info.library_path);
    if (missing)
        hb_doc_line(doc, "%s is missing: %s", name, info.problem);
    for (size_t i = 0; i < info.variant_count; i++)
        hb_doc_line(doc, "%s:%-10s %s (%s)", name, info.variants[i].name, info.variants[i].summary,
                    info.variants[i].environment);
}

static int list_allocators(const struct hb_places *places, struct hb_doc *doc, struct hb_err *err)
{
    static const struct hb_column columns[] = {HB_LEFT("name"), HB_LEFT("state"),
                                               HB_LEFT("version"), HB_LEFT("licence", .late = 1),
                                               HB_LEFT("library", .wraps = true)};
    char(*names)[HB_NAME_MAX] = NULL;
    static struct hb_libraries known; /* too large for a small stack */
    const int count = hb_catalog_names(places->allocators, &names, err);
    if (count < 0)
        return -1;
    hb_libraries_read_or_say(&known);
    hb_doc_section(doc, "allocators", "Allocators", "%s", "");
    struct hb_table *table = hb_doc_table(doc, "Allocators", columns, 5);
    hb_doc_add(doc, HB_BLOCK_TEXT, NULL, "%s", ""); /* parts the table from its lines */
    for (int i = 0; i < count; i++)
        add_allocator(places, names[i], table, doc);
    hb_doc_add(doc, HB_BLOCK_TEXT, NULL, "%s", "");
    hb_doc_line(doc, "any other malloc library: --allocator NAME=/path/lib.so");
    free(names);
    return 0;
}

static void choices_text(const struct hb_parameter_info *parameter, char *text, size_t text_bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < parameter->choice_count && used + HB_NAME_MAX < text_bytes; i++)
        used += (size_t)snprintf(text + used, text_bytes - used, "%s%s", i ? "|" : "",
                                 parameter->choices[i]);
}

static void range_text(const struct hb_parameter_info *parameter, char *text, size_t text_bytes)
{
    char low[HB_NAME_MAX], high[HB_NAME_MAX];
    if (parameter->type == HB_PARAMETER_CHOICE) {
        choices_text(parameter, text, text_bytes);
        return;
    }
    if (parameter->type == HB_PARAMETER_SIZES || parameter->type == HB_PARAMETER_TRACE) {
        (void)snprintf(text, text_bytes, "a file");
        return;
    }
    hb_parameter_format(parameter, parameter->min, low, sizeof low);
    hb_parameter_format(parameter, parameter->max, high, sizeof high);
    (void)snprintf(text, text_bytes, "%s..%s", low, high);
}

static void add_meaning(struct hb_doc *doc, const char *what, const char *text)
{
    if (text[0])
        hb_doc_line(doc, "%s: %s", what, text);
}

static int list_workload(const struct hb_places *places, const char *name, struct hb_doc *doc,
                         struct hb_err *err)
{
    static const struct hb_column columns[] = {HB_LEFT("parameter"), HB_RIGHT("default"),
                                               HB_LEFT("range", .breaks = true),
                                               HB_LEFT("what it is", .breaks = true)};
    struct hb_workload_info *info = calloc(1, sizeof *info);
    if (!info)
        return hb_err_memory(err, NULL);
    if (hb_catalog_workload(places, name, info, err) != 0) {
        free(info);
        return -1;
    }
    hb_doc_add(doc, HB_BLOCK_TEXT, NULL, "%s: %s", info->name, info->summary);
    add_meaning(doc, "stands for", info->stands_for);
    add_meaning(doc, "cannot show", info->cannot_show);
    add_meaning(doc, "source", info->source);
    struct hb_table *table = hb_doc_table(doc, info->name, columns, 4);
    for (size_t i = 0; i < info->parameter_count; i++) {
        const struct hb_parameter_info *parameter = &info->parameters[i];
        char value[HB_NAME_MAX], range[192];
        if (i == HB_PARAMETER_SEED)
            continue; /* the session's: --seed */
        hb_parameter_format(parameter, parameter->default_value, value, sizeof value);
        range_text(parameter, range, sizeof range);
        hb_table_add(table, HB_STYLE_STRONG, "%s", parameter->name);
        hb_table_text(table, value);
        hb_table_add(table, HB_STYLE_DIM, "%s", range);
        hb_table_add(table, HB_STYLE_PLAIN, "%.94s", parameter->help);
    }
    free(info);
    return 0;
}

static int list_workloads(const struct hb_places *places, struct hb_doc *doc, struct hb_err *err)
{
    char(*names)[HB_NAME_MAX] = NULL;
    const int count = hb_catalog_names(places->workloads, &names, err);
    int status = count < 0 ? -1 : 0;
    hb_doc_section(doc, "workloads", "Workloads", "%s", "");
    for (int i = 0; status == 0 && i < count; i++)
        status = list_workload(places, names[i], doc, err);
    free(names);
    return status;
}

static int longest_name(const struct hb_profile_listing *list, size_t count)
{
    size_t width = 0;
    for (size_t i = 0; i < count; i++)
        width = strlen(list[i].name) > width ? strlen(list[i].name) : width;
    return (int)width;
}

static int list_profiles(const struct hb_places *places, struct hb_doc *doc, struct hb_err *err)
{
    struct hb_profile_listing *list = NULL;
    size_t count = 0;
    if (hb_profile_list(places->profiles, &list, &count, err) != 0)
        return -1;
    hb_doc_section(doc, "profiles", "Profiles", "%s", "");
    const int width = longest_name(list, count);
    for (size_t i = 0; i < count; i++)
        hb_doc_line(doc, "%-*s  %s", width, list[i].name,
                    list[i].problem[0] ? list[i].problem : list[i].summary);
    free(list);
    return 0;
}

static int list_sections(const struct options *options, bool all, struct hb_doc *doc,
                         struct hb_err *err)
{
    struct hb_places places;
    int status = hb_places_find(&places, err);
    if (status == 0 && (all || options->allocators))
        status = list_allocators(&places, doc, err);
    if (status == 0 && (all || options->workloads))
        status = list_workloads(&places, doc, err);
    if (status == 0 && (all || options->profiles))
        status = list_profiles(&places, doc, err);
    return status;
}

/* ---- bare names, for shell completion and scripts ---- */

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

/* What `check` takes for --only and --skip: groups first. */
static int promises(const struct hb_places *places, struct hb_buf *out, struct hb_err *err)
{
    struct hb_session session = {.promise_count = 0};
    const int status = hb_promises_read(places->promises, &session, err);
    for (size_t i = 0; status == 0 && i < HB_PROMISE_GROUPS; i++)
        add(out, hb_promise_group_names[i]);
    for (size_t i = 0; i < session.promise_count; i++)
        add(out, session.promises[i].name);
    hb_session_free(&session);
    return status;
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
    {"promises", promises},     {"variants", variants},      {"workloads", workloads},
};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)

static int write_names(const char *kind, struct hb_buf *out, struct hb_err *err)
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

static int print_names(const char *kind, struct hb_err *err)
{
    struct hb_buf out = {0};
    if (write_names(kind, &out, err) == 0)
        return hb_text_print(&out, &(struct hb_screen){0}, stdout, err);
    hb_buf_free(&out);
    return -1;
}

static int run(int argc, char **argv, struct hb_err *err)
{
    struct options options = {0};
    static struct hb_doc doc; /* too large for a small stack */
    if (hb_options_parse(&usage, argc, argv, &options, err) != 0)
        return -1;
    const bool all = !options.allocators && !options.workloads && !options.profiles;
    if (options.names && !all)
        return hb_err_set(err, HB_ERR_USAGE, "--names takes the kind itself: list --names %s",
                          options.names);
    if (options.names)
        return print_names(options.names, err);
    int status = list_sections(&options, all, &doc, err);
    if (status == 0)
        status = hb_doc_print(&doc, false, stdout, err);
    hb_doc_free(&doc);
    return status;
}

HB_COMMAND_RUN(list, "allocators found and missing, workloads with parameters, profiles");
