/* What the commands that measure do alike: see measuring.h. */
#include "session/measuring.h"

#include "base/log.h"
#include "base/unit.h"
#include "report/progress.h"
#include "session/baseline.h"

#include <stdio.h>
#include <string.h>

/* ---- jobs ---- */

void hb_measure_say_job(const struct hb_session *session, const struct hb_job *job)
{
    hb_say("%s: %s: %s", session->allocators[job->allocator].label,
           hb_job_status_names[job->status],
           job->status == HB_STATUS_OK ? job->null_reason[HB_GROUP_SYSCALLS] : job->reason);
}

static void on_started(void *self, const struct hb_session *session, const struct hb_plan_job *job,
                       size_t done, size_t total)
{
    const char *label = session->allocators[job->allocator].label;
    char what[160];
    if (job->kind == HB_JOB_COUNTED)
        (void)snprintf(what, sizeof what, "%s, counting system calls", label);
    else
        (void)snprintf(what, sizeof what, "%s, run %u of %u", label, job->block + 1,
                       session->blocks);
    hb_progress_show(self, done, total, what, hb_session_seconds_left(session, done, total));
}

static void on_finished(void *self, const struct hb_session *session, const struct hb_job *job)
{
    const bool is_ok = job->status == HB_STATUS_OK;
    if (is_ok && (session->kind != HB_KIND_SOAK || job->syscalls_known))
        return;
    hb_progress_clear(self);
    hb_measure_say_job(session, job);
}

int hb_measure_jobs(struct hb_session_run run, bool quiet, struct hb_session *session,
                    struct hb_err *err)
{
    struct hb_progress progress;
    run.observer =
        (struct hb_observer){.started = on_started, .finished = on_finished, .self = &progress};
    hb_progress_init(&progress, quiet);
    const int status = hb_session_measure(&run, session, err);
    hb_progress_clear(&progress);
    return status;
}

/* ---- plans ---- */

/* What is measured, and what is the same in every plan. */
static void print_head(const struct hb_session *session, bool of_epochs)
{
    char blocks[32] = "";
    if (session->blocks)
        (void)snprintf(blocks, sizeof blocks, "%u blocks, ", session->blocks);
    (void)printf("profile %s, workload %s, %sseed %llu, worker on CPU %s\n", session->profile_name,
                 session->workload, blocks, (unsigned long long)session->seed,
                 session->host.cpus_used);
    for (size_t i = 0; i < session->parameter_count; i++) {
        if (i != HB_PARAMETER_SEED && !(i == HB_PARAMETER_OPERATIONS && of_epochs))
            (void)printf("  %-14s %s\n", session->parameters[i].name, session->parameters[i].text);
    }
    (void)printf("allocators\n");
    for (size_t i = 0; i < session->allocator_count; i++) {
        const struct hb_allocator_entry *entry = &session->allocators[i];
        const bool is_control = strcmp(entry->label, session->soak.control) == 0;
        (void)printf("  %-18s %-9s %s%s%s\n", entry->label,
                     !of_epochs   ? hb_role_names[entry->role]
                     : is_control ? "control"
                                  : "judged",
                     entry->missing_reason[0] ? "missing: " : "", entry->missing_reason,
                     entry->environment);
    }
}

/* Seconds of one job: as long as in the last baseline, else 20 ns an operation and start-up. */
static double guess_job_s(const struct hb_session *session, const char *results,
                          bool *from_baseline)
{
    struct hb_session baseline = {0};
    struct hb_err ignored = {0};
    double seconds = 0;
    size_t count = 0;
    if (hb_baseline_read(results, session->profile_name, &baseline, &ignored) == 1) {
        for (; count < baseline.job_count; count++)
            seconds += baseline.jobs[count].wall_s;
    }
    hb_session_free(&baseline);
    *from_baseline = count > 0;
    return count ? seconds / (double)count
                 : 0.05 + 20e-9 * (double)session->parameters[HB_PARAMETER_OPERATIONS].value;
}

static void print_order(const struct hb_session *session, const struct hb_plan *plan)
{
    (void)printf("%zu jobs in this order\n", plan->job_count);
    for (size_t i = 0; i < plan->job_count; i++) {
        const struct hb_plan_job *job = &plan->jobs[i];
        const bool first =
            i == 0 || plan->jobs[i - 1].block != job->block || plan->jobs[i - 1].kind != job->kind;
        if (first && job->kind == HB_JOB_COUNTED)
            (void)printf("  count    ");
        else if (first)
            (void)printf("\n  block %-2u ", job->block + 1);
        (void)printf(" %s", session->allocators[job->allocator].label);
    }
}

int hb_measure_print_plan(const struct hb_session *session, const char *results, struct hb_err *err)
{
    struct hb_plan plan;
    bool from_baseline;
    if (hb_plan_build(session, &plan, err) != 0)
        return -1;
    print_head(session, false);
    print_order(session, &plan);
    const double job_s = guess_job_s(session, results, &from_baseline);
    (void)printf("\nexpected time: about %s (%s)\n",
                 hb_format_duration(job_s * (double)plan.job_count).text,
                 from_baseline ? "from the last baseline" : "a guess: 20 ns an operation");
    hb_plan_free(&plan);
    return 0;
}

void hb_measure_print_soak(const struct hb_session *session)
{
    const struct hb_soak *settings = &session->soak;
    print_head(session, true);
    if (settings->fresh)
        (void)printf("%u runs of about %s each, every one a fresh process, in shuffled order\n",
                     settings->rounds, hb_format_duration(settings->epoch_s).text);
    else
        (void)printf("epochs of about %s, about %.0f for each allocator, in shuffled turns; the "
                     "first %u of a process are not judged\n",
                     hb_format_duration(settings->epoch_s).text,
                     settings->duration_s / settings->epoch_s / (double)session->allocator_count,
                     settings->warmup_epochs);
    (void)printf("expected time: %s%s\n", hb_format_duration(settings->duration_s).text,
                 settings->fresh ? " and start-up" : "");
}
