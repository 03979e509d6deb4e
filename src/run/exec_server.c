/* A server under an allocator, and its client: see exec_server.h. */
#include "run/exec_server.h"

#include "base/clock.h"
#include "base/copy.h"
#include "run/exec_outcome.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UP_S      60.0 /* a server that takes longer to come up will not */
#define PATIENT_S 1.0  /* a look that waits longer is one of the patient ones */

/* The client has the C library's malloc: the server alone differs. */
static int run_client(struct hb_exec_scene *scene, struct hb_exec_run *run, struct hb_err *err)
{
    const struct hb_profile_program *described = scene->described;
    struct hb_program_command command;
    struct hb_program_result result = {0};
    struct hb_exec_run how = {.kind = HB_EXEC_KIND_LOADING}; /* no samples, no count */
    struct hb_words words = {0};
    if (hb_exec_scene_command(scene, &described->command, &how, &words, &command) != 0) {
        hb_words_free(&words);
        return hb_err_memory(err, NULL);
    }
    command.preload_count = 0;
    command.environment = (const char *const *)scene->plain.items;
    command.environment_count = scene->plain.count;
    const uint64_t suspended_ns = hb_clock_suspended_ns();
    const int status = hb_program_run(&command, &result, err);
    if (status == 0) {
        hb_exec_take_end(&result, described->ignore_failure, run);
        hb_exec_take_pause(&result, suspended_ns, run);
        hb_exec_take_figures(described, &result, run);
        run->metric[HB_EXEC_WALL] = round(1e9 * result.wall_s);
        run->metric[HB_EXEC_OUTPUT] = (double)result.output.bytes;
        HB_COPY(run->output_digest, result.output.digest);
        HB_COPY(run->errors_digest, result.errors.digest);
    }
    hb_program_result_free(&result);
    hb_words_free(&words);
    return status;
}

/* Memory when the client is through, and after. */
static int look(struct hb_program *server, bool is_patient, struct hb_exec_run *run,
                struct hb_err *err)
{
    static const struct {
        double pause_s;
        enum hb_exec_metric_id metric;
    } looks[] = {{0, HB_EXEC_LOADED},
                 {0.1, HB_EXEC_AFTER_100MS},
                 {0.9, HB_EXEC_AFTER_1S},
                 {4, HB_EXEC_AFTER_5S},
                 {5, HB_EXEC_AFTER_10S}};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        struct hb_program_sample sample;
        bool ended = false;
        if (looks[i].pause_s > PATIENT_S && !is_patient)
            return 0;
        if (looks[i].pause_s > 0 && hb_program_pause(server, looks[i].pause_s, &ended, err) != 0)
            return -1;
        if (ended || !hb_program_sample_now(server, &sample)) {
            run->status = HB_STATUS_EXITED; /* finish says how */
            return 0;
        }
        run->metric[looks[i].metric] = sample.pss_bytes;
    }
    return 0;
}

/* Loads the server that is up. A counting pass needs no looks. */
static int load(struct hb_exec_scene *scene, struct hb_program *server, struct hb_exec_run *run,
                struct hb_err *err)
{
    if (run_client(scene, run, err) != 0)
        return -1;
    if (run->status == HB_STATUS_INVALID)
        return 0;
    if (run->status != HB_STATUS_OK) {
        char reason[HB_REASON_MAX];
        HB_COPY(reason, run->reason);
        (void)snprintf(run->reason, sizeof run->reason, "the client: %.480s", reason);
        return 0;
    }
    const bool is_patient = !scene->place->looks_once || run->block == 0;
    return run->kind == HB_EXEC_KIND_COUNTED ? 0 : look(server, is_patient, run, err);
}

/* 1 when it is up, 0 when the run says why not. */
static int wait_up(struct hb_program *server, const struct hb_program_ready *ready,
                   struct hb_exec_run *run, struct hb_err *err)
{
    enum hb_program_came_up came_up = HB_PROGRAM_DIED;
    if (hb_program_wait_ready(server, ready, UP_S, &came_up, err) != 0)
        return -1;
    if (came_up == HB_PROGRAM_NOT_READY) {
        run->status = HB_STATUS_HUNG;
        (void)snprintf(run->reason, sizeof run->reason, "the server did not come up within %.0f s",
                       UP_S);
    }
    if (came_up == HB_PROGRAM_DIED)
        run->status = HB_STATUS_EXITED;
    return came_up == HB_PROGRAM_UP;
}

/* A server that ended by itself, or did not end as it was told, is what went wrong: its client's
 * words come second. */
static void blame_server(const struct hb_program_result *result, struct hb_exec_run *own,
                         struct hb_exec_run *run)
{
    char client[HB_REASON_MAX];
    hb_exec_take_end(result, false, own);
    if (own->status == HB_STATUS_OK && result->end != HB_PROGRAM_ENDED) {
        own->status = HB_STATUS_EXITED;
        HB_COPY(own->reason, "ended by itself");
    }
    if (own->status == HB_STATUS_OK)
        return;
    HB_COPY(client, run->reason);
    run->status = own->status;
    run->exit_status = own->exit_status;
    (void)snprintf(run->reason, sizeof run->reason, "the server: %.240s%s%.240s", own->reason,
                   client[0] ? "; " : "", client);
}

/* What it cost is the server's, the wall time its client's. */
static void take_cost(struct hb_exec_run *own, struct hb_exec_run *run)
{
    const double wall = run->metric[HB_EXEC_WALL], output = run->metric[HB_EXEC_OUTPUT];
    for (size_t i = 0; i < HB_EXEC_LOADED; i++)
        run->metric[i] = own->metric[i];
    run->metric[HB_EXEC_WALL] = wall;
    run->metric[HB_EXEC_OUTPUT] = output;
    HB_COPY(run->not_in_effect, own->not_in_effect);
    HB_COPY(run->left, own->left);
    hb_exec_add_unknown(run, own->unknown);
    run->calls_known = own->calls_known;
    run->calls = own->calls;
    run->memory = own->memory;
    run->memory_count = own->memory_count;
    own->memory = NULL;
}

/* The server's end: of its own, or by us. */
static int finish(struct hb_program **server, struct hb_exec_run *run, struct hb_err *err)
{
    struct hb_program_result result = {0};
    struct hb_exec_run own;
    hb_program_stop(*server);
    int status = hb_program_wait(server, &result, err);
    hb_exec_run_init(&own);
    own.kind = run->kind;
    if (status == 0)
        status = hb_exec_take(&result, &own, err);
    if (status == 0) {
        take_cost(&own, run);
        blame_server(&result, &own, run);
        hb_exec_take_pause(&result, hb_clock_suspended_ns(), run);
    }
    hb_exec_run_free(&own);
    hb_program_result_free(&result);
    return status;
}

int hb_exec_run_server(struct hb_exec_scene *scene, struct hb_exec_run *run, struct hb_err *err)
{
    struct hb_words text = {0};
    struct hb_program_ready ready;
    struct hb_program_command command;
    struct hb_program *server = NULL;
    int status = hb_exec_scene_text(scene, scene->described->ready, &text) == 0
                     ? hb_program_parse_ready(text.items[0], &ready, err)
                     : hb_err_memory(err, NULL);
    if (status == 0 && hb_program_is_taken(&ready)) {
        run->status = HB_STATUS_FAILED;
        (void)snprintf(run->reason, sizeof run->reason, "another server is at %.100s already",
                       text.items[0]);
        hb_words_free(&text);
        return 0;
    }
    if (status == 0 &&
        hb_exec_scene_command(scene, &scene->described->server, run, &scene->words, &command) != 0)
        status = hb_err_memory(err, NULL);
    if (status == 0) {
        command.input = NULL;  /* it is the client's */
        command.timeout_s = 0; /* its client has one */
        status = hb_program_start(&command, &server, err);
    }
    if (status == 0)
        status = wait_up(server, &ready, run, err);
    if (status == 1)
        status = load(scene, server, run, err);
    if (server) {
        struct hb_err ignored = {0};
        const int ended = finish(&server, run, status < 0 ? &ignored : err);
        status = status < 0 ? -1 : ended;
    }
    hb_words_free(&text);
    return status;
}
