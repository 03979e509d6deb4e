/* One session at a time on a machine: two measure each other, whatever folders they write to.
 * Read next: session_files.h. */
#ifndef HB_SESSION_MACHINE_LOCK_H
#define HB_SESSION_MACHINE_LOCK_H

#include "base/err.h"

#include <stdbool.h>

/* Takes the machine's lock: a name in the kernel, not a file, so that nobody's leftover, right or
 * link can be in its way, and a kill gives it back. It holds for all users, within one network
 * namespace: containers do not see each other's. *fd stays open as long as the session runs; -1
 * where the kernel has no such names, or with share. HB_ERR_USAGE, with the holder's process, when
 * another has it. */
int hb_machine_lock(bool share, int *fd, struct hb_err *err);

/* Whether the user says that the machine is shared: the flag, or HAKBENCH_SHARE_MACHINE=1. */
bool hb_machine_is_shared(bool flag);

#endif
