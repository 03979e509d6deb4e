/* What is in a trace, as a report: a part of its own in a document.
 * Read next: trace/tally.h, document.h. */
#ifndef HB_REPORT_TRACE_REPORT_H
#define HB_REPORT_TRACE_REPORT_H

#include "report/document.h"
#include "trace/tally.h"

/* Adds all of it. label: what the trace is called. */
void hb_report_trace(const struct hb_tally *tally, const char *label, struct hb_doc *doc);

#endif
