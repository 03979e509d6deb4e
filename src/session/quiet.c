/* Waiting for a quiet machine: see quiet.h. */
#include "session/quiet.h"

#include "base/clock.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/unit.h"
#include "report/progress.h"
#include "run/interrupt.h"
#include "session/results_folder.h"

#include <math.h>
#include <stdio.h>

#define LOOK_MS      1000
#define QUIET_NEEDED 2 /* looks in a row: between two compilers of a build one may be quiet */
#define WATCH_MS     200

static void look_here(struct hb_noise_now *now)
{
    hb_noise_look("", LOOK_MS, now);
}

/* What it knows of the machine is of before the wait. */
static void begin_now(struct hb_session *session)
{
    if (!session)
        return;
    hb_clock_wall_text(session->started_at);
    hb_noise_others(WATCH_MS, session->host.others, sizeof session->host.others);
}

/* Without --strict it is measured all the same, but not beside another hakbench. */
static int give_up(const struct hb_quiet *wait, const struct hb_noise_now *now, struct hb_err *err)
{
    if (!wait->strict && wait->machine && hb_machine_lock(wait->share, wait->machine, err) != 0)
        return -1;
    hb_say("the machine was not quiet within %s: %s; %s", hb_format_duration(wait->seconds).text,
           now->text, wait->strict ? "--strict: nothing is measured" : "measuring all the same");
    return wait->strict ? HB_EXIT_INCONCLUSIVE : 0;
}

/* A machine on which another hakbench measures is not quiet, however little that does just now. */
static void take_lock(const struct hb_quiet *wait, struct hb_noise_now *now)
{
    struct hb_err held = {0};
    if (!wait->machine || hb_machine_lock(wait->share, wait->machine, &held) == 0)
        return;
    now->is_quiet = false;
    hb_copy_text(now->text, sizeof now->text, "another hakbench measures");
}

int hb_quiet_wait(const struct hb_quiet *wait, struct hb_session *session, struct hb_err *err)
{
    const uint64_t started_ns = hb_clock_monotonic_ns();
    struct hb_progress progress;
    struct hb_noise_now now;
    double waited_s = 0;
    unsigned quiet = 0, looks = 0;
    int status = 0;
    if (!(wait->seconds > 0))
        return 0;
    hb_interrupt_install();
    hb_progress_init(&progress, wait->quiet);
    /* Time that ends after one quiet look leaves it open: the next look decides. */
    while (status == 0 && quiet < QUIET_NEEDED && (waited_s < wait->seconds || quiet > 0)) {
        char what[sizeof now.text + 32];
        (wait->look ? wait->look : look_here)(&now);
        if (now.is_quiet && quiet + 1 == QUIET_NEEDED)
            take_lock(wait, &now);
        waited_s = (double)(hb_clock_monotonic_ns() - started_ns) / 1e9;
        quiet = now.is_quiet ? quiet + 1 : 0;
        (void)snprintf(what, sizeof what, "s waiting: %s", now.is_quiet ? "quiet" : now.text);
        hb_progress_show(&progress, (size_t)fmin(waited_s, wait->seconds), (size_t)wait->seconds,
                         what, (double)NAN);
        if (looks++ == 0 && !now.is_quiet && !progress.shown)
            hb_say("waiting up to %s until the machine is quiet: %s",
                   hb_format_duration(wait->seconds).text, now.text);
        status = hb_interrupt_check(err);
    }
    hb_progress_clear(&progress);
    if (status == 0 && quiet == 0)
        status = give_up(wait, &now, err);
    else if (status == 0 && looks > QUIET_NEEDED)
        hb_say("the machine is quiet after %s", hb_format_duration(waited_s).text);
    if (status == 0)
        begin_now(session);
    return status;
}
