/* The launcher of real workers: see launcher.h. */
#include "run/launcher.h"

#include "base/copy.h"
#include "run/conduct.h"
#include "run/interrupt.h"

#include <stdio.h>
#include <sys/prctl.h>

static int run_one(const struct hb_request *request, struct hb_job *job, struct hb_loaded *loaded,
                   struct hb_err *err)
{
    struct hb_worker_process process;
    if (hb_worker_start(request, &process, err) != 0)
        return -1;
    hb_interrupt_guard(process.pid);
    const int status = hb_conduct_job(request, &process, job, loaded, err);
    hb_interrupt_guard(0);
    hb_worker_close(&process);
    return status;
}

/* A process of its own, so that books and patterns disturb no count. The job gets
 * how it ended, and how long it took. */
static int check_blocks(const struct hb_request *request, struct hb_job *job,
                        struct hb_loaded *loaded, struct hb_err *err)
{
    struct hb_request untraced = *request;
    struct hb_job checked;
    hb_job_init(&checked);
    untraced.count_syscalls = false;
    const int status = run_one(&untraced, &checked, loaded, err);
    job->status = checked.status;
    HB_COPY(job->reason, checked.reason);
    job->wall_s = checked.wall_s;
    hb_job_free(&checked);
    return status;
}

static int run_real(void *self, const struct hb_request *request, struct hb_job *job,
                    struct hb_loaded *loaded, struct hb_err *err)
{
    struct hb_request unchecked = *request;
    double checked_s = 0;
    (void)self;
    if (request->check) {
        if (check_blocks(request, job, loaded, err) != 0)
            return -1;
        if (job->status != HB_STATUS_OK || !request->count_syscalls)
            return 0;
        checked_s = job->wall_s;
        unchecked.check = false;
    }
    const int status = run_one(&unchecked, job, loaded, err);
    job->wall_s += checked_s;
    return status;
}

struct hb_launcher hb_launcher_real(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    return (struct hb_launcher){.run = run_real};
}
