/* Runs one command as `hakbench exec` does (src/program) and prints what was measured, one fact a
 * line: "name value".
 * Usage: engine_driver [OPTION VALUE]... -- COMMAND ARGUMENT...
 *   --preload FILE  --env NAME=VALUE  --shell FILE  --input FILE  --folder DIR  --root DIR
 *   --timeout S  --grace S  --sample S  --keep BYTES  --limit BYTES  --count 1
 *   --ready WHAT: a server: waits for it, then samples once and stops it   --runs N  --cost RUNS
 * Read next: engine_test.sh. */
#include "program/program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 16

struct driven {
    struct hb_program_command command;
    const char *preload[LIST_MAX], *environment[LIST_MAX], *ready;
    unsigned runs, cost_runs;
};

static volatile sig_atomic_t asked;

static void on_stop(int signal_number)
{
    asked = signal_number;
}

static int interrupted(void)
{
    return asked;
}

static void take_option(struct driven *driven, const char *name, const char *value)
{
    struct hb_program_command *command = &driven->command;
    if (strcmp(name, "--preload") == 0 && command->preload_count < LIST_MAX)
        driven->preload[command->preload_count++] = value;
    else if (strcmp(name, "--env") == 0 && command->environment_count < LIST_MAX)
        driven->environment[command->environment_count++] = value;
    else if (strcmp(name, "--shell") == 0)
        command->shell = value;
    else if (strcmp(name, "--input") == 0)
        command->input = value;
    else if (strcmp(name, "--folder") == 0)
        command->folder = value;
    else if (strcmp(name, "--root") == 0)
        command->host_root = value;
    else if (strcmp(name, "--timeout") == 0)
        command->timeout_s = strtod(value, NULL);
    else if (strcmp(name, "--grace") == 0)
        command->grace_s = strtod(value, NULL);
    else if (strcmp(name, "--sample") == 0)
        command->sample_s = strtod(value, NULL);
    else if (strcmp(name, "--keep") == 0)
        command->keep_bytes = strtoull(value, NULL, 10);
    else if (strcmp(name, "--limit") == 0)
        command->output_limit = strtoull(value, NULL, 10);
    else if (strcmp(name, "--count") == 0)
        command->count = true;
    else if (strcmp(name, "--ready") == 0)
        driven->ready = value;
    else if (strcmp(name, "--runs") == 0)
        driven->runs = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(name, "--cost") == 0)
        driven->cost_runs = (unsigned)strtoul(value, NULL, 10);
    else
        exit(2);
}

static void print_output(const char *name, const struct hb_program_output *output)
{
    (void)printf("%s_bytes %llu\n%s_digest %s\n%s_kept ", name, (unsigned long long)output->bytes,
                 name, output->digest, name);
    (void)fwrite(output->kept, 1, output->kept_bytes, stdout);
    (void)printf("\n");
}

static void print_figures(const struct hb_program_result *result)
{
    (void)printf("wall %g\nuser %g\nsystem %g\nminor %g\nmajor %g\nvoluntary %g\ninvoluntary %g\n",
                 result->wall_s, result->user_s, result->system_s, result->faults_minor,
                 result->faults_major, result->switches_voluntary, result->switches_involuntary);
    for (unsigned i = 0; i < HB_PROGRAM_PEAK_COUNT; i++)
        (void)printf("peak_%s %.0f\n", hb_program_peak_names[i], result->peak_bytes[i]);
    for (size_t i = 0; i < result->sample_count; i++)
        (void)printf("sample %g %.0f %.0f %u\n", result->samples[i].at_s,
                     result->samples[i].pss_bytes, result->samples[i].rss_bytes,
                     result->samples[i].processes);
    (void)printf("cost %g\npaused_s %.3f\n", result->sample_cost_s, result->paused_s);
}

static void print_result(const struct hb_program_result *result)
{
    (void)printf("end %s\nstatus %d\nsignal %d\nstart_errno %d\nreason %s\n",
                 hb_program_end_names[result->end], result->exit_status, result->signal_number,
                 result->start_errno, result->reason);
    print_figures(result);
    (void)printf("processes %u\nin_effect %u\nexact %d\n", result->processes, result->in_effect,
                 result->is_exact);
    for (size_t i = 0; i < result->kind_count; i++)
        (void)printf("kind %u %s: %s\n", result->kinds[i].processes, result->kinds[i].name,
                     hb_program_effect_names[result->kinds[i].effect]);
    (void)printf("left %u %s\nstuck %u\n", result->left.processes, result->left.names,
                 result->left.stuck);
    print_output("stdout", &result->output);
    print_output("stderr", &result->errors);
    for (unsigned i = 0; result->counted && i < HB_SYSCALL_COUNT; i++)
        (void)printf("calls_%s %llu %llu\n", hb_syscall_names[i],
                     (unsigned long long)result->calls[i],
                     (unsigned long long)result->call_bytes[i]);
    (void)printf("unknown %s\n", result->unknown);
}

static const char *const came_up_names[] = {
    [HB_PROGRAM_UP] = "up", [HB_PROGRAM_DIED] = "died", [HB_PROGRAM_NOT_READY] = "not ready"};

static int serve(const struct driven *driven, struct hb_program_result *result, struct hb_err *err)
{
    struct hb_program *program;
    struct hb_program_ready ready;
    struct hb_program_sample sample;
    enum hb_program_came_up came_up;
    bool ended;
    if (hb_program_parse_ready(driven->ready, &ready, err) != 0)
        return -1;
    (void)printf("taken %d\n", hb_program_is_taken(&ready));
    if (hb_program_start(&driven->command, &program, err) != 0)
        return -1;
    if (hb_program_wait_ready(program, &ready, 5, &came_up, err) == 0) {
        (void)printf("ready %s\n", came_up_names[came_up]);
        (void)fflush(stdout);
        if (hb_program_pause(program, 0.1, &ended, err) == 0 && !ended &&
            hb_program_sample_now(program, &sample))
            (void)printf("now %g %.0f %u\n", sample.at_s, sample.pss_bytes, sample.processes);
        hb_program_stop(program);
    }
    return hb_program_wait(&program, result, err);
}

static int run(const struct driven *driven, struct hb_err *err)
{
    struct hb_program_result result;
    struct hb_program_cost cost;
    int status = 0;
    if (driven->cost_runs > 0) {
        status = hb_program_shell_cost(&driven->command, driven->cost_runs, &cost, err);
        if (status == 0)
            (void)printf("shell_wall %g\nshell_user %g\nshell_system %g\n", cost.wall_s,
                         cost.user_s, cost.system_s);
    }
    for (unsigned i = 0; status == 0 && i < driven->runs; i++) {
        status = driven->ready ? serve(driven, &result, err)
                               : hb_program_run(&driven->command, &result, err);
        if (driven->cost_runs > 0)
            hb_program_take_away(&result, &cost);
        if (status == 0 || err->kind == HB_ERR_INTERRUPTED)
            print_result(&result);
        hb_program_result_free(&result);
    }
    return status;
}

int main(int argc, char **argv)
{
    static struct driven driven = {.runs = 1};
    struct hb_err err = {0};
    int i = 1;
    const struct sigaction action = {.sa_handler = on_stop};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    driven.command.preload = driven.preload;
    driven.command.environment = driven.environment;
    driven.command.interrupted = interrupted;
    for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2)
        take_option(&driven, argv[i], argv[i + 1]);
    driven.command.argv = (const char *const *)argv + i + 1;
    if (i + 1 >= argc)
        return 2;
    if (run(&driven, &err) == 0)
        return 0;
    (void)fprintf(stderr, "engine_driver: %s\n", err.message);
    return hb_err_exit_code(err.kind);
}
