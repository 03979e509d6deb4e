/* The rotation of a soak: live processes of several allocators take turns, epoch by epoch, until
 * the time is up; each epoch is on disk before the next begins. Never judges and never prints; an
 * observer is called.
 * Read next: live.h (the processes), src/plan/plan.h (the order), docs/method.md, "Soaks". */
#ifndef HB_RUN_SOAK_H
#define HB_RUN_SOAK_H

#include "result/csv.h"
#include "result/journal.h"
#include "run/catalog.h"
#include "run/live.h"

/* Whether the kernel counts a live process's memory system calls while it is timed. Each costs a
 * stop of some microseconds, others nothing; so `auto` counts those of allocators that made at
 * most one in a million operations in their counting pass. */
enum hb_soak_counting { HB_COUNTING_AUTO = 0, HB_COUNTING_ALWAYS, HB_COUNTING_NEVER };
#define HB_COUNTING_CALLS_PER_OP_MAX 1e-6

/* Each may be NULL. */
struct hb_soak_observer {
    void (*preparing)(void *self, const struct hb_session *session, uint32_t allocator,
                      const char *what); /* "starting", "calibrating", "draining" */
    void (*finished)(void *self, const struct hb_session *session, const struct hb_epoch *epoch);

    /* After HB_SNAPSHOT_EPOCHS epochs, and then an eighth more each time, as each
     * writes all of them: the result so far, should anything happen. -1 ends the soak.
     */
    int (*snapshot)(void *self, const struct hb_session *session, struct hb_err *err);
    void *self;
};
#define HB_SNAPSHOT_EPOCHS 10u

/* Epochs of each allocator after warm-up, where their length follows the soak's time: those that a
 * short soak is made for, and those that it has even if it takes longer. The shortest that do
 * follow: below, the change of turns is as long as the work. */
#define HB_SOAK_EPOCHS_WANTED    24u
#define HB_SOAK_EPOCHS_NEEDED    8u /* HB_TREND_N_MIN */
#define HB_SOAK_EPOCH_SHORTEST_S 0.05

struct hb_soak_run {
    const struct hb_places *places;
    struct hb_stage stage;
    struct hb_soak_observer observer;
    struct hb_journal *journal; /* NULL: nothing is written */
    struct hb_csv_writer *csv;  /* NULL: none */
    enum hb_soak_counting counting;
    bool epoch_follows; /* session->soak.epoch_s is the most: shorter where the time is short */
    double spent_s;  /* wall time that the counting passes took: it belongs to what was asked for */
    const char *gap; /* what the first epoch of each process comes after, or NULL */
};

/* Runs a session's soak until session->soak.duration_s is over, or goes on with one that was cut
 * off. With a journal the epochs are there alone, and session holds none of them when this returns:
 * a harness that keeps them would itself grow with the hours. Without one session gets them.
 * Allocators that are missing, refuse or die have an epoch that says so and no further turn. 0 when
 * the time is up. -1 with the epochs so far kept: HB_ERR_INTERRUPTED, or the machine refused a
 * process or a write. */
int hb_soak_measure(const struct hb_soak_run *run, struct hb_session *session, struct hb_err *err);

#endif
