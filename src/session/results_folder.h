/* The folder that a session's results land in: made, locked, and a name in it that is free.
 * Read next: session_files.h. */
#ifndef HB_SESSION_RESULTS_FOLDER_H
#define HB_SESSION_RESULTS_FOLDER_H

#include "base/err.h"
#include "result/model.h"

/* Makes the folder (and those above it) when it is not there. HB_ERR_USAGE when it cannot be
 * made or written to. */
int hb_output_folder(const char *path, struct hb_err *err);

/* Takes the folder's lock, so that two sessions do not measure each other. The descriptor stays
 * open for as long as the session runs. -1 naming who has it, or that what is there is no lock of
 * ours: nothing in it is changed then. Where there can be no lock stderr says so, and *fd may be
 * -1.
 */
int hb_output_lock(const char *folder, int *fd, struct hb_err *err);

/* "FOLDER/2026-11-23T11-22-33Z-mixed", a stem of which no .jsonl, .json or .csv is there yet. */
int hb_output_stem(const char *folder, const struct hb_session *session, char *stem,
                   size_t stem_bytes, struct hb_err *err);

#endif
