/* What a comparison found, for whoever writes it.
 * Read next: src/report/compare_report.h (for people), src/export/export_compare.h (for programs).
 */
#ifndef HB_COMPARE_COMPARE_VIEW_H
#define HB_COMPARE_COMPARE_VIEW_H

#include "compare/compare.h"
#include "compare/fleet.h"
#include "compare/gate.h"
#include "compare/timeline.h"

struct hb_compare_view {
    const struct hb_comparison *comparison; /* NULL where there are only timelines or a fleet */
    const struct hb_timelines *timelines;   /* NULL: none were asked for */
    const struct hb_fleet *fleet;           /* many machines; NULL: not asked for */
    const struct hb_gate_result *gates;
    size_t gate_count;
    size_t refused;       /* files that could not be read and were passed over */
    const char *refusals; /* why, a line each */
    bool all;             /* also what did not change of what is the same bytes */
};

#endif
