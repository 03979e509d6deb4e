/* The progress line: see progress.h. */
#include "report/progress.h"

#include "base/quote.h"
#include "base/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void hb_progress_init(struct hb_progress *progress, bool quiet)
{
    *progress = (struct hb_progress){.shown = !quiet && isatty(STDERR_FILENO) == 1};
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
    const size_t width = strlen(line);
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
