/* A server under an allocator, and its client, which has none: started, waited for, loaded, looked
 * at when the load is over, stopped.
 * Read next: exec_run.c (who asks), docs/exec.md, "Servers". */
#ifndef HB_RUN_EXEC_SERVER_H
#define HB_RUN_EXEC_SERVER_H

#include "run/exec_scene.h"

/* One run of the scene's server. A server that does not come up or dies is the run's status. -1 as
 * hb_program_run. */
int hb_exec_run_server(struct hb_exec_scene *scene, struct hb_exec_run *run, struct hb_err *err);

#endif
