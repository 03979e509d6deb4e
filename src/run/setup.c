/* From a profile to a session's header: see setup.h. */
#include "run/setup.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/copy.h"
#include "base/quote.h"
#include "base/unit.h"
#include "host/identity.h"
#include "program/effect.h"
#include "result/file.h"
#include "result/model.h"
#include "run/cpus.h"
#include "run/exec_setup.h"
#include "run/paramfile.h"
#include "run/request.h"
#include "run/sizefile.h"
#include "run/tracefile.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "version.h"

/* "LIB;NAME=value NAME=value" -> path and environment. */
static int split_environment(const char *text, const char *file, struct hb_external *external,
                             struct hb_err *err)
{
    const char *semicolon = access(file, F_OK) == 0 ? NULL : strchr(file, ';');
    const int length = semicolon ? (int)(semicolon - file) : (int)strlen(file);
    const char *word = semicolon ? semicolon + 1 : "";
    if ((size_t)length >= sizeof external->path || strlen(word) >= sizeof external->environment)
        return hb_err_set(err, HB_ERR_USAGE, "%.200s: too long", text);
    (void)snprintf(external->path, sizeof external->path, "%.*s", length, file);
    HB_COPY(external->environment, word);
    for (; *word; word += strspn(word, " ")) {
        const size_t size = strcspn(word, " "), name_size = strcspn(word, "= ");
        char name[HB_NAME_MAX];
        (void)snprintf(name, sizeof name, "%.*s", (int)name_size, word);
        if (name_size == size || name_size >= sizeof name || !hb_profile_is_variable(name))
            return hb_err_set(err, HB_ERR_USAGE,
                              "%s: behind the semicolon are words of NAME=value, each "
                              "%s",
                              text, HB_PROFILE_VARIABLE_HELP);
        word += size;
    }
    return 0;
}

int hb_setup_external(const char *text, struct hb_external *external, struct hb_err *err)
{
    const char *equals = strchr(text, '=');
    const size_t length = equals ? (size_t)(equals - text) : 0;
    char resolved[PATH_MAX];
    if (!length || length >= sizeof external->name || !equals[1])
        return hb_err_set(err, HB_ERR_USAGE, "%s: expected NAME=/path/library.so", text);
    *external = (struct hb_external){.is_known = false};
    (void)snprintf(external->name, sizeof external->name, "%.*s", (int)length, text);
    if (strpbrk(external->name, ":, /"))
        return hb_err_set(err, HB_ERR_USAGE, "%s: a name has no colon, comma, space or slash",
                          text);
    if (split_environment(text, equals + 1, external, err) != 0)
        return -1;
    if (!realpath(external->path, resolved) || strlen(resolved) >= sizeof external->path)
        return hb_err_set(err, HB_ERR_USAGE, "%s: there is no file %s", text, external->path);
    HB_COPY(external->path, resolved);
    return hb_file_expect_regular(resolved, err); /* a worker would wait for a pipe's other end */
}

/* ---- allocators ---- */

struct setup {
    const struct hb_places *places;
    const struct hb_profile *profile;
    const struct hb_external *externals;
    size_t external_count;
    struct hb_session *session;
};

static const struct hb_external *find_external(const struct setup *setup, const char *name)
{
    for (size_t i = 0; i < setup->external_count; i++) {
        if (strcmp(setup->externals[i].name, name) == 0)
            return &setup->externals[i];
    }
    return NULL;
}

static int find_plugin(const struct setup *setup, const char *name, char path[HB_PATH_MAX],
                       struct hb_err *err)
{
    const struct hb_external *external = find_external(setup, name);
    char there[512], near[HB_NAME_MAX + 32];
    if (external) {
        hb_copy_text(path, HB_PATH_MAX, external->path);
        return 0;
    }
    if (hb_copy_path(path, NULL, "%s/%s.so", setup->places->allocators, name) == 0 && name[0] &&
        !strchr(name, '/') && access(path, R_OK) == 0)
        return 0;
    hb_catalog_list(setup->places->allocators, there, sizeof there);
    return hb_err_set(err, HB_ERR_USAGE,
                      "no allocator \"%s\"%s; there are: %s; or name one by --allocator "
                      "NAME=/path/library.so or `hakbench allocators add`",
                      name, hb_suggest_listed(name, there, near, sizeof near), there);
}

static int add_words(struct hb_allocator_entry *entry, const char *name, const char *value,
                     struct hb_err *err)
{
    const size_t used = strlen(entry->environment);
    const int more =
        snprintf(entry->environment + used, sizeof entry->environment - used, "%s%s%s%s",
                 used ? " " : "", name, value ? "=" : "", value ? value : "");
    if (more < 0 || (size_t)more >= sizeof entry->environment - used)
        return hb_err_set(err, HB_ERR_USAGE, "the environment of %s is too long", entry->label);
    return 0;
}

static int unknown_variant(const struct hb_allocator_info *info, const char *variant,
                           struct hb_err *err)
{
    char known[512] = "";
    for (size_t i = 0; i < info->variant_count; i++)
        hb_copy_item(known, sizeof known, info->variants[i].name);
    return hb_err_set(err, HB_ERR_USAGE, "allocator %s has no variant \"%s\"; it has: %s",
                      info->name, variant, known[0] ? known : "none");
}

/* The profile's own variants come first: a profile may redefine one. */
static int set_variant(const struct setup *setup, const struct hb_allocator_info *info,
                       struct hb_allocator_entry *entry, struct hb_err *err)
{
    char label[2 * HB_NAME_MAX];
    if (!entry->variant[0])
        return 0;
    (void)snprintf(label, sizeof label, "%s:%s", entry->name, entry->variant);
    const struct hb_profile_variant *own = hb_profile_find_variant(setup->profile, label);
    for (size_t i = 0; own && i < own->environment_count; i++) {
        if (add_words(entry, own->environment[i].name, own->environment[i].text, err) != 0)
            return -1;
    }
    if (own)
        return 0;
    for (size_t i = 0; i < info->variant_count; i++) {
        if (strcmp(info->variants[i].name, entry->variant) == 0)
            return add_words(entry, info->variants[i].environment, NULL, err);
    }
    return unknown_variant(info, entry->variant, err);
}

static bool in_folder_of(const char *file, const char *name, char path[HB_PATH_MAX])
{
    char folder[HB_PATH_MAX];
    HB_COPY(folder, file);
    return hb_copy_path(path, NULL, "%s/%s", dirname(folder), name) == 0 && access(path, R_OK) == 0;
}

/* Our own lies beside the worker, others beside the library that dlopen found. */
bool hb_setup_find_preload(const struct hb_places *places, const struct hb_allocator_info *info,
                           char path[HB_PATH_MAX])
{
    return in_folder_of(places->worker, info->preload_name, path) ||
           (info->library_path[0] && in_folder_of(info->library_path, info->preload_name, path));
}

static void set_preload(const struct setup *setup, const struct hb_allocator_info *info,
                        struct hb_allocator_entry *entry)
{
    HB_COPY(entry->via, "preload");
    if (find_external(setup, entry->name)) {
        HB_COPY(entry->preload_path, entry->plugin_path);
        return;
    }
    if (info->preload_name[0] && hb_setup_find_preload(setup->places, info, entry->preload_path))
        return;
    entry->preload_path[0] = '\0';
    if (!info->preload_name[0])
        return;
    (void)snprintf(entry->missing_reason, sizeof entry->missing_reason,
                   "%.100s, which LD_PRELOAD would need, is not there", info->preload_name);
}

static int hash_files(struct hb_allocator_entry *entry, struct hb_err *err)
{
    const char *library = entry->preload_path[0] ? entry->preload_path : entry->library_path;
    if (hb_sha256_file(entry->plugin_path, entry->plugin_sha256, err) != 0)
        return -1;
    return library[0] ? hb_sha256_file(library, entry->library_sha256, err) : 0;
}

/* Whole programs under LD_PRELOAD, not a worker with a loop. */
static bool is_of_programs(const struct hb_session *session)
{
    return session->kind == HB_KIND_EXEC || session->kind == HB_KIND_CHECK;
}

static int add_allocator(struct setup *setup, const char *label, enum hb_role role,
                         struct hb_err *err)
{
    struct hb_session *session = setup->session;
    struct hb_allocator_entry *entry = &session->allocators[session->allocator_count];
    struct hb_allocator_info info;
    char path[HB_PATH_MAX];
    *entry = (struct hb_allocator_entry){.role = role};
    const char *colon = strchr(label, ':');
    const size_t length = colon ? (size_t)(colon - label) : strlen(label);
    HB_COPY(entry->label, label);
    (void)snprintf(entry->name, sizeof entry->name, "%.*s", (int)length, label);
    HB_COPY(entry->variant, colon ? colon + 1 : "");
    if (find_plugin(setup, entry->name, path, err) != 0)
        return -1;
    hb_catalog_allocator(setup->places, path, true, &info);
    HB_COPY(entry->plugin_path, path);
    HB_COPY(entry->licence, info.licence);
    HB_COPY(entry->library_path, info.library_path);
    HB_COPY(entry->library_version, info.library_version);
    HB_COPY(entry->missing_reason, info.is_missing ? info.problem : "");
    HB_COPY(entry->via, "dlopen");
    if (!info.problem[0] && set_variant(setup, &info, entry, err) != 0)
        return -1;
    const struct hb_external *external = find_external(setup, entry->name);
    if (external && external->environment[0] &&
        add_words(entry, external->environment, NULL, err) != 0)
        return -1;
    /* What a worker would refuse of somebody's library a program need not mind. */
    const bool is_program = is_of_programs(session) && external && !info.is_missing;
    if (strcmp(setup->profile->via, "preload") == 0 && (info.can_preload || is_program))
        set_preload(setup, &info, entry);
    else if (is_of_programs(session) && !entry->missing_reason[0])
        (void)snprintf(entry->missing_reason, sizeof entry->missing_reason,
                       "it has no library that LD_PRELOAD could give a program");
    if (is_of_programs(session) && !entry->missing_reason[0] &&
        !hb_effect_may_have_malloc(entry->preload_path))
        (void)snprintf(entry->missing_reason, sizeof entry->missing_reason,
                       "%.400s exports no malloc", entry->preload_path);
    session->allocator_count++;
    return hash_files(entry, err);
}

static int add_once(struct setup *setup, const char *label, enum hb_role role, struct hb_err *err)
{
    const int index = hb_session_find(setup->session, label);
    if (index < 0)
        return add_allocator(setup, label, role, err);
    if (role != HB_ROLE_SUBJECT)
        setup->session->allocators[index].role = role;
    return 0;
}

/* The reference once more under another name: what differs between the two is noise. */
static void add_twin(struct setup *setup)
{
    struct hb_session *session = setup->session;
    const int reference = hb_session_find(session, setup->profile->reference);
    struct hb_allocator_entry *twin = &session->allocators[session->allocator_count++];
    *twin = session->allocators[reference];
    twin->role = HB_ROLE_TWIN;
    (void)snprintf(twin->label, sizeof twin->label, "%.50s (A/A)", setup->profile->reference);
}

/* A soak needs neither twin nor reference: it compares each allocator with itself, and all with a
 * control that meets the same machine. */
static int add_control(struct setup *setup, struct hb_err *err)
{
    const struct hb_profile *profile = setup->profile;
    const char *control = profile->soak.control;
    if (!control[0])
        return 0;
    return add_once(setup, control,
                    strcmp(control, profile->floor) == 0 ? HB_ROLE_FLOOR : HB_ROLE_SUBJECT, err);
}

static int add_allocators(struct setup *setup, struct hb_err *err)
{
    const struct hb_profile *profile = setup->profile;
    const size_t most = profile->allocator_count + setup->external_count + 4;
    if (profile->floor[0] && strcmp(profile->reference, profile->floor) == 0)
        return hb_err_set(err, HB_ERR_USAGE,
                          "reference %s: %s is the loop itself, which allocates nothing; take an "
                          "allocator",
                          profile->reference, profile->floor);
    setup->session->allocators = calloc(most, sizeof *setup->session->allocators);
    if (!setup->session->allocators)
        return hb_err_memory(err, NULL);
    for (size_t i = 0; i < profile->allocator_count; i++) {
        if (add_once(setup, profile->allocators[i], HB_ROLE_SUBJECT, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < setup->external_count; i++) {
        if (setup->externals[i].is_known)
            continue;
        if (strcmp(setup->externals[i].name, profile->floor) == 0)
            return hb_err_set(err, HB_ERR_USAGE,
                              "--allocator %s=%s: this profile calls the loop itself %s; take "
                              "another name",
                              profile->floor, setup->externals[i].path, profile->floor);
        if (add_once(setup, setup->externals[i].name, HB_ROLE_SUBJECT, err) != 0)
            return -1;
    }
    if (setup->session->kind == HB_KIND_SOAK)
        return add_control(setup, err);
    if (setup->session->kind == HB_KIND_CHECK) /* each is held against promises, not another */
        return 0;
    /* What a program does on the C library's malloc is what all others are held against. */
    if (setup->session->kind == HB_KIND_EXEC &&
        add_once(setup, HB_SYSTEM_ALLOCATOR, HB_ROLE_SUBJECT, err) != 0)
        return -1;
    if (add_once(setup, profile->reference, HB_ROLE_REFERENCE, err) != 0)
        return -1;
    if (profile->floor[0] && add_once(setup, profile->floor, HB_ROLE_FLOOR, err) != 0)
        return -1;
    add_twin(setup);
    return 0;
}

/* ---- workload ---- */

/* The range is what the size profile has, whatever the session's profile said of it. */
static int set_sizes(const struct hb_places *places, const struct hb_workload_info *workload,
                     const char *text, const char *where, struct hb_parameter_value *values,
                     struct hb_err *err)
{
    uint64_t range[2];
    struct hb_parameter_value *sizes = &values[hb_parameters_find(workload, HB_SIZES_PARAMETER)];
    if (hb_sizefile_set(places, text, where, sizes, range, err) != 0)
        return -1;
    for (size_t i = 0; sizes->value != 0 && i < 2; i++) {
        const int at = hb_parameters_find(workload, hb_sizefile_ranges[i]);
        if (at < 0)
            continue;
        values[at].value = range[i];
        hb_parameter_format(&workload->parameters[at], range[i], values[at].text,
                            sizeof values[at].text);
    }
    return 0;
}

static bool is_asked_for(const struct hb_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->parameter_count; i++)
        if (strcmp(profile->parameters[i].name, name) == 0)
            return true;
    return false;
}

/* One pass, or as many as a run has room for slices; on as many threads as were recorded. Both may
 * be asked for otherwise. */
static int set_trace(const struct hb_profile *profile, const struct hb_workload_info *workload,
                     const char *text, const char *where, struct hb_parameter_value *values,
                     struct hb_err *err)
{
    struct hb_score_head head;
    const int rows[] = {HB_PARAMETER_OPERATIONS, HB_PARAMETER_THREADS};
    if (hb_tracefile_set(text, where, &values[hb_parameters_find(workload, HB_TRACE_PARAMETER)],
                         &head, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct hb_parameter_info *row = &workload->parameters[rows[i]];
        const uint64_t once = rows[i] == HB_PARAMETER_THREADS ? head.together : head.events;
        const uint64_t value = rows[i] == HB_PARAMETER_THREADS ? once
                               : once < row->min               ? (row->min + once - 1) / once * once
                                                               : once;
        if (is_asked_for(profile, row->name))
            continue;
        values[rows[i]].value = value < row->max ? value : row->max;
        hb_parameter_format(row, values[rows[i]].value, values[rows[i]].text,
                            sizeof values[rows[i]].text);
    }
    return 0;
}

/* A session without a size profile has no word of one: it is the same as one of a hakbench that
 * knew none. */
static void drop_no_sizes(struct hb_session *session)
{
    size_t kept = 0;
    for (size_t i = 0; session->parameters && i < session->parameter_count; i++)
        if (strcmp(session->parameters[i].name, HB_SIZES_PARAMETER) != 0 ||
            session->parameters[i].value != 0)
            session->parameters[kept++] = session->parameters[i];
    session->parameter_count = kept;
}

static int set_parameters(const struct hb_places *places, const struct hb_profile *profile,
                          const struct hb_workload_info *workload,
                          struct hb_parameter_value *values, struct hb_err *err)
{
    const char *file = NULL;
    char file_where[HB_PATH_MAX + 32] = "";
    bool is_trace = false;
    hb_parameters_defaults(workload, values);
    for (size_t i = 0; i < profile->parameter_count; i++) {
        const struct hb_profile_setting *setting = &profile->parameters[i];
        char where[HB_PATH_MAX + 32] = "--set";
        if (setting->line)
            (void)snprintf(where, sizeof where, "%s:%lu", profile->path, setting->line);
        const int index = hb_parameters_find(workload, setting->name);
        if (index >= 0 && hb_catalog_is_file(setting->name)) {
            file = setting->text;
            is_trace = workload->parameters[index].type == HB_PARAMETER_TRACE;
            HB_COPY(file_where, where);
        } else if (hb_parameters_set(workload, values, setting->name, setting->text, where, err) !=
                   0)
            return -1;
    }
    if (is_trace)
        return set_trace(profile, workload, file, file_where, values, err);
    return file ? set_sizes(places, workload, file, file_where, values, err) : 0;
}

/* A flag that no loop would ask for is a mistake; a profile's file is for sessions without as well.
 */
static int check_ranges(const struct hb_profile *profile, const struct hb_session *session,
                        struct hb_err *err)
{
    const struct hb_parameter_value *sizes = hb_session_find_parameter(session, HB_SIZES_PARAMETER);
    for (size_t i = 0; i < profile->parameter_count; i++) {
        const struct hb_profile_setting *setting = &profile->parameters[i];
        if (setting->line == 0 && hb_sizefile_permits(sizes, setting->name, "--set", err) != 0)
            return -1;
    }
    return 0;
}

static int check_parameters(const struct hb_places *places, const struct hb_workload_info *workload,
                            struct hb_session *session, struct hb_err *err)
{
    int file_fd;
    drop_no_sizes(session);
    if (hb_paramfile_open(places, session, &file_fd, err) != 0)
        return -1;
    const int status = hb_catalog_check(places, workload, session->parameters,
                                        session->parameter_count, file_fd, err);
    if (file_fd > 0)
        (void)close(file_fd);
    return status;
}

static int setup_workload(struct setup *setup, struct hb_err *err)
{
    struct hb_session *session = setup->session;
    struct hb_workload_info *workload = calloc(1, sizeof *workload);
    if (!workload)
        return hb_err_memory(err, NULL);
    int status = hb_catalog_workload(setup->places, setup->profile->workload, workload, err);
    if (status == 0) {
        session->parameters = calloc(workload->parameter_count, sizeof *session->parameters);
        session->parameter_count = workload->parameter_count;
        status = session->parameters ? set_parameters(setup->places, setup->profile, workload,
                                                      session->parameters, err)
                                     : hb_err_memory(err, NULL);
    }
    if (status == 0)
        status = check_ranges(setup->profile, session, err);
    if (status == 0)
        status = check_parameters(setup->places, workload, session, err);
    if (status == 0)
        status = hb_sha256_file(workload->path, session->workload_sha256, err);
    HB_COPY(session->workload, workload->name);
    free(workload);
    return status;
}

/* Tried on this process and taken back: what a filter refuses it refuses the workers as well. */
static bool can_fix_addresses(void)
{
    const int now = personality(0xffffffff);
    return now != -1 && personality((unsigned long)now | ADDR_NO_RANDOMIZE) != -1 &&
           personality((unsigned long)now) != -1;
}

/* What the plan asks for and this machine does not grant: it is measured without, and said. */
static void note_refusals(struct hb_session *session)
{
    const struct hb_host_info *host = &session->host;
    const char *cpu = host->cpus_used[0] ? "" : "pinning to a CPU (sched_setaffinity)";
    const char *addresses = !session->profile->aslr && !can_fix_addresses()
                                ? "addresses that are not randomised (personality)"
                                : "";
    (void)snprintf(session->host.refused, sizeof session->host.refused, "%s%s%s", cpu,
                   cpu[0] && addresses[0] ? ", " : "", addresses);
}

static int setup_cpus(struct hb_session *session, struct hb_err *err)
{
    if (hb_cpus_choose(hb_session_threads_most(session), &session->host, err) != 0)
        return -1;
    note_refusals(session);
    return 0;
}

static void setup_identity(struct setup *setup, uint64_t seed, enum hb_session_kind kind)
{
    struct hb_session *session = setup->session;
    session->kind = kind;
    HB_COPY(session->tool_version, HB_VERSION);
    HB_COPY(session->tool_commit, HB_COMMIT);
    HB_COPY(session->profile_name, setup->profile->name);
    hb_clock_wall_text(session->started_at);
    session->partial = true;
    session->seed = seed;
    const uint32_t runs = setup->profile->runs, most = setup->profile->max_runs;
    session->blocks = kind == HB_KIND_SOAK ? 0 : most > runs ? most : runs;
    hb_host_identity(&session->host);
}

/* Hash over everything that must be the same for jobs to belong together: worker, workload,
 * parameters, plugins, libraries, environments, blocks, seed. */
static int plan_key(const struct hb_places *places, const struct hb_session *session, char key[65],
                    struct hb_err *err)
{
    struct hb_buf text = {0};
    char worker[HB_SHA256_TEXT];
    if (session->kind == HB_KIND_EXEC)
        hb_setup_programs_key(session, &text);
    if (hb_sha256_file(places->worker, worker, err) != 0)
        return -1;
    hb_buf_printf(&text, "%s %s %s %u %llu %s\n", worker, session->workload,
                  session->workload_sha256, session->blocks, (unsigned long long)session->seed,
                  session->host.class_key);
    for (size_t i = 0; i < session->parameter_count; i++)
        hb_buf_printf(&text, "%s=%llu\n", session->parameters[i].name,
                      (unsigned long long)session->parameters[i].value);
    for (size_t i = 0; i < session->point_count; i++)
        hb_buf_printf(&text, "%s:%llu|%s\n", session->points[i].name,
                      (unsigned long long)session->points[i].value, session->points[i].text);
    if (session->count_source[0])
        hb_buf_printf(&text, "%s\n", session->count_source);
    for (size_t i = 0; i < session->allocator_count; i++) {
        const struct hb_allocator_entry *entry = &session->allocators[i];
        hb_buf_printf(&text, "%s|%s|%s|%s|%s\n", entry->label, entry->via, entry->environment,
                      entry->plugin_sha256, entry->library_sha256);
    }
    const int status = hb_buf_check(&text, err);
    if (status == 0)
        hb_sha256_text(text.bytes, text.size, key);
    hb_buf_free(&text);
    return status;
}

int hb_setup_session(const struct hb_places *places, struct hb_profile *profile,
                     const struct hb_external *externals, size_t external_count, uint64_t seed,
                     enum hb_session_kind kind, struct hb_session *session, struct hb_err *err)
{
    session->profile = malloc(sizeof *session->profile);
    if (!session->profile)
        return hb_err_memory(err, NULL);
    *session->profile = *profile;
    *profile = (struct hb_profile){0};
    struct setup setup = {places, session->profile, externals, external_count, session};
    setup_identity(&setup, seed, kind);
    const int status = kind == HB_KIND_CHECK              ? 0
                       : kind == HB_KIND_EXEC             ? hb_setup_programs(session, err)
                       : setup_workload(&setup, err) != 0 ? -1
                                                          : setup_cpus(session, err);
    if (status != 0 || add_allocators(&setup, err) != 0)
        return -1;
    return plan_key(places, session, session->plan_key, err);
}

int hb_setup_key(const struct hb_places *places, struct hb_session *session, struct hb_err *err)
{
    return plan_key(places, session, session->plan_key, err);
}

int hb_setup_drop_twin(const struct hb_places *places, struct hb_session *session,
                       struct hb_err *err)
{
    const size_t last = session->allocator_count - 1;
    if (session->allocators[last].role == HB_ROLE_TWIN)
        session->allocator_count = last;
    return hb_setup_key(places, session, err);
}

/* ---- what must be the same ---- */

static int verify_file(const char *what, const char *label, const char *path, const char *expected,
                       struct hb_err *err)
{
    char now[HB_SHA256_TEXT];
    if (!path[0] || !expected[0])
        return 0;
    if (hb_sha256_file(path, now, err) != 0)
        return -1;
    if (strcmp(now, expected) == 0)
        return 0;
    return hb_err_set(err, HB_ERR_INCOMPARABLE,
                      "the %s %s (%.400s) has changed since the session started: its jobs would "
                      "not be comparable; start a new session",
                      what, label, path);
}

int hb_setup_verify(const struct hb_places *places, const struct hb_session *session,
                    struct hb_err *err)
{
    char path[HB_PATH_MAX], key[65];
    if (hb_copy_path(path, err, "%s/%s.so", places->workloads, session->workload) != 0 ||
        verify_file("workload", session->workload, path, session->workload_sha256, err) != 0)
        return -1;
    for (size_t i = 0; i < session->program_count; i++) {
        const struct hb_exec_program *program = &session->programs[i];
        if (verify_file("program", program->name, program->path, program->sha256, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < session->allocator_count; i++) {
        const struct hb_allocator_entry *entry = &session->allocators[i];
        const char *library = entry->preload_path[0] ? entry->preload_path : entry->library_path;
        if (verify_file("plugin of", entry->label, entry->plugin_path, entry->plugin_sha256, err) !=
                0 ||
            verify_file("library of", entry->label, library, entry->library_sha256, err) != 0)
            return -1;
    }
    if (plan_key(places, session, key, err) != 0)
        return -1;
    if (strcmp(key, session->plan_key) != 0)
        return hb_err_set(err, HB_ERR_INCOMPARABLE,
                          "hakbench-worker, or the plan itself, has changed since the session "
                          "started: its jobs would not be comparable; start a new session");
    return 0;
}

static void add_difference(struct hb_buf *out, const char *what, const char *then, const char *now)
{
    if (then[0] && strcmp(then, now) != 0)
        hb_buf_printf(out, "%s is %s now; the session began with %s\n", what, now, then);
}

static const char *group_text(const struct hb_host_info *host, char *text, size_t text_bytes)
{
    char cpus[32] = "no CPU quota", memory[96] = "no memory limit";
    if (host->cpu_quota > 0)
        (void)snprintf(cpus, sizeof cpus, "%.2f CPUs", host->cpu_quota);
    if (host->memory_limit_bytes)
        (void)snprintf(memory, sizeof memory, "%s of memory",
                       hb_format_bytes((double)host->memory_limit_bytes).text);
    (void)snprintf(text, text_bytes, "%s and %s", cpus, memory);
    return text;
}

int hb_setup_take_up(struct hb_session *session, struct hb_buf *differences, struct hb_err *err)
{
    const struct hb_host_info *then = &session->host;
    struct hb_host_info now;
    char before[160], here[160];
    hb_host_identity(&now);
    add_difference(differences, "the machine", then->machine_id_hash, now.machine_id_hash);
    add_difference(differences, "the host name", then->hostname, now.hostname);
    add_difference(differences, "the CPU", then->cpu_model, now.cpu_model);
    add_difference(differences, "the kernel", then->kernel, now.kernel);
    add_difference(differences, "the system", then->os, now.os);
    add_difference(differences, "the control group's grant",
                   group_text(then, before, sizeof before), group_text(&now, here, sizeof here));
    if (session->kind == HB_KIND_EXEC) /* programs run where they will */
        return hb_buf_check(differences, err);
    if (!hb_cpus_usable(then->cpus_used))
        hb_buf_printf(differences, "CPU %s is no longer available: another is chosen\n",
                      then->cpus_used);
    note_refusals(session);
    return hb_buf_check(differences, err);
}
