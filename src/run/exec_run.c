/* One run of one program under one allocator: see exec_run.h. */
#include "run/exec_run.h"

#include "base/clock.h"
#include "base/copy.h"
#include "run/exec_outcome.h"
#include "run/exec_server.h"

#include <math.h>
#include <stdio.h>

#define SHELL_COST_RUNS 11u
#define LOADING_S       60.0 /* a loader that takes longer hangs */

/* ---- beside the measured command ---- */

/* 0; 1 with what went wrong in *why; -1. */
static int run_script(const struct hb_exec_scene *scene, const char *what, const char *script,
                      const char *folder, char why[HB_REASON_MAX], struct hb_err *err)
{
    struct hb_words words = {0};
    struct hb_program_result result = {0};
    char said[256];
    if (!script)
        return 0;
    int status = hb_exec_scene_text(scene, script, &words) == 0 ? 0 : hb_err_memory(err, NULL);
    if (status == 0) {
        const struct hb_program_command command =
            hb_exec_scene_script(scene, (const char *const *)words.items, folder);
        status = hb_program_run(&command, &result, err);
    }
    if (status == 0 && result.reason[0]) {
        hb_exec_last_line(&result, said, sizeof said);
        (void)snprintf(why, HB_REASON_MAX, "%s: %.200s%s%.200s", what, result.reason,
                       said[0] ? ": " : "", said);
        status = 1;
    }
    hb_program_result_free(&result);
    hb_words_free(&words);
    return status;
}

int hb_exec_prepare(const struct hb_exec_place *place, const struct hb_session *session,
                    size_t program, char why[HB_REASON_MAX], struct hb_err *err)
{
    const struct hb_exec_run run = {.program = (uint32_t)program};
    struct hb_exec_scene scene;
    int status = hb_exec_scene_open(place, session, &run, &scene, err);
    if (status == 0)
        status = hb_exec_fresh_folder(scene.inputs, err);
    if (status == 0)
        status = run_script(&scene, "prepare", scene.described->prepare, scene.inputs, why, err);
    hb_exec_scene_close(&scene);
    return status;
}

int hb_exec_shell_cost(const struct hb_exec_place *place, const struct hb_session *session,
                       size_t program, size_t allocator, struct hb_program_cost *cost,
                       struct hb_err *err)
{
    const struct hb_exec_run run = {.program = (uint32_t)program, .allocator = (uint32_t)allocator};
    struct hb_exec_scene scene;
    struct hb_program_command command;
    *cost = (struct hb_program_cost){0};
    if (!hb_exec_described(session, program)->shell)
        return 0;
    int status = hb_exec_scene_open(place, session, &run, &scene, err);
    if (status == 0)
        status = hb_exec_fresh_folder(scene.folder, err);
    if (status == 0 &&
        hb_exec_scene_command(&scene, &scene.described->command, &run, &scene.words, &command) != 0)
        status = hb_err_memory(err, NULL);
    if (status == 0)
        status = hb_program_shell_cost(&command, SHELL_COST_RUNS, cost, err);
    hb_exec_scene_close(&scene);
    return status;
}

/* ---- one run ---- */

/* What was taken away of its times. */
static void take_shell(const struct hb_profile_program *described,
                       const struct hb_program_cost *shell, struct hb_exec_run *run)
{
    if (!described->shell || run->kind != HB_EXEC_KIND_TIMED)
        return;
    run->metric[HB_EXEC_SHELL_WALL] = round(1e9 * shell->wall_s);
    run->metric[HB_EXEC_SHELL_CPU] = round(1e9 * (shell->user_s + shell->system_s));
}

static int run_command(struct hb_exec_scene *scene, const struct hb_program_cost *shell,
                       struct hb_exec_run *run, struct hb_err *err)
{
    struct hb_program_command command;
    struct hb_program_result result = {0};
    if (hb_exec_scene_command(scene, &scene->described->command, run, &scene->words, &command) != 0)
        return hb_err_memory(err, NULL);
    int status = hb_program_run(&command, &result, err);
    if (status == 0) {
        hb_program_take_away(&result, shell);
        hb_exec_take_end(&result, scene->described->ignore_failure, run);
        status = hb_exec_take(&result, run, err);
        hb_exec_take_figures(scene->described, &result, run);
        take_shell(scene->described, shell, run);
    }
    hb_program_result_free(&result);
    return status;
}

/* What loading costs: no program's command, so no program's environment or time-out either. */
static int run_nothing(struct hb_exec_scene *scene, struct hb_exec_run *run, struct hb_err *err)
{
    const char *const argv[] = {scene->place->nothing, "--nothing", NULL};
    struct hb_program_command command;
    struct hb_program_result result = {0};
    const struct hb_words none = {0};
    if (hb_exec_scene_command(scene, &none, run, &scene->words, &command) != 0)
        return hb_err_memory(err, NULL);
    command.argv = argv;
    command.shell = NULL;
    command.input = NULL;
    command.timeout_s = LOADING_S;
    int status = hb_program_run(&command, &result, err);
    if (status == 0) {
        hb_exec_take_end(&result, false, run);
        status = hb_exec_take(&result, run, err);
    }
    hb_program_result_free(&result);
    return status;
}

/* Set-up and clean-up that fail are the run's failure, whatever it came to itself. */
static int run_between(struct hb_exec_scene *scene, const struct hb_program_cost *shell,
                       struct hb_exec_run *run, struct hb_err *err)
{
    char why[HB_REASON_MAX] = "", after[HB_REASON_MAX] = "";
    int status = run_script(scene, "setup", scene->described->setup, scene->folder, why, err);
    if (status == 0)
        status = scene->described->server.count ? hb_exec_run_server(scene, run, err)
                                                : run_command(scene, shell, run, err);
    if (status < 0)
        return -1;
    const int cleaned =
        run_script(scene, "cleanup", scene->described->cleanup, scene->folder, after, err);
    if (cleaned < 0)
        return -1;
    if (status == 0 && cleaned == 0)
        return 0;
    if (status == 0 && run->status != HB_STATUS_OK)
        return 0;
    run->status = HB_STATUS_FAILED;
    HB_COPY(run->reason, status ? why : after);
    return 0;
}

int hb_exec_run_once(const struct hb_exec_place *place, const struct hb_session *session,
                     const struct hb_program_cost *shell, struct hb_exec_run *run,
                     struct hb_err *err)
{
    struct hb_exec_scene scene;
    int status = hb_exec_scene_open(place, session, run, &scene, err);
    if (scene.described->cwd && run->kind != HB_EXEC_KIND_LOADING)
        scene.folder = scene.described->cwd;
    else if (status == 0)
        status = hb_exec_fresh_folder(place->folder, err);
    hb_clock_wall_text(run->started_at);
    if (status == 0)
        status = run->kind == HB_EXEC_KIND_LOADING ? run_nothing(&scene, run, err)
                                                   : run_between(&scene, shell, run, err);
    hb_exec_scene_close(&scene);
    return status;
}
