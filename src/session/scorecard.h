/* SCORECARD.md: every pinned baseline on one page.
 * Read next: baseline.h, src/report/rebase_report.h. */
#ifndef HB_SESSION_SCORECARD_H
#define HB_SESSION_SCORECARD_H

#include "session/assessment.h"

/* Writes FOLDER/SCORECARD.md anew from every baseline in the folder, each with its drift against
 * the one before it. What was pinned just now (NULL: nothing) is not judged again. An unreadable
 * baseline is named on the page; the others are there. */
int hb_scorecard_write(const char *folder, const struct hb_assessment *pinned, struct hb_err *err);

#endif
