/* Which allocators have another library than in earlier results: what a suite need not measure
 * again. Read next: src/commands/suite.c. */
#ifndef HB_SUITE_SINCE_H
#define HB_SUITE_SINCE_H

#include "session/measuring.h"

/* Sets options->allocators (a text that stays) to those of its choice whose plugin, library or
 * variables are not those of the newest session at path that has them; all of them when the
 * reference's are not. 1; 0 when none has changed, which is said on stderr; -1. */
int hb_since_choose(const char *path, const struct hb_places *places,
                    struct hb_measure_options *options, struct hb_err *err);

#endif
