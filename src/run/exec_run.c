/* One run of one program under one allocator: see exec_run.h. */
#include "run/exec_run.h"

#include "base/clock.h"
#include "base/copy.h"
#include "host/cgroup.h"
#include "host/proc.h"
#include "program/prepare.h"
#include "run/callgrind.h"
#include "run/exec_outcome.h"
#include "run/exec_server.h"
#include "run/sampler.h"

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>

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

/* ---- had it its CPU? ---- */

struct machine_now {
    double steal_ns, throttled_ns;
    uint64_t suspended_ns;
};

static struct machine_now look_at_machine(void)
{
    struct hb_cpuset all;
    uint64_t busy_ns, steal_ns = 0;
    if (hb_cpuset_read_own(&all) == 0)
        (void)hb_proc_cpu_times(&all, &busy_ns, &steal_ns, NULL);
    return (struct machine_now){(double)steal_ns, (double)hb_cgroup_throttled_ns(""),
                                hb_clock_suspended_ns()};
}

/* As of a worker. Of a program of several threads or processes it is not known, and nothing said.
 */
static void note_share(const struct hb_program_result *result, const struct machine_now *before,
                       struct hb_exec_run *run)
{
    const struct machine_now now = look_at_machine();
    struct hb_share share = {
        .cpu_ns = 1e9 * (result->user_s + result->system_s),
        .delay_ns = 1e9 * result->delay_s,
        .steal_ns = now.steal_ns - before->steal_ns,
        .throttled_ns = now.throttled_ns - before->throttled_ns,
        .sleeps = result->switches_voluntary,
    };
    /* Of all CPUs it may use: one thread cannot lack more than it neither ran nor waited for one.
     */
    const double idle_ns = 1e9 * result->wall_s - share.cpu_ns - share.delay_ns;
    share.steal_ns = fmin(share.steal_ns, fmax(0, idle_ns));
    share.wanted_ns = share.cpu_ns + share.delay_ns + share.steal_ns;
    const enum hb_share_cause cause = hb_share_find_cause(&share);
    if (isnan(share.delay_ns) || run->status != HB_STATUS_OK || cause == HB_SHARE_WHOLE)
        return;
    run->status = HB_STATUS_INVALID;
    hb_share_text(&share, cause, run->reason, sizeof run->reason);
}

static int run_command(struct hb_exec_scene *scene, const struct hb_program_cost *shell,
                       struct hb_exec_run *run, struct hb_err *err)
{
    struct hb_program_command command;
    struct hb_program_result result = {0};
    if (hb_exec_scene_command(scene, &scene->described->command, run, &scene->words, &command) != 0)
        return hb_err_memory(err, NULL);
    const struct machine_now before = look_at_machine();
    int status = hb_program_run(&command, &result, err);
    if (status == 0) {
        hb_exec_take_end(&result, scene->described->ignore_failure, run);
        hb_exec_take_pause(&result, before.suspended_ns, run);
        if (run->kind == HB_EXEC_KIND_TIMED)
            note_share(&result, &before, run);
        hb_program_take_away(&result, shell);
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
    const uint64_t suspended_ns = hb_clock_suspended_ns();
    int status = hb_program_run(&command, &result, err);
    if (status == 0) {
        hb_exec_take_end(&result, false, run);
        hb_exec_take_pause(&result, suspended_ns, run);
        status = hb_exec_take(&result, run, err);
    }
    hb_program_result_free(&result);
    return status;
}

/* ---- a pass for instructions ---- */

#define TALLY_SLOWER 50.0 /* callgrind with its caches: so many times */

/* One command inside callgrind, and what all its processes came to: not known, with why, where one
 * of them left nothing. */
static int tally_command(struct hb_exec_scene *scene, struct hb_program_command *command,
                         struct hb_program_result *result, struct hb_callgrind_sums *sums,
                         char why[HB_REASON_MAX], struct hb_err *err)
{
    char folder[HB_PATH_MAX], output[HB_PATH_MAX], storage[HB_PATH_MAX];
    const char *words[HB_CALLGRIND_WORDS];
    if (hb_copy_path(folder, err, "%s/" HB_EXEC_TALLY, scene->place->root) != 0 ||
        hb_copy_path(output, err, "%s/%%p", folder) != 0 || hb_exec_fresh_folder(folder, err) != 0)
        return -1;
    (void)chmod(folder, 01777); /* processes may run as another user */
    hb_callgrind_words(output, true, storage, words);
    command->wrapper = words;
    command->images_folder = folder;
    command->images_writer = HB_CALLGRIND_WRITER;
    if (scene->preload[0])
        scene->preload[command->preload_count++] = scene->place->clock;
    command->timeout_s *= TALLY_SLOWER;
    command->randomize = false;
    *sums = (struct hb_callgrind_sums){0};
    if (hb_program_run(command, result, err) != 0)
        return -1;
    if (!hb_callgrind_read_folder(folder, sums, why))
        sums->instructions = sums->branches = sums->l1_misses = sums->ll_misses = (double)NAN;
    hb_prepare_remove(folder);
    return 0;
}

/* What does nothing costs as much under this allocator: the floor. */
static int tally_nothing(struct hb_exec_scene *scene, struct hb_exec_run *run, struct hb_err *err)
{
    const char *const argv[] = {scene->place->nothing, "--nothing", NULL};
    struct hb_words room = {0}, none = {0};
    struct hb_program_command command;
    struct hb_program_result result = {0};
    struct hb_callgrind_sums sums;
    char why[HB_REASON_MAX] = "";
    int status = hb_exec_scene_command(scene, &none, run, &room, &command);
    if (status == 0) {
        command.argv = argv;
        command.shell = NULL;
        command.input = NULL;
        command.timeout_s = LOADING_S;
        status = tally_command(scene, &command, &result, &sums, why, err);
    } else {
        (void)hb_err_memory(err, NULL);
    }
    if (status == 0 && result.end == HB_PROGRAM_EXITED && result.exit_status == 0)
        run->metric[HB_EXEC_INSTRUCTIONS_LOADING] = sums.instructions;
    hb_program_result_free(&result);
    hb_words_free(&room);
    return status;
}

/* Nothing of it is a time, and what valgrind made of memory and processes is not the program's. */
static int run_tallied(struct hb_exec_scene *scene, struct hb_exec_run *run, struct hb_err *err)
{
    struct hb_program_command command;
    struct hb_program_result result = {0};
    struct hb_callgrind_sums sums;
    char why[HB_REASON_MAX] = "";
    if (hb_tally_of(scene->session->count_source) != HB_TALLY_CALLGRIND) {
        run->status = HB_STATUS_REFUSED;
        HB_COPY(run->reason, "of programs only callgrind counts instructions");
        return 0;
    }
    if (tally_nothing(scene, run, err) != 0)
        return -1;
    if (hb_exec_scene_command(scene, &scene->described->command, run, &scene->words, &command) != 0)
        return hb_err_memory(err, NULL);
    const int status = tally_command(scene, &command, &result, &sums, why, err);
    if (status == 0) {
        hb_exec_take_end(&result, scene->described->ignore_failure, run);
        run->metric[HB_EXEC_INSTRUCTIONS] = sums.instructions;
        run->metric[HB_EXEC_BRANCHES] = sums.branches;
        run->metric[HB_EXEC_L1_MISSES] = sums.l1_misses;
        run->metric[HB_EXEC_LL_MISSES] = sums.ll_misses;
    }
    if (status == 0 && run->status == HB_STATUS_OK && isnan(sums.instructions)) {
        run->status = HB_STATUS_FAILED;
        HB_COPY(run->reason, why);
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
        status = scene->described->server.count           ? hb_exec_run_server(scene, run, err)
                 : run->kind == HB_EXEC_KIND_INSTRUCTIONS ? run_tallied(scene, run, err)
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
