/* Runs that are made again: see repeats.h. */
#include "run/repeats.h"

#define SHARE 4u /* one in so many planned runs, */
#define LEAST 3u /* or this many */

void hb_repeats_open(struct hb_repeats *repeats, size_t planned, size_t made, bool is_shared)
{
    const size_t share = planned / SHARE, most = share < LEAST ? LEAST : share;
    repeats->left = is_shared || made >= most ? 0 : (uint32_t)(most - made);
}

enum hb_job_status hb_repeats_settle(struct hb_repeats *repeats, uint32_t attempt)
{
    if (attempt + 1 >= HB_ATTEMPTS_MAX || repeats->left == 0)
        return HB_STATUS_OK;
    repeats->left--;
    return HB_STATUS_INVALID;
}
