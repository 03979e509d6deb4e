/* What a plugin says of itself, as lines of tab-separated words on stdout for the catalog.
 * Runs the plugin's code, so the parent asks in a process of its own: this one.
 * Read next: src/run/catalog.c (the reader), docs/plugins.md. */
#include "worker/worker.h"

#include <string.h>

enum { STATUS_OK = 0, STATUS_UNLOADABLE = 1, STATUS_REFUSED = 2 };

/* Prints the word; tabs and line ends inside it would be taken for the format's own. */
static void put(const char *word)
{
    for (; word && *word; word++)
        (void)putchar((unsigned char)*word < ' ' ? ' ' : *word);
}

static void line(const char *key, const char *value)
{
    put(key);
    (void)putchar('\t');
    put(value);
    (void)putchar('\n');
}

static int complain(const struct hb_worker_failure *failure, int status)
{
    line("error", failure->text);
    if (failure->error == HB_WORKER_PLUGIN_UNLOADABLE ||
        failure->error == HB_WORKER_LIBRARY_MISSING)
        line("missing", "");
    (void)fflush(stdout);
    return status;
}

/* --- allocator ---------------------------------------------------------------------------------
 */

static void print_plugin(const struct hb_worker_allocator *allocator)
{
    const struct hb_allocator_plugin *plugin = allocator->plugin;
    (void)printf("abi\t%u\n", plugin ? plugin->abi_version : 0);
    line("name", allocator->name);
    line("summary", !plugin ? "unmodified malloc library" : plugin->summary);
    line("licence", plugin && plugin->licence ? plugin->licence : "-");
    if (!plugin) /* the file itself is what would be preloaded */
        line("preload", "");
    else if (plugin->preload_name) /* "": the process has it anyway */
        line("preload", plugin->preload_name);
    else
        line("preload", "-");
    for (const struct hb_allocator_variant *variant = plugin ? plugin->variants : NULL;
         variant && variant->name; variant++) {
        (void)printf("variant\t");
        put(variant->name);
        (void)putchar('\t');
        put(variant->environment);
        (void)putchar('\t');
        put(variant->summary);
        (void)putchar('\n');
    }
}

static bool is_listed(const char *name, const char *const *names)
{
    for (; names && *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Where the plugin would preload the very library it loads, the file found is the one to name:
 * "libmimalloc.so.2" may be "libmimalloc.so.3.0" here. */
static void print_preload_found(const struct hb_worker_allocator *allocator)
{
    const struct hb_allocator_plugin *plugin = allocator->plugin;
    const char *slash = strrchr(allocator->path, '/');
    if (slash && plugin && plugin->preload_name &&
        is_listed(plugin->preload_name, plugin->library_names))
        line("preload", slash + 1);
}

/* As a run would, with a small workload: open() and the proof included. */
static int open_and_prove(const struct hb_worker_options *options,
                          struct hb_worker_allocator *allocator, struct hb_worker_failure *failure)
{
    const struct hb_allocator_hint hint = {
        .size_max = 1024, .blocks_max = HB_WORKER_PROOF_BLOCKS, .threads = 1};
    if (hb_worker_load_library(options, allocator, failure) != 0)
        return -1;
    line("library", allocator->path);
    line("version", allocator->version[0] ? allocator->version : "-");
    print_preload_found(allocator);
    (void)fflush(stdout); /* what is known survives a crash in the next step */
    if (hb_worker_resolve(allocator, &hint, failure) != 0)
        return -1;
    if (allocator->functions.thread_init)
        allocator->functions.thread_init();
    return hb_worker_prove(allocator, &hint, failure);
}

int hb_worker_describe_allocator(const struct hb_worker_options *options)
{
    struct hb_worker_allocator allocator;
    struct hb_worker_failure failure = {0};
    if (hb_worker_open_allocator(options, &allocator, &failure) != 0)
        return complain(&failure, STATUS_UNLOADABLE);
    print_plugin(&allocator);
    (void)fflush(stdout);
    if (options->open && open_and_prove(options, &allocator, &failure) != 0)
        return complain(&failure, STATUS_UNLOADABLE);
    return fflush(stdout) == 0 ? STATUS_OK : STATUS_UNLOADABLE;
}

/* --- workload ----------------------------------------------------------------------------------
 */

static const char *type_name(enum hb_parameter_type type)
{
    static const char *const names[] = {
        [HB_PARAMETER_COUNT] = "count", [HB_PARAMETER_BYTES] = "bytes",
        [HB_PARAMETER_SHARE] = "share", [HB_PARAMETER_CHOICE] = "choice",
        [HB_PARAMETER_SIZES] = "sizes", [HB_PARAMETER_TRACE] = "trace"};
    return (unsigned)type < sizeof names / sizeof names[0] ? names[type] : "unknown";
}

static void print_parameter(const struct hb_parameter *parameter)
{
    (void)printf("parameter\t");
    put(parameter->name);
    (void)printf("\t%s\t%llu\t%llu\t%llu\t", type_name(parameter->type),
                 (unsigned long long)parameter->default_value, (unsigned long long)parameter->min,
                 (unsigned long long)parameter->max);
    put(parameter->unit);
    (void)putchar('\t');
    put(parameter->help);
    (void)putchar('\t');
    for (const char *const *choice = parameter->choices; choice && *choice; choice++) {
        if (choice != parameter->choices)
            (void)putchar(',');
        put(*choice);
    }
    (void)putchar('\n');
}

int hb_worker_describe_workload(const struct hb_worker_options *options)
{
    const struct hb_workload *workload;
    uint64_t values[HB_WORKER_PARAMETERS_MAX];
    struct hb_allocator_hint hint;
    struct hb_worker_failure failure = {0};
    if (hb_worker_load_workload(options->workload, &workload, &failure) != 0)
        return complain(&failure, STATUS_UNLOADABLE);
    if (options->setting_count > 0 &&
        hb_worker_values(workload, options, values, &hint, &failure) != 0)
        return complain(&failure, STATUS_REFUSED);
    line("name", workload->name);
    line("summary", workload->summary);
    line("stands_for", workload->stands_for);
    line("cannot_show", workload->cannot_show);
    line("source", workload->source);
    if (workload->is_paced)
        line("paced", "yes");
    for (const struct hb_parameter *parameter = workload->parameters; parameter->name; parameter++)
        print_parameter(parameter);
    return fflush(stdout) == 0 ? STATUS_OK : STATUS_UNLOADABLE;
}
