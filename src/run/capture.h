/* Runs a short helper process and keeps what it printed. For describing plugins and workloads
 * without ever loading them here.
 * Read next: catalog.c. */
#ifndef HB_RUN_CAPTURE_H
#define HB_RUN_CAPTURE_H

#include "base/err.h"

#include <stddef.h>

/* Runs argv (ended by NULL; argv[0] is a path) with an environment of nothing but `environment`
 * (ended by NULL), standard output into text (cut at text_bytes - 1, always ended by NUL) and
 * everything killed after timeout_s. Returns the exit status 0..255, 128 + signal when a signal
 * ended it, or -1 with *err set when it could not be run or ran too long. */
int hb_capture(char *const argv[], char *const environment[], double timeout_s, char *text,
               size_t text_bytes, struct hb_err *err);

#endif
