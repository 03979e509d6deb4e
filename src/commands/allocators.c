/* `hakbench allocators`: libraries that keep a name, so that nobody types --allocator NAME=PATH
 * twice.
 */
#include "base/copy.h"
#include "base/log.h"
#include "commands/command.h"
#include "program/effect.h"
#include "run/catalog.h"
#include "session/libraries.h"
#include "session/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *words[3];
    size_t count;
};

static int read_word(void *options_, const char *argument, struct hb_err *err)
{
    struct options *options = options_;
    if (options->count == 3)
        return hb_err_set(err, HB_ERR_USAGE, "unexpected argument \"%s\"", argument);
    options->words[options->count++] = argument;
    return 0;
}

static const struct hb_usage usage = {
    .read_argument = read_word,
    .args_doc = "[list]\nadd NAME LIBRARY[;VARIABLE=VALUE...]\nremove NAME",
    .doc =
        "Gives malloc libraries a permanent name, for --allocators, profiles and `ab`. A "
        "library is measured only where it is named. Names are kept in hakbench/allocators.json "
        "below XDG_CONFIG_HOME, or ~/.config.\v"
        "Examples:\n"
        "  hakbench allocators add mine /opt/lib/libmine.so\n"
        "  hakbench allocators add je-bg \\\n"
        "        '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2;MALLOC_CONF=background_thread:true'\n"
        "  hakbench allocators\n"
        "  hakbench rebase --allocators hakmem,mine\n"
        "  hakbench allocators remove mine",
};

/* Paths are whole, to be copied: no table breaks them. */
static void print_list(const struct hb_libraries *known)
{
    size_t width = 0;
    for (size_t i = 0; i < known->count; i++) {
        const size_t length = strlen(known->items[i].name);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < known->count; i++) {
        const struct hb_library *item = &known->items[i];
        struct hb_external external;
        struct hb_err problem = {0};
        (void)printf("%-*s  %s%s\n", (int)width, item->name, item->library,
                     hb_library_resolve(item, &external, &problem) == 0 ? "" : "  (not there)");
    }
    if (known->count == 0)
        (void)printf("no names yet: hakbench allocators add NAME LIBRARY\n");
}

/* A name that hakbench has itself would be another's. */
static int check_name(const char *name, struct hb_err *err)
{
    struct hb_places places;
    if (hb_places_find(&places, err) != 0)
        return -1;
    if (hb_catalog_has_allocator(&places, name))
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s is an allocator of hakbench's own; take another "
                          "name",
                          name);
    return 0;
}

static int add(struct hb_libraries *known, const char *name, const char *library,
               struct hb_err *err)
{
    char text[sizeof known->items[0].name + sizeof known->items[0].library];
    struct hb_external external;
    struct hb_library *item = hb_libraries_find(known, name);
    (void)snprintf(text, sizeof text, "%s=%s", name, library);
    if (check_name(name, err) != 0 || hb_setup_external(text, &external, err) != 0)
        return -1;
    if (!hb_effect_is_elf(external.path))
        return hb_err_set(err, HB_ERR_USAGE, "%s is no library", external.path);
    if (!item && known->count == HB_LIBRARIES_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "there are %u names already", HB_LIBRARIES_MAX);
    if (!item)
        item = &known->items[known->count++];
    HB_COPY(item->name, external.name);
    (void)snprintf(item->library, sizeof item->library, "%s%s%s", external.path,
                   external.environment[0] ? ";" : "", external.environment);
    if (hb_libraries_write(known, err) != 0)
        return -1;
    hb_say("%s is %s from now on", item->name, item->library);
    return 0;
}

static int remove_name(struct hb_libraries *known, const char *name, struct hb_err *err)
{
    struct hb_library *item = hb_libraries_find(known, name);
    if (!item)
        return hb_err_set(err, HB_ERR_USAGE,
                          "no library has the name \"%s\"; `hakbench "
                          "allocators` lists them",
                          name);
    memmove(item, item + 1, (size_t)(known->items + known->count - (item + 1)) * sizeof *item);
    known->count--;
    return hb_libraries_write(known, err);
}

static int run(int argc, char **argv, struct hb_err *err)
{
    static struct hb_libraries known; /* too large for a small stack */
    struct options options = {.count = 0};
    if (hb_options_parse(&usage, argc, argv, &options, err) != 0 ||
        hb_libraries_read(&known, err) != 0)
        return -1;
    const char *what = options.count ? options.words[0] : "list";
    if (strcmp(what, "list") == 0 && options.count < 2)
        return print_list(&known), HB_EXIT_OK;
    if (strcmp(what, "add") == 0 && options.count == 3)
        return add(&known, options.words[1], options.words[2], err);
    if (strcmp(what, "remove") == 0 && options.count == 2)
        return remove_name(&known, options.words[1], err);
    return hb_err_set(err, HB_ERR_USAGE, "expected list, add NAME LIBRARY, or remove NAME");
}

HB_COMMAND_RUN(allocators, "malloc libraries that keep a name");
