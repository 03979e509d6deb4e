/* SCORECARD.md: every pinned baseline on one page.
 * Read next: baseline.h, src/report/rebase_report.h. */
#ifndef HB_SESSION_SCORECARD_H
#define HB_SESSION_SCORECARD_H

#include "base/err.h"

/* Writes FOLDER/SCORECARD.md anew from every baseline in the folder, each with its drift against
 * the latest before it by date, which need not be the one that it took the place of. An unreadable
 * baseline is named on the page; the others are there. */
int hb_scorecard_write(const char *folder, struct hb_err *err);

#endif
