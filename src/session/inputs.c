/* Result files of a command line: see inputs.h. */
#include "session/inputs.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/unit.h"
#include "result/exec_jobs.h"
#include "result/file.h"
#include "result/session_json.h"
#include "run/catalog.h"
#include "session/baseline.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- names ---- */

/* "mixed" of "results/mixed.json"; "old" of "results/old/". */
static void stem_of(const char *path, char *stem, size_t stem_bytes)
{
    static const char *const endings[] = {".json", ".jsonl", ".csv", ".log", ".txt"};
    char own[HB_PATH_MAX];
    HB_COPY(own, path);
    for (size_t n = strlen(own); n > 1 && own[n - 1] == '/'; n--)
        own[n - 1] = '\0';
    (void)snprintf(stem, stem_bytes, "%.*s", (int)stem_bytes - 1, hb_path_name(own));
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t length = hb_path_stem(stem, endings[i]);
        if (length) {
            stem[length] = '\0';
            return;
        }
    }
}

static bool has_label(const struct hb_inputs *inputs, const char *label)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (strcmp(inputs->items[i].label, label) == 0)
            return true;
    }
    return false;
}

/* The label of a file that has none of the user's: its name without folder and ending, and a
 * number where another has it. */
static void own_label(const struct hb_inputs *inputs, const char *path, char *label)
{
    char stem[HB_NAME_MAX];
    stem_of(path, stem, sizeof stem);
    hb_copy_text(label, HB_NAME_MAX, stem);
    for (unsigned n = 2; has_label(inputs, label); n++)
        (void)snprintf(label, HB_NAME_MAX, "%.50s#%u", stem, n);
}

/* ---- finding ---- */

/* folder: the one it was found in, or NULL for a file that was named itself. */
static int add(struct hb_inputs *inputs, const char *label, const char *folder, const char *path,
               struct hb_err *err)
{
    if (strlen(path) >= HB_PATH_MAX)
        return hb_err_set(err, HB_ERR_USAGE, "%.80s...: the path is longer than %d bytes", path,
                          HB_PATH_MAX - 1);
    struct hb_input *items =
        hb_array_grown(inputs->items, inputs->count, &inputs->capacity, sizeof *items);
    if (!items)
        return hb_err_memory(err, NULL);
    inputs->items = items;
    struct hb_input input = {
        .is_named = !folder, .is_labelled = label, .from_folder = folder && !label};
    HB_COPY(input.path, path);
    if (label || folder)
        HB_COPY(input.label, label ? label : folder);
    else
        own_label(inputs, path, input.label);
    inputs->items[inputs->count++] = input;
    return 0;
}

int hb_inputs_refuse(struct hb_inputs *inputs, const struct hb_err *own, struct hb_err *err)
{
    if (!inputs->keep_going || own->kind != HB_ERR_USAGE)
        return hb_err_set(err, own->kind, "%s", own->message);
    hb_say("left out: %s", own->message);
    hb_buf_printf(&inputs->refusals, "%s\n", own->message);
    inputs->refused++;
    return 1;
}

static int is_result_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.' &&
           (hb_path_stem(entry->d_name, ".json") || hb_path_stem(entry->d_name, ".jsonl"));
}

static bool is_there(const char *folder, const char *name, const char *more)
{
    char path[HB_PATH_MAX];
    struct hb_err ignored = {0};
    return hb_copy_path(path, &ignored, "%s/%s%s", folder, name, more) == 0 &&
           access(path, F_OK) == 0;
}

/* In a suite's folder a journal holds all that its .json has, where there is one: that was written
 * when the suite was interrupted, and may be older. Elsewhere a journal is another session's. */
static bool is_wanted(const char *folder, const char *name, bool is_suite)
{
    return hb_path_stem(name, ".jsonl") ? is_suite : !is_suite || !is_there(folder, name, "l");
}

/* What nobody named but its folder must be a file: to open a pipe may take for ever. */
static int add_found(struct hb_inputs *inputs, const char *label, const char *folder,
                     const char *path, struct hb_err *err)
{
    struct hb_err own = {0};
    if (hb_file_expect_regular(path, &own) == 0)
        return add(inputs, label, folder, path, err);
    return hb_inputs_refuse(inputs, &own, err) < 0 ? -1 : 0;
}

static int add_folder(struct hb_inputs *inputs, const char *label, const char *path,
                      struct hb_err *err)
{
    struct dirent **entries = NULL;
    char stem[HB_NAME_MAX];
    struct hb_err own = {0};
    int status = 0;
    const bool is_suite = is_there(path, "suite.log", "");
    const int count = scandir(path, &entries, is_result_name, alphasort);
    size_t wanted = 0;
    if (count < 0)
        (void)hb_err_errno(&own, HB_ERR_USAGE, errno, "%s: cannot read the folder", path);
    stem_of(path, stem, sizeof stem);
    for (int i = 0; i < count; i++) {
        char file[HB_PATH_MAX];
        if (status == 0 && is_wanted(path, entries[i]->d_name, is_suite)) {
            wanted++;
            status = hb_copy_path(file, err, "%s/%s", path, entries[i]->d_name);
            if (status == 0)
                status = add_found(inputs, label, stem, file, err);
        }
        free(entries[i]);
    }
    free(entries);
    if (count >= 0 && wanted == 0 && status == 0)
        (void)hb_err_set(&own, HB_ERR_USAGE, "%s: no .json in this folder", path);
    return own.kind ? hb_inputs_refuse(inputs, &own, err) : status;
}

static int add_path(struct hb_inputs *inputs, const char *label, const char *path,
                    struct hb_err *err)
{
    struct stat st;
    struct hb_err own = {0};
    if (stat(path, &st) != 0) {
        (void)hb_err_errno(&own, HB_ERR_USAGE, errno, "%s: cannot open", path);
        return hb_inputs_refuse(inputs, &own, err);
    }
    return S_ISDIR(st.st_mode) ? add_folder(inputs, label, path, err)
                               : add(inputs, label, NULL, path, err);
}

static int add_argument(struct hb_inputs *inputs, const char *argument, struct hb_err *err)
{
    struct stat st;
    char label[HB_NAME_MAX];
    const char *equals = strchr(argument, '=');
    if (!equals || stat(argument, &st) == 0)
        return add_path(inputs, NULL, argument, err);
    const size_t length = (size_t)(equals - argument);
    if (length == 0 || length >= sizeof label)
        return hb_err_set(err, HB_ERR_USAGE,
                          "%.80s: expected LABEL=FILE with a label of 1 to %zu bytes", argument,
                          sizeof label - 1);
    memcpy(label, argument, length);
    label[length] = '\0';
    return add_path(inputs, label, equals + 1, err);
}

static void unname(struct hb_inputs *inputs, const char *path)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (strcmp(inputs->items[i].path, path) == 0)
            inputs->items[i].is_named = false;
    }
}

int hb_inputs_find(char *const *arguments, size_t count, bool keep_going, struct hb_inputs *inputs,
                   struct hb_err *err)
{
    *inputs = (struct hb_inputs){.keep_going = keep_going};
    for (size_t i = 0; i < count; i++) {
        if (add_argument(inputs, arguments[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < count && inputs->count > 2; i++) {
        if (hb_baseline_is_name(hb_path_name(arguments[i])))
            unname(inputs, arguments[i]);
    }
    return 0;
}

/* ---- reading ---- */

/* A session's own name is better than its file's, and than its folder's. */
static void take_name(struct hb_input *input, const char *name)
{
    if (input->is_labelled || !name[0])
        return;
    HB_COPY(input->label, name);
    input->from_folder = false;
}

int hb_inputs_read(struct hb_inputs *inputs, size_t index, struct hb_session *session,
                   struct hb_err *err)
{
    struct hb_err own = {0};
    struct hb_input *input = &inputs->items[index];
    if (hb_session_read(input->path, session, &own) == 0) {
        take_name(input, session->name);
        return 0;
    }
    return hb_inputs_refuse(inputs, &own, err);
}

void hb_inputs_free(struct hb_inputs *inputs)
{
    free(inputs->items);
    hb_buf_free(&inputs->refusals);
    *inputs = (struct hb_inputs){0};
}

/* ---- since when ---- */

int hb_inputs_since(const char *text, char since[32], struct hb_err *err)
{
    uint64_t ns;
    struct tm then;
    const bool is_date = strlen(text) == 10 || strlen(text) == 20;
    char whole[40];
    (void)snprintf(whole, sizeof whole, "%.20s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
    if (is_date && !isnan(hb_clock_wall_s(whole))) {
        (void)snprintf(since, 32, "%.20s", whole);
        return 0;
    }
    const bool is_time = hb_unit_parse_duration(text, &ns, NULL) == 0;
    const time_t from = time(NULL) - (time_t)(is_time ? ns / 1000000000U : 0);
    if (!is_time || !gmtime_r(&from, &then) || !strftime(since, 32, "%Y-%m-%dT%H:%M:%SZ", &then))
        return hb_err_set(err, HB_ERR_USAGE,
                          "--since %s: expected a time such as 7d, or a date such as 2026-11-20",
                          text);
    return 0;
}

/* ---- judging what was read ---- */

int hb_soak_profile(const char *name, struct hb_session *session, struct hb_profile *room,
                    const struct hb_profile **by, struct hb_err *err)
{
    struct hb_places places;
    *by = NULL;
    if (!name && session->profile)
        return 0;
    if (hb_places_find(&places, err) != 0)
        return -1;
    const char *const folders[] = {places.profiles};
    if (hb_profile_load(name ? name : HB_SOAK_PROFILE_DEFAULT, folders, 1, room, err) != 0)
        return -1;
    if (!session->profile)
        session->soak.warmup_epochs = room->soak.warmup_epochs;
    *by = room;
    return 0;
}

int hb_assess_read(struct hb_session *session, struct hb_assess_by by,
                   struct hb_assessment *assessment, bool *is_default, struct hb_err *err)
{
    struct hb_profile room = {0};
    int status = 0;
    if (session->kind == HB_KIND_SOAK)
        status = hb_soak_profile(NULL, session, &room, &by.profile, err);
    *is_default = by.profile != NULL;
    if (status == 0)
        status = hb_assess(session, &by, assessment, err);
    hb_profile_free(&room);
    return status;
}

/* ---- reduced to digests ---- */

#define THREADS_MAX 8

struct reading {
    const struct hb_inputs *inputs;
    struct hb_digest *digests; /* [inputs->count * HB_POINTS_MAX]: of each file's points, zeroed
                                  where there is none, or it failed */
    struct hb_err **errors;    /* [inputs->count], NULL where it did not; owned */
    bool *is_passed_over;      /* [inputs->count] a check that was found in a folder, which has no
                                  figures: a suite's folder has some; owned */
    atomic_size_t next;
};

/* Each point of a sweep is a session to compare. */
static int reduce_points(const struct hb_session *session, const struct hb_input *input,
                         struct hb_digest *digests, struct hb_err *err)
{
    for (size_t k = 0; k < session->point_count; k++) {
        struct hb_session view;
        if (hb_session_view(session, k, &view) != 0)
            return hb_err_memory(err, input->path);
        const int status = hb_digest_take(&view, NULL, input->label, input->path, &digests[k], err);
        hb_session_view_free(&view);
        if (status != 0)
            return -1;
    }
    return 0;
}

static int reduce(struct hb_session *session, const struct hb_input *input,
                  struct hb_digest *digests, struct hb_err *err)
{
    const struct hb_assess_by by = {.depth = HB_DEPTH_BRIEF};
    struct hb_assessment assessment = {0};
    const bool is_soak = session->kind == HB_KIND_SOAK;
    bool is_default;
    if (session->kind == HB_KIND_REBASE && session->point_count)
        return reduce_points(session, input, digests, err);
    int status = is_soak ? hb_assess_read(session, by, &assessment, &is_default, err)
                         : hb_exec_as_jobs(session, err);
    if (status == 0)
        status = hb_digest_take(session, is_soak ? &assessment.soak : NULL, input->label,
                                input->path, digests, err);
    hb_assessment_free(&assessment);
    return status;
}

static void read_one(struct reading *reading, size_t index)
{
    const struct hb_input *input = &reading->inputs->items[index];
    struct hb_digest *digests = &reading->digests[index * HB_POINTS_MAX];
    struct hb_session session = {0};
    struct hb_err err = {0};
    int status = hb_session_read(input->path, &session, &err);
    reading->is_passed_over[index] =
        status == 0 && session.kind == HB_KIND_CHECK && !input->is_named;
    if (status == 0) {
        status = reading->is_passed_over[index] ? 0 : reduce(&session, input, digests, &err);
        hb_session_free(&session);
    }
    for (size_t k = 0; k < HB_POINTS_MAX && digests[k].path; k++) {
        digests[k].is_named = input->is_named;
        digests[k].is_labelled = input->is_labelled;
        digests[k].input = index;
    }
    if (status == 0)
        return;
    for (size_t k = 0; k < HB_POINTS_MAX; k++)
        hb_digest_free(&digests[k]);
    reading->errors[index] = malloc(sizeof err);
    if (reading->errors[index])
        *reading->errors[index] = err;
}

static void *read_some(void *user)
{
    struct reading *reading = user;
    for (;;) {
        const size_t index = atomic_fetch_add(&reading->next, 1);
        if (index >= reading->inputs->count)
            return NULL;
        read_one(reading, index);
    }
}

/* With this thread among them; one that cannot be started is done without. */
static void read_all(struct reading *reading)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t most = cpus > 0 && cpus < THREADS_MAX ? (size_t)cpus : THREADS_MAX;
    pthread_t threads[THREADS_MAX];
    size_t started = 0;
    while (started + 1 < most && started + 1 < reading->inputs->count &&
           pthread_create(&threads[started], NULL, read_some, reading) == 0)
        started++;
    (void)read_some(reading);
    while (started > 0)
        (void)pthread_join(threads[--started], NULL);
}

/* Moves the digests of one file to the end of those before. */
static void close_up(struct hb_digest *digests, struct hb_digest *of_file, size_t *count)
{
    for (size_t k = 0; k < HB_POINTS_MAX && of_file[k].path; k++) {
        const struct hb_digest moved = of_file[k];
        of_file[k] = (struct hb_digest){0};
        digests[(*count)++] = moved;
    }
}

/* Names what could not be read, and closes the gaps that it leaves. */
static int settle(struct reading *reading, struct hb_inputs *inputs, size_t *count,
                  struct hb_err *err)
{
    for (size_t i = 0; i < inputs->count; i++) {
        struct hb_digest *of_file = &reading->digests[i * HB_POINTS_MAX];
        if (reading->is_passed_over[i])
            continue;
        if (of_file->path)
            close_up(reading->digests, of_file, count);
        else if (!reading->errors[i])
            return hb_err_memory(err, inputs->items[i].path);
        else if (hb_inputs_refuse(inputs, reading->errors[i], err) < 0)
            return -1;
    }
    if (*count == 0)
        return hb_err_set(err, HB_ERR_USAGE, "none of the files could be read");
    return 0;
}

/* A folder of several workloads is one side; one of several sessions of a workload is several. */
static bool is_crowded(const struct hb_digest *digests, size_t count, const struct hb_input *input)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(digests[i].label, input->label) == 0 &&
                strcmp(digests[j].label, input->label) == 0 &&
                strcmp(digests[i].key, digests[j].key) == 0)
                return true;
        }
    }
    return false;
}

/* Gives each file of such a folder a label of its own. */
static void part_folders(struct hb_inputs *inputs, struct hb_digest *digests, size_t count)
{
    for (size_t i = 0; i < inputs->count; i++) {
        char folder[HB_NAME_MAX];
        if (!inputs->items[i].from_folder || !is_crowded(digests, count, &inputs->items[i]))
            continue;
        HB_COPY(folder, inputs->items[i].label);
        for (size_t k = i; k < inputs->count; k++) {
            struct hb_input *input = &inputs->items[k];
            if (input->from_folder && strcmp(input->label, folder) == 0) {
                char own[HB_NAME_MAX];
                own_label(inputs, input->path, own);
                HB_COPY(input->label, own);
                input->from_folder = false;
            }
        }
    }
}

/* Whether another session of the workload has the label: one before it, or one that the user gave
 * it to. */
static bool is_taken(const struct hb_inputs *inputs, const struct hb_digest *digests, size_t count,
                     size_t d)
{
    for (size_t other = 0; other < count; other++) {
        if (other != d && (other < d || inputs->items[digests[other].input].is_labelled) &&
            strcmp(digests[other].label, digests[d].label) == 0 &&
            strcmp(digests[other].key, digests[d].key) == 0)
            return true;
    }
    return false;
}

/* Labels of the digests as their inputs have them now, and a number to names that meet. */
static void set_labels(struct hb_inputs *inputs, struct hb_digest *digests, size_t count)
{
    for (size_t d = 0; d < count; d++) {
        struct hb_input *input = &inputs->items[digests[d].input];
        if (!input->from_folder)
            take_name(input, digests[d].name);
        HB_COPY(digests[d].label, input->label);
    }
    for (size_t d = 0; d < count; d++) {
        for (unsigned n = 2; !inputs->items[digests[d].input].is_labelled && digests[d].name[0] &&
                             is_taken(inputs, digests, count, d);
             n++)
            (void)snprintf(digests[d].label, HB_NAME_MAX, "%.50s#%u", digests[d].name, n);
    }
}

int hb_digests_read(struct hb_inputs *inputs, struct hb_digest **digests, size_t *count,
                    struct hb_err *err)
{
    struct reading reading = {.inputs = inputs};
    *count = 0;
    reading.digests = calloc(inputs->count * HB_POINTS_MAX + 1, sizeof *reading.digests);
    reading.errors = calloc(inputs->count + 1, sizeof *reading.errors);
    reading.is_passed_over = calloc(inputs->count + 1, sizeof *reading.is_passed_over);
    *digests = reading.digests;
    int status =
        reading.digests && reading.errors && reading.is_passed_over ? 0 : hb_err_memory(err, NULL);
    if (status == 0) {
        read_all(&reading);
        status = settle(&reading, inputs, count, err);
    }
    if (status == 0)
        part_folders(inputs, reading.digests, *count);
    if (status == 0)
        set_labels(inputs, reading.digests, *count);
    if (status != 0 && reading.digests) {
        hb_digests_free(reading.digests, inputs->count * HB_POINTS_MAX);
        *digests = NULL;
        *count = 0;
    }
    for (size_t i = 0; reading.errors && i < inputs->count; i++)
        free(reading.errors[i]);
    free(reading.errors);
    free(reading.is_passed_over);
    return status;
}

void hb_digests_free(struct hb_digest *digests, size_t count)
{
    for (size_t i = 0; digests && i < count; i++)
        hb_digest_free(&digests[i]);
    free(digests);
}
