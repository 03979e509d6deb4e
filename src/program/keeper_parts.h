/* What the files of the keeper share: keeper_loop.c (the loop), ending.c (when and how the tree is
 * ended), watch.c (memory and processes while it lives). */
#ifndef HB_PROGRAM_KEEPER_PARTS_H
#define HB_PROGRAM_KEEPER_PARTS_H

#include "program/calls.h"
#include "program/keeper.h"
#include "program/prepare.h"
#include "program/series.h"
#include "program/stream.h"
#include "program/tracer.h"

#include <pthread.h>

enum hb_stage {
    HB_STAGE_RUNNING = 0,
    HB_STAGE_LINGERING, /* the command has ended; the rest has a moment to end by itself */
    HB_STAGE_TOLD,      /* SIGTERM was sent */
    HB_STAGE_KILLING,   /* SIGKILL, again and again */
    HB_STAGE_GONE
};

struct hb_keeper {
    const struct hb_program_command *command;
    struct hb_prepared prepared;
    struct hb_ledger *ledger;
    int control, signals;
    struct hb_stream streams[HB_LEDGER_STREAMS];

    pid_t command_pid;
    pthread_t waiter; /* notes when the command ended */
    bool has_waiter, is_traced, is_command_over, is_childless, is_harness_gone;
    int wait_status;
    bool is_scheduled_known; /* of the command, read before it was reaped */
    struct hb_proc_scheduled scheduled;

    enum hb_stage stage;
    uint64_t stage_until_ns;
    enum hb_program_end asked; /* why it is being ended; EXITED: it ended by itself */
    uint64_t look_at_ns;       /* when to look again whether the command stands still */
    unsigned stood_still;      /* so many looks long */
    uint64_t away_ns; /* so long neither this process nor, as one must think, the command ran */

    struct hb_effect_library library;
    struct hb_tree tree;
    struct hb_tree_list list;
    struct hb_tracer tracer;
    uint64_t sample_at_ns, sample_every_ns; /* UINT64_MAX: none */
    struct hb_series series;
    double cost_before_s;
};

/* ---- ending.c ---- */

/* Somebody wants it to end; the first reason holds. Once more by the user: at once. */
void hb_ending_begin(struct hb_keeper *keeper, enum hb_program_end why);

/* The command was reaped. */
void hb_ending_command_over(struct hb_keeper *keeper);

/* From now on nothing is waited for. */
void hb_ending_kill(struct hb_keeper *keeper);

/* Nothing ran for so long (a frozen container): no limit counts that. */
void hb_ending_away(struct hb_keeper *keeper, uint64_t away_ns);

/* Does what is due; hb_ending_due_ns: when to call it at the latest. */
void hb_ending_now(struct hb_keeper *keeper);
uint64_t hb_ending_due_ns(const struct hb_keeper *keeper);

/* ---- watch.c ---- */

void hb_watch_open(struct hb_keeper *keeper);

/* A process was reaped. */
void hb_watch_over(struct hb_keeper *keeper, pid_t pid);

/* Samples when it is time; hb_watch_due_ns: when that is. */
void hb_watch_now(struct hb_keeper *keeper);
uint64_t hb_watch_due_ns(const struct hb_keeper *keeper);

/* Into the ledger's .now. */
void hb_watch_sample_for_harness(struct hb_keeper *keeper);

/* The tree is gone: what was seen of memory and processes, into the result. */
void hb_watch_close(struct hb_keeper *keeper);

/* ---- outcome.c ---- */

/* The tree is gone: fills the ledger's result. */
void hb_outcome_fill(struct hb_keeper *keeper);

/* Adds "; why" to what could not be known. */
void hb_outcome_unknown(struct hb_program_result *result, const char *why);

#endif
