/* Sessions of many machines as one comparison: of each allocator its ratio to the reference of the
 * same machine, over the machines of a class and over all, with the spread over machines. Of a
 * machine's several sessions of one workload the newest counts; what is lost, cut off or not to be
 * believed is in the notes.
 * Digests in; never prints, never reads files. Read next: src/stats/effects.h (the mean),
 * docs/statistics.md, "Over many machines". */
#ifndef HB_COMPARE_FLEET_H
#define HB_COMPARE_FLEET_H

#include "compare/compare.h"
#include "stats/effects.h"

#include <stdint.h>

#define HB_FLEET_ALL SIZE_MAX /* every class; of workloads the mean over those in common */

struct hb_fleet_machine {
    char name[HB_NAME_MAX]; /* the user's label of its files, else its host name */
    char id[17];            /* hash of its machine-id; "unknown" */
    const struct hb_host_info *host;
    size_t class;
    size_t sessions, cut_off; /* those that count; of a sweep each point is one */
    size_t lacks;             /* workloads in common that it has not: it is in no mean over them */
};

struct hb_fleet_class {
    char key[65];
    const struct hb_host_info *host; /* of its first machine */
    size_t machines;
};

struct hb_fleet_workload {
    char name[HB_NAME_MAX];         /* its profile's */
    const struct hb_digest *digest; /* of the first machine that has it */
    size_t machines;
    bool is_common; /* more than half of the machines have it */
};

/* One figure of one allocator in one workload, over the machines of a class. */
struct hb_fleet_row {
    size_t workload, class, figure;
    const char *label;
    struct hb_effect effect; /* of the log of its ratio to the reference */
    double lowest, highest;  /* of the machines, as ratios */
    double margin;           /* a fraction */
    double p_holm;           /* over the allocators of this workload, class and figure */
    enum hb_change change;   /* HB_CHANGE_NONE: one machine */
};

struct hb_fleet {
    char reference[HB_NAME_MAX];
    struct hb_fleet_machine *machines; /* by name as it came; owned */
    size_t machine_count;
    struct hb_fleet_class *classes; /* owned */
    size_t class_count;
    struct hb_fleet_workload *workloads; /* owned */
    size_t workload_count, common_count;
    struct hb_fleet_row *rows; /* by figure, workload (all first), class (all first); owned */
    size_t row_count;
    struct hb_buf notes; /* one a line */
};

/* True when these digests are of several machines, or of one machine with no workload twice, so
 * that there is nothing else to compare. */
bool hb_fleet_is_one(const struct hb_digest *digests, size_t n);

/* Uses allocators, figures (ratios alone), relative_to and margin_percent of the options. The
 * digests must outlive the fleet. HB_ERR_USAGE: no such allocator, or no reference;
 * HB_ERR_INCOMPARABLE: one session named twice. Free with hb_fleet_free even after -1. */
int hb_fleet_make(const struct hb_digest *digests, size_t n,
                  const struct hb_compare_options *options, struct hb_fleet *fleet,
                  struct hb_err *err);
void hb_fleet_free(struct hb_fleet *fleet);

#endif
