/* Runs of programs as jobs: see exec_jobs.h. */
#include "result/exec_jobs.h"

#include "base/buf.h"
#include "result/file.h"
#include "result/session_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- whence the memory is ---- */

static bool all_know(const struct hb_session *session, size_t program,
                     enum hb_exec_metric_id metric)
{
    size_t samples = 0;
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *run = &session->runs[i];
        if (run->kind != HB_EXEC_KIND_TIMED || run->status != HB_STATUS_OK ||
            run->program != program)
            continue;
        samples++;
        if (isnan(run->metric[metric]))
            return false;
    }
    return samples > 0;
}

enum hb_exec_metric_id hb_exec_peak(const struct hb_session *session, size_t program)
{
    if (all_know(session, program, HB_EXEC_PEAK_CGROUP))
        return HB_EXEC_PEAK_CGROUP;
    return all_know(session, program, HB_EXEC_PEAK_PSS) ? HB_EXEC_PEAK_PSS : HB_EXEC_PEAK_RSS;
}

bool hb_exec_is_only_note(const struct hb_session *session, const struct hb_exec_run *run)
{
    if (run->kind != HB_EXEC_KIND_COUNTED || run->status == HB_STATUS_OK)
        return false;
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *other = &session->runs[i];
        if (other->kind == HB_EXEC_KIND_TIMED && other->program == run->program &&
            other->allocator == run->allocator)
            return true;
    }
    return false;
}

/* ---- jobs ---- */

static void fill_timed(const struct hb_session *session, const struct hb_exec_run *run,
                       struct hb_job *job)
{
    const double wall = run->metric[HB_EXEC_WALL];
    job->wall_s = wall / 1e9;
    job->metric[HB_METRIC_THROUGHPUT] = 1e9 / wall;
    job->metric[HB_METRIC_NS_PER_OP] = job->metric[HB_METRIC_ELAPSED] = wall;
    job->metric[HB_METRIC_OPERATIONS] = 1;
    job->metric[HB_METRIC_CPU_TIME] = run->metric[HB_EXEC_CPU];
    job->metric[HB_METRIC_RSS_PEAK] = run->metric[hb_exec_peak(session, run->program)];
    job->metric[HB_METRIC_FAULTS_MINOR] = run->metric[HB_EXEC_FAULTS_MINOR];
    job->metric[HB_METRIC_FAULTS_MAJOR] = run->metric[HB_EXEC_FAULTS_MAJOR];
    job->metric[HB_METRIC_SWITCHES_VOLUNTARY] = run->metric[HB_EXEC_SWITCHES_VOLUNTARY];
    job->metric[HB_METRIC_SWITCHES_INVOLUNTARY] = run->metric[HB_EXEC_SWITCHES_INVOLUNTARY];
    job->metric[HB_METRIC_RUN_DELAY] = run->metric[HB_EXEC_RUN_DELAY];
}

/* A run is one operation. */
static void fill_tallied(const struct hb_exec_run *run, struct hb_job *job)
{
    job->metric[HB_METRIC_INSTRUCTIONS_PER_OP] = run->metric[HB_EXEC_INSTRUCTIONS];
    job->metric[HB_METRIC_BRANCHES_PER_OP] = run->metric[HB_EXEC_BRANCHES];
    job->metric[HB_METRIC_L1_MISSES_PER_OP] = run->metric[HB_EXEC_L1_MISSES];
    job->metric[HB_METRIC_LL_MISSES_PER_OP] = run->metric[HB_EXEC_LL_MISSES];
}

static int add_job(struct hb_session *session, const struct hb_exec_run *run, uint32_t allocator,
                   struct hb_err *err)
{
    const bool timed = run->kind == HB_EXEC_KIND_TIMED;
    struct hb_job job;
    hb_job_init(&job);
    job.index = (uint32_t)session->job_count;
    job.block = run->block;
    job.attempt = run->attempt;
    job.allocator = allocator;
    job.kind = timed                                    ? HB_JOB_TIMED
               : run->kind == HB_EXEC_KIND_INSTRUCTIONS ? HB_JOB_INSTRUCTIONS
                                                        : HB_JOB_COUNTED;
    job.seed = session->seed;
    job.status = run->status;
    HB_COPY(job.started_at, run->started_at);
    HB_COPY(job.reason, run->reason);
    if (timed)
        fill_timed(session, run, &job);
    else if (run->kind == HB_EXEC_KIND_INSTRUCTIONS)
        fill_tallied(run, &job);
    else
        job.metric[HB_METRIC_SYSCALLS_MEASURED] = job.metric[HB_METRIC_SYSCALLS_PER_OP] =
            run->metric[HB_EXEC_SYSCALLS];
    if (hb_session_append(session, &job) == 0)
        return 0;
    hb_job_free(&job);
    return hb_err_memory(err, NULL);
}

/* ---- allocators: one list, or one for each program ---- */

/* Only the first program's twin is one: a session has one noise floor. */
static struct hb_allocator_entry named(const struct hb_allocator_entry *entry, const char *program,
                                       size_t index)
{
    struct hb_allocator_entry own = *entry;
    (void)snprintf(own.label, sizeof own.label, "%.25s/%.36s", program, entry->label);
    if (index > 0)
        own.role = HB_ROLE_SUBJECT;
    return own;
}

static int spread_allocators(struct hb_session *session, struct hb_err *err)
{
    const size_t count = session->allocator_count, programs = session->program_count;
    struct hb_allocator_entry *all = calloc(count * programs + 1, sizeof *all);
    if (!all)
        return hb_err_memory(err, NULL);
    for (size_t p = 0; p < programs; p++) {
        for (size_t a = 0; a < count; a++)
            all[p * count + a] = named(&session->allocators[a], session->programs[p].name, p);
    }
    free(session->allocators);
    session->allocators = all;
    session->allocator_count = count * programs;
    return 0;
}

/* ---- what must be alike ---- */

/* The first 13 digits of the description's hash: a number that every reader holds. */
static int describe_program(const struct hb_profile *profile, size_t program,
                            struct hb_parameter_value *parameter, struct hb_err *err)
{
    const struct hb_profile_program *described = &profile->exec.programs[program];
    struct hb_buf text = {0};
    char hash[HB_SHA256_TEXT];
    hb_words_text(&described->server, &text);
    hb_words_text(&described->command, &text);
    hb_words_text(&described->environment, &text);
    hb_buf_printf(&text, "|%s|%s|%s", described->prepare ? described->prepare : "",
                  described->setup ? described->setup : "",
                  described->input ? described->input : "");
    const int status = hb_buf_check(&text, err);
    if (status == 0)
        hb_sha256_text(text.bytes, text.size, hash);
    hb_buf_free(&text);
    if (status != 0)
        return -1;
    hash[13] = '\0';
    HB_COPY(parameter->name, described->name);
    parameter->value = strtoull(hash, NULL, 16);
    HB_COPY(parameter->text, hash);
    return 0;
}

static int set_parameters(struct hb_session *session, struct hb_err *err)
{
    free(session->parameters);
    session->parameter_count = 0;
    session->parameters = calloc(session->program_count + 1, sizeof *session->parameters);
    if (!session->parameters)
        return hb_err_memory(err, NULL);
    for (; session->parameter_count < session->program_count; session->parameter_count++) {
        if (describe_program(session->profile, session->parameter_count,
                             &session->parameters[session->parameter_count], err) != 0)
            return -1;
    }
    return 0;
}

int hb_exec_as_jobs(struct hb_session *session, struct hb_err *err)
{
    const size_t allocators = session->allocator_count;
    const bool is_one = session->program_count == 1;
    if (session->kind == HB_KIND_CHECK)
        return hb_err_set(err, HB_ERR_USAGE,
                          "a check of promises has no figures: `hakbench report` shows it");
    if (session->kind != HB_KIND_EXEC)
        return 0;
    if (set_parameters(session, err) != 0 || (!is_one && spread_allocators(session, err) != 0))
        return -1;
    for (size_t i = 0; i < session->run_count; i++) {
        const struct hb_exec_run *run = &session->runs[i];
        if (run->kind != HB_EXEC_KIND_LOADING && !hb_exec_is_only_note(session, run) &&
            add_job(session, run,
                    (uint32_t)(is_one ? 0 : run->program * allocators) + run->allocator, err) != 0)
            return -1;
    }
    return 0;
}
