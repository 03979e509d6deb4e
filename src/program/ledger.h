/* The page that the harness, the keeper and the command's child share: who writes what, and when it
 * may be read. */
#ifndef HB_PROGRAM_LEDGER_H
#define HB_PROGRAM_LEDGER_H

#include "host/proc.h"
#include "program/group.h"
#include "program/program.h"

#include <stdatomic.h>
#include <sys/resource.h>

#define HB_LEDGER_STDOUT  0
#define HB_LEDGER_STDERR  1
#define HB_LEDGER_STREAMS 2

/* What the harness asks of the keeper, a byte each, and what that answers. */
enum hb_ledger_word {
    HB_LEDGER_ASK_STOP = 's',      /* SIGTERM to the command, then the rest */
    HB_LEDGER_ASK_INTERRUPT = 'i', /* end it: the user wants so */
    HB_LEDGER_ASK_SAMPLE = 'm',
    HB_LEDGER_HAVE_SAMPLE = 'M', /* .now */
    HB_LEDGER_ENDED = 'E',       /* .result is whole; the keeper goes */
};

struct hb_ledger {
    pid_t harness;
    /* The child, right before its exec. */
    _Atomic uint64_t began_ns;          /* CLOCK_MONOTONIC; 0: not yet */
    struct rusage before;               /* what it had used by then, which is not the command's */
    bool is_scheduled_known;            /* the kernel says: */
    struct hb_proc_scheduled scheduled; /* the same of its running and waiting */
    /* The child, when it cannot go on. */
    int start_errno;
    char start_what[HB_PATH_MAX + 64]; /* "cannot start x" */

    /* The keeper. */
    struct hb_err err;         /* why nothing could be prepared, and nothing was started */
    char stage[HB_PATH_MAX];   /* hb_prepared's, for who must remove it when the keeper is killed */
    struct hb_group group;     /* for who must remove it when the keeper is killed */
    _Atomic uint64_t ended_ns; /* of the command */
    struct hb_program_sample now;    /* at HB_LEDGER_HAVE_SAMPLE */
    struct hb_program_result result; /* at HB_LEDGER_ENDED; its pointers are NULL */
    struct hb_program_sample samples[HB_PROGRAM_SAMPLES_MAX];

    atomic_size_t kept_bytes[HB_LEDGER_STREAMS]; /* grow while it runs */
    size_t keep_bytes;
    char kept[]; /* keep_bytes + 1 of each */
};

static inline size_t hb_ledger_size(size_t keep_bytes)
{
    return sizeof(struct hb_ledger) + HB_LEDGER_STREAMS * (keep_bytes + 1);
}

static inline char *hb_ledger_kept(struct hb_ledger *ledger, unsigned stream)
{
    return ledger->kept + stream * (ledger->keep_bytes + 1);
}

#endif
