/* A parameter that is a file, a size profile or a trace: what its worker is given of it.
 * Read next: sizefile.h, tracefile.h, worker/shm.h (HB_FD_FILE). */
#ifndef HB_RUN_PARAMFILE_H
#define HB_RUN_PARAMFILE_H

#include "plan/plan.h"
#include "run/catalog.h"

/* Opens what the worker of the session gets; *fd is 0 where no parameter is a file. The caller
 * closes it. As hb_sizefile_open and hb_tracefile_open. */
int hb_paramfile_open(const struct hb_places *places, const struct hb_session *session, int *fd,
                      struct hb_err *err);

#endif
