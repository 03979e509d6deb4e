/* A sample: each byte asked for has the same chance of being drawn, and a block one of whose bytes
 * was drawn is recorded, with its free.
 * Read next: hbtrace.c. */
#ifndef HB_PRELOAD_DRAWING_H
#define HB_PRELOAD_DRAWING_H

#include "preload/pushing.h"

/* Whether a block that was made, or NULL, is not of the sample; one that is, is noted as such. */
bool hb_is_left_out(const void *made, size_t size);

/* What hb_push does, unless it is left out. */
void *hb_push_if_drawn(unsigned what, void *made, size_t size);

static inline bool hb_may_be_sampled(const void *block)
{
    return block && hb_traced.spool->sampled[hb_spool_hash((uintptr_t)block)];
}

#endif
