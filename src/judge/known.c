/* A difference of known size: see known.h. */
#include "judge/known.h"

#include <math.h>

enum hb_known hb_judge_known(const struct hb_ratio *ratio, double slower)
{
    const double known = 1 / (1 + slower);
    const double least = 1 / (1 + slower + HB_KNOWN_TOLERANCE);
    const double most = 1 / (1 + slower - HB_KNOWN_TOLERANCE);
    if (isnan(ratio->lo) || isnan(ratio->hi) || ratio->verdict.kind == HB_VERDICT_NONE)
        return HB_KNOWN_OPEN;
    if (ratio->hi < least || ratio->lo > most)
        return HB_KNOWN_WRONG;
    const bool has_it = ratio->lo <= known && known <= ratio->hi;
    const bool is_within = ratio->lo >= least && ratio->hi <= most;
    return ratio->verdict.kind == HB_VERDICT_SLOWER && (has_it || is_within) ? HB_KNOWN_FOUND
                                                                             : HB_KNOWN_OPEN;
}
