/* The folder that a session's results land in: made, locked, and a name in it that is free; and the
 * machine's lock: two sessions measure each other, whatever folders they write to.
 * Read next: session_files.h. */
#ifndef HB_SESSION_RESULTS_FOLDER_H
#define HB_SESSION_RESULTS_FOLDER_H

#include "base/err.h"
#include "result/model.h"

#include <stdbool.h>

/* Makes the folder (and those above it) when it is not there. HB_ERR_USAGE when it cannot be
 * made or written to. */
int hb_output_folder(const char *path, struct hb_err *err);

/* Whether it is there or could be made, as far as can be told without making it. */
int hb_output_folder_may_be(const char *path, struct hb_err *err);

/* The same of any other folder: no message names --results. */
int hb_output_folder_other(const char *path, struct hb_err *err);

/* Takes the folder's lock, so that two sessions do not measure each other. The descriptor stays
 * open for as long as the session runs. -1 naming who has it, or that what is there is no lock of
 * ours: nothing in it is changed then. Where there can be no lock stderr says so, and *fd may be
 * -1.
 */
int hb_output_lock(const char *folder, int *fd, struct hb_err *err);

/* "FOLDER/2026-11-23T11-22-33Z-mixed", a stem of which no .jsonl, .json or .csv is there yet. */
int hb_output_stem(const char *folder, const struct hb_session *session, char *stem,
                   size_t stem_bytes, struct hb_err *err);

/* ---- the machine's lock ---- */

/* Takes the machine's lock: a name in the kernel, not a file, so that nobody's leftover, right or
 * link can be in its way, and a kill gives it back. It holds for all users, within one network
 * namespace: containers do not see each other's. *fd stays open as long as the session runs; -1
 * where the kernel has no such names, or with share. HB_ERR_USAGE, with the holder's process, when
 * another has it. */
int hb_machine_lock(bool share, int *fd, struct hb_err *err);

/* Whether the user says that the machine is shared: the flag, or HAKBENCH_SHARE_MACHINE=1. */
bool hb_machine_is_shared(bool flag);

#endif
