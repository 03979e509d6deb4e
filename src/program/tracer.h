/* A counting pass: the keeper traces the whole tree, so that no process, exec or memory system call
 * of it goes unseen, however short; where programs count themselves, none of these is lost. Stops
 * that the tree's own signals make are kept as they are. Read next: calls.h, tree.h. */
#ifndef HB_PROGRAM_TRACER_H
#define HB_PROGRAM_TRACER_H

#include "program/images.h"
#include "program/tree.h"

struct hb_tracer {
    pid_t command;
    struct hb_tree *tree;
    struct hb_images images;
    bool has_begun;  /* the command's exec was seen: what was before is the harness's */
    bool is_stopped; /* the command stands at a stop signal */
};

/* Traces the command's child, which stands at a barrier, and all that it will start. -1 with errno:
 * not allowed here. */
int hb_tracer_seize(struct hb_tracer *tracer, pid_t command, struct hb_tree *tree);

/* A process was reaped. */
void hb_tracer_over(struct hb_tracer *tracer, pid_t pid);

/* Acts on a stop that waitpid gave, and lets the tracee go on. */
void hb_tracer_on_stop(struct hb_tracer *tracer, pid_t pid, int wait_status);

#endif
