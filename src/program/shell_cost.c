/* What can be said of results without a process, and what a shell costs: see program.h. */
#include "program/keeper_parts.h"

#include <math.h>
#include <stdlib.h>

double hb_program_best_peak(const struct hb_program_result *result, enum hb_program_peak *source)
{
    for (unsigned i = 0; i < HB_PROGRAM_PEAK_COUNT; i++) {
        *source = (enum hb_program_peak)i;
        if (!isnan(result->peak_bytes[i]))
            return result->peak_bytes[i];
    }
    *source = HB_PROGRAM_PEAK_COUNT;
    return (double)NAN;
}

void hb_program_result_free(struct hb_program_result *result)
{
    free(result->samples);
    free(result->output.kept);
    free(result->errors.kept);
    *result = (struct hb_program_result){.end = HB_PROGRAM_EXITED};
}

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Three rows of so many; 1: the shell runs no empty script. */
static int measure_shell(const struct hb_program_command *empty, unsigned runs, double *times,
                         struct hb_err *err)
{
    int status = 0;
    for (unsigned i = 0; status == 0 && i < runs; i++) {
        struct hb_program_result result;
        status = hb_program_run(empty, &result, err);
        if (status == 0 && (result.end != HB_PROGRAM_EXITED || result.exit_status != 0))
            status = 1;
        times[i] = result.wall_s;
        times[runs + i] = result.user_s;
        times[2 * runs + i] = result.system_s;
        hb_program_result_free(&result);
    }
    return status;
}

int hb_program_shell_cost(const struct hb_program_command *command, unsigned runs,
                          struct hb_program_cost *cost, struct hb_err *err)
{
    static const char *const no_script[] = {"", NULL};
    struct hb_program_command empty = *command;
    *cost = (struct hb_program_cost){.wall_s = 0};
    if (!command->shell || runs == 0)
        return 0;
    double *times = calloc(3 * (size_t)runs, sizeof *times);
    if (!times)
        return hb_err_memory(err, NULL);
    empty.argv = no_script;
    empty.sample_s = 0;
    empty.keep_bytes = 0;
    const int status = measure_shell(&empty, runs, times, err);
    if (status == 1)
        cost->wall_s = cost->user_s = cost->system_s = (double)NAN;
    if (status == 0) {
        cost->wall_s = median(times, runs);
        cost->user_s = median(times + runs, runs);
        cost->system_s = median(times + 2 * (size_t)runs, runs);
    }
    free(times);
    return status < 0 ? -1 : 0;
}

/* What is not known stays so: fmax(0, NaN) would be 0. */
static double less(double time_s, double cost_s)
{
    return time_s < cost_s ? 0 : time_s - cost_s;
}

void hb_program_take_away(struct hb_program_result *result, const struct hb_program_cost *cost)
{
    if (!isnan(result->wall_s) && isnan(cost->wall_s))
        hb_outcome_unknown(result, "no times: its shell runs no empty script under this allocator");
    result->wall_s = less(result->wall_s, cost->wall_s);
    result->user_s = less(result->user_s, cost->user_s);
    result->system_s = less(result->system_s, cost->system_s);
}
