/* A trace decoded ahead, into what the loop `replay` plays without parsing anything: its score.
 * Read next: workloads/replay.h (the words), workloads/replay.c (who plays it). */
#ifndef HB_TRACE_SCORE_H
#define HB_TRACE_SCORE_H

#include "base/err.h"
#include "replay.h"
#include "trace/reader.h"

/* Writes the score of all events, from the first, to a file that is open for writing and empty;
 * 9 to 12 bytes an event, so that a window of it can be had without the rest. Calls that failed or
 * gave no block are left out; realloc(block, 0) that gave none is a free. What is live at the end
 * is freed in the order of its making, and threads that are left end. Needs some 70 bytes for each
 * block that is live at a time. Fills *head.
 * HB_ERR_USAGE on a trace that the reader refuses, that has no event, or more threads or blocks at
 * a time than a score has room for; HB_ERR_SYSTEM without memory or disk. name: for messages. */
int hb_score_write(struct hb_trace_reader *reader, int fd, const char *name,
                   struct hb_score_head *head, struct hb_err *err);

#endif
