/* What `ab` found: the answer in a sentence, both sides metric by metric, and how far to believe
 * it. Read next: src/judge/ab_judge.h, compare_report.h. */
#ifndef HB_REPORT_AB_REPORT_H
#define HB_REPORT_AB_REPORT_H

#include "compare/compare.h"
#include "judge/ab_judge.h"
#include "report/document.h"

struct hb_ab_view {
    const struct hb_ab *ab;
    const struct hb_session *session;
    const struct hb_comparison *comparison; /* of B with A, within the session; NULL: none */
    bool is_interrupted;
};

/* "b/a 1.016 [1.004, 1.028], 5 looks": for a line that shows how it goes. */
void hb_ab_so_far(const struct hb_ab *ab, char *text, size_t text_bytes);

/* Its first line: "B is 1.6 % faster than A [1.2, 2.1], after 24 pairs in 41s". */
void hb_ab_report(const struct hb_ab_view *view, struct hb_doc *doc);

#endif
