/* Many sessions by date as a document: what changed, and when the machine was only noisy; a line
 * for each session; every allocator over time. Everything in it was computed by `compare`. Read
 * next: src/compare/timeline.h, compare_report.h. */
#ifndef HB_REPORT_HISTORY_REPORT_H
#define HB_REPORT_HISTORY_REPORT_H

#include "compare/timeline.h"
#include "report/document.h"

struct hb_history_view {
    const struct hb_digest *digests; /* [count], of a sweep one a point */
    size_t count;
    const struct hb_timelines *timelines; /* without lines where there are too few sessions */
};

void hb_history_report(const struct hb_history_view *view, struct hb_doc *doc);

#endif
