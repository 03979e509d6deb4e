/* Progress on stderr: see progress.h. */
#include "report/progress.h"

#include "base/log.h"
#include "base/quote.h"
#include "base/unit.h"
#include "report/screen.h"
#include "report/sparkline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hb_progress_init(struct hb_progress *progress, bool quiet)
{
    *progress = (struct hb_progress){.shown = !quiet && isatty(STDERR_FILENO) == 1};
}

/* Bytes of a line that the screen has room for: one that is rewritten in place must not go on in
 * the next, and many terminals begin the next after the last column. */
static size_t cut(const struct hb_screen *screen, const char *line)
{
    size_t columns = 0, i = 0;
    for (; line[i]; i++) { /* the first byte of a character is a column */
        columns += ((unsigned char)line[i] & 0xc0) != 0x80;
        if (columns >= screen->width)
            break;
    }
    return i;
}

void hb_progress_show(struct hb_progress *progress, size_t done, size_t total, const char *what,
                      double seconds_left)
{
    char line[160];
    if (!progress->shown)
        return;
    const int used = snprintf(line, sizeof line, "[%3zu/%zu] %.60s", done, total, what);
    if (!isnan(seconds_left) && used > 0 && (size_t)used < sizeof line)
        (void)snprintf(line + used, sizeof line - (size_t)used, ", %s left",
                       hb_format_duration(seconds_left).text);
    hb_hide_controls(line);
    const struct hb_screen screen = hb_screen_of(STDERR_FILENO);
    const size_t length = cut(&screen, line), width = hb_screen_characters(line);
    line[length] = '\0';
    const int padding = progress->width > width ? (int)(progress->width - width) : 0;
    (void)fprintf(stderr, "\r%s%*s", line, padding, "");
    (void)fflush(stderr);
    progress->width = width;
}

void hb_progress_clear(struct hb_progress *progress)
{
    if (!progress->shown || !progress->width)
        return;
    (void)fprintf(stderr, "\r%*s\r", (int)progress->width, "");
    (void)fflush(stderr);
    progress->width = 0;
}

/* ---- a running soak ---- */

#define LEAST_RANGE 0.02 /* of the mean: noise does not look like mountains */

/* Of one allocator's epochs so far: of a size that does not grow with them. */
struct hb_soak_so_far {
    double last[HB_SOAK_LIVE_BARS]; /* throughputs, oldest first */
    size_t count;                   /* of last */
    uint32_t process, of_process;   /* epochs of its present process */
    double mean, squares;           /* Welford 1962, over the epochs after the warm-up */
    size_t judged;
};

void hb_soak_live_init(struct hb_soak_live *live, const struct hb_session *session, bool quiet)
{
    *live = (struct hb_soak_live){.shown = !quiet, .in_place = isatty(STDERR_FILENO) == 1};
    live->so_far = calloc(session->allocator_count + 1, sizeof *live->so_far);
    if (!live->so_far)
        live->shown = false;
}

static void wipe(struct hb_soak_live *live)
{
    for (; live->lines > 0; live->lines--)
        (void)fputs("\033[A\033[2K", stderr);
    (void)fputs("\r", stderr);
}

static void remember(struct hb_soak_so_far *sum, double throughput)
{
    if (sum->count == HB_SOAK_LIVE_BARS)
        memmove(sum->last, sum->last + 1, --sum->count * sizeof *sum->last);
    sum->last[sum->count++] = throughput;
}

static void add(struct hb_soak_so_far *sum, const struct hb_session *session,
                const struct hb_epoch *epoch)
{
    const double throughput = epoch->metric[HB_EPOCH_THROUGHPUT];
    sum->of_process = epoch->process == sum->process ? sum->of_process + 1 : 1;
    sum->process = epoch->process;
    if (epoch->status != HB_STATUS_OK || isnan(throughput))
        return;
    remember(sum, throughput);
    if (!session->soak.fresh && sum->of_process <= session->soak.warmup_epochs)
        return;
    sum->judged++;
    const double before = throughput - sum->mean;
    sum->mean += before / (double)sum->judged;
    sum->squares += before * (throughput - sum->mean);
}

static void add_times(const struct hb_session *session, const struct hb_epoch *epoch,
                      struct hb_buf *line)
{
    const double elapsed_ns = epoch->metric[HB_EPOCH_ELAPSED];
    const double now_s = epoch->started_s + (isnan(elapsed_ns) ? 0 : elapsed_ns / 1e9);
    const double left_s = session->soak.duration_s - now_s;
    hb_buf_printf(line, "[%s", hb_format_duration(now_s).text);
    if (left_s > 0 && !session->soak.fresh)
        hb_buf_printf(line, ", %s left", hb_format_duration(left_s).text);
    hb_buf_printf(line, "] round %u %s: ", epoch->round + 1,
                  session->allocators[epoch->allocator].label);
}

static void add_figures(const struct hb_soak_so_far *sum, const struct hb_epoch *epoch,
                        struct hb_buf *line)
{
    const double cv = sum->judged < 2 || sum->mean <= 0
                          ? (double)NAN
                          : 100 * sqrt(sum->squares / (double)(sum->judged - 1)) / sum->mean;
    hb_buf_printf(line, "%s, CV %s, p99.9 %s, resident %s",
                  hb_format_rate(epoch->metric[HB_EPOCH_THROUGHPUT]).text,
                  hb_format_percent(cv).text,
                  hb_format_ns(epoch->metric[HB_EPOCH_LATENCY_P999]).text,
                  hb_format_bytes(epoch->metric[HB_EPOCH_RSS]).text);
    if (!isnan(epoch->metric[HB_EPOCH_SYSCALLS]))
        hb_buf_printf(line, ", %s memory calls",
                      hb_format_count(epoch->metric[HB_EPOCH_SYSCALLS]).text);
}

static void add_drain(const struct hb_epoch *epoch, struct hb_buf *line)
{
    hb_buf_printf(line, "resident after the drain: %s, %s, %s (0.1, 1, 5 s)",
                  hb_format_bytes(epoch->metric[HB_EPOCH_DRAINED_100MS]).text,
                  hb_format_bytes(epoch->metric[HB_EPOCH_DRAINED_1S]).text,
                  hb_format_bytes(epoch->metric[HB_EPOCH_DRAINED_5S]).text);
}

static void print_line(struct hb_soak_live *live, struct hb_buf *line)
{
    const struct hb_screen screen = hb_screen_of(STDERR_FILENO);
    hb_screen_apply(&screen, line);
    const char *text = hb_buf_string(line);
    const size_t length = live->in_place ? cut(&screen, text) : strlen(text);
    (void)fprintf(stderr, "%.*s\n", (int)length, text);
    live->lines += live->in_place;
}

void hb_soak_live_note(struct hb_soak_live *live, const struct hb_session *session,
                       uint32_t allocator, const char *what)
{
    if (!live->shown || !live->in_place)
        return;
    wipe(live);
    struct hb_buf line = {0};
    hb_buf_printf(&line, "%s: %s", session->allocators[allocator].label, what);
    hb_hide_controls_from(&line, 0);
    print_line(live, &line);
    hb_buf_free(&line);
}

static void print_bars(struct hb_soak_live *live, const char *label,
                       const struct hb_soak_so_far *sum)
{
    struct hb_buf line = {0};
    if (!live->in_place || sum->count < 2)
        return;
    hb_buf_printf(&line, "  %s  ", label);
    hb_hide_controls_from(&line, 0);
    hb_sparkline(sum->last, sum->count, sum->count, LEAST_RANGE, &line);
    print_line(live, &line);
    hb_buf_free(&line);
}

static void print_epoch(struct hb_soak_live *live, const struct hb_session *session,
                        const struct hb_epoch *epoch)
{
    const struct hb_soak_so_far *sum = &live->so_far[epoch->allocator];
    const bool is_drain = strcmp(epoch->phase, "drain") == 0;
    struct hb_buf line = {0};
    add_times(session, epoch, &line);
    if (is_drain)
        add_drain(epoch, &line);
    else
        add_figures(sum, epoch, &line);
    print_line(live, &line);
    if (!is_drain)
        print_bars(live, session->allocators[epoch->allocator].label, sum);
    hb_buf_free(&line);
    (void)fflush(stderr);
}

void hb_soak_live_epoch(struct hb_soak_live *live, const struct hb_session *session,
                        const struct hb_epoch *epoch)
{
    if (live->so_far && strcmp(epoch->phase, "drain") != 0)
        add(&live->so_far[epoch->allocator], session, epoch);
    if (live->shown && live->in_place)
        wipe(live);
    if (epoch->status != HB_STATUS_OK)
        hb_say("%s, round %u: %s: %s", session->allocators[epoch->allocator].label,
               epoch->round + 1, hb_job_status_names[epoch->status], epoch->reason);
    else if (live->shown && live->so_far)
        print_epoch(live, session, epoch);
}

void hb_soak_live_close(struct hb_soak_live *live)
{
    if (live->shown && live->in_place)
        wipe(live);
    live->lines = 0;
    free(live->so_far);
    live->so_far = NULL;
}
