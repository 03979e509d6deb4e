/* Result files, read and reduced: see digests.h. Each thread takes the next file that none has;
 * what went wrong is told afterwards, in the order of the files. */
#include "session/digests.h"

#include "base/copy.h"
#include "result/session_json.h"
#include "session/soak_assessment.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 8

struct reading {
    const struct hb_inputs *inputs;
    struct hb_digest *digests; /* [inputs->count], zeroed where it failed */
    struct hb_err **errors;    /* [inputs->count], NULL where it did not; owned */
    atomic_size_t next;
};

static int reduce(struct hb_session *session, const struct hb_input *input,
                  struct hb_digest *digest, struct hb_err *err)
{
    struct hb_soak_judgement judgement = {0};
    const bool is_soak = session->kind == HB_KIND_SOAK;
    bool is_default = false;
    int status = is_soak ? hb_soak_assess_own(session, &judgement, &is_default, err) : 0;
    if (status == 0)
        status = hb_digest_take(session, is_soak ? &judgement : NULL, input->label, input->path,
                                digest, err);
    if (is_soak)
        hb_soak_judgement_free(&judgement);
    return status;
}

static void read_one(struct reading *reading, size_t index)
{
    const struct hb_input *input = &reading->inputs->items[index];
    struct hb_session session = {0};
    struct hb_err err = {0};
    int status = hb_session_read(input->path, &session, &err);
    if (status == 0) {
        status = reduce(&session, input, &reading->digests[index], &err);
        reading->digests[index].is_named = input->is_named;
        hb_session_free(&session);
    }
    if (status == 0)
        return;
    hb_digest_free(&reading->digests[index]);
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

/* Tells the errors and closes the gaps they leave. */
static int settle(struct reading *reading, struct hb_inputs *inputs, size_t *count,
                  struct hb_err *err)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (reading->digests[i].path)
            reading->digests[(*count)++] = reading->digests[i];
        else if (!reading->errors[i])
            return hb_err_memory(err, inputs->items[i].path);
        else if (hb_inputs_refuse(inputs, reading->errors[i], err) < 0)
            return -1;
        if (*count && &reading->digests[*count - 1] != &reading->digests[i])
            reading->digests[i] = (struct hb_digest){0};
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
                hb_inputs_own_label(inputs, input->path, own);
                HB_COPY(input->label, own);
                input->from_folder = false;
            }
        }
    }
    for (size_t d = 0, i = 0; d < count; d++) { /* both in the same order */
        while (strcmp(inputs->items[i].path, digests[d].path) != 0)
            i++;
        HB_COPY(digests[d].label, inputs->items[i++].label);
    }
}

int hb_digests_read(struct hb_inputs *inputs, struct hb_digest **digests, size_t *count,
                    struct hb_err *err)
{
    struct reading reading = {.inputs = inputs};
    *count = 0;
    reading.digests = calloc(inputs->count + 1, sizeof *reading.digests);
    reading.errors = calloc(inputs->count + 1, sizeof *reading.errors);
    *digests = reading.digests;
    int status = reading.digests && reading.errors
                     ? 0
                     : hb_err_set(err, HB_ERR_SYSTEM, "no memory for %zu files", inputs->count);
    if (status == 0) {
        read_all(&reading);
        status = settle(&reading, inputs, count, err);
    }
    if (status == 0)
        part_folders(inputs, reading.digests, *count);
    if (status != 0 && reading.digests) {
        hb_digests_free(reading.digests, inputs->count);
        *digests = NULL;
        *count = 0;
    }
    for (size_t i = 0; reading.errors && i < inputs->count; i++)
        free(reading.errors[i]);
    free(reading.errors);
    return status;
}

void hb_digests_free(struct hb_digest *digests, size_t count)
{
    for (size_t i = 0; digests && i < count; i++)
        hb_digest_free(&digests[i]);
    free(digests);
}
