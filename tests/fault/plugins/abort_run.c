/* Aborts inside malloc, in the measured phase, as one does that finds its heap corrupt. */
#include "broken.h"

BROKEN_MALLOC(abort_run, abort)

BROKEN_PLUGIN("abort_run", "an abort in the measured phase", open_abort_run);
