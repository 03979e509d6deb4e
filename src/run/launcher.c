/* The launcher of real workers: see launcher.h. */
#include "run/launcher.h"

#include "run/conduct.h"
#include "run/interrupt.h"

#include <sys/prctl.h>

static int run_real(void *self, const struct hb_request *request, struct hb_job *job,
                    struct hb_loaded *loaded, struct hb_err *err)
{
    struct hb_worker_process process;
    (void)self;
    if (hb_worker_start(request, &process, err) != 0)
        return -1;
    hb_interrupt_guard(process.pid);
    const int status = hb_conduct(request, &process, job, loaded, err);
    hb_interrupt_guard(0);
    hb_worker_close(&process);
    return status;
}

struct hb_launcher hb_launcher_real(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    return (struct hb_launcher){.run = run_real};
}
