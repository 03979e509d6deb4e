/* Many machines as one comparison, as a document. Everything in it was computed by `compare`.
 * Read next: src/compare/fleet.h, compare_report.h. */
#ifndef HB_REPORT_FLEET_REPORT_H
#define HB_REPORT_FLEET_REPORT_H

#include "compare/fleet.h"
#include "report/document.h"

/* What came out, in a sentence or two. */
void hb_verdict_of_fleet(const struct hb_fleet *fleet, struct hb_buf *out);

/* Adds the machines, the means over workloads and each workload; the notes are the caller's to add.
 */
void hb_fleet_report(const struct hb_fleet *fleet, struct hb_doc *doc);

#endif
