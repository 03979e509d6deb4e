/* Profiles as files: finding, listing, changing by flags.
 * Read next: profile_json.c, profile_json.c. */
#include "result/profile.h"

#include "base/copy.h"
#include "base/quote.h"
#include "result/file.h"
#include "result/profile_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct hb_profile_variant *hb_profile_find_variant(const struct hb_profile *profile,
                                                         const char *label)
{
    for (size_t i = 0; i < profile->variant_count; i++) {
        if (strcmp(profile->variants[i].label, label) == 0)
            return &profile->variants[i];
    }
    return NULL;
}

/* --- flags ----------------------------------------------------------------------------------- */

static struct hb_profile_setting *find_parameter(struct hb_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->parameter_count; i++) {
        if (strcmp(profile->parameters[i].name, name) == 0)
            return &profile->parameters[i];
    }
    return NULL;
}

static struct hb_profile_setting *add_parameter(struct hb_profile *profile)
{
    struct hb_profile_setting *grown =
        reallocarray(profile->parameters, profile->parameter_count + 1, sizeof *grown);
    if (!grown)
        return NULL;
    profile->parameters = grown;
    return &grown[profile->parameter_count++];
}

int hb_profile_set_parameter(struct hb_profile *profile, const char *name, const char *text,
                             struct hb_err *err)
{
    struct hb_profile_setting setting = {0};
    if (!hb_profile_is_word(name) || hb_profile_copy(setting.name, sizeof setting.name, name) != 0)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%s is no name of a parameter; expected " HB_PROFILE_WORD_HELP,
                          hb_quote(name).text);
    if (!text[0] || hb_profile_copy(setting.text, sizeof setting.text, text) != 0)
        return hb_err_set(err, HB_ERR_USAGE, "%s: expected a value of 1 to %d bytes, found %s",
                          name, HB_PROFILE_VALUE_MAX - 1, hb_quote(text).text);
    struct hb_profile_setting *place = find_parameter(profile, name);
    if (!place)
        place = add_parameter(profile);
    if (!place)
        return hb_err_memory(err, NULL);
    *place = setting;
    return 0;
}

struct labels {
    char (*names)[HB_NAME_MAX];
    size_t count;
};

static int add_label(struct labels *labels, const char *label, struct hb_err *err)
{
    if (!hb_profile_is_label(label))
        return hb_err_set(err, HB_ERR_USAGE, "%s is no allocator; expected " HB_PROFILE_LABEL_HELP,
                          hb_quote(label).text);
    for (size_t i = 0; i < labels->count; i++) {
        if (strcmp(labels->names[i], label) == 0)
            return hb_err_set(err, HB_ERR_USAGE, "the allocator \"%s\" is there twice", label);
    }
    if (labels->count == HB_PROFILE_ITEMS_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "more than %d allocators", HB_PROFILE_ITEMS_MAX);
    return hb_profile_copy(labels->names[labels->count++], HB_NAME_MAX, label);
}

/* Cuts list at its commas. */
static int split_labels(char *list, struct labels *labels, struct hb_err *err)
{
    char *label;
    while ((label = strsep(&list, ",")) != NULL) {
        if (add_label(labels, label, err) != 0)
            return -1;
    }
    return 0;
}

int hb_profile_set_allocators(struct hb_profile *profile, const char *list, struct hb_err *err)
{
    struct labels labels = {.names = calloc(HB_PROFILE_ITEMS_MAX, HB_NAME_MAX)};
    unsigned long *lines = calloc(HB_PROFILE_ITEMS_MAX, sizeof *lines);
    char *copy = strdup(list);
    int result = -1;
    if (!labels.names || !lines || !copy)
        (void)hb_err_memory(err, NULL);
    else
        result = split_labels(copy, &labels, err);
    free(copy);
    if (result != 0) {
        free(labels.names);
        free(lines);
        return -1;
    }
    free(profile->allocators);
    free(profile->allocator_lines);
    profile->allocators = labels.names;
    profile->allocator_lines = lines;
    profile->allocator_count = labels.count;
    return 0;
}

/* --- files ----------------------------------------------------------------------------------- */

static int load_path(const char *path, struct hb_profile *profile, struct hb_err *err)
{
    struct hb_buf text = {0};
    int result = hb_file_read_text(path, HB_PROFILE_BYTES_MAX, &text, err);
    if (result == 0)
        result = hb_profile_parse(hb_buf_string(&text), text.size, path, profile, err);
    hb_buf_free(&text);
    return result;
}

/* A path made of a folder and a name must lead to a file: to open a pipe may take for ever. */
static int load_found(const char *path, struct hb_profile *profile, struct hb_err *err)
{
    *profile = (struct hb_profile){0};
    return hb_file_expect_regular(path, err) == 0 ? load_path(path, profile, err) : -1;
}

/* Names of every profile in the folders, for the message about one that is not there. */
static void list_names(const char *const *folders, size_t folder_count, struct hb_buf *names,
                       struct hb_buf *searched)
{
    for (size_t i = 0; i < folder_count; i++) {
        struct hb_profile_listing *list;
        size_t count;
        (void)hb_buf_printf(searched, "%s%s", i ? ", " : "", folders[i]);
        if (hb_profile_list(folders[i], &list, &count, NULL) != 0)
            continue;
        for (size_t j = 0; j < count; j++)
            (void)hb_buf_printf(names, "%s%s", names->size ? ", " : "", list[j].name);
        free(list);
    }
}

static int not_found(const char *name, const char *const *folders, size_t folder_count,
                     struct hb_err *err)
{
    char near[HB_NAME_MAX + 32];
    struct hb_buf names = {0}, searched = {0};
    list_names(folders, folder_count, &names, &searched);
    (void)hb_suggest_listed(name, hb_buf_string(&names), near, sizeof near);
    (void)hb_err_set(err, HB_ERR_USAGE, "no profile %s in %s%s; there are %s", hb_quote(name).text,
                     searched.size ? searched.bytes : "no folder at all", near,
                     names.size ? names.bytes : "none");
    hb_buf_free(&names);
    hb_buf_free(&searched);
    return -1;
}

int hb_profile_load(const char *name_or_path, const char *const *folders, size_t folder_count,
                    struct hb_profile *profile, struct hb_err *err)
{
    *profile = (struct hb_profile){0};
    if (strchr(name_or_path, '/') || hb_path_stem(name_or_path, ".json"))
        return load_path(name_or_path, profile, err);
    for (size_t i = 0; i < folder_count; i++) {
        char path[HB_PATH_MAX];
        if (hb_copy_path(path, NULL, "%s/%s.json", folders[i], name_or_path) == 0 &&
            access(path, F_OK) == 0)
            return load_found(path, profile, err);
    }
    return not_found(name_or_path, folders, folder_count, err);
}

/* --- listing --------------------------------------------------------------------------------- */

static int is_profile(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && hb_path_stem(entry->d_name, ".json");
}

static int by_name(const void *a, const void *b)
{
    const struct hb_profile_listing *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static void describe(const char *folder, const char *file, struct hb_profile_listing *item)
{
    struct hb_profile profile;
    struct hb_err problem = {0};
    (void)snprintf(item->name, sizeof item->name, "%.*s", (int)(strlen(file) - strlen(".json")),
                   file);
    if (hb_copy_path(item->path, &problem, "%s/%s", folder, file) != 0 ||
        load_found(item->path, &profile, &problem) != 0) {
        HB_COPY(item->problem, problem.message);
        return;
    }
    HB_COPY(item->summary, profile.summary);
    hb_profile_free(&profile);
}

int hb_profile_list(const char *folder, struct hb_profile_listing **list, size_t *count,
                    struct hb_err *err)
{
    struct dirent **entries;
    *list = NULL;
    *count = 0;
    const int found = scandir(folder, &entries, is_profile, NULL);
    if (found < 0)
        return hb_err_errno(err, HB_ERR_USAGE, errno, "%s: cannot list the folder", folder);
    *list = calloc((size_t)found + 1, sizeof **list);
    for (int i = 0; i < found; i++) {
        if (*list)
            describe(folder, entries[i]->d_name, &(*list)[(*count)++]);
        free(entries[i]);
    }
    free(entries);
    if (!*list)
        return hb_err_memory(err, NULL);
    qsort(*list, *count, sizeof **list, by_name);
    return 0;
}
