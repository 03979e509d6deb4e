/* The command's child between fork and exec.
 * Read next: keeper_loop.c (who forks it). */
#ifndef HB_PROGRAM_LAUNCH_H
#define HB_PROGRAM_LAUNCH_H

#include "program/ledger.h"
#include "program/prepare.h"

#include <seccomp.h>

struct hb_launch {
    const struct hb_program_command *command;
    const struct hb_prepared *prepared;
    struct hb_ledger *ledger;
    int output, errors;     /* write ends */
    int group;              /* cgroup.procs of the group made for the run, or -1 */
    int barrier;            /* a counting pass: read until a byte comes, when it is traced; or -1 */
    scmp_filter_ctx filter; /* a counting pass; or NULL */
};

/* What the child exits with when it could not start: the ledger says why. */
#define HB_LAUNCH_FAILED 127

/* In the child: becomes the command. parent is the keeper's pid from before the fork. */
__attribute__((noreturn)) void hb_launch_exec(const struct hb_launch *launch, pid_t parent);

#endif
