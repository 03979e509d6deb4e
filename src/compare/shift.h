/* What the machine did between two sessions: the shift that allocators show which did not change,
 * and taking it out of those that may have. A neighbour, a frequency, a kernel hits all; a change
 * of one allocator hits one.
 * Read next: compare.c (the user), docs/statistics.md, "The machine's own shift". */
#ifndef HB_COMPARE_SHIFT_H
#define HB_COMPARE_SHIFT_H

#include "compare/compare.h"
#include "compare/pairing.h"

/* Fewer unchanged allocators cannot outvote one that was hit by something else. */
#define HB_SHIFT_CONTROLS_MIN 3u

/* The controls of two sessions. Zeroed is valid to free. */
struct hb_shift_controls {
    const struct hb_digest_entry **entries; /* [count], on the base's side; owned */
    double *shift, *arm; /* [count] logs: other over base, half of the 95 % interval; owned */
    double *work;        /* [2 count]; owned */
    size_t count;
};

/* True when both are the same bytes, so that what differs is not theirs. */
bool hb_shift_is_control(const struct hb_digest_entry *a, const struct hb_digest_entry *b);

/* Finds the controls of machine->base and ->other and fills the rest of *machine. -1: no memory. */
int hb_shift_measure(struct hb_pairing *pairing, struct hb_machine *machine,
                     struct hb_shift_controls *controls);

/* How the machine's ratio of throughputs enters a figure: 1 a rate, -1 a time, 0 not at all. */
int hb_shift_sign(size_t figure);

/* Takes the median shift of all controls but the allocator itself out of a rate or a time, also of
 * what is left of one above the floor: estimate, interval (widened by the median's own) and p.
 * Fewer than 3 controls: as it was. -1: no memory. */
int hb_shift_take_out(struct hb_pairing *pairing, const struct hb_shift_controls *controls,
                      struct hb_difference *difference);

/* Of a deterministic figure whose two sides made other requests: widens the interval by what the
 * allocators show that did not change. */
void hb_shift_widen_counts(struct hb_difference *difference);

void hb_shift_controls_free(struct hb_shift_controls *controls);

#endif
