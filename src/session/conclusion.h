/* What a command makes of a session that was judged: what is printed and written of one that was
 * measured, and the exit code that follows.
 * Read next: src/judge/assessment.h, session_files.h. */
#ifndef HB_SESSION_CONCLUSION_H
#define HB_SESSION_CONCLUSION_H

#include "judge/assessment.h"
#include "session/session_files.h"

/* Prints the report of a session that was measured, and writes its result: of one that was cut off
 * (whole is false) a soak alone has one. Says where it is, or what is kept when that fails. *json
 * is what was written, if anything; the caller's to free. */
int hb_conclusion_write(struct hb_session_files *files, const struct hb_assessment *assessment,
                        bool whole, struct hb_buf *json, struct hb_err *err);

/* Writes the session with what was judged to the path, as hb_output_write does. */
int hb_conclusion_json(const struct hb_assessment *assessment, const char *path,
                       struct hb_err *err);

/* HB_EXIT_INCOMPLETE when something failed. HB_EXIT_GATE when a budget failed. HB_EXIT_INCONCLUSIVE
 * when none of those there are is known; with strict already when one is not, names an allocator
 * that was not measured, when there is none at all, or when the session or a point of its sweep is
 * doubtful. Else HB_EXIT_OK. What is open is said on stderr. Programs, counts and sweeps have no
 * budgets. Of a check HB_EXIT_GATE comes first, with strict alone: a promise is not kept. */
int hb_conclusion_exit_code(const struct hb_assessment *assessment, bool strict);

#endif
