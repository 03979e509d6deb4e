/* Looking inside a run: HB_LOG=run:2,plan:1 on stderr, off otherwise.
 * Levels by frequency: 1 once a session, 2 once a job, 3 once a slice, 4 an event.
 * Never part of the output: what a user must know goes through hb_err or report. */
#ifndef HB_BASE_LOG_H
#define HB_BASE_LOG_H

#include <stdbool.h>

/* True when this room's messages of this level are wanted. Reads HB_LOG once, at the first call;
 * what it cannot read there is reported on stderr, once, and the rest holds. */
bool hb_log_wanted(const char *room, int level);

/* Writes one line, cut at 1 KiB, to stderr in one piece. errno is kept. Call it through HB_LOG. */
void hb_log_line(const char *room, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* HB_LOG("run", 2, "job %u took %.1f s", index, wall_s): the arguments are evaluated only when the
 * line is wanted. */
#define HB_LOG(room, level, ...)                                                                   \
    do {                                                                                           \
        if (hb_log_wanted(room, level))                                                            \
            hb_log_line(room, level, __VA_ARGS__);                                                 \
    } while (0)

/* "hakbench: " and a line to standard error, whose words may be a file's: controls are hidden. */
void hb_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
