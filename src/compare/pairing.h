/* One figure on two sides: estimate, interval and p, by the way its kind asks for. Fills what a
 * difference measured; what it means is decided by compare.c.
 * Read next: src/stats/twosample.h, paired.h, scale.h. */
#ifndef HB_COMPARE_PAIRING_H
#define HB_COMPARE_PAIRING_H

#include "compare/compare.h"

/* Room for the statistics, kept from one difference to the next. Zeroed is valid to free. */
struct hb_pairing {
    double *room;
    size_t capacity;
    unsigned short ranks[HB_MANN_WHITNEY_EXACT_MAX + 1][HB_MANN_WHITNEY_EXACT_MAX + 1];
    /* allocators that times are taken as ratios to, on each side; NULL: none */
    const struct hb_digest_entry *base_reference, *other_reference;
    double other_by; /* every value of the other side is taken times this; 0: as it is */
};

/* Fills estimate, interval, p, a12, n, is_ratio, is_relative and the values of *difference, whose
 * sides, entries and figure are set; is_paired says whether the two are of one session. Where a
 * value is 0 there is no ratio, but a difference. -1: no memory. */
int hb_pairing_measure(struct hb_pairing *pairing, struct hb_difference *difference);

/* True when both made the same requests, so that what is deterministic must be equal. */
bool hb_pairing_is_same_requests(const struct hb_digest *a, const struct hb_digest *b);

void hb_pairing_free(struct hb_pairing *pairing);

#endif
