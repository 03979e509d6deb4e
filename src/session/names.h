/* Bare names of what there is, for shell completion and scripts: `hakbench list --names KIND`.
 * Folders are listed and tables read; only parameters and variants ask a worker.
 * Read next: src/run/catalog.h, scripts/completion/. */
#ifndef HB_SESSION_NAMES_H
#define HB_SESSION_NAMES_H

#include "base/buf.h"

/* Adds the names of this kind, each once, one a line. HB_ERR_USAGE when there is no such kind. */
int hb_names_write(const char *kind, struct hb_buf *out, struct hb_err *err);

#endif
