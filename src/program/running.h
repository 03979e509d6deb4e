/* A running command on the harness's side, for the files of this room.
 * Read next: running.c, ready.c. */
#ifndef HB_PROGRAM_RUNNING_H
#define HB_PROGRAM_RUNNING_H

#include "program/ledger.h"

struct hb_program {
    const struct hb_program_command *command;
    struct hb_ledger *ledger;
    pid_t keeper;
    int control;
    bool is_over;  /* the keeper said so, or is gone */
    bool is_whole; /* it said so */
};

enum hb_heard { HB_HEARD_NOTHING, HB_HEARD_SAMPLE, HB_HEARD_END };

/* What the keeper says, waited for at most so long (less when a signal comes). Once it is over it
 * stays so. */
enum hb_heard hb_program_hear(struct hb_program *program, int most_ms);

bool hb_program_is_interrupted(const struct hb_program *program);

#endif
