/* Runs that are made again: see repeats.h. */
#include "run/repeats.h"

#define SHARE 4u /* one in so many planned runs, */
#define LEAST 3u /* or this many */

void hb_repeats_open(struct hb_repeats *repeats, size_t planned, bool is_shared)
{
    const uint32_t most = (uint32_t)planned / SHARE;
    repeats->left = is_shared ? 0 : most < LEAST ? LEAST : most;
}

enum hb_job_status hb_repeats_settle(struct hb_repeats *repeats, uint32_t attempt)
{
    if (attempt + 1 >= HB_ATTEMPTS_MAX || repeats->left == 0)
        return HB_STATUS_OK;
    repeats->left--;
    return HB_STATUS_INVALID;
}
