/* What is in a trace, as a report: a part of its own in a document.
 * Read next: trace/tally.h, document.h. */
#ifndef HB_REPORT_TRACE_REPORT_H
#define HB_REPORT_TRACE_REPORT_H

#include "report/document.h"

/* Reads a trace, and adds all of it. is_part: one of several, a part of its own. */
int hb_report_trace(const char *path, bool is_part, struct hb_doc *doc, struct hb_err *err);

#endif
