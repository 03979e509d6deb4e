/* Dies of SIGSEGV inside malloc, in the measured phase. */
#include "broken.h"

BROKEN_MALLOC(crash_run, heap_crash)

BROKEN_PLUGIN("crash_run", "a SIGSEGV in the measured phase", open_crash_run);
