/* The pinned baseline of each profile: where it is, whether a session may take its place, and the
 * exchange itself; and the scorecard, a page of all of them.
 * Read next: src/commands/rebase.c. */
#ifndef HB_SESSION_BASELINE_H
#define HB_SESSION_BASELINE_H

#include "base/buf.h"
#include "base/err.h"
#include "judge/judge.h"

/* True for "baseline.json" and "baseline-NAME.json": file is a name without its folder. */
bool hb_baseline_is_name(const char *file);

/* FOLDER/baseline.json for the profile "mixed", FOLDER/baseline-NAME.json for others. */
int hb_baseline_path(const char *folder, const char *profile, char path[HB_PATH_MAX],
                     struct hb_err *err);

/* Reads the profile's baseline. 1 when it was read, 0 when there is none, -1 when what is there
 * cannot be read. */
int hb_baseline_read(const char *folder, const char *profile, struct hb_session *session,
                     struct hb_err *err);

/* Why this judged session should not be pinned, or NULL when it may be. shared: the user knows that
 * others ran. text is the room for the
 * answer. */
const char *hb_baseline_objection(const struct hb_judgement *judgement, double noise_limit_percent,
                                  bool touched, bool shared, char *text, size_t text_bytes);

/* Moves the present baseline to FOLDER/history/ and puts these bytes in its place. A kill leaves
 * the old one or the new one in place. */
int hb_baseline_pin(const char *folder, const char *profile, const struct hb_buf *json,
                    struct hb_err *err);

/* ---- the scorecard ---- */

/* Writes FOLDER/SCORECARD.md anew from every baseline in the folder, each with its drift against
 * the latest before it by date, which need not be the one that it took the place of. An unreadable
 * baseline is named on the page; the others are there. */
int hb_scorecard_write(const char *folder, struct hb_err *err);

#endif
