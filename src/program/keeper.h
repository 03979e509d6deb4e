/* The process between the harness and the command: it starts the command, adopts every orphan below
 * it, measures, reads the output, and ends the tree: when the command has ended, when the harness
 * says so, and when the harness is gone. It waits for nobody without a limit.
 * Read next: keeper_loop.c, ledger.h. */
#ifndef HB_PROGRAM_KEEPER_H
#define HB_PROGRAM_KEEPER_H

#include "program/ledger.h"

/* In a fresh child of the harness, all signals blocked: never returns. control is a socket whose
 * other end is the harness's alone. */
__attribute__((noreturn)) void hb_keeper_run(const struct hb_program_command *command,
                                             struct hb_ledger *ledger, int control);

#endif
