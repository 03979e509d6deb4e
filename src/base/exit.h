/* Exit codes that are no errors (docs/method.md, "Exit codes"); those of errors: err.h.
 * Read next: src/session/assessment.h. */
#ifndef HB_BASE_EXIT_H
#define HB_BASE_EXIT_H

enum {
    HB_EXIT_OK = 0,
    HB_EXIT_GATE = 1,       /* a budget, drift or regression gate failed */
    HB_EXIT_USAGE = 2,      /* some input could not be read, the rest was worked through */
    HB_EXIT_INCOMPLETE = 3, /* some job failed, or the run is incomplete */
    HB_EXIT_INCONCLUSIVE = 4,
};

#endif
