/* What has changed since earlier results: see since.h. */
#include "suite/since.h"

#include "base/copy.h"
#include "base/log.h"
#include "compare/compare.h"
#include "result/file.h"
#include "session/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILE  "mixed" /* whose list of allocators all have */
#define LIST_MAX 4096

/* An allocator as it was: of the newest loop that has it. */
struct earlier {
    struct hb_allocator_entry *entries; /* [count]; owned */
    char (*when)[32];                   /* [count]; owned */
    size_t count, capacity, when_capacity;
};

static int note_entry(struct earlier *earlier, const struct hb_allocator_entry *entry,
                      const char *when)
{
    for (size_t i = 0; i < earlier->count; i++) {
        if (strcmp(earlier->entries[i].label, entry->label) != 0)
            continue;
        if (strcmp(earlier->when[i], when) <= 0) {
            earlier->entries[i] = *entry;
            HB_COPY(earlier->when[i], when);
        }
        return 0;
    }
    void *entries = hb_array_grown(earlier->entries, earlier->count, &earlier->capacity,
                                   sizeof *earlier->entries);
    if (entries)
        earlier->entries = entries;
    void *dates = hb_array_grown(earlier->when, earlier->count, &earlier->when_capacity,
                                 sizeof *earlier->when);
    if (dates)
        earlier->when = dates;
    if (!entries || !dates)
        return -1;
    earlier->entries[earlier->count] = *entry;
    HB_COPY(earlier->when[earlier->count++], when);
    return 0;
}

static int read_earlier(const char *path, struct earlier *earlier, struct hb_err *err)
{
    char name[HB_PATH_MAX];
    char *const names[] = {name};
    struct hb_inputs inputs = {0};
    HB_COPY(name, path);
    int status = hb_inputs_find(names, 1, false, &inputs, err);
    for (size_t i = 0; status == 0 && i < inputs.count; i++) {
        struct hb_session session = {0};
        status = hb_inputs_read(&inputs, i, &session, err);
        for (size_t a = 0;
             status == 0 && session.kind == HB_KIND_REBASE && a < session.allocator_count; a++) {
            if (note_entry(earlier, &session.allocators[a], session.started_at) != 0)
                status = hb_err_memory(err, NULL);
        }
        hb_session_free(&session);
    }
    hb_inputs_free(&inputs);
    if (status == 0 && earlier->count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "--since %s: no loop was measured there", path);
    return status;
}

/* Of a plugin's library the path is known once a worker has loaded it. */
static int hash_library(const struct hb_places *places, struct hb_allocator_entry *entry,
                        struct hb_err *err)
{
    struct hb_allocator_info *info = calloc(1, sizeof *info);
    if (!info)
        return hb_err_memory(err, NULL);
    int status = 0;
    if (!entry->library_sha256[0] && !entry->missing_reason[0]) {
        hb_catalog_allocator(places, entry->plugin_path, true, info);
        if (info->library_path[0])
            status = hb_sha256_file(info->library_path, entry->library_sha256, err);
    }
    free(info);
    return status;
}

static bool has_changed(const struct earlier *earlier, const struct hb_allocator_entry *now)
{
    for (size_t i = 0; i < earlier->count; i++) {
        const struct hb_allocator_entry *then = &earlier->entries[i];
        if (strcmp(then->label, now->label) == 0)
            return strcmp(then->plugin_sha256, now->plugin_sha256) != 0 ||
                   strcmp(then->library_sha256, now->library_sha256) != 0 ||
                   strcmp(then->environment, now->environment) != 0;
    }
    return true;
}

/* The allocators of the choice as they are: of a session that is measured nowhere. */
static int look_now(const struct hb_places *places, const struct hb_measure_options *options,
                    struct hb_session *session, struct hb_err *err)
{
    struct hb_measure_options *own = malloc(sizeof *own); /* too large for a small stack */
    struct hb_profile profile = {0};
    char word[] = "hakbench";
    char *words[] = {word, NULL};
    if (!own)
        return hb_err_memory(err, NULL);
    *own = *options;
    own->profile = PROFILE;
    own->reference = own->reference ? own->reference : HB_SYSTEM_ALLOCATOR;
    int status = hb_measure_profile(own, places, &profile, err);
    if (status == 0)
        status = hb_measure_session(own, places, &profile, HB_KIND_REBASE, 1, words, session, err);
    hb_profile_free(&profile);
    free(own);
    for (size_t a = 0; status == 0 && a < session->allocator_count; a++)
        status = hash_library(places, &session->allocators[a], err);
    return status;
}

static bool is_measured(const struct hb_allocator_entry *entry)
{
    return hb_role_competes(entry->role) && !entry->missing_reason[0];
}

/* A session takes each library that is given by its path, whatever the list says. */
static void drop_unchanged(struct hb_externals *externals, const char *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < externals->count; i++) {
        if (hb_compare_is_listed(list, externals->items[i].name))
            externals->items[kept++] = externals->items[i];
    }
    externals->count = kept;
}

int hb_since_choose(const char *path, const struct hb_places *places,
                    struct hb_measure_options *options, struct hb_err *err)
{
    static char list[LIST_MAX]; /* argv's kind: it stays */
    struct earlier earlier = {0};
    struct hb_session session = {0};
    int status = read_earlier(path, &earlier, err);
    if (status == 0)
        status = look_now(places, options, &session, err);
    bool is_all = false;
    size_t changed = 0;
    for (size_t a = 0; status == 0 && a < session.allocator_count; a++)
        is_all |= session.allocators[a].role == HB_ROLE_REFERENCE &&
                  has_changed(&earlier, &session.allocators[a]);
    list[0] = '\0';
    for (size_t a = 0; status == 0 && a < session.allocator_count; a++) {
        const struct hb_allocator_entry *entry = &session.allocators[a];
        if (!is_measured(entry) || !(is_all || has_changed(&earlier, entry)))
            continue;
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", used ? "," : "", entry->label);
        changed++;
    }
    hb_session_free(&session);
    free(earlier.entries);
    free(earlier.when);
    if (status != 0)
        return -1;
    if (changed) {
        options->allocators = list;
        drop_unchanged(&options->externals, list);
    }
    if (changed)
        hb_say("changed since %s: %s", path, list);
    else
        hb_say("no library has changed since %s", path);
    return changed > 0;
}
